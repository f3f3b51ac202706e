//! Where answers end, and the topic a question stands under.

use super::super::candidates::Style;
use super::super::outline::{Reading, key};
use super::super::wording::{self};
use super::super::{Marker, Piece, Role, guide};
use super::house::House;
use crate::outcome::Part;
use std::collections::HashSet;

/// Sets where each answer ends, and gives the headings between two questions back to the outline.
pub(super) fn set_ends(
    pieces: &[Piece],
    taken: &[Option<&'static str>],
    house: &House,
    reading: &mut Reading,
) {
    let starts: Vec<usize> = reading.units.iter().map(|u| u.at).chain([pieces.len()]).collect();
    let mut topic: Option<String> = topic_before(pieces, taken, house, 0, starts[0], &mut reading.left);
    for n in 0..reading.units.len() {
        let next = starts[n + 1];
        let unit_topic = topic.take();
        let from = reading.units[n].answer_at;
        let mut end = next;
        let heading_topic = topic_before(pieces, taken, house, from, next, &mut reading.left);
        if heading_topic.is_some()
            && let Some(last) = reading.left.last()
        {
            end = last.0;
        }
        // What was set aside (resources, buttons) at the end is no answer.
        while end > from
            && (pieces[end - 1].role == Role::Blank
                || pieces[end - 1].role == Role::Rule
                || taken[end - 1].is_some())
        {
            end -= 1;
        }
        if n + 1 == starts.len() - 1
            && let Some(at) = closing_words(pieces, from, end)
        {
            reading.left.push((at, end, "introduction or summary".into()));
            end = at;
            while end > from && matches!(pieces[end - 1].role, Role::Blank | Role::Rule) {
                end -= 1;
            }
        }
        let unit = &mut reading.units[n];
        unit.end = end.max(from);
        if unit.topic.is_none() {
            unit.topic = unit_topic.clone();
        }
        let answered = !unit.same_line_answer.is_empty()
            || pieces[from..unit.end]
                .iter()
                .zip(&taken[from..unit.end])
                .any(|(p, t)| p.is_content() && t.is_none());
        if !answered && unit.kind == Part::Main {
            unit.kind = Part::Unanswered;
        }
        topic = if heading_topic.is_some() { heading_topic } else { unit_topic };
    }
    let keys: HashSet<String> =
        reading.units.iter().filter(|u| u.kind == Part::Main).map(|u| key(&u.ask)).collect();
    // A run of bare questions that all come again with answers is a table of contents.
    let mut n = 0;
    while n < reading.units.len() {
        let run = reading.units[n..]
            .iter()
            .take_while(|u| u.kind == Part::Unanswered && keys.contains(&key(&u.ask)))
            .count();
        if run >= 3 {
            for unit in reading.units.drain(n..n + run) {
                reading.left.push((
                    unit.at,
                    unit.end.max(unit.at + 1),
                    "list of the questions that follow".into(),
                ));
            }
            for unit in &mut reading.units {
                if let Some(follows) = unit.follows
                    && follows >= n
                {
                    unit.follows = Some(follows.saturating_sub(run));
                }
            }
        } else {
            n += run.max(1);
        }
    }
}

/// Where the document's own closing words begin, behind the last answer.
pub(super) fn closing_words(pieces: &[Piece], from: usize, end: usize) -> Option<usize> {
    (from + 1..end).find(|at| {
        let piece = &pieces[*at];
        piece.is_text()
            && piece.marker == Marker::None
            && (piece.space_before || piece.heading.is_some())
            && piece.body().split_whitespace().count() <= 4
            && guide::is_generic(piece.body())
    })
}

/// The heading over a group of questions, right before the next of them, if there is one.
pub(super) fn topic_before(
    pieces: &[Piece],
    taken: &[Option<&'static str>],
    house: &House,
    from: usize,
    next: usize,
    left: &mut Vec<(usize, usize, String)>,
) -> Option<String> {
    let mut at = next;
    let mut first_heading = None;
    while at > from {
        let piece = &pieces[at - 1];
        match piece.role {
            Role::Blank | Role::Rule => {}
            _ if taken[at - 1].is_some() => break,
            Role::Text if next < pieces.len() && is_group_heading(pieces, at - 1, house, from) => {
                first_heading = Some(at - 1)
            }
            // The first words of a chapter, under its heading, before its first question.
            Role::Text
                if piece.heading.is_none()
                    && next < pieces.len()
                    && introduces(pieces, at - 1, from, house) => {}
            _ => break,
        }
        at -= 1;
    }
    let heading = first_heading?;
    let names: Vec<&Piece> = pieces[heading..next]
        .iter()
        .filter(|p| {
            p.is_text()
                && (p.heading.is_some()
                    || p.body().split_whitespace().count() <= 9 && !p.body().ends_with(['.', '!']))
        })
        .collect();
    left.push((heading, next, "heading over the questions below it".into()));
    names.last().and_then(|p| guide::topic_of(p.body()))
}

pub(super) fn is_group_heading(pieces: &[Piece], at: usize, house: &House, from: usize) -> bool {
    let piece = &pieces[at];
    if let Some(level) = piece.heading {
        return match house.exclusive {
            Some(Style::Heading(want)) => level < want || level == want && !guide::has_own_text(pieces, at),
            _ => true,
        };
    }
    let words = piece.body().split_whitespace().count();
    if piece.marker == Marker::Bullet
        || piece.marker == Marker::Letter
        || piece.label.is_some()
        || words > 8
        || piece.text.ends_with(['.', ',', ';', '?', '!'])
    {
        return false;
    }
    if matches!(piece.marker, Marker::Number(_)) && !piece.space_before {
        return false;
    }
    let caps = piece.text.chars().filter(|c| c.is_alphabetic()).count() >= 3
        && piece.text.chars().all(|c| !c.is_lowercase());
    let titled = wording::title_case(piece.body()).is_none_or(|share| share >= 0.9)
        && piece.body().chars().next().is_some_and(char::is_uppercase);
    let apart = piece.space_before || at == from || caps || guide::chapter_title(&piece.text);
    // One short line set apart, and nothing else between two questions, answers neither.
    let alone = piece.space_before
        && words <= 6
        && pieces[from..at].iter().all(|p| !p.is_content())
        && piece.body().chars().next().is_some_and(char::is_uppercase);
    apart && (titled || caps || alone || piece.text.ends_with(':') || piece.stressed)
}

pub(super) fn introduces(pieces: &[Piece], at: usize, from: usize, house: &House) -> bool {
    let Some(Style::Heading(want)) = house.exclusive else { return false };
    let heading = (from..at).rev().take(4).find(|i| pieces[*i].heading.is_some());
    heading.is_some_and(|i| pieces[i].heading.is_some_and(|level| level < want))
}
