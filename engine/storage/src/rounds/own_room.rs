//! What a candidate finds in their own room. Nothing of kits, cards and scores can be reached from here.

use crate::error::StorageError;
use async_trait::async_trait;
use viva_core::clock::Timestamp;
use viva_core::ids::CandidateId;
use viva_core::round::{Ground, may_record};

/// Gives candidates their rooms.
#[async_trait]
pub trait OwnRooms: Send + Sync {
    /// The room of a candidate. Who may ask for it is decided before: it is theirs alone.
    async fn own_room(&self, candidate: CandidateId) -> Result<Option<OwnRoom>, StorageError>;
}

/// A round as its candidate sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OwnRoom {
    /// What the round is called.
    pub title: String,
    /// How many questions its kit has.
    pub questions: u32,
    /// What candidates are told about being recorded.
    pub notice: String,
    /// Why this one may be recorded, and what they were told; none where no basis is on record.
    pub ground: Option<Ground>,
    /// When they said no.
    pub opted_out_at: Option<Timestamp>,
    /// When the round ended; none while it goes on.
    pub closed_at: Option<Timestamp>,
}

impl OwnRoom {
    /// Whether they may be recorded now.
    pub fn may_record(&self) -> bool {
        self.closed_at.is_none() && may_record(self.ground.as_ref(), self.opted_out_at).is_ok()
    }
}
