//! Measures the speech detector on sounds that are no speech and, where the folder is there, on clips.
//!
//! `VIVA_SHARED=FOLDER measure_speech`: `FOLDER/speech` holds clips and `pauses.json`, the start and length
//! in seconds of every pause that was put into a clip. The figures in the crate's README come from here.

#![expect(clippy::print_stdout, reason = "its output is the measurement")]

#[path = "../tests/sounds/mod.rs"]
mod sounds;

use std::error::Error;
use std::path::{Path, PathBuf};
use std::time::Instant;
use viva_audio::{Pcm, SpeechDetector, SpeechOptions, decode, waveform};
use viva_core::transcript::Span;
use viva_core::units::Millis;

fn main() -> Result<(), Box<dyn Error>> {
    let options = options();
    println!("{options:?}");
    println!("\nnot speech, 20 s each: speech found");
    for (name, samples) in sounds::all(20) {
        let spans = spans(&samples, options);
        if !spans.is_empty() {
            println!("{name:28} {:6} ms in {} spans", total(&spans), spans.len());
        }
    }
    let Some(shared) = std::env::var_os("VIVA_SHARED").map(|folder| PathBuf::from(folder).join("speech"))
    else {
        println!("VIVA_SHARED is not set; no clips are measured");
        return Ok(());
    };
    clips(&shared, options)?;
    pauses(&shared, options)
}

/// The defaults, each of which an environment variable of the same name may change.
fn options() -> SpeechOptions {
    fn set<T: std::str::FromStr>(name: &str, value: &mut T) {
        if let Some(new) = std::env::var(name).ok().and_then(|text| text.parse().ok()) {
            *value = new;
        }
    }
    let mut options = SpeechOptions::default();
    set("BEGIN", &mut options.begin);
    set("GO_ON", &mut options.go_on);
    set("FLOOR", &mut options.floor_dbfs);
    set("BEGIN_DB", &mut options.begin_db);
    set("GO_ON_DB", &mut options.go_on_db);
    set("RANGE", &mut options.range_db);
    set("HELD", &mut options.held);
    set("MUSIC", &mut options.music);
    set("MEAN", &mut options.mean);
    set("MIN", &mut options.min_speech.0);
    set("MERGE", &mut options.merge.0);
    set("BEFORE", &mut options.pad_before.0);
    set("AFTER", &mut options.pad_after.0);
    options
}

fn spans(samples: &[f32], options: SpeechOptions) -> Vec<Span> {
    let mut detector = SpeechDetector::with(options);
    let mut spans = detector.push(samples);
    spans.extend(detector.finish());
    spans
}

fn total(spans: &[Span]) -> u64 {
    spans.iter().map(|span| span.length().0).sum()
}

fn clips(shared: &Path, options: SpeechOptions) -> Result<(), Box<dyn Error>> {
    println!("\nclip: length, speech, spans, speech dBFS, noise dBFS, signal to noise");
    let mut time = 0.0;
    let mut sound = 0.0;
    for folder in ["real", "synth"] {
        let mut paths: Vec<_> = std::fs::read_dir(shared.join(folder))?
            .map(|entry| entry.map(|entry| entry.path()))
            .collect::<Result<_, _>>()?;
        paths.sort();
        for path in paths {
            let Pcm { samples } = decode(&path)?;
            let started = Instant::now();
            let spans = spans(&samples, options);
            time += started.elapsed().as_secs_f64();
            sound += samples.len() as f64 / 16_000.0;
            let facts = waveform::facts(&samples, &spans);
            println!(
                "{:32} {:6} {:6} {:3} {:6.1} {:6.1} {:6.1} peak {:.1}",
                path.file_name().unwrap_or_default().to_string_lossy(),
                facts.length.0,
                facts.speech.0,
                spans.len(),
                facts.speech_dbfs.unwrap_or(f32::NAN),
                facts.noise_dbfs.unwrap_or(f32::NAN),
                facts.snr_db.unwrap_or(f32::NAN),
                facts.peak_dbfs,
            );
        }
    }
    println!("{sound:.0} s of sound in {time:.2} s");
    Ok(())
}

fn pauses(shared: &Path, options: SpeechOptions) -> Result<(), Box<dyn Error>> {
    println!("\npauses of 0.7 s and more: found [start, length] in ms, error of the length");
    let listed: serde_json::Value = serde_json::from_slice(&std::fs::read(shared.join("pauses.json"))?)?;
    let (mut found, mut wanted, mut invented, mut worst, mut sum) = (0, 0, 0, 0_i64, 0_i64);
    for clip in listed.as_array().into_iter().flatten() {
        let name = clip["file"].as_str().unwrap_or_default();
        let samples = decode(shared.join(name))?.samples;
        let spans = spans(&samples, options);
        let mut gaps: Vec<(u64, u64)> = spans
            .windows(2)
            .map(|pair| (pair[0].end.0, pair[1].start.saturating_sub(pair[0].end).0))
            .filter(|(_, length)| *length >= 700)
            .collect();
        for pause in clip["pauses"].as_array().into_iter().flatten() {
            wanted += 1;
            let start = (pause[0].as_f64().unwrap_or_default() * 1000.0) as u64;
            let length = (pause[1].as_f64().unwrap_or_default() * 1000.0) as u64;
            let middle = Millis(start + length / 2).0;
            match gaps.iter().position(|(at, long)| *at <= middle && middle <= at + long) {
                Some(i) => {
                    let (at, long) = gaps.remove(i);
                    let error = long as i64 - length as i64;
                    println!("{name:36} {start:6} {length:5}: [{at}, {long}] {error:+}");
                    found += 1;
                    sum += error;
                    worst = if error.abs() > worst.abs() { error } else { worst };
                }
                None => println!("{name:36} {start:6} {length:5}: not found"),
            }
        }
        for (at, long) in gaps {
            invented += 1;
            println!("{name:36} invented: [{at}, {long}]");
        }
    }
    println!(
        "{found} of {wanted} found, {invented} invented, worst error {worst:+} ms, mean {:+} ms",
        sum / found.max(1)
    );
    Ok(())
}
