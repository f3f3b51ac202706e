//! What to listen for, compiled once a question, and where it was heard in an answer.
//!
//! A listening item has alternatives; each alternative is a phrase of terms, expanded by the lexicon into
//! every other way to say it. Terms are whole words: they are met by the same word, another form of it,
//! the same number, the word run together or apart, a near spelling or a like sound. What is claimed
//! about the words is not looked at here.

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

/// Where a term was heard.
#[derive(Debug, Clone, Copy)]
pub(super) struct Heard {
    pub at: usize,
    pub length: usize,
    pub how: How,
}

/// Where a phrase was heard: tokens `first..end`.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Occurrence {
    pub first: usize,
    pub end: usize,
    pub how: How,
    pub expected: usize,
    pub denied: bool,
    pub is_identifier: bool,
}

/// How unsure words are treated.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Doubt {
    /// As they were written down.
    AsHeard,
    /// As if they had not been said.
    Unsaid,
    /// As whatever they might have been.
    Generous,
}

/// All terms of one question.
#[derive(Debug, Clone, Default)]
pub(super) struct Vocabulary {
    pub terms: Vec<Term>,
    pub expected: Vec<String>,
    by_norm: HashMap<String, usize>,
    by_stem: HashMap<String, Vec<usize>>,
    synonyms: HashMap<String, Vec<usize>>,
    likeness: Likeness,
    longest: usize,
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

/// The rank of a rule: the later, the less literal.
fn rank(how: How) -> u8 {
    match how {
        How::Exact => 0,
        How::Inflected => 1,
        How::Number => 2,
        How::Identifier => 3,
        How::Abbreviation => 4,
        How::Synonym => 5,
        How::Spelling => 6,
        How::Sound => 7,
    }
}

/// The less literal of two rules.
pub(super) fn weaker(a: How, b: How) -> How {
    if rank(a) >= rank(b) { a } else { b }
}

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

    /// Where each term is heard among the tokens.
    ///
    /// `unsure[n]` marks tokens the recogniser was unsure of.
    pub fn hear(
        &self,
        tokens: &[Token],
        unsure: &[bool],
        doubt: Doubt,
        language: &Language,
    ) -> Vec<Vec<Heard>> {
        let mut heard: Vec<Vec<Heard>> = vec![Vec::new(); self.terms.len()];
        let mut joined = String::new();
        for (at, token) in tokens.iter().enumerate() {
            if doubt == Doubt::Unsaid && unsure[at] {
                continue;
            }
            let mut found = false;
            if let Some(ids) = self.by_stem.get(&token.stem) {
                found = true;
                for &id in ids {
                    let term = &self.terms[id];
                    let how = if term.norm != token.norm {
                        How::Inflected
                    } else if term.is_number && term.is_spelt_number != token.is_spelt_number {
                        How::Number
                    } else {
                        How::Exact
                    };
                    heard[id].push(Heard { at, length: 1, how });
                }
            }
            joined.clear();
            joined.push_str(&token.norm);
            for length in 2..=6 {
                let Some(next) = tokens.get(at + length - 1) else { break };
                if next.sentence != token.sentence || (doubt == Doubt::Unsaid && unsure[at + length - 1]) {
                    break;
                }
                joined.push_str(&next.norm);
                if joined.len() > self.longest || (length > 3 && joined.len() > length) {
                    break;
                }
                if let Some(&id) = self.by_norm.get(joined.as_str())
                    && !self.terms[id].is_number
                    && joined.len() > 2
                {
                    found = true;
                    let how = if joined.len() == length { How::Abbreviation } else { How::Exact };
                    heard[id].push(Heard { at, length, how });
                }
            }
            if !found && let Some(ids) = self.synonyms.get(&token.stem) {
                found = true;
                for &id in ids {
                    heard[id].push(Heard { at, length: 1, how: How::Synonym });
                }
            }
            let generous = doubt == Doubt::Generous && unsure[at];
            if !found || generous {
                self.likeness.hear(tokens, at, generous, language, &mut heard);
            }
        }
        for places in &mut heard {
            places.sort_by_key(|h| (h.at, rank(h.how)));
        }
        heard
    }

    /// All places where a phrase is heard, in order of the answer.
    pub fn occurrences(&self, phrase: &Phrase, heard: &[Vec<Heard>], tokens: &[Token]) -> Vec<Occurrence> {
        let mut found = Vec::new();
        let Some((&head, rest)) = phrase.terms.split_first() else { return found };
        for first in &heard[head] {
            let mut end = first.at + first.length;
            let mut how = weaker(phrase.how, first.how);
            let mut whole = true;
            for &term in rest {
                match heard[term].iter().find(|h| h.at >= end && joins(tokens, end, h.at, phrase.denied)) {
                    Some(next) => {
                        end = next.at + next.length;
                        how = weaker(how, next.how);
                    }
                    None => {
                        whole = false;
                        break;
                    }
                }
            }
            if whole {
                found.push(self.occurrence(phrase, first.at, end, how));
            } else if let [other] = rest {
                // "depth of the tree" for "tree depth".
                let turned = heard[*other].iter().find(|h| {
                    let between = h.at + h.length;
                    between < first.at
                        && joins(tokens, between, first.at, phrase.denied)
                        && matches!(tokens[between].norm.as_str(), "of" | "in" | "for")
                });
                if let Some(turned) = turned {
                    let how = weaker(weaker(phrase.how, How::Inflected), weaker(first.how, turned.how));
                    found.push(self.occurrence(phrase, turned.at, first.at + first.length, how));
                }
            }
        }
        found
    }

    fn occurrence(&self, phrase: &Phrase, first: usize, end: usize, how: How) -> Occurrence {
        Occurrence {
            first,
            end,
            how,
            expected: phrase.expected,
            denied: phrase.denied,
            is_identifier: phrase.is_identifier,
        }
    }
}

/// Whether the words between two parts of a phrase may stand there: function words, and one other.
fn joins(tokens: &[Token], from: usize, to: usize, denied: bool) -> bool {
    if to - from > 4 || tokens[from.saturating_sub(1)].sentence != tokens[to].sentence {
        return false;
    }
    let others = tokens[from..to].iter().filter(|t| !is_function_word(&t.norm)).count();
    let turns = |t: &Token| matches!(t.norm.as_str(), "not" | "never") && !denied || t.norm == "but";
    others <= 1 && !tokens[from..to].iter().any(turns)
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
