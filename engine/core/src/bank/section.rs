//! One table of a rubric file, read key by key.
//!
//! Reading never stops at the first slip: each reader reports what is wrong and gives nothing back, and
//! the caller goes on to the next key. A key that nobody may write is reported when the section is opened.

use super::diagnostic::Report;
use std::str::FromStr;
use toml::Spanned;
use toml::de::{DeString, DeTable, DeValue};

/// Which keys a table may have.
pub(super) type Keys = &'static [&'static str];

/// A table with its place and the name it has in messages.
#[derive(Clone, Copy)]
pub(super) struct Section<'a, 'i> {
    name: &'static str,
    at: usize,
    table: &'a DeTable<'i>,
}

/// A value with the byte offset it stands at.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct At<T> {
    pub(super) value: T,
    pub(super) at: usize,
}

impl<'a, 'i> Section<'a, 'i> {
    /// Opens a table and reports every key it may not have.
    pub(super) fn open(
        name: &'static str,
        at: usize,
        table: &'a DeTable<'i>,
        keys: Keys,
        report: &mut Report<'_>,
    ) -> Self {
        for (key, _) in table {
            let written = key.get_ref();
            if !keys.contains(&written.as_ref()) {
                report.add(
                    key.span().start,
                    format!("unknown key \"{written}\" in {name}"),
                    suggest(written, keys),
                );
            }
        }
        Self { name, at, table }
    }

    /// The byte offset of its header.
    pub(super) fn at(&self) -> usize {
        self.at
    }

    fn get(&self, key: &str) -> Option<&'a Spanned<DeValue<'i>>> {
        self.table.get(key)
    }

    /// Reports a key that has to be there.
    pub(super) fn missing(&self, key: &str, instead: &str, report: &mut Report<'_>) {
        // What could not be read may well have been this key.
        let end = self.end(report);
        if !report.unreadable.iter().any(|&at| self.at <= at && at < end) {
            report.add(self.at, format!("{} has no \"{key}\"", self.name), instead);
        }
    }

    fn end(&self, report: &Report<'_>) -> usize {
        report.lines.next_header(self.at)
    }

    /// Text that may be left out.
    pub(super) fn text(&self, key: &str, report: &mut Report<'_>) -> Option<At<String>> {
        let value = self.get(key)?;
        let at = value.span().start;
        let Some(text) = value.get_ref().as_str() else {
            report.add(at, format!("\"{key}\" is {}", kind_of(value)), format!("text: {key} = \"...\""));
            return None;
        };
        let text = text.trim();
        if text.is_empty() {
            report.add(at, format!("\"{key}\" is empty"), format!("{key} = \"...\" or leave it out"));
            return None;
        }
        Some(At { value: text.to_owned(), at })
    }

    /// Text that has to be there.
    pub(super) fn needs_text(&self, key: &str, report: &mut Report<'_>) -> Option<At<String>> {
        if self.get(key).is_none() {
            self.missing(key, &format!("{key} = \"...\" under it"), report);
        }
        self.text(key, report)
    }

    /// An id that has to be there.
    pub(super) fn needs_id<T: FromStr>(&self, key: &str, report: &mut Report<'_>) -> Option<At<T>> {
        let text = self.needs_text(key, report)?;
        self.id_of(&text.value, text.at, report).map(|value| At { value, at: text.at })
    }

    fn id_of<T: FromStr>(&self, text: &str, at: usize, report: &mut Report<'_>) -> Option<T> {
        let id = text.parse().ok();
        if id.is_none() {
            report.add(
                at,
                format!("{text:?} is no id: an id is lower-case letters, digits, \"-\", \"_\" and \".\""),
                format!("{:?}", slug(text)),
            );
        }
        id
    }

    /// A list of ids that may be left out.
    pub(super) fn ids<T: FromStr>(&self, key: &str, report: &mut Report<'_>) -> Vec<At<T>> {
        let texts = self.texts(key, report);
        texts
            .into_iter()
            .filter_map(|text| {
                self.id_of(&text.value, text.at, report).map(|value| At { value, at: text.at })
            })
            .collect()
    }

    /// A list of texts that may be left out.
    pub(super) fn texts(&self, key: &str, report: &mut Report<'_>) -> Vec<At<String>> {
        let Some(value) = self.get(key) else { return Vec::new() };
        let Some(list) = value.get_ref().as_array() else {
            report.add(
                value.span().start,
                format!("\"{key}\" is {}", kind_of(value)),
                format!("a list: {key} = [\"...\"]"),
            );
            return Vec::new();
        };
        list.iter().filter_map(|item| said(item, key, report)).collect()
    }

    /// One of a few words.
    pub(super) fn one_of<T: Copy>(
        &self,
        key: &str,
        words: &[(&'static str, T)],
        report: &mut Report<'_>,
    ) -> Option<T> {
        let text = self.text(key, report)?;
        let found = words.iter().find(|(word, _)| *word == text.value).map(|(_, value)| *value);
        if found.is_none() {
            let all: Vec<String> = words.iter().map(|(word, _)| format!("\"{word}\"")).collect();
            let names: Vec<&str> = words.iter().map(|(word, _)| *word).collect();
            let instead =
                nearest(&text.value, &names).map_or_else(|| all.join(", "), |word| format!("\"{word}\""));
            report.add(
                text.at,
                format!("{:?} is no {key}: it is one of {}", text.value, all.join(", ")),
                instead,
            );
        }
        found
    }

    /// A number within bounds, both ends allowed.
    pub(super) fn number(&self, key: &str, least: f64, most: f64, report: &mut Report<'_>) -> Option<f64> {
        let value = self.get(key)?;
        let at = value.span().start;
        let number = match value.get_ref() {
            DeValue::Integer(n) => i64::from_str_radix(n.as_str(), n.radix()).ok().map(|n| n as f64),
            DeValue::Float(n) => n.as_str().parse::<f64>().ok(),
            _ => {
                report.add(at, format!("\"{key}\" is {}", kind_of(value)), format!("a number: {key} = 3"));
                return None;
            }
        };
        let fits = number.filter(|n| *n >= least && *n <= most);
        if fits.is_none() {
            let shown = number.map_or_else(|| "out of reach".to_owned(), |n| n.to_string());
            report.add(at, format!("\"{key}\" is {shown}"), format!("a number from {least} to {most}"));
        }
        fits
    }

    /// A whole number within bounds, both ends allowed.
    pub(super) fn whole(&self, key: &str, least: u32, most: u32, report: &mut Report<'_>) -> Option<u32> {
        let number = self.number(key, f64::from(least), f64::from(most), report)?;
        if number.fract() != 0.0 {
            let at = self.get(key).map_or(self.at, |value| value.span().start);
            report.add(
                at,
                format!("\"{key}\" is {number}"),
                format!("a whole number: {key} = {}", number.round()),
            );
            return None;
        }
        Some(number as u32)
    }

    /// Yes or no; no where it is left out.
    pub(super) fn flag(&self, key: &str, report: &mut Report<'_>) -> bool {
        let Some(value) = self.get(key) else { return false };
        value.get_ref().as_bool().unwrap_or_else(|| {
            report.add(
                value.span().start,
                format!("\"{key}\" is {}", kind_of(value)),
                format!("{key} = true or {key} = false, without quotes"),
            );
            false
        })
    }

    /// What to listen for: a list of items, each a list of alternatives.
    pub(super) fn listen(&self, report: &mut Report<'_>) -> Option<Vec<Vec<String>>> {
        const SHAPE: &str = "listen = [[\"one way to say it\", \"another\"], [\"a second thing\"]]";
        let Some(value) = self.get("listen") else {
            self.missing("listen", SHAPE, report);
            return None;
        };
        let at = value.span().start;
        let Some(items) = value.get_ref().as_array() else {
            report.add(at, format!("\"listen\" is {}", kind_of(value)), SHAPE);
            return None;
        };
        if items.is_empty() {
            report.add(at, "\"listen\" is empty: nothing could earn this", SHAPE);
            return None;
        }
        let mut read = Vec::new();
        for item in items {
            let at = item.span().start;
            match item.get_ref() {
                DeValue::Array(ways) if ways.is_empty() => {
                    report.add(
                        at,
                        "an item of \"listen\" has no alternative",
                        "[\"...\"] or leave the item out",
                    );
                }
                DeValue::Array(ways) => {
                    read.push(
                        ways.iter()
                            .filter_map(|way| said(way, "listen", report))
                            .map(|way| way.value)
                            .collect(),
                    );
                }
                DeValue::String(text) => {
                    report.add(
                        at,
                        "an item of \"listen\" is text",
                        format!("a list of alternatives: [{text:?}]"),
                    );
                }
                _ => report.add(
                    at,
                    format!("an item of \"listen\" is {}", kind_of(item)),
                    "a list of alternatives: [\"...\"]",
                ),
            }
        }
        Some(read)
    }

    /// The tables of a list such as `[[question]]`, each with the offset of its header.
    pub(super) fn tables(
        &self,
        key: &str,
        header: &str,
        report: &mut Report<'_>,
    ) -> Vec<(usize, &'a DeTable<'i>)> {
        let Some(value) = self.get(key) else { return Vec::new() };
        let mut tables = Vec::new();
        let Some(list) = value.get_ref().as_array() else {
            report.add(
                value.span().start,
                format!("\"{key}\" is {}", kind_of(value)),
                format!("[[{header}]]"),
            );
            return tables;
        };
        for item in list.iter() {
            match item.get_ref().as_table() {
                Some(table) => tables.push((item.span().start, table)),
                None => report.add(
                    item.span().start,
                    format!("\"{key}\" holds {}", kind_of(item)),
                    format!("[[{header}]] and its keys below"),
                ),
            }
        }
        tables
    }

    /// One table, such as `[pack]`, with the offset of its header.
    pub(super) fn table(
        &self,
        key: &str,
        header: &str,
        report: &mut Report<'_>,
    ) -> Option<(usize, &'a DeTable<'i>)> {
        let value = self.get(key)?;
        let table = value.get_ref().as_table();
        if table.is_none() {
            report.add(value.span().start, format!("\"{key}\" is {}", kind_of(value)), format!("[{header}]"));
        }
        Some((value.span().start, table?))
    }

    /// All keys with their values, in order of their names.
    pub(super) fn entries(
        &self,
    ) -> impl Iterator<Item = (&'a Spanned<DeString<'i>>, &'a Spanned<DeValue<'i>>)> {
        self.table.iter()
    }
}

/// A text of a list: it has to hold at least one letter or digit.
fn said(value: &Spanned<DeValue<'_>>, key: &str, report: &mut Report<'_>) -> Option<At<String>> {
    let at = value.span().start;
    let Some(text) = value.get_ref().as_str() else {
        let instead = match value.get_ref() {
            DeValue::Integer(n) => format!("it in quotes: \"{}\"", n.as_str()),
            _ => "text: \"...\"".to_owned(),
        };
        report.add(at, format!("\"{key}\" holds {}", kind_of(value)), instead);
        return None;
    };
    let text = text.trim();
    if !text.chars().any(char::is_alphanumeric) {
        report.add(
            at,
            format!("\"{key}\" holds {text:?}, which has no word in it"),
            "words, or leave it out",
        );
        return None;
    }
    Some(At { value: text.to_owned(), at })
}

fn kind_of(value: &Spanned<DeValue<'_>>) -> &'static str {
    match value.get_ref() {
        DeValue::String(_) => "text",
        DeValue::Integer(_) | DeValue::Float(_) => "a number",
        DeValue::Boolean(_) => "true or false",
        DeValue::Datetime(_) => "a date",
        DeValue::Array(_) => "a list",
        DeValue::Table(_) => "a table",
    }
}

fn suggest(written: &str, keys: Keys) -> String {
    match nearest(written, keys) {
        Some(key) => format!("\"{key}\""),
        None => format!("one of {}", keys.join(", ")),
    }
}

/// The word that was probably meant.
fn nearest<'w>(written: &str, words: &[&'w str]) -> Option<&'w str> {
    let written = written.to_lowercase().replace(['-', ' '], "_");
    let likeness = |word: &str| {
        if word.len() > 3 && written.len() > 3 && (written.contains(word) || word.contains(written.as_str()))
        {
            return 0.95;
        }
        strsim::jaro_winkler(&written, word)
    };
    let best = words.iter().map(|word| (likeness(word), *word)).max_by(|a, b| a.0.total_cmp(&b.0))?;
    (best.0 >= 0.8).then_some(best.1)
}

/// A text as an id.
fn slug(text: &str) -> String {
    let words: Vec<String> = text
        .to_lowercase()
        .split(|c: char| !c.is_ascii_alphanumeric() && !"-_.".contains(c))
        .filter(|word| !word.is_empty())
        .map(str::to_owned)
        .collect();
    let mut slug = words.join("-");
    slug.truncate(100);
    if slug.is_empty() { "an-id".to_owned() } else { slug }
}
