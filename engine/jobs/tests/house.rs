//! What the runner does besides jobs: it keeps house at its start and once a day.

#![expect(clippy::unwrap_used, reason = "a panic is how a test says no")]

use async_trait::async_trait;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;
use tokio::time::{Instant, sleep};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;
use viva_core::clock::{Clock, Timestamp};
use viva_core::ids::JobId;
use viva_jobs::{Handler, Job, JobError, Outcome, Queue, Runner, Swept, Wake};
use viva_storage::{JobRecord, Lease, NewJob, StorageError};

/// Tokio's paused clock as the product's.
struct Paused(Instant);

impl Clock for Paused {
    fn now(&self) -> Timestamp {
        Timestamp(i64::try_from(self.0.elapsed().as_millis()).unwrap())
    }
}

/// Counts how often it was told to; the second time it panics.
struct Housekeeper(Arc<AtomicU32>);

#[async_trait]
impl Handler for Housekeeper {
    async fn run(&self, _job: &Job, _stop: &CancellationToken) -> Result<(), JobError> {
        Ok(())
    }

    async fn gave_up(&self, _job: &Job, _why: &str) {}

    async fn keep_house(&self) {
        assert_ne!(self.0.fetch_add(1, Ordering::SeqCst), 1, "as planned, once");
    }
}

/// A queue in which nothing ever waits.
struct Empty;

#[async_trait]
impl Queue for Empty {
    async fn push(&self, _: &NewJob) -> Result<(), StorageError> {
        Ok(())
    }
    async fn claim(&self, _: Lease, _: Timestamp) -> Result<Option<JobRecord>, StorageError> {
        Ok(None)
    }
    async fn extend(&self, _: JobId, _: Lease) -> Result<bool, StorageError> {
        Ok(false)
    }
    async fn report(&self, _: JobId, _: Uuid, _: &Outcome, _: Timestamp) -> Result<bool, StorageError> {
        Ok(false)
    }
    async fn next_at(&self) -> Result<Option<Timestamp>, StorageError> {
        Ok(None)
    }
    async fn sweep(&self, _: Timestamp) -> Result<Swept, StorageError> {
        Ok(Swept::default())
    }
}

#[tokio::test(start_paused = true)]
async fn house_is_kept_at_the_start_and_every_day_whatever_went_wrong_the_day_before() {
    let seen = Arc::new(AtomicU32::new(0));
    let clock = Arc::new(Paused(Instant::now()));
    let runner = Runner::over(Arc::new(Empty), Wake::default(), clock, Housekeeper(Arc::clone(&seen)));
    let stop = CancellationToken::new();
    let task = tokio::spawn(runner.run(stop.clone()));
    sleep(Duration::from_secs(60)).await;
    assert_eq!(seen.load(Ordering::SeqCst), 1);
    sleep(Duration::from_secs(3 * 24 * 60 * 60)).await;
    assert_eq!(seen.load(Ordering::SeqCst), 4);
    stop.cancel();
    task.await.unwrap();
}
