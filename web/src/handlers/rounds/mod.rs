//! Structured rounds: kits, rounds, the interviewer's screen and the scorecard, and the candidate's own room.
//!
//! A page shows what the store gives to this person, and asks for nothing on anybody else's behalf: what is blind is
//! blind in the queries, not here.

mod board;
mod card;
mod interview;
mod inviting;
mod kits;
mod own_room;
#[cfg(test)]
mod tests;

use super::sentence;
use crate::app::App;
use crate::error::PageError;
use crate::routes::Routes;
use std::collections::HashMap;
use viva_core::clock::Timestamp;
use viva_core::ids::{CandidateId, PersonId, RoundId};
use viva_core::people::Person;
use viva_core::round::{LONGEST_NAME, LONGEST_TEXT, Seat, plain};
use viva_interview::InterviewError;
use viva_storage::{CandidateRecord, RoundRecord, StorageError};

/// The addresses of kits and rounds.
pub fn routes() -> Routes {
    kits::routes()
        .merge(board::routes())
        .merge(inviting::routes())
        .merge(interview::routes())
        .merge(card::routes())
        .merge(own_room::routes())
}

/// What the store refused, as a page tells it.
fn told(error: StorageError) -> PageError {
    match error {
        StorageError::NotFound { .. } => PageError::NotFound,
        StorageError::Round(refused) => PageError::Conflict(sentence(&refused.to_string())),
        StorageError::Refused(refused) => PageError::Conflict(sentence(&refused.to_string())),
        error @ StorageError::Conflict { .. } => PageError::Conflict(sentence(&error.to_string())),
        error => PageError::Internal(error.into()),
    }
}

/// What a use case refused, as a page tells it.
fn refused(error: InterviewError) -> PageError {
    match error {
        InterviewError::Storage(error) => told(error),
        error @ (InterviewError::NobodyOnAir | InterviewError::Audio(_)) => {
            PageError::Conflict(sentence(&error.to_string()))
        }
        error => error.into(),
    }
}

/// A round one has a seat in.
async fn round_of(app: &App, person: &Person, round: &str) -> Result<RoundRecord, PageError> {
    let id: RoundId = round.parse().map_err(|_| PageError::NotFound)?;
    app.interview.store().round(id, person.id).await.map_err(told)?.ok_or(PageError::NotFound)
}

/// The same, as its owner.
async fn own_round(app: &App, person: &Person, round: &str) -> Result<RoundRecord, PageError> {
    let round = round_of(app, person, round).await?;
    if round.seat == Seat::Owner { Ok(round) } else { Err(PageError::NotFound) }
}

/// A candidate of a round one has a seat in.
async fn candidate_of(
    app: &App,
    person: &Person,
    round: &str,
    candidate: &str,
) -> Result<(RoundRecord, CandidateRecord), PageError> {
    let round = round_of(app, person, round).await?;
    let id: CandidateId = candidate.parse().map_err(|_| PageError::NotFound)?;
    let found = app.interview.store().candidate(id, person.id).await.map_err(told)?;
    let found = found.filter(|candidate| candidate.round == round.id).ok_or(PageError::NotFound)?;
    Ok((round, found))
}

/// What people are called, those who left included.
struct Names(HashMap<PersonId, String>);

impl Names {
    async fn of(app: &App, people: Vec<PersonId>) -> Result<Self, PageError> {
        let mut names = HashMap::new();
        for id in people {
            if names.contains_key(&id) {
                continue;
            }
            let person = app.interview.store().person(id).await.map_err(told)?;
            let name = person.map_or_else(|| "somebody".to_owned(), |person| person.name.to_string());
            names.insert(id, name);
        }
        Ok(Self(names))
    }

    fn get(&self, id: PersonId) -> String {
        self.0.get(&id).cloned().unwrap_or_else(|| "somebody".to_owned())
    }
}

/// A text of a form as it is kept.
fn text(field: &str, value: &str) -> Result<String, PageError> {
    plain(value, LONGEST_TEXT).map_err(|long| {
        PageError::BadRequest(format!("{field} has {long} characters; {LONGEST_TEXT} are the most."))
    })
}

/// A name or title of a form as it is kept, on one line.
fn name(field: &str, value: &str) -> Result<String, PageError> {
    let value = plain(value, LONGEST_NAME).map_err(|long| {
        PageError::BadRequest(format!("{field} has {long} characters; {LONGEST_NAME} are the most."))
    })?;
    let value = value.split_whitespace().collect::<Vec<_>>().join(" ");
    if value.is_empty() { Err(PageError::BadRequest(format!("{field} is empty."))) } else { Ok(value) }
}

/// A position of an address, counted from 1.
fn position(number: u32, questions: usize) -> Result<usize, PageError> {
    let at = (number as usize).checked_sub(1).filter(|at| *at < questions);
    at.ok_or(PageError::NotFound)
}

/// A day, such as `2 March`.
fn day(app: &App, at: Timestamp) -> String {
    crate::handlers::rows::day(at, app.interview.now())
}
