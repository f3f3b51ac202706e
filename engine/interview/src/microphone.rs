//! Trying the microphone before it matters: three seconds of it, how loud they were, and the sound to hear again.
//!
//! The sound lies in one file that the next check overwrites; it belongs to no answer.

use crate::{Interview, InterviewError};
use std::path::PathBuf;
use std::sync::{MutexGuard, PoisonError};
use tokio::task::spawn_blocking;
use viva_audio::{AudioSource, Ended, Level, LevelWord, RecordOptions, Recording, Status, Take};
use viva_core::units::Millis;

/// How long a check listens.
pub const CHECK_LENGTH: Millis = Millis(3_000);

/// The setting that holds the microphone chosen last.
const CHOSEN: &str = "microphone";

/// What becomes of a check.
pub(crate) enum Check {
    Live { recording: Recording, device: Option<String> },
    Heard(Heard),
}

/// A check of the microphone, as a page shows it.
#[derive(Debug, Clone, PartialEq)]
pub enum Listening {
    /// Nothing was checked since the start.
    Idle,
    /// It listens now.
    Live {
        /// The device asked for; the system's default without one.
        device: Option<String>,
        /// How long it has been listening.
        elapsed: Millis,
        /// How loud it is now.
        level: Level,
    },
    /// It has listened.
    Heard(Heard),
}

/// What a check heard.
#[derive(Debug, Clone, PartialEq)]
pub struct Heard {
    /// The device asked for; the system's default without one.
    pub device: Option<String>,
    /// Its readable name.
    pub name: String,
    /// How long it listened.
    pub length: Millis,
    /// The loudest sample, in dB below full scale.
    pub peak_dbfs: f32,
    /// The level in a word.
    pub word: LevelWord,
    /// What happened and what to do, as a sentence, where something is wrong.
    pub trouble: Option<String>,
}

/// Peaks of speech are above this, in dB below full scale; the meter of a recording uses the same figure.
const QUIET_PEAK_DBFS: f32 = -32.0;

impl Heard {
    fn of(take: &Take, device: Option<String>) -> Self {
        let word = match take {
            take if take.silent => LevelWord::Silent,
            take if take.is_too_loud() => LevelWord::TooLoud,
            take if take.peak_dbfs < QUIET_PEAK_DBFS => LevelWord::TooQuiet,
            _ => LevelWord::Good,
        };
        let ended = match take.ended {
            // Three seconds are all that was asked for.
            Ended::Stopped | Ended::MaxLength => None,
            other => other.words(take.length),
        };
        let says = (word != LevelWord::Good).then(|| word.words().to_owned());
        Self {
            device,
            name: take.device_name.clone(),
            length: take.length,
            peak_dbfs: take.peak_dbfs,
            word,
            trouble: ended.or(says),
        }
    }
}

impl Interview {
    /// Begins to listen to a microphone for three seconds. A check that is under way is given up.
    ///
    /// # Errors
    /// Where an answer is being recorded, or the microphone is absent or refused.
    pub async fn check_microphone(
        &self,
        source: Box<dyn AudioSource>,
        device: Option<String>,
    ) -> Result<(), InterviewError> {
        self.still_free()?;
        let path = self.check_path();
        std::fs::create_dir_all(&self.data_dir).map_err(InterviewError::Folder)?;
        let before = self.check().take();
        let recording = spawn_blocking(move || {
            drop(before);
            // A file of the check before is in nobody's way.
            let _ = std::fs::remove_file(&path);
            Recording::start(source, path, RecordOptions { max_length: CHECK_LENGTH })
        });
        *self.check() = Some(Check::Live { recording: recording.await??, device });
        Ok(())
    }

    /// Where the check stands. Closes one that has listened long enough.
    pub async fn microphone_check(&self) -> Result<Listening, InterviewError> {
        let over = {
            let mut check = self.check();
            match check.take() {
                None => return Ok(Listening::Idle),
                Some(Check::Heard(heard)) => {
                    *check = Some(Check::Heard(heard.clone()));
                    return Ok(Listening::Heard(heard));
                }
                Some(Check::Live { recording, device })
                    if !matches!(recording.status(), Status::Ended(_)) =>
                {
                    let live = Listening::Live {
                        device: device.clone(),
                        elapsed: recording.elapsed(),
                        level: recording.level(),
                    };
                    *check = Some(Check::Live { recording, device });
                    return Ok(live);
                }
                Some(Check::Live { recording, device }) => (recording, device),
            }
        };
        let (recording, device) = over;
        let take = spawn_blocking(move || recording.stop()).await?;
        let heard = Heard::of(&take, device);
        *self.check() = Some(Check::Heard(heard.clone()));
        Ok(Listening::Heard(heard))
    }

    /// The sound of the last check; none where there is none.
    pub fn check_sound(&self) -> Option<PathBuf> {
        matches!(&*self.check(), Some(Check::Heard(_)))
            .then(|| self.check_path())
            .filter(|path| path.is_file())
    }

    /// The microphone chosen last; none where none ever was.
    pub async fn chosen_microphone(&self) -> Result<Option<String>, InterviewError> {
        Ok(self.store.setting(CHOSEN).await?)
    }

    /// Remembers which microphone was chosen.
    pub async fn choose_microphone(&self, device: &str) -> Result<(), InterviewError> {
        if self.chosen_microphone().await?.as_deref() != Some(device) {
            self.store.set_setting(CHOSEN, Some(device), self.now()).await?;
        }
        Ok(())
    }

    /// Gives up a check, so that an answer can have the microphone.
    pub(crate) async fn end_check(&self) -> Result<(), InterviewError> {
        let live = {
            let mut check = self.check();
            match check.take() {
                Some(Check::Live { recording, .. }) => Some(recording),
                other => {
                    *check = other;
                    None
                }
            }
        };
        if let Some(recording) = live {
            spawn_blocking(move || drop(recording)).await?;
        }
        Ok(())
    }

    /// Gives up any check and tells which file its sound lies in.
    pub(crate) async fn forget_check(&self) -> Result<Option<PathBuf>, InterviewError> {
        let before = self.check().take();
        spawn_blocking(move || drop(before)).await?;
        Ok(Some(self.check_path()).filter(|path| path.is_file()))
    }

    fn check(&self) -> MutexGuard<'_, Option<Check>> {
        self.check.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn check_path(&self) -> PathBuf {
        self.data_dir.join("microphone-check.wav")
    }
}
