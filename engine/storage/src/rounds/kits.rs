//! Kits and their versions.

use crate::error::StorageError;
use async_trait::async_trait;
use viva_core::clock::Timestamp;
use viva_core::ids::{KitId, PersonId};
use viva_core::round::Kit;

/// Keeps kits. A version that a round has used is frozen and never written again.
#[async_trait]
pub trait Kits: Send + Sync {
    /// Keeps a new kit as the draft of its first version.
    async fn make_kit(&self, kit: &NewKit) -> Result<(), StorageError>;

    /// The last version of each kit, the one edited last first.
    async fn kits(&self) -> Result<Vec<KitSummary>, StorageError>;

    /// All versions of a kit, the last one first.
    async fn kit_versions(&self, id: KitId) -> Result<Vec<KitSummary>, StorageError>;

    /// One version of a kit, or its last one.
    async fn kit(&self, id: KitId, version: Option<u32>) -> Result<Option<KitRecord>, StorageError>;

    /// Keeps an edit: in place while the last version is a draft, as the next version where it is frozen.
    ///
    /// # Errors
    /// [`StorageError::Conflict`] where the kit was saved since it was seen.
    async fn save_kit(
        &self,
        id: KitId,
        kit: &Kit,
        seen: KitSeen,
        by: PersonId,
        at: Timestamp,
    ) -> Result<KitRecord, StorageError>;

    /// Deletes the draft at the end of a kit, and with it a kit that has no other version. Frozen versions stay.
    async fn delete_kit_draft(&self, id: KitId) -> Result<(), StorageError>;
}

/// A kit that is made.
#[derive(Debug, Clone, PartialEq)]
pub struct NewKit {
    /// Made by the caller.
    pub id: KitId,
    /// What it asks.
    pub kit: Kit,
    /// Who made it.
    pub by: PersonId,
    /// Now.
    pub at: Timestamp,
}

/// Which state of a kit an edit started from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct KitSeen {
    /// The version.
    pub version: u32,
    /// Its revision.
    pub revision: u32,
}

/// One version of a kit.
#[derive(Debug, Clone, PartialEq)]
pub struct KitRecord {
    /// Its id.
    pub id: KitId,
    /// From 1.
    pub version: u32,
    /// Moves with every save of a draft.
    pub revision: u32,
    /// What it asks.
    pub kit: Kit,
    /// Its hash and when it was frozen; none while it is a draft.
    pub frozen: Option<(String, Timestamp)>,
    /// Who edited it last.
    pub edited_by: PersonId,
    /// When.
    pub edited_at: Timestamp,
}

/// A version of a kit in a list.
#[derive(Debug, Clone, PartialEq)]
pub struct KitSummary {
    /// Its id.
    pub id: KitId,
    /// From 1.
    pub version: u32,
    /// What people call it.
    pub title: String,
    /// How many questions it has.
    pub questions: u32,
    /// All its minutes.
    pub minutes: u32,
    /// Its hash and when it was frozen; none while it is a draft.
    pub frozen: Option<(String, Timestamp)>,
    /// When it was edited last.
    pub edited_at: Timestamp,
    /// How many rounds use this version.
    pub rounds: u32,
}

impl KitRecord {
    /// The state an edit of it starts from.
    pub fn seen(&self) -> KitSeen {
        KitSeen { version: self.version, revision: self.revision }
    }
}
