//! CSV and TSV: columns by their header, or question and answer first where there is none.

use super::Record;
use crate::document::{candidates, wording};
use crate::error::ImportError;
use crate::limits::MOST_RECORDS;
use crate::outcome::Import;

/// What a column holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Column {
    Question,
    Term,
    Answer,
    Topic,
    Tags,
    Id,
    Code,
    Points,
    Kind,
    Ignored,
}

/// Reads values with `separator` between them, or with the one that fits best.
pub(crate) fn read(text: &str, separator: Option<u8>, format: &str) -> Result<Import, ImportError> {
    let separator = separator.unwrap_or_else(|| best_separator(text));
    let rows = rows(text, separator, 0)?;
    let mut warnings = Vec::new();
    let Some(first) = rows.first() else { return Err(ImportError::Empty) };
    if super::sheet::is_head(&first.cells) {
        return super::sheet::read(text, separator, format);
    }
    let columns = header(&first.cells);
    let (columns, body) = match columns {
        Some(columns) => (columns, &rows[1..]),
        None => {
            warnings.push("There is no header this reader knows; the first column was taken as the question, the second as the answer.".into());
            (unnamed(&rows), &rows[..])
        }
    };
    let records = records(body, &columns, false);
    let mut import = super::import(records, format, None, Vec::new(), warnings);
    super::account(&mut import, text, "header or empty row");
    Ok(import)
}

/// A row and the lines it spans.
pub(crate) struct Row {
    pub line: u32,
    pub end_line: u32,
    pub cells: Vec<String>,
}

/// Reads the rows of a text whose first line is line `before + 1` of the file.
pub(crate) fn rows(text: &str, separator: u8, before: u32) -> Result<Vec<Row>, ImportError> {
    let mut reader = csv::ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .delimiter(separator)
        .terminator(csv::Terminator::Any(b'\n'))
        .from_reader(text.trim_end_matches(['\n', '\r', ' ']).as_bytes());
    let mut rows: Vec<Row> = Vec::new();
    for record in reader.records() {
        let record = record.map_err(|e| ImportError::damaged("CSV", e))?;
        let line = before + record.position().map_or(1, |p| u32::try_from(p.line()).unwrap_or(u32::MAX));
        let cells: Vec<String> = record.iter().map(|c| c.trim_end_matches('\r').trim().to_owned()).collect();
        if let Some(last) = rows.last_mut() {
            last.end_line = last.end_line.max(line.saturating_sub(1)).max(last.line);
        }
        if rows.len() > MOST_RECORDS {
            return Err(ImportError::damaged("CSV", format!("more than {MOST_RECORDS} rows")));
        }
        // A field that holds line breaks spans lines; the parser knows only where the row begins.
        let breaks = record.iter().map(|c| c.matches('\n').count()).sum::<usize>() as u32;
        rows.push(Row { line, end_line: line + breaks, cells });
    }
    // csv counts empty lines before a row to the row: its own text starts where its words do.
    let lines: Vec<&str> = text.split('\n').collect();
    for row in &mut rows {
        while (row.line - before) as usize <= lines.len()
            && row.line > before
            && lines[(row.line - before) as usize - 1].trim().is_empty()
            && row.line < row.end_line + 64
        {
            row.line += 1;
        }
        let breaks = row.cells.iter().map(|c| c.matches('\n').count()).sum::<usize>() as u32;
        row.end_line = row.line + breaks;
    }
    Ok(rows)
}

fn best_separator(text: &str) -> u8 {
    let sample: Vec<&str> = text.lines().filter(|l| !l.trim().is_empty()).take(40).collect();
    let score = |separator: u8| {
        let counts: Vec<usize> =
            sample.iter().map(|l| l.bytes().filter(|b| *b == separator).count()).collect();
        let with = counts.iter().filter(|c| **c > 0).count();
        let first = counts.first().copied().unwrap_or(0);
        let steady = counts.iter().filter(|c| **c == first && first > 0).count();
        (steady * 2 + with, first)
    };
    *[b',', b'\t', b';', b'|'].iter().max_by_key(|s| score(**s)).unwrap_or(&b',')
}

/// The columns a header names, if it is one.
pub(crate) fn header(cells: &[String]) -> Option<Vec<Column>> {
    let columns: Vec<Column> = cells.iter().map(|c| column_of(c)).collect();
    let asks = columns.iter().any(|c| matches!(c, Column::Question | Column::Term));
    let short = cells.iter().all(|c| c.split_whitespace().count() <= 4);
    (asks && short).then_some(columns)
}

/// What a name of a column or key means.
pub(crate) fn column_of(name: &str) -> Column {
    let key: String = name.to_lowercase().chars().filter(|c| c.is_alphanumeric()).collect();
    match key.as_str() {
        "question" | "questions" | "q" | "ask" | "asked" | "prompt" | "front" | "questiontext"
        | "interviewquestion" | "query" => Column::Question,
        "term" | "concept" | "word" | "acronym" | "abbreviation" => Column::Term,
        "answer" | "answers" | "a" | "back" | "response" | "modelanswer" | "sampleanswer"
        | "expectedanswer" | "solution" | "explanation" | "definition" | "meaning" | "description"
        | "answertext" | "reply" | "idealanswer" | "content" | "body" => Column::Answer,
        "topic" | "category" | "section" | "subject" | "deck" | "area" | "chapter" | "theme" | "group"
        | "domain" | "skill" => Column::Topic,
        "tags" | "tag" | "labels" | "keywords" => Column::Tags,
        "id" | "guid" | "uuid" | "key" | "slug" | "questionid" => Column::Id,
        "code" | "snippet" | "codesnippet" => Column::Code,
        "points" | "keypoints" | "criteria" | "rubric" | "bullets" | "mustmention" | "expectedpoints" => {
            Column::Points
        }
        "kind" | "type" => Column::Kind,
        _ => Column::Ignored,
    }
}

fn unnamed(rows: &[Row]) -> Vec<Column> {
    let width = rows.iter().map(|r| r.cells.len()).max().unwrap_or(0);
    // A leading column of numbers or ids is no question.
    let asking = |n: usize| {
        rows.iter().filter(|r| r.cells.get(n).is_some_and(|c| wording::asked(c).is_some())).count()
    };
    let best = (0..width).max_by_key(|n| (asking(*n), std::cmp::Reverse(*n))).unwrap_or(0);
    let question = if asking(best) * 3 >= rows.len() { best } else { 0 };
    (0..width)
        .map(|n| match n {
            n if n == question => Column::Question,
            n if n == question + 1 => Column::Answer,
            n if n == question + 2 => Column::Tags,
            _ => Column::Ignored,
        })
        .collect()
}

/// Turns rows into records.
pub(crate) fn records(rows: &[Row], columns: &[Column], html: bool) -> Vec<Record> {
    let mut out = Vec::new();
    for row in rows {
        let clean = |cell: &str| if html { super::html_to_text(cell) } else { cell.to_owned() };
        let get = |wanted: Column| -> Vec<String> {
            row.cells
                .iter()
                .zip(columns)
                .filter(|(cell, column)| **column == wanted && !cell.trim().is_empty())
                .map(|(cell, _)| clean(cell))
                .collect()
        };
        let question = get(Column::Question);
        let term = get(Column::Term);
        let ask = match (question.first(), term.first()) {
            (Some(question), _) => candidates::tidy(question),
            (None, Some(term)) => format!("What is {}?", term.trim()),
            (None, None) => continue,
        };
        if !ask.chars().any(char::is_alphanumeric) {
            continue;
        }
        let followup = get(Column::Kind).first().is_some_and(|k| k.to_lowercase().starts_with("follow"));
        out.push(Record {
            line: row.line,
            end_line: row.end_line,
            ask,
            answer: get(Column::Answer).join("\n\n"),
            topic: get(Column::Topic).first().cloned(),
            tags: get(Column::Tags)
                .iter()
                .flat_map(|t| {
                    t.split([',', ';', ' '])
                        .map(str::trim)
                        .filter(|t| !t.is_empty())
                        .map(str::to_owned)
                        .collect::<Vec<_>>()
                })
                .collect(),
            source_id: get(Column::Id).first().cloned(),
            code: get(Column::Code).first().cloned(),
            followup,
            points: get(Column::Points)
                .iter()
                .flat_map(|p| {
                    p.split(['\n', ';'])
                        .map(|p| p.trim().trim_start_matches(['-', '*', ' ']).to_owned())
                        .filter(|p| !p.is_empty())
                        .collect::<Vec<_>>()
                })
                .collect(),
            criteria: Vec::new(),
            confidence: 0.95,
            why: "A row with a question.".into(),
            stated: None,
        });
    }
    out
}
