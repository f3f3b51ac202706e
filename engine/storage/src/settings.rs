//! Settings: small texts by name.

use crate::error::StorageError;
use async_trait::async_trait;
use viva_core::clock::Timestamp;

/// Keeps settings. What a name means and what its text may be is the program's business.
#[async_trait]
pub trait Settings: Send + Sync {
    /// One setting; none where it was never set.
    async fn setting(&self, name: &str) -> Result<Option<String>, StorageError>;

    /// All settings by name.
    async fn settings(&self) -> Result<Vec<(String, String)>, StorageError>;

    /// Sets or, with none, forgets a setting.
    async fn set_setting(&self, name: &str, value: Option<&str>, at: Timestamp) -> Result<(), StorageError>;
}
