//! Both databases hold the same: whole copies from one into the other and back, and tables that stay twins.

#![expect(clippy::unwrap_used, reason = "a panic is how a test says no")]

use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{ConnectOptions, Connection, PgConnection};
use std::collections::BTreeSet;
use std::path::Path;
use tempfile::TempDir;
use tokio::sync::mpsc;
use viva_core::clock::Timestamp;
use viva_core::session::AttemptState;
use viva_storage::conformance::examples;
use viva_storage::{Answers, Rows, Sessions, Settings, StorageError};
use viva_storage_postgres::PostgresStore;
use viva_storage_postgres::testing::TestDatabase;
use viva_storage_sqlite::{OpenOptions, SqliteStore};

async fn file(dir: &TempDir, name: &str) -> SqliteStore {
    let store = SqliteStore::open_file(&dir.path().join(name), OpenOptions::default()).await.unwrap();
    store.migrate().await.unwrap();
    store
}

async fn to_server(from: &SqliteStore, to: &PostgresStore) -> Result<(), StorageError> {
    let (send, receive) = mpsc::channel(Rows::WAITING);
    let (sent, kept) = tokio::join!(from.copy_out(send), to.copy_in(receive));
    kept.and(sent)
}

async fn to_file(from: &PostgresStore, to: &SqliteStore) -> Result<(), StorageError> {
    let (send, receive) = mpsc::channel(Rows::WAITING);
    let (sent, kept) = tokio::join!(from.copy_out(send), to.copy_in(receive));
    kept.and(sent)
}

/// Every row of every table, as one sorted list.
async fn everything(store: &SqliteStore) -> Vec<String> {
    let (send, mut receive) = mpsc::channel::<Rows>(Rows::WAITING);
    let rows = async {
        let mut rows = Vec::new();
        while let Some(some) = receive.recv().await {
            let mut columns: Vec<usize> = (0..some.columns.len()).collect();
            columns.sort_by_key(|at| &some.columns[*at]);
            rows.extend(some.rows.iter().map(|row| {
                let cells: Vec<_> = columns.iter().map(|at| (&some.columns[*at], &row[*at])).collect();
                format!("{}: {cells:?}", some.table)
            }));
        }
        rows.sort();
        rows
    };
    let (sent, rows) = tokio::join!(store.copy_out(send), rows);
    sent.unwrap();
    rows
}

#[tokio::test]
async fn what_goes_into_a_server_and_back_into_a_file_is_the_same() {
    let Some(database) = TestDatabase::migrated().await else { return };
    let dir = tempfile::tempdir().unwrap();
    let (before, after) = (file(&dir, "before.db").await, file(&dir, "after.db").await);
    let server = PostgresStore::open(&database.url()).await.unwrap();
    examples(&before).await;
    let hostile = "tab\t line\n return\r back\\slash \\N \\. 'quote' \"two\" ünïcode ☃ \u{1f4a1} \u{7f}";
    before.set_setting("hostile", Some(hostile), Timestamp(-1)).await.unwrap();
    for n in 0..(Rows::AT_ONCE * 2 + 1) {
        before.set_setting(&format!("many {n}"), Some(""), Timestamp(i64::MAX)).await.unwrap();
    }

    to_server(&before, &server).await.unwrap();
    assert_eq!(server.setting("hostile").await.unwrap().as_deref(), Some(hostile));
    to_file(&server, &after).await.unwrap();
    assert_eq!(everything(&after).await, everything(&before).await);
    assert_eq!(after.check().await.unwrap(), Vec::<String>::new());

    // It goes on where it was.
    let waiting = server.unsettled_attempts().await.unwrap();
    assert!(waiting.iter().any(|attempt| attempt.state == AttemptState::Settling), "{waiting:?}");

    let again = to_server(&before, &server).await;
    assert!(matches!(again, Err(StorageError::NotEmpty { .. })), "{again:?}");
    server.delete_everything().await.unwrap();
    to_server(&before, &server).await.unwrap();
}

#[tokio::test]
async fn what_does_not_come_in_whole_does_not_come_in() {
    let Some(database) = TestDatabase::migrated().await else { return };
    let dir = tempfile::tempdir().unwrap();
    let from = file(&dir, "from.db").await;
    examples(&from).await;
    // A row that no PostgreSQL takes: it points at nothing.
    let mut meddler =
        SqliteConnectOptions::new().filename(from.path()).foreign_keys(false).connect().await.unwrap();
    sqlx::query("UPDATE attempts SET snapshot_hash = 'nowhere'").execute(&mut meddler).await.unwrap();
    let server = PostgresStore::open(&database.url()).await.unwrap();
    to_server(&from, &server).await.unwrap_err();
    assert_eq!(server.settings().await.unwrap(), []);
    assert_eq!(server.unsettled_attempts().await.unwrap(), []);
}

async fn columns_of_file(path: &Path) -> BTreeSet<String> {
    let mut connection = SqliteConnectOptions::new().filename(path).connect().await.unwrap();
    let found: Vec<(String, String)> = sqlx::query_as(
        "SELECT t.name, c.name FROM sqlite_schema t, pragma_table_info(t.name) c
         WHERE t.type = 'table' AND t.name NOT LIKE 'sqlite!_%' ESCAPE '!'",
    )
    .fetch_all(&mut connection)
    .await
    .unwrap();
    found.into_iter().map(|(table, column)| format!("{table}.{column}")).collect()
}

#[tokio::test]
async fn both_databases_have_the_same_tables_and_columns() {
    let Some(database) = TestDatabase::migrated().await else { return };
    let dir = tempfile::tempdir().unwrap();
    let file = file(&dir, "viva.db").await;
    let mut connection = PgConnection::connect(&database.url()).await.unwrap();
    let found: Vec<(String, String)> = sqlx::query_as(
        "SELECT c.table_name::text, c.column_name::text FROM information_schema.columns c
         JOIN information_schema.tables t USING (table_schema, table_name)
         WHERE t.table_schema = current_schema() AND t.table_type = 'BASE TABLE'",
    )
    .fetch_all(&mut connection)
    .await
    .unwrap();
    let server: BTreeSet<_> = found.into_iter().map(|(table, column)| format!("{table}.{column}")).collect();
    assert_eq!(server, columns_of_file(file.path()).await);
}

#[tokio::test]
async fn every_migration_has_its_twin() {
    let names = |folder: &str| -> BTreeSet<_> {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../migrations").join(folder);
        std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name()).collect()
    };
    assert_eq!(names("postgres"), names("sqlite"));
}

#[tokio::test]
async fn every_reference_can_wait_for_the_end_of_a_transaction() {
    let Some(database) = TestDatabase::migrated().await else { return };
    let mut connection = PgConnection::connect(&database.url()).await.unwrap();
    let hasty: Vec<String> = sqlx::query_scalar(
        "SELECT conrelid::regclass || ' ' || conname FROM pg_constraint WHERE contype = 'f' AND NOT condeferrable",
    )
    .fetch_all(&mut connection)
    .await
    .unwrap();
    assert!(hasty.is_empty(), "copies load rows in any order, so write DEFERRABLE: {hasty:#?}");
}
