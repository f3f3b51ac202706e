//! Two scores of one question side by side: what was won, what was lost, and whether they can be compared at all.
//!
//! A pure function of the two assessments. Criteria are matched by id, so it also holds where the rubric was edited
//! in between; what stands in one of them only is neither won nor lost.

use crate::assessment::{Assessment, CriterionResult, MistakeResult};
use std::cmp::Ordering;

/// An earlier and a later score of the same question.
#[derive(Debug, Clone, PartialEq)]
pub struct Comparison<'a> {
    /// Every criterion of either, those won first, then those lost; the largest change first.
    pub criteria: Vec<CriterionChange<'a>>,
    /// Every mistake of either.
    pub mistakes: Vec<MistakeChange<'a>>,
    /// Whether one rubric scored both.
    pub same_rubric: bool,
    /// Whether one version of the engine scored both.
    pub same_engine: bool,
    /// Whether the ranges have a point in common, so that unsure words alone may explain the difference.
    pub ranges_touch: bool,
}

/// One criterion, earlier and later.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct CriterionChange<'a> {
    /// Its place in the later rubric, from 1; those only the earlier one has count on.
    pub number: usize,
    /// How it was answered earlier; none where that rubric did not have it.
    pub earlier: Option<&'a CriterionResult>,
    /// How it was answered later; none where that rubric no longer has it.
    pub later: Option<&'a CriterionResult>,
    /// What became of it.
    pub change: Change,
}

/// What became of a criterion. Points are the later rubric's own.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Change {
    /// So many points more.
    Won(f64),
    /// So many points less.
    Lost(f64),
    /// As before.
    Kept,
    /// Only one of the rubrics asks for it.
    NotComparable,
}

/// One mistake, earlier and later, known by what it says.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct MistakeChange<'a> {
    /// The mistake as it stands in the one that made it; in the later one where both did.
    pub mistake: &'a MistakeResult,
    /// When it was made.
    pub made: Made,
}

/// In which of two answers a mistake was made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Made {
    /// Only in the earlier one.
    Earlier,
    /// Only in the later one.
    Later,
    /// In both.
    Both,
}

/// Points closer than this are the same; scores are kept with two decimals.
const SAME: f64 = 0.005;

/// Holds a later score against an earlier one.
pub fn compare<'a>(earlier: &'a Assessment, later: &'a Assessment) -> Comparison<'a> {
    let find = |id| earlier.criteria.iter().find(|criterion: &&CriterionResult| criterion.id == id);
    let mut criteria: Vec<CriterionChange<'a>> = (1..)
        .zip(&later.criteria)
        .map(|(number, after)| {
            let before = find(after.id.clone());
            let change = before.map_or(Change::NotComparable, |before| change(before, after));
            CriterionChange { number, earlier: before, later: Some(after), change }
        })
        .collect();
    let gone = earlier
        .criteria
        .iter()
        .filter(|criterion| later.criteria.iter().all(|other| other.id != criterion.id));
    for (number, before) in (criteria.len() + 1..).zip(gone) {
        let change = Change::NotComparable;
        criteria.push(CriterionChange { number, earlier: Some(before), later: None, change });
    }
    criteria.sort_by(|a, b| order(a.change, b.change).then(a.number.cmp(&b.number)));
    Comparison {
        criteria,
        mistakes: mistakes(earlier, later),
        same_rubric: earlier.rubric_hash == later.rubric_hash,
        same_engine: earlier.engine_version == later.engine_version,
        ranges_touch: earlier.low <= later.high && later.low <= earlier.high,
    }
}

fn change(before: &CriterionResult, after: &CriterionResult) -> Change {
    match (after.credit - before.credit) * after.weight {
        points if points > SAME => Change::Won(points),
        points if points < -SAME => Change::Lost(-points),
        _ => Change::Kept,
    }
}

fn order(a: Change, b: Change) -> Ordering {
    let key = |change| match change {
        Change::Won(points) => (0, -points),
        Change::Lost(points) => (1, -points),
        Change::Kept => (2, 0.0),
        Change::NotComparable => (3, 0.0),
    };
    let ((a, more), (b, less)) = (key(a), key(b));
    a.cmp(&b).then(more.total_cmp(&less))
}

fn mistakes<'a>(earlier: &'a Assessment, later: &'a Assessment) -> Vec<MistakeChange<'a>> {
    let stands_in =
        |all: &[MistakeResult], mistake: &MistakeResult| all.iter().any(|other| other.says == mistake.says);
    let after = later.mistakes.iter().map(|mistake| {
        let again = stands_in(&earlier.mistakes, mistake);
        MistakeChange { mistake, made: if again { Made::Both } else { Made::Later } }
    });
    let gone = earlier.mistakes.iter().filter(|mistake| !stands_in(&later.mistakes, mistake));
    after.chain(gone.map(|mistake| MistakeChange { mistake, made: Made::Earlier })).collect()
}

impl Comparison<'_> {
    /// How many criteria were won, lost and kept.
    pub fn tally(&self) -> (usize, usize, usize) {
        let count = |of: fn(Change) -> bool| self.criteria.iter().filter(|c| of(c.change)).count();
        (
            count(|change| matches!(change, Change::Won(_))),
            count(|change| matches!(change, Change::Lost(_))),
            count(|change| matches!(change, Change::Kept)),
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::assessment::Verdict;

    fn criterion(id: &str, weight: f64, credit: f64) -> CriterionResult {
        CriterionResult {
            id: id.parse().unwrap(),
            says: id.into(),
            weight,
            required: false,
            verdict: if credit >= 1.0 { Verdict::Met } else { Verdict::Missed },
            credit,
            evidence: Vec::new(),
            not_heard: Vec::new(),
            near: Vec::new(),
        }
    }

    fn mistake(says: &str) -> MistakeResult {
        MistakeResult { says: says.into(), cost: 5.0, evidence: Vec::new() }
    }

    fn assessment(criteria: &[(&str, f64, f64)], mistakes: &[&str]) -> Assessment {
        Assessment {
            question_id: None,
            score: 50.0,
            low: 48.0,
            high: 52.0,
            level: 3,
            no_answer: false,
            criteria: criteria.iter().map(|(id, weight, credit)| criterion(id, *weight, *credit)).collect(),
            mistakes: mistakes.iter().map(|says| mistake(says)).collect(),
            guards: Vec::new(),
            rubric_hash: "a".into(),
            engine_version: "1".into(),
            model: "typed".into(),
        }
    }

    #[test]
    fn what_was_won_comes_first_and_the_most_of_it_before_the_rest() {
        let earlier = assessment(&[("a", 2.0, 0.0), ("b", 3.0, 0.5), ("c", 1.0, 1.0), ("d", 1.0, 1.0)], &[]);
        let later = assessment(&[("a", 2.0, 0.5), ("b", 3.0, 1.0), ("c", 1.0, 0.0), ("d", 1.0, 1.0)], &[]);
        let found = compare(&earlier, &later);
        let told: Vec<_> = found.criteria.iter().map(|c| (c.number, c.change)).collect();
        assert_eq!(
            told,
            [(2, Change::Won(1.5)), (1, Change::Won(1.0)), (3, Change::Lost(1.0)), (4, Change::Kept)]
        );
        assert_eq!(found.tally(), (2, 1, 1));
    }

    #[test]
    fn an_edited_rubric_loses_and_gains_criteria_without_a_score() {
        let earlier = assessment(&[("gone", 2.0, 1.0), ("stays", 1.0, 0.0)], &[]);
        let mut later = assessment(&[("stays", 2.0, 1.0), ("new", 1.0, 1.0)], &[]);
        later.rubric_hash = "b".into();
        let found = compare(&earlier, &later);
        assert!(!found.same_rubric && found.same_engine);
        let told: Vec<_> = found.criteria.iter().map(|c| (c.number, c.change)).collect();
        assert_eq!(told, [(1, Change::Won(2.0)), (2, Change::NotComparable), (3, Change::NotComparable)]);
        assert!(found.criteria[1].earlier.is_none() && found.criteria[2].later.is_none());
    }

    #[test]
    fn mistakes_are_new_gone_or_made_again() {
        let (earlier, later) = (assessment(&[], &["x", "y"]), assessment(&[], &["y", "z"]));
        let found = compare(&earlier, &later);
        let told: Vec<_> = found.mistakes.iter().map(|m| (m.mistake.says.as_str(), m.made)).collect();
        assert_eq!(told, [("y", Made::Both), ("z", Made::Later), ("x", Made::Earlier)]);
    }

    #[test]
    fn ranges_that_meet_in_a_point_touch() {
        let earlier = assessment(&[], &[]);
        let mut later = earlier.clone();
        (later.low, later.high) = (52.0, 60.0);
        assert!(compare(&earlier, &later).ranges_touch && compare(&later, &earlier).ranges_touch);
        later.low = 52.1;
        assert!(!compare(&earlier, &later).ranges_touch && !compare(&later, &earlier).ranges_touch);
    }
}
