//! From the shares of a model answer that were said to a score, for questions that have nothing else.
//!
//! A handful of shares is added up with fixed weights (`data/graded.toml`). Every share only rises when more of the model
//! answer is said, whatever else is said, so length alone earns nothing. What does not fit the question at all is left to
//! the guards. How the shares come about is in `model`.

use serde::Deserialize;
use std::sync::LazyLock;

/// The fixed weights, documented in their file.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Weights {
    pub own_meaning: f64,
    pub meaning: f64,
    pub letters: f64,
    pub all_words: f64,
    pub turned_round: f64,
    pub denies_otherwise: f64,
    pub bend: f64,
    pub floor: f64,
    pub ceiling: f64,
    pub rise: f64,
    pub topic_question: f64,
    pub topic_support: f64,
    pub topic_enough: f64,
    pub topic_length: f64,
}

static WEIGHTS: LazyLock<Weights> = LazyLock::new(|| {
    let text = include_str!("data/graded.toml");
    toml::from_str(text).unwrap_or_else(|error| unreachable!("a test reads the compiled-in weights: {error}"))
});

/// The shares that the score is added up from, each 0 to 1.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Shares {
    /// Meaning met, over the words the question did not say.
    pub own_meaning: f64,
    /// Meaning met, over all words.
    pub meaning: f64,
    /// Four-letter pieces found again, without those of the question.
    pub letters: f64,
    /// Words found again, little words too.
    pub all_words: f64,
    /// Meaning said with the opposite sign.
    pub turned_round: f64,
    /// 1 where one of the two denies something and the other nothing.
    pub denies_otherwise: f64,
    /// How much of the question's meaning the answer takes up.
    pub topic_question: f64,
    /// How much of the answer's own meaning the model supports.
    pub topic_support: f64,
    /// How many words of its own the answer has, beside those of the question.
    pub topic_length: f64,
}

/// One of the parts a derived score is added up from.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SharePart {
    /// What it counts, in a few words.
    pub says: &'static str,
    /// Its share of the whole, 0 to 1; below 0 where it is taken off.
    pub weight: f64,
    /// How much of it an answer reached, 0 to 1.
    pub reached: f64,
    /// What that adds to the whole, 0 to 1; below 0 where it is taken off.
    pub earned: f64,
}

impl Shares {
    /// All of the model answer, said: every share that earns is whole and nothing is taken off.
    pub const WHOLE: Self = Self {
        own_meaning: 1.0,
        meaning: 1.0,
        letters: 1.0,
        all_words: 1.0,
        turned_round: 0.0,
        denies_otherwise: 0.0,
        topic_question: 1.0,
        topic_support: 1.0,
        topic_length: 0.0,
    };

    /// The parts that the score is added up from. What they add up to, between a floor and all of it, is the score.
    pub fn parts(&self) -> [SharePart; 6] {
        let w = &*WEIGHTS;
        let total = w.own_meaning + w.meaning + w.letters + w.all_words;
        let part = |says, weight: f64, reached: f64| {
            let weight = weight / total;
            let bent = reached.max(0.0).powf(w.bend);
            SharePart { says, weight, reached, earned: weight * bent }
        };
        [
            part("meaning of words that the question does not say", w.own_meaning, self.own_meaning),
            part("words of any kind, little ones too", w.all_words, self.all_words),
            part("meaning of all words that carry any", w.meaning, self.meaning),
            part("pieces of words, four letters each", w.letters, self.letters),
            part("taken off: meaning said with the opposite sign", -w.turned_round, self.turned_round),
            part(
                "taken off: only one of the two denies anything",
                -w.denies_otherwise,
                self.denies_otherwise,
            ),
        ]
    }
}

/// Adds the shares up to a score of 0 to 100.
pub(super) fn score_of(shares: &Shares) -> f64 {
    let w = &*WEIGHTS;
    let earned: f64 = shares.parts().iter().map(|part| part.earned).sum();
    let level = ((earned - w.floor) / (w.ceiling - w.floor)).clamp(0.0, 1.0);
    100.0 * level.powf(w.rise)
}

/// How far an answer keeps to the subject, 0 to 1: by the question's words and by what the model supports.
///
/// A short answer has to show less than a long one.
pub(super) fn on_topic(shares: &Shares) -> f64 {
    let w = &*WEIGHTS;
    let enough = w.topic_enough * (shares.topic_length / w.topic_length).min(1.0);
    let shown = w.topic_question * shares.topic_question + w.topic_support * shares.topic_support;
    if enough > 0.0 { (shown / enough).clamp(0.0, 1.0) } else { 1.0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_compiled_in_weights_can_be_read() {
        let weights: Weights =
            toml::from_str(include_str!("data/graded.toml")).expect("graded.toml is well formed");
        assert!(weights.ceiling > weights.floor);
    }
}
