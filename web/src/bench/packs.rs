//! Which file a pack is read from, and the packs as they would be with one file changed.

use super::{BenchError, Desk};
use crate::builtin;
use sha2::{Digest, Sha256};
use std::path::PathBuf;
use viva_core::bank::{Bank, load};
use viva_core::ids::PackId;

/// The file of a pack: the owner's, or the one that an edit of a shipped pack would make.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PackFile {
    /// Where it lies, or would lie.
    pub path: PathBuf,
    /// Its text, or that of the shipped pack.
    pub text: String,
    /// It is not there yet: the pack is the one compiled in.
    pub is_shipped: bool,
    /// Short fingerprint of the text.
    pub stamp: String,
}

impl Desk {
    /// The file that a pack is read from; none where no pack has the id.
    pub fn pack_file(&self, pack: &PackId) -> Result<Option<PackFile>, BenchError> {
        // The last of several files with one id is the one that counts.
        let own = builtin::own_texts(&self.rubrics_dirs)?
            .into_iter()
            .rev()
            .find(|(path, text)| load(text, &path.display().to_string()).is_ok_and(|read| read.id == *pack));
        if let Some((path, text)) = own {
            let stamp = stamp_of(&text);
            return Ok(Some(PackFile { path, text, is_shipped: false, stamp }));
        }
        let Some(text) = shipped(pack) else { return Ok(None) };
        let dir = self.rubrics_dirs.first().ok_or(BenchError::NoFolder)?;
        let mut path = dir.join(format!("{pack}.toml"));
        if path.exists() {
            // Another pack lies under that name.
            path = dir.join(format!("{pack}-of-my-own.toml"));
        }
        Ok(Some(PackFile { path, text: text.to_owned(), is_shipped: true, stamp: stamp_of(text) }))
    }

    /// All packs as they lie on disk, with `text` in the place of the file at `path`.
    pub(super) fn bank_with(&self, path: &std::path::Path, text: &str) -> Result<Bank, BenchError> {
        let mut own = builtin::own_texts(&self.rubrics_dirs)?;
        match own.iter_mut().find(|(known, _)| known == path) {
            Some((_, old)) => text.clone_into(old),
            None => own.push((path.to_owned(), text.to_owned())),
        }
        builtin::bank_of(&own).map_err(|error| BenchError::WouldNotLoad(format!("{error:#}")))
    }

    /// All packs as they lie on disk.
    pub(super) fn bank(&self) -> Result<Bank, BenchError> {
        Ok(builtin::bank_with(&self.rubrics_dirs)?)
    }
}

/// The text of a shipped pack.
pub(super) fn shipped(pack: &PackId) -> Option<&'static str> {
    let at = builtin::packs().iter().position(|known| known.id == *pack)?;
    builtin::FILES.get(at).map(|(_, text)| *text)
}

fn stamp_of(text: &str) -> String {
    Sha256::digest(text).iter().take(8).map(|byte| format!("{byte:02x}")).collect()
}
