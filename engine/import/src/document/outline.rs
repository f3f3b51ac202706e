//! Decides what in a document is asked, what answers it, and what is neither.
//!
//! Two readings are known. A *list* is made of questions with answers under them; headings inside an answer belong
//! to the answer. A *guide* is made of chapters and sections; each section answers a question nobody wrote down.
//! The reading is chosen by how densely and how evenly questions stand in the document.

use super::candidates::{self, Candidate};
use super::{Marker, Piece, Role, guide, list, wording};
use crate::outcome::Part;

regex!(
    APPENDIX,
    r"(?i)^(?:\W*)(?:(?:recommended|further|additional|useful|suggested|more|external|helpful|learning|study|other)\s+(?:resources?|reading|links?|references?|books?|material)|resources?|references?|bibliography|further reading|see also|related (?:articles?|posts?|questions?|content|topics|reading)|about the authors?|about me|author|share this(?: post| article)?|share|subscribe.*|newsletter|leave a (?:comment|reply)|comments?|credits|acknowledge?ments|licen[sc]e|contributing|contributors|contact(?: us)?|tags|categories|follow (?:me|us).*|support(?: me| us)?|changelog|disclaimer|copyright.*|you (?:may|might) also like.*|read (?:more|next)|recent posts|popular posts|footnotes|sources|links|sponsors?|star history)\s*:?\s*$"
);
regex!(
    CONTENTS,
    r"(?i)^\W*(?:table of contents?|contents?|toc|index|in this (?:article|post|guide|document|page|tutorial)|on this page|what(?:'|’)?s inside|outline|agenda|overview of (?:questions|topics)|jump to|quick links|navigation)\W*$"
);
regex!(
    JUNK,
    r"(?i)^(?:advertisements?|sponsored|skip to (?:main )?content|sign (?:in|up).{0,30}|log ?in|share|tweet|pin it|copy link|copied!?|subscribe.{0,40}|read more|learn more|click here.{0,40}|back to (?:top|contents?).{0,20}|⬆.{0,40}|\[?\W*back to top\W*\]?|↥.{0,30}|↑.{0,20}|menu|home|search|cookie.{0,60}|we use cookies.*|accept (?:all )?cookies.*|all rights reserved.*|©.*|copyright (?:©|\(c\)|\d).*|last (?:updated|modified).{0,40}|published (?:on|in|at)?\s.{0,40}|posted (?:on|by|in)\s.{0,50}|updated (?:on)?\s.{0,30}\d{4}|by [A-Z]\w+ [A-Z]\w+|\d+ min(?:ute)?s? read|\d+ (?:claps?|likes?|views?|comments?|shares?)|page \d+(?: of \d+)?|previous(?: post| article)?|next(?: post| article)?|report (?:this )?ad|follow|edit this page.*|print|download(?: pdf| as pdf)?)$"
);

/// A question found, as ranges of pieces.
#[derive(Debug, Clone)]
pub(crate) struct Unit {
    /// The piece its question starts at.
    pub at: usize,
    /// The first piece that is not the question any more; with a same-line answer still the question's piece.
    pub answer_at: usize,
    /// The piece after its last.
    pub end: usize,
    pub ask: String,
    /// What stands behind the question in its own line.
    pub same_line_answer: String,
    pub kind: Part,
    /// Index into the units of the main question it leans on.
    pub follows: Option<usize>,
    pub topic: Option<String>,
    pub confidence: f64,
    pub why: String,
}

/// What a document was read as.
#[derive(Debug, Default)]
pub(crate) struct Reading {
    pub units: Vec<Unit>,
    /// Pieces that belong to no question, as half-open ranges with the reason.
    pub left: Vec<(usize, usize, String)>,
    pub warnings: Vec<String>,
}

/// Reads a document.
pub(crate) fn read(pieces: &[Piece]) -> Reading {
    let mut taken = vec![None; pieces.len()];
    mark_contents(pieces, &mut taken);
    mark_appendices(pieces, &mut taken);
    mark_junk(pieces, &mut taken);
    let found: Vec<Candidate> =
        candidates::find(pieces).into_iter().filter(|c| taken[c.at].is_none()).collect();
    let list = list::read(pieces, &found, &taken);
    let mut reading = if is_list(pieces, &list, &taken) { list } else { guide::read(pieces, &found, &taken) };
    finish(pieces, &taken, &mut reading);
    reading
}

/// Whether the questions found as a list carry the document.
fn is_list(pieces: &[Piece], list: &Reading, taken: &[Option<&'static str>]) -> bool {
    let mains: Vec<&Unit> = list.units.iter().filter(|u| u.kind != Part::Followup).collect();
    let content = |range: std::ops::Range<usize>| {
        range.filter(|i| pieces[*i].is_content() && taken[*i].is_none()).count()
    };
    let all = content(0..pieces.len());
    if mains.is_empty() {
        return false;
    }
    let front = content(0..mains[0].at);
    let sure = mains.iter().filter(|u| u.confidence >= 0.6).count();
    if mains.len() == 1 {
        return front <= 3 && sure == 1 && all <= 80 && guide::headings(pieces, taken).len() <= 2;
    }
    let per_question = (all - front) as f64 / mains.len() as f64;
    // Headings that are no questions, of which a guide has many and a list few outside its answers.
    if pieces.iter().any(|p| p.heading.is_some()) {
        return sure >= 2 && list::headings_ask(pieces, taken);
    }
    sure >= 2 && per_question <= 70.0 && front * 2 <= all.max(12)
}

/// Finds the table of contents: it repeats what comes later and answers nothing.
fn mark_contents(pieces: &[Piece], taken: &mut [Option<&'static str>]) {
    let why = "table of contents";
    for (piece, slot) in pieces.iter().zip(taken.iter_mut()) {
        if piece.anchor && piece.heading.is_none() {
            *slot = Some(why);
        }
    }
    for at in 0..pieces.len() {
        if taken[at].is_some() || pieces[at].role != Role::Text || !CONTENTS.is_match(pieces[at].body()) {
            continue;
        }
        let Some(first) = (at + 1..pieces.len()).find(|i| pieces[*i].role != Role::Blank) else { continue };
        let style = (std::mem::discriminant(&pieces[first].marker), pieces[first].indent);
        let first_key = key(pieces[first].body());
        let mut end = first;
        for i in first..pieces.len() {
            let piece = &pieces[i];
            match piece.role {
                Role::Blank => continue,
                Role::Text if piece.heading.is_none() => {}
                _ => break,
            }
            let same = std::mem::discriminant(&piece.marker) == style.0 || piece.indent > style.1;
            let sentence = piece.body().ends_with('.') && piece.body().split_whitespace().count() > 8;
            let again = i > first && piece.indent <= style.1 && key(piece.body()) == first_key;
            if !same
                || sentence
                || again
                || (pieces[first].marker == Marker::None
                    && i > first + 1
                    && piece.space_before
                    && !pieces[first + 1].space_before)
            {
                break;
            }
            end = i + 1;
        }
        if end > first + 1 {
            taken[at..end].fill(Some(why));
        }
    }
}

/// Finds resource lists, author boxes and the like, up to the next heading that is none.
fn mark_appendices(pieces: &[Piece], taken: &mut [Option<&'static str>]) {
    let mut at = 0;
    while at < pieces.len() {
        let piece = &pieces[at];
        let heading = piece.is_text()
            && taken[at].is_none()
            && piece.marker != Marker::Bullet
            && APPENDIX.is_match(piece.body());
        if !heading
            || (piece.heading.is_none()
                && !piece.space_before
                && at + 1 < pieces.len()
                && !guide::closes(pieces, at))
        {
            at += 1;
            continue;
        }
        let mut end = at + 1;
        while end < pieces.len() && !ends_appendix(pieces, at, end) {
            end += 1;
        }
        taken[at..end].fill(Some("resources and notes about the page"));
        at = end;
    }
}

fn ends_appendix(pieces: &[Piece], from: usize, at: usize) -> bool {
    let piece = &pieces[at];
    if let Some(level) = pieces[from].heading {
        return piece.heading.is_some_and(|l| l <= level) && !APPENDIX.is_match(piece.body());
    }
    if piece.heading.is_some() {
        return !APPENDIX.is_match(piece.body());
    }
    if !piece.is_text() || APPENDIX.is_match(piece.body()) || piece.marker == Marker::Bullet {
        return false;
    }
    let asks = wording::asked(piece.body()).is_some_and(|a| piece.body()[a.end..].trim().is_empty());
    (asks && piece.text.len() < 300) || guide::chapter_title(&piece.text)
}

/// Buttons, dates and banners that a scrape brings along.
fn mark_junk(pieces: &[Piece], taken: &mut [Option<&'static str>]) {
    for (piece, slot) in pieces.iter().zip(taken.iter_mut()) {
        if slot.is_none()
            && piece.is_text()
            && piece.heading.is_none()
            && piece.text.len() < 100
            && JUNK.is_match(piece.body())
        {
            *slot = Some("part of the page, not of the document");
        }
    }
}

/// Completes the reading: whatever lies in no unit is left out with a reason.
fn finish(pieces: &[Piece], taken: &[Option<&'static str>], reading: &mut Reading) {
    close_markup(pieces, reading);
    let mut owned = vec![false; pieces.len()];
    for unit in &reading.units {
        owned[unit.at..unit.end.max(unit.at + 1)].fill(true);
    }
    let mut why: Vec<Option<String>> = vec![None; pieces.len()];
    for (start, end, reason) in &reading.left {
        for slot in &mut why[*start..*end] {
            *slot = Some(reason.clone());
        }
    }
    let first = reading.units.iter().map(|u| u.at).min();
    let mut left: Vec<(usize, usize, String)> = Vec::new();
    for i in 0..pieces.len() {
        if owned[i] || pieces[i].role == Role::Blank {
            continue;
        }
        let reason = why[i].clone().or_else(|| taken[i].map(str::to_owned)).unwrap_or_else(|| match first {
            _ if pieces[i].markup => "markup without words".to_owned(),
            None => "no question was found here".to_owned(),
            Some(first) if i < first => "before the first question".to_owned(),
            Some(_) => "belongs to no question".to_owned(),
        });
        match left.last_mut() {
            Some((_, end, last))
                if *last == reason && pieces[*end..i].iter().all(|p| p.role == Role::Blank) =>
            {
                *end = i + 1
            }
            _ => left.push((i, i + 1, reason)),
        }
    }
    for range in &mut left {
        while range.1 > range.0 + 1 && pieces[range.1 - 1].role == Role::Blank {
            range.1 -= 1;
        }
    }
    reading.left = left;
}

/// Gives an answer the lines of mere markup right behind its last words: closing tags, a closing fence.
fn close_markup(pieces: &[Piece], reading: &mut Reading) {
    for unit in &mut reading.units {
        let mut end = unit.end.max(unit.at + 1);
        while let (Some(last), Some(next)) = (pieces.get(end - 1), pieces.get(end)) {
            let fence = next.text.starts_with("```") || next.text.starts_with("~~~");
            if next.role != Role::Rule
                || !(next.markup || fence && last.role == Role::Code)
                || next.line > last.line + 1
            {
                break;
            }
            end += 1;
        }
        if unit.end > unit.at + 1 || unit.answer_at < end {
            unit.end = end.max(unit.end);
        }
    }
}

/// A text reduced to what makes two wordings the same: letters and digits in lower case.
pub(crate) fn key(text: &str) -> String {
    let mut key = String::new();
    let mut gap = false;
    for c in text.chars() {
        if c.is_alphanumeric() || c == '@' || c == '+' || c == '#' {
            if gap && !key.is_empty() {
                key.push(' ');
            }
            gap = false;
            key.extend(c.to_lowercase());
        } else {
            gap = true;
        }
    }
    key
}
