//! What was found in a document, under a person's eye, before it counts.
//!
//! A draft is a value: it is made of an import and changed by [`Step`]s alone, each of which can be taken back
//! ([`crate::steps`]). It knows no page and no disk. Questions keep their number for the life of the draft.

mod cut;
mod step;
mod view;
mod words;

pub use step::{Refused, Step};
pub use view::{Split, Sure};

use crate::outcome::{FoundQuestion, Import, LeftOut, Part};
use crate::pack::{Incoming, SourceFile, Wanted};
use std::sync::Arc;

/// A document's questions under review.
#[derive(Debug, Clone, PartialEq)]
pub struct Draft {
    import: Arc<Import>,
    lines: Arc<Vec<String>>,
    items: Vec<Item>,
    left_out: Vec<LeftOut>,
    next: u32,
}

/// A question under review.
#[derive(Debug, Clone, PartialEq)]
pub struct Item {
    /// Its number in this draft; never reused.
    pub number: u32,
    /// The question as it is now.
    pub found: FoundQuestion,
    /// Its place among the import's questions; none where a person made it.
    origin: Option<usize>,
    /// It is left out.
    pub dropped: bool,
    /// A person has said that it is right.
    pub seen: bool,
    /// A person has changed its criteria: they are not drawn from the answer again by themselves.
    pub criteria_by_hand: bool,
}

impl Draft {
    /// A draft of an import. `text` is the document's text, where it has lines.
    pub fn of(import: Import, text: Option<&str>) -> Self {
        let lines = match &import.unit {
            Some(_) => Vec::new(),
            None => text
                .map(|text| {
                    crate::document::plain::lines(text.trim_start_matches('\u{feff}'))
                        .map(str::to_owned)
                        .collect()
                })
                .unwrap_or_default(),
        };
        let lines = match lines.split_last() {
            // What ends with a line break has no line behind it.
            Some((last, rest)) if last.is_empty() => rest.to_vec(),
            _ => lines,
        };
        let items: Vec<Item> = (0u32..)
            .zip(&import.questions)
            .map(|(number, found)| Item {
                number,
                found: found.clone(),
                origin: Some(number as usize),
                dropped: false,
                seen: false,
                criteria_by_hand: found.stated.is_some(),
            })
            .collect();
        Self {
            next: u32::try_from(items.len()).unwrap_or(u32::MAX),
            left_out: import.left_out.clone(),
            import: Arc::new(import),
            lines: Arc::new(lines),
            items,
        }
    }

    /// The import it was made of.
    pub fn import(&self) -> &Import {
        &self.import
    }

    /// The document's lines; none where its format has no lines.
    pub fn lines(&self) -> &[String] {
        &self.lines
    }

    /// The questions in the document's order, those left out included.
    pub fn items(&self) -> &[Item] {
        &self.items
    }

    /// A question by its number.
    pub fn item(&self, number: u32) -> Option<&Item> {
        self.items.iter().find(|item| item.number == number)
    }

    /// What is no question and no answer.
    pub fn left_out(&self) -> &[LeftOut] {
        &self.left_out
    }

    /// The question above, dropped ones passed over.
    pub fn above(&self, number: u32) -> Option<&Item> {
        let at = self.items.iter().position(|item| item.number == number)?;
        self.items[..at].iter().rev().find(|item| !item.dropped)
    }

    /// The questions that would be saved.
    pub fn kept(&self) -> impl Iterator<Item = &Item> {
        self.items.iter().filter(|item| !item.dropped && crate::pack::can_be_scored(&item.found))
    }

    /// Questions that are wanted and cannot be scored: without an answer, or with nothing to listen for.
    pub fn unscored(&self) -> impl Iterator<Item = &Item> {
        self.items.iter().filter(|item| !item.dropped && !crate::pack::can_be_scored(&item.found))
    }

    /// What is to be saved, with what the document said beside it.
    pub fn incoming(&self, file: SourceFile) -> Incoming {
        let mut questions = Vec::new();
        let mut seen = vec![false; self.import.questions.len()];
        for item in &self.items {
            let source = item.origin.and_then(|at| {
                seen[at] = true;
                self.import.questions.get(at).cloned()
            });
            let becomes = (!item.dropped).then(|| item.found.clone());
            questions.push(Wanted { source, becomes });
        }
        // Those that were merged into another are dropped by hand.
        for (source, _) in self.import.questions.iter().zip(&seen).filter(|(_, seen)| !**seen) {
            questions.push(Wanted { source: Some(source.clone()), becomes: None });
        }
        questions.retain(|wanted| wanted.source.is_some() || wanted.becomes.is_some());
        let stated = match self.import.packs.as_slice() {
            [only] => Some(only.clone()),
            _ => None,
        };
        Incoming { file, questions, stated }
    }

    fn position(&self, number: u32) -> Result<usize, Refused> {
        self.items.iter().position(|item| item.number == number).ok_or(Refused::NoQuestion)
    }

    fn fresh(&mut self) -> u32 {
        let number = self.next;
        self.next += 1;
        number
    }

    /// Follow-ups lean on a main question that is there.
    fn mend_follow_ups(&mut self) {
        let mut main = None;
        for item in self.items.iter_mut().filter(|item| !item.dropped) {
            if item.found.kind == Part::Followup {
                item.found.follows = main;
                if main.is_none() {
                    item.found.kind = Part::Main;
                }
            } else {
                main = Some(item.found.line);
            }
        }
    }
}
