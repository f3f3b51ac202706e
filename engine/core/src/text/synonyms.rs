//! Words of near meaning and opposites of English at large, from WordNet, compiled into the product.
//!
//! The list, how it came about and its licence are described in `data/README.md`.

use std::collections::HashMap;

static LIST: &str = include_str!("data/relatives.txt");

/// Stems and their relatives.
#[derive(Debug)]
pub struct Synonyms {
    relatives: HashMap<&'static str, &'static str>,
}

/// The worth of a relative that means the same.
const SAME: u8 = 9;

impl Synonyms {
    /// The list that is compiled in.
    pub fn embedded() -> Self {
        let mut relatives = HashMap::with_capacity(24_000);
        relatives.extend(LIST.lines().filter_map(|line| line.split_once(' ')));
        Self { relatives }
    }

    /// Stems that mean the same as a stem.
    pub fn of(&self, stem: &str) -> impl Iterator<Item = &'static str> {
        self.near(stem).filter(|(_, worth)| *worth >= f64::from(SAME) / 10.0).map(|(other, _)| other)
    }

    /// Stems of near meaning, each with its worth: 0.9 is the same meaning, 0.5 a direct neighbour.
    pub fn near(&self, stem: &str) -> impl Iterator<Item = (&'static str, f64)> {
        self.entries(stem).filter_map(|entry| {
            let worth = entry.as_bytes()[0].checked_sub(b'0').filter(|worth| *worth <= SAME)?;
            Some((&entry[1..], f64::from(worth) / 10.0))
        })
    }

    /// Stems that mean the opposite.
    pub fn opposites(&self, stem: &str) -> impl Iterator<Item = &'static str> {
        self.entries(stem).filter_map(|entry| entry.strip_prefix('!'))
    }

    fn entries(&self, stem: &str) -> impl Iterator<Item = &'static str> {
        self.relatives.get(stem).into_iter().flat_map(|line| line.split(' '))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn near_words_and_opposites_are_told_apart() {
        let synonyms = Synonyms::embedded();
        assert!(synonyms.of("creat").any(|w| w == "make"));
        assert!(synonyms.near("increas").any(|(w, _)| w == "grow"));
        assert!(synonyms.opposites("increas").any(|w| w == "decreas"));
        assert!(!synonyms.near("increas").any(|(w, _)| w == "decreas"));
    }
}
