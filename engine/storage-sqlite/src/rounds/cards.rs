//! Scorecards over SQLite.

use super::card_rows::{load, mark_columns, notes_json};
use super::interview_log::{questions, skipped};
use super::round_going_on;
use super::seats::seat_of;
use crate::error::Failure;
use crate::sessions::taken;
use crate::{Connection, SqliteStore, audit};
use async_trait::async_trait;
use uuid::Uuid;
use viva_core::audit::{Deed, NewEntry};
use viva_core::clock::Timestamp;
use viva_core::ids::{CandidateId, PersonId};
use viva_core::round::{Amendment, AmendmentPart, CardEvent, CardRefused, CardState, Entry, RoundRefused};
use viva_storage::{
    Act, CardRecord, Cards, NewCard, OwnCard, SavedEntry, SavedVerdict, StorageError, Verdict,
};

#[async_trait]
impl Cards for SqliteStore {
    async fn ask_for_card(&self, card: &NewCard) -> Result<(), StorageError> {
        let mut tx = self.begin().await?;
        self.told(ask(&mut tx, card).await)?;
        self.commit(tx).await
    }

    async fn release_card(
        &self,
        candidate: CandidateId,
        person: PersonId,
        act: Act,
    ) -> Result<(), StorageError> {
        let mut tx = self.begin().await?;
        self.told(release(&mut tx, candidate, person, act).await)?;
        self.commit(tx).await
    }

    async fn own_card(
        &self,
        candidate: CandidateId,
        viewer: PersonId,
    ) -> Result<Option<OwnCard>, StorageError> {
        let mut tx = self.look().await?;
        self.told(own(&mut tx, candidate, viewer).await)
    }

    async fn save_entry(
        &self,
        candidate: CandidateId,
        viewer: PersonId,
        position: usize,
        seen: u32,
        entry: &Entry,
    ) -> Result<SavedEntry, StorageError> {
        let mut tx = self.begin().await?;
        let saved = self.told(save_entry(&mut tx, candidate, viewer, (position, seen), entry).await)?;
        self.commit(tx).await?;
        Ok(saved)
    }

    async fn save_verdict(
        &self,
        candidate: CandidateId,
        viewer: PersonId,
        seen: u32,
        verdict: &Verdict,
    ) -> Result<SavedVerdict, StorageError> {
        let mut tx = self.begin().await?;
        let saved = self.told(save_verdict(&mut tx, candidate, viewer, seen, verdict).await)?;
        self.commit(tx).await?;
        Ok(saved)
    }

    async fn submit_card(
        &self,
        candidate: CandidateId,
        viewer: PersonId,
        at: Timestamp,
    ) -> Result<(), StorageError> {
        let mut tx = self.begin().await?;
        self.told(submit(&mut tx, candidate, viewer, at).await)?;
        self.commit(tx).await
    }

    async fn amend_card(
        &self,
        candidate: CandidateId,
        viewer: PersonId,
        amendment: &Amendment,
    ) -> Result<(), StorageError> {
        let mut tx = self.begin().await?;
        self.told(amend(&mut tx, candidate, viewer, amendment).await)?;
        self.commit(tx).await
    }

    async fn readable_cards(
        &self,
        candidate: CandidateId,
        viewer: PersonId,
    ) -> Result<Vec<CardRecord>, StorageError> {
        let mut tx = self.look().await?;
        self.told(readable(&mut tx, candidate, viewer).await)
    }
}

async fn ask(tx: &mut Connection, new: &NewCard) -> Result<(), Failure> {
    let round = round_going_on(tx, new.candidate).await?;
    if !seat_of(tx, round, new.person).await?.is_some_and(|seat| seat.rates()) {
        return Err(RoundRefused::CannotRate.into());
    }
    let there = sqlx::query!(
        r#"SELECT id AS "id: Uuid", state FROM cards WHERE candidate_id = $1 AND person_id = $2"#,
        new.candidate.0,
        new.person.0
    )
    .fetch_optional(&mut *tx)
    .await?;
    if let Some(there) = there {
        let state = CardState::from_name(&there.state);
        let state =
            viva_storage::columns::named("card's state", &there.state, state)?.after(CardEvent::AskAgain)?;
        set_state(tx, there.id, state, None).await?;
        return audit::asked(tx, new, round, there.id).await;
    }
    let state = CardState::Draft.name();
    sqlx::query!(
        "INSERT INTO cards (id, round_id, candidate_id, person_id, state, asked_at) VALUES ($1, $2, $3, $4, $5, $6)",
        new.id.0,
        round.0,
        new.candidate.0,
        new.person.0,
        state,
        new.at.0
    )
    .execute(&mut *tx)
    .await
    .map_err(|error| taken("card", error))?;
    for position in 0..questions(tx, new.candidate).await? {
        let position = position as i64;
        sqlx::query!("INSERT INTO card_entries (card_id, position) VALUES ($1, $2)", new.id.0, position)
            .execute(&mut *tx)
            .await?;
    }
    audit::asked(tx, new, round, new.id.0).await
}

async fn set_state(
    tx: &mut Connection,
    card: Uuid,
    state: CardState,
    submitted_at: Option<Timestamp>,
) -> Result<(), Failure> {
    let (state, at) = (state.name(), submitted_at.map(|at| at.0));
    match at {
        Some(at) => {
            sqlx::query!("UPDATE cards SET state = $2, submitted_at = $3 WHERE id = $1", card, state, at)
                .execute(tx)
                .await?
        }
        None => sqlx::query!("UPDATE cards SET state = $2 WHERE id = $1", card, state).execute(tx).await?,
    };
    Ok(())
}

async fn release(
    tx: &mut Connection,
    candidate: CandidateId,
    person: PersonId,
    act: Act,
) -> Result<(), Failure> {
    let round = round_going_on(tx, candidate).await?;
    let card = sqlx::query!(
        r#"SELECT id AS "id: Uuid", state FROM cards WHERE candidate_id = $1 AND person_id = $2"#,
        candidate.0,
        person.0
    )
    .fetch_optional(&mut *tx)
    .await?
    .ok_or_else(|| StorageError::not_found("card", candidate))?;
    let state = CardState::from_name(&card.state);
    let state =
        viva_storage::columns::named("card's state", &card.state, state)?.after(CardEvent::Release)?;
    set_state(tx, card.id, state, None).await?;
    let entry = NewEntry::new(Deed::CardReleased, act.by, act.at).in_round(round).of(candidate);
    audit::log(tx, entry.on(card.id)).await
}

/// One's own card is one's own by the seat: without it there is none.
async fn own(
    tx: &mut Connection,
    candidate: CandidateId,
    viewer: PersonId,
) -> Result<Option<OwnCard>, Failure> {
    let id = sqlx::query_scalar!(
        r#"SELECT c.id AS "id: Uuid" FROM cards c
           JOIN round_seats s ON s.round_id = c.round_id AND s.person_id = c.person_id
           WHERE c.candidate_id = $1 AND c.person_id = $2"#,
        candidate.0,
        viewer.0
    )
    .fetch_optional(&mut *tx)
    .await?;
    match id {
        Some(id) => Ok(Some(load(tx, id).await?)),
        None => Ok(None),
    }
}

/// The viewer's card in a round that goes on, to be changed.
async fn to_change(
    tx: &mut Connection,
    candidate: CandidateId,
    viewer: PersonId,
) -> Result<OwnCard, Failure> {
    let own = own(tx, candidate, viewer).await?.ok_or_else(|| StorageError::not_found("card", candidate))?;
    round_going_on(tx, candidate).await?;
    Ok(own)
}

async fn save_entry(
    tx: &mut Connection,
    candidate: CandidateId,
    viewer: PersonId,
    (position, seen): (usize, u32),
    sent: &Entry,
) -> Result<SavedEntry, Failure> {
    let own = to_change(tx, candidate, viewer).await?;
    own.record.card.state.after(CardEvent::Save)?;
    let kept = own.record.card.entries.get(position).ok_or(CardRefused::NoQuestion(position))?;
    let revision = own.revisions[position];
    let mut saved = if seen == revision {
        SavedEntry { entry: sent.clone(), revision, both_notes: false, other_mark: None }
    } else {
        let merged = kept.merge(sent);
        let (both_notes, other_mark) = (merged.both_notes, merged.other_mark);
        SavedEntry { entry: merged.entry, revision, both_notes, other_mark }
    };
    if saved.entry == *kept {
        return Ok(saved);
    }
    saved.revision += 1;
    let at = position as i64;
    let (rating, not_asked) = mark_columns(saved.entry.mark);
    let notes = notes_json(&saved.entry.notes)?;
    sqlx::query!(
        "UPDATE card_entries SET revision = $3, rating = $4, not_asked = $5, notes = $6
         WHERE card_id = $1 AND position = $2",
        own.record.id.0,
        at,
        saved.revision,
        rating,
        not_asked,
        notes
    )
    .execute(tx)
    .await?;
    Ok(saved)
}

async fn save_verdict(
    tx: &mut Connection,
    candidate: CandidateId,
    viewer: PersonId,
    seen: u32,
    sent: &Verdict,
) -> Result<SavedVerdict, Failure> {
    let own = to_change(tx, candidate, viewer).await?;
    let card = &own.record.card;
    card.state.after(CardEvent::Save)?;
    let kept = Verdict { recommendation: card.recommendation, summary: card.summary.clone() };
    let mut saved = kept.join(own.verdict_revision, seen, sent);
    if saved.verdict == kept {
        return Ok(saved);
    }
    saved.revision += 1;
    let recommendation = saved.verdict.recommendation.map(|value| value.name());
    sqlx::query!(
        "UPDATE cards SET revision = $2, recommendation = $3, summary = $4 WHERE id = $1",
        own.record.id.0,
        saved.revision,
        recommendation,
        saved.verdict.summary
    )
    .execute(tx)
    .await?;
    Ok(saved)
}

async fn submit(
    tx: &mut Connection,
    candidate: CandidateId,
    viewer: PersonId,
    at: Timestamp,
) -> Result<(), Failure> {
    let own = to_change(tx, candidate, viewer).await?;
    let skipped = skipped(tx, candidate).await?;
    let submitted = own.record.card.submit(&skipped)?;
    set_state(tx, own.record.id.0, submitted.state, Some(at)).await?;
    let entry = NewEntry::new(Deed::CardSubmitted, Some(viewer), at).in_round(own.record.round);
    audit::log(tx, entry.of(candidate).on(own.record.id.0)).await
}

async fn amend(
    tx: &mut Connection,
    candidate: CandidateId,
    viewer: PersonId,
    amendment: &Amendment,
) -> Result<(), Failure> {
    let own = to_change(tx, candidate, viewer).await?;
    let (id, round) = (own.record.id.0, own.record.round);
    let amended = own.record.card.amend(amendment.clone())?;
    let (part, position, mark, note, recommendation) = match &amendment.part {
        AmendmentPart::Mark { position, mark } => ("mark", Some(*position), Some(*mark), None, None),
        AmendmentPart::Note { position, text } => ("note", Some(*position), None, Some(text.as_str()), None),
        AmendmentPart::Recommendation { recommendation } => {
            ("recommendation", None, None, None, Some(recommendation.name()))
        }
    };
    let number = amended.amendments.len() as i64;
    let position = position.map(|position| position as i64);
    let (rating, not_asked) = mark_columns(mark);
    sqlx::query!(
        "INSERT INTO card_amendments (card_id, number, at, reason, part, position, rating, not_asked, note,
                                      recommendation)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
        id,
        number,
        amendment.at.0,
        amendment.reason,
        part,
        position,
        rating,
        not_asked,
        note,
        recommendation
    )
    .execute(&mut *tx)
    .await?;
    set_state(tx, id, amended.state, None).await?;
    let entry = NewEntry::new(Deed::CardAmended, Some(viewer), amendment.at).in_round(round);
    audit::log(tx, entry.of(candidate).on(id).by(part)).await
}

async fn readable(
    tx: &mut Connection,
    candidate: CandidateId,
    viewer: PersonId,
) -> Result<Vec<CardRecord>, Failure> {
    let ids = sqlx::query_scalar!(
        r#"SELECT r.card_id AS "card_id!: Uuid" FROM readable_cards r JOIN cards c ON c.id = r.card_id
           WHERE r.candidate_id = $1 AND r.viewer_id = $2 ORDER BY c.submitted_at, c.id"#,
        candidate.0,
        viewer.0
    )
    .fetch_all(&mut *tx)
    .await?;
    let mut found = Vec::new();
    for id in ids {
        found.push(load(tx, id).await?.record);
    }
    Ok(found)
}
