//! What practice puts around an answer: help before it, the microphone check, corrections and follow-ups after it.

use crate::world::{World, speech, tone};
use std::time::Duration;
use viva_audio::{LevelWord, Source};
use viva_core::session::{Aid, AttemptState, Mode};
use viva_interview::{CHECK_LENGTH, Heard, InterviewError, Listening, SetUp};
use viva_storage::{HistoryFilter, PageRequest, TranscriptSource};

async fn heard(world: &World, source: Source) -> Heard {
    world.interview.check_microphone(source.into(), Some("a device".into())).await.unwrap();
    loop {
        match world.interview.microphone_check().await.unwrap() {
            Listening::Heard(heard) => return heard,
            Listening::Live { .. } => tokio::time::sleep(Duration::from_millis(5)).await,
            Listening::Idle => panic!("the check is gone"),
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_check_says_in_a_word_what_the_microphone_gives_and_keeps_its_sound() {
    let world = World::new().await;
    assert_eq!(world.interview.microphone_check().await.unwrap(), Listening::Idle);
    assert_eq!(world.interview.check_sound(), None);
    for (source, word, says) in [
        (tone(0.0), LevelWord::Silent, Some("right microphone")),
        (tone(0.01), LevelWord::TooQuiet, Some("come closer")),
        (tone(0.3), LevelWord::Good, None),
        (tone(4.0), LevelWord::TooLoud, Some("cut off")),
    ] {
        let heard = heard(&world, source).await;
        assert_eq!((heard.word, heard.device.as_deref()), (word, Some("a device")));
        match says {
            Some(says) => assert!(heard.trouble.as_ref().unwrap().contains(says), "{heard:?}"),
            None => assert_eq!(heard.trouble, None),
        }
    }
    let longer = heard(&world, speech()).await;
    assert_eq!(longer.length, CHECK_LENGTH);
    assert!(world.interview.check_sound().unwrap().metadata().unwrap().len() > 90_000);
    assert!(world.files().is_empty(), "a check is no take");

    let sound = world.interview.check_sound().unwrap();
    world.interview.delete_everything().await.unwrap();
    assert!(!sound.exists(), "everything is everything");
    assert_eq!(world.interview.microphone_check().await.unwrap(), Listening::Idle);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_takes_the_microphone_from_a_check_and_a_check_never_from_an_answer() {
    let world = World::new().await;
    let endless =
        Source::Tone(viva_audio::Tone { length: None, pace: viva_audio::Pace::RealTime, ..some_tone() });
    world.interview.check_microphone(endless.into(), None).await.unwrap();
    let attempt = world.record(speech()).await;
    assert_eq!(world.interview.microphone_check().await.unwrap(), Listening::Idle);
    let refused = world.interview.check_microphone(tone(0.3).into(), None).await;
    assert!(matches!(refused, Err(InterviewError::MicrophoneBusy { attempt: busy }) if busy == attempt));
    world.interview.discard(attempt).await.unwrap();
}

fn some_tone() -> viva_audio::Tone {
    match tone(0.3) {
        Source::Tone(tone) => tone,
        _ => unreachable!("a tone is a tone"),
    }
}

#[tokio::test]
async fn the_microphone_chosen_last_is_remembered() {
    let world = World::new().await;
    assert_eq!(world.interview.chosen_microphone().await.unwrap(), None);
    world.interview.choose_microphone("pulse:one").await.unwrap();
    world.interview.choose_microphone("pulse:two").await.unwrap();
    assert_eq!(world.interview.chosen_microphone().await.unwrap().as_deref(), Some("pulse:two"));
}

#[tokio::test]
async fn help_is_noted_in_practice_and_refused_in_a_run_through() {
    let world = World::new().await;
    world.interview.help(world.session, 0, Aid::Hint).await.unwrap();
    let attempt = world.interview.answer_typed(world.session, 0, "It absorbs bursts.").await.unwrap();
    let help = world.interview.attempt(attempt).await.unwrap().help;
    assert!(help.hint && !help.reveal);
    let questions = SetUp::Questions(vec!["test.queue".parse().unwrap()]);
    let strict = world.interview.start_session(Mode::RunThrough, questions).await.unwrap();
    let refused = world.interview.help(strict, 0, Aid::Reveal).await.unwrap_err();
    assert!(refused.to_string().contains("run-through gives no help"), "{refused}");
}

#[tokio::test]
async fn corrected_words_are_scored_beside_those_that_were_heard() {
    let world = World::new().await;
    let heard = "It de couples the services.";
    let attempt = world.interview.answer_typed(world.session, 0, heard).await.unwrap();
    let first = world.interview.review(attempt).await.unwrap();
    assert_eq!(first.as_heard, None);
    let before = first.result.unwrap().1.assessment.score;

    world.interview.correct_words(attempt, heard, "you").await.unwrap();
    assert_eq!(world.interview.review(attempt).await.unwrap().as_heard, None, "nothing was changed");
    let empty = world.interview.correct_words(attempt, " \n", "you").await;
    assert!(matches!(empty, Err(InterviewError::NothingTyped)));

    world
        .interview
        .correct_words(attempt, "It decouples the services and takes bursts.", "you")
        .await
        .unwrap();
    let review = world.interview.review(attempt).await.unwrap();
    let (words, result) = review.result.unwrap();
    assert_eq!(words.source, TranscriptSource::Edited { author: "you".into() });
    assert_eq!(result.assessment.score, 100.0);
    let (original, score) = review.as_heard.unwrap();
    assert_eq!((original.transcript.text.as_str(), score.assessment.score), (heard, before));

    world.interview.restore_words(attempt).await.unwrap();
    let (words, result) = world.interview.review(attempt).await.unwrap().result.unwrap();
    assert_eq!((words.source, result.assessment.score), (TranscriptSource::Typed, before));
    assert_eq!(
        world.interview.store().transcripts(attempt).await.unwrap().len(),
        2,
        "the correction is kept"
    );
}

#[tokio::test]
async fn a_follow_up_has_its_own_credit_and_leaves_the_score_alone() {
    let world = World::new().await;
    let answer = world.interview.answer_typed(world.session, 0, "It decouples the services.").await.unwrap();
    let bursts = "bursts".parse().unwrap();
    let session = world.interview.follow_up(answer, &bursts).await.unwrap();
    let asked = world.interview.session(session).await.unwrap();
    assert_eq!(asked.follows, Some(answer));
    let follow_up =
        world.interview.answer_typed(session, 0, "It absorbs the spikes of traffic.").await.unwrap();
    let review = world.interview.review(follow_up).await.unwrap();
    assert_eq!(review.question.ask, "What happens at peak load?");
    assert_eq!((review.result.unwrap().1.assessment.score, review.before), (100.0, None));

    let parent = world.interview.review(answer).await.unwrap();
    assert_eq!(parent.result.unwrap().1.assessment.score, 50.0);
    assert_eq!(parent.follow_ups.len(), 1);
    assert_eq!(world.state(follow_up).await, AttemptState::Assessed);
    let listed = world.interview.history(&HistoryFilter::default(), PageRequest::first(9)).await.unwrap();
    assert_eq!(listed.items.len(), 1);
    let nothing = world.interview.follow_up(answer, &"no-such".parse().unwrap()).await;
    assert!(matches!(nothing, Err(InterviewError::NoFollowUp { .. })));
}

#[tokio::test]
async fn a_follow_up_pressed_twice_is_asked_once() {
    let world = World::new().await;
    let answer = world.interview.answer_typed(world.session, 0, "It decouples the services.").await.unwrap();
    let bursts = "bursts".parse().unwrap();
    let first = world.interview.follow_up(answer, &bursts).await.unwrap();
    let second = world.interview.follow_up(answer, &bursts).await.unwrap();
    assert_eq!(first, second);
    assert_eq!(world.interview.follow_ups(answer).await.unwrap().len(), 1);
}
