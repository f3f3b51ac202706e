//! The people of this server, as an owner sees them: who there is, who is invited, and taking both back.

use super::entrance::INVITATION;
use super::visitor::SignedIn;
use crate::app::App;
use crate::error::PageError;
use crate::handlers::rows::when;
use crate::page::{Nav, Shell, show, show_with};
use crate::routes::{Routes, get, post};
use askama::Template;
use axum::Form;
use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Redirect, Response};
use serde::Deserialize;
use viva_core::ids::{InvitationId, PersonId};
use viva_core::people::Role;
use viva_storage::{LoginOf, Removal};

pub fn routes() -> Routes {
    Routes::new()
        .route("/people", get(page))
        .route("/people/invitations", post(invite))
        .route("/people/invitations/{invitation}/end", post(end_invitation))
        .route("/people/{person}/remove", get(remove_confirm).post(remove))
        .route("/people/{person}/sign-out", post(sign_out))
}

struct PersonRow {
    id: String,
    name: String,
    role: Role,
    second_step: bool,
    seen: String,
    is_self: bool,
}

struct InvitationRow {
    id: String,
    role: Role,
    by: String,
    made: String,
}

/// An invitation that was just made.
struct Made {
    role: Role,
    link: String,
}

#[derive(Template)]
#[template(path = "people.html")]
struct PeoplePage {
    shell: Shell,
    heading: String,
    notice: Option<&'static str>,
    made: Option<Made>,
    people: Vec<PersonRow>,
    invitations: Vec<InvitationRow>,
    problem: Option<String>,
    days: u64,
}

#[derive(Template)]
#[template(path = "person_remove.html")]
struct RemovePage {
    shell: Shell,
    id: String,
    name: String,
}

/// What the page was reached after.
#[derive(Debug, Deserialize)]
pub struct After {
    #[serde(default)]
    done: String,
}

/// `GET /people`
async fn page(
    State(app): State<App>,
    shell: Shell,
    SignedIn(person): SignedIn,
    Query(after): Query<After>,
) -> Result<Response, PageError> {
    let notice = match after.done.as_str() {
        "owner" => Some("You are the owner, and signed in. From now on the pages ask who one is."),
        "ended" => Some("The invitation opens nothing any more."),
        "removed" => {
            Some("They are signed out and cannot come in again. What they rated stays, with their name.")
        }
        "out" => Some("They are signed out everywhere."),
        "last" => Some("They are the only owner, so they stay. Invite another owner first."),
        _ => None,
    };
    Ok(show(&draw(&app, shell, person.id, notice, None, None).await?))
}

async fn draw(
    app: &App,
    shell: Shell,
    own: PersonId,
    notice: Option<&'static str>,
    made: Option<Made>,
    problem: Option<String>,
) -> Result<PeoplePage, PageError> {
    let (store, now) = (app.interview.store(), app.interview.now());
    let people = store.people().await.map_err(anyhow::Error::from)?;
    let invitations = store.open_invitations(now).await.map_err(anyhow::Error::from)?;
    let heading = match people.len() {
        1 => "One person can come in.".to_owned(),
        n => format!("{n} people can come in."),
    };
    let by = |id: Option<PersonId>| {
        let name = people.iter().find(|row| Some(row.person.id) == id).map(|row| row.person.name.to_string());
        name.unwrap_or_else(|| "the command line".to_owned())
    };
    let invitations = invitations
        .iter()
        .map(|invitation| InvitationRow {
            id: invitation.id.to_string(),
            role: invitation.role,
            by: by(invitation.made_by),
            made: when(invitation.made_at, now),
        })
        .collect();
    let people = people
        .iter()
        .map(|row| PersonRow {
            id: row.person.id.to_string(),
            name: row.person.name.to_string(),
            role: row.person.role,
            second_step: row.second_step,
            seen: row.seen_at.map_or_else(|| "never".to_owned(), |at| when(at, now)),
            is_self: row.person.id == own,
        })
        .collect();
    let days = INVITATION.0 / (24 * 60 * 60 * 1000);
    Ok(PeoplePage {
        shell: shell.under(Nav::People),
        heading,
        notice,
        made,
        people,
        invitations,
        problem,
        days,
    })
}

/// Whom to invite.
#[derive(Debug, Deserialize)]
pub struct InviteForm {
    #[serde(default)]
    role: String,
}

/// `POST /people/invitations`: the link is shown once, on the page that answers.
async fn invite(
    State(app): State<App>,
    shell: Shell,
    SignedIn(person): SignedIn,
    headers: HeaderMap,
    Form(form): Form<InviteForm>,
) -> Result<Response, PageError> {
    // Candidates are invited from their round, which knows them.
    let role = form.role.parse::<Role>().ok().filter(|role| role.has_password());
    let Some(role) = role else {
        let problem = Some("Choose one of the three.".to_owned());
        let page = draw(&app, shell, person.id, None, None, problem).await?;
        return Ok(show_with(StatusCode::UNPROCESSABLE_ENTITY, &page));
    };
    let now = app.interview.now();
    let (token, _) =
        app.entrance.invite(role, None, Some(person.id), now).await.map_err(anyhow::Error::from)?;
    let link = link(&app, &headers, &token);
    Ok(show(&draw(&app, shell, person.id, None, Some(Made { role, link }), None).await?))
}

/// An invitation's whole address, by the name this server was just asked for.
pub fn link(app: &App, headers: &HeaderMap, token: &super::tokens::Token) -> String {
    let host = headers.get(header::HOST).and_then(|host| host.to_str().ok()).unwrap_or("localhost");
    format!("{}://{host}/join/{}", app.entrance.transport.scheme(), token.text())
}

/// `POST /people/invitations/{invitation}/end`
async fn end_invitation(State(app): State<App>, Path(id): Path<String>) -> Result<Redirect, PageError> {
    let id: InvitationId = id.parse().map_err(|_| PageError::NotFound)?;
    app.interview.store().end_invitation(id, app.interview.now()).await.map_err(anyhow::Error::from)?;
    Ok(Redirect::to("/people?done=ended"))
}

async fn named(app: &App, id: &str) -> Result<(PersonId, String), PageError> {
    let id: PersonId = id.parse().map_err(|_| PageError::NotFound)?;
    let found = app.interview.store().credentials(id).await.map_err(anyhow::Error::from)?;
    let found = found.ok_or(PageError::NotFound)?;
    Ok((id, found.person.name.to_string()))
}

/// `GET /people/{person}/remove`
async fn remove_confirm(
    State(app): State<App>,
    shell: Shell,
    Path(id): Path<String>,
) -> Result<Response, PageError> {
    let (id, name) = named(&app, &id).await?;
    Ok(show(&RemovePage { shell: shell.under(Nav::People), id: id.to_string(), name }))
}

/// `POST /people/{person}/remove`
async fn remove(State(app): State<App>, Path(id): Path<String>) -> Result<Response, PageError> {
    let id: PersonId = id.parse().map_err(|_| PageError::NotFound)?;
    let done =
        app.interview.store().remove_person(id, app.interview.now()).await.map_err(anyhow::Error::from)?;
    let to = match done {
        Removal::Removed | Removal::NotThere => "/people?done=removed",
        Removal::LastOwner => "/people?done=last",
    };
    Ok(Redirect::to(to).into_response())
}

/// `POST /people/{person}/sign-out`
async fn sign_out(State(app): State<App>, Path(id): Path<String>) -> Result<Redirect, PageError> {
    let (id, _) = named(&app, &id).await?;
    app.interview
        .store()
        .end_logins(LoginOf::Person(id), None, app.interview.now())
        .await
        .map_err(anyhow::Error::from)?;
    Ok(Redirect::to("/people?done=out"))
}
