//! Scorecards: one's own to write, and those of others that one may read.

use super::Act;
use crate::error::StorageError;
use async_trait::async_trait;
use viva_core::clock::Timestamp;
use viva_core::ids::{CandidateId, CardId, PersonId, RoundId};
use viva_core::round::{Amendment, Card, Entry, Mark, Recommendation};

/// Keeps scorecards. Every change goes through [`viva_core::round::Card`] inside the transaction.
#[async_trait]
pub trait Cards: Send + Sync {
    /// Asks somebody for a card, for the first time or again after it was released.
    async fn ask_for_card(&self, card: &NewCard) -> Result<(), StorageError>;

    /// A draft is not waited for any more. What stands in it stays.
    async fn release_card(
        &self,
        candidate: CandidateId,
        person: PersonId,
        act: Act,
    ) -> Result<(), StorageError>;

    /// The viewer's own card for a candidate, in any state.
    async fn own_card(
        &self,
        candidate: CandidateId,
        viewer: PersonId,
    ) -> Result<Option<OwnCard>, StorageError>;

    /// Saves what the viewer's draft says about one question.
    ///
    /// `seen` is the revision the writer started from. Where another window has saved since, both are joined by
    /// [`Entry::merge`], and the answer says what the writer should know.
    async fn save_entry(
        &self,
        candidate: CandidateId,
        viewer: PersonId,
        position: usize,
        seen: u32,
        entry: &Entry,
    ) -> Result<SavedEntry, StorageError>;

    /// Saves recommendation and summary of the viewer's draft; where another window has saved since, both texts stay.
    async fn save_verdict(
        &self,
        candidate: CandidateId,
        viewer: PersonId,
        seen: u32,
        verdict: &Verdict,
    ) -> Result<SavedVerdict, StorageError>;

    /// Hands the viewer's card in.
    async fn submit_card(
        &self,
        candidate: CandidateId,
        viewer: PersonId,
        at: Timestamp,
    ) -> Result<(), StorageError>;

    /// Appends to the viewer's card, which is in.
    async fn amend_card(
        &self,
        candidate: CandidateId,
        viewer: PersonId,
        amendment: &Amendment,
    ) -> Result<(), StorageError>;

    /// The cards for a candidate that are in and that the viewer may read now, their own among them.
    async fn readable_cards(
        &self,
        candidate: CandidateId,
        viewer: PersonId,
    ) -> Result<Vec<CardRecord>, StorageError>;
}

/// A card that is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NewCard {
    /// Made by the caller; a card that was released keeps the id it has.
    pub id: CardId,
    /// For whom.
    pub candidate: CandidateId,
    /// From whom.
    pub person: PersonId,
    /// Who asks.
    pub by: PersonId,
    /// Now.
    pub at: Timestamp,
}

/// A card as it is kept.
#[derive(Debug, Clone, PartialEq)]
pub struct CardRecord {
    /// Its id.
    pub id: CardId,
    /// Its round.
    pub round: RoundId,
    /// Whom it is about.
    pub candidate: CandidateId,
    /// Who wrote it.
    pub person: PersonId,
    /// What it says.
    pub card: Card,
    /// When it was handed in.
    pub submitted_at: Option<Timestamp>,
}

/// One's own card, with what saving it needs.
#[derive(Debug, Clone, PartialEq)]
pub struct OwnCard {
    /// The card.
    pub record: CardRecord,
    /// The revision of each entry.
    pub revisions: Vec<u32>,
    /// The revision of recommendation and summary.
    pub verdict_revision: u32,
}

/// The head of a card.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Verdict {
    /// None until one was given.
    pub recommendation: Option<Recommendation>,
    /// Why; may be empty.
    pub summary: String,
}

/// What saving an entry came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SavedEntry {
    /// What is kept now.
    pub entry: Entry,
    /// Its revision.
    pub revision: u32,
    /// Another window had saved notes that this one had not seen; both are kept.
    pub both_notes: bool,
    /// The mark that was sent and does not count, because another window had saved another one.
    pub other_mark: Option<Mark>,
}

/// What saving the head of a card came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SavedVerdict {
    /// What is kept now.
    pub verdict: Verdict,
    /// Its revision.
    pub revision: u32,
    /// Another window had saved a summary that this one had not seen; both are kept.
    pub both_summaries: bool,
    /// The recommendation that was sent and does not count, because another window had saved another one.
    pub other_recommendation: Option<Recommendation>,
}

impl Verdict {
    /// Joins what is kept, at its revision, with what a window sends that had seen another one or the same.
    ///
    /// Summaries that differ are both kept, one under the other; of two recommendations the kept one counts.
    pub fn join(&self, revision: u32, seen: u32, sent: &Self) -> SavedVerdict {
        if seen == revision {
            return SavedVerdict {
                verdict: sent.clone(),
                revision,
                both_summaries: false,
                other_recommendation: None,
            };
        }
        let (kept, new) = (self.summary.as_str(), sent.summary.as_str());
        let (summary, both_summaries) = match (kept, new) {
            _ if new.contains(kept) => (new.to_owned(), false),
            _ if kept.contains(new) => (kept.to_owned(), false),
            _ => (format!("{kept}\n\n{new}"), true),
        };
        let (recommendation, other_recommendation) = match (self.recommendation, sent.recommendation) {
            (Some(kept), Some(new)) if kept != new => (Some(kept), Some(new)),
            (kept, new) => (kept.or(new), None),
        };
        let verdict = Self { recommendation, summary };
        SavedVerdict { verdict, revision, both_summaries, other_recommendation }
    }
}
