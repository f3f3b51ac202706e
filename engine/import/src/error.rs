//! What can be wrong with a file someone brings.

use viva_core::bank::Diagnostic;

/// Why a file could not be read. Each message says what to do.
#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    /// Nothing is in it.
    #[error("the file is empty")]
    Empty,
    /// More bytes than are read at once.
    #[error("the file has {0} MB; at most {most} MB are read. Split it", most = crate::limits::MOST_BYTES / 1_000_000)]
    TooLarge(usize),
    /// No text and no format that is known.
    #[error(
        "this is neither text nor a format Viva reads (text, Markdown, HTML, CSV, Anki, GIFT, JSON, YAML, TOML, DOCX, PDF). Export it as one of these"
    )]
    Binary,
    /// A line no document has.
    #[error(
        "line {line} has {megabytes} MB; that is no document. If it is one long text, break it into lines"
    )]
    EndlessLine {
        /// The line, from 1.
        line: u32,
        /// Its length.
        megabytes: usize,
    },
    /// More lines than are read at once.
    #[error("the file has more than {most} lines. Split it", most = crate::limits::MOST_LINES)]
    TooManyLines,
    /// An archive that unpacks to far more than its size.
    #[error("the archive unpacks to more than {most} MB, which is more than a document needs. It is not opened", most = crate::limits::MOST_UNPACKED / 1_000_000)]
    Expands,
    /// Locked by a password.
    #[error("the file is protected by a password. Save a copy without one")]
    Protected,
    /// The file is not what it claims to be, or damaged.
    #[error("this cannot be read as {format}: {why}")]
    Damaged {
        /// The format that was tried.
        format: &'static str,
        /// What the parser met.
        why: String,
    },
    /// A rubric file with errors, all of them.
    #[error("the rubric file has errors:\n{}", .0.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"))]
    Pack(Vec<Diagnostic>),
    /// A format name that is not known.
    #[error("no format is called {0:?}; the names are {names}", names = crate::format::Format::NAMES.join(", "))]
    UnknownFormat(String),
    /// A transcript without words.
    #[error("no words were found in this transcript")]
    NoWords,
}

impl ImportError {
    pub(crate) fn damaged(format: &'static str, why: impl ToString) -> Self {
        Self::Damaged { format, why: why.to_string() }
    }
}
