//! The file of marked answers: one JSON object a line, as `viva rubric test --marked` reads it.
//!
//! A line that somebody else wrote and that cannot be read stays where it is.

use super::{Desk, replace, text_of};
use sha2::{Digest, Sha256};
use std::path::PathBuf;
use viva_core::bank::bench::MarkedAnswer;
use viva_core::ids::QuestionId;

/// An answer of the file.
#[derive(Debug, Clone, PartialEq)]
pub struct Kept {
    /// Its line, from 1.
    pub line: usize,
    /// Names it in links.
    pub key: String,
    /// What was said, and what a person says of it.
    pub answer: MarkedAnswer,
}

impl Desk {
    /// The file with the marks.
    pub fn marked_file(&self) -> PathBuf {
        self.folder.join("marked.jsonl")
    }

    /// The answers to a question, the oldest first.
    pub fn marked(&self, question: &QuestionId) -> anyhow::Result<Vec<Kept>> {
        let text = text_of(&self.marked_file())?;
        let lines = text.lines().enumerate();
        let read = lines.filter_map(|(n, line)| {
            let answer: MarkedAnswer = serde_json::from_str(line).ok()?;
            (answer.question_id == *question).then(|| Kept {
                line: n + 1,
                key: key_of(&answer.question_id, &answer.answer),
                answer,
            })
        });
        Ok(read.collect())
    }

    /// Keeps an answer with its marks; one with the same words takes the place of the line before.
    pub fn keep(&self, answer: &MarkedAnswer) -> anyhow::Result<()> {
        let line = serde_json::to_string(answer)?;
        self.rewrite(&key_of(&answer.question_id, &answer.answer), Some(line))
    }

    /// Takes an answer out of the file.
    pub fn forget(&self, key: &str) -> anyhow::Result<()> {
        self.rewrite(key, None)
    }

    fn rewrite(&self, key: &str, mut line: Option<String>) -> anyhow::Result<()> {
        let _lock = self.lock()?;
        let text = text_of(&self.marked_file())?;
        let is_it = |line: &str| {
            serde_json::from_str::<MarkedAnswer>(line)
                .is_ok_and(|answer| key_of(&answer.question_id, &answer.answer) == key)
        };
        let mut lines: Vec<String> = Vec::new();
        for old in text.lines() {
            if is_it(old) {
                lines.extend(line.take());
            } else {
                lines.push(old.to_owned());
            }
        }
        lines.extend(line);
        let text: String = lines.iter().flat_map(|line| [line.as_str(), "\n"]).collect();
        replace(&self.marked_file(), &text)
    }
}

/// The key of an answer: its question and its words.
pub fn key_of(question: &QuestionId, answer: &str) -> String {
    let mut hash = Sha256::new();
    hash.update(question.as_str());
    hash.update([0]);
    hash.update(answer);
    hash.finalize().iter().take(8).map(|byte| format!("{byte:02x}")).collect()
}
