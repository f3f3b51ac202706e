//! Structured rounds: kits, rounds with their candidates, cards, and what the candidates said.
//!
//! **Blind until submitted** is kept here. Whatever gives away a rating, a note or the machine's score takes the viewer
//! and returns only what they may read, decided in the query. No method returns cards or machine scores without one.

mod answers;
mod cards;
mod kits;
mod own_room;
mod records;

pub use answers::{NewRoundAnswer, RoundAnswer, RoundAnswers, Waiting};
pub use cards::{CardRecord, Cards, NewCard, OwnCard, SavedEntry, SavedVerdict, Verdict};
pub use kits::{KitRecord, KitSeen, KitSummary, Kits, NewKit};
pub use own_room::{OwnRoom, OwnRooms};
pub use records::{
    Act, CandidateRecord, CandidateRow, CardStanding, DeviationRecord, NewCandidate, NewRound, ProbeAsked,
    RoundRecord, RoundSummary, Rounds, SeatRecord,
};
