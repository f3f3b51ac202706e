//! People on this server: who sends a request, how they prove it, and the pages for it.
//!
//! Invariants
//! * A password, code or token is never logged and never kept as it was: passwords as argon2id, tokens as SHA-256.
//! * A name nobody has costs the same work and gets the same answer as a wrong password.
//! * Signing in always makes a new token; one that a browser brought along is never taken over.

mod account;
mod cookie;
mod entrance;
mod joining;
mod list;
pub mod passwords;
mod second_step;
mod signing_in;
#[cfg(test)]
mod tests;
mod tokens;
pub mod visitor;
mod waiting;

pub use cookie::Transport;
pub use entrance::{Entrance, Refused, Seating, Spot};
pub use list::link;
pub use visitor::Visitor;

use crate::routes::Routes;
use viva_core::people::PersonName;
use viva_storage::TokenHash;

/// All pages of this area.
pub fn routes() -> Routes {
    signing_in::routes().merge(joining::routes()).merge(list::routes()).merge(account::routes())
}

/// What somebody's failed sign-ins are counted under.
pub fn failures_of(name: &PersonName) -> TokenHash {
    tokens::subject("name", &name.key())
}
