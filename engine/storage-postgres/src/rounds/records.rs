//! Rounds, seats, candidates and the log of interviews over PostgreSQL.

use super::{going_on, kits, round_going_on};
use crate::error::Failure;
use crate::plain::plain;
use crate::sessions::taken;
use crate::{Connection, PostgresStore, audit};
use async_trait::async_trait;
use uuid::Uuid;
use viva_core::audit::{Deed, NewEntry};
use viva_core::clock::Timestamp;
use viva_core::ids::{CandidateId, CardId, KitId, PersonId, RoundId};
use viva_core::round::{
    Basis, CardState, Deviation, DeviationKind, Ground, RoundRefused, Seat, Show, code_of,
};
use viva_core::units::Millis;
use viva_storage::columns::{document, named, number};
use viva_storage::{
    CandidateRecord, CandidateRow, CardStanding, DeviationRecord, NewCandidate, NewRound, ProbeAsked,
    RoundRecord, RoundSummary, Rounds, SeatRecord, StorageError,
};

#[async_trait]
impl Rounds for PostgresStore {
    async fn start_round(&self, round: &NewRound) -> Result<(), StorageError> {
        serialised!(self, tx => start(tx, round))
    }

    async fn rounds(&self, viewer: PersonId) -> Result<Vec<RoundSummary>, StorageError> {
        let mut tx = self.look().await?;
        self.told(list(&mut tx, viewer).await)
    }

    async fn round(&self, id: RoundId, viewer: PersonId) -> Result<Option<RoundRecord>, StorageError> {
        let mut tx = self.look().await?;
        self.told(load(&mut tx, id, viewer).await)
    }

    async fn seat(&self, round: RoundId, person: PersonId) -> Result<Option<Seat>, StorageError> {
        let mut tx = self.look().await?;
        self.told(seat_of(&mut tx, round, person).await)
    }

    async fn seats(&self, round: RoundId, viewer: PersonId) -> Result<Vec<SeatRecord>, StorageError> {
        let mut tx = self.look().await?;
        self.told(seats(&mut tx, round, viewer).await)
    }

    async fn give_seat(
        &self,
        round: RoundId,
        person: PersonId,
        seat: Seat,
        at: Timestamp,
    ) -> Result<(), StorageError> {
        serialised!(self, tx => give_seat(tx, round, person, seat, at))
    }

    async fn take_seat(&self, round: RoundId, person: PersonId) -> Result<(), StorageError> {
        serialised!(self, tx => take_seat(tx, round, person))
    }

    async fn show_candidates(&self, round: RoundId, show: Show) -> Result<(), StorageError> {
        serialised!(self, tx => show_candidates(tx, round, show))
    }

    async fn close_round(&self, round: RoundId, at: Timestamp) -> Result<(), StorageError> {
        serialised!(self, tx => close(tx, round, at))
    }

    async fn add_candidate(&self, candidate: &NewCandidate) -> Result<(), StorageError> {
        serialised!(self, tx => add_candidate(tx, candidate))
    }

    async fn candidates(&self, round: RoundId, viewer: PersonId) -> Result<Vec<CandidateRow>, StorageError> {
        let mut tx = self.look().await?;
        self.told(candidates(&mut tx, round, viewer).await)
    }

    async fn candidate(
        &self,
        id: CandidateId,
        viewer: PersonId,
    ) -> Result<Option<CandidateRecord>, StorageError> {
        let mut tx = self.look().await?;
        self.told(candidate(&mut tx, id, viewer).await)
    }

    async fn keep_ground(
        &self,
        candidate: CandidateId,
        ground: &Ground,
        by: Option<PersonId>,
    ) -> Result<(), StorageError> {
        serialised!(self, tx => keep_ground(tx, candidate, ground, by))
    }

    async fn opt_out(&self, candidate: CandidateId, at: Timestamp) -> Result<(), StorageError> {
        serialised!(self, tx => opt_out(tx, candidate, at))
    }

    async fn log_deviation(
        &self,
        candidate: CandidateId,
        deviation: &Deviation,
        by: PersonId,
        at: Timestamp,
    ) -> Result<(), StorageError> {
        serialised!(self, tx => log_deviation(tx, candidate, deviation, by, at))
    }

    async fn deviations(
        &self,
        candidate: CandidateId,
        viewer: PersonId,
    ) -> Result<Vec<DeviationRecord>, StorageError> {
        let mut tx = self.look().await?;
        self.told(deviations(&mut tx, candidate, viewer).await)
    }

    async fn note_probe(&self, candidate: CandidateId, probe: &ProbeAsked) -> Result<(), StorageError> {
        serialised!(self, tx => note_probe(tx, candidate, probe))
    }

    async fn probes(
        &self,
        candidate: CandidateId,
        viewer: PersonId,
    ) -> Result<Vec<ProbeAsked>, StorageError> {
        let mut tx = self.look().await?;
        self.told(probes(&mut tx, candidate, viewer).await)
    }
}

async fn start(tx: &mut Connection, round: &NewRound) -> Result<(), Failure> {
    let kit = kits::freeze(tx, round.kit, round.at).await?;
    let show = round.show.name();
    sqlx::query!(
        "INSERT INTO rounds (id, title, kit_id, kit_version, show, notice, made_by, made_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
        round.id.0,
        &*plain(&round.title),
        round.kit.0,
        i64::from(kit.version),
        show,
        &*plain(&round.notice),
        round.by.0,
        round.at.0
    )
    .execute(&mut *tx)
    .await
    .map_err(|error| taken("round", error))?;
    put_seat(tx, round.id, round.by, Seat::Owner, round.at).await?;
    let entry = NewEntry::new(Deed::RoundStarted, Some(round.by), round.at).in_round(round.id);
    audit::log(tx, entry.on(round.kit.0)).await
}

async fn list(tx: &mut Connection, viewer: PersonId) -> Result<Vec<RoundSummary>, Failure> {
    let rows = sqlx::query!(
        r#"SELECT r.id, r.title, r.made_at, r.closed_at, s.seat,
                  (SELECT count(*) FROM candidates k WHERE k.round_id = r.id) AS "candidates!",
                  (SELECT count(*) FROM cards c
                   WHERE c.round_id = r.id AND c.state IN ('submitted', 'amended')) AS "cards_in!",
                  (SELECT count(*) FROM cards c WHERE c.round_id = r.id AND c.state = 'draft') AS "cards_out!",
                  (SELECT count(*) FROM cards c
                   WHERE c.round_id = r.id AND c.state = 'draft' AND c.person_id = $1) AS "own_out!"
           FROM rounds r JOIN round_seats s ON s.round_id = r.id
           WHERE s.person_id = $1 ORDER BY r.made_at DESC, r.id DESC"#,
        viewer.0
    )
    .fetch_all(tx)
    .await?;
    rows.into_iter()
        .map(|row| {
            Ok(RoundSummary {
                id: RoundId(row.id),
                title: row.title,
                made_at: Timestamp(row.made_at),
                closed_at: row.closed_at.map(Timestamp),
                seat: named("seat", &row.seat, Seat::from_name(&row.seat))?,
                candidates: number("count", row.candidates)?,
                cards_in: number("count", row.cards_in)?,
                cards_out: number("count", row.cards_out)?,
                own_out: number("count", row.own_out)?,
            })
        })
        .collect()
}

async fn load(tx: &mut Connection, id: RoundId, viewer: PersonId) -> Result<Option<RoundRecord>, Failure> {
    let row = sqlx::query!(
        r#"SELECT r.title, r.kit_id, r.kit_version, r.show, r.notice, r.made_at, r.closed_at, s.seat,
                  v.document, v.hash AS "hash!", v.frozen_at AS "frozen_at!"
           FROM rounds r
           JOIN round_seats s ON s.round_id = r.id
           JOIN kit_versions v ON v.kit_id = r.kit_id AND v.version = r.kit_version
           WHERE r.id = $1 AND s.person_id = $2"#,
        id.0,
        viewer.0
    )
    .fetch_optional(tx)
    .await?;
    let Some(row) = row else { return Ok(None) };
    Ok(Some(RoundRecord {
        id,
        title: row.title,
        kit_id: KitId(row.kit_id),
        kit_version: number("kit's version", row.kit_version)?,
        kit_hash: row.hash,
        kit_frozen_at: Timestamp(row.frozen_at),
        kit: document("kit", &row.document)?,
        show: named("way to show candidates", &row.show, Show::from_name(&row.show))?,
        notice: row.notice,
        made_at: Timestamp(row.made_at),
        closed_at: row.closed_at.map(Timestamp),
        seat: named("seat", &row.seat, Seat::from_name(&row.seat))?,
    }))
}

pub(super) async fn seat_of(
    tx: &mut Connection,
    round: RoundId,
    person: PersonId,
) -> Result<Option<Seat>, Failure> {
    let seat = sqlx::query_scalar!(
        "SELECT seat FROM round_seats WHERE round_id = $1 AND person_id = $2",
        round.0,
        person.0
    )
    .fetch_optional(tx)
    .await?;
    Ok(seat.map(|seat| named("seat", &seat, Seat::from_name(&seat))).transpose()?)
}

async fn seats(tx: &mut Connection, round: RoundId, viewer: PersonId) -> Result<Vec<SeatRecord>, Failure> {
    let rows = sqlx::query!(
        r#"SELECT s.person_id, s.seat, s.given_at FROM round_seats s
           WHERE s.round_id = $1
             AND EXISTS (SELECT 1 FROM round_seats v WHERE v.round_id = $1 AND v.person_id = $2)
           ORDER BY s.given_at, s.person_id"#,
        round.0,
        viewer.0
    )
    .fetch_all(tx)
    .await?;
    rows.into_iter()
        .map(|row| {
            Ok(SeatRecord {
                person: PersonId(row.person_id),
                seat: named("seat", &row.seat, Seat::from_name(&row.seat))?,
                given_at: Timestamp(row.given_at),
            })
        })
        .collect()
}

async fn give_seat(
    tx: &mut Connection,
    round: RoundId,
    person: PersonId,
    seat: Seat,
    at: Timestamp,
) -> Result<(), Failure> {
    going_on(tx, round).await?;
    if seat != Seat::Owner {
        keeps_an_owner(tx, round, person).await?;
    }
    if !seat.rates() {
        release_drafts(tx, round, person).await?;
    }
    put_seat(tx, round, person, seat, at).await?;
    let entry = NewEntry::new(Deed::SeatGiven, None, at).in_round(round).on(person.0);
    audit::log(tx, entry.by(seat.name())).await
}

async fn put_seat(
    tx: &mut Connection,
    round: RoundId,
    person: PersonId,
    seat: Seat,
    at: Timestamp,
) -> Result<(), Failure> {
    let seat = seat.name();
    sqlx::query!(
        "INSERT INTO round_seats (round_id, person_id, seat, given_at) VALUES ($1, $2, $3, $4)
         ON CONFLICT (round_id, person_id) DO UPDATE SET seat = excluded.seat",
        round.0,
        person.0,
        seat,
        at.0
    )
    .execute(tx)
    .await?;
    Ok(())
}

async fn take_seat(tx: &mut Connection, round: RoundId, person: PersonId) -> Result<(), Failure> {
    going_on(tx, round).await?;
    keeps_an_owner(tx, round, person).await?;
    release_drafts(tx, round, person).await?;
    let done =
        sqlx::query!("DELETE FROM round_seats WHERE round_id = $1 AND person_id = $2", round.0, person.0)
            .execute(tx)
            .await?;
    if done.rows_affected() == 0 {
        return Err(StorageError::not_found("seat", person).into());
    }
    Ok(())
}

async fn keeps_an_owner(tx: &mut Connection, round: RoundId, without: PersonId) -> Result<(), Failure> {
    let others = sqlx::query_scalar!(
        r#"SELECT count(*) AS "count!" FROM round_seats WHERE round_id = $1 AND seat = 'owner' AND person_id <> $2"#,
        round.0,
        without.0
    )
    .fetch_one(tx)
    .await?;
    if others == 0 { Err(RoundRefused::LastOwner.into()) } else { Ok(()) }
}

async fn release_drafts(tx: &mut Connection, round: RoundId, person: PersonId) -> Result<(), Failure> {
    sqlx::query!(
        "UPDATE cards SET state = 'released' WHERE round_id = $1 AND person_id = $2 AND state = 'draft'",
        round.0,
        person.0
    )
    .execute(tx)
    .await?;
    Ok(())
}

async fn show_candidates(tx: &mut Connection, round: RoundId, show: Show) -> Result<(), Failure> {
    let show = show.name();
    let done = sqlx::query!("UPDATE rounds SET show = $2 WHERE id = $1", round.0, show).execute(tx).await?;
    if done.rows_affected() == 0 {
        return Err(StorageError::not_found("round", round).into());
    }
    Ok(())
}

async fn close(tx: &mut Connection, round: RoundId, at: Timestamp) -> Result<(), Failure> {
    going_on(tx, round).await?;
    sqlx::query!("UPDATE cards SET state = 'released' WHERE round_id = $1 AND state = 'draft'", round.0)
        .execute(&mut *tx)
        .await?;
    sqlx::query!("UPDATE rounds SET closed_at = $2 WHERE id = $1", round.0, at.0).execute(&mut *tx).await?;
    audit::log(tx, NewEntry::new(Deed::RoundClosed, None, at).in_round(round)).await
}

async fn add_candidate(tx: &mut Connection, new: &NewCandidate) -> Result<(), Failure> {
    going_on(tx, new.round).await?;
    let last = sqlx::query_scalar!(
        r#"SELECT coalesce(max(number), 0) AS "last!" FROM candidates WHERE round_id = $1"#,
        new.round.0
    )
    .fetch_one(&mut *tx)
    .await?;
    let next: u32 = number("candidate's number", last + 1)?;
    let code = code_of(next);
    sqlx::query!(
        "INSERT INTO candidates (id, round_id, number, code, name, added_by, added_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7)",
        new.id.0,
        new.round.0,
        i64::from(next),
        code,
        &*plain(&new.name),
        new.by.0,
        new.at.0
    )
    .execute(&mut *tx)
    .await
    .map_err(|error| taken("candidate", error))?;
    let entry = NewEntry::new(Deed::CandidateAdded, Some(new.by), new.at).in_round(new.round);
    audit::log(tx, entry.of(new.id)).await
}

/// The columns of a candidate. The name is left out for whoever should know the code alone.
struct Row {
    id: Uuid,
    round_id: Uuid,
    number: i64,
    code: String,
    name: Option<String>,
    show: String,
    basis: Option<String>,
    notice: Option<String>,
    ground_at: Option<i64>,
    opted_out_at: Option<i64>,
}

impl Row {
    fn record(self) -> Result<CandidateRecord, Failure> {
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
            show: named("way to show candidates", &self.show, Show::from_name(&self.show))?,
            ground,
            opted_out_at: self.opted_out_at.map(Timestamp),
        })
    }
}

async fn candidate(
    tx: &mut Connection,
    id: CandidateId,
    viewer: PersonId,
) -> Result<Option<CandidateRecord>, Failure> {
    let row = sqlx::query_as!(
        Row,
        r#"SELECT k.id, k.round_id, k.number, k.code,
                  CASE WHEN r.show = 'names' OR s.seat = 'owner' THEN k.name END AS name,
                  r.show, k.basis, k.notice, k.ground_at, k.opted_out_at
           FROM candidates k
           JOIN rounds r ON r.id = k.round_id
           JOIN round_seats s ON s.round_id = k.round_id
           WHERE k.id = $1 AND s.person_id = $2"#,
        id.0,
        viewer.0
    )
    .fetch_optional(tx)
    .await?;
    row.map(Row::record).transpose()
}

async fn candidates(
    tx: &mut Connection,
    round: RoundId,
    viewer: PersonId,
) -> Result<Vec<CandidateRow>, Failure> {
    let rows = sqlx::query_as!(
        Row,
        r#"SELECT k.id, k.round_id, k.number, k.code,
                  CASE WHEN r.show = 'names' OR s.seat = 'owner' THEN k.name END AS name,
                  r.show, k.basis, k.notice, k.ground_at, k.opted_out_at
           FROM candidates k
           JOIN rounds r ON r.id = k.round_id
           JOIN round_seats s ON s.round_id = k.round_id
           WHERE k.round_id = $1 AND s.person_id = $2 ORDER BY k.number"#,
        round.0,
        viewer.0
    )
    .fetch_all(&mut *tx)
    .await?;
    let mut found = rows
        .into_iter()
        .map(|row| Ok(CandidateRow { candidate: row.record()?, cards: Vec::new() }))
        .collect::<Result<Vec<_>, Failure>>()?;
    let cards = sqlx::query!(
        r#"SELECT c.id, c.candidate_id, c.person_id, c.state
           FROM cards c JOIN round_seats s ON s.round_id = c.round_id
           WHERE c.round_id = $1 AND s.person_id = $2 ORDER BY c.asked_at, c.id"#,
        round.0,
        viewer.0
    )
    .fetch_all(tx)
    .await?;
    let places: std::collections::HashMap<Uuid, usize> =
        found.iter().enumerate().map(|(place, row)| (row.candidate.id.0, place)).collect();
    for card in cards {
        let state = named("card's state", &card.state, CardState::from_name(&card.state))?;
        let Some(&place) = places.get(&card.candidate_id) else { continue };
        found[place].cards.push(CardStanding {
            card: CardId(card.id),
            person: PersonId(card.person_id),
            state,
        });
    }
    Ok(found)
}

async fn keep_ground(
    tx: &mut Connection,
    candidate: CandidateId,
    ground: &Ground,
    by: Option<PersonId>,
) -> Result<(), Failure> {
    let round = round_going_on(tx, candidate).await?;
    let actor = by;
    let (basis, by) = (ground.basis.name(), by.map(|person| person.0));
    sqlx::query!(
        "UPDATE candidates SET basis = $2, notice = $3, ground_at = $4, ground_by = $5, opted_out_at = NULL WHERE id = $1",
        candidate.0,
        basis,
        &*plain(&ground.notice),
        ground.at.0,
        by
    )
    .execute(&mut *tx)
    .await?;
    let entry = NewEntry::new(Deed::GroundKept, actor, ground.at).in_round(round).of(candidate);
    audit::log(tx, entry.by(basis)).await
}

async fn opt_out(tx: &mut Connection, candidate: CandidateId, at: Timestamp) -> Result<(), Failure> {
    let done = sqlx::query!(
        "UPDATE candidates SET opted_out_at = coalesce(opted_out_at, $2) WHERE id = $1",
        candidate.0,
        at.0
    )
    .execute(&mut *tx)
    .await?;
    if done.rows_affected() == 0 {
        return Err(StorageError::not_found("candidate", candidate).into());
    }
    audit::log(tx, NewEntry::new(Deed::OptedOut, None, at).of(candidate)).await
}

/// How many questions the kit of a candidate's round has.
pub(super) async fn questions(tx: &mut Connection, candidate: CandidateId) -> Result<usize, Failure> {
    let found = sqlx::query_scalar!(
        "SELECT v.questions FROM candidates k
         JOIN rounds r ON r.id = k.round_id
         JOIN kit_versions v ON v.kit_id = r.kit_id AND v.version = r.kit_version
         WHERE k.id = $1",
        candidate.0
    )
    .fetch_optional(tx)
    .await?
    .ok_or_else(|| StorageError::not_found("candidate", candidate))?;
    Ok(number("count", found)?)
}

async fn log_deviation(
    tx: &mut Connection,
    candidate: CandidateId,
    deviation: &Deviation,
    by: PersonId,
    at: Timestamp,
) -> Result<(), Failure> {
    let round = round_going_on(tx, candidate).await?;
    let questions = questions(tx, candidate).await?;
    if let Some(beyond) = deviation.position.filter(|position| *position >= questions) {
        return Err(RoundRefused::NoQuestion(beyond).into());
    }
    let unsaid = deviation.kind.needs_words() && deviation.asked.trim().is_empty();
    if unsaid || deviation.reason.trim().is_empty() {
        return Err(RoundRefused::NoReason.into());
    }
    let position = deviation.position.map(|position| position as i64);
    let kind = deviation.kind.name();
    sqlx::query!(
        "INSERT INTO deviations (candidate_id, number, position, kind, asked, reason, person_id, at)
         SELECT $1::uuid, coalesce(max(number), 0) + 1, $2::bigint, $3::text, $4::text, $5::text, $6::uuid, $7::bigint FROM deviations WHERE candidate_id = $1",
        candidate.0,
        position,
        kind,
        &*plain(&deviation.asked),
        &*plain(&deviation.reason),
        by.0,
        at.0
    )
    .execute(&mut *tx)
    .await?;
    let entry = NewEntry::new(Deed::Deviated, Some(by), at).in_round(round).of(candidate);
    audit::log(tx, entry.by(kind)).await
}

async fn deviations(
    tx: &mut Connection,
    candidate: CandidateId,
    viewer: PersonId,
) -> Result<Vec<DeviationRecord>, Failure> {
    let rows = sqlx::query!(
        r#"SELECT d.number, d.position, d.kind, d.asked, d.reason, d.person_id, d.at
           FROM deviations d
           JOIN candidates k ON k.id = d.candidate_id
           JOIN round_seats s ON s.round_id = k.round_id
           WHERE d.candidate_id = $1 AND s.person_id = $2 ORDER BY d.number"#,
        candidate.0,
        viewer.0
    )
    .fetch_all(tx)
    .await?;
    rows.into_iter()
        .map(|row| {
            Ok(DeviationRecord {
                number: number("entry's number", row.number)?,
                deviation: Deviation {
                    position: row.position.map(|position| number("place", position)).transpose()?,
                    kind: named("deviation", &row.kind, DeviationKind::from_name(&row.kind))?,
                    asked: row.asked,
                    reason: row.reason,
                },
                by: PersonId(row.person_id),
                at: Timestamp(row.at),
            })
        })
        .collect()
}

/// The questions whose skipping, or replacing by another, is in the log.
pub(super) async fn skipped(tx: &mut Connection, candidate: CandidateId) -> Result<Vec<usize>, Failure> {
    let rows = sqlx::query_scalar!(
        r#"SELECT DISTINCT position AS "position!" FROM deviations
           WHERE candidate_id = $1 AND position IS NOT NULL AND kind IN ('skipped', 'other_question')"#,
        candidate.0
    )
    .fetch_all(tx)
    .await?;
    Ok(rows.into_iter().map(|position| number("place", position)).collect::<Result<_, _>>()?)
}

async fn note_probe(tx: &mut Connection, candidate: CandidateId, probe: &ProbeAsked) -> Result<(), Failure> {
    round_going_on(tx, candidate).await?;
    let (position, nth) = (probe.position as i64, probe.probe as i64);
    let take = probe.heard_at.map(|(take, _)| i64::from(take));
    let at_ms = probe.heard_at.map(|(_, at)| viva_storage::columns::signed(at.0));
    sqlx::query!(
        "INSERT INTO probes_asked (candidate_id, position, probe, take, at_ms, person_id, at)
         VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT DO NOTHING",
        candidate.0,
        position,
        nth,
        take,
        at_ms,
        probe.by.0,
        probe.at.0
    )
    .execute(tx)
    .await?;
    Ok(())
}

async fn probes(
    tx: &mut Connection,
    candidate: CandidateId,
    viewer: PersonId,
) -> Result<Vec<ProbeAsked>, Failure> {
    let rows = sqlx::query!(
        r#"SELECT p.position, p.probe, p.take, p.at_ms, p.person_id, p.at
           FROM probes_asked p
           JOIN candidates k ON k.id = p.candidate_id
           JOIN round_seats s ON s.round_id = k.round_id
           WHERE p.candidate_id = $1 AND s.person_id = $2 ORDER BY p.position, p.probe"#,
        candidate.0,
        viewer.0
    )
    .fetch_all(tx)
    .await?;
    rows.into_iter()
        .map(|row| {
            let heard_at = match row.take.zip(row.at_ms) {
                Some((take, at)) => Some((number("take", take)?, Millis(number("time", at)?))),
                None => None,
            };
            Ok(ProbeAsked {
                position: number("place", row.position)?,
                probe: number("probe", row.probe)?,
                heard_at,
                by: PersonId(row.person_id),
                at: Timestamp(row.at),
            })
        })
        .collect()
}
