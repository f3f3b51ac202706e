//! One's own data through the use cases: deleting it, keeping its sound for a time, scoring it again.

use crate::world::{PACK, World, bank, speech};
use std::sync::atomic::Ordering;
use viva_core::assessment::Verdict;
use viva_core::clock::Timestamp;
use viva_core::ids::{AttemptId, JobId};
use viva_core::session::AttemptState;
use viva_core::units::{Millis, SampleRate};
use viva_interview::{InterviewError, KeepAudio, Keeping, Loss, Rescore, Standing, Stopped};
use viva_storage::{Step, Take, TakeEnd};

const DAY_MS: i64 = 24 * 60 * 60 * 1000;

/// Records and settles an answer.
async fn spoken(world: &World) -> AttemptId {
    let attempt = world.record(speech()).await;
    stop(world, attempt).await.unwrap();
    attempt
}

async fn stop(world: &World, attempt: AttemptId) -> Result<(), InterviewError> {
    world.to_the_end().await;
    match world.interview.stop(attempt).await? {
        Stopped::Kept { settled, .. } => settled.await.unwrap().map(|_| ()),
        Stopped::Silent { says } => panic!("silent: {says}"),
    }
}

async fn typed(world: &World, text: &str) -> AttemptId {
    world.interview.answer_typed(world.session, 0, text).await.unwrap()
}

async fn score(world: &World, attempt: AttemptId) -> f64 {
    world.interview.review(attempt).await.unwrap().result.unwrap().1.assessment.score
}

fn names(world: &World) -> Vec<String> {
    let mut names: Vec<String> =
        world.files().iter().map(|path| path.file_name().unwrap().to_string_lossy().into_owned()).collect();
    names.sort();
    names
}

#[tokio::test(flavor = "multi_thread")]
async fn a_deleted_recording_leaves_words_and_score() {
    let world = World::new().await;
    let attempt = spoken(&world).await;
    assert_eq!(names(&world), [format!("{attempt}.wav")]);
    let loss = world.interview.loss_of_attempt(attempt).await.unwrap();
    assert_eq!((loss.answers, loss.recordings, loss.sessions), (1, 1, 0));
    assert!(loss.audio.0 > 5_000 && loss.bytes > 100_000, "{loss:?}");

    world.interview.delete_audio(attempt).await.unwrap();
    assert!(names(&world).is_empty(), "{:?}", names(&world));
    assert_eq!(score(&world, attempt).await, 100.0);
    // Twice does no harm, and one that is not there is said.
    world.interview.delete_audio(attempt).await.unwrap();
    let missing = AttemptId(uuid::Uuid::nil());
    assert!(matches!(world.interview.delete_audio(missing).await, Err(InterviewError::NoAttempt(_))));
    let loss = world.interview.loss_of_attempt(attempt).await.unwrap();
    assert_eq!(loss, Loss { answers: 1, ..Loss::default() });
}

#[tokio::test(flavor = "multi_thread")]
async fn a_recording_whose_words_are_awaited_is_not_deleted_but_its_answer_can_be() {
    let world = World::new().await;
    world.ears.missing.store(true, Ordering::SeqCst);
    let attempt = world.record(speech()).await;
    assert!(stop(&world, attempt).await.unwrap_err().is_passing());
    let refused = world.interview.delete_audio(attempt).await.unwrap_err();
    assert!(matches!(refused, InterviewError::StillSettling(_)), "{refused}");
    assert!(refused.to_string().contains("delete the whole answer"), "{refused}");
    assert_eq!(names(&world).len(), 1, "nothing is left of the refused deletion: {:?}", names(&world));

    assert_eq!(world.interview.delete_attempt(attempt).await.unwrap(), world.session);
    assert!(names(&world).is_empty(), "{:?}", names(&world));
    world.ears.missing.store(false, Ordering::SeqCst);
    assert!(matches!(world.interview.settle(attempt).await, Err(InterviewError::NoAttempt(_))));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_on_air_is_stopped_and_thrown_away_with_its_session() {
    let world = World::new().await;
    let kept = typed(&world, "The services stay independent.").await;
    let attempt = world.record(speech()).await;
    let refused = world.interview.delete_audio(attempt).await.unwrap_err();
    assert!(refused.to_string().contains("stop or discard the recording first"), "{refused}");
    world.interview.delete_attempt(attempt).await.unwrap();
    assert!(world.interview.on_air().is_none());
    assert!(names(&world).is_empty(), "{:?}", names(&world));
    assert!(world.interview.attempt(kept).await.is_ok());

    let again = world.record(speech()).await;
    world.interview.delete_session(world.session).await.unwrap();
    assert!(world.interview.on_air().is_none());
    assert!(matches!(world.interview.stop(again).await, Err(InterviewError::NotOnAir(_))));
    assert!(matches!(world.interview.session(world.session).await, Err(InterviewError::NoSession(_))));
    assert!(matches!(world.interview.delete_session(world.session).await, Err(InterviewError::NoSession(_))));
    assert!(names(&world).is_empty(), "{:?}", names(&world));
}

#[tokio::test(flavor = "multi_thread")]
async fn follow_ups_go_with_their_answer_even_while_one_is_on_air() {
    let world = World::new().await;
    let attempt = typed(&world, "It decouples them.").await;
    let follow_up = world.interview.follow_up(attempt, &"bursts".parse().unwrap()).await.unwrap();
    let spoken = world.interview.record(follow_up, 0, speech().into()).await.unwrap();
    stop(&world, spoken).await.unwrap();
    let loss = world.interview.loss_of_attempt(attempt).await.unwrap();
    assert_eq!((loss.answers, loss.recordings), (2, 1));
    let again = world.interview.record(follow_up, 0, speech().into()).await.unwrap();
    world.interview.delete_attempt(attempt).await.unwrap();
    assert!(world.interview.on_air().is_none());
    assert!(names(&world).is_empty(), "{:?}", names(&world));
    for gone in [attempt, spoken, again] {
        assert!(matches!(world.interview.attempt(gone).await, Err(InterviewError::NoAttempt(_))));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_recording_that_was_deleted_under_the_candidate_ends_plainly() {
    let world = World::new().await;
    let attempt = world.record(speech()).await;
    // As when another process deletes the session.
    world.interview.store().delete_session(world.session).await.unwrap();
    let error = stop(&world, attempt).await.unwrap_err();
    assert!(matches!(error, InterviewError::NoAttempt(_)), "{error}");
    assert!(names(&world).is_empty(), "{:?}", names(&world));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_that_another_process_records_is_left_to_it() {
    let world = World::new().await;
    let attempt = world.record(speech()).await;
    world.interview.discard(attempt).await.unwrap();
    world.interview.store().advance(attempt, &Step::Record, Timestamp(0)).await.unwrap();
    let part = world.data.path().join(format!("takes/{attempt}.wav.part"));
    std::fs::write(&part, b"RIFF").unwrap();
    for refused in [
        world.interview.delete_attempt(attempt).await.map(|_| ()),
        world.interview.delete_session(world.session).await,
        world.interview.delete_everything().await,
    ] {
        assert!(matches!(refused, Err(InterviewError::RecordedElsewhere(_))), "{refused:?}");
    }
    assert!(part.exists() && world.interview.attempt(attempt).await.is_ok());
}

#[tokio::test(flavor = "multi_thread")]
async fn everything_goes_but_the_packs() {
    let world = World::new().await;
    spoken(&world).await;
    world.interview.set_keep_audio(KeepAudio::Days(30)).await.unwrap();
    let data = world.data.path();
    std::fs::create_dir_all(data.join("rubrics")).unwrap();
    std::fs::write(data.join("rubrics/own.toml"), PACK).unwrap();
    std::fs::create_dir_all(data.join("before-restore-2026-11-21/takes")).unwrap();
    std::fs::create_dir_all(data.join("reviews/1")).unwrap();
    std::fs::write(data.join("takes/nobodys.wav"), b"RIFF").unwrap();
    world.record(speech()).await;

    world.interview.delete_everything().await.unwrap();
    assert!(world.interview.on_air().is_none());
    assert!(names(&world).is_empty(), "{:?}", names(&world));
    for gone in ["before-restore-2026-11-21", "reviews"] {
        assert!(!data.join(gone).exists(), "{gone}");
    }
    assert!(data.join("rubrics/own.toml").exists());
    let usage = world.interview.store().usage().await.unwrap();
    assert_eq!((usage.sessions, usage.attempts, usage.takes, usage.audio_bytes), (0, 0, 0, 0));
    assert_eq!(world.interview.keep_audio().await.unwrap(), KeepAudio::Forever);
    world.interview.delete_everything().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_deletion_that_a_dead_process_began_is_finished_at_the_next_start() {
    let world = World::new().await;
    let (gone, kept) = (spoken(&world).await, spoken(&world).await);
    world.interview.store().delete_attempt(gone).await.unwrap();
    let note = world.data.path().join("takes/deleting-1.json");
    std::fs::write(
        &note,
        format!(r#"{{"paths":["takes/{gone}.wav","takes/{kept}.wav","../../../etc/hosts"],"scope":"some"}}"#),
    )
    .unwrap();
    std::fs::write(world.data.path().join("takes/of-another-database.wav"), b"RIFF").unwrap();
    world.interview.pick_up().await.unwrap();
    assert_eq!(names(&world), [format!("{kept}.wav"), "of-another-database.wav".to_owned()]);

    // The process died before the store had forgotten anything: nothing is removed.
    std::fs::write(&note, r#"{"paths":[],"scope":"everything"}"#).unwrap();
    world.interview.pick_up().await.unwrap();
    assert_eq!(names(&world).len(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn recordings_go_when_their_time_is_over_unless_their_words_are_awaited() {
    let world = World::new().await;
    let settled = spoken(&world).await;
    let waiting = world.interview.store().ask(world.session, 0, fresh(), Timestamp(0)).await.unwrap().id;
    let store = world.interview.store();
    store.advance(waiting, &Step::Record, Timestamp(0)).await.unwrap();
    let take = Take {
        path: Some(format!("takes/{waiting}.wav")),
        length: Millis(1_000),
        bytes: 32_044,
        sample_rate: SampleRate::WHISPER,
        peak_dbfs: -3.0,
        rms_dbfs: -20.0,
        clipped_samples: 0,
        dropped_samples: 0,
        device: None,
        ended: TakeEnd::Stopped,
        kept_at: world.interview.now(),
    };
    store.keep_take(waiting, &take, JobId(uuid::Uuid::now_v7()), Timestamp(0), Timestamp(0)).await.unwrap();

    assert_eq!(world.interview.apply_retention().await.unwrap(), 0, "forever is the default");
    world.interview.set_keep_audio(KeepAudio::Days(30)).await.unwrap();
    assert_eq!(world.interview.keep_audio().await.unwrap(), KeepAudio::Days(30));
    world.clock.0.fetch_add(29 * DAY_MS, Ordering::SeqCst);
    assert_eq!(world.interview.apply_retention().await.unwrap(), 0);
    world.clock.0.fetch_add(2 * DAY_MS, Ordering::SeqCst);
    assert_eq!(world.interview.audio_due(KeepAudio::Days(30)).await.unwrap().len(), 1);
    assert_eq!(world.interview.apply_retention().await.unwrap(), 1);
    assert!(world.interview.store().take(settled).await.unwrap().unwrap().path.is_none());
    assert!(world.interview.store().take(waiting).await.unwrap().unwrap().path.is_some());
    assert_eq!(world.interview.apply_retention().await.unwrap(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn where_no_audio_is_kept_it_goes_as_soon_as_the_answer_is_settled() {
    let world = World::new().await;
    world.interview.set_keep_audio(KeepAudio::NotAtAll).await.unwrap();
    let attempt = spoken(&world).await;
    assert_eq!(score(&world, attempt).await, 100.0);
    assert!(names(&world).is_empty(), "{:?}", names(&world));
    typed(&world, "The services stay independent.").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_edited_rubric_scores_kept_answers_again_and_both_scores_stay() {
    let world = World::new().await;
    let attempt = typed(&world, "The services stay independent of each other.").await;
    let before = score(&world, attempt).await;
    let question = "test.queue".parse().unwrap();
    let all = world.interview.rescore(&Rescore::All, Keeping::Keep).await.unwrap();
    assert_eq!((all.answers.len(), all.current), (0, 1), "nothing has changed yet");

    let edited = PACK
        .replace("ask = \"Why put a queue", "ask = \"Why would you put a queue")
        .replace("\"spikes\", \"peaks\"", "\"spikes\", \"stay independent\"");
    let edited = edited.replace("A queue decouples the two services.", "A queue decouples two services.");
    world.interview.replace_bank(bank(&edited));
    let review = world.interview.review(attempt).await.unwrap();
    assert_eq!(review.standing, Some(Standing::OlderRubric));
    assert!(review.earlier_scores.is_empty());

    let dry = world.interview.rescore(&Rescore::Question(question), Keeping::DryRun).await.unwrap();
    let [change] = dry.answers.as_slice() else { panic!("{dry:?}") };
    assert_eq!(change.before.score, before);
    assert!(change.after.score > before, "{change:?}");
    let changed: Vec<_> = change.criteria.iter().map(|c| (c.id.as_str(), c.before, c.after)).collect();
    assert_eq!(changed, [("bursts", Some(Verdict::Missed), Some(Verdict::Met))]);
    assert_eq!(score(&world, attempt).await, before, "a dry run writes nothing");

    let kept = world.interview.rescore(&Rescore::Attempt(attempt), Keeping::Keep).await.unwrap();
    assert_eq!(kept, dry);
    let review = world.interview.review(attempt).await.unwrap();
    assert_eq!(review.standing, Some(Standing::Current));
    assert_eq!(review.earlier_scores[0].assessment.score, before);
    assert!(review.question.ask.starts_with("Why would you"), "criteria and question go together");
    assert_eq!(review.asked_as.as_deref(), Some("Why put a queue between two services?"));
    assert_eq!(world.interview.attempt(attempt).await.unwrap().state, AttemptState::Assessed);
    let again = world.interview.rescore(&Rescore::All, Keeping::Keep).await.unwrap();
    assert_eq!((again.answers.len(), again.current), (0, 1), "twice does nothing");

    // A correction afterwards is scored by the same version.
    world.interview.correct_words(attempt, "The services stay independent.", "Ada").await.unwrap();
    let review = world.interview.review(attempt).await.unwrap();
    assert_eq!(review.standing, Some(Standing::Current));
    assert_eq!(review.earlier_scores.len(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_draft_is_tried_on_kept_answers_without_a_trace() {
    let world = World::new().await;
    let attempt = typed(&world, "The services stay independent of each other.").await;
    let mut draft = world.interview.bank().question(&"test.queue".parse().unwrap()).unwrap().clone();
    draft.rubric.criteria.pop();
    let tried = world.interview.rescore_by(&draft).await.unwrap();
    assert_eq!(tried.answers.len(), 1);
    assert_eq!(tried.answers[0].criteria[0].after, None, "the criterion went: {tried:?}");
    assert!(tried.answers[0].after.score > tried.answers[0].before.score);
    assert!(world.interview.review(attempt).await.unwrap().earlier_scores.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_in_no_pack_any_more_keeps_its_score() {
    let world = World::new().await;
    let attempt = typed(&world, "The services stay independent of each other.").await;
    world.interview.replace_bank(bank(&PACK.replace("test.queue", "test.other")));
    let all = world.interview.rescore(&Rescore::All, Keeping::Keep).await.unwrap();
    assert_eq!((all.answers.len(), all.question_gone), (0, 1));
    assert_eq!(world.interview.review(attempt).await.unwrap().standing, Some(Standing::QuestionGone));
    let unknown = Rescore::Question("test.queue".parse().unwrap());
    let error = world.interview.rescore(&unknown, Keeping::DryRun).await.unwrap_err();
    assert!(matches!(error, InterviewError::NoQuestion(_)));
}

fn fresh() -> AttemptId {
    AttemptId(uuid::Uuid::now_v7())
}
