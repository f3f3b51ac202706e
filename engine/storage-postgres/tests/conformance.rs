//! The conformance suite over PostgreSQL, each check on a fresh database.

#![expect(clippy::unwrap_used, reason = "a panic is how a test says no")]

use std::sync::Arc;
use viva_storage::Store;
use viva_storage_postgres::PostgresStore;
use viva_storage_postgres::testing::TestDatabase;

async fn fresh() -> Option<(TestDatabase, Arc<dyn Store>)> {
    let database = TestDatabase::migrated().await?;
    let store = PostgresStore::open(&database.url()).await.unwrap();
    Some((database, Arc::new(store)))
}

viva_storage::conformance!(fresh);
