//! HTML into pieces, from a tokenizer that keeps its place in the source.

use super::builder::Builder;
use super::markdown::line_starts;
use super::{Marker, Piece, Role};
use html5gum::{DefaultEmitter, Token, Tokenizer};
use std::borrow::Cow;

/// Elements whose words are the page's, not the document's.
const SKIPPED: [&str; 14] = [
    "script", "style", "nav", "footer", "aside", "noscript", "template", "svg", "button", "form", "select",
    "iframe", "head", "menu",
];

/// Reads HTML.
pub(crate) fn read(source: &str) -> Vec<Piece> {
    // HTML takes a lone carriage return for the end of a line. Here only LF and CRLF are one.
    let source = lone_returns_as_spaces(source);
    let source = source.as_ref();
    let starts = line_starts(source);
    let line_of = |offset: usize| starts.partition_point(|start| *start <= offset) as u32;
    let mut emitter = DefaultEmitter::<usize>::new_with_span();
    emitter.naively_switch_states(true);
    let mut state = State::default();
    for token in Tokenizer::new_with_emitter(source, emitter).flatten() {
        match token {
            Token::StartTag(tag) => {
                let name = String::from_utf8_lossy(&tag.name).to_lowercase();
                let attribute = |key: &str| {
                    tag.attributes
                        .iter()
                        .find(|(k, _)| k.as_slice() == key.as_bytes())
                        .map(|(_, v)| String::from_utf8_lossy(v).into_owned())
                };
                state.open(
                    &name,
                    line_of(tag.span.start),
                    tag.self_closing,
                    attribute("href"),
                    attribute("start"),
                );
            }
            Token::EndTag(tag) => {
                let name = String::from_utf8_lossy(&tag.name).to_lowercase();
                state.close(&name);
            }
            Token::String(text) => state.text(
                line_of(text.span.start),
                &String::from_utf8_lossy(&text),
                source.as_bytes().get(text.span.start..text.span.end),
            ),
            _ => {}
        }
    }
    state.builder.finish_all(Some(source))
}

/// The same text, byte for byte as long.
fn lone_returns_as_spaces(source: &str) -> Cow<'_, str> {
    if !source.contains('\r') {
        return Cow::Borrowed(source);
    }
    let ends: Vec<&str> = source.split("\r\n").collect();
    let spaced: Vec<String> = ends.iter().map(|part| part.replace('\r', " ")).collect();
    Cow::Owned(spaced.join("\r\n"))
}

#[derive(Default)]
struct State {
    builder: Builder,
    skipped: Vec<String>,
    bold: usize,
    anchor: usize,
    pre: usize,
    lists: Vec<Option<u32>>,
    row: Option<(u32, Vec<String>, bool)>,
    cell: bool,
}

impl State {
    fn open(
        &mut self,
        name: &str,
        line: u32,
        self_closing: bool,
        href: Option<String>,
        start: Option<String>,
    ) {
        if SKIPPED.contains(&name) {
            // The head holds the title, which is the page's name, not its text.
            if !self_closing {
                self.builder.end_line();
                self.skipped.push(name.to_owned());
            }
            return;
        }
        if !self.skipped.is_empty() {
            if name == "body" || name == "main" || name == "article" {
                self.skipped.retain(|open| open != "head");
            }
            if !self.skipped.is_empty() {
                return;
            }
        }
        match name {
            "h1" | "h2" | "h3" | "h4" | "h5" | "h6" => {
                self.builder.space();
                self.builder.heading = name[1..].parse().ok();
            }
            "summary" | "dt" => {
                self.builder.space();
                self.builder.summary = true;
            }
            "ul" => {
                self.builder.end_line();
                self.lists.push(None);
            }
            "ol" => {
                self.builder.end_line();
                self.lists.push(Some(start.and_then(|s| s.parse().ok()).unwrap_or(1)));
            }
            "li" => {
                self.builder.end_line();
                self.builder.indent = self.lists.len().saturating_sub(1) * 2;
                self.builder.marker = Some(match self.lists.last_mut() {
                    Some(Some(number)) => {
                        let own = *number;
                        *number = number.saturating_add(1);
                        Marker::Number(own)
                    }
                    _ => Marker::Bullet,
                });
            }
            "pre" | "textarea" => {
                self.builder.end_line();
                self.pre += 1;
            }
            "b" | "strong" => self.bold += 1,
            "a" if self.anchor > 0 || href.is_some_and(|h| h.starts_with('#')) => self.anchor += 1,
            "tr" => {
                self.builder.end_line();
                self.row = Some((line, Vec::new(), false));
            }
            "td" | "th" => {
                self.cell = true;
                if let Some((_, cells, head)) = &mut self.row {
                    cells.push(String::new());
                    *head |= name == "th";
                }
            }
            "hr" => self.builder.add(line, "---", Role::Rule),
            "p" | "div" | "section" | "article" | "header" | "main" | "details" | "blockquote" | "dd"
            | "table" | "figure" | "body" => self.builder.space(),
            "br" => match &mut self.row {
                Some((_, cells, _)) => {
                    if let Some(cell) = cells.last_mut() {
                        cell.push(' ');
                    }
                }
                None => self.builder.end_line(),
            },
            _ => {}
        }
    }

    fn close(&mut self, name: &str) {
        if let Some(at) = self.skipped.iter().rposition(|open| open == name) {
            self.skipped.truncate(at);
            return;
        }
        if !self.skipped.is_empty() {
            return;
        }
        match name {
            "h1" | "h2" | "h3" | "h4" | "h5" | "h6" => {
                self.builder.end_line();
                self.builder.heading = None;
            }
            "summary" | "dt" => {
                self.builder.end_line();
                self.builder.summary = false;
            }
            "ul" | "ol" => {
                self.builder.end_line();
                self.lists.pop();
                self.builder.indent = self.lists.len() * 2;
                self.builder.marker = None;
            }
            "li" => self.builder.end_line(),
            "pre" | "textarea" => {
                self.builder.end_line();
                self.pre = self.pre.saturating_sub(1);
            }
            "b" | "strong" => self.bold = self.bold.saturating_sub(1),
            "a" => self.anchor = self.anchor.saturating_sub(1),
            "td" | "th" => self.cell = false,
            "tr" => {
                if let Some((line, cells, head)) = self.row.take()
                    && !cells.is_empty()
                {
                    let cells: Vec<String> =
                        cells.iter().map(|c| c.split_whitespace().collect::<Vec<_>>().join(" ")).collect();
                    self.builder.add(line, &format!("| {} |", cells.join(" | ")), Role::Row);
                    if head {
                        self.builder.add(line, "|---|", Role::RowRule);
                    }
                }
            }
            "p" | "div" | "section" | "article" | "details" | "blockquote" | "dd" | "table" => {
                self.builder.space()
            }
            _ => {}
        }
    }

    fn text(&mut self, line: u32, text: &str, raw: Option<&[u8]>) {
        if !self.skipped.is_empty() {
            return;
        }
        if let Some((_, cells, _)) = &mut self.row {
            if self.cell
                && let Some(cell) = cells.last_mut()
            {
                cell.push_str(text);
            }
            return;
        }
        if self.pre > 0 {
            for (n, part) in text.split('\n').enumerate() {
                if !part.trim().is_empty() {
                    self.builder.add(line + n as u32, part, Role::Code);
                }
            }
            return;
        }
        // Line breaks of the source are mere spaces; only the first words tell the line.
        let leading = raw.map_or(0, |raw| {
            raw.iter().take_while(|b| b.is_ascii_whitespace()).filter(|b| **b == b'\n').count()
        }) as u32;
        let ends = text.ends_with(char::is_whitespace);
        let joined = text.split_whitespace().collect::<Vec<_>>().join(" ");
        if joined.is_empty() {
            if self.builder.is_open() {
                self.builder.push(line, " ", self.bold > 0, self.anchor > 0);
            }
            return;
        }
        let starts = text.starts_with(char::is_whitespace);
        let spaced = format!("{}{joined}{}", if starts { " " } else { "" }, if ends { " " } else { "" });
        self.builder.push(line + leading, &spaced, self.bold > 0, self.anchor > 0);
    }
}
