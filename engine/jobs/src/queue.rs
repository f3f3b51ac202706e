//! The port between the runner and wherever jobs wait, and the one over our own tables.

use crate::runner::Wake;
use async_trait::async_trait;
use std::sync::Arc;
use uuid::Uuid;
use viva_core::clock::Timestamp;
use viva_core::ids::JobId;
use viva_storage::{Job, JobRecord, Lease, NewJob, StorageError, Store};

/// Where jobs wait.
#[async_trait]
pub trait Queue: Send + Sync + 'static {
    /// Puts a job in. Work that waits or runs already is not put in twice.
    async fn push(&self, job: &NewJob) -> Result<(), StorageError>;

    /// Takes the next job that may run now, held until the lease runs out.
    async fn claim(&self, lease: Lease, now: Timestamp) -> Result<Option<JobRecord>, StorageError>;

    /// Holds on to a job for longer. `false` where somebody else has it, or it is over.
    async fn extend(&self, job: JobId, lease: Lease) -> Result<bool, StorageError>;

    /// Says what became of a job. `false` where somebody else has it, or it is over.
    async fn report(
        &self,
        job: JobId,
        holder: Uuid,
        outcome: &Outcome,
        now: Timestamp,
    ) -> Result<bool, StorageError>;

    /// When there may be something to do next; none where nothing is in sight.
    async fn next_at(&self) -> Result<Option<Timestamp>, StorageError>;

    /// Finds what a process that died left behind: leases that ran out, and work that has no job.
    async fn sweep(&self, now: Timestamp) -> Result<Swept, StorageError>;
}

/// What became of a job.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// It is done.
    Done,
    /// It was put down through no fault of its own; the try does not count.
    PutDown,
    /// It is to be tried again.
    Again {
        /// Not before.
        at: Timestamp,
        /// Why it did not work this time.
        why: String,
    },
    /// It is given up.
    GivenUp {
        /// Why.
        why: String,
    },
}

/// What a sweep found.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Swept {
    /// Jobs whose holder was gone.
    pub released: u64,
    /// Attempts that waited for work and had no job.
    pub found: u64,
}

/// The queue over our own tables, in this process.
pub struct StoreQueue {
    store: Arc<dyn Store>,
    wake: Wake,
}

impl StoreQueue {
    /// Jobs that end are remembered for so long, for whoever looks into a failure.
    const REMEMBERED_MS: i64 = 30 * 24 * 60 * 60 * 1000;

    /// A queue that wakes its runner when something is put in.
    pub fn new(store: Arc<dyn Store>, wake: Wake) -> Self {
        Self { store, wake }
    }
}

#[async_trait]
impl Queue for StoreQueue {
    async fn push(&self, job: &NewJob) -> Result<(), StorageError> {
        self.store.push_job(job).await?;
        self.wake.up();
        Ok(())
    }

    async fn claim(&self, lease: Lease, now: Timestamp) -> Result<Option<JobRecord>, StorageError> {
        self.store.claim_job(lease, now).await
    }

    async fn extend(&self, job: JobId, lease: Lease) -> Result<bool, StorageError> {
        self.store.extend_job(job, lease).await
    }

    async fn report(
        &self,
        job: JobId,
        holder: Uuid,
        outcome: &Outcome,
        now: Timestamp,
    ) -> Result<bool, StorageError> {
        match outcome {
            Outcome::Done => self.store.complete_job(job, holder, now).await,
            Outcome::Again { at, why } => self.store.postpone_job(job, holder, *at, Some(why)).await,
            Outcome::PutDown => self.store.postpone_job(job, holder, now, None).await,
            Outcome::GivenUp { why } => self.store.fail_job(job, holder, why, now).await,
        }
    }

    async fn next_at(&self) -> Result<Option<Timestamp>, StorageError> {
        self.store.next_job_at().await
    }

    async fn sweep(&self, now: Timestamp) -> Result<Swept, StorageError> {
        let released = self.store.release_expired_jobs(now).await?;
        let mut found = 0;
        for attempt in self.store.attempts_without_job().await? {
            let job = NewJob { id: JobId(Uuid::now_v7()), job: Job::SettleAttempt { attempt }, run_at: now };
            found += u64::from(self.store.push_job(&job).await?);
        }
        self.store.forget_jobs(Timestamp(now.0 - Self::REMEMBERED_MS)).await?;
        if released + found > 0 {
            self.wake.up();
        }
        Ok(Swept { released, found })
    }
}
