//! Transcribes many files with one model and prints a line of JSON for each: the measuring end of
//! `scripts/bench-speech`. The model is loaded before the first file, so the times are those of decoding.
//!
//! `cargo run --release -p viva-speech --example clips -- MODEL.bin [--threads N] [--fillers] FILE...`

#![expect(clippy::print_stdout, reason = "the result goes to stdout")]

use anyhow::{Context, Result, bail};
use std::sync::Arc;
use std::time::Instant;
use viva_speech::{EngineOptions, TranscribeOptions, Transcriber, WhisperEngine};

fn main() -> Result<()> {
    let mut args = std::env::args().skip(1);
    let model = args.next().context("name a model file first")?;
    let mut options = EngineOptions::default();
    let (mut files, mut fillers) = (Vec::new(), false);
    while let Some(arg) = args.next() {
        match arg.as_str() {
            "--threads" => options.threads = args.next().context("--threads wants a number")?.parse()?,
            "--fillers" => fillers = true,
            _ => files.push(arg),
        }
    }
    if files.is_empty() {
        bail!("name the files to transcribe");
    }
    let engine = WhisperEngine::start(&model, options)?;
    let loading = Instant::now();
    // Half a second of a quiet hum: it holds no speech for the rules, but loads the model.
    let hum: Arc<[f32]> = (0..8_000).map(|i| (i as f32 * 0.05).sin() * 0.01).collect();
    let job = viva_speech::HearJob {
        language: "en".into(),
        context: viva_speech::Context::Cut,
        prompt: None,
        priority: viva_speech::Priority::Interactive,
        urgent: viva_speech::CancelToken::new(),
        cancel: viva_speech::CancelToken::new(),
    };
    viva_speech::Ear::hear(&engine, hum, job)?;
    eprintln!("loaded in {} ms", loading.elapsed().as_millis());
    for file in files {
        let audio: Arc<[f32]> = viva_audio::decode(&file)?.samples.into();
        let job = TranscribeOptions { hesitations: fillers, ..TranscribeOptions::default() };
        let (start, busy) = (Instant::now(), cpu_seconds());
        let transcript = engine.transcribe(audio, job)?;
        let seconds = start.elapsed().as_secs_f64();
        let line = serde_json::json!({
            "file": file,
            "seconds": seconds,
            "cpu_seconds": cpu_seconds() - busy,
            "transcript": transcript,
        });
        println!("{line}");
    }
    Ok(())
}

/// Processor seconds of this process so far, from Linux's `/proc`; 0 elsewhere.
fn cpu_seconds() -> f64 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    // The fields after the name in brackets; 11 and 12 of those are user and system time in hundredths.
    let fields = stat.rsplit(')').next().unwrap_or_default().split_whitespace();
    fields.skip(11).take(2).filter_map(|ticks| ticks.parse::<f64>().ok()).sum::<f64>() / 100.0
}
