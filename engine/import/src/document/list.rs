//! Reads a document as a list of questions with answers under them.
//!
//! Whether a line that asks is a question of the list, a follow-up, or a heading inside an answer is settled by how
//! the document sets most of its questions apart, and by how the line is worded: titles, requests that point back,
//! and repetitions of the question just asked belong to the answer.

use super::candidates::{Candidate, Style};
use super::outline::{Reading, Unit, key};
use super::wording::{self, Form};
use super::{Label, Marker, Piece, Role, guide};
use crate::outcome::Part;
use std::collections::{HashMap, HashSet};

/// What a candidate turned out to be.
#[derive(Debug, Clone, PartialEq)]
enum Verdict {
    Main(f64, String),
    Followup(f64, String),
    Inner,
}

/// What most questions of the document look like.
struct House {
    /// The style that sets questions apart, where one does.
    exclusive: Option<Style>,
    numbered: bool,
    bulleted: bool,
    /// Questions are written like titles ("What Is a Lock?").
    titles: bool,
    /// Questions and answers share lines.
    same_line: bool,
    /// Questions have space in front.
    spaced: bool,
    /// Questions end with a question mark, nearly all of them.
    marked: bool,
}

/// Reads the document with the candidates found in it.
pub(crate) fn read(pieces: &[Piece], found: &[Candidate], taken: &[Option<&'static str>]) -> Reading {
    let house = House::of(pieces, found);
    let mut units: Vec<Unit> = Vec::new();
    let mut answer = Answer::default();
    let mut main: Option<usize> = None;
    let mut main_at: Option<(usize, String)> = None;
    let mut next_found = 0;
    let mut i = 0;
    let mut last_number = None;
    while i < pieces.len() {
        while next_found < found.len() && found[next_found].at < i {
            next_found += 1;
        }
        let candidate = found.get(next_found).filter(|c| c.at == i);
        if taken[i].is_some() {
            i += 1;
            continue;
        }
        let verdict = match candidate {
            Some(c) => judge(pieces, c, &house, main_at.as_ref(), &answer, last_number),
            None => by_shape(pieces, i, &house, main_at.as_ref(), &answer),
        };
        let (kind, confidence, why) = match verdict {
            Verdict::Main(confidence, why) => (Part::Main, confidence, why),
            Verdict::Followup(confidence, why) => (Part::Followup, confidence, why),
            Verdict::Inner => {
                if main.is_some() {
                    answer.add(&pieces[i]);
                }
                i += 1;
                continue;
            }
        };
        let kind = if main.is_none() { Part::Main } else { kind };
        let (ask, topic, rest, end) = match candidate {
            Some(c) => (c.ask.clone(), c.topic.clone(), c.rest.clone(), c.end),
            None => (heading_as_question(pieces[i].body()), None, String::new(), i + 1),
        };
        if let Marker::Number(number) = pieces[i].marker {
            last_number = Some(number);
        }
        units.push(Unit {
            at: i,
            answer_at: end,
            end,
            follows: (kind == Part::Followup).then_some(main.unwrap_or(0)),
            kind,
            topic,
            same_line_answer: rest,
            confidence,
            why,
            ask,
        });
        if kind == Part::Main {
            main = Some(units.len() - 1);
            main_at = Some((i, units[units.len() - 1].ask.clone()));
        }
        answer.pieces = 0;
        if kind == Part::Main {
            answer.earlier = std::mem::take(&mut answer.stems);
            answer.question.clear();
        }
        if let Some(c) = candidate {
            answer.question.extend(wording::stems(&c.ask));
        }
        i = end;
    }
    let mut reading = Reading { units, ..Reading::default() };
    set_ends(pieces, taken, &house, &mut reading);
    reading
}

/// The words of the answer read so far.
#[derive(Default)]
struct Answer {
    /// The words of the main question and its follow-ups.
    question: HashSet<String>,
    /// The words said since the main question.
    stems: HashSet<String>,
    /// The words said under the main question before.
    earlier: HashSet<String>,
    /// Pieces since the last question or follow-up.
    pieces: usize,
}

impl Answer {
    fn add(&mut self, piece: &Piece) {
        if !piece.is_content() {
            return;
        }
        self.pieces += 1;
        if self.stems.len() < 4000 {
            self.stems.extend(wording::stems(&piece.text));
        }
    }
}

impl House {
    fn of(pieces: &[Piece], found: &[Candidate]) -> Self {
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
fn top_level(pieces: &[Piece], fits: impl Fn(&Piece) -> bool) -> usize {
    let outermost =
        pieces.iter().filter(|p| p.is_text() && p.heading.is_none() && fits(p)).map(|p| p.indent).min();
    pieces
        .iter()
        .filter(|p| p.is_text() && p.heading.is_none() && fits(p) && Some(p.indent) == outermost)
        .count()
}

fn top_level_candidates(pieces: &[Piece], found: &[Candidate], style: Style) -> usize {
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

/// Decides what a piece that asks is.
fn judge(
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
fn unanswered_marker(piece: &Piece, c: &Candidate) -> bool {
    piece.space_before
        && c.form == Form::Marked
        && c.rest.is_empty()
        && c.words() >= 6
        && !wording::points_back(&c.ask)
        && piece.indent == 0
        && c.topic.is_some()
}

fn glued(pieces: &[Piece], c: &Candidate) -> bool {
    pieces[c.at].mid_line || pieces.get(c.at + 1).is_some_and(|p| p.line == pieces[c.at].line)
}

/// Whether a listed question stands deeper than the questions of the list, or in a list of the answer.
fn nested(pieces: &[Piece], c: &Candidate, main: Option<&(usize, String)>, house: &House) -> bool {
    let Some((at, _)) = main else { return false };
    let (piece, main) = (&pieces[c.at], &pieces[*at]);
    if piece.indent > main.indent + 1 && main.marker != Marker::None {
        return true;
    }
    c.style == Style::Bulleted && house.numbered && matches!(main.marker, Marker::Number(_))
}

/// Whether a bare question is a heading inside the answer it follows.
fn inside(
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
fn defines(ask: &str) -> bool {
    let lower = ask.to_lowercase();
    ["what is ", "what are ", "what's ", "whats ", "who is ", "define "]
        .iter()
        .any(|start| lower.starts_with(start))
}

/// "When to use which": a heading's wording, not a question's.
fn wh_to(ask: &str) -> bool {
    let mut words = ask.split_whitespace().map(str::to_lowercase);
    let first = words.next().unwrap_or_default();
    let second = words.next().unwrap_or_default();
    let third = words.next().unwrap_or_default();
    matches!(first.as_str(), "when" | "how" | "why" | "where" | "what" | "which")
        && (second == "to" || second == "not" && third == "to")
}

/// "How CAS works", "Why it matters": the order of a statement after a question word.
fn how_it_works(ask: &str) -> bool {
    let first = ask.split_whitespace().next().unwrap_or_default().to_lowercase();
    matches!(first.as_str(), "how" | "when" | "where") && ask.to_lowercase().contains(" work")
}

/// Whether the piece says the main question again.
fn restates(c: &Candidate, main: Option<&(usize, String)>) -> bool {
    let Some((_, asked)) = main else { return false };
    let own = wording::stems(&strip_brackets(&c.ask));
    let before: HashSet<String> = wording::stems(asked).into_iter().collect();
    !own.is_empty() && own.iter().all(|stem| before.contains(stem))
}

fn strip_brackets(text: &str) -> String {
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

/// Whether everything a question names was brought up by the answer before it, and not by the question before.
fn leans_back(c: &Candidate, answer: &Answer) -> bool {
    let stems = wording::stems(&c.ask);
    if stems.is_empty() || answer.stems.is_empty() {
        return false;
    }
    let known =
        |s: &String| answer.stems.contains(s) || answer.question.contains(s) || answer.earlier.contains(s);
    let said = stems.iter().any(|s| answer.stems.contains(s) && !answer.question.contains(s));
    said && stems.iter().all(known)
}

fn is_followup(c: &Candidate, answer: &Answer) -> bool {
    if c.topic.is_some() {
        return false;
    }
    let lower = c.ask.to_lowercase();
    let words = c.words();
    if wording::starts_as_followup(&c.ask) && (words <= 12 || lower.starts_with("what if")) {
        return true;
    }
    if lower.trim_end_matches(['?', ' ']).ends_with("or not") {
        return true;
    }
    let digs = ["why ", "how ", "can ", "so "].iter().any(|start| lower.starts_with(start));
    if digs && words <= 10 && leans_back(c, answer) {
        return true;
    }
    wording::points_back(&c.ask) && words <= 14 && c.sentences == 1
}

fn followup_reason(c: &Candidate) -> String {
    if wording::points_back(&c.ask) {
        "It points back at the answer before it.".into()
    } else {
        "It digs into the answer before it.".into()
    }
}

/// Decides on a piece that does not ask by its words: labels, comparisons, gaps of a numbered list.
fn by_shape(
    pieces: &[Piece],
    i: usize,
    house: &House,
    main: Option<&(usize, String)>,
    answer: &Answer,
) -> Verdict {
    let piece = &pieces[i];
    if !piece.is_text() || piece.body().is_empty() {
        return Verdict::Inner;
    }
    if let (Some(level), Some(Style::Heading(want))) = (piece.heading, house.exclusive)
        && level == want
        && guide::has_own_text(pieces, i)
        && !guide::is_generic(piece.body())
        && same_numbering(pieces, main, piece)
    {
        return Verdict::Main(0.6, "A heading among headings that ask.".into());
    }
    if house.exclusive == Some(Style::Numbered)
        && let Marker::Number(number) = piece.marker
        && fills_gap(pieces, i, number, main)
    {
        return Verdict::Main(0.6, "A number in a row of numbered questions.".into());
    }
    if house.exclusive == Some(Style::Stressed)
        && piece.stressed
        && matches!(piece.marker, Marker::Number(_))
        && main.is_some_and(|(at, _)| matches!(pieces[*at].marker, Marker::Number(_)))
    {
        return Verdict::Main(0.6, "A number in a row of numbered questions.".into());
    }
    let items_ask =
        house.bulleted && house.exclusive.is_none() && piece.marker == Marker::Bullet && answer.pieces == 0;
    if items_ask
        && main
            .is_some_and(|(at, _)| pieces[*at].marker == Marker::Bullet && pieces[*at].indent == piece.indent)
        && !piece.body().ends_with(['.', ':', ';'])
        && piece.body().split_whitespace().count() <= 8
    {
        return Verdict::Main(0.5, "An item in a list of questions.".into());
    }
    let bare = piece.marker == Marker::None && piece.heading.is_none() && piece.label.is_none();
    if house.exclusive.is_none()
        && main.is_some()
        && bare
        && (wording::compares(piece.body()) || wording::pairs_names(piece.body()))
        && guide::closes(pieces, i)
        && (!house.spaced || piece.space_before)
    {
        let fake = Candidate {
            at: i,
            end: i + 1,
            style: Style::Bare,
            form: Form::Unmarked,
            ask: piece.body().to_owned(),
            topic: None,
            rest: String::new(),
            sentences: 1,
            followup_label: false,
        };
        if !restates(&fake, main)
            && !overlaps_main(&fake, main)
            && answer.pieces >= 2
            && pieces.get(i + 1).is_some_and(Piece::is_content)
        {
            return Verdict::Main(0.6, "A comparison as a heading, with an answer below it.".into());
        }
    }
    Verdict::Inner
}

/// Whether most of a heading's words stand in the main question: then it is a part of its answer.
fn overlaps_main(c: &Candidate, main: Option<&(usize, String)>) -> bool {
    let Some((_, asked)) = main else { return false };
    let own = wording::stems(&c.ask);
    let before: HashSet<String> = wording::stems(asked).into_iter().collect();
    own.iter().filter(|s| before.contains(*s)).count() * 3 > own.len() * 2
}

/// A heading without a number among numbered ones is a chapter.
fn same_numbering(pieces: &[Piece], main: Option<&(usize, String)>, piece: &Piece) -> bool {
    let numbered = |p: &Piece| matches!(p.marker, Marker::Number(_));
    main.is_none_or(|(at, _)| numbered(&pieces[*at]) == numbered(piece))
}

/// Whether a numbered line that does not ask stands where its number is due, with the next number asking later.
fn fills_gap(pieces: &[Piece], i: usize, number: u32, main: Option<&(usize, String)>) -> bool {
    let Some((at, _)) = main else { return false };
    if pieces[*at].marker != Marker::Number(number.wrapping_sub(1))
        || pieces[i].indent != pieces[*at].indent
        || pieces[i].body().len() > 120
    {
        return false;
    }
    for later in pieces.iter().skip(i + 1).take(400) {
        if let Marker::Number(n) = later.marker
            && later.indent == pieces[i].indent
            && later.is_text()
        {
            let asks = wording::asked(later.body()).is_some();
            if n == number {
                return false;
            }
            if n == number + 1 {
                return asks;
            }
        }
    }
    false
}

/// Words a heading as a question.
fn heading_as_question(text: &str) -> String {
    guide::ask_of(text, None)
}

/// Sets where each answer ends, and gives the headings between two questions back to the outline.
fn set_ends(pieces: &[Piece], taken: &[Option<&'static str>], house: &House, reading: &mut Reading) {
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
fn closing_words(pieces: &[Piece], from: usize, end: usize) -> Option<usize> {
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
fn topic_before(
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

fn is_group_heading(pieces: &[Piece], at: usize, house: &House, from: usize) -> bool {
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

fn introduces(pieces: &[Piece], at: usize, from: usize, house: &House) -> bool {
    let Some(Style::Heading(want)) = house.exclusive else { return false };
    let heading = (from..at).rev().take(4).find(|i| pieces[*i].heading.is_some());
    heading.is_some_and(|i| pieces[i].heading.is_some_and(|level| level < want))
}
