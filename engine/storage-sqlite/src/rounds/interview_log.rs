//! What happened in an interview besides its answers, over SQLite: where it left the kit, and probes that were asked.

use super::round_going_on;
use crate::error::Failure;
use crate::{Connection, audit};
use uuid::Uuid;
use viva_core::audit::{Deed, NewEntry};
use viva_core::clock::Timestamp;
use viva_core::ids::{CandidateId, PersonId};
use viva_core::round::{Deviation, RoundRefused};
use viva_storage::columns::number;
use viva_storage::columns::rounds::{DeviationColumns, ProbeColumns};
use viva_storage::{DeviationRecord, ProbeAsked, StorageError};

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

pub(super) async fn log_deviation(
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
         SELECT $1, coalesce(max(number), 0) + 1, $2, $3, $4, $5, $6, $7 FROM deviations WHERE candidate_id = $1",
        candidate.0,
        position,
        kind,
        deviation.asked,
        deviation.reason,
        by.0,
        at.0
    )
    .execute(&mut *tx)
    .await?;
    let entry = NewEntry::new(Deed::Deviated, Some(by), at).in_round(round).of(candidate);
    audit::log(tx, entry.by(kind)).await
}

pub(super) async fn deviations(
    tx: &mut Connection,
    candidate: CandidateId,
    viewer: PersonId,
) -> Result<Vec<DeviationRecord>, Failure> {
    let rows = sqlx::query_as!(
        DeviationColumns,
        r#"SELECT d.number, d.position, d.kind, d.asked, d.reason, d.person_id AS "person_id: Uuid", d.at
           FROM deviations d
           JOIN candidates k ON k.id = d.candidate_id
           JOIN round_seats s ON s.round_id = k.round_id
           WHERE d.candidate_id = $1 AND s.person_id = $2 ORDER BY d.number"#,
        candidate.0,
        viewer.0
    )
    .fetch_all(tx)
    .await?;
    Ok(rows.into_iter().map(DeviationColumns::record).collect::<Result<_, _>>()?)
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

pub(super) async fn note_probe(
    tx: &mut Connection,
    candidate: CandidateId,
    probe: &ProbeAsked,
) -> Result<(), Failure> {
    round_going_on(tx, candidate).await?;
    let (position, nth) = (probe.position as i64, probe.probe as i64);
    let take = probe.heard_at.map(|(take, _)| take);
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

pub(super) async fn probes(
    tx: &mut Connection,
    candidate: CandidateId,
    viewer: PersonId,
) -> Result<Vec<ProbeAsked>, Failure> {
    let rows = sqlx::query_as!(
        ProbeColumns,
        r#"SELECT p.position, p.probe, p.take, p.at_ms, p.person_id AS "person_id: Uuid", p.at
           FROM probes_asked p
           JOIN candidates k ON k.id = p.candidate_id
           JOIN round_seats s ON s.round_id = k.round_id
           WHERE p.candidate_id = $1 AND s.person_id = $2 ORDER BY p.position, p.probe"#,
        candidate.0,
        viewer.0
    )
    .fetch_all(tx)
    .await?;
    Ok(rows.into_iter().map(ProbeColumns::record).collect::<Result<_, _>>()?)
}
