//! A round with the candidate elsewhere: their own browser records, over a line that may fail, and only what the
//! interviewer marks is scored.

use crate::rounds::{LOUD, Room, SOFT, room, voice};
use crate::world::settled;
use std::sync::atomic::Ordering;
use viva_audio::{Ended, SourceFormat};
use viva_core::ids::{AttemptId, CandidateId};
use viva_core::round::{AnswerSource, MarkEvent};
use viva_core::session::AttemptState;
use viva_core::units::{Millis, SampleRate};
use viva_interview::{InterviewError, NewPiece, Settled};

/// Milliseconds of sound in a piece.
const PIECE_MS: i64 = 250;

fn browser() -> SourceFormat {
    SourceFormat { name: "a headset".into(), rate: SampleRate::WHISPER, channels: 1 }
}

/// What is heard at the candidate's: the interviewer saying the model answer, the candidate, the interviewer again.
fn heard() -> Vec<Vec<u8>> {
    let samples: Vec<f32> = [LOUD, SOFT, LOUD].into_iter().flat_map(voice).collect();
    let bytes: Vec<u8> =
        samples.iter().flat_map(|sample| ((sample * 32_767.0) as i16).to_le_bytes()).collect();
    bytes.chunks(8_000).map(<[u8]>::to_vec).collect()
}

impl Room {
    async fn opens(&self) {
        let by = Some(self.owner);
        self.interview.ask_candidate(self.candidate, 0, AnswerSource::Candidate, by).await.unwrap();
    }

    async fn sends(&self, attempt: AttemptId, number: usize, pcm: &[u8], age: i64) {
        let piece = NewPiece {
            number: number as u32,
            took: Millis(0),
            crc32: crc32fast::hash(pcm),
            pcm: pcm.to_vec(),
        };
        let age = Millis(age as u64);
        self.interview.own_piece(self.candidate, attempt, piece, age).await.unwrap();
    }

    async fn marks(&self, event: MarkEvent) {
        self.interview.mark_answer(self.candidate, event).await.unwrap();
    }

    /// Ends the answer as the browser does, and says what it came to and what was understood.
    async fn ends(&self, attempt: AttemptId) -> (Settled, String) {
        let stopped = self.interview.end_own(self.candidate, attempt, Ended::Stopped).await.unwrap();
        let settled = settled(stopped).await;
        let words = self.interview.store().round_transcripts(attempt, self.owner).await.unwrap();
        (settled, words[0].transcript.text.clone())
    }

    /// An answer from two to four seconds, while pieces `away` are kept back by a dead line and arrive afterwards.
    async fn interview_over_a_line(&self, away: std::ops::Range<usize>) -> (Settled, String) {
        self.opens().await;
        let attempt = self.interview.record_own(self.candidate, browser()).await.unwrap();
        let pieces = heard();
        for (number, pcm) in pieces.iter().enumerate() {
            self.clock.0.fetch_add(PIECE_MS, Ordering::Relaxed);
            if number == away.end {
                for late in away.clone() {
                    let age = (number - late) as i64 * PIECE_MS;
                    self.sends(attempt, late, &pieces[late], age).await;
                }
            }
            if !away.contains(&number) {
                self.sends(attempt, number, pcm, 0).await;
            }
            match (number + 1) as i64 * PIECE_MS {
                2_000 => self.marks(MarkEvent::Begin).await,
                4_000 => self.marks(MarkEvent::End).await,
                _ => {}
            }
        }
        self.ends(attempt).await
    }
}

#[track_caller]
fn only_the_candidate_counts((settled, words): (Settled, String)) {
    let Settled::Now(assessment) = settled else { panic!("it was not settled") };
    assert!(assessment.score < 1.0, "{assessment:#?}");
    assert!(words.contains("wiki") && !words.contains("decouples"), "{words}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_interviewer_says_over_the_line_outside_the_marks_earns_nothing() {
    only_the_candidate_counts(room(true).await.interview_over_a_line(0..0).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn marks_set_while_the_line_is_away_lie_where_they_were_set_and_nothing_is_lost() {
    let room = room(true).await;
    only_the_candidate_counts(room.interview_over_a_line(5..18).await);
    let answers = room.interview.store().round_answers(room.candidate, room.owner).await.unwrap();
    assert_eq!(answers[0].take.as_ref().unwrap().length, Millis(6_000), "all of it is kept");
    let answer = answers[0].marks.within(Millis(6_000));
    assert_eq!(answer.iter().map(|span| (span.start.0, span.end.0)).collect::<Vec<_>>(), [(2_000, 4_000)]);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_nobody_marked_of_a_candidates_own_microphone_is_no_answer() {
    let room = room(true).await;
    room.opens().await;
    let attempt = room.interview.record_own(room.candidate, browser()).await.unwrap();
    for (number, pcm) in heard().iter().enumerate() {
        room.sends(attempt, number, pcm, 0).await;
    }
    let (Settled::Now(assessment), _) = room.ends(attempt).await else { panic!("it was not settled") };
    assert!(assessment.no_answer);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_candidate_records_only_what_was_opened_for_them() {
    let room = room(true).await;
    let refused = room.interview.record_own(room.candidate, browser()).await;
    assert!(matches!(refused, Err(InterviewError::NothingOpened)), "{refused:?}");
    room.interview.ask_candidate(room.candidate, 0, AnswerSource::Room, Some(room.owner)).await.unwrap();
    let refused = room.interview.record_own(room.candidate, browser()).await;
    assert!(matches!(refused, Err(InterviewError::NothingOpened)), "for the room: {refused:?}");
    room.opens().await;
    let attempt = room.interview.record_own(room.candidate, browser()).await.unwrap();
    assert_eq!(room.interview.record_own(room.candidate, browser()).await.unwrap(), attempt, "pressed twice");
    let other = CandidateId(uuid::Uuid::from_u128(9));
    let refused = room.interview.own_pieces(other, attempt);
    assert!(matches!(refused, Err(InterviewError::NotOnAir(_))), "somebody else's: {refused:?}");
    for refused in [
        room.interview.pieces(attempt).map(|_| ()),
        room.interview.stop(attempt).await.map(|_| ()),
        room.interview.discard(attempt).await,
        room.interview.pause(attempt),
    ] {
        assert!(matches!(refused, Err(InterviewError::NotOnAir(_))), "practice: {refused:?}");
    }
    assert!(room.interview.on_air_for(attempt).is_none());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_candidates_recording_goes_on_after_a_dead_process_and_ends_when_it_is_asked_to() {
    let room = room(true).await;
    room.opens().await;
    let attempt = room.interview.record_own(room.candidate, browser()).await.unwrap();
    let pieces = heard();
    room.sends(attempt, 0, &pieces[0], 0).await;
    let room = room.again().await;
    room.interview.pick_up().await.unwrap();
    assert_eq!(room.interview.adopt_pieces().await.unwrap(), 1);
    assert!(room.interview.pieces(attempt).is_err(), "it is no answer of practice");
    assert_eq!(room.interview.on_air_of(room.candidate).unwrap().attempt, attempt);
    room.marks(MarkEvent::Begin).await;
    for (number, pcm) in pieces.iter().enumerate().skip(1) {
        room.clock.0.fetch_add(PIECE_MS, Ordering::Relaxed);
        room.sends(attempt, number, pcm, 0).await;
    }
    room.interview.ask_to_end(room.candidate).await.unwrap();
    let live = room.interview.on_air_of(room.candidate).unwrap();
    assert!(live.asked_to_end && live.pieces.is_some(), "it ends when everything is here");
    let (settled, words) = room.ends(attempt).await;
    assert!(matches!(settled, Settled::Now(_)) && words.contains("wiki"), "{words}");
    assert!(room.interview.on_air_of(room.candidate).is_none());
}

#[tokio::test(flavor = "multi_thread")]
async fn an_opt_out_throws_away_what_a_candidates_own_microphone_took() {
    let room = room(true).await;
    room.opens().await;
    let attempt = room.interview.record_own(room.candidate, browser()).await.unwrap();
    room.sends(attempt, 0, &heard()[0], 0).await;
    room.interview.opt_out(room.candidate).await.unwrap();
    assert!(room.interview.on_air_of(room.candidate).is_none());
    let refused = room.interview.record_own(room.candidate, browser()).await;
    assert!(refused.is_err(), "{refused:?}");
    let answers = room.interview.store().round_answers(room.candidate, room.owner).await.unwrap();
    assert!(answers.iter().all(|answer| answer.take.is_none()));
    assert_ne!(answers[0].attempt.state, AttemptState::Recording);
}
