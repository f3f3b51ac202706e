//! Rounds over PostgreSQL: starting, listing, closing; and the trait by which all that surrounds them is reached.

use super::candidates::{add_candidate, candidate, candidates, keep_ground, opt_out};
use super::interview_log::{deviations, log_deviation, note_probe, probes};
use super::seats::{give_seat, put_seat, seat_of, seats, take_seat};
use super::{going_on, kits};
use crate::error::Failure;
use crate::plain::plain;
use crate::sessions::taken;
use crate::{Connection, PostgresStore, audit};
use async_trait::async_trait;
use viva_core::audit::{Deed, NewEntry};
use viva_core::clock::Timestamp;
use viva_core::ids::{CandidateId, PersonId, RoundId};
use viva_core::round::{Deviation, Ground, Seat, Show};
use viva_storage::columns::rounds::{RoundColumns, SummaryColumns};
use viva_storage::{
    Act, CandidateRecord, CandidateRow, DeviationRecord, NewCandidate, NewRound, ProbeAsked, RoundRecord,
    RoundSummary, Rounds, SeatRecord, StorageError,
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
        act: Act,
    ) -> Result<(), StorageError> {
        serialised!(self, tx => give_seat(tx, round, person, seat, act))
    }

    async fn take_seat(&self, round: RoundId, person: PersonId, act: Act) -> Result<(), StorageError> {
        serialised!(self, tx => take_seat(tx, round, person, act))
    }

    async fn show_candidates(&self, round: RoundId, show: Show, act: Act) -> Result<(), StorageError> {
        serialised!(self, tx => show_candidates(tx, round, show, act))
    }

    async fn close_round(&self, round: RoundId, act: Act) -> Result<(), StorageError> {
        serialised!(self, tx => close(tx, round, act))
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
    let rows = sqlx::query_as!(
        SummaryColumns,
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
    Ok(rows.into_iter().map(SummaryColumns::record).collect::<Result<_, _>>()?)
}

async fn load(tx: &mut Connection, id: RoundId, viewer: PersonId) -> Result<Option<RoundRecord>, Failure> {
    let row = sqlx::query_as!(
        RoundColumns,
        r#"SELECT r.id, r.title, r.kit_id, r.kit_version, r.show, r.notice, r.made_at, r.closed_at, s.seat,
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
    Ok(row.map(RoundColumns::record).transpose()?)
}

async fn show_candidates(tx: &mut Connection, round: RoundId, show: Show, act: Act) -> Result<(), Failure> {
    let show = show.name();
    let done =
        sqlx::query!("UPDATE rounds SET show = $2 WHERE id = $1", round.0, show).execute(&mut *tx).await?;
    if done.rows_affected() == 0 {
        return Err(StorageError::not_found("round", round).into());
    }
    let entry = NewEntry::new(Deed::NamesChanged, act.by, act.at).in_round(round);
    audit::log(tx, entry.by(show)).await
}

async fn close(tx: &mut Connection, round: RoundId, act: Act) -> Result<(), Failure> {
    going_on(tx, round).await?;
    sqlx::query!("UPDATE cards SET state = 'released' WHERE round_id = $1 AND state = 'draft'", round.0)
        .execute(&mut *tx)
        .await?;
    sqlx::query!("UPDATE rounds SET closed_at = $2 WHERE id = $1", round.0, act.at.0)
        .execute(&mut *tx)
        .await?;
    audit::log(tx, NewEntry::new(Deed::RoundClosed, act.by, act.at).in_round(round)).await
}
