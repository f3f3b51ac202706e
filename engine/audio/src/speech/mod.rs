//! Where in a recording there is speech at all.
//!
//! A small neural network (earshot) says of every 16 ms how likely it is voice. It alone takes loud hum,
//! hiss and music for voices, so two plain measures stand beside it: voice must stand out from the
//! quietest of the last seconds, which steady noise never does, and a span in which many frames are held
//! tones is music. Thresholds with hysteresis, merging and a shortest length make spans of it. The
//! figures are in the crate's README.

mod frame;

use frame::{FRAME, Frame, Scorer};
use std::collections::VecDeque;
use viva_core::transcript::Span;
use viva_core::units::{Millis, SampleRate};

/// How speech is told from the rest.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SpeechOptions {
    /// A frame at least this likely to be voice begins speech.
    pub begin: f32,
    /// Speech goes on while frames are at least this likely.
    pub go_on: f32,
    /// A frame this many decibels above the quietest nearby may begin speech.
    pub begin_db: f32,
    /// Speech goes on while frames are this many decibels above it.
    pub go_on_db: f32,
    /// Speech goes on while frames are no more decibels than this below the loudest of the last second;
    /// the network lags behind the end of a word.
    pub range_db: f32,
    /// Rooms quieter than this count as this quiet.
    pub floor_dbfs: f32,
    /// Two spectra at least this alike are a held tone, from 0 to 1.
    pub held: f32,
    /// Speech in which a greater part of the frames is held tones is music.
    pub music: f32,
    /// Speech whose frames are less likely than this to be voice on average is noise that begins or stops.
    pub mean: f32,
    /// Speech without a stretch of voice of this length is none: knocks come in many short ones.
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
            begin_db: 8.0,
            go_on_db: 4.0,
            range_db: 34.0,
            floor_dbfs: -72.0,
            held: 0.95,
            music: 0.2,
            mean: 0.6,
            min_speech: Millis(150),
            merge: Millis(300),
            pad_before: Millis(85),
            pad_after: Millis(80),
        }
    }
}

/// How far back the quietest moment is looked for, in frames: four seconds.
const LOOK_BACK: usize = 250;
/// How far ahead, in frames: six tenths of a second, by which spans are late while somebody speaks.
const LOOK_AHEAD: usize = 38;

/// How far back the loudest moment is looked for, in frames: one second.
const LOUD_BACK: usize = 62;

/// Finds speech piece by piece. How the samples are cut makes no difference to what is found.
pub struct SpeechDetector {
    options: SpeechOptions,
    scorer: Scorer,
    /// Samples of a frame that is not complete yet.
    rest: Vec<f32>,
    samples: u64,
    /// The frames around the one to be judged.
    frames: VecDeque<Frame>,
    /// How many of them lie before it.
    behind: usize,
    /// The number of the frame to be judged.
    judged: u64,
    in_voice: bool,
    open: Option<Open>,
    /// Where the last finished span ended, so that padding never overlaps.
    last_end: u64,
}

/// Speech that may still go on; in frames.
#[derive(Debug, Clone, Copy)]
struct Open {
    start: u64,
    /// The frame behind the last voiced one.
    end: u64,
    voiced: u64,
    held: u64,
    /// The sum of what the network said of the voiced frames.
    likely: f32,
    /// Voiced frames without a gap up to the last one, and the most there were.
    run: u64,
    longest: u64,
}

impl Open {
    fn new(start: u64) -> Self {
        Self { start, end: start, voiced: 0, held: 0, likely: 0.0, run: 0, longest: 0 }
    }

    fn add(&mut self, number: u64, frame: Frame, held: f32) {
        self.run = if self.end == number { self.run + 1 } else { 1 };
        self.longest = self.longest.max(self.run);
        self.end = number + 1;
        self.voiced += 1;
        self.held += u64::from(frame.held >= held);
        self.likely += frame.voice;
    }
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
            scorer: Scorer::new(),
            rest: Vec::with_capacity(FRAME),
            samples: 0,
            frames: VecDeque::with_capacity(LOOK_BACK + LOOK_AHEAD + 1),
            behind: 0,
            judged: 0,
            in_voice: false,
            open: None,
            last_end: 0,
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
            let frame = self.scorer.score(&self.rest);
            self.frames.push_back(frame);
            self.rest.clear();
            if self.frames.len() > self.behind + LOOK_AHEAD {
                finished.extend(self.judge());
            }
        }
        self.rest.extend_from_slice(samples);
        finished
    }

    /// The end of the recording: gives the spans that were still open.
    pub fn finish(mut self) -> Vec<Span> {
        let mut finished = Vec::new();
        while self.frames.len() > self.behind {
            finished.extend(self.judge());
        }
        if let Some(open) = self.open.take() {
            finished.extend(self.close(open));
        }
        finished
    }

    /// How much was pushed so far.
    pub fn position(&self) -> Millis {
        Millis::of_samples(self.samples, SampleRate::WHISPER)
    }

    /// Whether somebody was speaking just now.
    pub fn is_speaking(&self) -> bool {
        self.in_voice
    }

    /// The speech that goes on, as far as it is known to be speech; it may turn out to be none.
    pub fn open_span(&self) -> Option<Span> {
        let open = self.open.filter(|open| self.is_speech(open))?;
        let start = millis_of(open.start).saturating_sub(self.options.pad_before.0).max(self.last_end);
        Some(Span { start: Millis(start), end: Millis(millis_of(open.end)).max(Millis(start)) })
    }

    fn is_speech(&self, open: &Open) -> bool {
        let voiced = open.voiced as f32;
        let too_short = open.longest < frames_of(self.options.min_speech);
        let is_music = open.held as f32 > self.options.music * voiced;
        let is_noise = open.likely < self.options.mean * voiced;
        !(too_short || is_music || is_noise)
    }

    /// Judges the next frame with what lies around it; gives the span that ends by it.
    fn judge(&mut self) -> Option<Span> {
        let at = self.behind;
        let quietest = (0..self.frames.len()).map(|i| self.smooth(i)).fold(f32::INFINITY, f32::min);
        let floor = quietest.max(power_of(self.options.floor_dbfs));
        let (likely, above_db) = if self.in_voice {
            (self.options.go_on, self.options.go_on_db)
        } else {
            (self.options.begin, self.options.begin_db)
        };
        let loudest =
            self.frames.range(at.saturating_sub(LOUD_BACK)..=at).map(|frame| frame.power).fold(0.0, f32::max);
        let enough = (floor * power_of(above_db)).max(loudest * power_of(-self.options.range_db));
        let frame = self.frames[at];
        self.in_voice = frame.voice >= likely && self.smooth(at) >= enough;

        let number = self.judged;
        self.judged += 1;
        if self.behind == LOOK_BACK {
            self.frames.pop_front();
        } else {
            self.behind += 1;
        }

        match &mut self.open {
            open if self.in_voice => {
                open.get_or_insert_with(|| Open::new(number)).add(number, frame, self.options.held)
            }
            Some(open) if number + 1 - open.end >= frames_of(self.options.merge) => {
                let open = *open;
                self.open = None;
                return self.close(open);
            }
            _ => {}
        }
        None
    }

    /// The mean power of a frame and its neighbours, so that no single frame decides.
    fn smooth(&self, at: usize) -> f32 {
        let around = at.saturating_sub(1)..=(at + 1).min(self.frames.len() - 1);
        let count = around.clone().count() as f32;
        around.map(|i| self.frames[i].power).sum::<f32>() / count
    }

    /// The span in milliseconds with its padding, if it is long enough and neither music nor noise.
    fn close(&mut self, open: Open) -> Option<Span> {
        if !self.is_speech(&open) {
            return None;
        }
        let start = millis_of(open.start).saturating_sub(self.options.pad_before.0).max(self.last_end);
        let end = millis_of(open.end) + self.options.pad_after.0;
        // Only the last span can reach the end of the recording; for the others more is always known.
        let end = end.min(self.position().0);
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

/// Decibels as a factor of power.
fn power_of(db: f32) -> f32 {
    10.0_f32.powf(db / 10.0)
}

fn frames_of(length: Millis) -> u64 {
    length.to_samples(SampleRate::WHISPER) / FRAME as u64
}

fn millis_of(frames: u64) -> u64 {
    Millis::of_samples(frames * FRAME as u64, SampleRate::WHISPER).0
}
