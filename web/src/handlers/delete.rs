//! Deleting a recording, an answer or a session: a page that says what will be lost, then the deed.
//!
//! A second press finds the thing gone and lands where the first one did.

use super::confirm::{Confirm, loss_says, size};
use crate::app::App;
use crate::error::PageError;
use crate::page::{Nav, Shell, show};
use crate::routes::{Routes, get};
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Redirect, Response};
use viva_core::ids::{AttemptId, SessionId};
use viva_interview::InterviewError;

/// The addresses of deleting.
pub fn routes() -> Routes {
    Routes::new()
        .route("/attempts/{attempt}/delete", get(attempt_confirm).post(attempt))
        .route("/attempts/{attempt}/audio/delete", get(audio_confirm).post(audio))
        .route("/sessions/{session}/delete", get(session_confirm).post(session))
}

fn parsed<T: std::str::FromStr>(id: &str) -> Result<T, PageError> {
    id.parse().map_err(|_| PageError::NotFound)
}

/// `GET /attempts/{attempt}/delete`
async fn attempt_confirm(
    State(app): State<App>,
    shell: Shell,
    Path(id): Path<String>,
) -> Result<Response, PageError> {
    let id: AttemptId = parsed(&id)?;
    let loss = app.interview.loss_of_attempt(id).await?;
    Ok(show(&Confirm {
        heading: "Delete this answer?".into(),
        lost: loss_says(&loss),
        kept: "Follow-ups go with it; other attempts at the question stay.".into(),
        action: format!("/attempts/{id}/delete"),
        hidden: Vec::new(),
        word: None,
        problem: None,
        button: "Delete the answer".into(),
        back: format!("/attempts/{id}"),
        shell: shell.under(Nav::Practice),
    }))
}

/// `POST /attempts/{attempt}/delete`
async fn attempt(State(app): State<App>, Path(id): Path<String>) -> Result<Response, PageError> {
    let id: AttemptId = parsed(&id)?;
    match app.interview.delete_attempt(id).await {
        Ok(session) => Ok(Redirect::to(&format!("/sessions/{session}")).into_response()),
        Err(InterviewError::NoAttempt(_)) => Ok(Redirect::to("/history").into_response()),
        Err(error) => Err(error.into()),
    }
}

/// `GET /attempts/{attempt}/audio/delete`
async fn audio_confirm(
    State(app): State<App>,
    shell: Shell,
    Path(id): Path<String>,
) -> Result<Response, PageError> {
    let id: AttemptId = parsed(&id)?;
    app.interview.attempt(id).await?;
    let take = app.interview.store().take(id).await.map_err(InterviewError::from)?;
    let Some(take) = take.filter(|take| take.path.is_some()) else {
        return Ok(Redirect::to(&format!("/attempts/{id}")).into_response());
    };
    Ok(show(&Confirm {
        heading: "Delete this recording?".into(),
        lost: format!("One recording of {}, {}.", take.length, size(take.bytes)),
        kept: "The words, their times and the scores stay. It can no longer be heard or transcribed again."
            .into(),
        action: format!("/attempts/{id}/audio/delete"),
        hidden: Vec::new(),
        word: None,
        problem: None,
        button: "Delete the recording".into(),
        back: format!("/attempts/{id}"),
        shell: shell.under(Nav::Practice),
    }))
}

/// `POST /attempts/{attempt}/audio/delete`
async fn audio(State(app): State<App>, Path(id): Path<String>) -> Result<Response, PageError> {
    let id: AttemptId = parsed(&id)?;
    match app.interview.delete_audio(id).await {
        Ok(()) => Ok(Redirect::to(&format!("/attempts/{id}")).into_response()),
        Err(InterviewError::NoAttempt(_)) => Ok(Redirect::to("/history").into_response()),
        Err(error) => Err(error.into()),
    }
}

/// `GET /sessions/{session}/delete`
async fn session_confirm(
    State(app): State<App>,
    shell: Shell,
    Path(id): Path<String>,
) -> Result<Response, PageError> {
    let id: SessionId = parsed(&id)?;
    let loss = app.interview.loss_of_session(id).await?;
    let lost = match loss.answers {
        0 => "Its questions; none was answered.".to_owned(),
        _ => loss_says(&loss),
    };
    Ok(show(&Confirm {
        heading: "Delete this session?".into(),
        lost,
        kept: "Other sessions stay, and the questions too.".into(),
        action: format!("/sessions/{id}/delete"),
        hidden: Vec::new(),
        word: None,
        problem: None,
        button: "Delete the session".into(),
        back: format!("/sessions/{id}"),
        shell: shell.under(Nav::Practice),
    }))
}

/// `POST /sessions/{session}/delete`
async fn session(State(app): State<App>, Path(id): Path<String>) -> Result<Response, PageError> {
    let id: SessionId = parsed(&id)?;
    match app.interview.delete_session(id).await {
        Ok(()) | Err(InterviewError::NoSession(_)) => Ok(Redirect::to("/history").into_response()),
        Err(error) => Err(error.into()),
    }
}

#[cfg(test)]
mod tests {
    use crate::testing::TestApp;
    use axum::http::StatusCode;

    const ANSWER: &str = "It becomes a red-black tree.";

    #[tokio::test]
    async fn an_answer_is_deleted_after_its_loss_was_told() {
        let app = TestApp::new().await;
        let attempt = app.typed("jvm.hashmap-treeify", ANSWER).await;
        let address = format!("/attempts/{attempt}/delete");
        let feedback = app.get(&format!("/attempts/{attempt}")).await.body;
        assert!(feedback.contains(&format!("href=\"{address}\"")), "{feedback}");
        let page = app.get(&address).await;
        assert!(page.body.contains("One answer with its words and scores."), "{}", page.body);
        assert!(app.interview.attempt(attempt).await.is_ok(), "looking deletes nothing");
        let gone = app.post(&address, "").await;
        assert_eq!(gone.status, StatusCode::SEE_OTHER);
        assert!(gone.location.starts_with("/sessions/"), "{}", gone.location);
        assert_eq!(app.get(&gone.location).await.status, StatusCode::OK);
        assert_eq!(app.get(&format!("/attempts/{attempt}")).await.status, StatusCode::NOT_FOUND);
        // The second press of a double click.
        assert_eq!(app.post(&address, "").await.location, "/history");
        assert_eq!(app.get(&address).await.status, StatusCode::NOT_FOUND);
    }

    #[tokio::test]
    async fn a_session_is_deleted_after_its_loss_was_told() {
        let app = TestApp::new().await;
        let attempt = app.typed("jvm.hashmap-treeify", ANSWER).await;
        let session = app.interview.attempt(attempt).await.unwrap().session;
        let page = app.get(&format!("/sessions/{session}")).await.body;
        let address = format!("/sessions/{session}/delete");
        assert!(page.contains(&format!("href=\"{address}\"")), "{page}");
        assert!(app.get(&address).await.body.contains("One answer with its words and scores."));
        for _ in 0..2 {
            assert_eq!(app.post(&address, "x=%00").await.location, "/history");
        }
        assert_eq!(app.get(&format!("/sessions/{session}")).await.status, StatusCode::NOT_FOUND);
        assert_eq!(app.interview.store().usage().await.unwrap().attempts, 0);
    }

    #[tokio::test]
    async fn ids_that_are_none_are_not_found() {
        let app = TestApp::new().await;
        let nobody = "00000000-0000-7000-8000-000000000000";
        for id in ["x", "%00", "..%2F..%2Fetc", "'%20OR%201=1--", nobody] {
            for address in [
                format!("/attempts/{id}/delete"),
                format!("/attempts/{id}/audio/delete"),
                format!("/sessions/{id}/delete"),
            ] {
                assert_eq!(app.get(&address).await.status, StatusCode::NOT_FOUND, "{address}");
                if id != nobody {
                    assert_eq!(app.post(&address, "").await.status, StatusCode::NOT_FOUND, "{address}");
                }
            }
        }
    }

    #[tokio::test]
    async fn a_written_answer_has_no_recording_to_delete() {
        let app = TestApp::new().await;
        let attempt = app.typed("jvm.hashmap-treeify", ANSWER).await;
        let feedback = app.get(&format!("/attempts/{attempt}")).await.body;
        assert!(!feedback.contains("audio/delete"), "{feedback}");
        let address = format!("/attempts/{attempt}/audio/delete");
        assert_eq!(app.get(&address).await.location, format!("/attempts/{attempt}"));
        assert_eq!(app.post(&address, "").await.location, format!("/attempts/{attempt}"));
    }
}
