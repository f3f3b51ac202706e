//! The words that carry a point, by how rare they are in English and in the document.

use super::cut::Point;
use crate::document::Piece;
use crate::document::wording;
use std::collections::{HashMap, HashSet};
use std::sync::LazyLock;
use viva_core::text::Frequency;
use viva_core::text::function_words::is_function_word;

regex!(WORD, r"\$?\p{N}+(?:[.,]\p{N}+)+%?|[@.]?[\p{L}\p{N}_][\p{L}\p{N}_+#'’/:.@<>()-]*|[=!<>+*/-]{2,3}");

static FREQUENCY: LazyLock<Frequency> = LazyLock::new(Frequency::embedded);

/// In how many answers of the document each stem occurs.
#[derive(Debug, Default)]
pub(crate) struct DocumentWords {
    answers: usize,
    with: HashMap<String, usize>,
}

impl DocumentWords {
    /// Adds an answer.
    pub fn add(&mut self, pieces: &[Piece], same_line: &str) {
        self.answers += 1;
        let mut seen = HashSet::new();
        for text in pieces.iter().filter(|p| p.is_content()).map(|p| p.text.as_str()).chain([same_line]) {
            for word in WORD.find_iter(text) {
                let stem = wording::stem(bare(word.as_str()));
                if seen.len() < 5000 && seen.insert(stem.clone()) {
                    *self.with.entry(stem).or_default() += 1;
                }
            }
        }
    }

    /// How much a word tells one answer of this document from another, 0.2 to 1.
    pub(super) fn tells(&self, stem: &str) -> f64 {
        if self.answers < 4 {
            return 1.0;
        }
        let share = self.with.get(stem).copied().unwrap_or(1) as f64 / self.answers as f64;
        (1.0 - share).clamp(0.2, 1.0)
    }
}

/// A word or name that carries the point's meaning.
#[derive(Debug, Clone)]
pub(super) struct Term {
    pub(super) said: String,
    pub(super) stem: String,
    pub(super) bits: f64,
    /// Its position among the point's words.
    pub(super) at: usize,
}

pub(super) fn words(text: &str) -> impl Iterator<Item = &str> {
    WORD.find_iter(text).map(|m| m.as_str())
}

/// A word without the signs around it.
pub(super) fn bare(word: &str) -> &str {
    let trimmed = word.trim_matches(|c: char| {
        matches!(c, '(' | ')' | '<' | '>' | '.' | ',' | ':' | '\'' | '’' | '-' | '/' | '"' | ';' | '!' | '?')
    });
    if trimmed.is_empty() { word } else { trimmed }
}

/// The words of a point that carry its meaning.
pub(super) fn terms(text: &str, asked: &HashSet<String>, document: &DocumentWords) -> Vec<Term> {
    let mut found: Vec<Term> = Vec::new();
    let mut seen = HashSet::new();
    let mut fallback = Vec::new();
    for (at, raw) in words(text).enumerate() {
        let said = bare(raw);
        let lower = said.to_lowercase();
        if said.chars().count() < 2 && !said.chars().all(|c| c.is_ascii_digit())
            || is_function_word(&lower)
            || wording::is_plain_word(&lower)
            || wording::is_padding(&lower)
            || lower.contains(['\'', '’']) && !wording::is_name_like(said)
        {
            continue;
        }
        let stem = wording::stem(said);
        if !seen.insert(stem.clone()) {
            continue;
        }
        let named = wording::is_name_like(said)
            || said.chars().filter(|c| c.is_alphabetic()).count() >= 2
                && said.chars().all(|c| c.is_uppercase() || c.is_ascii_digit());
        let rarity = if said.chars().any(|c| c.is_ascii_digit()) && !said.chars().any(char::is_alphabetic) {
            4.0
        } else if named {
            5.5
        } else {
            (7.5 - FREQUENCY.zipf(&lower)).clamp(0.5, 6.0)
        };
        let bits = rarity * document.tells(&stem);
        let term = Term { said: said.to_owned(), stem: stem.clone(), bits, at };
        if asked.contains(&stem) {
            fallback.push(Term { bits: bits * 0.3, ..term });
        } else {
            found.push(term);
        }
    }
    if found.is_empty() { fallback } else { found }
}

/// What to listen for: the strongest words, neighbours kept together.
pub(super) fn listen(point: &Point) -> Vec<Vec<String>> {
    let mut strongest: Vec<&Term> = point.terms.iter().collect();
    strongest.sort_by(|a, b| b.bits.total_cmp(&a.bits).then(a.at.cmp(&b.at)));
    strongest.truncate(4);
    let weakest = strongest.first().map_or(0.0, |t| t.bits) * 0.45;
    strongest.retain(|t| t.bits >= weakest);
    strongest.sort_by_key(|t| t.at);
    strongest.into_iter().map(|t| vec![t.said.clone()]).collect()
}
