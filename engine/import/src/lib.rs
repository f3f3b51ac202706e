//! Documents in, questions with criteria out; transcripts in, answers out.
//!
//! Pure: bytes and a name come in, values go out. No file is opened, no clock read, no network reached, and the same
//! bytes give the same result. A document is read in three steps, each on its own: its format is brought into a row of
//! pieces (`document`, `records`, `office`), the pieces are read as questions and answers (`document::outline`), and
//! each answer is cut into the points it makes (`points`). Rules speak of structure and of how people word things,
//! never of one document.

#[macro_use]
mod pattern;

mod decode;
mod document;
pub mod draft;
mod error;
pub mod export;
mod format;
pub mod limits;
mod office;
pub mod outcome;
pub mod pack;
mod points;
mod records;
pub mod steps;
pub mod transcript;

pub use error::ImportError;
pub use format::Format;
pub use outcome::{FoundCriterion, FoundQuestion, Import, LeftOut, Part};
pub use pack::{BadPack, to_pack};

/// Questions of one file whose criteria are held against their own answers; beyond it is no interview document.
const MOST_SETTLED: usize = 2_000;

/// A file to import.
#[derive(Debug, Clone, Copy)]
pub struct Source<'a> {
    /// What is in it.
    pub bytes: &'a [u8],
    /// What it is called; its ending helps where the bytes leave doubt.
    pub name: Option<&'a str>,
    /// The format, where the caller knows better.
    pub format: Option<Format>,
}

/// Reads the questions of a document.
///
/// # Errors
/// When the file is empty, too large, binary, damaged, or a rubric file with errors. A document without questions is no
/// error: its import has none, and says so in its warnings.
pub fn read(source: Source<'_>) -> Result<Import, ImportError> {
    limits::check_bytes(source.bytes)?;
    let format = source.format.or_else(|| Format::of_magic(source.bytes));
    let mut import = match format {
        Some(Format::Apkg) => records::apkg::read(source.bytes)?,
        Some(Format::Docx) => office::read_docx(source.bytes)?,
        Some(Format::Pdf) => office::read_pdf(source.bytes)?,
        _ => read_text(source, format)?,
    };
    import.file = source.name.map(str::to_owned);
    let scorer = viva_core::scoring::Scorer::shared();
    let derived = import.questions.iter_mut().filter(|question| question.stated.is_none());
    for question in derived.take(MOST_SETTLED) {
        pack::settle(scorer, question);
    }
    Ok(import)
}

/// The text of a document whose format has lines; none for the others, and for what is no text.
pub fn text_of(bytes: &[u8]) -> Option<String> {
    if Format::of_magic(bytes).is_some() {
        return None;
    }
    decode::text(bytes).ok().map(|decoded| decoded.text)
}

fn read_text(source: Source<'_>, format: Option<Format>) -> Result<Import, ImportError> {
    let decoded = decode::text(source.bytes)?;
    let text = decoded.text.as_str();
    let format = format.unwrap_or_else(|| Format::of_text(source.name, text));
    if !matches!(format, Format::Json | Format::Html) {
        limits::check_lines(text)?;
    }
    let mut import = match format {
        Format::Markdown => document::gather::import(&document::markdown::read(text), "markdown"),
        Format::Html => document::gather::import(&document::html::read(text), "html"),
        Format::Csv => records::table::read(text, None, "csv")?,
        Format::Tsv => records::table::read(text, Some(b'\t'), "tsv")?,
        Format::AnkiText => records::anki::read(text)?,
        Format::Gift => records::gift::read(text),
        Format::Json => records::tree::read_json(text)?,
        Format::Yaml => records::tree::read_yaml(text)?,
        Format::Toml => records::pack::read(text, source.name.unwrap_or("pack.toml"))?,
        Format::Text | Format::Apkg | Format::Pdf | Format::Docx => {
            document::gather::import(&document::plain::read(text), "text")
        }
    };
    import.warnings.extend(decoded.warning);
    Ok(import)
}
