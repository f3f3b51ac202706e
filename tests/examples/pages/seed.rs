//! Ten thousand answers of one person, written through the storage's own methods.
//!
//! The same answers each time: 2,500 sessions of four questions over a year, real words scored by the real scorer,
//! rather better towards the end. Only their dates follow today's.

use anyhow::{Context, Result};
use std::fs;
use std::path::Path;
use std::time::{SystemTime, UNIX_EPOCH};
use viva_core::assessment::Assessment;
use viva_core::bank::{Bank, Question};
use viva_core::clock::Timestamp;
use viva_core::ids::{AssessmentId, AttemptId, JobId, SessionId, TranscriptId};
use viva_core::scoring::Scorer;
use viva_core::session::Mode;
use viva_core::transcript::{Span, Transcript, Word};
use viva_core::units::{Millis, SampleRate};
use viva_storage::{
    NewAssessment, NewPlace, NewSession, NewTranscript, Settlement, Step, Store, Take, TakeEnd,
    TranscriptSource, Words,
};
use viva_tests::checkout;

/// How many answers there are.
pub const ANSWERS: u64 = 10_000;
const A_SESSION: u64 = 4;
const YEAR_MS: i64 = 365 * 86_400_000;
/// How much of the model answer an answer may say: so many quarters of its sentences.
const VERSIONS: usize = 5;

/// What was written, for whoever wants to look at it.
#[derive(Debug, Clone)]
pub struct Seeded {
    /// The last session.
    pub session: SessionId,
    /// The last attempt; its audio is there.
    pub attempt: AttemptId,
    /// A question with many answers.
    pub question: String,
    /// Its pack.
    pub pack: String,
}

/// Fills an empty store and puts one take into the data folder.
pub async fn fill(store: &dyn Store, data_dir: &Path) -> Result<Seeded> {
    let bank = bank()?;
    let questions: Vec<&Question> = bank.questions().collect();
    let versions: Vec<Vec<(Transcript, Assessment)>> = questions.iter().map(|q| versions(q)).collect();
    let now = SystemTime::now().duration_since(UNIX_EPOCH).context("the clock is set")?.as_millis();
    let begin = i64::try_from(now)? - YEAR_MS;
    let mut dice = Dice(7);
    let mut seeded = None;
    for session in 0..ANSWERS / A_SESSION {
        let at = begin + YEAR_MS / i64::try_from(ANSWERS / A_SESSION)? * i64::try_from(session)?;
        let first = dice.below(questions.len() as u64) as usize;
        let asked: Vec<usize> =
            (0..A_SESSION as usize).map(|place| (first + place * 17) % questions.len()).collect();
        let id = SessionId(made_id(1, session)?);
        let places = asked
            .iter()
            .map(|index| NewPlace { question: questions[*index].clone(), reason: "not asked before".into() });
        let new = NewSession {
            id,
            mode: Mode::Practice,
            seed: session,
            follows: None,
            at: Timestamp(at),
            places: places.collect(),
        };
        store.start_session(&new).await?;
        for (place, index) in (0_u32..).zip(&asked) {
            let number = session * A_SESSION + u64::from(place);
            let better = number * VERSIONS as u64 / ANSWERS;
            let version = (dice.below(VERSIONS as u64) + better).min(2 * VERSIONS as u64 - 2) as usize / 2;
            let (words, score) = &versions[*index][version];
            let attempt = AttemptId(made_id(2, number)?);
            let at = Timestamp(at + i64::from(place) * 180_000);
            answer(store, (id, place), attempt, (words, score), at, number).await?;
            seeded = Some(Seeded {
                session: id,
                attempt,
                question: questions[*index].id.to_string(),
                pack: questions[*index].pack.to_string(),
            });
        }
        store.finish_session(id, Timestamp(at + 900_000)).await?;
    }
    let seeded = seeded.context("there are answers")?;
    sound(&data_dir.join(take_path(ANSWERS - 1)))?;
    Ok(seeded)
}

async fn answer(
    store: &dyn Store,
    (session, place): (SessionId, u32),
    attempt: AttemptId,
    (words, score): (&Transcript, &Assessment),
    at: Timestamp,
    number: u64,
) -> Result<()> {
    store.ask(session, place, attempt, at).await?;
    store.advance(attempt, &Step::Record, at).await?;
    store.keep_take(attempt, &take(words, at, number), JobId(made_id(3, number)?), at, at).await?;
    let words = NewTranscript {
        id: TranscriptId(made_id(4, number)?),
        source: TranscriptSource::Heard,
        transcript: words.clone(),
    };
    let assessment = NewAssessment { id: AssessmentId(made_id(5, number)?), assessment: score.clone() };
    store.settle(attempt, &Settlement { words: Words::New(words), assessment }, at).await?;
    Ok(())
}

fn bank() -> Result<Bank> {
    let mut files = Vec::new();
    for entry in fs::read_dir(checkout::root().join("rubrics"))? {
        let path = entry?.path();
        if path.extension().is_some_and(|end| end == "toml") {
            files.push((path.display().to_string(), fs::read_to_string(&path)?));
        }
    }
    files.sort();
    let texts = files.iter().map(|(name, text)| (name.as_str(), text.as_str()));
    let (bank, _) = Bank::load_what_can_be(texts);
    anyhow::ensure!(bank.len() >= 50, "the packs of the checkout have {} questions", bank.len());
    Ok(bank)
}

/// Answers that say from none to all of the model answer's sentences, as heard, with their scores.
fn versions(question: &Question) -> Vec<(Transcript, Assessment)> {
    let prepared = Scorer::shared().prepare(question);
    let sentences: Vec<&str> = question.model_answer.split_inclusive(". ").collect();
    (0..VERSIONS)
        .map(|quarters| {
            let kept = (sentences.len() * quarters).div_ceil(VERSIONS - 1).max(1);
            let text = format!("Well, I would say the following. {}", sentences[..kept].concat());
            let heard = heard(&text);
            let score = prepared.assess(&heard);
            (heard, score)
        })
        .collect()
}

/// A text as it is heard: 150 words a minute, with a pause of a second after every twelfth.
fn heard(text: &str) -> Transcript {
    let (mut at, mut words, mut speech, mut from) = (500, Vec::new(), Vec::new(), 500);
    for (place, word) in text.split_whitespace().enumerate() {
        words.push(Word { text: word.into(), start: Millis(at), end: Millis(at + 380), confidence: 0.93 });
        at += 400;
        if place % 12 == 11 {
            speech.push(Span::from((from, at)));
            at += 1_000;
            from = at;
        }
    }
    if from < at {
        speech.push(Span::from((from, at)));
    }
    Transcript {
        text: text.split_whitespace().collect::<Vec<_>>().join(" "),
        model: "base-q8_0".into(),
        language: "en".into(),
        audio: Millis(at + 500),
        speech,
        words,
        helped: Vec::new(),
        hesitations: None,
    }
}

fn take(words: &Transcript, at: Timestamp, number: u64) -> Take {
    Take {
        path: Some(take_path(number)),
        length: words.audio,
        bytes: words.audio.0 * 32 + 44,
        sample_rate: SampleRate::WHISPER,
        peak_dbfs: -4.0,
        rms_dbfs: -20.0,
        clipped_samples: 0,
        dropped_samples: 0,
        device: Some("Microphone".into()),
        ended: TakeEnd::Stopped,
        kept_at: at,
    }
}

fn take_path(number: u64) -> String {
    format!("takes/{number:05}.wav")
}

/// Ninety seconds of something, as long as the longest answers are.
fn sound(path: &Path) -> Result<()> {
    fs::create_dir_all(path.parent().context("takes lie in a folder")?)?;
    let spec = hound::WavSpec {
        channels: 1,
        sample_rate: 16_000,
        bits_per_sample: 16,
        sample_format: hound::SampleFormat::Int,
    };
    let mut wav = hound::WavWriter::create(path, spec)?;
    let mut dice = Dice(11);
    for _ in 0..90 * 16_000 {
        wav.write_sample(i16::try_from(dice.below(8_000))? - 4_000)?;
    }
    Ok(wav.finalize()?)
}

/// An id that is the same every time.
fn made_id(kind: u64, number: u64) -> Result<uuid::Uuid> {
    Ok(format!("{number:08x}-0000-7000-8000-{kind:012x}").parse()?)
}

/// Numbers that look thrown and are the same every time (Knuth's MMIX generator).
struct Dice(u64);

impl Dice {
    fn below(&mut self, sides: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % sides
    }
}
