//! One answer through the use cases: recorded, kept, settled, picked up after a crash.

use crate::world::{World, settled, speech, tone};
use std::sync::atomic::Ordering;
use viva_core::clock::Timestamp;
use viva_core::session::AttemptState;
use viva_interview::{Found, InterviewError, Settled, Stopped};
use viva_speech::Scripted;
use viva_storage::{Step, TakeEnd};

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

#[tokio::test(flavor = "multi_thread")]
async fn who_heard_an_answer_settles_it_and_others_wait_their_turn() {
    let world = World::new().await;
    let attempt = world.record(speech()).await;
    world.to_the_end().await;
    let stopped = world.interview.stop(attempt).await.unwrap();
    let length = world.interview.store().take(attempt).await.unwrap().unwrap().length;
    let due = world.interview.store().next_job_at().await.unwrap();
    // Settled already, or left to others only after the time it takes here.
    assert!(due.is_none_or(|due| due >= world.interview.now().after(length)), "{due:?}");
    settled(stopped).await;
    assert_eq!(world.interview.store().next_job_at().await.unwrap(), None);
}
