//! Who may do what: one table over every route, enforced before any handler runs.
//!
//! A route that stands in no row is refused, whoever asks. A test walks every route with every kind of visitor, and
//! fails where a route has no row or a row no route. Rows decide by role, seat and room; what one may read *within* a
//! round (blind until submitted) is decided again in its queries.

use crate::app::App;
use crate::error::PageError;
use crate::peer::Nearness;
use crate::people::{Spot, Visitor};
use axum::RequestExt;
use axum::extract::{MatchedPath, RawPathParams, Request, State};
use axum::http::{HeaderMap, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Redirect, Response};
use std::collections::HashMap;
use std::sync::OnceLock;
use viva_core::ids::{CandidateId, RoundId};
use viva_core::people::Role;
use viva_core::round::Seat;
use viva_storage::StorageError;

/// Where interviewers and observers begin: practice is the owner's.
pub const HOME_OF_GUESTS: &str = "/rounds";

/// Who may use a route.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Who {
    /// Everybody, signed in or not.
    Anyone,
    /// Practice and everything kept of it: somebody alone, or an owner.
    Practice,
    /// Whoever is at this machine while there is no person yet.
    FirstOwner,
    /// An owner who has signed in.
    Owner,
    /// Everybody with a name and a password.
    SignedIn,
    /// Whoever has one of these seats in the `{round}`, or in the round of the `{candidate}`, of the address.
    Seat(&'static [Seat]),
    /// The candidate themselves. An address with a `{candidate}` or `{round}` must name their own.
    OwnRoom,
}

use Who::{Anyone, FirstOwner, OwnRoom, Owner, Practice, SignedIn};

/// Everybody in a round who reads it.
const READS: Who = Who::Seat(&[Seat::Owner, Seat::Interviewer, Seat::Observer]);
/// Everybody in a round who does things there.
const ACTS: Who = Who::Seat(&[Seat::Owner, Seat::Interviewer]);
/// Whoever runs a round.
const RUNS: Who = Who::Seat(&[Seat::Owner]);

/// Methods, path, who.
type Row = (&'static str, &'static str, Who);

/// The table. Methods are separated by a space.
const TABLE: &[Row] = &[
    // Looks and ways in.
    ("GET", "/static/{stamp}/{*name}", Anyone),
    ("POST", "/theme", Anyone),
    ("GET POST", "/sign-in", Anyone),
    ("POST", "/sign-out", Anyone),
    ("GET POST", "/join/{token}", Anyone),
    ("GET POST", "/people/owner", FirstOwner),
    // People.
    ("GET", "/people", Owner),
    ("POST", "/people/invitations", Owner),
    ("POST", "/people/invitations/{invitation}/end", Owner),
    ("GET POST", "/people/{person}/remove", Owner),
    ("POST", "/people/{person}/sign-out", Owner),
    // One's own account.
    ("GET", "/account", SignedIn),
    ("POST", "/account/password", SignedIn),
    ("GET POST", "/account/second-step", SignedIn),
    ("POST", "/account/second-step/off", SignedIn),
    ("POST", "/account/logins/{login}/end", SignedIn),
    ("POST", "/account/sign-out-everywhere", SignedIn),
    // A candidate's own room.
    ("GET", "/room", OwnRoom),
    ("GET", "/room/now", OwnRoom),
    ("POST", "/room/agree", OwnRoom),
    ("POST", "/room/opt-out", OwnRoom),
    ("POST", "/room/pieces", OwnRoom),
    ("GET", "/room/answers/{attempt}/pieces", OwnRoom),
    ("POST", "/room/answers/{attempt}/pieces/end", OwnRoom),
    ("POST", "/room/answers/{attempt}/pieces/{number}", OwnRoom),
    // Kits and rounds.
    ("GET POST", "/kits", Owner),
    ("GET POST", "/kits/{kit}", Owner),
    ("GET", "/kits/{kit}/guide", Owner),
    ("GET", "/rounds", SignedIn),
    ("POST", "/rounds", Owner),
    ("GET", "/rounds/{round}", READS),
    ("POST", "/rounds/{round}/candidates", RUNS),
    ("POST", "/rounds/{round}/seats", RUNS),
    ("POST", "/rounds/{round}/cards", RUNS),
    ("POST", "/rounds/{round}/show", RUNS),
    ("POST", "/rounds/{round}/close", RUNS),
    ("GET", "/rounds/{round}/candidates/{candidate}", READS),
    ("GET", "/rounds/{round}/candidates/{candidate}/now", READS),
    ("POST", "/rounds/{round}/candidates/{candidate}/invite", RUNS),
    ("POST", "/rounds/{round}/candidates/{candidate}/questions/{number}/open", ACTS),
    ("POST", "/rounds/{round}/candidates/{candidate}/ground", ACTS),
    ("POST", "/rounds/{round}/candidates/{candidate}/opt-out", ACTS),
    ("POST", "/rounds/{round}/candidates/{candidate}/questions/{number}/record", ACTS),
    ("POST", "/rounds/{round}/candidates/{candidate}/questions/{number}/probe", ACTS),
    ("POST", "/rounds/{round}/candidates/{candidate}/questions/{number}/entry", ACTS),
    ("POST", "/rounds/{round}/candidates/{candidate}/mark", ACTS),
    ("POST", "/rounds/{round}/candidates/{candidate}/stop", ACTS),
    ("POST", "/rounds/{round}/candidates/{candidate}/discard", ACTS),
    ("POST", "/rounds/{round}/candidates/{candidate}/deviations", ACTS),
    ("GET", "/rounds/{round}/candidates/{candidate}/answers/{attempt}/audio", READS),
    ("GET", "/rounds/{round}/candidates/{candidate}/card", READS),
    ("POST", "/rounds/{round}/candidates/{candidate}/card/verdict", ACTS),
    ("POST", "/rounds/{round}/candidates/{candidate}/card/submit", ACTS),
    ("POST", "/rounds/{round}/candidates/{candidate}/card/amend", ACTS),
    // Deciding, and what is left after a round.
    ("GET", "/rounds/{round}/matrix", READS),
    ("GET", "/rounds/{round}/agreement", READS),
    ("GET", "/rounds/{round}/print", READS),
    ("POST", "/rounds/{round}/candidates/{candidate}/consensus", ACTS),
    ("GET", "/rounds/{round}/export.csv", READS),
    ("GET", "/rounds/{round}/export.json", READS),
    ("GET", "/rounds/{round}/afterwards", RUNS),
    ("POST", "/rounds/{round}/retention", RUNS),
    ("GET", "/rounds/{round}/candidates/{candidate}/afterwards", RUNS),
    ("GET", "/rounds/{round}/candidates/{candidate}/export.zip", RUNS),
    ("POST", "/rounds/{round}/candidates/{candidate}/hold", RUNS),
    ("POST", "/rounds/{round}/candidates/{candidate}/hold/lift", RUNS),
    ("GET", "/rounds/{round}/candidates/{candidate}/erase", RUNS),
    ("POST", "/rounds/{round}/erased", RUNS),
    // Practice.
    ("GET", "/", Practice),
    ("GET", "/questions", Practice),
    ("GET", "/questions/{question}", Practice),
    ("GET", "/questions/{question}/attempts", Practice),
    ("GET POST", "/questions/{question}/bench", Practice),
    ("POST", "/questions/{question}/bench/marks", Practice),
    ("POST", "/questions/{question}/bench/forget", Practice),
    ("POST", "/questions/{question}/bench/accept", Practice),
    ("POST", "/questions/{question}/bench/undo", Practice),
    ("GET", "/history", Practice),
    ("GET", "/progress", Practice),
    ("GET POST", "/microphone", Practice),
    ("GET", "/microphone/events", Practice),
    ("GET", "/microphone/sound", Practice),
    ("POST", "/microphone/choice", Practice),
    ("POST", "/sessions", Practice),
    ("GET", "/sessions/{session}", Practice),
    ("POST", "/sessions/{session}/finish", Practice),
    ("GET", "/sessions/{session}/questions/{number}", Practice),
    ("POST", "/sessions/{session}/questions/{number}/record", Practice),
    ("POST", "/sessions/{session}/questions/{number}/typed", Practice),
    ("POST", "/sessions/{session}/questions/{number}/skip", Practice),
    ("POST", "/sessions/{session}/questions/{number}/help", Practice),
    ("GET", "/sessions/{session}/print", Practice),
    ("GET", "/sessions/{session}/export.json", Practice),
    ("GET", "/sessions/{session}/export.csv", Practice),
    ("GET", "/sessions/{session}/export.md", Practice),
    ("GET", "/sessions/{session}/export.vtt", Practice),
    ("GET POST", "/sessions/{session}/delete", Practice),
    ("GET", "/attempts/{attempt}", Practice),
    ("GET", "/attempts/{attempt}/events", Practice),
    ("GET", "/attempts/{attempt}/audio", Practice),
    ("POST", "/sessions/{session}/questions/{number}/pieces", Practice),
    ("GET", "/attempts/{attempt}/pieces", Practice),
    ("POST", "/attempts/{attempt}/pieces/{number}", Practice),
    ("POST", "/attempts/{attempt}/pieces/end", Practice),
    ("GET", "/connection", Practice),
    ("POST", "/attempts/{attempt}/stop", Practice),
    ("POST", "/attempts/{attempt}/pause", Practice),
    ("POST", "/attempts/{attempt}/resume", Practice),
    ("POST", "/attempts/{attempt}/retake", Practice),
    ("POST", "/attempts/{attempt}/settle", Practice),
    ("GET POST", "/attempts/{attempt}/words", Practice),
    ("POST", "/attempts/{attempt}/words/restore", Practice),
    ("POST", "/attempts/{attempt}/follow-up/{criterion}", Practice),
    ("POST", "/attempts/{attempt}/rescore", Practice),
    ("GET POST", "/attempts/{attempt}/delete", Practice),
    ("GET POST", "/attempts/{attempt}/audio/delete", Practice),
    // The owner's data and questions.
    ("GET", "/data", Practice),
    ("GET POST", "/data/retention", Practice),
    ("GET", "/data/backup", Practice),
    ("GET POST", "/data/delete", Practice),
    ("GET", "/data/export.json", Practice),
    ("GET", "/data/export.csv", Practice),
    ("GET", "/data/export.md", Practice),
    ("GET", "/data/export.vtt", Practice),
    ("GET POST", "/corrections", Practice),
    ("POST", "/corrections/remove", Practice),
    ("POST", "/corrections/undo", Practice),
    ("GET POST", "/import", Practice),
    ("GET", "/import/{id}", Practice),
    ("POST", "/import/{id}/steps", Practice),
    ("POST", "/import/{id}/undo", Practice),
    ("POST", "/import/{id}/redo", Practice),
    ("POST", "/import/{id}/discard", Practice),
    ("GET POST", "/import/{id}/questions/{number}", Practice),
    ("POST", "/import/{id}/questions/{number}/criteria", Practice),
    ("GET POST", "/import/{id}/add", Practice),
    ("GET", "/import/{id}/added", Practice),
    ("GET POST", "/review", Practice),
    ("GET", "/review/{id}", Practice),
    ("POST", "/review/{id}/steps", Practice),
    ("POST", "/review/{id}/undo", Practice),
    ("POST", "/review/{id}/redo", Practice),
    ("POST", "/review/{id}/listen", Practice),
    ("POST", "/review/{id}/discard", Practice),
    ("GET", "/review/{id}/recording", Practice),
    ("GET", "/review/{id}/answers/{number}", Practice),
];

/// Why a request is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Refusal {
    /// Nobody has signed in, and somebody must.
    SignIn,
    /// It is for people, and there are none yet.
    MakeOwner,
    /// It is for another role.
    AnotherRole,
    /// It is in a round or room that is not theirs, so for them it does not exist.
    NotTheirs,
    /// The owner is made at the machine itself.
    FromElsewhere,
}

/// Lets a request through to its handler, or answers it. Every route passes here.
pub async fn enforce(State(app): State<App>, mut request: Request, next: Next) -> Response {
    let Some(path) = request.extensions().get::<MatchedPath>().cloned() else {
        // No route at all: the page that says so.
        return next.run(request).await;
    };
    let method = if request.method() == Method::HEAD { Method::GET } else { request.method().clone() };
    let Some(who) = rights().get(&(method.as_str(), path.as_str())).copied() else {
        let known = TABLE.iter().any(|(_, row, _)| *row == path.as_str());
        if !known {
            tracing::error!(%method, path = path.as_str(), "a route stands in no row of the rights table");
        }
        return if known {
            StatusCode::METHOD_NOT_ALLOWED.into_response()
        } else {
            PageError::NotFound.into_response()
        };
    };
    let asked = match Asked::of(&mut request).await {
        Ok(asked) => asked,
        Err(refusal) => return refusal,
    };
    match decide(&app, who, &asked).await {
        Ok(None) => next.run(request).await,
        Ok(Some(refusal)) => {
            answer(refusal, &asked, request.method(), request.uri().path(), request.headers())
        }
        Err(error) => PageError::Internal(error.into()).into_response(),
    }
}

/// What a decision is made from.
struct Asked {
    visitor: Visitor,
    nearness: Nearness,
    round: Option<RoundId>,
    candidate: Option<CandidateId>,
}

impl Asked {
    async fn of(request: &mut Request) -> Result<Self, Response> {
        let Ok(visitor) = request.extract_parts::<Visitor>().await;
        let Ok(nearness) = request.extract_parts::<Nearness>().await;
        let params = request.extract_parts::<RawPathParams>().await.map_err(IntoResponse::into_response)?;
        let (mut round, mut candidate) = (None, None);
        for (name, value) in &params {
            match name {
                "round" => round = Some(value.parse().map_err(|_| PageError::NotFound.into_response())?),
                "candidate" => {
                    candidate = Some(value.parse().map_err(|_| PageError::NotFound.into_response())?);
                }
                _ => {}
            }
        }
        Ok(Self { visitor, nearness, round, candidate })
    }

    /// Whether the address names nothing but this candidate's own.
    fn is_of(&self, own: CandidateId, round: RoundId) -> bool {
        self.candidate.is_none_or(|named| named == own) && self.round.is_none_or(|named| named == round)
    }
}

async fn decide(app: &App, who: Who, asked: &Asked) -> Result<Option<Refusal>, StorageError> {
    let refusal = match (who, &asked.visitor) {
        (Anyone, _) => None,
        (FirstOwner, Visitor::Alone) if asked.nearness == Nearness::Here => None,
        (FirstOwner, Visitor::Alone) => Some(Refusal::FromElsewhere),
        (FirstOwner, _) => Some(Refusal::NotTheirs),
        // From which addresses somebody alone is reached at all is decided where the server is started.
        (Practice, Visitor::Alone) => None,
        (_, Visitor::Alone) => Some(Refusal::MakeOwner),
        (_, Visitor::Nobody) => Some(Refusal::SignIn),
        (Practice | Owner, Visitor::Person(person)) => {
            (person.role != Role::Owner).then_some(Refusal::AnotherRole)
        }
        (SignedIn, Visitor::Person(_)) => None,
        (Who::Seat(seats), Visitor::Person(person)) => {
            let has = |seat: Option<Seat>| seat.is_some_and(|seat| seats.contains(&seat));
            let mut seated = false;
            if let Some(candidate) = asked.candidate {
                seated = has(app.entrance.seat(person.id, Spot::Candidate(candidate)).await?);
            }
            // Where both are named, both must hold.
            if let Some(round) = asked.round {
                let there = has(app.entrance.seat(person.id, Spot::Round(round)).await?);
                seated = there && (asked.candidate.is_none() || seated);
            }
            (!seated).then_some(Refusal::NotTheirs)
        }
        (OwnRoom, Visitor::Candidate { candidate, round }) => {
            (!asked.is_of(*candidate, *round)).then_some(Refusal::NotTheirs)
        }
        (OwnRoom, Visitor::Person(_)) => Some(Refusal::AnotherRole),
        (Practice | Owner | SignedIn | Who::Seat(_), Visitor::Candidate { .. }) => Some(Refusal::NotTheirs),
    };
    Ok(refusal)
}

fn answer(refusal: Refusal, asked: &Asked, method: &Method, path: &str, headers: &HeaderMap) -> Response {
    let reads = *method == Method::GET && wants_a_page(headers);
    match refusal {
        Refusal::SignIn if reads => Redirect::to(&sign_in_href(path)).into_response(),
        Refusal::SignIn => PageError::SignedOut.into_response(),
        Refusal::MakeOwner if reads => Redirect::to("/people/owner").into_response(),
        Refusal::MakeOwner | Refusal::NotTheirs if path != "/" => PageError::NotFound.into_response(),
        Refusal::FromElsewhere => PageError::FromElsewhere.into_response(),
        // The way everybody comes in leads each to their own.
        Refusal::AnotherRole | Refusal::NotTheirs | Refusal::MakeOwner if path == "/" && reads => {
            Redirect::to(asked.visitor.home()).into_response()
        }
        Refusal::AnotherRole | Refusal::NotTheirs | Refusal::MakeOwner => {
            PageError::AnotherRole.into_response()
        }
    }
}

/// Whether a person looks at the answer, and no script or event stream.
fn wants_a_page(headers: &HeaderMap) -> bool {
    headers
        .get(header::ACCEPT)
        .and_then(|accept| accept.to_str().ok())
        .is_none_or(|accept| accept.contains("text/html") || accept == "*/*")
}

/// The sign-in page, to come back from.
pub fn sign_in_href(path: &str) -> String {
    if path == "/" {
        return "/sign-in".to_owned();
    }
    let to: String = url::form_urlencoded::byte_serialize(path.as_bytes()).collect();
    format!("/sign-in?to={to}")
}

fn rights() -> &'static HashMap<(&'static str, &'static str), Who> {
    static RIGHTS: OnceLock<HashMap<(&'static str, &'static str), Who>> = OnceLock::new();
    RIGHTS.get_or_init(|| {
        TABLE
            .iter()
            .flat_map(|&(methods, path, who)| methods.split(' ').map(move |method| ((method, path), who)))
            .collect()
    })
}

#[cfg(test)]
mod tests;
