//! The audit log.

use super::at;
use super::rounds::{ANA, BEN, OWNER, act, asked_for_cards, person, round, round_id};
use crate::Store;
use uuid::Uuid;
use viva_core::audit::{Deed, NewEntry, verify};
use viva_core::ids::{CandidateId, PersonId, RoundId};
use viva_core::round::Show;

fn entry(n: u128) -> NewEntry {
    NewEntry::new(Deed::Exported, Some(PersonId(Uuid::from_u128(n))), at(i64::try_from(n).unwrap()))
        .in_round(RoundId(Uuid::from_u128(1)))
        .of(CandidateId(Uuid::from_u128(2)))
        .on(Uuid::from_u128(3))
        .by("zip")
}

/// What was logged comes back in order, whole, and fits together.
pub async fn the_audit_log_grows_and_fits_together(store: &dyn Store) {
    let before = store.audit_entries(0, 100).await.unwrap();
    assert_eq!(store.audit_head().await.unwrap(), before.last().map(viva_core::audit::Entry::head));
    let first = store.log(&entry(1)).await.unwrap();
    let second = store.log(&NewEntry::new(Deed::AudioExpired, None, at(2))).await.unwrap();
    let entries = store.audit_entries(0, 100).await.unwrap();
    assert_eq!(entries.len(), before.len() + 2);
    let expected = entry(1).after(before.last().map(viva_core::audit::Entry::head));
    assert_eq!(entries[before.len()], expected, "every field comes back");
    assert_eq!(verify(&entries, &[first]), Ok(Some(second)));
    assert_eq!(store.audit_head().await.unwrap(), Some(second));
    assert_eq!(store.audit_entries(first.sequence, 1).await.unwrap(), entries[before.len() + 1..]);
    assert!(store.audit_entries(second.sequence, 10).await.unwrap().is_empty());
}

/// Many at once, and no number is given twice.
pub async fn those_who_log_at_once_follow_each_other(store: &dyn Store) {
    let entries: Vec<NewEntry> = (0..12).map(entry).collect();
    let done = futures::future::join_all(entries.iter().map(|entry| store.log(entry))).await;
    assert!(done.iter().all(Result::is_ok), "{done:?}");
    let kept = store.audit_entries(0, 1000).await.unwrap();
    assert!(kept.len() >= 12);
    assert_eq!(verify(&kept, &[]).unwrap(), store.audit_head().await.unwrap());
}

/// Whoever changes a round is named with what they did.
pub async fn whoever_changes_a_round_is_named(store: &dyn Store) {
    let (_, candidate) = round(store).await;
    asked_for_cards(store, candidate, &[ANA]).await;
    store.release_card(candidate, person(ANA), act(6)).await.unwrap();
    store.show_candidates(round_id(1), Show::Codes, act(7)).await.unwrap();
    store.take_seat(round_id(1), person(BEN), act(8)).await.unwrap();
    store.close_round(round_id(1), act(9)).await.unwrap();
    let log = store.audit_entries(0, 1000).await.unwrap();
    for deed in [
        Deed::RoundStarted,
        Deed::SeatGiven,
        Deed::CandidateAdded,
        Deed::CardAsked,
        Deed::CardReleased,
        Deed::NamesChanged,
        Deed::SeatTaken,
        Deed::RoundClosed,
    ] {
        let logged = |entry: &&viva_core::audit::Entry| {
            entry.deed == deed.name()
                && entry.round == Some(round_id(1))
                && entry.actor == Some(person(OWNER))
        };
        assert!(log.iter().find(logged).is_some(), "{deed:?}: {log:?}");
    }
    verify(&log, &[]).unwrap();
}
