//! A second import of a document that has changed: nothing a person wrote is lost, and ids stay.

use super::read;
use viva_core::bank::Pack;
use viva_core::ids::{PackId, QuestionId};
use viva_import::pack::{
    Choices, Incoming, Provenance, Renewal, Side, SourceFile, Wanted, What, renew, sha256,
};

const FIRST: &str = "Q: What is a lease?\nA: A lock that ends by itself after a while, so that a dead holder blocks nobody.\n\n\
    Q: Who renews a lease?\nA: Its holder, well before it ends, and stops working when that fails.\n\n\
    Q: What is a fencing token?\nA: A number that grows with each lease; storage refuses writes with an older one.\n";

fn pack_id() -> PackId {
    "locks".parse().unwrap()
}

fn incoming(name: &str, text: &str) -> Incoming {
    Incoming {
        file: SourceFile { name: name.into(), sha256: sha256(text.as_bytes()) },
        questions: read(name, text).questions.into_iter().map(Wanted::as_found).collect(),
        stated: None,
    }
}

fn first() -> Renewal {
    renew(None, &[incoming("notes.txt", FIRST)], &pack_id(), "Locks", &Choices::new()).unwrap()
}

fn again(pack: &Pack, provenance: &Provenance, text: &str) -> Renewal {
    with(pack, provenance, text, &Choices::new())
}

fn with(pack: &Pack, provenance: &Provenance, text: &str, choices: &Choices) -> Renewal {
    renew(Some((pack, provenance)), &[incoming("notes.txt", text)], &pack_id(), "Locks", choices).unwrap()
}

fn what(renewal: &Renewal, ask: &str) -> What {
    renewal
        .changes
        .iter()
        .find(|c| c.ask.contains(ask))
        .unwrap_or_else(|| panic!("{ask}: {:?}", renewal.changes))
        .what
}

fn id(pack: &Pack, ask: &str) -> QuestionId {
    pack.questions.iter().find(|q| q.ask.contains(ask)).unwrap().id.clone()
}

#[test]
fn the_same_document_again_changes_nothing() {
    let first = first();
    assert_eq!(first.count(What::New), 3);
    let second = again(&first.pack, &first.provenance, FIRST);
    assert_eq!(second.pack, first.pack);
    assert_eq!(second.count(What::Untouched), 3);
}

#[test]
fn a_pack_names_the_documents_it_was_made_from() {
    let first = first();
    assert_eq!(first.pack.sources, [format!("notes.txt sha256:{}", sha256(FIRST.as_bytes()))]);
}

#[test]
fn a_changed_answer_a_reworded_question_and_a_moved_one_keep_their_ids() {
    let first = first();
    let changed = "Q: What is a fencing token?\nA: A number that grows with each lease; storage refuses writes with an older one.\n\n\
        Q: What is a lease?\nA: A lock with an end. A dead holder blocks nobody for long.\n\n\
        Q: Who should renew the lease?\nA: Its holder, well before it ends, and stops working when that fails.\n";
    let second = again(&first.pack, &first.provenance, changed);
    assert_eq!(what(&second, "What is a lease"), What::Changed);
    assert_eq!(what(&second, "Who should renew"), What::Changed);
    assert_eq!(what(&second, "fencing"), What::Untouched);
    assert_eq!(id(&second.pack, "Who should"), id(&first.pack, "Who renews"));
    assert_eq!(id(&second.pack, "What is a lease"), id(&first.pack, "What is a lease"));
    assert_eq!(second.pack.version, 2);
    assert_eq!(second.pack.questions.len(), 3);
}

#[test]
fn what_is_new_is_added_and_what_is_gone_leaves() {
    let first = first();
    let changed = FIRST.replace("Q: Who renews a lease?\nA: Its holder, well before it ends, and stops working when that fails.\n", "Q: Why do clocks matter here?\nA: Holder and server must agree on when the time is over, within a margin.\n");
    let second = again(&first.pack, &first.provenance, &changed);
    assert_eq!((second.count(What::New), second.count(What::Gone), second.count(What::Untouched)), (1, 1, 2));
    let asks: Vec<&str> = second.pack.questions.iter().map(|q| q.ask.as_str()).collect();
    assert_eq!(asks, ["What is a lease?", "Why do clocks matter here?", "What is a fencing token?"]);
    // Gone from the source and wanted nevertheless.
    let gone = id(&first.pack, "Who renews");
    let kept = with(&first.pack, &first.provenance, &changed, &Choices::from([(gone, Side::Pack)]));
    assert_eq!(kept.pack.questions.len(), 4);
}

#[test]
fn what_was_edited_by_hand_stays_and_a_conflict_is_shown_once() {
    let first = first();
    let mut pack = first.pack.clone();
    pack.questions[0].ask = "What is a lease, in one sentence?".into();
    pack.questions[1].rubric.criteria[0].weight = 7.0;
    let untouched = again(&pack, &first.provenance, FIRST);
    assert_eq!(untouched.pack.questions, pack.questions);
    let changed =
        FIRST.replace("so that a dead holder blocks nobody", "so a crash of its holder blocks no one");
    let second = again(&pack, &first.provenance, &changed);
    assert_eq!(what(&second, "in one sentence"), What::Conflict);
    assert_eq!(second.pack.questions, pack.questions);
    let lease = pack.questions[0].id.clone();
    let theirs = with(&pack, &first.provenance, &changed, &Choices::from([(lease.clone(), Side::Source)]));
    let taken = theirs.pack.questions.iter().find(|q| q.id == lease).unwrap();
    assert!(taken.model_answer.contains("crash") && taken.ask == "What is a lease?");
    let third = again(&second.pack, &second.provenance, &changed);
    assert_eq!(third.count(What::Conflict), 0);
}

#[test]
fn what_was_edited_and_is_gone_from_the_document_stays() {
    let first = first();
    let mut pack = first.pack.clone();
    pack.questions[2].model_answer.push_str(" It must be checked at the storage.");
    let shorter = &FIRST[..FIRST.find("Q: What is a fencing").unwrap()];
    let second = again(&pack, &first.provenance, shorter);
    assert_eq!(what(&second, "fencing"), What::Orphaned);
    assert_eq!(second.pack.questions.len(), 3);
}

#[test]
fn what_was_dropped_or_written_by_hand_stays_so() {
    let first = first();
    let mut pack = first.pack.clone();
    pack.questions.remove(1);
    let mut own = pack.questions[0].clone();
    own.id = "locks.my-own".parse().unwrap();
    own.ask = "What would you monitor about all of this in production?".into();
    own.model_answer = "Renewals that were late, and writes that were refused.".into();
    pack.questions.push(own);
    let second = again(&pack, &first.provenance, FIRST);
    assert_eq!(second.pack.questions, pack.questions);
}

#[test]
fn another_document_takes_nothing_away() {
    let first = first();
    let other = incoming(
        "more.txt",
        "Q: What is a quorum?\nA: More than half of the members, so that two of them always overlap.\n",
    );
    let second =
        renew(Some((&first.pack, &first.provenance)), &[other], &pack_id(), "", &Choices::new()).unwrap();
    assert_eq!(second.pack.questions.len(), 4);
    assert_eq!(second.pack.sources.len(), 2);
}

#[test]
fn a_note_of_anki_is_known_by_its_guid() {
    let deck = |ask: &str| {
        format!(
            "#separator:tab\n#html:false\n#guid column:1\nDz!lM$#;1\t{ask}\tA queue for what could not be handled, so that the rest goes on.\n"
        )
    };
    let of = |text: &str| incoming("deck.txt", text);
    let first =
        renew(None, &[of(&deck("What is a dead-letter queue?"))], &pack_id(), "", &Choices::new()).unwrap();
    let again = deck("Where do poison messages go?").replace(
        "A queue for what could not be handled, so that the rest goes on.",
        "To a place of their own, where somebody looks at them.",
    );
    let second =
        renew(Some((&first.pack, &first.provenance)), &[of(&again)], &pack_id(), "", &Choices::new())
            .unwrap();
    assert_eq!(second.pack.questions.len(), 1);
    assert_eq!(second.pack.questions[0].id, first.pack.questions[0].id);
    assert!(second.pack.questions[0].ask.contains("poison"));
}

#[test]
fn questions_that_begin_alike_and_other_scripts_have_ids_of_their_own() {
    let text = "Q: What is the difference between a mutex and a semaphore?\nA: A mutex has one owner, a semaphore counts permits.\n\n\
        Q: What is the difference between a mutex and a monitor?\nA: A monitor holds a mutex and the conditions to wait for.\n\n\
        Q: Что такое мьютекс?\nA: Это замок для одного потока исполнения.\n";
    let renewal = renew(None, &[incoming("a.txt", text)], &pack_id(), "", &Choices::new()).unwrap();
    let ids: std::collections::HashSet<_> = renewal.pack.questions.iter().map(|q| q.id.clone()).collect();
    assert_eq!(ids.len(), 3);
    let once_more = renew(None, &[incoming("a.txt", text)], &pack_id(), "", &Choices::new()).unwrap();
    assert_eq!(once_more.pack, renewal.pack);
}

#[test]
fn an_answer_without_a_word_is_none() {
    let text = format!("{FIRST}\nQ: What is left of it?\nA: &\n");
    let renewal = renew(None, &[incoming("a.txt", &text)], &pack_id(), "", &Choices::new()).unwrap();
    assert_eq!(renewal.pack.questions.len(), 3);
}
