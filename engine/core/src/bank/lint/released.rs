//! The ids of all questions that were ever released, so that none is lost or given to another question.
//!
//! One id a line; `retired ID` for a question that was taken out for good; `#` begins a comment.

use super::super::Bank;
use crate::ids::QuestionId;
use std::collections::BTreeMap;

/// The list of released ids.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Released {
    /// Whether each was retired.
    ids: BTreeMap<QuestionId, bool>,
}

/// A line that is no released id.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("line {line} of the released ids is {text:?}; write an id, or \"retired\" and an id")]
pub struct BadReleased {
    /// The line, from 1.
    pub line: usize,
    /// What stands there.
    pub text: String,
}

impl Released {
    /// Reads the list.
    ///
    /// # Errors
    /// The first line that is neither an id nor a retired one.
    pub fn parse(text: &str) -> Result<Self, BadReleased> {
        let mut ids = BTreeMap::new();
        for (n, line) in text.lines().enumerate() {
            let said = line.split('#').next().unwrap_or_default().trim();
            if said.is_empty() {
                continue;
            }
            let (id, retired) = match said.strip_prefix("retired ") {
                Some(id) => (id.trim(), true),
                None => (said, false),
            };
            let id = id.parse().map_err(|_| BadReleased { line: n + 1, text: line.to_owned() })?;
            ids.insert(id, retired);
        }
        Ok(Self { ids })
    }

    /// The list after a release of the bank: what was there stays, what is new is added.
    pub fn after(&self, bank: &Bank) -> Self {
        let mut ids = self.ids.clone();
        for question in bank.questions() {
            ids.entry(question.id.clone()).or_insert(false);
        }
        Self { ids }
    }

    /// The list as text, in order of the ids.
    pub fn to_text(&self) -> String {
        let mut text = String::from("# Every question that was ever released. An id stays here for good.\n");
        for (id, retired) in &self.ids {
            text.push_str(if *retired { "retired " } else { "" });
            text.push_str(id.as_str());
            text.push('\n');
        }
        text
    }

    /// Whether the id belonged to a question that was taken out.
    pub fn is_retired(&self, id: &QuestionId) -> bool {
        self.ids.get(id).copied().unwrap_or(false)
    }

    /// Released ids, not retired, that the bank has no question for.
    pub fn missing_from<'s>(&'s self, bank: &'s Bank) -> impl Iterator<Item = &'s QuestionId> {
        self.ids
            .iter()
            .filter(|(_, retired)| !**retired)
            .map(|(id, _)| id)
            .filter(|id| bank.question(id).is_none())
    }
}
