//! A rubric beside the marks of people: what agrees, what was missed, and what cannot be compared.

use viva_core::bank::bench::{Agreement, BenchError, Mark, MarkedAnswer, bench};
use viva_core::bank::{Bank, load};

const PACK: &str = r#"
[pack]
id = "tea"
title = "Tea"
licence = "CC0-1.0"
version = 1
[[question]]
id = "tea.make"
ask = "How do you make it?"
topic = "kitchen"
model_answer = "The kettle boils, then the teapot steeps."
[[question.criterion]]
id = "boil"
says = "Boil"
listen = [["kettle"]]
[[question.criterion]]
id = "steep"
says = "Steep"
listen = [["teapot"]]
"#;

fn run(lines: &[&str]) -> Result<viva_core::bank::bench::Bench, BenchError> {
    let bank = Bank::new(vec![load(PACK, "tea.toml").expect("a good pack")]).expect("one pack");
    let marked: Vec<(usize, MarkedAnswer)> = lines
        .iter()
        .enumerate()
        .map(|(n, line)| (n + 1, serde_json::from_str(line).expect("a marked answer")))
        .collect();
    bench(&bank, &marked)
}

#[test]
fn agreement_and_both_kinds_of_slip_are_counted_criterion_by_criterion() {
    let found = run(&[
        r#"{"question_id": "tea.make", "answer": "Put the kettle on", "criteria": {"boil": true, "steep": false}}"#,
        r#"{"question_id": "tea.make", "answer": "Heat water", "criteria": {"boil": true}}"#,
        r#"{"question_id": "tea.make", "answer": "My teapot is blue", "criteria": {"steep": false}}"#,
    ])
    .unwrap();
    assert_eq!((found.marks, found.accuracy), (4, 0.5));
    let [boil, steep] = found.criteria.as_slice() else { panic!("two criteria: {found:?}") };
    assert_eq!((boil.accuracy(), boil.missed_positives.as_slice()), (0.5, [2].as_slice()));
    assert_eq!((steep.accuracy(), steep.missed_negatives.as_slice()), (0.5, [3].as_slice()));
}

#[test]
fn a_line_about_an_unknown_question_or_criterion_is_named() {
    let unknown = run(&[r#"{"question_id": "tea.none", "answer": "x", "criteria": {}}"#]).unwrap_err();
    assert!(unknown.to_string().starts_with("line 1: no question has the id \"tea.none\""), "{unknown}");
    let unknown =
        run(&[r#"{"question_id": "tea.make", "answer": "x", "criteria": {"pour": true}}"#]).unwrap_err();
    assert_eq!(unknown.to_string(), "line 1: \"tea.make\" has no criterion \"pour\"; it has boil, steep");
}

#[test]
fn a_person_who_says_partly_agrees_with_any_credit_between_none_and_all() {
    let found = run(&[
        r#"{"question_id": "tea.make", "answer": "Put the kettle on", "criteria": {"boil": "partly", "steep": "partly"}}"#,
        r#"{"question_id": "tea.make", "answer": "Put the kettle on", "criteria": {"boil": "met", "steep": "missed"}}"#,
    ])
    .unwrap();
    let [boil, steep] = found.criteria.as_slice() else { panic!("two criteria: {found:?}") };
    assert_eq!((boil.missed_negatives.as_slice(), boil.agreed), ([1].as_slice(), 1));
    assert_eq!((steep.missed_positives.as_slice(), steep.agreed), ([1].as_slice(), 1));
    assert_eq!(Mark::Partly.beside(0.5), Agreement::Agree);
    let line =
        r#"{"question_id":"tea.make","answer":"x","criteria":{"boil":true,"pour":"partly","steep":false}}"#;
    let read: MarkedAnswer = serde_json::from_str(line).unwrap();
    assert_eq!(serde_json::to_string(&read).unwrap(), line);
}
