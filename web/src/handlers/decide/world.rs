//! A round with its people, for tests: three interviewers, an observer, somebody without a seat, and the owner.

use crate::people::visitor::Visitor;
use crate::testing::{Answer, TestApp};
use axum::body::Body;
use axum::http::{Request, StatusCode, header};
use sha2::{Digest, Sha256};
use uuid::Uuid;
use viva_core::clock::Timestamp;
use viva_core::ids::{CandidateId, CardId, KitId, LoginId, PersonId, RoundId};
use viva_core::people::{Person, Role};
use viva_core::round::{Entry, Kit, KitQuestion, LEVELS, Mark, Notes, Recommendation, Seat, Show};
use viva_storage::{
    LoginOf, NewCandidate, NewCard, NewKit, NewLogin, NewPerson, NewRound, Store, TokenHash, Verdict,
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

fn person(n: usize) -> PersonId {
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
                store.give_seat(id, person(n), *seat, at).await.unwrap();
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
        let card = NewCard { id, candidate, person: person(rater), at: self.app.interview.now() };
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
        self.fetch(who, &format!("/rounds/{}/{page}", self.round)).await
    }

    /// Any address, as somebody sees it.
    pub async fn fetch(&self, who: usize, path: &str) -> Answer {
        self.app.send(request(who, Request::get(path)).body(Body::empty()).unwrap()).await
    }

    /// Sends a form of the round.
    pub async fn post(&self, who: usize, page: &str, form: &str) -> Answer {
        let path = format!("/rounds/{}/{page}", self.round);
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
    let (name, role, _) = PEOPLE[who];
    let one = Person { id: person(who), name: name.parse().unwrap(), role, joined_at: Timestamp(0) };
    let builder = builder.extension(Visitor::Person(one));
    builder.header(header::HOST, "127.0.0.1:7878").header(header::COOKIE, format!("viva-login={token}"))
}
