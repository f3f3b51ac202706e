//! Decisions, holds and erasing over PostgreSQL.

mod clocks;
mod marks;

use crate::error::Failure;
use crate::plain::plain;
use crate::sessions::forget_snapshots;
use crate::{Connection, PostgresStore, audit};
use async_trait::async_trait;
use clocks::{expire, expired, retention, set_retention};
use marks::{consensus, keep_consensus, marks};
use viva_core::audit::{Deed, NewEntry};
use viva_core::clock::Timestamp;
use viva_core::ids::{CandidateId, PersonId, RoundId};
use viva_core::round::RoundRefused;
use viva_storage::{CardMarks, Consensus, Decisions, Expired, Hold, Retention, StorageError};

#[async_trait]
impl Decisions for PostgresStore {
    async fn readable_marks(&self, round: RoundId, viewer: PersonId) -> Result<Vec<CardMarks>, StorageError> {
        let mut tx = self.look().await?;
        self.told(marks(&mut tx, round, viewer).await)
    }

    async fn keep_consensus(&self, consensus: &Consensus) -> Result<(), StorageError> {
        serialised!(self, tx => keep_consensus(tx, consensus))
    }

    async fn readable_consensus(
        &self,
        round: RoundId,
        viewer: PersonId,
    ) -> Result<Vec<Consensus>, StorageError> {
        let mut tx = self.look().await?;
        self.told(consensus(&mut tx, round, viewer).await)
    }

    async fn set_hold(&self, candidate: CandidateId, hold: &Hold) -> Result<(), StorageError> {
        serialised!(self, tx => set_hold(tx, candidate, hold))
    }

    async fn lift_hold(
        &self,
        candidate: CandidateId,
        by: PersonId,
        at: Timestamp,
    ) -> Result<(), StorageError> {
        serialised!(self, tx => lift_hold(tx, candidate, by, at))
    }

    async fn hold(&self, candidate: CandidateId) -> Result<Option<Hold>, StorageError> {
        let mut tx = self.look().await?;
        self.told(hold(&mut tx, candidate).await)
    }

    async fn erase_candidate(
        &self,
        candidate: CandidateId,
        by: PersonId,
        at: Timestamp,
    ) -> Result<Vec<String>, StorageError> {
        serialised!(self, tx => erase(tx, candidate, by, at))
    }

    async fn recordings_of_candidate(&self, candidate: CandidateId) -> Result<Vec<String>, StorageError> {
        let mut tx = self.look().await?;
        self.told(recordings(&mut tx, candidate).await)
    }

    async fn kept_recordings(&self) -> Result<Vec<String>, StorageError> {
        let found =
            sqlx::query_scalar!(r#"SELECT path AS "path!" FROM takes WHERE path IS NOT NULL ORDER BY path"#)
                .fetch_all(&self.pool)
                .await;
        self.told(found.map_err(Failure::from))
    }

    async fn retention(&self, round: RoundId) -> Result<Retention, StorageError> {
        let mut tx = self.look().await?;
        self.told(retention(&mut tx, round).await)
    }

    async fn set_retention(
        &self,
        round: RoundId,
        retention: Retention,
        by: PersonId,
        at: Timestamp,
    ) -> Result<(), StorageError> {
        serialised!(self, tx => set_retention(tx, round, retention, by, at))
    }

    async fn expired(&self, now: Timestamp) -> Result<Vec<Expired>, StorageError> {
        let mut tx = self.look().await?;
        self.told(expired(&mut tx, now).await)
    }

    async fn expire(&self, expired: &Expired, at: Timestamp) -> Result<Vec<String>, StorageError> {
        serialised!(self, tx => expire(tx, expired, at))
    }
}

async fn round_of(tx: &mut Connection, candidate: CandidateId) -> Result<RoundId, Failure> {
    let round =
        sqlx::query_scalar!(r#"SELECT round_id AS round_id FROM candidates WHERE id = $1"#, candidate.0)
            .fetch_optional(tx)
            .await?
            .ok_or_else(|| StorageError::not_found("candidate", candidate))?;
    Ok(RoundId(round))
}

async fn set_hold(tx: &mut Connection, candidate: CandidateId, hold: &Hold) -> Result<(), Failure> {
    let round = round_of(tx, candidate).await?;
    sqlx::query!(
        "INSERT INTO legal_holds (candidate_id, reason, set_by, set_at) VALUES ($1, $2, $3, $4)
         ON CONFLICT (candidate_id) DO UPDATE SET reason = excluded.reason, set_by = excluded.set_by,
             set_at = excluded.set_at",
        candidate.0,
        &*plain(&hold.reason),
        hold.by.0,
        hold.at.0
    )
    .execute(&mut *tx)
    .await?;
    audit::log(tx, NewEntry::new(Deed::HoldSet, Some(hold.by), hold.at).in_round(round).of(candidate)).await
}

async fn lift_hold(
    tx: &mut Connection,
    candidate: CandidateId,
    by: PersonId,
    at: Timestamp,
) -> Result<(), Failure> {
    let round = round_of(tx, candidate).await?;
    let done = sqlx::query!("DELETE FROM legal_holds WHERE candidate_id = $1", candidate.0)
        .execute(&mut *tx)
        .await?;
    if done.rows_affected() == 0 {
        return Ok(());
    }
    audit::log(tx, NewEntry::new(Deed::HoldLifted, Some(by), at).in_round(round).of(candidate)).await
}

async fn hold(tx: &mut Connection, candidate: CandidateId) -> Result<Option<Hold>, Failure> {
    let row = sqlx::query!(
        r#"SELECT reason, set_by AS set_by, set_at FROM legal_holds WHERE candidate_id = $1"#,
        candidate.0
    )
    .fetch_optional(tx)
    .await?;
    Ok(row.map(|row| Hold { reason: row.reason, by: PersonId(row.set_by), at: Timestamp(row.set_at) }))
}

async fn erase(
    tx: &mut Connection,
    candidate: CandidateId,
    by: PersonId,
    at: Timestamp,
) -> Result<Vec<String>, Failure> {
    let round = round_of(tx, candidate).await?;
    if hold(tx, candidate).await?.is_some() {
        return Err(StorageError::from(RoundRefused::Held).into());
    }
    let paths = recordings(tx, candidate).await?;
    sqlx::query!("DELETE FROM logins WHERE candidate_id = $1", candidate.0).execute(&mut *tx).await?;
    sqlx::query!("DELETE FROM invitations WHERE candidate_id = $1", candidate.0).execute(&mut *tx).await?;
    // Cards, log, session and answers go with the candidate.
    sqlx::query!("DELETE FROM candidates WHERE id = $1", candidate.0).execute(&mut *tx).await?;
    forget_snapshots(tx).await?;
    audit::log(tx, NewEntry::new(Deed::Erased, Some(by), at).in_round(round).of(candidate)).await?;
    Ok(paths)
}

async fn recordings(tx: &mut Connection, candidate: CandidateId) -> Result<Vec<String>, Failure> {
    let paths = sqlx::query_scalar!(
        r#"SELECT t.path AS "path!" FROM takes t JOIN round_answers a ON a.attempt_id = t.attempt_id
           WHERE a.candidate_id = $1 AND t.path IS NOT NULL ORDER BY t.path"#,
        candidate.0
    )
    .fetch_all(tx)
    .await?;
    Ok(paths)
}
