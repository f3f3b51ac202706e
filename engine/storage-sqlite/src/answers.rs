//! Attempts, takes, words and scores over SQLite.

use crate::error::Failure;
use crate::jobs;
use crate::rows::{document, json, named, number, parsed, signed};
use crate::sessions::taken;
use crate::{Connection, SqliteStore};
use async_trait::async_trait;
use uuid::Uuid;
use viva_core::assessment::Assessment;
use viva_core::clock::Timestamp;
use viva_core::ids::{AssessmentId, AttemptId, JobId, SessionId, TranscriptId};
use viva_core::session::{
    Aid, AttemptEvent, AttemptState, Failure as Failed, Kept, Mode, Outcome, Phase, SessionRefused,
};
use viva_core::units::{Millis, SampleRate};
use viva_storage::{
    Answers, AssessmentRecord, AttemptRecord, Help, Job, JobStatus, NewJob, NewTranscript, Settlement, Step,
    StorageError, Take, TakeEnd, TranscriptRecord, TranscriptSource, Words,
};

#[async_trait]
impl Answers for SqliteStore {
    async fn attempt(&self, id: AttemptId) -> Result<Option<AttemptRecord>, StorageError> {
        let mut tx = self.look().await?;
        self.told(load(&mut tx, id).await)
    }

    async fn unsettled_attempts(&self) -> Result<Vec<AttemptRecord>, StorageError> {
        let mut tx = self.look().await?;
        self.told(unsettled(&mut tx).await)
    }

    async fn advance(
        &self,
        attempt: AttemptId,
        step: &Step,
        at: Timestamp,
    ) -> Result<AttemptState, StorageError> {
        let mut tx = self.begin().await?;
        let state = self.told(advance(&mut tx, attempt, step, at).await)?;
        self.commit(tx).await?;
        Ok(state)
    }

    async fn keep_take(
        &self,
        attempt: AttemptId,
        take: &Take,
        job: JobId,
        at: Timestamp,
    ) -> Result<AttemptState, StorageError> {
        let mut tx = self.begin().await?;
        let state = self.told(keep_take(&mut tx, attempt, take, job, at).await)?;
        self.commit(tx).await?;
        Ok(state)
    }

    async fn keep_typed(
        &self,
        attempt: AttemptId,
        transcript: &NewTranscript,
        job: JobId,
        at: Timestamp,
    ) -> Result<AttemptState, StorageError> {
        let mut tx = self.begin().await?;
        let state = self.told(keep_typed(&mut tx, attempt, transcript, job, at).await)?;
        self.commit(tx).await?;
        Ok(state)
    }

    async fn retry(
        &self,
        attempt: AttemptId,
        job: JobId,
        at: Timestamp,
    ) -> Result<AttemptState, StorageError> {
        let mut tx = self.begin().await?;
        let state = self.told(retry(&mut tx, attempt, job, at).await)?;
        self.commit(tx).await?;
        Ok(state)
    }

    async fn settle(
        &self,
        attempt: AttemptId,
        settlement: &Settlement,
        at: Timestamp,
    ) -> Result<AttemptState, StorageError> {
        let mut tx = self.begin().await?;
        let state = self.told(score(&mut tx, attempt, settlement, AttemptEvent::Settle, at).await)?;
        self.commit(tx).await?;
        Ok(state)
    }

    async fn reassess(
        &self,
        attempt: AttemptId,
        settlement: &Settlement,
        at: Timestamp,
    ) -> Result<AttemptState, StorageError> {
        let mut tx = self.begin().await?;
        let state = self.told(score(&mut tx, attempt, settlement, AttemptEvent::Reassess, at).await)?;
        self.commit(tx).await?;
        Ok(state)
    }

    async fn note_help(&self, attempt: AttemptId, aid: Aid) -> Result<(), StorageError> {
        let mut tx = self.begin().await?;
        self.told(note_help(&mut tx, attempt, aid).await)?;
        self.commit(tx).await
    }

    async fn take(&self, attempt: AttemptId) -> Result<Option<Take>, StorageError> {
        let found = sqlx::query_as!(
            TakeRow,
            r#"SELECT attempt_id AS "attempt_id: Uuid", path, length_ms, bytes, sample_rate, peak_dbfs, rms_dbfs,
                      clipped_samples, dropped_samples, device, ended, kept_at
               FROM takes WHERE attempt_id = $1"#,
            attempt.0
        )
        .fetch_optional(&self.readers)
        .await;
        let row = self.told(found.map_err(Failure::from))?;
        Ok(self.told(row.map(TakeRow::record).transpose())?.map(|(_, take)| take))
    }

    async fn takes_before(&self, before: Timestamp) -> Result<Vec<(AttemptId, Take)>, StorageError> {
        let found = sqlx::query_as!(
            TakeRow,
            r#"SELECT attempt_id AS "attempt_id: Uuid", path, length_ms, bytes, sample_rate, peak_dbfs, rms_dbfs,
                      clipped_samples, dropped_samples, device, ended, kept_at
               FROM takes WHERE path IS NOT NULL AND kept_at < $1 ORDER BY kept_at, attempt_id"#,
            before.0
        )
        .fetch_all(&self.readers)
        .await;
        let rows = self.told(found.map_err(Failure::from))?;
        self.told(rows.into_iter().map(TakeRow::record).collect())
    }

    async fn transcripts(&self, attempt: AttemptId) -> Result<Vec<TranscriptRecord>, StorageError> {
        let found = sqlx::query_as!(
            TranscriptRow,
            r#"SELECT id AS "id: Uuid", version, source, author, made_at, document
               FROM transcripts WHERE attempt_id = $1 ORDER BY version"#,
            attempt.0
        )
        .fetch_all(&self.readers)
        .await;
        let rows = self.told(found.map_err(Failure::from))?;
        self.told(rows.into_iter().map(|row| row.record(attempt)).collect())
    }

    async fn assessments(&self, attempt: AttemptId) -> Result<Vec<AssessmentRecord>, StorageError> {
        let found = sqlx::query_as!(
            AssessmentRow,
            r#"SELECT id AS "id: Uuid", transcript_id AS "transcript_id: Uuid", version, made_at, document
               FROM assessments WHERE attempt_id = $1 ORDER BY version"#,
            attempt.0
        )
        .fetch_all(&self.readers)
        .await;
        let rows = self.told(found.map_err(Failure::from))?;
        self.told(rows.into_iter().map(|row| row.record(attempt)).collect())
    }

    async fn assessment(&self, attempt: AttemptId) -> Result<Option<AssessmentRecord>, StorageError> {
        let found = sqlx::query_as!(
            AssessmentRow,
            r#"SELECT id AS "id: Uuid", transcript_id AS "transcript_id: Uuid", version, made_at, document
               FROM assessments WHERE attempt_id = $1 ORDER BY version DESC LIMIT 1"#,
            attempt.0
        )
        .fetch_optional(&self.readers)
        .await;
        let row = self.told(found.map_err(Failure::from))?;
        self.told(row.map(|row| row.record(attempt)).transpose())
    }

    async fn delete_audio(&self, attempt: AttemptId) -> Result<Option<String>, StorageError> {
        let mut tx = self.begin().await?;
        let path = self.told(delete_audio(&mut tx, attempt).await)?;
        self.commit(tx).await?;
        Ok(path)
    }

    async fn delete_attempt(&self, id: AttemptId) -> Result<Option<String>, StorageError> {
        let mut tx = self.begin().await?;
        let path = self.told(delete(&mut tx, id).await)?;
        self.commit(tx).await?;
        Ok(path)
    }
}

/// Applies an event to an attempt as the domain decides, and keeps the state that follows.
///
/// Settled states need a score, all others forbid one.
pub(crate) async fn change(
    tx: &mut Connection,
    attempt: AttemptId,
    event: &AttemptEvent,
    score: Option<&Assessment>,
    at: Timestamp,
) -> Result<AttemptState, Failure> {
    let row = sqlx::query!(
        "SELECT a.state, a.why, a.kept, s.finished_at FROM attempts a JOIN sessions s ON s.id = a.session_id
         WHERE a.id = $1",
        attempt.0
    )
    .fetch_optional(&mut *tx)
    .await?
    .ok_or_else(|| StorageError::not_found("attempt", attempt))?;
    let phase = if row.finished_at.is_some() { Phase::Finished } else { Phase::Active };
    phase.permits(event)?;
    let next = state(&row.state, row.why, row.kept)?.after(event)?;

    let (name, failure) = (next.name(), failure_of(&next));
    let (why, kept) =
        (failure.map(|failure| failure.why.as_str()), failure.map(|failure| failure.kept.name()));
    let answered_at = matches!(event, AttemptEvent::Keep | AttemptEvent::Type).then_some(at.0);
    let ended_at = (!next.is_open() && !next.needs_settling()).then_some(at.0);
    let (value, low, high) = (score.map(|s| s.score), score.map(|s| s.low), score.map(|s| s.high));
    let level = score.map(|s| i64::from(s.level));
    sqlx::query!(
        "UPDATE attempts
         SET state = $2, why = $3, kept = $4, answered_at = coalesce(answered_at, $5),
             ended_at = CASE WHEN $6 IS NULL THEN NULL ELSE coalesce(ended_at, $6) END,
             score = $7, score_low = $8, score_high = $9, score_level = $10
         WHERE id = $1",
        attempt.0,
        name,
        why,
        kept,
        answered_at,
        ended_at,
        value,
        low,
        high,
        level
    )
    .execute(tx)
    .await?;
    Ok(next)
}

async fn advance(
    tx: &mut Connection,
    attempt: AttemptId,
    step: &Step,
    at: Timestamp,
) -> Result<AttemptState, Failure> {
    let state = change(tx, attempt, &step.into(), None, at).await?;
    if let Step::Fail(why) = step {
        jobs::end_all_of(tx, attempt, JobStatus::Failed, Some(why), at).await?;
    }
    Ok(state)
}

async fn keep_take(
    tx: &mut Connection,
    attempt: AttemptId,
    take: &Take,
    job: JobId,
    at: Timestamp,
) -> Result<AttemptState, Failure> {
    let state = change(tx, attempt, &AttemptEvent::Keep, None, at).await?;
    let (length, bytes) = (signed(take.length.0), signed(take.bytes));
    let (clipped, dropped) = (signed(take.clipped_samples), signed(take.dropped_samples));
    let (rate, ended) = (take.sample_rate.0, take.ended.name());
    let (peak, rms) = (decibels(take.peak_dbfs), decibels(take.rms_dbfs));
    sqlx::query!(
        "INSERT INTO takes (attempt_id, path, length_ms, bytes, sample_rate, peak_dbfs, rms_dbfs, clipped_samples,
                            dropped_samples, device, ended, kept_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)",
        attempt.0,
        take.path,
        length,
        bytes,
        rate,
        peak,
        rms,
        clipped,
        dropped,
        take.device,
        ended,
        take.kept_at.0
    )
    .execute(&mut *tx)
    .await?;
    settle_later(tx, attempt, job, at).await?;
    Ok(state)
}

async fn keep_typed(
    tx: &mut Connection,
    attempt: AttemptId,
    transcript: &NewTranscript,
    job: JobId,
    at: Timestamp,
) -> Result<AttemptState, Failure> {
    let state = change(tx, attempt, &AttemptEvent::Type, None, at).await?;
    keep_words(tx, attempt, transcript, at).await?;
    settle_later(tx, attempt, job, at).await?;
    Ok(state)
}

async fn retry(
    tx: &mut Connection,
    attempt: AttemptId,
    job: JobId,
    at: Timestamp,
) -> Result<AttemptState, Failure> {
    let state = change(tx, attempt, &AttemptEvent::Retry, None, at).await?;
    settle_later(tx, attempt, job, at).await?;
    Ok(state)
}

async fn settle_later(
    tx: &mut Connection,
    attempt: AttemptId,
    job: JobId,
    at: Timestamp,
) -> Result<(), Failure> {
    let job = NewJob { id: job, job: Job::SettleAttempt { attempt }, run_at: at };
    jobs::push(tx, &job).await?;
    Ok(())
}

async fn score(
    tx: &mut Connection,
    attempt: AttemptId,
    settlement: &Settlement,
    event: fn(Outcome) -> AttemptEvent,
    at: Timestamp,
) -> Result<AttemptState, Failure> {
    let assessment = &settlement.assessment.assessment;
    let outcome = if assessment.no_answer { Outcome::NoAnswer } else { Outcome::Scored };
    let state = change(tx, attempt, &event(outcome), Some(assessment), at).await?;
    let transcript = match &settlement.words {
        Words::New(words) => {
            keep_words(tx, attempt, words, at).await?;
            words.id
        }
        Words::Kept(id) => {
            let known = sqlx::query_scalar!(
                r#"SELECT id AS "id: Uuid" FROM transcripts WHERE id = $1 AND attempt_id = $2"#,
                id.0,
                attempt.0
            )
            .fetch_optional(&mut *tx)
            .await?;
            known.map(TranscriptId).ok_or_else(|| StorageError::not_found("transcript", id))?
        }
    };
    let document = json("assessment", assessment)?;
    let level = i64::from(assessment.level);
    sqlx::query!(
        "INSERT INTO assessments (id, attempt_id, transcript_id, version, rubric_hash, engine_version, model, score,
                                  low, high, level, no_answer, made_at, document)
         SELECT $1, $2, $3, coalesce(max(version), 0) + 1, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13
         FROM assessments WHERE attempt_id = $2",
        settlement.assessment.id.0,
        attempt.0,
        transcript.0,
        assessment.rubric_hash,
        assessment.engine_version,
        assessment.model,
        assessment.score,
        assessment.low,
        assessment.high,
        level,
        assessment.no_answer,
        at.0,
        document
    )
    .execute(&mut *tx)
    .await
    .map_err(|error| taken("assessment", error))?;
    jobs::end_all_of(tx, attempt, JobStatus::Done, None, at).await?;
    Ok(state)
}

async fn keep_words(
    tx: &mut Connection,
    attempt: AttemptId,
    words: &NewTranscript,
    at: Timestamp,
) -> Result<(), Failure> {
    let document = json("transcript", &words.transcript)?;
    let (source, author) = (words.source.name(), words.source.author());
    sqlx::query!(
        "INSERT INTO transcripts (id, attempt_id, version, source, author, model, language, made_at, document)
         SELECT $1, $2, coalesce(max(version), 0) + 1, $3, $4, $5, $6, $7, $8
         FROM transcripts WHERE attempt_id = $2",
        words.id.0,
        attempt.0,
        source,
        author,
        words.transcript.model,
        words.transcript.language,
        at.0,
        document
    )
    .execute(tx)
    .await
    .map_err(|error| taken("transcript", error))?;
    Ok(())
}

async fn note_help(tx: &mut Connection, attempt: AttemptId, aid: Aid) -> Result<(), Failure> {
    let row = sqlx::query!(
        "SELECT s.mode FROM attempts a JOIN sessions s ON s.id = a.session_id WHERE a.id = $1",
        attempt.0
    )
    .fetch_optional(&mut *tx)
    .await?
    .ok_or_else(|| StorageError::not_found("attempt", attempt))?;
    if !named("mode", &row.mode, Mode::from_name(&row.mode))?.allows(aid) {
        return Err(SessionRefused::NoHelp.into());
    }
    let (hint, reveal) = (aid == Aid::Hint, aid == Aid::Reveal);
    sqlx::query!(
        "UPDATE attempts SET hint = max(hint, $2), reveal = max(reveal, $3)
         WHERE id = $1 AND state IN ('asked', 'recording')",
        attempt.0,
        hint,
        reveal
    )
    .execute(tx)
    .await?;
    Ok(())
}

async fn delete_audio(tx: &mut Connection, attempt: AttemptId) -> Result<Option<String>, Failure> {
    let row = sqlx::query!(
        "SELECT a.state, a.why, a.kept, t.path FROM attempts a LEFT JOIN takes t ON t.attempt_id = a.id
         WHERE a.id = $1",
        attempt.0
    )
    .fetch_optional(&mut *tx)
    .await?
    .ok_or_else(|| StorageError::not_found("attempt", attempt))?;
    let next = state(&row.state, row.why, row.kept)?.after(&AttemptEvent::ForgetAudio)?;
    let kept = failure_of(&next).map(|failure| failure.kept.name());
    sqlx::query!("UPDATE attempts SET kept = $2 WHERE id = $1", attempt.0, kept).execute(&mut *tx).await?;
    sqlx::query!("UPDATE takes SET path = NULL, bytes = 0 WHERE attempt_id = $1", attempt.0)
        .execute(tx)
        .await?;
    Ok(row.path)
}

async fn delete(tx: &mut Connection, id: AttemptId) -> Result<Option<String>, Failure> {
    let path = sqlx::query_scalar!("SELECT path FROM takes WHERE attempt_id = $1", id.0)
        .fetch_optional(&mut *tx)
        .await?;
    let done = sqlx::query!("DELETE FROM attempts WHERE id = $1", id.0).execute(tx).await?;
    if done.rows_affected() == 0 {
        return Err(StorageError::not_found("attempt", id).into());
    }
    Ok(path.flatten())
}

async fn load(tx: &mut Connection, id: AttemptId) -> Result<Option<AttemptRecord>, Failure> {
    let row = sqlx::query_as!(
        AttemptRow,
        r#"SELECT id AS "id: Uuid", session_id AS "session_id: Uuid", position, number, question_id, pack_id, topic,
                  snapshot_hash, state, why, kept, hint AS "hint: bool", reveal AS "reveal: bool",
                  asked_at, answered_at, ended_at
           FROM attempts WHERE id = $1"#,
        id.0
    )
    .fetch_optional(tx)
    .await?;
    row.map(AttemptRow::record).transpose()
}

async fn unsettled(tx: &mut Connection) -> Result<Vec<AttemptRecord>, Failure> {
    let rows = sqlx::query_as!(
        AttemptRow,
        r#"SELECT id AS "id: Uuid", session_id AS "session_id: Uuid", position, number, question_id, pack_id, topic,
                  snapshot_hash, state, why, kept, hint AS "hint: bool", reveal AS "reveal: bool",
                  asked_at, answered_at, ended_at
           FROM attempts WHERE state IN ('recording', 'settling', 'typed') ORDER BY asked_at, id"#
    )
    .fetch_all(tx)
    .await?;
    rows.into_iter().map(AttemptRow::record).collect()
}

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

fn failure_of(state: &AttemptState) -> Option<&Failed> {
    match state {
        AttemptState::Failed(failure) => Some(failure),
        _ => None,
    }
}

/// Digital silence has no level; it is kept as the lowest a 32-bit sample can have.
fn decibels(value: f32) -> f32 {
    if value.is_finite() { value } else { -200.0 }
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

struct TakeRow {
    attempt_id: Uuid,
    path: Option<String>,
    length_ms: i64,
    bytes: i64,
    sample_rate: i64,
    peak_dbfs: f64,
    rms_dbfs: f64,
    clipped_samples: i64,
    dropped_samples: i64,
    device: Option<String>,
    ended: String,
    kept_at: i64,
}

impl TakeRow {
    fn record(self) -> Result<(AttemptId, Take), Failure> {
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

struct TranscriptRow {
    id: Uuid,
    version: i64,
    source: String,
    author: Option<String>,
    made_at: i64,
    document: String,
}

impl TranscriptRow {
    fn record(self, attempt: AttemptId) -> Result<TranscriptRecord, Failure> {
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

struct AssessmentRow {
    id: Uuid,
    transcript_id: Uuid,
    version: i64,
    made_at: i64,
    document: String,
}

impl AssessmentRow {
    fn record(self, attempt: AttemptId) -> Result<AssessmentRecord, Failure> {
        Ok(AssessmentRecord {
            id: AssessmentId(self.id),
            attempt,
            version: number("assessment's version", self.version)?,
            transcript: TranscriptId(self.transcript_id),
            assessment: document("assessment", &self.document)?,
            document: self.document,
            made_at: Timestamp(self.made_at),
        })
    }
}
