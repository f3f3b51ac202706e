//! Blind until submitted, at the front door: what each address gives away, with the rule and without it.

use super::world::{OWNER, RoundWorld, person};
use axum::http::StatusCode;
use std::io::{Cursor, Read};
use viva_core::ids::CandidateId;
use zip::ZipArchive;

const BEN: usize = 1;
const DORA: usize = 3;

/// The rule taken out of the database: whoever has a seat reads everything that is in.
const OPENED: &str = "VIEW readable_candidates AS SELECT k.id AS candidate_id, k.round_id, s.person_id AS viewer_id \
                      FROM candidates k JOIN round_seats s ON s.round_id = k.round_id";

/// Ana's card is in, with a consensus beside it, and the machine has scored; Ben owes his card.
async fn ben_owes() -> (RoundWorld, CandidateId) {
    let world = RoundWorld::new().await;
    let candidate = world.candidate(1, "Zoë").await;
    world.answered(candidate).await;
    world.ask(candidate, BEN).await;
    world.card(candidate, 0, &[4, 2]).await;
    let kept = world
        .post(0, &format!("candidates/{candidate}/consensus"), "question=1&rating=3&reason=AGREEDONTHIS")
        .await;
    assert_eq!(kept.status, StatusCode::SEE_OTHER, "{}", kept.body);
    (world, candidate)
}

/// What somebody finds of Ana's card and of the machine's score, by where.
async fn leaks(world: &RoundWorld, who: usize, candidate: CandidateId) -> Vec<&'static str> {
    let here = format!("candidates/{candidate}");
    let mut found = Vec::new();
    let pages = [
        ("notes on the card", format!("{here}/card"), "said so 4"),
        ("the machine on the card", format!("{here}/card"), "machine’s score, as"),
        ("figures of the matrix", "matrix".to_owned(), "<b>4.0</b>"),
        ("consensus in the matrix", "matrix".to_owned(), "panel 3"),
        ("notes of a cell", format!("matrix?cell={candidate}.1"), "said so 4"),
        ("words of a cell beside notes", format!("matrix?cell={candidate}.1"), "SAIDIT"),
        ("the machine of a cell", format!("matrix?cell={candidate}.1"), "The machine’s evidence"),
        ("consensus of a cell", format!("matrix?cell={candidate}.1"), "AGREEDONTHIS"),
        ("raters of the agreement", "agreement".to_owned(), "1 rater"),
        ("figures on paper", "print".to_owned(), "<b>4.0</b>"),
        ("marks of the CSV", "export.csv".to_owned(), ",Ana,4,"),
        ("marks of the JSON", "export.json".to_owned(), "\"mean\": 4.0"),
        ("consensus of the JSON", "export.json".to_owned(), "AGREEDONTHIS"),
        ("the interview", here.clone(), "said so 4"),
        ("the interview's clock", format!("{here}/now"), "said so 4"),
        ("the round", String::new(), "said so 4"),
    ];
    for (name, page, words) in pages {
        let answer = world.get(who, &page).await;
        assert_eq!(answer.status, StatusCode::OK, "{name}: {}", answer.body);
        assert_eq!(answer.headers["cache-control"], "no-store", "{name}: no cache keeps it");
        if answer.body.contains(words) {
            found.push(name);
        }
    }
    let (status, zip) = world.bytes(who, &format!("/rounds/{}/{here}/export.zip", world.round)).await;
    assert_eq!(status == StatusCode::OK, who == OWNER, "the owner alone hands over");
    if status == StatusCode::OK {
        let mut zip = ZipArchive::new(Cursor::new(zip)).unwrap();
        for (name, file, words) in [
            ("notes of the file", "candidate.json", "said so 4"),
            ("the machine of the file", "candidate.json", "\"rubric_hash\""),
            ("consensus of the file", "candidate.json", "AGREEDONTHIS"),
            ("ratings of the file", "ratings.csv", "said so 4"),
            ("notes of the page in the file", "candidate.html", "said so 4"),
            ("the machine of the page in the file", "candidate.html", "of 100"),
        ] {
            let mut text = String::new();
            zip.by_name(file).unwrap().read_to_string(&mut text).unwrap();
            if text.contains(words) {
                found.push(name);
            }
        }
    }
    found
}

#[tokio::test]
async fn no_address_gives_anything_away_before_ones_own_card_is_in() {
    let (world, candidate) = ben_owes().await;
    for who in [BEN, OWNER, DORA] {
        assert_eq!(leaks(&world, who, candidate).await, [""; 0], "person {who}");
    }
    let seen = leaks(&world, 0, candidate).await;
    for name in
        ["notes on the card", "figures of the matrix", "the machine of a cell", "raters of the agreement"]
    {
        assert!(seen.contains(&name), "Ana, whose card is in, finds {name}: {seen:?}");
    }
    world.card(candidate, BEN, &[4, 4]).await;
    let seen = leaks(&world, OWNER, candidate).await;
    for name in ["notes on the card", "notes of the file", "the machine of the file", "consensus of the file"]
    {
        assert!(seen.contains(&name), "with all cards in the owner finds {name}: {seen:?}");
    }
}

#[tokio::test]
async fn without_the_rule_the_same_addresses_give_it_away() {
    let (world, candidate) = ben_owes().await;
    world
        .run_sql(
            &format!("DROP VIEW readable_candidates; CREATE {OPENED}"),
            &format!("CREATE OR REPLACE {OPENED}"),
        )
        .await;
    // The matrix and its cells ask the domain once more, and stay closed.
    let open = [
        "notes on the card",
        "the machine on the card",
        "raters of the agreement",
        "marks of the CSV",
        "marks of the JSON",
        "consensus of the JSON",
    ];
    for who in [BEN, DORA] {
        assert_eq!(leaks(&world, who, candidate).await, open, "person {who}");
    }
    let file = [
        "notes of the file",
        "the machine of the file",
        "consensus of the file",
        "ratings of the file",
        "notes of the page in the file",
        "the machine of the page in the file",
    ];
    assert_eq!(leaks(&world, OWNER, candidate).await, [open.as_slice(), &file].concat());
}

#[tokio::test]
async fn pages_of_practice_know_no_answer_of_a_round() {
    let (world, candidate) = ben_owes().await;
    let store = world.app.interview.store();
    let answers = store.round_answers(candidate, person(OWNER)).await.unwrap();
    let (attempt, session) = (answers[0].attempt.id, answers[0].attempt.session);
    for path in [
        format!("/attempts/{attempt}"),
        format!("/attempts/{attempt}/events"),
        format!("/attempts/{attempt}/audio"),
        format!("/attempts/{attempt}/delete"),
        format!("/attempts/{attempt}/audio/delete"),
        format!("/sessions/{session}"),
        format!("/sessions/{session}/print"),
        format!("/sessions/{session}/export.json"),
        format!("/sessions/{session}/export.csv"),
        format!("/sessions/{session}/export.md"),
        format!("/sessions/{session}/export.vtt"),
        format!("/sessions/{session}/delete"),
    ] {
        assert_eq!(world.fetch(OWNER, &path).await.status, StatusCode::NOT_FOUND, "{path}");
    }
    for path in ["/history", "/history/sessions", "/progress", "/", "/questions/jvm.hashmap-treeify/attempts"]
    {
        let page = world.fetch(OWNER, path).await;
        assert!(!page.body.contains("SAIDIT") && !page.body.contains(&attempt.to_string()), "{path}");
    }
    for path in [
        format!("attempts/{attempt}/delete"),
        format!("attempts/{attempt}/retake"),
        format!("attempts/{attempt}/settle"),
        format!("sessions/{session}/delete"),
        format!("sessions/{session}/finish"),
    ] {
        let sent = world.send(OWNER, &format!("/{path}"), "word=delete&text=x").await;
        assert!(!sent.status.is_success() && !sent.status.is_server_error(), "{path}: {}", sent.status);
    }
    assert_eq!(store.round_answers(candidate, person(OWNER)).await.unwrap(), answers);
}

#[tokio::test]
async fn no_route_at_all_gives_anything_away_before_ones_own_card_is_in() {
    let (world, candidate) = ben_owes().await;
    let store = world.app.interview.store();
    let answers = store.round_answers(candidate, person(OWNER)).await.unwrap();
    let (attempt, session) = (answers[0].attempt.id.to_string(), answers[0].attempt.session.to_string());
    let kit = store.kits().await.unwrap()[0].id.to_string();
    let filled = |path: &str| {
        path.replace("{round}", &world.round.to_string())
            .replace("{candidate}", &candidate.to_string())
            .replace("{attempt}", &attempt)
            .replace("{session}", &session)
            .replace("{kit}", &kit)
            .replace("{number}", "1")
            .replace("{question}", "jvm.hashmap-treeify")
    };
    let mut walked = 0;
    let routes = crate::app::routes();
    let reads = routes.listed().iter().filter(|route| route.method == "GET");
    // The two that open this machine's microphone go on for as long as one listens.
    for route in reads.filter(|route| !route.path.starts_with("/microphone/")) {
        let path = filled(&route.path);
        for who in [BEN, OWNER, DORA] {
            let page = world.fetch(who, &path).await;
            for words in ["said so 4", "said so 2", "AGREEDONTHIS", "rubric_hash", "evidence, as advice"] {
                assert!(!page.body.contains(words), "{path} shows {words:?} to person {who}");
            }
            walked += usize::from(page.status == StatusCode::OK);
        }
    }
    assert!(walked > 50, "{walked}");
}
