//! One criterion or mistake against what was heard: credit, evidence and what nearly counted.

use super::hear::{Heard, Occurrence};
use super::listen::{Item, Vocabulary};
use super::scope::Standing;
use crate::assessment::{CriterionResult, Evidence, How, MistakeResult, Near, Verdict};
use crate::bank::{Criterion, Mistake};
use crate::ids::CriterionId;
use crate::text::Token;
use crate::text::function_words::is_denial;

/// A compiled criterion.
#[derive(Debug, Clone)]
pub(super) struct Listener {
    pub id: CriterionId,
    pub says: String,
    pub weight: f64,
    pub required: bool,
    pub items: Vec<Item>,
    pub order: bool,
    pub within: Option<u32>,
}

/// A compiled mistake.
#[derive(Debug, Clone)]
pub(super) struct Trap {
    pub says: String,
    pub cost: f64,
    pub items: Vec<Item>,
    pub order: bool,
    pub within: u32,
}

/// How many words a mistake may be spread over where its author says nothing.
const MISTAKE_WITHIN: u32 = 30;

/// The answer as criteria see it.
pub(super) struct Hearing<'a> {
    pub text: &'a [char],
    pub tokens: &'a [Token],
    pub heard: &'a [Vec<Heard>],
    pub standings: &'a [Standing],
    pub vocabulary: &'a Vocabulary,
}

impl Listener {
    /// Compiles a criterion.
    pub fn of(criterion: &Criterion, vocabulary: &mut Vocabulary, language: &super::Language) -> Self {
        Self {
            id: criterion.id.clone(),
            says: criterion.says.clone(),
            weight: criterion.weight,
            required: criterion.required,
            items: items(&criterion.listen, vocabulary, language),
            order: criterion.order,
            within: criterion.within,
        }
    }

    /// What became of the criterion.
    pub fn judge(&self, hearing: &Hearing<'_>) -> CriterionResult {
        let found = hearing.find(&self.items);
        let chosen = choose(&found.accepted, self.order, self.within);
        let total: f64 = self.items.iter().map(|i| i.share).sum();
        let earned: f64 =
            self.items.iter().zip(&chosen).filter(|(_, c)| c.is_some()).map(|(i, _)| i.share).sum();
        // An empty sum is -0, which must never be shown.
        let credit = if earned > 0.0 { (earned / total).clamp(0.0, 1.0) } else { 0.0 };
        let all = !chosen.is_empty() && chosen.iter().all(Option::is_some);
        let verdict = match (all, credit > 0.0) {
            (true, _) => Verdict::Met,
            (false, true) => Verdict::Partly,
            (false, false) => Verdict::Missed,
        };
        let mut near: Vec<Near> = Vec::new();
        let mut not_heard = Vec::new();
        for ((item, choice), refused) in self.items.iter().zip(&chosen).zip(&found.refused) {
            if choice.is_none() {
                not_heard.push(item.label.clone());
                if let Some((occurrence, why)) = refused.first() {
                    let (start, end, text) = hearing.place(occurrence);
                    near.push(Near { start, end, text, why: (*why).to_owned() });
                }
            }
        }
        CriterionResult {
            id: self.id.clone(),
            says: self.says.clone(),
            weight: self.weight,
            required: self.required,
            verdict,
            credit: if all { 1.0 } else { credit },
            evidence: hearing.evidence(chosen.iter().flatten()),
            not_heard,
            near,
        }
    }
}

impl Trap {
    /// Compiles a mistake.
    pub fn of(mistake: &Mistake, vocabulary: &mut Vocabulary, language: &super::Language) -> Self {
        Self {
            says: mistake.says.clone(),
            cost: mistake.cost,
            items: items(&mistake.listen, vocabulary, language),
            order: mistake.order,
            within: mistake.within.unwrap_or(MISTAKE_WITHIN),
        }
    }

    /// The mistake with its evidence, where it was made.
    pub fn judge(&self, hearing: &Hearing<'_>) -> Option<MistakeResult> {
        let found = hearing.find(&self.items);
        let chosen = choose(&found.accepted, self.order, Some(self.within));
        let made = !chosen.is_empty() && chosen.iter().all(Option::is_some);
        made.then(|| MistakeResult {
            says: self.says.clone(),
            cost: self.cost,
            evidence: hearing.evidence(chosen.iter().flatten()),
        })
    }
}

fn items(listen: &[Vec<String>], vocabulary: &mut Vocabulary, language: &super::Language) -> Vec<Item> {
    listen.iter().map(|alternatives| vocabulary.item(alternatives, 1.0, language)).collect()
}

/// Occurrences of each item: those that count and those that do not.
pub(super) struct Found {
    pub accepted: Vec<Vec<Occurrence>>,
    pub refused: Vec<Vec<(Occurrence, &'static str)>>,
}

impl Hearing<'_> {
    /// Finds where each item is said, and sorts out what is denied or set aside.
    pub fn find(&self, items: &[Item]) -> Found {
        let all: Vec<Vec<Occurrence>> = items
            .iter()
            .map(|item| {
                let mut places: Vec<Occurrence> = item
                    .phrases
                    .iter()
                    .flat_map(|p| self.vocabulary.occurrences(p, self.heard, self.tokens))
                    .collect();
                places.sort_by_key(|o| (o.first, o.end));
                places
            })
            .collect();
        // Denials that an item asks for count for the other items under them too.
        let asked: Vec<usize> =
            all.iter().flatten().filter(|o| o.denied).filter_map(|o| self.denial_of(o)).collect();
        let mut found = Found { accepted: Vec::new(), refused: Vec::new() };
        for places in all {
            let (mut accepted, mut refused) = (Vec::new(), Vec::new());
            for place in places {
                match self.refusal(&place, &asked) {
                    Some(why) => refused.push((place, why)),
                    None => accepted.push(place),
                }
            }
            found.accepted.push(accepted);
            found.refused.push(refused);
        }
        found
    }

    /// The word that denies an occurrence.
    fn denial_of(&self, occurrence: &Occurrence) -> Option<usize> {
        self.standings[occurrence.first..occurrence.end].iter().find_map(|s| s.denied_by)
    }

    fn refusal(&self, occurrence: &Occurrence, asked: &[usize]) -> Option<&'static str> {
        let aside = self.standings[occurrence.first..occurrence.end].iter().find_map(|s| s.set_aside);
        let denied_by = self.denial_of(occurrence);
        if occurrence.denied {
            let clause = self.tokens[occurrence.first].clause;
            let denies = self.tokens.iter().any(|t| t.clause == clause && is_denial(&t.stem));
            return (denied_by.is_none() && aside.is_none() && !denies).then_some("said, but not denied");
        }
        if let Some(aside) = aside {
            return Some(aside.says());
        }
        match denied_by {
            Some(cue) if !asked.contains(&cue) && !(occurrence.first..occurrence.end).contains(&cue) => {
                Some("denied")
            }
            _ => None,
        }
    }

    /// Character range and words of an occurrence.
    pub fn place(&self, occurrence: &Occurrence) -> (usize, usize, String) {
        let start = self.tokens[occurrence.first].start;
        let end = self.tokens[occurrence.end - 1].end;
        (start, end, self.text[start..end].iter().collect())
    }

    /// Evidence for the chosen occurrences, in order of the answer.
    pub fn evidence<'b>(&self, chosen: impl Iterator<Item = &'b Occurrence>) -> Vec<Evidence> {
        let mut evidence: Vec<Evidence> = chosen
            .map(|occurrence| {
                let (start, end, text) = self.place(occurrence);
                let expected = self.vocabulary.expected[occurrence.expected].clone();
                let literal = text.to_lowercase() == expected.to_lowercase();
                let how = match occurrence.how {
                    How::Exact | How::Inflected if occurrence.is_identifier && !literal => How::Identifier,
                    how => how,
                };
                Evidence { start, end, text, expected, how }
            })
            .collect();
        evidence.sort_by(|a, b| (a.start, a.end, &a.expected).cmp(&(b.start, b.end, &b.expected)));
        evidence.dedup();
        evidence
    }
}

/// Picks one occurrence an item: as many items as possible, in order and near each other where asked.
pub(super) fn choose(
    accepted: &[Vec<Occurrence>],
    order: bool,
    within: Option<u32>,
) -> Vec<Option<Occurrence>> {
    if !order && within.is_none() {
        // The most literal occurrence is the best evidence; the earliest of equals.
        return accepted.iter().map(|places| places.first().cloned()).collect();
    }
    let width = within.map_or(usize::MAX, |w| w as usize);
    let mut best: Vec<Option<Occurrence>> = vec![None; accepted.len()];
    let mut best_count = 0;
    for anchor in accepted.iter().flatten() {
        let mut picked: Vec<Option<Occurrence>> = Vec::with_capacity(accepted.len());
        let mut from = anchor.first;
        for places in accepted {
            let next = places.iter().find(|p| p.first >= from && p.end - anchor.first <= width);
            if order && let Some(next) = next {
                from = next.end;
            }
            picked.push(next.cloned());
        }
        let count = picked.iter().flatten().count();
        if count > best_count {
            best_count = count;
            best = picked;
        }
    }
    best
}
