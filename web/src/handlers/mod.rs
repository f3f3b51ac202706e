//! One file a page: its struct, its handlers, its tests. Handlers extract, call a use case and fill a page.

pub mod after;
pub mod attempts;
pub mod bench;
pub mod compare;
pub mod connection;
pub mod corrections;
pub mod data;
pub mod decide;
pub mod delete;
pub mod export;
pub mod history;
pub mod home;
pub mod import;
pub mod leaving;
pub mod microphone;
pub mod pieces;
pub mod progress;
pub mod question;
pub mod questions;
pub mod rescore;
pub mod review;
pub mod room;
pub mod rounds;
pub mod sessions;
pub mod theme;

pub mod confirm;
mod documents;
pub mod rows;

use crate::error::PageError;
use viva_interview::InterviewError;
use viva_storage::StorageError;

/// What a use case could not do, as a page tells it.
impl From<InterviewError> for PageError {
    fn from(error: InterviewError) -> Self {
        match error {
            InterviewError::NoSession(_)
            | InterviewError::NoAttempt(_)
            | InterviewError::NoFollowUp { .. } => Self::NotFound,
            InterviewError::Storage(StorageError::Refused(refused)) => {
                Self::Conflict(sentence(&refused.to_string()))
            }
            InterviewError::Storage(StorageError::Round(refused)) => {
                Self::Conflict(sentence(&refused.to_string()))
            }
            error @ (InterviewError::MicrophoneBusy { .. }
            | InterviewError::NotOnAir(_)
            | InterviewError::NotScored(_)
            | InterviewError::StillSettling(_)
            | InterviewError::NobodyOnAir
            | InterviewError::NothingOpened
            | InterviewError::RecordedElsewhere(_)) => Self::Conflict(sentence(&error.to_string())),
            error @ (InterviewError::NoQuestion(_)
            | InterviewError::NoPack(_)
            | InterviewError::NothingFits
            | InterviewError::NothingTyped) => Self::BadRequest(sentence(&error.to_string())),
            error @ InterviewError::Piece(_) => Self::BadRequest(sentence(&error.to_string())),
            error => Self::Internal(error.into()),
        }
    }
}

/// An error's message as a sentence: with a capital and a full stop.
pub fn sentence(message: &str) -> String {
    let mut letters = message.chars();
    let mut out: String = letters.next().map(|first| first.to_uppercase().collect()).unwrap_or_default();
    out.push_str(letters.as_str());
    if !out.ends_with(['.', '?', '!']) {
        out.push('.');
    }
    out
}
