//! Jobs over PostgreSQL. The table is `queued_jobs`.

use crate::error::Failure;
use crate::plain::plain;
use crate::{Connection, PostgresStore};
use async_trait::async_trait;
use sqlx::postgres::PgPool;
use uuid::Uuid;
use viva_core::clock::Timestamp;
use viva_core::ids::{AttemptId, JobId};
use viva_storage::columns::{named, number};
use viva_storage::{JobRecord, JobStatus, Jobs, Lease, NewJob, StorageError};

#[async_trait]
impl Jobs for PostgresStore {
    async fn push_job(&self, job: &NewJob) -> Result<bool, StorageError> {
        serialised!(self, tx => push(tx, job))
    }

    /// Whoever claims at the same moment is not waited for: his job is skipped.
    async fn claim_job(&self, lease: Lease, now: Timestamp) -> Result<Option<JobRecord>, StorageError> {
        let claimed = claim(&self.pool, lease, now).await;
        self.told(claimed)
    }

    async fn extend_job(&self, job: JobId, lease: Lease) -> Result<bool, StorageError> {
        let done = sqlx::query!(
            "UPDATE queued_jobs SET lease_until = $3 WHERE id = $1 AND status = 'running' AND lease_holder = $2",
            job.0,
            lease.holder,
            lease.until.0
        )
        .execute(&self.pool)
        .await;
        let hit = self.told(done.map_err(Failure::from))?.rows_affected() == 1;
        Ok(hit)
    }

    async fn complete_job(&self, job: JobId, holder: Uuid, at: Timestamp) -> Result<bool, StorageError> {
        serialised!(self, tx => end(tx, job, holder, JobStatus::Done, None, at))
    }

    async fn postpone_job(
        &self,
        job: JobId,
        holder: Uuid,
        run_at: Timestamp,
        why: Option<&str>,
    ) -> Result<bool, StorageError> {
        let why = why.map(plain);
        let done = sqlx::query!(
            "UPDATE queued_jobs
             SET status = 'waiting', run_at = $3, why = coalesce($4, why), tries = tries - CASE WHEN $4::text IS NULL THEN 1 ELSE 0 END,
                 lease_holder = NULL, lease_until = NULL
             WHERE id = $1 AND status = 'running' AND lease_holder = $2",
            job.0,
            holder,
            run_at.0,
            why.as_deref()
        )
        .execute(&self.pool)
        .await;
        let hit = self.told(done.map_err(Failure::from))?.rows_affected() == 1;
        Ok(hit)
    }

    async fn fail_job(
        &self,
        job: JobId,
        holder: Uuid,
        why: &str,
        at: Timestamp,
    ) -> Result<bool, StorageError> {
        serialised!(self, tx => end(tx, job, holder, JobStatus::Failed, Some(why), at))
    }

    async fn release_expired_jobs(&self, now: Timestamp) -> Result<u64, StorageError> {
        serialised!(self, tx => release(tx, now))
    }

    async fn next_job_at(&self) -> Result<Option<Timestamp>, StorageError> {
        let found = sqlx::query_scalar!(
            r#"SELECT min(CASE status WHEN 'waiting' THEN run_at ELSE lease_until END) AS next
               FROM queued_jobs WHERE status IN ('waiting', 'running')"#
        )
        .fetch_one(&self.pool)
        .await;
        Ok(self.told(found.map_err(Failure::from))?.map(Timestamp))
    }

    async fn job(&self, id: JobId) -> Result<Option<JobRecord>, StorageError> {
        let found = sqlx::query_as!(
            JobRow,
            r#"SELECT id, payload, status, tries, run_at, lease_holder,
                      lease_until, why
               FROM queued_jobs WHERE id = $1"#,
            id.0
        )
        .fetch_optional(&self.pool)
        .await;
        let row = self.told(found.map_err(Failure::from))?;
        self.told(row.map(JobRow::record).transpose())
    }

    async fn attempts_without_job(&self) -> Result<Vec<AttemptId>, StorageError> {
        let found = sqlx::query_scalar!(
            r#"SELECT a.id FROM attempts a
               WHERE a.state IN ('settling', 'typed')
                 AND NOT EXISTS (SELECT 1 FROM queued_jobs j
                                 WHERE j.attempt_id = a.id AND j.status IN ('waiting', 'running'))
               ORDER BY a.asked_at, a.id"#
        )
        .fetch_all(&self.pool)
        .await;
        Ok(self.told(found.map_err(Failure::from))?.into_iter().map(AttemptId).collect())
    }

    async fn forget_jobs(&self, ended_before: Timestamp) -> Result<u64, StorageError> {
        serialised!(self, tx => forget(tx, ended_before))
    }
}

/// Puts a job into the queue, unless the same work is there already.
pub(crate) async fn push(tx: &mut Connection, job: &NewJob) -> Result<bool, Failure> {
    let (kind, attempt, payload) = (job.job.kind(), job.job.attempt().0, job.job.payload());
    let done = sqlx::query!(
        "INSERT INTO queued_jobs (id, kind, attempt_id, payload, status, run_at)
         VALUES ($1, $2, $3, $4, 'waiting', $5)
         ON CONFLICT (kind, attempt_id) WHERE status IN ('waiting', 'running') DO NOTHING",
        job.id.0,
        kind,
        attempt,
        payload,
        job.run_at.0
    )
    .execute(tx)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Ends all work on an attempt whose state no longer asks for any.
pub(crate) async fn end_all_of(
    tx: &mut Connection,
    attempt: AttemptId,
    status: JobStatus,
    why: Option<&str>,
    at: Timestamp,
) -> Result<(), Failure> {
    let (status, why) = (status.name(), why.map(plain));
    sqlx::query!(
        "UPDATE queued_jobs
         SET status = $2, why = coalesce($3, why), ended_at = $4, lease_holder = NULL, lease_until = NULL
         WHERE attempt_id = $1 AND status IN ('waiting', 'running')",
        attempt.0,
        status,
        why.as_deref(),
        at.0
    )
    .execute(tx)
    .await?;
    Ok(())
}

async fn claim(pool: &PgPool, lease: Lease, now: Timestamp) -> Result<Option<JobRecord>, Failure> {
    let row = sqlx::query_as!(
        JobRow,
        r#"UPDATE queued_jobs
           SET status = 'running', tries = tries + 1, lease_holder = $1, lease_until = $2
           WHERE id = (SELECT id FROM queued_jobs
                       WHERE (status = 'waiting' AND run_at <= $3) OR (status = 'running' AND lease_until <= $3)
                       ORDER BY run_at, id LIMIT 1 FOR UPDATE SKIP LOCKED)
           RETURNING id, payload, status, tries, run_at, lease_holder,
                     lease_until, why"#,
        lease.holder,
        lease.until.0,
        now.0
    )
    .fetch_optional(pool)
    .await?;
    row.map(JobRow::record).transpose()
}

async fn release(tx: &mut Connection, now: Timestamp) -> Result<u64, Failure> {
    let done = sqlx::query!(
        "UPDATE queued_jobs SET status = 'waiting', lease_holder = NULL, lease_until = NULL
         WHERE status = 'running' AND lease_until <= $1",
        now.0
    )
    .execute(tx)
    .await?;
    Ok(done.rows_affected())
}

async fn forget(tx: &mut Connection, ended_before: Timestamp) -> Result<u64, Failure> {
    let done =
        sqlx::query!("DELETE FROM queued_jobs WHERE ended_at < $1", ended_before.0).execute(tx).await?;
    Ok(done.rows_affected())
}

async fn end(
    tx: &mut Connection,
    job: JobId,
    holder: Uuid,
    status: JobStatus,
    why: Option<&str>,
    at: Timestamp,
) -> Result<bool, Failure> {
    let (status, why) = (status.name(), why.map(plain));
    let done = sqlx::query!(
        "UPDATE queued_jobs
         SET status = $3, why = coalesce($4, why), ended_at = $5, lease_holder = NULL, lease_until = NULL
         WHERE id = $1 AND status = 'running' AND lease_holder = $2",
        job.0,
        holder,
        status,
        why.as_deref(),
        at.0
    )
    .execute(tx)
    .await?;
    Ok(done.rows_affected() == 1)
}

struct JobRow {
    id: Uuid,
    payload: String,
    status: String,
    tries: i64,
    run_at: i64,
    lease_holder: Option<Uuid>,
    lease_until: Option<i64>,
    why: Option<String>,
}

impl JobRow {
    fn record(self) -> Result<JobRecord, Failure> {
        let lease = self.lease_holder.zip(self.lease_until);
        Ok(JobRecord {
            id: JobId(self.id),
            payload: self.payload,
            status: named("job's status", &self.status, JobStatus::from_name(&self.status))?,
            tries: number("job's tries", self.tries)?,
            run_at: Timestamp(self.run_at),
            lease: lease.map(|(holder, until)| Lease { holder, until: Timestamp(until) }),
            why: self.why,
        })
    }
}
