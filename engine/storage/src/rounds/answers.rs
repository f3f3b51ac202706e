//! What candidates of a round said. The recordings, words and scores lie with those of practice and are out of its
//! reach: [`crate::Answers`] and [`crate::History`] know nothing of an answer of a round, but for the steps of
//! recording and settling it.

use crate::answers::{AssessmentRecord, AttemptRecord, Take, TranscriptRecord};
use crate::error::StorageError;
use async_trait::async_trait;
use viva_core::clock::Timestamp;
use viva_core::ids::{AttemptId, CandidateId, PersonId, SessionId};
use viva_core::round::{AnswerSource, MarkEvent, Marks};
use viva_core::units::Millis;

/// Keeps the answers of rounds.
#[async_trait]
pub trait RoundAnswers: Send + Sync {
    /// Asks a candidate a question of the kit, for the first time or again. A question that stands asked is asked on:
    /// its attempt is returned.
    ///
    /// # Errors
    /// Where the candidate may not be recorded, the round is closed, or the question comes out of its turn without a
    /// reason in the log.
    async fn ask_candidate(&self, answer: &NewRoundAnswer) -> Result<AttemptRecord, StorageError>;

    /// Marks where the answer in a recording begins or ends.
    async fn mark_answer(
        &self,
        attempt: AttemptId,
        event: MarkEvent,
        at: Millis,
    ) -> Result<Marks, StorageError>;

    /// Where an attempt was recorded and what of it is the answer; none where it is no answer of a round.
    async fn answer_marks(&self, attempt: AttemptId) -> Result<Option<(AnswerSource, Marks)>, StorageError>;

    /// An attempt of practice or of a round that is being recorded or waits for its score, with what settling needs.
    async fn waiting(&self, attempt: AttemptId) -> Result<Option<Waiting>, StorageError>;

    /// The attempt that stands asked or is being recorded for a candidate.
    async fn open_answer(&self, candidate: CandidateId) -> Result<Option<RoundAnswer>, StorageError>;

    /// The answers of a candidate without words and scores, by question and order, for somebody with a seat.
    async fn round_answers(
        &self,
        candidate: CandidateId,
        viewer: PersonId,
    ) -> Result<Vec<RoundAnswer>, StorageError>;

    /// The words of an answer of a round, the first version first, for somebody with a seat.
    async fn round_transcripts(
        &self,
        attempt: AttemptId,
        viewer: PersonId,
    ) -> Result<Vec<TranscriptRecord>, StorageError>;

    /// The machine's score of each answer of a candidate that counts, where the viewer may read it now.
    async fn machine_scores(
        &self,
        candidate: CandidateId,
        viewer: PersonId,
    ) -> Result<Vec<AssessmentRecord>, StorageError>;

    /// Whose answer an attempt is; none where it is no answer of a round.
    async fn round_of_answer(&self, attempt: AttemptId) -> Result<Option<CandidateId>, StorageError>;
}

/// A question that is asked of a candidate to be recorded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NewRoundAnswer {
    /// Made by the caller.
    pub attempt: AttemptId,
    /// The session of the candidate, where this is their first answer; made by the caller.
    pub session: SessionId,
    /// Who answers.
    pub candidate: CandidateId,
    /// The question of the kit, from 0.
    pub position: usize,
    /// By which microphone.
    pub source: AnswerSource,
    /// Who asks; none where the candidate began by themselves.
    pub by: Option<PersonId>,
    /// Now.
    pub at: Timestamp,
}

/// An attempt that is being recorded or waits for its score.
#[derive(Debug, Clone, PartialEq)]
pub struct Waiting {
    /// The attempt.
    pub attempt: AttemptRecord,
    /// Its recording, once it was kept.
    pub take: Option<Take>,
    /// For an answer of a round: by which microphone, and what of the recording is the answer.
    pub marks: Option<(AnswerSource, Marks)>,
}

/// An answer of a round, without its words and its score.
#[derive(Debug, Clone, PartialEq)]
pub struct RoundAnswer {
    /// Whose it is.
    pub candidate: CandidateId,
    /// The attempt; its `position` is the question of the kit.
    pub attempt: AttemptRecord,
    /// By which microphone.
    pub source: AnswerSource,
    /// What of the recording is the answer.
    pub marks: Marks,
    /// The recording, once it was kept.
    pub take: Option<Take>,
}
