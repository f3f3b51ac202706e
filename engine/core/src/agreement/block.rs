//! The largest part of a table that has no gaps, which is what ICC needs.

use super::{Combine, Ratings};
use std::collections::BTreeMap;

/// More different sets of raters than this are not all compared; those with the fewest candidates are passed over.
const COMPARED: usize = 64;

/// Candidates that the same raters have all rated.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Block {
    /// Positions of the raters.
    pub raters: Vec<usize>,
    /// Positions of the candidates.
    pub candidates: Vec<usize>,
}

impl Block {
    /// Looks for the raters, two or more, who share the most ratings: enough candidates first, then candidates times raters, then
    /// candidates. None where no two raters share a candidate. The first 128 raters are looked at.
    pub fn largest(ratings: &Ratings) -> Option<Self> {
        let mut by_raters: BTreeMap<u128, usize> = BTreeMap::new();
        let sets: Vec<u128> =
            (0..ratings.candidates()).map(|candidate| raters_of(ratings, candidate)).collect();
        for set in &sets {
            *by_raters.entry(*set).or_default() += 1;
        }
        let mut found: Vec<(u128, usize)> = by_raters.into_iter().collect();
        found.sort_by_key(|(set, candidates)| (std::cmp::Reverse(*candidates), *set));
        let compared = &found[..found.len().min(COMPARED)];
        let meeting = compared.iter().flat_map(|(a, _)| compared.iter().map(move |(b, _)| a & b));
        let set = meeting.filter(|set| set.count_ones() >= 2).max_by_key(|set| {
            let candidates: usize =
                found.iter().filter(|(other, _)| other & set == *set).map(|(_, count)| count).sum();
            let raters = set.count_ones() as usize;
            let enough = candidates >= super::ENOUGH_CANDIDATES;
            (enough, candidates * raters, candidates, std::cmp::Reverse(*set))
        })?;
        Some(Self {
            raters: (0..128).filter(|rater| set & (1 << rater) != 0).collect(),
            candidates: (0..sets.len()).filter(|candidate| sets[*candidate] & set == set).collect(),
        })
    }

    /// What each rater of the block gave each of its candidates, combined over the questions that all of them rated.
    ///
    /// Candidates whose common ratings combine to nothing are left out.
    pub fn means(&self, ratings: &Ratings, combine: Combine<'_>) -> Vec<Vec<f64>> {
        let of_candidate = |candidate: &usize| {
            let common: Vec<bool> = ratings
                .cells_of(*candidate)
                .map(|cell| self.raters.iter().all(|rater| cell[*rater] > 0))
                .collect();
            let of_rater = |rater: &usize| {
                let marks = ratings.cells_of(*candidate).zip(&common);
                let marks: Vec<Option<f64>> =
                    marks.map(|(cell, common)| common.then(|| f64::from(cell[*rater]))).collect();
                combine(&marks)
            };
            self.raters.iter().map(of_rater).collect()
        };
        self.candidates.iter().filter_map(of_candidate).collect()
    }
}

/// Who rated any answer of a candidate, a bit a rater.
fn raters_of(ratings: &Ratings, candidate: usize) -> u128 {
    let mut set = 0;
    for cell in ratings.cells_of(candidate) {
        for (rater, rating) in cell.iter().take(128).enumerate() {
            set |= u128::from(*rating > 0) << rater;
        }
    }
    set
}
