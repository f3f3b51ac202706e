//! Looking back.

use super::{answered, asked, at, attempt_id, recorded, session_id, settlement, started, take};
use super::{assessment, assessment_id, job_id, transcript_id};
use crate::{
    HistoryFilter, KeptMissing, NewAssessment, PageRequest, Score, ScoreFilter, Settlement, Step, Store,
    Words,
};
use viva_core::assessment::Verdict::{self, Met, Missed, Partly};
use viva_core::assessment::{Assessment, CriterionResult};
use viva_core::bank::{Kind, Level};
use viva_core::ids::AttemptId;
use viva_core::session::{AttemptState, Mode, Past};
use viva_core::units::Millis;

/// All ids under a filter, two a page.
async fn listed(store: &dyn Store, filter: &HistoryFilter) -> Vec<AttemptId> {
    let mut page = PageRequest::first(2);
    let mut seen = Vec::new();
    loop {
        let listed = store.history(filter, page).await.unwrap();
        assert!(listed.items.len() <= 2);
        seen.extend(listed.items.into_iter().map(|entry| entry.attempt));
        match listed.next {
            Some(next) => page.after = Some(next),
            None => return seen,
        }
    }
}

/// Also where several were asked in the same moment.
pub async fn attempts_are_listed_latest_first_page_by_page(store: &dyn Store) {
    for n in 1..=3 {
        asked(store, n).await;
    }
    for n in 4..=6 {
        let session = started(store, n, Mode::RunThrough, &["locks-1"]).await;
        store.ask(session, 0, attempt_id(n), at(2)).await.unwrap();
    }
    assert_eq!(listed(store, &HistoryFilter::default()).await, [3, 6, 5, 4, 2, 1].map(attempt_id));

    store.advance(attempt_id(3), &Step::Record, at(9)).await.unwrap();
    store.keep_take(attempt_id(3), &take(3), job_id(3), at(9), at(9)).await.unwrap();
    store.settle(attempt_id(3), &settlement(3, 44.0), at(9)).await.unwrap();
    let entries = store.history(&HistoryFilter::default(), PageRequest::first(50)).await.unwrap();
    assert_eq!(entries.next, None);
    let entry = &entries.items[0];
    assert_eq!(
        (entry.session, entry.mode, entry.position, entry.number),
        (session_id(3), Mode::Practice, 0, 1)
    );
    assert_eq!(
        (entry.question.as_str(), entry.pack.as_str(), entry.topic.as_str()),
        ("maps-1", "pack", "maps")
    );
    assert_eq!(
        (entry.ask.as_str(), entry.level, entry.kind),
        ("What is maps-1?", Level::Senior, Kind::Technical)
    );
    assert_eq!(
        (&entry.state, entry.asked_at, entry.length),
        (&AttemptState::Assessed, at(3), Some(Millis(61_500)))
    );
    assert_eq!(entry.score, Some(Score { score: 44.0, low: 43.5, high: 44.1, level: 3 }));
    let open = &entries.items[1];
    assert_eq!((open.mode, open.length, open.score), (Mode::RunThrough, None, None));
}

/// Alone and together.
pub async fn filters_narrow_the_list(store: &dyn Store) {
    let session = started(store, 1, Mode::Practice, &["maps-1", "locks-1", "maps-2"]).await;
    for (n, position) in [(1, 0), (2, 1), (3, 2), (4, 0)] {
        store.ask(session, position, attempt_id(n), at(i64::from(position))).await.unwrap();
        store.advance(attempt_id(n), &Step::Skip, at(9)).await.unwrap();
    }
    asked(store, 5).await;
    let all = HistoryFilter::default();
    let question = |id: &str| Some(id.parse().unwrap());
    let pack = |id: &str| Some(id.parse().unwrap());
    let text = |part: &str| HistoryFilter { text: Some(part.into()), ..all.clone() };
    let table: [(HistoryFilter, &[u128]); 15] = [
        (text("MAPS-"), &[5, 3, 4, 1]),
        (text("is locks"), &[2]),
        (HistoryFilter { session: Some(session), ..text("maps-1") }, &[4, 1]),
        (text("%"), &[]),
        (text("maps_1"), &[]),
        (text("' OR 1=1 --\\"), &[]),
        (HistoryFilter { session: Some(session), ..all.clone() }, &[3, 2, 4, 1]),
        (HistoryFilter { question: question("maps-1"), ..all.clone() }, &[5, 4, 1]),
        (HistoryFilter { session: Some(session), question: question("maps-1"), ..all.clone() }, &[4, 1]),
        (HistoryFilter { pack: pack("pack"), topic: Some("locks".into()), ..all.clone() }, &[2]),
        (HistoryFilter { pack: pack("other"), ..all.clone() }, &[]),
        (HistoryFilter { topic: Some("maps".into()), ..all.clone() }, &[5, 3, 4, 1]),
        (HistoryFilter { from: Some(at(1)), until: Some(at(5)), ..all.clone() }, &[3, 2]),
        (HistoryFilter { topic: Some("maps' OR 1=1 --".into()), ..all.clone() }, &[]),
        (HistoryFilter { session: Some(session_id(9)), ..all.clone() }, &[]),
    ];
    for (filter, expected) in table {
        let expected: Vec<_> = expected.iter().map(|n| attempt_id(*n)).collect();
        assert_eq!(listed(store, &filter).await, expected, "{filter:?}");
        assert_eq!(store.count(&filter).await.unwrap(), expected.len() as u64, "{filter:?}");
    }
}

/// Last asked, how often answered, the last score.
pub async fn the_past_tells_the_picker_what_it_needs(store: &dyn Store) {
    answered(store, 1, 30.0).await;
    answered(store, 2, 85.0).await;
    asked(store, 3).await;
    let session = started(store, 4, Mode::Practice, &["locks-1"]).await;
    store.ask(session, 0, attempt_id(4), at(4)).await.unwrap();
    store.advance(attempt_id(4), &Step::Skip, at(5)).await.unwrap();
    let expected = [
        Past { question: "locks-1".parse().unwrap(), last_asked: at(4), answers: 0, last_score: None },
        Past { question: "maps-1".parse().unwrap(), last_asked: at(3), answers: 2, last_score: Some(85.0) },
    ];
    assert_eq!(store.past().await.unwrap(), expected);
}

/// One point an attempt.
pub async fn scores_come_in_order_and_the_last_one_counts(store: &dyn Store) {
    answered(store, 2, 20.0).await;
    answered(store, 1, 10.0).await;
    recorded(store, 3).await;
    let new = NewAssessment { id: assessment_id(9), assessment: assessment(25.0) };
    let rescored = Settlement { words: Words::Kept(transcript_id(2)), assessment: new };
    store.reassess(attempt_id(2), &rescored, at(2_000)).await.unwrap();
    let all = ScoreFilter::default();
    let points = store.scores(&all).await.unwrap();
    let told: Vec<_> =
        points.iter().map(|point| (point.attempt, point.asked_at, point.score.score)).collect();
    assert_eq!(told, [(attempt_id(1), at(1), 10.0), (attempt_id(2), at(2), 25.0)]);
    let latest: Vec<_> = store.latest_scores().await.unwrap();
    assert_eq!(latest, [points[1].clone()]);
    let since = ScoreFilter { from: Some(at(2)), topic: Some("maps".into()), ..all.clone() };
    assert_eq!(store.scores(&since).await.unwrap().len(), 1);
    let other = ScoreFilter { question: Some("locks-1".parse().unwrap()), ..all };
    assert_eq!(store.scores(&other).await.unwrap(), []);
}

/// The latest of them, in order of time.
pub async fn the_last_scores_of_each_question_are_found(store: &dyn Store) {
    for (n, score) in [(1, 10.0), (3, 30.0), (2, 20.0)] {
        answered(store, n, score).await;
    }
    recorded(store, 4).await;
    let told = |points: Vec<crate::ScorePoint>| -> Vec<_> {
        points.into_iter().map(|point| (point.attempt, point.score.score)).collect()
    };
    assert_eq!(told(store.recent_scores(2).await.unwrap()), [(attempt_id(2), 20.0), (attempt_id(3), 30.0)]);
    assert_eq!(store.recent_scores(50).await.unwrap(), store.scores(&ScoreFilter::default()).await.unwrap());
    assert_eq!(store.recent_scores(0).await.unwrap(), []);
}

/// Only what was missed the last time too, and only by the score that counts.
pub async fn criteria_that_keep_being_missed_are_found(store: &dyn Store) {
    let answers: [(u128, &[(&str, Verdict)]); 4] = [
        (1, &[("a", Missed), ("b", Missed), ("c", Missed), ("d", Met)]),
        (2, &[("a", Missed), ("b", Partly), ("c", Missed), ("d", Missed)]),
        (3, &[("a", Missed), ("b", Missed), ("c", Met), ("d", Missed)]),
        (4, &[]),
    ];
    for (n, verdicts) in answers {
        recorded(store, n).await;
        let mut settled = settlement(n, 10.0);
        settled.assessment.assessment = judged(verdicts);
        settled.assessment.assessment.no_answer = verdicts.is_empty();
        store.settle(attempt_id(n), &settled, at(1_003)).await.unwrap();
    }
    let told = |found: Vec<KeptMissing>| -> Vec<_> {
        found.into_iter().map(|c| (c.criterion.as_str().to_owned(), c.missed, c.answers, c.last)).collect()
    };
    let row = |id: &str, missed, answers| (id.to_owned(), missed, answers, at(3));
    let expected = [row("a", 3, 3), row("b", 2, 3), row("d", 2, 3)];
    assert_eq!(told(store.kept_missing(5, 10).await.unwrap()), expected);
    assert_eq!(told(store.kept_missing(5, 1).await.unwrap()), [row("a", 3, 3)]);
    assert_eq!(told(store.kept_missing(2, 10).await.unwrap()), [row("a", 2, 2), row("d", 2, 2)]);

    let new = NewAssessment {
        id: assessment_id(9),
        assessment: judged(&[("a", Met), ("b", Missed), ("e", Missed)]),
    };
    let rescored = Settlement { words: Words::Kept(transcript_id(3)), assessment: new };
    store.reassess(attempt_id(3), &rescored, at(2_000)).await.unwrap();
    assert_eq!(told(store.kept_missing(5, 10).await.unwrap()), [row("b", 2, 3)]);
    store.delete_attempt(attempt_id(3)).await.unwrap();
    assert_eq!(
        told(store.kept_missing(5, 10).await.unwrap()),
        [("a".to_owned(), 2, 2, at(2)), ("c".to_owned(), 2, 2, at(2))]
    );
}

fn judged(verdicts: &[(&str, Verdict)]) -> Assessment {
    let criterion = |(id, verdict): &(&str, Verdict)| CriterionResult {
        id: id.parse().unwrap(),
        says: format!("It is {id}."),
        weight: 1.0,
        required: false,
        verdict: *verdict,
        credit: 0.0,
        evidence: Vec::new(),
        not_heard: Vec::new(),
        near: Vec::new(),
    };
    Assessment { criteria: verdicts.iter().map(criterion).collect(), ..assessment(10.0) }
}

/// Deleted audio is not counted.
pub async fn usage_counts_what_is_there(store: &dyn Store) {
    answered(store, 1, 10.0).await;
    answered(store, 2, 10.0).await;
    asked(store, 3).await;
    store.delete_audio(attempt_id(2)).await.unwrap();
    let usage = store.usage().await.unwrap();
    assert_eq!((usage.sessions, usage.attempts, usage.takes, usage.audio_bytes), (3, 3, 1, take(1).bytes));
    assert!(usage.database_bytes > 0);
}
