//! Jobs.

use super::{answered, at, attempt_id, job_id, recorded, settlement};
use crate::{Job, JobStatus, Lease, NewJob, Step, Store};
use uuid::Uuid;
use viva_core::clock::Timestamp;

const ADA: Uuid = Uuid::from_u128(0xada);
const BOB: Uuid = Uuid::from_u128(0xb0b);

fn lease(holder: Uuid, until: Timestamp) -> Lease {
    Lease { holder, until }
}

/// Others cannot end it, and it ends once.
pub async fn a_job_is_claimed_once_and_ended_by_its_holder(store: &dyn Store) {
    let attempt = recorded(store, 1).await;
    let job = store.claim_job(lease(ADA, at(2_000)), at(1_500)).await.unwrap().unwrap();
    assert_eq!((job.id, job.status, job.tries), (job_id(1), JobStatus::Running, 1));
    assert_eq!(job.lease, Some(lease(ADA, at(2_000))));
    assert_eq!(Job::from_payload(&job.payload).unwrap(), Job::SettleAttempt { attempt });
    assert_eq!(store.claim_job(lease(BOB, at(2_000)), at(1_500)).await.unwrap(), None);
    assert!(!store.complete_job(job.id, BOB, at(1_600)).await.unwrap());
    assert!(store.complete_job(job.id, ADA, at(1_600)).await.unwrap());
    assert!(!store.complete_job(job.id, ADA, at(1_600)).await.unwrap());
    let job = store.job(job.id).await.unwrap().unwrap();
    assert_eq!((job.status, job.lease), (JobStatus::Done, None));
    assert_eq!(store.next_job_at().await.unwrap(), None);
}

/// Those that are due come in the order of their times.
pub async fn a_job_waits_for_its_time(store: &dyn Store) {
    for n in [1, 2] {
        answered(store, n, 50.0).await;
    }
    for (n, second) in [(1, 3_000), (2, 2_500)] {
        let job = Job::SettleAttempt { attempt: attempt_id(n) };
        assert!(store.push_job(&NewJob { id: job_id(10 + n), job, run_at: at(second) }).await.unwrap());
    }
    assert_eq!(store.next_job_at().await.unwrap(), Some(at(2_500)));
    assert_eq!(store.claim_job(lease(ADA, at(9_000)), at(2_499)).await.unwrap(), None);
    let mut order = Vec::new();
    while let Some(job) = store.claim_job(lease(ADA, at(9_000)), at(3_000)).await.unwrap() {
        order.push(job.id);
    }
    assert_eq!(order, [job_id(12), job_id(11)]);
    assert_eq!(store.next_job_at().await.unwrap(), Some(at(9_000)));
}

/// While it waits or runs; afterwards it may come again.
pub async fn the_same_work_is_not_kept_twice(store: &dyn Store) {
    let attempt = recorded(store, 1).await;
    let again = |n| NewJob { id: job_id(n), job: Job::SettleAttempt { attempt }, run_at: at(1) };
    assert!(!store.push_job(&again(2)).await.unwrap());
    store.claim_job(lease(ADA, at(2_000)), at(1_500)).await.unwrap().unwrap();
    assert!(!store.push_job(&again(3)).await.unwrap());
    assert!(store.fail_job(job_id(1), ADA, "no", at(1_600)).await.unwrap());
    assert_eq!(store.job(job_id(1)).await.unwrap().unwrap().why.as_deref(), Some("no"));
    assert!(store.push_job(&again(4)).await.unwrap());
}

/// By claiming, or by the sweep.
pub async fn an_expired_lease_is_taken_over(store: &dyn Store) {
    recorded(store, 1).await;
    store.claim_job(lease(ADA, at(2_000)), at(1_500)).await.unwrap().unwrap();
    assert_eq!(store.claim_job(lease(BOB, at(3_000)), at(1_999)).await.unwrap(), None);
    let job = store.claim_job(lease(BOB, at(3_000)), at(2_000)).await.unwrap().unwrap();
    assert_eq!((job.tries, job.lease), (2, Some(lease(BOB, at(3_000)))));
    assert!(!store.complete_job(job.id, ADA, at(2_001)).await.unwrap());

    assert_eq!(store.release_expired_jobs(at(2_999)).await.unwrap(), 0);
    assert_eq!(store.release_expired_jobs(at(3_000)).await.unwrap(), 1);
    assert_eq!(store.job(job.id).await.unwrap().unwrap().status, JobStatus::Waiting);
}

/// A holder that lost it hears so.
pub async fn a_lease_is_extended_by_its_holder_only(store: &dyn Store) {
    recorded(store, 1).await;
    store.claim_job(lease(ADA, at(2_000)), at(1_500)).await.unwrap().unwrap();
    assert!(store.extend_job(job_id(1), lease(ADA, at(4_000))).await.unwrap());
    assert!(!store.extend_job(job_id(1), lease(BOB, at(5_000))).await.unwrap());
    assert_eq!(store.claim_job(lease(BOB, at(9_000)), at(3_999)).await.unwrap(), None);
    store.complete_job(job_id(1), ADA, at(3_999)).await.unwrap();
    assert!(!store.extend_job(job_id(1), lease(ADA, at(9_000))).await.unwrap());
}

/// A failed try counts, an interrupted one does not.
pub async fn a_job_is_postponed_and_a_put_down_one_costs_no_try(store: &dyn Store) {
    recorded(store, 1).await;
    store.claim_job(lease(ADA, at(2_000)), at(1_500)).await.unwrap().unwrap();
    assert!(!store.postpone_job(job_id(1), BOB, at(1_700), Some("busy")).await.unwrap());
    assert!(store.postpone_job(job_id(1), ADA, at(1_700), Some("busy")).await.unwrap());
    let job = store.job(job_id(1)).await.unwrap().unwrap();
    assert_eq!(
        (job.status, job.tries, job.run_at, job.why.as_deref()),
        (JobStatus::Waiting, 1, at(1_700), Some("busy"))
    );

    store.claim_job(lease(ADA, at(2_000)), at(1_700)).await.unwrap().unwrap();
    assert!(store.postpone_job(job_id(1), ADA, at(1_800), None).await.unwrap());
    let job = store.job(job_id(1)).await.unwrap().unwrap();
    assert_eq!((job.tries, job.why.as_deref()), (1, Some("busy")));
}

/// State and job change together.
pub async fn settling_ends_the_job(store: &dyn Store) {
    let attempt = recorded(store, 1).await;
    store.claim_job(lease(ADA, at(2_000)), at(1_500)).await.unwrap().unwrap();
    store.settle(attempt, &settlement(1, 50.0), at(1_600)).await.unwrap();
    assert_eq!(store.job(job_id(1)).await.unwrap().unwrap().status, JobStatus::Done);
    assert!(!store.complete_job(job_id(1), ADA, at(1_601)).await.unwrap());
}

/// Whatever became of the job they once had.
pub async fn attempts_without_a_job_are_found(store: &dyn Store) {
    let attempt = recorded(store, 1).await;
    answered(store, 2, 50.0).await;
    let failed = recorded(store, 3).await;
    store.advance(failed, &Step::Fail("no".into()), at(1_400)).await.unwrap();
    assert_eq!(store.attempts_without_job().await.unwrap(), []);
    store.claim_job(lease(ADA, at(2_000)), at(1_500)).await.unwrap().unwrap();
    assert_eq!(store.attempts_without_job().await.unwrap(), []);
    store.complete_job(job_id(1), ADA, at(1_600)).await.unwrap();
    assert_eq!(store.attempts_without_job().await.unwrap(), [attempt]);
    let job = NewJob { id: job_id(9), job: Job::SettleAttempt { attempt }, run_at: at(1_700) };
    assert!(store.push_job(&job).await.unwrap());
    assert_eq!(store.attempts_without_job().await.unwrap(), []);
}

/// Those that ended; never one that waits.
pub async fn old_jobs_are_forgotten(store: &dyn Store) {
    answered(store, 1, 50.0).await;
    recorded(store, 2).await;
    assert_eq!(store.forget_jobs(at(1_003)).await.unwrap(), 0);
    assert_eq!(store.forget_jobs(at(9_000)).await.unwrap(), 1);
    assert_eq!(store.job(job_id(1)).await.unwrap(), None);
    assert!(store.job(job_id(2)).await.unwrap().is_some());
}

/// Never the same.
pub async fn two_who_claim_at_once_get_two_jobs(store: &dyn Store) {
    recorded(store, 1).await;
    recorded(store, 2).await;
    let (ada, bob, nobody) = futures::join!(
        store.claim_job(lease(ADA, at(2_000)), at(1_500)),
        store.claim_job(lease(BOB, at(2_000)), at(1_500)),
        store.claim_job(lease(BOB, at(2_000)), at(1_500)),
    );
    let mut claimed: Vec<_> =
        [ada, bob, nobody].into_iter().filter_map(Result::unwrap).map(|job| job.id).collect();
    claimed.sort();
    assert_eq!(claimed, [job_id(1), job_id(2)]);
}
