//! Each condition of the views that keep raters blind is taken away once, and the check that guards it must fail.

#![expect(clippy::unwrap_used, reason = "a panic is how a test says no")]

use std::sync::Arc;
use tempfile::TempDir;
use viva_storage::Store;
use viva_storage::conformance::blind_rules;
use viva_storage_sqlite::SqliteStore;

/// The migration, from which the views' own text is taken.
const MIGRATION: &str = include_str!("../../../migrations/sqlite/0030_rounds.sql");

/// A fresh database whose view has this piece of its text replaced.
async fn weakened(view: &str, piece: &str, by: &str) -> Option<(TempDir, Arc<dyn Store>)> {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("viva.db");
    let store = SqliteStore::open(&format!("sqlite:{}", path.display())).await.unwrap();
    store.migrate().await.unwrap();
    let text = blind_rules::weakened(MIGRATION, view, piece, by);
    viva_storage_sqlite::testing::run(&path, format!("DROP VIEW {view}; {text}")).await;
    Some((dir, Arc::new(store)))
}

viva_storage::blind_rules!(weakened);
