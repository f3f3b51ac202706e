//! `viva transcribe`: an audio file to words. Without a question or terms it is the unprompted record; with them, the words
//! that count and every place where they are others than the record's.
//!
//! The words (or the JSON) go to stdout; a model that has to be fetched first, and how far things are, to
//! stderr.

use super::model::Narrator;
use super::places::Places;
use crate::builtin;
use crate::feedback::helped;
use anyhow::{Context, bail};
use std::io::{self, IsTerminal, Write};
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;
use viva_core::bank::Pack;
use viva_core::help::corrections::{self, Corrections, Maps};
use viva_core::help::{Prompt, Terms};
use viva_core::ids::QuestionId;
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
    /// Listen a second time for the words of this question, and correct by its pack's and Viva's lists
    #[arg(long, value_name = "ID", conflicts_with = "terms")]
    question: Option<QuestionId>,
    /// Listen a second time for these words, one a line, and correct by Viva's list
    #[arg(long, value_name = "FILE")]
    terms: Option<PathBuf>,
    /// Listen a second time for "uh" and "um", which recognisers leave out
    #[arg(long)]
    fillers: bool,
}

/// What is known of the answer before it is heard.
struct Known {
    prompt: Option<Arc<Prompt>>,
    pack: Option<Pack>,
}

impl Known {
    fn of(args: &Args, places: &Places) -> anyhow::Result<Option<Self>> {
        if let Some(id) = &args.question {
            let bank = builtin::bank_with(&places.rubrics_dirs)?;
            let question = bank
                .question(id)
                .with_context(|| format!("no question is called {id}; `viva rubric list` names them all"))?;
            let prompt = Prompt::of(Terms::of_question(question), id.as_str()).map(Arc::new);
            return Ok(Some(Self { prompt, pack: bank.pack(&question.pack).cloned() }));
        }
        let Some(file) = &args.terms else { return Ok(None) };
        let text = std::fs::read_to_string(file)
            .with_context(|| format!("cannot read the terms in {}", file.display()))?;
        let terms = Terms::of(text.lines().map(str::trim).filter(|line| !line.is_empty()));
        if terms.is_empty() {
            bail!("{} has no terms; write one a line", file.display());
        }
        let seed: Vec<&str> = terms.written().collect();
        let seed = seed.join("\n");
        Ok(Some(Self { prompt: Prompt::of(terms, &seed).map(Arc::new), pack: None }))
    }

    fn corrected(&self, heard: &Transcript) -> Transcript {
        let pack = self.pack.as_ref();
        let maps = Maps {
            general: &Corrections::general().all,
            pack: pack.map_or(&[], |pack| &pack.corrections),
            own: &[],
            of: pack.map(|pack| &pack.id),
        };
        corrections::correct(heard, &maps)
    }
}

/// Runs the command.
pub fn run(args: Args) -> anyhow::Result<ExitCode> {
    // A file that cannot be read is told before a model is fetched for it.
    let sound = viva_audio::decode(&args.file)?;
    let places = Places::from_env()?;
    let known = Known::of(&args, &places)?;
    let model = model_path(&ModelStore::open(places.models_dir), &args.model)?;
    let engine = WhisperEngine::start(model, EngineOptions::default())?;
    engine.warm();
    let options = TranscribeOptions {
        language: args.language,
        priority: Priority::Interactive,
        hesitations: args.fillers,
        help: known.as_ref().and_then(|known| known.prompt.clone()),
        progress: io::stderr().is_terminal().then(|| Arc::new(show) as ProgressCallback),
        ..TranscribeOptions::default()
    };
    let transcript = engine.transcribe(sound.samples.into(), options);
    if io::stderr().is_terminal() {
        // Leaves no trace of the progress line; that this fails is no reason to stop.
        let _ = write!(io::stderr(), "\r\x1b[2K");
    }
    let transcript = transcript?;
    match known {
        Some(known) => print(&known.corrected(&transcript), args.json, Told::Always)?,
        None => print(&transcript, args.json, Told::Never)?,
    }
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

/// Whether it is told where other words count than were heard.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Told {
    /// Nobody asked.
    Never,
    /// Even where it is nowhere.
    Always,
}

fn print(transcript: &Transcript, json: bool, told: Told) -> anyhow::Result<()> {
    let mut out = io::stdout().lock();
    if json {
        let mut value = serde_json::to_value(transcript)?;
        if told == Told::Always {
            value["helped"] = serde_json::to_value(&transcript.helped)?;
        }
        serde_json::to_writer(&mut out, &value)?;
        writeln!(out)?;
    } else if transcript.words.is_empty() {
        eprintln!("No speech was heard.");
    } else {
        writeln!(out, "{}", transcript.text)?;
        for one in &transcript.helped {
            eprintln!("{}: {}, {}", one.start, helped::says(one), one.by.says());
        }
        for one in transcript.hesitations.iter().flatten() {
            eprintln!("{}: {}", one.start, one.said);
        }
    }
    Ok(())
}
