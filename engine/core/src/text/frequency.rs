//! How common a word is in English at large, from a list compiled into the product.
//!
//! The list and its licence are described in `data/README.md`.

use std::collections::HashMap;

static LIST: &str = include_str!("data/frequency.txt");

/// The zipf value given to a word that is not on the list.
const UNLISTED: f64 = 1.8;

/// A background list of word frequencies.
///
/// Values are on the zipf scale: the power of ten of a word's occurrences in a thousand million words.
/// "the" stands near 7.7, "cache" near 3.6; what is not on the list counts as 1.8.
#[derive(Debug)]
pub struct Frequency {
    zipf10: HashMap<&'static str, u8>,
}

impl Frequency {
    /// The list that is compiled in.
    pub fn embedded() -> Self {
        let mut zipf10 = HashMap::with_capacity(60_000);
        for line in LIST.lines() {
            if let Some((word, value)) = line.split_once(' ')
                && let Ok(value) = value.parse()
            {
                zipf10.insert(word, value);
            }
        }
        Self { zipf10 }
    }

    /// How common a word is, on the zipf scale.
    pub fn zipf(&self, word: &str) -> f64 {
        self.zipf10.get(word).map_or(UNLISTED, |&v| f64::from(v) / 10.0)
    }

    /// Whether the word is on the list at all.
    pub fn knows(&self, word: &str) -> bool {
        self.zipf10.contains_key(word)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everyday_words_are_more_common_than_terms_of_the_trade() {
        let list = Frequency::embedded();
        assert!(list.zipf("the") > 7.0);
        assert!(list.zipf("cash") > list.zipf("cache"));
        assert!(list.zipf("cache") > list.zipf("idempotent"));
        assert!(!list.knows("idempotent"));
    }
}
