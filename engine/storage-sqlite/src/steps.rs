//! What happens to an attempt: each function is the inside of one transaction.

use crate::Connection;
use crate::error::Failure;
use crate::jobs;
use crate::rounds::answers::{forget_marks, may_go_live};
use crate::sessions::{forget_snapshots, keep_snapshot, taken};
use uuid::Uuid;
use viva_core::assessment::Assessment;
use viva_core::bank::Question;
use viva_core::clock::Timestamp;
use viva_core::ids::{AttemptId, JobId, TranscriptId};
use viva_core::session::{Aid, AttemptEvent, AttemptState, Mode, Outcome, Phase, SessionRefused};
use viva_storage::columns::answers::{failure_of, state};
use viva_storage::columns::{json, named, signed, word};
use viva_storage::{
    Job, JobStatus, NewJob, NewTranscript, Settlement, Snapshot, Step, StorageError, Take, Words,
};

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
    match event {
        AttemptEvent::Record => may_go_live(tx, attempt).await?,
        AttemptEvent::Discard => forget_marks(tx, attempt).await?,
        _ => {}
    }
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

pub(crate) async fn advance(
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

pub(crate) async fn keep_take(
    tx: &mut Connection,
    attempt: AttemptId,
    take: &Take,
    (job, not_before): (JobId, Timestamp),
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
    settle_later(tx, attempt, job, not_before).await?;
    Ok(state)
}

pub(crate) async fn keep_typed(
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

pub(crate) async fn retry(
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

/// Scores by the question as it was asked.
pub(crate) async fn score(
    tx: &mut Connection,
    attempt: AttemptId,
    settlement: &Settlement,
    event: fn(Outcome) -> AttemptEvent,
    at: Timestamp,
) -> Result<AttemptState, Failure> {
    let asked = sqlx::query_scalar!("SELECT snapshot_hash FROM attempts WHERE id = $1", attempt.0)
        .fetch_optional(&mut *tx)
        .await?
        .ok_or_else(|| StorageError::not_found("attempt", attempt))?;
    score_by(tx, attempt, &asked, settlement, event, at).await
}

/// Scores by another version of the question.
pub(crate) async fn rescore(
    tx: &mut Connection,
    attempt: AttemptId,
    question: &Question,
    settlement: &Settlement,
    at: Timestamp,
) -> Result<AttemptState, Failure> {
    let snapshot = Snapshot::of(question);
    keep_snapshot(tx, &snapshot).await?;
    score_by(tx, attempt, &snapshot.hash, settlement, AttemptEvent::Reassess, at).await
}

async fn score_by(
    tx: &mut Connection,
    attempt: AttemptId,
    snapshot: &str,
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
                                  low, high, level, no_answer, made_at, document, snapshot_hash)
         SELECT $1, $2, $3, coalesce(max(version), 0) + 1, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14
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
        document,
        snapshot
    )
    .execute(&mut *tx)
    .await
    .map_err(|error| taken("assessment", error))?;
    keep_verdicts(tx, attempt, assessment).await?;
    jobs::end_all_of(tx, attempt, JobStatus::Done, None, at).await?;
    Ok(state)
}

/// Keeps how each criterion was answered, of the score that counts from now on, in place of what was there.
async fn keep_verdicts(
    tx: &mut Connection,
    attempt: AttemptId,
    assessment: &Assessment,
) -> Result<(), Failure> {
    sqlx::query!("DELETE FROM criterion_verdicts WHERE attempt_id = $1", attempt.0).execute(&mut *tx).await?;
    for criterion in &assessment.criteria {
        let (id, verdict) = (criterion.id.as_str(), word("verdict", &criterion.verdict)?);
        sqlx::query!(
            "INSERT INTO criterion_verdicts (attempt_id, criterion_id, verdict) VALUES ($1, $2, $3)
             ON CONFLICT DO NOTHING",
            attempt.0,
            id,
            verdict
        )
        .execute(&mut *tx)
        .await?;
    }
    Ok(())
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

pub(crate) async fn note_help(tx: &mut Connection, attempt: AttemptId, aid: Aid) -> Result<(), Failure> {
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

pub(crate) async fn delete_audio(tx: &mut Connection, attempt: AttemptId) -> Result<Option<String>, Failure> {
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

pub(crate) async fn delete(tx: &mut Connection, id: AttemptId) -> Result<Vec<String>, Failure> {
    let paths = sqlx::query_scalar!(
        r#"SELECT t.path AS "path!" FROM takes t JOIN attempts a ON a.id = t.attempt_id
           WHERE (a.id = $1 OR a.follows = $1) AND t.path IS NOT NULL ORDER BY t.path"#,
        id.0
    )
    .fetch_all(&mut *tx)
    .await?;
    // Follow-ups go with the sessions that belong to the answer.
    let done = sqlx::query!(
        "DELETE FROM attempts
         WHERE id = $1 AND NOT EXISTS (SELECT 1 FROM round_answers r WHERE r.attempt_id = attempts.id)",
        id.0
    )
    .execute(&mut *tx)
    .await?;
    if done.rows_affected() == 0 {
        return Err(StorageError::not_found("attempt", id).into());
    }
    forget_snapshots(tx).await?;
    Ok(paths)
}

/// Digital silence has no level; it is kept as the lowest a 32-bit sample can have.
fn decibels(value: f32) -> f32 {
    if value.is_finite() { value } else { -200.0 }
}
