//! The columns of cards, and what they stand for.

use crate::Connection;
use crate::error::Failure;
use uuid::Uuid;
use viva_core::clock::Timestamp;
use viva_core::ids::{CandidateId, CardId, PersonId, RoundId};
use viva_core::round::{Amendment, AmendmentPart, Card, CardState, Entry, Mark, Notes, Recommendation};
use viva_storage::columns::{document, json, named, number};
use viva_storage::{CardRecord, OwnCard, StorageError};

/// A mark of its two columns.
pub(super) fn mark(rating: Option<i64>, not_asked: bool) -> Result<Option<Mark>, Failure> {
    match (rating, not_asked) {
        (None, false) => Ok(None),
        (None, true) => Ok(Some(Mark::NotAsked)),
        (Some(value), _) => {
            let mark = u8::try_from(value).ok().and_then(Mark::rated);
            Ok(Some(named("rating", &value.to_string(), mark)?))
        }
    }
}

/// The two columns of a mark.
pub(super) fn mark_columns(mark: Option<Mark>) -> (Option<i64>, bool) {
    let rating = mark.and_then(Mark::rating).map(|rating| i64::from(rating.value()));
    (rating, mark == Some(Mark::NotAsked))
}

pub(super) fn notes_json(notes: &Notes) -> Result<String, Failure> {
    Ok(json("note", notes)?)
}

fn recommendation(name: Option<String>) -> Result<Option<Recommendation>, Failure> {
    Ok(name.map(|name| named("recommendation", &name, Recommendation::from_name(&name))).transpose()?)
}

/// A whole card with the revisions of its parts. The caller has decided that the viewer may have it.
pub(super) async fn load(tx: &mut Connection, id: Uuid) -> Result<OwnCard, Failure> {
    let head = sqlx::query!(
        r#"SELECT round_id, candidate_id, person_id, state,
                  revision, recommendation, summary, submitted_at
           FROM cards WHERE id = $1"#,
        id
    )
    .fetch_one(&mut *tx)
    .await?;
    let rows = sqlx::query!(
        r#"SELECT revision, rating, not_asked, notes FROM card_entries WHERE card_id = $1
           ORDER BY position"#,
        id
    )
    .fetch_all(&mut *tx)
    .await?;
    let (mut entries, mut revisions) = (Vec::new(), Vec::new());
    for row in rows {
        let notes = document("note", &row.notes)?;
        entries.push(Entry { mark: mark(row.rating, row.not_asked)?, notes });
        revisions.push(number("card's revision", row.revision)?);
    }
    let card = Card {
        state: named("card's state", &head.state, CardState::from_name(&head.state))?,
        entries,
        recommendation: recommendation(head.recommendation)?,
        summary: head.summary,
        amendments: amendments(tx, id).await?,
    };
    let record = CardRecord {
        id: CardId(id),
        round: RoundId(head.round_id),
        candidate: CandidateId(head.candidate_id),
        person: PersonId(head.person_id),
        card,
        submitted_at: head.submitted_at.map(Timestamp),
    };
    Ok(OwnCard { record, revisions, verdict_revision: number("card's revision", head.revision)? })
}

async fn amendments(tx: &mut Connection, card: Uuid) -> Result<Vec<Amendment>, Failure> {
    let rows = sqlx::query!(
        r#"SELECT at, reason, part, position, rating, not_asked, note, recommendation
           FROM card_amendments WHERE card_id = $1 ORDER BY number"#,
        card
    )
    .fetch_all(tx)
    .await?;
    rows.into_iter()
        .map(|row| {
            let damaged = || StorageError::damaged("amendment", "a part of it is missing");
            let position = row.position.map(|position| number("place", position)).transpose()?;
            let part = match row.part.as_str() {
                "mark" => AmendmentPart::Mark {
                    position: position.ok_or_else(damaged)?,
                    mark: mark(row.rating, row.not_asked)?.ok_or_else(damaged)?,
                },
                "note" => AmendmentPart::Note {
                    position: position.ok_or_else(damaged)?,
                    text: row.note.ok_or_else(damaged)?,
                },
                _ => AmendmentPart::Recommendation {
                    recommendation: recommendation(row.recommendation)?.ok_or_else(damaged)?,
                },
            };
            Ok(Amendment { at: Timestamp(row.at), reason: row.reason, part })
        })
        .collect()
}
