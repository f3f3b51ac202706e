//! From SQLite's result codes to causes a person can act on.

use sqlx::error::{DatabaseError, ErrorKind};
use std::path::Path;
use viva_core::round::{CardRefused, MarksRefused, NoRecording, RoundRefused};
use viva_core::session::{Refused, SessionRefused};
use viva_storage::StorageError;

/// What can go wrong inside this crate.
#[derive(Debug)]
pub(crate) enum Failure {
    /// SQLite or the pool.
    Sql(sqlx::Error),
    /// What a caller is told as it is.
    Told(StorageError),
}

impl From<sqlx::Error> for Failure {
    fn from(error: sqlx::Error) -> Self {
        Self::Sql(error)
    }
}

impl From<StorageError> for Failure {
    fn from(error: StorageError) -> Self {
        Self::Told(error)
    }
}

impl From<SessionRefused> for Failure {
    fn from(refused: SessionRefused) -> Self {
        Self::Told(refused.into())
    }
}

impl From<Refused> for Failure {
    fn from(refused: Refused) -> Self {
        Self::Told(refused.into())
    }
}

impl From<RoundRefused> for Failure {
    fn from(refused: RoundRefused) -> Self {
        Self::Told(refused.into())
    }
}

impl From<CardRefused> for Failure {
    fn from(refused: CardRefused) -> Self {
        Self::Told(refused.into())
    }
}

impl From<NoRecording> for Failure {
    fn from(refused: NoRecording) -> Self {
        Self::Told(refused.into())
    }
}

impl From<MarksRefused> for Failure {
    fn from(refused: MarksRefused) -> Self {
        Self::Told(refused.into())
    }
}

/// Primary result codes, <https://www.sqlite.org/rescode.html>.
mod code {
    pub const PERM: i32 = 3;
    pub const BUSY: i32 = 5;
    pub const LOCKED: i32 = 6;
    pub const READONLY: i32 = 8;
    pub const CORRUPT: i32 = 11;
    pub const FULL: i32 = 13;
    pub const CANTOPEN: i32 = 14;
    pub const AUTH: i32 = 23;
    pub const NOTADB: i32 = 26;
}

pub(crate) fn explain(path: &Path, failure: Failure) -> StorageError {
    let error = match failure {
        Failure::Told(error) => return error,
        Failure::Sql(error) => error,
    };
    let place = path.display().to_string();
    match error {
        sqlx::Error::Database(error) => match primary_code(&*error) {
            Some(code::BUSY | code::LOCKED) => StorageError::Locked { place },
            Some(code::READONLY | code::PERM | code::AUTH) => StorageError::ReadOnly { place },
            Some(code::CORRUPT | code::NOTADB) => StorageError::NotADatabase { place },
            Some(code::FULL) => StorageError::Full { place },
            Some(code::CANTOPEN) => cannot_open(path),
            _ if matches!(error.kind(), ErrorKind::UniqueViolation) => {
                StorageError::Conflict { what: "entry" }
            }
            _ => StorageError::Unavailable { place, why: error.message().to_owned() },
        },
        sqlx::Error::Io(error) => StorageError::Unavailable { place, why: error.to_string() },
        sqlx::Error::PoolTimedOut => StorageError::Locked { place },
        sqlx::Error::PoolClosed => StorageError::Unavailable { place, why: "it was closed".into() },
        sqlx::Error::ColumnDecode { index, source } => {
            StorageError::Damaged { what: "entry", why: format!("column {index}: {source}") }
        }
        error => StorageError::Unavailable { place, why: error.to_string() },
    }
}

/// The result code without its extension.
fn primary_code(error: &dyn DatabaseError) -> Option<i32> {
    let code: i32 = error.code()?.parse().ok()?;
    Some(code & 0xff)
}

/// SQLite only says that it could not open the file; the file system knows more.
fn cannot_open(path: &Path) -> StorageError {
    let place = path.display().to_string();
    let directory = path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    if !directory.is_dir() {
        let why = format!("there is no directory {}", directory.display());
        return StorageError::Unavailable { place, why };
    }
    if path.is_dir() {
        return StorageError::Unavailable { place, why: "it is a directory, not a file".into() };
    }
    StorageError::ReadOnly { place }
}
