//! Corrections: which mis-hearings count as other words, and the person's own list to add to and take from.

use crate::app::App;
use crate::error::PageError;
use crate::handlers::sentence;
use crate::page::{Nav, Shell, show, show_with};
use crate::routes::{Routes, get, post};
use askama::Template;
use axum::Form;
use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use serde::Deserialize;
use viva_core::help::corrections::{Correction, Corrections};
use viva_core::ids::{AttemptId, PackId};
use viva_interview::InterviewError;

/// The addresses of corrections.
pub fn routes() -> Routes {
    Routes::new()
        .route("/corrections", get(page).post(add))
        .route("/corrections/remove", post(remove))
        .route("/corrections/undo", post(undo))
}

struct PackChoice {
    id: PackId,
    title: String,
    chosen: bool,
}

struct Line {
    heard: String,
    meant: String,
    pack: String,
    /// Where it holds, for people.
    holds: String,
}

struct Shipped {
    title: String,
    lines: Vec<Line>,
}

#[derive(Template)]
#[template(path = "corrections.html")]
struct CorrectionsPage {
    shell: Shell,
    notice: Option<&'static str>,
    problem: Option<String>,
    heard: String,
    meant: String,
    packs: Vec<PackChoice>,
    own: Vec<Line>,
    can_undo: bool,
    shipped: Vec<Shipped>,
}

/// What the page was reached after.
#[derive(Debug, Default, Deserialize)]
pub struct After {
    #[serde(default)]
    done: String,
}

/// A correction as it is typed.
#[derive(Debug, Default, Deserialize)]
pub struct CorrectionForm {
    #[serde(default)]
    heard: String,
    #[serde(default)]
    meant: String,
    #[serde(default)]
    pack: String,
    /// The answer it was written beside, to go back to.
    #[serde(default)]
    attempt: String,
}

/// `GET /corrections`
async fn page(
    State(app): State<App>,
    shell: Shell,
    Query(after): Query<After>,
) -> Result<Response, PageError> {
    let notice = match after.done.as_str() {
        "added" => {
            Some("From now on these words count as you wrote. Scores that were made stay as they are.")
        }
        "removed" => Some("It is taken out. Undo brings it back."),
        "undone" => Some("The last change is taken back."),
        "nothing" => Some("There was nothing to change."),
        _ => None,
    };
    Ok(show(&draw(&app, shell, notice, None, CorrectionForm::default()).await?))
}

async fn draw(
    app: &App,
    shell: Shell,
    notice: Option<&'static str>,
    problem: Option<String>,
    typed: CorrectionForm,
) -> Result<CorrectionsPage, PageError> {
    let own = app.interview.own_corrections().await?;
    let bank = app.interview.bank();
    let title = |id: &PackId| bank.pack(id).map_or_else(|| id.to_string(), |pack| pack.title.clone());
    let line = |one: &Correction| Line {
        heard: one.heard.clone(),
        meant: one.meant.clone(),
        pack: one.pack.as_ref().map(ToString::to_string).unwrap_or_default(),
        holds: one.pack.as_ref().map_or_else(|| "every answer".to_owned(), title),
    };
    let shipped =
        |title: String, all: &[Correction]| Shipped { title, lines: all.iter().map(line).collect() };
    let mut lists = vec![shipped("Comes with Viva, for every answer".into(), &Corrections::general().all)];
    let with_own = bank.packs().iter().filter(|pack| !pack.corrections.is_empty());
    lists.extend(with_own.map(|pack| shipped(format!("Comes with {}", pack.title), &pack.corrections)));
    let choice = |pack: &viva_core::bank::Pack| PackChoice {
        chosen: pack.id.as_str() == typed.pack,
        id: pack.id.clone(),
        title: pack.title.clone(),
    };
    Ok(CorrectionsPage {
        shell: shell.under(Nav::Data),
        notice,
        problem,
        packs: bank.packs().iter().map(choice).collect(),
        heard: typed.heard,
        meant: typed.meant,
        own: own.all.iter().rev().map(line).collect(),
        can_undo: app.interview.can_undo_corrections().await?,
        shipped: lists,
    })
}

/// `POST /corrections`
async fn add(
    State(app): State<App>,
    shell: Shell,
    Form(form): Form<CorrectionForm>,
) -> Result<Response, PageError> {
    let pack = match form.pack.as_str() {
        "" => None,
        pack => Some(pack.parse::<PackId>().map_err(|_| PageError::NotFound)?),
    };
    match app.interview.add_correction(&form.heard, &form.meant, pack).await {
        Ok(()) => match form.attempt.parse::<AttemptId>() {
            Ok(attempt) => {
                Ok(Redirect::to(&format!("/attempts/{attempt}/words?done=corrected")).into_response())
            }
            Err(_) => Ok(Redirect::to("/corrections?done=added").into_response()),
        },
        Err(InterviewError::Correction(error)) => {
            let page = draw(&app, shell, None, Some(sentence(&error.to_string())), form).await?;
            Ok(show_with(StatusCode::UNPROCESSABLE_ENTITY, &page))
        }
        Err(InterviewError::NoPack(_)) => Err(PageError::NotFound),
        Err(error) => Err(error.into()),
    }
}

/// `POST /corrections/remove`
async fn remove(State(app): State<App>, Form(form): Form<CorrectionForm>) -> Result<Response, PageError> {
    let pack = form.pack.parse::<PackId>().ok();
    let removed = app.interview.remove_correction(&form.heard, pack.as_ref()).await?;
    Ok(Redirect::to(if removed { "/corrections?done=removed" } else { "/corrections?done=nothing" })
        .into_response())
}

/// `POST /corrections/undo`
async fn undo(State(app): State<App>) -> Result<Response, PageError> {
    let undone = app.interview.undo_corrections().await?;
    Ok(Redirect::to(if undone { "/corrections?done=undone" } else { "/corrections?done=nothing" })
        .into_response())
}

#[cfg(test)]
mod tests {
    use crate::testing::TestApp;
    use axum::http::StatusCode;
    use viva_core::clock::Timestamp;
    use viva_core::ids::{AssessmentId, AttemptId, TranscriptId};
    use viva_core::transcript::{Helped, HelpedBy, Transcript, Word};
    use viva_core::units::Millis;
    use viva_storage::{NewAssessment, NewTranscript, Settlement, TranscriptSource, Words};

    #[tokio::test]
    async fn a_correction_is_added_taken_out_and_brought_back() {
        let app = TestApp::new().await;
        assert!(app.get("/corrections").await.body.contains("None yet."));
        let added = app.post("/corrections", "heard=hikari+see+pee&meant=HikariCP").await;
        assert_eq!(added.location, "/corrections?done=added");
        assert!(app.get(&added.location).await.body.contains("hikari see pee"));
        let again = app.post("/corrections", "heard=Hikari+See+Pee&meant=other").await;
        assert_eq!(again.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(again.body.contains("already") && again.body.contains("value=\"other\""), "{}", again.body);
        let removed = app.post("/corrections/remove", "heard=hikari+see+pee").await;
        assert_eq!(removed.location, "/corrections?done=removed");
        assert_eq!(
            app.post("/corrections/remove", "heard=hikari+see+pee").await.location,
            "/corrections?done=nothing"
        );
        assert!(!app.get("/corrections").await.body.contains("hikari see pee"));
        assert_eq!(app.post("/corrections/undo", "").await.location, "/corrections?done=undone");
        assert!(app.get("/corrections").await.body.contains("hikari see pee"));
    }

    #[tokio::test]
    async fn an_ordinary_word_is_corrected_in_a_pack_only() {
        let app = TestApp::new().await;
        let page = app.post("/corrections", "heard=cash&meant=cache").await;
        assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(page.body.contains("said every day"), "{}", page.body);
        assert_eq!(
            app.post("/corrections", "heard=cash&meant=cache&pack=jvm").await.location,
            "/corrections?done=added"
        );
        assert_eq!(
            app.post("/corrections", "heard=x1&meant=y&pack=nowhere").await.status,
            StatusCode::NOT_FOUND
        );
    }

    #[tokio::test]
    async fn what_is_no_correction_is_said_beside_the_form_and_nothing_is_kept() {
        let app = TestApp::new().await;
        let huge = format!("heard={}&meant=x", "a".repeat(100_000));
        for body in [
            "",
            "heard=&meant=",
            "heard=%00&meant=x",
            "heard=%3Cscript%3Ealert(1)%3C/script%3E&meant=x",
            "heard=same&meant=same",
            "heard=in+the&meant=x",
            "heard=a+b+c+d+e+f+g+h&meant=x",
            huge.as_str(),
        ] {
            let page = app.post("/corrections", body).await;
            assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY, "{body:.60}");
            assert!(
                page.body.contains("role=\"alert\"") && !page.body.contains("<script>alert"),
                "{body:.60}"
            );
        }
        let sql =
            app.post("/corrections", "heard=o'brien';+DROP+TABLE+settings;--&meant=O%27Brien+%26+sons").await;
        assert_eq!(sql.location, "/corrections?done=added");
        let page = app.get("/corrections").await.body;
        assert!(page.contains("DROP TABLE settings") && !page.contains("None yet."));
        assert_eq!(app.get("/corrections?done=%3Cb%3E").await.status, StatusCode::OK);
    }

    /// A spoken answer in which words counted otherwise.
    async fn spoken(app: &TestApp) -> AttemptId {
        let attempt = app.typed("jvm.hashmap-treeify", "A bucket is a linked list.").await;
        let (text, at) = ("A bucket is a linked list.", |n: usize| Millis(n as u64 * 400));
        let word = |(n, text): (usize, &str)| Word {
            text: text.into(),
            start: at(n),
            end: at(n + 1),
            confidence: 0.9,
        };
        let heard = Transcript {
            model: "base".into(),
            audio: Millis(3_000),
            words: text.split(' ').enumerate().map(word).collect(),
            helped: vec![Helped {
                start: Millis(1_600),
                heard: "lincolist <b>".into(),
                counted: "linked list".into(),
                by: HelpedBy::Ears,
            }],
            ..Transcript::typed(text)
        };
        let question =
            app.interview.bank().question(&"jvm.hashmap-treeify".parse().unwrap()).cloned().unwrap();
        let assessment = app.interview.prepare(&question).assess(&heard);
        let settlement = Settlement {
            words: Words::New(NewTranscript {
                id: TranscriptId(uuid::Uuid::now_v7()),
                source: TranscriptSource::Edited { author: "you".into() },
                transcript: heard,
            }),
            assessment: NewAssessment { id: AssessmentId(uuid::Uuid::now_v7()), assessment },
        };
        app.interview.store().reassess(attempt, &settlement, Timestamp(2)).await.unwrap();
        attempt
    }

    #[tokio::test]
    async fn what_counts_otherwise_is_shown_on_the_answer_and_in_exports() {
        let app = TestApp::new().await;
        let attempt = spoken(&app).await;
        let page = app.get(&format!("/attempts/{attempt}")).await.body;
        assert!(page.contains("Heard “lincolist &#60;b&#62;”, counted as linked list"), "{page}");
        assert!(page.contains("heard again with the question") && !page.contains("lincolist <b>"));
        let session = app.interview.attempt(attempt).await.unwrap().session;
        let csv = app.get(&format!("/sessions/{session}/export.csv")).await.body;
        assert!(csv.contains("counted_otherwise") && csv.contains("counted as linked list"), "{csv}");
    }

    #[tokio::test]
    async fn a_mis_hearing_is_corrected_from_the_page_where_the_words_are() {
        let app = TestApp::new().await;
        let attempt = spoken(&app).await;
        let words = app.get(&format!("/attempts/{attempt}/words")).await.body;
        assert!(words.contains("action=\"/corrections\""), "{words}");
        let sent = app
            .post("/corrections", format!("heard=lincolist&meant=linked+list&pack=jvm&attempt={attempt}"))
            .await;
        assert_eq!(sent.location, format!("/attempts/{attempt}/words?done=corrected"));
        assert_eq!(app.get(&sent.location).await.status, StatusCode::OK);
    }
}
