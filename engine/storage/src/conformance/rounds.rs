//! Kits, rounds, seats, candidates and the log of interviews.

use super::{at, question};
use crate::{
    Act, KitSeen, NewCandidate, NewCard, NewKit, NewRound, OwnRoom, ProbeAsked, StorageError, Store,
};
use uuid::Uuid;
use viva_core::clock::Timestamp;
use viva_core::ids::{CandidateId, CardId, KitId, PersonId, RoundId};
use viva_core::round::{
    Basis, CardState, Deviation, DeviationKind, Ground, Kit, KitQuestion, LEVELS, RoundRefused, Seat, Show,
};
use viva_core::units::Millis;

pub(crate) const OWNER: u128 = 1;
pub(crate) const ANA: u128 = 2;
pub(crate) const BEN: u128 = 3;
pub(crate) const OBSERVER: u128 = 4;
pub(crate) const STRANGER: u128 = 5;

pub(crate) fn person(n: u128) -> PersonId {
    PersonId(Uuid::from_u128((6 << 100) + n))
}

/// The owner does something at a second.
pub(crate) fn act(second: i64) -> Act {
    Act::of(person(OWNER), at(second))
}

pub(crate) fn kit_id(n: u128) -> KitId {
    KitId(Uuid::from_u128((7 << 100) + n))
}

pub(crate) fn round_id(n: u128) -> RoundId {
    RoundId(Uuid::from_u128((8 << 100) + n))
}

pub(crate) fn candidate_id(n: u128) -> CandidateId {
    CandidateId(Uuid::from_u128((9 << 100) + n))
}

pub(crate) fn card_id(n: u128) -> CardId {
    CardId(Uuid::from_u128((10 << 100) + n))
}

/// A kit of two questions.
pub(crate) fn kit() -> Kit {
    let of = |id: &str| {
        let mut question = question(id);
        question.rubric.anchors = LEVELS.map(|level| (level, format!("Level {level}."))).collect();
        KitQuestion::of(&question)
    };
    Kit { title: "Platform engineer".into(), ..Kit::default() }.with(of("maps-1")).with(of("locks-1"))
}

/// A round with an owner, two interviewers, an observer and one candidate, who may be recorded. No card is asked for.
/// Somebody else has a round of their own.
pub(crate) async fn round(store: &dyn Store) -> (RoundId, CandidateId) {
    for (n, owner) in [(1, OWNER), (2, STRANGER)] {
        let (by, at) = (person(owner), at(1));
        store.make_kit(&NewKit { id: kit_id(n), kit: kit(), by, at }).await.unwrap();
        store.start_round(&new_round(n, owner)).await.unwrap();
        let candidate = NewCandidate {
            id: candidate_id(n),
            round: round_id(n),
            name: format!("Zoë {n}"),
            by: person(owner),
            at,
        };
        store.add_candidate(&candidate).await.unwrap();
        store.keep_ground(candidate.id, &ground(), Some(by)).await.unwrap();
    }
    for (n, seat) in [(ANA, Seat::Interviewer), (BEN, Seat::Interviewer), (OBSERVER, Seat::Observer)] {
        store.give_seat(round_id(1), person(n), seat, act(2)).await.unwrap();
    }
    (round_id(1), candidate_id(1))
}

pub(crate) fn new_round(n: u128, owner: u128) -> NewRound {
    NewRound {
        id: round_id(n),
        title: "Spring".into(),
        kit: kit_id(n),
        show: Show::Names,
        notice: "We record the answers.".into(),
        by: person(owner),
        at: at(1),
    }
}

pub(crate) fn ground() -> Ground {
    Ground { basis: Basis::LegitimateInterests, notice: "We record the answers.".into(), at: at(3) }
}

/// Asks people for their cards for a candidate; card n is person n's.
pub(crate) async fn asked_for_cards(store: &dyn Store, candidate: CandidateId, people: &[u128]) {
    for &n in people {
        let card = NewCard { id: card_id(n), candidate, person: person(n), by: person(OWNER), at: at(4) };
        store.ask_for_card(&card).await.unwrap();
    }
}

/// A kit is edited until a round uses it; then an edit is a new version, and the round keeps the old one.
pub async fn a_used_kit_is_frozen_and_its_edit_is_a_new_version(store: &dyn Store) {
    let new = NewKit { id: kit_id(1), kit: kit(), by: person(OWNER), at: at(1) };
    store.make_kit(&new).await.unwrap();
    let mut edited = kit();
    edited.title = "Edited".into();
    let seen = store.kit(new.id, None).await.unwrap().unwrap().seen();
    let saved = store.save_kit(new.id, &edited, seen, person(OWNER), at(2)).await.unwrap();
    assert_eq!((saved.version, saved.revision, saved.frozen.clone()), (1, 2, None));

    store.start_round(&new_round(1, OWNER)).await.unwrap();
    let frozen = store.kit(new.id, Some(1)).await.unwrap().unwrap();
    assert_eq!(frozen.frozen, Some((edited.hash(), at(1))));
    let refused = store.delete_kit_draft(new.id).await;
    assert!(matches!(refused, Err(StorageError::Round(RoundRefused::KitUsed))), "{refused:?}");

    let mut next = edited.clone();
    next.questions[0].question.ask = "Something else?".into();
    let saved = store.save_kit(new.id, &next, frozen.seen(), person(OWNER), at(3)).await.unwrap();
    assert_eq!((saved.version, saved.revision, saved.frozen), (2, 1, None));
    let round = store.round(round_id(1), person(OWNER)).await.unwrap().unwrap();
    assert_eq!((round.kit, round.kit_version, round.kit_hash), (edited.clone(), 1, edited.hash()));
    let versions = store.kit_versions(new.id).await.unwrap();
    let versions: Vec<_> = versions.iter().map(|v| (v.version, v.rounds, v.frozen.is_some())).collect();
    assert_eq!(versions, [(2, 0, false), (1, 1, true)]);
    let listed = store.kits().await.unwrap();
    assert_eq!((listed.len(), listed[0].version, listed[0].questions), (1, 2, 2));
    store.delete_kit_draft(new.id).await.unwrap();
    assert_eq!(store.kit(new.id, None).await.unwrap().unwrap().version, 1);
}

/// Of two who edit one kit the second is told, and nothing is overwritten.
pub async fn a_kit_saved_meanwhile_is_a_conflict(store: &dyn Store) {
    let new = NewKit { id: kit_id(1), kit: kit(), by: person(OWNER), at: at(1) };
    store.make_kit(&new).await.unwrap();
    let seen = KitSeen { version: 1, revision: 1 };
    store.save_kit(new.id, &kit(), seen, person(OWNER), at(2)).await.unwrap();
    let late = store.save_kit(new.id, &Kit::default(), seen, person(ANA), at(3)).await;
    assert!(matches!(late, Err(StorageError::Conflict { .. })), "{late:?}");
    assert_eq!(store.kit(new.id, None).await.unwrap().unwrap().kit, kit());
    assert!(store.kit(kit_id(9), None).await.unwrap().is_none());
    let nowhere = store.save_kit(kit_id(9), &kit(), seen, person(OWNER), at(3)).await;
    assert!(matches!(nowhere, Err(StorageError::NotFound { .. })), "{nowhere:?}");
}

/// A kit with gaps starts no round, and stays a draft.
pub async fn an_unfinished_kit_starts_no_round(store: &dyn Store) {
    let mut gaps = kit();
    gaps.questions[1].anchors.clear();
    store.make_kit(&NewKit { id: kit_id(1), kit: gaps, by: person(OWNER), at: at(1) }).await.unwrap();
    let refused = store.start_round(&new_round(1, OWNER)).await;
    assert!(matches!(refused, Err(StorageError::Round(RoundRefused::Kit(_)))), "{refused:?}");
    assert_eq!(store.kit(kit_id(1), None).await.unwrap().unwrap().frozen, None);
    assert!(store.rounds(person(OWNER)).await.unwrap().is_empty());
    let no_kit = store.start_round(&new_round(9, OWNER)).await;
    assert!(matches!(no_kit, Err(StorageError::NotFound { .. })), "{no_kit:?}");
}

/// A round is there for those who sit in it, and each reads what they are.
pub async fn only_who_has_a_seat_finds_the_round(store: &dyn Store) {
    let (id, candidate) = round(store).await;
    for (n, seat) in [(OWNER, Seat::Owner), (ANA, Seat::Interviewer), (OBSERVER, Seat::Observer)] {
        let found = store.round(id, person(n)).await.unwrap().unwrap();
        assert_eq!((found.seat, found.title.as_str(), found.closed_at), (seat, "Spring", None));
        assert_eq!(store.seat(id, person(n)).await.unwrap(), Some(seat));
        assert_eq!(store.seats(id, person(n)).await.unwrap().len(), 4);
        assert_eq!(store.rounds(person(n)).await.unwrap().len(), 1);
        assert_eq!(store.candidates(id, person(n)).await.unwrap().len(), 1);
    }
    let outside = person(STRANGER);
    assert_eq!(store.round(id, outside).await.unwrap(), None);
    assert_eq!(store.seat(id, outside).await.unwrap(), None);
    assert!(store.seats(id, outside).await.unwrap().is_empty());
    assert!(store.candidates(id, outside).await.unwrap().is_empty());
    assert_eq!(store.candidate(candidate, outside).await.unwrap(), None);
    assert!(store.deviations(candidate, outside).await.unwrap().is_empty());
    assert!(store.probes(candidate, outside).await.unwrap().is_empty());
    assert_eq!(store.rounds(outside).await.unwrap().len(), 1, "they have one of their own");
}

/// A seat can be given and taken; what its holder owed is then not waited for; an owner stays.
pub async fn a_seat_that_goes_releases_its_drafts(store: &dyn Store) {
    let (id, candidate) = round(store).await;
    asked_for_cards(store, candidate, &[ANA, BEN]).await;
    store.take_seat(id, person(ANA), act(5)).await.unwrap();
    store.give_seat(id, person(BEN), Seat::Observer, act(5)).await.unwrap();
    let rows = store.candidates(id, person(OWNER)).await.unwrap();
    assert!(rows[0].cards.iter().all(|card| card.state == CardState::Released), "{rows:?}");
    assert_eq!(store.own_card(candidate, person(ANA)).await.unwrap(), None);
    for refused in [
        store.take_seat(id, person(OWNER), act(6)).await,
        store.give_seat(id, person(OWNER), Seat::Interviewer, act(6)).await,
    ] {
        assert!(matches!(refused, Err(StorageError::Round(RoundRefused::LastOwner))), "{refused:?}");
    }
    let card = NewCard { id: card_id(9), candidate, person: person(OBSERVER), by: person(OWNER), at: at(6) };
    let refused = store.ask_for_card(&card).await;
    assert!(matches!(refused, Err(StorageError::Round(RoundRefused::CannotRate))), "{refused:?}");
}

/// Where a round shows codes, nobody but its owner is given the name.
pub async fn names_stay_with_the_owner_where_codes_are_shown(store: &dyn Store) {
    let (id, candidate) = round(store).await;
    let ana = store.candidate(candidate, person(ANA)).await.unwrap().unwrap();
    assert_eq!((ana.name.as_deref(), ana.label()), (Some("Zoë 1"), "Zoë 1"));
    store.show_candidates(id, Show::Codes, act(5)).await.unwrap();
    for n in [ANA, BEN, OBSERVER] {
        let one = store.candidate(candidate, person(n)).await.unwrap().unwrap();
        let listed = &store.candidates(id, person(n)).await.unwrap()[0].candidate;
        assert_eq!((one.name.as_deref(), one.code.as_str(), one.label()), (None, "K-01", "K-01"));
        assert_eq!(*listed, one);
    }
    let owner = store.candidate(candidate, person(OWNER)).await.unwrap().unwrap();
    assert_eq!((owner.name.as_deref(), owner.label()), (Some("Zoë 1"), "K-01"));
}

/// Notice, basis, time and opt-out come back as they were written.
pub async fn the_ground_and_the_opt_out_are_kept(store: &dyn Store) {
    let (id, candidate) = round(store).await;
    let kept = store.candidate(candidate, person(ANA)).await.unwrap().unwrap();
    assert_eq!((kept.ground, kept.opted_out_at, kept.round), (Some(ground()), None, id));
    store.opt_out(candidate, at(7)).await.unwrap();
    store.opt_out(candidate, at(8)).await.unwrap();
    let kept = store.candidate(candidate, person(ANA)).await.unwrap().unwrap();
    assert_eq!(kept.opted_out_at, Some(at(7)), "the first no counts");
    let again = Ground { basis: Basis::Consent, at: at(9), ..ground() };
    store.keep_ground(candidate, &again, None).await.unwrap();
    let kept = store.candidate(candidate, person(ANA)).await.unwrap().unwrap();
    assert_eq!((kept.ground, kept.opted_out_at), (Some(again), None));
    let nobody = store.opt_out(candidate_id(99), at(9)).await;
    assert!(matches!(nobody, Err(StorageError::NotFound { .. })), "{nobody:?}");
}

/// Without a seat a candidate finds what concerns them, and nothing else.
pub async fn a_candidate_finds_their_own_room(store: &dyn Store) {
    let (id, candidate) = round(store).await;
    let room = OwnRoom {
        title: "Spring".into(),
        questions: 2,
        notice: "We record the answers.".into(),
        ground: Some(ground()),
        opted_out_at: None,
        closed_at: None,
    };
    assert_eq!(store.own_room(candidate).await.unwrap(), Some(room.clone()));
    store.opt_out(candidate, at(7)).await.unwrap();
    store.close_round(id, act(8)).await.unwrap();
    let after = OwnRoom { opted_out_at: Some(at(7)), closed_at: Some(at(8)), ..room };
    assert_eq!(store.own_room(candidate).await.unwrap(), Some(after));
    assert_eq!(store.own_room(candidate_id(99)).await.unwrap(), None);
}

/// Departures from the kit are logged in order, with their reason or not at all.
pub async fn deviations_are_logged_with_their_reason(store: &dyn Store) {
    let (_, candidate) = round(store).await;
    let skipped = Deviation {
        position: Some(1),
        kind: DeviationKind::Skipped,
        asked: String::new(),
        reason: "time ran out".into(),
    };
    let probe = Deviation {
        position: None,
        kind: DeviationKind::ExtraProbe,
        asked: "And then?".into(),
        reason: "it was unclear".into(),
    };
    store.log_deviation(candidate, &skipped, person(ANA), at(5)).await.unwrap();
    store.log_deviation(candidate, &probe, person(BEN), at(6)).await.unwrap();
    let log = store.deviations(candidate, person(OBSERVER)).await.unwrap();
    let read: Vec<_> = log.iter().map(|entry| (entry.number, &entry.deviation, entry.by, entry.at)).collect();
    assert_eq!(read, [(1, &skipped, person(ANA), at(5)), (2, &probe, person(BEN), at(6))]);
    for (bad, why) in [
        (Deviation { reason: "  ".into(), ..skipped.clone() }, RoundRefused::NoReason),
        (Deviation { asked: String::new(), ..probe }, RoundRefused::NoReason),
        (Deviation { position: Some(2), ..skipped }, RoundRefused::NoQuestion(2)),
    ] {
        let refused = store.log_deviation(candidate, &bad, person(ANA), at(7)).await;
        assert!(matches!(refused, Err(StorageError::Round(ref told)) if *told == why), "{refused:?}");
    }
}

/// A probe counts as asked once, with the time of the recording it was asked at.
pub async fn a_probe_is_noted_once(store: &dyn Store) {
    let (_, candidate) = round(store).await;
    let probe =
        ProbeAsked { position: 1, probe: 0, heard_at: Some((1, Millis(62_000))), by: person(ANA), at: at(5) };
    store.note_probe(candidate, &probe).await.unwrap();
    store.note_probe(candidate, &ProbeAsked { at: at(6), heard_at: None, ..probe }).await.unwrap();
    store.note_probe(candidate, &ProbeAsked { position: 0, heard_at: None, ..probe }).await.unwrap();
    let asked = store.probes(candidate, person(BEN)).await.unwrap();
    assert_eq!(asked, [ProbeAsked { position: 0, heard_at: None, ..probe }, probe]);
}

/// A closed round takes nothing more and waits for nobody.
pub async fn a_closed_round_changes_no_more(store: &dyn Store) {
    let (id, candidate) = round(store).await;
    asked_for_cards(store, candidate, &[ANA]).await;
    store.close_round(id, act(9)).await.unwrap();
    let summary = store.rounds(person(ANA)).await.unwrap();
    assert_eq!((summary[0].closed_at, summary[0].own_out), (Some(at(9)), 0));
    let new =
        NewCandidate { id: candidate_id(5), round: id, name: "Late".into(), by: person(OWNER), at: at(10) };
    let deviation =
        Deviation { position: None, kind: DeviationKind::Other, asked: String::new(), reason: "late".into() };
    for refused in [
        store.close_round(id, act(10)).await,
        store.add_candidate(&new).await,
        store.give_seat(id, person(STRANGER), Seat::Observer, act(10)).await,
        store.keep_ground(candidate, &ground(), None).await,
        store.log_deviation(candidate, &deviation, person(OWNER), at(10)).await,
        store
            .ask_for_card(&NewCard {
                id: card_id(8),
                candidate,
                person: person(BEN),
                by: person(OWNER),
                at: Timestamp(1),
            })
            .await,
    ] {
        assert!(matches!(refused, Err(StorageError::Round(RoundRefused::Closed))), "{refused:?}");
    }
    store.opt_out(candidate, at(11)).await.unwrap();
}
