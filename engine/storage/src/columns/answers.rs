//! The columns of attempts, takes, words and scores, and what they stand for.

#![expect(missing_docs, reason = "a row's fields are the columns of its table, described in migrations")]

use super::{document, named, number, parsed};
use crate::{
    AssessmentRecord, AttemptRecord, Help, StorageError, Take, TakeEnd, TranscriptRecord, TranscriptSource,
};
use uuid::Uuid;
use viva_core::clock::Timestamp;
use viva_core::ids::{AssessmentId, AttemptId, SessionId, TranscriptId};
use viva_core::session::{AttemptState, Failure as Failed, Kept};
use viva_core::units::{Millis, SampleRate};

/// The state of its columns.
pub fn state(name: &str, why: Option<String>, kept: Option<String>) -> Result<AttemptState, StorageError> {
    let failure = match (why, kept) {
        (Some(why), Some(kept)) => {
            Some(Failed { why, kept: named("attempt's remains", &kept, Kept::from_name(&kept))? })
        }
        _ => None,
    };
    named("attempt's state", name, AttemptState::from_name(name, failure))
}

pub fn failure_of(state: &AttemptState) -> Option<&Failed> {
    match state {
        AttemptState::Failed(failure) => Some(failure),
        _ => None,
    }
}

/// The columns of an attempt.
pub struct AttemptRow {
    pub id: Uuid,
    pub session_id: Uuid,
    pub position: i64,
    pub number: i64,
    pub question_id: String,
    pub pack_id: String,
    pub topic: String,
    pub snapshot_hash: String,
    pub state: String,
    pub why: Option<String>,
    pub kept: Option<String>,
    pub hint: bool,
    pub reveal: bool,
    pub asked_at: i64,
    pub answered_at: Option<i64>,
    pub ended_at: Option<i64>,
}

impl AttemptRow {
    pub fn record(self) -> Result<AttemptRecord, StorageError> {
        Ok(AttemptRecord {
            id: AttemptId(self.id),
            session: SessionId(self.session_id),
            position: number("place", self.position)?,
            number: number("attempt's number", self.number)?,
            question: parsed("question id", &self.question_id)?,
            pack: parsed("pack id", &self.pack_id)?,
            topic: self.topic,
            snapshot: self.snapshot_hash,
            state: state(&self.state, self.why, self.kept)?,
            help: Help { hint: self.hint, reveal: self.reveal },
            asked_at: Timestamp(self.asked_at),
            answered_at: self.answered_at.map(Timestamp),
            ended_at: self.ended_at.map(Timestamp),
        })
    }
}

/// The columns of a take.
pub struct TakeRow {
    pub attempt_id: Uuid,
    pub path: Option<String>,
    pub length_ms: i64,
    pub bytes: i64,
    pub sample_rate: i64,
    pub peak_dbfs: f64,
    pub rms_dbfs: f64,
    pub clipped_samples: i64,
    pub dropped_samples: i64,
    pub device: Option<String>,
    pub ended: String,
    pub kept_at: i64,
}

impl TakeRow {
    pub fn record(self) -> Result<(AttemptId, Take), StorageError> {
        let take = Take {
            path: self.path,
            length: Millis(number("take's length", self.length_ms)?),
            bytes: number("take's size", self.bytes)?,
            sample_rate: SampleRate(number("take's sample rate", self.sample_rate)?),
            peak_dbfs: self.peak_dbfs as f32,
            rms_dbfs: self.rms_dbfs as f32,
            clipped_samples: number("take's clipped samples", self.clipped_samples)?,
            dropped_samples: number("take's dropped samples", self.dropped_samples)?,
            device: self.device,
            ended: named("take's end", &self.ended, TakeEnd::from_name(&self.ended))?,
            kept_at: Timestamp(self.kept_at),
        };
        Ok((AttemptId(self.attempt_id), take))
    }
}

/// The columns of a transcript.
pub struct TranscriptRow {
    pub id: Uuid,
    pub version: i64,
    pub source: String,
    pub author: Option<String>,
    pub made_at: i64,
    pub document: String,
}

impl TranscriptRow {
    pub fn record(self, attempt: AttemptId) -> Result<TranscriptRecord, StorageError> {
        Ok(TranscriptRecord {
            id: TranscriptId(self.id),
            attempt,
            version: number("transcript's version", self.version)?,
            source: named(
                "transcript's source",
                &self.source,
                TranscriptSource::from_name(&self.source, self.author),
            )?,
            transcript: document("transcript", &self.document)?,
            made_at: Timestamp(self.made_at),
        })
    }
}

/// The columns of an assessment.
pub struct AssessmentRow {
    pub id: Uuid,
    pub transcript_id: Uuid,
    pub snapshot_hash: String,
    pub version: i64,
    pub made_at: i64,
    pub document: String,
}

impl AssessmentRow {
    pub fn record(self, attempt: AttemptId) -> Result<AssessmentRecord, StorageError> {
        Ok(AssessmentRecord {
            id: AssessmentId(self.id),
            attempt,
            version: number("assessment's version", self.version)?,
            transcript: TranscriptId(self.transcript_id),
            snapshot: self.snapshot_hash,
            assessment: document("assessment", &self.document)?,
            document: self.document,
            made_at: Timestamp(self.made_at),
        })
    }
}
