//! Cuts a transcript into answers: by who speaks, by what is asked, and by what sounds spoken at all.

use super::{Cue, Heard};
use crate::document::plain::lines;
use crate::document::wording::{self, Form};
use serde::{Deserialize, Serialize};
use std::collections::HashMap;
use viva_core::text::function_words::is_filler;

/// A transcript cut into answers.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Review {
    /// The format it was read as.
    pub format: String,
    /// The answers, in order.
    pub answers: Vec<Answer>,
    /// What is no answer, with the reason.
    pub left_out: Vec<Skipped>,
    /// What a person should know.
    pub warnings: Vec<String>,
}

/// One answer.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Answer {
    /// First line, from 1.
    pub line: u32,
    /// Last line, inclusive.
    pub end_line: u32,
    /// When it began, where the file has times.
    pub start_ms: Option<u64>,
    /// When it ended, where the file has times.
    pub end_ms: Option<u64>,
    /// Who spoke, where the file says so.
    pub speaker: Option<String>,
    /// The question as it was asked in the transcript, where there is one.
    pub asked: Option<String>,
    /// The words.
    pub text: String,
    /// Which of the file's cues it was put together from, from 0.
    #[serde(skip)]
    pub cues: Vec<u32>,
}

/// Lines that are no answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Skipped {
    /// First line, from 1.
    pub line: u32,
    /// Last line, inclusive.
    pub end_line: u32,
    /// Why, in plain words.
    pub why: String,
}

/// A pause after which two stretches by the same voice are still one turn, in milliseconds.
const SAME_TURN_MS: u64 = 2_000;
/// Words under which a turn is an "mm-hm", not an answer.
const FEWEST_WORDS: usize = 8;

/// Cuts a transcript.
pub(super) fn cut(heard: Heard, source: &str) -> Review {
    let mut review = Review {
        format: heard.format.to_owned(),
        answers: Vec::new(),
        left_out: heard.skipped,
        warnings: Vec::new(),
    };
    let speakers: Vec<String> = distinct(&heard.cues);
    if speakers.len() >= 2 {
        by_speaker(&heard.cues, &mut review);
    } else if heard.cues.iter().any(|c| c.start_ms.is_some()) {
        by_question(&heard.cues, &mut review);
    } else {
        by_paragraph(&heard.cues, &mut review);
    }
    account(&mut review, source);
    review
}

fn distinct(cues: &[Cue]) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    for cue in cues {
        if let Some(name) = &cue.speaker
            && !found.contains(name)
        {
            found.push(name.clone());
        }
    }
    found
}

fn count(text: &str) -> usize {
    text.split_whitespace().filter(|w| w.chars().any(char::is_alphanumeric)).count()
}

/// How many sentences of a text ask for something.
fn questions(text: &str) -> usize {
    wording::sentences(text)
        .iter()
        .filter(|(a, b)| {
            let sentence = &text[*a..*b];
            wording::ends_asking(sentence) && count(sentence) >= 3
                || wording::asked(sentence)
                    .is_some_and(|q| matches!(q.form, Form::Request) && count(sentence) >= 4)
        })
        .count()
}

/// Turns of the same voice, put together.
fn turns(cues: &[Cue]) -> Vec<Cue> {
    let mut turns: Vec<Cue> = Vec::new();
    for cue in cues.iter().filter(|c| !c.text.trim().is_empty()) {
        let joins = turns.last().is_some_and(|last| {
            last.speaker == cue.speaker
                && match (last.end_ms, cue.start_ms) {
                    (Some(end), Some(start)) => start.saturating_sub(end) <= SAME_TURN_MS.max(4_000),
                    _ => true,
                }
        });
        match turns.last_mut() {
            Some(last) if joins => {
                last.text.push(' ');
                last.text.push_str(&cue.text);
                last.end_line = last.end_line.max(cue.end_line);
                last.end_ms = cue.end_ms.or(last.end_ms);
                last.from.extend(&cue.from);
            }
            _ => turns.push(cue.clone()),
        }
    }
    turns
}

/// Several voices: whoever asks most for each word spoken asks, the others answer.
fn by_speaker(cues: &[Cue], review: &mut Review) {
    let turns = turns(cues);
    let mut told: HashMap<&str, (usize, usize)> = HashMap::new();
    for turn in &turns {
        let entry = told.entry(turn.speaker.as_deref().unwrap_or_default()).or_default();
        entry.0 += questions(&turn.text);
        entry.1 += count(&turn.text);
    }
    let rate = |name: &str| {
        told.get(name).map_or(0.0, |(asks, words)| *asks as f64 * 100.0 / (*words).max(1) as f64)
    };
    let role = |name: &str| match name.to_lowercase().as_str() {
        "interviewer" | "moderator" | "host" | "recruiter" | "q" => Some(true),
        "candidate" | "interviewee" | "applicant" | "guest" | "me" | "a" => Some(false),
        _ => None,
    };
    let mut names: Vec<&str> = told.keys().copied().collect();
    names.sort_unstable();
    let most_words =
        names.iter().copied().max_by_key(|n| (told[n].1, std::cmp::Reverse(*n))).unwrap_or_default();
    let asks = |name: &str| {
        role(name)
            .unwrap_or_else(|| name != most_words && (rate(name) >= rate(most_words) && rate(name) > 0.0))
    };
    if !names.iter().any(|n| asks(n)) {
        review.warnings.push("No speaker asks questions, so every turn was taken as an answer.".into());
    }
    let mut asked: Option<String> = None;
    let mut open: Option<Answer> = None;
    for turn in &turns {
        let name = turn.speaker.as_deref().unwrap_or_default();
        if asks(name) {
            if questions(&turn.text) > 0 || count(&turn.text) >= 12 {
                close(open.take(), review);
                asked = Some(turn.text.clone());
            }
            review.left_out.push(Skipped {
                line: turn.line,
                end_line: turn.end_line,
                why: "asked, not answered".into(),
            });
            continue;
        }
        match &mut open {
            // "Right." between two halves of an answer does not end it.
            Some(answer) if answer.speaker == turn.speaker => {
                answer.text.push(' ');
                answer.text.push_str(&turn.text);
                answer.end_line = answer.end_line.max(turn.end_line);
                answer.end_ms = turn.end_ms;
                answer.cues.extend(&turn.from);
            }
            _ => {
                close(open.take(), review);
                open = Some(answer_of(turn, asked.take()));
            }
        }
    }
    close(open.take(), review);
}

fn answer_of(turn: &Cue, asked: Option<String>) -> Answer {
    Answer {
        line: turn.line,
        end_line: turn.end_line,
        start_ms: turn.start_ms,
        end_ms: turn.end_ms,
        speaker: turn.speaker.clone(),
        asked,
        text: turn.text.trim().to_owned(),
        cues: turn.from.clone(),
    }
}

fn close(answer: Option<Answer>, review: &mut Review) {
    let Some(answer) = answer else { return };
    if count(&answer.text) < FEWEST_WORDS {
        review.left_out.push(Skipped {
            line: answer.line,
            end_line: answer.end_line,
            why: "too few words to be an answer".into(),
        });
    } else {
        review.answers.push(answer);
    }
}

/// One voice or none, with times: a question that is heard starts a new answer.
fn by_question(cues: &[Cue], review: &mut Review) {
    let mut open: Option<Answer> = None;
    let mut asked: Option<String> = None;
    let mut found = 0;
    for cue in cues.iter().filter(|c| !c.text.trim().is_empty()) {
        let asks = questions(&cue.text) > 0
            && count(&cue.text) <= 60
            && !wording::starts_as_followup(&cue.text)
            && fillers(&cue.text) == 0;
        let whole = wording::sentences(&cue.text).len() <= 2;
        if asks && whole {
            found += 1;
            close(open.take(), review);
            asked = Some(cue.text.clone());
            review.left_out.push(Skipped {
                line: cue.line,
                end_line: cue.end_line,
                why: "asked, not answered".into(),
            });
            continue;
        }
        match &mut open {
            Some(answer) => {
                answer.text.push(' ');
                answer.text.push_str(cue.text.trim());
                answer.end_line = answer.end_line.max(cue.end_line);
                answer.end_ms = cue.end_ms;
                answer.cues.extend(&cue.from);
            }
            None => open = Some(answer_of(cue, asked.take())),
        }
    }
    close(open.take(), review);
    if found == 0 {
        review.warnings.push(
            "Nobody is named and no question was heard, so it was left in one piece. Cut it by hand.".into(),
        );
    }
}

fn fillers(text: &str) -> usize {
    text.split(|c: char| !c.is_alphanumeric() && c != '\'' && c != '-')
        .filter(|w| !w.is_empty() && is_filler(&w.to_lowercase()))
        .count()
}

/// How spoken a paragraph sounds: fillers and openings of speech, a hundred words.
fn spoken(text: &str) -> f64 {
    let words = count(text).max(1) as f64;
    let lower = format!(" {} ", text.to_lowercase().replace([',', '.', '?'], " "));
    let phrases = [
        " you know ",
        " i mean ",
        " kind of ",
        " sort of ",
        " okay ",
        " so yeah ",
        " yeah ",
        " like a ",
        " let's say ",
        " right so ",
    ];
    let marks = phrases.iter().map(|p| lower.matches(p).count()).sum::<usize>() + fillers(text) * 2;
    marks as f64 * 100.0 / words
}

/// Paragraphs without voices or times: what sounds spoken is an answer, written lines around it are not.
fn by_paragraph(cues: &[Cue], review: &mut Review) {
    let words: Vec<usize> = cues.iter().map(|c| count(&c.text)).collect();
    let sound: Vec<bool> = cues.iter().zip(&words).map(|(c, n)| *n >= 20 && spoken(&c.text) >= 1.0).collect();
    let any_spoken = sound.iter().filter(|s| **s).count() >= 2;
    let first = sound.iter().position(|s| *s).unwrap_or(0);
    let last = sound.iter().rposition(|s| *s).unwrap_or(cues.len().saturating_sub(1));
    let mut asked: Option<String> = None;
    let mut open: Option<Answer> = None;
    for (n, cue) in cues.iter().enumerate() {
        let question = wording::asked(&cue.text).is_some_and(|q| cue.text[q.end..].trim().is_empty())
            && words[n] <= 60
            && !sound[n];
        if question {
            close(open.take(), review);
            asked = Some(cue.text.clone());
            review.left_out.push(Skipped {
                line: cue.line,
                end_line: cue.end_line,
                why: "asked, not answered".into(),
            });
            continue;
        }
        let outside = any_spoken && (n < first || n > last) && asked.is_none();
        if outside {
            review.left_out.push(Skipped {
                line: cue.line,
                end_line: cue.end_line,
                why: "written, not spoken".into(),
            });
            continue;
        }
        // A paragraph goes on with the answer before it where a question holds them together, or where it does not
        // sound like a new start among others that do.
        match &mut open {
            Some(answer) if asked.is_none() && (answer.asked.is_some() || any_spoken && !sound[n]) => {
                answer.text.push('\n');
                answer.text.push_str(cue.text.trim());
                answer.end_line = cue.end_line;
                answer.cues.extend(&cue.from);
            }
            _ => {
                close(open.take(), review);
                open = Some(answer_of(cue, asked.take()));
            }
        }
    }
    close(open.take(), review);
}

/// Accounts for every line with words, and puts what was left out in order.
fn account(review: &mut Review, source: &str) {
    let total = source.split('\n').count();
    let mut held = vec![false; total + 2];
    for (line, end) in review
        .answers
        .iter()
        .map(|a| (a.line, a.end_line))
        .chain(review.left_out.iter().map(|l| (l.line, l.end_line)))
    {
        held[(line as usize).min(total + 1)..=(end as usize).min(total + 1)].fill(true);
    }
    for (number, line) in (1u32..).zip(lines(source)) {
        if !line.trim_matches(|c: char| c.is_whitespace() || c == '\u{feff}').is_empty()
            && !held[number as usize]
        {
            review.left_out.push(Skipped {
                line: number,
                end_line: number,
                why: "no words of an answer".into(),
            });
        }
    }
    review.left_out.sort_by_key(|l| (l.line, l.end_line));
    let mut merged: Vec<Skipped> = Vec::new();
    for out in std::mem::take(&mut review.left_out) {
        match merged.last_mut() {
            Some(last) if last.why == out.why && out.line <= last.end_line + 1 => {
                last.end_line = last.end_line.max(out.end_line)
            }
            _ => merged.push(out),
        }
    }
    review.left_out = merged;
}
