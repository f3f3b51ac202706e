//! Why sound did not become words. Every message says what is wrong and what to do about it.

use crate::models::ModelError;
use std::path::PathBuf;
use std::sync::Arc;

/// Why a transcription, or the start of the engine that makes one, failed.
#[derive(Debug, Clone, thiserror::Error)]
pub enum SpeechError {
    /// No file lies where the model should be.
    #[error("there is no speech model at {}; fetch one with `viva model fetch NAME` or give the path of a ggml file", .0.display())]
    ModelMissing(PathBuf),
    /// The file is no Whisper model in ggml form, or only a part of one, or cannot be read.
    #[error("{0}")]
    ModelBroken(#[source] Arc<ModelError>),
    /// The file looked right, and Whisper could not load it all the same.
    #[error("Whisper cannot load the model {}: {reason}; is there enough free memory?", path.display())]
    ModelNotLoaded {
        /// The model's file.
        path: PathBuf,
        /// What Whisper said.
        reason: String,
    },
    /// The model does not know the language asked for.
    #[error(
        "the model {model} does not know the language {language:?}; use `en`, or a multilingual model such as `base`"
    )]
    LanguageUnknown {
        /// The model's name.
        model: String,
        /// The language asked for.
        language: String,
    },
    /// The work was cancelled by whoever asked for it.
    #[error("the transcription was cancelled")]
    Cancelled,
    /// Whisper gave up on a piece of sound.
    #[error("Whisper could not decode this recording: {0}")]
    DecodeFailed(String),
    /// The engine is shutting down, or its thread died.
    #[error("the speech engine has stopped; start Viva again")]
    EngineStopped,
    /// A thread could not be started.
    #[error("the system gave no thread for the speech engine: {0}")]
    NoThread(String),
    /// The recording could not be read while it was followed.
    #[error("the recording cannot be read: {0}")]
    RecordingUnreadable(String),
}
