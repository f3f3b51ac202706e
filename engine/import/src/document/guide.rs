//! Reads a document as chapters and sections, each of which answers a question nobody wrote down.

use super::candidates::{Candidate, Style};
use super::outline::{Reading, Unit, key};
use super::wording::{self, Form};
use super::{Label, Marker, Piece, Role};
use crate::outcome::Part;
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
regex!(
    GLOSSARY_TITLE,
    r"(?i)\b(?:glossary|vocabulary|terminology|terms|definitions|key concepts|quick reference|cheat ?sheet|acronyms|abbreviations|jargon|dictionary|lexicon)\b"
);
regex!(
    TERM_HEAD,
    r"(?i)^(?:term|concept|word|acronym|abbreviation|phrase|keyword|name|topic|pattern|expression|vocabulary|item|key term)s?$"
);
regex!(
    MEANING_HEAD,
    r"(?i)\b(?:definition|meaning|description|explanation|stands for|what it (?:is|means)|in one (?:line|sentence)|one[- ]lin(?:e|er)|summary|means|expansion|answer)\b"
);
regex!(DEFINED, r"^([A-Za-z@][^.:;!?|]{0,58}?)\s*(?:\s[—–-]\s|:\s|\t+|\s{3,})\s*(\S.{14,})$");
regex!(
    ASKED_INSIDE,
    r#"(?i)\b(?:ask(?:s|ed|ing)?|question(?:s)?(?: is| like)?|wonder(?:s|ed)?)\b[^"“?]{0,40}["“]([^"”]{12,200}\?)["”]"#
);

/// Reads the document; `found` are the pieces that ask.
pub(crate) fn read(pieces: &[Piece], found: &[Candidate], taken: &[Option<&'static str>]) -> Reading {
    let mut reading = Reading::default();
    let heads = headings(pieces, taken);
    let chapters = chapters(pieces, &heads, taken);
    let asking: HashMap<usize, &Candidate> =
        found.iter().filter(|c| asks_as_heading(pieces, c, &heads, taken)).map(|c| (c.at, c)).collect();
    let mut starts: Vec<usize> = heads.iter().map(|h| h.at).chain(asking.keys().copied()).collect();
    starts.sort_unstable();
    starts.dedup();
    if starts.is_empty() {
        return whole(pieces, taken, reading);
    }
    let title = title(pieces, &starts, &chapters, taken);
    let mut chapter: Option<String> = None;
    let mut parents: Vec<(u8, String)> = Vec::new();
    for (n, &at) in starts.iter().enumerate() {
        let end = starts.get(n + 1).copied().unwrap_or(pieces.len());
        let (end, cut) = trim(pieces, taken, at + 1, end);
        let _ = cut;
        let piece = &pieces[at];
        let level = heads.iter().find(|h| h.at == at).map_or(9, |h| h.level);
        parents.retain(|(l, _)| *l < level);
        let context = parents.last().map(|(_, name)| name.clone()).or_else(|| chapter.clone());
        let is_chapter = chapters.contains(&at);
        let name = heading_name(piece);
        let own = content_words(pieces, taken, at + 1, end);
        if let Some(candidate) = asking.get(&at) {
            push_question(pieces, taken, candidate, end, context.clone(), &mut reading);
            parents.push((level, name));
            continue;
        }
        if is_chapter {
            chapter = Some(name.clone());
        }
        let glossary = glossary(pieces, taken, at, end, &name);
        let over = starts.get(n + 1).is_some_and(|next| {
            heads.iter().any(|h| h.at == *next && h.level > level) || (is_chapter && !chapters.contains(next))
        });
        if !glossary.is_empty() {
            reading.left.push((at, glossary[0].0, "heading over terms".into()));
            let topic = Some(name.clone());
            for (row, row_end, term, meaning) in glossary {
                reading.units.push(Unit {
                    at: row,
                    answer_at: row + 1,
                    end: row_end,
                    ask: format!("What is {}?", article_for(&term)),
                    same_line_answer: meaning,
                    kind: Part::Main,
                    follows: None,
                    topic: topic.clone(),
                    confidence: 0.8,
                    why: "A term with its meaning.".into(),
                });
            }
        } else if own == 0 {
            reading.left.push((at, at + 1, "heading over the sections below it".into()));
        } else if is_title(title, at) && over && own < 60
            || over && own < if piece.heading.is_some() { 10 } else { 40 } && is_chapter
            || chapters.len() >= 3 && at < chapters[0] && own < 120
        {
            reading.left.push((at, end, "introduction".into()));
        } else if is_generic(&name) && (starts.len() > 1 || own < 30) {
            reading.left.push((at, end, "introduction or summary".into()));
        } else if own >= 6 || (pieces[at + 1..end].iter().any(|p| matches!(p.role, Role::Code | Role::Row))) {
            reading.units.push(Unit {
                at,
                answer_at: at + 1,
                end,
                ask: ask_of(&name, context.as_deref()),
                same_line_answer: String::new(),
                kind: Part::Main,
                follows: None,
                topic: context.clone(),
                confidence: if piece.heading.is_some() { 0.75 } else { 0.65 },
                why: "A heading with text of its own.".into(),
            });
            embedded(pieces, at + 1, end, context.as_deref().or(Some(&name)), &mut reading);
        } else {
            reading.left.push((at, end, "too short to answer a question".into()));
        }
        parents.push((level, name));
    }
    article(pieces, taken, title, &mut reading);
    reading
}

/// A heading, given or inferred.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Heading {
    pub at: usize,
    /// 1 is outermost; inferred ones lie below chapters.
    pub level: u8,
}

fn is_title(title: Option<usize>, at: usize) -> bool {
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
struct Shape {
    /// Empty lines stand between its parts.
    spaced: bool,
    /// A paragraph runs over several lines.
    wrapped: bool,
}

impl Shape {
    fn of(pieces: &[Piece]) -> Self {
        let blank = pieces.iter().filter(|p| p.role == Role::Blank).count();
        let text: Vec<usize> =
            pieces.iter().filter(|p| p.is_text()).map(|p| p.text.chars().count()).collect();
        let long = text.iter().filter(|n| **n > 110).count();
        Self { spaced: blank * 8 >= pieces.len().max(1), wrapped: long * 12 < text.len() }
    }
}

/// Whether a numbered line stands right beside the number before or after it: an item of a list, no heading.
fn counts_on(pieces: &[Piece], at: usize) -> bool {
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

fn level_of(piece: &Piece) -> u8 {
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
fn looks_like_heading(pieces: &[Piece], at: usize, shape: Shape) -> f64 {
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
fn chapters(pieces: &[Piece], heads: &[Heading], taken: &[Option<&'static str>]) -> Vec<usize> {
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

fn has_deeper(heads: &[Heading], head: &Heading) -> bool {
    heads.iter().skip_while(|h| h.at <= head.at).take_while(|h| h.level > head.level).next().is_some()
}

fn shares_start(a: &str, b: &str) -> bool {
    let common = a.split(' ').zip(b.split(' ')).take_while(|(x, y)| x == y).count();
    common >= 2
}

/// The title of the whole: the first heading, before any chapter.
fn title(
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
fn asks_as_heading(
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

fn push_question(
    pieces: &[Piece],
    taken: &[Option<&'static str>],
    c: &Candidate,
    end: usize,
    topic: Option<String>,
    reading: &mut Reading,
) {
    let answered = !c.rest.is_empty() || content_words(pieces, taken, c.end, end) > 0;
    reading.units.push(Unit {
        at: c.at,
        answer_at: c.end,
        end: end.max(c.end),
        ask: c.ask.clone(),
        same_line_answer: c.rest.clone(),
        kind: if answered { Part::Main } else { Part::Unanswered },
        follows: None,
        topic: c.topic.clone().or(topic),
        confidence: 0.85,
        why: if c.style == Style::Quoted {
            "A question in quotes, with an answer below it."
        } else {
            "A heading that asks."
        }
        .into(),
    });
}

/// Ends a range before blank lines, rules and what was set aside.
fn trim(pieces: &[Piece], taken: &[Option<&'static str>], from: usize, mut end: usize) -> (usize, bool) {
    let whole = end;
    while end > from && (matches!(pieces[end - 1].role, Role::Blank | Role::Rule) || taken[end - 1].is_some())
    {
        end -= 1;
    }
    (end, end < whole)
}

fn content_words(pieces: &[Piece], taken: &[Option<&'static str>], from: usize, to: usize) -> usize {
    pieces[from..to.max(from)]
        .iter()
        .zip(&taken[from..to.max(from)])
        .filter(|(p, t)| p.is_content() && t.is_none())
        .map(|(p, _)| p.text.split_whitespace().count())
        .sum()
}

/// Whether a heading has text before the next heading.
pub(crate) fn has_own_text(pieces: &[Piece], at: usize) -> bool {
    pieces[at + 1..].iter().take_while(|p| p.heading.is_none()).any(Piece::is_content)
}

/// Headings every document has, which ask nothing.
pub(crate) fn is_generic(name: &str) -> bool {
    GENERIC.is_match(name.trim())
}

fn heading_name(piece: &Piece) -> String {
    let text = wording::unquote(piece.body().trim().trim_matches(['*', '#', '_']).trim());
    let text = match DECIMAL.find(text) {
        Some(found) => &text[found.end() - 1..],
        None => text,
    };
    text.trim_end_matches(':').trim().to_owned()
}

/// The terms of a glossary under a heading: piece, end, term, meaning.
fn glossary(
    pieces: &[Piece],
    taken: &[Option<&'static str>],
    at: usize,
    end: usize,
    name: &str,
) -> Vec<(usize, usize, String, String)> {
    let mut rows = Vec::new();
    let titled = GLOSSARY_TITLE.is_match(name);
    let table: Vec<usize> =
        (at + 1..end).filter(|i| pieces[*i].role == Role::Row && taken[*i].is_none()).collect();
    if table.len() >= 3 {
        let head = cells(&pieces[table[0]].text);
        let headed =
            head.len() >= 2 && (TERM_HEAD.is_match(&head[0]) && (titled || MEANING_HEAD.is_match(&head[1])));
        let body = content_words(pieces, taken, at + 1, end);
        let in_table: usize = table.iter().map(|i| pieces[*i].text.split_whitespace().count()).sum();
        if (headed || titled && head.len() == 2) && in_table * 3 >= body * 2 {
            let has_rule = (table[0]..end).any(|i| pieces[i].role == Role::RowRule);
            for i in table.into_iter().skip(usize::from(headed || has_rule)) {
                let cells = cells(&pieces[i].text);
                if cells.len() >= 2 && !cells[0].is_empty() && !cells[1].is_empty() {
                    rows.push((i, i + 1, strip_marks(&cells[0]), strip_marks(&cells[1..].join(". "))));
                }
            }
            return rows;
        }
    }
    if titled {
        let lines: Vec<usize> =
            (at + 1..end).filter(|i| pieces[*i].is_text() && taken[*i].is_none()).collect();
        let mut found = Vec::new();
        for i in &lines {
            if let Some(caps) = DEFINED.captures(pieces[*i].body())
                && caps[1].split_whitespace().count() <= 6
            {
                found.push((*i, *i + 1, strip_marks(&caps[1]), strip_marks(&caps[2])));
            }
        }
        if found.len() >= 3 && found.len() * 3 >= lines.len() * 2 {
            // Lines in between run on from the term before them.
            let at: Vec<usize> = found.iter().map(|f| f.0).collect();
            for (n, row) in found.iter_mut().enumerate() {
                row.1 = trim(pieces, taken, row.0 + 1, at.get(n + 1).copied().unwrap_or(end)).0;
            }
            return found;
        }
    }
    rows
}

/// The cells of a table's row.
pub(crate) fn cells(row: &str) -> Vec<String> {
    let inner = row.trim().trim_start_matches('|').trim_end_matches('|');
    inner
        .replace("\\|", "\u{1}")
        .split('|')
        .map(|cell| cell.replace('\u{1}', "|").trim().to_owned())
        .collect()
}

fn strip_marks(text: &str) -> String {
    text.trim().trim_matches(['*', '`', '_']).trim().to_owned()
}

fn article_for(term: &str) -> String {
    term.trim_end_matches(['.', ':']).to_owned()
}

/// A question quoted inside a section: "when asked ...".
fn embedded(pieces: &[Piece], from: usize, to: usize, topic: Option<&str>, reading: &mut Reading) {
    for (at, piece) in pieces.iter().enumerate().take(to).skip(from) {
        if !piece.is_text() {
            continue;
        }
        let Some(caps) = ASKED_INSIDE.captures(&piece.text) else { continue };
        let Some(asked) = caps.get(1) else { continue };
        let rest = piece.text[asked.end()..].trim_start_matches(['"', '”', ',', ' ']).trim();
        if !wording::starts_asking(asked.as_str()) || rest.split_whitespace().count() < 6 {
            continue;
        }
        reading.units.push(Unit {
            at,
            answer_at: at + 1,
            end: at + 1,
            ask: capitalised(asked.as_str()),
            same_line_answer: rest.to_owned(),
            kind: Part::Main,
            follows: None,
            topic: topic.map(str::to_owned),
            confidence: 0.55,
            why: "A question quoted in the text, with its answer beside it.".into(),
        });
    }
}

/// Adds the question a whole article answers, where the document is one article.
fn article(pieces: &[Piece], taken: &[Option<&'static str>], title: Option<usize>, reading: &mut Reading) {
    let Some(at) = title else { return };
    let sections = reading.units.iter().filter(|u| u.at > at).count();
    let long = content_words(pieces, taken, at + 1, pieces.len());
    let glossary = reading.units.iter().any(|u| u.why.starts_with("A term"));
    let chapters = reading.left.iter().filter(|(_, _, why)| why.starts_with("heading over")).count();
    if reading.units.iter().any(|u| u.at == at)
        || glossary
        || chapters > 2
        || sections > 16
        || !(40..=6000).contains(&long)
    {
        return;
    }
    let name = heading_name(&pieces[at]);
    if is_collection(&name) {
        return;
    }
    let (end, _) = trim(pieces, taken, at + 1, pieces.len());
    let ask = match wording::asked(&name) {
        Some(_) => capitalised(&name),
        None => ask_of(&name, None),
    };
    reading.units.insert(
        0,
        Unit {
            at,
            answer_at: at + 1,
            end,
            ask,
            same_line_answer: String::new(),
            kind: Part::Main,
            follows: None,
            topic: None,
            confidence: 0.6,
            why: "The title of an article.".into(),
        },
    );
    reading.units.sort_by_key(|u| u.at);
}

/// "Interview Questions 2024", "Study Guide": a title over many things, which asks nothing.
fn is_collection(name: &str) -> bool {
    let lower = name.to_lowercase();
    [
        "interview",
        "question",
        "guide",
        "cheat sheet",
        "cheatsheet",
        "handbook",
        "primer",
        "notes",
        "preparation",
        "glossary",
        "roadmap",
        "faq",
        "collection",
        "list of",
        "tutorial series",
        "q&a",
    ]
    .iter()
    .any(|word| lower.contains(word))
}

/// A document without headings: one article if its first line can be its title, else nothing.
fn whole(pieces: &[Piece], taken: &[Option<&'static str>], mut reading: Reading) -> Reading {
    let lines: Vec<usize> =
        (0..pieces.len()).filter(|i| pieces[*i].is_text() && taken[*i].is_none()).collect();
    let terms: Vec<(usize, String, String)> = lines
        .iter()
        .filter_map(|i| {
            DEFINED.captures(pieces[*i].body()).map(|c| (*i, strip_marks(&c[1]), strip_marks(&c[2])))
        })
        .filter(|(_, term, _)| term.split_whitespace().count() <= 5)
        .collect();
    if terms.len() >= 4 && terms.len() * 5 >= lines.len() * 4 {
        for (at, term, meaning) in terms {
            reading.units.push(Unit {
                at,
                answer_at: at + 1,
                end: at + 1,
                ask: format!("What is {}?", article_for(&term)),
                same_line_answer: meaning,
                kind: Part::Main,
                follows: None,
                topic: None,
                confidence: 0.6,
                why: "A term with its meaning.".into(),
            });
        }
    }
    reading
}

/// The topic a heading over questions names, without the words every list has in its title.
pub(crate) fn topic_of(heading: &str) -> Option<String> {
    let name = heading.trim().trim_end_matches(':').trim();
    let listed = name.to_lowercase().contains("question");
    let kept: Vec<&str> = name
        .split_whitespace()
        .filter(|word| {
            let plain = word.trim_matches(|c: char| !c.is_alphanumeric()).to_lowercase();
            let number = listed && !plain.is_empty() && plain.chars().all(|c| c.is_ascii_digit());
            let common = matches!(
                plain.as_str(),
                "interview" | "interviews" | "question" | "questions" | "answer" | "answers" | "faq" | "faqs"
            );
            let counted = listed
                && matches!(
                    plain.as_str(),
                    "top"
                        | "common"
                        | "essential"
                        | "popular"
                        | "frequently"
                        | "asked"
                        | "most"
                        | "important"
                        | "ten"
                );
            !(number || common || counted)
        })
        .collect();
    let joined = kept.join(" ");
    let joined = joined
        .trim_matches(|c: char| !c.is_alphanumeric() && !matches!(c, ')' | '(' | '#' | '+' | '@' | '.'))
        .trim_end_matches(" and")
        .trim_end_matches(" &")
        .to_owned();
    (joined.chars().any(char::is_alphabetic) && joined.to_lowercase() != "and").then_some(joined)
}

/// Words a heading as the question its section answers.
pub(crate) fn ask_of(heading: &str, context: Option<&str>) -> String {
    let name = heading.trim().trim_end_matches([':', '.']).trim();
    if wording::ends_asking(name) {
        return capitalised(name);
    }
    let within = |question: String| match context {
        Some(context) if !context.is_empty() => {
            format!("{}: {}", topic_of(context).unwrap_or_else(|| context.to_owned()), question)
        }
        _ => capitalised(&question),
    };
    if wording::compares(name) {
        let lower = name.to_lowercase();
        if lower.starts_with("difference") {
            return format!("What is the {}?", decapitalised(name));
        }
        for separator in [" vs. ", " vs ", " versus ", " v/s "] {
            if let Some(at) = lower.find(separator)
                && name.is_char_boundary(at)
            {
                return format!(
                    "What is the difference between {} and {}?",
                    &name[..at],
                    &name[at + separator.len()..]
                );
            }
        }
    }
    if let Some(question) = turned(name) {
        return within(question);
    }
    if let Some(dash) = name.find(" — ").or_else(|| name.find(" – ")) {
        let (head, tail) = (name[..dash].trim(), name[dash..].trim_start_matches([' ', '—', '–']).trim());
        return within(format!("explain {}: {}.", decapitalised(head), decapitalised(tail)));
    }
    if wording::asked(name).is_some() {
        return within(decapitalised(name));
    }
    within(format!("explain {}.", decapitalised(name)))
}

/// Turns a heading in the order of a statement into a question: "How X Works" into "how does X work?".
fn turned(name: &str) -> Option<String> {
    let words: Vec<&str> = name.split_whitespace().collect();
    let lower: Vec<String> = words.iter().map(|w| w.to_lowercase()).collect();
    let first = lower.first()?.as_str();
    let rest = |from: usize| words[from..].iter().map(|w| calm(w)).collect::<Vec<_>>().join(" ");
    let join =
        |range: std::ops::Range<usize>| words[range].iter().map(|w| calm(w)).collect::<Vec<_>>().join(" ");
    if first == "the"
        && lower.get(1).is_some_and(|w| w == "problem")
        && lower.len() >= 4
        && lower.last().is_some_and(|w| w.starts_with("solve"))
    {
        let does = if lower[lower.len() - 1] == "solves" { "does" } else { "do" };
        return Some(format!("which problem {does} {} solve?", join(2..words.len() - 1)));
    }
    if !matches!(first, "what" | "why" | "how" | "when" | "where" | "which") || words.len() < 2 {
        return None;
    }
    match (first, lower[1].as_str()) {
        ("when", "to") => return Some(format!("when should you {}?", rest(2))),
        ("how", "to") => return Some(format!("how do you {}?", rest(2))),
        ("why", "not") => return Some(format!("why not {}?", rest(2))),
        _ if wording::is_inverted(name) => return Some(format!("{}?", rest(0))),
        _ => {}
    }
    // The verb of a statement: the last word that looks like one, before any "in practice", "internally".
    let verbs = [
        "works", "work", "does", "exists", "exist", "matters", "matter", "are", "is", "happens", "means",
        "fails", "differs", "helps", "solves", "do",
    ];
    if let Some(at) = (2..words.len()).rev().find(|i| verbs.contains(&lower[*i].as_str())) {
        let verb = lower[at].as_str();
        let mut subject_end = at;
        let mut adverb = "";
        if subject_end > 2 && matches!(lower[subject_end - 1].as_str(), "actually" | "really" | "even") {
            subject_end -= 1;
            adverb = "actually ";
        }
        let subject = join(1..subject_end);
        let tail = if at + 1 < words.len() { format!(" {}", rest(at + 1)) } else { String::new() };
        return Some(match verb {
            "are" | "is" => format!("{first} {verb} {subject}{tail}?"),
            "does" => format!("{first} does {subject} {adverb}do{tail}?"),
            "do" => format!("{first} do {subject} {adverb}do{tail}?"),
            _ => {
                let singular = verb.ends_with('s');
                let base = verb
                    .strip_suffix("es")
                    .filter(|b| b.ends_with("ch"))
                    .or_else(|| verb.strip_suffix('s'))
                    .unwrap_or(verb);
                let base = if verb == "means" { "mean" } else { base };
                let helper = if singular { "does" } else { "do" };
                format!("{first} {helper} {subject} {adverb}{base}{tail}?")
            }
        });
    }
    Some(format!("{}?", rest(0)))
}

/// A word of a title as it stands in running text.
fn calm(word: &str) -> String {
    if wording::is_name_like(word)
        || word.chars().filter(|c| c.is_alphabetic()).all(char::is_uppercase) && word.chars().count() > 1
    {
        return word.to_owned();
    }
    let lower = word.to_lowercase();
    if wording::is_plain_word(&lower) { lower } else { word.to_owned() }
}

fn capitalised(text: &str) -> String {
    let text = text.trim();
    let first_word = text.split_whitespace().next().unwrap_or_default();
    if wording::is_name_like(first_word) {
        return text.to_owned();
    }
    let mut chars = text.chars();
    chars.next().map(|c| c.to_uppercase().chain(chars).collect()).unwrap_or_default()
}

/// A heading inside a sentence: only words that are no name lose their capital.
fn decapitalised(text: &str) -> String {
    let mut words = text.splitn(2, ' ');
    let first = calm(words.next().unwrap_or_default());
    match words.next() {
        Some(rest) => format!("{first} {rest}"),
        None => first,
    }
}
