//! Finds what a killed process left of its takes and makes it playable.

use crate::error::AudioError;
use crate::pieces::PieceTake;
use crate::take::HEADER_BYTES;
use crate::take_file::{LOCK, PART, repair, with_ending};
use std::fs::{File, TryLockError};
use std::io;
use std::path::{Path, PathBuf};
use viva_core::units::{Millis, SampleRate};

/// A take that was cut short by a killed process and is playable again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Salvaged {
    /// The repaired file.
    pub path: PathBuf,
    /// How much of it there is.
    pub length: Millis,
}

/// Repairs the takes in a folder, and the folders in it, that nobody is recording any more.
///
/// Each `NAME.wav.part` becomes a playable `NAME.wav`; one that holds no sample is removed. Takes that
/// another process is still recording are left alone, and so are takes in pieces, which can go on, and, with a warning
/// in the log, one that cannot be repaired. A missing folder holds nothing to salvage.
pub fn salvage(folder: &Path) -> Result<Vec<Salvaged>, AudioError> {
    let mut found = Vec::new();
    visit(folder, &mut found)?;
    found.sort_by(|a: &Salvaged, b| a.path.cmp(&b.path));
    Ok(found)
}

fn visit(folder: &Path, found: &mut Vec<Salvaged>) -> Result<(), AudioError> {
    let cannot = |source| AudioError::CannotRead { path: folder.to_owned(), source };
    let entries = match std::fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(cannot(error)),
    };
    for entry in entries {
        let entry = entry.map_err(cannot)?;
        let path = entry.path();
        if entry.file_type().map_err(cannot)?.is_dir() {
            visit(&path, found)?;
        } else if path.extension().is_some_and(|ending| ending == PART)
            && path
                .file_stem()
                .is_some_and(|name| Path::new(name).extension().is_some_and(|ending| ending == "wav"))
        {
            let take = path.with_extension("");
            if PieceTake::is_waiting(&take) {
                continue;
            }
            match salvage_one(&path, &take) {
                Ok(Some(length)) => found.push(Salvaged { path: take, length }),
                Ok(None) => {}
                // One bad file must not keep the others, or Viva, from coming back.
                Err(error) => tracing::warn!(%error, file = %path.display(), "a take could not be salvaged"),
            }
        }
    }
    Ok(())
}

/// `None` where there is nothing to keep or somebody still records.
fn salvage_one(part: &Path, take: &Path) -> io::Result<Option<Millis>> {
    let lock_path = with_ending(take, LOCK);
    let lock = match File::options().write(true).open(&lock_path) {
        Ok(lock) => match lock.try_lock() {
            Ok(()) => Some(lock),
            Err(TryLockError::WouldBlock) => return Ok(None),
            Err(TryLockError::Error(error)) => return Err(error),
        },
        Err(error) if error.kind() == io::ErrorKind::NotFound => None,
        Err(error) => return Err(error),
    };
    let samples = if std::fs::metadata(part)?.len() > HEADER_BYTES { repair(part)? } else { 0 };
    if samples == 0 {
        std::fs::remove_file(part)?;
    } else {
        std::fs::rename(part, take)?;
    }
    if lock.is_some() {
        std::fs::remove_file(&lock_path)?;
    }
    Ok((samples > 0).then(|| Millis::of_samples(samples, SampleRate::WHISPER)))
}
