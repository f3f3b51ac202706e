//! Words that count as others than were heard: what the record says, what counts, and who said so.

use crate::units::Millis;
use serde::{Deserialize, Serialize};

/// One place where other words count than the record has.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Helped {
    /// Where the words begin in the recording.
    #[serde(rename = "start_ms")]
    pub start: Millis,
    /// What the record says.
    pub heard: String,
    /// What counts in its place.
    pub counted: String,
    /// Who said so.
    pub by: HelpedBy,
}

/// Who said that other words count.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum HelpedBy {
    /// A second decode of the same sound, which knew the question's words.
    Ears,
    /// The correction map that comes with Viva.
    General,
    /// The correction map of the question's pack.
    Pack,
    /// The person's own correction map.
    Own,
}

impl HelpedBy {
    /// In words, as pages and exports say it.
    pub fn says(self) -> &'static str {
        match self {
            Self::Ears => "heard again with the question's words at hand",
            Self::General => "by Viva's list of mis-hearings",
            Self::Pack => "by the pack's list of mis-hearings",
            Self::Own => "by your own list of mis-hearings",
        }
    }
}
