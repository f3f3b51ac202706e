//! Reads a document as a list of questions with answers under them.
//!
//! Whether a line that asks is a question of the list, a follow-up, or a heading inside an answer is settled by how
//! the document sets most of its questions apart, and by how the line is worded: titles, requests that point back,
//! and repetitions of the question just asked belong to the answer.

mod ends;
mod house;
mod judge;
mod leaning;
mod place;

pub(crate) use house::headings_ask;

use super::candidates::Candidate;
use super::outline::{Reading, Unit};
use super::wording::{self};
use super::{Marker, Piece};
use crate::outcome::Part;
use ends::set_ends;
use house::House;
use judge::{Verdict, heading_as_question, judge};
use leaning::Answer;
use place::by_shape;

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
