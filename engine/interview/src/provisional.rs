//! The score that is shown while the words still settle.
//!
//! It is made from drafted words, lives in memory alone, and is gone once the attempt has its score: nothing
//! stored, listed or compared ever comes from it.

use crate::{Interview, InterviewError};
use std::sync::{Arc, MutexGuard, PoisonError};
use tokio::task::spawn_blocking;
use viva_core::assessment::Assessment;
use viva_core::ids::AttemptId;
use viva_core::transcript::Transcript;

/// What an answer comes to by the words that are there when it ends.
#[derive(Debug, Clone)]
pub struct Provisional {
    /// The words, the last of them only drafted.
    pub transcript: Transcript,
    /// Their score.
    pub assessment: Assessment,
}

impl Interview {
    /// The provisional score of an attempt, while its words settle.
    pub fn provisional(&self, attempt: AttemptId) -> Option<Arc<Provisional>> {
        self.provisionals().get(&attempt).cloned()
    }

    /// Scores drafted words and tells of it, unless the attempt has been settled meanwhile.
    pub(crate) async fn score_early(
        &self,
        attempt: AttemptId,
        transcript: Transcript,
    ) -> Result<(), InterviewError> {
        let record = self.attempt(attempt).await?;
        let prepared = self.prepare(&self.question_asked(&record).await?);
        let (transcript, assessment) = spawn_blocking(move || {
            let assessment = prepared.assess(&transcript);
            (transcript, assessment)
        })
        .await?;
        {
            // Whoever settles it leaves the live ones first and forgets this afterwards, so nothing stays behind.
            let live = self.live();
            if !live.contains(&attempt) {
                return Ok(());
            }
            self.provisionals().insert(attempt, Arc::new(Provisional { transcript, assessment }));
        }
        self.tell(attempt);
        Ok(())
    }

    /// Forgets it: there is a score now, or none will come of these words.
    pub(crate) fn end_provisional(&self, attempt: AttemptId) {
        self.provisionals().remove(&attempt);
    }

    fn provisionals(&self) -> MutexGuard<'_, std::collections::HashMap<AttemptId, Arc<Provisional>>> {
        self.provisional.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
