//! The models folder: what lies in it, and whether it can be trusted.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use super::atomic;
use super::error::{ModelError, Remedy};
use super::ggml::Header;
use super::inspect::{FileFault, inspect};
use super::manifest::{Entry, Manifest};
use super::packages::Pip;
use super::progress::{Progress, Step};
use super::{DEFAULT_MODEL, stamp};

/// One folder of model files.
#[derive(Debug, Clone)]
pub struct ModelStore {
    pub(super) dir: PathBuf,
    pub(super) manifest: Manifest,
    pub(super) pip: Option<Pip>,
    pub(super) free_bytes: fn(&Path) -> io::Result<u64>,
}

/// What is known of one model.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ModelInfo {
    /// The name to use it by.
    pub name: String,
    /// What it is.
    pub title: String,
    /// Whether it can be used.
    pub state: ModelState,
    /// Where its file is or belongs.
    pub path: PathBuf,
    /// The size of the file, present or not.
    pub bytes: u64,
    /// The licence of the weights; `None` for a user's own file.
    pub licence: Option<String>,
    /// The languages it understands.
    pub languages: String,
    /// When to choose it.
    pub note: String,
    /// The packages it is made from, as `name==version`; empty for a user's own file.
    pub packages: Vec<String>,
    /// Whether it is used when nobody names one.
    pub is_default: bool,
}

/// Whether a model can be used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ModelState {
    /// Here and whole.
    Present,
    /// Not here.
    Absent,
    /// Here and not to be used.
    Damaged {
        /// Why, and what to do.
        why: String,
    },
}

/// A model file that can be loaded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ModelPath {
    /// What to call it in results.
    pub name: String,
    /// The file.
    pub path: PathBuf,
    /// What its header says.
    pub header: Header,
    /// Its SHA-256, where it is known; a file outside the models folder is not hashed.
    pub sha256: Option<String>,
}

/// A model file that was just read from end to end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verified {
    /// The model's name.
    pub name: String,
    /// The file.
    pub path: PathBuf,
    /// Its size.
    pub bytes: u64,
    /// Its SHA-256.
    pub sha256: String,
}

impl ModelStore {
    /// The store over `dir`, which need not exist yet. Nothing is read.
    #[must_use]
    pub fn open(dir: impl Into<PathBuf>) -> ModelStore {
        let free_bytes = |dir: &Path| fs4::available_space(dir);
        ModelStore { dir: dir.into(), manifest: Manifest::built_in().clone(), pip: None, free_bytes }
    }

    /// The same store with another manifest.
    #[must_use]
    pub fn with_manifest(self, manifest: Manifest) -> ModelStore {
        ModelStore { manifest, ..self }
    }

    /// The same store with this pip instead of the one found on the machine.
    #[must_use]
    pub fn with_pip(self, pip: Pip) -> ModelStore {
        ModelStore { pip: Some(pip), ..self }
    }

    /// The folder.
    #[must_use]
    pub fn dir(&self) -> &Path {
        &self.dir
    }

    /// Every model of the manifest, then every other model file in the folder.
    #[must_use]
    pub fn list(&self) -> Vec<ModelInfo> {
        let known = self.manifest.models.iter().map(|entry| self.info(entry));
        known.chain(self.own_names().into_iter().map(|name| self.own_info(name))).collect()
    }

    /// Finds a model by its name or a file by its path, and makes sure it can be loaded.
    ///
    /// A known model is held against its SHA-256 once and then again only when its size or time of change
    /// differ; any other file is walked from head to end without reading its weights.
    ///
    /// # Errors
    /// Nothing of that name, not fetched yet, cut short, damaged, or no Whisper model.
    pub fn locate(&self, name_or_path: &str) -> Result<ModelPath, ModelError> {
        if let Some(entry) =
            self.manifest.entry(name_or_path).or_else(|| self.entry_at(Path::new(name_or_path)))
        {
            return self.locate_known(entry);
        }
        let path = Path::new(name_or_path);
        if path.is_file() {
            let header = walk(path, &Remedy::OwnFile)?;
            return Ok(ModelPath { name: name_of(path), path: path.to_path_buf(), header, sha256: None });
        }
        let own = self.file_of(name_or_path);
        if is_name(name_or_path) && own.is_file() {
            let header = walk(&own, &Remedy::OwnFile)?;
            let sha256 = stamp::recall(&own);
            return Ok(ModelPath { name: name_or_path.to_owned(), path: own, header, sha256 });
        }
        let looks_like_a_path =
            path.components().count() > 1 || path.extension().is_some_and(|e| e == "bin" || e == "ggml");
        if looks_like_a_path {
            return Err(ModelError::NoSuchFile { path: path.to_path_buf() });
        }
        Err(self.unknown(name_or_path))
    }

    /// Reads a model from end to end and holds it against what it should be, whatever was found before.
    ///
    /// # Errors
    /// As [`locate`](Self::locate), and [`ModelError::Cancelled`].
    pub fn verify(&self, name: &str, progress: &mut dyn Progress) -> Result<Verified, ModelError> {
        if let Some(entry) = self.manifest.entry(name) {
            let path = self.dir.join(&entry.file);
            self.measured(entry, &path)?;
            stamp::forget(&path);
            let sha256 = hash(&path, progress)?;
            self.held_against(entry, &path, &sha256)?;
            return Ok(Verified { name: entry.name.clone(), path, bytes: entry.bytes, sha256 });
        }
        let located = self.locate(name)?;
        let before = stamp::recall(&located.path);
        let sha256 = hash(&located.path, progress)?;
        if let Some(expected) = before.filter(|before| *before != sha256) {
            return Err(ModelError::WrongHash {
                path: located.path,
                expected,
                found: sha256,
                remedy: Remedy::OwnFile,
            });
        }
        let bytes = fs::metadata(&located.path).map_err(ModelError::io("read", &located.path))?.len();
        Ok(Verified { name: located.name, path: located.path, bytes, sha256 })
    }

    /// The known model whose file this path is, if it is one in this folder.
    fn entry_at(&self, path: &Path) -> Option<&Entry> {
        let name = path.file_name()?.to_str()?;
        let entry = self.manifest.models.iter().find(|entry| entry.file == name)?;
        let same = fs::canonicalize(path).ok()? == fs::canonicalize(self.dir.join(&entry.file)).ok()?;
        same.then_some(entry)
    }

    fn locate_known(&self, entry: &Entry) -> Result<ModelPath, ModelError> {
        let path = self.dir.join(&entry.file);
        self.measured(entry, &path)?;
        if stamp::recall(&path).as_deref() != Some(&entry.sha256) {
            let sha256 = hash(&path, &mut ())?;
            self.held_against(entry, &path, &sha256)?;
        }
        let header = walk(&path, &Remedy::FetchAgain(entry.name.clone()))?;
        Ok(ModelPath { name: entry.name.clone(), path, header, sha256: Some(entry.sha256.clone()) })
    }

    /// Whether the file is there and as long as it should be.
    fn measured(&self, entry: &Entry, path: &Path) -> Result<(), ModelError> {
        match fs::metadata(path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                Err(ModelError::Missing { name: entry.name.clone(), path: path.to_path_buf() })
            }
            Err(error) => Err(ModelError::io("read", path)(error)),
            Ok(metadata) if metadata.len() < entry.bytes => Err(ModelError::Truncated {
                path: path.to_path_buf(),
                found_bytes: metadata.len(),
                expected_bytes: entry.bytes,
                remedy: Remedy::FetchAgain(entry.name.clone()),
            }),
            Ok(_) => Ok(()),
        }
    }

    /// Whether the hash is the right one; a right one is remembered.
    fn held_against(&self, entry: &Entry, path: &Path, sha256: &str) -> Result<(), ModelError> {
        if sha256 == entry.sha256 {
            stamp::remember(path, sha256);
            return Ok(());
        }
        Err(ModelError::WrongHash {
            path: path.to_path_buf(),
            expected: entry.sha256.clone(),
            found: sha256.to_owned(),
            remedy: Remedy::FetchAgain(entry.name.clone()),
        })
    }

    pub(super) fn unknown(&self, name: &str) -> ModelError {
        let mut known = self.manifest.names();
        known.extend(self.own_names());
        ModelError::Unknown { name: name.to_owned(), known }
    }

    /// The file a model of this name has in the folder.
    pub(super) fn file_of(&self, name: &str) -> PathBuf {
        self.dir.join(format!("ggml-{name}.bin"))
    }

    /// Names of model files in the folder that the manifest does not know, sorted.
    fn own_names(&self) -> Vec<String> {
        let Ok(entries) = fs::read_dir(&self.dir) else { return Vec::new() };
        let mut names: Vec<String> = entries
            .flatten()
            .filter_map(|entry| entry.file_name().into_string().ok())
            .filter_map(|file| Some(file.strip_prefix("ggml-")?.strip_suffix(".bin")?.to_owned()))
            .filter(|name| is_name(name) && self.manifest.entry(name).is_none())
            .collect();
        names.sort();
        names
    }

    fn info(&self, entry: &Entry) -> ModelInfo {
        let state = match self.locate_known(entry) {
            Ok(_) => ModelState::Present,
            Err(ModelError::Missing { .. }) => ModelState::Absent,
            Err(error) => ModelState::Damaged { why: error.to_string() },
        };
        let packages =
            self.manifest.source(entry).map(|s| s.packages.iter().map(|p| p.requirement()).collect());
        ModelInfo {
            name: entry.name.clone(),
            title: entry.title.clone(),
            state,
            path: self.dir.join(&entry.file),
            bytes: entry.bytes,
            licence: Some(entry.licence.clone()),
            languages: entry.languages.clone(),
            note: entry.note.clone(),
            packages: packages.unwrap_or_default(),
            is_default: entry.name == DEFAULT_MODEL,
        }
    }

    fn own_info(&self, name: String) -> ModelInfo {
        let path = self.file_of(&name);
        let found = walk(&path, &Remedy::OwnFile);
        let languages = match &found {
            Ok(header) if header.is_multilingual() => "many languages",
            Ok(_) => "English",
            Err(_) => "unknown",
        };
        ModelInfo {
            title: "Your own model".to_owned(),
            bytes: fs::metadata(&path).map_or(0, |metadata| metadata.len()),
            licence: None,
            languages: languages.to_owned(),
            note: String::new(),
            packages: Vec::new(),
            is_default: name == DEFAULT_MODEL,
            state: found
                .map_or_else(|error| ModelState::Damaged { why: error.to_string() }, |_| ModelState::Present),
            name,
            path,
        }
    }
}

/// Walks a file and says in full what is wrong with it.
pub(crate) fn walk(path: &Path, remedy: &Remedy) -> Result<Header, ModelError> {
    inspect(path).map(|contents| contents.header).map_err(|fault| match fault {
        FileFault::Io(error) => ModelError::io("read", path)(error),
        FileFault::NotWhisper(what) => {
            ModelError::NotWhisper { path: path.to_path_buf(), what, remedy: remedy.clone() }
        }
        FileFault::Truncated { expected_bytes } => ModelError::Truncated {
            path: path.to_path_buf(),
            found_bytes: fs::metadata(path).map_or(0, |metadata| metadata.len()),
            expected_bytes,
            remedy: remedy.clone(),
        },
    })
}

/// The SHA-256 of a file, with progress.
pub(super) fn hash(path: &Path, progress: &mut dyn Progress) -> Result<String, ModelError> {
    let total_bytes = fs::metadata(path).map_err(ModelError::io("read", path))?.len();
    let file = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let found = atomic::sha256_of(path, |done_bytes| {
        progress.at(&Step::Checking { file: &file, done_bytes, total_bytes });
        !progress.cancelled()
    });
    found.map_err(ModelError::io("read", path))?.ok_or(ModelError::Cancelled)
}

/// What to call a file: its name without `ggml-` and the ending.
pub(super) fn name_of(path: &Path) -> String {
    let stem = path.file_stem().unwrap_or_default().to_string_lossy();
    stem.strip_prefix("ggml-").unwrap_or(&stem).to_owned()
}

/// Whether this can stand in a file name on every system.
pub(super) fn is_name(name: &str) -> bool {
    let fit = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_');
    !name.is_empty() && name.len() <= 100 && name.chars().all(fit)
}
