//! Attempts, takes, words and scores.

use super::{
    answered, asked, assessment, assessment_id, at, attempt_id, heard, job_id, question, recorded,
    session_id, settlement, started, take, transcript_id,
};
use crate::{
    Help, JobStatus, NewAssessment, NewTranscript, PageRequest, Settlement, Step, StorageError, Store,
    TranscriptSource, Words,
};
use viva_core::assessment::{CriterionResult, Evidence, How, Verdict};
use viva_core::session::{Aid, AttemptState, Failure, Kept, Mode, SessionRefused};
use viva_core::transcript::Transcript;

/// Asked, recorded, kept, settled; each step leaves what it should.
pub async fn a_spoken_answer_goes_all_the_way(store: &dyn Store) {
    let attempt = asked(store, 1).await;
    assert_eq!(store.advance(attempt, &Step::Record, at(2)).await.unwrap(), AttemptState::Recording);
    assert_eq!(store.advance(attempt, &Step::Discard, at(3)).await.unwrap(), AttemptState::Asked);
    assert_eq!(store.advance(attempt, &Step::Record, at(4)).await.unwrap(), AttemptState::Recording);
    assert_eq!(store.unsettled_attempts().await.unwrap().len(), 1);

    let state = store.keep_take(attempt, &take(1), job_id(1), at(5), at(5)).await.unwrap();
    assert_eq!(state, AttemptState::Settling);
    assert_eq!(store.take(attempt).await.unwrap(), Some(take(1)));
    assert_eq!(store.job(job_id(1)).await.unwrap().unwrap().status, JobStatus::Waiting);
    let record = store.attempt(attempt).await.unwrap().unwrap();
    assert_eq!((record.asked_at, record.answered_at, record.ended_at), (at(1), Some(at(5)), None));

    let state = store.settle(attempt, &settlement(1, 72.25), at(6)).await.unwrap();
    assert_eq!(state, AttemptState::Assessed);
    let record = store.attempt(attempt).await.unwrap().unwrap();
    assert_eq!(
        (record.state, record.answered_at, record.ended_at),
        (AttemptState::Assessed, Some(at(5)), Some(at(6)))
    );
    let words = &store.transcripts(attempt).await.unwrap()[0];
    assert_eq!((words.id, words.version, words.made_at), (transcript_id(1), 1, at(6)));
    assert_eq!(
        (&words.source, &words.transcript),
        (&TranscriptSource::Heard, &heard(1, "a table of buckets").transcript)
    );
    let score = store.assessment(attempt).await.unwrap().unwrap();
    assert_eq!((score.id, score.transcript, score.version), (assessment_id(1), transcript_id(1), 1));
    assert_eq!((score.attempt, score.assessment, score.made_at), (attempt, assessment(72.25), at(6)));
    assert_eq!(store.unsettled_attempts().await.unwrap(), []);
}

/// The words are kept when they are typed, the score follows.
pub async fn a_typed_answer_goes_all_the_way(store: &dyn Store) {
    let attempt = asked(store, 1).await;
    let typed = NewTranscript {
        id: transcript_id(1),
        source: TranscriptSource::Typed,
        transcript: Transcript::typed("a table\nof “buckets”"),
    };
    let state = store.keep_typed(attempt, &typed, job_id(1), at(2)).await.unwrap();
    assert_eq!(state, AttemptState::Typed);
    assert_eq!(store.transcripts(attempt).await.unwrap()[0].transcript, typed.transcript);
    assert_eq!(store.take(attempt).await.unwrap(), None);
    let new = NewAssessment { id: assessment_id(1), assessment: assessment(40.0) };
    let settlement = Settlement { words: Words::Kept(typed.id), assessment: new };
    assert_eq!(store.settle(attempt, &settlement, at(3)).await.unwrap(), AttemptState::Assessed);
    assert_eq!(store.assessment(attempt).await.unwrap().unwrap().transcript, typed.id);
}

/// It is settled, with its zero.
pub async fn silence_is_no_answer(store: &dyn Store) {
    let attempt = recorded(store, 1).await;
    let mut silent = settlement(1, 0.0);
    silent.assessment.assessment.no_answer = true;
    assert_eq!(store.settle(attempt, &silent, at(9)).await.unwrap(), AttemptState::NoAnswer);
    assert_eq!(store.attempt(attempt).await.unwrap().unwrap().state, AttemptState::NoAnswer);
}

/// Neither the state nor what came with it.
pub async fn a_refused_step_changes_nothing(store: &dyn Store) {
    let attempt = asked(store, 1).await;
    let before = store.attempt(attempt).await.unwrap();
    let refused = [
        store.keep_take(attempt, &take(1), job_id(1), at(2), at(2)).await.unwrap_err(),
        store.settle(attempt, &settlement(1, 50.0), at(2)).await.unwrap_err(),
        store.reassess(attempt, &settlement(1, 50.0), at(2)).await.unwrap_err(),
        store.retry(attempt, job_id(1), at(2)).await.unwrap_err(),
        store.advance(attempt, &Step::Discard, at(2)).await.unwrap_err(),
        store.delete_audio(attempt).await.unwrap_err(),
    ];
    for error in refused {
        assert!(matches!(error, StorageError::Refused(SessionRefused::Attempt(_))), "{error}");
    }
    assert_eq!(store.attempt(attempt).await.unwrap(), before);
    assert_eq!(store.take(attempt).await.unwrap(), None);
    assert_eq!(store.job(job_id(1)).await.unwrap(), None);
    assert_eq!(store.transcripts(attempt).await.unwrap(), []);
}

/// A job that runs twice does no harm.
pub async fn settling_twice_keeps_the_first_score(store: &dyn Store) {
    let attempt = answered(store, 1, 61.0).await;
    let again = store.settle(attempt, &settlement(2, 12.0), at(2_000)).await;
    assert!(matches!(again, Err(StorageError::Refused(_))));
    assert_eq!(store.assessments(attempt).await.unwrap().len(), 1);
    assert_eq!(store.assessment(attempt).await.unwrap().unwrap().assessment.score, 61.0);
    assert_eq!(store.transcripts(attempt).await.unwrap().len(), 1);
}

/// The failure says why; the take stays; a new job follows.
pub async fn a_failed_answer_is_retried_from_what_was_kept(store: &dyn Store) {
    let attempt = recorded(store, 1).await;
    let why = "the model is missing".to_owned();
    let failed = store.advance(attempt, &Step::Fail(why.clone()), at(2)).await.unwrap();
    assert_eq!(failed, AttemptState::Failed(Failure { why: why.clone(), kept: Kept::Audio }));
    assert_eq!(store.attempt(attempt).await.unwrap().unwrap().state, failed);
    let job = store.job(job_id(1)).await.unwrap().unwrap();
    assert_eq!((job.status, job.why), (JobStatus::Failed, Some(why)));
    assert_eq!(store.take(attempt).await.unwrap(), Some(take(1)));

    assert_eq!(store.retry(attempt, job_id(2), at(3)).await.unwrap(), AttemptState::Settling);
    assert_eq!(store.job(job_id(2)).await.unwrap().unwrap().status, JobStatus::Waiting);
    assert_eq!(store.attempt(attempt).await.unwrap().unwrap().ended_at, None);
    assert_eq!(store.settle(attempt, &settlement(1, 90.0), at(4)).await.unwrap(), AttemptState::Assessed);

    let lost = asked(store, 2).await;
    store.advance(lost, &Step::Record, at(5)).await.unwrap();
    store.advance(lost, &Step::Fail("the disk is gone".into()), at(6)).await.unwrap();
    assert!(matches!(store.retry(lost, job_id(3), at(7)).await, Err(StorageError::Refused(_))));
}

/// Original, edit and author; the last score counts.
pub async fn an_edit_keeps_both_versions_and_both_scores(store: &dyn Store) {
    let attempt = answered(store, 1, 61.0).await;
    let edited = NewTranscript {
        id: transcript_id(2),
        source: TranscriptSource::Edited { author: "Ada".into() },
        ..heard(2, "a hash table of buckets")
    };
    let new = NewAssessment { id: assessment_id(2), assessment: assessment(80.0) };
    let settlement = Settlement { words: Words::New(edited), assessment: new };
    assert_eq!(store.reassess(attempt, &settlement, at(9)).await.unwrap(), AttemptState::Assessed);
    let versions = store.transcripts(attempt).await.unwrap();
    let told: Vec<_> =
        versions.iter().map(|v| (v.version, v.source.author(), v.transcript.text.as_str())).collect();
    assert_eq!(told, [(1, None, "a table of buckets"), (2, Some("Ada"), "a hash table of buckets")]);
    let scores: Vec<_> = store.assessments(attempt).await.unwrap();
    let told: Vec<_> = scores.iter().map(|s| (s.version, s.transcript, s.assessment.score)).collect();
    assert_eq!(told, [(1, transcript_id(1), 61.0), (2, transcript_id(2), 80.0)]);
    assert_eq!(store.assessment(attempt).await.unwrap().unwrap().assessment.score, 80.0);
    assert_eq!(store.attempt(attempt).await.unwrap().unwrap().ended_at, Some(at(1_003)));

    // A changed rubric scores the same words again.
    let new = NewAssessment { id: assessment_id(3), assessment: assessment(70.0) };
    let rescored = Settlement { words: Words::Kept(transcript_id(1)), assessment: new };
    store.reassess(attempt, &rescored, at(10)).await.unwrap();
    assert_eq!(store.transcripts(attempt).await.unwrap().len(), 2);
    assert_eq!(store.assessment(attempt).await.unwrap().unwrap().version, 3);
}

/// Criteria, wording and weights of then and of now; deleting takes what nothing needs any more.
pub async fn a_rescored_answer_keeps_both_versions_of_its_question(store: &dyn Store) {
    let attempt = answered(store, 1, 61.0).await;
    let asked = store.attempt(attempt).await.unwrap().unwrap().snapshot;
    let mut today = question("maps-1");
    today.model_answer = "It is “that” now.".into();
    let new = NewAssessment { id: assessment_id(2), assessment: assessment(80.0) };
    let again = Settlement { words: Words::Kept(transcript_id(1)), assessment: new };
    assert_eq!(store.rescore(attempt, &today, &again, at(9)).await.unwrap(), AttemptState::Assessed);

    let scores = store.assessments(attempt).await.unwrap();
    assert_eq!(scores.iter().map(|s| s.assessment.score).collect::<Vec<_>>(), [61.0, 80.0]);
    assert_eq!(scores[0].snapshot, asked);
    assert_ne!(scores[1].snapshot, asked);
    assert_eq!(store.attempt(attempt).await.unwrap().unwrap().snapshot, asked, "what was asked stays");
    assert_eq!(store.snapshot(&scores[1].snapshot).await.unwrap().unwrap().question, today);
    assert_eq!(store.assessment(attempt).await.unwrap().unwrap(), scores[1]);
    assert_eq!(store.scores(&crate::ScoreFilter::default()).await.unwrap()[0].score.score, 80.0);

    store.delete_attempt(attempt).await.unwrap();
    assert_eq!(store.snapshot(&scores[1].snapshot).await.unwrap(), None);
    assert!(store.snapshot(&asked).await.unwrap().is_some(), "the session still asks it");
    let gone = store.rescore(attempt, &today, &again, at(10)).await;
    assert!(matches!(gone, Err(StorageError::NotFound { .. })));
    assert_eq!(store.snapshot(&scores[1].snapshot).await.unwrap(), None, "a refusal keeps nothing");
}

/// A score belongs to the words of its own attempt.
pub async fn words_of_another_attempt_are_not_taken(store: &dyn Store) {
    answered(store, 1, 61.0).await;
    let other = recorded(store, 2).await;
    let new = NewAssessment { id: assessment_id(2), assessment: assessment(99.0) };
    let stolen = Settlement { words: Words::Kept(transcript_id(1)), assessment: new };
    let refused = store.settle(other, &stolen, at(9)).await;
    assert!(matches!(refused, Err(StorageError::NotFound { what: "transcript", .. })));
    assert_eq!(store.attempt(other).await.unwrap().unwrap().state, AttemptState::Settling);
}

/// With numbers that are hard to write, and any characters.
pub async fn an_assessment_comes_back_byte_for_byte(store: &dyn Store) {
    let attempt = recorded(store, 1).await;
    let mut settlement = settlement(1, 66.67);
    let evidence = Evidence {
        start: 3,
        end: 9,
        text: "“naïve” \u{1f4a1}\n\t\\".into(),
        expected: "naive".into(),
        how: How::Spelling,
    };
    settlement.assessment.assessment.criteria.push(CriterionResult {
        id: "threshold".parse().unwrap(),
        says: "It's <b>eight</b> & 'more'".into(),
        weight: 0.1 + 0.2,
        required: true,
        verdict: Verdict::Partly,
        credit: 2.0 / 3.0,
        evidence: vec![evidence],
        not_heard: vec!["64".into()],
        near: Vec::new(),
    });
    store.settle(attempt, &settlement, at(9)).await.unwrap();
    let kept = store.assessment(attempt).await.unwrap().unwrap();
    let written = serde_json::to_string(&settlement.assessment.assessment).unwrap();
    assert_eq!(kept.document, written);
    assert_eq!(serde_json::to_string(&kept.assessment).unwrap(), written);
}

/// A look at the model answer afterwards is no help.
pub async fn help_counts_before_the_answer_and_in_practice_only(store: &dyn Store) {
    let attempt = asked(store, 1).await;
    store.note_help(attempt, Aid::Hint).await.unwrap();
    store.note_help(attempt, Aid::Hint).await.unwrap();
    let help = |record: crate::AttemptRecord| record.help;
    assert_eq!(store.attempt(attempt).await.unwrap().map(help), Some(Help { hint: true, reveal: false }));
    store.advance(attempt, &Step::Skip, at(2)).await.unwrap();
    store.note_help(attempt, Aid::Reveal).await.unwrap();
    assert_eq!(store.attempt(attempt).await.unwrap().map(help), Some(Help { hint: true, reveal: false }));

    let strict = started(store, 2, Mode::RunThrough, &["maps-1"]).await;
    let strict = store.ask(strict, 0, attempt_id(2), at(3)).await.unwrap();
    let refused = store.note_help(strict.id, Aid::Reveal).await;
    assert!(matches!(refused, Err(StorageError::Refused(SessionRefused::NoHelp))));
}

/// Words and score stay; a failed one can no longer be retried.
pub async fn audio_can_be_forgotten_and_the_rest_stays(store: &dyn Store) {
    let attempt = answered(store, 1, 61.0).await;
    let failed = recorded(store, 2).await;
    store.advance(failed, &Step::Fail("the model is missing".into()), at(9)).await.unwrap();
    let old: Vec<_> = store.takes_before(at(2_000)).await.unwrap().into_iter().map(|(id, _)| id).collect();
    assert_eq!(old, [attempt, failed]);
    assert_eq!(store.takes_before(at(1_002)).await.unwrap(), []);

    assert_eq!(store.delete_audio(attempt).await.unwrap().as_deref(), Some("takes/1.wav"));
    assert_eq!(store.delete_audio(attempt).await.unwrap(), None);
    assert_eq!(store.delete_audio(failed).await.unwrap().as_deref(), Some("takes/2.wav"));
    assert_eq!(store.takes_before(at(2_000)).await.unwrap(), []);
    let kept = store.take(attempt).await.unwrap().unwrap();
    assert_eq!((kept.path, kept.length, kept.bytes), (None, take(1).length, 0));
    assert_eq!(store.assessment(attempt).await.unwrap().unwrap().assessment.score, 61.0);
    assert!(matches!(store.retry(failed, job_id(3), at(10)).await, Err(StorageError::Refused(_))));
}

/// Its words are still being worked out from it.
pub async fn audio_is_not_forgotten_under_a_job(store: &dyn Store) {
    let attempt = recorded(store, 1).await;
    assert!(matches!(store.delete_audio(attempt).await, Err(StorageError::Refused(_))));
    assert_eq!(store.take(attempt).await.unwrap(), Some(take(1)));
}

/// And its number is not given again while a later one stands.
pub async fn deleting_an_attempt_leaves_its_neighbours(store: &dyn Store) {
    let session = started(store, 1, Mode::Practice, &["maps-1"]).await;
    for n in 1..=2 {
        store.ask(session, 0, attempt_id(n), at(2)).await.unwrap();
        store.advance(attempt_id(n), &Step::Record, at(3)).await.unwrap();
        store.keep_take(attempt_id(n), &take(n), job_id(n), at(4), at(4)).await.unwrap();
    }
    assert_eq!(store.delete_attempt(attempt_id(1)).await.unwrap(), ["takes/1.wav"]);
    assert_eq!(store.attempt(attempt_id(1)).await.unwrap(), None);
    assert_eq!(store.job(job_id(1)).await.unwrap(), None);
    assert_eq!(store.take(attempt_id(2)).await.unwrap(), Some(take(2)));
    assert_eq!(store.ask(session, 0, attempt_id(3), at(9)).await.unwrap().number, 3);
    assert!(store.delete_attempt(attempt_id(3)).await.unwrap().is_empty());
    assert_eq!(store.sessions(PageRequest::first(1)).await.unwrap().items[0].questions, 1);
}

/// The candidate is done; the machine is not.
pub async fn a_finished_session_still_takes_scores(store: &dyn Store) {
    let attempt = recorded(store, 1).await;
    store.finish_session(session_id(1), at(2_000)).await.unwrap();
    assert_eq!(store.settle(attempt, &settlement(1, 55.0), at(2_001)).await.unwrap(), AttemptState::Assessed);
}
