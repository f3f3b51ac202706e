//! Finds the question of a pack that a question of a changed document was before.

use crate::document::outline::key;
use std::collections::HashSet;

/// Pairs beyond which likeness is not looked for: so many questions are no longer one document's.
const MOST_PAIRS: usize = 4_000_000;
/// How alike two questions' words must be to be the same question reworded.
const SAME_ASK: f64 = 0.6;
/// How alike two answers must be to be the same answer under a new question.
const SAME_ANSWER: f64 = 0.75;

/// Words of a question and of its answer.
pub(super) struct Words {
    ask: HashSet<String>,
    answer: HashSet<String>,
}

impl Words {
    pub(super) fn of(ask: &str, answer: &str) -> Self {
        let set = |text: &str| key(text).split(' ').filter(|w| w.len() > 2).map(str::to_owned).collect();
        Self { ask: set(ask), answer: set(answer) }
    }

    /// 0 where they are different questions; more the more alike they are.
    fn likeness(&self, other: &Self) -> f64 {
        let (ask, answer) = (shared(&self.ask, &other.ask), shared(&self.answer, &other.answer));
        let same = ask >= SAME_ASK || answer >= SAME_ANSWER || ask >= 0.4 && answer >= 0.5;
        if same { ask + answer } else { 0.0 }
    }
}

/// The share of words both have, of those either has.
fn shared(one: &HashSet<String>, two: &HashSet<String>) -> f64 {
    let both = one.intersection(two).count();
    let all = one.len() + two.len() - both;
    if all == 0 { 0.0 } else { both as f64 / all as f64 }
}

/// Pairs the most alike with each other, best first, each at most once.
pub(super) fn pairs(new: &[Words], old: &[Words]) -> Vec<(usize, usize)> {
    if new.len().saturating_mul(old.len()) > MOST_PAIRS {
        return Vec::new();
    }
    let mut scored: Vec<(f64, usize, usize)> = Vec::new();
    for (n, one) in new.iter().enumerate() {
        for (o, other) in old.iter().enumerate() {
            let likeness = one.likeness(other);
            if likeness > 0.0 {
                scored.push((likeness, n, o));
            }
        }
    }
    scored.sort_by(|a, b| b.0.total_cmp(&a.0).then((a.1, a.2).cmp(&(b.1, b.2))));
    let (mut new_taken, mut old_taken) = (HashSet::new(), HashSet::new());
    scored
        .into_iter()
        .filter_map(|(_, n, o)| {
            if new_taken.contains(&n) || old_taken.contains(&o) {
                return None;
            }
            new_taken.insert(n);
            old_taken.insert(o);
            Some((n, o))
        })
        .collect()
}
