//! Formats that say themselves what is a question and what its answer.

pub(crate) mod anki;
pub(crate) mod apkg;
pub(crate) mod gift;
pub(crate) mod pack;
pub(crate) mod sheet;
pub(crate) mod table;
pub(crate) mod tree;

use crate::document::{gather, plain};
use crate::outcome::{FoundCriterion, FoundQuestion, Import, LeftOut, Part, Stated};
use crate::points;

/// One question as its format states it.
#[derive(Debug, Clone, Default)]
pub(crate) struct Record {
    pub line: u32,
    pub end_line: u32,
    pub ask: String,
    pub answer: String,
    pub topic: Option<String>,
    pub tags: Vec<String>,
    pub source_id: Option<String>,
    pub code: Option<String>,
    pub followup: bool,
    /// Points the source lists by itself.
    pub points: Vec<String>,
    /// Criteria the source gives in full.
    pub criteria: Vec<FoundCriterion>,
    pub confidence: f64,
    pub why: String,
    /// What a document of ours states in full.
    pub stated: Option<Box<Stated>>,
}

/// Makes an import of records.
pub(crate) fn import(
    records: Vec<Record>,
    format: &str,
    unit: Option<&str>,
    left: Vec<LeftOut>,
    mut warnings: Vec<String>,
) -> Import {
    let mut words = points::DocumentWords::default();
    let answers: Vec<_> = records
        .iter()
        .map(|r| {
            let text = if r.points.is_empty() {
                r.answer.clone()
            } else {
                r.points
                    .iter()
                    .map(|p| format!("{}.", p.trim_end_matches('.')))
                    .collect::<Vec<_>>()
                    .join("\n\n")
            };
            plain::read(&text)
        })
        .collect();
    for answer in &answers {
        words.add(answer, "");
    }
    let mut questions: Vec<FoundQuestion> = Vec::new();
    let mut main: Option<u32> = None;
    for (record, answer) in records.into_iter().zip(answers) {
        let criteria = if record.criteria.is_empty() {
            let mut derived =
                points::criteria(&record.ask, record.topic.as_deref(), record.line, "", &answer, &words);
            for criterion in &mut derived {
                criterion.from_lines = (record.line, record.end_line);
            }
            derived
        } else {
            record.criteria
        };
        let answered = !record.answer.trim().is_empty() || !record.points.is_empty();
        let kind = match (record.followup && main.is_some(), answered) {
            (true, _) => Part::Followup,
            (false, true) => Part::Main,
            (false, false) => Part::Unanswered,
        };
        if kind != Part::Followup {
            main = Some(record.line);
        }
        questions.push(FoundQuestion {
            line: record.line,
            end_line: record.end_line.max(record.line),
            also_lines: Vec::new(),
            ask: record.ask,
            kind,
            follows: if kind == Part::Followup { main } else { None },
            topic: record.topic,
            model_answer: if record.answer.trim().is_empty() {
                record.points.join("\n")
            } else {
                record.answer.trim().to_owned()
            },
            code: record.code,
            criteria,
            confidence: record.confidence,
            why: record.why,
            source_id: record.source_id,
            tags: record.tags,
            stated: record.stated,
        });
    }
    if questions.is_empty() {
        warnings.push("No question was found.".into());
    }
    let mut import = Import {
        file: None,
        format: format.to_owned(),
        unit: unit.map(str::to_owned),
        questions,
        left_out: left,
        warnings,
        packs: Vec::new(),
    };
    // What has an id of its own is never a repetition.
    if import.questions.iter().all(|q| q.stated.is_none()) {
        gather::merge_duplicates(&mut import);
    }
    import
}

/// Leaves out every line with words that no question holds.
pub(crate) fn account(import: &mut Import, source: &str, why: &str) {
    let nonblank: Vec<u32> =
        (1u32..).zip(plain::lines(source)).filter(|(_, l)| !l.trim().is_empty()).map(|(n, _)| n).collect();
    gather::account_lines(import, &nonblank, why);
}

/// HTML of a field as text.
pub(crate) fn html_to_text(html: &str) -> String {
    if !html.contains(['<', '&']) {
        return html.to_owned();
    }
    let pieces = crate::document::html::read(html);
    let mut out = String::new();
    for piece in pieces.iter().filter(|p| !p.markup && p.role != crate::document::Role::RowRule) {
        if !out.is_empty() && !piece.mid_line {
            out.push('\n');
        } else if !out.is_empty() {
            out.push(' ');
        }
        let bulleted = piece.marker == crate::document::Marker::Bullet && piece.body_at == 0;
        if bulleted {
            out.push_str("- ");
        }
        out.push_str(&piece.text);
    }
    out
}
