//! The link that brings a candidate into their own room. It is shown once and works once.

use super::{candidate_of, own_round};
use crate::app::App;
use crate::error::PageError;
use crate::page::{Shell, show};
use crate::people::link;
use crate::people::visitor::SignedIn;
use crate::routes::{Routes, post};
use askama::Template;
use axum::extract::{Path, State};
use axum::http::HeaderMap;
use axum::response::Response;
use viva_core::people::Role;
use viva_core::round::RoundRefused;
use viva_storage::StorageError;

/// The address of inviting.
pub fn routes() -> Routes {
    Routes::new().route("/rounds/{round}/candidates/{candidate}/invite", post(invite))
}

#[derive(Template)]
#[template(path = "candidate_link.html")]
struct LinkPage {
    shell: Shell,
    round: String,
    round_href: String,
    label: String,
    link: String,
}

/// `POST …/invite`
async fn invite(
    State(app): State<App>,
    shell: Shell,
    SignedIn(person): SignedIn,
    headers: HeaderMap,
    Path((round, candidate)): Path<(String, String)>,
) -> Result<Response, PageError> {
    own_round(&app, &person, &round).await?;
    let (round, found) = candidate_of(&app, &person, &round, &candidate).await?;
    if round.closed_at.is_some() {
        return Err(super::told(StorageError::Round(RoundRefused::Closed)));
    }
    let room = Some((round.id, Some(found.id)));
    let invited = app.entrance.invite(Role::Candidate, room, Some(person.id), app.interview.now()).await;
    let (token, _) = invited.map_err(super::told)?;
    let page = LinkPage {
        shell,
        round_href: format!("/rounds/{}", round.id),
        round: round.title,
        label: found.label().to_owned(),
        link: link(&app, &headers, &token),
    };
    Ok(show(&page))
}
