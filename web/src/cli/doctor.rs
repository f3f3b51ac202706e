//! `viva doctor`: looks at everything an answer needs and says what to do about what is missing.

use super::places::Places;
use crate::builtin;
use crate::compose::{about_database, store};
use serde::Serialize;
use std::io::Write;
use std::net::{Ipv4Addr, TcpListener};
use std::process::ExitCode;
use viva_audio::LevelWord;
use viva_speech::Computes;
use viva_speech::models::{DEFAULT_MODEL, ModelStore};

/// Check model, microphone, disk, database and questions, and say what to do
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The microphone to listen to, as `viva devices` names it
    #[arg(long, env = "VIVA_DEVICE")]
    device: Option<String>,
    /// The Whisper model: a name of `viva model list`, or the path of a ggml file
    #[arg(long, env = "VIVA_MODEL")]
    model: Option<String>,
    /// The port that `viva serve` is to use
    #[arg(long, default_value_t = 7878, env = "VIVA_PORT")]
    port: u16,
    /// Print JSON: a list of `{"check", "state", "says", "what_now"}`
    #[arg(long)]
    json: bool,
}

/// How a check came out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
enum State {
    /// As it should be.
    Good,
    /// Works, with something to know.
    Note,
    /// An answer cannot be given or scored like this.
    Bad,
}

/// One thing that was looked at.
#[derive(Debug, Serialize)]
struct Check {
    check: &'static str,
    state: State,
    says: String,
    /// What to do; none where nothing is to be done.
    what_now: Option<String>,
}

impl Check {
    fn good(check: &'static str, says: impl Into<String>) -> Self {
        Self { check, state: State::Good, says: says.into(), what_now: None }
    }

    fn bad(check: &'static str, says: impl Into<String>, what_now: impl Into<String>) -> Self {
        Self { check, state: State::Bad, says: says.into(), what_now: Some(what_now.into()) }
    }

    fn note(check: &'static str, says: impl Into<String>, what_now: impl Into<String>) -> Self {
        Self { check, state: State::Note, says: says.into(), what_now: Some(what_now.into()) }
    }
}

/// Runs all checks. The exit code is 1 where one is bad.
pub fn run(args: Args) -> anyhow::Result<ExitCode> {
    let places = Places::from_env()?;
    let checks = [
        model(&places, args.model.as_deref().unwrap_or(DEFAULT_MODEL)),
        processor(&viva_speech::computes()),
        microphone(args.device.as_deref()),
        questions(&places),
        database(&places)?,
        disk(&places),
        port(args.port),
        certificate(&places),
    ];
    let mut out = std::io::stdout().lock();
    if args.json {
        writeln!(out, "{}", serde_json::to_string_pretty(&checks)?)?;
    } else {
        for check in &checks {
            let state = match check.state {
                State::Good => "good",
                State::Note => "note",
                State::Bad => "BAD ",
            };
            writeln!(out, "{state}  {:<11} {}", check.check, check.says)?;
            if let Some(what_now) = &check.what_now {
                writeln!(out, "                  → {what_now}")?;
            }
        }
    }
    let bad = checks.iter().any(|check| check.state == State::Bad);
    Ok(if bad { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}

fn model(places: &Places, name: &str) -> Check {
    let models = ModelStore::open(&places.models_dir);
    match models.locate(name) {
        Ok(found) => {
            Check::good("model", format!("Whisper {name} is there and whole: {}", found.path.display()))
        }
        Err(error) => Check::bad("model", error.to_string(), format!("viva model fetch {name}")),
    }
}

fn processor(computes: &Computes) -> Check {
    match computes {
        Computes::OnProcessor => Check::good("processor", "Whisper computes on the processor"),
        Computes::OnDevice { built_for, name } => {
            Check::good("processor", format!("Whisper computes on {name} ({built_for})"))
        }
        Computes::NoDevice { built_for } => Check::note(
            "processor",
            format!(
                "this build can use {built_for}, but no graphics processor was found; Whisper computes on the processor"
            ),
            "install or repair the graphics driver, or ignore it: answers are the same, only later",
        ),
    }
}

fn microphone(device: Option<&str>) -> Check {
    match viva_audio::check(device) {
        Ok(heard) => {
            let name = &heard.device.name;
            match heard.level.word {
                LevelWord::Good | LevelWord::TooQuiet => {
                    Check::good("microphone", format!("{name} gives sound"))
                }
                LevelWord::TooLoud => Check::note(
                    "microphone",
                    format!("{name}: the peaks are cut off"),
                    "lower the input or move back",
                ),
                LevelWord::Silent => Check::note(
                    "microphone",
                    format!("{name} opens but gives no sound at all"),
                    "unmute it, or pick another one of `viva devices`",
                ),
            }
        }
        Err(error) => Check::bad(
            "microphone",
            error.to_string(),
            "plug one in, see `viva devices`, or type your answers on the pages",
        ),
    }
}

fn questions(places: &Places) -> Check {
    match builtin::bank_with(&places.rubrics_dirs) {
        Ok(bank) => {
            Check::good("questions", format!("{} questions in {} packs", bank.len(), bank.packs().len()))
        }
        Err(error) => Check::bad(
            "questions",
            format!("{error:#}"),
            "correct the file; `viva rubric lint FILE` shows every error",
        ),
    }
}

fn database(places: &Places) -> anyhow::Result<Check> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    Ok(
        match runtime.block_on(async {
            let store = store(places).await?;
            let usage = store.usage().await?;
            let waiting = store.unsettled_attempts().await?.len();
            let about = about_database(places).await?;
            anyhow::Ok((about, usage, waiting))
        }) {
            Ok((about, usage, 0)) => {
                Check::good("database", format!("{about}: opens; {} answers are kept", usage.attempts))
            }
            Ok((about, usage, waiting)) => Check::note(
                "database",
                format!(
                    "{about}: opens; {} answers are kept, {waiting} wait for their score",
                    usage.attempts
                ),
                "they are settled while `viva serve` runs",
            ),
            Err(error) => Check::bad("database", format!("{error:#}"), "see the message"),
        },
    )
}

/// An hour of answers is about 115 MB; below ten of those a warning is due.
const ENOUGH_BYTES: u64 = 1_000_000_000;

fn disk(places: &Places) -> Check {
    match fs4::available_space(&places.data_dir) {
        Ok(free) if free >= ENOUGH_BYTES => {
            Check::good("disk", format!("{:.1} GB free for recordings", free as f64 / 1e9))
        }
        Ok(free) => Check::note(
            "disk",
            format!("only {:.0} MB free in {}", free as f64 / 1e6, places.data_dir.display()),
            "free some space; an hour of answers takes about 115 MB",
        ),
        Err(error) => Check::bad(
            "disk",
            format!("{}: {error}", places.data_dir.display()),
            "set VIVA_DATA_DIR to a folder that can be written",
        ),
    }
}

fn port(port: u16) -> Check {
    match TcpListener::bind((Ipv4Addr::LOCALHOST, port)) {
        Ok(_) => Check::good("port", format!("{port} is free on this machine")),
        Err(_) => Check::note(
            "port",
            format!("{port} is taken, perhaps by a Viva that is running"),
            "choose another with `viva serve --port`",
        ),
    }
}

fn certificate(places: &Places) -> Check {
    match crate::tls::kept(&places.data_dir) {
        Some(made) => Check::good(
            "certificate",
            format!(
                "made here for {} until {}; its SHA-256 fingerprint is {}",
                made.names.join(", "),
                made.until,
                made.fingerprint
            ),
        ),
        None => Check::good(
            "certificate",
            "none yet; `viva serve --tls` makes one, for other machines and phones",
        ),
    }
}
