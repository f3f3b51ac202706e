//! Anki's package: a zip with an SQLite database of notes, plain or compressed.

use super::Record;
use crate::error::ImportError;
use crate::limits::{MOST_RECORDS, MOST_UNPACKED};
use crate::office;
use crate::outcome::{Import, LeftOut};
use rusqlite::Connection;
use std::collections::HashMap;
use std::io::Read;

regex!(CLOZE, r"\{\{c\d+::(.*?)(?:::.*?)?\}\}");
regex!(MEDIA, r"\[sound:[^\]]*\]|\[anki:[^\]]*\]");

/// Reads a package.
pub(crate) fn read(bytes: &[u8]) -> Result<Import, ImportError> {
    let database = database(bytes)?;
    let (records, left, mut warnings) =
        notes(database).map_err(|e| ImportError::damaged("an Anki package", e))?;
    let records: Vec<Record> = records;
    if records.len() == 1
        && records[0].ask.to_lowercase().contains("please update to the latest anki version")
    {
        warnings.push("The package holds only Anki's note that a newer form is needed. Export it again, with or without support for older versions.".into());
    }
    Ok(super::import(records, "apkg", Some("record"), left, warnings))
}

/// The database's bytes, from the newest form the package holds.
fn database(bytes: &[u8]) -> Result<Vec<u8>, ImportError> {
    let mut archive = office::open(bytes)?;
    for name in ["collection.anki21b", "collection.anki21", "collection.anki2"] {
        let Some(raw) = office::entry(&mut archive, name)? else { continue };
        if name.ends_with('b') && !raw.starts_with(b"SQLite format 3") {
            let mut decoder = ruzstd::decoding::StreamingDecoder::new_with_max_window_size(
                raw.as_slice(),
                128 * 1024 * 1024,
            )
            .map_err(|e| ImportError::damaged("an Anki package", e))?;
            let mut out = Vec::new();
            decoder
                .by_ref()
                .take(MOST_UNPACKED as u64 + 1)
                .read_to_end(&mut out)
                .map_err(|e| ImportError::damaged("an Anki package", e))?;
            if out.len() > MOST_UNPACKED {
                return Err(ImportError::Expands);
            }
            return Ok(out);
        }
        return Ok(raw);
    }
    Err(ImportError::damaged("an Anki package", "it holds no collection"))
}

type Notes = (Vec<Record>, Vec<LeftOut>, Vec<String>);

fn notes(mut database: Vec<u8>) -> rusqlite::Result<Notes> {
    if database.len() < 100 || !database.starts_with(b"SQLite format 3") {
        return Err(rusqlite::Error::InvalidPath("no SQLite database inside".into()));
    }
    // A database left in write-ahead mode cannot be opened from memory; its pages are the same.
    database[18] = 1;
    database[19] = 1;
    let mut connection = Connection::open_in_memory()?;
    let size = database.len();
    connection.deserialize_read_exact("main", database.as_slice(), size, true)?;
    drop(database);
    connection.pragma_update(None, "trusted_schema", false)?;
    connection.pragma_update(None, "cell_size_check", true)?;
    connection.create_collation("unicase", |a, b| a.to_lowercase().cmp(&b.to_lowercase()))?;
    let decks = decks(&connection);
    let fields = fields(&connection);
    let mut warnings = Vec::new();
    let mut statement = connection.prepare(
        "SELECT n.guid, n.mid, n.tags, n.flds, (SELECT c.did FROM cards c WHERE c.nid = n.id ORDER BY c.ord LIMIT 1) FROM notes n ORDER BY n.id",
    )?;
    let mut rows = statement.query([])?;
    let (mut records, mut left) = (Vec::new(), Vec::new());
    let mut number = 0u32;
    while let Some(row) = rows.next()? {
        number += 1;
        if number as usize > MOST_RECORDS {
            warnings.push(format!("Only the first {MOST_RECORDS} notes were read."));
            break;
        }
        let guid: String = row.get(0)?;
        let model: i64 = row.get(1)?;
        let tags: String = row.get::<_, Option<String>>(2)?.unwrap_or_default();
        let values: String = row.get(3)?;
        let deck: Option<i64> = row.get(4)?;
        let parts: Vec<String> = values
            .split('\u{1f}')
            .map(|f| super::html_to_text(&MEDIA.replace_all(f, "")).trim().to_owned())
            .collect();
        let names = fields.get(&model).map(Vec::as_slice).unwrap_or_default();
        let mut record = Record {
            line: number,
            end_line: number,
            tags: tags.split_whitespace().map(str::to_owned).collect(),
            source_id: Some(guid),
            topic: deck.and_then(|d| decks.get(&d).cloned()),
            confidence: 0.95,
            why: "A note of an Anki deck.".into(),
            ..Record::default()
        };
        fill(&mut record, &parts, names);
        uncloze(&mut record);
        if record.ask.chars().any(char::is_alphanumeric) {
            records.push(record);
        } else {
            left.push(LeftOut {
                line: number,
                end_line: number,
                why: "a note without words on its front".into(),
            });
        }
    }
    Ok((records, left, warnings))
}

/// Which field asks and which answer, by their names where they tell.
fn fill(record: &mut Record, parts: &[String], names: &[String]) {
    use super::table::{Column, column_of};
    let named = |wanted: &[Column]| {
        names
            .iter()
            .position(|n| wanted.contains(&column_of(n)))
            .filter(|at| parts.get(*at).is_some_and(|p| !p.is_empty()))
    };
    let question = named(&[Column::Question, Column::Term]).unwrap_or(0);
    let answer = named(&[Column::Answer]).filter(|at| *at != question);
    record.ask = parts.get(question).cloned().unwrap_or_default();
    record.answer = match answer {
        Some(at) => parts[at].clone(),
        None => parts
            .iter()
            .enumerate()
            .filter(|(n, p)| *n != question && !p.is_empty())
            .map(|(_, p)| p.as_str())
            .collect::<Vec<_>>()
            .join("\n\n"),
    };
}

/// A note with gaps asks with the gaps open and answers with them filled.
pub(crate) fn uncloze(record: &mut Record) {
    if !CLOZE.is_match(&record.ask) {
        record.ask = record.ask.split_whitespace().collect::<Vec<_>>().join(" ");
        return;
    }
    let filled = CLOZE.replace_all(&record.ask, "$1").into_owned();
    let open = CLOZE.replace_all(&record.ask, "____").into_owned();
    record.ask = open.split_whitespace().collect::<Vec<_>>().join(" ");
    record.answer = if record.answer.is_empty() { filled } else { format!("{filled}\n\n{}", record.answer) };
}

/// Names of decks by id: in a table of its own, or as JSON in the older form.
fn decks(connection: &Connection) -> HashMap<i64, String> {
    let mut found = HashMap::new();
    if let Ok(mut statement) = connection.prepare("SELECT id, name FROM decks")
        && let Ok(mut rows) = statement.query([])
    {
        while let Ok(Some(row)) = rows.next() {
            if let (Ok(id), Ok(name)) = (row.get::<_, i64>(0), row.get::<_, String>(1)) {
                found.insert(id, name.replace('\u{1f}', " / "));
            }
        }
        return found;
    }
    if let Ok(json) = connection.query_row("SELECT decks FROM col", [], |row| row.get::<_, String>(0))
        && let Ok(serde_json::Value::Object(decks)) = serde_json::from_str(&json)
    {
        for (id, deck) in decks {
            if let (Ok(id), Some(name)) = (id.parse(), deck.get("name").and_then(|n| n.as_str())) {
                found.insert(id, name.replace("::", " / "));
            }
        }
    }
    found
}

/// Names of the fields by note type.
fn fields(connection: &Connection) -> HashMap<i64, Vec<String>> {
    let mut found: HashMap<i64, Vec<String>> = HashMap::new();
    if let Ok(mut statement) = connection.prepare("SELECT ntid, name FROM fields ORDER BY ntid, ord")
        && let Ok(mut rows) = statement.query([])
    {
        while let Ok(Some(row)) = rows.next() {
            if let (Ok(id), Ok(name)) = (row.get::<_, i64>(0), row.get::<_, String>(1)) {
                found.entry(id).or_default().push(name);
            }
        }
        return found;
    }
    if let Ok(json) = connection.query_row("SELECT models FROM col", [], |row| row.get::<_, String>(0))
        && let Ok(serde_json::Value::Object(models)) = serde_json::from_str(&json)
    {
        for (id, model) in models {
            let names = model.get("flds").and_then(|f| f.as_array()).map(|f| {
                f.iter().filter_map(|f| f.get("name").and_then(|n| n.as_str()).map(str::to_owned)).collect()
            });
            if let (Ok(id), Some(names)) = (id.parse(), names) {
                found.insert(id, names);
            }
        }
    }
    found
}
