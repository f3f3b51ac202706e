//! Remembers that a model file was checked, so that a start does not read it whole again.
//!
//! Beside `ggml-base.bin` lies `.ggml-base.bin.verified` with the size, the time of change and the SHA-256 that
//! were seen. A file whose size and time still agree is taken as checked; a stamp that cannot be read or
//! written costs one more check and nothing else.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::UNIX_EPOCH;

use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize)]
struct Stamp {
    bytes: u64,
    modified_ns: u64,
    sha256: String,
}

/// The SHA-256 this file was last seen to have, unless it has changed since.
pub(super) fn recall(file: &Path) -> Option<String> {
    let stamp: Stamp = serde_json::from_slice(&fs::read(place(file)?).ok()?).ok()?;
    (now(file)? == (stamp.bytes, stamp.modified_ns)).then_some(stamp.sha256)
}

/// Remembers the SHA-256 of a file that was just read whole.
pub(super) fn remember(file: &Path, sha256: &str) {
    let Some((bytes, modified_ns)) = now(file) else { return };
    let stamp = Stamp { bytes, modified_ns, sha256: sha256.to_owned() };
    let (Some(place), Ok(text)) = (place(file), serde_json::to_vec(&stamp)) else { return };
    let draft = place.with_extension(format!("{}", std::process::id()));
    if let Err(error) = fs::write(&draft, text).and_then(|()| fs::rename(&draft, &place)) {
        tracing::debug!(file = %file.display(), %error, "could not remember that the model was checked");
        let _ = fs::remove_file(&draft);
    }
}

/// Forgets a file.
pub(super) fn forget(file: &Path) {
    if let Some(place) = place(file) {
        let _ = fs::remove_file(place);
    }
}

fn place(file: &Path) -> Option<PathBuf> {
    let name = file.file_name()?.to_str()?;
    Some(file.with_file_name(format!(".{name}.verified")))
}

fn now(file: &Path) -> Option<(u64, u64)> {
    let metadata = fs::metadata(file).ok()?;
    let modified = metadata.modified().ok()?.duration_since(UNIX_EPOCH).ok()?;
    Some((metadata.len(), u64::try_from(modified.as_nanos()).ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stamp_holds_until_the_file_changes() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let file = folder.path().join("ggml-x.bin");
        fs::write(&file, b"one").expect("written");
        assert_eq!(recall(&file), None);
        remember(&file, "abc");
        assert_eq!(recall(&file).as_deref(), Some("abc"));
        fs::write(&file, b"other").expect("written");
        assert_eq!(recall(&file), None);
    }
}
