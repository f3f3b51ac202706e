//! A rubric beside the marks of people: where the two agree on answers that were marked by hand.
//!
//! Pure. Where a person says yes or no, a criterion counts as met from half its credit on; where a person says
//! partly, the rubric agrees with any credit between none and all.

use super::Bank;
use crate::assessment::Verdict;
use crate::ids::{CriterionId, QuestionId};
use crate::scoring::Scorer;
use crate::transcript::Transcript;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Credit from which a criterion counts as met.
pub const MET_FROM: f64 = 0.5;

/// One answer with what a person says of it: a line of a marked file.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MarkedAnswer {
    /// The question it answers.
    pub question_id: QuestionId,
    /// What was said.
    pub answer: String,
    /// What a person says of each criterion; criteria may be left out.
    pub criteria: BTreeMap<CriterionId, Mark>,
}

/// What a person says of one criterion. Written as `true`, `false` or `"partly"`; `"met"` and `"missed"` are read too.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "WrittenMark", into = "WrittenMark")]
pub enum Mark {
    /// The answer says it.
    Met,
    /// The answer says some of it.
    Partly,
    /// The answer does not say it.
    Missed,
}

#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
#[serde(untagged)]
enum WrittenMark {
    YesNo(bool),
    Word(Verdict),
}

impl From<WrittenMark> for Mark {
    fn from(written: WrittenMark) -> Self {
        match written {
            WrittenMark::YesNo(true) | WrittenMark::Word(Verdict::Met) => Self::Met,
            WrittenMark::YesNo(false) | WrittenMark::Word(Verdict::Missed) => Self::Missed,
            WrittenMark::Word(Verdict::Partly) => Self::Partly,
        }
    }
}

impl From<Mark> for WrittenMark {
    fn from(mark: Mark) -> Self {
        match mark {
            Mark::Met => Self::YesNo(true),
            Mark::Missed => Self::YesNo(false),
            Mark::Partly => Self::Word(Verdict::Partly),
        }
    }
}

/// How a rubric stands to a person's mark.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Agreement {
    /// Both say the same.
    Agree,
    /// The person heard more than the rubric.
    FalseMiss,
    /// The rubric heard more than the person.
    FalseHit,
}

impl Mark {
    /// Whether a rubric that gave `credit` (0 to 1) says the same.
    pub fn beside(self, credit: f64) -> Agreement {
        match self {
            Self::Met if credit < MET_FROM => Agreement::FalseMiss,
            Self::Missed if credit >= MET_FROM => Agreement::FalseHit,
            Self::Partly if credit <= 0.0 => Agreement::FalseMiss,
            Self::Partly if credit >= 1.0 => Agreement::FalseHit,
            _ => Agreement::Agree,
        }
    }
}

/// How a criterion did on all answers that were marked for it.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct CriterionBench {
    /// The question.
    pub question: QuestionId,
    /// The criterion.
    pub criterion: CriterionId,
    /// Answers marked for it.
    pub answers: usize,
    /// Answers on which rubric and person agree.
    pub agreed: usize,
    /// Lines, from 1, of answers in which a person heard more than the rubric.
    pub missed_positives: Vec<usize>,
    /// Lines, from 1, of answers in which the rubric heard more than a person.
    pub missed_negatives: Vec<usize>,
}

impl CriterionBench {
    /// The share of answers on which both agree.
    pub fn accuracy(&self) -> f64 {
        self.agreed as f64 / self.answers as f64
    }
}

/// How a rubric did as a whole.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Bench {
    /// Share of all marks on which both agree; 0 where there are none.
    pub accuracy: f64,
    /// How many marks there were.
    pub marks: usize,
    /// Criterion by criterion, in order of the ids.
    pub criteria: Vec<CriterionBench>,
}

/// Why an answer cannot be compared.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BenchError {
    /// No question has that id.
    #[error("line {line}: no question has the id \"{question}\"; write the id of a question of this pack")]
    QuestionUnknown {
        /// The line, from 1.
        line: usize,
        /// What it names.
        question: QuestionId,
    },
    /// The question has no such criterion.
    #[error("line {line}: \"{question}\" has no criterion \"{criterion}\"; it has {known}")]
    CriterionUnknown {
        /// The line, from 1.
        line: usize,
        /// The question.
        question: QuestionId,
        /// What it names.
        criterion: CriterionId,
        /// The ids it could be.
        known: String,
    },
}

/// Compares the rubrics of a bank with marked answers, given with their line numbers.
///
/// # Errors
/// The first answer whose question or criterion does not exist.
pub fn bench(bank: &Bank, marked: &[(usize, MarkedAnswer)]) -> Result<Bench, BenchError> {
    let mut criteria: BTreeMap<(QuestionId, CriterionId), CriterionBench> = BTreeMap::new();
    for (line, answer) in marked {
        let line = *line;
        let Some(question) = bank.question(&answer.question_id) else {
            return Err(BenchError::QuestionUnknown { line, question: answer.question_id.clone() });
        };
        let assessment =
            Scorer::shared().prepare(question).assess(&Transcript::typed(answer.answer.as_str()));
        for (id, &person) in &answer.criteria {
            let Some(result) = assessment.criteria.iter().find(|result| result.id == *id) else {
                let known: Vec<&str> = question.rubric.criteria.iter().map(|one| one.id.as_str()).collect();
                return Err(BenchError::CriterionUnknown {
                    line,
                    question: question.id.clone(),
                    criterion: id.clone(),
                    known: known.join(", "),
                });
            };
            let one = criteria.entry((question.id.clone(), id.clone())).or_insert_with(|| CriterionBench {
                question: question.id.clone(),
                criterion: id.clone(),
                answers: 0,
                agreed: 0,
                missed_positives: Vec::new(),
                missed_negatives: Vec::new(),
            });
            one.answers += 1;
            match person.beside(result.credit) {
                Agreement::FalseMiss => one.missed_positives.push(line),
                Agreement::FalseHit => one.missed_negatives.push(line),
                Agreement::Agree => one.agreed += 1,
            }
        }
    }
    let criteria: Vec<CriterionBench> = criteria.into_values().collect();
    let marks: usize = criteria.iter().map(|one| one.answers).sum();
    let agreed: usize = criteria.iter().map(|one| one.agreed).sum();
    let accuracy = if marks == 0 { 0.0 } else { agreed as f64 / marks as f64 };
    Ok(Bench { accuracy, marks, criteria })
}
