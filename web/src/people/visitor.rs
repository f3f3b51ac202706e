//! Who sends a request. Handlers take a [`Visitor`] or one of the narrower extractors; whether a request may
//! be made at all was decided before, by the rights table.

use crate::error::PageError;
use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use std::convert::Infallible;
use viva_core::people::Person;

/// Who sends a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Visitor {
    /// This installation knows no person: somebody practises alone, and everything is theirs but rounds.
    Alone,
    /// There are people, and this is none of them yet.
    Nobody,
    /// An owner, interviewer or observer who has signed in.
    Person(Person),
}

/// Put into the request by the middleware that looks at its cookie; without it, one is alone.
impl<S: Sync> FromRequestParts<S> for Visitor {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Infallible> {
        Ok(parts.extensions.get::<Self>().cloned().unwrap_or(Self::Alone))
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
