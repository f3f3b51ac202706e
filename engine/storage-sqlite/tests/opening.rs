//! Files that are not what they should be, and others that hold them.

#![expect(clippy::unwrap_used, reason = "a panic is how a test says no")]

use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{AssertSqlSafe, ConnectOptions, Connection, SqliteConnection};
use std::fs;
use std::path::Path;
use std::time::Duration;
use tempfile::TempDir;
use viva_core::clock::Timestamp;
use viva_storage::{PageRequest, Sessions, Settings, StorageError};
use viva_storage_sqlite::{OpenOptions, SqliteStore};

const IMPATIENT: OpenOptions = OpenOptions { busy_timeout: Duration::from_millis(20) };

async fn open(path: &Path) -> Result<SqliteStore, StorageError> {
    let store = SqliteStore::open_file(path, IMPATIENT).await?;
    store.migrate().await?;
    Ok(store)
}

/// A database of ours with one setting in it, closed.
async fn made(dir: &TempDir) -> std::path::PathBuf {
    let path = dir.path().join("viva.db");
    let store = open(&path).await.unwrap();
    store.set_setting("kept", Some("yes"), Timestamp(1)).await.unwrap();
    store.close().await;
    path
}

/// A connection of another program.
async fn other(path: &Path) -> SqliteConnection {
    SqliteConnectOptions::new().filename(path).create_if_missing(true).connect().await.unwrap()
}

async fn run(connection: &mut SqliteConnection, sql: &'static str) {
    sqlx::raw_sql(AssertSqlSafe(sql)).execute(connection).await.unwrap();
}

#[tokio::test]
async fn opening_again_finds_what_was_kept_and_migrates_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let path = made(&dir).await;
    for _ in 0..2 {
        let store = open(&path).await.unwrap();
        store.migrate().await.unwrap();
        assert_eq!(store.setting("kept").await.unwrap().as_deref(), Some("yes"));
        assert_eq!(store.check().await.unwrap(), Vec::<String>::new());
        store.close().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn programs_that_start_at_once_all_find_a_finished_schema() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("viva.db");
    let starts: Vec<_> = (0..8)
        .map(|_| {
            let path = path.clone();
            tokio::spawn(async move {
                let store = SqliteStore::open_file(&path, OpenOptions::default()).await?;
                store.migrate().await?;
                store.setting("kept").await
            })
        })
        .collect();
    for start in starts {
        assert_eq!(start.await.unwrap().unwrap(), None);
    }
}

#[tokio::test]
async fn addresses_are_read_in_both_notations_and_others_are_explained() {
    let dir = tempfile::tempdir().unwrap();
    for (notation, name) in [("sqlite:", "a.db"), ("sqlite://", "b.db")] {
        let path = dir.path().join(name);
        let store = SqliteStore::open(&format!("{notation}{}", path.display())).await.unwrap();
        assert_eq!(store.path(), path);
        assert!(path.is_file());
    }
    for url in
        ["", "sqlite:", "sqlite::memory:", "postgres://localhost/viva", "viva.db", "sqlite:a.db?mode=ro"]
    {
        let error = SqliteStore::open(url).await.unwrap_err();
        assert!(error.to_string().contains("should look like sqlite:"), "{url}: {error}");
    }
    assert!(SqliteStore::takes("sqlite:a.db") && !SqliteStore::takes("postgres://localhost"));
}

#[tokio::test]
async fn a_database_of_a_newer_version_is_refused_untouched() {
    let dir = tempfile::tempdir().unwrap();
    let path = made(&dir).await;
    let mut newer = other(&path).await;
    run(
        &mut newer,
        "INSERT INTO viva_migrations (version, description, success, checksum, execution_time)
         VALUES (9000, 'from the future', TRUE, x'00', 1);
         CREATE TABLE future (id INTEGER PRIMARY KEY);",
    )
    .await;
    newer.close().await.unwrap();
    let error = open(&path).await.unwrap_err();
    assert!(matches!(error, StorageError::NewerSchema { found: 9000, .. }), "{error}");
    let said = error.to_string();
    assert!(said.contains("viva.db") && said.contains("update Viva"), "{said}");
}

#[tokio::test]
async fn a_migration_that_is_not_ours_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    let path = made(&dir).await;
    let mut meddler = other(&path).await;
    run(&mut meddler, "UPDATE viva_migrations SET checksum = x'00' WHERE version = 1").await;
    meddler.close().await.unwrap();
    let error = open(&path).await.unwrap_err();
    assert!(matches!(error, StorageError::ForeignSchema { .. }), "{error}");
}

#[tokio::test]
async fn a_database_that_another_program_writes_to_is_locked() {
    let dir = tempfile::tempdir().unwrap();
    let path = made(&dir).await;
    let store = open(&path).await.unwrap();
    let mut holder = other(&path).await;
    run(&mut holder, "BEGIN EXCLUSIVE").await;
    let error = store.set_setting("late", Some("1"), Timestamp(2)).await.unwrap_err();
    assert!(matches!(error, StorageError::Locked { .. }) && error.is_passing(), "{error}");
    // Reading goes on meanwhile, and writing afterwards.
    assert_eq!(store.setting("kept").await.unwrap().as_deref(), Some("yes"));
    run(&mut holder, "ROLLBACK").await;
    store.set_setting("late", Some("1"), Timestamp(2)).await.unwrap();
}

#[tokio::test]
async fn a_database_that_another_program_locks_whole_cannot_be_opened() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("viva.db");
    let mut holder = other(&path).await;
    run(&mut holder, "PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE; CREATE TABLE t (x); COMMIT;").await;
    let error = open(&path).await.unwrap_err();
    assert!(matches!(error, StorageError::Locked { .. }), "{error}");
}

#[tokio::test]
async fn a_file_that_is_no_database_is_left_alone() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("viva.db");
    let letter = "Dear reader, ".repeat(1_000);
    fs::write(&path, &letter).unwrap();
    let error = open(&path).await.unwrap_err();
    assert!(matches!(error, StorageError::NotADatabase { .. }), "{error}");
    assert_eq!(fs::read_to_string(&path).unwrap(), letter);
}

#[tokio::test]
async fn a_database_of_another_program_is_left_alone() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("viva.db");
    let mut owner = other(&path).await;
    run(&mut owner, "CREATE TABLE bookmarks (url TEXT)").await;
    owner.close().await.unwrap();
    let error = open(&path).await.unwrap_err();
    assert!(matches!(error, StorageError::NotADatabase { .. }), "{error}");
    let mut owner = other(&path).await;
    let tables: i64 =
        sqlx::query_scalar("SELECT count(*) FROM sqlite_schema").fetch_one(&mut owner).await.unwrap();
    assert_eq!(tables, 1);
}

#[tokio::test]
async fn a_damaged_database_is_named_not_trusted() {
    let dir = tempfile::tempdir().unwrap();
    let path = made(&dir).await;
    let mut bytes = fs::read(&path).unwrap();
    let (from, to) = (200, bytes.len());
    bytes[from..to].fill(0xA5);
    fs::write(&path, bytes).unwrap();
    let error = open(&path).await.unwrap_err();
    assert!(matches!(error, StorageError::NotADatabase { .. }), "{error}");
    assert!(error.to_string().contains("restore it from a backup"), "{error}");
}

#[tokio::test]
async fn a_row_that_cannot_be_read_is_damaged_not_a_crash() {
    let dir = tempfile::tempdir().unwrap();
    let path = made(&dir).await;
    let store = open(&path).await.unwrap();
    let mut meddler = other(&path).await;
    run(
        &mut meddler,
        "PRAGMA ignore_check_constraints = ON;
         INSERT INTO sessions (id, mode, seed, started_at) VALUES (x'00112233445566778899aabbccddeeff', 'odd', 0, 1)",
    )
    .await;
    let error = store.sessions(PageRequest::first(9)).await.unwrap_err();
    assert!(matches!(error, StorageError::Damaged { what: "mode", .. }), "{error}");
}

#[tokio::test]
async fn a_missing_directory_and_a_directory_in_its_place_are_told_apart() {
    let dir = tempfile::tempdir().unwrap();
    let missing = open(&dir.path().join("nowhere/viva.db")).await.unwrap_err();
    assert!(missing.to_string().contains("there is no directory"), "{missing}");
    let taken = open(dir.path()).await.unwrap_err();
    assert!(taken.to_string().contains("it is a directory"), "{taken}");
}

#[cfg(unix)]
#[tokio::test]
async fn a_directory_that_cannot_be_written_is_named() {
    use std::os::unix::fs::PermissionsExt;
    let dir = tempfile::tempdir().unwrap();
    let path = made(&dir).await;
    let set = |mode| fs::set_permissions(dir.path(), fs::Permissions::from_mode(mode)).unwrap();
    set(0o555);
    // The superuser may write anywhere, so there is nothing to see.
    let superuser = fs::write(dir.path().join("probe"), "").is_ok();
    let outcome = open(&path).await;
    let new = open(&dir.path().join("new.db")).await;
    set(0o755);
    if superuser {
        return;
    }
    assert!(matches!(outcome, Err(StorageError::ReadOnly { .. })), "{outcome:?}");
    assert!(matches!(new, Err(StorageError::ReadOnly { .. })), "{new:?}");
}

#[tokio::test]
async fn a_backup_is_whole_while_the_database_is_in_use() {
    let dir = tempfile::tempdir().unwrap();
    let path = made(&dir).await;
    let store = open(&path).await.unwrap();
    store.set_setting("fresh", Some("in the log"), Timestamp(2)).await.unwrap();
    let copy = dir.path().join("copy.db");
    store.backup_to(&copy).await.unwrap();
    store.set_setting("fresh", None, Timestamp(3)).await.unwrap();
    let restored = open(&copy).await.unwrap();
    assert_eq!(restored.setting("fresh").await.unwrap().as_deref(), Some("in the log"));
    assert_eq!(restored.check().await.unwrap(), Vec::<String>::new());
    // A file that is there is never written over.
    assert!(store.backup_to(&copy).await.is_err());
}

#[tokio::test]
async fn what_is_deleted_is_not_left_in_the_files() {
    let dir = tempfile::tempdir().unwrap();
    let path = made(&dir).await;
    let store = open(&path).await.unwrap();
    let secret = "something only the candidate said";
    store.set_setting("words", Some(&secret.repeat(50)), Timestamp(2)).await.unwrap();
    store.delete_everything().await.unwrap();
    for entry in fs::read_dir(dir.path()).unwrap() {
        let bytes = fs::read(entry.unwrap().path()).unwrap();
        assert!(!bytes.windows(secret.len()).any(|window| window == secret.as_bytes()));
    }
}
