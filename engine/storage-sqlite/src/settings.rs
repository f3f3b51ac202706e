//! Settings over SQLite.

use crate::SqliteStore;
use crate::error::Failure;
use async_trait::async_trait;
use viva_core::clock::Timestamp;
use viva_storage::{Settings, StorageError};

#[async_trait]
impl Settings for SqliteStore {
    async fn setting(&self, name: &str) -> Result<Option<String>, StorageError> {
        let found = sqlx::query_scalar!("SELECT value FROM settings WHERE name = $1", name)
            .fetch_optional(&self.readers)
            .await;
        self.told(found.map_err(Failure::from))
    }

    async fn settings(&self) -> Result<Vec<(String, String)>, StorageError> {
        let found =
            sqlx::query!("SELECT name, value FROM settings ORDER BY name").fetch_all(&self.readers).await;
        let rows = self.told(found.map_err(Failure::from))?;
        Ok(rows.into_iter().map(|row| (row.name, row.value)).collect())
    }

    async fn set_setting(&self, name: &str, value: Option<&str>, at: Timestamp) -> Result<(), StorageError> {
        let mut tx = self.begin().await?;
        let done = match value {
            Some(value) => {
                sqlx::query!(
                    "INSERT INTO settings (name, value, set_at) VALUES ($1, $2, $3)
                     ON CONFLICT (name) DO UPDATE SET value = excluded.value, set_at = excluded.set_at",
                    name,
                    value,
                    at.0
                )
                .execute(&mut *tx)
                .await
            }
            None => sqlx::query!("DELETE FROM settings WHERE name = $1", name).execute(&mut *tx).await,
        };
        self.told(done.map_err(Failure::from))?;
        self.commit(tx).await
    }
}
