//! The buttons of the review: each a step in the draft's log, taken back and made again.

use super::review::drawn;
use super::{Outcome, enter, id_of, on_disk, open};
use crate::app::App;
use crate::error::PageError;
use crate::page::{Shell, show_with};
use axum::Form;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use serde::Deserialize;
use uuid::Uuid;
use viva_import::draft::{Draft, Step};
use viva_import::steps::{Edited, Entry};

/// A button of the review.
#[derive(Debug, Deserialize)]
pub struct StepForm {
    #[serde(rename = "do", default)]
    act: String,
    #[serde(default)]
    item: Option<u32>,
    #[serde(default)]
    line: Option<String>,
    #[serde(default)]
    at: Option<usize>,
}

/// `POST /import/{id}/steps`
pub async fn step(
    State(app): State<App>,
    shell: Shell,
    Path(id): Path<String>,
    Form(form): Form<StepForm>,
) -> Result<Response, PageError> {
    let id = id_of(&id)?;
    let bad = || PageError::BadRequest("This is no edit that Viva knows.".into());
    let line = || form.line.as_deref().and_then(|line| line.trim().parse::<u32>().ok());
    let item = form.item.ok_or_else(bad);
    let step = match form.act.as_str() {
        "keep" => Step::Keep { item: item? },
        "drop" => Step::Drop { item: item? },
        "restore" => Step::Restore { item: item? },
        // Without a line that is one, no line is inside.
        "split" => Step::Split { item: item?, line: line().unwrap_or(0) },
        "merge" => Step::Merge { item: item? },
        "follow_up" => Step::FollowUp { item: item? },
        "main" => Step::Main { item: item? },
        "draw" => Step::DrawCriteria { item: item? },
        "take" => Step::Take { line: line().ok_or_else(bad)? },
        _ => return Err(bad()),
    };
    after(&app, shell, id, form.at, Entry::Step(step)).await
}

/// Where the log stood when a form was drawn.
#[derive(Debug, Deserialize)]
pub struct AtForm {
    #[serde(default)]
    at: Option<usize>,
}

/// `POST /import/{id}/undo`
pub async fn undo(
    State(app): State<App>,
    shell: Shell,
    Path(id): Path<String>,
    Form(form): Form<AtForm>,
) -> Result<Response, PageError> {
    after(&app, shell, id_of(&id)?, form.at, Entry::Undo).await
}

/// `POST /import/{id}/redo`
pub async fn redo(
    State(app): State<App>,
    shell: Shell,
    Path(id): Path<String>,
    Form(form): Form<AtForm>,
) -> Result<Response, PageError> {
    after(&app, shell, id_of(&id)?, form.at, Entry::Redo).await
}

async fn after(
    app: &App,
    shell: Shell,
    id: Uuid,
    at: Option<usize>,
    entry: Entry<Step>,
) -> Result<Response, PageError> {
    let before = match &entry {
        Entry::Undo => open(app, id).await?.draft.done().last().cloned(),
        Entry::Redo => open(app, id).await?.draft.undone().last().cloned(),
        Entry::Step(step) => Some(step.clone()),
    };
    let is_step = matches!(entry, Entry::Step(_));
    match enter(app, id, at, entry).await? {
        Outcome::Gone => Err(PageError::NotFound),
        Outcome::Refused(problem) => {
            let open = open(app, id).await?;
            let at = before.as_ref().and_then(Step::item);
            let page = drawn(&app.interview.bank(), shell, id, &open, at, Some(problem));
            Ok(show_with(StatusCode::UNPROCESSABLE_ENTITY, &page))
        }
        Outcome::Done(open) => {
            let next = next_after(&open.draft, before.as_ref(), is_step);
            Ok(match next {
                Some(next) => Redirect::to(&format!("/import/{id}?at={next}#q{next}")),
                None => Redirect::to(&format!("/import/{id}")),
            }
            .into_response())
        }
    }
}

/// Which question is looked at after an edit: the one it was about, or the next where that one is settled.
fn next_after(draft: &Edited<Draft>, step: Option<&Step>, forward: bool) -> Option<u32> {
    let now = draft.now();
    let least_sure = || {
        now.least_sure_first().into_iter().find(|item| !item.seen && !item.dropped).map(|item| item.number)
    };
    match step? {
        Step::Keep { .. } | Step::Drop { .. } | Step::FollowUp { .. } | Step::Main { .. } if forward => {
            least_sure()
        }
        Step::Merge { .. } if forward => least_sure(),
        Step::Take { line } => {
            now.items().iter().find(|item| item.found.line == *line).map(|item| item.number)
        }
        step => step.item().filter(|item| now.item(*item).is_some()).or_else(least_sure),
    }
}

/// `POST /import/{id}/discard`
pub async fn discard(State(app): State<App>, Path(id): Path<String>) -> Result<Response, PageError> {
    let id = id_of(&id)?;
    let there = on_disk(&app, move |documents| {
        let there = documents.imports.about(id)?.is_some();
        if there {
            documents.imports.discard(id)?;
        }
        Ok(there)
    })
    .await?;
    if there { Ok(Redirect::to("/import").into_response()) } else { Err(PageError::NotFound) }
}
