//! The recogniser as the use cases see it: there or not, and loaded only when it is first needed.

use std::sync::Arc;
use viva_speech::{SpeechError, Transcriber};

/// Gives the recogniser. Loading takes a second or two, so it is never asked for on the async runtime.
pub trait Ears: Send + Sync {
    /// The recogniser; loads it when this is the first call.
    fn transcriber(&self) -> Result<Arc<dyn Transcriber>, SpeechError>;

    /// What is known without loading anything.
    fn state(&self) -> EarsState;
}

/// Whether Viva can hear.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum EarsState {
    /// The model is there.
    Ready {
        /// Its name.
        model: String,
    },
    /// The model has to be fetched first.
    NoModel {
        /// Its name.
        model: String,
        /// What to do, as a sentence.
        what_now: String,
    },
}
