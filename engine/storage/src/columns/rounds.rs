//! The columns of rounds, seats, candidates and the log of interviews, and what they stand for.

#![expect(missing_docs, reason = "a row's fields are the columns of its table, described in migrations")]

use super::{document, named, number};
use crate::{
    CandidateRecord, DeviationRecord, ProbeAsked, RoundRecord, RoundSummary, SeatRecord, StorageError,
};
use uuid::Uuid;
use viva_core::clock::Timestamp;
use viva_core::ids::{CandidateId, KitId, PersonId, RoundId};
use viva_core::round::{Basis, Deviation, DeviationKind, Ground, Seat, Show};
use viva_core::units::Millis;

/// A seat by its stored name.
pub fn seat(name: &str) -> Result<Seat, StorageError> {
    named("seat", name, Seat::from_name(name))
}

fn show(name: &str) -> Result<Show, StorageError> {
    named("way to show candidates", name, Show::from_name(name))
}

/// A round in a list, with how many cards there are.
pub struct SummaryColumns {
    pub id: Uuid,
    pub title: String,
    pub made_at: i64,
    pub closed_at: Option<i64>,
    pub seat: String,
    pub candidates: i64,
    pub cards_in: i64,
    pub cards_out: i64,
    pub own_out: i64,
}

impl SummaryColumns {
    pub fn record(self) -> Result<RoundSummary, StorageError> {
        Ok(RoundSummary {
            id: RoundId(self.id),
            title: self.title,
            made_at: Timestamp(self.made_at),
            closed_at: self.closed_at.map(Timestamp),
            seat: seat(&self.seat)?,
            candidates: number("count", self.candidates)?,
            cards_in: number("count", self.cards_in)?,
            cards_out: number("count", self.cards_out)?,
            own_out: number("count", self.own_out)?,
        })
    }
}

/// A round with its kit, as somebody with a seat sees it.
pub struct RoundColumns {
    pub id: Uuid,
    pub title: String,
    pub kit_id: Uuid,
    pub kit_version: i64,
    pub show: String,
    pub notice: String,
    pub made_at: i64,
    pub closed_at: Option<i64>,
    pub seat: String,
    pub document: String,
    pub hash: String,
    pub frozen_at: i64,
}

impl RoundColumns {
    pub fn record(self) -> Result<RoundRecord, StorageError> {
        Ok(RoundRecord {
            id: RoundId(self.id),
            title: self.title,
            kit_id: KitId(self.kit_id),
            kit_version: number("kit's version", self.kit_version)?,
            kit_hash: self.hash,
            kit_frozen_at: Timestamp(self.frozen_at),
            kit: document("kit", &self.document)?,
            show: show(&self.show)?,
            notice: self.notice,
            made_at: Timestamp(self.made_at),
            closed_at: self.closed_at.map(Timestamp),
            seat: seat(&self.seat)?,
        })
    }
}

/// A seat.
pub struct SeatColumns {
    pub person_id: Uuid,
    pub seat: String,
    pub given_at: i64,
}

impl SeatColumns {
    pub fn record(self) -> Result<SeatRecord, StorageError> {
        Ok(SeatRecord {
            person: PersonId(self.person_id),
            seat: seat(&self.seat)?,
            given_at: Timestamp(self.given_at),
        })
    }
}

/// A candidate. The name is left out for whoever should know the code alone.
pub struct CandidateColumns {
    pub id: Uuid,
    pub round_id: Uuid,
    pub number: i64,
    pub code: String,
    pub name: Option<String>,
    pub show: String,
    pub basis: Option<String>,
    pub notice: Option<String>,
    pub ground_at: Option<i64>,
    pub opted_out_at: Option<i64>,
}

impl CandidateColumns {
    pub fn record(self) -> Result<CandidateRecord, StorageError> {
        let ground = match (self.basis, self.notice, self.ground_at) {
            (Some(basis), Some(notice), Some(at)) => Some(Ground {
                basis: named("lawful basis", &basis, Basis::from_name(&basis))?,
                notice,
                at: Timestamp(at),
            }),
            _ => None,
        };
        Ok(CandidateRecord {
            id: CandidateId(self.id),
            round: RoundId(self.round_id),
            number: number("candidate's number", self.number)?,
            code: self.code,
            name: self.name,
            show: show(&self.show)?,
            ground,
            opted_out_at: self.opted_out_at.map(Timestamp),
        })
    }
}

/// Where an interview left its kit.
pub struct DeviationColumns {
    pub number: i64,
    pub position: Option<i64>,
    pub kind: String,
    pub asked: String,
    pub reason: String,
    pub person_id: Uuid,
    pub at: i64,
}

impl DeviationColumns {
    pub fn record(self) -> Result<DeviationRecord, StorageError> {
        Ok(DeviationRecord {
            number: number("entry's number", self.number)?,
            deviation: Deviation {
                position: self.position.map(|position| number("place", position)).transpose()?,
                kind: named("deviation", &self.kind, DeviationKind::from_name(&self.kind))?,
                asked: self.asked,
                reason: self.reason,
            },
            by: PersonId(self.person_id),
            at: Timestamp(self.at),
        })
    }
}

/// A probe that was asked.
pub struct ProbeColumns {
    pub position: i64,
    pub probe: i64,
    pub take: Option<i64>,
    pub at_ms: Option<i64>,
    pub person_id: Uuid,
    pub at: i64,
}

impl ProbeColumns {
    pub fn record(self) -> Result<ProbeAsked, StorageError> {
        let heard_at = match self.take.zip(self.at_ms) {
            Some((take, at)) => Some((number("take", take)?, Millis(number("time", at)?))),
            None => None,
        };
        Ok(ProbeAsked {
            position: number("place", self.position)?,
            probe: number("probe", self.probe)?,
            heard_at,
            by: PersonId(self.person_id),
            at: Timestamp(self.at),
        })
    }
}
