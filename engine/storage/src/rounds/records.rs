//! Rounds, their seats, their candidates, and the log of how each interview went.

use crate::error::StorageError;
use async_trait::async_trait;
use viva_core::clock::Timestamp;
use viva_core::ids::{CandidateId, CardId, KitId, PersonId, RoundId};
use viva_core::round::{CardState, Deviation, Ground, Kit, Seat, Show};
use viva_core::units::Millis;

/// Keeps rounds. Whoever has no seat in a round finds nothing of it.
#[async_trait]
pub trait Rounds: Send + Sync {
    /// Starts a round with the last version of a kit, which is frozen by it, and gives its maker the owner's seat.
    async fn start_round(&self, round: &NewRound) -> Result<(), StorageError>;

    /// The rounds somebody has a seat in, the latest first.
    async fn rounds(&self, viewer: PersonId) -> Result<Vec<RoundSummary>, StorageError>;

    /// A round with its kit, for somebody who has a seat in it.
    async fn round(&self, id: RoundId, viewer: PersonId) -> Result<Option<RoundRecord>, StorageError>;

    /// What somebody is in a round.
    async fn seat(&self, round: RoundId, person: PersonId) -> Result<Option<Seat>, StorageError>;

    /// Who sits in a round, in the order they came, for somebody who has a seat in it.
    async fn seats(&self, round: RoundId, viewer: PersonId) -> Result<Vec<SeatRecord>, StorageError>;

    /// Gives somebody a seat, or another one. A draft of somebody who observes from now on is released.
    async fn give_seat(
        &self,
        round: RoundId,
        person: PersonId,
        seat: Seat,
        act: Act,
    ) -> Result<(), StorageError>;

    /// Takes a seat away. Drafts of theirs are released; cards that are in stay.
    async fn take_seat(&self, round: RoundId, person: PersonId, act: Act) -> Result<(), StorageError>;

    /// Says how candidates appear.
    async fn show_candidates(&self, round: RoundId, show: Show, act: Act) -> Result<(), StorageError>;

    /// Ends a round: no card, answer or candidate changes any more, and no draft is waited for.
    async fn close_round(&self, round: RoundId, act: Act) -> Result<(), StorageError>;

    /// Adds a candidate, with the next number and code of the round.
    async fn add_candidate(&self, candidate: &NewCandidate) -> Result<(), StorageError>;

    /// The candidates of a round with the standing of their cards, in the order they were added.
    async fn candidates(&self, round: RoundId, viewer: PersonId) -> Result<Vec<CandidateRow>, StorageError>;

    /// A candidate, for somebody who has a seat in the round.
    async fn candidate(
        &self,
        id: CandidateId,
        viewer: PersonId,
    ) -> Result<Option<CandidateRecord>, StorageError>;

    /// Writes down why a candidate may be recorded, in place of what stood there. An opt-out is taken back by it.
    async fn keep_ground(
        &self,
        candidate: CandidateId,
        ground: &Ground,
        by: Option<PersonId>,
    ) -> Result<(), StorageError>;

    /// The candidate is not to be recorded any more.
    async fn opt_out(&self, candidate: CandidateId, at: Timestamp) -> Result<(), StorageError>;

    /// Logs where an interview left its kit.
    async fn log_deviation(
        &self,
        candidate: CandidateId,
        deviation: &Deviation,
        by: PersonId,
        at: Timestamp,
    ) -> Result<(), StorageError>;

    /// The log of an interview, the first entry first.
    async fn deviations(
        &self,
        candidate: CandidateId,
        viewer: PersonId,
    ) -> Result<Vec<DeviationRecord>, StorageError>;

    /// Notes that a probe of the kit was asked. Only the first time counts.
    async fn note_probe(&self, candidate: CandidateId, probe: &ProbeAsked) -> Result<(), StorageError>;

    /// The probes that were asked, by question and order in the kit.
    async fn probes(&self, candidate: CandidateId, viewer: PersonId)
    -> Result<Vec<ProbeAsked>, StorageError>;
}

/// A round that begins.
#[derive(Debug, Clone, PartialEq)]
pub struct NewRound {
    /// Made by the caller.
    pub id: RoundId,
    /// What people call it.
    pub title: String,
    /// The kit whose last version it uses.
    pub kit: KitId,
    /// How candidates appear.
    pub show: Show,
    /// What candidates are told about being recorded.
    pub notice: String,
    /// Who makes it.
    pub by: PersonId,
    /// Now.
    pub at: Timestamp,
}

/// A round in a list.
#[derive(Debug, Clone, PartialEq)]
pub struct RoundSummary {
    /// Its id.
    pub id: RoundId,
    /// What people call it.
    pub title: String,
    /// When it began.
    pub made_at: Timestamp,
    /// When it ended; none while it goes on.
    pub closed_at: Option<Timestamp>,
    /// What the viewer is in it.
    pub seat: Seat,
    /// How many candidates it has.
    pub candidates: u32,
    /// How many cards are in.
    pub cards_in: u32,
    /// How many are waited for.
    pub cards_out: u32,
    /// How many of those are the viewer's.
    pub own_out: u32,
}

/// A round.
#[derive(Debug, Clone, PartialEq)]
pub struct RoundRecord {
    /// Its id.
    pub id: RoundId,
    /// What people call it.
    pub title: String,
    /// The kit it uses.
    pub kit_id: KitId,
    /// The version of it.
    pub kit_version: u32,
    /// SHA-256 of that version, hex.
    pub kit_hash: String,
    /// When that version was frozen.
    pub kit_frozen_at: Timestamp,
    /// What it asks.
    pub kit: Kit,
    /// How candidates appear.
    pub show: Show,
    /// What candidates are told about being recorded.
    pub notice: String,
    /// When it began.
    pub made_at: Timestamp,
    /// When it ended; none while it goes on.
    pub closed_at: Option<Timestamp>,
    /// What the viewer is in it.
    pub seat: Seat,
}

/// Somebody in a round.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SeatRecord {
    /// Who.
    pub person: PersonId,
    /// As what.
    pub seat: Seat,
    /// Since when.
    pub given_at: Timestamp,
}

/// A candidate who is added.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewCandidate {
    /// Made by the caller.
    pub id: CandidateId,
    /// The round.
    pub round: RoundId,
    /// Their name.
    pub name: String,
    /// Who adds them.
    pub by: PersonId,
    /// Now.
    pub at: Timestamp,
}

/// A candidate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CandidateRecord {
    /// Their id.
    pub id: CandidateId,
    /// Their round.
    pub round: RoundId,
    /// In the order they were added, from 1.
    pub number: u32,
    /// What stands for the name where names are hidden.
    pub code: String,
    /// Their name; none where the round shows codes and the viewer is not its owner.
    pub name: Option<String>,
    /// How the round shows its candidates.
    pub show: Show,
    /// Why they may be recorded; none where no basis is on record.
    pub ground: Option<Ground>,
    /// When they said no.
    pub opted_out_at: Option<Timestamp>,
}

/// A candidate in the list of a round.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CandidateRow {
    /// Who.
    pub candidate: CandidateRecord,
    /// The cards that are asked for, by person: how they stand, never what they say.
    pub cards: Vec<CardStanding>,
}

/// How one card stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CardStanding {
    /// The card.
    pub card: CardId,
    /// Whose it is.
    pub person: PersonId,
    /// Where it stands.
    pub state: CardState,
}

/// A logged deviation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeviationRecord {
    /// From 1.
    pub number: u32,
    /// What was done and why.
    pub deviation: Deviation,
    /// Who logged it.
    pub by: PersonId,
    /// When.
    pub at: Timestamp,
}

/// A probe of the kit that was asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ProbeAsked {
    /// The question, from 0.
    pub position: usize,
    /// The probe of that question, from 0.
    pub probe: usize,
    /// The recording of the question that ran, from 1, and how far it was.
    pub heard_at: Option<(u32, Millis)>,
    /// Who asked it.
    pub by: PersonId,
    /// When.
    pub at: Timestamp,
}

impl CandidateRecord {
    /// What they are called on a page: by code where the round shows codes.
    pub fn label(&self) -> &str {
        match (self.show, &self.name) {
            (Show::Names, Some(name)) => name,
            _ => &self.code,
        }
    }
}

/// By whom something is done, and when.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Act {
    /// None where Viva does it by a rule.
    pub by: Option<PersonId>,
    /// Now.
    pub at: Timestamp,
}

impl Act {
    /// Somebody does something.
    pub fn of(by: PersonId, at: Timestamp) -> Self {
        Self { by: Some(by), at }
    }
}
