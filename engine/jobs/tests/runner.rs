//! The runner over a queue in memory, in a time of its own: no real clock, no sleep.

#![expect(clippy::unwrap_used, reason = "a panic is how a test says no")]

use async_trait::async_trait;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::sync::Notify;
use tokio::task::JoinHandle;
use tokio::time::{Instant, sleep, timeout};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;
use viva_core::clock::{Clock, Timestamp};
use viva_core::ids::{AttemptId, JobId};
use viva_jobs::{
    BACK_OFF, Handler, Job, JobError, Outcome, Queue, Runner, RunnerOptions, Swept, TRIES, Wake,
};
use viva_storage::{JobRecord, JobStatus, Lease, NewJob, StorageError};

/// Tokio's paused clock as the product's.
struct Paused(Instant);

impl Clock for Paused {
    fn now(&self) -> Timestamp {
        Timestamp(i64::try_from(self.0.elapsed().as_millis()).unwrap())
    }
}

/// A queue in memory. It can be made to fail for a while.
#[derive(Default)]
struct Shelf {
    jobs: Mutex<BTreeMap<JobId, JobRecord>>,
    claims: Mutex<Vec<Timestamp>>,
    broken: Mutex<u32>,
}

impl Shelf {
    fn status(&self, job: u128) -> JobStatus {
        self.jobs.lock().unwrap()[&id(job)].status
    }

    fn record(&self, job: u128) -> JobRecord {
        self.jobs.lock().unwrap()[&id(job)].clone()
    }

    fn put(&self, job: u128, payload: String) {
        let record = JobRecord {
            id: id(job),
            payload,
            status: JobStatus::Waiting,
            tries: 0,
            run_at: Timestamp(0),
            lease: None,
            why: None,
        };
        self.jobs.lock().unwrap().insert(id(job), record);
    }

    fn with_held<T>(&self, job: JobId, holder: Uuid, change: impl FnOnce(&mut JobRecord) -> T) -> Option<T> {
        let mut jobs = self.jobs.lock().unwrap();
        jobs.get_mut(&job)
            .filter(|record| record.lease.is_some_and(|lease| lease.holder == holder))
            .map(change)
    }
}

#[async_trait]
impl Queue for Shelf {
    async fn push(&self, job: &NewJob) -> Result<(), StorageError> {
        self.put(job.id.0.as_u128(), job.job.payload());
        Ok(())
    }

    async fn claim(&self, lease: Lease, now: Timestamp) -> Result<Option<JobRecord>, StorageError> {
        let mut broken = self.broken.lock().unwrap();
        if *broken > 0 {
            *broken -= 1;
            return Err(StorageError::Locked { place: "the shelf".into() });
        }
        let mut jobs = self.jobs.lock().unwrap();
        let free = jobs.values_mut().find(|job| match job.status {
            JobStatus::Waiting => job.run_at <= now,
            JobStatus::Running => job.lease.is_none_or(|lease| lease.until <= now),
            JobStatus::Done | JobStatus::Failed => false,
        });
        Ok(free.map(|job| {
            self.claims.lock().unwrap().push(now);
            (job.status, job.lease) = (JobStatus::Running, Some(lease));
            job.tries += 1;
            job.clone()
        }))
    }

    async fn extend(&self, job: JobId, lease: Lease) -> Result<bool, StorageError> {
        Ok(self.with_held(job, lease.holder, |record| record.lease = Some(lease)).is_some())
    }

    async fn report(
        &self,
        job: JobId,
        holder: Uuid,
        outcome: &Outcome,
        now: Timestamp,
    ) -> Result<bool, StorageError> {
        let held = self.with_held(job, holder, |record| {
            record.lease = None;
            match outcome {
                Outcome::Done => record.status = JobStatus::Done,
                Outcome::PutDown => {
                    (record.status, record.run_at) = (JobStatus::Waiting, now);
                    record.tries -= 1;
                }
                Outcome::Again { at, why } => {
                    (record.status, record.run_at, record.why) = (JobStatus::Waiting, *at, Some(why.clone()));
                }
                Outcome::GivenUp { why } => {
                    (record.status, record.why) = (JobStatus::Failed, Some(why.clone()))
                }
            }
        });
        Ok(held.is_some())
    }

    async fn next_at(&self) -> Result<Option<Timestamp>, StorageError> {
        let jobs = self.jobs.lock().unwrap();
        Ok(jobs.values().filter(|job| job.status == JobStatus::Waiting).map(|job| job.run_at).min())
    }

    async fn sweep(&self, _now: Timestamp) -> Result<Swept, StorageError> {
        Ok(Swept::default())
    }
}

/// What the handler does with a job.
type Act = Box<dyn Fn(u32) -> Plan + Send + Sync>;

enum Plan {
    Return(Result<(), JobError>),
    Take(Duration),
    UntilStopped,
    Panic,
}

/// A handler that follows a plan and notes what it was asked.
struct Actor {
    act: Act,
    runs: Arc<Mutex<u32>>,
    at_once: Arc<Mutex<(u32, u32)>>,
    gave_up: Arc<Mutex<Vec<String>>>,
    started: Arc<Notify>,
}

#[async_trait]
impl Handler for Actor {
    async fn run(&self, _job: &Job, stop: &CancellationToken) -> Result<(), JobError> {
        let run = {
            let mut runs = self.runs.lock().unwrap();
            *runs += 1;
            *runs
        };
        {
            let mut at_once = self.at_once.lock().unwrap();
            at_once.0 += 1;
            at_once.1 = at_once.1.max(at_once.0);
        }
        self.started.notify_one();
        let result = match (self.act)(run) {
            Plan::Return(result) => result,
            Plan::Take(time) => {
                sleep(time).await;
                Ok(())
            }
            Plan::UntilStopped => {
                stop.cancelled().await;
                Err(JobError::Stopped)
            }
            Plan::Panic => panic!("as planned"),
        };
        self.at_once.lock().unwrap().0 -= 1;
        result
    }

    async fn gave_up(&self, _job: &Job, why: &str) {
        self.gave_up.lock().unwrap().push(why.to_owned());
    }
}

/// A runner at work, and what can be seen of it.
struct Stage {
    shelf: Arc<Shelf>,
    wake: Wake,
    stop: CancellationToken,
    runs: Arc<Mutex<u32>>,
    at_once: Arc<Mutex<(u32, u32)>>,
    gave_up: Arc<Mutex<Vec<String>>>,
    started: Arc<Notify>,
    task: JoinHandle<()>,
}

fn id(n: u128) -> JobId {
    JobId(Uuid::from_u128(n))
}

fn payload(n: u128) -> String {
    Job::SettleAttempt { attempt: AttemptId(Uuid::from_u128(n)) }.payload()
}

fn stage(jobs: u128, options: RunnerOptions, act: impl Fn(u32) -> Plan + Send + Sync + 'static) -> Stage {
    let shelf = Arc::new(Shelf::default());
    (1..=jobs).for_each(|n| shelf.put(n, payload(n)));
    play(shelf, options, act)
}

fn play(
    shelf: Arc<Shelf>,
    options: RunnerOptions,
    act: impl Fn(u32) -> Plan + Send + Sync + 'static,
) -> Stage {
    let (wake, stop) = (Wake::default(), CancellationToken::new());
    let actor = Actor {
        act: Box::new(act),
        runs: Arc::default(),
        at_once: Arc::default(),
        gave_up: Arc::default(),
        started: Arc::default(),
    };
    let (runs, at_once, gave_up, started) = (
        Arc::clone(&actor.runs),
        Arc::clone(&actor.at_once),
        Arc::clone(&actor.gave_up),
        Arc::clone(&actor.started),
    );
    let queue = Arc::clone(&shelf) as Arc<dyn Queue>;
    let clock = Arc::new(Paused(Instant::now()));
    let runner = Runner::over(queue, wake.clone(), clock, actor).with_options(options);
    let task = tokio::spawn(runner.run(stop.clone()));
    Stage { shelf, wake, stop, runs, at_once, gave_up, started, task }
}

impl Stage {
    async fn stopped(self) -> Arc<Shelf> {
        self.stop.cancel();
        timeout(Duration::from_secs(3600), self.task).await.expect("it stops when told to").unwrap();
        self.shelf
    }
}

fn options() -> RunnerOptions {
    RunnerOptions::default()
}

#[tokio::test(start_paused = true)]
async fn jobs_are_done_one_after_the_other_by_default() {
    let stage = stage(5, options(), |_| Plan::Take(Duration::from_secs(30)));
    sleep(Duration::from_secs(200)).await;
    assert_eq!((*stage.runs.lock().unwrap(), stage.at_once.lock().unwrap().1), (5, 1));
    let shelf = stage.stopped().await;
    assert!((1..=5).all(|n| shelf.status(n) == JobStatus::Done));
}

#[tokio::test(start_paused = true)]
async fn no_more_jobs_run_at_once_than_allowed() {
    let stage = stage(7, RunnerOptions { at_once: 3, ..options() }, |_| Plan::Take(Duration::from_secs(30)));
    sleep(Duration::from_secs(100)).await;
    assert_eq!((*stage.runs.lock().unwrap(), stage.at_once.lock().unwrap().1), (7, 3));
    stage.stopped().await;
}

#[tokio::test(start_paused = true)]
async fn a_wake_is_heard_at_once() {
    let stage =
        stage(0, RunnerOptions { look: Duration::from_secs(3600), ..options() }, |_| Plan::Return(Ok(())));
    sleep(Duration::from_secs(10)).await;
    stage.shelf.put(1, payload(1));
    stage.wake.up();
    sleep(Duration::from_millis(1)).await;
    assert_eq!(stage.shelf.status(1), JobStatus::Done);
    stage.stopped().await;
}

#[tokio::test(start_paused = true)]
async fn what_nobody_announced_is_found_at_the_next_look() {
    let stage = stage(0, options(), |_| Plan::Return(Ok(())));
    sleep(Duration::from_secs(10)).await;
    stage.shelf.put(1, payload(1));
    sleep(options().look + Duration::from_millis(1)).await;
    assert_eq!(stage.shelf.status(1), JobStatus::Done);
    stage.stopped().await;
}

#[tokio::test(start_paused = true)]
async fn a_job_that_may_work_later_is_tried_again_after_the_waits_of_the_table_and_then_given_up() {
    let stage = stage(1, options(), |_| Plan::Return(Err(JobError::Retry("the model is missing".into()))));
    sleep(Duration::from_secs(3600)).await;
    let claims = stage.shelf.claims.lock().unwrap().clone();
    let waits: Vec<i64> = claims.windows(2).map(|pair| pair[1].0 - pair[0].0).collect();
    assert_eq!(claims.len(), TRIES as usize);
    for (wait, planned) in waits.iter().zip(BACK_OFF) {
        let planned = i64::try_from(planned.0).unwrap();
        assert!((planned..planned + 100).contains(wait), "{waits:?}");
    }
    assert_eq!(*stage.gave_up.lock().unwrap(), ["the model is missing"]);
    assert_eq!(stage.stopped().await.status(1), JobStatus::Failed);
}

#[tokio::test(start_paused = true)]
async fn a_job_that_works_the_third_time_is_done() {
    let stage = stage(1, options(), |run| {
        Plan::Return(if run < 3 { Err(JobError::Retry("busy".into())) } else { Ok(()) })
    });
    sleep(Duration::from_secs(60)).await;
    assert_eq!(stage.shelf.record(1).tries, 3);
    assert!(stage.gave_up.lock().unwrap().is_empty());
    assert_eq!(stage.stopped().await.status(1), JobStatus::Done);
}

#[tokio::test(start_paused = true)]
async fn a_job_that_will_never_work_is_given_up_at_once() {
    let stage = stage(1, options(), |_| Plan::Return(Err(JobError::Fail("the take is gone".into()))));
    sleep(Duration::from_secs(60)).await;
    assert_eq!(*stage.runs.lock().unwrap(), 1);
    assert_eq!(*stage.gave_up.lock().unwrap(), ["the take is gone"]);
    assert_eq!(stage.stopped().await.status(1), JobStatus::Failed);
}

#[tokio::test(start_paused = true)]
async fn a_panic_costs_a_try_and_not_the_runner() {
    let stage = stage(2, options(), |run| if run == 1 { Plan::Panic } else { Plan::Return(Ok(())) });
    sleep(Duration::from_secs(60)).await;
    assert_eq!(stage.shelf.record(1).why.as_deref(), Some("it stopped unexpectedly"));
    let shelf = stage.stopped().await;
    assert_eq!((shelf.status(1), shelf.status(2)), (JobStatus::Done, JobStatus::Done));
}

#[tokio::test(start_paused = true)]
async fn a_job_that_took_its_runner_down_each_time_is_not_run_again() {
    let shelf = Arc::new(Shelf::default());
    shelf.put(1, payload(1));
    shelf.jobs.lock().unwrap().get_mut(&id(1)).unwrap().tries = TRIES;
    let stage = play(shelf, options(), |_| Plan::Return(Ok(())));
    sleep(Duration::from_secs(60)).await;
    assert_eq!(*stage.runs.lock().unwrap(), 0);
    assert_eq!(stage.gave_up.lock().unwrap().len(), 1);
    assert_eq!(stage.stopped().await.status(1), JobStatus::Failed);
}

#[tokio::test(start_paused = true)]
async fn a_job_this_version_cannot_read_is_given_up_and_does_not_block_others() {
    let shelf = Arc::new(Shelf::default());
    shelf.put(1, r#"{"job":"brew_tea","strength":7}"#.into());
    shelf.put(2, payload(2));
    let stage = play(shelf, options(), |_| Plan::Return(Ok(())));
    sleep(Duration::from_secs(60)).await;
    let shelf = stage.stopped().await;
    assert_eq!((shelf.status(1), shelf.status(2)), (JobStatus::Failed, JobStatus::Done));
    assert!(shelf.record(1).why.unwrap().starts_with("this version cannot read the job"));
}

#[tokio::test(start_paused = true)]
async fn the_lease_of_a_long_job_is_renewed_so_that_nobody_else_begins_it() {
    let long = options().lease * 20;
    let stage = stage(1, RunnerOptions { at_once: 2, ..options() }, move |_| Plan::Take(long));
    sleep(long + Duration::from_secs(1)).await;
    assert_eq!(*stage.runs.lock().unwrap(), 1);
    assert_eq!(stage.stopped().await.status(1), JobStatus::Done);
}

#[tokio::test(start_paused = true)]
async fn a_job_that_somebody_else_ended_is_stopped() {
    let stage = stage(1, options(), |_| Plan::UntilStopped);
    stage.started.notified().await;
    {
        let mut jobs = stage.shelf.jobs.lock().unwrap();
        let job = jobs.get_mut(&id(1)).unwrap();
        (job.status, job.lease) = (JobStatus::Done, None);
    }
    sleep(options().lease).await;
    assert_eq!(stage.at_once.lock().unwrap().0, 0, "the handler has returned");
    assert_eq!(stage.stopped().await.status(1), JobStatus::Done);
}

#[tokio::test(start_paused = true)]
async fn a_stop_is_passed_on_and_puts_the_job_down_without_costing_a_try() {
    let stage = stage(1, options(), |_| Plan::UntilStopped);
    stage.started.notified().await;
    let before = Instant::now();
    let shelf = stage.stopped().await;
    assert!(before.elapsed() < Duration::from_millis(10));
    let job = shelf.record(1);
    assert_eq!((job.status, job.tries, job.lease), (JobStatus::Waiting, 0, None));
}

#[tokio::test(start_paused = true)]
async fn a_stop_waits_for_a_job_that_is_nearly_done() {
    let stage = stage(2, options(), |_| Plan::Take(Duration::from_secs(6)));
    stage.started.notified().await;
    let shelf = stage.stopped().await;
    assert_eq!((shelf.status(1), shelf.status(2)), (JobStatus::Done, JobStatus::Waiting));
}

#[tokio::test(start_paused = true)]
async fn a_stop_does_not_wait_for_ever() {
    let stage = stage(1, options(), |_| Plan::Take(Duration::from_secs(100_000)));
    stage.started.notified().await;
    let before = Instant::now();
    let shelf = stage.stopped().await;
    assert_eq!(before.elapsed().as_secs(), options().grace.as_secs());
    // Its lease runs out, and whoever runs next takes it.
    let next = play(shelf, options(), |_| Plan::Return(Ok(())));
    sleep(options().lease * 10).await;
    assert_eq!(next.stopped().await.status(1), JobStatus::Done);
}

#[tokio::test(start_paused = true)]
async fn a_stop_before_the_start_does_nothing() {
    let stage = stage(1, options(), |_| Plan::Return(Ok(())));
    let shelf = stage.stopped().await;
    assert_eq!(shelf.status(1), JobStatus::Waiting);
}

#[tokio::test(start_paused = true)]
async fn a_queue_that_fails_for_a_while_does_not_end_the_runner() {
    let shelf = Arc::new(Shelf::default());
    shelf.put(1, payload(1));
    *shelf.broken.lock().unwrap() = 20;
    let stage = play(shelf, options(), |_| Plan::Return(Ok(())));
    sleep(options().look * 25).await;
    assert_eq!(stage.stopped().await.status(1), JobStatus::Done);
}

#[tokio::test(start_paused = true)]
async fn draining_does_what_may_run_now_and_does_not_wait_for_the_rest() {
    let shelf = Arc::new(Shelf::default());
    (1..=3).for_each(|n| shelf.put(n, payload(n)));
    let (runs, gave_up) = (Arc::new(Mutex::new(0)), Arc::new(Mutex::new(Vec::new())));
    let actor = Actor {
        act: Box::new(|run| match run {
            2 => Plan::Return(Err(JobError::Retry("the model is missing".into()))),
            _ => Plan::Return(Ok(())),
        }),
        runs: Arc::clone(&runs),
        at_once: Arc::new(Mutex::new((0, 0))),
        gave_up,
        started: Arc::new(Notify::new()),
    };
    let queue: Arc<dyn Queue> = Arc::<Shelf>::clone(&shelf);
    let runner = Runner::over(queue, Wake::default(), Arc::new(Paused(Instant::now())), actor);
    assert_eq!(runner.drain(CancellationToken::new()).await, 3);
    assert_eq!(*runs.lock().unwrap(), 3);
    let statuses = [1, 2, 3].map(|n| shelf.status(n));
    assert_eq!(statuses, [JobStatus::Done, JobStatus::Waiting, JobStatus::Done]);
}
