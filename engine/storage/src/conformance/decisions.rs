//! Marks of a round at once, consensus, legal holds, erasing, and the clocks of closed rounds.

use super::at;
use super::round_answers;
use super::rounds::{
    ANA, BEN, OBSERVER, OWNER, STRANGER, act, asked_for_cards, candidate_id, person, round, round_id,
};
use crate::{CardMarks, Consensus, Expired, Hold, Part, Retention, StorageError, Store, Verdict};
use viva_core::clock::Timestamp;
use viva_core::ids::CandidateId;
use viva_core::round::{Amendment, AmendmentPart, Entry, Mark, Notes, Rating, Recommendation, RoundRefused};

/// Fills person n's card and hands it in: this rating to the first question, one more to the second.
async fn hand_in(store: &dyn Store, candidate: CandidateId, n: u128, rating: u8) {
    for (position, rating) in [(0, rating), (1, rating + 1)] {
        let entry =
            Entry { mark: Mark::rated(rating), notes: Notes::parse("0:14 said so", &Notes::default()) };
        store.save_entry(candidate, person(n), position, 1, &entry).await.unwrap();
    }
    let verdict = Verdict { recommendation: Some(Recommendation::Yes), summary: String::new() };
    store.save_verdict(candidate, person(n), 1, &verdict).await.unwrap();
    store.submit_card(candidate, person(n), at(6)).await.unwrap();
}

async fn marks(store: &dyn Store, n: u128) -> Vec<CardMarks> {
    store.readable_marks(round_id(1), person(n)).await.unwrap()
}

fn consensus(candidate: CandidateId, by: u128, second: i64) -> Consensus {
    let rating = Rating::try_from(4).unwrap();
    Consensus {
        candidate,
        position: 1,
        rating,
        reason: "We heard it again.".into(),
        by: person(by),
        at: at(second),
    }
}

/// Every mark that counts comes at once, amended ones as amended, and only to whom the card is open.
pub async fn marks_of_a_round_come_at_once_and_blind(store: &dyn Store) {
    let (_, candidate) = round(store).await;
    asked_for_cards(store, candidate, &[ANA, BEN]).await;
    hand_in(store, candidate, ANA, 3).await;
    assert_eq!(marks(store, ANA).await.len(), 1);
    for nobody in [BEN, OBSERVER, OWNER, STRANGER] {
        assert!(marks(store, nobody).await.is_empty(), "person {nobody}");
    }
    hand_in(store, candidate, BEN, 4).await;
    let amendment = Amendment {
        at: at(7),
        reason: "heard it again".into(),
        part: AmendmentPart::Mark { position: 0, mark: Mark::rated(2).unwrap() },
    };
    store.amend_card(candidate, person(BEN), &amendment).await.unwrap();
    for viewer in [ANA, BEN, OBSERVER, OWNER] {
        let mut found = marks(store, viewer).await;
        found.iter_mut().for_each(|card| card.marks.sort_by_key(|(position, _)| *position));
        let of = |n: u128| found.iter().find(|card| card.person == person(n)).unwrap();
        let rated = |ratings: [u8; 2]| [0, 1].map(|at| (at, Mark::rated(ratings[at]).unwrap())).to_vec();
        assert_eq!((found.len(), &of(ANA).marks, &of(BEN).marks), (2, &rated([3, 4]), &rated([2, 5])));
        assert_eq!((of(ANA).candidate, of(ANA).recommendation), (candidate, Some(Recommendation::Yes)));
    }
    assert!(marks(store, STRANGER).await.is_empty());
}

/// A consensus needs an open view of the cards; the last one is shown, to whom the cards are open.
pub async fn a_consensus_stands_beside_the_ratings(store: &dyn Store) {
    let (_, candidate) = round(store).await;
    asked_for_cards(store, candidate, &[ANA, BEN]).await;
    hand_in(store, candidate, ANA, 3).await;
    for closed in [BEN, OBSERVER, STRANGER] {
        let refused = store.keep_consensus(&consensus(candidate, closed, 8)).await;
        assert!(matches!(refused, Err(StorageError::Round(RoundRefused::CardsFirst))), "{refused:?}");
    }
    hand_in(store, candidate, BEN, 4).await;
    let refused = store.keep_consensus(&consensus(candidate, OBSERVER, 8)).await;
    assert!(matches!(refused, Err(StorageError::Round(RoundRefused::CardsFirst))), "observers write nothing");
    store.keep_consensus(&consensus(candidate, ANA, 8)).await.unwrap();
    let last = Consensus { reason: "And once more.".into(), ..consensus(candidate, BEN, 9) };
    store.keep_consensus(&last).await.unwrap();
    assert_eq!(store.readable_consensus(round_id(1), person(OBSERVER)).await.unwrap(), [last]);
    assert!(store.readable_consensus(round_id(1), person(STRANGER)).await.unwrap().is_empty());
    let before = marks(store, ANA).await;
    assert_eq!(before.len(), 2, "no rating changes");
}

/// Two who write a consensus down at once are both kept, under numbers of their own, and both logged.
pub async fn two_consensus_at_once_are_both_kept(store: &dyn Store) {
    let (_, candidate) = round(store).await;
    asked_for_cards(store, candidate, &[ANA, BEN]).await;
    hand_in(store, candidate, ANA, 3).await;
    hand_in(store, candidate, BEN, 4).await;
    let said = |by, position| Consensus { position, ..consensus(candidate, by, 8) };
    let (anas, bens) = (said(ANA, 0), said(BEN, 1));
    let (one, other) = futures::future::join(store.keep_consensus(&anas), store.keep_consensus(&bens)).await;
    assert!(one.is_ok() && other.is_ok(), "{one:?} {other:?}");
    assert_eq!(store.readable_consensus(round_id(1), person(OWNER)).await.unwrap(), [anas, bens]);
    let log = store.audit_entries(0, 1000).await.unwrap();
    assert_eq!(log.iter().filter(|entry| entry.deed == "consensus_kept").count(), 2);
    viva_core::audit::verify(&log, &[]).unwrap();
}

/// Nothing of a candidate under a legal hold is erased; lifted, everything is, and the log keeps that.
pub async fn a_hold_blocks_erasing_and_erasing_leaves_ids_in_the_log(store: &dyn Store) {
    let (_, candidate) = round(store).await;
    round_answers::scored(store, candidate, 1).await;
    asked_for_cards(store, candidate, &[ANA]).await;
    hand_in(store, candidate, ANA, 3).await;
    let hold = Hold { reason: "A claim is open.".into(), by: person(OWNER), at: at(10) };
    store.set_hold(candidate, &hold).await.unwrap();
    assert_eq!(store.hold(candidate).await.unwrap(), Some(hold));
    let refused = store.erase_candidate(candidate, person(OWNER), at(11)).await;
    assert!(matches!(refused, Err(StorageError::Round(RoundRefused::Held))), "{refused:?}");
    let refused = store.delete_everything().await;
    assert!(matches!(refused, Err(StorageError::Round(RoundRefused::Held))), "{refused:?}");
    store.lift_hold(candidate, person(OWNER), at(12)).await.unwrap();
    store.lift_hold(candidate, person(OWNER), at(12)).await.unwrap();
    let recordings = store.recordings_of_candidate(candidate).await.unwrap();
    assert!(!recordings.is_empty());
    assert!(recordings.iter().all(|path| !path.is_empty()));
    assert_eq!(store.kept_recordings().await.unwrap(), recordings);
    assert_eq!(store.erase_candidate(candidate, person(OWNER), at(13)).await.unwrap(), recordings);
    assert_eq!(store.candidate(candidate, person(OWNER)).await.unwrap(), None);
    assert!(store.candidate(candidate_id(2), person(STRANGER)).await.unwrap().is_some(), "others stay");
    assert!(store.kept_recordings().await.unwrap().is_empty());
    assert!(marks(store, ANA).await.is_empty());
    let gone = store.erase_candidate(candidate, person(OWNER), at(13)).await;
    assert!(matches!(gone, Err(StorageError::NotFound { .. })), "{gone:?}");
    let log = store.audit_entries(0, 1000).await.unwrap();
    let deeds: Vec<&str> = log
        .iter()
        .filter(|entry| entry.candidate == Some(candidate))
        .map(|entry| entry.deed.as_str())
        .collect();
    assert!(deeds.ends_with(&["hold_set", "hold_lifted", "erased"]), "{deeds:?}");
    assert!(log.iter().all(|entry| !entry.detail.contains("claim")));
}

/// Each clock takes its own part, once the round is closed and its days are over, and never past a hold.
pub async fn clocks_of_closed_rounds_take_their_part_alone(store: &dyn Store) {
    const DAY: i64 = 24 * 60 * 60 * 1000;
    let (_, candidate) = round(store).await;
    round_answers::scored(store, candidate, 1).await;
    asked_for_cards(store, candidate, &[ANA]).await;
    hand_in(store, candidate, ANA, 3).await;
    let retention = Retention { audio_days: Some(1), transcript_days: Some(2), ratings_days: Some(3) };
    store.set_retention(round_id(1), retention, person(OWNER), at(8)).await.unwrap();
    assert_eq!(store.retention(round_id(1)).await.unwrap(), retention);
    assert_eq!(store.retention(round_id(2)).await.unwrap(), Retention::default());
    let after = |days: i64| Timestamp(at(20).0 + days * DAY);
    assert!(store.expired(after(99)).await.unwrap().is_empty(), "the round goes on");
    store.close_round(round_id(1), act(20)).await.unwrap();
    assert!(store.expired(Timestamp(after(1).0 - 1)).await.unwrap().is_empty());

    let part = |part| Expired { round: round_id(1), candidate, part };
    let hold = Hold { reason: "A claim is open.".into(), by: person(OWNER), at: at(21) };
    store.set_hold(candidate, &hold).await.unwrap();
    assert!(store.expired(after(99)).await.unwrap().is_empty(), "a hold stands");
    let refused = store.expire(&part(Part::Audio), after(1)).await;
    assert!(matches!(refused, Err(StorageError::Round(RoundRefused::Held))), "{refused:?}");
    store.lift_hold(candidate, person(OWNER), at(22)).await.unwrap();

    assert_eq!(store.expired(after(1)).await.unwrap(), [part(Part::Audio)]);
    assert_eq!(store.expire(&part(Part::Audio), after(1)).await.unwrap().len(), 1);
    assert!(store.expired(after(1)).await.unwrap().is_empty());
    let answers = store.round_answers(candidate, person(ANA)).await.unwrap();
    assert!(!answers.is_empty());
    assert!(!store.round_transcripts(answers[0].attempt.id, person(ANA)).await.unwrap().is_empty());

    assert_eq!(store.expired(after(2)).await.unwrap(), [part(Part::Transcripts)]);
    assert!(store.expire(&part(Part::Transcripts), after(2)).await.unwrap().is_empty());
    assert!(store.round_answers(candidate, person(ANA)).await.unwrap().is_empty());
    assert_eq!(marks(store, ANA).await.len(), 1);

    assert_eq!(store.expired(after(3)).await.unwrap(), [part(Part::Ratings)]);
    store.expire(&part(Part::Ratings), after(3)).await.unwrap();
    assert!(marks(store, ANA).await.is_empty());
    assert!(store.candidate(candidate, person(OWNER)).await.unwrap().is_some(), "who they were stays");
    assert!(store.expired(after(99)).await.unwrap().is_empty());
}
