//! The points a model answer makes: bullets, numbered steps, table rows and sentences.
//!
//! What is no point is left out with a reason: code, headings, anecdotes and closing lines. Where nothing
//! would be left, everything counts.

use crate::text::Token;
use std::ops::Range;

/// A model answer cut into points.
#[derive(Debug, Clone, Default)]
pub(super) struct Outline {
    pub parts: Vec<Part>,
    /// Text and reason of what makes no point.
    pub left_out: Vec<(String, String)>,
}

/// One point.
#[derive(Debug, Clone)]
pub(super) struct Part {
    pub tokens: Range<usize>,
    pub says: String,
    pub weight: f64,
    pub required: bool,
    pub why: String,
}

/// One stretch of the text, as characters, before it is judged.
struct Piece {
    chars: Range<usize>,
    kind: &'static str,
    reason: Option<&'static str>,
}

/// A weight for what the text stresses; anything else weighs 1.
const STRESSED: f64 = 2.0;

impl Outline {
    /// Cuts `text`, whose tokens are `tokens`.
    pub fn of(text: &str, tokens: &[Token]) -> Self {
        let chars: Vec<char> = text.chars().collect();
        let mut pieces = pieces(&chars);
        let kept = |p: &Piece| p.reason.is_none() && inside(tokens, &p.chars).next().is_some();
        if !pieces.iter().any(kept) {
            for piece in &mut pieces {
                piece.reason = None;
            }
        }
        let mut outline = Self::default();
        for piece in pieces {
            let says = plain(&chars[piece.chars.clone()]);
            if let Some(reason) = piece.reason {
                if !says.is_empty() {
                    outline.left_out.push((says, reason.to_owned()));
                }
                continue;
            }
            let mut at = inside(tokens, &piece.chars);
            let Some(first) = at.next() else { continue };
            let last = at.last().unwrap_or(first);
            let raw: String = chars[piece.chars.clone()].iter().collect();
            let (weight, required, why) = stress(&raw, piece.kind);
            outline.parts.push(Part { tokens: first..last + 1, says, weight, required, why });
        }
        outline
    }
}

fn inside<'a>(tokens: &'a [Token], chars: &'a Range<usize>) -> impl Iterator<Item = usize> + 'a {
    let from = tokens.partition_point(|t| t.start < chars.start);
    (from..tokens.len()).take_while(move |n| tokens[*n].end <= chars.end)
}

/// The text without marks of layout, on one line.
fn plain(chars: &[char]) -> String {
    let text: String = chars.iter().filter(|c| !matches!(c, '*' | '`' | '|')).collect();
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    text.trim_start_matches(['-', '•', '#', ' ', '>']).trim().to_owned()
}

/// Weight, whether it is required, and why.
fn stress(raw: &str, kind: &str) -> (f64, bool, String) {
    let lower = raw.to_lowercase();
    let says = |words: &[&str]| words.iter().find(|w| lower.contains(**w)).map(|w| (*w).to_owned());
    if let Some(word) = says(&[
        "essential",
        "crucial",
        "key point",
        "most important",
        "must mention",
        "(required)",
        "critical that",
        "vital",
    ]) {
        return (STRESSED, true, format!("{kind}; required, because the text says \"{word}\""));
    }
    if raw.contains("**") || raw.contains("__") {
        return (STRESSED, false, format!("{kind}; weighs more, because it is set in bold"));
    }
    if let Some(word) =
        says(&["important", "main ", "mainly", "in particular", "above all", "note that", "always", "never"])
    {
        return (STRESSED, false, format!("{kind}; weighs more, because the text says \"{}\"", word.trim()));
    }
    (1.0, false, format!("{kind}."))
}

fn pieces(chars: &[char]) -> Vec<Piece> {
    let mut pieces: Vec<Piece> = Vec::new();
    let mut in_code = false;
    let mut at = 0;
    while at < chars.len() {
        let end = chars[at..].iter().position(|c| *c == '\n').map_or(chars.len(), |n| at + n);
        let line: String = chars[at..end].iter().collect();
        let trimmed = line.trim();
        let lead = line.chars().take_while(|c| c.is_whitespace()).count();
        let whole = at..end;
        at = end + 1;
        if trimmed.starts_with("```") {
            in_code = !in_code;
            continue;
        }
        if trimmed.is_empty() {
            continue;
        }
        let push =
            |pieces: &mut Vec<Piece>, kind, reason| pieces.push(Piece { chars: whole.clone(), kind, reason });
        if in_code || is_code(trimmed) {
            push(&mut pieces, "Code", Some("code"));
        } else if trimmed.starts_with('#') {
            push(&mut pieces, "A heading", Some("a heading"));
        } else if trimmed.starts_with('|') {
            let rule = trimmed.chars().all(|c| matches!(c, '|' | '-' | ':' | ' '));
            if rule {
                // The row above the rule names the columns.
                if let Some(header) = pieces.last_mut().filter(|p| p.kind == "A table row") {
                    header.reason = Some("names of columns");
                }
            } else {
                push(&mut pieces, "A table row", None);
            }
        } else if let Some(marker) = marker_length(trimmed) {
            let from = whole.start + lead + marker;
            pieces.push(Piece {
                chars: from..whole.end,
                kind: "A point of a list",
                reason: aside(&chars[from..whole.end]),
            });
        } else {
            sentences(chars, whole.start + lead..whole.end, &mut pieces);
        }
    }
    closing(&mut pieces, chars);
    pieces
}

/// Length of a bullet or number with the space after it.
fn marker_length(line: &str) -> Option<usize> {
    let mut marks = line.chars();
    let first = marks.next()?;
    if matches!(first, '-' | '*' | '•' | '–' | '+') && marks.next().is_some_and(char::is_whitespace) {
        return Some(2);
    }
    let digits = line.chars().take_while(char::is_ascii_digit).count();
    let rest: Vec<char> = line.chars().skip(digits).take(2).collect();
    (digits > 0
        && digits < 3
        && matches!(rest.first(), Some('.' | ')'))
        && rest.get(1).is_some_and(|c| c.is_whitespace()))
    .then_some(digits + 2)
}

/// Lines that are code by their looks.
fn is_code(line: &str) -> bool {
    let ends = line.ends_with(';') || line.ends_with('{') || line == "}" || line.ends_with("};");
    let symbols = line.chars().filter(|c| "{}();=<>[]".contains(*c)).count();
    let words = line.split_whitespace().filter(|w| w.chars().all(|c| c.is_alphabetic() || c == ',')).count();
    (ends && symbols >= 2 && words < 6) || line.starts_with("import ") && line.ends_with(';')
}

/// Cuts running text at full stops and semicolons.
fn sentences(chars: &[char], range: Range<usize>, pieces: &mut Vec<Piece>) {
    let mut from = range.start;
    for at in range.clone() {
        let c = chars[at];
        let last = at + 1 == range.end;
        let ends = matches!(c, '.' | '!' | '?' | ';')
            && chars.get(at + 1).is_none_or(|n| n.is_whitespace())
            && !abbreviation(&chars[from..at]);
        if !ends && !last {
            continue;
        }
        let piece = from..at + 1;
        if piece.len() > 1 {
            pieces.push(Piece { chars: piece.clone(), kind: "A sentence", reason: aside(&chars[piece]) });
        }
        from = at + 1;
    }
}

fn abbreviation(before: &[char]) -> bool {
    let tail: String = before.iter().rev().take(4).rev().collect::<String>().to_lowercase();
    ["e.g", "i.e", " vs", "etc"].iter().any(|a| tail.ends_with(a))
}

/// Why a sentence makes no point: it tells of one's own past, or greets.
fn aside(chars: &[char]) -> Option<&'static str> {
    let text = plain(chars).to_lowercase();
    let opens = |words: &[&str]| words.iter().any(|w| text.starts_with(w));
    if opens(&[
        "in my last",
        "in my previous",
        "at my last",
        "at my previous",
        "in my experience",
        "i once",
        "when i worked",
        "at my company",
        "in our project",
        "on my team",
        "we once",
        "at work we",
        "in my current",
    ]) {
        return Some("an anecdote");
    }
    if opens(&[
        "hope this helps",
        "hope that helps",
        "that's it",
        "that is it",
        "thank you",
        "thanks",
        "feel free",
        "let me know",
    ]) {
        return Some("a closing line");
    }
    None
}

/// A last sentence that only sums up makes no point of its own.
fn closing(pieces: &mut [Piece], chars: &[char]) {
    if pieces.len() < 3 {
        return;
    }
    if let Some(last) = pieces.last_mut().filter(|p| p.reason.is_none()) {
        let text = plain(&chars[last.chars.clone()]).to_lowercase();
        let sums_up = [
            "in summary",
            "in short",
            "to sum up",
            "to summarise",
            "to summarize",
            "in conclusion",
            "overall,",
            "all in all",
        ];
        if sums_up.iter().any(|w| text.starts_with(w)) {
            last.reason = Some("a closing line");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::{Frequency, Stemmer, tokenise};

    fn check(text: &str, points: &[&str], left_out: &[&str]) {
        let tokens = tokenise(text, &Stemmer::english(), &Frequency::embedded());
        let outline = Outline::of(text, &tokens);
        let says: Vec<&str> = outline.parts.iter().map(|p| p.says.as_str()).collect();
        let out: Vec<&str> = outline.left_out.iter().map(|(_, reason)| reason.as_str()).collect();
        assert_eq!((says.as_slice(), out.as_slice()), (points, left_out), "{text}");
    }

    #[test]
    fn sentences_bullets_steps_and_rows_are_points() {
        check("One thing. Another; a third.", &["One thing.", "Another;", "a third."], &[]);
        check("Steps\n1. Open it\n2) Close it\n- Leave", &["Steps", "Open it", "Close it", "Leave"], &[]);
        check("| name | use |\n|---|---|\n| stack | undo |", &["stack undo"], &["names of columns"]);
    }

    #[test]
    fn code_anecdotes_and_closing_lines_make_no_point() {
        check("It maps.\n```\nlet a = 1;\n```\nIt folds.", &["It maps.", "It folds."], &["code"]);
        check("It maps. In my last job we used it. It folds.", &["It maps.", "It folds."], &["an anecdote"]);
        check("It maps. It folds. In short, it is good.", &["It maps.", "It folds."], &["a closing line"]);
    }

    #[test]
    fn where_nothing_would_be_left_everything_counts() {
        check("# push and pop", &["push and pop"], &[]);
    }
}
