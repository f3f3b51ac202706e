//! Coming in for the first time: the first owner, by an invitation, or into a candidate's own room.

use super::entrance::Coming;
use super::signing_in::arrived;
use super::{Refused, passwords};
use crate::app::App;
use crate::error::PageError;
use crate::handlers::sentence;
use crate::page::{Nav, Shell, show, show_with};
use crate::routes::{Routes, get};
use askama::Template;
use axum::Form;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use serde::Deserialize;
use viva_core::people::{PersonName, Role};

pub fn routes() -> Routes {
    Routes::new()
        .route("/people/owner", get(owner_page).post(make_owner))
        .route("/join/{token}", get(page).post(join))
}

/// A name and a password of one's own.
#[derive(Template)]
#[template(path = "join.html")]
struct JoinPage {
    shell: Shell,
    heading: &'static str,
    /// What comes with it.
    says: Vec<&'static str>,
    action: String,
    button: &'static str,
    /// Whether a name and a password are asked for.
    asks: bool,
    /// What was typed.
    name: String,
    name_problem: Option<String>,
    password_problem: Option<String>,
    shortest: usize,
}

/// What is typed to join. Its `Debug` is not derived, so that no log can hold it.
#[derive(Deserialize)]
pub struct JoinForm {
    #[serde(default)]
    name: String,
    #[serde(default)]
    password: String,
    #[serde(default)]
    again: String,
}

impl JoinPage {
    fn owner(shell: Shell) -> Self {
        Self {
            shell,
            heading: "Make the owner.",
            says: vec![
                "From then on the pages ask who one is, here and from other machines.",
                Role::Owner.may(),
                "What was practised here so far belongs to the owner. Whoever can use a terminal on this machine can \
                 always get back in with viva people reset.",
            ],
            action: "/people/owner".to_owned(),
            button: "Make the owner",
            asks: true,
            name: String::new(),
            name_problem: None,
            password_problem: None,
            shortest: passwords::SHORTEST,
        }
    }

    fn invited(shell: Shell, role: Role, token: &str) -> Self {
        let (heading, button) = match role {
            Role::Owner => ("You are invited as an owner.", "Join"),
            Role::Interviewer => ("You are invited as an interviewer.", "Join"),
            Role::Observer => ("You are invited as an observer.", "Join"),
            Role::Candidate => ("Your interview is here.", "Enter"),
        };
        let says = match role {
            Role::Candidate => vec![
                "Entering opens your own room in this browser, for twelve hours. The link works once: use the browser \
                 and the machine you will speak at.",
                "Nothing is recorded before you have read what it is for.",
            ],
            role => vec![role.may(), "The link works once."],
        };
        Self {
            heading,
            says,
            button,
            action: format!("/join/{token}"),
            asks: role.has_password(),
            ..Self::owner(shell)
        }
    }

    /// What was typed, or why it is not taken.
    fn read(&mut self, form: JoinForm) -> Option<(PersonName, String)> {
        let name = form.name.parse::<PersonName>();
        self.name = form.name.chars().filter(|c| !c.is_control()).take(PersonName::LONGEST).collect();
        let Ok(name) = name else {
            self.name_problem = name.err().map(|problem| sentence(&problem.to_string()));
            return None;
        };
        if let Err(problem) = passwords::check(&form.password, &name) {
            self.password_problem = Some(problem.to_string());
            return None;
        }
        if form.password != form.again {
            self.password_problem = Some("The two are not the same. Write it twice.".to_owned());
            return None;
        }
        Some((name, form.password))
    }

    fn refused(mut self, refused: Refused) -> Result<Response, PageError> {
        match refused {
            Refused::Broken(error) => Err(error.into()),
            Refused::NameTaken => {
                self.name_problem = Some(refused.to_string());
                Ok(show_with(StatusCode::UNPROCESSABLE_ENTITY, &self))
            }
            _ => Err(closed()),
        }
    }
}

/// An invitation that opens nothing. The same words for one that was used and one that never was.
fn closed() -> PageError {
    PageError::Gone(
        "This invitation is not open. It works once and for a week; ask for a new one.".to_owned(),
    )
}

/// `GET /people/owner`
async fn owner_page(shell: Shell) -> Response {
    show(&JoinPage::owner(shell))
}

/// `POST /people/owner`
async fn make_owner(
    State(app): State<App>,
    shell: Shell,
    coming: Coming,
    Form(form): Form<JoinForm>,
) -> Result<Response, PageError> {
    let mut page = JoinPage::owner(shell);
    let Some((name, password)) = page.read(form) else {
        return Ok(show_with(StatusCode::UNPROCESSABLE_ENTITY, &page));
    };
    match app.entrance.first_owner(name, password, coming, app.interview.now()).await {
        Ok(token) => Ok(arrived(&app, &token, "/people?done=owner")),
        // Somebody was faster, perhaps the same person with a second click.
        Err(Refused::NoInvitation) => {
            Err(PageError::Conflict("There is an owner by now. Sign in instead.".into()))
        }
        Err(refused) => page.refused(refused),
    }
}

/// `GET /join/{token}`: looking does not use it up, so that a preview in a chat does no harm.
async fn page(
    State(app): State<App>,
    shell: Shell,
    Path(token): Path<String>,
) -> Result<Response, PageError> {
    let found = app.entrance.invitation(&token, app.interview.now()).await.map_err(anyhow::Error::from)?;
    let (_, invitation) = found.ok_or_else(closed)?;
    Ok(show(&JoinPage::invited(shell, invitation.role, &token)))
}

/// `POST /join/{token}`
async fn join(
    State(app): State<App>,
    shell: Shell,
    coming: Coming,
    Path(token): Path<String>,
    Form(form): Form<JoinForm>,
) -> Result<Response, PageError> {
    let now = app.interview.now();
    let found = app.entrance.invitation(&token, now).await.map_err(anyhow::Error::from)?;
    let invited = found.ok_or_else(closed)?;
    let role = invited.1.role;
    let mut page = JoinPage::invited(shell, role, &token);
    let entered = if role == Role::Candidate {
        app.entrance.enter(invited, coming, now).await
    } else {
        let Some((name, password)) = page.read(form) else {
            return Ok(show_with(StatusCode::UNPROCESSABLE_ENTITY, &page));
        };
        app.entrance.join(invited, name, password, coming, now).await
    };
    match entered {
        Ok(token) => {
            let home = match role {
                Role::Owner => "/",
                Role::Candidate => "/room",
                Role::Interviewer | Role::Observer => crate::rights::HOME_OF_GUESTS,
            };
            Ok(arrived(&app, &token, home))
        }
        Err(refused) => page.refused(refused),
    }
}
