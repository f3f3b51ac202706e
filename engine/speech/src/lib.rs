//! From sound to words, on this machine alone.
//!
//! A [`Transcriber`] takes mono sound at 16 kHz and gives a [`Transcript`](viva_core::transcript::Transcript).
//! The real one is [`WhisperEngine`]; [`Scripted`] stands in for it in tests. What reaches Whisper, and when
//! its answer is believed, is decided here by rules that depend on the sound alone:
//! `viva_audio` finds the speech, [`pieces`] cuts it, `settled` decodes it.
//!
//! This crate knows nothing of questions, scores, storage or pages. whisper-rs is used nowhere else.

mod both_ears;
mod doubt;
mod draft;
mod error;
mod hearing;
mod live;
pub mod models;
pub mod pieces;
mod scripted;
mod second_ear;
mod settled;
mod transcriber;
mod whisper;
mod words;

pub use error::SpeechError;
pub use hearing::{Context, Ear, HearJob, Heard, HeardToken};
pub use live::{Growing, LiveEvent, LiveOptions, LiveTranscriber};
pub use scripted::Scripted;
pub use transcriber::{CancelToken, Priority, Progress, ProgressCallback, TranscribeOptions, Transcriber};
pub use whisper::{Computes, EngineOptions, WhisperEngine, computes};
