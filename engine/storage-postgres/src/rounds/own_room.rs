//! A candidate's own room over PostgreSQL.

use crate::error::Failure;
use crate::{Connection, PostgresStore};
use async_trait::async_trait;
use viva_core::clock::Timestamp;
use viva_core::ids::CandidateId;
use viva_core::round::{Basis, Ground};
use viva_storage::columns::{named, number};
use viva_storage::{OwnRoom, OwnRooms, StorageError};

#[async_trait]
impl OwnRooms for PostgresStore {
    async fn own_room(&self, candidate: CandidateId) -> Result<Option<OwnRoom>, StorageError> {
        let mut tx = self.look().await?;
        self.told(own_room(&mut tx, candidate).await)
    }
}

async fn own_room(tx: &mut Connection, candidate: CandidateId) -> Result<Option<OwnRoom>, Failure> {
    let row = sqlx::query!(
        "SELECT r.title, r.notice, r.closed_at, v.questions, k.basis, k.notice AS told, k.ground_at, k.opted_out_at
         FROM candidates k
         JOIN rounds r ON r.id = k.round_id
         JOIN kit_versions v ON v.kit_id = r.kit_id AND v.version = r.kit_version
         WHERE k.id = $1",
        candidate.0
    )
    .fetch_optional(tx)
    .await?;
    let Some(row) = row else { return Ok(None) };
    let ground = match (row.basis, row.told, row.ground_at) {
        (Some(basis), Some(notice), Some(at)) => Some(Ground {
            basis: named("lawful basis", &basis, Basis::from_name(&basis))?,
            notice,
            at: Timestamp(at),
        }),
        _ => None,
    };
    Ok(Some(OwnRoom {
        title: row.title,
        questions: number("count", row.questions)?,
        notice: row.notice,
        ground,
        opted_out_at: row.opted_out_at.map(Timestamp),
        closed_at: row.closed_at.map(Timestamp),
    }))
}
