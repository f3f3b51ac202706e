//! Puts sounds that are no speech through detection and Whisper and prints every word that comes out: there is
//! to be none. The sounds are made from seeds, none is a recording. The measuring end of `scripts/bench-silence`.
//!
//! `cargo run -p viva-speech --example noises -- MODEL.bin`; ends with 1 where a word was invented.

#![expect(clippy::print_stdout, reason = "the result goes to stdout")]

#[path = "../../audio/tests/sounds/mod.rs"]
mod sounds;

use anyhow::{Context, Result};
use std::process::ExitCode;
use viva_speech::{EngineOptions, TranscribeOptions, Transcriber, WhisperEngine};

fn main() -> Result<ExitCode> {
    let model = std::env::args().nth(1).context("name a model file first")?;
    let engine = WhisperEngine::start(&model, EngineOptions { threads: 1, states: 1 })?;
    let all: Vec<_> = sounds::all(20).into_iter().chain(sounds::desks(20)).collect();
    let (mut heard, mut invented) = (0, 0);
    for (name, sound) in &all {
        // As a take has it: 16-bit samples.
        let sound: Vec<f32> = sound.iter().map(|sample| (sample * 32_767.0).round() / 32_768.0).collect();
        let transcript = engine.transcribe(sound.into(), TranscribeOptions::default())?;
        heard += usize::from(!transcript.speech.is_empty());
        if !transcript.text.is_empty() {
            invented += 1;
            println!("{name}: {:?} in {:?}", transcript.text, transcript.speech);
        }
    }
    println!("{} sounds, {heard} taken for speech, {invented} with words", all.len());
    Ok(if invented == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
