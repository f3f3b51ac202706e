//! What counts otherwise than it was heard, shown with every answer it happened in.

use super::At;
use viva_core::transcript::{Helped, Transcript};

/// One place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HelpedView {
    /// `Heard “item potent”, counted as idempotent`
    pub says: String,
    /// `by Viva's list of mis-hearings`
    pub by: &'static str,
    /// Where it is heard.
    pub at: At,
}

impl HelpedView {
    /// Every place of a transcript, in order.
    pub fn of(transcript: &Transcript) -> Vec<Self> {
        transcript
            .helped
            .iter()
            .map(|one| Self { says: says(one), by: one.by.says(), at: At::new(one.start) })
            .collect()
    }
}

/// One place as a sentence without its full stop.
pub fn says(one: &Helped) -> String {
    format!("Heard “{}”, counted as {}", one.heard, one.counted)
}
