//! What all pages share: the shell around them and how one becomes a response.

use crate::assets;
use crate::people::Visitor;
use askama::Template;
use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{StatusCode, header};
use axum::response::{Html, IntoResponse, Response};
use std::convert::Infallible;

/// Which entry of the navigation one is under.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Nav {
    /// Home, sessions, the room and feedback.
    Practice,
    /// The bank.
    Questions,
    /// Earlier answers.
    History,
    /// Topics, coverage and trend.
    Progress,
    /// What is kept, and deleting it.
    Data,
    /// Who may come in.
    People,
    /// One's own password and logins.
    Account,
    /// None of them.
    Elsewhere,
}

/// The frame of a page: colours, navigation, foot.
#[derive(Debug, Clone)]
pub struct Shell {
    /// `light` or `dark` where the reader chose one; the system's otherwise.
    pub theme: Option<&'static str>,
    /// The navigation entry to mark.
    pub nav: Nav,
    /// The page's own address, to come back to.
    pub path: String,
    /// Short facts at the foot.
    pub footer: Vec<String>,
    /// Who looks at it.
    pub visitor: Visitor,
}

impl Shell {
    /// The address of a style sheet, script or font.
    pub fn asset(&self, name: &str) -> String {
        assets::href(name)
    }

    /// Whether the page is under one's own account.
    pub fn is_account(&self) -> bool {
        self.nav == Nav::Account
    }

    /// A frame for nobody in particular.
    pub fn bare() -> Self {
        Self {
            theme: None,
            nav: Nav::Elsewhere,
            path: "/".to_owned(),
            footer: Vec::new(),
            visitor: Visitor::Nobody,
        }
    }

    /// The same shell under a navigation entry.
    pub fn under(mut self, nav: Nav) -> Self {
        self.nav = nav;
        self
    }

    /// The same shell with facts at the foot.
    pub fn with_footer(mut self, footer: Vec<String>) -> Self {
        self.footer = footer;
        self
    }
}

/// Every page starts from its request: the chosen colours come with a cookie, so nothing flashes.
impl<S: Sync> FromRequestParts<S> for Shell {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Infallible> {
        let Ok(visitor) = Visitor::from_request_parts(parts, state).await;
        let cookies = parts.headers.get(header::COOKIE).and_then(|value| value.to_str().ok()).unwrap_or("");
        let theme = cookies.split(';').map(str::trim).find_map(|cookie| match cookie {
            "theme=light" => Some("light"),
            "theme=dark" => Some("dark"),
            _ => None,
        });
        Ok(Self {
            theme,
            nav: Nav::Elsewhere,
            path: parts.uri.path().to_owned(),
            footer: Vec::new(),
            visitor,
        })
    }
}

/// A page as a response. Pages hold what was said, so no cache keeps them.
pub fn show(page: &impl Template) -> Response {
    show_with(StatusCode::OK, page)
}

/// A page with a status of its own.
pub fn show_with(status: StatusCode, page: &impl Template) -> Response {
    match page.render() {
        Ok(html) => (status, [(header::CACHE_CONTROL, "no-store")], Html(html)).into_response(),
        Err(error) => {
            tracing::error!(%error, "a page could not be rendered");
            StatusCode::INTERNAL_SERVER_ERROR.into_response()
        }
    }
}
