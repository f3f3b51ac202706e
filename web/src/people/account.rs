//! One's own account: password, second step, and the browsers one is signed in with.

use super::signing_in::left;
use super::tokens::{recovery_code, recovery_hash};
use super::visitor::{CurrentLogin, SignedIn};
use super::{Refused, passwords, second_step};
use crate::app::App;
use crate::error::PageError;
use crate::handlers::rows::when;
use crate::page::{Nav, Shell, show, show_with};
use crate::routes::{Routes, get, post};
use askama::Template;
use axum::Form;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use serde::Deserialize;
use viva_core::ids::LoginId;
use viva_core::people::Person;
use viva_storage::LoginOf;

pub fn routes() -> Routes {
    Routes::new()
        .route("/account", get(page))
        .route("/account/password", post(password))
        .route("/account/second-step", get(second_step_page).post(switch_on))
        .route("/account/second-step/off", post(switch_off))
        .route("/account/logins/{login}/end", post(end_login))
        .route("/account/sign-out-everywhere", post(sign_out_everywhere))
}

/// Recovery codes that are made at a time.
const RECOVERY_CODES: usize = 8;

struct LoginRow {
    id: String,
    browser: String,
    since: String,
    seen: String,
    is_this: bool,
}

/// What is wrong, and beside which field.
#[derive(Default)]
struct Problems {
    current: Option<String>,
    new: Option<String>,
    off: Option<String>,
}

#[derive(Template)]
#[template(path = "account.html")]
struct AccountPage {
    shell: Shell,
    person: Person,
    notice: Option<&'static str>,
    problems: Problems,
    shortest: usize,
    /// Recovery codes that are left, where the second step is on.
    second: Option<u32>,
    logins: Vec<LoginRow>,
}

#[derive(Template)]
#[template(path = "second_step.html")]
struct SecondStepPage {
    shell: Shell,
    /// An SVG of our own making.
    picture: String,
    letters: String,
    problem: Option<String>,
}

#[derive(Template)]
#[template(path = "recovery_codes.html")]
struct RecoveryPage {
    shell: Shell,
    codes: Vec<String>,
}

/// What the page was reached after.
#[derive(Debug, Deserialize)]
pub struct After {
    #[serde(default)]
    done: String,
}

/// A new password. Its `Debug` is not derived, so that no log can hold it.
#[derive(Deserialize)]
pub struct PasswordForm {
    #[serde(default)]
    current: String,
    #[serde(default)]
    password: String,
    #[serde(default)]
    again: String,
}

/// What switches the second step on or off.
#[derive(Deserialize)]
pub struct SecondStepForm {
    #[serde(default)]
    current: String,
    #[serde(default)]
    letters: String,
    #[serde(default)]
    code: String,
}

/// `GET /account`
async fn page(
    State(app): State<App>,
    shell: Shell,
    SignedIn(person): SignedIn,
    login: CurrentLogin,
    Query(after): Query<After>,
) -> Result<Response, PageError> {
    let notice = match after.done.as_str() {
        "password" => Some("The password is changed. Every other browser is signed out."),
        "off" => Some("The second step is off."),
        "ended" => Some("That browser is signed out."),
        _ => None,
    };
    Ok(show(&draw(&app, shell, person, login, notice, Problems::default()).await?))
}

async fn draw(
    app: &App,
    shell: Shell,
    person: Person,
    CurrentLogin(own): CurrentLogin,
    notice: Option<&'static str>,
    problems: Problems,
) -> Result<AccountPage, PageError> {
    let now = app.interview.now();
    let found = app.interview.store().credentials(person.id).await.map_err(anyhow::Error::from)?;
    let second = found.and_then(|found| found.second).map(|second| second.recovery_left);
    let logins = app.entrance.logins(person.id, now).await.map_err(anyhow::Error::from)?;
    let logins = logins
        .into_iter()
        .map(|login| LoginRow {
            id: login.id.to_string(),
            browser: if login.user_agent.is_empty() { "a browser".to_owned() } else { login.user_agent },
            since: when(login.created_at, now),
            seen: when(login.seen_at, now),
            is_this: login.id == own,
        })
        .collect();
    let shell = shell.under(Nav::Account);
    Ok(AccountPage { shell, person, notice, problems, shortest: passwords::SHORTEST, second, logins })
}

/// `POST /account/password`
async fn password(
    State(app): State<App>,
    shell: Shell,
    SignedIn(person): SignedIn,
    login: CurrentLogin,
    Form(form): Form<PasswordForm>,
) -> Result<Response, PageError> {
    let new = passwords::check(&form.password, &person.name).map_err(|problem| problem.to_string());
    let new = new.and_then(|()| {
        if form.password == form.again {
            Ok(())
        } else {
            Err("The two are not the same. Write it twice.".into())
        }
    });
    let mut problems = Problems { new: new.err(), ..Problems::default() };
    if problems.new.is_none() {
        problems.current = is_not_own(&app, &person, form.current).await?;
    }
    if problems.new.is_some() || problems.current.is_some() {
        let page = draw(&app, shell, person, login, None, problems).await?;
        return Ok(show_with(StatusCode::UNPROCESSABLE_ENTITY, &page));
    }
    let hash = app.entrance.passwords.hash(form.password).await?;
    let now = app.interview.now();
    app.interview
        .store()
        .set_password(person.id, &hash, Some(login.0), now)
        .await
        .map_err(anyhow::Error::from)?;
    Ok(Redirect::to("/account?done=password").into_response())
}

/// Why what was typed is not taken for the person's own password; none where it is.
async fn is_not_own(app: &App, person: &Person, typed: String) -> Result<Option<String>, PageError> {
    match app.entrance.is_password_of(person, typed, app.interview.now()).await {
        Ok(()) => Ok(None),
        Err(Refused::Broken(error)) => Err(error.into()),
        Err(Refused::DoesNotFit) => Ok(Some("This is not your password.".to_owned())),
        Err(refused) => Ok(Some(refused.to_string())),
    }
}

/// `GET /account/second-step`: a new secret each time; nothing is switched on by looking.
async fn second_step_page(shell: Shell, SignedIn(person): SignedIn) -> Result<Response, PageError> {
    Ok(show(&enrolment(shell, &person, &second_step::new_secret(), None)?))
}

fn enrolment(
    shell: Shell,
    person: &Person,
    secret: &[u8],
    problem: Option<String>,
) -> Result<SecondStepPage, PageError> {
    let picture = second_step::picture(secret, &person.name)?;
    Ok(SecondStepPage {
        shell: shell.under(Nav::Account),
        picture,
        letters: second_step::letters(secret),
        problem,
    })
}

/// `POST /account/second-step`
async fn switch_on(
    State(app): State<App>,
    shell: Shell,
    SignedIn(person): SignedIn,
    Form(form): Form<SecondStepForm>,
) -> Result<Response, PageError> {
    let Some(secret) = second_step::from_letters(&form.letters) else {
        return Ok(Redirect::to("/account/second-step").into_response());
    };
    let Some(taken) = second_step::half_minute(&secret, &form.code, app.interview.now()) else {
        let problem = "This is not the code of this moment. Is the clock of your telephone right?".to_owned();
        let page = enrolment(shell, &person, &secret, Some(problem))?;
        return Ok(show_with(StatusCode::UNPROCESSABLE_ENTITY, &page));
    };
    if let Some(problem) = is_not_own(&app, &person, form.current).await? {
        let page = enrolment(shell, &person, &secret, Some(problem))?;
        return Ok(show_with(StatusCode::UNPROCESSABLE_ENTITY, &page));
    }
    let codes: Vec<String> = (0..RECOVERY_CODES).map(|_| recovery_code()).collect();
    let hashes: Vec<_> = codes.iter().filter_map(|code| recovery_hash(code)).collect();
    app.interview
        .store()
        .set_second_step(person.id, &secret, taken, &hashes)
        .await
        .map_err(anyhow::Error::from)?;
    Ok(show(&RecoveryPage { shell: shell.under(Nav::Account), codes }))
}

/// `POST /account/second-step/off`
async fn switch_off(
    State(app): State<App>,
    shell: Shell,
    SignedIn(person): SignedIn,
    login: CurrentLogin,
    Form(form): Form<SecondStepForm>,
) -> Result<Response, PageError> {
    if let Some(problem) = is_not_own(&app, &person, form.current).await? {
        let problems = Problems { off: Some(problem), ..Problems::default() };
        let page = draw(&app, shell, person, login, None, problems).await?;
        return Ok(show_with(StatusCode::UNPROCESSABLE_ENTITY, &page));
    }
    app.interview.store().drop_second_step(person.id).await.map_err(anyhow::Error::from)?;
    Ok(Redirect::to("/account?done=off").into_response())
}

/// `POST /account/logins/{login}/end`
async fn end_login(
    State(app): State<App>,
    SignedIn(person): SignedIn,
    CurrentLogin(own): CurrentLogin,
    Path(id): Path<String>,
) -> Result<Response, PageError> {
    let id: LoginId = id.parse().map_err(|_| PageError::NotFound)?;
    let of = LoginOf::Person(person.id);
    app.interview.store().end_login(id, of, app.interview.now()).await.map_err(anyhow::Error::from)?;
    if id == own {
        return Ok(left(&app, "/sign-in?done=out"));
    }
    Ok(Redirect::to("/account?done=ended").into_response())
}

/// `POST /account/sign-out-everywhere`
async fn sign_out_everywhere(
    State(app): State<App>,
    SignedIn(person): SignedIn,
) -> Result<Response, PageError> {
    let of = LoginOf::Person(person.id);
    app.interview.store().end_logins(of, None, app.interview.now()).await.map_err(anyhow::Error::from)?;
    Ok(left(&app, "/sign-in?done=everywhere"))
}
