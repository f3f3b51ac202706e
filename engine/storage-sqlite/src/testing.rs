//! What tests do to a database behind the store's back.

use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{AssertSqlSafe, ConnectOptions as _, Connection as _};
use std::path::Path;

/// Runs statements of another program in a database file.
///
/// # Panics
/// Where they fail.
pub async fn run(file: &Path, sql: impl Into<String>) {
    let sql: String = sql.into();
    try_run(file, sql.clone()).await.unwrap_or_else(|why| panic!("{sql}: {why}"));
}

/// Runs them, or says why the database does not.
///
/// # Errors
/// What the database says.
pub async fn try_run(file: &Path, sql: impl Into<String>) -> Result<(), String> {
    let said = |error: sqlx::Error| error.to_string();
    let mut connection = SqliteConnectOptions::new().filename(file).connect().await.map_err(said)?;
    sqlx::raw_sql(AssertSqlSafe(sql.into())).execute(&mut connection).await.map_err(said)?;
    connection.close().await.map_err(said)
}
