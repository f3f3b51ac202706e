//! One answer through the use cases: a file in the place of the microphone, a scripted ear, a real database.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on says where it stopped")]

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use tempfile::TempDir;
use viva_audio::{Pace, Source, Tone};
use viva_core::bank::{Bank, load};
use viva_core::clock::{FixedClock, Timestamp};
use viva_core::ids::{AttemptId, SessionId};
use viva_core::session::{AttemptState, Mode};
use viva_core::units::{Millis, SampleRate};
use viva_interview::{Ears, EarsState, Found, Interview, InterviewError, SetUp, Settled, Stopped};
use viva_speech::{Scripted, SpeechError, Transcriber};
use viva_storage::{Step, TakeEnd};
use viva_storage_sqlite::{OpenOptions, SqliteStore};

const PACK: &str = r#"
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

[[question.criterion]]
id = "bursts"
says = "It absorbs bursts"
weight = 1
listen = [["bursts", "spikes", "peaks"]]
"#;

/// An ear that hears one sentence, and can be missing for a while.
struct TestEars {
    missing: AtomicBool,
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

struct World {
    interview: Arc<Interview>,
    ears: Arc<TestEars>,
    session: SessionId,
    data: TempDir,
}

impl World {
    async fn new() -> Self {
        Self::over(TempDir::new().unwrap()).await
    }

    /// A process that starts over a data folder, as after a crash.
    async fn over(data: TempDir) -> Self {
        let store =
            SqliteStore::open_file(&data.path().join("viva.db"), OpenOptions::default()).await.unwrap();
        store.migrate().await.unwrap();
        let bank = Arc::new(Bank::new(vec![load(PACK, "test.toml").unwrap()]).unwrap());
        let ears = Arc::new(TestEars { missing: AtomicBool::new(false) });
        let interview = Arc::new(Interview::new(
            Arc::new(store),
            bank,
            ears.clone(),
            Arc::new(FixedClock(Timestamp(1_795_262_400_000))),
            data.path().to_owned(),
        ));
        let questions = SetUp::Questions(vec!["test.queue".parse().unwrap()]);
        let session = interview.start_session(Mode::Practice, questions).await.unwrap();
        Self { interview, ears, session, data }
    }

    async fn record(&self, source: Source) -> AttemptId {
        self.interview.record(self.session, 0, source.into()).await.unwrap()
    }

    async fn state(&self, attempt: AttemptId) -> AttemptState {
        self.interview.attempt(attempt).await.unwrap().state
    }

    /// Waits until a source that is no microphone has given all it has.
    async fn to_the_end(&self) {
        while self.interview.on_air().is_some_and(|take| !matches!(take.status, viva_audio::Status::Ended(_)))
        {
            tokio::time::sleep(std::time::Duration::from_millis(5)).await;
        }
    }

    fn files(&self) -> Vec<PathBuf> {
        let takes = std::fs::read_dir(self.data.path().join("takes")).into_iter().flatten();
        takes.map(|entry| entry.unwrap().path()).collect()
    }
}

/// Somebody speaking, and nothing but silence after it.
fn speech() -> Source {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../tests/fixtures/speech/brief.opus");
    Source::File { path, pace: Pace::Unpaced }
}

fn tone(peak: f32) -> Source {
    Source::Tone(Tone {
        hz: 440.0,
        peak,
        rate: SampleRate(48_000),
        channels: 2,
        length: Some(Millis(1_500)),
        pace: Pace::Unpaced,
    })
}

async fn settled(stopped: Stopped) -> Settled {
    match stopped {
        Stopped::Kept { settled, .. } => settled.await.unwrap().unwrap(),
        Stopped::Silent { says } => panic!("silent: {says}"),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_spoken_answer_is_kept_settled_and_scored() {
    let world = World::new().await;
    let attempt = world.record(speech()).await;
    assert_eq!(world.state(attempt).await, AttemptState::Recording);
    world.to_the_end().await;
    let Settled::Now(assessment) = settled(world.interview.stop(attempt).await.unwrap()).await else {
        panic!("it was not settled by the follower");
    };
    assert_eq!(assessment.score, 100.0, "{assessment:#?}");
    let review = world.interview.review(attempt).await.unwrap();
    let take = review.take.unwrap();
    assert!(world.interview.take_path(&take.path.unwrap()).is_file());
    assert!(take.length.0 > 5_000);
    let (words, result) = review.result.unwrap();
    assert_eq!(words.transcript.audio, take.length);
    assert_eq!(result.assessment, *assessment);
    assert!(!result.assessment.rubric_hash.is_empty() && !result.assessment.engine_version.is_empty());
    assert_eq!(result.assessment.model, Scripted::MODEL);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dead_microphone_does_not_count() {
    let world = World::new().await;
    let attempt = world.record(tone(0.0)).await;
    world.to_the_end().await;
    match world.interview.stop(attempt).await.unwrap() {
        Stopped::Silent { says } => assert!(says.contains("right microphone"), "{says}"),
        Stopped::Kept { .. } => panic!("silence was kept"),
    }
    assert_eq!(world.state(attempt).await, AttemptState::Asked);
    assert!(world.files().is_empty(), "{:?}", world.files());
}

#[tokio::test(flavor = "multi_thread")]
async fn sound_without_speech_is_no_answer() {
    let world = World::new().await;
    let attempt = world.record(tone(0.3)).await;
    world.to_the_end().await;
    settled(world.interview.stop(attempt).await.unwrap()).await;
    assert_eq!(world.state(attempt).await, AttemptState::NoAnswer);
}

#[tokio::test(flavor = "multi_thread")]
async fn one_recording_at_a_time_and_a_second_stop_is_refused() {
    let world = World::new().await;
    let attempt = world.record(speech()).await;
    let second = world.interview.record(world.session, 0, speech().into()).await;
    assert!(matches!(second, Err(InterviewError::MicrophoneBusy { attempt: busy }) if busy == attempt));
    world.to_the_end().await;
    settled(world.interview.stop(attempt).await.unwrap()).await;
    assert!(matches!(world.interview.stop(attempt).await, Err(InterviewError::NotOnAir(_))));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_retake_starts_over_and_the_question_stands() {
    let world = World::new().await;
    let attempt = world.record(speech()).await;
    world.interview.discard(attempt).await.unwrap();
    assert_eq!(world.state(attempt).await, AttemptState::Asked);
    assert!(world.files().is_empty(), "{:?}", world.files());
    let again = world.record(speech()).await;
    assert_eq!(again, attempt);
    world.interview.discard(again).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_model_the_take_waits_and_is_settled_once_it_is_there() {
    let world = World::new().await;
    world.ears.missing.store(true, Ordering::SeqCst);
    let attempt = world.record(speech()).await;
    world.to_the_end().await;
    let Stopped::Kept { settled, .. } = world.interview.stop(attempt).await.unwrap() else {
        panic!("silent")
    };
    let error = settled.await.unwrap().unwrap_err();
    assert!(error.is_passing(), "{error}");
    assert_eq!(world.state(attempt).await, AttemptState::Settling);
    world.ears.missing.store(false, Ordering::SeqCst);
    assert!(matches!(world.interview.settle(attempt).await.unwrap(), Settled::Now(_)));
    assert_eq!(world.interview.settle(attempt).await.unwrap(), Settled::Before);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_killed_process_left_is_picked_up_and_settled() {
    let world = World::new().await;
    let attempt = world.record(speech()).await;
    world.to_the_end().await;
    // As if the process had died here: the state says recording, and the file is not whole.
    let World { interview, data, .. } = world;
    drop(interview);
    let take = data.path().join(format!("takes/{attempt}.wav"));
    let mut part = std::fs::read(&take).unwrap();
    part[40..44].fill(0);
    std::fs::remove_file(&take).unwrap();
    std::fs::write(take.with_extension("wav.part"), part).unwrap();

    let world = World::over(data).await;
    assert_eq!(world.interview.pick_up().await.unwrap(), Found { salvaged: 1, empty: 0 });
    assert_eq!(world.state(attempt).await, AttemptState::Settling);
    assert!(matches!(world.interview.settle(attempt).await.unwrap(), Settled::Now(_)));
    let take = world.interview.review(attempt).await.unwrap().take.unwrap();
    assert_eq!(take.ended, TakeEnd::Salvaged);
    assert!(take.peak_dbfs < 0.0 && take.peak_dbfs > -40.0, "{take:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_recording_that_left_no_sound_frees_its_question() {
    let world = World::new().await;
    let attempt = world.record(speech()).await;
    world.interview.discard(attempt).await.unwrap();
    world.interview.store().advance(attempt, &Step::Record, Timestamp(0)).await.unwrap();
    assert_eq!(world.interview.pick_up().await.unwrap(), Found { salvaged: 0, empty: 1 });
    assert_eq!(world.state(attempt).await, AttemptState::Asked);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_typed_answer_is_scored_at_once_and_an_empty_one_is_refused() {
    let world = World::new().await;
    let empty = world.interview.answer_typed(world.session, 0, "  \n").await;
    assert!(matches!(empty, Err(InterviewError::NothingTyped)));
    let attempt =
        world.interview.answer_typed(world.session, 0, "The services stay independent.").await.unwrap();
    assert_eq!(world.state(attempt).await, AttemptState::Assessed);
    let (_, result) = world.interview.review(attempt).await.unwrap().result.unwrap();
    assert!(result.assessment.score > 0.0 && result.assessment.score < 100.0, "{:?}", result.assessment);
}
