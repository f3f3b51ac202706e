//! One error type for all pages, and the one page that tells it: what happened and what to do next.
//! Causes are logged once, here, and never shown.

use crate::page::{Nav, Shell, show_with};
use askama::Template;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};

/// What a page may end in.
#[derive(Debug, thiserror::Error)]
pub enum PageError {
    /// There is no such page, session or answer.
    #[error("not found")]
    NotFound,
    /// The address or form cannot be what a page of ours sent.
    #[error("{0}")]
    BadRequest(String),
    /// The thing is not in a state in which this can be done.
    #[error("{0}")]
    Conflict(String),
    /// Something broke on our side.
    #[error(transparent)]
    Internal(#[from] anyhow::Error),
}

/// A link that leads on.
#[derive(Debug)]
pub struct WayOn {
    href: &'static str,
    says: &'static str,
}

#[derive(Template)]
#[template(path = "error.html")]
struct ErrorPage {
    shell: Shell,
    heading: String,
    what_now: String,
    way_on: WayOn,
}

impl IntoResponse for PageError {
    fn into_response(self) -> Response {
        let home = WayOn { href: "/", says: "Back to practice" };
        let (status, heading, what_now) = match &self {
            Self::NotFound => (
                StatusCode::NOT_FOUND,
                "There is nothing at this address.".to_owned(),
                "It may have been deleted, or the address may be mistyped.".to_owned(),
            ),
            Self::BadRequest(why) => (
                StatusCode::BAD_REQUEST,
                "This could not be read.".to_owned(),
                format!("{why} Nothing was changed. Go back and try again."),
            ),
            Self::Conflict(why) => (
                StatusCode::CONFLICT,
                "This cannot be done now.".to_owned(),
                format!("{why} Nothing was lost."),
            ),
            Self::Internal(error) => {
                tracing::error!(error = format!("{error:#}"), "a request failed");
                (
                    StatusCode::INTERNAL_SERVER_ERROR,
                    "Viva could not do this.".to_owned(),
                    "What was recorded is safe on disk and will be picked up at the next start. Try again; \
                     if it stays so, the log of the server says why."
                        .to_owned(),
                )
            }
        };
        let shell = Shell { theme: None, nav: Nav::Elsewhere, path: "/".to_owned(), footer: Vec::new() };
        show_with(status, &ErrorPage { shell, heading, what_now, way_on: home })
    }
}
