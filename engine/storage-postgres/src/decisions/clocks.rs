//! How long closed rounds keep things, over PostgreSQL.

use super::{hold, recordings};
use crate::error::Failure;
use crate::sessions::forget_snapshots;
use crate::{Connection, audit};
use viva_core::audit::{Deed, NewEntry};
use viva_core::clock::Timestamp;
use viva_core::ids::{PersonId, RoundId};
use viva_core::round::RoundRefused;
use viva_storage::columns::decisions::{ClockColumns, retention_detail};
use viva_storage::columns::number;
use viva_storage::{Expired, Part, Retention, StorageError};

pub(super) async fn retention(tx: &mut Connection, round: RoundId) -> Result<Retention, Failure> {
    let row = sqlx::query!(
        "SELECT audio_days, transcript_days, ratings_days FROM round_retention WHERE round_id = $1",
        round.0
    )
    .fetch_optional(tx)
    .await?;
    let Some(row) = row else { return Ok(Retention::default()) };
    let days = |days: Option<i64>| days.map(|days| number("days", days)).transpose();
    Ok(Retention {
        audio_days: days(row.audio_days)?,
        transcript_days: days(row.transcript_days)?,
        ratings_days: days(row.ratings_days)?,
    })
}

pub(super) async fn set_retention(
    tx: &mut Connection,
    round: RoundId,
    retention: Retention,
    by: PersonId,
    at: Timestamp,
) -> Result<(), Failure> {
    let audio = retention.audio_days.map(i64::from);
    let transcript = retention.transcript_days.map(i64::from);
    let ratings = retention.ratings_days.map(i64::from);
    sqlx::query!(
        "INSERT INTO round_retention (round_id, audio_days, transcript_days, ratings_days) VALUES ($1, $2, $3, $4)
         ON CONFLICT (round_id) DO UPDATE SET audio_days = excluded.audio_days,
             transcript_days = excluded.transcript_days, ratings_days = excluded.ratings_days",
        round.0,
        audio,
        transcript,
        ratings
    )
    .execute(&mut *tx)
    .await?;
    audit::log(
        tx,
        NewEntry::new(Deed::RetentionSet, Some(by), at).in_round(round).by(&retention_detail(retention)),
    )
    .await
}

pub(super) async fn expired(tx: &mut Connection, now: Timestamp) -> Result<Vec<Expired>, Failure> {
    let rows = sqlx::query_as!(
        ClockColumns,
        r#"SELECT k.id AS candidate_id, k.round_id AS round_id, r.closed_at AS "closed_at!",
                  n.audio_days, n.transcript_days, n.ratings_days,
                  EXISTS (SELECT 1 FROM takes t JOIN round_answers a ON a.attempt_id = t.attempt_id
                          WHERE a.candidate_id = k.id AND t.path IS NOT NULL) AS "audio!",
                  EXISTS (SELECT 1 FROM round_answers a WHERE a.candidate_id = k.id) AS "answers!",
                  EXISTS (SELECT 1 FROM cards c WHERE c.candidate_id = k.id) AS "cards!"
           FROM candidates k
           JOIN rounds r ON r.id = k.round_id
           JOIN round_retention n ON n.round_id = k.round_id
           WHERE r.closed_at IS NOT NULL
             AND NOT EXISTS (SELECT 1 FROM legal_holds h WHERE h.candidate_id = k.id)
           ORDER BY k.round_id, k.number"#
    )
    .fetch_all(tx)
    .await?;
    Ok(rows.iter().flat_map(|row| row.due(now)).collect())
}

pub(super) async fn expire(
    tx: &mut Connection,
    what: &Expired,
    at: Timestamp,
) -> Result<Vec<String>, Failure> {
    let candidate = what.candidate;
    if hold(tx, candidate).await?.is_some() {
        return Err(StorageError::from(RoundRefused::Held).into());
    }
    let (deed, paths) = match what.part {
        Part::Audio => {
            let paths = recordings(tx, candidate).await?;
            sqlx::query!(
                "UPDATE takes SET path = NULL, bytes = 0
                 WHERE attempt_id IN (SELECT attempt_id FROM round_answers WHERE candidate_id = $1)",
                candidate.0
            )
            .execute(&mut *tx)
            .await?;
            (Deed::AudioExpired, paths)
        }
        Part::Transcripts => {
            let paths = recordings(tx, candidate).await?;
            sqlx::query!("DELETE FROM sessions WHERE candidate_id = $1", candidate.0)
                .execute(&mut *tx)
                .await?;
            forget_snapshots(tx).await?;
            (Deed::TranscriptsExpired, paths)
        }
        Part::Ratings => {
            sqlx::query!("DELETE FROM cards WHERE candidate_id = $1", candidate.0).execute(&mut *tx).await?;
            sqlx::query!("DELETE FROM consensus WHERE candidate_id = $1", candidate.0)
                .execute(&mut *tx)
                .await?;
            (Deed::RatingsExpired, Vec::new())
        }
    };
    audit::log(tx, NewEntry::new(deed, None, at).in_round(what.round).of(candidate)).await?;
    Ok(paths)
}
