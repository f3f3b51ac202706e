//! What was asked, and how much meaning a word carries: what the question says already is worth less in an answer.

use super::Language;
use crate::text::function_words::is_function_word;
use crate::text::{Token, tokenise};
use std::collections::{HashMap, HashSet};

/// What was asked, as far as weighing needs it.
#[derive(Debug, Clone, Default)]
pub(super) struct Asked {
    pub stems: HashSet<String>,
    content: Vec<(String, f64)>,
    pub grams: HashSet<u32>,
}

/// How much meaning a word carries: the rarer in English at large, the more.
pub(super) fn meaning(norm: &str, language: &Language) -> f64 {
    (7.2 - language.frequency.zipf(norm)).max(0.4)
}

impl Asked {
    /// Reads a question.
    pub fn of(question: &str, language: &Language) -> Self {
        let tokens = tokenise(question, &language.stemmer, &language.frequency);
        let mut content: Vec<(String, f64)> = Vec::new();
        for token in tokens.iter().filter(|t| !is_function_word(&t.norm)) {
            if !content.iter().any(|(stem, _)| *stem == token.stem) {
                content.push((token.stem.clone(), meaning(&token.norm, language)));
            }
        }
        let grams = grams(&tokens).into_keys().collect();
        Self { stems: tokens.into_iter().map(|t| t.stem).collect(), content, grams }
    }

    /// The share of the question's meaning that the answer takes up.
    pub fn taken_up(&self, said: &HashSet<&str>) -> f64 {
        let total: f64 = self.content.iter().map(|(_, weight)| weight).sum();
        let taken: f64 = self
            .content
            .iter()
            .filter(|(stem, _)| said.contains(stem.as_str()))
            .map(|(_, weight)| weight)
            .sum();
        if taken > 0.0 { taken / total } else { 0.0 }
    }
}

/// Four-letter pieces of the words in a row, with how often each stands.
pub(super) fn grams(tokens: &[Token]) -> HashMap<u32, u32> {
    let mut joined = String::with_capacity(tokens.len() * 6);
    for token in tokens {
        if !joined.is_empty() {
            joined.push(' ');
        }
        joined.push_str(&token.norm);
    }
    let mut counts = HashMap::with_capacity(joined.len());
    for piece in joined.as_bytes().windows(4) {
        *counts.entry(u32::from_le_bytes([piece[0], piece[1], piece[2], piece[3]])).or_default() += 1;
    }
    counts
}
