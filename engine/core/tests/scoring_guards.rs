//! Every guard holds its set of answers down, and lets an honest answer pass.

use std::sync::Arc;
use viva_core::assessment::Assessment;
use viva_core::bank::{Pack, load};
use viva_core::scoring::{BankIndex, PreparedQuestion, Scorer};
use viva_core::transcript::Transcript;

fn pack() -> Pack {
    load(include_str!("fixtures/guards/subject.toml"), "subject.toml").expect("the fixture is a good pack")
}

fn prepared() -> PreparedQuestion {
    let pack = pack();
    let index = Arc::new(BankIndex::of_packs(Scorer::shared(), [&pack]));
    Scorer::shared().prepare(&pack.questions[0]).with_bank(index)
}

fn assess(answer: &str) -> Assessment {
    prepared().assess(&Transcript::typed(answer))
}

/// Holds every line of a set to its guard and to the highest score that may be left.
#[track_caller]
fn check(set: &str, guard: &str, at_most: f64) {
    hold(&prepared(), set, guard, at_most);
}

#[track_caller]
fn hold(prepared: &PreparedQuestion, set: &str, guard: &str, at_most: f64) {
    assert!(set.lines().count() >= 20, "a set has at least twenty answers");
    let mut passed = Vec::new();
    for line in set.lines() {
        let result = prepared.assess(&Transcript::typed(line));
        let fired = result.guards.iter().find(|g| g.id == guard);
        if fired.is_none_or(|g| g.says.is_empty()) || result.score > at_most {
            let guards: Vec<&str> = result.guards.iter().map(|g| g.id.as_str()).collect();
            passed.push(format!("{} {guards:?}: {line}", result.score));
        }
    }
    assert!(passed.is_empty(), "not held by {guard}:\n{}", passed.join("\n"));
}

#[test]
fn no_answer_scores_nothing() {
    check(include_str!("fixtures/guards/no_answer.txt"), "no_answer", 0.0);
}

#[test]
fn the_question_said_back_scores_nothing() {
    check(include_str!("fixtures/guards/echo.txt"), "echo", 0.0);
}

#[test]
fn words_without_sentences_are_capped() {
    check(include_str!("fixtures/guards/keywords.txt"), "keywords", 30.0);
}

#[test]
fn no_words_at_all_are_voided() {
    check(include_str!("fixtures/guards/gibberish.txt"), "gibberish", 5.0);
}

#[test]
fn the_same_sentence_again_is_capped() {
    check(include_str!("fixtures/guards/repetition.txt"), "repetition", 50.0);
}

#[test]
fn the_answer_to_another_question_is_capped() {
    check(include_str!("fixtures/guards/another_question.txt"), "another_question", 15.0);
}

#[test]
fn a_recited_glossary_is_capped() {
    check(include_str!("fixtures/guards/glossary.txt"), "glossary", 20.0);
}

#[test]
fn an_answer_about_something_else_is_held_down_where_there_is_only_a_model_answer() {
    let pack = pack();
    let question = &pack.questions[0];
    let prepared = Scorer::shared().prepare_derived(&question.ask, &[&question.model_answer]);
    let set = include_str!("fixtures/guards/off_topic.txt");
    hold(&prepared, set, "off_topic", 15.0);
    let own = prepared.assess(&Transcript::typed(question.model_answer.as_str()));
    assert!(own.guards.is_empty() && own.score >= 95.0, "{} {:?}", own.score, own.guards);
    for half in ["I send an idempotency key with it.", "I would retry with exponential backoff and jitter."] {
        let honest = prepared.assess(&Transcript::typed(half));
        assert!(
            honest.guards.is_empty() && honest.score > 15.0,
            "{half}: {} {:?}",
            honest.score,
            honest.guards
        );
    }
}

#[test]
fn the_model_answer_passes_every_guard() {
    for question in &pack().questions {
        let index = Arc::new(BankIndex::of_packs(Scorer::shared(), [&pack()]));
        let prepared = Scorer::shared().prepare(question).with_bank(index);
        let result = prepared.assess(&Transcript::typed(question.model_answer.as_str()));
        assert!(result.guards.is_empty(), "{:?}", result.guards);
        assert!(result.score >= 95.0, "{} {:#?}", result.score, result.criteria);
    }
}

#[test]
fn an_honest_answer_in_other_words_passes_every_guard() {
    let result = assess(
        "Um, so the thing is, you do not know whether it worked. I'd give each payment an item potent key, no, an \
         idempotency key, which the service remembers, so it sends the same result again. And I'd use exponential \
         back off with a random delay.",
    );
    assert!(result.guards.is_empty(), "{:?}", result.guards);
    assert!(result.score >= 70.0, "{} {:#?}", result.score, result.criteria);
}
