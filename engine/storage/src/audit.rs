//! The append-only log of who did what in rounds. What an entry is and how a log is verified stands in
//! [`viva_core::audit`].

use crate::error::StorageError;
use async_trait::async_trait;
use viva_core::audit::{Entry, Head, NewEntry};

/// Keeps the audit log.
///
/// Deeds of the other traits log themselves, in the transaction that does them. There is no method to change or remove an
/// entry, and the database refuses both.
#[async_trait]
pub trait Audit: Send + Sync {
    /// Appends an entry after the last one, whoever else appends at the same time.
    async fn log(&self, entry: &NewEntry) -> Result<Head, StorageError>;

    /// Entries with a higher number than `after`, in order, at most `most`.
    async fn audit_entries(&self, after: u64, most: u32) -> Result<Vec<Entry>, StorageError>;

    /// The end of the log; none while it is empty.
    async fn audit_head(&self) -> Result<Option<Head>, StorageError>;
}
