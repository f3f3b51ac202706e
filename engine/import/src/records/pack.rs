//! A rubric file of Viva, by the loader of the core.

use super::Record;
use crate::error::ImportError;
use crate::outcome::{FoundCriterion, Import};

/// Reads a rubric file.
pub(crate) fn read(text: &str, name: &str) -> Result<Import, ImportError> {
    let pack = viva_core::bank::load(text, name).map_err(ImportError::Pack)?;
    let lines: Vec<&str> = text.split('\n').collect();
    let starts: Vec<u32> =
        (1u32..).zip(&lines).filter(|(_, l)| l.trim() == "[[question]]").map(|(n, _)| n).collect();
    let mut records = Vec::new();
    for (n, question) in pack.questions.into_iter().enumerate() {
        let line = starts.get(n).copied().unwrap_or(1);
        let mut end = starts.get(n + 1).map_or(lines.len() as u32, |next| next - 1);
        while end > line && lines[end as usize - 1].trim().is_empty() {
            end -= 1;
        }
        records.push(Record {
            line,
            end_line: end,
            ask: question.ask,
            answer: question.model_answer,
            topic: Some(question.topic).filter(|t| !t.is_empty()),
            source_id: Some(question.id.to_string()),
            code: question.code,
            criteria: question
                .rubric
                .criteria
                .into_iter()
                .map(|c| FoundCriterion {
                    says: c.says,
                    weight: c.weight,
                    required: c.required,
                    listen: c.listen,
                    from_lines: (line, end),
                })
                .collect(),
            confidence: 1.0,
            why: "A question of a rubric file.".into(),
            ..Record::default()
        });
    }
    let mut import = super::import(records, "toml", None, Vec::new(), Vec::new());
    super::account(&mut import, text, "the pack's own lines");
    Ok(import)
}
