//! What a second import would do to a pack, question by question.

use serde::Serialize;
use viva_core::bank::Question;
use viva_core::ids::QuestionId;

/// What becomes of one question.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Change {
    /// The question.
    pub id: QuestionId,
    /// What it asks, or asked.
    pub ask: String,
    /// What becomes of it.
    pub what: What,
    /// As the pack has it now.
    pub before: Option<Question>,
    /// As the source has it now.
    pub source: Option<Question>,
}

/// Kinds of change.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum What {
    /// Not in the pack before.
    New,
    /// Changed in the source, not by hand: the source's wording is taken.
    Changed,
    /// No longer in the source, and never edited by hand: it leaves the pack. Answers to it are kept.
    Gone,
    /// The same in the source as before; what was edited by hand stays.
    Untouched,
    /// Changed by hand and in the source: it stays as the hand left it, unless the source's is chosen.
    Conflict,
    /// Edited by hand and no longer in the source: it stays.
    Orphaned,
    /// Edited or dropped by hand in this import.
    ByHand,
}

impl What {
    /// All of them, the ones a person should look at first.
    pub const ALL: [Self; 7] =
        [Self::Conflict, Self::Orphaned, Self::New, Self::Changed, Self::Gone, Self::ByHand, Self::Untouched];

    /// The word for it.
    pub fn word(self) -> &'static str {
        match self {
            Self::New => "new",
            Self::Changed => "changed",
            Self::Gone => "gone",
            Self::Untouched => "untouched",
            Self::Conflict => "edited here and changed there",
            Self::Orphaned => "edited here and gone there",
            Self::ByHand => "as you edited it",
        }
    }
}
