//! The schema: migrating it, knowing whose file it is, checking and copying it.
//!
//! The only queries that are not checked at compile time are here, because they read SQLite's own tables
//! and those of sqlx.

use crate::error::{Failure, explain};
use sqlx::migrate::{MigrateError, Migrator};
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection, SqlitePool};
use sqlx::{ConnectOptions as _, Connection as _};
use std::path::Path;
use viva_storage::StorageError;
use viva_storage::columns::number;

static MIGRATIONS: Migrator = sqlx::migrate!("../../migrations/sqlite");

/// The newest schema version this version of Viva knows.
pub(crate) fn known() -> i64 {
    MIGRATIONS.iter().map(|migration| migration.version).max().unwrap_or(0)
}

/// All migrations are one transaction that takes the write lock first, so that of programs that start at once one migrates and
/// the others, having waited, find the work done.
pub(crate) async fn migrate(path: &Path, pool: &SqlitePool) -> Result<(), StorageError> {
    let place = || path.display().to_string();
    let told = |error: sqlx::Error| explain(path, error.into());
    let mut work = pool.begin_with("BEGIN IMMEDIATE").await.map_err(told)?;
    let applied = applied(&mut work).await.map_err(|failure| explain(path, failure))?;
    match applied {
        Applied::Foreign => return Err(StorageError::NotADatabase { place: place() }),
        Applied::UpTo(found) if found > known() => {
            return Err(StorageError::NewerSchema { place: place(), found, known: known() });
        }
        Applied::Nothing | Applied::UpTo(_) => {}
    }
    let unlike = |version: i64, what: &str| StorageError::ForeignSchema {
        place: place(),
        why: format!("its migration {version} {what}"),
    };
    MIGRATIONS.run_direct(None, &mut *work, false).await.map_err(|error| match error {
        MigrateError::Execute(error) | MigrateError::ExecuteMigration(error, _) => told(error),
        MigrateError::VersionMissing(version) => unlike(version, "is unknown here"),
        MigrateError::VersionMismatch(version) => unlike(version, "was another one"),
        error => StorageError::Unavailable { place: place(), why: error.to_string() },
    })?;
    work.commit().await.map_err(told)
}

/// What a file holds before it is migrated.
enum Applied {
    /// Nothing at all: it is new.
    Nothing,
    /// Viva's tables, up to this version.
    UpTo(i64),
    /// Tables of another program.
    Foreign,
}

async fn applied(connection: &mut SqliteConnection) -> Result<Applied, Failure> {
    let tables: Vec<String> = sqlx::query_scalar("SELECT name FROM sqlite_schema WHERE type = 'table'")
        .fetch_all(&mut *connection)
        .await?;
    if tables.is_empty() {
        return Ok(Applied::Nothing);
    }
    if !tables.iter().any(|table| table == "viva_migrations") {
        return Ok(Applied::Foreign);
    }
    let newest: Option<i64> =
        sqlx::query_scalar("SELECT max(version) FROM viva_migrations").fetch_one(connection).await?;
    Ok(newest.map_or(Applied::Nothing, Applied::UpTo))
}

pub(crate) async fn check(pool: &SqlitePool) -> Result<Vec<String>, Failure> {
    let mut found: Vec<String> = sqlx::query_scalar("PRAGMA quick_check").fetch_all(pool).await?;
    found.retain(|line| line != "ok");
    Ok(found)
}

/// Copies over a connection of its own, because those for reading may not write even elsewhere, and the one
/// for writing must not wait for a copy.
pub(crate) async fn backup(path: &Path, file: &Path) -> Result<(), Failure> {
    let name = file.to_str().ok_or_else(|| StorageError::Unavailable {
        place: file.display().to_string(),
        why: "its name is not valid Unicode".into(),
    })?;
    let mut connection = SqliteConnectOptions::new().filename(path).connect().await?;
    sqlx::query("VACUUM INTO $1").bind(name).execute(&mut connection).await?;
    connection.close().await?;
    Ok(())
}

/// Bytes of the database, without the write-ahead log.
pub(crate) async fn size(connection: &mut SqliteConnection) -> Result<u64, Failure> {
    let pages: i64 = sqlx::query_scalar("PRAGMA page_count").fetch_one(&mut *connection).await?;
    let bytes: i64 = sqlx::query_scalar("PRAGMA page_size").fetch_one(connection).await?;
    Ok(number("size", pages.saturating_mul(bytes))?)
}
