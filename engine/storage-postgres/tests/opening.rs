//! Servers that are away, doors that are shut, and databases that are not what they should be.

#![expect(clippy::unwrap_used, reason = "a panic is how a test says no")]

use std::time::Duration;
use viva_core::clock::Timestamp;
use viva_storage::{PageRequest, Sessions, Settings, StorageError};
use viva_storage_postgres::testing::{TestDatabase, server};
use viva_storage_postgres::{OpenOptions, PostgresStore};

const IMPATIENT: OpenOptions = OpenOptions { patience: Duration::from_secs(5) };

async fn open(url: &str) -> Result<PostgresStore, StorageError> {
    let store = PostgresStore::open_with(url, IMPATIENT).await?;
    store.migrate().await?;
    Ok(store)
}

/// Why an address does not open, without the word that must never be told.
async fn refused(url: &str) -> (StorageError, String) {
    let error = open(url).await.unwrap_err();
    let told = format!("{error} {error:?}");
    assert!(!told.contains("secret"), "{told}");
    (error, told)
}

#[tokio::test]
async fn opening_again_finds_what_was_kept_and_migrates_nothing() {
    let Some(database) = TestDatabase::empty().await else { return };
    for _ in 0..3 {
        let store = open(&database.url()).await.unwrap();
        store.migrate().await.unwrap();
        store.set_setting("kept", Some("yes"), Timestamp(1)).await.unwrap();
        assert_eq!(store.setting("kept").await.unwrap().as_deref(), Some("yes"));
        let about = store.about().await.unwrap();
        assert!(about.schema >= 12 && about.server.starts_with(|c: char| c.is_ascii_digit()), "{about:?}");
        store.close().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn programs_that_start_at_once_all_find_a_finished_schema() {
    let Some(database) = TestDatabase::empty().await else { return };
    let starts: Vec<_> = (0..6)
        .map(|_| {
            let url = database.url();
            tokio::spawn(async move {
                let store = PostgresStore::open(&url).await?;
                store.migrate().await?;
                let found = store.setting("kept").await;
                store.close().await;
                found
            })
        })
        .collect();
    for start in starts {
        assert_eq!(start.await.unwrap().unwrap(), None);
    }
}

#[tokio::test]
async fn a_server_that_is_away_is_named_with_what_to_do() {
    let (error, told) = refused("postgres://ada:secret@127.0.0.1:9/viva").await;
    assert!(matches!(error, StorageError::Unavailable { .. }) && error.is_passing(), "{error}");
    assert!(told.contains("ada@127.0.0.1:9/viva") && told.contains("start PostgreSQL"), "{told}");
    let (_, told) = refused("postgres:///viva?host=/nowhere&user=ada&password=secret").await;
    assert!(told.contains("/nowhere") && told.contains("no server answers"), "{told}");
}

#[tokio::test]
async fn a_wrong_password_is_told_and_never_repeated() {
    let Some(database) = TestDatabase::migrated().await else { return };
    let url = database.url_for_guarded("secret").await;
    let (error, told) = refused(&url).await;
    assert!(matches!(error, StorageError::NoAccess { .. }) && !error.is_passing(), "{error}");
    assert!(told.contains("user and password") && told.contains("guarded"), "{told}");
}

#[tokio::test]
async fn a_user_without_rights_is_told_what_the_owner_can_do() {
    let Some(database) = TestDatabase::empty().await else { return };
    let error = open(&database.url_for_guarded("right").await).await.unwrap_err();
    assert!(matches!(error, StorageError::NoAccess { .. }), "{error}");
    assert!(error.to_string().contains("the owner of its database"), "{error}");
}

#[tokio::test]
async fn a_database_that_is_not_there_is_told_with_how_to_make_it() {
    let Some(server) = server() else { return };
    let url = server.replace("/postgres?", "/not_there?");
    let (error, told) = refused(&format!("{url}&password=secret")).await;
    assert!(matches!(error, StorageError::NoAccess { .. }), "{error}");
    assert!(told.contains("not_there") && told.contains("createdb"), "{told}");
}

#[tokio::test]
async fn a_database_that_cannot_hold_every_letter_is_refused() {
    let Some(database) = TestDatabase::empty().await else { return };
    let old = format!("{}_ascii", database.name());
    let server = server().unwrap();
    let make: &'static str = format!(
        "CREATE DATABASE {old} TEMPLATE template0 ENCODING 'SQL_ASCII' LOCALE_PROVIDER libc LOCALE 'C'"
    )
    .leak();
    database.run(make).await;
    let error = open(&server.replace("/postgres?", &format!("/{old}?"))).await.unwrap_err();
    database.run(format!("DROP DATABASE {old} WITH (FORCE)").leak()).await;
    assert!(matches!(error, StorageError::ForeignSchema { .. }), "{error}");
    assert!(error.to_string().contains("--encoding=UTF8"), "{error}");
}

#[tokio::test]
async fn a_database_of_a_newer_version_is_refused_untouched() {
    let Some(database) = TestDatabase::migrated().await else { return };
    database
        .run(
            "INSERT INTO viva_migrations (version, description, success, checksum, execution_time)
             VALUES (9000, 'from the future', TRUE, '\\x00', 1)",
        )
        .await;
    let (error, told) = refused(&database.url()).await;
    assert!(matches!(error, StorageError::NewerSchema { found: 9000, .. }), "{error}");
    assert!(told.contains("update Viva"), "{told}");
}

#[tokio::test]
async fn an_older_database_is_brought_up_to_date() {
    let Some(database) = TestDatabase::migrated().await else { return };
    // What this one does can be done again.
    database.run("DELETE FROM viva_migrations WHERE version = 12").await;
    let store = open(&database.url()).await.unwrap();
    assert!(store.about().await.unwrap().schema >= 12);
    database
        .run("DO $$ BEGIN ASSERT EXISTS (SELECT 1 FROM viva_migrations WHERE version = 12); END $$")
        .await;
}

#[tokio::test]
async fn tables_without_a_history_are_not_taken_for_ours() {
    let Some(database) = TestDatabase::empty().await else { return };
    database.run(include_str!("../../../migrations/postgres/0001_practice.sql")).await;
    let (error, _) = refused(&database.url()).await;
    assert!(matches!(error, StorageError::ForeignSchema { .. }), "{error}");
}

#[tokio::test]
async fn a_migration_that_is_not_ours_is_refused() {
    let Some(database) = TestDatabase::migrated().await else { return };
    database.run("UPDATE viva_migrations SET checksum = '\\x00' WHERE version = 1").await;
    let (error, _) = refused(&database.url()).await;
    assert!(matches!(error, StorageError::ForeignSchema { .. }), "{error}");
}

#[tokio::test]
async fn a_database_of_another_program_is_left_alone() {
    let Some(database) = TestDatabase::empty().await else { return };
    database.run("CREATE TABLE bookmarks (url TEXT)").await;
    let (error, told) = refused(&database.url()).await;
    assert!(matches!(error, StorageError::ForeignSchema { .. }), "{error}");
    assert!(told.contains("bookmarks"), "{told}");
    // Nothing of ours is in it.
    database.run("CREATE TABLE viva_migrations (id INTEGER); CREATE TABLE sessions (id INTEGER)").await;
}

#[tokio::test]
async fn a_row_that_cannot_be_read_is_damaged_not_a_crash() {
    let Some(database) = TestDatabase::migrated().await else { return };
    let store = open(&database.url()).await.unwrap();
    database
        .run(
            "ALTER TABLE sessions DROP CONSTRAINT sessions_mode_check;
             INSERT INTO sessions (id, mode, seed, started_at)
             VALUES ('00112233-4455-6677-8899-aabbccddeeff', 'odd', 0, 1)",
        )
        .await;
    let error = store.sessions(PageRequest::first(9)).await.unwrap_err();
    assert!(matches!(error, StorageError::Damaged { what: "mode", .. }), "{error}");
}

#[tokio::test]
async fn a_connection_that_the_server_ends_is_replaced() {
    let Some(database) = TestDatabase::migrated().await else { return };
    let store = open(&database.url()).await.unwrap();
    store.set_setting("kept", Some("yes"), Timestamp(1)).await.unwrap();
    database
        .run(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity
             WHERE datname = current_database() AND pid <> pg_backend_pid()",
        )
        .await;
    assert_eq!(store.setting("kept").await.unwrap().as_deref(), Some("yes"));
}

#[tokio::test]
async fn what_is_deleted_leaves_no_room_behind() {
    let Some(database) = TestDatabase::migrated().await else { return };
    let store = open(&database.url()).await.unwrap();
    let secret = "something only the candidate said".repeat(20);
    for n in 0..200 {
        store.set_setting(&format!("words {n}"), Some(&secret), Timestamp(2)).await.unwrap();
    }
    store.delete_everything().await.unwrap();
    database.run("DO $$ BEGIN ASSERT pg_relation_size('settings') = 0, 'pages are left'; END $$").await;
}
