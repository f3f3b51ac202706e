//! One installation of Viva in a folder of its own, shut off from the user's own settings and data.

use crate::checkout;
use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus, Output, Stdio};
use tempfile::TempDir;

/// The smallest model: what the stories hold with it, they hold with any.
pub const MODEL: &str = "tiny.en";

/// A data folder, the models it uses, and the environment that points the binary at them.
#[derive(Debug)]
pub struct Installation {
    /// Around the data folder, for what stands beside it.
    _home: TempDir,
    data: PathBuf,
    models_dir: PathBuf,
    environment: Vec<(String, String)>,
}

/// What a command of the binary left behind.
#[derive(Debug)]
pub struct Outcome {
    /// How it ended.
    pub status: ExitStatus,
    /// The result.
    pub stdout: String,
    /// Progress, logs and errors.
    pub stderr: String,
}

impl Default for Installation {
    fn default() -> Self {
        Self::new()
    }
}

impl Installation {
    /// An empty data folder beside the checkout's models.
    pub fn new() -> Self {
        let home = TempDir::with_prefix("viva-data-").expect("a temporary folder can be made");
        let data = home.path().join("viva");
        std::fs::create_dir(&data).expect("a folder in it can be made");
        Self { _home: home, data, models_dir: checkout::models_dir(), environment: Vec::new() }
    }

    /// Looks for models in `folder` instead.
    #[must_use]
    pub fn with_models_dir(mut self, folder: impl Into<PathBuf>) -> Self {
        self.models_dir = folder.into();
        self
    }

    /// Sets a variable for every command, such as where the sound server listens.
    #[must_use]
    pub fn with_env(mut self, variables: impl IntoIterator<Item = (String, String)>) -> Self {
        self.environment.extend(variables);
        self
    }

    /// A machine without any sound: no sound server answers, and ALSA knows no device.
    #[must_use]
    pub fn without_sound(self) -> Self {
        let nowhere = self.data.join("no-sound").display().to_string();
        let variables = [
            ("PULSE_SERVER", format!("unix:{nowhere}")),
            ("PULSE_RUNTIME_PATH", nowhere.clone()),
            ("XDG_RUNTIME_DIR", nowhere.clone()),
            ("ALSA_CONFIG_PATH", "/dev/null".to_owned()),
        ];
        self.with_env(variables.map(|(name, value)| (name.to_owned(), value)))
    }

    /// The data folder.
    pub fn data_dir(&self) -> &Path {
        &self.data
    }

    /// The database that is used unless a test names another.
    pub fn database(&self) -> PathBuf {
        self.data.join("viva.db")
    }

    /// A command of the binary under test, ready to be run or changed further.
    pub fn command<S: AsRef<OsStr>>(&self, arguments: impl IntoIterator<Item = S>) -> Command {
        let mut command = Command::new(checkout::viva());
        command
            .args(arguments)
            .current_dir(&self.data)
            .env_remove("DATABASE_URL")
            .env_remove("VIVA_RUBRICS_DIR")
            .env_remove("VIVA_LOG")
            .env("VIVA_DATA_DIR", &self.data)
            .env("VIVA_MODELS_DIR", &self.models_dir)
            .env("VIVA_MODEL", MODEL)
            .env_remove("VIVA_DEVICE")
            .env_remove("VIVA_PORT")
            .envs(self.environment.iter().map(|(name, value)| (name, value)))
            .stdin(Stdio::null());
        command
    }

    /// Runs a command to its end.
    pub fn run<S: AsRef<OsStr>>(&self, arguments: impl IntoIterator<Item = S>) -> Outcome {
        Outcome::of(&mut self.command(arguments))
    }

    /// Runs a command that must succeed.
    ///
    /// # Panics
    /// When it does not, with all it said.
    pub fn must_run<S: AsRef<OsStr>>(&self, arguments: impl IntoIterator<Item = S>) -> Outcome {
        let outcome = self.run(arguments);
        assert!(outcome.status.success(), "{outcome:#?}");
        outcome
    }
}

impl From<Output> for Outcome {
    fn from(output: Output) -> Self {
        Self {
            status: output.status,
            stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
            stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
        }
    }
}

impl Outcome {
    /// Runs `command` to its end.
    pub fn of(command: &mut Command) -> Self {
        Self::from(command.output().expect("the program can be started"))
    }

    /// Holds a failure to the rules for one: an exit code of its own choosing, nothing on stdout, no panic, and
    /// a message with each of `says` in it.
    #[track_caller]
    pub fn assert_refused(&self, says: &[&str]) {
        assert!(matches!(self.status.code(), Some(1..=9)), "not a refusal: {self:#?}");
        assert!(!self.stderr.contains("panicked"), "a panic is no answer: {self:#?}");
        let message = self.stderr.to_lowercase();
        for part in says {
            assert!(message.contains(&part.to_lowercase()), "the message does not say {part:?}: {self:#?}");
        }
    }
}
