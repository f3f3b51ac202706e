//! The edits a person can make to a draft.

use super::words::{heard, line_of, text_of};
use super::{Draft, Item, cut};
use crate::outcome::{FoundCriterion, FoundQuestion, Part};
use crate::steps::Stepwise;
use serde::{Deserialize, Serialize};

/// One edit.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "do", rename_all = "snake_case")]
pub enum Step {
    /// It is right as it is.
    Keep {
        /// The question's number.
        item: u32,
    },
    /// Leave it out.
    Drop {
        /// The question's number.
        item: u32,
    },
    /// Take it in again.
    Restore {
        /// The question's number.
        item: u32,
    },
    /// A second question begins at a line.
    Split {
        /// The question's number.
        item: u32,
        /// Where the second one begins, from 1.
        line: u32,
    },
    /// It belongs to the answer above.
    Merge {
        /// The question's number.
        item: u32,
    },
    /// It leans on the main question above.
    FollowUp {
        /// The question's number.
        item: u32,
    },
    /// It stands on its own.
    Main {
        /// The question's number.
        item: u32,
    },
    /// Other words.
    Edit {
        /// The question's number.
        item: u32,
        /// What is asked.
        ask: String,
        /// What it is about; may be empty.
        topic: String,
        /// The model answer; may be empty.
        answer: String,
        /// The snippet it is about; may be empty.
        code: String,
    },
    /// A criterion is changed; one place behind the last adds one.
    SetCriterion {
        /// The question's number.
        item: u32,
        /// The criterion's place, from 0.
        at: usize,
        /// The point as one sentence.
        says: String,
        /// Its share, 0.01 to 100.
        weight: f64,
        /// Whether a good answer has to say it.
        required: bool,
        /// What to listen for.
        listen: Vec<Vec<String>>,
    },
    /// A criterion goes.
    RemoveCriterion {
        /// The question's number.
        item: u32,
        /// The criterion's place, from 0.
        at: usize,
    },
    /// Criteria are drawn from the answer again.
    DrawCriteria {
        /// The question's number.
        item: u32,
    },
    /// Something left out becomes a question.
    Take {
        /// Where it begins, from 1.
        line: u32,
    },
}

impl Step {
    /// The question it is about, where it is about one that is there already.
    pub fn item(&self) -> Option<u32> {
        match self {
            Self::Keep { item }
            | Self::Drop { item }
            | Self::Restore { item }
            | Self::Split { item, .. }
            | Self::Merge { item }
            | Self::FollowUp { item }
            | Self::Main { item }
            | Self::Edit { item, .. }
            | Self::SetCriterion { item, .. }
            | Self::RemoveCriterion { item, .. }
            | Self::DrawCriteria { item } => Some(*item),
            Self::Take { .. } => None,
        }
    }

    /// What it did, for the button that takes it back.
    pub fn says(&self) -> &'static str {
        match self {
            Self::Keep { .. } => "keeping it",
            Self::Drop { .. } => "dropping it",
            Self::Restore { .. } => "taking it in",
            Self::Split { .. } => "the split",
            Self::Merge { .. } => "the merge",
            Self::FollowUp { .. } => "marking it as a follow-up",
            Self::Main { .. } => "marking it as a main question",
            Self::Edit { .. } => "the edit",
            Self::SetCriterion { .. } => "the edit of a criterion",
            Self::RemoveCriterion { .. } => "removing a criterion",
            Self::DrawCriteria { .. } => "drawing the criteria",
            Self::Take { .. } => "taking it in",
        }
    }
}

/// Why an edit was refused; each says what to do instead.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// The number names none.
    #[error("that question is no longer there; it may have been merged into another")]
    NoQuestion,
    /// Nothing stands above.
    #[error("no question stands above this one")]
    NothingAbove,
    /// The line is outside, or the first.
    #[error("line {0} is not inside this question's answer; choose one of its lines below the first")]
    NotInside(u32),
    /// The format has no lines.
    #[error("this document has no lines to split at; edit the question and add another in its place")]
    NoLines,
    /// No words where words are needed.
    #[error("the question is empty; write what is asked")]
    NothingAsked,
    /// No words where words are needed.
    #[error("the criterion is empty; write the point as one sentence")]
    NothingSaid,
    /// Nothing to listen for.
    #[error("there is nothing to listen for; write words, one thing a line, ways to say it with | between")]
    NothingToHear,
    /// No such criterion.
    #[error("that criterion is no longer there")]
    NoCriterion,
    /// Not a weight.
    #[error("a weight is a number from 0.01 to 100")]
    BadWeight,
    /// More than anybody says.
    #[error("this is longer than {0} characters; shorten it")]
    TooLong(usize),
    /// Nothing begins there.
    #[error("nothing that was left out begins at line {0}")]
    NothingLeftOut(u32),
}

impl Stepwise for Draft {
    type Step = Step;
    type Refused = Refused;

    fn take(&mut self, step: &Step) -> Result<(), Refused> {
        // These move questions about before all of it is known to fit.
        if matches!(step, Step::Split { .. } | Step::Merge { .. } | Step::Take { .. }) {
            let mut next = self.clone();
            next.apply(step)?;
            *self = next;
        } else {
            self.apply(step)?;
        }
        self.mend_follow_ups();
        Ok(())
    }
}

impl Draft {
    fn apply(&mut self, step: &Step) -> Result<(), Refused> {
        match step {
            Step::Keep { item } => {
                let item = self.item_mut(*item)?;
                item.seen = true;
                item.dropped = false;
            }
            Step::Drop { item } => {
                let item = self.item_mut(*item)?;
                item.dropped = true;
                item.seen = true;
            }
            Step::Restore { item } => self.item_mut(*item)?.dropped = false,
            Step::Split { item, line } => self.split(*item, *line)?,
            Step::Merge { item } => self.merge(*item)?,
            Step::FollowUp { item } => {
                let at = self.position(*item)?;
                let main = self.items[..at]
                    .iter()
                    .rev()
                    .find(|above| !above.dropped && above.found.kind != Part::Followup)
                    .map(|above| above.found.line)
                    .ok_or(Refused::NothingAbove)?;
                let item = &mut self.items[at];
                item.found.kind = Part::Followup;
                item.found.follows = Some(main);
                item.seen = true;
            }
            Step::Main { item } => {
                let item = self.item_mut(*item)?;
                item.found.kind = part_of(&item.found.model_answer);
                item.found.follows = None;
                item.seen = true;
            }
            Step::Edit { item, ask, topic, answer, code } => {
                let (ask, topic) = (line_of(ask)?, line_of(topic)?);
                if !ask.chars().any(char::is_alphanumeric) {
                    return Err(Refused::NothingAsked);
                }
                let (answer, code) = (text_of(answer)?, text_of(code)?);
                let item = self.item_mut(*item)?;
                let new_answer = item.found.model_answer.trim() != answer;
                item.found.ask = ask;
                item.found.topic = Some(topic).filter(|t| !t.is_empty());
                item.found.code = Some(code).filter(|c| !c.is_empty());
                item.found.model_answer = answer;
                if item.found.kind != Part::Followup {
                    item.found.kind = part_of(&item.found.model_answer);
                }
                item.seen = true;
                if new_answer && !item.criteria_by_hand {
                    cut::draw(&mut item.found);
                }
            }
            Step::SetCriterion { item, at, says, weight, required, listen } => {
                let says = line_of(says)?;
                if !says.chars().any(char::is_alphanumeric) {
                    return Err(Refused::NothingSaid);
                }
                if !(0.01..=100.0).contains(weight) {
                    return Err(Refused::BadWeight);
                }
                let listen = heard(listen)?;
                let item = self.item_mut(*item)?;
                let lines = (item.found.line, item.found.end_line);
                if *at > item.found.criteria.len() {
                    return Err(Refused::NoCriterion);
                }
                if *at == item.found.criteria.len() {
                    item.found
                        .criteria
                        .push(FoundCriterion { from_lines: lines, ..FoundCriterion::default() });
                }
                let criterion = &mut item.found.criteria[*at];
                criterion.says = says;
                criterion.weight = *weight;
                criterion.required = *required;
                criterion.listen = listen;
                item.criteria_by_hand = true;
                item.seen = true;
            }
            Step::RemoveCriterion { item, at } => {
                let item = self.item_mut(*item)?;
                if *at >= item.found.criteria.len() {
                    return Err(Refused::NoCriterion);
                }
                item.found.criteria.remove(*at);
                item.criteria_by_hand = true;
            }
            Step::DrawCriteria { item } => {
                let item = self.item_mut(*item)?;
                cut::draw(&mut item.found);
                item.criteria_by_hand = false;
            }
            Step::Take { line } => self.take_in(*line)?,
        }
        Ok(())
    }

    fn item_mut(&mut self, number: u32) -> Result<&mut Item, Refused> {
        let at = self.position(number)?;
        Ok(&mut self.items[at])
    }

    fn split(&mut self, number: u32, line: u32) -> Result<(), Refused> {
        let at = self.position(number)?;
        if self.lines.is_empty() {
            return Err(Refused::NoLines);
        }
        let whole = &self.items[at].found;
        if line <= whole.line || line > whole.end_line || line as usize > self.lines.len() {
            return Err(Refused::NotInside(line));
        }
        let (first, second) = cut::at_line(whole, line, &self.lines);
        if !second.ask.chars().any(char::is_alphanumeric) {
            return Err(Refused::NotInside(line));
        }
        let by_hand = self.items[at].criteria_by_hand;
        self.items[at].found = first;
        self.items[at].seen = true;
        let number = self.fresh();
        self.items.insert(
            at + 1,
            Item {
                number,
                found: second,
                origin: None,
                dropped: false,
                seen: true,
                criteria_by_hand: by_hand,
            },
        );
        if !by_hand {
            cut::draw(&mut self.items[at].found);
            cut::draw(&mut self.items[at + 1].found);
        }
        Ok(())
    }

    fn merge(&mut self, number: u32) -> Result<(), Refused> {
        let at = self.position(number)?;
        let above = self.items[..at].iter().rposition(|item| !item.dropped).ok_or(Refused::NothingAbove)?;
        let below = self.items.remove(at);
        let item = &mut self.items[above];
        let by_hand = item.criteria_by_hand || below.criteria_by_hand;
        let parts = [item.found.model_answer.trim(), below.found.ask.trim()];
        let head = parts.iter().filter(|part| !part.is_empty()).copied().collect::<Vec<_>>().join("\n\n");
        item.found.model_answer = format!("{head}\n{}", below.found.model_answer.trim()).trim().to_owned();
        item.found.end_line = item.found.end_line.max(below.found.end_line);
        item.seen = true;
        if item.found.kind == Part::Unanswered {
            item.found.kind = part_of(&item.found.model_answer);
        }
        if by_hand {
            item.found.criteria.extend(below.found.criteria);
            item.criteria_by_hand = true;
        } else {
            cut::draw(&mut item.found);
        }
        Ok(())
    }

    fn take_in(&mut self, line: u32) -> Result<(), Refused> {
        let at =
            self.left_out.iter().position(|out| out.line == line).ok_or(Refused::NothingLeftOut(line))?;
        if self.lines.is_empty() {
            return Err(Refused::NoLines);
        }
        let out = self.left_out.remove(at);
        let found = cut::from_lines(out.line, out.end_line, &self.lines);
        if !found.ask.chars().any(char::is_alphanumeric) {
            return Err(Refused::NothingAsked);
        }
        let number = self.fresh();
        let place = self.items.iter().position(|item| item.found.line > line).unwrap_or(self.items.len());
        let item = Item { number, found, origin: None, dropped: false, seen: true, criteria_by_hand: false };
        self.items.insert(place, item);
        Ok(())
    }
}

pub(super) fn part_of(answer: &str) -> Part {
    if answer.trim().is_empty() { Part::Unanswered } else { Part::Main }
}

/// A question that is nothing yet but where it stands.
pub(super) fn blank(line: u32, end_line: u32) -> FoundQuestion {
    FoundQuestion {
        line,
        end_line,
        also_lines: Vec::new(),
        ask: String::new(),
        kind: Part::Main,
        follows: None,
        topic: None,
        model_answer: String::new(),
        code: None,
        criteria: Vec::new(),
        confidence: 1.0,
        why: "Taken in by hand.".into(),
        source_id: None,
        tags: Vec::new(),
        stated: None,
    }
}
