//! Cuts a model answer into the points it makes, and words each as a criterion.
//!
//! The cut keeps the lines a point came from, so that a person finds it again. Which points become criteria is
//! decided by how much they say that the question and the points already chosen do not: rare words, names of code and
//! numbers count, anecdotes and examples count less, and what the document itself calls the key point counts more.

mod cut;
mod terms;

pub(crate) use terms::DocumentWords;

use crate::document::Piece;
use crate::document::wording;
use crate::outcome::FoundCriterion;
use cut::{Point, cut};
use std::collections::HashSet;
use terms::{Term, bare, listen, terms, words};

/// Derives the criteria of an answer.
pub(crate) fn criteria(
    ask: &str,
    topic: Option<&str>,
    line: u32,
    same_line: &str,
    answer: &[Piece],
    document: &DocumentWords,
) -> Vec<FoundCriterion> {
    let mut points = cut(line, same_line, answer);
    let asked: HashSet<String> =
        words(ask).chain(topic.into_iter().flat_map(words)).map(|w| wording::stem(bare(w))).collect();
    for point in &mut points {
        point.terms = terms(&worded(point), &asked, document);
    }
    points.retain(|p| !p.terms.is_empty());
    if points.is_empty() {
        points.extend(whole(line, same_line, answer, document));
    }
    let said: usize = points.iter().map(|p| p.text.split_whitespace().count()).sum();
    let most = how_many(said, points.len());
    let mut chosen = choose(&points, most);
    complete(&points, &mut chosen);
    let strongest: f64 = chosen.iter().map(|(_, gain)| *gain).fold(0.0, f64::max);
    let mut required = 0;
    let mut out: Vec<(usize, FoundCriterion)> = Vec::new();
    for (index, gain) in chosen {
        let point = &points[index];
        let weight = if gain >= strongest * 0.6 {
            3.0
        } else if gain >= strongest * 0.35 {
            2.0
        } else {
            1.0
        };
        let needed = weight == 3.0 && required < 2;
        required += usize::from(needed);
        let says = worded(point);
        out.push((
            index,
            FoundCriterion {
                listen: listen(point),
                says,
                weight,
                required: needed,
                from_lines: point.lines,
                ..FoundCriterion::default()
            },
        ));
    }
    out.sort_by_key(|(index, _)| *index);
    out.into_iter().map(|(_, criterion)| criterion).collect()
}

/// An answer of a word or two is its own only point.
fn whole(line: u32, same_line: &str, answer: &[Piece], document: &DocumentWords) -> Option<Point> {
    let said: Vec<&str> = [same_line]
        .into_iter()
        .chain(answer.iter().filter(|p| p.is_content()).map(Piece::body))
        .map(str::trim)
        .filter(|t| !t.is_empty())
        .collect();
    let text = said.join("; ");
    if !text.chars().any(char::is_alphanumeric) || text.len() > 300 {
        return None;
    }
    let mut terms = terms(&text, &HashSet::new(), document);
    if terms.is_empty() {
        terms.push(Term { said: text.clone(), stem: text.to_lowercase(), bits: 2.0, at: 0 });
    }
    let last = answer.iter().rev().find(|p| p.is_content()).map_or(line, |p| p.line);
    let first = answer.iter().find(|p| p.is_content() && same_line.is_empty()).map_or(line, |p| p.line);
    Some(Point {
        text,
        lines: (first, last.max(first)),
        under: None,
        opens: false,
        factor: 1.0,
        peer: false,
        numbered: false,
        terms,
    })
}

/// How many criteria an answer of so many words and points bears.
fn how_many(words: usize, points: usize) -> usize {
    let by_length = 4.3 + words as f64 / 46.0;
    (by_length.round() as usize).clamp(1, 11).min(points)
}

/// Picks the points that say most beyond what is said already, with what each adds.
fn choose(points: &[Point], most: usize) -> Vec<(usize, f64)> {
    let mut covered: HashSet<&str> = HashSet::new();
    let mut left: Vec<usize> = (0..points.len()).collect();
    let mut chosen = Vec::new();
    while chosen.len() < most && !left.is_empty() {
        let gain = |index: usize| {
            let point = &points[index];
            let fresh: f64 = point
                .terms
                .iter()
                .map(|t| if covered.contains(t.stem.as_str()) { t.bits * 0.15 } else { t.bits })
                .sum();
            fresh / (point.terms.len() as f64).powf(0.55) * point.factor
        };
        let Some((place, best)) = left
            .iter()
            .enumerate()
            .map(|(place, index)| (place, gain(*index)))
            .max_by(|a, b| a.1.total_cmp(&b.1).then(b.0.cmp(&a.0)))
        else {
            break;
        };
        if best <= 0.5 {
            break;
        }
        let index = left.remove(place);
        covered.extend(points[index].terms.iter().map(|t| t.stem.as_str()));
        chosen.push((index, best));
    }
    chosen
}

/// Share of an enumeration's items that have to be chosen before the others are.
const NEARLY_ALL: f64 = 0.6;
/// Items that are added for the sake of completeness.
const MOST_ADDED: usize = 1;

/// An enumeration is told whole: where most of its items are chosen, the others are as well. What says least beside it makes
/// room for them.
fn complete(points: &[Point], chosen: &mut Vec<(usize, f64)>) {
    let mut added = 0;
    for items in enumerations(points) {
        let inside: Vec<f64> =
            chosen.iter().filter(|(at, _)| items.contains(at)).map(|(_, gain)| *gain).collect();
        let missing: Vec<usize> =
            items.iter().copied().filter(|at| chosen.iter().all(|(c, _)| c != at)).collect();
        if (inside.len() as f64) < NEARLY_ALL * items.len() as f64 {
            continue;
        }
        let least = inside.iter().copied().fold(f64::INFINITY, f64::min);
        for at in missing.into_iter().take(MOST_ADDED - added) {
            let beside = chosen
                .iter()
                .enumerate()
                .filter(|(_, (c, gain))| !points[*c].peer && *gain < least)
                .min_by(|a, b| a.1.1.total_cmp(&b.1.1))
                .map(|(place, _)| place);
            if let Some(place) = beside {
                chosen.remove(place);
            }
            chosen.push((at, least));
            added += 1;
        }
    }
}

/// Items that belong together, three to eight of them: neighbours in a list, or whatever is numbered under one label.
fn enumerations(points: &[Point]) -> Vec<Vec<usize>> {
    let mut found: Vec<Vec<usize>> = Vec::new();
    let mut open: Option<(bool, Option<&str>, usize)> = None;
    for (at, point) in points.iter().enumerate().filter(|(_, p)| p.peer) {
        let under = point.under.as_deref();
        let goes_on = open.is_some_and(|(numbered, label, last)| {
            label == under && numbered == point.numbered && (numbered || last + 1 == at)
        });
        match found.last_mut() {
            Some(items) if goes_on => items.push(at),
            _ => found.push(vec![at]),
        }
        open = Some((point.numbered, under, at));
    }
    found.retain(|items| (3..=8).contains(&items.len()));
    found
}

/// A label without its number and its aside in brackets.
fn strip_aside(label: &str) -> String {
    let label = &label[wording::front(label).body_at..];
    match label.find(" (") {
        Some(at) if label.ends_with(')') && at > 3 => label[..at].to_owned(),
        _ => label.to_owned(),
    }
}

/// A point as one sentence, with the label it stands under where it says too little alone.
fn worded(point: &Point) -> String {
    let text = point.text.trim().trim_end_matches([';', ',']).trim();
    let short = text.split_whitespace().count() <= 12;
    match &point.under {
        Some(under)
            if (short || point.opens && under.split_whitespace().count() <= 5)
                && !under.is_empty()
                && under.split_whitespace().count() <= 10
                && !text.starts_with(under.as_str()) =>
        {
            format!("{under}: {text}")
        }
        _ => text.to_owned(),
    }
}
