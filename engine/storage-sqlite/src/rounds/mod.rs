//! Structured rounds over SQLite. What a viewer may read is decided by the views `readable_candidates` and
//! `readable_cards`, and by `round_seats`: no query here gives anything to somebody without a seat.

pub(crate) mod answers;
mod candidates;
mod card_rows;
mod cards;
mod heard;
mod interview_log;
mod kits;
mod own_room;
mod records;
mod seats;

use crate::Connection;
use crate::error::Failure;
use uuid::Uuid;
use viva_core::ids::{CandidateId, RoundId};
use viva_core::round::RoundRefused;
use viva_storage::StorageError;

/// The round of a candidate, where it still goes on.
async fn round_going_on(tx: &mut Connection, candidate: CandidateId) -> Result<RoundId, Failure> {
    let row = sqlx::query!(
        r#"SELECT r.id AS "id: Uuid", r.closed_at FROM rounds r JOIN candidates k ON k.round_id = r.id WHERE k.id = $1"#,
        candidate.0
    )
    .fetch_optional(tx)
    .await?
    .ok_or_else(|| StorageError::not_found("candidate", candidate))?;
    open(row.closed_at)?;
    Ok(RoundId(row.id))
}

/// Whether a round still goes on.
async fn going_on(tx: &mut Connection, round: RoundId) -> Result<(), Failure> {
    let row = sqlx::query!("SELECT closed_at FROM rounds WHERE id = $1", round.0)
        .fetch_optional(tx)
        .await?
        .ok_or_else(|| StorageError::not_found("round", round))?;
    open(row.closed_at)
}

fn open(closed_at: Option<i64>) -> Result<(), Failure> {
    match closed_at {
        Some(_) => Err(RoundRefused::Closed.into()),
        None => Ok(()),
    }
}
