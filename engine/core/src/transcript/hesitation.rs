//! Sounds of hesitation, heard by a decode that was made to keep them.

use crate::units::Millis;
use serde::{Deserialize, Serialize};

/// One "uh" or "um", with its time in the recording.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hesitation {
    /// The sound as it is listed, in lower case.
    pub said: String,
    /// Where it begins. Good enough to jump to.
    #[serde(rename = "start_ms")]
    pub start: Millis,
}
