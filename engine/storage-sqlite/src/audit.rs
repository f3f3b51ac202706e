//! The audit log over SQLite.

use crate::error::Failure;
use crate::{Connection, SqliteStore};
use async_trait::async_trait;
use uuid::Uuid;
use viva_core::audit::{Deed, Entry, Head, NewEntry, Seal};
use viva_core::clock::Timestamp;
use viva_core::ids::{CandidateId, PersonId, RoundId};
use viva_storage::columns::{number, signed};
use viva_storage::{Audit, NewCard, StorageError};

/// Appends an entry inside the transaction of the deed.
pub(crate) async fn append(tx: &mut Connection, entry: NewEntry) -> Result<Head, Failure> {
    let entry = entry.after(head(&mut *tx).await?);
    let sequence = signed(entry.sequence);
    let (actor, round) = (entry.actor.map(|id| id.0), entry.round.map(|id| id.0));
    let candidate = entry.candidate.map(|id| id.0);
    let (previous, hash) = (entry.previous.0.as_slice(), entry.hash.0.as_slice());
    sqlx::query!(
        "INSERT INTO audit (sequence, at, actor_id, deed, round_id, candidate_id, subject_id, detail, previous, hash)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
        sequence,
        entry.at.0,
        actor,
        entry.deed,
        round,
        candidate,
        entry.subject,
        entry.detail,
        previous,
        hash
    )
    .execute(tx)
    .await?;
    Ok(entry.head())
}

/// Appends an entry inside the transaction of the deed, where nobody asks for the head.
pub(crate) async fn log(tx: &mut Connection, entry: NewEntry) -> Result<(), Failure> {
    append(tx, entry).await.map(|_| ())
}

/// Logs that a card was asked for.
pub(crate) async fn asked(
    tx: &mut Connection,
    card: &NewCard,
    round: RoundId,
    id: Uuid,
) -> Result<(), Failure> {
    log(tx, NewEntry::new(Deed::CardAsked, Some(card.by), card.at).in_round(round).of(card.candidate).on(id))
        .await
}

async fn head(tx: &mut Connection) -> Result<Option<Head>, Failure> {
    let row = sqlx::query!("SELECT sequence, hash FROM audit ORDER BY sequence DESC LIMIT 1")
        .fetch_optional(tx)
        .await?;
    row.map(|row| Ok(Head { sequence: number("audit entry", row.sequence)?, hash: seal(&row.hash)? }))
        .transpose()
}

fn seal(bytes: &[u8]) -> Result<Seal, Failure> {
    let bytes =
        bytes.try_into().map_err(|_| StorageError::damaged("audit entry", "its hash has not 32 bytes"))?;
    Ok(Seal(bytes))
}

#[async_trait]
impl Audit for SqliteStore {
    async fn log(&self, entry: &NewEntry) -> Result<Head, StorageError> {
        let mut tx = self.begin().await?;
        let logged = append(&mut tx, entry.clone()).await;
        let head = self.told(logged)?;
        self.commit(tx).await?;
        Ok(head)
    }

    async fn audit_entries(&self, after: u64, most: u32) -> Result<Vec<Entry>, StorageError> {
        let after = signed(after);
        let found = sqlx::query!(
            r#"SELECT sequence, at, actor_id AS "actor_id: Uuid", deed, round_id AS "round_id: Uuid",
                      candidate_id AS "candidate_id: Uuid", subject_id AS "subject_id: Uuid", detail, previous, hash
               FROM audit WHERE sequence > $1 ORDER BY sequence LIMIT $2"#,
            after,
            most
        )
        .fetch_all(&self.readers)
        .await;
        let rows = self.told(found.map_err(Failure::from))?;
        let entries = rows.into_iter().map(|row| {
            Ok(Entry {
                sequence: number("audit entry", row.sequence)?,
                at: Timestamp(row.at),
                actor: row.actor_id.map(PersonId),
                deed: row.deed,
                round: row.round_id.map(RoundId),
                candidate: row.candidate_id.map(CandidateId),
                subject: row.subject_id,
                detail: row.detail,
                previous: seal(&row.previous)?,
                hash: seal(&row.hash)?,
            })
        });
        let entries: Result<Vec<Entry>, Failure> = entries.collect();
        self.told(entries)
    }

    async fn audit_head(&self) -> Result<Option<Head>, StorageError> {
        let mut tx = self.look().await?;
        let found = head(&mut tx).await;
        self.told(found)
    }
}
