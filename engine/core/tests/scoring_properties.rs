//! What must hold for any answer: the same bytes again, more said is never worth less, case and spacing are nothing.

use proptest::prelude::*;
use viva_core::assessment::Assessment;
use viva_core::bank::{Pack, load};
use viva_core::scoring::{PreparedQuestion, Scorer, derive};
use viva_core::transcript::Transcript;

const QUESTION: &str = "How can two threads that need two locks avoid a deadlock?";
const POINTS: [&str; 4] = [
    "Both acquire the locks in the same fixed order.",
    "No cycle of waiting can form then.",
    "A timeout on acquiring the second lock lets a thread give up and try again.",
    "Holding one coarse lock instead costs parallelism.",
];
const ASIDES: [&str; 8] = [
    "I have thought about this before.",
    "Well, that depends on the program.",
    "The threads run on several cores.",
    "We measured it on a large machine.",
    "My colleagues prefer another language.",
    "It is a classic subject of examinations.",
    "Both of them need the printer.",
    "Deadlocks are hard to find.",
];

fn pack() -> Pack {
    load(include_str!("fixtures/guards/subject.toml"), "subject.toml").expect("the fixture is a good pack")
}

fn derived() -> PreparedQuestion {
    Scorer::shared().prepare_derived(QUESTION, &[&POINTS.join(" ")])
}

fn score(question: &PreparedQuestion, answer: &str) -> Assessment {
    question.assess(&Transcript::typed(answer))
}

/// Capped or marked down for more than coverage.
fn held(assessment: &Assessment) -> bool {
    !assessment.guards.is_empty() || !assessment.mistakes.is_empty()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(120))]

    #[test]
    fn saying_an_unmet_point_never_lowers_a_derived_score(said in prop::collection::vec(0..12_usize, 1..8), point in 0..4_usize) {
        let question = derived();
        let sentence = |n: &usize| if *n < 4 { POINTS[*n] } else { ASIDES[*n - 4] };
        let answer: Vec<&str> = said.iter().filter(|n| **n != point).map(sentence).collect();
        let before = score(&question, &answer.join(" "));
        let after = score(&question, &format!("{} {}", answer.join(" "), POINTS[point]));
        prop_assume!(!held(&before) && !held(&after));
        prop_assert!(after.score >= before.score, "{} then {}", before.score, after.score);
    }

    #[test]
    fn saying_an_unmet_criterion_never_lowers_a_score(said in prop::collection::vec(0..13_usize, 1..8), at in 0..5_usize) {
        let pack = pack();
        let question = Scorer::shared().prepare(&pack.questions[0]);
        let criteria = &pack.questions[0].rubric.criteria;
        let sentence = |n: &usize| if *n < 5 { format!("{}.", criteria[*n].says) } else { ASIDES[*n - 5].to_owned() };
        let answer: Vec<String> = said.iter().filter(|n| **n != at).map(sentence).collect();
        let before = score(&question, &answer.join(" "));
        let after = score(&question, &format!("{} {}.", answer.join(" "), criteria[at].says));
        prop_assume!(!held(&before) && !held(&after));
        prop_assert!(after.score >= before.score, "{} then {}", before.score, after.score);
    }

    #[test]
    fn removing_evidence_never_raises_a_score(said in prop::collection::vec(0..13_usize, 1..8), pick in 0..100_usize) {
        let pack = pack();
        let question = Scorer::shared().prepare(&pack.questions[0]);
        let criteria = &pack.questions[0].rubric.criteria;
        let sentence = |n: &usize| if *n < 5 { format!("{}.", criteria[*n].says) } else { ASIDES[*n - 5].to_owned() };
        let text = said.iter().map(sentence).collect::<Vec<_>>().join(" ");
        let before = score(&question, &text);
        let evidence: Vec<_> = before.criteria.iter().flat_map(|c| &c.evidence).collect();
        prop_assume!(!evidence.is_empty());
        let gone = evidence[pick % evidence.len()];
        let shorter: String = text.chars().enumerate().filter(|(n, _)| !(gone.start..gone.end).contains(n)).map(|(_, c)| c).collect();
        let after = score(&question, &shorter);
        prop_assume!(!held(&before) && !held(&after));
        prop_assert!(after.score <= before.score, "{} then {}: {shorter}", before.score, after.score);
    }

    #[test]
    fn case_and_spacing_change_nothing(said in prop::collection::vec(0..12_usize, 1..6)) {
        let question = derived();
        let sentence = |n: &usize| if *n < 4 { POINTS[*n] } else { ASIDES[*n - 4] };
        let answer = said.iter().map(sentence).collect::<Vec<_>>().join(" ");
        let loud = answer.to_uppercase().replace(' ', "   ");
        prop_assert_eq!(score(&question, &answer).score, score(&question, &loud).score);
    }

    #[test]
    fn any_text_at_all_gives_a_score_in_range_and_evidence_inside_it(text in "\\PC{0,200}") {
        let pack = pack();
        for question in [Scorer::shared().prepare(&pack.questions[0]), derived()] {
            let result = score(&question, &text);
            prop_assert!((0.0..=100.0).contains(&result.score));
            prop_assert!(result.low <= result.score && result.score <= result.high);
            let letters: Vec<char> = text.chars().collect();
            for one in result.criteria.iter().flat_map(|c| &c.evidence) {
                prop_assert!(one.start < one.end && one.end <= letters.len());
                prop_assert_eq!(&one.text, &letters[one.start..one.end].iter().collect::<String>());
            }
        }
    }

    #[test]
    fn any_model_answer_gives_a_rubric_that_it_meets(said in prop::collection::vec(0..12_usize, 2..8)) {
        let sentence = |n: &usize| if *n < 4 { POINTS[*n] } else { ASIDES[*n - 4] };
        let model = said.iter().map(sentence).collect::<Vec<_>>().join(" ");
        let rubric = derive(Scorer::shared(), "What do you do?", &model);
        prop_assert!(!rubric.criteria.is_empty());
        let mut question = pack().questions[0].clone();
        (question.rubric, question.ask, question.hint) = (rubric, "What do you do?".into(), None);
        let result = score(&Scorer::shared().prepare(&question), &model);
        prop_assert!(result.score >= 95.0 || held(&result), "{} {:#?}", result.score, result.criteria);
    }
}

#[test]
fn offsets_count_scalar_values_whatever_stands_before() {
    for before in ["", "é ", "🦀🦀 ", "e\u{301} naïve — ", "\u{0} \u{200b} ", "漢字。"] {
        let answer = format!("{before}They acquire the locks in the same fixed order.");
        for answer in [answer.clone(), answer.to_uppercase()] {
            let result = score(&derived(), &answer);
            let letters: Vec<char> = answer.chars().collect();
            let evidence: Vec<_> = result.criteria.iter().flat_map(|one| &one.evidence).collect();
            assert!(!evidence.is_empty(), "{answer}");
            for one in evidence {
                let marked: String = letters[one.start..one.end].iter().collect();
                assert_eq!(one.text, marked, "{answer}");
            }
        }
    }
}

#[test]
fn the_same_answer_gives_the_same_bytes_from_any_thread() {
    let answer = POINTS.join(" ").replace("fixed", "agreed");
    let once = || serde_json::to_string(&score(&derived(), &answer)).expect("an assessment serialises");
    let first = once();
    let others: Vec<String> = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..4).map(|_| scope.spawn(once)).collect();
        threads.into_iter().map(|t| t.join().expect("no thread panics")).collect()
    });
    assert!(others.iter().all(|other| *other == first));
}

#[test]
fn the_own_model_answer_scores_full_and_the_parroted_question_nothing() {
    assert!(score(&derived(), &POINTS.join(" ")).score >= 95.0);
    assert!(score(&derived(), QUESTION).score <= 5.0);
}
