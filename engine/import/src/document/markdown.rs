//! Markdown into pieces, by the structure a CommonMark parser finds.

use super::builder::Builder;
use super::{Marker, Piece, Role};
use pulldown_cmark::{CodeBlockKind, Event, HeadingLevel, Options, Parser, Tag, TagEnd};

/// Reads Markdown.
pub(crate) fn read(source: &str) -> Vec<Piece> {
    let starts = line_starts(source);
    let line_of = |offset: usize| starts.partition_point(|start| *start <= offset) as u32;
    let options = Options::ENABLE_TABLES
        | Options::ENABLE_STRIKETHROUGH
        | Options::ENABLE_TASKLISTS
        | Options::ENABLE_YAML_STYLE_METADATA_BLOCKS
        | Options::ENABLE_GFM;
    let mut builder = Builder::default();
    let mut bold = 0usize;
    let mut anchor = 0usize;
    let mut lists: Vec<Option<u64>> = Vec::new();
    let mut row: Option<(u32, Vec<String>, bool)> = None;
    let mut code: Option<usize> = None;
    let mut skip = 0usize;
    for (event, range) in Parser::new_ext(source, options).into_offset_iter() {
        let line = line_of(range.start);
        if let Some((_, cells, anchored)) = &mut row {
            match &event {
                Event::Start(Tag::TableCell) => cells.push(String::new()),
                Event::Text(text) | Event::Code(text) => {
                    if let Some(cell) = cells.last_mut() {
                        cell.push_str(text);
                    }
                }
                Event::Start(Tag::Link { dest_url, .. }) if dest_url.starts_with('#') => *anchored = true,
                Event::End(TagEnd::TableHead | TagEnd::TableRow) => {
                    if let Some((at, cells, anchored)) = row.take() {
                        builder.add(at, &format!("| {} |", cells.join(" | ")), Role::Row);
                        if anchored {
                            builder.last_is_anchor();
                        }
                        if matches!(event, Event::End(TagEnd::TableHead)) {
                            builder.add(at + 1, "|---|", Role::RowRule);
                        }
                    }
                }
                _ => {}
            }
            continue;
        }
        match event {
            Event::Start(Tag::MetadataBlock(_)) => skip += 1,
            Event::End(TagEnd::MetadataBlock(_)) => skip = skip.saturating_sub(1),
            _ if skip > 0 => {}
            Event::Start(tag) => match tag {
                Tag::Heading { level, .. } => {
                    builder.space();
                    builder.heading = Some(level_of(level));
                }
                Tag::Paragraph => builder.end_line(),
                Tag::List(start) => {
                    builder.end_line();
                    lists.push(start);
                }
                Tag::Item => {
                    builder.end_line();
                    builder.indent = lists.len().saturating_sub(1) * 2;
                    builder.marker = Some(match lists.last_mut() {
                        Some(Some(number)) => {
                            let own = *number;
                            *number += 1;
                            Marker::Number(u32::try_from(own).unwrap_or(u32::MAX))
                        }
                        _ => Marker::Bullet,
                    });
                }
                Tag::CodeBlock(kind) => {
                    builder.end_line();
                    code = Some(match kind {
                        CodeBlockKind::Fenced(_) => line as usize + 1,
                        CodeBlockKind::Indented => line as usize,
                    });
                }
                Tag::TableHead | Tag::TableRow => {
                    builder.end_line();
                    row = Some((line, Vec::new(), false));
                }
                Tag::Strong => bold += 1,
                Tag::Link { dest_url, .. } if dest_url.starts_with('#') => anchor += 1,
                Tag::Link { .. } => anchor += if anchor > 0 { 1 } else { 0 },
                Tag::BlockQuote(_) | Tag::HtmlBlock => builder.end_line(),
                _ => {}
            },
            Event::End(tag) => match tag {
                TagEnd::Heading(_) => {
                    builder.end_line();
                    builder.heading = None;
                }
                TagEnd::Paragraph => builder.space(),
                TagEnd::List(_) => {
                    builder.end_line();
                    lists.pop();
                    builder.indent = lists.len() * 2;
                    builder.marker = None;
                    if lists.is_empty() {
                        builder.space();
                    }
                }
                TagEnd::Item => builder.end_line(),
                TagEnd::CodeBlock => code = None,
                TagEnd::Strong => bold = bold.saturating_sub(1),
                TagEnd::Link => anchor = anchor.saturating_sub(1),
                TagEnd::BlockQuote(_) | TagEnd::HtmlBlock => builder.end_line(),
                _ => {}
            },
            Event::Text(text) => match code {
                Some(_) => {
                    for (n, part) in text.trim_end_matches('\n').split('\n').enumerate() {
                        builder.add(line + n as u32, part, Role::Code);
                    }
                }
                None => builder.push(line, &text, bold > 0, anchor > 0),
            },
            Event::Code(text) => builder.push(line, &text, bold > 0, anchor > 0),
            Event::SoftBreak | Event::HardBreak => builder.end_line(),
            Event::Rule => builder.add(line, "---", Role::Rule),
            Event::Html(html) | Event::InlineHtml(html) => html_lines(&mut builder, line, &html, &mut bold),
            _ => {}
        }
    }
    builder.finish_all(Some(source))
}

/// Raw HTML inside Markdown: summaries and bold text mean something, other tags do not.
fn html_lines(builder: &mut Builder, line: u32, html: &str, bold: &mut usize) {
    let mut at = line;
    let mut rest = html;
    while !rest.is_empty() {
        let Some(open) = rest.find('<') else {
            push_lines(builder, &mut at, rest, *bold > 0);
            break;
        };
        push_lines(builder, &mut at, &rest[..open], *bold > 0);
        let Some(close) = rest[open..].find('>') else { break };
        let tag = rest[open + 1..open + close].to_ascii_lowercase();
        let name = tag
            .trim_start_matches('/')
            .split(|c: char| !c.is_ascii_alphanumeric())
            .next()
            .unwrap_or_default();
        match (name, tag.starts_with('/')) {
            ("summary", false) => {
                builder.end_line();
                builder.summary = true;
            }
            ("summary", true) => {
                builder.end_line();
                builder.summary = false;
            }
            ("b" | "strong", false) => *bold += 1,
            ("b" | "strong", true) => *bold = bold.saturating_sub(1),
            ("details" | "br" | "p" | "div" | "li" | "ul" | "ol" | "hr" | "table" | "tr", _) => {
                builder.end_line()
            }
            ("h1" | "h2" | "h3" | "h4" | "h5" | "h6", closing) => {
                builder.end_line();
                builder.heading = if closing { None } else { name[1..].parse().ok() };
            }
            _ => {}
        }
        at += rest[open..open + close + 1].matches('\n').count() as u32;
        rest = &rest[open + close + 1..];
    }
}

fn push_lines(builder: &mut Builder, at: &mut u32, text: &str, bold: bool) {
    for (n, part) in text.split('\n').enumerate() {
        if n > 0 {
            builder.end_line();
            *at += 1;
        }
        if !part.trim().is_empty() {
            builder.push(*at, part, bold, false);
        }
    }
}

fn level_of(level: HeadingLevel) -> u8 {
    match level {
        HeadingLevel::H1 => 1,
        HeadingLevel::H2 => 2,
        HeadingLevel::H3 => 3,
        HeadingLevel::H4 => 4,
        HeadingLevel::H5 => 5,
        HeadingLevel::H6 => 6,
    }
}

/// Byte offsets at which lines start.
pub(crate) fn line_starts(source: &str) -> Vec<usize> {
    std::iter::once(0)
        .chain(source.bytes().enumerate().filter(|(_, b)| *b == b'\n').map(|(i, _)| i + 1))
        .collect()
}
