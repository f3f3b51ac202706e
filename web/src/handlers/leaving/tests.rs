//! What is left after a round, through the front door.

use crate::handlers::decide::world::RoundWorld;
use axum::http::{StatusCode, header};
use std::io::{Cursor, Read};
use zip::ZipArchive;

async fn one_candidate() -> (RoundWorld, viva_core::ids::CandidateId) {
    let world = RoundWorld::new().await;
    let candidate = world.candidate(1, "=Zoë <b>").await;
    world.card(candidate, 0, &[5, 3]).await;
    world.card(candidate, 1, &[4, 3]).await;
    (world, candidate)
}

#[tokio::test]
async fn a_candidate_is_handed_over_as_one_file_with_what_the_asker_may_read() {
    let (world, candidate) = one_candidate().await;
    let address = format!("/rounds/{}/candidates/{candidate}/export.zip", world.round);
    let answer = world.bytes(5, &address).await;
    assert_eq!(answer.0, StatusCode::OK);
    let mut zip = ZipArchive::new(Cursor::new(answer.1)).unwrap();
    let names: Vec<String> = zip.file_names().map(|name| name.unwrap().into_owned()).collect();
    for name in ["candidate.html", "candidate.json", "ratings.csv"] {
        assert!(names.iter().any(|found| found == name), "{name}: {names:?}");
    }
    let mut read = |name: &str| {
        let mut text = String::new();
        zip.by_name(name).unwrap().read_to_string(&mut text).unwrap();
        text
    };
    let json: serde_json::Value = serde_json::from_str(&read("candidate.json")).unwrap();
    assert_eq!(
        (json["format"].as_str(), json["cards"].as_array().map(Vec::len)),
        (Some("viva-candidate"), Some(2))
    );
    assert_eq!(json["candidate"]["name"], "=Zoë <b>");
    assert!(!read("candidate.html").contains("Zoë <b>"), "markup is escaped");
    assert!(read("ratings.csv").contains("said so 5"));
    assert!(world.deeds().await.contains(&"exported".to_owned()));
    // Interviewers and observers run no export of a person.
    for other in [0, 3, 4] {
        assert_eq!(world.bytes(other, &address).await.0, StatusCode::NOT_FOUND, "person {other}");
    }
}

#[tokio::test]
async fn a_round_is_a_table_and_a_document_without_what_is_closed() {
    let (world, candidate) = one_candidate().await;
    let csv = world.get(0, "export.csv").await;
    assert_eq!(csv.headers[header::CONTENT_DISPOSITION], "attachment; filename=\"viva-round.csv\"");
    assert!(csv.body.contains(",Ana,5,") && csv.body.contains("'=Zoë"), "{}", csv.body);
    let json: serde_json::Value = serde_json::from_str(&world.get(0, "export.json").await.body).unwrap();
    assert_eq!(json["candidates"][0]["answers"][0]["mean"], 4.5);
    assert!(json["agreement"]["icc_2_1"]["none"].as_str().unwrap().contains("From 5 candidates on"));
    world.ask(candidate, 2).await;
    let closed = world.get(2, "export.csv").await.body;
    assert!(closed.contains("not open") && !closed.contains(",Ana,5,"), "{closed}");
}

#[tokio::test]
async fn a_hold_keeps_a_candidate_until_it_is_lifted() {
    let (world, candidate) = one_candidate().await;
    let here = format!("candidates/{candidate}");
    let empty = world.post(5, &format!("{here}/hold"), "reason=%20%00").await;
    assert_eq!(empty.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(empty.body.contains("Say why"), "{}", empty.body);
    let long = format!("reason={}", "x".repeat(20_001));
    assert_eq!(world.post(5, &format!("{here}/hold"), &long).await.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(
        world.post(5, &format!("{here}/hold"), "reason=A+claim+%3Cis%3E+open").await.status,
        StatusCode::SEE_OTHER
    );
    let page = world.get(5, &format!("{here}/afterwards")).await.body;
    assert!(page.contains("is under a legal hold.") && page.contains("A claim &#60;is&#62; open"), "{page}");
    assert_eq!(
        world.get(5, &format!("{here}/erase")).await.status,
        StatusCode::SEE_OTHER,
        "back to the reason"
    );
    assert_eq!(world.post(5, &format!("{here}/erase"), "").await.status, StatusCode::CONFLICT);
    assert_eq!(world.candidates().await.len(), 1);
    assert_eq!(world.post(5, &format!("{here}/hold/lift"), "").await.status, StatusCode::SEE_OTHER);
    let asked = world.get(5, &format!("{here}/erase")).await;
    assert!(asked.body.contains("It cannot be undone."), "{}", asked.body);
    for _ in 0..2 {
        assert_eq!(world.post(5, &format!("{here}/erase"), "").await.status, StatusCode::SEE_OTHER);
    }
    assert!(world.candidates().await.is_empty());
    let deeds = world.deeds().await;
    assert!(deeds.ends_with(&["hold_set".into(), "hold_lifted".into(), "erased".into()]), "{deeds:?}");
}

#[tokio::test]
async fn clocks_are_set_in_days_by_the_owner_alone() {
    let (world, _) = one_candidate().await;
    for wrong in ["audio=-1", "audio=x", "transcripts=3651", "ratings=99999999999", "audio=%00"] {
        let page = world.post(5, "retention", wrong).await;
        assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY, "{wrong}");
        assert!(page.body.contains("Write a number of days"), "{wrong}");
    }
    assert_eq!(world.post(0, "retention", "audio=1").await.status, StatusCode::NOT_FOUND);
    assert_eq!(
        world.post(5, "retention", "audio=30&transcripts=&ratings=365").await.status,
        StatusCode::SEE_OTHER
    );
    let page = world.get(5, "afterwards").await.body;
    assert!(
        page.contains("name=\"audio\" value=\"30\"") && page.contains("name=\"ratings\" value=\"365\""),
        "{page}"
    );
    assert!(page.contains("name=\"transcripts\" value=\"\""), "{page}");
    for other in [0, 3, 4] {
        assert_eq!(world.get(other, "afterwards").await.status, StatusCode::NOT_FOUND);
    }
}
