//! Why something could not be kept or read.

use viva_core::round::{CardRefused, MarksRefused, NoRecording, RoundRefused};
use viva_core::session::{Refused, SessionRefused};

/// Why a store could not do what it was asked.
#[derive(Debug, thiserror::Error)]
pub enum StorageError {
    /// An update hit nothing.
    #[error("there is no {what} {id}; it may have been deleted")]
    NotFound {
        /// The kind of thing, such as `attempt`.
        what: &'static str,
        /// Its id.
        id: String,
    },
    /// The state does not allow it; nothing was written.
    #[error(transparent)]
    Refused(#[from] SessionRefused),
    /// The round does not allow it; nothing was written.
    #[error(transparent)]
    Round(#[from] RoundRefused),
    /// Something else got there first, or the id is taken.
    #[error("the {what} was changed by someone else in the meantime; load it again")]
    Conflict {
        /// The kind of thing.
        what: &'static str,
    },
    /// The database was written by a newer version of Viva.
    #[error(
        "{place} was written by a newer version of Viva (schema {found}, this version knows {known}); \
         update Viva, or use another data directory"
    )]
    NewerSchema {
        /// Where the database is.
        place: String,
        /// The newest schema version found in it.
        found: i64,
        /// The newest one this version knows.
        known: i64,
    },
    /// A migration that was applied is not the one this version carries.
    #[error(
        "{place} does not fit this version of Viva: {why}; restore it from a backup, or use another data directory"
    )]
    ForeignSchema {
        /// Where the database is.
        place: String,
        /// What differs.
        why: String,
    },
    /// Another program holds the database.
    #[error(
        "{place} is locked by another program; close other copies of Viva and database tools, then try again"
    )]
    Locked {
        /// Where the database is.
        place: String,
    },
    /// The file is something else, or damaged beyond reading.
    #[error("{place} is not a Viva database or is damaged; move it away or restore it from a backup")]
    NotADatabase {
        /// Where the file is.
        place: String,
    },
    /// Nothing may be written there.
    #[error("{place} cannot be written; check the permissions of the file and of its directory")]
    ReadOnly {
        /// Where the database is.
        place: String,
    },
    /// A server does not let this user do it.
    #[error("the database at {place} cannot be used: {why}")]
    NoAccess {
        /// Where the database is, without its password.
        place: String,
        /// What the server says, and what to do.
        why: String,
    },
    /// Something is in it, and what was to come in needs it empty.
    #[error(
        "the database at {place} is not empty; name a new one, or delete everything in it first (`Your data`)"
    )]
    NotEmpty {
        /// Where the database is.
        place: String,
    },
    /// No room is left.
    #[error("{place} cannot grow: the disk is full; free some space and try again")]
    Full {
        /// Where the database is.
        place: String,
    },
    /// The address does not say where the database is.
    #[error("{url:?} is not a database address; it should look like {example}")]
    BadUrl {
        /// What was given, without secrets.
        url: String,
        /// What it should look like.
        example: &'static str,
    },
    /// It could not be reached or did not answer.
    #[error("the database at {place} cannot be used: {why}")]
    Unavailable {
        /// Where the database is.
        place: String,
        /// What the database says.
        why: String,
    },
    /// A row cannot be read back as what it was.
    #[error(
        "a stored {what} cannot be read: {why}; restore the database from a backup, or delete that entry"
    )]
    Damaged {
        /// The kind of thing.
        what: &'static str,
        /// What does not fit.
        why: String,
    },
}

impl StorageError {
    /// An update that hit nothing.
    pub fn not_found(what: &'static str, id: impl ToString) -> Self {
        Self::NotFound { what, id: id.to_string() }
    }

    /// A row that cannot be read back.
    pub fn damaged(what: &'static str, why: impl ToString) -> Self {
        Self::Damaged { what, why: why.to_string() }
    }

    /// Whether trying again a little later may help.
    pub fn is_passing(&self) -> bool {
        matches!(self, Self::Locked { .. } | Self::Unavailable { .. } | Self::Full { .. })
    }
}

impl From<Refused> for StorageError {
    fn from(refused: Refused) -> Self {
        Self::Refused(refused.into())
    }
}

impl From<CardRefused> for StorageError {
    fn from(refused: CardRefused) -> Self {
        Self::Round(refused.into())
    }
}

impl From<NoRecording> for StorageError {
    fn from(refused: NoRecording) -> Self {
        Self::Round(refused.into())
    }
}

impl From<MarksRefused> for StorageError {
    fn from(refused: MarksRefused) -> Self {
        Self::Round(refused.into())
    }
}
