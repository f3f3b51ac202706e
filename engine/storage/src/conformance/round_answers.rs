//! What candidates of a round said: recorded on a lawful basis, marked, settled, and out of the reach of practice.

use super::rounds::{ANA, BEN, OBSERVER, OWNER, STRANGER, candidate_id, ground, person, round, round_id};
use super::{at, attempt_id, job_id, session_id, settlement, take};
use crate::{
    HistoryFilter, NewCandidate, NewRoundAnswer, PageRequest, ScoreFilter, Step, StorageError, Store,
};
use viva_core::ids::CandidateId;
use viva_core::round::{
    AnswerSource, Deviation, DeviationKind, MarkEvent, MarksRefused, NoRecording, RoundRefused,
};
use viva_core::session::AttemptState;
use viva_core::transcript::Span;
use viva_core::units::Millis;

/// Attempt n of a candidate, at a question of the kit.
fn answer(candidate: CandidateId, n: u128, position: usize) -> NewRoundAnswer {
    NewRoundAnswer {
        attempt: attempt_id(n),
        session: session_id(n),
        candidate,
        position,
        source: AnswerSource::Room,
        by: Some(person(ANA)),
        at: at(5),
    }
}

/// Asks question 0 of a candidate as attempt n, records it and keeps its take: settling.
pub(crate) async fn recorded(store: &dyn Store, candidate: CandidateId, n: u128) {
    store.ask_candidate(&answer(candidate, n, 0)).await.unwrap();
    store.advance(attempt_id(n), &Step::Record, at(6)).await.unwrap();
    store.keep_take(attempt_id(n), &take(n), job_id(n), at(7), at(7)).await.unwrap();
}

/// As [`recorded`], then scored.
pub(crate) async fn scored(store: &dyn Store, candidate: CandidateId, n: u128) {
    recorded(store, candidate, n).await;
    store.settle(attempt_id(n), &settlement(n, 70.0), at(8)).await.unwrap();
}

/// An answer of a round is recorded, marked and settled as any other.
pub async fn an_answer_is_recorded_marked_and_settled(store: &dyn Store) {
    let (_, candidate) = round(store).await;
    let asked = store.ask_candidate(&answer(candidate, 1, 0)).await.unwrap();
    assert_eq!((asked.state, asked.number, asked.position), (AttemptState::Asked, 1, 0));
    let again = store.ask_candidate(&answer(candidate, 2, 0)).await.unwrap();
    assert_eq!(again.id, attempt_id(1), "a question that stands asked is asked on");
    let early = store.mark_answer(attempt_id(1), MarkEvent::Begin, Millis(1)).await;
    assert!(matches!(early, Err(StorageError::NotFound { .. })), "nothing runs yet: {early:?}");

    store.advance(attempt_id(1), &Step::Record, at(6)).await.unwrap();
    store.mark_answer(attempt_id(1), MarkEvent::Begin, Millis(9_000)).await.unwrap();
    // What is thrown away takes its marks with it.
    store.advance(attempt_id(1), &Step::Discard, at(6)).await.unwrap();
    store.advance(attempt_id(1), &Step::Record, at(6)).await.unwrap();
    let open = store.open_answer(candidate).await.unwrap().unwrap();
    assert_eq!((open.attempt.state, open.source), (AttemptState::Recording, AnswerSource::Room));
    store.mark_answer(attempt_id(1), MarkEvent::Begin, Millis(500)).await.unwrap();
    store.mark_answer(attempt_id(1), MarkEvent::End, Millis(2_500)).await.unwrap();
    let marks = store.mark_answer(attempt_id(1), MarkEvent::Begin, Millis(4_000)).await.unwrap();
    assert_eq!((marks.closed(), marks.open()), ([Span::from((500, 2_500))].as_slice(), Some(Millis(4_000))));
    let twice = store.mark_answer(attempt_id(1), MarkEvent::Begin, Millis(5_000)).await;
    let told = matches!(twice, Err(StorageError::Round(RoundRefused::Marks(MarksRefused::Begun))));
    assert!(told, "{twice:?}");

    store.keep_take(attempt_id(1), &take(1), job_id(1), at(7), at(7)).await.unwrap();
    let waiting = store.waiting(attempt_id(1)).await.unwrap().unwrap();
    assert_eq!((waiting.take, waiting.marks), (Some(take(1)), Some((AnswerSource::Room, marks.clone()))));
    store.settle(attempt_id(1), &settlement(1, 70.0), at(8)).await.unwrap();
    assert_eq!(store.waiting(attempt_id(1)).await.unwrap(), None);
    assert_eq!(store.open_answer(candidate).await.unwrap(), None);
    for n in [OWNER, ANA, OBSERVER] {
        let answers = store.round_answers(candidate, person(n)).await.unwrap();
        assert_eq!((answers.len(), &answers[0].marks, &answers[0].take), (1, &marks, &Some(take(1))));
        assert_eq!(store.round_transcripts(attempt_id(1), person(n)).await.unwrap().len(), 1);
    }
    assert!(store.round_answers(candidate, person(STRANGER)).await.unwrap().is_empty());
    assert!(store.round_transcripts(attempt_id(1), person(STRANGER)).await.unwrap().is_empty());
    assert_eq!(store.round_of_answer(attempt_id(1)).await.unwrap(), Some(candidate));
    assert_eq!(store.round_of_answer(attempt_id(9)).await.unwrap(), None);
}

/// Without a basis, and after an opt-out, nothing is recorded: not asked for, and not begun when it was.
pub async fn nothing_is_recorded_without_a_basis(store: &dyn Store) {
    let (_, candidate) = round(store).await;
    let bare = NewCandidate {
        id: candidate_id(5),
        round: round_id(1),
        name: "No basis".into(),
        by: person(OWNER),
        at: at(4),
    };
    store.add_candidate(&bare).await.unwrap();
    let refused = store.ask_candidate(&answer(bare.id, 5, 0)).await;
    let told = matches!(refused, Err(StorageError::Round(RoundRefused::Recording(NoRecording::NoBasis))));
    assert!(told, "{refused:?}");

    store.ask_candidate(&answer(candidate, 1, 0)).await.unwrap();
    store.opt_out(candidate, at(6)).await.unwrap();
    let live = store.advance(attempt_id(1), &Step::Record, at(7)).await;
    let told = matches!(live, Err(StorageError::Round(RoundRefused::Recording(NoRecording::OptedOut))));
    assert!(told, "{live:?}");
    let refused = store.ask_candidate(&answer(candidate, 2, 0)).await;
    let told = matches!(refused, Err(StorageError::Round(RoundRefused::Recording(NoRecording::OptedOut))));
    assert!(told, "{refused:?}");
    store.keep_ground(candidate, &ground(), None).await.unwrap();
    store.advance(attempt_id(1), &Step::Record, at(8)).await.unwrap();
}

/// Questions come in the kit's order, unless the log says why not.
pub async fn a_question_out_of_its_turn_needs_a_reason(store: &dyn Store) {
    let (_, candidate) = round(store).await;
    let refused = store.ask_candidate(&answer(candidate, 1, 1)).await;
    assert!(matches!(refused, Err(StorageError::Round(RoundRefused::OutOfOrder))), "{refused:?}");
    let log = Deviation {
        position: Some(1),
        kind: DeviationKind::Reordered,
        asked: String::new(),
        reason: "it came up".into(),
    };
    store.log_deviation(candidate, &log, person(ANA), at(5)).await.unwrap();
    store.ask_candidate(&answer(candidate, 1, 1)).await.unwrap();
    let moved = store.ask_candidate(&answer(candidate, 2, 0)).await.unwrap();
    assert_eq!(moved.position, 0);
    let states: Vec<_> = store.round_answers(candidate, person(ANA)).await.unwrap();
    let states: Vec<_> = states.iter().map(|a| (a.attempt.position, a.attempt.state.name())).collect();
    assert_eq!(states, [(0, "asked"), (1, "skipped")], "one question is open at a time");
    let beyond = store.ask_candidate(&answer(candidate, 3, 2)).await;
    assert!(matches!(beyond, Err(StorageError::Round(RoundRefused::NoQuestion(2)))), "{beyond:?}");
}

/// A question can be asked again; the second recording is number 2.
pub async fn a_question_can_be_recorded_again(store: &dyn Store) {
    let (_, candidate) = round(store).await;
    scored(store, candidate, 1).await;
    let again = store.ask_candidate(&answer(candidate, 2, 0)).await.unwrap();
    assert_eq!((again.id, again.number), (attempt_id(2), 2));
    store.advance(again.id, &Step::Record, at(9)).await.unwrap();
    let other = store.ask_candidate(&answer(candidate, 3, 1)).await;
    assert!(matches!(other, Err(StorageError::Refused(_))), "the microphone is live: {other:?}");
}

/// Practice finds nothing of a round's answers: no list, sum, page, clock or deletion of its own reaches them.
pub async fn practice_reaches_no_answer_of_a_round(store: &dyn Store) {
    let (_, candidate) = round(store).await;
    scored(store, candidate, 1).await;
    let (attempt, session) = (attempt_id(1), session_id(1));
    assert_eq!(store.attempt(attempt).await.unwrap(), None);
    assert_eq!(store.take(attempt).await.unwrap(), None);
    assert!(store.transcripts(attempt).await.unwrap().is_empty());
    assert!(store.assessments(attempt).await.unwrap().is_empty());
    assert_eq!(store.assessment(attempt).await.unwrap(), None);
    assert_eq!(store.session(session).await.unwrap(), None);
    let page = PageRequest::first(10);
    assert!(store.sessions(page).await.unwrap().items.is_empty());
    for filter in [
        HistoryFilter::default(),
        HistoryFilter { question: Some("maps-1".parse().unwrap()), ..HistoryFilter::default() },
        HistoryFilter { pack: Some("pack".parse().unwrap()), ..HistoryFilter::default() },
        HistoryFilter { session: Some(session), ..HistoryFilter::default() },
        HistoryFilter { follows: Some(viva_core::ids::AttemptId(candidate.0)), ..HistoryFilter::default() },
    ] {
        assert!(store.history(&filter, page).await.unwrap().items.is_empty(), "{filter:?}");
        assert_eq!(store.count(&filter).await.unwrap(), 0, "{filter:?}");
    }
    assert!(store.past().await.unwrap().is_empty());
    assert!(store.scores(&ScoreFilter::default()).await.unwrap().is_empty());
    let of_question = ScoreFilter { question: Some("maps-1".parse().unwrap()), ..ScoreFilter::default() };
    assert!(store.scores(&of_question).await.unwrap().is_empty());
    assert!(store.latest_scores().await.unwrap().is_empty());
    assert!(store.recent_scores(5).await.unwrap().is_empty());
    assert!(store.kept_missing(5, 5).await.unwrap().is_empty());
    let usage = store.usage().await.unwrap();
    assert_eq!((usage.sessions, usage.attempts), (0, 0));
    for refused in [
        store.delete_attempt(attempt).await.map(|_| ()),
        store.delete_session(session).await.map(|_| ()),
        store.finish_session(session, at(9)).await,
        store.ask(session, 1, attempt_id(9), at(9)).await.map(|_| ()),
    ] {
        assert!(matches!(refused, Err(StorageError::NotFound { .. })), "{refused:?}");
    }
    assert_eq!(store.round_answers(candidate, person(BEN)).await.unwrap().len(), 1, "it is still there");
    let paths = store.delete_everything().await.unwrap();
    assert_eq!(paths, ["takes/1.wav"]);
    assert!(store.rounds(person(OWNER)).await.unwrap().is_empty());
    assert!(store.kits().await.unwrap().is_empty());
}
