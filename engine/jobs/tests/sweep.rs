//! What a start finds of a process that died, over a real database.

#![expect(clippy::unwrap_used, reason = "a panic is how a test says no")]

use std::sync::Arc;
use tempfile::TempDir;
use uuid::Uuid;
use viva_core::bank::{Kind, Level, Question, Rubric};
use viva_core::clock::Timestamp;
use viva_core::ids::{AttemptId, JobId, SessionId, TranscriptId};
use viva_core::session::{AttemptState, Mode};
use viva_core::transcript::Transcript;
use viva_jobs::{Job, Queue, StoreQueue, Swept, Wake};
use viva_storage::{JobStatus, Lease, NewPlace, NewSession, NewTranscript, Store, TranscriptSource};
use viva_storage_sqlite::SqliteStore;

const DEAD: Uuid = Uuid::from_u128(0xdead);

fn at(second: i64) -> Timestamp {
    Timestamp(1_700_000_000_000 + second * 1000)
}

/// SQLite in the folder, or PostgreSQL where the run asks for it (`scripts/test` does both).
async fn store_over(dir: &TempDir) -> Arc<dyn Store> {
    if let Some((store, _)) = viva_storage_postgres::testing::store_over(dir.path()).await {
        return Arc::new(store);
    }
    let store = SqliteStore::open(&format!("sqlite:{}", dir.path().join("viva.db").display())).await.unwrap();
    store.migrate().await.unwrap();
    Arc::new(store)
}

/// A database whose process is about to die: one typed answer, with its job.
async fn typed(dir: &TempDir) -> (Arc<dyn Store>, AttemptId, JobId) {
    let store = store_over(dir).await;
    let question = Question {
        id: "q.one".parse().unwrap(),
        pack: "q".parse().unwrap(),
        ask: "What is it?".into(),
        topic: "things".into(),
        level: Level::Mid,
        kind: Kind::Technical,
        seconds: 60,
        code: None,
        hint: None,
        model_answer: "This.".into(),
        related: Vec::new(),
        sources: Vec::new(),
        rubric: Rubric::default(),
    };
    let (session, attempt, job) =
        (SessionId(Uuid::from_u128(1)), AttemptId(Uuid::from_u128(2)), JobId(Uuid::from_u128(3)));
    let places = vec![NewPlace { question, reason: "not asked before".into() }];
    let new = NewSession { id: session, mode: Mode::Practice, seed: 1, follows: None, at: at(0), places };
    store.start_session(&new).await.unwrap();
    store.ask(session, 0, attempt, at(1)).await.unwrap();
    let words = NewTranscript {
        id: TranscriptId(Uuid::from_u128(4)),
        source: TranscriptSource::Typed,
        transcript: Transcript::typed("this"),
    };
    let state = store.keep_typed(attempt, &words, job, at(2)).await.unwrap();
    assert_eq!(state, AttemptState::Typed);
    (store, attempt, job)
}

#[tokio::test]
async fn a_job_whose_holder_died_comes_back_when_its_lease_runs_out() {
    let dir = tempfile::tempdir().unwrap();
    let (store, _, job) = typed(&dir).await;
    store.claim_job(Lease { holder: DEAD, until: at(20) }, at(3)).await.unwrap().unwrap();
    let queue = StoreQueue::new(Arc::clone(&store), Wake::default());
    assert_eq!(queue.sweep(at(10)).await.unwrap(), Swept::default());
    assert_eq!(queue.sweep(at(20)).await.unwrap(), Swept { released: 1, found: 0 });
    assert_eq!(store.job(job).await.unwrap().unwrap().status, JobStatus::Waiting);
}

#[tokio::test]
async fn an_answer_whose_job_was_lost_gets_another() {
    let dir = tempfile::tempdir().unwrap();
    let (store, attempt, job) = typed(&dir).await;
    store.claim_job(Lease { holder: DEAD, until: at(20) }, at(3)).await.unwrap().unwrap();
    store.complete_job(job, DEAD, at(4)).await.unwrap();
    let queue = StoreQueue::new(Arc::clone(&store), Wake::default());
    assert_eq!(queue.sweep(at(5)).await.unwrap(), Swept { released: 0, found: 1 });
    assert_eq!(queue.sweep(at(5)).await.unwrap(), Swept::default());
    let lease = Lease { holder: Uuid::from_u128(5), until: at(30) };
    let found = queue.claim(lease, at(5)).await.unwrap().unwrap();
    assert_eq!(Job::from_payload(&found.payload).unwrap(), Job::SettleAttempt { attempt });
}
