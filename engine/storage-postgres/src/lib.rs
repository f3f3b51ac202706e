//! The repositories over PostgreSQL: one server, many people at once.
//!
//! Every write is a serialisable transaction: two that meet have the same outcome as one after the other, and the one
//! that came too late is run again from its first read, which is why a write's inside is a block that may run more than once
//! (`serialised!`). Claiming a job skips those that others are claiming. Lookups of several queries see one
//! state. All queries are checked at compile time against `migrations/postgres`, through the cache in `.sqlx` that
//! `scripts/prepare-queries` keeps. The modules are the twins of those in `engine/storage-sqlite`.

#[macro_use]
mod transactions;

mod address;
mod answers;
mod audit;
mod copying;
mod decisions;
mod error;
mod history;
mod jobs;
mod people;
mod plain;
mod rounds;
mod schema;
mod sessions;
mod settings;
mod steps;
#[cfg(feature = "testing")]
pub mod testing;

use error::Failure;
use sqlx::Connection as _;
use sqlx::postgres::{PgConnection, PgPool, PgPoolOptions};
use std::time::Duration;
use viva_storage::StorageError;

/// Connections of one process; a statement takes about a millisecond, so few of them serve many people.
const CONNECTIONS: u32 = 8;

/// A Viva database on a PostgreSQL server.
///
/// Cheap to clone; all clones share their connections.
#[derive(Debug, Clone)]
pub struct PostgresStore {
    place: String,
    pool: PgPool,
}

/// How a database is opened.
#[derive(Debug, Clone, Copy)]
pub struct OpenOptions {
    /// How long to wait for the server, and for a free connection to it.
    pub patience: Duration,
}

impl Default for OpenOptions {
    fn default() -> Self {
        Self { patience: Duration::from_secs(10) }
    }
}

impl PostgresStore {
    /// What an address looks like.
    pub const EXAMPLE_URL: &'static str = "postgres://viva:password@localhost/viva";

    /// Whether an address is meant for this crate.
    pub fn takes(url: &str) -> bool {
        address::SCHEMES.iter().any(|scheme| url.starts_with(scheme))
    }

    /// Opens the database at an address such as [`Self::EXAMPLE_URL`]. The database must be there.
    ///
    /// Call [`Self::migrate`] before anything else.
    pub async fn open(url: &str) -> Result<Self, StorageError> {
        Self::open_with(url, OpenOptions::default()).await
    }

    /// Opens the database, as [`Self::open`] does.
    pub async fn open_with(url: &str, options: OpenOptions) -> Result<Self, StorageError> {
        let server = address::parse(url)?;
        let place = address::place(&server);
        // The pool would try on for all its patience, and then not say why.
        let first = PgConnection::connect_with(&server);
        let first = tokio::time::timeout(options.patience, first)
            .await
            .unwrap_or_else(|_| Err(sqlx::Error::Io(std::io::Error::from(std::io::ErrorKind::TimedOut))));
        let closed = match first {
            Ok(connection) => connection.close().await,
            Err(error) => Err(error),
        };
        closed.map_err(|error| error::explain(&place, error.into()))?;
        let pool = PgPoolOptions::new()
            .max_connections(CONNECTIONS)
            .acquire_timeout(options.patience)
            .connect_lazy_with(server);
        Ok(Self { place, pool })
    }

    /// Brings the schema up to date. Safe to repeat.
    ///
    /// Refuses a schema that belongs to another program or was written by a newer version of Viva, and
    /// changes nothing in it.
    pub async fn migrate(&self) -> Result<(), StorageError> {
        schema::migrate(&self.place, &self.pool).await
    }

    /// The server's version and the newest migration, for people to read.
    pub async fn about(&self) -> Result<About, StorageError> {
        let found = schema::about(&self.pool).await;
        self.told(found)
    }

    /// Where an address leads, without its password and without going there.
    pub fn place_of(url: &str) -> Result<String, StorageError> {
        Ok(address::place(&address::parse(url)?))
    }

    /// Ends all connections once they are idle.
    pub async fn close(&self) {
        self.pool.close().await;
    }

    /// Where the database is, without its password.
    pub fn place(&self) -> &str {
        &self.place
    }

    /// Says in the caller's words what went wrong.
    fn told<T>(&self, result: Result<T, Failure>) -> Result<T, StorageError> {
        result.map_err(|failure| error::explain(&self.place, failure))
    }
}

/// What stands behind an address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct About {
    /// The server's version, such as `15.8`.
    pub server: String,
    /// The newest migration that was applied.
    pub schema: i64,
}

/// Where queries run: a connection inside a transaction.
type Connection = PgConnection;
