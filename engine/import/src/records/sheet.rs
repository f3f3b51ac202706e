//! The table `viva rubric export --format csv` writes: one question a row, everything a pack holds in its columns.
//!
//! What has structure of its own (criteria, mistakes, anchors) is JSON in its cell, so that nothing is lost on the way
//! through a spreadsheet.

use super::pack::record;
use super::{Record, account};
use crate::error::ImportError;
use crate::outcome::{Import, StatedPack};
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::collections::BTreeMap;
use viva_core::bank::{Criterion, Mistake, Pack, Question, Rubric};

/// The columns, in the order they are written.
pub(crate) const HEAD: [&str; 20] = [
    "pack",
    "pack_title",
    "pack_about",
    "licence",
    "version",
    "pack_sources",
    "id",
    "question",
    "topic",
    "level",
    "kind",
    "seconds",
    "hint",
    "code",
    "answer",
    "criteria",
    "mistakes",
    "anchors",
    "related",
    "sources",
];

/// Whether a table's first row is this one.
pub(crate) fn is_head(cells: &[String]) -> bool {
    let has =
        |name: &str| cells.iter().any(|cell| cell.trim_start_matches('\u{feff}').eq_ignore_ascii_case(name));
    ["pack", "pack_title", "id", "question", "answer", "criteria"].into_iter().all(has)
}

/// A question as cells.
pub(crate) fn row(pack: &Pack, question: &Question) -> Result<Vec<String>, serde_json::Error> {
    Ok(vec![
        pack.id.to_string(),
        pack.title.clone(),
        pack.about.clone(),
        pack.licence.clone(),
        pack.version.to_string(),
        list(&pack.sources)?,
        question.id.to_string(),
        question.ask.clone(),
        question.topic.clone(),
        word(&question.level)?,
        word(&question.kind)?,
        question.seconds.to_string(),
        question.hint.clone().unwrap_or_default(),
        question.code.clone().unwrap_or_default(),
        question.model_answer.clone(),
        serde_json::to_string(&question.rubric.criteria)?,
        list(&question.rubric.mistakes)?,
        if question.rubric.anchors.is_empty() {
            String::new()
        } else {
            serde_json::to_string(&question.rubric.anchors)?
        },
        list(&question.related)?,
        list(&question.sources)?,
    ])
}

fn list<T: Serialize>(items: &[T]) -> Result<String, serde_json::Error> {
    if items.is_empty() { Ok(String::new()) } else { serde_json::to_string(items) }
}

fn word<T: Serialize>(value: &T) -> Result<String, serde_json::Error> {
    let json = serde_json::to_value(value)?;
    Ok(json.as_str().unwrap_or_default().to_owned())
}

/// Reads such a table.
pub(crate) fn read(text: &str, separator: u8, format: &str) -> Result<Import, ImportError> {
    let rows = super::table::rows(text, separator, 0)?;
    let Some((head, body)) = rows.split_first() else { return Err(ImportError::Empty) };
    let mut packs: Vec<StatedPack> = Vec::new();
    let mut records: Vec<Record> = Vec::new();
    for row in body {
        let cells = Cells { head: &head.cells, cells: &row.cells, line: row.line };
        if cells.get("question").is_empty() && cells.get("answer").is_empty() {
            continue;
        }
        let pack = StatedPack {
            id: cells.id("pack")?,
            title: cells.get("pack_title").to_owned(),
            about: cells.get("pack_about").to_owned(),
            licence: cells.get("licence").to_owned(),
            version: cells.get("version").parse().unwrap_or(1),
            sources: cells.json("pack_sources")?,
        };
        let question = Question {
            id: cells.id("id")?,
            pack: pack.id.clone(),
            ask: cells.get("question").to_owned(),
            topic: cells.get("topic").to_owned(),
            level: cells.word("level", "mid")?,
            kind: cells.word("kind", "technical")?,
            seconds: cells.get("seconds").parse().unwrap_or(120),
            code: cells.some("code"),
            hint: cells.some("hint"),
            model_answer: cells.get("answer").to_owned(),
            related: cells.json("related")?,
            sources: cells.json("sources")?,
            rubric: Rubric {
                criteria: cells.json::<Vec<Criterion>>("criteria")?,
                mistakes: cells.json::<Vec<Mistake>>("mistakes")?,
                anchors: cells.json::<BTreeMap<u8, String>>("anchors")?,
            },
        };
        if packs.iter().all(|known| known.id != pack.id) {
            packs.push(pack);
        }
        records.push(record(question, (row.line, row.end_line), "A row of an exported bank."));
    }
    let mut import = super::import(records, format, None, Vec::new(), Vec::new());
    import.packs = packs;
    account(&mut import, text, "header or empty row");
    Ok(import)
}

/// A row by the names of its columns.
struct Cells<'a> {
    head: &'a [String],
    cells: &'a [String],
    line: u32,
}

impl Cells<'_> {
    fn get(&self, name: &str) -> &str {
        let at = self.head.iter().position(|h| h.trim_start_matches('\u{feff}').eq_ignore_ascii_case(name));
        at.and_then(|at| self.cells.get(at)).map_or("", String::as_str)
    }

    fn some(&self, name: &str) -> Option<String> {
        Some(self.get(name).to_owned()).filter(|text| !text.is_empty())
    }

    fn id<T: std::str::FromStr<Err: ToString>>(&self, name: &str) -> Result<T, ImportError> {
        self.get(name).parse().map_err(|error: T::Err| self.damaged(name, &error.to_string()))
    }

    fn word<T: DeserializeOwned>(&self, name: &str, without: &str) -> Result<T, ImportError> {
        let text = self.get(name);
        let text = if text.is_empty() { without } else { text };
        serde_json::from_value(serde_json::Value::String(text.to_lowercase()))
            .map_err(|error| self.damaged(name, &error.to_string()))
    }

    fn json<T: DeserializeOwned + Default>(&self, name: &str) -> Result<T, ImportError> {
        let text = self.get(name);
        if text.is_empty() {
            return Ok(T::default());
        }
        serde_json::from_str(text).map_err(|error| self.damaged(name, &error.to_string()))
    }

    fn damaged(&self, column: &str, why: &str) -> ImportError {
        ImportError::damaged("an exported bank", format!("line {}, column {column}: {why}", self.line))
    }
}
