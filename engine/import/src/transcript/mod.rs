//! Transcripts of interviews that have happened: read in any of the forms tools write, cut into answers, and held
//! against the questions of a bank.
//!
//! Honesty rules: times come only from formats that have them, speakers only from the file, and what is not known is
//! `None`, never a guess.

mod cues;
mod cut;
mod draft;
mod json;
mod matching;
mod plain;

pub use cut::{Answer, Review, Skipped};
pub use draft::{ReviewDraft, ReviewRefused, ReviewStep, Spoken, Stretch};
pub use matching::{Bank, BankQuestion, Candidate};

use crate::error::ImportError;
use crate::{decode, limits};

/// A stretch of a transcript by one voice.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Cue {
    pub line: u32,
    pub end_line: u32,
    pub start_ms: Option<u64>,
    pub end_ms: Option<u64>,
    pub speaker: Option<String>,
    pub text: String,
    /// Which of the file's cues it was put together from.
    pub from: Vec<u32>,
}

/// A transcript as its file tells it.
#[derive(Debug, Clone, Default)]
pub(crate) struct Heard {
    pub format: &'static str,
    pub cues: Vec<Cue>,
    /// Lines that are no words, with the reason.
    pub skipped: Vec<Skipped>,
}

/// Reads a transcript and cuts it into answers. Nothing is matched yet: that needs a [`Bank`].
///
/// # Errors
/// When the file is empty, too large, binary, damaged or without words.
pub fn review(bytes: &[u8]) -> Result<Review, ImportError> {
    Ok(read(bytes)?.1)
}

/// Reads a transcript in stretches, cut as [`review`] cuts it, for a person to go on with.
///
/// # Errors
/// As [`review`].
pub fn open(bytes: &[u8]) -> Result<Spoken, ImportError> {
    let (heard, review) = read(bytes)?;
    Ok(Spoken::new(&review.format, &heard.cues, &review.answers, review.warnings))
}

fn read(bytes: &[u8]) -> Result<(Heard, Review), ImportError> {
    limits::check_bytes(bytes)?;
    let decoded = decode::text(bytes)?;
    let text = decoded.text.as_str();
    // Endings lie too often: the words decide.
    let start = text.trim_start_matches('\u{feff}').trim_start();
    let mut heard =
        if start.starts_with(['{', '[']) && serde_json::from_str::<serde::de::IgnoredAny>(start).is_ok() {
            json::read(text)?
        } else {
            limits::check_lines(text)?;
            if start.starts_with("WEBVTT") || cues::has_timing(text) {
                cues::read(text)
            } else if let Some(heard) = plain::read_columns(text) {
                heard
            } else {
                plain::read(text)
            }
        };
    if heard.cues.iter().all(|c| c.text.trim().is_empty()) {
        return Err(ImportError::NoWords);
    }
    for (n, cue) in (0u32..).zip(&mut heard.cues) {
        cue.from = vec![n];
    }
    let mut review = cut::cut(heard.clone(), text);
    review.warnings.extend(decoded.warning);
    Ok((heard, review))
}
