//! What candidates said, over PostgreSQL: recordings, marks, words and the machine's scores, for whoever may see them.

use crate::Connection;
use crate::error::Failure;
use viva_core::ids::{AttemptId, CandidateId, PersonId};
use viva_core::round::{AnswerSource, Marks};
use viva_core::transcript::Span;
use viva_core::units::Millis;
use viva_storage::columns::answers::{AssessmentRow, AttemptRow, TakeRow, TranscriptRow};
use viva_storage::columns::{named, number};
use viva_storage::{AssessmentRecord, RoundAnswer, StorageError, Take, TranscriptRecord, Waiting};

pub(super) async fn marks(
    tx: &mut Connection,
    attempt: AttemptId,
) -> Result<Option<(AnswerSource, Marks)>, Failure> {
    let source = sqlx::query_scalar!("SELECT source FROM round_answers WHERE attempt_id = $1", attempt.0)
        .fetch_optional(&mut *tx)
        .await?;
    let Some(source) = source else { return Ok(None) };
    let rows = sqlx::query!(
        "SELECT start_ms, end_ms FROM answer_marks WHERE attempt_id = $1 ORDER BY number",
        attempt.0
    )
    .fetch_all(tx)
    .await?;
    let (mut closed, mut open) = (Vec::new(), None);
    for row in rows {
        let start = Millis(number("mark", row.start_ms)?);
        match row.end_ms {
            Some(end) => closed.push(Span { start, end: Millis(number("mark", end)?) }),
            None => open = Some(start),
        }
    }
    let source = named("source of an answer", &source, AnswerSource::from_name(&source))?;
    Ok(Some((source, Marks::restore(closed, open))))
}

pub(super) async fn take(tx: &mut Connection, attempt: AttemptId) -> Result<Option<Take>, Failure> {
    let row = sqlx::query_as!(
        TakeRow,
        r#"SELECT attempt_id, path, length_ms, bytes, sample_rate, peak_dbfs, rms_dbfs,
                  clipped_samples, dropped_samples, device, ended, kept_at
           FROM takes WHERE attempt_id = $1"#,
        attempt.0
    )
    .fetch_optional(tx)
    .await?;
    Ok(row.map(TakeRow::record).transpose()?.map(|(_, take)| take))
}

pub(super) async fn waiting(tx: &mut Connection, attempt: AttemptId) -> Result<Option<Waiting>, Failure> {
    let row = sqlx::query_as!(
        AttemptRow,
        r#"SELECT id, session_id, position, number, question_id, pack_id, topic,
                  snapshot_hash, state, why, kept, hint, reveal,
                  asked_at, answered_at, ended_at
           FROM attempts WHERE id = $1 AND state IN ('recording', 'settling', 'typed')"#,
        attempt.0
    )
    .fetch_optional(&mut *tx)
    .await?;
    let Some(row) = row else { return Ok(None) };
    let marks = marks(tx, attempt).await?;
    Ok(Some(Waiting { attempt: row.record()?, take: take(tx, attempt).await?, marks }))
}

/// All answers of a candidate, without words and scores.
pub(super) async fn of_candidate(
    tx: &mut Connection,
    candidate: CandidateId,
) -> Result<Vec<RoundAnswer>, Failure> {
    let rows = sqlx::query_as!(
        AttemptRow,
        r#"SELECT a.id, a.session_id, a.position, a.number, a.question_id, a.pack_id,
                  a.topic, a.snapshot_hash, a.state, a.why, a.kept, a.hint, a.reveal,
                  a.asked_at, a.answered_at, a.ended_at
           FROM attempts a JOIN round_answers r ON r.attempt_id = a.id
           WHERE r.candidate_id = $1 ORDER BY a.position, a.number"#,
        candidate.0
    )
    .fetch_all(&mut *tx)
    .await?;
    let mut answers = Vec::new();
    for row in rows {
        let attempt = row.record()?;
        let (source, marks) =
            marks(tx, attempt.id).await?.ok_or_else(|| StorageError::not_found("attempt", attempt.id))?;
        let take = take(tx, attempt.id).await?;
        answers.push(RoundAnswer { candidate, attempt, source, marks, take });
    }
    Ok(answers)
}

pub(super) async fn seen_by(
    tx: &mut Connection,
    candidate: CandidateId,
    viewer: PersonId,
) -> Result<Vec<RoundAnswer>, Failure> {
    let seats = sqlx::query_scalar!(
        r#"SELECT count(*) AS "count!" FROM candidates k JOIN round_seats s ON s.round_id = k.round_id
           WHERE k.id = $1 AND s.person_id = $2"#,
        candidate.0,
        viewer.0
    )
    .fetch_one(&mut *tx)
    .await?;
    if seats == 0 { Ok(Vec::new()) } else { of_candidate(tx, candidate).await }
}

pub(super) async fn transcripts(
    tx: &mut Connection,
    attempt: AttemptId,
    viewer: PersonId,
) -> Result<Vec<TranscriptRecord>, Failure> {
    let rows = sqlx::query_as!(
        TranscriptRow,
        r#"SELECT t.id, t.version, t.source, t.author, t.made_at, t.document
           FROM transcripts t
           JOIN round_answers a ON a.attempt_id = t.attempt_id
           JOIN candidates k ON k.id = a.candidate_id
           JOIN round_seats s ON s.round_id = k.round_id
           WHERE t.attempt_id = $1 AND s.person_id = $2 ORDER BY t.version"#,
        attempt.0,
        viewer.0
    )
    .fetch_all(tx)
    .await?;
    Ok(rows.into_iter().map(|row| row.record(attempt)).collect::<Result<_, _>>()?)
}

pub(super) async fn machine_scores(
    tx: &mut Connection,
    candidate: CandidateId,
    viewer: PersonId,
) -> Result<Vec<AssessmentRecord>, Failure> {
    let rows = sqlx::query!(
        r#"SELECT x.id, x.attempt_id, x.transcript_id,
                  coalesce(x.snapshot_hash, a.snapshot_hash) AS "snapshot_hash!", x.version, x.made_at, x.document
           FROM assessments x
           JOIN attempts a ON a.id = x.attempt_id
           JOIN round_answers r ON r.attempt_id = x.attempt_id
           JOIN readable_candidates v ON v.candidate_id = r.candidate_id
           WHERE r.candidate_id = $1 AND v.viewer_id = $2
             AND x.version = (SELECT max(y.version) FROM assessments y WHERE y.attempt_id = x.attempt_id)
           ORDER BY a.position, a.number"#,
        candidate.0,
        viewer.0
    )
    .fetch_all(tx)
    .await?;
    rows.into_iter()
        .map(|row| {
            let attempt = AttemptId(row.attempt_id);
            let row = AssessmentRow {
                id: row.id,
                transcript_id: row.transcript_id,
                snapshot_hash: row.snapshot_hash,
                version: row.version,
                made_at: row.made_at,
                document: row.document,
            };
            Ok(row.record(attempt)?)
        })
        .collect()
}
