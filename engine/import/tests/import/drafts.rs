//! Edits of a draft: each does what it says, each can be taken back, and none that is refused leaves a trace.

use super::read;
use proptest::prelude::*;
use viva_import::Part;
use viva_import::draft::{Draft, Refused, Step};
use viva_import::steps::{Edited, Entry};

const TEXT: &str = "Q: What is a lease?\nA: A lock that ends by itself after a while, so that a dead holder blocks nobody.\n\
    Who is told when it ends, and how do they hear of it?\nNobody is told. The holder has to ask the server for the time that is left.\n\n\
    Q: Who renews a lease?\nA: Its holder, well before it ends, and it stops working when the renewal fails.\n\n\
    Q: What is a fencing token?\nA: A number that grows with each lease; storage refuses writes with an older one.\n\n\
    Thanks for reading these notes of mine.\n";

fn draft() -> Edited<Draft> {
    Edited::new(Draft::of(read("notes.txt", TEXT), Some(TEXT)))
}

fn asks(edited: &Edited<Draft>) -> Vec<&str> {
    edited.now().items().iter().filter(|item| !item.dropped).map(|item| item.found.ask.as_str()).collect()
}

#[test]
fn dropping_keeping_and_taking_in_again() {
    let mut edited = draft();
    let first = edited.now().items()[0].number;
    edited.step(Step::Drop { item: first }).unwrap();
    assert!(!asks(&edited).contains(&"What is a lease?"));
    edited.step(Step::Keep { item: first }).unwrap();
    assert!(asks(&edited).contains(&"What is a lease?"));
    assert_eq!(edited.step(Step::Drop { item: 99 }), Err(Refused::NoQuestion));
}

#[test]
fn a_split_makes_two_questions_with_an_answer_each() {
    let mut edited = draft();
    let whole = edited.now().items()[0].clone();
    let item = whole.number;
    if whole.found.end_line < 4 {
        // The reader has split it by itself; then there is nothing to split.
        return;
    }
    edited.step(Step::Split { item, line: 3 }).unwrap();
    let items = edited.now().items();
    assert_eq!((items[0].found.line, items[0].found.end_line), (1, 2));
    assert_eq!(
        (items[1].found.line, items[1].found.ask.as_str()),
        (3, "Who is told when it ends, and how do they hear of it?")
    );
    assert!(items[1].found.model_answer.contains("Nobody is told"));
    assert!(!items[0].found.model_answer.contains("Nobody is told"));
    assert!(!items[0].found.criteria.is_empty() && !items[1].found.criteria.is_empty());
    for line in [0, 1, 9, 40] {
        assert_eq!(edited.step(Step::Split { item, line }), Err(Refused::NotInside(line)), "{line}");
    }
    assert!(edited.undo());
    assert_eq!(edited.now(), edited.base());
}

#[test]
fn a_merge_makes_the_lower_one_part_of_the_answer_above() {
    let mut edited = draft();
    let item = edited.now().items()[1].number;
    let before = edited.now().items().len();
    edited.step(Step::Merge { item }).unwrap();
    let above = &edited.now().items()[0];
    assert_eq!(edited.now().items().len(), before - 1);
    assert!(above.found.model_answer.contains("dead holder") && above.found.end_line >= 7);
    let first = above.number;
    assert_eq!(edited.step(Step::Merge { item: first }), Err(Refused::NothingAbove));
}

#[test]
fn what_is_merged_away_counts_as_dropped_by_hand() {
    let mut edited = draft();
    let item = edited.now().items()[1].number;
    let found = edited.base().items().len();
    edited.step(Step::Merge { item }).unwrap();
    let file = viva_import::pack::SourceFile { name: "notes.txt".into(), sha256: String::new() };
    let incoming = edited.now().incoming(file);
    assert_eq!(incoming.questions.len(), found);
    assert_eq!(incoming.questions.iter().filter(|q| q.becomes.is_none()).count(), 1);
}

#[test]
fn a_follow_up_leans_on_the_main_question_above_it() {
    let mut edited = draft();
    let (first, last) = (edited.now().items()[0].clone(), edited.now().items().last().unwrap().number);
    edited.step(Step::FollowUp { item: last }).unwrap();
    let item = edited.now().item(last).unwrap();
    assert_eq!(item.found.kind, Part::Followup);
    assert!(item.found.follows.is_some());
    assert_eq!(edited.step(Step::FollowUp { item: first.number }), Err(Refused::NothingAbove));
    edited.step(Step::Main { item: last }).unwrap();
    assert_eq!(edited.now().item(last).unwrap().found.kind, Part::Main);
}

#[test]
fn new_words_draw_new_criteria_until_a_hand_has_changed_them() {
    let mut edited = draft();
    let item = edited.now().items()[0].number;
    let edit = |answer: &str| Step::Edit {
        item,
        ask: "What is a\r\n lease?".into(),
        topic: "locks".into(),
        answer: answer.into(),
        code: String::new(),
    };
    edited.step(edit("A promise with an expiry date that the server enforces.")).unwrap();
    let found = &edited.now().item(item).unwrap().found;
    assert_eq!((found.ask.as_str(), found.topic.as_deref()), ("What is a lease?", Some("locks")));
    assert!(found.criteria.iter().any(|c| c.says.contains("expiry")), "{:?}", found.criteria);
    let at = found.criteria.len();
    edited
        .step(Step::SetCriterion {
            item,
            at,
            says: "It ends by itself".into(),
            weight: 2.5,
            required: true,
            listen: vec![vec!["expires".into(), " ".into()], Vec::new()],
        })
        .unwrap();
    assert_eq!(edited.now().item(item).unwrap().found.criteria[at].listen, [["expires"]]);
    edited.step(edit("Something else entirely, about clocks and time.")).unwrap();
    assert!(edited.now().item(item).unwrap().found.criteria.iter().any(|c| c.says == "It ends by itself"));
    edited.step(Step::DrawCriteria { item }).unwrap();
    assert!(!edited.now().item(item).unwrap().found.criteria.iter().any(|c| c.says == "It ends by itself"));
}

#[test]
fn bad_edits_say_what_is_wrong() {
    let mut edited = draft();
    let item = edited.now().items()[0].number;
    let edit = |ask: &str| Step::Edit {
        item,
        ask: ask.into(),
        topic: String::new(),
        answer: String::new(),
        code: String::new(),
    };
    assert_eq!(edited.step(edit(" ?! ")), Err(Refused::NothingAsked));
    assert!(matches!(edited.step(edit(&"x".repeat(5_000))), Err(Refused::TooLong(_))));
    let set = |at, says: &str, weight, listen: &str| Step::SetCriterion {
        item,
        at,
        says: says.into(),
        weight,
        required: false,
        listen: vec![vec![listen.into()]],
    };
    assert_eq!(edited.step(set(0, "", 1.0, "x")), Err(Refused::NothingSaid));
    assert_eq!(edited.step(set(0, "a point", f64::NAN, "x")), Err(Refused::BadWeight));
    assert_eq!(edited.step(set(0, "a point", 1.0, " - ")), Err(Refused::NothingToHear));
    assert_eq!(edited.step(set(99, "a point", 1.0, "x")), Err(Refused::NoCriterion));
    assert_eq!(edited.now(), edited.base());
}

#[test]
fn what_was_left_out_can_become_a_question() {
    let mut edited = draft();
    let Some(line) = edited.now().left_out().first().map(|out| out.line) else { return };
    edited.step(Step::Take { line }).unwrap();
    let item = edited.now().items().iter().find(|item| item.found.line == line).unwrap();
    assert_eq!(item.found.kind, Part::Unanswered);
    assert_eq!(edited.step(Step::Take { line }), Err(Refused::NothingLeftOut(line)));
}

fn step() -> impl Strategy<Value = Step> {
    let item = 0..6u32;
    prop_oneof![
        item.clone().prop_map(|item| Step::Keep { item }),
        item.clone().prop_map(|item| Step::Drop { item }),
        item.clone().prop_map(|item| Step::Restore { item }),
        (item.clone(), 0..12u32).prop_map(|(item, line)| Step::Split { item, line }),
        item.clone().prop_map(|item| Step::Merge { item }),
        item.clone().prop_map(|item| Step::FollowUp { item }),
        item.clone().prop_map(|item| Step::Main { item }),
        (item.clone(), "[a-z ]{0,12}").prop_map(|(item, text)| Step::Edit {
            item,
            ask: text.clone(),
            topic: text.clone(),
            answer: text,
            code: String::new()
        }),
        (item.clone(), 0..4usize).prop_map(|(item, at)| Step::RemoveCriterion { item, at }),
        (0..14u32).prop_map(|line| Step::Take { line }),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, cases: 48, ..ProptestConfig::default() })]

    #[test]
    fn any_edits_can_be_taken_back_one_by_one_and_made_again(steps in proptest::collection::vec(step(), 0..12)) {
        let mut edited = draft();
        let mut states = vec![edited.now().clone()];
        let mut log = Vec::new();
        for step in steps {
            if edited.step(step.clone()).is_ok() {
                states.push(edited.now().clone());
                log.push(Entry::Step(step));
            }
        }
        let replayed = Edited::replay(edited.base().clone(), log.clone());
        prop_assert_eq!(replayed.now(), edited.now());
        for state in states.iter().rev().skip(1) {
            prop_assert!(edited.undo());
            log.push(Entry::Undo);
            prop_assert_eq!(edited.now(), state);
        }
        prop_assert!(!edited.undo());
        while edited.redo() {
            log.push(Entry::Redo);
        }
        prop_assert_eq!(Some(edited.now()), states.last());
        let json: Vec<String> = log.iter().map(|entry| serde_json::to_string(entry).unwrap()).collect();
        let read = json.iter().map(|line| serde_json::from_str(line).unwrap());
        let replayed = Edited::replay(edited.base().clone(), read);
        prop_assert_eq!(replayed.now(), edited.now());
    }
}
