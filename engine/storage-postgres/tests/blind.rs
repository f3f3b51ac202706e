//! Each condition of the views that keep raters blind is taken away once, and the check that guards it must fail.

#![expect(clippy::unwrap_used, reason = "a panic is how a test says no")]

use std::sync::Arc;
use viva_storage::Store;
use viva_storage::conformance::blind_rules;
use viva_storage_postgres::PostgresStore;
use viva_storage_postgres::testing::TestDatabase;

/// The migration, from which the views' own text is taken.
const MIGRATION: &str = include_str!("../../../migrations/postgres/0030_rounds.sql");

/// A fresh database whose view has this piece of its text replaced.
async fn weakened(view: &str, piece: &str, by: &str) -> Option<(TestDatabase, Arc<dyn Store>)> {
    let database = TestDatabase::migrated().await?;
    let text = blind_rules::weakened(MIGRATION, view, piece, by);
    database.run(text.replace("CREATE VIEW", "CREATE OR REPLACE VIEW")).await;
    let store = PostgresStore::open(&database.url()).await.unwrap();
    Some((database, Arc::new(store)))
}

viva_storage::blind_rules!(weakened);
