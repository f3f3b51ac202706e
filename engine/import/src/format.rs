//! Which format a file has: by what is in it first, by its name where that leaves doubt.

use crate::error::ImportError;
use std::str::FromStr;

/// A format documents come in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// Plain text.
    Text,
    /// Markdown.
    Markdown,
    /// HTML.
    Html,
    /// Values with commas, semicolons or bars between them.
    Csv,
    /// Values with tabs between them.
    Tsv,
    /// Anki's text export.
    AnkiText,
    /// Anki's package.
    Apkg,
    /// Moodle's GIFT.
    Gift,
    /// JSON.
    Json,
    /// YAML.
    Yaml,
    /// A rubric file of Viva.
    Toml,
    /// PDF.
    Pdf,
    /// Word.
    Docx,
}

impl Format {
    /// The names formats are called by on the command line and in results.
    pub const NAMES: [&'static str; 13] = [
        "text", "markdown", "html", "csv", "tsv", "anki", "apkg", "gift", "json", "yaml", "toml", "pdf",
        "docx",
    ];

    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Markdown => "markdown",
            Self::Html => "html",
            Self::Csv => "csv",
            Self::Tsv => "tsv",
            Self::AnkiText => "anki",
            Self::Apkg => "apkg",
            Self::Gift => "gift",
            Self::Json => "json",
            Self::Yaml => "yaml",
            Self::Toml => "toml",
            Self::Pdf => "pdf",
            Self::Docx => "docx",
        }
    }

    /// Whether its bytes are text.
    pub fn is_text(self) -> bool {
        !matches!(self, Self::Apkg | Self::Pdf | Self::Docx)
    }

    /// What the bytes say by themselves, where they do.
    pub(crate) fn of_magic(bytes: &[u8]) -> Option<Self> {
        if bytes.starts_with(b"PK\x03\x04") || bytes.starts_with(b"PK\x05\x06") {
            return match crate::office::zip_holds(bytes) {
                Some(crate::office::Holds::Anki) => Some(Self::Apkg),
                _ => Some(Self::Docx),
            };
        }
        let head = &bytes[..bytes.len().min(1024)];
        head.windows(5).any(|w| w == b"%PDF-").then_some(Self::Pdf)
    }

    /// What a text is, by its name and its words.
    pub(crate) fn of_text(name: Option<&str>, text: &str) -> Self {
        let ending = name.and_then(|n| n.rsplit_once('.')).map(|(_, e)| e.to_lowercase()).unwrap_or_default();
        let start = text.trim_start_matches('\u{feff}').trim_start();
        let lower: String = start.chars().take(400).collect::<String>().to_lowercase();
        if lower.starts_with("<!doctype html")
            || lower.starts_with("<html")
            || (ending.starts_with("htm") || ending == "xhtml") && start.contains('<')
        {
            return Self::Html;
        }
        if ["#separator:", "#html:", "#tags:", "#columns:", "#notetype", "#deck", "#guid"]
            .iter()
            .any(|key| lower.starts_with(key))
        {
            return Self::AnkiText;
        }
        if start.starts_with(['{', '['])
            && (ending == "json"
                || ending != "md" && serde_json::from_str::<serde::de::IgnoredAny>(text).is_ok())
        {
            return Self::Json;
        }
        match ending.as_str() {
            "toml" => return Self::Toml,
            "yaml" | "yml" => return Self::Yaml,
            "csv" => return Self::Csv,
            "tsv" | "tab" => return Self::Tsv,
            "gift" => return Self::Gift,
            "json" | "jsonl" | "ndjson" => return Self::Json,
            "md" | "markdown" | "mdown" | "mkd" | "mdx" | "rmd" | "qmd" => return Self::Markdown,
            _ => {}
        }
        if text.lines().any(|l| l.trim() == "[[question]]") && text.lines().any(|l| l.trim() == "[pack]") {
            return Self::Toml;
        }
        if is_gift(text) {
            return Self::Gift;
        }
        if is_markdown(text) { Self::Markdown } else { Self::Text }
    }
}

impl FromStr for Format {
    type Err = ImportError;
    fn from_str(name: &str) -> Result<Self, ImportError> {
        Ok(match name.to_lowercase().as_str() {
            "text" | "txt" | "plain" => Self::Text,
            "markdown" | "md" => Self::Markdown,
            "html" | "htm" => Self::Html,
            "csv" => Self::Csv,
            "tsv" => Self::Tsv,
            "anki" | "anki-text" => Self::AnkiText,
            "apkg" => Self::Apkg,
            "gift" => Self::Gift,
            "json" => Self::Json,
            "yaml" | "yml" => Self::Yaml,
            "toml" => Self::Toml,
            "pdf" => Self::Pdf,
            "docx" => Self::Docx,
            _ => return Err(ImportError::UnknownFormat(name.to_owned())),
        })
    }
}

fn is_gift(text: &str) -> bool {
    let titles =
        text.lines().filter(|l| l.trim_start().starts_with("::") && l.matches("::").count() >= 2).count();
    titles >= 1 && text.contains('{') && text.contains('}')
}

/// Headings, summaries or links as Markdown writes them, near the top and often enough.
///
/// A lone `## file.yml` over a snippet in plain text is no Markdown.
fn is_markdown(text: &str) -> bool {
    if text.contains("<details") && text.contains("<summary") {
        return true;
    }
    let lines: Vec<&str> = text.lines().filter(|l| !l.trim().is_empty()).take(4000).collect();
    let heading =
        |l: &&&str| {
            let hashes = l.chars().take_while(|c| *c == '#').count();
            (1..=6).contains(&hashes)
                && l[hashes..].starts_with(' ')
                && l[hashes..].trim().chars().next().is_some_and(|c| {
                    c.is_uppercase() || c.is_ascii_digit() || matches!(c, '*' | '[' | '`' | '@')
                })
        };
    let headings = lines.iter().filter(heading).count();
    let early = lines.iter().take(6).any(|l| heading(&l));
    let links = lines.iter().filter(|l| l.contains("](")).count();
    let bold = lines.iter().filter(|l| l.starts_with("**") || l.contains(" **")).count();
    headings >= 2
        && (early && headings * 60 >= lines.len() || links + bold >= 2 && headings * 80 >= lines.len())
        || headings == 0 && bold >= 3 && bold * 8 >= lines.len()
}
