//! `viva transcribe`: an audio file to words. Always the unprompted record, nothing is helped or corrected.
//!
//! The words (or the JSON) go to stdout; a model that has to be fetched first, and how far things are, to
//! stderr.

use super::model::Narrator;
use super::places::Places;
use anyhow::Context;
use std::io::{self, IsTerminal, Write};
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;
use viva_core::transcript::Transcript;
use viva_speech::models::{DEFAULT_MODEL, ModelError, ModelStore};
use viva_speech::{
    EngineOptions, Priority, Progress, ProgressCallback, TranscribeOptions, Transcriber, WhisperEngine,
};

/// Turn an audio file into words
#[derive(Debug, clap::Args)]
pub struct Args {
    /// WAV, FLAC, MP3, OGG, WebM or M4A, up to two hours
    file: PathBuf,
    /// A model's name, or the path of a ggml file
    #[arg(long, default_value = DEFAULT_MODEL)]
    model: String,
    /// Print words with times and confidence, and where there was speech, as JSON
    #[arg(long)]
    json: bool,
    /// The language that is spoken, as a two-letter code
    #[arg(long, default_value = "en")]
    language: String,
}

/// Runs the command.
pub fn run(args: Args) -> anyhow::Result<ExitCode> {
    // A file that cannot be read is told before a model is fetched for it.
    let sound = viva_audio::decode(&args.file)?;
    let model = model_path(&ModelStore::open(Places::from_env()?.models_dir), &args.model)?;
    let engine = WhisperEngine::start(model, EngineOptions::default())?;
    engine.warm();
    let options = TranscribeOptions {
        language: args.language,
        priority: Priority::Interactive,
        progress: io::stderr().is_terminal().then(|| Arc::new(show) as ProgressCallback),
        ..TranscribeOptions::default()
    };
    let transcript = engine.transcribe(sound.samples.into(), options);
    if io::stderr().is_terminal() {
        // Leaves no trace of the progress line; that this fails is no reason to stop.
        let _ = write!(io::stderr(), "\r\x1b[2K");
    }
    print(&transcript?, args.json)?;
    Ok(ExitCode::SUCCESS)
}

/// Finds the model, and fetches one of the manifest that is not here yet.
fn model_path(store: &ModelStore, model: &str) -> anyhow::Result<PathBuf> {
    match store.locate(model) {
        Ok(found) => Ok(found.path),
        Err(ModelError::Missing { name, .. }) => {
            eprintln!("The model {name} is not here yet; fetching it.");
            let mut progress = Narrator::default();
            let fetched = store.fetch(&name, &mut progress);
            progress.end();
            Ok(fetched.with_context(|| format!("the model {name} could not be fetched"))?.path)
        }
        Err(error) => Err(error.into()),
    }
}

fn show(progress: Progress) {
    let Progress { done, total } = progress;
    let _ = write!(io::stderr(), "\r\x1b[2KTranscribed {done} of {total}");
}

fn print(transcript: &Transcript, json: bool) -> anyhow::Result<()> {
    let mut out = io::stdout().lock();
    if json {
        serde_json::to_writer(&mut out, transcript)?;
        writeln!(out)?;
    } else if transcript.words.is_empty() {
        eprintln!("No speech was heard.");
    } else {
        writeln!(out, "{}", transcript.text)?;
    }
    Ok(())
}
