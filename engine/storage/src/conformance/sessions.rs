//! Sessions and their questions.

use super::{
    answered, asked, assessment, assessment_id, at, attempt_id, heard, question, recorded, session_id,
    started,
};
use super::{job_id, settlement, take};
use crate::{
    HistoryFilter, NewAssessment, NewPlace, NewSession, PageRequest, ScoreFilter, Settlement, Snapshot, Step,
    StorageError, Store, Usage, Words,
};
use viva_core::session::{AttemptState, Mode, Next, Phase, SessionRefused};

/// Everything but the attempts comes from the start.
pub async fn a_session_comes_back_as_it_was_started(store: &dyn Store) {
    let id = started(store, 1, Mode::RunThrough, &["maps-1", "locks-1", "maps-2"]).await;
    let session = store.session(id).await.unwrap().unwrap();
    assert_eq!((session.id, session.mode, session.seed), (id, Mode::RunThrough, u64::MAX - 7));
    assert_eq!((session.started_at, session.finished_at, session.phase()), (at(1), None, Phase::Active));
    let questions: Vec<&str> = session.places.iter().map(|place| place.question.as_str()).collect();
    assert_eq!(questions, ["maps-1", "locks-1", "maps-2"]);
    let place = &session.places[1];
    assert_eq!((place.position, place.pack.as_str(), place.reason.as_str()), (1, "pack", "not asked before"));
    assert!(place.attempts.is_empty());
    assert_eq!(session.run().next(), Next::Ask(0));
}

/// Lookups say none, updates say so.
pub async fn what_does_not_exist_is_none_or_not_found(store: &dyn Store) {
    assert_eq!(store.session(session_id(1)).await.unwrap(), None);
    assert_eq!(store.attempt(attempt_id(1)).await.unwrap(), None);
    assert_eq!(store.snapshot("00").await.unwrap(), None);
    assert_eq!(store.take(attempt_id(1)).await.unwrap(), None);
    assert_eq!(store.assessment(attempt_id(1)).await.unwrap(), None);
    assert_eq!(store.transcripts(attempt_id(1)).await.unwrap(), []);
    assert_eq!(store.job(job_id(1)).await.unwrap(), None);
    let missing = [
        store.finish_session(session_id(1), at(1)).await.unwrap_err(),
        store.ask(session_id(1), 0, attempt_id(1), at(1)).await.unwrap_err(),
        store.delete_session(session_id(1)).await.unwrap_err(),
        store.advance(attempt_id(1), &Step::Record, at(1)).await.unwrap_err(),
        store.keep_take(attempt_id(1), &take(1), job_id(1), at(1), at(1)).await.unwrap_err(),
        store.settle(attempt_id(1), &settlement(1, 50.0), at(1)).await.unwrap_err(),
        store.delete_audio(attempt_id(1)).await.unwrap_err(),
        store.delete_attempt(attempt_id(1)).await.unwrap_err(),
    ];
    for error in missing {
        assert!(matches!(error, StorageError::NotFound { .. }), "{error}");
    }
}

/// A double click does not start two.
pub async fn a_session_id_is_taken_once(store: &dyn Store) {
    let id = started(store, 1, Mode::Practice, &["maps-1"]).await;
    let places = vec![NewPlace { question: question("locks-1"), reason: String::new() }];
    let again = NewSession { id, mode: Mode::RunThrough, seed: 0, follows: None, at: at(2), places };
    assert!(matches!(store.start_session(&again).await, Err(StorageError::Conflict { what: "session" })));
    let session = store.session(id).await.unwrap().unwrap();
    assert_eq!((session.mode, session.places.len()), (Mode::Practice, 1));
    assert_eq!(store.snapshot(&Snapshot::of(&question("locks-1")).hash).await.unwrap(), None);
}

/// The session's own rules decide, and retakes are counted.
pub async fn asking_follows_the_rules_of_the_session(store: &dyn Store) {
    let id = started(store, 1, Mode::RunThrough, &["maps-1", "locks-1"]).await;
    let refused = |error: StorageError| match error {
        StorageError::Refused(refused) => refused,
        other => panic!("{other}"),
    };
    let early = store.ask(id, 1, attempt_id(1), at(2)).await.unwrap_err();
    assert_eq!(refused(early), SessionRefused::OutOfOrder { next: 0 });
    let beyond = store.ask(id, 7, attempt_id(1), at(2)).await.unwrap_err();
    assert_eq!(refused(beyond), SessionRefused::NoSuchPlace { position: 7, places: 2 });

    let first = store.ask(id, 0, attempt_id(1), at(2)).await.unwrap();
    assert_eq!(
        (first.number, first.position, &first.state, first.asked_at),
        (1, 0, &AttemptState::Asked, at(2))
    );
    assert_eq!((first.question.as_str(), first.topic.as_str()), ("maps-1", "maps"));
    assert_eq!(store.attempt(first.id).await.unwrap(), Some(first.clone()));
    let open = store.ask(id, 0, attempt_id(2), at(3)).await.unwrap_err();
    assert_eq!(refused(open), SessionRefused::StillOpen(0));

    store.advance(first.id, &Step::Record, at(3)).await.unwrap();
    store.advance(first.id, &Step::Fail("the microphone went away".into()), at(4)).await.unwrap();
    assert_eq!(store.ask(id, 0, attempt_id(2), at(5)).await.unwrap().number, 2);
    let session = store.session(id).await.unwrap().unwrap();
    assert_eq!(session.places[0].attempts.len(), 2);
    assert_eq!(session.run().next(), Next::Continue(0));
}

/// And only once.
pub async fn finishing_skips_the_open_question_once(store: &dyn Store) {
    let attempt = asked(store, 1).await;
    store.finish_session(session_id(1), at(9)).await.unwrap();
    let session = store.session(session_id(1)).await.unwrap().unwrap();
    assert_eq!(session.finished_at, Some(at(9)));
    assert_eq!(session.places[0].attempts[0].state, AttemptState::Skipped);
    assert_eq!(session.places[0].attempts[0].ended_at, Some(at(9)));
    let again = store.finish_session(session_id(1), at(10)).await;
    assert!(matches!(again, Err(StorageError::Refused(SessionRefused::Finished))));
    let late = store.advance(attempt, &Step::Record, at(10)).await;
    assert!(matches!(late, Err(StorageError::Refused(SessionRefused::Finished))));

    let live = asked(store, 2).await;
    store.advance(live, &Step::Record, at(11)).await.unwrap();
    let recording = store.finish_session(session_id(2), at(12)).await;
    assert!(matches!(recording, Err(StorageError::Refused(SessionRefused::StillRecording(0)))));
    assert_eq!(store.session(session_id(2)).await.unwrap().unwrap().finished_at, None);
}

/// With the mean over the latest result of each place.
pub async fn sessions_are_listed_latest_first_page_by_page(store: &dyn Store) {
    for n in 1..=5 {
        started(store, n, Mode::Practice, &["maps-1", "locks-1"]).await;
    }
    for (n, position, score) in [(1, 0, 10.0), (2, 0, 60.0), (3, 1, 81.0)] {
        store.ask(session_id(3), position, attempt_id(n), at(20)).await.unwrap();
        store.advance(attempt_id(n), &Step::Record, at(21)).await.unwrap();
        store.keep_take(attempt_id(n), &take(n), job_id(n), at(22), at(22)).await.unwrap();
        store.settle(attempt_id(n), &settlement(n, score), at(23)).await.unwrap();
    }
    let mut page = PageRequest::first(2);
    let mut seen = Vec::new();
    loop {
        let listed = store.sessions(page).await.unwrap();
        assert!(listed.items.len() <= 2);
        seen.extend(listed.items);
        match listed.next {
            Some(next) => page.after = Some(next),
            None => break,
        }
    }
    let ids: Vec<_> = seen.iter().map(|session| session.id).collect();
    assert_eq!(ids, [5, 4, 3, 2, 1].map(session_id));
    assert_eq!((seen[2].questions, seen[2].answered, seen[2].mean_score), (2, 2, Some(70.5)));
    assert_eq!((seen[0].questions, seen[0].answered, seen[0].mean_score), (2, 0, None));
}

/// The question as it was asked, not as it is now.
pub async fn a_snapshot_outlives_edits_of_its_question(store: &dyn Store) {
    let before = question("maps-1");
    let mut after = before.clone();
    after.ask = "What is a map, really?".into();
    for (n, question) in [(1, &before), (2, &after), (3, &before)] {
        let places = vec![NewPlace { question: question.clone(), reason: String::new() }];
        let session =
            NewSession { id: session_id(n), mode: Mode::Practice, seed: 0, follows: None, at: at(1), places };
        store.start_session(&session).await.unwrap();
        let attempt = store.ask(session.id, 0, attempt_id(n), at(2)).await.unwrap();
        let snapshot = store.snapshot(&attempt.snapshot).await.unwrap().unwrap();
        assert_eq!(&snapshot.question, question);
    }
}

/// Nothing of it: no words, no score, no job, no snapshot that nobody else needs.
pub async fn deleting_a_session_leaves_nothing_of_it_and_everything_of_others(store: &dyn Store) {
    answered(store, 1, 50.0).await;
    let kept = answered(store, 2, 60.0).await;
    recorded(store, 3).await;
    assert_eq!(store.delete_session(session_id(1)).await.unwrap(), ["takes/1.wav"]);
    assert_eq!(store.session(session_id(1)).await.unwrap(), None);
    assert_eq!(store.attempt(attempt_id(1)).await.unwrap(), None);
    assert_eq!(store.take(attempt_id(1)).await.unwrap(), None);
    assert_eq!(store.transcripts(attempt_id(1)).await.unwrap(), []);
    assert_eq!(store.assessments(attempt_id(1)).await.unwrap(), []);
    assert_eq!(store.job(job_id(1)).await.unwrap(), None);

    assert_eq!(store.assessment(kept).await.unwrap().unwrap().assessment, assessment(60.0));
    let snapshot = store.attempt(kept).await.unwrap().unwrap().snapshot;
    assert!(store.snapshot(&snapshot).await.unwrap().is_some());
    store.delete_session(session_id(2)).await.unwrap();
    store.delete_session(session_id(3)).await.unwrap();
    assert_eq!(store.snapshot(&snapshot).await.unwrap(), None);
}

/// And the paths of all takes, for their files to go as well.
pub async fn deleting_everything_leaves_an_empty_store(store: &dyn Store) {
    answered(store, 1, 50.0).await;
    recorded(store, 2).await;
    asked(store, 3).await;
    store.set_setting("device", Some("x"), at(1)).await.unwrap();
    let hash = store.attempt(attempt_id(1)).await.unwrap().unwrap().snapshot;

    assert_eq!(store.delete_everything().await.unwrap(), ["takes/1.wav", "takes/2.wav"]);
    let usage = store.usage().await.unwrap();
    assert_eq!(usage, Usage { database_bytes: usage.database_bytes, ..Usage::default() });
    assert_eq!(store.sessions(PageRequest::first(9)).await.unwrap().items, []);
    assert_eq!(store.history(&HistoryFilter::default(), PageRequest::first(9)).await.unwrap().items, []);
    assert_eq!(store.scores(&ScoreFilter::default()).await.unwrap(), []);
    assert_eq!(store.past().await.unwrap(), []);
    assert_eq!(store.settings().await.unwrap(), []);
    assert_eq!(store.snapshot(&hash).await.unwrap(), None);
    assert_eq!(store.next_job_at().await.unwrap(), None);
    answered(store, 1, 70.0).await;
}

/// Its own session and answer tell of it, nothing else does.
pub async fn a_follow_up_stands_in_no_list_and_goes_with_its_answer(store: &dyn Store) {
    let answer = answered(store, 1, 50.0).await;
    let places = vec![NewPlace { question: question("maps-1"), reason: "follow-up".into() }];
    let (id, follows) = (session_id(2), Some(answer));
    let session = NewSession { id, mode: Mode::Practice, seed: 0, follows, at: at(2_000), places };
    store.start_session(&session).await.unwrap();
    store.ask(id, 0, attempt_id(2), at(2_001)).await.unwrap();
    store.advance(attempt_id(2), &Step::Record, at(2_002)).await.unwrap();
    store.keep_take(attempt_id(2), &take(2), job_id(2), at(2_003), at(2_003)).await.unwrap();
    store.settle(attempt_id(2), &settlement(2, 100.0), at(2_004)).await.unwrap();

    assert_eq!(store.session(id).await.unwrap().unwrap().follows, follows);
    let everything = HistoryFilter::default();
    let (of_session, of_answer) = (
        HistoryFilter { session: Some(id), ..everything.clone() },
        HistoryFilter { follows, ..everything.clone() },
    );
    let of_question = HistoryFilter { question: Some("maps-1".parse().unwrap()), ..everything.clone() };
    let of_pack = HistoryFilter { pack: Some("pack".parse().unwrap()), ..everything.clone() };
    for (filter, expected) in [
        (of_session, attempt_id(2)),
        (of_answer, attempt_id(2)),
        (everything, answer),
        (of_question, answer),
        (of_pack, answer),
    ] {
        let listed = store.history(&filter, PageRequest::first(9)).await.unwrap().items;
        let listed: Vec<_> = listed.iter().map(|entry| entry.attempt).collect();
        assert_eq!(listed, [expected], "{filter:?}");
    }
    let sessions = store.sessions(PageRequest::first(9)).await.unwrap().items;
    assert_eq!(sessions.iter().map(|session| session.id).collect::<Vec<_>>(), [session_id(1)]);
    let past = store.past().await.unwrap();
    assert_eq!((past[0].last_asked, past[0].answers, past[0].last_score), (at(1), 1, Some(50.0)));
    let by_question = ScoreFilter { question: Some("maps-1".parse().unwrap()), ..ScoreFilter::default() };
    for scores in [
        store.scores(&ScoreFilter::default()).await.unwrap(),
        store.scores(&by_question).await.unwrap(),
        store.latest_scores().await.unwrap(),
    ] {
        assert_eq!(scores.iter().map(|point| point.attempt).collect::<Vec<_>>(), [answer]);
    }
    let usage = store.usage().await.unwrap();
    assert_eq!((usage.sessions, usage.attempts, usage.takes), (1, 1, 2));

    assert_eq!(store.delete_attempt(answer).await.unwrap(), ["takes/1.wav", "takes/2.wav"]);
    assert_eq!(store.session(id).await.unwrap(), None);
    assert_eq!(store.attempt(attempt_id(2)).await.unwrap(), None);
}

/// The second one is told, not let in.
pub async fn of_two_who_ask_at_once_one_is_refused(store: &dyn Store) {
    let id = started(store, 1, Mode::Practice, &["maps-1", "locks-1"]).await;
    let (first, second) =
        futures::join!(store.ask(id, 0, attempt_id(1), at(1)), store.ask(id, 1, attempt_id(2), at(1)));
    let refused: Vec<_> = [first, second].into_iter().filter_map(Result::err).collect();
    assert!(matches!(refused[..], [StorageError::Refused(SessionRefused::StillOpen(_))]), "{refused:?}");
    // What is settled is worth as much as before.
    let words = Words::New(heard(1, "x"));
    let new = NewAssessment { id: assessment_id(1), assessment: assessment(1.0) };
    let open = store.settle(attempt_id(1), &Settlement { words, assessment: new }, at(2)).await;
    assert!(open.is_err());
}
