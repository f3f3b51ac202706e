//! Where in a recording there is speech at all.
//!
//! A small neural network (earshot) scores frames of 16 ms; a level floor keeps it from hearing voices in
//! what is practically silence; thresholds with hysteresis, a shortest length and merging make spans of it.

use crate::level::dbfs;
use viva_core::transcript::Span;
use viva_core::units::{Millis, SampleRate};

/// Samples a frame of the detector takes: 16 ms.
const FRAME: usize = 256;

/// How speech is told from the rest.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SpeechOptions {
    /// A frame at least this likely to be voice begins speech.
    pub begin: f32,
    /// Speech goes on while frames are at least this likely.
    pub go_on: f32,
    /// Frames quieter than this are never speech.
    pub floor_dbfs: f32,
    /// Speech with less of it than this is none.
    pub min_speech: Millis,
    /// Gaps shorter than this do not part speech.
    pub merge: Millis,
    /// Kept before the first voiced frame.
    pub pad_before: Millis,
    /// Kept behind the last voiced frame.
    pub pad_after: Millis,
}

impl Default for SpeechOptions {
    fn default() -> Self {
        Self {
            begin: 0.5,
            go_on: 0.35,
            floor_dbfs: -58.0,
            min_speech: Millis(150),
            merge: Millis(300),
            pad_before: Millis(100),
            pad_after: Millis(100),
        }
    }
}

/// Finds speech piece by piece. How the samples are cut makes no difference to what is found.
pub struct SpeechDetector {
    options: SpeechOptions,
    voice: Box<earshot::Detector>,
    /// Samples of a frame that is not complete yet.
    rest: Vec<f32>,
    /// Frames seen.
    frames: u64,
    in_voice: bool,
    open: Option<Open>,
    /// Where the last finished span ended, so that padding never overlaps.
    last_end: u64,
    samples: u64,
}

/// Speech that may still go on; in frames.
#[derive(Debug, Clone, Copy)]
struct Open {
    start: u64,
    /// The frame behind the last voiced one.
    end: u64,
    voiced: u64,
}

impl SpeechDetector {
    /// A detector at the start of a recording.
    pub fn new() -> Self {
        Self::with(SpeechOptions::default())
    }

    /// A detector with other thresholds, for measuring.
    pub fn with(options: SpeechOptions) -> Self {
        Self {
            options,
            voice: Box::default(),
            rest: Vec::with_capacity(FRAME),
            frames: 0,
            in_voice: false,
            open: None,
            last_end: 0,
            samples: 0,
        }
    }

    /// Takes 16 kHz mono samples and gives the spans that are finished with them, in order.
    pub fn push(&mut self, samples: &[f32]) -> Vec<Span> {
        self.samples += samples.len() as u64;
        let mut finished = Vec::new();
        let mut samples = samples;
        while self.rest.len() + samples.len() >= FRAME {
            let (now, later) = samples.split_at(FRAME - self.rest.len());
            samples = later;
            self.rest.extend_from_slice(now);
            self.frame(&mut finished);
            self.rest.clear();
        }
        self.rest.extend_from_slice(samples);
        finished
    }

    /// The end of the recording: gives the span that was still open.
    pub fn finish(mut self) -> Option<Span> {
        let open = self.open.take()?;
        self.close(open)
    }

    /// How much was pushed so far.
    pub fn position(&self) -> Millis {
        Millis::of_samples(self.samples, SampleRate::WHISPER)
    }

    /// Whether speech goes on at this point.
    pub fn is_speaking(&self) -> bool {
        self.in_voice
    }

    fn frame(&mut self, finished: &mut Vec<Span>) {
        let power = self.rest.iter().map(|sample| sample * sample).sum::<f32>() / FRAME as f32;
        for sample in &mut self.rest {
            *sample = sample.clamp(-1.0, 1.0);
        }
        let likely = self.voice.predict_f32(&self.rest);
        let threshold = if self.in_voice { self.options.go_on } else { self.options.begin };
        self.in_voice = likely >= threshold && dbfs(power.sqrt()) >= self.options.floor_dbfs;
        let frame = self.frames;
        self.frames += 1;
        let merge = frames_of(self.options.merge);
        match (&mut self.open, self.in_voice) {
            (Some(open), true) => {
                open.end = frame + 1;
                open.voiced += 1;
            }
            (None, true) => self.open = Some(Open { start: frame, end: frame + 1, voiced: 1 }),
            (Some(open), false) if frame + 1 - open.end >= merge => {
                let open = *open;
                self.open = None;
                finished.extend(self.close(open));
            }
            (_, false) => {}
        }
    }

    /// The span in milliseconds with its padding, if there is enough voice in it.
    fn close(&mut self, open: Open) -> Option<Span> {
        if open.voiced < frames_of(self.options.min_speech) {
            return None;
        }
        let start = millis_of(open.start).saturating_sub(self.options.pad_before.0).max(self.last_end);
        let end = (millis_of(open.end) + self.options.pad_after.0).min(self.position().0);
        self.last_end = end;
        Some(Span { start: Millis(start), end: Millis(end) })
    }
}

impl Default for SpeechDetector {
    fn default() -> Self {
        Self::new()
    }
}

/// All speech in 16 kHz mono samples.
pub fn speech_spans(samples: &[f32]) -> Vec<Span> {
    let mut detector = SpeechDetector::new();
    let mut spans = detector.push(samples);
    spans.extend(detector.finish());
    spans
}

fn frames_of(length: Millis) -> u64 {
    length.to_samples(SampleRate::WHISPER) / FRAME as u64
}

fn millis_of(frames: u64) -> u64 {
    Millis::of_samples(frames * FRAME as u64, SampleRate::WHISPER).0
}
