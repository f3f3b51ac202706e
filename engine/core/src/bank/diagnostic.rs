//! What is wrong with a rubric file, where, and what to write instead.
//!
//! Knows positions in a text and nothing of packs. Offsets are bytes inside, lines and columns (from 1,
//! columns in characters) outside.

use serde::Serialize;
use std::fmt;

/// One thing wrong in one file.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Diagnostic {
    /// The file as the caller named it.
    pub file: String,
    /// Line, from 1.
    pub line: usize,
    /// Column in characters, from 1.
    pub column: usize,
    /// What is wrong, as part of a sentence.
    pub what: String,
    /// What to write instead; empty where nothing better can be said than what is wrong.
    pub instead: String,
}

impl fmt::Display for Diagnostic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}:{}: {}", self.file, self.line, self.column, self.what)?;
        if self.instead.is_empty() { Ok(()) } else { write!(f, "; write {}", self.instead) }
    }
}

impl std::error::Error for Diagnostic {}

/// Where each line of a text begins, to turn byte offsets into lines and columns.
#[derive(Debug, Clone)]
pub(super) struct Lines<'a> {
    text: &'a str,
    starts: Vec<usize>,
}

impl<'a> Lines<'a> {
    pub(super) fn of(text: &'a str) -> Self {
        let starts = std::iter::once(0).chain(text.match_indices('\n').map(|(at, _)| at + 1)).collect();
        Self { text, starts }
    }

    /// The byte offset of the next table header after the one at `offset`, or the end of the text.
    pub(super) fn next_header(&self, offset: usize) -> usize {
        let later = self.starts.iter().filter(|&&start| start > offset);
        later.copied().find(|&start| self.text[start..].starts_with('[')).unwrap_or(self.text.len())
    }

    /// Line and column of a byte offset; an offset past the end is the end.
    pub(super) fn position(&self, offset: usize) -> Position {
        let mut offset = offset.min(self.text.len());
        while !self.text.is_char_boundary(offset) {
            offset -= 1;
        }
        let line = self.starts.partition_point(|&start| start <= offset);
        let start = self.starts[line - 1];
        Position { line, column: self.text[start..offset].chars().count() + 1 }
    }
}

/// A place in a file: line and column from 1, the column in characters.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Position {
    pub(super) line: usize,
    pub(super) column: usize,
}

impl Position {
    pub(super) fn diagnostic(self, file: &str, what: String, instead: String) -> Diagnostic {
        Diagnostic { file: file.to_owned(), line: self.line, column: self.column, what, instead }
    }
}

/// Collects what is wrong in one file.
#[derive(Debug)]
pub(super) struct Report<'a> {
    pub(super) file: &'a str,
    pub(super) lines: Lines<'a>,
    pub(super) found: Vec<Diagnostic>,
    /// Byte offsets of statements that could not be read: what they would have said is not called missing.
    pub(super) unreadable: Vec<usize>,
}

impl<'a> Report<'a> {
    pub(super) fn new(file: &'a str, text: &'a str) -> Self {
        Self { file, lines: Lines::of(text), found: Vec::new(), unreadable: Vec::new() }
    }

    pub(super) fn add(&mut self, offset: usize, what: impl Into<String>, instead: impl Into<String>) {
        let at = self.lines.position(offset);
        self.found.push(at.diagnostic(self.file, what.into(), instead.into()));
    }
}
