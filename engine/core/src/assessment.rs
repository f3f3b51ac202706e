//! The result of scoring: numbers, and for every number the words it came from.

use crate::ids::{CriterionId, QuestionId};
use serde::{Deserialize, Serialize};

/// How a criterion was answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Verdict {
    /// Everything listened for was said.
    Met,
    /// Some of it was said.
    Partly,
    /// None of it was heard.
    Missed,
}

/// By which rule words were taken for what was listened for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum How {
    /// The same words.
    Exact,
    /// Another form of the same words.
    Inflected,
    /// An abbreviation for its expansion, or the other way round.
    Abbreviation,
    /// Another word for the same thing.
    Synonym,
    /// Sounds alike: a likely mis-hearing.
    Sound,
    /// Spelt nearly alike.
    Spelling,
    /// The same number, written another way.
    Number,
    /// An identifier of code, as spoken or in another notation.
    Identifier,
}

/// Words of the answer that earned credit.
///
/// `start` and `end` count Unicode scalar values of the answer's text, `end` exclusive.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Evidence {
    /// First character.
    pub start: usize,
    /// The character after the last.
    pub end: usize,
    /// The words as they stand in the answer.
    pub text: String,
    /// What was listened for.
    pub expected: String,
    /// Why the one counts as the other.
    pub how: How,
}

/// What became of one criterion.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CriterionResult {
    /// The criterion's id within its question.
    pub id: CriterionId,
    /// What a good answer says here.
    pub says: String,
    /// Its share of the whole, in the rubric's own points.
    pub weight: f64,
    /// Whether an answer without it can reach the upper levels.
    pub required: bool,
    /// Met, partly or missed.
    pub verdict: Verdict,
    /// Share of the weight that was earned, 0 to 1.
    pub credit: f64,
    /// The words that earned it, in order of the answer.
    pub evidence: Vec<Evidence>,
    /// Listening items that were not heard, by their first alternative.
    pub not_heard: Vec<String>,
    /// Said nearby but not counted, and why: for example `negated`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub near: Vec<Near>,
}

/// Words that nearly counted.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Near {
    /// First character, as in [`Evidence`].
    pub start: usize,
    /// The character after the last.
    pub end: usize,
    /// The words as they stand in the answer.
    pub text: String,
    /// Why they did not count, in plain words.
    pub why: String,
}

/// Something said that a good answer must not claim.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct MistakeResult {
    /// What the mistake is.
    pub says: String,
    /// Points of the 100 it takes.
    pub cost: f64,
    /// The words that said it.
    pub evidence: Vec<Evidence>,
}

/// A rule that caps or voids a score, and that fired.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct GuardResult {
    /// Its name, such as `echo` or `no_answer`.
    pub id: String,
    /// What it saw and did, in plain words.
    pub says: String,
    /// The highest score it leaves, 0 to 100.
    pub cap: f64,
}

/// The score of one transcript against one rubric, with everything that explains it.
///
/// A pure function of transcript, rubric and engine version: the same three give the same bytes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Assessment {
    /// The question that was answered; none for a bare model answer.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub question_id: Option<QuestionId>,
    /// 0 to 100, two decimals.
    pub score: f64,
    /// The score if no unsure word had been said.
    pub low: f64,
    /// The score if every unsure word had been what it might have been.
    pub high: f64,
    /// 1 to 5.
    pub level: u8,
    /// Nothing was said that could be scored.
    pub no_answer: bool,
    /// One result a criterion, in the rubric's order.
    pub criteria: Vec<CriterionResult>,
    /// Mistakes that were made.
    pub mistakes: Vec<MistakeResult>,
    /// Guards that fired.
    pub guards: Vec<GuardResult>,
    /// SHA-256 of the rubric, hex.
    pub rubric_hash: String,
    /// [`crate::ENGINE_VERSION`] at the time.
    pub engine_version: String,
    /// Which model heard the words; `typed` for a typed answer.
    pub model: String,
}
