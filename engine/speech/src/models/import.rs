//! Importing a ggml file of the user's own into the models folder.

use std::fs::{self, File};
use std::io;
use std::path::Path;

use super::atomic::{self, Draft};
use super::error::{ModelError, Remedy};
use super::progress::{Progress, Step};
use super::stamp;
use super::store::{self, ModelStore, Verified};

impl ModelStore {
    /// Copies a ggml file into the models folder under `name`, or under its own name.
    ///
    /// A file with the bytes of a known model becomes that model. A known model's name is given to no other
    /// file, and no other file is overwritten. Importing the same file again changes nothing.
    ///
    /// # Errors
    /// There is no such file, it is not a whole Whisper model, the name is taken or unfit, or copying fails.
    pub fn import(
        &self,
        path: &Path,
        name: Option<&str>,
        progress: &mut dyn Progress,
    ) -> Result<Verified, ModelError> {
        if !path.is_file() {
            return Err(ModelError::NoSuchFile { path: path.to_path_buf() });
        }
        store::walk(path, &Remedy::OwnFile)?;
        let hold = self.hold(progress)?;
        let total_bytes = fs::metadata(path).map_err(ModelError::io("read", path))?.len();
        let sha256 = store::hash(path, progress)?;

        let known = self.manifest.models.iter().find(|entry| entry.sha256 == sha256);
        let name = known
            .map(|entry| entry.name.clone())
            .or(name.map(str::to_owned))
            .unwrap_or_else(|| store::name_of(path));
        if !store::is_name(&name) {
            return Err(ModelError::BadName { name });
        }
        let target = self.file_of(&name);
        if known.is_none() && self.manifest.entry(&name).is_some() {
            return Err(ModelError::NameTaken { name, path: target });
        }
        let there = if target.is_file() { Some(store::hash(&target, &mut ())?) } else { None };
        let done = Verified { name, path: target, bytes: total_bytes, sha256 };
        match there {
            Some(there) if there == done.sha256 => {}
            Some(_) if known.is_none() => {
                return Err(ModelError::NameTaken { name: done.name, path: done.path });
            }
            // A damaged copy of the known model makes way for a whole one.
            _ => {
                let free_bytes = (self.free_bytes)(&self.dir)
                    .map_err(ModelError::io("measure the free space of", &self.dir))?;
                if free_bytes < total_bytes {
                    let dir = self.dir.clone();
                    return Err(ModelError::DiskFull {
                        name: done.name,
                        dir,
                        needed_bytes: total_bytes,
                        free_bytes,
                    });
                }
                copy(path, &hold.work.join("import.bin"), &done, progress)?;
            }
        }
        stamp::remember(&done.path, &done.sha256);
        Ok(done)
    }
}

fn copy(from: &Path, draft: &Path, to: &Verified, progress: &mut dyn Progress) -> Result<(), ModelError> {
    let mut reader = File::open(from).map_err(ModelError::io("read", from))?;
    let mut draft = Draft::create(draft).map_err(ModelError::io("write", draft))?;
    let whole = atomic::copy(&mut reader, &mut draft, |done_bytes| {
        progress.at(&Step::Converting { model: &to.name, done_bytes, total_bytes: to.bytes });
        !progress.cancelled()
    });
    if !whole.map_err(ModelError::io("write", &to.path))? {
        return Err(ModelError::Cancelled);
    }
    let finished = draft.finish().map_err(ModelError::io("write", &to.path))?;
    if finished.sha256 != to.sha256 {
        let changed = io::Error::other("the file changed while it was copied");
        return Err(ModelError::io("copy", from)(changed));
    }
    finished.publish(&to.path).map_err(ModelError::io("write", &to.path))
}
