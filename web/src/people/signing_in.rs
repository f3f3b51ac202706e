//! Signing in and out.

use super::entrance::{Attempt, Coming};
use super::{Refused, Visitor};
use crate::app::App;
use crate::error::PageError;
use crate::page::{Nav, Shell, show, show_with};
use crate::routes::{Routes, get, post};
use askama::Template;
use axum::Form;
use axum::extract::{Query, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Redirect, Response};
use serde::Deserialize;

pub fn routes() -> Routes {
    Routes::new().route("/sign-in", get(page).post(sign_in)).route("/sign-out", post(sign_out))
}

#[derive(Template)]
#[template(path = "sign_in.html")]
struct SignInPage {
    shell: Shell,
    heading: &'static str,
    /// What was typed.
    name: String,
    problem: Option<String>,
    /// Where to go on to.
    to: String,
}

/// Where one came from.
#[derive(Debug, Deserialize)]
pub struct Back {
    #[serde(default)]
    to: String,
    #[serde(default)]
    done: String,
}

/// What is typed to sign in. Its `Debug` is not derived, so that no log can hold it.
#[derive(Deserialize)]
pub struct SignInForm {
    #[serde(default)]
    name: String,
    #[serde(default)]
    password: String,
    #[serde(default)]
    code: String,
    #[serde(default)]
    to: String,
}

/// `GET /sign-in`
async fn page(shell: Shell, Query(back): Query<Back>) -> Response {
    match &shell.visitor {
        Visitor::Nobody => {}
        visitor => return Redirect::to(visitor.home()).into_response(),
    }
    let heading = match back.done.as_str() {
        "everywhere" => "You are signed out everywhere.",
        "out" => "You are signed out.",
        _ => "Sign in",
    };
    show(&SignInPage { shell, heading, name: String::new(), problem: None, to: ours(back.to) })
}

/// `POST /sign-in`
async fn sign_in(
    State(app): State<App>,
    shell: Shell,
    coming: Coming,
    Form(form): Form<SignInForm>,
) -> Result<Response, PageError> {
    if shell.visitor == Visitor::Alone {
        return Ok(Redirect::to("/").into_response());
    }
    let attempt = Attempt { name: form.name.clone(), password: form.password, code: form.code };
    match app.entrance.sign_in(attempt, coming, app.interview.now()).await {
        Ok(token) => {
            let to = ours(form.to);
            let to = if to.is_empty() { "/".to_owned() } else { to };
            Ok(arrived(&app, &token, &to))
        }
        Err(Refused::Broken(error)) => Err(error.into()),
        Err(refused) => {
            let status = match &refused {
                Refused::Wait(_) => StatusCode::TOO_MANY_REQUESTS,
                Refused::Busy => StatusCode::SERVICE_UNAVAILABLE,
                _ => StatusCode::UNPROCESSABLE_ENTITY,
            };
            let name = form.name.chars().filter(|c| !c.is_control()).take(60).collect();
            let problem = Some(refused.to_string());
            let page = SignInPage { shell, heading: "Sign in", name, problem, to: ours(form.to) };
            let mut response = show_with(status, &page);
            if let Refused::Wait(wait) = refused
                && let Ok(seconds) = HeaderValue::from_str(&wait.0.div_ceil(1000).to_string())
            {
                response.headers_mut().insert(header::RETRY_AFTER, seconds);
            }
            Ok(response)
        }
    }
}

/// `POST /sign-out`
async fn sign_out(State(app): State<App>, coming: Coming) -> Result<Response, PageError> {
    app.entrance.leave(&coming, app.interview.now()).await.map_err(anyhow::Error::from)?;
    Ok(left(&app, "/sign-in?done=out"))
}

/// Goes on with a new login.
pub(super) fn arrived(app: &App, token: &super::tokens::Token, to: &str) -> Response {
    ([(header::SET_COOKIE, app.entrance.transport.keep(token))], Redirect::to(to)).into_response()
}

/// Goes on without one, and with nothing of it left in the browser's cache.
pub(super) fn left(app: &App, to: &str) -> Response {
    let headers = [
        (header::SET_COOKIE, app.entrance.transport.forget()),
        (header::HeaderName::from_static("clear-site-data"), HeaderValue::from_static("\"cache\"")),
    ];
    (headers, Redirect::to(to)).into_response()
}

/// Only a path of ours: never a way to send someone elsewhere.
fn ours(to: String) -> String {
    let fits = to.starts_with('/')
        && !to.starts_with("//")
        && to.len() < 500
        && !to.contains(|c: char| c == '\\' || c.is_control());
    if fits { to } else { String::new() }
}
