//! One spoken answer, all the way: sound into a microphone, words out of a real model, a score with evidence.
//! The same question is answered well, in part, wrongly and not at all.

use serde_json::Value;
use std::path::PathBuf;
use viva_tests::installation::Installation;
use viva_tests::microphone::VirtualMicrophone;
use viva_tests::network::{self, AttemptsToLeave};
use viva_tests::practice;
use viva_tests::skipped;
use viva_tests::speech::Voices;

const QUESTION: &str = "jvm.hashmap-treeify";

#[test]
fn a_good_a_partial_a_wrong_and_no_answer_score_in_that_order() {
    let microphone = match VirtualMicrophone::start() {
        Ok(microphone) => microphone,
        Err(why) => return skipped("spoken answers", &why),
    };
    let installation = Installation::new().with_env(microphone.environment());
    let voices = Voices::new();
    let hear = |wav: PathBuf| practice::answer(&installation, &microphone, QUESTION, &wav);

    let good = hear(voices.recording("good"));
    let partial = hear(voices.recording("partial"));
    let wrong = hear(voices.recording("wrong"));
    let silent = hear(voices.silence(8));

    let [good_score, partial_score, wrong_score] = [&good, &partial, &wrong].map(score);
    assert!(good_score >= 70.0, "{good:#}");
    assert!(good_score > partial_score && partial_score > wrong_score, "{partial:#}\n{wrong:#}");
    assert!(wrong_score <= 15.0, "{wrong:#}");
    assert!(is_no_answer(&silent), "{silent:#}");
    assert!(!is_no_answer(&wrong), "{wrong:#}");
}

#[test]
fn a_spoken_answer_never_leaves_the_machine() {
    network::cut_to_loopback("a_spoken_answer_never_leaves_the_machine", || {
        let microphone = match VirtualMicrophone::start() {
            Ok(microphone) => microphone,
            Err(why) => return skipped("spoken answer without a network", &why),
        };
        let installation = Installation::new().with_env(microphone.environment());
        let brief = practice::answer(&installation, &microphone, QUESTION, &Voices::new().recording("brief"));
        assert!(score(&brief) > 15.0, "{brief:#}");
        assert_eq!(AttemptsToLeave::so_far(), AttemptsToLeave { v4: 0, v6: 0 });
    });
}

/// 0 to 100.
fn score(answer: &Value) -> f64 {
    answer["score"].as_f64().unwrap_or_else(|| panic!("no score: {answer:#}"))
}

fn is_no_answer(answer: &Value) -> bool {
    answer["no_answer"] == true
}
