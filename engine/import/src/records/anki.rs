//! Anki's text export: a few `#key:value` lines, then rows.

use super::table::{self, Column};
use crate::error::ImportError;
use crate::outcome::Import;

/// Reads a text export.
pub(crate) fn read(text: &str) -> Result<Import, ImportError> {
    let mut separator = None;
    let mut html = true;
    let mut names: Option<Vec<String>> = None;
    let mut special: Vec<(usize, Column)> = Vec::new();
    let mut deck = None;
    let mut head_lines = 0u32;
    let mut offset = 0;
    for line in text.split_inclusive('\n') {
        let Some(setting) = line.trim_start_matches('\u{feff}').trim_end().strip_prefix('#') else { break };
        head_lines += 1;
        offset += line.len();
        let Some((key, value)) = setting.split_once(':') else { continue };
        let column = || value.trim().parse::<usize>().ok().and_then(|n| n.checked_sub(1));
        match key.trim().to_lowercase().as_str() {
            "separator" => separator = separator_of(value.trim()),
            "html" => html = value.trim().eq_ignore_ascii_case("true"),
            "columns" => {
                names = Some(value.split(['\t', ',', ';', '|']).map(|n| n.trim().to_owned()).collect())
            }
            "deck" => deck = Some(value.trim().to_owned()),
            "guid column" => special.extend(column().map(|n| (n, Column::Id))),
            "tags column" => special.extend(column().map(|n| (n, Column::Tags))),
            "deck column" => special.extend(column().map(|n| (n, Column::Topic))),
            "notetype column" => special.extend(column().map(|n| (n, Column::Ignored))),
            _ => {}
        }
    }
    let rest = &text[offset..];
    let separator = separator.unwrap_or(if rest.contains('\t') {
        b'\t'
    } else if rest.contains(';') {
        b';'
    } else {
        b','
    });
    let rows = table::rows(rest, separator, head_lines)?;
    let width = rows.iter().map(|r| r.cells.len()).max().unwrap_or(0);
    let mut columns = vec![Column::Ignored; width];
    for (n, column) in &special {
        if let Some(slot) = columns.get_mut(*n) {
            *slot = *column;
        }
    }
    let taken: Vec<usize> = special.iter().map(|s| s.0).collect();
    let named = names.as_ref().and_then(|names| table::header(names));
    let mut fields = 0;
    for (n, slot) in columns.iter_mut().enumerate() {
        if taken.contains(&n) {
            continue;
        }
        *slot = match &named {
            Some(named) => named.get(n).copied().unwrap_or(Column::Ignored),
            None => match fields {
                0 => Column::Question,
                1 => Column::Answer,
                _ => Column::Ignored,
            },
        };
        fields += 1;
    }
    let mut records = table::records(&rows, &columns, html);
    for record in &mut records {
        super::apkg::uncloze(record);
        record.why = "A note of an Anki deck.".into();
        if record.topic.is_none() {
            record.topic.clone_from(&deck);
        }
    }
    let mut import = super::import(records, "anki", None, Vec::new(), Vec::new());
    super::account(&mut import, text, "settings of the export, or a note without a question");
    Ok(import)
}

fn separator_of(name: &str) -> Option<u8> {
    Some(match name.to_lowercase().as_str() {
        "tab" | "\\t" => b'\t',
        "comma" => b',',
        "semicolon" => b';',
        "pipe" => b'|',
        "space" => b' ',
        "colon" => b':',
        other if other.len() == 1 => other.as_bytes()[0],
        _ => return None,
    })
}
