//! Which lines of a document are headings, and which of them chapters.

use super::super::candidates::{Candidate, Style};
use super::super::outline::key;
use super::super::wording::{self, Form};
use super::super::{Label, Marker, Piece, Role};
use std::collections::HashMap;

regex!(
    CHAPTER,
    r"(?i)^(?:chapter|part|module|unit|lesson|section|topic|week|day)\s+(?:\d{1,3}|[ivxl]{1,6}|one|two|three|four|five|six|seven|eight|nine|ten)\b"
);

regex!(DECIMAL, r"^\d{1,2}(?:\.\d{1,2}){1,3}\.?\s+\S");
regex!(
    STEP,
    r"(?i)^(?:step|phase|pattern|option|stage|approach|method|example|case|solution|figure|fig|table|listing|level|scenario|rule|tip|note|attempt|variant|way|exercise|problem)\s*#?\d"
);

regex!(
    GENERIC,
    r"(?i)^(?:introduction|intro|overview|conclusions?|summary|wrapping up|wrap-?up|final thoughts|tl;?dr|key takeaways?|takeaways|prerequisites?|getting started|setup|before (?:you|we) (?:start|begin)|preface|foreword|abstract|background|motivation|notes?|how to use this (?:guide|document|repo(?:sitory)?)|about(?: this .*)?|what(?:'|’)?s next|next steps|faqs?|contents|appendix|changelog|installation|usage)\W*$"
);

/// A heading, given or inferred.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Heading {
    pub at: usize,
    /// 1 is outermost; inferred ones lie below chapters.
    pub level: u8,
}

pub(super) fn is_title(title: Option<usize>, at: usize) -> bool {
    title == Some(at)
}

/// The document's headings: the given ones, or those that look like ones where the format gives none.
pub(crate) fn headings(pieces: &[Piece], taken: &[Option<&'static str>]) -> Vec<Heading> {
    let given: Vec<Heading> = pieces
        .iter()
        .enumerate()
        .filter(|(i, p)| taken[*i].is_none() && p.is_text())
        .filter_map(|(at, p)| p.heading.map(|level| Heading { at, level }))
        .collect();
    if given.len() >= 2 {
        return given;
    }
    let shape = Shape::of(pieces);
    let mut found: Vec<(usize, f64)> = Vec::new();
    for (at, _) in taken.iter().enumerate().filter(|(_, slot)| slot.is_none()) {
        let score = looks_like_heading(pieces, at, shape);
        if score > 0.0 {
            found.push((at, score));
        }
    }
    let sure = found.iter().filter(|(_, s)| *s >= 1.0).count();
    // Where titles are written as titles, a short line in sentence case is a line.
    let strict = sure >= 4 && sure * 2 >= found.len();
    let mut heads: Vec<Heading> = found
        .into_iter()
        .filter(|(at, score)| *score >= if strict { 0.8 } else { 0.5 } || chapter_title(&pieces[*at].text))
        .map(|(at, _)| Heading { at, level: level_of(&pieces[at]) })
        .collect();
    heads.dedup_by_key(|h| h.at);
    heads
}

/// How the lines of a document relate to its paragraphs.
#[derive(Debug, Clone, Copy)]
pub(super) struct Shape {
    /// Empty lines stand between its parts.
    pub(super) spaced: bool,
    /// A paragraph runs over several lines.
    pub(super) wrapped: bool,
}

impl Shape {
    pub(super) fn of(pieces: &[Piece]) -> Self {
        let blank = pieces.iter().filter(|p| p.role == Role::Blank).count();
        let text: Vec<usize> =
            pieces.iter().filter(|p| p.is_text()).map(|p| p.text.chars().count()).collect();
        let long = text.iter().filter(|n| **n > 110).count();
        Self { spaced: blank * 8 >= pieces.len().max(1), wrapped: long * 12 < text.len() }
    }
}

/// Whether a numbered line stands right beside the number before or after it: an item of a list, no heading.
pub(super) fn counts_on(pieces: &[Piece], at: usize) -> bool {
    let Marker::Number(number) = pieces[at].marker else { return false };
    if DECIMAL.is_match(&pieces[at].text) {
        return false;
    }
    let is = |piece: Option<&Piece>, wanted: u32| {
        piece.is_some_and(|p| p.is_text() && p.marker == Marker::Number(wanted))
    };
    let after = pieces[at + 1..].iter().find(|p| p.role != Role::Blank);
    let before = pieces[..at].iter().rev().find(|p| p.role != Role::Blank);
    is(after, number + 1) || number > 1 && is(before, number - 1)
}

pub(super) fn level_of(piece: &Piece) -> u8 {
    if let Some(found) = DECIMAL.find(&piece.text) {
        return 2 + found.as_str().matches('.').count() as u8;
    }
    if chapter_title(&piece.text) || matches!(piece.marker, Marker::Number(_)) { 2 } else { 5 }
}

/// Whether a line names a chapter by its word ("Chapter 3").
pub(crate) fn chapter_title(text: &str) -> bool {
    CHAPTER.is_match(text.trim_start_matches(['#', '*', ' ']))
        && text.split_whitespace().count() <= 12
        && !text.ends_with('.')
}

/// Whether what stands before a piece has come to an end, so that something new may begin.
pub(crate) fn closes(pieces: &[Piece], at: usize) -> bool {
    let Some(before) = at.checked_sub(1).map(|i| &pieces[i]) else { return true };
    match before.role {
        Role::Blank | Role::Rule | Role::Code | Role::Row | Role::RowRule => true,
        Role::Text => {
            before.heading.is_some()
                || before.marker != Marker::None
                || before.text.ends_with(['.', '!', '?', ';', ')', '"', '”', '…', '}', '*', '`'])
                || before.text.split_whitespace().count() <= 9
        }
    }
}

/// How much a line looks like a heading: 0 not, 1 surely.
pub(super) fn looks_like_heading(pieces: &[Piece], at: usize, shape: Shape) -> f64 {
    let piece = &pieces[at];
    let text = piece.text.as_str();
    if piece.role != Role::Text
        || piece.label == Some(Label::Answer)
        || piece.marker == Marker::Bullet
        || piece.marker == Marker::Letter
        || piece.mid_line
    {
        return 0.0;
    }
    let words = text.split_whitespace().count();
    if words > 13 || text.chars().count() > 95 || text.ends_with(['.', ',', ';', ':', '!', '\\', '(', '=']) {
        return 0.0;
    }
    let Some(first) = text.chars().next() else { return 0.0 };
    if !(first.is_alphanumeric() || matches!(first, '@' | '"' | '“' | '`' | '.' | '#'))
        || text.contains(['→', '←', '↓', '=', '│', '|', ';', '{', '}', '✓', '✗'])
        || text.contains("->")
        || text.contains("...")
    {
        return 0.0;
    }
    if STEP.is_match(text)
        || text.starts_with("http")
        || text.contains("://")
        || (words == 1 && text.contains(['/', '.']))
        || !text.chars().any(char::is_alphabetic)
    {
        return 0.0;
    }
    if words == 1 && text.ends_with(')') || text.contains("()") && words <= 2 {
        return 0.0;
    }
    let Some(next) = pieces[at + 1..].iter().find(|p| p.role != Role::Blank) else { return 0.0 };
    let underlined = pieces.get(at + 1).is_some_and(|p| {
        p.role == Role::Rule && p.text.len() * 2 >= text.len() && p.text.starts_with(['=', '-', '~', '*'])
    });
    if underlined && words <= 12 {
        return 1.0;
    }
    if next.role == Role::Rule
        || shape.wrapped && !closes(pieces, at)
        || shape.spaced && !piece.space_before
        || counts_on(pieces, at)
    {
        return 0.0;
    }
    if text.split_once(": ").is_some_and(|(_, after)| {
        after.starts_with(char::is_lowercase)
            || after.split_whitespace().count() == 1 && after.chars().any(|c| !c.is_alphabetic())
    }) {
        return 0.0;
    }
    // A line in a drawing or between two pieces of code is a label of it.
    let before_code = at.checked_sub(1).is_some_and(|i| pieces[i].role == Role::Code);
    let after_code = pieces.get(at + 1).is_some_and(|p| p.role == Role::Code);
    if before_code
        && after_code
        && words <= 3
        && wording::title_case(text).is_none()
        && text.chars().next().is_some_and(char::is_lowercase)
    {
        return 0.0;
    }
    if DECIMAL.is_match(text) || chapter_title(text) {
        return 1.0;
    }
    let body = piece.body();
    let caps =
        body.chars().filter(|c| c.is_alphabetic()).count() >= 4 && !body.chars().any(char::is_lowercase);
    if caps {
        return 1.0;
    }
    // "Name — What It Is": the part behind the dash decides; a definition behind it makes it a point of a list.
    let (head, tail) = match body.find(" — ").or_else(|| body.find(" – ")).or_else(|| body.find(" - ")) {
        Some(dash) => (&body[..dash], body[dash..].trim_start_matches([' ', '—', '–', '-'])),
        None => (body, ""),
    };
    let judged = if tail.is_empty() { head } else { tail };
    let leading_lower = judged.chars().next().is_some_and(char::is_lowercase);
    if !tail.is_empty() && leading_lower {
        return 0.0;
    }
    if head.starts_with(char::is_lowercase)
        && tail.is_empty()
        && !wording::is_name_like(head.split_whitespace().next().unwrap_or_default())
    {
        // "volatile" alone may head a section; a lower-case phrase does not.
        return if words == 1 && piece.space_before { 0.5 } else { 0.0 };
    }
    let names = body.contains(',') && words <= 5;
    let case = wording::title_case(judged);
    let base: f64 = match case {
        Some(share) if share >= 0.6 => 1.0,
        None if names || words <= 4 => 1.0,
        None => 0.9,
        Some(_) if wording::starts_asking(body) && words <= 9 => 0.9,
        Some(_) if words <= 8 => 0.5,
        Some(_) => 0.0,
    };
    if piece.space_before && base > 0.0 { (base + 0.1).min(1.0) } else { base }
}

/// The chapters: numbered headings that count on through the document, or headings called so.
pub(super) fn chapters(pieces: &[Piece], heads: &[Heading], taken: &[Option<&'static str>]) -> Vec<usize> {
    let outer: Vec<usize> = heads
        .iter()
        .filter(|h| {
            chapter_title(&pieces[h.at].text)
                || matches!(pieces[h.at].marker, Marker::Number(_)) && !DECIMAL.is_match(&pieces[h.at].text)
        })
        .map(|h| h.at)
        .collect();
    let given = heads.iter().any(|h| pieces[h.at].heading.is_some());
    if given {
        let top = heads.iter().map(|h| h.level).min().unwrap_or(1);
        return heads
            .iter()
            .filter(|h| h.level == top || h.level == top + 1 && has_deeper(heads, h))
            .map(|h| h.at)
            .collect();
    }
    let named: Vec<usize> = outer.iter().copied().filter(|at| chapter_title(&pieces[*at].text)).collect();
    if named.len() >= 2 {
        return named;
    }
    let contents: Vec<String> = pieces
        .iter()
        .zip(taken)
        .filter(|(p, t)| t.is_some() && p.is_text())
        .map(|(p, _)| key(p.body()))
        .collect();
    // The heaviest chain 1, 2, 3 ... over numbered headings.
    let weight = |at: usize| {
        let next = pieces[at + 1..].iter().position(|p| p.role != Role::Blank).map(|d| at + 1 + d);
        let follows_heading = next.is_some_and(|n| heads.iter().any(|h| h.at == n));
        let name = key(pieces[at].body());
        let listed = contents.iter().any(|c| c == &name || c.starts_with(&name) || shares_start(c, &name));
        1.0 + if follows_heading { 0.6 } else { 0.0 }
            + if listed { 0.8 } else { 0.0 }
            + if pieces[at].space_before { 0.1 } else { 0.0 }
    };
    let mut best: Vec<(f64, Option<usize>)> = Vec::new();
    let numbers: Vec<u32> =
        outer.iter().map(|at| if let Marker::Number(n) = pieces[*at].marker { n } else { 0 }).collect();
    let mut last_with: HashMap<u32, Vec<usize>> = HashMap::new();
    for (i, at) in outer.iter().enumerate() {
        let own = weight(*at);
        let before = numbers[i].checked_sub(1).and_then(|n| last_with.get(&n)).and_then(|list| {
            list.iter().copied().max_by(|a, b| best[*a].0.total_cmp(&best[*b].0).then(b.cmp(a)))
        });
        best.push(match before {
            Some(j) if numbers[i] > 1 => (best[j].0 + own, Some(j)),
            _ if numbers[i] <= 1 => (own, None),
            _ => (0.0, None),
        });
        last_with.entry(numbers[i]).or_default().push(i);
    }
    let Some(mut at) = (0..outer.len()).max_by(|a, b| best[*a].0.total_cmp(&best[*b].0)) else {
        return Vec::new();
    };
    let total = best[at].0;
    let mut chain = vec![outer[at]];
    while let Some(before) = best[at].1 {
        at = before;
        chain.push(outer[at]);
    }
    chain.reverse();
    let span = chain.last().copied().unwrap_or(0) - chain[0];
    // A list inside one section counts on as well; chapters lie far apart and lead to headings.
    let far = span * 5 >= pieces.len() * 2 && span >= chain.len() * 4;
    if chain.len() >= 3 && far && total >= chain.len() as f64 * 1.25 { chain } else { Vec::new() }
}

pub(super) fn has_deeper(heads: &[Heading], head: &Heading) -> bool {
    heads.iter().skip_while(|h| h.at <= head.at).take_while(|h| h.level > head.level).next().is_some()
}

pub(super) fn shares_start(a: &str, b: &str) -> bool {
    let common = a.split(' ').zip(b.split(' ')).take_while(|(x, y)| x == y).count();
    common >= 2
}

/// The title of the whole: the first heading, before any chapter.
pub(super) fn title(
    pieces: &[Piece],
    starts: &[usize],
    chapters: &[usize],
    taken: &[Option<&'static str>],
) -> Option<usize> {
    let first = *starts.first()?;
    if let Some(level) = pieces[first].heading {
        let alone = starts.iter().filter(|at| pieces[**at].heading == Some(level)).count() == 1;
        return (alone && level == 1).then_some(first);
    }
    let first_text = (0..pieces.len()).find(|i| pieces[*i].is_content() && taken[*i].is_none())?;
    (first == first_text && !chapters.contains(&first)).then_some(first)
}

/// Whether a piece that asks does so in the place of a heading.
pub(super) fn asks_as_heading(
    pieces: &[Piece],
    c: &Candidate,
    heads: &[Heading],
    taken: &[Option<&'static str>],
) -> bool {
    if taken[c.at].is_some() || !c.rest.is_empty() && c.style != Style::Labelled {
        return false;
    }
    let piece = &pieces[c.at];
    if c.style == Style::Labelled {
        return true;
    }
    if heads.iter().any(|h| h.at == c.at) {
        return matches!(c.form, Form::Marked | Form::Request) || c.style == Style::Quoted;
    }
    if heads.iter().any(|h| pieces[h.at].heading.is_some()) {
        return false;
    }
    let sure = matches!(c.form, Form::Marked | Form::Request);
    match c.style {
        Style::Quoted => {
            sure && closes(pieces, c.at)
                && pieces.get(c.at + 1).is_some_and(|p| p.role == Role::Text || p.role == Role::Blank)
        }
        Style::Bare | Style::Stressed => {
            sure && closes(pieces, c.at)
                && c.words() >= 4
                && c.words() <= 40
                && !wording::points_back(&c.ask)
                && (c.form == Form::Marked || piece.space_before)
        }
        _ => false,
    }
}

/// Headings every document has, which ask nothing.
pub(crate) fn is_generic(name: &str) -> bool {
    GENERIC.is_match(name.trim())
}

pub(super) fn heading_name(piece: &Piece) -> String {
    let text = wording::unquote(piece.body().trim().trim_matches(['*', '#', '_']).trim());
    let text = match DECIMAL.find(text) {
        Some(found) => &text[found.end() - 1..],
        None => text,
    };
    text.trim_end_matches(':').trim().to_owned()
}
