//! Takes jobs from the queue and has them done: some at a time, each under a lease that is renewed while it
//! runs, until it is told to stop. A store that fails for a while, a handler that fails or panics: none of
//! them ends the runner.

use crate::queue::{Outcome, Queue, StoreQueue};
use crate::retry::{TRIES, wait_after};
use async_trait::async_trait;
use futures::FutureExt as _;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Notify;
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;
use viva_core::clock::{Clock, Timestamp};
use viva_storage::{Job, JobRecord, Lease, Store};

/// Does jobs. Anything heavy belongs on a blocking thread.
#[async_trait]
pub trait Handler: Send + Sync + 'static {
    /// Does a job, or finds that nothing is left to do.
    ///
    /// It may be called again for a job that was done. When `stop` is cancelled, it gives up soon and
    /// returns [`JobError::Stopped`].
    async fn run(&self, job: &Job, stop: &CancellationToken) -> Result<(), JobError>;

    /// Is told that a job will not be tried again, so that whatever waits for it stops waiting.
    async fn gave_up(&self, job: &Job, why: &str);

    /// Does what is due once a day and at every start, such as deleting what is past its time.
    async fn keep_house(&self) {}
}

/// Why a job was not done, and whether to try again: the handler decides.
#[derive(Debug, thiserror::Error)]
pub enum JobError {
    /// It may work later.
    #[error("{0}")]
    Retry(String),
    /// It will never work.
    #[error("{0}")]
    Fail(String),
    /// The runner is stopping; the next one goes on.
    #[error("it was stopped")]
    Stopped,
}

/// How long from one housekeeping to the next.
const HOUSE: Duration = Duration::from_secs(24 * 60 * 60);

/// Works through a queue.
pub struct Runner {
    queue: Arc<dyn Queue>,
    clock: Arc<dyn Clock>,
    handler: Arc<dyn Handler>,
    options: RunnerOptions,
    wake: Wake,
}

/// How a runner works.
#[derive(Debug, Clone, Copy)]
pub struct RunnerOptions {
    /// How many jobs run at once. One, because a recogniser uses all cores by itself.
    pub at_once: usize,
    /// How long a job is held before others may think its runner dead; renewed every third of it.
    pub lease: Duration,
    /// How often the queue is looked at when nobody says that something is there.
    pub look: Duration,
    /// How long running jobs may take to end after the runner is told to stop.
    pub grace: Duration,
}

impl Default for RunnerOptions {
    fn default() -> Self {
        Self {
            at_once: 1,
            lease: Duration::from_secs(15),
            look: Duration::from_secs(2),
            grace: Duration::from_secs(10),
        }
    }
}

/// Tells a runner that something was put into its queue. Cheap to clone; a call too many does no harm.
#[derive(Debug, Clone, Default)]
pub struct Wake(Arc<Notify>);

impl Wake {
    /// Has the runner look at once.
    pub fn up(&self) {
        self.0.notify_one();
    }
}

impl Runner {
    /// A runner over our own tables.
    pub fn new(store: Arc<dyn Store>, clock: Arc<dyn Clock>, handler: impl Handler) -> Self {
        let wake = Wake::default();
        let queue = Arc::new(StoreQueue::new(store, wake.clone()));
        Self::over(queue, wake, clock, handler)
    }

    /// A runner over any queue; `wake` is what the queue's other end holds.
    pub fn over(queue: Arc<dyn Queue>, wake: Wake, clock: Arc<dyn Clock>, handler: impl Handler) -> Self {
        Self { queue, clock, handler: Arc::new(handler), options: RunnerOptions::default(), wake }
    }

    /// The same runner with other options.
    pub fn with_options(mut self, options: RunnerOptions) -> Self {
        self.options = options;
        self
    }

    /// What wakes this runner.
    pub fn wake(&self) -> Wake {
        self.wake.clone()
    }

    /// Sweeps, then does jobs until `stop` is cancelled and those that run have ended.
    ///
    /// Jobs that do not end within the grace period are dropped; their leases run out and the next
    /// runner does them.
    pub async fn run(self, stop: CancellationToken) {
        let holder = Uuid::now_v7();
        let mut running: JoinSet<()> = JoinSet::new();
        self.sweep(&stop).await;
        let mut house_kept = None;
        while !stop.is_cancelled() {
            if house_kept.is_none_or(|kept| later(kept, HOUSE) <= self.clock.now()) {
                house_kept = Some(self.clock.now());
                self.keep_house().await;
            }
            while running.try_join_next().is_some() {}
            if running.len() >= self.options.at_once.max(1) {
                tokio::select! {
                    () = stop.cancelled() => break,
                    _ = running.join_next() => {}
                }
                continue;
            }
            match self.queue.claim(self.lease(holder), self.clock.now()).await {
                Ok(Some(record)) => {
                    let held = self.held(holder);
                    let stop = stop.child_token();
                    running.spawn(async move { held.work(record, stop).await });
                }
                Ok(None) => {
                    let wait = self.until_next().await;
                    tokio::select! {
                        () = stop.cancelled() => break,
                        () = self.wake.0.notified() => {}
                        () = sleep(wait) => {}
                        _ = running.join_next(), if !running.is_empty() => {}
                    }
                }
                Err(error) => {
                    tracing::warn!(%error, "the queue cannot be read; trying again");
                    tokio::select! {
                        () = stop.cancelled() => break,
                        () = sleep(self.options.look) => {}
                    }
                }
            }
        }
        let ended = timeout(self.options.grace, async { while running.join_next().await.is_some() {} }).await;
        if ended.is_err() {
            tracing::warn!(
                jobs = running.len(),
                "jobs did not end in time; the next start goes on with them"
            );
            running.shutdown().await;
        }
    }

    /// Sweeps, then does the jobs that may run now, one after the other, until none is left or `stop` is cancelled.
    ///
    /// Returns how many were taken. Those put back for later are not waited for.
    pub async fn drain(self, stop: CancellationToken) -> u32 {
        let holder = Uuid::now_v7();
        self.sweep(&stop).await;
        self.keep_house().await;
        let mut taken = 0;
        while !stop.is_cancelled() {
            match self.queue.claim(self.lease(holder), self.clock.now()).await {
                Ok(Some(record)) => {
                    taken += 1;
                    self.held(holder).work(record, stop.child_token()).await;
                }
                Ok(None) => break,
                Err(error) => {
                    tracing::warn!(%error, "the queue cannot be read; the next run goes on");
                    break;
                }
            }
        }
        taken
    }

    async fn keep_house(&self) {
        if AssertUnwindSafe(self.handler.keep_house()).catch_unwind().await.is_err() {
            tracing::error!("housekeeping stopped unexpectedly");
        }
    }

    fn held(&self, holder: Uuid) -> Held {
        Held {
            queue: Arc::clone(&self.queue),
            clock: Arc::clone(&self.clock),
            handler: Arc::clone(&self.handler),
            lease: self.options.lease,
            holder,
        }
    }

    async fn sweep(&self, stop: &CancellationToken) {
        loop {
            match self.queue.sweep(self.clock.now()).await {
                Ok(swept) if swept.released + swept.found > 0 => {
                    tracing::info!(
                        jobs.released = swept.released,
                        jobs.found = swept.found,
                        "found unfinished work"
                    );
                    return;
                }
                Ok(_) => return,
                Err(error) => tracing::warn!(%error, "unfinished work cannot be looked for; trying again"),
            }
            tokio::select! {
                () = stop.cancelled() => return,
                () = sleep(self.options.look) => {}
            }
        }
    }

    /// How long nothing will be there, at most until the next look.
    async fn until_next(&self) -> Duration {
        match self.queue.next_at().await {
            Ok(Some(at)) => {
                let wait = u64::try_from(at.0.saturating_sub(self.clock.now().0)).unwrap_or(0);
                // A job that is due but was not given out is somebody else's; no need to hurry.
                Duration::from_millis(wait.max(50)).min(self.options.look)
            }
            Ok(None) | Err(_) => self.options.look,
        }
    }

    fn lease(&self, holder: Uuid) -> Lease {
        Lease { holder, until: later(self.clock.now(), self.options.lease) }
    }
}

/// What a job needs while it runs.
struct Held {
    queue: Arc<dyn Queue>,
    clock: Arc<dyn Clock>,
    handler: Arc<dyn Handler>,
    lease: Duration,
    holder: Uuid,
}

impl Held {
    async fn work(&self, record: JobRecord, stop: CancellationToken) {
        let outcome = match Job::from_payload(&record.payload) {
            // It took its runner down so often that it will do so again.
            Ok(job) if record.tries > TRIES => {
                let why =
                    record.why.clone().unwrap_or_else(|| "the program ended each time it was tried".into());
                self.give_up(&job, why).await
            }
            Ok(job) => {
                let result = self.keep_alive(&record, &job, &stop).await;
                self.decide(&job, &record, result).await
            }
            Err(error) => Outcome::GivenUp { why: format!("this version cannot read the job: {error}") },
        };
        match self.queue.report(record.id, self.holder, &outcome, self.clock.now()).await {
            Ok(true) => {}
            Ok(false) => tracing::debug!(job.id = %record.id, "the job was over already"),
            Err(error) => {
                tracing::warn!(job.id = %record.id, %error, "a job's end could not be kept; it will run again");
            }
        }
    }

    /// Runs the handler and renews the lease meanwhile.
    async fn keep_alive(
        &self,
        record: &JobRecord,
        job: &Job,
        stop: &CancellationToken,
    ) -> Result<(), JobError> {
        let run = AssertUnwindSafe(self.handler.run(job, stop)).catch_unwind();
        tokio::pin!(run);
        loop {
            tokio::select! {
                result = &mut run => {
                    return result.unwrap_or_else(|_| Err(JobError::Retry("it stopped unexpectedly".into())));
                }
                () = sleep(self.lease / 3) => {
                    let lease = Lease { holder: self.holder, until: later(self.clock.now(), self.lease) };
                    match self.queue.extend(record.id, lease).await {
                        Ok(true) => {}
                        // Somebody else has it or has done it; whatever the handler still writes is refused there.
                        Ok(false) => stop.cancel(),
                        Err(error) => tracing::warn!(job.id = %record.id, %error, "a lease could not be renewed"),
                    }
                }
            }
        }
    }

    async fn decide(&self, job: &Job, record: &JobRecord, result: Result<(), JobError>) -> Outcome {
        let now = self.clock.now();
        match result {
            Ok(()) => Outcome::Done,
            Err(JobError::Stopped) => Outcome::PutDown,
            Err(JobError::Fail(why)) => self.give_up(job, why).await,
            Err(JobError::Retry(why)) => match wait_after(record.tries) {
                Some(wait) => {
                    tracing::info!(job.id = %record.id, tries = record.tries, wait_ms = wait.0, why, "a job is tried again later");
                    Outcome::Again { at: later(now, Duration::from_millis(wait.0)), why }
                }
                None => self.give_up(job, why).await,
            },
        }
    }

    async fn give_up(&self, job: &Job, why: String) -> Outcome {
        tracing::warn!(job = job.kind(), attempt = %job.attempt(), why, "a job is given up");
        let told = AssertUnwindSafe(self.handler.gave_up(job, &why)).catch_unwind().await;
        if told.is_err() {
            tracing::error!(job = job.kind(), "giving up failed as well");
        }
        Outcome::GivenUp { why }
    }
}

fn later(now: Timestamp, by: Duration) -> Timestamp {
    Timestamp(now.0.saturating_add(i64::try_from(by.as_millis()).unwrap_or(i64::MAX)))
}
