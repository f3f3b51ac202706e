//! Backups: everything of one installation in one zip file, made while Viva runs, and brought back from it.
//!
//! The file holds `viva.db` (settings included), `takes/*.wav`, the owner's packs with their history under `rubrics/`, the
//! marks of the rubric bench under `bench/`, documents brought in under `imports/` and `reviews/` and, as its last entry,
//! `manifest.json`: the format's version and the size and SHA-256 of every other entry. Speech models are not in it:
//! they can be fetched again.

mod restore;
mod write;

pub use restore::restore;
pub use write::{gather, write};

use serde::{Deserialize, Serialize};

/// The version of the format this program writes, and the newest it reads.
const FORMAT_VERSION: u32 = 1;

/// What the manifest says it is.
const FORMAT: &str = "viva-backup";

/// The manifest's own name.
const MANIFEST: &str = "manifest.json";

/// The database's name.
const DATABASE: &str = "viva.db";

/// The folder beside the packs with what was imported and every version that was replaced.
const HISTORY: &str = ".history";

/// The folders in the data folder that a backup holds.
const FOLDERS: [&str; 5] = ["takes", "rubrics", "bench", "imports", "reviews"];

/// Those of them with a folder a document that was brought in.
const TRAYS: [&str; 2] = ["imports", "reviews"];

/// What is in a backup.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Manifest {
    /// [`FORMAT`].
    format: String,
    /// [`FORMAT_VERSION`] of the program that wrote it.
    version: u32,
    /// When, in RFC 3339.
    made_at: String,
    /// The version of Viva that wrote it.
    viva: String,
    /// Every other entry.
    entries: Vec<Entry>,
}

/// One file of a backup.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Entry {
    /// Its name in the zip file: a path with `/`.
    name: String,
    /// Its size.
    bytes: u64,
    /// SHA-256 of its content, hex.
    sha256: String,
}

/// Whether a name is one a backup may have: nothing that leads elsewhere, nothing of another kind.
fn is_a_name_of_ours(name: &str) -> bool {
    let parts: Vec<&str> = name.split('/').collect();
    let plain = |part: &str| {
        !part.is_empty()
            && !part.starts_with('.')
            && part.len() <= 200
            && !part.chars().any(|c| c.is_control() || "\\:*?\"<>|".contains(c))
    };
    let kind = match parts.as_slice() {
        [DATABASE] => true,
        ["takes", take] => take.ends_with(".wav"),
        ["rubrics", pack] | ["rubrics", _, pack] => pack.ends_with(".toml"),
        ["rubrics", HISTORY, _, file] => file.ends_with(".toml") || file.ends_with(".json"),
        ["bench", marks] => marks.ends_with(".jsonl"),
        [tray, document, _] if TRAYS.contains(tray) => uuid::Uuid::try_parse(document).is_ok(),
        _ => false,
    };
    kind && parts.iter().all(|part| plain(part) || (*part == HISTORY && parts.len() == 4))
}

/// Whether a name is that of a pack, and not of its history.
fn is_a_pack(name: &str) -> bool {
    name.strip_prefix("rubrics/").is_some_and(|rest| !rest.starts_with(HISTORY))
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests;
