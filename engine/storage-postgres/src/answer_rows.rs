//! The columns of attempts, takes, words and scores, and what they stand for.

use crate::error::Failure;
use crate::rows::{document, named, number, parsed};
use uuid::Uuid;
use viva_core::clock::Timestamp;
use viva_core::ids::{AssessmentId, AttemptId, SessionId, TranscriptId};
use viva_core::session::{AttemptState, Failure as Failed, Kept};
use viva_core::units::{Millis, SampleRate};
use viva_storage::{
    AssessmentRecord, AttemptRecord, Help, Take, TakeEnd, TranscriptRecord, TranscriptSource,
};

/// The state of its columns.
pub(crate) fn state(name: &str, why: Option<String>, kept: Option<String>) -> Result<AttemptState, Failure> {
    let failure = match (why, kept) {
        (Some(why), Some(kept)) => {
            Some(Failed { why, kept: named("attempt's remains", &kept, Kept::from_name(&kept))? })
        }
        _ => None,
    };
    named("attempt's state", name, AttemptState::from_name(name, failure))
}

pub(crate) fn failure_of(state: &AttemptState) -> Option<&Failed> {
    match state {
        AttemptState::Failed(failure) => Some(failure),
        _ => None,
    }
}

/// The columns of an attempt.
pub(crate) struct AttemptRow {
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
    pub(crate) fn record(self) -> Result<AttemptRecord, Failure> {
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

pub(crate) struct TakeRow {
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
    pub(crate) fn record(self) -> Result<(AttemptId, Take), Failure> {
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

pub(crate) struct TranscriptRow {
    pub id: Uuid,
    pub version: i64,
    pub source: String,
    pub author: Option<String>,
    pub made_at: i64,
    pub document: String,
}

impl TranscriptRow {
    pub(crate) fn record(self, attempt: AttemptId) -> Result<TranscriptRecord, Failure> {
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

pub(crate) struct AssessmentRow {
    pub id: Uuid,
    pub transcript_id: Uuid,
    pub snapshot_hash: String,
    pub version: i64,
    pub made_at: i64,
    pub document: String,
}

impl AssessmentRow {
    pub(crate) fn record(self, attempt: AttemptId) -> Result<AssessmentRecord, Failure> {
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
