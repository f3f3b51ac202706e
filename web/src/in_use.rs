//! Who has the data folder open. Everything that opens the database holds a shared lock on a file in the folder for as
//! long as its process lives; a restore needs the folder for itself and takes the lock alone. The system lets go of
//! a lock when its process ends, however it ends.

use anyhow::{Context, bail};
use std::collections::HashMap;
use std::fs::{File, TryLockError};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

/// The file that is locked. It stays, empty.
const NAME: &str = "viva.lock";

/// Locks held until the process ends.
static HELD: Mutex<Option<HashMap<PathBuf, File>>> = Mutex::new(None);

/// Notes that this process has the folder open.
///
/// # Errors
/// While a restore has it for itself.
pub fn hold(data_dir: &Path) -> anyhow::Result<()> {
    let mut held = HELD.lock().unwrap_or_else(PoisonError::into_inner);
    let held = held.get_or_insert_default();
    if held.contains_key(data_dir) {
        return Ok(());
    }
    let file = open(data_dir)?;
    match file.try_lock_shared() {
        Ok(()) => {
            held.insert(data_dir.to_owned(), file);
            Ok(())
        }
        Err(TryLockError::WouldBlock) => {
            bail!("a backup is being restored into {}; try again when that has ended", data_dir.display())
        }
        // Some network folders know no locks. Going on is safe: only a restore needs one, and it insists.
        Err(TryLockError::Error(error)) => {
            tracing::debug!(%error, "the data folder cannot be locked");
            Ok(())
        }
    }
}

/// The folder for oneself, until this is dropped.
#[derive(Debug)]
pub struct Alone(#[expect(dead_code, reason = "held for its lock")] File);

/// Takes the folder for oneself.
///
/// # Errors
/// While any other Viva has it open.
pub fn alone(data_dir: &Path) -> anyhow::Result<Alone> {
    let file = open(data_dir)?;
    match file.try_lock() {
        Ok(()) => Ok(Alone(file)),
        Err(TryLockError::WouldBlock) => bail!(
            "{} is in use by another Viva (`viva serve`, `practice` or `worker`); stop it first, then restore",
            data_dir.display()
        ),
        Err(TryLockError::Error(error)) => Err(error)
            .with_context(|| format!("{} cannot be locked, so nothing is restored", data_dir.display())),
    }
}

fn open(data_dir: &Path) -> anyhow::Result<File> {
    std::fs::create_dir_all(data_dir)
        .with_context(|| format!("the folder {} cannot be made", data_dir.display()))?;
    let path = data_dir.join(NAME);
    File::options()
        .create(true)
        .truncate(false)
        .write(true)
        .open(&path)
        .with_context(|| format!("{} cannot be written; check its permissions", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn many_may_hold_a_folder_and_one_may_have_it_alone() {
        let dir = tempfile::tempdir().unwrap();
        let alone_first = alone(dir.path()).unwrap();
        assert!(hold(dir.path()).unwrap_err().to_string().contains("being restored"));
        assert!(alone(dir.path()).is_err());
        drop(alone_first);
        hold(dir.path()).unwrap();
        hold(dir.path()).unwrap();
        assert!(alone(dir.path()).unwrap_err().to_string().contains("stop it first"));
    }
}
