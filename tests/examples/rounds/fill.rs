//! A round written through the storage's own methods: people, a kit, candidates, cards that are in, and one recorded answer.

use anyhow::{Result, ensure};
use uuid::Uuid;
use viva_core::assessment::Assessment;
use viva_core::bank::{Kind, Level, Question, Rubric};
use viva_core::clock::Timestamp;
use viva_core::ids::{
    AssessmentId, AttemptId, CandidateId, CardId, JobId, KitId, LoginId, PersonId, RoundId, SessionId,
    TranscriptId,
};
use viva_core::people::{Person, Role};
use viva_core::round::{
    AnswerSource, Basis, Deviation, DeviationKind, Entry, Ground, Kit, KitQuestion, LEVELS, Mark, Notes,
    Recommendation, Seat, Show,
};
use viva_core::transcript::Transcript;
use viva_core::units::{Millis, SampleRate};
use viva_storage::{
    Act, LoginOf, NewAssessment, NewCandidate, NewCard, NewKit, NewLogin, NewPerson, NewRound,
    NewRoundAnswer, NewTranscript, Settlement, Step, Store, Take, TakeEnd, TokenHash, TranscriptSource,
    Verdict, Words,
};

/// SHA-256 of 32 bytes of ones (0x01), which are the token of the owner's login.
const TOKEN_HASH: &str = "72cd6e8422c407fb6d098690f1130b7ded7ec2f7f5e1d30bd9d521f015363793";

/// Invented people and words.
const RATERS: [&str; 5] = ["Ruth", "Sem", "Tariq", "Una", "Wim"];
const NAMES: [&str; 6] = ["Anouk", "Bram", "Chidi", "Dilara", "Emre", "Freya"];
const TOPICS: [&str; 8] = [
    "idempotency",
    "backpressure",
    "consistency",
    "incident",
    "caching",
    "queues",
    "schema changes",
    "testing",
];
const NOTES: [&str; 3] = [
    "0:41 named the unique constraint on the key\n1:07 said what a retry after a timeout does",
    "0:20 mixed up at-most-once and at-least-once",
    "Needed the probe before the trade-off came.",
];

const SAID: &str = "So the client sends a key with each request. The server writes the key with the result, in one transaction, \
    and a second request with the same key finds the first result. If the server dies before it commits, nothing was \
    written, and the retry does the work once.";

/// How much there is of it.
#[derive(Debug, Clone, Copy)]
pub struct Size {
    /// Candidates.
    pub candidates: u128,
    /// Questions of the kit.
    pub questions: usize,
    /// Raters, at most five.
    pub raters: u128,
    /// Names or codes.
    pub show: Show,
}

fn person(n: u128) -> PersonId {
    PersonId(Uuid::from_u128((1 << 100) + n))
}

/// Candidate n, from 0.
pub fn candidate(n: u128) -> CandidateId {
    CandidateId(Uuid::from_u128((2 << 100) + n))
}

/// Person 1 owns the round; all raters have handed in.
pub async fn fill(store: &dyn Store, size: Size) -> Result<RoundId> {
    let (now, by) = (Timestamp(1_700_000_000_000), person(1));
    for n in 1..=size.raters {
        let role = if n == 1 { Role::Owner } else { Role::Interviewer };
        let one = Person {
            id: person(n),
            name: RATERS[(n as usize - 1) % RATERS.len()].parse()?,
            role,
            joined_at: now,
        };
        let new = NewPerson { person: one, password: "-".into() };
        if n == 1 {
            ensure!(store.add_first_owner(&new).await?, "the database is not empty");
        } else {
            store.add_person(&new).await?;
        }
    }
    let mut token = [0; 32];
    for (place, byte) in token.iter_mut().enumerate() {
        *byte = u8::from_str_radix(&TOKEN_HASH[2 * place..2 * place + 2], 16)?;
    }
    let real_now = i64::try_from(std::time::UNIX_EPOCH.elapsed()?.as_millis())?;
    let login = NewLogin {
        id: LoginId(Uuid::from_u128(3 << 100)),
        of: LoginOf::Person(by),
        token: TokenHash(token),
        user_agent: "the bench".into(),
        at: Timestamp(real_now),
        expires_at: Timestamp(real_now + 3_600_000),
    };
    store.start_login(&login).await?;
    let kit = (0..size.questions)
        .fold(Kit { title: "Bench".into(), ..Kit::default() }, |kit, n| kit.with(question(n)));
    let (round, kit_id) = (RoundId(Uuid::from_u128(4 << 100)), KitId(Uuid::from_u128(5 << 100)));
    store.make_kit(&NewKit { id: kit_id, kit, by, at: now }).await?;
    let new = NewRound {
        id: round,
        title: "A thousand".into(),
        kit: kit_id,
        show: size.show,
        notice: "We record the answers.".into(),
        by,
        at: now,
    };
    store.start_round(&new).await?;
    for n in 2..=size.raters {
        store.give_seat(round, person(n), Seat::Interviewer, Act::of(by, now)).await?;
    }
    for n in 0..size.candidates {
        let id = candidate(n);
        let name = format!("{} {}", NAMES[n as usize % NAMES.len()], n + 1);
        store.add_candidate(&NewCandidate { id, round, name, by, at: now }).await?;
        for rater in 1..=size.raters {
            let card = CardId(Uuid::from_u128((6 << 100) + n * 16 + rater));
            store
                .ask_for_card(&NewCard { id: card, candidate: id, person: person(rater), by, at: now })
                .await?;
            for position in 0..size.questions {
                let entry = Entry {
                    mark: Mark::rated(mark(n, rater, position)),
                    notes: Notes::parse(NOTES[(n as usize + position) % NOTES.len()], &Notes::default()),
                };
                store.save_entry(id, person(rater), position, 1, &entry).await?;
            }
            let verdict =
                Verdict { recommendation: Some(Recommendation::NoDecision), summary: String::new() };
            store.save_verdict(id, person(rater), 1, &verdict).await?;
            store.submit_card(id, person(rater), now).await?;
        }
    }
    answer(store, candidate(size.candidates.min(8) - 1), 2, now).await?;
    Ok(round)
}

/// One answer with its words, so that the page with an opened answer has something to show.
async fn answer(store: &dyn Store, candidate: CandidateId, position: usize, at: Timestamp) -> Result<()> {
    let id = |n: u128| Uuid::from_u128((7 << 100) + n);
    let ground = Ground { basis: Basis::Consent, notice: "We record the answers.".into(), at };
    store.keep_ground(candidate, &ground, None).await?;
    let before = Deviation {
        position: Some(position),
        kind: DeviationKind::Reordered,
        asked: String::new(),
        reason: "asked first".into(),
    };
    store.log_deviation(candidate, &before, person(1), at).await?;
    let asked = NewRoundAnswer {
        attempt: AttemptId(id(1)),
        session: SessionId(id(2)),
        candidate,
        position,
        source: AnswerSource::Room,
        by: None,
        at,
    };
    let attempt = store.ask_candidate(&asked).await?.id;
    store.advance(attempt, &Step::Record, at).await?;
    let take = Take {
        path: Some(format!("takes/{attempt}.wav")),
        length: Millis(90_000),
        bytes: 2_880_044,
        sample_rate: SampleRate::WHISPER,
        peak_dbfs: -3.0,
        rms_dbfs: -20.0,
        clipped_samples: 0,
        dropped_samples: 0,
        device: None,
        ended: TakeEnd::Stopped,
        kept_at: at,
    };
    store.keep_take(attempt, &take, JobId(id(3)), at, at).await?;
    let transcript = Transcript::typed(SAID);
    let assessment = Assessment {
        question_id: None,
        score: 58.0,
        low: 54.0,
        high: 64.0,
        level: 3,
        no_answer: false,
        criteria: Vec::new(),
        mistakes: Vec::new(),
        guards: Vec::new(),
        rubric_hash: "00".into(),
        engine_version: viva_core::ENGINE_VERSION.into(),
        model: "base".into(),
    };
    let settlement = Settlement {
        words: Words::New(NewTranscript {
            id: TranscriptId(id(4)),
            source: TranscriptSource::Heard,
            transcript,
        }),
        assessment: NewAssessment { id: AssessmentId(id(5)), assessment },
    };
    store.settle(attempt, &settlement, at).await?;
    Ok(())
}

/// Candidates differ, raters differ a little, and every few marks one is off.
fn mark(candidate: u128, rater: u128, position: usize) -> u8 {
    let worth = candidate % 5;
    let drawn = (candidate * 7 + rater * 13 + position as u128 * 29) % 11;
    let off = match drawn {
        0 => 2,
        1..=3 => 1,
        _ => 0,
    };
    u8::try_from((worth + off).min(4) + 1).unwrap_or(5)
}

fn question(n: usize) -> KitQuestion {
    let mut kit_question = KitQuestion::of(&Question {
        id: format!("bench.{n}").parse().unwrap_or_else(|_| unreachable!("it is a slug")),
        pack: "bench".parse().unwrap_or_else(|_| unreachable!("it is a slug")),
        ask: format!("What is the {n}th question of the bench about?"),
        topic: TOPICS[n % TOPICS.len()].into(),
        level: Level::Senior,
        kind: Kind::Technical,
        seconds: 120,
        code: None,
        hint: None,
        model_answer: "It is about this.".into(),
        related: Vec::new(),
        sources: Vec::new(),
        rubric: Rubric::default(),
    });
    for level in LEVELS {
        kit_question.anchors.entry(level).or_default().says = format!("An answer of level {level}.");
    }
    kit_question
}
