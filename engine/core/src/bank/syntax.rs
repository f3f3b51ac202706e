//! Reads TOML so that one slip costs one statement: every other statement is still read and checked.
//!
//! A parser that meets an unclosed bracket takes all that follows for its content. So where a file does
//! not parse, it is cut into statements, each is parsed alone, those that fail are reported once and
//! blanked out, and the rest is parsed as if they had never been there. Blanking keeps every offset.

use super::diagnostic::Report;
use std::borrow::Cow;
use std::ops::Range;
use toml::Spanned;
use toml::de::{DeTable, Error};

const TRIPLES: [&str; 2] = ["\"\"\"", "'''"];

/// The text with what cannot be read blanked out; each slip is in the report.
pub(super) fn readable<'a>(text: &'a str, report: &mut Report<'_>) -> Cow<'a, str> {
    if DeTable::parse_recoverable(text).1.is_empty() {
        return Cow::Borrowed(text);
    }
    let mut readable = text.to_owned();
    for statement in statements(text) {
        let part = &text[statement.clone()];
        if let Some(error) = first(DeTable::parse_recoverable(part).1) {
            say(&error, part, statement.start, report);
            report.unreadable.push(statement.start);
            let blank: String = part.bytes().map(|b| if b == b'\n' { '\n' } else { ' ' }).collect();
            readable.replace_range(statement, &blank);
        }
    }
    Cow::Owned(readable)
}

/// Parses what [`readable`] left; what is wrong between statements, such as a key given twice, is reported.
pub(super) fn parse<'i>(text: &'i str, report: &mut Report<'_>) -> Spanned<DeTable<'i>> {
    let (table, errors) = DeTable::parse_recoverable(text);
    for error in errors {
        say(&error, text, 0, report);
    }
    table
}

fn first(errors: Vec<Error>) -> Option<Error> {
    errors.into_iter().min_by_key(|error| error.span().map_or(0, |span| span.start))
}

/// Where each statement stands: a header, or a key with its whole value.
fn statements(text: &str) -> Vec<Range<usize>> {
    let mut starts = Vec::new();
    let mut open: Option<&str> = None;
    let mut offset = 0;
    for line in text.split_inclusive('\n') {
        if open.is_none() && (is_header(line) || is_assignment(line)) || is_our_header(line) {
            open = None;
            starts.push(offset);
        }
        open = still_open(line, open);
        offset += line.len();
    }
    let ends: Vec<usize> = starts.iter().skip(1).copied().chain([text.len()]).collect();
    starts.into_iter().zip(ends).map(|(start, end)| start..end).collect()
}

/// Which multi-line quote is open after this line.
fn still_open<'q>(line: &str, mut open: Option<&'q str>) -> Option<&'q str> {
    let mut rest = line;
    loop {
        let found = match open {
            Some(quote) => rest.find(quote).map(|at| (at, quote)),
            None => TRIPLES.iter().filter_map(|quote| rest.find(quote).map(|at| (at, *quote))).min(),
        };
        let Some((at, quote)) = found else { return open };
        open = if open.is_some() { None } else { Some(quote) };
        rest = &rest[at + quote.len()..];
    }
}

fn is_assignment(line: &str) -> bool {
    let Some((key, _)) = line.split_once('=') else {
        return line.trim_end().bytes().all(is_bare) && !line.trim().is_empty();
    };
    let key = key.trim();
    // Spaces let a slip such as `model answer = ...` begin a statement of its own.
    !key.is_empty()
        && key.bytes().all(|b| is_bare(b) || b" .\"'".contains(&b))
        && !key.starts_with(['"', '\''])
        || line.trim_start().starts_with('=')
}

fn is_bare(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-'
}

fn is_header(line: &str) -> bool {
    let line = line.split('#').next().unwrap_or_default().trim();
    let inner = line.trim_start_matches('[');
    line.starts_with('[')
        && inner.starts_with(|c: char| c.is_ascii_alphabetic())
        && !inner.contains(['"', ','])
}

/// Headers of rubric files end even a string that somebody forgot to close.
fn is_our_header(line: &str) -> bool {
    let name = line.trim().trim_matches(['[', ']']);
    line.starts_with('[')
        && (["pack", "question"].contains(&name)
            || name.starts_with("question.") && name.bytes().all(|b| is_bare(b) || b == b'.'))
}

/// Puts the parser's words into ours.
fn say(error: &Error, text: &str, base: usize, report: &mut Report<'_>) {
    let span = error.span().unwrap_or(0..0);
    let slice = text.get(span.clone()).unwrap_or_default();
    let (what, expected) = match error.message().split_once(", expected ") {
        Some((what, expected)) => (what, expected),
        None => (error.message(), ""),
    };
    let (what, instead) = match what {
        "string values must be quoted" if slice.is_empty() => {
            ("no value after \"=\"".to_owned(), "one".to_owned())
        }
        "string values must be quoted" => ("text without quotes".to_owned(), format!("\"{slice}\"")),
        "invalid basic string" if expected.contains('"') => {
            ("text is not closed".to_owned(), "\" at its end".to_owned())
        }
        "invalid multi-line basic string" if expected.contains('"') => {
            ("long text is not closed".to_owned(), "\"\"\" at its end".to_owned())
        }
        "unclosed array" | "missing comma between array elements" | "unclosed inline table" => {
            (what.to_owned(), expected.replace('`', ""))
        }
        "key with no value" if spaced_key(text).is_some() => (
            "a key is one word".to_owned(),
            format!("{:?}", spaced_key(text).unwrap_or_default().replace(' ', "_")),
        ),
        "duplicate key" => (format!("{slice:?} is written twice here"), "it once".to_owned()),
        _ => (what.replace('`', "\""), expected.replace('`', "\"")),
    };
    report.add(base + span.start.min(text.trim_end().len()), what, instead);
}

/// The key of a statement such as `model answer = "..."`.
fn spaced_key(statement: &str) -> Option<&str> {
    let key = statement.split_once('=')?.0.trim();
    (key.contains(' ') && key.bytes().all(|b| is_bare(b) || b == b' ')).then_some(key)
}
