//! Tampering with the audit log behind Viva's back.

#![expect(clippy::unwrap_used, reason = "a panic is how a test says no")]

use viva_core::audit::{Broken, Head};
use viva_storage::conformance::tampering::{CASES, found, log_of_six};
use viva_storage_postgres::PostgresStore;
use viva_storage_postgres::testing::{self, TestDatabase};

async fn logged() -> Option<(TestDatabase, PostgresStore, Vec<Head>)> {
    let database = TestDatabase::migrated().await?;
    let store = PostgresStore::open(&database.url()).await.unwrap();
    let heads = log_of_six(&store).await;
    Some((database, store, heads))
}

#[tokio::test]
async fn one_changed_row_is_found_and_named() {
    for (sql, sequence, fault) in CASES {
        let Some((database, store, heads)) = logged().await else { return };
        let unguarded = "DROP TRIGGER audit_never_changes ON audit; DROP TRIGGER audit_is_kept ON audit;";
        database.run(format!("{unguarded} {sql}")).await;
        assert_eq!(found(&store, &heads).await, Err(Broken { sequence, fault }), "{sql}");
    }
}

#[tokio::test]
async fn the_database_refuses_to_change_or_drop_entries() {
    let Some((database, store, heads)) = logged().await else { return };
    for sql in ["UPDATE audit SET detail = 'x'", "DELETE FROM audit", "TRUNCATE audit"] {
        let refused = testing::try_run(&database.url(), sql).await.unwrap_err();
        assert!(refused.contains("append-only"), "{sql}: {refused}");
    }
    assert_eq!(found(&store, &heads).await, Ok(heads.last().copied()));
}
