//! After an answer: correcting its words, and the follow-up for what it missed.

use super::attempts::{audio_href, room_of};
use crate::app::App;
use crate::error::PageError;
use crate::page::{Nav, Shell, show, show_with};
use crate::routes::{Routes, get, post};
use askama::Template;
use axum::Form;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use serde::Deserialize;
use viva_core::ids::{AttemptId, CriterionId};
use viva_interview::InterviewError;

/// The addresses of what follows an answer.
pub fn routes() -> Routes {
    Routes::new()
        .route("/attempts/{attempt}/words", get(page).post(correct))
        .route("/attempts/{attempt}/words/restore", post(restore))
        .route("/attempts/{attempt}/follow-up/{criterion}", post(follow_up))
}

/// Who corrects where there are no accounts.
const AUTHOR: &str = "you";

/// More letters than anybody says in half an hour.
const LONGEST: usize = 60_000;

#[derive(Template)]
#[template(path = "words.html")]
struct WordsPage {
    shell: Shell,
    attempt: AttemptId,
    ask: String,
    words: String,
    spoken: bool,
    audio: Option<String>,
    problem: Option<String>,
    /// The question's pack, for a correction that holds in it only.
    pack: String,
    /// A correction was added here a moment ago.
    corrected: bool,
}

/// What the page was reached after.
#[derive(Debug, Default, Deserialize)]
struct After {
    #[serde(default)]
    done: String,
}

/// `GET /attempts/{attempt}/words`
async fn page(
    State(app): State<App>,
    shell: Shell,
    Path(id): Path<String>,
    Query(after): Query<After>,
) -> Result<Response, PageError> {
    draw(&app, shell, parsed(&id)?, None, after.done == "corrected").await
}

fn parsed(id: &str) -> Result<AttemptId, PageError> {
    id.parse().map_err(|_| PageError::NotFound)
}

/// The page, with what was typed and what is wrong with it.
async fn draw(
    app: &App,
    shell: Shell,
    id: AttemptId,
    typed: Option<(String, String)>,
    corrected: bool,
) -> Result<Response, PageError> {
    let review = app.interview.review(id).await?;
    let Some((words, _)) = &review.result else {
        return Ok(Redirect::to(&format!("/attempts/{id}")).into_response());
    };
    let status = if typed.is_some() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    let (text, problem) = match typed {
        Some((text, problem)) => (text, Some(problem)),
        None => (words.transcript.text.clone(), None),
    };
    let page = WordsPage {
        attempt: id,
        ask: review.question.ask.clone(),
        words: text,
        spoken: !words.transcript.is_typed(),
        audio: audio_href(&review),
        problem,
        pack: review.question.pack.to_string(),
        corrected,
        shell: shell.under(Nav::Practice),
    };
    Ok(if status == StatusCode::OK { show(&page) } else { show_with(status, &page) })
}

/// Corrected words.
#[derive(Debug, Deserialize)]
struct WordsForm {
    #[serde(default)]
    words: String,
}

/// `POST /attempts/{attempt}/words`
async fn correct(
    State(app): State<App>,
    shell: Shell,
    Path(id): Path<String>,
    Form(form): Form<WordsForm>,
) -> Result<Response, PageError> {
    let id = parsed(&id)?;
    if form.words.chars().count() > LONGEST {
        let problem = format!("That is more than {LONGEST} letters. Shorten it to what was said.");
        return draw(&app, shell, id, Some((form.words, problem)), false).await;
    }
    match app.interview.correct_words(id, &form.words, AUTHOR).await {
        Ok(()) => Ok(Redirect::to(&format!("/attempts/{id}")).into_response()),
        Err(InterviewError::NothingTyped) => {
            let problem = "Write what was said. To take the answer away, delete it.".to_owned();
            draw(&app, shell, id, Some((form.words, problem)), false).await
        }
        Err(error) => Err(error.into()),
    }
}

/// `POST /attempts/{attempt}/words/restore`: what was heard counts again.
async fn restore(State(app): State<App>, Path(id): Path<String>) -> Result<Response, PageError> {
    let id = parsed(&id)?;
    app.interview.restore_words(id).await?;
    Ok(Redirect::to(&format!("/attempts/{id}")).into_response())
}

/// `POST /attempts/{attempt}/follow-up/{criterion}`: asks for what was missed.
async fn follow_up(
    State(app): State<App>,
    Path((id, criterion)): Path<(String, String)>,
) -> Result<Response, PageError> {
    let id = parsed(&id)?;
    let criterion: CriterionId = criterion.parse().map_err(|_| PageError::NotFound)?;
    let review = app.interview.review(id).await?;
    if review.result.is_none() || review.session.follows.is_some() {
        return Ok(Redirect::to(&room_of(&review, review.attempt.position)).into_response());
    }
    let session = app.interview.follow_up(id, &criterion).await?;
    Ok(Redirect::to(&format!("/sessions/{session}/questions/1")).into_response())
}

#[cfg(test)]
mod tests {
    use crate::testing::TestApp;
    use axum::http::StatusCode;

    const QUESTION: &str = "jvm.hashmap-treeify";
    const PART: &str = "A bucket is a linked list and becomes a red-black tree.";

    #[tokio::test]
    async fn a_correction_shows_both_scores_and_can_be_taken_back() {
        let app = TestApp::new().await;
        let attempt = app.typed(QUESTION, "A bucket is a linked list and becomes a bread plaque free.").await;
        let page = format!("/attempts/{attempt}");
        let form = app.get(&format!("{page}/words")).await.body;
        assert!(form.contains("bread plaque free"), "{form}");
        let sent = app.post(&format!("{page}/words"), format!("words={}", PART.replace(' ', "+"))).await;
        assert_eq!(sent.location, page);
        let after = app.get(&page).await.body;
        for part in
            ["Corrected by you", "<del>bread plaque free.</del>", "<ins>red-black tree.</ins>", "Before:"]
        {
            assert!(after.contains(part), "{part}: {after}");
        }
        app.post(&format!("{page}/words/restore"), "").await;
        let restored = app.get(&page).await.body;
        assert!(
            !restored.contains("Corrected by you") && restored.contains("bread plaque free"),
            "{restored}"
        );
    }

    #[tokio::test]
    async fn words_that_are_none_too_many_or_hostile_are_met() {
        let app = TestApp::new().await;
        let attempt = app.typed(QUESTION, PART).await;
        let words = format!("/attempts/{attempt}/words");
        for body in ["", "words=", "words=%20%0A"] {
            let page = app.post(&words, body).await;
            assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY, "{body:?}");
            assert!(page.body.contains("aria-invalid=\"true\""), "{}", page.body);
        }
        let huge = app.post(&words, format!("words={}", "a+".repeat(40_000))).await;
        assert_eq!(huge.status, StatusCode::UNPROCESSABLE_ENTITY);
        let hostile = "words=%3Cscript%3Ealert(1)%3C/script%3E+%00+';+DROP+TABLE+attempts;+--+a+linked+list";
        for _ in 0..2 {
            assert_eq!(app.post(&words, hostile).await.location, format!("/attempts/{attempt}"));
        }
        let page = app.get(&format!("/attempts/{attempt}")).await.body;
        assert!(!page.contains("<script>alert") && page.contains("&#60;script&#62;"), "{page}");
        assert_eq!(
            app.interview.store().transcripts(attempt).await.unwrap().len(),
            2,
            "sent twice, kept once"
        );
        for nowhere in ["x", "00000000-0000-7000-8000-000000000000"] {
            assert_eq!(app.get(&format!("/attempts/{nowhere}/words")).await.status, StatusCode::NOT_FOUND);
            let sent = app.post(&format!("/attempts/{nowhere}/words"), "words=a").await;
            assert_eq!(sent.status, StatusCode::NOT_FOUND);
        }
    }

    #[tokio::test]
    async fn a_follow_up_is_answered_at_once_and_its_credit_stands_apart() {
        let app = TestApp::new().await;
        let attempt = app.typed(QUESTION, "A bucket is a linked list.").await;
        let before = app.get(&format!("/attempts/{attempt}")).await.body;
        let action = before
            .split("action=\"")
            .filter_map(|rest| rest.split('"').next())
            .find(|href| href.contains("/follow-up/"))
            .expect("what was missed has a follow-up")
            .to_owned();
        let room = app.post(&action, "").await.location;
        assert_eq!(app.post(&action, "").await.location, room, "pressed twice, asked once");
        let page = app.get(&room).await.body;
        assert!(
            page.contains("Follow-up") && page.contains(&format!("/attempts/{attempt}#follow-ups")),
            "{page}"
        );
        let answer = "answer=at+eight+nodes+the+bucket+becomes+a+red-black+tree,+lookups+are+logarithmic,+and+back+at+six";
        let answered = app.post(&format!("{room}/typed"), answer).await.location;
        assert!(app.get(&answered).await.body.contains("Back to the answer"));
        let after = app.get(&format!("/attempts/{attempt}")).await.body;
        assert!(after.contains("beside the score"), "{after}");
        let score = |page: &str| page.split("<b>").nth(1).unwrap().split('<').next().unwrap().to_owned();
        assert_eq!(score(&before), score(&after));
        assert_eq!(app.get("/history").await.body.matches("said-link").count(), 0);
        for nowhere in [format!("/attempts/{attempt}/follow-up/no-such"), "/attempts/x/follow-up/y".into()] {
            assert_eq!(app.post(&nowhere, "").await.status, StatusCode::NOT_FOUND, "{nowhere}");
        }
    }
}
