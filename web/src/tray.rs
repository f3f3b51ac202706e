//! Documents that were brought in and are being worked on: a folder each, with the bytes as they came, what was read
//! out of them, and the log of every edit since. Nothing here knows what a document is.
//!
//! A folder is complete once `about.json` is there; it is written last. The log only grows, a line an edit, and is
//! flushed before an edit is acknowledged, so a draft survives whatever ends the program.

use crate::packs::{PackShelf, put};
use anyhow::{Context, bail};
use fs4::FileExt;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use std::collections::HashSet;
use std::fs::{self, File, OpenOptions};
use std::io::{Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use uuid::Uuid;
use viva_import::steps::Entry;

/// What handlers need to bring documents in.
#[derive(Debug, Clone)]
pub struct Documents {
    /// Interview documents under review.
    pub imports: Tray,
    /// Transcripts and recordings under review.
    pub reviews: Tray,
    /// Recordings that are being turned into words right now.
    pub listening: Arc<Mutex<HashSet<Uuid>>>,
    /// Where packs are written.
    pub packs: PackShelf,
}

impl Documents {
    /// The folders of an installation.
    pub fn new(data_dir: &Path, rubrics_dirs: &[PathBuf]) -> Self {
        Self {
            imports: Tray { dir: data_dir.join("imports") },
            reviews: Tray { dir: data_dir.join("reviews") },
            listening: Arc::default(),
            packs: PackShelf::new(rubrics_dirs),
        }
    }
}

/// A folder of documents.
#[derive(Debug, Clone)]
pub struct Tray {
    dir: PathBuf,
}

/// What is known of a document beside its content.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct About {
    /// Its name, as it was brought.
    pub name: String,
    /// SHA-256 of its bytes, hex.
    pub sha256: String,
    /// How many bytes it has.
    pub bytes: u64,
    /// When it was brought, in milliseconds since 1970.
    pub brought_at_ms: i64,
    /// What came of it, once it is done with: the pack it was saved as.
    #[serde(default)]
    pub saved: Option<String>,
    /// Why it could not be read, where that was tried and failed.
    #[serde(default)]
    pub problem: Option<String>,
}

/// A document that is arriving.
#[derive(Debug)]
pub struct Arrival {
    /// What it will be called by.
    pub id: Uuid,
    /// Where its bytes go.
    pub file: PathBuf,
    dir: PathBuf,
}

impl Arrival {
    /// It is not wanted after all.
    pub fn refuse(self) {
        let _ = fs::remove_dir_all(&self.dir);
    }
}

impl Tray {
    /// Makes room for a document.
    pub fn begin(&self) -> anyhow::Result<Arrival> {
        let id = Uuid::now_v7();
        let dir = self.dir.join(id.to_string());
        fs::create_dir_all(&dir).with_context(|| format!("cannot create {}", dir.display()))?;
        Ok(Arrival { id, file: dir.join("document"), dir })
    }

    /// Keeps what was read out of a document; from here on it is there.
    pub fn settle(&self, arrival: &Arrival, about: &About, read: &impl Serialize) -> anyhow::Result<()> {
        put(&arrival.dir.join("read.json"), &serde_json::to_vec(read)?)?;
        self.note(arrival.id, about)
    }

    /// What is known of a document; none where there is no such one.
    pub fn about(&self, id: Uuid) -> anyhow::Result<Option<About>> {
        match fs::read(self.place(id).join("about.json")) {
            Ok(bytes) => {
                Ok(Some(serde_json::from_slice(&bytes).context("a document's about.json is damaged")?))
            }
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error).context("a document's about.json cannot be read"),
        }
    }

    /// Changes what is known of a document.
    pub fn note(&self, id: Uuid, about: &About) -> anyhow::Result<()> {
        put(&self.place(id).join("about.json"), &serde_json::to_vec_pretty(about)?)
    }

    /// The bytes as they came.
    pub fn bytes(&self, id: Uuid) -> anyhow::Result<Vec<u8>> {
        fs::read(self.file(id)).context("a document cannot be read")
    }

    /// The first bytes, by which a format is known.
    pub fn front(&self, id: Uuid) -> anyhow::Result<Vec<u8>> {
        let mut bytes = Vec::new();
        File::open(self.file(id))?.take(64).read_to_end(&mut bytes)?;
        Ok(bytes)
    }

    /// The file with the bytes as they came.
    pub fn file(&self, id: Uuid) -> PathBuf {
        self.place(id).join("document")
    }

    /// What was read out of it.
    pub fn read<T: DeserializeOwned>(&self, id: Uuid) -> anyhow::Result<T> {
        let bytes =
            fs::read(self.place(id).join("read.json")).context("what was read cannot be read again")?;
        serde_json::from_slice(&bytes).context("what was read is damaged; bring the document in again")
    }

    /// Keeps what was read out of a document that was there before it was read.
    pub fn keep_read(&self, id: Uuid, read: &impl Serialize) -> anyhow::Result<()> {
        put(&self.place(id).join("read.json"), &serde_json::to_vec(read)?)
    }

    /// Whether it has been read.
    pub fn is_read(&self, id: Uuid) -> bool {
        self.place(id).join("read.json").is_file()
    }

    /// Its log. A line that a crash cut off was never acknowledged and does not count.
    pub fn entries<S: DeserializeOwned>(&self, id: Uuid) -> anyhow::Result<Vec<Entry<S>>> {
        let text = match fs::read_to_string(self.place(id).join("steps.jsonl")) {
            Ok(text) => text,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
            Err(error) => return Err(error).context("a document's log cannot be read"),
        };
        Ok(text.lines().filter_map(|line| serde_json::from_str(line).ok()).collect())
    }

    /// Does something to a document while nobody else does.
    pub fn alone<T>(&self, id: Uuid, work: impl FnOnce() -> anyhow::Result<T>) -> anyhow::Result<T> {
        let file = File::create(self.place(id).join("lock")).context("a document cannot be locked")?;
        FileExt::lock(&file).context("a document cannot be locked")?;
        work()
    }

    /// Adds a line to its log.
    pub fn append<S: Serialize>(&self, id: Uuid, entry: &Entry<S>) -> anyhow::Result<()> {
        let path = self.place(id).join("steps.jsonl");
        let mut log = OpenOptions::new()
            .read(true)
            .append(true)
            .create(true)
            .open(&path)
            .context("a log cannot be written")?;
        let mut line = serde_json::to_string(entry)?;
        line.push('\n');
        if ends_mid_line(&mut log)? {
            line.insert(0, '\n');
        }
        log.write_all(line.as_bytes()).and_then(|()| log.sync_data()).context("a log cannot be written")
    }

    /// All documents, the latest first.
    pub fn list(&self) -> anyhow::Result<Vec<(Uuid, About)>> {
        let Ok(entries) = fs::read_dir(&self.dir) else { return Ok(Vec::new()) };
        let mut found = Vec::new();
        for entry in entries {
            let name = entry.context("the folder of documents cannot be listed")?.file_name();
            let Some(id) = name.to_str().and_then(|name| Uuid::parse_str(name).ok()) else { continue };
            // One that is damaged does not hide the others.
            if let Ok(Some(about)) = self.about(id) {
                found.push((id, about));
            }
        }
        found.sort_by_key(|(id, _)| std::cmp::Reverse(*id));
        Ok(found)
    }

    /// Removes a document with all that belongs to it.
    pub fn discard(&self, id: Uuid) -> anyhow::Result<()> {
        let place = self.place(id);
        if !place.is_dir() {
            bail!("there is no such document");
        }
        fs::remove_dir_all(&place).with_context(|| format!("cannot remove {}", place.display()))
    }

    fn place(&self, id: Uuid) -> PathBuf {
        self.dir.join(id.to_string())
    }
}

fn ends_mid_line(log: &mut File) -> anyhow::Result<bool> {
    if log.seek(SeekFrom::End(0))? == 0 {
        return Ok(false);
    }
    log.seek(SeekFrom::End(-1))?;
    let mut last = [0];
    log.read_exact(&mut last)?;
    Ok(last != *b"\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_log_survives_a_line_that_was_cut_off() {
        let dir = tempfile::tempdir().unwrap();
        let tray = Documents::new(dir.path(), &[]).imports;
        let arrival = tray.begin().unwrap();
        let id = arrival.id;
        tray.append(id, &Entry::Step(1)).unwrap();
        let log = dir.path().join("imports").join(id.to_string()).join("steps.jsonl");
        OpenOptions::new().append(true).open(log).unwrap().write_all(b"{\"step\":").unwrap();
        tray.append(id, &Entry::<i32>::Undo).unwrap();
        assert_eq!(tray.entries::<i32>(id).unwrap(), [Entry::Step(1), Entry::Undo]);
    }

    #[test]
    fn what_was_not_read_to_its_end_is_not_there() {
        let dir = tempfile::tempdir().unwrap();
        let tray = Documents::new(dir.path(), &[]).imports;
        let arrival = tray.begin().unwrap();
        assert!(tray.about(arrival.id).unwrap().is_none() && tray.list().unwrap().is_empty());
        arrival.refuse();
        assert_eq!(fs::read_dir(dir.path().join("imports")).unwrap().count(), 0);
    }
}
