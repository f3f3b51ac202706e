//! Reads a document as chapters and sections, each of which answers a question nobody wrote down.

mod asking;
mod glossary;
mod headings;

pub(crate) use asking::{ask_of, topic_of};
pub(crate) use glossary::cells;
pub(crate) use headings::{chapter_title, closes, headings, is_generic};

use super::candidates::{Candidate, Style};
use super::outline::{Reading, Unit};
use super::wording::{self};
use super::{Piece, Role};
use crate::outcome::Part;
use asking::capitalised;
use glossary::{article_for, glossary, strip_marks};
use headings::{asks_as_heading, chapters, heading_name, is_title, title};
use std::collections::HashMap;

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
