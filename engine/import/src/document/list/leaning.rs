//! Whether a question leans on the answer above it.

use super::super::Piece;
use super::super::candidates::Candidate;
use super::super::wording::{self};
use std::collections::HashSet;

/// The words of the answer read so far.
#[derive(Default)]
pub(super) struct Answer {
    /// The words of the main question and its follow-ups.
    pub(super) question: HashSet<String>,
    /// The words said since the main question.
    pub(super) stems: HashSet<String>,
    /// The words said under the main question before.
    pub(super) earlier: HashSet<String>,
    /// Pieces since the last question or follow-up.
    pub(super) pieces: usize,
}

impl Answer {
    pub(super) fn add(&mut self, piece: &Piece) {
        if !piece.is_content() {
            return;
        }
        self.pieces += 1;
        if self.stems.len() < 4000 {
            self.stems.extend(wording::stems(&piece.text));
        }
    }
}

/// Whether everything a question names was brought up by the answer before it, and not by the question before.
pub(super) fn leans_back(c: &Candidate, answer: &Answer) -> bool {
    let stems = wording::stems(&c.ask);
    if stems.is_empty() || answer.stems.is_empty() {
        return false;
    }
    let known =
        |s: &String| answer.stems.contains(s) || answer.question.contains(s) || answer.earlier.contains(s);
    let said = stems.iter().any(|s| answer.stems.contains(s) && !answer.question.contains(s));
    said && stems.iter().all(known)
}

pub(super) fn is_followup(c: &Candidate, answer: &Answer) -> bool {
    if c.topic.is_some() {
        return false;
    }
    let lower = c.ask.to_lowercase();
    let words = c.words();
    if wording::starts_as_followup(&c.ask) && (words <= 12 || lower.starts_with("what if")) {
        return true;
    }
    if lower.trim_end_matches(['?', ' ']).ends_with("or not") {
        return true;
    }
    let digs = ["why ", "how ", "can ", "so "].iter().any(|start| lower.starts_with(start));
    if digs && words <= 10 && leans_back(c, answer) {
        return true;
    }
    wording::points_back(&c.ask) && words <= 14 && c.sentences == 1
}

pub(super) fn followup_reason(c: &Candidate) -> String {
    if wording::points_back(&c.ask) {
        "It points back at the answer before it.".into()
    } else {
        "It digs into the answer before it.".into()
    }
}
