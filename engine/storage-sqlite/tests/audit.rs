//! Tampering with the audit log behind Viva's back.

#![expect(clippy::unwrap_used, reason = "a panic is how a test says no")]

use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{ConnectOptions, SqliteConnection};
use viva_core::audit::{Broken, Deed, Fault, Head, NewEntry, verify};
use viva_core::clock::Timestamp;
use viva_storage::Audit;
use viva_storage_sqlite::SqliteStore;

/// A log of six entries, changed by this SQL on a connection that is not Viva's, as Viva then finds it.
async fn after(sql: &str) -> (Vec<Head>, Result<Option<Head>, Broken>) {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("viva.db");
    let store = SqliteStore::open(&format!("sqlite:{}", file.display())).await.unwrap();
    store.migrate().await.unwrap();
    let mut heads = Vec::new();
    for n in 0..6 {
        heads.push(store.log(&NewEntry::new(Deed::Exported, None, Timestamp(n)).by("zip")).await.unwrap());
    }
    let mut other = SqliteConnectOptions::new().filename(&file).connect().await.unwrap();
    run(&mut other, sql).await.unwrap();
    let entries = store.audit_entries(0, 100).await.unwrap();
    (heads.clone(), verify(&entries, &heads))
}

async fn run(connection: &mut SqliteConnection, sql: &str) -> sqlx::Result<()> {
    sqlx::raw_sql(sqlx::AssertSqlSafe(sql.to_owned())).execute(connection).await.map(|_| ())
}

const UNGUARDED: &str = "DROP TRIGGER audit_never_changes; DROP TRIGGER audit_is_kept;";

#[tokio::test]
async fn one_changed_row_is_found_and_named() {
    for (sql, sequence, fault) in [
        ("UPDATE audit SET detail = 'csv' WHERE sequence = 3", 3, Fault::Changed),
        ("UPDATE audit SET at = at + 1 WHERE sequence = 6", 6, Fault::Changed),
        ("DELETE FROM audit WHERE sequence = 4", 4, Fault::Missing),
        ("DELETE FROM audit WHERE sequence > 4", 5, Fault::Truncated { recorded: 6 }),
        ("DELETE FROM audit", 1, Fault::Truncated { recorded: 6 }),
        (
            "UPDATE audit SET sequence = 99 WHERE sequence = 2; UPDATE audit SET sequence = 2 WHERE sequence = 5;
             UPDATE audit SET sequence = 5 WHERE sequence = 99",
            2,
            Fault::Moved { was: 5 },
        ),
        (
            "UPDATE audit SET sequence = sequence + 100 WHERE sequence > 3;
             INSERT INTO audit SELECT 4, at, actor_id, deed, round_id, candidate_id, subject_id, detail, previous, hash
             FROM audit WHERE sequence = 2;
             UPDATE audit SET sequence = sequence - 99 WHERE sequence > 100",
            4,
            Fault::Inserted,
        ),
    ] {
        let (_, found) = after(&format!("{UNGUARDED} {sql}")).await;
        assert_eq!(found, Err(Broken { sequence, fault }), "{sql}");
    }
}

#[tokio::test]
async fn the_database_refuses_to_change_or_drop_entries() {
    let (heads, untouched) = after("SELECT 1").await;
    assert_eq!(untouched, Ok(heads.last().copied()));
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("viva.db");
    let store = SqliteStore::open(&format!("sqlite:{}", file.display())).await.unwrap();
    store.migrate().await.unwrap();
    store.log(&NewEntry::new(Deed::Erased, None, Timestamp(1))).await.unwrap();
    let mut other = SqliteConnectOptions::new().filename(&file).connect().await.unwrap();
    for sql in ["UPDATE audit SET detail = 'x'", "DELETE FROM audit"] {
        let refused = run(&mut other, sql).await.unwrap_err().to_string();
        assert!(refused.contains("append-only"), "{sql}: {refused}");
    }
}
