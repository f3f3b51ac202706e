//! Many at once: what they do comes out as if one had done it after the other.

use super::{
    answered, asked, assessment, assessment_id, at, attempt_id, heard, job_id, recorded, session_id,
    settlement, started, transcript_id,
};
use crate::{
    Help, HistoryFilter, Lease, NewAssessment, NewTranscript, PageRequest, Settlement, Step, StorageError,
    Store, TranscriptSource, Words,
};
use futures::future::join_all;
use uuid::Uuid;
use viva_core::session::{Aid, AttemptState, Mode, SessionRefused};

/// How many meet.
const MANY: u128 = 12;

/// Under names of their own and under the same one.
pub async fn settings_set_at_once_are_all_kept(store: &dyn Store) {
    join_all((0..MANY).map(|n| async move {
        store.set_setting(&format!("own.{n:02}"), Some(&n.to_string()), at(1)).await.unwrap();
        store.set_setting("shared", Some(&n.to_string()), at(1)).await.unwrap();
    }))
    .await;
    let kept = store.settings().await.unwrap();
    assert_eq!(kept.len(), usize::try_from(MANY).unwrap() + 1, "{kept:?}");
}

/// Each as a version of its own, with a score of its own.
pub async fn corrections_made_at_once_are_all_kept_and_numbered(store: &dyn Store) {
    let attempt = answered(store, 1, 50.0).await;
    join_all((2..2 + MANY).map(|n| async move {
        let source = TranscriptSource::Edited { author: format!("author {n}") };
        let words = NewTranscript { source, ..heard(n, "a table") };
        let score = NewAssessment { id: assessment_id(n), assessment: assessment(60.0) };
        let edit = Settlement { words: Words::New(words), assessment: score };
        store.reassess(attempt, &edit, at(2_000)).await.unwrap();
    }))
    .await;
    let versions: Vec<u32> = store.transcripts(attempt).await.unwrap().iter().map(|t| t.version).collect();
    let expected: Vec<u32> = (1..=u32::try_from(MANY).unwrap() + 1).collect();
    assert_eq!(versions, expected);
    let scores = store.assessments(attempt).await.unwrap();
    assert_eq!(scores.iter().map(|score| score.version).collect::<Vec<_>>(), expected);
    let mut words: Vec<_> = scores.iter().map(|score| score.transcript).collect();
    words.sort();
    words.dedup();
    assert_eq!(words.len(), expected.len(), "each score has words of its own");
}

/// The others hear that it is done, and leave nothing.
pub async fn of_many_who_settle_an_answer_one_does(store: &dyn Store) {
    let attempt = recorded(store, 1).await;
    let done = join_all(
        (1..=MANY).map(|n| async move { store.settle(attempt, &settlement(n, 50.0), at(2_000)).await }),
    )
    .await;
    assert_eq!(done.iter().filter(|one| one.is_ok()).count(), 1);
    for refused in done.into_iter().filter_map(Result::err) {
        assert!(matches!(refused, StorageError::Refused(SessionRefused::Attempt(_))), "{refused}");
    }
    assert_eq!(store.transcripts(attempt).await.unwrap().len(), 1);
    assert_eq!(store.assessments(attempt).await.unwrap().len(), 1);
}

/// Neither overwrites the other.
pub async fn hint_and_model_answer_asked_for_at_once_are_both_noted(store: &dyn Store) {
    let attempt = asked(store, 1).await;
    let aids = (0..MANY).map(|n| if n % 2 == 0 { Aid::Hint } else { Aid::Reveal });
    join_all(aids.map(|aid| async move { store.note_help(attempt, aid).await.unwrap() })).await;
    let kept = store.attempt(attempt).await.unwrap().unwrap();
    assert_eq!(kept.help, Help { hint: true, reveal: true });
}

/// No job goes to two, none is left while somebody asks.
pub async fn many_who_claim_at_once_get_a_job_each(store: &dyn Store) {
    for n in 1..=MANY {
        recorded(store, n).await;
    }
    let claimed = join_all((1..=MANY).map(|n| async move {
        let lease = Lease { holder: Uuid::from_u128(n), until: at(3_000) };
        let job = store.claim_job(lease, at(2_000)).await.unwrap();
        job.inspect(|job| assert_eq!(job.lease, Some(lease))).map(|job| job.id)
    }))
    .await;
    let mut claimed: Vec<_> = claimed.into_iter().flatten().collect();
    claimed.sort();
    assert_eq!(claimed, (1..=MANY).map(job_id).collect::<Vec<_>>());
}

/// The others are told which one.
pub async fn questions_asked_at_once_leave_one_open(store: &dyn Store) {
    let questions = ["maps-1", "maps-2", "maps-3", "maps-4"];
    let session = started(store, 1, Mode::Practice, &questions).await;
    let done = join_all((0..MANY).map(|n| async move {
        let position = u32::try_from(n).unwrap() % 4;
        store.ask(session, position, attempt_id(n), at(2)).await
    }))
    .await;
    let open: Vec<_> = done.iter().flatten().map(|attempt| attempt.id).collect();
    assert_eq!(open.len(), 1, "{done:?}");
    for refused in done.into_iter().filter_map(Result::err) {
        let told = matches!(refused, StorageError::Refused(SessionRefused::StillOpen(_)));
        assert!(told, "{refused}");
    }
    let kept = store.session(session).await.unwrap().unwrap();
    assert_eq!(kept.places.iter().map(|place| place.attempts.len()).sum::<usize>(), 1);
}

/// Whoever was first: what is deleted is gone, with what arrived meanwhile.
pub async fn a_session_deleted_while_it_is_answered_leaves_nothing(store: &dyn Store) {
    let attempt = recorded(store, 1).await;
    let session = session_id(1);
    let score = settlement(1, 50.0);
    let (settled, deleted, _) = futures::join!(
        store.settle(attempt, &score, at(2_000)),
        store.delete_session(session),
        store.finish_session(session, at(2_001)),
    );
    assert_eq!(deleted.unwrap(), ["takes/1.wav"]);
    assert!(
        matches!(settled, Ok(AttemptState::Assessed) | Err(StorageError::NotFound { .. })),
        "{settled:?}"
    );
    assert_eq!(store.session(session).await.unwrap(), None);
    assert_eq!(store.transcripts(attempt).await.unwrap(), []);
    assert_eq!(store.assessments(attempt).await.unwrap(), []);
    assert_eq!(store.job(job_id(1)).await.unwrap(), None);
}

/// State, words and score appear together.
pub async fn a_reader_sees_no_half_written_answer(store: &dyn Store) {
    for n in 1..=MANY {
        recorded(store, n).await;
    }
    let write = join_all((1..=MANY).map(|n| async move {
        store.settle(attempt_id(n), &settlement(n, 50.0), at(2_000)).await.unwrap();
    }));
    let read = join_all((0..MANY).map(|_| async {
        let listed = store.history(&HistoryFilter::default(), PageRequest::first(50)).await.unwrap();
        for entry in &listed.items {
            assert_eq!(entry.score.is_some(), entry.state == AttemptState::Assessed);
            if entry.score.is_some() {
                let score = store.assessment(entry.attempt).await.unwrap().unwrap();
                assert_eq!(store.transcripts(entry.attempt).await.unwrap()[0].id, score.transcript);
            }
        }
    }));
    futures::join!(write, read);
    let words = store.transcripts(attempt_id(1)).await.unwrap();
    assert_eq!(words[0].id, transcript_id(1));
    let late = store.advance(attempt_id(1), &Step::Skip, at(2_001)).await;
    assert!(matches!(late, Err(StorageError::Refused(_))));
}
