//! DOCX and PDF: their text, by libraries that keep up with the formats. Zip archives are opened here and nowhere else.

use crate::document::builder::Builder;
use crate::document::{Marker, Piece, Role, gather, plain};
use crate::error::ImportError;
use crate::limits::MOST_UNPACKED;
use crate::outcome::Import;
use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event};
use std::io::{Cursor, Read};
use zip::ZipArchive;

/// What an archive is.
pub(crate) enum Holds {
    Anki,
    Word,
}

/// Entries an archive may have; Anki's media come as one each.
const MOST_ENTRIES: usize = 200_000;

/// Opens an archive.
pub(crate) fn open(bytes: &[u8]) -> Result<ZipArchive<Cursor<&[u8]>>, ImportError> {
    let archive = ZipArchive::new(Cursor::new(bytes)).map_err(|e| ImportError::damaged("an archive", e))?;
    if archive.len() > MOST_ENTRIES { Err(ImportError::Expands) } else { Ok(archive) }
}

/// What an archive holds, by the names in it.
pub(crate) fn zip_holds(bytes: &[u8]) -> Option<Holds> {
    let archive = open(bytes).ok()?;
    let has = |name: &str| archive.index_for_name(name).is_some();
    if has("collection.anki2") || has("collection.anki21") || has("collection.anki21b") {
        Some(Holds::Anki)
    } else {
        has("word/document.xml").then_some(Holds::Word)
    }
}

/// One entry's bytes, if it is there; never more than a document needs.
pub(crate) fn entry(
    archive: &mut ZipArchive<Cursor<&[u8]>>,
    name: &str,
) -> Result<Option<Vec<u8>>, ImportError> {
    let file = match archive.by_name(name) {
        Ok(file) => file,
        Err(zip::result::ZipError::FileNotFound) => return Ok(None),
        Err(zip::result::ZipError::UnsupportedArchive(why)) if why.to_lowercase().contains("password") => {
            return Err(ImportError::Protected);
        }
        Err(other) => return Err(ImportError::damaged("an archive", other)),
    };
    if file.size() > MOST_UNPACKED as u64 {
        return Err(ImportError::Expands);
    }
    let mut out = Vec::new();
    file.take(MOST_UNPACKED as u64 + 1)
        .read_to_end(&mut out)
        .map_err(|e| ImportError::damaged("an archive", e))?;
    if out.len() > MOST_UNPACKED { Err(ImportError::Expands) } else { Ok(Some(out)) }
}

/// Reads a Word document, counting its paragraphs.
pub(crate) fn read_docx(bytes: &[u8]) -> Result<Import, ImportError> {
    let mut archive = open(bytes)?;
    let Some(xml) = entry(&mut archive, "word/document.xml")? else {
        return Err(ImportError::damaged("a Word document", "the archive holds no document"));
    };
    if xml.len() > 60_000_000 {
        return Err(ImportError::Expands);
    }
    let pieces = paragraphs(&xml)?;
    if pieces.iter().all(|p| !p.is_content()) {
        return Err(ImportError::damaged("a Word document", "it holds no text"));
    }
    let mut import = gather::import(&pieces, "docx");
    import.unit = Some("paragraph".into());
    Ok(import)
}

#[derive(Default)]
struct Paragraph {
    text: Vec<(String, bool)>,
    style: Option<String>,
    outline: Option<u8>,
    listed: bool,
    indent: usize,
}

fn paragraphs(xml: &[u8]) -> Result<Vec<Piece>, ImportError> {
    let mut reader = Reader::from_reader(xml);
    reader.config_mut().check_end_names = false;
    let mut builder = Builder::default();
    let mut number = 0u32;
    let mut open = Paragraph::default();
    let (mut bold, mut in_text) = (false, false);
    let mut row: Option<Vec<String>> = None;
    let mut depth = 0usize;
    let mut buffer = Vec::new();
    loop {
        buffer.clear();
        match reader.read_event_into(&mut buffer).map_err(|e| ImportError::damaged("a Word document", e))? {
            Event::Eof => break,
            Event::Start(tag) => {
                depth += 1;
                if depth > 400 {
                    return Err(ImportError::damaged("a Word document", "it nests too deep"));
                }
                match tag.local_name().as_ref() {
                    "p" => open = Paragraph::default(),
                    "r" => bold = false,
                    "t" => in_text = true,
                    "tr" => row = Some(Vec::new()),
                    "tc" => {
                        if let Some(cells) = &mut row {
                            cells.push(String::new());
                        }
                    }
                    _ => property(&tag, &mut open, &mut bold),
                }
            }
            Event::Empty(tag) => match tag.local_name().as_ref() {
                "br" | "cr" => open.text.push(("\n".into(), bold)),
                "tab" => open.text.push(("\t".into(), bold)),
                _ => property(&tag, &mut open, &mut bold),
            },
            Event::Text(text) if in_text => {
                open.text.push((text.xml10_content().into_owned(), bold));
            }
            Event::GeneralRef(name) if in_text => {
                // Only the entities of XML itself; a document's own are never expanded.
                let known = match name.trim() {
                    "amp" => "&",
                    "lt" => "<",
                    "gt" => ">",
                    "quot" => "\"",
                    "apos" => "'",
                    other => match other.strip_prefix('#').and_then(character) {
                        Some(c) => {
                            open.text.push((c.to_string(), bold));
                            continue;
                        }
                        None => continue,
                    },
                };
                open.text.push((known.into(), bold));
            }
            Event::End(tag) => {
                depth = depth.saturating_sub(1);
                match tag.local_name().as_ref() {
                    "t" => in_text = false,
                    "p" => {
                        let text: String = open.text.iter().map(|(t, _)| t.as_str()).collect();
                        match &mut row {
                            Some(cells) => {
                                if let Some(cell) = cells.last_mut() {
                                    if !cell.is_empty() && !text.is_empty() {
                                        cell.push(' ');
                                    }
                                    cell.push_str(text.trim());
                                }
                            }
                            None if text.trim().is_empty() => builder.space(),
                            None => {
                                number += 1;
                                put(&mut builder, number, &open);
                            }
                        }
                        open = Paragraph::default();
                    }
                    "tr" => {
                        if let Some(cells) = row.take()
                            && cells.iter().any(|c| !c.is_empty())
                        {
                            number += 1;
                            builder.add(number, &format!("| {} |", cells.join(" | ")), Role::Row);
                        }
                    }
                    _ => {}
                }
            }
            _ => {}
        }
    }
    let mut pieces = builder.finish_all(None);
    if !pieces.iter().any(|p| p.heading.is_some()) {
        crate::document::code::mark(&mut pieces);
    }
    Ok(pieces)
}

fn character(number: &str) -> Option<char> {
    let code = match number.strip_prefix('x') {
        Some(hex) => u32::from_str_radix(hex, 16).ok()?,
        None => number.parse().ok()?,
    };
    char::from_u32(code)
}

fn property(tag: &BytesStart<'_>, open: &mut Paragraph, bold: &mut bool) {
    let value = || {
        tag.attributes()
            .flatten()
            .find(|a| a.key.local_name().as_ref() == "val")
            .map(|a| a.value.into_owned())
    };
    match tag.local_name().as_ref() {
        "pStyle" => open.style = value(),
        "outlineLvl" => {
            open.outline = value().and_then(|v| v.parse::<u8>().ok()).filter(|l| *l < 9).map(|l| l + 1)
        }
        "numPr" => open.listed = true,
        "ilvl" => open.indent = value().and_then(|v| v.parse().ok()).unwrap_or(0),
        "" => *bold = !matches!(value().as_deref(), Some("0" | "false")),
        _ => {}
    }
}

fn put(builder: &mut Builder, number: u32, paragraph: &Paragraph) {
    let style = paragraph.style.as_deref().unwrap_or_default().to_lowercase();
    let heading = if style == "title" {
        Some(1)
    } else {
        style.strip_prefix("heading").and_then(|l| l.trim().parse().ok()).or(paragraph.outline)
    };
    builder.heading = heading;
    builder.indent = paragraph.indent * 2;
    builder.marker = (paragraph.listed && heading.is_none()).then_some(Marker::Bullet);
    for (text, bold) in &paragraph.text {
        for (n, part) in text.split('\n').enumerate() {
            if n > 0 {
                builder.end_line();
            }
            builder.push(number, part, *bold, false);
        }
    }
    builder.end_line();
    builder.heading = None;
    builder.marker = None;
}

/// Reads the text of a PDF, counting its pages.
pub(crate) fn read_pdf(bytes: &[u8]) -> Result<Import, ImportError> {
    // The library panics on some damaged files; a panic here is a damaged file and nothing more.
    let pages = std::panic::catch_unwind(|| pdf_extract::extract_text_from_mem_by_pages(bytes))
        .map_err(|_| ImportError::damaged("a PDF", "its structure is damaged"))?
        .map_err(|e| {
            let why = e.to_string();
            if why.to_lowercase().contains("encrypt") || why.to_lowercase().contains("password") {
                ImportError::Protected
            } else {
                ImportError::damaged("a PDF", why)
            }
        })?;
    let mut page_of = vec![0u32];
    let mut text = String::new();
    for (page, words) in (1u32..).zip(&pages) {
        for line in words.trim_end().split('\n') {
            text.push_str(line.trim_end());
            text.push('\n');
            page_of.push(page);
        }
    }
    if text.trim().is_empty() {
        return Err(ImportError::damaged(
            "a PDF",
            "it holds no text, only pictures. Run text recognition over it first",
        ));
    }
    let mut import = gather::import(&plain::read(&text), "pdf");
    let page = |line: u32| {
        page_of.get(line as usize).copied().unwrap_or_else(|| page_of.last().copied().unwrap_or(1)).max(1)
    };
    for question in &mut import.questions {
        question.line = page(question.line);
        question.end_line = page(question.end_line);
        question.follows = question.follows.map(page);
        question.also_lines.iter_mut().for_each(|l| *l = page(*l));
        for criterion in &mut question.criteria {
            criterion.from_lines = (page(criterion.from_lines.0), page(criterion.from_lines.1));
        }
    }
    for out in &mut import.left_out {
        (out.line, out.end_line) = (page(out.line), page(out.end_line));
    }
    import.left_out.dedup();
    import.unit = Some("page".into());
    Ok(import)
}
