//! The bench: answers that a person has marked, beside what the rubric says of them, and what follows for the rubric.
//!
//! Marks lie in one file of the data folder, in the form that `viva rubric test --marked` reads; a change to a rubric is
//! made in the owner's own pack file. No database is needed, and nothing that was scored before is touched.

mod edits;
mod marked;
mod packs;

pub use edits::{Accepted, Wanted};
pub use marked::{Kept, key_of};

use crate::cli::places::Places;
use crate::packs::put;
use anyhow::Context;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use viva_core::bank::alternative::Refusal;
use viva_core::bank::edit::EditError;
use viva_core::ids::QuestionId;

/// Where marks, changes and packs of one installation lie.
#[derive(Debug, Clone)]
pub struct Desk {
    folder: PathBuf,
    rubrics_dirs: Vec<PathBuf>,
}

/// Why the bench could not do something.
#[derive(Debug, thiserror::Error)]
pub enum BenchError {
    /// The words are none a rubric should listen for.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// The file does not have what is to be changed.
    #[error(transparent)]
    NotInFile(#[from] EditError),
    /// Somebody edited the file meanwhile.
    #[error(
        "{0} was edited on disk since this page was drawn, so nothing was changed; look at the question as it is now"
    )]
    Changed(PathBuf),
    /// No such question is at hand.
    #[error("no pack has a question \"{0}\"; `viva rubric lint --json` and the page of questions name them")]
    NoQuestion(QuestionId),
    /// There is no change that could be taken back.
    #[error(
        "there is no change to take back; only words accepted on the bench or with `viva rubric accept` can be"
    )]
    NothingToUndo,
    /// The changed pack would not fit.
    #[error("with this change the packs cannot be used, so nothing was changed: {0}")]
    WouldNotLoad(String),
    /// No folder for packs of one's own.
    #[error("there is no folder for packs of your own; name one in VIVA_RUBRICS_DIR")]
    NoFolder,
    /// Reading or writing failed.
    #[error(transparent)]
    Io(#[from] anyhow::Error),
}

impl Desk {
    /// The bench of an installation. Creates nothing.
    pub fn new(places: &Places) -> Self {
        Self::of(&places.data_dir, places.rubrics_dirs.clone())
    }

    /// The bench over a data folder and folders with packs.
    pub fn of(data_dir: &Path, rubrics_dirs: Vec<PathBuf>) -> Self {
        Self { folder: data_dir.join("bench"), rubrics_dirs }
    }

    /// Keeps other processes and threads from changing marks or packs until it is dropped.
    fn lock(&self) -> anyhow::Result<File> {
        fs::create_dir_all(&self.folder)
            .with_context(|| format!("the folder {} cannot be made", self.folder.display()))?;
        let path = self.folder.join("lock");
        let file = File::create(&path).with_context(|| format!("cannot open {}", path.display()))?;
        file.lock().with_context(|| format!("cannot lock {}", path.display()))?;
        Ok(file)
    }
}

/// Puts a text in the place of a file, whole or not at all.
fn replace(path: &Path, text: &str) -> anyhow::Result<()> {
    // What a link points to is replaced, not the link.
    let path = fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
    if let Some(dir) = path.parent() {
        fs::create_dir_all(dir).with_context(|| format!("the folder {} cannot be made", dir.display()))?;
    }
    put(&path, text.as_bytes())
}

/// The text of a file; nothing where it is not there.
fn text_of(path: &Path) -> anyhow::Result<String> {
    match fs::read_to_string(path) {
        Ok(text) => Ok(text),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(String::new()),
        Err(error) => Err(error).with_context(|| format!("cannot read {}", path.display())),
    }
}

#[cfg(test)]
mod tests;
