//! The repositories over SQLite: one file, embedded, the default.
//!
//! One connection writes, the others only read; both see whole transactions. Every write begins with
//! `BEGIN IMMEDIATE`, because a transaction that reads first and writes later fails at once where another
//! program got in between, whatever the busy timeout. All queries are checked at compile time against
//! `migrations/sqlite`, through the cache in `.sqlx` that `scripts/prepare-queries` keeps.

mod answers;
mod audit;
mod copying;
mod decisions;
mod error;
mod history;
mod jobs;
mod people;
mod rounds;
mod schema;
mod sessions;
mod settings;
mod steps;
#[cfg(feature = "testing")]
pub mod testing;

use error::Failure;
use sqlx::sqlite::{
    SqliteConnectOptions, SqliteConnection, SqliteJournalMode, SqlitePool, SqlitePoolOptions,
    SqliteSynchronous,
};
use sqlx::{Sqlite, Transaction};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};
use viva_storage::StorageError;

/// Connections for reading; pages are short and few people read at once.
const READERS: u32 = 4;

/// A Viva database in a SQLite file.
///
/// Cheap to clone; all clones share their connections.
#[derive(Debug, Clone)]
pub struct SqliteStore {
    path: PathBuf,
    writer: SqlitePool,
    readers: SqlitePool,
}

/// How a database is opened.
#[derive(Debug, Clone, Copy)]
pub struct OpenOptions {
    /// How long to wait for another program that holds the database.
    pub busy_timeout: Duration,
}

/// How soon a file that was locked at once is tried again.
const AGAIN: Duration = Duration::from_millis(20);

impl Default for OpenOptions {
    fn default() -> Self {
        Self { busy_timeout: Duration::from_secs(5) }
    }
}

impl SqliteStore {
    /// What an address looks like.
    pub const EXAMPLE_URL: &'static str = "sqlite:/home/me/viva/viva.db";

    /// Whether an address is meant for this crate.
    pub fn takes(url: &str) -> bool {
        url.starts_with("sqlite:")
    }

    /// Opens the database at an address such as [`Self::EXAMPLE_URL`] and makes the file where there is none.
    ///
    /// The file's directory must exist. Call [`Self::migrate`] before anything else.
    pub async fn open(url: &str) -> Result<Self, StorageError> {
        Self::open_file(&Self::file_of(url)?, OpenOptions::default()).await
    }

    /// The file an address leads to.
    pub fn file_of(url: &str) -> Result<PathBuf, StorageError> {
        let bad = || StorageError::BadUrl { url: url.to_owned(), example: Self::EXAMPLE_URL };
        let path = url.strip_prefix("sqlite:").ok_or_else(bad)?;
        let path = path.strip_prefix("//").unwrap_or(path);
        if path.is_empty() || path == ":memory:" || path.contains('?') {
            return Err(bad());
        }
        Ok(PathBuf::from(path))
    }

    /// Opens the database in a file, as [`Self::open`] does.
    pub async fn open_file(path: &Path, options: OpenOptions) -> Result<Self, StorageError> {
        let writing = SqliteConnectOptions::new()
            .filename(path)
            .create_if_missing(true)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Normal)
            .busy_timeout(options.busy_timeout)
            .foreign_keys(true)
            // What a person deletes is overwritten, not only unlinked.
            .pragma("secure_delete", "ON");
        let reading = SqliteConnectOptions::new()
            .filename(path)
            .busy_timeout(options.busy_timeout)
            .foreign_keys(true)
            .pragma("query_only", "ON");
        let patience = options.busy_timeout + Duration::from_secs(5);
        let until = Instant::now() + options.busy_timeout;
        let writer = loop {
            let pool = SqlitePoolOptions::new().max_connections(1).acquire_timeout(patience);
            match pool.connect_with(writing.clone()).await {
                Ok(writer) => break writer,
                Err(error) => match error::explain(path, error.into()) {
                    // While one program turns a new file to write-ahead logging, SQLite sends others away at once.
                    StorageError::Locked { .. } if Instant::now() < until => tokio::time::sleep(AGAIN).await,
                    error => return Err(error),
                },
            }
        };
        let readers = SqlitePoolOptions::new()
            .max_connections(READERS)
            .acquire_timeout(patience)
            .connect_lazy_with(reading);
        Ok(Self { path: path.to_owned(), writer, readers })
    }

    /// Brings the schema up to date. Safe to repeat.
    ///
    /// Refuses a file that belongs to another program or was written by a newer version of Viva, and
    /// changes nothing in it.
    pub async fn migrate(&self) -> Result<(), StorageError> {
        schema::migrate(&self.path, &self.writer).await
    }

    /// What is wrong with the file, as SQLite sees it; empty for a sound one.
    pub async fn check(&self) -> Result<Vec<String>, StorageError> {
        let found = schema::check(&self.readers).await;
        self.told(found)
    }

    /// Writes a copy of the database, whole and consistent, into a new file, while others read and write.
    pub async fn backup_to(&self, file: &Path) -> Result<(), StorageError> {
        let done = schema::backup(&self.path, file).await;
        done.map_err(|failure| error::explain(file, failure))
    }

    /// Ends all connections once they are idle, and folds the write-ahead log into the file.
    pub async fn close(&self) {
        self.readers.close().await;
        self.writer.close().await;
    }

    /// The database's file.
    pub fn path(&self) -> &Path {
        &self.path
    }

    async fn begin(&self) -> Result<Transaction<'static, Sqlite>, StorageError> {
        self.told(self.writer.begin_with("BEGIN IMMEDIATE").await.map_err(Failure::from))
    }

    async fn commit(&self, transaction: Transaction<'static, Sqlite>) -> Result<(), StorageError> {
        self.told(transaction.commit().await.map_err(Failure::from))
    }

    /// A transaction that only reads, so that several queries see one state.
    async fn look(&self) -> Result<Transaction<'static, Sqlite>, StorageError> {
        self.told(self.readers.begin().await.map_err(Failure::from))
    }

    /// Says in the caller's words what went wrong.
    fn told<T>(&self, result: Result<T, Failure>) -> Result<T, StorageError> {
        result.map_err(|failure| error::explain(&self.path, failure))
    }
}

/// Where queries run: a connection inside a transaction.
type Connection = SqliteConnection;
