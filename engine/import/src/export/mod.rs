//! Packs as documents: the forms other programs read, and two that lose nothing (TOML and CSV).
//!
//! Pure: packs in, text out. What is written here is read back by [`crate::read`]: TOML and CSV as equal packs, the
//! others as the same questions with their answers.

mod anki;
mod gift;
mod markdown;

pub(crate) use markdown::POINTS;

use crate::records::sheet;
use std::str::FromStr;
use viva_core::bank::{Pack, to_toml};

/// A form packs are written in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ExportFormat {
    /// Rubric files, as `rubrics/SCHEMA.md` tells; one pack a file.
    Toml,
    /// For reading, and for everything that reads Markdown.
    Markdown,
    /// One question a row, everything in it.
    Csv,
    /// Anki's text import.
    Anki,
    /// Moodle's questions.
    Gift,
}

/// No form of that name.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("nothing is written as {0:?}; the forms are toml, markdown, csv, anki and gift")]
pub struct UnknownExport(String);

impl ExportFormat {
    /// All forms.
    pub const ALL: [Self; 5] = [Self::Toml, Self::Markdown, Self::Csv, Self::Anki, Self::Gift];

    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Toml => "toml",
            Self::Markdown => "markdown",
            Self::Csv => "csv",
            Self::Anki => "anki",
            Self::Gift => "gift",
        }
    }

    /// How its files end, without a dot.
    pub fn ending(self) -> &'static str {
        match self {
            Self::Toml => "toml",
            Self::Markdown => "md",
            Self::Csv => "csv",
            Self::Anki => "txt",
            Self::Gift => "gift",
        }
    }

    /// Whether one document holds one pack only.
    pub fn is_one_pack_a_file(self) -> bool {
        self == Self::Toml
    }
}

impl FromStr for ExportFormat {
    type Err = UnknownExport;
    fn from_str(name: &str) -> Result<Self, UnknownExport> {
        let lower = name.to_lowercase();
        let known = Self::ALL.into_iter().find(|format| format.name() == lower || format.ending() == lower);
        known.ok_or_else(|| UnknownExport(name.to_owned()))
    }
}

/// Writes packs. Of a form that holds one pack a file, give one pack.
pub fn export(packs: &[&Pack], format: ExportFormat) -> String {
    match format {
        ExportFormat::Toml => packs.iter().map(|pack| to_toml(pack)).collect::<Vec<_>>().join("\n"),
        ExportFormat::Markdown => markdown::write(packs),
        ExportFormat::Csv => csv(packs),
        ExportFormat::Anki => anki::write(packs),
        ExportFormat::Gift => gift::write(packs),
    }
}

fn csv(packs: &[&Pack]) -> String {
    let mut writer = csv::Writer::from_writer(Vec::new());
    let head = sheet::HEAD.map(str::to_owned).to_vec();
    let rows =
        packs.iter().flat_map(|pack| pack.questions.iter().map(move |question| sheet::row(pack, question)));
    for row in std::iter::once(Ok(head)).chain(rows) {
        let row = row.expect("the types of a question are written without failure");
        writer.write_record(&row).expect("writing into memory does not fail, and all rows are as long");
    }
    let bytes = writer.into_inner().expect("writing into memory does not fail");
    String::from_utf8(bytes).expect("cells are text")
}
