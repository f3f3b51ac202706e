//! A transcript under a person's eye: its words in small stretches, and which of them make which answer.
//!
//! Where voices and questions told how to cut it, the draft begins with that; where nothing did, it is cut by hand.
//! Every edit is a [`ReviewStep`] and can be taken back.

use super::cut::{Answer, Skipped};
use crate::document::wording;
use crate::steps::Stepwise;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;

use super::Cue;

/// A stretch of speech that is never cut in two: a cue where the file has times, else a sentence.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Stretch {
    /// First line, from 1.
    pub line: u32,
    /// Last line, inclusive.
    pub end_line: u32,
    /// When it began, where the file says so.
    pub start_ms: Option<u64>,
    /// When it ended, where the file says so.
    pub end_ms: Option<u64>,
    /// Who spoke, where the file says so.
    pub speaker: Option<String>,
    /// The words.
    pub text: String,
    /// It begins a line or paragraph of its own.
    pub begins: bool,
}

/// A transcript in stretches, as it was cut without a person.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Spoken {
    /// The format it was read as.
    pub format: String,
    /// All its words, in order.
    pub stretches: Vec<Stretch>,
    /// Of each stretch, the answer it belongs to, if any.
    pub answers: Vec<Option<u32>>,
    /// The question as it was asked before an answer, where there was one.
    pub asked: BTreeMap<u32, String>,
    /// What a person should know.
    pub warnings: Vec<String>,
}

impl Spoken {
    pub(super) fn new(format: &str, cues: &[Cue], found: &[Answer], warnings: Vec<String>) -> Self {
        let mut spoken = Self {
            format: format.to_owned(),
            stretches: Vec::new(),
            answers: Vec::new(),
            asked: BTreeMap::new(),
            warnings,
        };
        let mut of_cue: HashMap<u32, u32> = HashMap::new();
        for (number, answer) in (0u32..).zip(found) {
            of_cue.extend(answer.cues.iter().map(|cue| (*cue, number)));
            if let Some(asked) = &answer.asked {
                spoken.asked.insert(number, asked.clone());
            }
        }
        for (at, cue) in (0u32..).zip(cues) {
            let answer = of_cue.get(&at).copied();
            let timed = cue.start_ms.is_some() && cue.text.split_whitespace().count() <= 60;
            let parts = if timed { vec![(0, cue.text.len())] } else { wording::sentences(&cue.text) };
            let last = parts.len().saturating_sub(1);
            for (n, (from, to)) in parts.into_iter().enumerate() {
                let text = cue.text[from..to].trim();
                if text.is_empty() {
                    continue;
                }
                spoken.stretches.push(Stretch {
                    line: cue.line,
                    end_line: cue.end_line,
                    // Within a cue nobody knows when a sentence began.
                    start_ms: cue.start_ms.filter(|_| n == 0),
                    end_ms: cue.end_ms.filter(|_| n == last),
                    speaker: cue.speaker.clone(),
                    text: text.to_owned(),
                    begins: n == 0,
                });
                spoken.answers.push(answer);
            }
        }
        spoken
    }
}

/// A transcript under review.
#[derive(Debug, Clone, PartialEq)]
pub struct ReviewDraft {
    spoken: Arc<Spoken>,
    answers: Vec<Option<u32>>,
    asked: BTreeMap<u32, String>,
    /// What a person chose: a question, or none at all.
    chosen: BTreeMap<u32, Option<String>>,
    next: u32,
}

/// One edit of a cut.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "do", rename_all = "snake_case")]
pub enum ReviewStep {
    /// A new answer begins at a stretch.
    Cut {
        /// The stretch, from 0.
        at: usize,
    },
    /// It goes on with the answer before it.
    Join {
        /// The answer's number.
        answer: u32,
    },
    /// It is no answer.
    Leave {
        /// The answer's number.
        answer: u32,
    },
    /// What was left out from a stretch on is an answer, up to the next one.
    Take {
        /// The stretch, from 0.
        at: usize,
    },
    /// It answers this question, or none of the bank.
    Choose {
        /// The answer's number.
        answer: u32,
        /// The question's id.
        question: Option<String>,
    },
}

impl ReviewStep {
    /// What it did, for the button that takes it back.
    pub fn says(&self) -> &'static str {
        match self {
            Self::Cut { .. } => "the cut",
            Self::Join { .. } => "the join",
            Self::Leave { .. } => "leaving it out",
            Self::Take { .. } => "taking it in",
            Self::Choose { .. } => "the choice",
        }
    }
}

/// Why an edit was refused; each says what to do instead.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ReviewRefused {
    /// The number names none.
    #[error("that answer is no longer there; it may have been joined to another")]
    NoAnswer,
    /// No such stretch, or it begins an answer already.
    #[error("an answer cannot be cut there; choose a place inside an answer, below its first sentence")]
    NotInside,
    /// Nothing before it.
    #[error("no answer stands before this one")]
    NothingBefore,
    /// It belongs to an answer already.
    #[error("nothing was left out there")]
    NothingLeftOut,
}

impl Stepwise for ReviewDraft {
    type Step = ReviewStep;
    type Refused = ReviewRefused;

    fn take(&mut self, step: &ReviewStep) -> Result<(), ReviewRefused> {
        match step {
            ReviewStep::Cut { at } => {
                let own = self.answers.get(*at).copied().flatten().ok_or(ReviewRefused::NotInside)?;
                if !self.answers[..*at].contains(&Some(own)) {
                    return Err(ReviewRefused::NotInside);
                }
                let number = self.fresh();
                for slot in self.answers[*at..].iter_mut().filter(|slot| **slot == Some(own)) {
                    *slot = Some(number);
                }
            }
            ReviewStep::Join { answer } => {
                let first = self.first(*answer)?;
                let before = self.answers[..first].iter().rev().flatten().next().copied();
                let before = before.ok_or(ReviewRefused::NothingBefore)?;
                for slot in self.answers.iter_mut().filter(|slot| **slot == Some(*answer)) {
                    *slot = Some(before);
                }
                self.asked.remove(answer);
                self.chosen.remove(answer);
            }
            ReviewStep::Leave { answer } => {
                self.first(*answer)?;
                for slot in self.answers.iter_mut().filter(|slot| **slot == Some(*answer)) {
                    *slot = None;
                }
            }
            ReviewStep::Take { at } => {
                if self.answers.get(*at) != Some(&None) {
                    return Err(ReviewRefused::NothingLeftOut);
                }
                let number = self.fresh();
                let run = self.answers[*at..].iter_mut().take_while(|slot| slot.is_none());
                run.for_each(|slot| *slot = Some(number));
            }
            ReviewStep::Choose { answer, question } => {
                self.first(*answer)?;
                self.chosen.insert(*answer, question.clone());
            }
        }
        Ok(())
    }
}

impl ReviewDraft {
    /// A draft of a transcript as it was cut without a person.
    pub fn of(spoken: Spoken) -> Self {
        let next = spoken.answers.iter().flatten().max().map_or(0, |last| last + 1);
        Self {
            answers: spoken.answers.clone(),
            asked: spoken.asked.clone(),
            spoken: Arc::new(spoken),
            chosen: BTreeMap::new(),
            next,
        }
    }

    /// The transcript.
    pub fn spoken(&self) -> &Spoken {
        &self.spoken
    }

    /// Of each stretch, the answer it belongs to.
    pub fn belongs(&self) -> &[Option<u32>] {
        &self.answers
    }

    /// The answers by their numbers, in the order in which they begin.
    pub fn answers(&self) -> Vec<(u32, Answer)> {
        let mut seen = HashSet::new();
        let order: Vec<u32> = self.answers.iter().flatten().copied().filter(|n| seen.insert(*n)).collect();
        order.into_iter().filter_map(|number| Some((number, self.answer(number)?))).collect()
    }

    /// One answer: its stretches joined.
    pub fn answer(&self, number: u32) -> Option<Answer> {
        let own = || {
            self.spoken
                .stretches
                .iter()
                .zip(&self.answers)
                .filter(move |(_, a)| **a == Some(number))
                .map(|(s, _)| s)
        };
        let (first, last) = (own().next()?, own().next_back()?);
        let mut text = String::new();
        for stretch in own() {
            let paragraph = stretch.begins && stretch.start_ms.is_none() && stretch.speaker.is_none();
            if !text.is_empty() {
                text.push(if paragraph { '\n' } else { ' ' });
            }
            text.push_str(&stretch.text);
        }
        Some(Answer {
            line: first.line,
            end_line: last.end_line,
            start_ms: first.start_ms,
            end_ms: last.end_ms,
            speaker: first.speaker.clone(),
            asked: self.asked.get(&number).cloned(),
            text,
            cues: Vec::new(),
        })
    }

    /// What a person chose for an answer: `None` where nobody chose, `Some(None)` for no question at all.
    pub fn chosen(&self, answer: u32) -> Option<Option<&str>> {
        self.chosen.get(&answer).map(|question| question.as_deref())
    }

    /// What belongs to no answer, as runs of stretches.
    pub fn left_out(&self) -> Vec<(usize, Skipped)> {
        let mut runs: Vec<(usize, Skipped)> = Vec::new();
        let mut open = false;
        for (at, (stretch, answer)) in self.spoken.stretches.iter().zip(&self.answers).enumerate() {
            if answer.is_some() {
                open = false;
                continue;
            }
            match runs.last_mut() {
                Some((_, run)) if open => run.end_line = run.end_line.max(stretch.end_line),
                _ => runs.push((
                    at,
                    Skipped { line: stretch.line, end_line: stretch.end_line, why: stretch.text.clone() },
                )),
            }
            open = true;
        }
        runs
    }

    fn first(&self, answer: u32) -> Result<usize, ReviewRefused> {
        self.answers.iter().position(|slot| *slot == Some(answer)).ok_or(ReviewRefused::NoAnswer)
    }

    fn fresh(&mut self) -> u32 {
        let number = self.next;
        self.next += 1;
        number
    }
}
