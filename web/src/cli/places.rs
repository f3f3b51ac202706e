//! Where an installation keeps its things. `VIVA_DATA_DIR`, `VIVA_MODELS_DIR`, `VIVA_RUBRICS_DIR` and
//! `DATABASE_URL` isolate one from another; without them everything is under the user's data folder.

use anyhow::{Context, bail};
use std::env;
use std::path::{Path, PathBuf};

/// The folders and the database of one installation.
#[derive(Debug, Clone)]
pub struct Places {
    /// Takes, and the SQLite database where no other was named.
    pub data_dir: PathBuf,
    /// Whisper models in ggml form.
    pub models_dir: PathBuf,
    /// Folders with the owner's own packs, beside those compiled in.
    pub rubrics_dirs: Vec<PathBuf>,
    /// `sqlite://...` or `postgres://...`
    pub database_url: String,
}

impl Places {
    /// Reads the environment. Creates nothing.
    pub fn from_env() -> anyhow::Result<Self> {
        let data_dir = match folder("VIVA_DATA_DIR") {
            Some(dir) => dir,
            None => default_data_dir()?,
        };
        let models_dir = folder("VIVA_MODELS_DIR").unwrap_or_else(|| default_models_dir(&data_dir));
        let rubrics_dirs = match env::var_os("VIVA_RUBRICS_DIR") {
            Some(dirs) => env::split_paths(&dirs).filter(|dir| !dir.as_os_str().is_empty()).collect(),
            None => vec![data_dir.join("rubrics")],
        };
        let database_url = match env::var("DATABASE_URL") {
            Ok(url) if !url.is_empty() => url,
            _ => format!("sqlite://{}", utf8(&data_dir.join("viva.db"))?),
        };
        Ok(Self { data_dir, models_dir, rubrics_dirs, database_url })
    }
}

fn folder(variable: &str) -> Option<PathBuf> {
    env::var_os(variable).filter(|value| !value.is_empty()).map(PathBuf::from)
}

/// A binary built in a checkout keeps the models beside that checkout's manifest, from whichever folder
/// it is started; elsewhere they lie with the data.
fn default_models_dir(data_dir: &Path) -> PathBuf {
    let beside_manifest = env::current_exe()
        .ok()
        .and_then(|binary| binary.ancestors().nth(3).map(|checkout| checkout.join("models")))
        .filter(|models| models.join("manifest.toml").is_file());
    beside_manifest.unwrap_or_else(|| data_dir.join("models"))
}

fn default_data_dir() -> anyhow::Result<PathBuf> {
    let home = || folder("HOME").context("HOME is not set; set VIVA_DATA_DIR to the folder Viva may use");
    if cfg!(windows) {
        let Some(roaming) = folder("APPDATA") else {
            bail!("APPDATA is not set; set VIVA_DATA_DIR to the folder Viva may use");
        };
        Ok(roaming.join("Viva"))
    } else if cfg!(target_os = "macos") {
        Ok(home()?.join("Library/Application Support/Viva"))
    } else if let Some(data) = folder("XDG_DATA_HOME") {
        Ok(data.join("viva"))
    } else {
        Ok(home()?.join(".local/share/viva"))
    }
}

fn utf8(path: &Path) -> anyhow::Result<&str> {
    path.to_str().with_context(|| format!("{} is not UTF-8; set DATABASE_URL instead", path.display()))
}
