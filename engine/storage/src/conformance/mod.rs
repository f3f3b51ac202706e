//! What every store must do, as tests that are generic over it.
//!
//! An implementation calls [`crate::conformance!`] once in its own tests, with a function that gives a fresh,
//! empty store. Checks panic when they do not hold. Ids and times are fixed numbers: nothing here is random.

#![expect(clippy::unwrap_used, reason = "these are tests; a panic is how they say no")]

pub mod answers;
pub mod audit;
pub mod blind;
pub mod blind_rules;
pub mod concurrent;
pub mod decisions;
pub mod history;
pub mod jobs;
pub mod people;
pub mod readers;
pub mod round_answers;
pub mod rounds;
pub mod sessions;
pub mod settings;
pub mod tampering;

use crate::{
    NewAssessment, NewPlace, NewSession, NewTranscript, Settlement, Step, Store, Take, TakeEnd,
    TranscriptSource, Words,
};
use uuid::Uuid;
use viva_core::assessment::Assessment;
use viva_core::bank::{Kind, Level, Question, Rubric};
use viva_core::clock::Timestamp;
use viva_core::ids::{AssessmentId, AttemptId, JobId, SessionId, TranscriptId};
use viva_core::session::Mode;
use viva_core::transcript::{Helped, HelpedBy, Span, Transcript, Word};
use viva_core::units::{Millis, SampleRate};

/// Makes one test of each check. `$fresh` is an async function without arguments that gives a
/// `Some((guard, Arc<dyn Store>))`: an empty store, and whatever must live as long as it does; none where this machine cannot
/// have one, and the check passes.
#[macro_export]
macro_rules! conformance {
    ($fresh:ident) => {
        $crate::conformance! { @each $fresh;
            sessions {
                a_session_comes_back_as_it_was_started,
                what_does_not_exist_is_none_or_not_found,
                a_session_id_is_taken_once,
                asking_follows_the_rules_of_the_session,
                finishing_skips_the_open_question_once,
                sessions_are_listed_latest_first_page_by_page,
                a_snapshot_outlives_edits_of_its_question,
                deleting_a_session_leaves_nothing_of_it_and_everything_of_others,
                deleting_everything_leaves_an_empty_store,
                a_follow_up_stands_in_no_list_and_goes_with_its_answer,
                of_two_who_ask_at_once_one_is_refused,
            }
            answers {
                a_spoken_answer_goes_all_the_way,
                a_typed_answer_goes_all_the_way,
                silence_is_no_answer,
                a_refused_step_changes_nothing,
                settling_twice_keeps_the_first_score,
                a_failed_answer_is_retried_from_what_was_kept,
                an_edit_keeps_both_versions_and_both_scores,
                a_rescored_answer_keeps_both_versions_of_its_question,
                words_of_another_attempt_are_not_taken,
                an_assessment_comes_back_byte_for_byte,
                help_counts_before_the_answer_and_in_practice_only,
                audio_can_be_forgotten_and_the_rest_stays,
                audio_is_not_forgotten_under_a_job,
                deleting_an_attempt_leaves_its_neighbours,
                a_finished_session_still_takes_scores,
            }
            history {
                attempts_are_listed_latest_first_page_by_page,
                filters_narrow_the_list,
                the_past_tells_the_picker_what_it_needs,
                scores_come_in_order_and_the_last_one_counts,
                the_last_scores_of_each_question_are_found,
                criteria_that_keep_being_missed_are_found,
                usage_counts_what_is_there,
            }
            jobs {
                a_job_is_claimed_once_and_ended_by_its_holder,
                a_job_waits_for_its_time,
                the_same_work_is_not_kept_twice,
                an_expired_lease_is_taken_over,
                a_lease_is_extended_by_its_holder_only,
                a_job_is_postponed_and_a_put_down_one_costs_no_try,
                settling_ends_the_job,
                attempts_without_a_job_are_found,
                old_jobs_are_forgotten,
                two_who_claim_at_once_get_two_jobs,
            }
            people {
                only_one_first_owner_is_made,
                a_name_belongs_to_one_person_however_it_is_written,
                an_invitation_is_taken_once,
                an_invitation_that_expired_or_was_taken_back_opens_nothing,
                a_candidate_enters_their_own_room_once,
                of_two_who_take_one_invitation_at_once_one_is_refused,
                a_login_ends_by_time_by_hand_and_everywhere,
                a_new_password_ends_the_other_logins,
                the_last_owner_stays,
                who_is_removed_is_signed_out_and_stays_named,
                a_code_is_taken_once_and_so_is_a_recovery_code,
                failed_sign_ins_are_counted_and_forgotten,
                a_restored_copy_lets_nobody_in,
                deleting_everything_leaves_the_people,
            }
            rounds {
                a_used_kit_is_frozen_and_its_edit_is_a_new_version,
                a_kit_saved_meanwhile_is_a_conflict,
                an_unfinished_kit_starts_no_round,
                only_who_has_a_seat_finds_the_round,
                a_seat_that_goes_releases_its_drafts,
                names_stay_with_the_owner_where_codes_are_shown,
                the_ground_and_the_opt_out_are_kept,
                a_candidate_finds_their_own_room,
                deviations_are_logged_with_their_reason,
                a_probe_is_noted_once,
                a_closed_round_changes_no_more,
            }
            blind {
                a_card_is_written_handed_in_and_read_back,
                not_asked_is_kept_apart_from_one,
                a_card_that_is_in_takes_amendments_alone,
                two_who_save_at_once_lose_nothing,
                nobody_writes_on_anothers_card,
                whoever_owes_a_card_reads_nothing,
                an_owner_who_owes_a_card_reads_nothing,
                whoever_has_handed_in_reads_what_is_in,
                a_draft_is_read_by_nobody_else,
                whoever_rates_nothing_waits_for_all_cards,
                nothing_opens_before_a_card_is_in,
                a_released_card_opens_nothing_by_itself,
                whoever_has_no_seat_reads_nothing,
                a_card_opens_its_own_candidate_alone,
                closing_opens_what_is_in,
            }
            readers {
                cards_wait_for_ones_own,
                the_machines_score_waits_for_ones_own,
                marks_wait_for_ones_own,
                a_consensus_waits_for_ones_own,
                writing_a_consensus_waits_for_ones_own,
            }
            round_answers {
                an_answer_is_recorded_marked_and_settled,
                nothing_is_recorded_without_a_basis,
                a_question_out_of_its_turn_needs_a_reason,
                a_question_can_be_recorded_again,
                practice_reaches_no_answer_of_a_round,
            }
            audit {
                the_audit_log_grows_and_fits_together,
                those_who_log_at_once_follow_each_other,
                whoever_changes_a_round_is_named,
            }
            decisions {
                marks_of_a_round_come_at_once_and_blind,
                a_consensus_stands_beside_the_ratings,
                two_consensus_at_once_are_both_kept,
                a_hold_blocks_erasing_and_erasing_leaves_ids_in_the_log,
                clocks_of_closed_rounds_take_their_part_alone,
            }
            settings {
                settings_are_set_changed_and_forgotten,
                a_text_with_a_character_that_says_nothing_is_kept_all_the_same,
            }
            concurrent {
                settings_set_at_once_are_all_kept,
                corrections_made_at_once_are_all_kept_and_numbered,
                of_many_who_settle_an_answer_one_does,
                hint_and_model_answer_asked_for_at_once_are_both_noted,
                many_who_claim_at_once_get_a_job_each,
                questions_asked_at_once_leave_one_open,
                a_session_deleted_while_it_is_answered_leaves_nothing,
                a_reader_sees_no_half_written_answer,
            }
        }
    };
    (@each $fresh:ident; $($group:ident { $($check:ident,)+ })+) => {
        $(mod $group {
            $(#[tokio::test]
            async fn $check() {
                let Some((_guard, store)) = super::$fresh().await else { return };
                $crate::conformance::$group::$check(&*store).await;
            })+
        })+
    };
}

/// Fills an empty store with something of everything: a question asked, an answer that waits, one with a score and a follow-up.
pub async fn examples(store: &dyn Store) {
    asked(store, 1).await;
    recorded(store, 2).await;
    let answer = answered(store, 3, 61.25).await;
    let places = vec![NewPlace { question: question("maps-1"), reason: "follow-up".into() }];
    let (id, follows) = (session_id(4), Some(answer));
    let session = NewSession { id, mode: Mode::Practice, seed: 7, follows, at: at(2_000), places };
    store.start_session(&session).await.unwrap();
    store.ask(id, 0, attempt_id(4), at(2_001)).await.unwrap();
    store.set_setting("device", Some("alsa:1"), at(1)).await.unwrap();
}

/// A moment, in seconds of the suite's own calendar.
pub(crate) fn at(second: i64) -> Timestamp {
    Timestamp(1_700_000_000_000 + second * 1000)
}

pub(crate) fn session_id(n: u128) -> SessionId {
    SessionId(Uuid::from_u128((1 << 100) + n))
}

pub(crate) fn attempt_id(n: u128) -> AttemptId {
    AttemptId(Uuid::from_u128((2 << 100) + n))
}

pub(crate) fn job_id(n: u128) -> JobId {
    JobId(Uuid::from_u128((3 << 100) + n))
}

pub(crate) fn transcript_id(n: u128) -> TranscriptId {
    TranscriptId(Uuid::from_u128((4 << 100) + n))
}

pub(crate) fn assessment_id(n: u128) -> AssessmentId {
    AssessmentId(Uuid::from_u128((5 << 100) + n))
}

/// A question whose topic is the part of its id before the first dash.
pub(crate) fn question(id: &str) -> Question {
    Question {
        id: id.parse().unwrap(),
        pack: "pack".parse().unwrap(),
        ask: format!("What is {id}?"),
        topic: id.split('-').next().unwrap_or(id).into(),
        level: Level::Senior,
        kind: Kind::Technical,
        seconds: 90,
        code: Some("let x = \"1\";\n".into()),
        hint: None,
        model_answer: "It is “this”.".into(),
        related: Vec::new(),
        sources: vec!["a book".into()],
        rubric: Rubric::default(),
    }
}

/// Starts session `n`, at second `n`, with these questions.
pub(crate) async fn started(store: &dyn Store, n: u128, mode: Mode, questions: &[&str]) -> SessionId {
    let places =
        questions.iter().map(|id| NewPlace { question: question(id), reason: "not asked before".into() });
    let second = i64::try_from(n).unwrap();
    let session = NewSession {
        id: session_id(n),
        mode,
        seed: u64::MAX - 7,
        follows: None,
        at: at(second),
        places: places.collect(),
    };
    store.start_session(&session).await.unwrap();
    session.id
}

/// Asks question 0 of a new practice session `n` as attempt `n`, at second `n`.
pub(crate) async fn asked(store: &dyn Store, n: u128) -> AttemptId {
    let session = started(store, n, Mode::Practice, &["maps-1"]).await;
    store.ask(session, 0, attempt_id(n), at(i64::try_from(n).unwrap())).await.unwrap().id
}

/// As [`asked`], then recorded and kept: settling, with job `n`.
pub(crate) async fn recorded(store: &dyn Store, n: u128) -> AttemptId {
    let attempt = asked(store, n).await;
    store.advance(attempt, &Step::Record, at(1_001)).await.unwrap();
    store.keep_take(attempt, &take(n), job_id(n), at(1_002), at(1_002)).await.unwrap();
    attempt
}

/// As [`recorded`], then settled with this score.
pub(crate) async fn answered(store: &dyn Store, n: u128, score: f64) -> AttemptId {
    let attempt = recorded(store, n).await;
    store.settle(attempt, &settlement(n, score), at(1_003)).await.unwrap();
    attempt
}

pub(crate) fn take(n: u128) -> Take {
    Take {
        path: Some(format!("takes/{n}.wav")),
        length: Millis(61_500),
        bytes: 1_968_044,
        sample_rate: SampleRate::WHISPER,
        peak_dbfs: -3.5,
        rms_dbfs: -21.25,
        clipped_samples: 3,
        dropped_samples: 160,
        device: Some("Studio microphone".into()),
        ended: TakeEnd::Stopped,
        kept_at: at(1_002),
    }
}

pub(crate) fn heard(n: u128, text: &str) -> NewTranscript {
    let word = |text: &str| Word { text: text.into(), start: Millis(10), end: Millis(200), confidence: 0.87 };
    NewTranscript {
        id: transcript_id(n),
        source: TranscriptSource::Heard,
        transcript: Transcript {
            text: text.into(),
            model: "base".into(),
            language: "en".into(),
            audio: Millis(61_500),
            speech: vec![Span::from((10, 200))],
            words: text.split_whitespace().map(word).collect(),
            helped: vec![Helped {
                start: Millis(10),
                heard: "read black".into(),
                counted: "red-black".into(),
                by: HelpedBy::Ears,
            }],
            hesitations: None,
        },
    }
}

pub(crate) fn assessment(score: f64) -> Assessment {
    Assessment {
        question_id: Some("maps-1".parse().unwrap()),
        score,
        low: score - 0.5,
        high: score + 0.1,
        level: 3,
        no_answer: false,
        criteria: Vec::new(),
        mistakes: Vec::new(),
        guards: Vec::new(),
        rubric_hash: "00ff".into(),
        engine_version: "0.1.0".into(),
        model: "base".into(),
    }
}

pub(crate) fn settlement(n: u128, score: f64) -> Settlement {
    Settlement {
        words: Words::New(heard(n, "a table of buckets")),
        assessment: NewAssessment { id: assessment_id(n), assessment: assessment(score) },
    }
}
