//! What was said, word by word, and where in the recording there was speech at all.

mod correction;
mod helped;
mod hesitation;

pub use correction::Edit;
pub use helped::{Helped, HelpedBy};
pub use hesitation::Hesitation;

use crate::units::Millis;
use serde::{Deserialize, Serialize};

/// One word as it was heard.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Word {
    /// The word with its punctuation, without surrounding space.
    pub text: String,
    /// Where it begins in the recording. Good enough to jump to, too coarse to measure pauses by.
    #[serde(rename = "start_ms")]
    pub start: Millis,
    /// Where it ends.
    #[serde(rename = "end_ms")]
    pub end: Millis,
    /// How sure the recogniser was: the mean probability of the word's tokens, 0 to 1.
    pub confidence: f32,
}

/// A stretch of a recording, measured from the waveform. Written as `[start_ms, end_ms]`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "(u64, u64)", into = "(u64, u64)")]
pub struct Span {
    /// First millisecond.
    pub start: Millis,
    /// The millisecond after the last.
    pub end: Millis,
}

impl Span {
    /// How long it is.
    pub fn length(self) -> Millis {
        self.end.saturating_sub(self.start)
    }
}

impl From<(u64, u64)> for Span {
    fn from((start, end): (u64, u64)) -> Self {
        Self { start: Millis(start), end: Millis(end) }
    }
}

impl From<Span> for (u64, u64) {
    fn from(span: Span) -> Self {
        (span.start.0, span.end.0)
    }
}

/// The record of one answer.
///
/// Serialised, it is what `viva transcribe --json` prints.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Transcript {
    /// All words joined by single spaces.
    pub text: String,
    /// The recogniser's model, such as `base`, or `typed`.
    pub model: String,
    /// ISO 639-1, such as `en`.
    pub language: String,
    /// Length of the recording.
    #[serde(rename = "audio_ms")]
    pub audio: Millis,
    /// Where there was speech, in order, without overlap.
    pub speech: Vec<Span>,
    /// The words in order; empty for a typed answer, whose words have no time.
    pub words: Vec<Word>,
    /// Where other words count than were heard, in order of time.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub helped: Vec<Helped>,
    /// Every "uh" and "um" in order of time, those the words leave out included; none where nobody listened for them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hesitations: Option<Vec<Hesitation>>,
}

impl Transcript {
    /// The model name of an answer that was typed.
    pub const TYPED: &'static str = "typed";

    /// A typed answer: text without sound.
    pub fn typed(text: impl Into<String>) -> Self {
        Self {
            text: text.into(),
            model: Self::TYPED.into(),
            language: "en".into(),
            audio: Millis(0),
            speech: Vec::new(),
            words: Vec::new(),
            helped: Vec::new(),
            hesitations: None,
        }
    }

    /// Whether it came from the keyboard.
    pub fn is_typed(&self) -> bool {
        self.model == Self::TYPED
    }
}
