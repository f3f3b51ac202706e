//! Settings over PostgreSQL.

use crate::error::Failure;
use crate::plain::plain;
use crate::{Connection, PostgresStore};
use async_trait::async_trait;
use viva_core::clock::Timestamp;
use viva_storage::{Settings, StorageError};

#[async_trait]
impl Settings for PostgresStore {
    async fn setting(&self, name: &str) -> Result<Option<String>, StorageError> {
        let found = sqlx::query_scalar!("SELECT value FROM settings WHERE name = $1", &*plain(name))
            .fetch_optional(&self.pool)
            .await;
        self.told(found.map_err(Failure::from))
    }

    async fn settings(&self) -> Result<Vec<(String, String)>, StorageError> {
        let found =
            sqlx::query!("SELECT name, value FROM settings ORDER BY name").fetch_all(&self.pool).await;
        let rows = self.told(found.map_err(Failure::from))?;
        Ok(rows.into_iter().map(|row| (row.name, row.value)).collect())
    }

    async fn set_setting(&self, name: &str, value: Option<&str>, at: Timestamp) -> Result<(), StorageError> {
        serialised!(self, tx => set(tx, name, value, at))
    }
}

async fn set(tx: &mut Connection, name: &str, value: Option<&str>, at: Timestamp) -> Result<(), Failure> {
    let name = plain(name);
    match value {
        Some(value) => {
            sqlx::query!(
                "INSERT INTO settings (name, value, set_at) VALUES ($1, $2, $3)
                 ON CONFLICT (name) DO UPDATE SET value = excluded.value, set_at = excluded.set_at",
                &*name,
                &*plain(value),
                at.0
            )
            .execute(tx)
            .await?;
        }
        None => {
            sqlx::query!("DELETE FROM settings WHERE name = $1", &*name).execute(tx).await?;
        }
    }
    Ok(())
}
