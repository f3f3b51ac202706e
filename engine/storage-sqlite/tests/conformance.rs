//! The conformance suite over SQLite, each check on a fresh file.

#![expect(clippy::unwrap_used, reason = "a panic is how a test says no")]

use std::sync::Arc;
use tempfile::TempDir;
use viva_storage::Store;
use viva_storage_sqlite::SqliteStore;

async fn fresh() -> Option<(TempDir, Arc<dyn Store>)> {
    let dir = tempfile::tempdir().unwrap();
    let store = SqliteStore::open(&format!("sqlite:{}", dir.path().join("viva.db").display())).await.unwrap();
    store.migrate().await.unwrap();
    Some((dir, Arc::new(store)))
}

viva_storage::conformance!(fresh);
