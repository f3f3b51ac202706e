//! The fingerprint of a rubric, stored with every assessment.

use crate::bank::Question;
use serde::Serialize;
use sha2::{Digest, Sha256};

/// What a score depends on, in one fixed order.
#[derive(Serialize)]
struct Marked<'a> {
    ask: &'a str,
    code: &'a Option<String>,
    hint: &'a Option<String>,
    model_answer: &'a str,
    rubric: &'a crate::bank::Rubric,
}

/// SHA-256, in hex, over everything in a question that its score depends on.
///
/// Title, topic, level and seconds may change without changing it.
pub fn rubric_hash(question: &Question) -> String {
    let marked = Marked {
        ask: &question.ask,
        code: &question.code,
        hint: &question.hint,
        model_answer: &question.model_answer,
        rubric: &question.rubric,
    };
    // Strings, numbers and maps with string or integer keys always serialise.
    hash_text(&serde_json::to_string(&marked).unwrap_or_default())
}

/// SHA-256 of a text in hex.
pub(super) fn hash_text(text: &str) -> String {
    Sha256::digest(text.as_bytes()).iter().map(|b| format!("{b:02x}")).collect()
}
