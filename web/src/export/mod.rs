//! Sessions as files for others to read: JSON with everything, CSV a row an answer, Markdown to read, WebVTT with the
//! spoken words. `docs/export.md` says what is in each. Made one session at a time, so that a long history needs no more
//! memory than one session.

pub mod candidate;
mod csv;
mod gather;
mod markdown;
pub mod round;
mod vtt;

pub use gather::{Answer, Asked, Session, gather};

use std::fmt;
use std::str::FromStr;
use viva_core::clock::Timestamp;
use viva_core::ids::SessionId;
use viva_interview::{Interview, InterviewError};
use viva_storage::PageRequest;

/// The version of the JSON form. Fields are only ever added within one.
const VERSION: u32 = 1;

/// A form of export.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// Everything.
    Json,
    /// A row an answer.
    Csv,
    /// To read.
    Markdown,
    /// The words with their times.
    Vtt,
}

impl Format {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Json, Self::Csv, Self::Markdown, Self::Vtt];

    /// The ending of a file's name.
    pub fn ending(self) -> &'static str {
        match self {
            Self::Json => "json",
            Self::Csv => "csv",
            Self::Markdown => "md",
            Self::Vtt => "vtt",
        }
    }

    /// The media type.
    pub fn media_type(self) -> &'static str {
        match self {
            Self::Json => "application/json",
            Self::Csv => "text/csv; charset=utf-8",
            Self::Markdown => "text/markdown; charset=utf-8",
            Self::Vtt => "text/vtt; charset=utf-8",
        }
    }
}

/// A text that names no [`Format`].
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is no form of export; it is json, csv, md or vtt")]
pub struct BadFormat(String);

impl FromStr for Format {
    type Err = BadFormat;
    fn from_str(text: &str) -> Result<Self, BadFormat> {
        let named = Self::ALL.into_iter().find(|format| format.ending() == text);
        named.ok_or_else(|| BadFormat(text.chars().take(20).collect()))
    }
}

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.ending())
    }
}

/// Writes sessions in one form, one after the other.
#[derive(Debug)]
pub struct Exporter {
    format: Format,
    sessions: u32,
    /// Where the next answer begins in a WebVTT file.
    vtt_at_ms: u64,
}

impl Exporter {
    /// Nothing written yet.
    pub fn new(format: Format) -> Self {
        Self { format, sessions: 0, vtt_at_ms: 0 }
    }

    /// What stands before the first session.
    pub fn head(&self, now: Timestamp) -> String {
        match self.format {
            Format::Json => format!(
                "{{\n\"format\": \"viva-export\",\n\"version\": {VERSION},\n\"exported_at\": \"{}\",\n\"sessions\": [",
                time(now)
            ),
            Format::Csv => csv::head(),
            Format::Markdown => String::new(),
            Format::Vtt => "WEBVTT\n".to_owned(),
        }
    }

    /// One session.
    pub fn session(&mut self, session: &Session) -> anyhow::Result<String> {
        self.sessions += 1;
        Ok(match self.format {
            Format::Json => {
                let comma = if self.sessions > 1 { "," } else { "" };
                format!("{comma}\n{}", serde_json::to_string_pretty(session)?)
            }
            Format::Csv => csv::rows(session)?,
            Format::Markdown => markdown::session(session),
            Format::Vtt => vtt::session(session, &mut self.vtt_at_ms),
        })
    }

    /// What stands after the last session.
    pub fn tail(&self) -> String {
        match self.format {
            Format::Json => "\n]\n}\n".to_owned(),
            Format::Csv | Format::Markdown | Format::Vtt => String::new(),
        }
    }
}

/// All sessions, the earliest first; follow-ups are found with their answers.
pub async fn all_sessions(interview: &Interview) -> Result<Vec<SessionId>, InterviewError> {
    let mut ids = Vec::new();
    let mut page = PageRequest::first(500);
    loop {
        let found = interview.store().sessions(page).await?;
        ids.extend(found.items.iter().map(|session| session.id));
        page.after = found.next;
        if page.after.is_none() {
            ids.reverse();
            return Ok(ids);
        }
    }
}

/// A moment as RFC 3339 in UTC.
pub fn time(moment: Timestamp) -> String {
    jiff::Timestamp::from_millisecond(moment.0).unwrap_or_default().to_string()
}

#[cfg(test)]
mod tests;
