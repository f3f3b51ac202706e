//! Jobs over SQLite. The table is `queued_jobs`.

use crate::error::Failure;
use crate::{Connection, SqliteStore};
use async_trait::async_trait;
use uuid::Uuid;
use viva_core::clock::Timestamp;
use viva_core::ids::{AttemptId, JobId};
use viva_storage::columns::{named, number};
use viva_storage::{JobRecord, JobStatus, Jobs, Lease, NewJob, StorageError};

#[async_trait]
impl Jobs for SqliteStore {
    async fn push_job(&self, job: &NewJob) -> Result<bool, StorageError> {
        let mut tx = self.begin().await?;
        let new = self.told(push(&mut tx, job).await)?;
        self.commit(tx).await?;
        Ok(new)
    }

    async fn claim_job(&self, lease: Lease, now: Timestamp) -> Result<Option<JobRecord>, StorageError> {
        let mut tx = self.begin().await?;
        let claimed = self.told(claim(&mut tx, lease, now).await)?;
        self.commit(tx).await?;
        Ok(claimed)
    }

    async fn extend_job(&self, job: JobId, lease: Lease) -> Result<bool, StorageError> {
        let mut tx = self.begin().await?;
        let done = sqlx::query!(
            "UPDATE queued_jobs SET lease_until = $3 WHERE id = $1 AND status = 'running' AND lease_holder = $2",
            job.0,
            lease.holder,
            lease.until.0
        )
        .execute(&mut *tx)
        .await;
        let hit = self.told(done.map_err(Failure::from))?.rows_affected() == 1;
        self.commit(tx).await?;
        Ok(hit)
    }

    async fn complete_job(&self, job: JobId, holder: Uuid, at: Timestamp) -> Result<bool, StorageError> {
        let mut tx = self.begin().await?;
        let hit = self.told(end(&mut tx, job, holder, JobStatus::Done, None, at).await)?;
        self.commit(tx).await?;
        Ok(hit)
    }

    async fn postpone_job(
        &self,
        job: JobId,
        holder: Uuid,
        run_at: Timestamp,
        why: Option<&str>,
    ) -> Result<bool, StorageError> {
        let mut tx = self.begin().await?;
        let done = sqlx::query!(
            "UPDATE queued_jobs
             SET status = 'waiting', run_at = $3, why = coalesce($4, why), tries = tries - ($4 IS NULL),
                 lease_holder = NULL, lease_until = NULL
             WHERE id = $1 AND status = 'running' AND lease_holder = $2",
            job.0,
            holder,
            run_at.0,
            why
        )
        .execute(&mut *tx)
        .await;
        let hit = self.told(done.map_err(Failure::from))?.rows_affected() == 1;
        self.commit(tx).await?;
        Ok(hit)
    }

    async fn fail_job(
        &self,
        job: JobId,
        holder: Uuid,
        why: &str,
        at: Timestamp,
    ) -> Result<bool, StorageError> {
        let mut tx = self.begin().await?;
        let hit = self.told(end(&mut tx, job, holder, JobStatus::Failed, Some(why), at).await)?;
        self.commit(tx).await?;
        Ok(hit)
    }

    async fn release_expired_jobs(&self, now: Timestamp) -> Result<u64, StorageError> {
        let mut tx = self.begin().await?;
        let done = sqlx::query!(
            "UPDATE queued_jobs SET status = 'waiting', lease_holder = NULL, lease_until = NULL
             WHERE status = 'running' AND lease_until <= $1",
            now.0
        )
        .execute(&mut *tx)
        .await;
        let released = self.told(done.map_err(Failure::from))?.rows_affected();
        self.commit(tx).await?;
        Ok(released)
    }

    async fn next_job_at(&self) -> Result<Option<Timestamp>, StorageError> {
        let found = sqlx::query_scalar!(
            r#"SELECT min(CASE status WHEN 'waiting' THEN run_at ELSE lease_until END) AS "next: i64"
               FROM queued_jobs WHERE status IN ('waiting', 'running')"#
        )
        .fetch_one(&self.readers)
        .await;
        Ok(self.told(found.map_err(Failure::from))?.map(Timestamp))
    }

    async fn job(&self, id: JobId) -> Result<Option<JobRecord>, StorageError> {
        let found = sqlx::query_as!(
            JobRow,
            r#"SELECT id AS "id: Uuid", payload, status, tries, run_at, lease_holder AS "lease_holder: Uuid",
                      lease_until, why
               FROM queued_jobs WHERE id = $1"#,
            id.0
        )
        .fetch_optional(&self.readers)
        .await;
        let row = self.told(found.map_err(Failure::from))?;
        self.told(row.map(JobRow::record).transpose())
    }

    async fn attempts_without_job(&self) -> Result<Vec<AttemptId>, StorageError> {
        let found = sqlx::query_scalar!(
            r#"SELECT a.id AS "id: Uuid" FROM attempts a
               WHERE a.state IN ('settling', 'typed')
                 AND NOT EXISTS (SELECT 1 FROM queued_jobs j
                                 WHERE j.attempt_id = a.id AND j.status IN ('waiting', 'running'))
               ORDER BY a.asked_at, a.id"#
        )
        .fetch_all(&self.readers)
        .await;
        Ok(self.told(found.map_err(Failure::from))?.into_iter().map(AttemptId).collect())
    }

    async fn forget_jobs(&self, ended_before: Timestamp) -> Result<u64, StorageError> {
        let mut tx = self.begin().await?;
        let done = sqlx::query!("DELETE FROM queued_jobs WHERE ended_at < $1", ended_before.0)
            .execute(&mut *tx)
            .await;
        let forgotten = self.told(done.map_err(Failure::from))?.rows_affected();
        self.commit(tx).await?;
        Ok(forgotten)
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
    let status = status.name();
    sqlx::query!(
        "UPDATE queued_jobs
         SET status = $2, why = coalesce($3, why), ended_at = $4, lease_holder = NULL, lease_until = NULL
         WHERE attempt_id = $1 AND status IN ('waiting', 'running')",
        attempt.0,
        status,
        why,
        at.0
    )
    .execute(tx)
    .await?;
    Ok(())
}

async fn claim(tx: &mut Connection, lease: Lease, now: Timestamp) -> Result<Option<JobRecord>, Failure> {
    let row = sqlx::query_as!(
        JobRow,
        r#"UPDATE queued_jobs
           SET status = 'running', tries = tries + 1, lease_holder = $1, lease_until = $2
           WHERE id = (SELECT id FROM queued_jobs
                       WHERE (status = 'waiting' AND run_at <= $3) OR (status = 'running' AND lease_until <= $3)
                       ORDER BY run_at, id LIMIT 1)
           RETURNING id AS "id: Uuid", payload, status, tries, run_at, lease_holder AS "lease_holder: Uuid",
                     lease_until, why"#,
        lease.holder,
        lease.until.0,
        now.0
    )
    .fetch_optional(tx)
    .await?;
    row.map(JobRow::record).transpose()
}

async fn end(
    tx: &mut Connection,
    job: JobId,
    holder: Uuid,
    status: JobStatus,
    why: Option<&str>,
    at: Timestamp,
) -> Result<bool, Failure> {
    let status = status.name();
    let done = sqlx::query!(
        "UPDATE queued_jobs
         SET status = $3, why = coalesce($4, why), ended_at = $5, lease_holder = NULL, lease_until = NULL
         WHERE id = $1 AND status = 'running' AND lease_holder = $2",
        job.0,
        holder,
        status,
        why,
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
