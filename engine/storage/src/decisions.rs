//! What comes after the cards: all marks of a round at once, consensus, legal holds, erasing, and the clocks of closed rounds.
//!
//! Marks and consensus come only where the viewer may read them now; whatever changes something logs it in the same
//! transaction.

use crate::error::StorageError;
use async_trait::async_trait;
use viva_core::clock::Timestamp;
use viva_core::ids::{CandidateId, PersonId, RoundId};
use viva_core::round::{Mark, Rating, Recommendation};

/// Keeps decisions and what they leave behind.
#[async_trait]
pub trait Decisions: Send + Sync {
    /// The marks that count of every card of a round that the viewer may read now.
    async fn readable_marks(&self, round: RoundId, viewer: PersonId) -> Result<Vec<CardMarks>, StorageError>;

    /// Writes a consensus down beside the ratings.
    ///
    /// # Errors
    /// Where its writer may not read the cards of that candidate, or only observes.
    async fn keep_consensus(&self, consensus: &Consensus) -> Result<(), StorageError>;

    /// The last consensus on each answer that the viewer may read now, by candidate and question.
    async fn readable_consensus(
        &self,
        round: RoundId,
        viewer: PersonId,
    ) -> Result<Vec<Consensus>, StorageError>;

    /// Puts a candidate under a legal hold, or changes its reason.
    async fn set_hold(&self, candidate: CandidateId, hold: &Hold) -> Result<(), StorageError>;

    /// Lifts a legal hold. Nothing happens where there is none.
    async fn lift_hold(
        &self,
        candidate: CandidateId,
        by: PersonId,
        at: Timestamp,
    ) -> Result<(), StorageError>;

    /// The legal hold on a candidate.
    async fn hold(&self, candidate: CandidateId) -> Result<Option<Hold>, StorageError>;

    /// Erases a candidate with all answers, cards, notes and invitations, and returns the recordings whose files are to go. The
    /// log keeps that it happened, by ids alone.
    ///
    /// # Errors
    /// Under a legal hold.
    async fn erase_candidate(
        &self,
        candidate: CandidateId,
        by: PersonId,
        at: Timestamp,
    ) -> Result<Vec<String>, StorageError>;

    /// The recordings of a candidate that are still there, by path.
    async fn recordings_of_candidate(&self, candidate: CandidateId) -> Result<Vec<String>, StorageError>;

    /// Every recording that is still there, of practice and of rounds: what no deletion may take and every backup takes along.
    async fn kept_recordings(&self) -> Result<Vec<String>, StorageError>;

    /// How long a round keeps things once it is closed.
    async fn retention(&self, round: RoundId) -> Result<Retention, StorageError>;

    /// Sets how long a round keeps things once it is closed.
    async fn set_retention(
        &self,
        round: RoundId,
        retention: Retention,
        by: PersonId,
        at: Timestamp,
    ) -> Result<(), StorageError>;

    /// What the clocks of closed rounds say is past its time, of candidates without a legal hold.
    async fn expired(&self, now: Timestamp) -> Result<Vec<Expired>, StorageError>;

    /// Deletes one part of what a candidate left, unless a hold was put on them meanwhile. Returns the recordings whose files
    /// are to go. Cards of a round that goes on stay.
    async fn expire(&self, expired: &Expired, at: Timestamp) -> Result<Vec<String>, StorageError>;
}

/// The marks of one card.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CardMarks {
    /// Whom it is about.
    pub candidate: CandidateId,
    /// Who wrote it.
    pub person: PersonId,
    /// The marks that count, with the question, from 0.
    pub marks: Vec<(usize, Mark)>,
    /// The recommendation as it was submitted.
    pub recommendation: Option<Recommendation>,
}

/// What a panel agreed on after it had talked. It stands beside the mean.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Consensus {
    /// Whom it is about.
    pub candidate: CandidateId,
    /// The question, from 0.
    pub position: usize,
    /// What they agreed on.
    pub rating: Rating,
    /// Why; never empty.
    pub reason: String,
    /// Who wrote it down.
    pub by: PersonId,
    /// When.
    pub at: Timestamp,
}

/// Why nothing of a candidate may be erased.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hold {
    /// Why; never empty.
    pub reason: String,
    /// Who put it there.
    pub by: PersonId,
    /// When.
    pub at: Timestamp,
}

/// How many days a closed round keeps things; none is forever.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Retention {
    /// Recordings.
    pub audio_days: Option<u16>,
    /// Transcripts and the machine's scores, and with them any recording that is left.
    pub transcript_days: Option<u16>,
    /// Cards with their notes, and consensus.
    pub ratings_days: Option<u16>,
}

/// What a clock runs for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// Recordings.
    Audio,
    /// Transcripts and scores.
    Transcripts,
    /// Cards and consensus.
    Ratings,
}

/// Something that is past its time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Expired {
    /// The round.
    pub round: RoundId,
    /// Whose it is.
    pub candidate: CandidateId,
    /// What of it.
    pub part: Part,
}
