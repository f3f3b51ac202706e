//! A round with its people, for tests: three interviewers, an observer, somebody without a seat, and the owner.

use crate::testing::{Answer, TestApp};
use axum::body::Body;
use axum::http::{Request, StatusCode, header};
use sha2::{Digest, Sha256};
use std::path::PathBuf;
use uuid::Uuid;
use viva_core::clock::Timestamp;
use viva_core::ids::{
    AssessmentId, AttemptId, CandidateId, CardId, JobId, KitId, LoginId, PersonId, RoundId, SessionId,
    TranscriptId,
};
use viva_core::people::{Person, Role};
use viva_core::round::{
    AnswerSource, Basis, Entry, Ground, Kit, KitQuestion, LEVELS, Mark, Notes, Recommendation, Seat, Show,
};
use viva_core::transcript::{Transcript, Word};
use viva_core::units::{Millis, SampleRate};
use viva_storage::{
    Act, LoginOf, NewAssessment, NewCandidate, NewCard, NewKit, NewLogin, NewPerson, NewRound,
    NewRoundAnswer, NewTranscript, Settlement, Step, Store, Take, TakeEnd, TokenHash, TranscriptSource,
    Verdict, Words,
};

/// Name, role, seat. Tests name them by their position.
const PEOPLE: [(&str, Role, Option<Seat>); 6] = [
    ("Ana", Role::Interviewer, Some(Seat::Interviewer)),
    ("Ben", Role::Interviewer, Some(Seat::Interviewer)),
    ("Cleo", Role::Interviewer, Some(Seat::Interviewer)),
    ("Dora", Role::Observer, Some(Seat::Observer)),
    ("Emil", Role::Interviewer, None),
    ("Odo", Role::Owner, Some(Seat::Owner)),
];

/// The owner's position.
pub const OWNER: usize = 5;

/// An installation with one round.
pub struct RoundWorld {
    pub app: TestApp,
    pub round: RoundId,
}

/// Person `n`.
pub fn person(n: usize) -> PersonId {
    PersonId(Uuid::from_u128((1 << 100) + n as u128))
}

impl RoundWorld {
    pub async fn new() -> Self {
        let app = TestApp::new().await;
        let (store, at) = (app.interview.store(), app.interview.now());
        for n in [OWNER, 0, 1, 2, 3, 4] {
            let (name, role, _) = PEOPLE[n];
            let one = Person { id: person(n), name: name.parse().unwrap(), role, joined_at: at };
            let new = NewPerson { person: one, password: "-".into() };
            if n == OWNER {
                assert!(store.add_first_owner(&new).await.unwrap());
            } else {
                store.add_person(&new).await.unwrap();
            }
            let login = NewLogin {
                id: LoginId(Uuid::from_u128((2 << 100) + n as u128)),
                of: LoginOf::Person(person(n)),
                token: TokenHash(Sha256::digest([n as u8 + 1; 32]).into()),
                user_agent: "a test".into(),
                at,
                expires_at: Timestamp(at.0 + 3_600_000),
            };
            store.start_login(&login).await.unwrap();
        }
        let kit = app.interview.bank().questions().take(2).fold(
            Kit { title: "Platform engineer".into(), ..Kit::default() },
            |kit, question| {
                let mut question = KitQuestion::of(question);
                for level in LEVELS {
                    question.anchors.entry(level).or_default().says = format!("Level {level}.");
                }
                kit.with(question)
            },
        );
        let (id, kit_id) = (RoundId(Uuid::from_u128(3 << 100)), KitId(Uuid::from_u128(4 << 100)));
        store.make_kit(&NewKit { id: kit_id, kit, by: person(OWNER), at }).await.unwrap();
        let round = NewRound {
            id,
            title: "Spring <b>".into(),
            kit: kit_id,
            show: Show::Names,
            notice: "We record the answers.".into(),
            by: person(OWNER),
            at,
        };
        store.start_round(&round).await.unwrap();
        for (n, (_, _, seat)) in PEOPLE.iter().enumerate().filter(|(n, _)| *n != OWNER) {
            if let Some(seat) = seat {
                store.give_seat(id, person(n), *seat, Act::of(person(OWNER), at)).await.unwrap();
            }
        }
        Self { app, round: id }
    }

    fn store(&self) -> &dyn Store {
        self.app.interview.store()
    }

    /// Adds candidate `n`.
    pub async fn candidate(&self, n: usize, name: &str) -> CandidateId {
        let id = CandidateId(Uuid::from_u128((5 << 100) + n as u128));
        let (by, at) = (person(OWNER), self.app.interview.now());
        let new = NewCandidate { id, round: self.round, name: name.into(), by, at };
        self.store().add_candidate(&new).await.unwrap();
        id
    }

    /// Asks a rater for a card.
    pub async fn ask(&self, candidate: CandidateId, rater: usize) {
        let id = CardId(Uuid::from_u128(candidate.0.as_u128() * 8 + rater as u128));
        let card =
            NewCard { id, candidate, person: person(rater), by: person(OWNER), at: self.app.interview.now() };
        // It may have been asked for already.
        let _ = self.store().ask_for_card(&card).await;
    }

    /// Fills a rater's card with these ratings and hands it in. Each has a note that says `said so` and the rating.
    pub async fn card(&self, candidate: CandidateId, rater: usize, ratings: &[u8]) {
        self.ask(candidate, rater).await;
        for (position, rating) in ratings.iter().enumerate() {
            let notes = Notes::parse(&format!("said so {rating}"), &Notes::default());
            let entry = Entry { mark: Mark::rated(*rating), notes };
            self.store().save_entry(candidate, person(rater), position, 1, &entry).await.unwrap();
        }
        let verdict = Verdict { recommendation: Some(Recommendation::Yes), summary: String::new() };
        self.store().save_verdict(candidate, person(rater), 1, &verdict).await.unwrap();
        self.store().submit_card(candidate, person(rater), self.app.interview.now()).await.unwrap();
    }

    /// Runs statements in the database behind Viva's back, `sqlite` or `postgres`.
    pub async fn run_sql(&self, sqlite: &str, postgres: &str) {
        let url = &self.app.places.database_url;
        if url.starts_with("sqlite") {
            viva_storage_sqlite::testing::run(&self.app.data.path().join("viva.db"), sqlite).await;
        } else {
            viva_storage_postgres::testing::try_run(url, postgres).await.unwrap();
        }
    }

    /// A recording of the model answer to the first question, with its words and the machine's score; the recording's file.
    pub async fn answered(&self, candidate: CandidateId) -> (AttemptId, PathBuf) {
        let (store, at) = (self.store(), self.app.interview.now());
        let ground = Ground { basis: Basis::Consent, notice: "We record the answers.".into(), at };
        store.keep_ground(candidate, &ground, None).await.unwrap();
        let id = |n: u128| Uuid::from_u128(candidate.0.as_u128() * 16 + n);
        let answer = NewRoundAnswer {
            attempt: AttemptId(id(1)),
            session: SessionId(id(2)),
            candidate,
            position: 0,
            source: AnswerSource::Candidate,
            by: None,
            at,
        };
        let attempt = store.ask_candidate(&answer).await.unwrap().id;
        store.advance(attempt, &Step::Record, at).await.unwrap();
        let path = format!("takes/{attempt}.wav");
        let file = self.app.interview.take_path(&path);
        std::fs::create_dir_all(file.parent().unwrap()).unwrap();
        std::fs::write(&file, [7; 4_000]).unwrap();
        let take = Take {
            path: Some(path),
            length: Millis(40_000),
            bytes: 4_000,
            sample_rate: SampleRate::WHISPER,
            peak_dbfs: -3.0,
            rms_dbfs: -20.0,
            clipped_samples: 0,
            dropped_samples: 0,
            device: None,
            ended: TakeEnd::Stopped,
            kept_at: at,
        };
        store.keep_take(attempt, &take, JobId(id(3)), at, at).await.unwrap();
        let round = store.round(self.round, person(OWNER)).await.unwrap().unwrap();
        let question = &round.kit.questions[0].question;
        let mut words = Transcript::typed(format!("SAIDIT. {}", question.model_answer));
        words.words =
            words.text.split_whitespace().enumerate().map(|(n, word)| timed(n as u64, word)).collect();
        let assessment = self.app.interview.prepare(question).assess(&words);
        let words =
            NewTranscript { id: TranscriptId(id(4)), source: TranscriptSource::Heard, transcript: words };
        let settlement = Settlement {
            words: Words::New(words),
            assessment: NewAssessment { id: AssessmentId(id(5)), assessment },
        };
        store.settle(attempt, &settlement, at).await.unwrap();
        (attempt, file)
    }

    /// A card that is in, with this note to each question.
    pub async fn noted(&self, candidate: CandidateId, rater: usize, note: &str) {
        self.ask(candidate, rater).await;
        for position in 0..2 {
            let entry = Entry { mark: Mark::rated(3), notes: Notes::parse(note, &Notes::default()) };
            self.store().save_entry(candidate, person(rater), position, 1, &entry).await.unwrap();
        }
        let verdict = Verdict { recommendation: Some(Recommendation::No), summary: String::new() };
        self.store().save_verdict(candidate, person(rater), 1, &verdict).await.unwrap();
        self.store().submit_card(candidate, person(rater), self.app.interview.now()).await.unwrap();
    }

    /// All candidates, in the order they were added.
    pub async fn candidates(&self) -> Vec<CandidateId> {
        let rows = self.store().candidates(self.round, person(OWNER)).await.unwrap();
        rows.into_iter().map(|row| row.candidate.id).collect()
    }

    /// What the log holds.
    pub async fn deeds(&self) -> Vec<String> {
        let log = self.store().audit_entries(0, 1000).await.unwrap();
        viva_core::audit::verify(&log, &[]).unwrap();
        log.into_iter().map(|entry| entry.deed).collect()
    }

    /// A page of the round, as somebody sees it.
    pub async fn get(&self, who: usize, page: &str) -> Answer {
        self.fetch(who, format!("/rounds/{}/{page}", self.round).trim_end_matches('/')).await
    }

    /// Any address, as somebody sees it.
    pub async fn fetch(&self, who: usize, path: &str) -> Answer {
        self.app.send(request(who, Request::get(path)).body(Body::empty()).unwrap()).await
    }

    /// Sends a form of the round.
    pub async fn post(&self, who: usize, page: &str, form: &str) -> Answer {
        self.send(who, &format!("/rounds/{}/{page}", self.round), form).await
    }

    /// Sends a form to any address.
    pub async fn send(&self, who: usize, path: &str, form: &str) -> Answer {
        let request = request(who, Request::post(path))
            .header("sec-fetch-site", "same-origin")
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
        self.app.send(request.body(Body::from(form.to_owned())).unwrap()).await
    }

    /// What an address gives, byte for byte.
    pub async fn bytes(&self, who: usize, path: &str) -> (StatusCode, Vec<u8>) {
        let answer =
            self.app.send_for_bytes(request(who, Request::get(path)).body(Body::empty()).unwrap()).await;
        (answer.0, answer.1)
    }
}

fn request(who: usize, builder: axum::http::request::Builder) -> axum::http::request::Builder {
    let token: String = [who as u8 + 1; 32].iter().map(|byte| format!("{byte:02x}")).collect();
    builder.header(header::HOST, "127.0.0.1:7878").header(header::COOKIE, format!("viva-login={token}"))
}

fn timed(n: u64, text: &str) -> Word {
    Word { text: text.into(), start: Millis(n * 400), end: Millis(n * 400 + 300), confidence: 0.9 }
}
