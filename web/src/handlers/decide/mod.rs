//! Deciding in a round: the matrix with one answer opened beside it, consensus, and how far the raters agree.

mod agreement;
mod answer;
#[cfg(test)]
mod blind;
mod matrix;
mod print;
#[cfg(test)]
mod tests;
#[cfg(test)]
pub mod world;

use crate::error::PageError;
use crate::routes::{Routes, get, post};
use viva_core::ids::{PersonId, RoundId};
use viva_interview::{Interview, RoundMatrix};

/// Every page of this folder.
pub fn routes() -> Routes {
    Routes::new()
        .route("/rounds/{round}/matrix", get(matrix::page))
        .route("/rounds/{round}/candidates/{candidate}/consensus", post(matrix::consensus))
        .route("/rounds/{round}/agreement", get(agreement::page))
        .route("/rounds/{round}/print", get(print::page))
}

/// A round as far as its viewer may see it; whoever has no seat in it finds nothing.
async fn load(interview: &Interview, round: &str, viewer: PersonId) -> Result<RoundMatrix, PageError> {
    let round: RoundId = round.parse().map_err(|_| PageError::NotFound)?;
    interview.matrix(round, viewer).await?.ok_or(PageError::NotFound)
}

/// `6 candidates, 4 raters, all cards in`
fn standing(matrix: &RoundMatrix) -> String {
    let candidates = counted(matrix.rows.len(), "candidate");
    let open = matrix.open();
    let cards =
        if open == matrix.rows.len() { "all open to you".to_owned() } else { format!("{open} open to you") };
    format!("{candidates}, {}, {cards}", counted(matrix.raters.len(), "rater"))
}

/// `kit 2, frozen (c41d9e)`
fn kit(matrix: &RoundMatrix) -> String {
    let hash: String = matrix.round.kit_hash.chars().take(6).collect();
    format!("kit, version {} ({hash})", matrix.round.kit_version)
}

fn counted(count: usize, what: &str) -> String {
    format!("{count} {what}{}", if count == 1 { "" } else { "s" })
}

/// `5, 2 and 3`; nothing for none.
fn listed(words: &[impl AsRef<str>]) -> String {
    match words {
        [] => String::new(),
        [one] => one.as_ref().to_owned(),
        [first @ .., last] => {
            let first: Vec<&str> = first.iter().map(AsRef::as_ref).collect();
            format!("{} and {}", first.join(", "), last.as_ref())
        }
    }
}
