//! Progress over many answers: how much was tried, how it goes now, and whether it changed.
//!
//! Pure functions over scores in time. A figure that rests on too little is not given at all.

use crate::clock::Timestamp;
use crate::ids::QuestionId;
use std::collections::HashMap;

/// A mean over fewer answers says nothing.
pub const ENOUGH_FOR_A_MEAN: u32 = 5;

/// A trend over fewer answers says nothing.
pub const ENOUGH_FOR_A_TREND: usize = 6;

/// A trend looks at so many answers, the latest: older ones no longer say how it goes now.
pub const TREND_WINDOW: usize = 12;

/// A smaller difference between means is nothing anyone would notice. In points of 100.
const LEAST_CHANGE: f64 = 3.0;

/// What was done with one question.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct QuestionPast {
    /// Answers that have a score, "no answer" among them.
    pub answers: u32,
    /// The latest of their scores, the earliest of them first.
    pub recent: Vec<(Timestamp, f64)>,
}

/// How it goes with some questions, such as those of a topic.
#[derive(Debug, Clone, PartialEq)]
pub struct Summary {
    /// How many questions there are.
    pub questions: usize,
    /// How many of them have a scored answer.
    pub tried: usize,
    /// Scored answers to them.
    pub answers: u32,
    /// Mean of the last score of each question tried; none under [`ENOUGH_FOR_A_MEAN`] answers.
    pub mean: Option<f64>,
    /// Whether the last answers went better than those before them.
    pub trend: Trend,
    /// The last answers, at most [`TREND_WINDOW`], the earliest first: which question, when, and its score.
    pub recent: Vec<(QuestionId, Timestamp, f64)>,
}

/// Whether scores changed, judged by the means of the first and of the second half of the last answers.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Trend {
    /// Under [`ENOUGH_FOR_A_TREND`] answers.
    TooFew,
    /// The halves differ by more than chance would explain.
    Changed {
        /// Mean of the first half.
        from: f64,
        /// Mean of the second half.
        to: f64,
        /// Answers looked at.
        over: usize,
    },
    /// They do not.
    Steady {
        /// Mean of all of them.
        mean: f64,
        /// Answers looked at.
        over: usize,
    },
}

/// Sums up some questions from what was done with each. Questions that are not in `past` are untouched.
pub fn summarise<'a>(
    questions: impl IntoIterator<Item = &'a QuestionId>,
    past: &HashMap<QuestionId, QuestionPast>,
) -> Summary {
    let (mut there, mut tried, mut answers, mut last, mut recent) = (0, 0, 0, Vec::new(), Vec::new());
    for id in questions {
        there += 1;
        let Some(one) = past.get(id).filter(|one| one.answers > 0) else { continue };
        tried += 1;
        answers += one.answers;
        last.extend(one.recent.last().map(|(_, score)| *score));
        recent.extend(one.recent.iter().map(|(at, score)| (id.clone(), *at, *score)));
    }
    recent.sort_by(|a, b| (a.1, &a.0).cmp(&(b.1, &b.0)));
    recent.drain(..recent.len().saturating_sub(TREND_WINDOW));
    let scores: Vec<f64> = recent.iter().map(|(_, _, score)| *score).collect();
    Summary {
        questions: there,
        tried,
        answers,
        mean: (answers >= ENOUGH_FOR_A_MEAN).then(|| mean(&last)).flatten(),
        trend: trend(&scores),
        recent,
    }
}

/// The trend of scores in order of time; only the last [`TREND_WINDOW`] are looked at.
///
/// The halves count as different where Welch's t of their means passes the two-sided 5 % value for halves of that
/// size and the means are at least three points apart. With an odd number, the middle one is in neither half.
pub fn trend(scores: &[f64]) -> Trend {
    let scores = &scores[scores.len().saturating_sub(TREND_WINDOW)..];
    let over = scores.len();
    if over < ENOUGH_FOR_A_TREND {
        return Trend::TooFew;
    }
    let half = over / 2;
    let (first, second) = (&scores[..half], &scores[over - half..]);
    let (Some(from), Some(to), Some(all)) = (mean(first), mean(second), mean(scores)) else {
        return Trend::TooFew;
    };
    let error = ((variance(first, from) + variance(second, to)) / half as f64).sqrt();
    let apart = (to - from).abs();
    if apart >= LEAST_CHANGE && apart > critical(half) * error {
        Trend::Changed { from, to, over }
    } else {
        Trend::Steady { mean: all, over }
    }
}

/// Student's t, two-sided 5 %, for two samples of `half` values: 2 × half − 2 degrees of freedom.
fn critical(half: usize) -> f64 {
    match half {
        ..=3 => 2.776,
        4 => 2.447,
        5 => 2.306,
        _ => 2.228,
    }
}

fn mean(values: &[f64]) -> Option<f64> {
    (!values.is_empty()).then(|| values.iter().sum::<f64>() / values.len() as f64)
}

fn variance(values: &[f64], mean: f64) -> f64 {
    values.iter().map(|value| (value - mean).powi(2)).sum::<f64>() / (values.len() - 1).max(1) as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(text: &str) -> QuestionId {
        text.parse().unwrap()
    }

    /// A question, how many answers it has, and the last of their scores.
    type Entry<'a> = (&'a str, u32, &'a [(i64, f64)]);

    fn past(entries: &[Entry<'_>]) -> HashMap<QuestionId, QuestionPast> {
        let one = |answers, recent: &[(i64, f64)]| QuestionPast {
            answers,
            recent: recent.iter().map(|(at, score)| (Timestamp(*at), *score)).collect(),
        };
        entries.iter().map(|(question, answers, recent)| (id(question), one(*answers, recent))).collect()
    }

    #[test]
    fn a_topic_nobody_touched_has_no_figures() {
        let summary = summarise(&[id("a"), id("b")], &HashMap::new());
        assert_eq!((summary.questions, summary.tried, summary.answers), (2, 0, 0));
        assert_eq!((summary.mean, summary.trend), (None, Trend::TooFew));
    }

    #[test]
    fn the_mean_takes_the_last_score_of_each_question_and_needs_five_answers() {
        let four = past(&[("a", 2, &[(1, 10.0), (3, 90.0)]), ("b", 2, &[(2, 20.0), (4, 40.0)])]);
        assert_eq!(summarise(&[id("a"), id("b"), id("c")], &four).mean, None);
        let five = past(&[("a", 2, &[(1, 10.0), (3, 90.0)]), ("b", 3, &[(2, 20.0), (4, 40.0), (5, 50.0)])]);
        let summary = summarise(&[id("a"), id("b"), id("c")], &five);
        assert_eq!((summary.tried, summary.answers, summary.mean), (2, 5, Some(70.0)));
        assert_eq!(summary.recent.iter().map(|(_, at, _)| at.0).collect::<Vec<_>>(), [1, 2, 3, 4, 5]);
    }

    #[test]
    fn an_answer_that_was_asked_but_never_scored_does_not_count_as_tried() {
        assert_eq!(summarise(&[id("a")], &past(&[("a", 0, &[])])).tried, 0);
    }

    #[test]
    fn a_trend_is_what_chance_does_not_explain() {
        for (scores, expected) in [
            (vec![41.0; 5], Trend::TooFew),
            (vec![40.0, 41.0, 42.0, 65.0, 66.0, 67.0], Trend::Changed { from: 41.0, to: 66.0, over: 6 }),
            (
                vec![66.0, 67.0, 65.0, 50.0, 41.0, 40.0, 42.0],
                Trend::Changed { from: 66.0, to: 41.0, over: 7 },
            ),
            // Far apart, and as far apart within the halves.
            (vec![10.0, 90.0, 20.0, 95.0, 30.0, 85.0], Trend::Steady { mean: 55.0, over: 6 }),
            // Surely different, and too little to care.
            (vec![50.0, 50.0, 50.0, 52.0, 52.0, 52.0], Trend::Steady { mean: 51.0, over: 6 }),
            (vec![50.0; 6], Trend::Steady { mean: 50.0, over: 6 }),
        ] {
            assert_eq!(trend(&scores), expected, "{scores:?}");
        }
    }

    #[test]
    fn what_is_long_past_no_longer_counts() {
        let mut scores = vec![0.0; 100];
        scores.extend([70.0; 12]);
        assert_eq!(trend(&scores), Trend::Steady { mean: 70.0, over: 12 });
    }

    proptest::proptest! {
        #[test]
        fn any_scores_have_a_trend_within_their_bounds(scores in proptest::collection::vec(0.0..=100.0, 0..40)) {
            match trend(&scores) {
                Trend::TooFew => assert!(scores.len() < ENOUGH_FOR_A_TREND),
                Trend::Changed { from, to, over } => {
                    assert!((0.0..=100.0).contains(&from) && (0.0..=100.0).contains(&to) && over <= TREND_WINDOW);
                }
                Trend::Steady { mean, over } => assert!((-1e-9..=100.0 + 1e-9).contains(&mean) && over <= TREND_WINDOW),
            }
        }
    }
}
