//! A round in one room: one microphone hears both, and only what is marked as the answer is scored.

use crate::world::{MovableClock, PACK, bank, settled};
use std::f32::consts::TAU;
use std::sync::Arc;
use std::sync::atomic::AtomicI64;
use std::time::Duration;
use tempfile::TempDir;
use uuid::Uuid;
use viva_audio::{SampleSender, SourceFormat, sample_stream};
use viva_core::ids::{CandidateId, PersonId};
use viva_core::round::{
    Anchor, AnswerSource, Basis, Ground, LEVELS, MarkEvent, NoRecording, RoundRefused, Show,
};
use viva_core::transcript::{Span, Transcript};
use viva_core::units::{Millis, SampleRate};
use viva_interview::{Ears, EarsState, Interview, InterviewError, RoundSetUp, Settled};
use viva_speech::{SpeechError, TranscribeOptions, Transcriber};
use viva_storage::{KitSeen, StorageError, Store};
use viva_storage_sqlite::{OpenOptions, SqliteStore};

/// The interviewer speaks loudly and says the model answer; the candidate speaks softly and does not.
pub const LOUD: f32 = 0.8;
pub const SOFT: f32 = 0.2;

/// An ear that tells the two apart by how loud they are.
struct RoomEar;

impl Transcriber for RoomEar {
    fn transcribe(&self, audio: Arc<[f32]>, job: TranscribeOptions) -> Result<Transcript, SpeechError> {
        let peak = audio.iter().fold(0.0_f32, |peak, sample| peak.max(sample.abs()));
        let soft = audio.chunks(1_600).any(|piece| {
            let peak = piece.iter().fold(0.0_f32, |peak, sample| peak.max(sample.abs()));
            (0.1..0.4).contains(&peak)
        });
        let mut said = Vec::new();
        if soft {
            said.push("Honestly I would have to look that one up in our wiki first.");
        }
        if peak > 0.5 {
            said.push("It decouples the services and absorbs bursts of traffic.");
        }
        let length = Millis::of_samples(audio.len() as u64, SampleRate::WHISPER);
        Ok(Transcript {
            text: said.join(" "),
            model: "room".into(),
            language: job.language,
            audio: length,
            speech: vec![Span { start: Millis(0), end: length }],
            words: Vec::new(),
            helped: Vec::new(),
            hesitations: None,
        })
    }

    fn model(&self) -> &str {
        "room"
    }
}

struct RoomEars;

impl Ears for RoomEars {
    fn transcriber(&self) -> Result<Arc<dyn Transcriber>, SpeechError> {
        Ok(Arc::new(RoomEar))
    }

    fn state(&self) -> EarsState {
        EarsState::Ready { model: "room".into() }
    }
}

fn room_microphone() -> SourceFormat {
    SourceFormat { name: "the room".into(), rate: SampleRate::WHISPER, channels: 1 }
}

pub struct Room {
    pub interview: Arc<Interview>,
    pub candidate: CandidateId,
    pub owner: PersonId,
    pub clock: Arc<MovableClock>,
    data: TempDir,
}

async fn open(data: &TempDir) -> Arc<dyn Store> {
    let store = SqliteStore::open_file(&data.path().join("viva.db"), OpenOptions::default()).await.unwrap();
    store.migrate().await.unwrap();
    Arc::new(store)
}

/// A round with one candidate, who may be recorded where a ground is on record.
pub async fn room(ground: bool) -> Room {
    let data = TempDir::new().unwrap();
    let store = open(&data).await;
    let clock = Arc::new(MovableClock(AtomicI64::new(1_795_262_400_000)));
    let folder = data.path().to_owned();
    let (bank, ears) = (Arc::new(bank(PACK)), Arc::new(RoomEars));
    let interview = Arc::new(Interview::new(store, bank, ears, clock.clone(), folder));
    let owner = PersonId(Uuid::from_u128(1));
    let kit = interview.make_kit("Messaging".into(), &["test.queue".parse().unwrap()], owner).await.unwrap();
    let mut full = interview.store().kit(kit, None).await.unwrap().unwrap().kit;
    full.questions[0].anchors = LEVELS
        .map(|level| (level, Anchor { says: format!("Level {level}."), example: String::new() }))
        .collect();
    let seen = KitSeen { version: 1, revision: 1 };
    interview.store().save_kit(kit, &full, seen, owner, interview.now()).await.unwrap();
    let set_up = RoundSetUp { title: "Spring".into(), kit, show: Show::Names, notice: "We record.".into() };
    let round = interview.start_round(set_up, owner).await.unwrap();
    let candidate = interview.add_candidate(round, "Zoë".into(), owner).await.unwrap();
    if ground {
        let ground = Ground { basis: Basis::Consent, notice: "We record.".into(), at: interview.now() };
        interview.store().keep_ground(candidate, &ground, Some(owner)).await.unwrap();
    }
    Room { interview, candidate, owner, clock, data }
}

/// Two seconds of somebody's voice.
pub fn voice(loudness: f32) -> Vec<f32> {
    (0..32_000).map(|n| loudness * (TAU * 220.0 * n as f32 / 16_000.0).sin()).collect()
}

impl Room {
    /// The same installation after its process died.
    pub async fn again(self) -> Self {
        let Self { interview, candidate, owner, clock, data } = self;
        drop(interview);
        let store = open(&data).await;
        let (bank, ears) = (Arc::new(bank(PACK)), Arc::new(RoomEars));
        let folder = data.path().to_owned();
        let interview = Arc::new(Interview::new(store, bank, ears, clock.clone(), folder));
        Self { interview, candidate, owner, clock, data }
    }

    /// Somebody speaks for two seconds; returns when that is on disk.
    async fn hear(&self, sender: &SampleSender, loudness: f32, until: u64) {
        for piece in voice(loudness).chunks(1_600) {
            assert!(sender.send(piece.to_vec()));
        }
        while self.interview.on_air_of(self.candidate).unwrap().elapsed.0 < until {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }

    async fn record(&self) -> SampleSender {
        let (sender, source) = sample_stream(room_microphone());
        self.interview.record_candidate(self.candidate, 0, self.owner, source).await.unwrap();
        sender
    }

    /// The interviewer says the model answer, the candidate something else, the interviewer the model answer again.
    async fn interview(&self, marks_at: [usize; 2]) -> Settled {
        let sender = self.record().await;
        for (n, loudness) in [LOUD, SOFT, LOUD].into_iter().enumerate() {
            if marks_at[0] == n {
                self.interview.mark_answer(self.candidate, MarkEvent::Begin).await.unwrap();
            }
            self.hear(&sender, loudness, 2_000 * (n as u64 + 1)).await;
            if marks_at[1] == n {
                self.interview.mark_answer(self.candidate, MarkEvent::End).await.unwrap();
            }
        }
        let stopped = self.interview.stop_candidate(self.candidate).await.unwrap();
        settled(stopped).await
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_interviewer_says_outside_the_marks_earns_nothing() {
    let room = room(true).await;
    let Settled::Now(assessment) = room.interview([1, 1]).await else { panic!("it was not settled") };
    assert!(assessment.score < 1.0, "{assessment:#?}");
    let answers = room.interview.store().round_answers(room.candidate, room.owner).await.unwrap();
    let words = room.interview.store().round_transcripts(answers[0].attempt.id, room.owner).await.unwrap();
    assert!(!words[0].transcript.text.contains("decouples"), "{}", words[0].transcript.text);
    assert!(words[0].transcript.text.contains("wiki"));
    assert!(answers[0].take.as_ref().unwrap().length.0 >= 5_500, "all of it is kept");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_words_inside_the_marks_are_scored() {
    let room = room(true).await;
    let Settled::Now(assessment) = room.interview([0, 2]).await else { panic!("it was not settled") };
    assert!(assessment.score > 90.0, "{assessment:#?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_nobody_marked_is_no_answer() {
    let room = room(true).await;
    let Settled::Now(assessment) = room.interview([9, 9]).await else { panic!("it was not settled") };
    assert!(assessment.no_answer);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rounds_recording_is_not_practices_to_stop() {
    let room = room(true).await;
    let sender = room.record().await;
    let attempt = room.interview.on_air_of(room.candidate).unwrap().attempt;
    assert!(room.interview.on_air().is_none());
    for refused in [
        room.interview.stop(attempt).await.map(|_| ()),
        room.interview.discard(attempt).await,
        room.interview.pause(attempt),
    ] {
        assert!(matches!(refused, Err(InterviewError::NotOnAir(_))), "{refused:?}");
    }
    drop(sender);
    room.interview.discard_candidate(room.candidate).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn an_opt_out_ends_the_recording_and_keeps_nothing_of_it() {
    let room = room(true).await;
    let sender = room.record().await;
    room.hear(&sender, SOFT, 2_000).await;
    room.interview.opt_out(room.candidate).await.unwrap();
    assert!(room.interview.on_air_of(room.candidate).is_none());
    let answers = room.interview.store().round_answers(room.candidate, room.owner).await.unwrap();
    assert!(answers.iter().all(|answer| answer.take.is_none()));
    let again = room.interview.ask_candidate(room.candidate, 0, AnswerSource::Room, None).await;
    let why = |why| InterviewErrorIs(StorageError::Round(RoundRefused::Recording(why)));
    assert!(why(NoRecording::OptedOut).is(&again.unwrap_err()));
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_basis_the_microphone_stays_closed() {
    let room = room(false).await;
    let (_sender, source) = sample_stream(room_microphone());
    let refused = room.interview.record_candidate(room.candidate, 0, room.owner, source).await.unwrap_err();
    assert!(
        InterviewErrorIs(StorageError::Round(RoundRefused::Recording(NoRecording::NoBasis))).is(&refused)
    );
    assert!(room.interview.on_air_of(room.candidate).is_none());
    assert!(matches!(room.interview.stop_candidate(room.candidate).await, Err(InterviewError::NobodyOnAir)));
}

/// Compares errors, which have no equality, by what they say.
struct InterviewErrorIs(StorageError);

impl InterviewErrorIs {
    fn is(&self, error: &InterviewError) -> bool {
        error.to_string() == self.0.to_string()
    }
}
