//! The content of a question as one short text, to see whether it was edited.

use super::Question;
use serde::Serialize;
use sha2::{Digest, Sha256};

impl Question {
    /// SHA-256, hex, of everything a person wrote about this question; any edit changes it.
    ///
    /// What a score depends on is less than that: `scoring::rubric_hash`.
    pub fn content_hash(&self) -> String {
        hex_of(self)
    }
}

fn hex_of(value: &impl Serialize) -> String {
    // Struct fields come in their declared order and maps sorted, so the same content gives the same bytes.
    let bytes = serde_json::to_vec(value).expect("the types of a question are written without failure");
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}
