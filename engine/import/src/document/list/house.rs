//! The habit of a document: how it sets most of its questions apart.

use super::super::candidates::{Candidate, Style};
use super::super::wording::{self, Form};
use super::super::{Label, Marker, Piece};
use std::collections::HashMap;

/// What most questions of the document look like.
pub(super) struct House {
    /// The style that sets questions apart, where one does.
    pub(super) exclusive: Option<Style>,
    pub(super) numbered: bool,
    pub(super) bulleted: bool,
    /// Questions are written like titles ("What Is a Lock?").
    pub(super) titles: bool,
    /// Questions and answers share lines.
    pub(super) same_line: bool,
    /// Questions have space in front.
    pub(super) spaced: bool,
    /// Questions end with a question mark, nearly all of them.
    pub(super) marked: bool,
}

impl House {
    pub(super) fn of(pieces: &[Piece], found: &[Candidate]) -> Self {
        let bare_words = |c: &&Candidate| !wording::points_back(&c.ask) || c.words() > 7;
        let mut counts: HashMap<Style, usize> = HashMap::new();
        for c in found.iter().filter(bare_words).filter(|c| c.form != Form::Task && c.form != Form::Statement)
        {
            *counts.entry(c.style).or_default() += 1;
        }
        let count = |style: Style| counts.get(&style).copied().unwrap_or(0);
        let bare = count(Style::Bare) + count(Style::Quoted);
        let all_numbered = top_level(pieces, |p| matches!(p.marker, Marker::Number(_)));
        let numbered_asking = top_level_candidates(pieces, found, Style::Numbered);
        let numbered =
            numbered_asking >= 2 && numbered_asking * 10 >= all_numbered * 5 && numbered_asking * 3 >= bare;
        let all_bullets = pieces.iter().filter(|p| p.is_text() && p.marker == Marker::Bullet).count();
        let bulleted = count(Style::Bulleted) >= 2 && count(Style::Bulleted) * 10 >= all_bullets * 6;
        let heading = counts
            .iter()
            .filter_map(
                |(style, n)| if let Style::Heading(level) = style { Some((*n, *level)) } else { None },
            )
            .max_by_key(|(n, level)| (*n, u8::MAX - level));
        let labels = pieces.iter().filter(|p| p.label == Some(Label::Question)).count();
        let stressed_asking = count(Style::Stressed);
        let exclusive = if labels >= 2 && labels * 3 >= bare {
            Some(Style::Labelled)
        } else if let Some((n, level)) = heading
            && n >= 2
            && n * 3 >= bare.min(60)
            && n * 2 >= stressed_asking
        {
            Some(Style::Heading(level))
        } else if stressed_asking >= 2
            && stressed_asking * 2 >= bare
            && (!numbered || stressed_asking >= numbered_asking)
        {
            Some(Style::Stressed)
        } else if numbered && numbered_asking >= 3 && numbered_asking >= bare / 2 {
            Some(Style::Numbered)
        } else {
            None
        };
        let plain: Vec<&Candidate> = found
            .iter()
            .filter(|c| {
                matches!(c.style, Style::Bare | Style::Quoted | Style::Numbered)
                    && c.form == Form::Marked
                    && c.rest.is_empty()
            })
            .collect();
        let judged: Vec<f64> = plain.iter().filter_map(|c| wording::title_case(&c.ask)).collect();
        let titles =
            judged.len() >= 2 && judged.iter().filter(|share| **share >= 0.8).count() * 2 >= judged.len();
        let with_rest = found
            .iter()
            .filter(|c| matches!(c.style, Style::Bare | Style::Quoted) && !c.rest.is_empty())
            .count();
        let texts = pieces.iter().filter(|p| p.is_text()).count();
        let same_line = with_rest >= 2
            && with_rest * 2 >= with_rest + plain.len()
            && (with_rest >= 3 && with_rest * 6 >= texts || with_rest * 2 >= texts);
        let spaced_count = plain.iter().filter(|c| pieces[c.at].space_before).count();
        let marked = plain.len() * 5 >= found.iter().filter(|c| c.style == Style::Bare).count() * 4;
        Self {
            exclusive,
            numbered,
            bulleted,
            titles,
            same_line,
            spaced: plain.len() >= 3 && spaced_count * 10 >= plain.len() * 9,
            marked,
        }
    }
}

/// Pieces at the outermost indent among those that fit.
pub(super) fn top_level(pieces: &[Piece], fits: impl Fn(&Piece) -> bool) -> usize {
    let outermost =
        pieces.iter().filter(|p| p.is_text() && p.heading.is_none() && fits(p)).map(|p| p.indent).min();
    pieces
        .iter()
        .filter(|p| p.is_text() && p.heading.is_none() && fits(p) && Some(p.indent) == outermost)
        .count()
}

pub(super) fn top_level_candidates(pieces: &[Piece], found: &[Candidate], style: Style) -> usize {
    let outermost = found.iter().filter(|c| c.style == style).map(|c| pieces[c.at].indent).min();
    found
        .iter()
        .filter(|c| c.style == style && Some(pieces[c.at].indent) == outermost && c.form != Form::Task)
        .count()
}

/// Whether the headings of a document with headings mostly ask.
pub(crate) fn headings_ask(pieces: &[Piece], taken: &[Option<&'static str>]) -> bool {
    let mut levels: HashMap<u8, (usize, usize)> = HashMap::new();
    for (i, piece) in pieces.iter().enumerate() {
        let Some(level) = piece.heading else { continue };
        if taken[i].is_some() {
            continue;
        }
        let entry = levels.entry(level).or_default();
        entry.1 += 1;
        if piece.label == Some(Label::Question)
            || wording::asked(piece.body()).is_some_and(|a| a.form != Form::Task)
        {
            entry.0 += 1;
        }
    }
    let headings_asking: usize = levels.values().map(|l| l.0).sum();
    let elsewhere = pieces
        .iter()
        .enumerate()
        .filter(|(i, p)| {
            taken[*i].is_none()
                && p.heading.is_none()
                && (p.label == Some(Label::Question)
                    || (p.stressed || matches!(p.marker, Marker::Number(_)))
                        && wording::asked(p.body()).is_some_and(|a| a.form == Form::Marked))
        })
        .count();
    let all: usize = levels.values().map(|l| l.1).sum();
    levels.values().any(|(asking, all)| *asking >= 2 && asking * 2 >= *all)
        || (elsewhere >= 2 && elsewhere >= headings_asking && elsewhere * 2 >= all)
}
