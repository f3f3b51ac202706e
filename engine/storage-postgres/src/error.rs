//! From PostgreSQL's error codes to causes a person can act on. What is told names the server, never a password.

use sqlx::error::{DatabaseError, ErrorKind};
use std::io;
use viva_core::round::{CardRefused, MarksRefused, NoRecording, RoundRefused};
use viva_core::session::{Refused, SessionRefused};
use viva_storage::StorageError;

/// What can go wrong inside this crate.
#[derive(Debug)]
pub(crate) enum Failure {
    /// PostgreSQL, the way to it, or the pool.
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

/// What a failed try says of another one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Again {
    /// Somebody else's write came in between; the same work may well pass now.
    Race,
    /// Something is taken. By whom a new look tells: what came in between leads to a plainer refusal.
    Taken,
    /// It would fail the same way.
    No,
}

impl Failure {
    pub(crate) fn again(&self) -> Again {
        match self {
            Self::Told(StorageError::Conflict { .. }) => Again::Taken,
            Self::Sql(sqlx::Error::Database(error)) => match error.code().as_deref() {
                Some(code::SERIALIZATION_FAILURE | code::DEADLOCK_DETECTED) => Again::Race,
                // A number that is one more than the last, such as the log's: somebody else took it first.
                _ if matches!(error.kind(), ErrorKind::UniqueViolation) => Again::Race,
                _ if matches!(error.kind(), ErrorKind::ForeignKeyViolation) => Again::Taken,
                _ => Again::No,
            },
            _ => Again::No,
        }
    }
}

/// Error codes, <https://www.postgresql.org/docs/current/errcodes-appendix.html>.
mod code {
    pub const READ_ONLY_SQL_TRANSACTION: &str = "25006";
    pub const INVALID_AUTHORIZATION: &str = "28000";
    pub const INVALID_PASSWORD: &str = "28P01";
    pub const INVALID_CATALOG_NAME: &str = "3D000";
    pub const INVALID_SCHEMA_NAME: &str = "3F000";
    pub const SERIALIZATION_FAILURE: &str = "40001";
    pub const DEADLOCK_DETECTED: &str = "40P01";
    pub const INSUFFICIENT_PRIVILEGE: &str = "42501";
    pub const DISK_FULL: &str = "53100";
    pub const TOO_MANY_CONNECTIONS: &str = "53300";
    pub const LOCK_NOT_AVAILABLE: &str = "55P03";
    pub const CANNOT_CONNECT_NOW: &str = "57P03";
    pub const DATA_CORRUPTED: &str = "XX001";
    pub const INDEX_CORRUPTED: &str = "XX002";
}

pub(crate) fn explain(place: &str, failure: Failure) -> StorageError {
    let error = match failure {
        Failure::Told(error) => return error,
        Failure::Sql(error) => error,
    };
    let unavailable = |why: String| StorageError::Unavailable { place: place.to_owned(), why };
    match error {
        sqlx::Error::Database(error) => told_by_the_server(place, &*error),
        sqlx::Error::Io(error) => unavailable(no_answer(&error)),
        sqlx::Error::Tls(error) => unavailable(not_trusted(&error.to_string())),
        sqlx::Error::PoolTimedOut => {
            unavailable("no connection is free, or the server is away; try again in a moment".into())
        }
        sqlx::Error::PoolClosed => unavailable("it was closed".into()),
        sqlx::Error::ColumnDecode { index, source } => {
            StorageError::Damaged { what: "entry", why: format!("column {index}: {source}") }
        }
        error => unavailable(error.to_string()),
    }
}

fn told_by_the_server(place: &str, error: &dyn DatabaseError) -> StorageError {
    let place = place.to_owned();
    let no_access = |place, why: String| StorageError::NoAccess { place, why };
    let message = error.message();
    match error.code().as_deref().unwrap_or_default() {
        code::INVALID_PASSWORD => no_access(
            place,
            format!("the server does not take this user and password ({message}); correct DATABASE_URL"),
        ),
        code::INVALID_AUTHORIZATION => no_access(
            place,
            format!(
                "{message}; correct the user in DATABASE_URL, or let it in with the server's pg_hba.conf"
            ),
        ),
        code::INVALID_CATALOG_NAME => no_access(
            place,
            format!("{message}; make it with `createdb --encoding=UTF8 NAME`, or correct DATABASE_URL"),
        ),
        code::INSUFFICIENT_PRIVILEGE => no_access(
            place,
            format!("{message}; make this user the owner of its database (ALTER DATABASE ... OWNER TO ...)"),
        ),
        code::INVALID_SCHEMA_NAME => {
            no_access(place, format!("{message}; make the schema, or correct the search_path of this user"))
        }
        code::READ_ONLY_SQL_TRANSACTION => {
            no_access(place, format!("{message}; it may be a standby: name the primary in DATABASE_URL"))
        }
        code::DISK_FULL => StorageError::Full { place },
        code::LOCK_NOT_AVAILABLE => StorageError::Locked { place },
        code::SERIALIZATION_FAILURE | code::DEADLOCK_DETECTED => StorageError::Conflict { what: "entry" },
        code::DATA_CORRUPTED | code::INDEX_CORRUPTED => {
            StorageError::Damaged { what: "entry", why: message.to_owned() }
        }
        code::CANNOT_CONNECT_NOW => {
            StorageError::Unavailable { place, why: format!("{message}; try again in a moment") }
        }
        code::TOO_MANY_CONNECTIONS => StorageError::Unavailable {
            place,
            why: format!("{message}; close other programs, or raise max_connections on the server"),
        },
        _ if matches!(error.kind(), ErrorKind::UniqueViolation) => StorageError::Conflict { what: "entry" },
        _ => StorageError::Unavailable { place, why: message.to_owned() },
    }
}

/// What the system says when nobody answers.
fn no_answer(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::ConnectionRefused | io::ErrorKind::NotFound => {
            format!("no server answers there ({error}); start PostgreSQL, or correct DATABASE_URL")
        }
        io::ErrorKind::TimedOut => {
            format!("the server does not answer ({error}); look at the network between")
        }
        io::ErrorKind::ConnectionReset
        | io::ErrorKind::ConnectionAborted
        | io::ErrorKind::BrokenPipe
        | io::ErrorKind::UnexpectedEof => {
            format!("the server ended the connection ({error}); it may be restarting: try again in a moment")
        }
        // What rustls says of a certificate comes this way.
        io::ErrorKind::InvalidData => not_trusted(&error.to_string()),
        _ => error.to_string(),
    }
}

fn not_trusted(why: &str) -> String {
    format!(
        "the encrypted connection fails ({why}); name the certificate of the server's authority with sslrootcert=FILE"
    )
}
