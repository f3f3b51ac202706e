//! All marks of a round, and what panels agreed on, over SQLite: for whoever the cards are open to.

use crate::error::Failure;
use crate::{Connection, audit};
use uuid::Uuid;
use viva_core::audit::{Deed, NewEntry};
use viva_core::ids::{PersonId, RoundId};
use viva_core::round::RoundRefused;
use viva_storage::columns::decisions::{ConsensusColumns, MarksColumns};
use viva_storage::{CardMarks, Consensus, StorageError};

/// One row a card, its marks in one text: forty thousand rows would take far longer to carry over than to find. Cards without an
/// amendment, which are nearly all, need no look at amendments.
pub(super) async fn marks(
    tx: &mut Connection,
    round: RoundId,
    viewer: PersonId,
) -> Result<Vec<CardMarks>, Failure> {
    let rows = sqlx::query_as!(
        MarksColumns,
        r#"SELECT c.candidate_id AS "candidate_id!: Uuid", c.person_id AS "person_id!: Uuid",
                  c.recommendation AS "recommendation: String",
                  CASE c.state WHEN 'amended'
                      THEN (SELECT group_concat(m.position || ':' || CASE WHEN m.not_asked THEN 0 ELSE m.rating END)
                            FROM counted_marks m
                            WHERE m.card_id = c.id AND (m.not_asked OR m.rating IS NOT NULL))
                      ELSE (SELECT group_concat(e.position || ':' || CASE WHEN e.not_asked THEN 0 ELSE e.rating END)
                            FROM card_entries e
                            WHERE e.card_id = c.id AND (e.not_asked OR e.rating IS NOT NULL))
                  END AS "marks: String"
           FROM readable_cards r JOIN cards c ON c.id = r.card_id
           WHERE r.round_id = $1 AND r.viewer_id = $2
           ORDER BY c.submitted_at, c.id"#,
        round.0,
        viewer.0
    )
    .fetch_all(tx)
    .await?;
    Ok(rows.into_iter().map(MarksColumns::record).collect::<Result<_, _>>()?)
}

pub(super) async fn keep_consensus(tx: &mut Connection, new: &Consensus) -> Result<(), Failure> {
    let round = sqlx::query_scalar!(
        r#"SELECT r.round_id AS "round_id!: Uuid" FROM readable_candidates r
           JOIN round_seats s ON s.round_id = r.round_id AND s.person_id = r.viewer_id
           WHERE r.candidate_id = $1 AND r.viewer_id = $2 AND s.seat <> 'observer'"#,
        new.candidate.0,
        new.by.0
    )
    .fetch_optional(&mut *tx)
    .await?
    .ok_or_else(|| StorageError::from(RoundRefused::CardsFirst))?;
    let (position, rating) = (new.position as i64, i64::from(new.rating.value()));
    sqlx::query!(
        "INSERT INTO consensus (candidate_id, number, position, rating, reason, person_id, at)
         SELECT $1, coalesce(max(number), 0) + 1, $2, $3, $4, $5, $6 FROM consensus WHERE candidate_id = $1",
        new.candidate.0,
        position,
        rating,
        new.reason,
        new.by.0,
        new.at.0
    )
    .execute(&mut *tx)
    .await?;
    let entry = NewEntry::new(Deed::ConsensusKept, Some(new.by), new.at).in_round(RoundId(round));
    audit::log(tx, entry.of(new.candidate).by(&format!("question:{}", new.position + 1))).await
}

pub(super) async fn consensus(
    tx: &mut Connection,
    round: RoundId,
    viewer: PersonId,
) -> Result<Vec<Consensus>, Failure> {
    let rows = sqlx::query_as!(
        ConsensusColumns,
        r#"SELECT a.candidate_id AS "candidate_id: Uuid", a.position, a.rating, a.reason, a.person_id AS "person_id: Uuid", a.at
           FROM consensus a JOIN readable_candidates r ON r.candidate_id = a.candidate_id
           WHERE r.round_id = $1 AND r.viewer_id = $2
             AND NOT EXISTS (SELECT 1 FROM consensus b WHERE b.candidate_id = a.candidate_id
                             AND b.position = a.position AND b.number > a.number)
           ORDER BY a.candidate_id, a.position"#,
        round.0,
        viewer.0
    )
    .fetch_all(tx)
    .await?;
    Ok(rows.into_iter().map(ConsensusColumns::record).collect::<Result<_, _>>()?)
}
