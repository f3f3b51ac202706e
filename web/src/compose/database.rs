//! Which database stands behind an address, and what is done with a database as a whole. SQLite is a file, PostgreSQL a
//! server; a backup holds either as a SQLite file, so that what was kept in one may be brought back into the other.

use super::SystemClock;
use crate::cli::places::Places;
use crate::in_use;
use anyhow::bail;
use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tokio::sync::mpsc;
use viva_core::clock::Clock;
use viva_storage::{Decisions, History, People, Rows, StorageError, Store};
use viva_storage_postgres::PostgresStore;
use viva_storage_sqlite::{OpenOptions, SqliteStore};

/// Where a database is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DatabasePlace {
    /// In this file.
    File(PathBuf),
    /// On this server; the address without its password.
    Server(String),
}

impl fmt::Display for DatabasePlace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(file) => file.display().fmt(f),
            Self::Server(server) => server.fmt(f),
        }
    }
}

/// A database of one kind or the other.
enum Database {
    Sqlite(SqliteStore),
    Postgres(PostgresStore),
}

impl Database {
    async fn open(url: &str) -> anyhow::Result<Self> {
        Ok(match kind_of(url)? {
            Kind::Sqlite => Self::Sqlite(SqliteStore::open(url).await?),
            Kind::Postgres => Self::Postgres(PostgresStore::open(url).await?),
        })
    }

    async fn migrate(&self) -> Result<(), StorageError> {
        match self {
            Self::Sqlite(store) => store.migrate().await,
            Self::Postgres(store) => store.migrate().await,
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Sqlite,
    Postgres,
}

fn kind_of(url: &str) -> anyhow::Result<Kind> {
    if SqliteStore::takes(url) {
        Ok(Kind::Sqlite)
    } else if PostgresStore::takes(url) {
        Ok(Kind::Postgres)
    } else {
        // What was written may hold a password, so it is not repeated.
        bail!(
            "DATABASE_URL names no database that Viva knows; it should look like {} or {}",
            SqliteStore::EXAMPLE_URL,
            PostgresStore::EXAMPLE_URL
        )
    }
}

/// Opens the database that the environment names, brought up to this version's schema.
///
/// From then on this process has the data folder open, until it ends.
pub async fn store(places: &Places) -> anyhow::Result<Arc<dyn Store>> {
    in_use::hold(&places.data_dir)?;
    let database = Database::open(&places.database_url).await?;
    database.migrate().await?;
    Ok(match database {
        Database::Sqlite(store) => Arc::new(store),
        Database::Postgres(store) => Arc::new(store),
    })
}

/// Where the database is, without its password. Opens nothing.
pub fn database_place(places: &Places) -> anyhow::Result<DatabasePlace> {
    let url = &places.database_url;
    Ok(match kind_of(url)? {
        Kind::Sqlite => DatabasePlace::File(SqliteStore::file_of(url)?),
        Kind::Postgres => DatabasePlace::Server(PostgresStore::place_of(url)?),
    })
}

/// What the database is, for people to read: its kind, its version and its schema.
pub async fn about_database(places: &Places) -> anyhow::Result<String> {
    Ok(match Database::open(&places.database_url).await? {
        Database::Sqlite(store) => {
            store.close().await;
            format!("SQLite in {}", store.path().display())
        }
        Database::Postgres(store) => {
            let about = store.about().await?;
            store.close().await;
            format!("PostgreSQL {} at {}, schema {}", about.server, store.place(), about.schema)
        }
    })
}

/// Writes a copy of the database, whole and consistent, into a new SQLite file, while others read and write.
pub async fn copy_database(places: &Places, file: &Path) -> anyhow::Result<()> {
    match Database::open(&places.database_url).await? {
        Database::Sqlite(store) => {
            let copied = store.backup_to(file).await;
            store.close().await;
            Ok(copied?)
        }
        Database::Postgres(server) => {
            let copy = SqliteStore::open_file(file, OpenOptions::default()).await?;
            let copied = async {
                copy.migrate().await?;
                let (send, receive) = mpsc::channel(Rows::WAITING);
                let (sent, kept) = tokio::join!(server.copy_out(send), copy.copy_in(receive));
                // Where keeping failed, sending only ended early.
                kept.and(sent)
            };
            let copied = copied.await;
            copy.close().await;
            server.close().await;
            Ok(copied?)
        }
    }
}

/// Fills the server's database, which must be empty, with what a copy holds; all of it or nothing.
///
/// # Errors
/// Where it is not empty. Nothing was changed then.
pub async fn fill_server(places: &Places, copy: &Path) -> anyhow::Result<()> {
    let server = PostgresStore::open(&places.database_url).await?;
    let copy = SqliteStore::open_file(copy, OpenOptions::default()).await?;
    let filled = async {
        server.migrate().await?;
        let (send, receive) = mpsc::channel(Rows::WAITING);
        let (sent, kept) = tokio::join!(copy.copy_out(send), server.copy_in(receive));
        kept.and(sent)
    };
    let filled = filled.await;
    copy.close().await;
    server.close().await;
    Ok(filled?)
}

/// The recordings that a copy of the database names, as it keeps their paths.
pub async fn recordings_in(copy: &Path) -> anyhow::Result<Vec<String>> {
    let store = SqliteStore::open_file(copy, OpenOptions::default()).await?;
    let takes = store.kept_recordings().await;
    store.close().await;
    Ok(takes?)
}

/// Brings a copy of the database to this version's schema and looks it over. Returns how many answers it holds.
pub async fn check_copy(copy: &Path) -> anyhow::Result<u64> {
    let store = SqliteStore::open_file(copy, OpenOptions::default()).await?;
    let checked = async {
        store.migrate().await?;
        let wrong = store.check().await?;
        anyhow::ensure!(wrong.is_empty(), "the database is damaged: {}", wrong.join("; "));
        // Logins and invitations that were ended since must not come back with it.
        store.let_nobody_in(SystemClock.now()).await?;
        Ok(store.usage().await?.attempts)
    };
    let checked = checked.await;
    store.close().await;
    checked
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_of_neither_kind_is_refused_without_being_repeated() {
        let told = kind_of("mysql://me:secret@host/db").unwrap_err().to_string();
        assert!(told.contains("sqlite:") && told.contains("postgres:") && !told.contains("secret"), "{told}");
    }
}
