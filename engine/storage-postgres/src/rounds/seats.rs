//! Who sits in a round, over PostgreSQL.

use super::going_on;
use crate::error::Failure;
use crate::{Connection, audit};
use viva_core::audit::{Deed, NewEntry};
use viva_core::clock::Timestamp;
use viva_core::ids::{PersonId, RoundId};
use viva_core::round::{RoundRefused, Seat};
use viva_storage::columns::named;
use viva_storage::columns::rounds::SeatColumns;
use viva_storage::{Act, SeatRecord, StorageError};

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

pub(super) async fn seats(
    tx: &mut Connection,
    round: RoundId,
    viewer: PersonId,
) -> Result<Vec<SeatRecord>, Failure> {
    let rows = sqlx::query_as!(
        SeatColumns,
        r#"SELECT s.person_id, s.seat, s.given_at FROM round_seats s
           WHERE s.round_id = $1
             AND EXISTS (SELECT 1 FROM round_seats v WHERE v.round_id = $1 AND v.person_id = $2)
           ORDER BY s.given_at, s.person_id"#,
        round.0,
        viewer.0
    )
    .fetch_all(tx)
    .await?;
    Ok(rows.into_iter().map(SeatColumns::record).collect::<Result<_, _>>()?)
}

pub(super) async fn give_seat(
    tx: &mut Connection,
    round: RoundId,
    person: PersonId,
    seat: Seat,
    act: Act,
) -> Result<(), Failure> {
    going_on(tx, round).await?;
    if seat != Seat::Owner {
        keeps_an_owner(tx, round, person).await?;
    }
    if !seat.rates() {
        release_drafts(tx, round, person).await?;
    }
    put_seat(tx, round, person, seat, act.at).await?;
    let entry = NewEntry::new(Deed::SeatGiven, act.by, act.at).in_round(round).on(person.0);
    audit::log(tx, entry.by(seat.name())).await
}

pub(super) async fn put_seat(
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

pub(super) async fn take_seat(
    tx: &mut Connection,
    round: RoundId,
    person: PersonId,
    act: Act,
) -> Result<(), Failure> {
    going_on(tx, round).await?;
    keeps_an_owner(tx, round, person).await?;
    release_drafts(tx, round, person).await?;
    let done =
        sqlx::query!("DELETE FROM round_seats WHERE round_id = $1 AND person_id = $2", round.0, person.0)
            .execute(&mut *tx)
            .await?;
    if done.rows_affected() == 0 {
        return Err(StorageError::not_found("seat", person).into());
    }
    let entry = NewEntry::new(Deed::SeatTaken, act.by, act.at).in_round(round);
    audit::log(tx, entry.on(person.0)).await
}

pub(super) async fn keeps_an_owner(
    tx: &mut Connection,
    round: RoundId,
    without: PersonId,
) -> Result<(), Failure> {
    let others = sqlx::query_scalar!(
        r#"SELECT count(*) AS "count!" FROM round_seats WHERE round_id = $1 AND seat = 'owner' AND person_id <> $2"#,
        round.0,
        without.0
    )
    .fetch_one(tx)
    .await?;
    if others == 0 { Err(RoundRefused::LastOwner.into()) } else { Ok(()) }
}

pub(super) async fn release_drafts(
    tx: &mut Connection,
    round: RoundId,
    person: PersonId,
) -> Result<(), Failure> {
    sqlx::query!(
        "UPDATE cards SET state = 'released' WHERE round_id = $1 AND person_id = $2 AND state = 'draft'",
        round.0,
        person.0
    )
    .execute(tx)
    .await?;
    Ok(())
}
