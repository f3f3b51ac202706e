//! Where in an answer the words are said that a question listens for.
//!
//! A term is met by the same word, another form of it, the same number, the word run together or apart, a near spelling
//! or a like sound; a phrase by its terms in their order, close together. What is claimed about the words is not looked
//! at here.

use super::Language;
use super::listen::{Phrase, Vocabulary};
use crate::assessment::How;
use crate::text::Token;
use crate::text::function_words::is_function_word;

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
