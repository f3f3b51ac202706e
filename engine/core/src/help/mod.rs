//! Help for words that were heard wrong, and where it ends.
//!
//! The unprompted decode is the record. Two things may let other words count than it has: a second decode that
//! knew the question's words ([`merge`]), and maps of mis-hearings that people write ([`corrections`]).
//! Neither adds a word where none was heard, neither takes one away without another in its place, and each
//! place is kept as a [`Helped`](crate::transcript::Helped), so that it can be shown. Nothing here decodes,
//! reads files or scores.

mod alike;
pub mod corrections;
mod place;
mod prompt;
mod second_ear;
mod terms;

pub use prompt::{HESITATING, MOST_TERMS, Prompt};
pub use second_ear::{is_needed, merge};
pub use terms::Terms;
