//! The buttons of the review: cut, join, leave out, take in, choose; each a step in the log, taken back and made again.

use super::desk::drawn;
use super::{enter, id_of, on_disk, ready};
use crate::app::App;
use crate::error::PageError;
use crate::page::{Shell, show_with};
use axum::Form;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use serde::Deserialize;
use uuid::Uuid;
use viva_core::ids::QuestionId;
use viva_import::steps::Entry;
use viva_import::transcript::ReviewStep;

/// A button of the review.
#[derive(Debug, Deserialize)]
pub struct StepForm {
    #[serde(rename = "do", default)]
    act: String,
    #[serde(default)]
    answer: Option<u32>,
    #[serde(default)]
    stretch: Option<usize>,
    #[serde(default)]
    question: Option<String>,
    #[serde(default)]
    at: Option<usize>,
}

/// `POST /review/{id}/steps`
pub async fn step(
    State(app): State<App>,
    shell: Shell,
    Path(id): Path<String>,
    Form(form): Form<StepForm>,
) -> Result<Response, PageError> {
    let id = id_of(&id)?;
    let bad = || PageError::BadRequest("This is no edit that Viva knows.".into());
    let step = match (form.act.as_str(), form.answer, form.stretch) {
        ("cut", _, Some(at)) => ReviewStep::Cut { at },
        ("take", _, Some(at)) => ReviewStep::Take { at },
        ("join", Some(answer), _) => ReviewStep::Join { answer },
        ("leave", Some(answer), _) => ReviewStep::Leave { answer },
        ("choose", Some(answer), _) => {
            let question = form.question.unwrap_or_default();
            if !question.is_empty() {
                let known =
                    question.parse().is_ok_and(|id: QuestionId| app.interview.bank().question(&id).is_some());
                if !known {
                    return Err(PageError::BadRequest("No question of the bank has that id.".into()));
                }
            }
            ReviewStep::Choose { answer, question: Some(question).filter(|q| !q.is_empty()) }
        }
        _ => return Err(bad()),
    };
    entered(&app, shell, id, form.at, form.answer, Entry::Step(step)).await
}

/// Where the log stood when a form was drawn.
#[derive(Debug, Deserialize)]
pub struct AtForm {
    #[serde(default)]
    at: Option<usize>,
}

/// `POST /review/{id}/undo`
pub async fn undo(
    State(app): State<App>,
    shell: Shell,
    Path(id): Path<String>,
    Form(form): Form<AtForm>,
) -> Result<Response, PageError> {
    entered(&app, shell, id_of(&id)?, form.at, None, Entry::Undo).await
}

/// `POST /review/{id}/redo`
pub async fn redo(
    State(app): State<App>,
    shell: Shell,
    Path(id): Path<String>,
    Form(form): Form<AtForm>,
) -> Result<Response, PageError> {
    entered(&app, shell, id_of(&id)?, form.at, None, Entry::Redo).await
}

async fn entered(
    app: &App,
    shell: Shell,
    id: Uuid,
    at: Option<usize>,
    answer: Option<u32>,
    entry: Entry<ReviewStep>,
) -> Result<Response, PageError> {
    let cut_at = match &entry {
        Entry::Step(ReviewStep::Cut { at } | ReviewStep::Take { at }) => Some(*at),
        _ => None,
    };
    if let Err(problem) = enter(app, id, at, entry).await? {
        let open = ready(app, id).await?;
        let page = drawn(app, shell, id, open, answer, Some(problem)).await?;
        return Ok(show_with(StatusCode::UNPROCESSABLE_ENTITY, &page));
    }
    // A cut leads to the answer it has made.
    let next = match cut_at {
        Some(at) => ready(app, id).await?.draft.now().belongs().get(at).copied().flatten(),
        None => answer,
    };
    Ok(match next {
        Some(next) => Redirect::to(&format!("/review/{id}?at={next}#a{next}")),
        None => Redirect::to(&format!("/review/{id}")),
    }
    .into_response())
}

/// `POST /review/{id}/discard`
pub async fn discard(State(app): State<App>, Path(id): Path<String>) -> Result<Response, PageError> {
    let id = id_of(&id)?;
    let there = on_disk(&app, move |documents| {
        let there = documents.reviews.about(id)?.is_some();
        if there {
            documents.reviews.discard(id)?;
        }
        Ok(there)
    })
    .await?;
    if there { Ok(Redirect::to("/review").into_response()) } else { Err(PageError::NotFound) }
}
