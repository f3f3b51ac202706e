//! Earlier answers, the latest first.

use super::rows::{AnswerRow, answers};
use crate::app::App;
use crate::error::PageError;
use crate::page::{Nav, Shell, show};
use askama::Template;
use axum::extract::{Query, State};
use axum::response::Response;
use serde::Deserialize;
use viva_storage::{HistoryFilter, PageRequest};

const A_PAGE: u32 = 50;

/// Where the list begins.
#[derive(Debug, Deserialize)]
pub struct From {
    after: Option<String>,
}

#[derive(Template)]
#[template(path = "history.html")]
struct HistoryPage {
    shell: Shell,
    heading: String,
    recent: Vec<AnswerRow>,
    older: Option<String>,
}

/// `GET /history`
pub async fn page(
    State(app): State<App>,
    shell: Shell,
    Query(from): Query<From>,
) -> Result<Response, PageError> {
    let after = match from.after {
        None => None,
        Some(cursor) => Some(
            cursor
                .parse()
                .map_err(|_| PageError::BadRequest("This page of the list does not exist.".into()))?,
        ),
    };
    let page = app.interview.history(&HistoryFilter::default(), PageRequest { after, limit: A_PAGE }).await?;
    let usage = app.interview.store().usage().await.map_err(viva_interview::InterviewError::from)?;
    let heading = match usage.attempts {
        0 => "Earlier answers".to_owned(),
        1 => "One answer".to_owned(),
        n => format!("{n} answers"),
    };
    Ok(show(&HistoryPage {
        shell: shell.under(Nav::History),
        heading,
        recent: answers(&page.items, app.interview.now()),
        older: page.next.map(|cursor| format!("/history?after={cursor}")),
    }))
}
