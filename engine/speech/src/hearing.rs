//! One piece of sound, heard once: the port between the rules of this crate and the recogniser.
//!
//! The rules (where to cut, when to doubt a decode, how tokens become words) know only [`Ear`], so they are
//! tested without a model. The recogniser knows nothing of the rules.

use crate::error::SpeechError;
use crate::transcriber::{CancelToken, Priority};
use std::sync::Arc;
use viva_core::units::Millis;

/// Hears one piece of sound of at most thirty seconds.
pub trait Ear: Send + Sync {
    /// Decodes one piece and blocks until it is done or cancelled.
    fn hear(&self, sound: Arc<[f32]>, job: HearJob) -> Result<Heard, SpeechError>;

    /// The name of the model.
    fn model(&self) -> &str;
}

/// How one piece is to be heard.
#[derive(Debug, Clone)]
pub struct HearJob {
    /// ISO 639-1.
    pub language: String,
    /// How much of Whisper's thirty seconds the encoder looks at.
    pub context: Context,
    /// What the model is told it has just heard; none for the record.
    pub prompt: Option<Arc<str>>,
    /// Who waits for it.
    pub priority: Priority,
    /// Set when somebody begins to wait for it: from then on it goes first.
    pub urgent: CancelToken,
    /// Ends the work early.
    pub cancel: CancelToken,
}

/// How much of Whisper's window the encoder works on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Context {
    /// Cut close to the piece: a third of the time, but now and then a loop. For drafts and the second ear.
    Cut,
    /// The piece with as much room behind it as the model has use for. For the record.
    Wide,
    /// All thirty seconds, as the model was trained.
    Full,
}

/// What one decode brought.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Heard {
    /// The text tokens in order.
    pub tokens: Vec<HeardToken>,
    /// Whether the decode ended because it grew too long for its sound, not because the model was done.
    pub ran_on: bool,
}

/// One token: a word or a part of one.
#[derive(Debug, Clone, PartialEq)]
pub struct HeardToken {
    /// The token's bytes; a letter beyond ASCII may be spread over several tokens.
    pub bytes: Vec<u8>,
    /// The model's probability, 0 to 1.
    pub probability: f32,
    /// Where the token ends in the piece, if the model could be aligned.
    pub end: Option<Millis>,
}
