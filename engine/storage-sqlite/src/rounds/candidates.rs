//! Candidates of a round over SQLite: who they are, on which ground they may be recorded.

use super::{going_on, round_going_on};
use crate::error::Failure;
use crate::sessions::taken;
use crate::{Connection, audit};
use uuid::Uuid;
use viva_core::audit::{Deed, NewEntry};
use viva_core::clock::Timestamp;
use viva_core::ids::{CandidateId, CardId, PersonId, RoundId};
use viva_core::round::{CardState, Ground, code_of};
use viva_storage::columns::rounds::CandidateColumns;
use viva_storage::columns::{named, number};
use viva_storage::{CandidateRecord, CandidateRow, CardStanding, NewCandidate, StorageError};

pub(super) async fn add_candidate(tx: &mut Connection, new: &NewCandidate) -> Result<(), Failure> {
    going_on(tx, new.round).await?;
    let last = sqlx::query_scalar!(
        r#"SELECT coalesce(max(number), 0) AS "last!: i64" FROM candidates WHERE round_id = $1"#,
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
        next,
        code,
        new.name,
        new.by.0,
        new.at.0
    )
    .execute(&mut *tx)
    .await
    .map_err(|error| taken("candidate", error))?;
    let entry = NewEntry::new(Deed::CandidateAdded, Some(new.by), new.at).in_round(new.round);
    audit::log(tx, entry.of(new.id)).await
}

pub(super) async fn candidate(
    tx: &mut Connection,
    id: CandidateId,
    viewer: PersonId,
) -> Result<Option<CandidateRecord>, Failure> {
    let row = sqlx::query_as!(
        CandidateColumns,
        r#"SELECT k.id AS "id: Uuid", k.round_id AS "round_id: Uuid", k.number, k.code,
                  CASE WHEN r.show = 'names' OR s.seat = 'owner' THEN k.name END AS "name: String",
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
    Ok(row.map(CandidateColumns::record).transpose()?)
}

pub(super) async fn candidates(
    tx: &mut Connection,
    round: RoundId,
    viewer: PersonId,
) -> Result<Vec<CandidateRow>, Failure> {
    let rows = sqlx::query_as!(
        CandidateColumns,
        r#"SELECT k.id AS "id: Uuid", k.round_id AS "round_id: Uuid", k.number, k.code,
                  CASE WHEN r.show = 'names' OR s.seat = 'owner' THEN k.name END AS "name: String",
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
        r#"SELECT c.id AS "id: Uuid", c.candidate_id AS "candidate_id: Uuid", c.person_id AS "person_id: Uuid", c.state
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

pub(super) async fn keep_ground(
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
        ground.notice,
        ground.at.0,
        by
    )
    .execute(&mut *tx)
    .await?;
    let entry = NewEntry::new(Deed::GroundKept, actor, ground.at).in_round(round).of(candidate);
    audit::log(tx, entry.by(basis)).await
}

pub(super) async fn opt_out(
    tx: &mut Connection,
    candidate: CandidateId,
    at: Timestamp,
) -> Result<(), Failure> {
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
