//! All packs at hand, and the questions in them by id.
//!
//! An id names one question in all packs, and what a question names as related exists. A bank in which
//! that does not hold cannot be built.

use super::diagnostic::{Diagnostic, Position};
use super::load::{Places, load_with_places};
use super::{Pack, Question};
use crate::ids::{PackId, QuestionId};
use std::collections::HashMap;

/// A set of packs in which every question can be found by its id.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Bank {
    packs: Vec<Pack>,
    /// Pack and place in the pack.
    places: HashMap<QuestionId, (usize, usize)>,
}

/// Why packs do not go together.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BankError {
    /// Two packs have one id.
    #[error("two packs have the id \"{0}\"; give one of them another")]
    PackTwice(PackId),
    /// Two questions have one id.
    #[error(
        "two questions have the id \"{id}\", in the packs \"{first}\" and \"{second}\"; give one of them another"
    )]
    QuestionTwice {
        /// The id both have.
        id: QuestionId,
        /// The pack that had it first.
        first: PackId,
        /// The pack that has it too.
        second: PackId,
    },
    /// A question names a neighbour that is in no pack.
    #[error(
        "question \"{id}\" names \"{related}\" as related, which is in no pack; write an id that is, or leave it out"
    )]
    RelatedUnknown {
        /// The question that names it.
        id: QuestionId,
        /// What it names.
        related: QuestionId,
    },
}

impl Bank {
    /// Puts packs together.
    ///
    /// # Errors
    /// Everything that keeps them from going together.
    pub fn new(packs: Vec<Pack>) -> Result<Self, Vec<BankError>> {
        let (bank, errors) = Self::assemble(packs);
        if errors.is_empty() { Ok(bank) } else { Err(errors.into_iter().map(|found| found.error).collect()) }
    }

    /// Reads files, each as its name and its text, and puts their packs together.
    ///
    /// # Errors
    /// Everything that is wrong with any of the files or between them.
    pub fn load<'a>(files: impl IntoIterator<Item = (&'a str, &'a str)>) -> Result<Self, Vec<Diagnostic>> {
        let (bank, found) = Self::load_what_can_be(files);
        if found.is_empty() { Ok(bank) } else { Err(found) }
    }

    /// Reads files and leaves out those with something wrong, so that one slip does not close all packs.
    ///
    /// A neighbour that is in no pack is reported and stays named; a file that repeats an id is left out.
    pub fn load_what_can_be<'a>(
        files: impl IntoIterator<Item = (&'a str, &'a str)>,
    ) -> (Self, Vec<Diagnostic>) {
        Self::load_beside(files, &[])
    }

    /// Reads files as [`Bank::load_what_can_be`] does, and puts them before packs that are there already.
    ///
    /// A file takes the place of a pack with the same id.
    pub fn load_beside<'a>(
        files: impl IntoIterator<Item = (&'a str, &'a str)>,
        there: &[Pack],
    ) -> (Self, Vec<Diagnostic>) {
        let mut found = Vec::new();
        let mut read: Vec<(String, Pack, Places)> = Vec::new();
        for (file, text) in files {
            match load_with_places(text, file) {
                Ok((pack, places)) => read.push((file.to_owned(), pack, places)),
                Err(wrong) => found.extend(wrong),
            }
        }
        let kept = there.iter().filter(|pack| read.iter().all(|(_, own, _)| own.id != pack.id)).cloned();
        let kept: Vec<Pack> = kept.collect();
        let all = read.iter().map(|(_, pack, _)| pack.clone()).chain(kept.iter().cloned()).collect();
        let (_, errors) = Self::assemble(all);
        let mut dropped = vec![false; read.len()];
        for wrong in &errors {
            // What is wrong with a pack that was there already is not the files' doing.
            let Some((file, _, places)) = read.get(wrong.pack) else { continue };
            found.push(wrong.diagnostic(file, places));
            dropped[wrong.pack] |= !matches!(wrong.error, BankError::RelatedUnknown { .. });
        }
        let own = read.into_iter().zip(dropped).filter(|(_, dropped)| !dropped).map(|((_, pack, _), _)| pack);
        (Self::assemble(own.chain(kept).collect()).0, found)
    }

    /// The packs in the order they were given.
    pub fn packs(&self) -> &[Pack] {
        &self.packs
    }

    /// The pack of that id.
    pub fn pack(&self, id: &PackId) -> Option<&Pack> {
        self.packs.iter().find(|pack| pack.id == *id)
    }

    /// The question of that id.
    pub fn question(&self, id: &QuestionId) -> Option<&Question> {
        self.places.get(id).map(|&(pack, place)| &self.packs[pack].questions[place])
    }

    /// All questions, pack by pack, in the order of their files.
    pub fn questions(&self) -> impl Iterator<Item = &Question> {
        self.packs.iter().flat_map(|pack| &pack.questions)
    }

    /// How many questions there are.
    pub fn len(&self) -> usize {
        self.places.len()
    }

    /// Whether there is no question at all.
    pub fn is_empty(&self) -> bool {
        self.places.is_empty()
    }

    fn assemble(packs: Vec<Pack>) -> (Self, Vec<Found>) {
        let mut errors = Vec::new();
        let mut places: HashMap<QuestionId, (usize, usize)> = HashMap::new();
        for (n, pack) in packs.iter().enumerate() {
            if packs[..n].iter().any(|other| other.id == pack.id) {
                errors.push(Found {
                    error: BankError::PackTwice(pack.id.clone()),
                    pack: n,
                    question: None,
                    related: None,
                });
            }
            for (place, question) in pack.questions.iter().enumerate() {
                if let Some(&(first, _)) = places.get(&question.id) {
                    let error = BankError::QuestionTwice {
                        id: question.id.clone(),
                        first: packs[first].id.clone(),
                        second: pack.id.clone(),
                    };
                    errors.push(Found { error, pack: n, question: Some(place), related: None });
                } else {
                    places.insert(question.id.clone(), (n, place));
                }
            }
        }
        for (n, pack) in packs.iter().enumerate() {
            for (place, question) in pack.questions.iter().enumerate() {
                for (nth, related) in question.related.iter().enumerate() {
                    if !places.contains_key(related) {
                        let error =
                            BankError::RelatedUnknown { id: question.id.clone(), related: related.clone() };
                        errors.push(Found { error, pack: n, question: Some(place), related: Some(nth) });
                    }
                }
            }
        }
        (Self { packs, places }, errors)
    }
}

/// An error with the pack, question and neighbour it is about, by their places.
struct Found {
    error: BankError,
    pack: usize,
    question: Option<usize>,
    related: Option<usize>,
}

impl Found {
    fn diagnostic(&self, file: &str, places: &Places) -> Diagnostic {
        let at: Position = match (self.question, self.related) {
            (Some(question), Some(related)) => places.related[question][related],
            (Some(question), None) => places.questions[question],
            _ => places.pack,
        };
        let (what, instead) = match &self.error {
            BankError::PackTwice(id) => {
                (format!("another pack has the id \"{id}\""), "an id of its own".to_owned())
            }
            BankError::QuestionTwice { id, first, .. } => (
                format!("a question of the pack \"{first}\" has the id \"{id}\""),
                "an id of its own".to_owned(),
            ),
            BankError::RelatedUnknown { related, .. } => (
                format!("no question has the id \"{related}\""),
                "the id of a question that is there, or leave it out".to_owned(),
            ),
        };
        at.diagnostic(file, what, instead)
    }
}
