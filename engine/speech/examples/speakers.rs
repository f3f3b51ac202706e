//! Several people answer at once into one engine, each file one speaker, in real time: how long each waits from the
//! end of the answer to its provisional and its settled words, and how late draft words are shown. The measuring end
//! of `scripts/bench-four`.
//!
//! `cargo run -p viva-speech --example speakers -- MODEL.bin [--threads N] FILE...`

#![expect(clippy::print_stdout, reason = "the result goes to stdout")]

use anyhow::{Context, Result, bail};
use std::sync::mpsc::channel;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};
use viva_core::transcript::Transcript;
use viva_core::units::{Millis, SampleRate};
use viva_speech::{
    CancelToken, EngineOptions, Growing, LiveEvent, LiveOptions, LiveTranscriber, SpeechError,
    TranscribeOptions, Transcriber, WhisperEngine,
};

/// A recording that comes as fast as it was spoken.
struct Spoken {
    audio: Arc<[f32]>,
    at: usize,
    since: Instant,
    hurry: CancelToken,
}

impl Growing for Spoken {
    fn read(&mut self, samples: &mut Vec<f32>) -> Result<usize, SpeechError> {
        let now = self.since.elapsed().as_secs_f64() * f64::from(SampleRate::WHISPER.0);
        let end = (now as usize).min(self.audio.len());
        let new = end - self.at;
        samples.extend_from_slice(&self.audio[self.at..end]);
        self.at = end;
        if self.is_finished() {
            // What a stop does.
            self.hurry.cancel();
        }
        Ok(new)
    }

    fn is_finished(&self) -> bool {
        self.at == self.audio.len()
    }
}

/// What one speaker waited for.
struct Waits {
    provisional: Option<Duration>,
    settled: Duration,
    /// From the end of each word to the moment it was shown.
    lags: Vec<f64>,
    words: Transcript,
}

fn main() -> Result<()> {
    let mut args = std::env::args().skip(1);
    let model = args.next().context("name a model file first")?;
    let mut options = EngineOptions::default();
    let mut files = Vec::new();
    while let Some(arg) = args.next() {
        match arg.as_str() {
            "--threads" => options.threads = args.next().context("--threads wants a number")?.parse()?,
            _ => files.push(arg),
        }
    }
    if files.is_empty() {
        bail!("name the recordings to be spoken");
    }
    let engine = Arc::new(WhisperEngine::start(&model, options)?);
    engine.warm();
    let answers: Vec<Arc<[f32]>> =
        files.iter().map(|file| Ok(viva_audio::decode(file)?.samples.into())).collect::<Result<_>>()?;
    let waits: Vec<Waits> = std::thread::scope(|scope| {
        let speaking: Vec<_> =
            answers.iter().map(|audio| scope.spawn(|| speak(engine.clone(), audio.clone()))).collect();
        speaking.into_iter().map(|speaker| speaker.join().expect("a speaker panicked")).collect::<Result<_>>()
    })?;
    for ((file, audio), mut waits) in files.iter().zip(&answers).zip(waits) {
        waits.lags.sort_by(f64::total_cmp);
        // Only now: it would have taken the others' turns.
        let whole = engine.transcribe(audio.clone(), TranscribeOptions::default())?;
        let line = serde_json::json!({
            "file": file,
            "seconds": audio.len() as f64 / f64::from(SampleRate::WHISPER.0),
            "provisional_ms": waits.provisional.map(|wait| wait.as_millis() as u64),
            "settled_ms": waits.settled.as_millis() as u64,
            "draft_lag_median_s": waits.lags.get(waits.lags.len() / 2),
            "same_as_the_file": whole == waits.words,
        });
        println!("{line}");
    }
    Ok(())
}

fn speak(engine: Arc<WhisperEngine>, audio: Arc<[f32]>) -> Result<Waits> {
    let options = LiveOptions::default();
    let since = Instant::now();
    let take = Spoken { audio: audio.clone(), at: 0, since, hurry: options.hurry.clone() };
    let length = Duration::from_millis(Millis::of_samples(audio.len() as u64, SampleRate::WHISPER).0);
    let (shown, events) = channel();
    let shown = Mutex::new(shown);
    let live = LiveTranscriber::start(engine.clone(), take, options, move |event| {
        let at = since.elapsed();
        let event = match event {
            LiveEvent::Draft { settled, tail } => {
                (at, Some(settled.split_whitespace().count() + tail.split_whitespace().count()))
            }
            LiveEvent::Provisional(_) => (at, None),
        };
        if let Ok(shown) = shown.lock() {
            // The measuring thread may have given up.
            let _ = shown.send(event);
        }
    })?;
    let words = live.join()?;
    let settled = since.elapsed().saturating_sub(length);
    let events: Vec<(Duration, Option<usize>)> = events.iter().collect();
    let provisional =
        events.iter().find(|(_, words)| words.is_none()).map(|(at, _)| at.saturating_sub(length));
    // The nth word was shown when a draft first had n words.
    let lags = words
        .words
        .iter()
        .enumerate()
        .filter_map(|(index, word)| {
            let first = events.iter().find(|(_, words)| words.is_some_and(|words| words > index))?;
            Some(first.0.as_secs_f64() - word.end.as_secs())
        })
        .collect();
    Ok(Waits { provisional, settled, lags, words })
}
