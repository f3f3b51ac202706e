//! What the rest of Viva sees of speech recognition: sound in, a [`Transcript`] out.
//!
//! The recogniser behind it may be Whisper or, in tests, a script. Sound is mono at
//! [`SampleRate::WHISPER`](viva_core::units::SampleRate::WHISPER), samples from -1 to 1.

use crate::error::SpeechError;
use crate::hearing::Ear;
use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use viva_core::help::Prompt;
use viva_core::transcript::Transcript;
use viva_core::units::Millis;

/// Turns a recording into words.
pub trait Transcriber: Send + Sync {
    /// Transcribes a whole recording and blocks until it is done.
    ///
    /// The same sound gives the same transcript. A recording without speech gives an empty one.
    fn transcribe(&self, audio: Arc<[f32]>, job: TranscribeOptions) -> Result<Transcript, SpeechError>;

    /// The name of the model, as it is stored with every transcript.
    fn model(&self) -> &str;

    /// The recogniser that hears single pieces, where there is one to listen while somebody speaks.
    fn ear(&self) -> Option<&dyn Ear> {
        None
    }
}

/// How one recording is to be transcribed.
#[derive(Clone)]
pub struct TranscribeOptions {
    /// ISO 639-1. It is never guessed: guessing costs time and cannot be cancelled.
    pub language: String,
    /// The question's words for a second ear; without them the record alone counts.
    pub help: Option<Arc<Prompt>>,
    /// Whether to listen for "uh" and "um", which costs a second decode of everything.
    pub hesitations: bool,
    /// Who waits for it.
    pub priority: Priority,
    /// Set when somebody begins to wait for it: from then on it goes first.
    pub urgent: CancelToken,
    /// Ends the work early.
    pub cancel: CancelToken,
    /// Told after every piece.
    pub progress: Option<ProgressCallback>,
}

impl Default for TranscribeOptions {
    fn default() -> Self {
        Self {
            language: "en".into(),
            help: None,
            hesitations: false,
            priority: Priority::Interactive,
            urgent: CancelToken::new(),
            cancel: CancelToken::new(),
            progress: None,
        }
    }
}

impl fmt::Debug for TranscribeOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TranscribeOptions")
            .field("language", &self.language)
            .field("priority", &self.priority)
            .field("cancelled", &self.cancel.is_cancelled())
            .finish_non_exhaustive()
    }
}

/// Who waits for a piece of work. Earlier ones go first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Priority {
    /// Somebody looks at the screen until it is done.
    Interactive,
    /// Words shown while somebody speaks; worth nothing if they come late.
    Draft,
    /// An import, a bulk review: any time will do.
    Batch,
}

/// How far a transcription is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Progress {
    /// Up to where the recording is decoded.
    pub done: Millis,
    /// The length of the recording.
    pub total: Millis,
}

/// Called with the progress, on the thread that asked for the transcription.
pub type ProgressCallback = Arc<dyn Fn(Progress) + Send + Sync>;

/// Cancels a piece of work from anywhere; clones cancel together.
#[derive(Debug, Clone, Default)]
pub struct CancelToken(Arc<AtomicBool>);

impl CancelToken {
    /// A token that is not cancelled.
    pub fn new() -> Self {
        Self::default()
    }

    /// Cancels the work; a running decode ends with the step it is in: a word, or all of the encoder's look at the sound,
    /// which whisper.cpp cannot break off and which takes two cores up to a second.
    pub fn cancel(&self) {
        self.0.store(true, Ordering::Release);
    }

    /// Whether the work was cancelled.
    pub fn is_cancelled(&self) -> bool {
        self.0.load(Ordering::Acquire)
    }

    /// The flag itself, for the decode that watches it.
    pub(crate) fn flag(&self) -> &AtomicBool {
        &self.0
    }

    /// The error of cancelled work.
    pub(crate) fn check(&self) -> Result<(), SpeechError> {
        if self.is_cancelled() { Err(SpeechError::Cancelled) } else { Ok(()) }
    }
}
