//! What comes out of a document: questions with their answers and criteria, and what was left out and why.
//!
//! Serialised, an [`Import`] is what `viva import --dry-run --json` prints for one file. Two invariants hold for
//! every document: each non-blank line (or record, or page) lies in the range of a question or of something left
//! out, and the same bytes give the same import.

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use viva_core::bank::{Kind, Level, Mistake};
use viva_core::ids::{CriterionId, PackId, QuestionId};

/// The questions of one document, and the rest of it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Import {
    /// The file's name, where the caller gave one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub file: Option<String>,
    /// The format it was read as, such as `text` or `apkg`.
    pub format: String,
    /// What positions count where the format has no lines: `record`, `paragraph` or `page`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unit: Option<String>,
    /// In the document's order.
    pub questions: Vec<FoundQuestion>,
    /// What is no question and no answer, in the document's order.
    pub left_out: Vec<LeftOut>,
    /// What a person should know before trusting the result.
    pub warnings: Vec<String>,
    /// The packs the document itself speaks of: a rubric file's, or those of a table this program has written.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub packs: Vec<StatedPack>,
}

/// A pack as a document states it, without its questions.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StatedPack {
    /// Its id.
    pub id: PackId,
    /// What a person calls it.
    pub title: String,
    /// What it covers; may be empty.
    pub about: String,
    /// SPDX expression.
    pub licence: String,
    /// Moves with every release.
    pub version: u32,
    /// The documents it was made from.
    pub sources: Vec<String>,
}

/// What a document of ours states beyond question, answer and criteria. Nothing of it is derived.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Stated {
    /// The pack it stands in.
    pub pack: PackId,
    /// Its id there.
    pub id: QuestionId,
    /// Experience assumed.
    pub level: Level,
    /// Sort of answer.
    pub kind: Kind,
    /// Length of a good answer.
    pub seconds: u32,
    /// A nudge for practice.
    pub hint: Option<String>,
    /// Neighbours whose answers may overlap.
    pub related: Vec<QuestionId>,
    /// Where its facts can be checked.
    pub sources: Vec<String>,
    /// What a good answer must not claim.
    pub mistakes: Vec<Mistake>,
    /// What an answer of each level is like.
    pub anchors: BTreeMap<u8, String>,
}

/// What part a question plays in its document.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Part {
    /// Stands on its own, with an answer.
    Main,
    /// Leans on the main question before it.
    Followup,
    /// Asked, but nobody answered it.
    Unanswered,
}

/// One question as it stands in a document.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FoundQuestion {
    /// Where the question's own text starts, from 1.
    pub line: u32,
    /// The last line of its answer, inclusive.
    pub end_line: u32,
    /// Where the same question stands again.
    pub also_lines: Vec<u32>,
    /// The question as it would be asked.
    pub ask: String,
    /// Main, follow-up or unanswered.
    pub kind: Part,
    /// The line of the main question a follow-up leans on.
    pub follows: Option<u32>,
    /// What it is about, where the document says so.
    pub topic: Option<String>,
    /// The answer as it stands, tidied of list markers.
    pub model_answer: String,
    /// The snippet the question is about.
    pub code: Option<String>,
    /// What a good answer says, drawn from the answer.
    pub criteria: Vec<FoundCriterion>,
    /// 0 to 1: how sure the reading is.
    pub confidence: f64,
    /// Why it was taken for a question, in plain words.
    pub why: String,
    /// The document's own name for it, such as an Anki note's GUID, so that a second import updates it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source_id: Option<String>,
    /// Words the document files it under.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tags: Vec<String>,
    /// What the document states in full, where it is one of ours.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stated: Option<Box<Stated>>,
}

/// One thing a good answer says, and where the document says it.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct FoundCriterion {
    /// The point as one sentence.
    pub says: String,
    /// Its share of the whole, 1 to 3.
    pub weight: f64,
    /// Whether a good answer has to say it.
    pub required: bool,
    /// What to listen for: items that each count, alternatives within.
    pub listen: Vec<Vec<String>>,
    /// First and last line it was drawn from.
    pub from_lines: (u32, u32),
    /// Its id, where the document gives it one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<CriterionId>,
    /// Items must be said in this order.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub order: bool,
    /// Items must fall within so many words of each other.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub within: Option<u32>,
    /// The follow-up asked when this was missed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub probe: Option<String>,
}

/// Lines that became no question.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LeftOut {
    /// First line, from 1.
    pub line: u32,
    /// Last line, inclusive.
    pub end_line: u32,
    /// Why, in plain words.
    pub why: String,
}
