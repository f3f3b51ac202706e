//! Cards, and the rule that nobody reads another's before their own is in.
//!
//! Each check of the rule is about one condition of the views that keep it; [`super::blind_rules`] take that condition away
//! and see the check fail.

use super::rounds::{
    ANA, BEN, OBSERVER, OWNER, STRANGER, act, asked_for_cards, candidate_id, card_id, person, round, round_id,
};
use super::{at, round_answers};
use crate::{NewCard, StorageError, Store, Verdict};
use futures::future::join;
use viva_core::ids::CandidateId;
use viva_core::round::{
    Amendment, AmendmentPart, CardRefused, CardState, Deviation, DeviationKind, Entry, Lacking, Mark, Notes,
    Recommendation, RoundRefused,
};

/// What a card says about a question.
fn entry(rating: u8, notes: &str) -> Entry {
    Entry { mark: Mark::rated(rating), notes: Notes::parse(notes, &Notes::default()) }
}

fn verdict(recommendation: Recommendation) -> Verdict {
    Verdict { recommendation: Some(recommendation), summary: "Clear.".into() }
}

/// Fills person n's card for a candidate with this rating, and hands it in.
pub(super) async fn submitted(store: &dyn Store, candidate: CandidateId, n: u128, rating: u8) {
    filled(store, candidate, n, rating).await;
    store.submit_card(candidate, person(n), at(6)).await.unwrap();
}

async fn filled(store: &dyn Store, candidate: CandidateId, n: u128, rating: u8) {
    for position in [0, 1] {
        let entry = entry(rating, "0:14 said so");
        store.save_entry(candidate, person(n), position, 1, &entry).await.unwrap();
    }
    store.save_verdict(candidate, person(n), 1, &verdict(Recommendation::Yes)).await.unwrap();
}

/// Whose cards somebody reads, and how many of the machine's scores.
async fn read(store: &dyn Store, candidate: CandidateId, n: u128) -> (Vec<u128>, usize) {
    let cards = store.readable_cards(candidate, person(n)).await.unwrap();
    let scores = store.machine_scores(candidate, person(n)).await.unwrap();
    let whose = |card: &crate::CardRecord| (1..=5).find(|n| person(*n) == card.person).unwrap();
    (cards.iter().map(whose).collect(), scores.len())
}

/// A candidate with a scored answer and cards asked of these people.
pub(super) async fn scene(store: &dyn Store, people: &[u128]) -> CandidateId {
    let (_, candidate) = round(store).await;
    round_answers::scored(store, candidate, 1).await;
    asked_for_cards(store, candidate, people).await;
    candidate
}

/// A card comes back as it was written, entry by entry.
pub async fn a_card_is_written_handed_in_and_read_back(store: &dyn Store) {
    let candidate = scene(store, &[ANA]).await;
    let blank = store.own_card(candidate, person(ANA)).await.unwrap().unwrap();
    assert_eq!((blank.record.card.state, blank.revisions.as_slice()), (CardState::Draft, [1, 1].as_slice()));
    let incomplete = store.submit_card(candidate, person(ANA), at(5)).await;
    let Err(StorageError::Round(RoundRefused::Card(CardRefused::Incomplete(lacking)))) = incomplete else {
        panic!("{incomplete:?}")
    };
    assert_eq!(lacking, [Lacking::Mark(0), Lacking::Mark(1), Lacking::Recommendation]);
    submitted(store, candidate, ANA, 5).await;
    let own = store.own_card(candidate, person(ANA)).await.unwrap().unwrap().record;
    assert_eq!((own.id, own.round, own.submitted_at), (card_id(ANA), round_id(1), Some(at(6))));
    assert_eq!(own.card.entries, vec![entry(5, "0:14 said so"); 2]);
    assert_eq!((own.card.recommendation, own.card.summary.as_str()), (Some(Recommendation::Yes), "Clear."));
    assert_eq!(store.readable_cards(candidate, person(ANA)).await.unwrap(), [own]);
}

/// "Not asked" is no rating, and needs the log to say why.
pub async fn not_asked_is_kept_apart_from_one(store: &dyn Store) {
    let candidate = scene(store, &[ANA]).await;
    filled(store, candidate, ANA, 3).await;
    let not_asked = Entry { mark: Some(Mark::NotAsked), notes: Notes::default() };
    store.save_entry(candidate, person(ANA), 1, 2, &not_asked).await.unwrap();
    let refused = store.submit_card(candidate, person(ANA), at(6)).await;
    let Err(StorageError::Round(RoundRefused::Card(CardRefused::Incomplete(lacking)))) = refused else {
        panic!("{refused:?}")
    };
    assert_eq!(lacking, [Lacking::ReasonNotAsked(1)]);
    let skipped = Deviation {
        position: Some(1),
        kind: DeviationKind::Skipped,
        asked: String::new(),
        reason: "no time".into(),
    };
    store.log_deviation(candidate, &skipped, person(ANA), at(6)).await.unwrap();
    store.submit_card(candidate, person(ANA), at(7)).await.unwrap();
    let own = store.own_card(candidate, person(ANA)).await.unwrap().unwrap().record;
    assert_eq!(own.card.ratings(), [Some(3.0), None]);
}

/// What is in stays as it is; amendments are appended with their reason.
pub async fn a_card_that_is_in_takes_amendments_alone(store: &dyn Store) {
    let candidate = scene(store, &[ANA]).await;
    let draft = Amendment {
        at: at(7),
        reason: "heard it again".into(),
        part: AmendmentPart::Mark { position: 0, mark: Mark::rated(2).unwrap() },
    };
    let refused = store.amend_card(candidate, person(ANA), &draft).await;
    assert!(matches!(refused, Err(StorageError::Round(RoundRefused::Card(CardRefused::IsDraft)))));
    submitted(store, candidate, ANA, 4).await;
    for refused in [
        store.save_entry(candidate, person(ANA), 0, 2, &entry(1, "no")).await.map(|_| ()),
        store.save_verdict(candidate, person(ANA), 2, &verdict(Recommendation::No)).await.map(|_| ()),
        store.submit_card(candidate, person(ANA), at(8)).await,
        store.release_card(candidate, person(ANA), act(6)).await,
    ] {
        let told = matches!(refused, Err(StorageError::Round(RoundRefused::Card(CardRefused::IsIn))));
        assert!(told, "{refused:?}");
    }
    let parts = [
        draft.part.clone(),
        AmendmentPart::Note { position: 1, text: "and named the race".into() },
        AmendmentPart::Recommendation { recommendation: Recommendation::NoDecision },
        AmendmentPart::Mark { position: 1, mark: Mark::NotAsked },
    ];
    let amendments = parts.map(|part| Amendment { part, ..draft.clone() });
    for amendment in &amendments {
        store.amend_card(candidate, person(ANA), amendment).await.unwrap();
    }
    let own = store.own_card(candidate, person(ANA)).await.unwrap().unwrap().record.card;
    assert_eq!((own.state, own.amendments.as_slice()), (CardState::Amended, amendments.as_slice()));
    assert_eq!(own.entries[0], entry(4, "0:14 said so"), "the original stays");
    assert_eq!(own.ratings(), [Some(2.0), None]);
    assert_eq!(own.counted_recommendation(), Some(Recommendation::NoDecision));
}

/// Two windows that save one entry at once lose nothing, and the later one is told.
pub async fn two_who_save_at_once_lose_nothing(store: &dyn Store) {
    let candidate = scene(store, &[ANA]).await;
    let (one, two) = (entry(4, "0:01 a"), entry(3, "0:02 b"));
    let (first, second) = join(
        store.save_entry(candidate, person(ANA), 0, 1, &one),
        store.save_entry(candidate, person(ANA), 0, 1, &two),
    )
    .await;
    let (first, second) = (first.unwrap(), second.unwrap());
    assert_ne!(first.both_notes, second.both_notes, "one of them came second");
    let late = if first.both_notes { first } else { second };
    assert!(late.other_mark.is_some(), "{late:?}");
    let kept = store.own_card(candidate, person(ANA)).await.unwrap().unwrap();
    let notes = kept.record.card.entries[0].notes.to_string();
    assert!(notes.contains("0:01 a") && notes.contains("0:02 b"), "{notes}");
    assert_eq!((kept.revisions[0], late.revision), (3, 3));

    let said = |text: &str| Verdict { recommendation: None, summary: text.into() };
    store.save_verdict(candidate, person(ANA), 1, &said("one")).await.unwrap();
    let late = store.save_verdict(candidate, person(ANA), 1, &said("two")).await.unwrap();
    assert!(late.both_summaries);
    assert_eq!(late.verdict.summary, "one\n\ntwo");
    let same = store.save_verdict(candidate, person(ANA), 1, &said("two")).await.unwrap();
    assert_eq!((same.revision, same.both_summaries), (late.revision, false), "sent twice, kept once");
}

/// One's own card is nobody else's to write.
pub async fn nobody_writes_on_anothers_card(store: &dyn Store) {
    let candidate = scene(store, &[ANA]).await;
    for n in [OWNER, BEN, OBSERVER, STRANGER] {
        assert_eq!(store.own_card(candidate, person(n)).await.unwrap(), None);
        for refused in [
            store.save_entry(candidate, person(n), 0, 1, &entry(1, "x")).await.map(|_| ()),
            store.submit_card(candidate, person(n), at(6)).await,
        ] {
            assert!(matches!(refused, Err(StorageError::NotFound { .. })), "{refused:?}");
        }
    }
    let beyond = store.save_entry(candidate, person(ANA), 2, 1, &entry(1, "x")).await;
    let told = matches!(beyond, Err(StorageError::Round(RoundRefused::Card(CardRefused::NoQuestion(2)))));
    assert!(told, "{beyond:?}");
}

/// Rule: whoever owes a card reads nothing, owner or not, however many others are in.
pub async fn whoever_owes_a_card_reads_nothing(store: &dyn Store) {
    let candidate = scene(store, &[OWNER, ANA, BEN]).await;
    submitted(store, candidate, BEN, 4).await;
    submitted(store, candidate, OWNER, 4).await;
    assert_eq!(read(store, candidate, ANA).await, (vec![], 0));
}

/// Rule: the same holds for the owner of the round.
pub async fn an_owner_who_owes_a_card_reads_nothing(store: &dyn Store) {
    let candidate = scene(store, &[OWNER, ANA]).await;
    submitted(store, candidate, ANA, 4).await;
    assert_eq!(read(store, candidate, OWNER).await, (vec![], 0));
}

/// Rule: one's own card being in opens the others that are in, and the machine's score.
pub async fn whoever_has_handed_in_reads_what_is_in(store: &dyn Store) {
    let candidate = scene(store, &[OWNER, ANA, BEN]).await;
    submitted(store, candidate, ANA, 4).await;
    submitted(store, candidate, BEN, 2).await;
    assert_eq!(read(store, candidate, ANA).await, (vec![ANA, BEN], 1));
}

/// Rule: a draft is read by nobody but its writer.
pub async fn a_draft_is_read_by_nobody_else(store: &dyn Store) {
    let candidate = scene(store, &[ANA, BEN]).await;
    submitted(store, candidate, ANA, 4).await;
    filled(store, candidate, BEN, 1).await;
    assert_eq!(read(store, candidate, ANA).await.0, [ANA]);
}

/// Rule: who rates nothing, owner or observer, waits until all cards that are due are in.
pub async fn whoever_rates_nothing_waits_for_all_cards(store: &dyn Store) {
    let candidate = scene(store, &[ANA, BEN]).await;
    submitted(store, candidate, ANA, 4).await;
    for n in [OWNER, OBSERVER] {
        assert_eq!(read(store, candidate, n).await, (vec![], 0));
    }
    submitted(store, candidate, BEN, 2).await;
    for n in [OWNER, OBSERVER] {
        assert_eq!(read(store, candidate, n).await, (vec![ANA, BEN], 1));
    }
}

/// Rule: without any card that is in, the machine's score stays closed.
pub async fn nothing_opens_before_a_card_is_in(store: &dyn Store) {
    let candidate = scene(store, &[]).await;
    for n in [OWNER, ANA, OBSERVER] {
        assert_eq!(read(store, candidate, n).await, (vec![], 0));
    }
}

/// Rule: a released card opens nothing by itself; its holder waits like who rates nothing.
pub async fn a_released_card_opens_nothing_by_itself(store: &dyn Store) {
    let candidate = scene(store, &[ANA, BEN]).await;
    store.release_card(candidate, person(ANA), act(6)).await.unwrap();
    assert_eq!(read(store, candidate, ANA).await, (vec![], 0));
    submitted(store, candidate, BEN, 2).await;
    assert_eq!(read(store, candidate, ANA).await, (vec![BEN], 1));
    let again = NewCard { id: card_id(99), candidate, person: person(ANA), by: person(OWNER), at: at(9) };
    store.ask_for_card(&again).await.unwrap();
    assert_eq!(read(store, candidate, ANA).await, (vec![], 0), "asked for again, it closes again");
    assert_eq!(store.own_card(candidate, person(ANA)).await.unwrap().unwrap().record.id, card_id(ANA));
}

/// Rule: whoever has no seat in the round reads nothing, whatever seat they have elsewhere.
pub async fn whoever_has_no_seat_reads_nothing(store: &dyn Store) {
    let candidate = scene(store, &[ANA]).await;
    submitted(store, candidate, ANA, 4).await;
    assert_eq!(read(store, candidate, OWNER).await, (vec![ANA], 1));
    assert_eq!(read(store, candidate, STRANGER).await, (vec![], 0));
    store.give_seat(round_id(1), person(BEN), viva_core::round::Seat::Observer, act(8)).await.unwrap();
    store.take_seat(round_id(1), person(ANA), act(8)).await.unwrap();
    assert_eq!(read(store, candidate, ANA).await, (vec![], 0), "with the seat goes the sight");
}

/// Rule: a card of one candidate opens nothing of another.
pub async fn a_card_opens_its_own_candidate_alone(store: &dyn Store) {
    let candidate = scene(store, &[ANA]).await;
    let other = crate::NewCandidate {
        id: candidate_id(7),
        round: round_id(1),
        name: "Other".into(),
        by: person(OWNER),
        at: at(5),
    };
    store.add_candidate(&other).await.unwrap();
    for (n, id) in [(ANA, 71), (BEN, 72)] {
        let card =
            NewCard { id: card_id(id), candidate: other.id, person: person(n), by: person(OWNER), at: at(5) };
        store.ask_for_card(&card).await.unwrap();
    }
    submitted(store, other.id, BEN, 3).await;
    submitted(store, candidate, ANA, 4).await;
    assert_eq!(read(store, other.id, ANA).await, (vec![], 0));
}

/// Closing waits for nobody any more, so what is in opens; what is not in never does.
pub async fn closing_opens_what_is_in(store: &dyn Store) {
    let candidate = scene(store, &[ANA, BEN]).await;
    submitted(store, candidate, ANA, 4).await;
    filled(store, candidate, BEN, 1).await;
    store.close_round(round_id(1), act(9)).await.unwrap();
    for n in [OWNER, ANA, BEN, OBSERVER] {
        assert_eq!(read(store, candidate, n).await, (vec![ANA], 1));
    }
    let late = store.submit_card(candidate, person(BEN), at(10)).await;
    assert!(matches!(late, Err(StorageError::Round(RoundRefused::Closed))), "{late:?}");
}
