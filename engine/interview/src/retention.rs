//! How long recordings are kept. Words and scores stay; only the audio goes.
//!
//! Whatever the rule, a recording stays until its answer has its words: a recording that could not be understood yet is
//! the only record of what was said.

use crate::{Interview, InterviewError};
use std::fmt;
use std::str::FromStr;
use viva_core::clock::Timestamp;
use viva_core::ids::AttemptId;
use viva_storage::Take;

/// How long the audio of an answer is kept.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum KeepAudio {
    /// Until somebody deletes it.
    #[default]
    Forever,
    /// For so many days after it was recorded.
    Days(u16),
    /// Until its answer is settled.
    NotAtAll,
}

/// A text that says no [`KeepAudio`].
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "{0:?} says not how long to keep recordings; write `forever`, `30 days` (1 to {LONGEST_DAYS}) or `not at all`"
)]
pub struct BadKeepAudio(String);

/// Ten years; longer than that is forever.
pub const LONGEST_DAYS: u16 = 3_650;

const DAY_MS: i64 = 24 * 60 * 60 * 1000;

/// The setting's name.
const SETTING: &str = "audio.keep";

impl Interview {
    /// How long recordings are kept.
    pub async fn keep_audio(&self) -> Result<KeepAudio, InterviewError> {
        let Some(kept) = self.store.setting(SETTING).await? else { return Ok(KeepAudio::default()) };
        Ok(kept.parse().unwrap_or_else(|error| {
            // Where in doubt nothing is deleted.
            tracing::warn!(%error, "the setting for keeping recordings cannot be read");
            KeepAudio::default()
        }))
    }

    /// Sets how long recordings are kept. Nothing is deleted until [`Interview::apply_retention`].
    pub async fn set_keep_audio(&self, keep: KeepAudio) -> Result<(), InterviewError> {
        Ok(self.store.set_setting(SETTING, Some(&keep.to_string()), self.now()).await?)
    }

    /// The recordings that a rule would delete now.
    pub async fn audio_due(&self, keep: KeepAudio) -> Result<Vec<(AttemptId, Take)>, InterviewError> {
        let before = match keep {
            KeepAudio::Forever => return Ok(Vec::new()),
            KeepAudio::Days(days) => Timestamp(self.now().0 - i64::from(days) * DAY_MS),
            KeepAudio::NotAtAll => Timestamp(i64::MAX),
        };
        let mut due = Vec::new();
        for (attempt, take) in self.store.takes_before(before).await? {
            let state = self.store.attempt(attempt).await?.map(|record| record.state);
            if state.is_some_and(|state| state.is_settled()) {
                due.push((attempt, take));
            }
        }
        Ok(due)
    }

    /// Deletes the recordings that are past their time. Returns how many.
    pub async fn apply_retention(&self) -> Result<u32, InterviewError> {
        let mut deleted = 0;
        for (attempt, _) in self.audio_due(self.keep_audio().await?).await? {
            match self.delete_audio(attempt).await {
                Ok(()) => deleted += 1,
                // Deleted by hand in the meantime.
                Err(InterviewError::NoAttempt(_)) => {}
                Err(error) => return Err(error),
            }
        }
        self.expire_rounds().await?;
        if deleted > 0 {
            tracing::info!(recordings = deleted, "recordings past their time were deleted");
        }
        Ok(deleted)
    }

    /// Deletes the recording of an answer that has just been settled, where none are kept at all.
    pub(crate) async fn forget_settled_audio(&self, attempt: AttemptId) {
        let forgotten = async {
            if self.keep_audio().await? == KeepAudio::NotAtAll && self.store.take(attempt).await?.is_some() {
                self.delete_audio(attempt).await?;
            }
            Ok::<_, InterviewError>(())
        };
        if let Err(error) = forgotten.await {
            tracing::warn!(%error, "a recording could not be deleted; the next start or day tries again");
        }
    }
}

impl fmt::Display for KeepAudio {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Forever => f.write_str("forever"),
            Self::Days(1) => f.write_str("1 day"),
            Self::Days(days) => write!(f, "{days} days"),
            Self::NotAtAll => f.write_str("not at all"),
        }
    }
}

impl FromStr for KeepAudio {
    type Err = BadKeepAudio;
    fn from_str(text: &str) -> Result<Self, BadKeepAudio> {
        let bad = || BadKeepAudio(text.chars().take(40).collect());
        match text.trim() {
            "forever" => Ok(Self::Forever),
            "not at all" => Ok(Self::NotAtAll),
            other => {
                let days = other.strip_suffix(" days").or_else(|| other.strip_suffix(" day"));
                let days: u16 = days.and_then(|days| days.parse().ok()).ok_or_else(bad)?;
                if (1..=LONGEST_DAYS).contains(&days) { Ok(Self::Days(days)) } else { Err(bad()) }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rule_comes_back_as_it_was_written() {
        for keep in [KeepAudio::Forever, KeepAudio::Days(1), KeepAudio::Days(30), KeepAudio::NotAtAll] {
            assert_eq!(keep.to_string().parse(), Ok(keep));
        }
        for bad in ["", "0 days", "-1 days", "3651 days", "30", "soon", "1e3 days"] {
            assert!(bad.parse::<KeepAudio>().is_err(), "{bad}");
        }
    }
}
