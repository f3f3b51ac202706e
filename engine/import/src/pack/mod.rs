//! Imported questions as a pack of the bank, and a pack brought up to date by a second import.
//!
//! A question's id comes from what its source calls it or from what it asks, and stays for good: answers refer to it.
//! What was imported is remembered beside the pack, so that an edit by hand can be told from a change in the source.

mod assign;
mod change;
mod ids;
mod kin;
mod renew;
mod settle;

pub use change::{Change, What};
pub use renew::{Choices, Incoming, Origin, Provenance, Renewal, Side, SourceFile, Wanted, renew};
pub(crate) use settle::settle;

use crate::outcome::{FoundCriterion, FoundQuestion, Import, Part, StatedPack};
use std::collections::{BTreeMap, HashSet};
use viva_core::bank::{Criterion, Kind, Level, Pack, Question, Rubric};
use viva_core::ids::{CriterionId, PackId, QuestionId};

/// Why imports make no pack.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadPack {
    /// Nothing in it can be scored.
    #[error("none of the questions has an answer, so there is nothing to score against")]
    NothingAnswered,
    /// What came out does not load again.
    #[error("the pack would not load again:\n{0}")]
    Unreadable(String),
}

/// The licence of packs made from documents nobody has named one for.
const LICENCE: &str = "LicenseRef-Imported";

/// Makes one pack of several imports. Questions without an answer are left behind: they cannot be scored.
///
/// The same imports give the same ids. A source's own id is kept where it can be an id here.
///
/// # Errors
/// When no question has an answer.
pub fn to_pack(imports: &[Import], id: &PackId, title: &str) -> Result<Pack, BadPack> {
    let mut taken = HashSet::new();
    let questions: Vec<Question> = imports
        .iter()
        .flat_map(|i| &i.questions)
        .filter(|found| can_be_scored(found))
        .map(|found| question(id, ids::fresh(id, found, &mut taken), found))
        .collect();
    if questions.is_empty() {
        return Err(BadPack::NothingAnswered);
    }
    Ok(Pack {
        id: id.clone(),
        title: title.to_owned(),
        about: String::new(),
        licence: LICENCE.into(),
        version: 1,
        sources: Vec::new(),
        corrections: Vec::new(),
        questions,
    })
}

/// The packs a document states by itself, exactly as it states them.
pub fn stated_packs(import: &Import) -> Vec<Pack> {
    let questions_of = |pack: &StatedPack| {
        import
            .questions
            .iter()
            .filter_map(|found| {
                let stated = found.stated.as_ref().filter(|stated| stated.pack == pack.id)?;
                Some(question(&pack.id, stated.id.clone(), found))
            })
            .collect()
    };
    import
        .packs
        .iter()
        .map(|pack| Pack {
            id: pack.id.clone(),
            title: pack.title.clone(),
            about: pack.about.clone(),
            licence: pack.licence.clone(),
            version: pack.version,
            sources: pack.sources.clone(),
            corrections: Vec::new(),
            questions: questions_of(pack),
        })
        .collect()
}

/// Whether there is something to hold an answer against.
pub fn can_be_scored(found: &FoundQuestion) -> bool {
    found.kind != Part::Unanswered
        && found.criteria.iter().any(counts)
        && !found.model_answer.trim().is_empty()
        && !found.ask.trim().is_empty()
}

/// Whether a criterion says something and has something to listen for.
fn counts(criterion: &FoundCriterion) -> bool {
    !criterion.says.trim().is_empty() && !audible(&criterion.listen).is_empty()
}

/// What can be heard: ways to say an item that have a word in them.
fn audible(listen: &[Vec<String>]) -> Vec<Vec<String>> {
    let ways = |item: &Vec<String>| -> Vec<String> {
        item.iter().filter(|way| way.chars().any(char::is_alphanumeric)).cloned().collect()
    };
    listen.iter().map(ways).filter(|item| !item.is_empty()).collect()
}

/// What a question asks, reduced to what tells it from others: two that ask the same have the same key.
pub fn same_ask_key(ask: &str) -> String {
    crate::document::outline::key(ask)
}

/// SHA-256 of a document, hex.
pub fn sha256(bytes: &[u8]) -> String {
    ids::hex(bytes)
}

/// A question as the bank keeps it.
fn question(pack: &PackId, id: QuestionId, found: &FoundQuestion) -> Question {
    let words = found.model_answer.split_whitespace().count();
    let mut given: HashSet<CriterionId> = found.criteria.iter().filter_map(|c| c.id.clone()).collect();
    let mut seen: HashSet<CriterionId> = HashSet::new();
    let mut number = 0;
    let mut criterion_id = |own: &Option<CriterionId>| {
        if let Some(own) = own
            && seen.insert(own.clone())
        {
            return own.clone();
        }
        loop {
            number += 1;
            let id = CriterionId::try_from(format!("point-{number}"))
                .unwrap_or_else(|_| unreachable!("a word, a dash and a number are an id"));
            if given.insert(id.clone()) {
                return id;
            }
        }
    };
    let criteria = found
        .criteria
        .iter()
        .filter(|criterion| counts(criterion))
        .map(|c| Criterion {
            id: criterion_id(&c.id),
            says: c.says.clone(),
            weight: c.weight,
            required: c.required,
            listen: audible(&c.listen),
            order: c.order,
            within: c.within,
            probe: c.probe.clone(),
        })
        .collect();
    let stated = found.stated.as_deref();
    Question {
        id,
        pack: pack.clone(),
        ask: found.ask.clone(),
        topic: found
            .topic
            .clone()
            .filter(|topic| !topic.trim().is_empty())
            .unwrap_or_else(|| "general".into()),
        level: stated.map_or(Level::Mid, |s| s.level),
        kind: stated.map_or_else(|| kind(found), |s| s.kind),
        // About two words a second, between one and four minutes.
        seconds: stated
            .map_or_else(|| u32::try_from(words / 2).unwrap_or(240).clamp(60, 240) / 10 * 10, |s| s.seconds),
        code: found.code.clone().filter(|code| !code.trim().is_empty()),
        hint: stated.and_then(|s| s.hint.clone()),
        model_answer: found.model_answer.clone(),
        related: stated.map_or_else(Vec::new, |s| s.related.clone()),
        sources: stated.map_or_else(Vec::new, |s| s.sources.clone()),
        rubric: Rubric {
            criteria,
            mistakes: stated.map_or_else(Vec::new, |s| s.mistakes.clone()),
            anchors: stated.map_or_else(BTreeMap::new, |s| s.anchors.clone()),
        },
    }
}

fn kind(found: &FoundQuestion) -> Kind {
    let lower = found.ask.to_lowercase();
    if found.code.is_some() {
        Kind::Code
    } else if [
        "tell me about",
        "describe a time",
        "have you ever",
        "have you worked",
        "give me an example of a time",
        "a situation where you",
    ]
    .iter()
    .any(|s| lower.contains(s))
    {
        Kind::Behavioural
    } else if lower.contains("design a")
        || lower.contains("would you design")
        || lower.contains("would you build")
    {
        Kind::Design
    } else {
        Kind::Technical
    }
}
