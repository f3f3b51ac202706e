//! What to listen for, compiled once a question.
//!
//! A listening item has alternatives; each alternative is a phrase of terms, expanded by the lexicon into
//! every other way to say it. Terms are whole words. Where they are said in an answer is in `hear`.

use super::likeness::Likeness;
use crate::assessment::How;
use crate::text::function_words::{is_function_word, is_light, is_lightest, is_negator};
use crate::text::{Token, tokenise};
use std::collections::HashMap;

use super::Language;

/// A word that is listened for.
#[derive(Debug, Clone)]
pub(super) struct Term {
    pub norm: String,
    pub stem: String,
    pub is_number: bool,
    pub is_spelt_number: bool,
    /// Several words run together, as in "hashmap".
    pub is_joined: bool,
    /// It stands in the rubric itself, not only in a variant from the lexicon.
    pub is_written: bool,
}

/// One way to say an alternative.
#[derive(Debug, Clone)]
pub(super) struct Phrase {
    pub terms: Vec<usize>,
    /// How the whole phrase stands for what was asked, before its words are looked at.
    pub how: How,
    /// What is shown as expected.
    pub expected: usize,
    /// It names code: camel case, underscores or dots.
    pub is_identifier: bool,
    /// It is said with a denial: "no lock".
    pub denied: bool,
}

/// Words that count towards a criterion: any of the phrases will do.
#[derive(Debug, Clone)]
pub(super) struct Item {
    pub phrases: Vec<Phrase>,
    pub label: String,
    pub share: f64,
}

/// All terms of one question.
#[derive(Debug, Clone, Default)]
pub(super) struct Vocabulary {
    pub terms: Vec<Term>,
    pub expected: Vec<String>,
    pub by_norm: HashMap<String, usize>,
    pub by_stem: HashMap<String, Vec<usize>>,
    pub synonyms: HashMap<String, Vec<usize>>,
    pub likeness: Likeness,
    /// Letters of the longest term.
    pub longest: usize,
}

/// A word of a listening phrase, before it becomes a term.
#[derive(Debug, Clone, Default)]
struct Said {
    norm: String,
    stem: String,
    is_number: bool,
    is_spelt_number: bool,
    source: Source,
}

/// Where a word of a phrase comes from.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
enum Source {
    #[default]
    Rubric,
    Lexicon,
    Joined,
}

impl Said {
    fn of(token: &Token) -> Self {
        Self {
            norm: token.norm.clone(),
            stem: token.stem.clone(),
            is_number: token.is_number,
            is_spelt_number: token.is_spelt_number,
            source: Source::Rubric,
        }
    }
}

/// Most ways to say one item.
const MOST_PHRASES: usize = 60;

/// Stems of verbs that mean so much that they stand for nothing in particular.
const MEANS_MUCH: &[&str] = &[
    "be", "have", "do", "make", "get", "give", "take", "go", "come", "set", "run", "keep", "put", "let",
    "see", "hold", "turn", "bring", "call", "show", "work", "play", "move", "know", "say", "think", "look",
    "find",
];

/// From this zipf value on a word is ordinary and may have everyday synonyms.
const ORDINARY: f64 = 4.0;

impl Vocabulary {
    /// Compiles one item from its alternatives.
    pub fn item(&mut self, alternatives: &[String], share: f64, language: &Language) -> Item {
        let mut phrases = Vec::new();
        for alternative in alternatives {
            self.phrases(alternative, language, &mut phrases);
        }
        Item { phrases, label: alternatives.first().cloned().unwrap_or_default(), share }
    }

    fn phrases(&mut self, text: &str, language: &Language, phrases: &mut Vec<Phrase>) {
        let tokens = tokenise(text, &language.stemmer, &language.frequency);
        if tokens.is_empty() {
            return;
        }
        let expected = self.expected.len();
        self.expected.push(text.to_owned());
        let is_identifier = looks_like_code(text);
        let denied = tokens.len() > 1
            && tokens.iter().any(|t| matches!(t.norm.as_str(), "not" | "no" | "never" | "without" | "non"));
        let words: Vec<Said> = tokens.iter().map(Said::of).collect();
        let mut push = |this: &mut Self, words: &[Said], how: How| {
            let terms = this.terms_of(words, denied);
            if phrases.len() < MOST_PHRASES
                && !terms.is_empty()
                && !phrases.iter().any(|p: &Phrase| p.terms == terms)
            {
                phrases.push(Phrase { terms, how, expected, is_identifier, denied });
            }
        };
        push(self, &words, How::Exact);
        let content: Vec<&Said> = words.iter().filter(|w| !is_function_word(&w.norm)).collect();
        // "linked list again" is not said by "linkedlist": only little words and the O of big-O may be lost.
        let run_together =
            words.iter().all(|w| is_light(&w.norm) || !is_function_word(&w.norm) || w.norm.len() == 1);
        if (2..=3).contains(&content.len()) && run_together && !denied {
            let norm: String = content.iter().map(|w| w.norm.as_str()).collect();
            let stem = language.stemmer.stem(&norm);
            push(self, &[Said { norm, stem, source: Source::Joined, ..Said::default() }], How::Exact);
        }
        // Every stretch that the lexicon knows, said its other ways.
        let stems: Vec<&str> = words.iter().map(|w| w.stem.as_str()).collect();
        for from in 0..stems.len() {
            let longest = language.lexicon.longest_from(stems[from]).min(stems.len() - from);
            for length in (1..=longest).rev() {
                for variant in language.lexicon.variants(&stems[from..from + length]) {
                    if denied && variant.norms.iter().any(|n| is_negator(n)) {
                        continue;
                    }
                    let mut said = words[..from].to_vec();
                    said.extend(variant.norms.iter().zip(&variant.stems).map(|(norm, stem)| Said {
                        norm: norm.clone(),
                        stem: stem.clone(),
                        is_number: norm.as_bytes().first().is_some_and(u8::is_ascii_digit),
                        is_spelt_number: false,
                        source: Source::Lexicon,
                    }));
                    said.extend_from_slice(&words[from + length..]);
                    push(self, &said, variant.how);
                }
            }
        }
    }

    /// The words of a phrase that it cannot lose, as terms; all its words where it could lose each.
    fn terms_of(&mut self, words: &[Said], denied: bool) -> Vec<usize> {
        let negator = |w: &Said| denied && is_negator(&w.norm);
        let without = |light: fn(&str) -> bool| {
            words.iter().filter(|w| !light(&w.norm) && !negator(w)).collect::<Vec<_>>()
        };
        let mut picked = without(is_light);
        // One word alone says less than the phrase did: its little words stay.
        if picked.len() < 2 {
            picked = without(is_lightest);
        }
        if picked.is_empty() || picked.iter().all(|w| is_function_word(&w.norm)) {
            picked = without(|_| false);
        }
        picked
            .into_iter()
            .map(|word| {
                if let Some(&id) = self.by_norm.get(&word.norm) {
                    self.terms[id].is_written |= word.source == Source::Rubric;
                    return id;
                }
                let id = self.terms.len();
                self.terms.push(Term {
                    norm: word.norm.clone(),
                    stem: word.stem.clone(),
                    is_number: word.is_number,
                    is_spelt_number: word.is_spelt_number,
                    is_joined: word.source == Source::Joined,
                    is_written: word.source == Source::Rubric,
                });
                self.by_norm.insert(word.norm.clone(), id);
                self.by_stem.entry(word.stem.clone()).or_default().push(id);
                self.longest = self.longest.max(word.norm.len());
                id
            })
            .collect()
    }

    /// Adds general synonyms and the likeness index once all items are compiled.
    pub fn finish(&mut self, language: &Language) {
        for id in 0..self.terms.len() {
            let term = &self.terms[id];
            // Terms of the trade keep their meaning; only ordinary words have everyday synonyms.
            if !term.is_written
                || language.frequency.zipf(&term.norm) < ORDINARY
                || language.lexicon.contains(&[&term.stem])
            {
                continue;
            }
            for synonym in language.synonyms.of(&term.stem) {
                if !self.by_stem.contains_key(synonym) && !MEANS_MUCH.contains(&synonym) {
                    let ids = self.synonyms.entry(synonym.to_owned()).or_default();
                    if !ids.contains(&id) {
                        ids.push(id);
                    }
                }
            }
        }
        self.likeness = Likeness::of(&self.terms, language);
    }
}

/// Whether a listening phrase names code: camel case, underscores, dots or brackets inside.
fn looks_like_code(text: &str) -> bool {
    let chars: Vec<char> = text.chars().collect();
    text.contains('_')
        || text.contains("()")
        || text.contains("::")
        || chars.windows(2).any(|w| w[0].is_lowercase() && w[1].is_uppercase())
        || chars.windows(3).any(|w| w[0].is_alphanumeric() && w[1] == '.' && w[2].is_alphabetic())
}
