//! Every form of a session with a spoken answer, a retake, a correction, markup and a question nobody asked.

use super::*;
use crate::testing::TestApp;
use viva_core::ids::AttemptId;
use viva_core::transcript::{Transcript, Word};
use viva_core::units::Millis;
use viva_storage::{NewAssessment, NewTranscript, Settlement, TranscriptSource, Words};

const HOSTILE: &str = "=HYPERLINK(\"http://x\"), <b>a</b> --> *tree*\n# and & \"so\" on";

async fn exported(format: Format) -> String {
    let app = TestApp::new().await;
    let started =
        app.post("/sessions", "questions=jvm.hashmap-treeify,jvm.chm-cas&mode=practice".to_owned()).await;
    let room = started.location;
    let id: SessionId = room.split('/').nth(2).unwrap().parse().unwrap();
    let attempt = app.interview.answer_typed(id, 0, HOSTILE).await.unwrap();
    heard(&app, attempt).await;
    app.interview.answer_typed(id, 0, "It becomes a red-black tree at eight nodes.").await.unwrap();

    let mut exporter = Exporter::new(format);
    let mut text = exporter.head(Timestamp(1_795_262_400_000));
    for session in all_sessions(&app.interview).await.unwrap() {
        let session = gather(&app.interview, session).await.unwrap();
        text += &exporter.session(&session).unwrap();
        text += &exporter.session(&session).unwrap();
    }
    text + &exporter.tail()
}

/// Gives the answer words with times, as if it had been spoken.
async fn heard(app: &TestApp, attempt: AttemptId) {
    let word = |text: &str, start: u64| Word {
        text: text.into(),
        start: Millis(start),
        end: Millis(start + 300),
        confidence: 0.9,
    };
    let spoken = Transcript {
        text: "A <tree> & more.".into(),
        model: "scripted".into(),
        language: "en".into(),
        audio: Millis(60_000),
        speech: Vec::new(),
        words: vec![word("A", 100), word("<tree>", 400), word("&", 900), word("more.", 1_200)],
        helped: Vec::new(),
        hesitations: None,
    };
    let record = app.interview.attempt(attempt).await.unwrap();
    let question = app.interview.question_asked(&record).await.unwrap();
    let settlement = Settlement {
        words: Words::New(NewTranscript {
            id: viva_core::ids::TranscriptId(uuid::Uuid::now_v7()),
            source: TranscriptSource::Edited { author: "you".into() },
            transcript: spoken.clone(),
        }),
        assessment: NewAssessment {
            id: viva_core::ids::AssessmentId(uuid::Uuid::now_v7()),
            assessment: app.interview.prepare(&question).assess(&spoken),
        },
    };
    app.interview.store().reassess(attempt, &settlement, Timestamp(2)).await.unwrap();
}

#[tokio::test]
async fn json_holds_everything() {
    let text = exported(Format::Json).await;
    let all: serde_json::Value = serde_json::from_str(&text).unwrap();
    assert_eq!((&all["format"], &all["version"]), (&"viva-export".into(), &1.into()));
    let session = &all["sessions"][0];
    assert_eq!(all["sessions"].as_array().unwrap().len(), 2);
    assert!(session["started_at"].as_str().unwrap().ends_with('Z'));
    let first = &session["questions"][0];
    assert_eq!(first["question"]["id"], "jvm.hashmap-treeify");
    assert!(!first["question"]["rubric"]["criteria"].as_array().unwrap().is_empty());
    let answer = &first["attempts"][0];
    assert_eq!(answer["transcripts"][0]["transcript"]["text"], HOSTILE);
    assert_eq!(answer["transcripts"][1]["author"], "you");
    assert_eq!(answer["scores"].as_array().unwrap().len(), 2);
    assert!(answer["scores"][1]["assessment"]["criteria"][0]["says"].is_string());
    assert_eq!(first["attempts"].as_array().unwrap().len(), 2);
    assert_eq!(session["questions"][1]["attempts"].as_array().unwrap().len(), 0);
}

#[tokio::test]
async fn csv_opens_in_a_spreadsheet_and_holds_no_formula() {
    let text = exported(Format::Csv).await;
    let mut reader = ::csv::Reader::from_reader(text.trim_start_matches('\u{feff}').as_bytes());
    let columns = reader.headers().unwrap().clone();
    let rows: Vec<_> = reader.records().map(Result::unwrap).collect();
    assert_eq!((columns.len(), rows.len()), (31, 6));
    for row in &rows {
        assert!(row.iter().all(|cell| !cell.starts_with(['=', '+', '-', '@'])), "{row:?}");
    }
    let of = |row: usize, column: &str| {
        rows[row][columns.iter().position(|name| name == column).unwrap()].to_owned()
    };
    assert_eq!((of(0, "attempt_number"), of(1, "attempt_number")), ("1".into(), "2".into()));
    assert_eq!(of(0, "answer"), "A <tree> & more.");
    assert_eq!(of(0, "source"), "edited");
    assert!(of(1, "score").parse::<f64>().unwrap() > 0.0);
    assert_eq!((of(2, "state"), of(2, "score")), ("not asked".into(), String::new()));
}

#[tokio::test]
async fn markdown_shows_words_as_they_are() {
    let text = exported(Format::Markdown).await;
    assert!(text.contains("## 1. "), "{text}");
    assert!(text.contains("### Attempt 2: "), "{text}");
    assert!(text.contains("> A \\<tree\\> \\& more."), "{text}");
    assert!(text.contains("**● met**") && text.contains("**○ missed**"), "{text}");
    assert!(text.contains("Not asked."), "{text}");
}

#[tokio::test]
async fn vtt_lays_the_answers_one_after_the_other() {
    let text = exported(Format::Vtt).await;
    assert!(text.starts_with("WEBVTT\n\nNOTE Question: "), "{text}");
    assert!(text.contains("\n\n00:00:00.100 --> 00:00:01.500\nA &lt;tree&gt; &amp; more.\n"), "{text}");
    assert!(
        text.contains("\n\n00:01:00.100 --> 00:01:01.500\n"),
        "the second begins after the first: {text}"
    );
    assert!(text.contains("NOTE Written answer, without times: It becomes"), "{text}");
    for block in text.split("\n\n").filter(|block| block.starts_with("NOTE")) {
        assert!(!block.contains("-->"), "{block}");
    }
}
