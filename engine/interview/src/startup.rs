//! What a start finds of the process before: takes that were cut off, answers that wait for their score.

use crate::{Interview, InterviewError, TAKES, fresh};
use std::path::Path;
use tokio::task::spawn_blocking;
use viva_audio::PieceTake;
use viva_audio::waveform::Facts;
use viva_core::ids::JobId;
use viva_core::session::AttemptState;
use viva_core::units::SampleRate;
use viva_storage::{Step, Take, TakeEnd};

/// What a start put right.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Found {
    /// Recordings that a dead process left and that are kept now.
    pub salvaged: u32,
    /// Recordings that had begun but held no sound; their questions stand again.
    pub empty: u32,
}

impl Interview {
    /// Repairs takes that were cut off and gives them to their attempts. Call once, before anything records.
    pub async fn pick_up(&self) -> Result<Found, InterviewError> {
        let dir = self.takes_dir();
        std::fs::create_dir_all(&dir).map_err(InterviewError::Folder)?;
        for salvaged in spawn_blocking(move || viva_audio::salvage(&dir)).await?? {
            tracing::info!(length_ms = salvaged.length.0, "a recording that was cut off is playable again");
        }
        self.finish_deletions().await?;
        let mut found = Found::default();
        for attempt in self.store.unsettled_attempts().await? {
            if attempt.state != AttemptState::Recording {
                continue;
            }
            if self.takes_dir().join(format!("{}.wav.part", attempt.id)).exists()
                || PieceTake::is_waiting(&self.takes_dir().join(format!("{}.wav", attempt.id)))
            {
                // Salvaging left it alone: another process is recording it right now, or a browser goes on with it.
                continue;
            }
            // A take that was finished just before the end lies there whole and needs no repair.
            let path = self.takes_dir().join(format!("{}.wav", attempt.id));
            let Some(facts) = spawn_blocking(move || measure(&path)).await? else {
                self.store.advance(attempt.id, &Step::Discard, self.now()).await?;
                found.empty += 1;
                continue;
            };
            let take = Take {
                path: Some(format!("{TAKES}/{}.wav", attempt.id)),
                length: facts.length,
                bytes: std::fs::metadata(self.takes_dir().join(format!("{}.wav", attempt.id)))
                    .map(|file| file.len())
                    .unwrap_or(0),
                sample_rate: SampleRate::WHISPER,
                peak_dbfs: facts.peak_dbfs,
                rms_dbfs: facts.rms_dbfs,
                clipped_samples: facts.clipped_samples,
                dropped_samples: 0,
                device: None,
                ended: TakeEnd::Salvaged,
                kept_at: self.now(),
            };
            self.store.keep_take(attempt.id, &take, JobId(fresh()), self.now(), self.now()).await?;
            found.salvaged += 1;
        }
        Ok(found)
    }
}

/// What the sound of a take says; nothing where there is none to read.
fn measure(path: &Path) -> Option<Facts> {
    let sound = viva_audio::decode(path).ok()?;
    Some(viva_audio::waveform::facts(&sound.samples, &[]))
}
