//! A data folder with its process: a file or a tone in the place of the microphone, a scripted ear, a real database.

#![allow(dead_code, reason = "each file of tests uses its own part of this world")]

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};
use tempfile::TempDir;
use viva_audio::{Pace, Source, Tone};
use viva_core::bank::{Bank, load};
use viva_core::clock::{Clock, Timestamp};
use viva_core::ids::{AttemptId, SessionId};
use viva_core::session::{AttemptState, Mode};
use viva_core::units::{Millis, SampleRate};
use viva_interview::{Ears, EarsState, Interview, SetUp, Settled, Stopped};
use viva_speech::{Scripted, SpeechError, Transcriber};
use viva_storage::Store;
use viva_storage_sqlite::{OpenOptions, SqliteStore};

pub const PACK: &str = r#"
[pack]
id = "test"
title = "Test"
licence = "CC0-1.0"
version = 1

[[question]]
id = "test.queue"
ask = "Why put a queue between two services?"
topic = "messaging"
level = "mid"
kind = "technical"
seconds = 60
model_answer = "A queue decouples the two services. It absorbs bursts, because the consumer takes messages at its own pace."

[[question.criterion]]
id = "decouples"
says = "It decouples the services"
weight = 1
required = true
listen = [["decouples", "independent"]]
probe = "What does it do to how the services depend on each other?"

[[question.criterion]]
id = "bursts"
says = "It absorbs bursts"
weight = 1
listen = [["bursts", "spikes", "peaks"]]
probe = "What happens at peak load?"
"#;

/// An ear that hears one sentence, and can be missing for a while.
pub struct TestEars {
    pub missing: AtomicBool,
}

impl Ears for TestEars {
    fn transcriber(&self) -> Result<Arc<dyn Transcriber>, SpeechError> {
        if self.missing.load(Ordering::SeqCst) {
            return Err(SpeechError::ModelMissing(PathBuf::from("models/none.bin")));
        }
        Ok(Arc::new(Scripted::hearing("It decouples the services and absorbs bursts of traffic.")))
    }

    fn state(&self) -> EarsState {
        EarsState::Ready { model: "scripted".into() }
    }
}

/// A clock that stands still until it is moved.
pub struct MovableClock(pub AtomicI64);

impl Clock for MovableClock {
    fn now(&self) -> Timestamp {
        Timestamp(self.0.load(Ordering::SeqCst))
    }
}

pub fn bank(pack: &str) -> Bank {
    Bank::new(vec![load(pack, "test.toml").unwrap()]).unwrap()
}

pub struct World {
    pub interview: Arc<Interview>,
    pub clock: Arc<MovableClock>,
    pub ears: Arc<TestEars>,
    pub session: SessionId,
    pub data: TempDir,
}

impl World {
    pub async fn new() -> Self {
        Self::over(TempDir::new().unwrap()).await
    }

    /// A process that starts over a data folder, as after a crash.
    pub async fn over(data: TempDir) -> Self {
        let store = store_over(data.path()).await;
        let clock = Arc::new(MovableClock(AtomicI64::new(1_795_262_400_000)));
        let ears = Arc::new(TestEars { missing: AtomicBool::new(false) });
        let interview = Arc::new(Interview::new(
            store,
            Arc::new(bank(PACK)),
            ears.clone(),
            clock.clone(),
            data.path().to_owned(),
        ));
        let questions = SetUp::Questions(vec!["test.queue".parse().unwrap()]);
        let session = interview.start_session(Mode::Practice, questions).await.unwrap();
        Self { interview, clock, ears, session, data }
    }

    pub async fn record(&self, source: Source) -> AttemptId {
        self.interview.record(self.session, 0, source.into()).await.unwrap()
    }

    pub async fn state(&self, attempt: AttemptId) -> AttemptState {
        self.interview.attempt(attempt).await.unwrap().state
    }

    /// Waits until a source that is no microphone has given all it has.
    pub async fn to_the_end(&self) {
        while self.interview.on_air().is_some_and(|take| !matches!(take.status, viva_audio::Status::Ended(_)))
        {
            tokio::time::sleep(std::time::Duration::from_millis(5)).await;
        }
    }

    pub fn files(&self) -> Vec<PathBuf> {
        let takes = std::fs::read_dir(self.data.path().join("takes")).into_iter().flatten();
        takes.map(|entry| entry.unwrap().path()).collect()
    }
}

/// SQLite in the folder, or PostgreSQL where the run asks for it (`scripts/test` does both).
async fn store_over(folder: &Path) -> Arc<dyn Store> {
    if let Some((store, _)) = viva_storage_postgres::testing::store_over(folder).await {
        return Arc::new(store);
    }
    let store = SqliteStore::open_file(&folder.join("viva.db"), OpenOptions::default()).await.unwrap();
    store.migrate().await.unwrap();
    Arc::new(store)
}

/// Somebody speaking, and nothing but silence after it.
pub fn speech() -> Source {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../tests/fixtures/speech/brief.opus");
    Source::File { path, pace: Pace::Unpaced }
}

pub fn tone(peak: f32) -> Source {
    Source::Tone(Tone {
        hz: 440.0,
        peak,
        rate: SampleRate(48_000),
        channels: 2,
        length: Some(Millis(1_500)),
        pace: Pace::Unpaced,
    })
}

pub async fn settled(stopped: Stopped) -> Settled {
    match stopped {
        Stopped::Kept { settled, .. } => settled.await.unwrap().unwrap(),
        Stopped::Silent { says } => panic!("silent: {says}"),
    }
}
