//! A round through the real router: a kit, a notice, notes, blind cards, submitting, amending.

mod own_room;

use crate::testing::{Answer, TestApp};
use axum::body::Body;
use axum::http::{Request, StatusCode, header};
use sha2::Digest;
use uuid::Uuid;
use viva_core::clock::Timestamp;
use viva_core::ids::{CandidateId, LoginId, PersonId, RoundId};
use viva_core::people::{Person, Role};
use viva_storage::{LoginOf, NewLogin, NewPerson, TokenHash};

const QUESTIONS: [&str; 2] = ["jvm.hashmap-treeify", "jvm.chm-cas"];

struct Office {
    app: TestApp,
    owner: Person,
    ana: Person,
    ben: Person,
    observer: Person,
    stranger: Person,
}

/// The token of a person's login: their number, 32 times.
fn token(person: PersonId) -> [u8; 32] {
    [u8::try_from(person.0.as_u128()).unwrap(); 32]
}

fn login(person: PersonId) -> NewLogin {
    NewLogin {
        id: LoginId(person.0),
        of: LoginOf::Person(person),
        token: TokenHash(sha2::Sha256::digest(token(person)).into()),
        user_agent: String::new(),
        at: Timestamp(1_795_262_000_000),
        expires_at: Timestamp(1_796_262_000_000),
    }
}

fn cookie(who: &Person) -> String {
    let token: String = token(who.id).iter().map(|byte| format!("{byte:02x}")).collect();
    format!("viva-login={token}")
}

impl Office {
    async fn new() -> Self {
        let app = TestApp::new().await;
        let mut people = Vec::new();
        for (n, (name, role)) in [
            ("Olga Owner", Role::Owner),
            ("Ana Asker", Role::Interviewer),
            ("Ben Brief", Role::Interviewer),
            ("Otto Observer", Role::Observer),
            ("Sid Stranger", Role::Interviewer),
        ]
        .into_iter()
        .enumerate()
        {
            let id = PersonId(Uuid::from_u128(n as u128 + 1));
            let person =
                Person { id, name: name.parse().unwrap(), role, joined_at: Timestamp(1_795_262_000_000) };
            let new = NewPerson { person: person.clone(), password: "none".into() };
            app.interview.store().add_person(&new).await.unwrap();
            app.interview.store().start_login(&login(id)).await.unwrap();
            people.push(person);
        }
        let [owner, ana, ben, observer, stranger] = people.try_into().unwrap();
        Self { app, owner, ana, ben, observer, stranger }
    }

    async fn get(&self, who: &Person, path: &str) -> Answer {
        let request = Request::get(path)
            .header(header::HOST, "127.0.0.1:7878")
            .header(header::COOKIE, cookie(who))
            .body(Body::empty())
            .unwrap();
        self.app.send(request).await
    }

    async fn post(&self, who: &Person, path: &str, fields: &[(&str, &str)]) -> Answer {
        self.send(who, path, fields, "text/html").await
    }

    async fn send(&self, who: &Person, path: &str, fields: &[(&str, &str)], accept: &str) -> Answer {
        let encode = |text: &str| text.bytes().map(|byte| format!("%{byte:02X}")).collect::<String>();
        let body: Vec<String> =
            fields.iter().map(|(key, value)| format!("{}={}", encode(key), encode(value))).collect();
        let request = Request::post(path)
            .header(header::HOST, "127.0.0.1:7878")
            .header(header::COOKIE, cookie(who))
            .header("sec-fetch-site", "same-origin")
            .header(header::ACCEPT, accept)
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .body(Body::from(body.join("&")))
            .unwrap();
        self.app.send(request).await
    }

    /// A kit of two questions; its address.
    async fn kit(&self) -> String {
        let fields = [("title", "Platform"), ("questions", QUESTIONS[0]), ("questions", QUESTIONS[1])];
        let made = self.post(&self.owner, "/kits", &fields).await;
        assert_eq!(made.status, StatusCode::SEE_OTHER, "{}", made.body);
        made.location
    }

    /// A round with a candidate, both interviewers and the observer; the address of the candidate.
    async fn round(&self) -> String {
        let kit = self.kit().await;
        let fields = [("title", "Spring"), ("kit", &kit[6..]), ("notice", "We record."), ("show", "names")];
        let started = self.post(&self.owner, "/rounds", &fields).await;
        assert_eq!(started.status, StatusCode::SEE_OTHER, "{}", started.body);
        let round = started.location;
        for (person, seat) in
            [(&self.ana, "interviewer"), (&self.ben, "interviewer"), (&self.observer, "observer")]
        {
            let fields = [("person", person.id.to_string()), ("seat", seat.to_owned())];
            let fields = fields.each_ref().map(|(key, value)| (*key, value.as_str()));
            let given = self.post(&self.owner, &format!("{round}/seats"), &fields).await;
            assert_eq!(given.status, StatusCode::SEE_OTHER, "{}", given.body);
        }
        let added = self.post(&self.owner, &format!("{round}/candidates"), &[("name", "Zoë Zimmer")]).await;
        assert_eq!(added.status, StatusCode::SEE_OTHER, "{}", added.body);
        let id: RoundId = round.rsplit('/').next().unwrap().parse().unwrap();
        let rows = self.app.interview.store().candidates(id, self.owner.id).await.unwrap();
        format!("{round}/candidates/{}", rows[0].candidate.id)
    }

    /// Rates both questions and hands the card in.
    async fn hands_in(&self, who: &Person, candidate: &str, rating: &str, note: &str) {
        for number in 1..=2 {
            let fields = [("seen", "1"), ("mark", rating), ("notes", note)];
            let saved = self.post(who, &format!("{candidate}/questions/{number}/entry"), &fields).await;
            assert_eq!(saved.status, StatusCode::SEE_OTHER, "{}", saved.body);
        }
        let fields =
            [("seen", "1"), ("recommendation", "yes"), ("summary", "A summary of mine."), ("then", "submit")];
        let sent = self.post(who, &format!("{candidate}/card/verdict"), &fields).await;
        assert_eq!(sent.status, StatusCode::SEE_OTHER, "{}", sent.body);
    }
}

#[tokio::test]
async fn whoever_owes_a_card_finds_nothing_of_the_others_on_any_page() {
    let office = Office::new().await;
    let candidate = office.round().await;
    let round = candidate.split("/candidates").next().unwrap().to_owned();
    office.hands_in(&office.ana, &candidate, "5", "0:14 SECRETNOTE named the race").await;
    let pages = [
        candidate.clone(),
        format!("{candidate}?q=2"),
        format!("{candidate}/card"),
        format!("{candidate}/now"),
        round.clone(),
        "/rounds".into(),
    ];
    for who in [&office.ben, &office.owner, &office.observer] {
        for path in &pages {
            let page = office.get(who, path).await;
            assert_eq!(page.status, StatusCode::OK, "{path}: {}", page.body);
            for leak in ["SECRETNOTE", "A summary of mine", "rated 5", "machine’s score"] {
                assert!(!page.body.contains(leak), "{path} shows {leak} to {}", who.name);
            }
        }
    }
    let own = office.get(&office.ana, &format!("{candidate}/card")).await.body;
    assert!(own.contains("SECRETNOTE") && own.contains("is in."), "{own}");

    office.hands_in(&office.ben, &candidate, "3", "thin").await;
    for who in [&office.ben, &office.owner, &office.observer] {
        let page = office.get(who, &format!("{candidate}/card")).await.body;
        assert!(page.contains("SECRETNOTE") && page.contains("Ana Asker"), "{page}");
    }
}

#[tokio::test]
async fn whoever_has_no_seat_finds_no_round() {
    let office = Office::new().await;
    let candidate = office.round().await;
    let round = candidate.split("/candidates").next().unwrap().to_owned();
    for path in [round.clone(), candidate.clone(), format!("{candidate}/card"), format!("{candidate}/now")] {
        assert_eq!(office.get(&office.stranger, &path).await.status, StatusCode::NOT_FOUND, "{path}");
        let signed_out = office.app.get(&path).await;
        assert_eq!(signed_out.status, StatusCode::SEE_OTHER, "{path} without anybody");
        assert!(signed_out.location.starts_with("/sign-in"), "{}", signed_out.location);
    }
    for (path, fields) in [
        (format!("{round}/candidates"), vec![("name", "X")]),
        (format!("{round}/seats"), vec![("person", "x"), ("seat", "owner")]),
        (format!("{round}/close"), vec![("sure", "yes")]),
        (format!("{candidate}/questions/1/entry"), vec![("seen", "1"), ("mark", "1")]),
        (format!("{candidate}/card/submit"), vec![]),
        (format!("{candidate}/mark"), vec![("event", "begin")]),
        (format!("{candidate}/opt-out"), vec![]),
    ] {
        let sent = office.post(&office.stranger, &path, &fields).await;
        assert_eq!(sent.status, StatusCode::NOT_FOUND, "{path}: {}", sent.body);
    }
    for path in [format!("{round}/candidates"), format!("{round}/close"), format!("{round}/show")] {
        let sent =
            office.post(&office.ana, &path, &[("name", "X"), ("sure", "yes"), ("show", "codes")]).await;
        assert_eq!(sent.status, StatusCode::NOT_FOUND, "an interviewer at {path}");
    }
    let sent = office.post(&office.observer, &format!("{candidate}/opt-out"), &[]).await;
    assert_eq!(sent.status, StatusCode::NOT_FOUND, "an observer changes nothing");
}

#[tokio::test]
async fn a_script_is_told_the_revision_and_two_windows_lose_nothing() {
    let office = Office::new().await;
    let candidate = office.round().await;
    let path = format!("{candidate}/questions/1/entry");
    let json = "application/json";
    let first =
        office.send(&office.ana, &path, &[("seen", "1"), ("mark", "4"), ("notes", "from one")], json).await;
    assert!(first.body.contains("\"revision\":2") && first.body.contains("\"says\":null"), "{}", first.body);
    let second =
        office.send(&office.ana, &path, &[("seen", "1"), ("mark", "2"), ("line", "from two")], json).await;
    assert!(second.body.contains("from one\\nfrom two"), "{}", second.body);
    assert!(second.body.contains("its rating stands"), "{}", second.body);
    let page = office.get(&office.ana, &format!("{candidate}?q=1")).await.body;
    assert!(page.contains("from one") && page.contains("from two") && page.contains("rated 4"), "{page}");
}

#[tokio::test]
async fn a_card_needs_its_notes_and_its_log_and_then_takes_amendments() {
    let office = Office::new().await;
    let candidate = office.round().await;
    for (number, mark) in [("1", "1"), ("2", "none")] {
        let fields = [("seen", "1"), ("mark", mark), ("notes", "")];
        office.post(&office.ana, &format!("{candidate}/questions/{number}/entry"), &fields).await;
    }
    let submit = format!("{candidate}/card/submit");
    let refused = office.post(&office.ana, &submit, &[]).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    for needed in ["needs a note", "why it was not asked", "choose a recommendation"] {
        assert!(refused.body.to_lowercase().contains(needed), "{needed}: {}", refused.body);
    }
    let amend = format!("{candidate}/card/amend");
    let fields = [("q", "1"), ("mark", "2"), ("reason", "x")];
    let early = office.post(&office.ana, &amend, &fields).await;
    assert_eq!(early.status, StatusCode::CONFLICT);
    let fields = [("seen", "2"), ("mark", "1"), ("notes", "did not know it")];
    office.post(&office.ana, &format!("{candidate}/questions/1/entry"), &fields).await;
    let fields = [("q", "2"), ("kind", "skipped"), ("reason", "time ran out")];
    office.post(&office.ana, &format!("{candidate}/deviations"), &fields).await;
    let fields = [("seen", "1"), ("recommendation", "no_decision")];
    office.post(&office.ana, &format!("{candidate}/card/verdict"), &fields).await;
    for _pressed_twice in 0..2 {
        let sent = office.post(&office.ana, &submit, &[]).await;
        assert_eq!(sent.status, StatusCode::SEE_OTHER, "{}", sent.body);
    }
    let late = office
        .post(&office.ana, &format!("{candidate}/questions/1/entry"), &[("seen", "3"), ("mark", "5")])
        .await;
    assert_eq!(late.status, StatusCode::CONFLICT);
    assert_eq!(
        office.post(&office.ana, &amend, &[("q", "1"), ("mark", "2")]).await.status,
        StatusCode::BAD_REQUEST
    );
    let fields = [("q", "1"), ("mark", "2"), ("reason", "heard it again")];
    assert_eq!(office.post(&office.ana, &amend, &fields).await.status, StatusCode::SEE_OTHER);
    let card = office.get(&office.ana, &format!("{candidate}/card")).await.body;
    assert!(card.contains("Question 1 counts as 2. Because: heard it again"), "{card}");
    assert!(card.contains("did not know it"), "the original stays: {card}");
}

#[tokio::test]
async fn without_a_basis_the_record_button_is_off_and_says_why() {
    let office = Office::new().await;
    let candidate = office.round().await;
    let page = office.get(&office.ana, &candidate).await.body;
    assert!(
        page.contains("disabled aria-describedby=\"cannot\"") && page.contains("No lawful basis"),
        "{page}"
    );
    let refused = office.post(&office.ana, &format!("{candidate}/questions/1/record"), &[]).await;
    assert!(
        refused.body.contains("no lawful basis is on record") || refused.body.contains("No lawful basis")
    );
    let ground = format!("{candidate}/ground");
    let unseen = [("basis", "legitimate_interests"), ("notice", "We record.")];
    assert_eq!(office.post(&office.ana, &ground, &unseen).await.status, StatusCode::BAD_REQUEST);
    let seen = [("basis", "legitimate_interests"), ("notice", "We record."), ("shown", "yes")];
    assert_eq!(office.post(&office.ana, &ground, &seen).await.status, StatusCode::SEE_OTHER);
    let page = office.get(&office.ana, &candidate).await.body;
    assert!(page.contains("Basis: legitimate interests") && !page.contains("id=\"cannot\""), "{page}");
    office.post(&office.ana, &format!("{candidate}/opt-out"), &[]).await;
    let page = office.get(&office.ana, &candidate).await.body;
    assert!(page.contains("opted out"), "{page}");
}

#[tokio::test]
async fn names_are_replaced_by_codes_everywhere() {
    let office = Office::new().await;
    let candidate = office.round().await;
    let round = candidate.split("/candidates").next().unwrap().to_owned();
    assert!(office.get(&office.ana, &candidate).await.body.contains("Zoë Zimmer"));
    office.post(&office.owner, &format!("{round}/show"), &[("show", "codes")]).await;
    for who in [&office.ana, &office.observer] {
        for path in [round.clone(), candidate.clone(), format!("{candidate}/card"), "/rounds".into()] {
            let page = office.get(who, &path).await.body;
            assert!(!page.contains("Zimmer"), "{path}: {page}");
        }
    }
    assert!(office.get(&office.ana, &candidate).await.body.contains("K-01"));
    assert!(office.get(&office.owner, &round).await.body.contains("Zoë Zimmer"), "the owner can look it up");
}

#[tokio::test]
async fn a_kit_is_edited_frozen_and_printed() {
    let office = Office::new().await;
    let kit = office.kit().await;
    let page = office.get(&office.owner, &kit).await;
    assert_eq!(page.status, StatusCode::OK, "{}", page.body);
    let edit = [
        ("version", "1"),
        ("revision", "1"),
        ("title", "Edited"),
        ("q0_probes", "Why?\n\nHow?"),
        ("do", "down:0"),
    ];
    let saved = office.post(&office.owner, &kit, &edit).await;
    assert_eq!(saved.status, StatusCode::SEE_OTHER, "{}", saved.body);
    let late = office.post(&office.owner, &kit, &edit).await;
    assert_eq!(late.status, StatusCode::CONFLICT, "somebody saved meanwhile");
    assert!(late.body.contains("Somebody saved this kit meanwhile"));
    let guide = office.get(&office.owner, &format!("{kit}/guide")).await.body;
    assert!(
        guide.contains("Edited") && guide.contains("<li>Why?</li>") && guide.contains("This is not a 1"),
        "{guide}"
    );
    let fields = [("title", "Spring"), ("kit", &kit[6..]), ("notice", ""), ("show", "names")];
    assert_eq!(office.post(&office.owner, "/rounds", &fields).await.status, StatusCode::SEE_OTHER);
    let next = [("version", "1"), ("revision", "2"), ("title", "Third")];
    assert_eq!(office.post(&office.owner, &kit, &next).await.status, StatusCode::SEE_OTHER);
    let page = office.get(&office.owner, &kit).await.body;
    assert!(page.contains("version 2") && page.contains("Third"), "{page}");
    let old = office.get(&office.owner, &format!("{kit}?version=1")).await.body;
    assert!(old.contains("Edited") && old.contains("frozen"), "{old}");
    assert_eq!(office.get(&office.ana, &kit).await.status, StatusCode::FORBIDDEN, "kits are the owner's");
}

#[tokio::test]
async fn forms_meet_what_people_and_others_send() {
    let office = Office::new().await;
    let candidate = office.round().await;
    let round = candidate.split("/candidates").next().unwrap().to_owned();
    let huge = "x".repeat(30_000);
    let hostile = "<script>alert(1)</script>' OR 1=1 --\0";
    let entry = format!("{candidate}/questions/1/entry");
    assert_eq!(office.post(&office.ana, &entry, &[("notes", &huge)]).await.status, StatusCode::BAD_REQUEST);
    assert_eq!(office.post(&office.ana, &entry, &[("mark", "6")]).await.status, StatusCode::BAD_REQUEST);
    assert_eq!(office.post(&office.ana, &entry, &[("mark", "-1")]).await.status, StatusCode::BAD_REQUEST);
    let sent = office.post(&office.ana, &entry, &[("seen", "1"), ("notes", hostile)]).await;
    assert_eq!(sent.status, StatusCode::SEE_OTHER, "{}", sent.body);
    let page = office.get(&office.ana, &candidate).await.body;
    assert!(!page.contains("<script>alert") && page.contains("OR 1=1"), "{page}");
    for (path, fields) in [
        (format!("{round}/candidates"), vec![("name", "   ")]),
        (format!("{round}/candidates"), vec![("name", huge.as_str())]),
        (format!("{round}/seats"), vec![("person", hostile), ("seat", "owner")]),
        (format!("{candidate}/deviations"), vec![("kind", hostile), ("reason", "x")]),
        (format!("{candidate}/deviations"), vec![("kind", "skipped"), ("reason", " ")]),
        (format!("{candidate}/ground"), vec![("basis", hostile)]),
        (format!("{candidate}/mark"), vec![("event", hostile)]),
        (format!("{candidate}/card/verdict"), vec![("recommendation", hostile)]),
        ("/rounds".to_owned(), vec![("title", "x"), ("kit", hostile)]),
        ("/kits".to_owned(), vec![("title", "")]),
    ] {
        let sent = office.post(&office.owner, &path, &fields).await;
        assert_eq!(sent.status, StatusCode::BAD_REQUEST, "{path} {fields:?}: {}", sent.body);
    }
    let other = CandidateId(Uuid::from_u128(77));
    for path in ["/rounds/x", "/kits/x", &format!("{round}/candidates/{other}"), &format!("{candidate}?q=3")]
    {
        assert_eq!(office.get(&office.owner, path).await.status, StatusCode::NOT_FOUND, "{path}");
    }
    let gone = office.post(&office.ana, &format!("{candidate}/stop"), &[("q", "1")]).await;
    assert_eq!(gone.status, StatusCode::SEE_OTHER, "stopped twice: {}", gone.body);
}
