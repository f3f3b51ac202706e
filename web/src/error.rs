//! One error type for all pages, and the one page that tells it: what happened and what to do next.
//! Causes are logged once, here, and never shown.

use crate::page::{Nav, Shell, show_with};
use askama::Template;
use axum::extract::Request;
use axum::http::StatusCode;
use axum::middleware::Next;
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
    /// It was there once, or is said to have been.
    #[error("{0}")]
    Gone(String),
    /// Nobody has signed in, and what was sent is not for everybody.
    #[error("signed out")]
    SignedOut,
    /// It is for another role.
    #[error("for another role")]
    AnotherRole,
    /// The owner is made at the machine that runs Viva, and nowhere else.
    #[error("from another machine")]
    FromElsewhere,
    /// Something broke on our side.
    #[error(transparent)]
    Internal(#[from] anyhow::Error),
}

/// What an error's page says, kept with the answer until it is known who asked.
#[derive(Debug, Clone)]
struct Told {
    status: StatusCode,
    heading: String,
    what_now: String,
    way_on: WayOn,
}

impl Told {
    fn draw(&self, shell: Shell) -> Response {
        let Self { status, heading, what_now, way_on } = self.clone();
        show_with(status, &ErrorPage { shell, heading, what_now, way_on })
    }
}

/// Draws error pages in the reader's colours and with the navigation that is theirs.
pub async fn dress(shell: Shell, request: Request, next: Next) -> Response {
    let response = next.run(request).await;
    match response.extensions().get::<Told>() {
        Some(told) => told.draw(shell),
        None => response,
    }
}

/// A link that leads on.
#[derive(Debug, Clone, Copy)]
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
        let mut way_on = home;
        let (status, heading, what_now) = match &self {
            Self::Gone(why) => {
                way_on = WayOn { href: "/", says: "To the start" };
                (StatusCode::GONE, "This opens nothing any more.".to_owned(), why.clone())
            }
            Self::SignedOut => {
                way_on = WayOn { href: "/sign-in", says: "Sign in" };
                (
                    StatusCode::UNAUTHORIZED,
                    "You are signed out.".to_owned(),
                    "What you sent was not saved. Sign in in another tab, then go back here and send it again."
                        .to_owned(),
                )
            }
            Self::AnotherRole => {
                way_on = WayOn { href: "/account", says: "To your account" };
                (
                    StatusCode::FORBIDDEN,
                    "This page is for another role.".to_owned(),
                    "Nothing was changed. An owner of this server can invite you in that role.".to_owned(),
                )
            }
            Self::FromElsewhere => (
                StatusCode::FORBIDDEN,
                "The owner is made at the machine itself.".to_owned(),
                "Open /people/owner in a browser on the machine that runs Viva, or run `viva people owner NAME` there."
                    .to_owned(),
            ),
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
        // Drawn for nobody in particular here; `dress` draws it again for who asked.
        let told = Told { status, heading, what_now, way_on };
        let mut response = told.draw(Shell::bare());
        response.extensions_mut().insert(told);
        response
    }
}
