//! Who sends a request. Handlers take a [`Visitor`] or one of the narrower extractors; whether a request may
//! be made at all was decided before, by the rights table.

use super::entrance::{Coming, user_agent};
use crate::app::App;
use crate::error::PageError;
use crate::peer::Peer;
use axum::extract::connect_info::ConnectInfo;
use axum::extract::{FromRef, FromRequestParts, Request, State};
use axum::http::header;
use axum::http::request::Parts;
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use std::convert::Infallible;
use viva_core::ids::{CandidateId, LoginId, RoundId};
use viva_core::people::{Person, Role};

/// Who sends a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Visitor {
    /// This installation knows no person: somebody practises alone, and everything is theirs but rounds.
    Alone,
    /// There are people, and this is none of them yet.
    Nobody,
    /// An owner, interviewer or observer who has signed in.
    Person(Person),
    /// A candidate who followed their invitation.
    Candidate {
        /// Who.
        candidate: CandidateId,
        /// In which round.
        round: RoundId,
    },
}

impl Visitor {
    /// Whether practice is theirs: somebody alone, or an owner.
    pub fn practises(&self) -> bool {
        matches!(self, Self::Alone) || self.is_owner()
    }

    /// Whether this is an owner who has signed in.
    pub fn is_owner(&self) -> bool {
        matches!(self, Self::Person(person) if person.role == Role::Owner)
    }

    /// Who has signed in, if anybody.
    pub fn person(&self) -> Option<&Person> {
        match self {
            Self::Person(person) => Some(person),
            _ => None,
        }
    }

    /// Where their pages begin.
    pub fn home(&self) -> &'static str {
        match self {
            Self::Alone | Self::Nobody => "/",
            Self::Person(person) if person.role == Role::Owner => "/",
            Self::Person(_) => crate::rights::HOME_OF_GUESTS,
            Self::Candidate { .. } => "/room",
        }
    }
}

/// Looks at a request's cookie and puts the [`Visitor`] into it.
pub async fn recognise(State(app): State<App>, mut request: Request, next: Next) -> Response {
    let (visitor, login) = match app.entrance.who(request.headers(), app.interview.now()).await {
        Ok(found) => found,
        Err(error) => return PageError::Internal(error.into()).into_response(),
    };
    // The cookie is for nobody beyond this point to read, or to log.
    if let Some(login) = login {
        request.extensions_mut().insert(CurrentLogin(login));
    }
    let private = visitor != Visitor::Alone;
    request.extensions_mut().insert(visitor);
    let mut response = next.run(request).await;
    if private {
        response.headers_mut().append(header::VARY, header::HeaderValue::from_static("cookie"));
    }
    response
}

impl<S: Sync> FromRequestParts<S> for Visitor {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Infallible> {
        // Every request passes `recognise`; one that did not has nobody behind it.
        Ok(parts.extensions.get::<Self>().cloned().unwrap_or(Self::Nobody))
    }
}

/// The person who has signed in; there is no page here for anybody else.
#[derive(Debug, Clone)]
pub struct SignedIn(pub Person);

impl<S: Sync> FromRequestParts<S> for SignedIn {
    type Rejection = PageError;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, PageError> {
        match parts.extensions.get::<Visitor>() {
            Some(Visitor::Person(person)) => Ok(Self(person.clone())),
            _ => Err(PageError::NotFound),
        }
    }
}

/// The candidate in their own room; there is no page here for anybody else.
#[derive(Debug, Clone, Copy)]
pub struct OwnCandidate(pub CandidateId);

impl<S: Sync> FromRequestParts<S> for OwnCandidate {
    type Rejection = PageError;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, PageError> {
        match parts.extensions.get::<Visitor>() {
            Some(Visitor::Candidate { candidate, .. }) => Ok(Self(*candidate)),
            _ => Err(PageError::NotFound),
        }
    }
}

/// The login a request came by.
#[derive(Debug, Clone, Copy)]
pub struct CurrentLogin(pub LoginId);

impl<S: Sync> FromRequestParts<S> for CurrentLogin {
    type Rejection = PageError;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, PageError> {
        parts.extensions.get::<Self>().copied().ok_or(PageError::NotFound)
    }
}

/// Where it comes from: address, browser and the login it has.
impl<S: Sync> FromRequestParts<S> for Coming
where
    App: FromRef<S>,
{
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Infallible> {
        let address =
            parts.extensions.get::<ConnectInfo<Peer>>().map(|ConnectInfo(Peer(address))| address.ip());
        let before = App::from_ref(state).entrance.transport.read(&parts.headers);
        Ok(Self { address, user_agent: user_agent(&parts.headers), before })
    }
}
