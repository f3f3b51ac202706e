//! Deleting: a recording, an answer, a session, everything.
//!
//! The store forgets first, then the files go. What is about to be removed is noted in a small file before either, so
//! that a process that dies in between leaves nothing behind: the next start finishes it. A file that no note names is
//! never touched, whichever database is in use.

use crate::on_air::OnAir;
use crate::{Interview, InterviewError, TAKES, fresh};
use serde::{Deserialize, Serialize};
use std::io;
use std::path::{Path, PathBuf};
use tokio::task::spawn_blocking;
use viva_audio::Ended;
use viva_core::ids::{AttemptId, SessionId};
use viva_core::session::AttemptState;
use viva_core::units::Millis;
use viva_storage::{AttemptRecord, StorageError};

/// What a deletion takes away, told before it happens.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Loss {
    /// Sessions.
    pub sessions: u64,
    /// Answers that were given, scored or not.
    pub answers: u64,
    /// Recordings whose audio is still there.
    pub recordings: u64,
    /// Their length.
    pub audio: Millis,
    /// Their size.
    pub bytes: u64,
}

/// Folders beside the recordings that "everything" includes: what a restore moved aside, and what was being unpacked.
const COPIES: [&str; 3] = ["before-restore-", ".restore-", ".backup-"];

/// Folders with the words of answers outside the store: marks given to answers, and documents brought in.
const WORDS_ELSEWHERE: [&str; 3] = ["bench", "imports", "reviews"];

impl Interview {
    /// Deletes the recording of an answer and keeps its words and score.
    ///
    /// # Errors
    /// While it is being recorded, or its words are still being worked out from it.
    pub async fn delete_audio(&self, id: AttemptId) -> Result<(), InterviewError> {
        let record = self.attempt(id).await?;
        if record.state == AttemptState::Settling {
            return Err(InterviewError::StillSettling(id));
        }
        let note = self.note(self.recordings_of(&[record]).await?, Scope::Some)?;
        let path = match self.store.delete_audio(id).await {
            Ok(path) => path,
            Err(error) => {
                note.drop_unused();
                return Err(error.into());
            }
        };
        self.tell(id);
        self.remove(note, path.into_iter().collect()).await
    }

    /// Deletes an answer with all it holds. A recording of it that is under way here is stopped first.
    pub async fn delete_attempt(&self, id: AttemptId) -> Result<SessionId, InterviewError> {
        let record = self.attempt(id).await?;
        let attempts = self.with_follow_ups(vec![record.clone()]).await?;
        self.silence(|on_air| attempts.iter().any(|attempt| attempt.id == on_air.attempt)).await?;
        self.free_of_others(&attempts)?;
        let note = self.note(self.recordings_of(&attempts).await?, Scope::Some)?;
        let paths = match self.store.delete_attempt(id).await {
            Ok(paths) => paths,
            Err(error) => {
                note.drop_unused();
                return Err(gone(error, InterviewError::NoAttempt(id)));
            }
        };
        self.tell(id);
        self.remove(note, paths).await?;
        Ok(record.session)
    }

    /// Deletes a session with all its answers. A recording for it that is under way here is stopped first.
    pub async fn delete_session(&self, id: SessionId) -> Result<(), InterviewError> {
        let attempts = self.attempts_of(id).await?;
        self.silence(|on_air| {
            on_air.session == id || attempts.iter().any(|attempt| attempt.id == on_air.attempt)
        })
        .await?;
        self.free_of_others(&attempts)?;
        let note = self.note(self.recordings_of(&attempts).await?, Scope::Some)?;
        let paths = match self.store.delete_session(id).await {
            Ok(paths) => paths,
            Err(error) => {
                note.drop_unused();
                return Err(gone(error, InterviewError::NoSession(id)));
            }
        };
        for attempt in attempts {
            self.tell(attempt.id);
        }
        self.remove(note, paths).await
    }

    /// Deletes all sessions, answers, recordings and settings, and what a restore had moved aside. Question packs stay.
    ///
    /// A recording under way here is stopped first.
    pub async fn delete_everything(&self) -> Result<(), InterviewError> {
        self.silence(|_| true).await?;
        let waiting = self.store.unsettled_attempts().await?;
        self.free_of_others(&waiting)?;
        let note = self.note(Vec::new(), Scope::Everything)?;
        let paths = match self.store.delete_everything().await {
            Ok(paths) => paths,
            Err(error) => {
                note.drop_unused();
                return Err(error.into());
            }
        };
        for attempt in waiting {
            self.tell(attempt.id);
        }
        self.remove(note, paths).await
    }

    /// What deleting an answer takes away, its follow-ups included.
    pub async fn loss_of_attempt(&self, id: AttemptId) -> Result<Loss, InterviewError> {
        let attempts = self.with_follow_ups(vec![self.attempt(id).await?]).await?;
        self.loss_of(&attempts).await
    }

    /// What deleting a session takes away.
    pub async fn loss_of_session(&self, id: SessionId) -> Result<Loss, InterviewError> {
        let attempts = self.attempts_of(id).await?;
        Ok(Loss { sessions: 1, ..self.loss_of(&attempts).await? })
    }

    /// All attempts of a session and their follow-ups.
    async fn attempts_of(&self, id: SessionId) -> Result<Vec<AttemptRecord>, InterviewError> {
        let session = self.session(id).await?;
        self.with_follow_ups(session.places.into_iter().flat_map(|place| place.attempts).collect()).await
    }

    async fn with_follow_ups(
        &self,
        mut attempts: Vec<AttemptRecord>,
    ) -> Result<Vec<AttemptRecord>, InterviewError> {
        for n in 0..attempts.len() {
            for entry in self.follow_ups(attempts[n].id).await? {
                attempts.extend(self.store.attempt(entry.attempt).await?);
            }
        }
        Ok(attempts)
    }

    async fn loss_of(&self, attempts: &[AttemptRecord]) -> Result<Loss, InterviewError> {
        let mut loss = Loss::default();
        for attempt in attempts {
            loss.answers += u64::from(attempt.answered_at.is_some());
            if let Some(take) = self.store.take(attempt.id).await?.filter(|take| take.path.is_some()) {
                loss.recordings += 1;
                loss.audio.0 += take.length.0;
                loss.bytes += take.bytes;
            }
        }
        Ok(loss)
    }

    /// Notes recordings, lets the store forget them, and removes the files it has forgotten.
    pub(crate) async fn forget_recordings(
        &self,
        known: Vec<String>,
        forget: impl Future<Output = Result<Vec<String>, StorageError>>,
    ) -> Result<(), InterviewError> {
        let note = self.note(known, Scope::Some)?;
        match forget.await {
            Ok(paths) => self.remove(note, paths).await,
            Err(error) => {
                note.drop_unused();
                Err(error.into())
            }
        }
    }

    /// Stops the recording of an attempt, where it is under way here, and throws its sound away.
    ///
    /// # Errors
    /// Where another process records it.
    pub(crate) async fn silence_attempt(&self, id: AttemptId) -> Result<(), InterviewError> {
        self.silence(|on_air| on_air.attempt == id).await?;
        match self.takes_dir().join(format!("{id}.wav.part")).exists() {
            true => Err(InterviewError::RecordedElsewhere(id)),
            false => Ok(()),
        }
    }

    /// Finishes deletions that a dead process began.
    pub(crate) async fn finish_deletions(&self) -> Result<(), InterviewError> {
        let dir = self.takes_dir();
        for path in spawn_blocking(move || notes_in(&dir)).await?.map_err(InterviewError::Folder)? {
            let Some(note) = Note::read(path) else { continue };
            match note.scope {
                // The store forgets first: what it still knows was not deleted after all.
                Scope::Some => {
                    let kept = self.store.kept_recordings().await?;
                    let mut paths = note.paths.clone();
                    paths.retain(|path| !kept.contains(path));
                    self.remove(note, paths).await?;
                }
                Scope::Everything => {
                    // Recordings of rounds belong to no session that is counted.
                    let left = self.store.usage().await?;
                    if left.sessions == 0 && left.takes == 0 {
                        self.remove(note, Vec::new()).await?;
                    } else {
                        note.drop_unused();
                    }
                }
            }
        }
        Ok(())
    }

    /// Stops what is on air, if it is meant, and throws its sound away.
    async fn silence(&self, meant: impl Fn(&OnAir) -> bool) -> Result<(), InterviewError> {
        self.adopt_pieces().await?;
        let here = self.microphone().take_if(|on_air| meant(on_air));
        let there: Vec<OnAir> =
            self.in_pieces().extract_if(|_, on_air| meant(on_air)).map(|(_, on_air)| on_air).collect();
        for OnAir { sound, follower, .. } in here.into_iter().chain(there) {
            drop(follower);
            let Some(take) = spawn_blocking(move || sound.stop(Ended::Stopped)).await? else { continue };
            if let Err(error) = std::fs::remove_file(&take.path) {
                tracing::warn!(%error, "the recording of a deleted answer could not be removed");
            }
        }
        Ok(())
    }

    /// Refuses while another process records one of these answers: its sound could not be stopped from here.
    fn free_of_others<'a>(
        &self,
        attempts: impl IntoIterator<Item = &'a AttemptRecord>,
    ) -> Result<(), InterviewError> {
        let elsewhere = attempts.into_iter().find(|attempt| {
            attempt.state == AttemptState::Recording
                && self.takes_dir().join(format!("{}.wav.part", attempt.id)).exists()
        });
        elsewhere.map_or(Ok(()), |attempt| Err(InterviewError::RecordedElsewhere(attempt.id)))
    }

    async fn recordings_of(&self, attempts: &[AttemptRecord]) -> Result<Vec<String>, InterviewError> {
        let mut paths = Vec::new();
        for attempt in attempts {
            paths.extend(self.store.take(attempt.id).await?.and_then(|take| take.path));
        }
        Ok(paths)
    }

    fn note(&self, paths: Vec<String>, scope: Scope) -> Result<Note, InterviewError> {
        let dir = self.takes_dir();
        std::fs::create_dir_all(&dir).map_err(InterviewError::Folder)?;
        let file = dir.join(format!("{NOTE}{}.json", fresh()));
        let note = Note { file, paths, scope };
        let text = serde_json::to_vec(&note).map_err(io::Error::from).map_err(InterviewError::Folder)?;
        std::fs::write(&note.file, text).map_err(InterviewError::Folder)?;
        Ok(note)
    }

    /// Removes files that the store has forgotten, and the note of them once they are gone.
    async fn remove(&self, note: Note, paths: Vec<String>) -> Result<(), InterviewError> {
        let mut files: Vec<PathBuf> = paths.iter().map(|path| self.take_path(path)).collect();
        let (data_dir, takes_dir) = (self.data_dir.clone(), self.takes_dir());
        let everything = note.scope == Scope::Everything;
        if everything {
            files.extend(self.forget_check().await?);
        }
        let left = spawn_blocking(move || {
            if everything {
                files.extend(recordings_in(&takes_dir));
                files.extend(copies_in(&data_dir));
            }
            files.into_iter().filter_map(|file| remove_one(&file).err().map(|error| (file, error))).next()
        });
        match left.await? {
            None => {
                note.drop_unused();
                Ok(())
            }
            Some((file, source)) => Err(InterviewError::FileStays { file, source }),
        }
    }
}

/// A row that went in the meantime is the same to the caller as one that never was.
fn gone(error: StorageError, missing: InterviewError) -> InterviewError {
    match error {
        StorageError::NotFound { .. } => missing,
        error => error.into(),
    }
}

/// Begins the name of a note.
const NOTE: &str = "deleting-";

/// What is about to be removed.
#[derive(Debug, Serialize, Deserialize)]
struct Note {
    #[serde(skip)]
    file: PathBuf,
    /// As the store keeps them.
    paths: Vec<String>,
    scope: Scope,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Scope {
    /// The named files.
    Some,
    /// All recordings, and the copies of them beside.
    Everything,
}

impl Note {
    fn read(file: PathBuf) -> Option<Self> {
        let note: Self = serde_json::from_slice(&std::fs::read(&file).ok()?)
            .inspect_err(|error| tracing::warn!(%error, "a note of a deletion cannot be read"))
            .ok()?;
        Some(Self { file, ..note })
    }

    fn drop_unused(self) {
        if let Err(error) = std::fs::remove_file(&self.file) {
            tracing::warn!(%error, "the note of a deletion could not be removed");
        }
    }
}

fn notes_in(dir: &Path) -> io::Result<Vec<PathBuf>> {
    Ok(list(dir)?.into_iter().filter(|path| named(path, |name| name.starts_with(NOTE))).collect())
}

fn recordings_in(takes_dir: &Path) -> Vec<PathBuf> {
    list(takes_dir)
        .unwrap_or_default()
        .into_iter()
        .filter(|path| path.is_file() && named(path, |name| name.ends_with(".wav")))
        .collect()
}

fn copies_in(data_dir: &Path) -> Vec<PathBuf> {
    list(data_dir)
        .unwrap_or_default()
        .into_iter()
        .filter(|path| {
            named(path, |name| {
                WORDS_ELSEWHERE.contains(&name) || COPIES.iter().any(|copy| name.starts_with(copy))
            })
        })
        .collect()
}

fn list(dir: &Path) -> io::Result<Vec<PathBuf>> {
    match std::fs::read_dir(dir) {
        Ok(entries) => entries.map(|entry| entry.map(|entry| entry.path())).collect(),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Vec::new()),
        Err(error) => Err(error),
    }
}

fn named(path: &Path, is: impl Fn(&str) -> bool) -> bool {
    path.file_name().and_then(|name| name.to_str()).is_some_and(is)
}

fn remove_one(path: &Path) -> io::Result<()> {
    let removed = match std::fs::symlink_metadata(path) {
        Ok(found) if found.is_dir() => std::fs::remove_dir_all(path),
        Ok(_) => std::fs::remove_file(path),
        Err(error) => Err(error),
    };
    match removed {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

/// Where a kept path leads: always into the folder of takes, whatever a foreign database may say.
pub(crate) fn take_file(data_dir: &Path, kept: &str) -> PathBuf {
    let name = Path::new(kept).file_name().unwrap_or_default();
    data_dir.join(TAKES).join(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_kept_path_never_leads_out_of_the_folder_of_takes() {
        let data = Path::new("/data");
        assert_eq!(take_file(data, "takes/1.wav"), Path::new("/data/takes/1.wav"));
        for hostile in ["../../etc/passwd", "/etc/passwd", "takes/../../x", ".."] {
            let path = take_file(data, hostile);
            assert!(path.starts_with("/data/takes"), "{hostile}: {}", path.display());
            assert!(!path.components().any(|part| part == std::path::Component::ParentDir), "{hostile}");
        }
    }
}
