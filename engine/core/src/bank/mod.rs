//! Packs, questions and rubrics: the types, their file form and what keeps them honest.
//!
//! `load` reads the TOML of `rubrics/SCHEMA.md` and reports every error at once; `lint` holds a pack to
//! its own model answers.

pub mod alternative;
pub mod bench;
mod collection;
mod diagnostic;
pub mod edit;
mod hash;
pub mod lint;
mod load;
mod section;
mod syntax;
mod write;

pub use collection::{Bank, BankError};
pub use diagnostic::Diagnostic;
pub use load::load;
pub use write::to_toml;

use crate::help::corrections::Correction;
use crate::ids::{CriterionId, PackId, QuestionId};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// A file of questions that belong together.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Pack {
    /// Stable id, such as `jvm`.
    pub id: PackId,
    /// What a person calls it.
    pub title: String,
    /// One sentence on what it covers; may be empty.
    pub about: String,
    /// SPDX expression.
    pub licence: String,
    /// Moves with every release of the pack.
    pub version: u32,
    /// The documents it was made from, where it was made from any.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub sources: Vec<String>,
    /// What the recogniser makes of its words, and what was meant.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub corrections: Vec<Correction>,
    /// In the file's order.
    pub questions: Vec<Question>,
}

/// How much experience a question assumes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Level {
    /// First job.
    Junior,
    /// Works alone.
    Mid,
    /// Leads.
    Senior,
}

/// What sort of answer a question asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// Knowledge of how something works.
    Technical,
    /// What one did and learnt.
    Behavioural,
    /// A comment on a snippet.
    Code,
    /// How one would build something.
    Design,
}

/// What is asked, its model answer and how an answer is marked.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Question {
    /// Never reused; an edit keeps it.
    pub id: QuestionId,
    /// The pack it stands in.
    pub pack: PackId,
    /// The question as it is read out.
    pub ask: String,
    /// What it is about, within its pack.
    pub topic: String,
    /// Experience assumed.
    pub level: Level,
    /// Sort of answer.
    pub kind: Kind,
    /// Length of a good answer in seconds.
    pub seconds: u32,
    /// The snippet the question is about.
    pub code: Option<String>,
    /// A nudge that may be shown in practice; never a criterion in other words.
    pub hint: Option<String>,
    /// The answer as a good candidate would say it.
    pub model_answer: String,
    /// Neighbours whose answers may overlap.
    pub related: Vec<QuestionId>,
    /// Where its facts and numbers can be checked.
    pub sources: Vec<String>,
    /// How an answer is marked.
    pub rubric: Rubric,
}

/// How the answers to one question are marked.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Rubric {
    /// What a good answer says.
    pub criteria: Vec<Criterion>,
    /// What a good answer must not claim.
    pub mistakes: Vec<Mistake>,
    /// What an answer of each level, 1 to 5, is like; levels may be left out.
    pub anchors: BTreeMap<u8, String>,
}

/// One thing a good answer says.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Criterion {
    /// Unique within the question.
    pub id: CriterionId,
    /// The point as one sentence.
    pub says: String,
    /// Its share of the whole; any positive number.
    pub weight: f64,
    /// Whether a good answer has to say it.
    pub required: bool,
    /// What to listen for. Outer: items that each count towards it. Inner: alternatives, any of which will do.
    pub listen: Vec<Vec<String>>,
    /// Items must be said in this order (for "A before B").
    pub order: bool,
    /// Items must fall within so many words of each other.
    pub within: Option<u32>,
    /// The follow-up asked when this was missed.
    pub probe: Option<String>,
}

/// Something a good answer must not claim.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Mistake {
    /// The wrong claim, as one sentence.
    pub says: String,
    /// All items, any alternative each, as in [`Criterion::listen`]; it is made when all are said.
    pub listen: Vec<Vec<String>>,
    /// Items must be said in this order.
    pub order: bool,
    /// Items must fall within so many words of each other.
    pub within: Option<u32>,
    /// Points of the 100 it takes.
    pub cost: f64,
    /// What is true instead; may be empty.
    pub instead: String,
}
