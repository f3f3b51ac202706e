//! Attempts and what they leave behind: the take, the words, the score.

use crate::error::StorageError;
use async_trait::async_trait;
use serde::{Deserialize, Serialize};
use viva_core::assessment::Assessment;
use viva_core::bank::Question;
use viva_core::clock::Timestamp;
use viva_core::ids::{AssessmentId, AttemptId, JobId, PackId, QuestionId, SessionId, TranscriptId};
use viva_core::session::{Aid, AttemptEvent, AttemptState};
use viva_core::transcript::Transcript;
use viva_core::units::{Millis, SampleRate};

/// Keeps attempts. Every change of state is decided by [`AttemptState::after`] inside the transaction.
#[async_trait]
pub trait Answers: Send + Sync {
    /// One attempt.
    async fn attempt(&self, id: AttemptId) -> Result<Option<AttemptRecord>, StorageError>;

    /// All attempts that were being recorded, settled or typed, the oldest first: what a start looks after.
    async fn unsettled_attempts(&self) -> Result<Vec<AttemptRecord>, StorageError>;

    /// Takes a step that leaves nothing behind. A failure also ends the attempt's job.
    async fn advance(
        &self,
        attempt: AttemptId,
        step: &Step,
        at: Timestamp,
    ) -> Result<AttemptState, StorageError>;

    /// Keeps the take of a recording that ended, and the job that works out its score: not before a moment, so that
    /// the process that heard the answer can do so itself and others need not.
    async fn keep_take(
        &self,
        attempt: AttemptId,
        take: &Take,
        job: JobId,
        not_before: Timestamp,
        at: Timestamp,
    ) -> Result<AttemptState, StorageError>;

    /// Keeps a typed answer, and the job that scores it.
    async fn keep_typed(
        &self,
        attempt: AttemptId,
        transcript: &NewTranscript,
        job: JobId,
        at: Timestamp,
    ) -> Result<AttemptState, StorageError>;

    /// Tries once more to settle what was kept of a failed attempt.
    async fn retry(
        &self,
        attempt: AttemptId,
        job: JobId,
        at: Timestamp,
    ) -> Result<AttemptState, StorageError>;

    /// Keeps the first words and score of an attempt, and ends its job.
    async fn settle(
        &self,
        attempt: AttemptId,
        settlement: &Settlement,
        at: Timestamp,
    ) -> Result<AttemptState, StorageError>;

    /// Keeps another score of a settled attempt whose words were edited, by the question as it was asked.
    async fn reassess(
        &self,
        attempt: AttemptId,
        settlement: &Settlement,
        at: Timestamp,
    ) -> Result<AttemptState, StorageError>;

    /// Keeps another score of a settled attempt by another version of its question, which is kept with it.
    async fn rescore(
        &self,
        attempt: AttemptId,
        question: &Question,
        settlement: &Settlement,
        at: Timestamp,
    ) -> Result<AttemptState, StorageError>;

    /// Notes that help was taken. Only help before the answer counts, and once.
    async fn note_help(&self, attempt: AttemptId, aid: Aid) -> Result<(), StorageError>;

    /// The take of an attempt.
    async fn take(&self, attempt: AttemptId) -> Result<Option<Take>, StorageError>;

    /// Takes whose audio is still there and that were kept before a moment, with their attempts, the oldest first.
    async fn takes_before(&self, before: Timestamp) -> Result<Vec<(AttemptId, Take)>, StorageError>;

    /// All versions of an attempt's words, the first one first.
    async fn transcripts(&self, attempt: AttemptId) -> Result<Vec<TranscriptRecord>, StorageError>;

    /// All scores of an attempt, the first one first; the last one counts.
    async fn assessments(&self, attempt: AttemptId) -> Result<Vec<AssessmentRecord>, StorageError>;

    /// The score that counts.
    async fn assessment(&self, attempt: AttemptId) -> Result<Option<AssessmentRecord>, StorageError>;

    /// Forgets the audio of a take and keeps the rest. Returns its path, whose file the caller removes.
    async fn delete_audio(&self, attempt: AttemptId) -> Result<Option<String>, StorageError>;

    /// Deletes an attempt with all it holds, follow-ups included. Returns the takes' paths, whose files the caller
    /// removes.
    async fn delete_attempt(&self, id: AttemptId) -> Result<Vec<String>, StorageError>;
}

/// A step of an attempt that leaves nothing behind but the state. The other events have methods of their
/// own, which keep what belongs to them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    /// The microphone goes live.
    Record,
    /// The recording is thrown away; the question stands.
    Discard,
    /// The candidate passes.
    Skip,
    /// It cannot go on; the sentence says why.
    Fail(String),
}

impl From<&Step> for AttemptEvent {
    fn from(step: &Step) -> Self {
        match step {
            Step::Record => Self::Record,
            Step::Discard => Self::Discard,
            Step::Skip => Self::Skip,
            Step::Fail(why) => Self::Fail(why.clone()),
        }
    }
}

/// An attempt as it is kept.
#[derive(Debug, Clone, PartialEq)]
pub struct AttemptRecord {
    /// Its id.
    pub id: AttemptId,
    /// The session it belongs to.
    pub session: SessionId,
    /// The place in the session, from 0.
    pub position: u32,
    /// The first attempt at a place is 1, its retakes count on.
    pub number: u32,
    /// The question.
    pub question: QuestionId,
    /// Its pack.
    pub pack: PackId,
    /// Its topic when it was asked.
    pub topic: String,
    /// Which [`crate::Snapshot`] of the question was asked.
    pub snapshot: String,
    /// Where it stands.
    pub state: AttemptState,
    /// Help taken before the answer.
    pub help: Help,
    /// When the question was asked.
    pub asked_at: Timestamp,
    /// When the take or the typed answer was kept.
    pub answered_at: Option<Timestamp>,
    /// When it was settled, skipped or given up; none while it goes on.
    pub ended_at: Option<Timestamp>,
}

/// Help taken before an answer.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Help {
    /// The hint was shown.
    pub hint: bool,
    /// The model answer was shown.
    pub reveal: bool,
}

/// A recording that was kept.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Take {
    /// The WAV's path relative to the data directory, with `/`; none once the audio was deleted.
    pub path: Option<String>,
    /// How long it is.
    #[serde(rename = "length_ms")]
    pub length: Millis,
    /// Size of the file in bytes.
    pub bytes: u64,
    /// Sample rate of the file.
    pub sample_rate: SampleRate,
    /// Loudest sample, in dB below full scale (0 is full scale).
    pub peak_dbfs: f32,
    /// Mean power, in dB below full scale.
    pub rms_dbfs: f32,
    /// Samples at full scale.
    pub clipped_samples: u64,
    /// Samples that were lost between microphone and disk.
    pub dropped_samples: u64,
    /// The microphone's readable name; none for an imported file.
    pub device: Option<String>,
    /// How the recording ended.
    pub ended: TakeEnd,
    /// When it was kept.
    pub kept_at: Timestamp,
}

/// How a recording ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TakeEnd {
    /// The candidate stopped it.
    Stopped,
    /// It reached the longest time a take may have.
    TimeLimit,
    /// The microphone went away.
    DeviceLost,
    /// No room was left on the disk.
    DiskFull,
    /// The program was killed; the file was repaired at the next start.
    Salvaged,
    /// It was recorded elsewhere.
    Imported,
}

/// Words to keep.
#[derive(Debug, Clone, PartialEq)]
pub struct NewTranscript {
    /// Made by the caller.
    pub id: TranscriptId,
    /// Where they come from.
    pub source: TranscriptSource,
    /// The words.
    pub transcript: Transcript,
}

/// Where words come from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "source", rename_all = "snake_case")]
pub enum TranscriptSource {
    /// The recogniser heard them.
    Heard,
    /// The candidate typed them.
    Typed,
    /// They came with an imported file.
    Imported,
    /// Somebody corrected them.
    Edited {
        /// Who.
        author: String,
    },
}

/// One version of an attempt's words.
#[derive(Debug, Clone, PartialEq)]
pub struct TranscriptRecord {
    /// Its id.
    pub id: TranscriptId,
    /// The attempt.
    pub attempt: AttemptId,
    /// From 1.
    pub version: u32,
    /// Where the words come from.
    pub source: TranscriptSource,
    /// The words.
    pub transcript: Transcript,
    /// When this version was kept.
    pub made_at: Timestamp,
}

/// A score to keep.
#[derive(Debug, Clone, PartialEq)]
pub struct NewAssessment {
    /// Made by the caller.
    pub id: AssessmentId,
    /// The score.
    pub assessment: Assessment,
}

/// Words and the score they earned.
#[derive(Debug, Clone, PartialEq)]
pub struct Settlement {
    /// The words that were scored.
    pub words: Words,
    /// Their score.
    pub assessment: NewAssessment,
}

/// The words of a settlement.
#[derive(Debug, Clone, PartialEq)]
pub enum Words {
    /// They are kept with the score.
    New(NewTranscript),
    /// They are kept already.
    Kept(TranscriptId),
}

/// One score of an attempt.
#[derive(Debug, Clone, PartialEq)]
pub struct AssessmentRecord {
    /// Its id.
    pub id: AssessmentId,
    /// The attempt.
    pub attempt: AttemptId,
    /// From 1; the last one counts.
    pub version: u32,
    /// The words that were scored.
    pub transcript: TranscriptId,
    /// Which [`crate::Snapshot`] of the question they were scored by.
    pub snapshot: String,
    /// The score.
    pub assessment: Assessment,
    /// The assessment's JSON, byte for byte as it was kept.
    pub document: String,
    /// When it was kept.
    pub made_at: Timestamp,
}

impl TakeEnd {
    const ALL: [(Self, &'static str); 6] = [
        (Self::Stopped, "stopped"),
        (Self::TimeLimit, "time_limit"),
        (Self::DeviceLost, "device_lost"),
        (Self::DiskFull, "disk_full"),
        (Self::Salvaged, "salvaged"),
        (Self::Imported, "imported"),
    ];

    /// Its stable name, as stored.
    pub fn name(self) -> &'static str {
        Self::ALL.iter().find(|(end, _)| *end == self).map_or("stopped", |(_, name)| name)
    }

    /// The value of a stored name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.iter().find(|(_, known)| *known == name).map(|(end, _)| *end)
    }
}

impl TranscriptSource {
    /// Its stable name, as stored beside the author.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Heard => "heard",
            Self::Typed => "typed",
            Self::Imported => "imported",
            Self::Edited { .. } => "edited",
        }
    }

    /// Who edited, where somebody did.
    pub fn author(&self) -> Option<&str> {
        match self {
            Self::Edited { author } => Some(author),
            Self::Heard | Self::Typed | Self::Imported => None,
        }
    }

    /// The value of a stored name and author.
    pub fn from_name(name: &str, author: Option<String>) -> Option<Self> {
        Some(match (name, author) {
            ("heard", None) => Self::Heard,
            ("typed", None) => Self::Typed,
            ("imported", None) => Self::Imported,
            ("edited", Some(author)) => Self::Edited { author },
            _ => return None,
        })
    }
}
