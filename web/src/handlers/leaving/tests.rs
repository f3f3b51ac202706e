//! What is left after a round, through the front door.

use crate::handlers::decide::world::{OWNER, RoundWorld};
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
    assert_eq!(
        world.post(OWNER, "erased", &format!("candidate={candidate}")).await.status,
        StatusCode::CONFLICT
    );
    assert_eq!(world.candidates().await.len(), 1);
    assert_eq!(world.post(5, &format!("{here}/hold/lift"), "").await.status, StatusCode::SEE_OTHER);
    let asked = world.get(5, &format!("{here}/erase")).await;
    assert!(asked.body.contains("It cannot be undone."), "{}", asked.body);
    for _ in 0..2 {
        assert_eq!(
            world.post(OWNER, "erased", &format!("candidate={candidate}")).await.status,
            StatusCode::SEE_OTHER
        );
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

#[tokio::test]
async fn the_file_of_a_candidate_brings_recording_words_and_score() {
    let (world, candidate) = one_candidate().await;
    let (_, recording) = world.answered(candidate).await;
    let answer =
        world.bytes(OWNER, &format!("/rounds/{}/candidates/{candidate}/export.zip", world.round)).await;
    let mut zip = ZipArchive::new(Cursor::new(answer.1)).unwrap();
    let mut read = |name: &str| {
        let mut bytes = Vec::new();
        zip.by_name(name).unwrap().read_to_end(&mut bytes).unwrap();
        bytes
    };
    assert_eq!(read("audio/question-1-recording-1.wav"), std::fs::read(recording).unwrap());
    let words = String::from_utf8(read("words/question-1-recording-1.vtt")).unwrap();
    assert!(words.starts_with("WEBVTT\n") && words.contains("00:00:00.000 -->") && words.contains("SAIDIT."));
    let page = String::from_utf8(read("candidate.html")).unwrap();
    for says in ["SAIDIT.", "of 100", "audio/question-1-recording-1.wav", "We record the answers."] {
        assert!(page.contains(says), "{says}: {page}");
    }
    let json: serde_json::Value = serde_json::from_slice(&read("candidate.json")).unwrap();
    assert!(json["answers"][0]["assessment"]["score"].as_f64().unwrap() > 50.0, "{json}");
    assert_eq!(json["candidate"]["basis"], "consent");
    // A spreadsheet takes no note for a formula.
    let other = world.candidate(2, "Ada").await;
    world.noted(other, 0, "=HYPERLINK(\"http://x\")").await;
    let answer = world.bytes(OWNER, &format!("/rounds/{}/candidates/{other}/export.zip", world.round)).await;
    let mut zip = ZipArchive::new(Cursor::new(answer.1)).unwrap();
    let mut csv = String::new();
    zip.by_name("ratings.csv").unwrap().read_to_string(&mut csv).unwrap();
    assert!(csv.contains("\"'=HYPERLINK"), "{csv}");
}

#[tokio::test]
async fn whoever_is_erased_is_gone_from_pages_files_and_database_and_the_log_has_no_name() {
    let (world, candidate) = one_candidate().await;
    let (attempt, recording) = world.answered(candidate).await;
    let here = format!("candidates/{candidate}");
    let kept = world.post(0, &format!("{here}/consensus"), "question=1&rating=4&reason=AGREEDONTHIS").await;
    assert_eq!(kept.status, StatusCode::SEE_OTHER);
    assert_eq!(
        world.post(OWNER, "erased", &format!("candidate={candidate}")).await.status,
        StatusCode::SEE_OTHER
    );
    assert!(!recording.exists(), "the recording's file");
    for page in [
        here.clone(),
        format!("{here}/card"),
        format!("{here}/afterwards"),
        format!("{here}/export.zip"),
        format!("{here}/answers/{attempt}/audio"),
        format!("{here}/now"),
    ] {
        assert_eq!(world.get(OWNER, &page).await.status, StatusCode::NOT_FOUND, "{page}");
    }
    for page in [
        "",
        "matrix",
        &format!("matrix?cell={candidate}.1"),
        "agreement",
        "print",
        "export.csv",
        "export.json",
    ] {
        let page = world.get(OWNER, page).await.body;
        for gone in ["Zoë", "AGREEDONTHIS", "SAIDIT", "said so", &candidate.to_string()] {
            assert!(!page.contains(gone), "{gone}: {page}");
        }
    }
    let log =
        serde_json::to_string(&world.app.interview.store().audit_entries(0, 1000).await.unwrap()).unwrap();
    assert!(log.contains("erased") && log.contains(&candidate.to_string()), "{log}");
    assert!(!log.contains("Zoë") && !log.contains("AGREED"), "{log}");
    // Nothing lingers in the folder either: neither in the database file nor in its write-ahead log.
    for entry in std::fs::read_dir(world.app.data.path()).unwrap() {
        let path = entry.unwrap().path();
        if path.is_file() {
            let bytes = std::fs::read(&path).unwrap();
            for gone in ["Zoë", "AGREEDONTHIS", "SAIDIT"] {
                let found = bytes.windows(gone.len()).any(|window| window == gone.as_bytes());
                assert!(!found, "{gone} is still in {}", path.display());
            }
        }
    }
}

#[tokio::test]
async fn the_clocks_of_a_closed_round_take_sound_words_and_ratings_apart_and_wait_for_a_hold() {
    let (world, candidate) = one_candidate().await;
    let (attempt, recording) = world.answered(candidate).await;
    let here = format!("candidates/{candidate}");
    let interview = &world.app.interview;
    assert_eq!(world.post(OWNER, "retention", "audio=0").await.status, StatusCode::SEE_OTHER);
    interview.apply_retention().await.unwrap();
    assert!(recording.exists(), "the round goes on");
    assert_eq!(world.post(OWNER, "close", "sure=yes").await.status, StatusCode::SEE_OTHER);
    assert_eq!(
        world.post(OWNER, &format!("{here}/hold"), "reason=A+claim").await.status,
        StatusCode::SEE_OTHER
    );
    interview.apply_retention().await.unwrap();
    assert!(recording.exists(), "a hold stands");
    assert_eq!(world.post(OWNER, &format!("{here}/hold/lift"), "").await.status, StatusCode::SEE_OTHER);

    interview.apply_retention().await.unwrap();
    assert!(!recording.exists());
    let audio = format!("{here}/answers/{attempt}/audio");
    assert_eq!(world.get(OWNER, &audio).await.status, StatusCode::NOT_FOUND);
    let cell = format!("matrix?cell={candidate}.1");
    assert!(world.get(OWNER, &cell).await.body.contains("SAIDIT"), "words stay");

    world.post(OWNER, "retention", "audio=0&transcripts=0").await;
    interview.apply_retention().await.unwrap();
    let page = world.get(OWNER, &cell).await.body;
    assert!(!page.contains("SAIDIT") && page.contains("Not recorded, or no longer kept"), "{page}");
    assert!(page.contains("said so 5"), "notes stay");

    world.post(OWNER, "retention", "ratings=0").await;
    interview.apply_retention().await.unwrap();
    let page = world.get(OWNER, "matrix").await.body;
    assert!(!page.contains("said so") && page.contains("Zoë"), "who was there stays: {page}");
    let deeds = world.deeds().await;
    for deed in ["audio_expired", "transcripts_expired", "ratings_expired"] {
        assert_eq!(deeds.iter().filter(|one| *one == deed).count(), 1, "{deed}: {deeds:?}");
    }
}
