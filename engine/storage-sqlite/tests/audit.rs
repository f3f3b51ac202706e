//! Tampering with the audit log behind Viva's back.

#![expect(clippy::unwrap_used, reason = "a panic is how a test says no")]

use std::path::PathBuf;
use tempfile::TempDir;
use viva_core::audit::{Broken, Head};
use viva_storage::conformance::tampering::{CASES, found, log_of_six};
use viva_storage_sqlite::{SqliteStore, testing};

async fn logged() -> (TempDir, PathBuf, SqliteStore, Vec<Head>) {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("viva.db");
    let store = SqliteStore::open(&format!("sqlite:{}", file.display())).await.unwrap();
    store.migrate().await.unwrap();
    let heads = log_of_six(&store).await;
    (dir, file, store, heads)
}

#[tokio::test]
async fn one_changed_row_is_found_and_named() {
    for (sql, sequence, fault) in CASES {
        let (_dir, file, store, heads) = logged().await;
        let unguarded = "DROP TRIGGER audit_never_changes; DROP TRIGGER audit_is_kept;";
        testing::run(&file, format!("{unguarded} {sql}")).await;
        assert_eq!(found(&store, &heads).await, Err(Broken { sequence, fault }), "{sql}");
    }
}

#[tokio::test]
async fn the_database_refuses_to_change_or_drop_entries() {
    let (_dir, file, store, heads) = logged().await;
    for sql in ["UPDATE audit SET detail = 'x'", "DELETE FROM audit"] {
        let refused = testing::try_run(&file, sql).await.unwrap_err();
        assert!(refused.contains("append-only"), "{sql}: {refused}");
    }
    assert_eq!(found(&store, &heads).await, Ok(heads.last().copied()));
}
