//! The shipped rubrics on answers in other words than the model answers', marked by hand.
//!
//! One answer a line in `bank_marked.jsonl`, in the form of `viva rubric test`: good ones, partial ones and
//! wrong ones, as people say them.

use std::path::Path;
use viva_core::bank::bench::{Mark, MarkedAnswer, bench};
use viva_core::bank::{Bank, load};
use viva_core::scoring::Scorer;
use viva_core::transcript::Transcript;

const PACKS: [&str; 6] = ["behavioural", "databases", "distributed", "jvm", "operations", "spring"];

fn bank() -> Bank {
    let rubrics = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../rubrics");
    let packs = PACKS.map(|pack| {
        let text = std::fs::read_to_string(rubrics.join(format!("{pack}.toml"))).expect("a shipped pack");
        load(&text, pack).expect("a good pack")
    });
    Bank::new(packs.to_vec()).expect("packs that go together")
}

fn marked() -> Vec<(usize, MarkedAnswer)> {
    let lines = include_str!("bank_marked.jsonl").lines().enumerate();
    lines.map(|(n, line)| (n + 1, serde_json::from_str(line).expect("a marked answer"))).collect()
}

/// What a person says of an answer: the share of its criteria that are met.
fn share(answer: &MarkedAnswer) -> f64 {
    answer.criteria.values().filter(|mark| **mark == Mark::Met).count() as f64 / answer.criteria.len() as f64
}

/// The scores of the answers a person would put between the two shares, both included.
fn scores(least: f64, most: f64) -> Vec<(f64, usize)> {
    let bank = bank();
    let mut scores: Vec<(f64, usize)> = marked()
        .iter()
        .filter(|(_, answer)| (least..=most).contains(&share(answer)))
        .map(|(line, answer)| {
            let question = bank.question(&answer.question_id).expect("a question of the packs");
            let transcript = Transcript::typed(answer.answer.as_str());
            (Scorer::shared().prepare(question).assess(&transcript).score, *line)
        })
        .collect();
    scores.sort_by(|a, b| a.0.total_cmp(&b.0));
    scores
}

#[test]
fn the_rubrics_agree_with_people_criterion_by_criterion() {
    let found = bench(&bank(), &marked()).unwrap();
    let slips: Vec<String> = found
        .criteria
        .iter()
        .filter(|one| one.agreed < one.answers)
        .map(|one| {
            let (missed, wrong) = (&one.missed_positives, &one.missed_negatives);
            format!("{} {}: missed in {missed:?}, credited wrongly in {wrong:?}", one.question, one.criterion)
        })
        .collect();
    assert!(found.accuracy >= 0.95, "{:.3}\n{}", found.accuracy, slips.join("\n"));
}

#[test]
fn a_good_answer_in_other_words_scores_well_and_a_wrong_one_does_not() {
    let good = scores(0.8, 1.0);
    assert!(good.len() > 60);
    assert!(good[0].0 >= 60.0, "line {} scores {}", good[0].1, good[0].0);
    assert!(good[good.len() / 2].0 >= 90.0, "the median is {}", good[good.len() / 2].0);
    let wrong = scores(0.0, 0.0);
    let (score, line) = *wrong.last().unwrap();
    assert!(score <= 15.0, "line {line} scores {score}");
}
