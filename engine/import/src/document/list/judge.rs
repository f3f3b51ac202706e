//! Whether a piece that asks is a question of the list, a follow-up, or part of the answer above it.

use super::super::candidates::{Candidate, Style};
use super::super::wording::{self, Form};
use super::super::{Label, Marker, Piece, guide};
use super::house::House;
use super::leaning::{Answer, followup_reason, is_followup, leans_back};
use std::collections::HashSet;

/// What a candidate turned out to be.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Verdict {
    Main(f64, String),
    Followup(f64, String),
    Inner,
}

/// Decides what a piece that asks is.
pub(super) fn judge(
    pieces: &[Piece],
    c: &Candidate,
    house: &House,
    main: Option<&(usize, String)>,
    answer: &Answer,
    last_number: Option<u32>,
) -> Verdict {
    let piece = &pieces[c.at];
    if c.followup_label {
        return Verdict::Followup(0.95, "Called a follow-up.".into());
    }
    if c.style == Style::Labelled {
        return Verdict::Main(0.98, "Marked as a question.".into());
    }
    let lean = leans_back(c, answer);
    if let Some(exclusive) = house.exclusive {
        match (exclusive, c.style) {
            (Style::Heading(want), Style::Heading(level)) if level == want => {}
            (Style::Heading(want), Style::Heading(level)) if level < want => {
                // A question above the level of questions: a chapter worded as one, or a list with two levels.
            }
            (Style::Heading(_), Style::Heading(_)) => {
                return if lean
                    || wording::starts_as_followup(&c.ask)
                    || c.form == Form::Marked
                        && !wording::points_back(&c.ask)
                        && wording::title_case(&c.ask).is_none_or(|t| t < 0.8)
                        && !restates(c, main)
                {
                    Verdict::Followup(0.7, "A question under the heading of another.".into())
                } else {
                    Verdict::Inner
                };
            }
            (Style::Stressed, Style::Stressed) | (Style::Numbered, Style::Numbered) => {}
            (Style::Labelled, Style::Stressed | Style::Heading(_))
                if matches!(c.form, Form::Marked | Form::Request) && answer.pieces > 0 => {}
            (Style::Numbered, Style::Stressed | Style::Heading(_)) | (Style::Stressed, Style::Heading(_)) => {
            }
            (_, Style::Bare | Style::Quoted) if unanswered_marker(piece, c) => {}
            _ => return Verdict::Inner,
        }
    }
    if let Some(label) = pieces[..c.at].last().filter(|p| p.is_text() && p.text.trim_end().ends_with(':'))
        && matches!(c.style, Style::Bulleted | Style::Numbered | Style::Bare)
        && house.exclusive.is_none()
        && !label.text.to_lowercase().contains("question")
        && label.label != Some(Label::Answer)
        && answer.pieces > 0
        && !(c.words() >= 8 && c.style == Style::Bare)
    {
        return Verdict::Inner;
    }
    match c.style {
        Style::Numbered if !house.numbered => return Verdict::Inner,
        Style::Bulleted if !house.bulleted => return Verdict::Inner,
        Style::Numbered | Style::Bulleted if nested(pieces, c, main, house) => {
            return if c.form == Form::Marked && lean {
                Verdict::Followup(0.6, "A question listed under another.".into())
            } else {
                Verdict::Inner
            };
        }
        _ => {}
    }
    if !c.rest.is_empty()
        && !house.same_line
        && matches!(c.style, Style::Bare | Style::Quoted | Style::Bulleted)
        && !glued(pieces, c)
    {
        // A paragraph that opens with a question and goes on answers itself.
        if c.form != Form::Marked
            || c.rest.split_whitespace().count() >= 4 && answer.pieces > 0 && !piece.space_before
        {
            return Verdict::Inner;
        }
        if wording::points_back(&c.ask) || c.words() <= 4 && main.is_some() {
            return Verdict::Inner;
        }
    }
    if c.form == Form::Task
        && (c.sentences < 2 && !piece.space_before && house.marked && c.style == Style::Bare && c.words() < 9
            || c.words() < 4)
        && house.exclusive.is_none()
    {
        return Verdict::Inner;
    }
    let apart = matches!(c.style, Style::Stressed | Style::Heading(_)) || (house.exclusive == Some(c.style));
    if !apart {
        if let Some(verdict) = inside(c, house, main, answer, piece) {
            return verdict;
        }
    } else if restates(c, main) && answer.pieces <= 3 && house.exclusive.is_none() {
        return Verdict::Inner;
    }
    if house.exclusive.is_none() && main.is_some() && is_followup(c, answer) {
        return Verdict::Followup(0.7, followup_reason(c));
    }
    let confidence: f64 = match c.form {
        Form::Marked => 0.9,
        Form::Request => 0.88,
        Form::Unmarked => 0.7,
        Form::Task => 0.65,
        Form::Statement => 0.6,
    } + if apart || house.exclusive == Some(c.style) { 0.07 } else { 0.0 }
        + if last_number.is_some_and(|n| piece.marker == Marker::Number(n + 1)) { 0.02 } else { 0.0 };
    let why = match c.form {
        Form::Marked => "A question mark, in the place of a question.",
        Form::Request => "A request to explain.",
        Form::Unmarked => "Worded as a question, without its mark.",
        Form::Task => "A task to carry out.",
        Form::Statement => "A question mark after a statement.",
    };
    Verdict::Main(confidence.min(0.98), why.into())
}

/// A line set apart by space, with a question of its own: worth taking beside the document's usual style.
pub(super) fn unanswered_marker(piece: &Piece, c: &Candidate) -> bool {
    piece.space_before
        && c.form == Form::Marked
        && c.rest.is_empty()
        && c.words() >= 6
        && !wording::points_back(&c.ask)
        && piece.indent == 0
        && c.topic.is_some()
}

pub(super) fn glued(pieces: &[Piece], c: &Candidate) -> bool {
    pieces[c.at].mid_line || pieces.get(c.at + 1).is_some_and(|p| p.line == pieces[c.at].line)
}

/// Whether a listed question stands deeper than the questions of the list, or in a list of the answer.
pub(super) fn nested(pieces: &[Piece], c: &Candidate, main: Option<&(usize, String)>, house: &House) -> bool {
    let Some((at, _)) = main else { return false };
    let (piece, main) = (&pieces[c.at], &pieces[*at]);
    if piece.indent > main.indent + 1 && main.marker != Marker::None {
        return true;
    }
    c.style == Style::Bulleted && house.numbered && matches!(main.marker, Marker::Number(_))
}

/// Whether a bare question is a heading inside the answer it follows.
pub(super) fn inside(
    c: &Candidate,
    house: &House,
    main: Option<&(usize, String)>,
    answer: &Answer,
    piece: &Piece,
) -> Option<Verdict> {
    main?;
    let words = c.words();
    let ask = c.ask.as_str();
    let stand = c.topic.is_some();
    if c.form == Form::Statement && words <= 3 {
        return Some(Verdict::Inner);
    }
    if house.spaced && !piece.space_before && !piece.mid_line {
        return Some(Verdict::Inner);
    }
    if !stand && wording::points_back(ask) && words <= 8 && !(wording::starts_as_followup(ask) && words >= 5)
    {
        return Some(Verdict::Inner);
    }
    let titled = wording::title_case(ask).is_some_and(|share| share >= 0.8);
    let defines = defines(ask);
    if titled && !house.titles && !defines && !stand && !piece.mid_line && c.form != Form::Request {
        return Some(Verdict::Inner);
    }
    if c.form == Form::Unmarked && titled && !stand {
        return Some(Verdict::Inner);
    }
    if wh_to(ask) && !stand && words <= 8 {
        return Some(Verdict::Inner);
    }
    if !stand && !wording::is_inverted(ask) && how_it_works(ask) && words <= 8 {
        return Some(Verdict::Inner);
    }
    if restates(c, main) && answer.pieces <= 4 {
        return Some(Verdict::Inner);
    }
    None
}

/// "What is a mutex?": the shape of a question about a name, whose capitals say nothing.
pub(super) fn defines(ask: &str) -> bool {
    let lower = ask.to_lowercase();
    ["what is ", "what are ", "what's ", "whats ", "who is ", "define "]
        .iter()
        .any(|start| lower.starts_with(start))
}

/// "When to use which": a heading's wording, not a question's.
pub(super) fn wh_to(ask: &str) -> bool {
    let mut words = ask.split_whitespace().map(str::to_lowercase);
    let first = words.next().unwrap_or_default();
    let second = words.next().unwrap_or_default();
    let third = words.next().unwrap_or_default();
    matches!(first.as_str(), "when" | "how" | "why" | "where" | "what" | "which")
        && (second == "to" || second == "not" && third == "to")
}

/// "How CAS works", "Why it matters": the order of a statement after a question word.
pub(super) fn how_it_works(ask: &str) -> bool {
    let first = ask.split_whitespace().next().unwrap_or_default().to_lowercase();
    matches!(first.as_str(), "how" | "when" | "where") && ask.to_lowercase().contains(" work")
}

/// Whether the piece says the main question again.
pub(super) fn restates(c: &Candidate, main: Option<&(usize, String)>) -> bool {
    let Some((_, asked)) = main else { return false };
    let own = wording::stems(&strip_brackets(&c.ask));
    let before: HashSet<String> = wording::stems(asked).into_iter().collect();
    !own.is_empty() && own.iter().all(|stem| before.contains(stem))
}

pub(super) fn strip_brackets(text: &str) -> String {
    let mut depth = 0u32;
    text.chars()
        .filter(|c| {
            match c {
                '(' => depth += 1,
                ')' => {
                    depth = depth.saturating_sub(1);
                    return false;
                }
                _ => {}
            }
            depth == 0
        })
        .collect()
}

/// Words a heading as a question.
pub(super) fn heading_as_question(text: &str) -> String {
    guide::ask_of(text, None)
}
