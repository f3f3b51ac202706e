//! Each way to read something of others' cards, by itself: whoever owes a card finds nothing by it, whoever is in does.
//!
//! With the views of [`super::blind_rules`] opened to everybody each of these checks fails, so each way goes through them.

use super::at;
use super::blind::{scene, submitted};
use super::rounds::{ANA, BEN, person, round_id};
use crate::{Consensus, StorageError, Store};
use viva_core::ids::CandidateId;
use viva_core::round::{Rating, RoundRefused};

fn consensus(candidate: CandidateId, by: u128) -> Consensus {
    let rating = Rating::try_from(4).unwrap();
    Consensus { candidate, position: 0, rating, reason: "Heard again.".into(), by: person(by), at: at(8) }
}

/// Ana is in, and has written a consensus down; Ben owes his card.
async fn ben_owes(store: &dyn Store) -> CandidateId {
    let candidate = scene(store, &[ANA, BEN]).await;
    submitted(store, candidate, ANA, 4).await;
    store.keep_consensus(&consensus(candidate, ANA)).await.unwrap();
    candidate
}

/// The cards themselves, with their notes.
pub async fn cards_wait_for_ones_own(store: &dyn Store) {
    let candidate = ben_owes(store).await;
    let found = async |n| store.readable_cards(candidate, person(n)).await.unwrap().len();
    assert_eq!((found(ANA).await, found(BEN).await), (1, 0));
}

/// The machine's score and its evidence.
pub async fn the_machines_score_waits_for_ones_own(store: &dyn Store) {
    let candidate = ben_owes(store).await;
    let found = async |n| store.machine_scores(candidate, person(n)).await.unwrap().len();
    assert_eq!((found(ANA).await, found(BEN).await), (1, 0));
}

/// All marks of a round, from which the matrix, the agreement and the exports are made.
pub async fn marks_wait_for_ones_own(store: &dyn Store) {
    ben_owes(store).await;
    let found = async |n| store.readable_marks(round_id(1), person(n)).await.unwrap().len();
    assert_eq!((found(ANA).await, found(BEN).await), (1, 0));
}

/// What a panel agreed on.
pub async fn a_consensus_waits_for_ones_own(store: &dyn Store) {
    ben_owes(store).await;
    let found = async |n| store.readable_consensus(round_id(1), person(n)).await.unwrap().len();
    assert_eq!((found(ANA).await, found(BEN).await), (1, 0));
}

/// Whoever may not read the cards has nothing to agree on.
pub async fn writing_a_consensus_waits_for_ones_own(store: &dyn Store) {
    let candidate = ben_owes(store).await;
    let refused = store.keep_consensus(&consensus(candidate, BEN)).await;
    assert!(matches!(refused, Err(StorageError::Round(RoundRefused::CardsFirst))), "{refused:?}");
}
