//! A rubric file of Viva, by the loader of the core.

use super::Record;
use crate::error::ImportError;
use crate::outcome::{FoundCriterion, Import, Stated, StatedPack};
use viva_core::bank::Question;

/// Reads a rubric file.
pub(crate) fn read(text: &str, name: &str) -> Result<Import, ImportError> {
    let pack = viva_core::bank::load(text, name).map_err(ImportError::Pack)?;
    let head = StatedPack {
        id: pack.id.clone(),
        title: pack.title,
        about: pack.about,
        licence: pack.licence,
        version: pack.version,
        sources: pack.sources,
    };
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
        records.push(record(question, (line, end), "A question of a rubric file."));
    }
    let mut import = super::import(records, "toml", None, Vec::new(), Vec::new());
    import.packs.push(head);
    super::account(&mut import, text, "the pack's own lines");
    Ok(import)
}

/// A question with everything it states, as a record at its lines.
pub(super) fn record(question: Question, lines: (u32, u32), why: &str) -> Record {
    let stated = Stated {
        pack: question.pack,
        id: question.id.clone(),
        level: question.level,
        kind: question.kind,
        seconds: question.seconds,
        hint: question.hint,
        related: question.related,
        sources: question.sources,
        mistakes: question.rubric.mistakes,
        anchors: question.rubric.anchors,
    };
    let criteria = question.rubric.criteria.into_iter().map(|c| FoundCriterion {
        says: c.says,
        weight: c.weight,
        required: c.required,
        listen: c.listen,
        from_lines: lines,
        id: Some(c.id),
        order: c.order,
        within: c.within,
        probe: c.probe,
    });
    Record {
        line: lines.0,
        end_line: lines.1,
        ask: question.ask,
        answer: question.model_answer,
        topic: Some(question.topic).filter(|t| !t.is_empty()),
        source_id: Some(question.id.to_string()),
        code: question.code,
        criteria: criteria.collect(),
        confidence: 1.0,
        why: why.to_owned(),
        stated: Some(Box::new(stated)),
        ..Record::default()
    }
}
