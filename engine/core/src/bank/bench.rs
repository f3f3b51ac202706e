//! A rubric beside the marks of people: where the two agree on answers that were marked by hand.
//!
//! Pure. A criterion counts as met from half its credit on, since a person who marks says yes or no.

use super::Bank;
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
    /// Whether each criterion is met; criteria may be left out.
    pub criteria: BTreeMap<CriterionId, bool>,
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
    /// Lines, from 1, of answers that a person calls met and the rubric does not.
    pub missed_positives: Vec<usize>,
    /// Lines, from 1, of answers that the rubric calls met and a person does not.
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
            match (person, result.credit >= MET_FROM) {
                (true, false) => one.missed_positives.push(line),
                (false, true) => one.missed_negatives.push(line),
                _ => one.agreed += 1,
            }
        }
    }
    let criteria: Vec<CriterionBench> = criteria.into_values().collect();
    let marks: usize = criteria.iter().map(|one| one.answers).sum();
    let agreed: usize = criteria.iter().map(|one| one.agreed).sum();
    let accuracy = if marks == 0 { 0.0 } else { agreed as f64 / marks as f64 };
    Ok(Bench { accuracy, marks, criteria })
}
