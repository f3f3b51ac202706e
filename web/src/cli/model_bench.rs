//! `viva model bench`: what each installed model makes of the same four recordings, so that a person can choose.
//!
//! The recordings ship with Viva (a synthetic voice, CC0), 78 seconds in all: they tell models apart on one clear voice, not
//! how well a model knows yours. Each model is measured in a process of its own, because memory is told a process.

use super::model::Json;
use super::places::Places;
use anyhow::{Context, bail};
use serde::{Deserialize, Serialize};
use std::io::Write;
use std::process::{Command, ExitCode, Stdio};
use std::sync::Arc;
use std::time::Instant;
use viva_core::text::word_errors;
use viva_core::units::{Millis, SampleRate};
use viva_speech::models::{DEFAULT_MODEL, ModelError, ModelState, ModelStore};
use viva_speech::{EngineOptions, TranscribeOptions, Transcriber, WhisperEngine};

/// A recording and what is said in it.
struct Clip {
    name: &'static str,
    sound: &'static [u8],
    said: &'static str,
    terms: &'static [&'static str],
}

macro_rules! clip {
    ($name:literal, $terms:expr) => {
        Clip {
            name: $name,
            sound: include_bytes!(concat!("../../../tests/fixtures/speech/", $name, ".opus")),
            said: include_str!(concat!("../../../tests/fixtures/speech/", $name, ".txt")),
            terms: $terms,
        }
    };
}

const CLIPS: [Clip; 4] = [
    clip!(
        "terms",
        &[
            "connection pool",
            "thread dump",
            "idempotent",
            "Kafka",
            "circuit breaker",
            "HTTP call",
            "transaction",
            "cache",
            "Postgres",
            "exponential backoff",
            "jitter",
            "garbage collector",
            "latency",
        ]
    ),
    clip!("brief", &["bucket", "linked list", "red-black tree", "O of log n"]),
    clip!("partial", &["hash map", "bucket", "linked list", "Java", "nodes", "red-black tree"]),
    clip!("wrong", &["sorted array", "binary search", "garbage collector", "cache"]),
];

/// Measure the models that are here, or those named, on recordings that ship with Viva
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Models to measure; without one, every model that is here
    names: Vec<String>,
    /// Threads one decode computes on; as many as `viva serve` uses without it
    #[arg(long)]
    threads: Option<usize>,
    #[command(flatten)]
    json: Json,
    /// Measures one model in this very process
    #[arg(long, hide = true)]
    here: bool,
}

/// What a model made of the recordings.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Measured {
    model: String,
    threads: usize,
    clips: usize,
    audio_seconds: f64,
    words: usize,
    word_errors: usize,
    /// Errors of 100 words.
    word_error_percent: f64,
    terms: usize,
    terms_heard: usize,
    fillers: usize,
    /// By the second hearing, which is not in the time.
    fillers_kept: usize,
    /// Time a second of sound takes, without loading.
    seconds_per_second: f64,
    load_ms: u64,
    /// The most memory the process had; none where the system does not tell.
    peak_mebibytes: Option<u64>,
}

/// Runs the command.
pub(super) fn run(store: &ModelStore, args: &Args) -> anyhow::Result<ExitCode> {
    let threads = args.threads.unwrap_or_else(|| EngineOptions::default().threads).max(1);
    if args.here {
        let [name] = &args.names[..] else { bail!("name one model") };
        let measured = measure(store, name, threads)?;
        serde_json::to_writer(std::io::stdout().lock(), &measured)?;
        return Ok(ExitCode::SUCCESS);
    }
    let names = match &args.names[..] {
        [] => {
            let here = store.list().into_iter().filter(|model| model.state == ModelState::Present);
            here.map(|model| model.name).collect()
        }
        names => names.to_vec(),
    };
    if names.is_empty() {
        let path = store.dir().to_path_buf();
        return Err(ModelError::Missing { name: DEFAULT_MODEL.to_owned(), path }.into());
    }
    for name in &names {
        store.locate(name)?;
    }
    let mut all = Vec::new();
    for (at, name) in names.iter().enumerate() {
        eprintln!("Measuring {name}, {} of {}", at + 1, names.len());
        all.push(in_a_process(name, threads)?);
    }
    let mut out = std::io::stdout().lock();
    if args.json.json {
        serde_json::to_writer_pretty(&mut out, &all)?;
        writeln!(out)?;
    } else {
        write!(out, "{}", table(&all))?;
    }
    Ok(ExitCode::SUCCESS)
}

fn in_a_process(name: &str, threads: usize) -> anyhow::Result<Measured> {
    let places = Places::from_env()?;
    let run = Command::new(std::env::current_exe()?)
        .args(["model", "bench", name, "--here", "--threads", &threads.to_string()])
        .env("VIVA_MODELS_DIR", places.models_dir)
        .stdin(Stdio::null())
        .stderr(Stdio::inherit())
        .output()
        .with_context(|| format!("{name} could not be measured in a process of its own"))?;
    if !run.status.success() {
        bail!("measuring {name} ended with {}", run.status);
    }
    serde_json::from_slice(&run.stdout).with_context(|| format!("{name} gave no figures"))
}

fn measure(store: &ModelStore, name: &str, threads: usize) -> anyhow::Result<Measured> {
    let engine = WhisperEngine::start(
        store.locate(name)?.path,
        EngineOptions { threads, ..EngineOptions::default() },
    )?;
    let folder = tempfile::tempdir()?;
    let loading = Instant::now();
    let hum: Arc<[f32]> = (0..8_000).map(|i| (i as f32 * 0.05).sin() * 0.01).collect();
    let job = viva_speech::HearJob {
        language: "en".into(),
        context: viva_speech::Context::Cut,
        prompt: None,
        priority: viva_speech::Priority::Interactive,
        urgent: viva_speech::CancelToken::new(),
        cancel: viva_speech::CancelToken::new(),
    };
    // It holds no speech for the rules, but loads the weights.
    viva_speech::Ear::hear(&engine, hum, job)?;
    let mut measured = Measured {
        model: name.to_owned(),
        threads,
        clips: CLIPS.len(),
        audio_seconds: 0.0,
        words: 0,
        word_errors: 0,
        word_error_percent: 0.0,
        terms: 0,
        terms_heard: 0,
        fillers: 0,
        fillers_kept: 0,
        seconds_per_second: 0.0,
        load_ms: loading.elapsed().as_millis() as u64,
        peak_mebibytes: None,
    };
    let mut spent = 0.0;
    for clip in &CLIPS {
        let file = folder.path().join(format!("{}.opus", clip.name));
        std::fs::write(&file, clip.sound)?;
        let sound = viva_audio::decode(&file)?.samples;
        measured.audio_seconds += Millis::of_samples(sound.len() as u64, SampleRate::WHISPER).as_secs();
        let start = Instant::now();
        let sound: Arc<[f32]> = sound.into();
        let heard = engine.transcribe(Arc::clone(&sound), TranscribeOptions::default())?.text;
        spent += start.elapsed().as_secs_f64();
        let twice = TranscribeOptions { hesitations: true, ..TranscribeOptions::default() };
        let kept = engine.transcribe(sound, twice)?.hesitations.map_or(0, |sounds| sounds.len());
        let (errors, words) = word_errors(clip.said, &heard);
        measured.word_errors += errors;
        measured.words += words;
        measured.terms += clip.terms.len();
        measured.terms_heard +=
            clip.terms.iter().filter(|term| squashed(&heard).contains(&squashed(term))).count();
        measured.fillers += fillers(clip.said);
        measured.fillers_kept += kept.min(fillers(clip.said));
    }
    measured.word_error_percent = tenths(100.0 * measured.word_errors as f64 / measured.words.max(1) as f64);
    measured.seconds_per_second = (1_000.0 * spent / measured.audio_seconds).round() / 1_000.0;
    measured.audio_seconds = tenths(measured.audio_seconds);
    measured.peak_mebibytes = peak_mebibytes();
    Ok(measured)
}

fn tenths(value: f64) -> f64 {
    (value * 10.0).round() / 10.0
}

/// Letters and figures alone: "hash map" and "HashMap" are the same term.
fn squashed(text: &str) -> String {
    text.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

/// How often "uh" and "um" are said.
fn fillers(text: &str) -> usize {
    let words = text.split(|c: char| !c.is_alphanumeric());
    words.filter(|word| ["uh", "um"].iter().any(|filler| word.eq_ignore_ascii_case(filler))).count()
}

/// The most memory this process had, from Linux's `/proc`.
fn peak_mebibytes() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    let kibibytes: u64 = line.trim().strip_suffix(" kB")?.trim().parse().ok()?;
    Some(kibibytes / 1024)
}

fn table(all: &[Measured]) -> String {
    let mut out = format!(
        "{:<14} {:>8} {:>9} {:>9} {:>9} {:>10}\n",
        "MODEL", "ERROR %", "TERMS", "UH, UM", "S PER S", "MEMORY"
    );
    for one in all {
        let memory =
            one.peak_mebibytes.map_or_else(|| "-".to_owned(), |mebibytes| format!("{mebibytes} MiB"));
        out += &format!(
            "{:<14} {:>8.1} {:>9} {:>9} {:>9.3} {:>10}\n",
            one.model,
            one.word_error_percent,
            format!("{}/{}", one.terms_heard, one.terms),
            format!("{}/{}", one.fillers_kept, one.fillers),
            one.seconds_per_second,
            memory,
        );
    }
    if let Some(one) = all.first() {
        out += &format!(
            "One synthetic voice, {} clips, {:.0} s, {} words, {} thread{}. Less is better but for terms and fillers kept.\n",
            one.clips,
            one.audio_seconds,
            one.words,
            one.threads,
            if one.threads == 1 { "" } else { "s" }
        );
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_term_of_a_clip_is_said_in_it() {
        for clip in &CLIPS {
            for term in clip.terms {
                assert!(squashed(clip.said).contains(&squashed(term)), "{}: {term}", clip.name);
            }
        }
        assert!(CLIPS.iter().map(|clip| fillers(clip.said)).sum::<usize>() >= 3);
    }

    #[test]
    fn the_table_has_a_line_a_model_and_says_what_it_was_measured_on() {
        let one = Measured {
            model: "base".into(),
            threads: 2,
            clips: 4,
            audio_seconds: 78.2,
            words: 200,
            word_errors: 9,
            word_error_percent: 4.5,
            terms: 27,
            terms_heard: 25,
            fillers: 3,
            fillers_kept: 0,
            seconds_per_second: 0.0612,
            load_ms: 300,
            peak_mebibytes: Some(290),
        };
        let says = table(&[one]);
        assert!(says.contains("base                4.5     25/27       0/3     0.061    290 MiB"), "{says}");
        assert!(says.contains("4 clips, 78 s, 200 words, 2 threads"), "{says}");
    }
}
