//! What a single frame of 16 ms tells: how likely it is voice, how loud it is, and how much it sounds like
//! a held tone.

use crate::level::dbfs;
use realfft::{RealFftPlanner, RealToComplex};
use std::collections::VecDeque;
use std::f32::consts::TAU;
use std::sync::Arc;
use viva_core::units::SampleRate;

/// Samples a frame has: what the network takes.
pub(super) const FRAME: usize = 256;

/// The network was trained on speech of ordinary level; louder and quieter sound is brought there.
const TARGET_DBFS: f32 = -25.0;
/// The level a recording is taken to have before anything is heard of it.
const START_DBFS: f32 = -40.0;
/// More than this is not added to quiet sound.
const MOST_GAIN_DB: f32 = 30.0;
/// How quickly the level that is aimed at forgets something loud.
const FORGET_DB_PER_SECOND: f32 = 3.0;
/// Rumble below this says nothing about speech.
const RUMBLE_HZ: f32 = 120.0;
/// Samples a spectrum is made from: four frames.
const WINDOW: usize = 1024;
/// The bins that are compared: 94 Hz to 4 kHz.
const BINS: std::ops::Range<usize> = 6..256;

/// What is known of one frame.
#[derive(Debug, Clone, Copy)]
pub(super) struct Frame {
    /// How likely it is voice, 0 to 1.
    pub(super) voice: f32,
    /// Mean power above the rumble.
    pub(super) power: f32,
    /// How much its spectrum is that of four frames before, 0 to 1; a held tone is close to 1.
    pub(super) held: f32,
}

/// Turns frames of samples into what is known of them.
pub(super) struct Scorer {
    network: Box<earshot::Detector>,
    /// The level that sound is brought to the target from.
    loud_dbfs: f32,
    rumble: Rumble,
    fft: Arc<dyn RealToComplex<f32>>,
    hann: Vec<f32>,
    recent: Vec<f32>,
    spectra: VecDeque<Vec<f32>>,
}

impl Scorer {
    pub(super) fn new() -> Self {
        Self {
            network: Box::default(),
            loud_dbfs: START_DBFS,
            rumble: Rumble::default(),
            fft: RealFftPlanner::new().plan_fft_forward(WINDOW),
            hann: (0..WINDOW).map(|i| 0.5 - 0.5 * (TAU * i as f32 / WINDOW as f32).cos()).collect(),
            recent: vec![0.0; WINDOW],
            spectra: VecDeque::with_capacity(WINDOW / FRAME + 1),
        }
    }

    /// Scores the next frame; it must have [`FRAME`] samples.
    pub(super) fn score(&mut self, samples: &[f32]) -> Frame {
        let power =
            samples.iter().map(|sample| self.rumble.without(*sample).powi(2)).sum::<f32>() / FRAME as f32;
        let forget = FORGET_DB_PER_SECOND * FRAME as f32 / SampleRate::WHISPER.0 as f32;
        self.loud_dbfs = dbfs(power.sqrt()).max(self.loud_dbfs - forget).max(TARGET_DBFS - MOST_GAIN_DB);
        let gain = 10.0_f32.powf((TARGET_DBFS - self.loud_dbfs) / 20.0);
        let levelled: Vec<f32> = samples.iter().map(|sample| (sample * gain).clamp(-1.0, 1.0)).collect();
        let voice = self.network.predict_f32(&levelled);
        Frame { voice, power, held: self.held(samples) }
    }

    fn held(&mut self, samples: &[f32]) -> f32 {
        self.recent.drain(..FRAME);
        self.recent.extend_from_slice(samples);
        let mut input: Vec<f32> =
            self.recent.iter().zip(&self.hann).map(|(sample, weight)| sample * weight).collect();
        let mut output = self.fft.make_output_vec();
        self.fft.process(&mut input, &mut output).expect("both buffers have the sizes of the plan");
        let spectrum: Vec<f32> = output[BINS].iter().map(|bin| bin.norm()).collect();
        let held = match self.spectra.front() {
            Some(before) if self.spectra.len() == WINDOW / FRAME => likeness(before, &spectrum),
            _ => 0.0,
        };
        if self.spectra.len() == WINDOW / FRAME {
            self.spectra.pop_front();
        }
        self.spectra.push_back(spectrum);
        held
    }
}

/// The cosine between two spectra.
fn likeness(a: &[f32], b: &[f32]) -> f32 {
    let dot = |a: &[f32], b: &[f32]| a.iter().zip(b).map(|(a, b)| a * b).sum::<f32>();
    let size = (dot(a, a) * dot(b, b)).sqrt();
    if size > 0.0 { dot(a, b) / size } else { 0.0 }
}

/// A first-order high-pass.
#[derive(Debug, Default)]
struct Rumble {
    sample: f32,
    passed: f32,
}

impl Rumble {
    fn without(&mut self, sample: f32) -> f32 {
        let keep = 1.0 / (1.0 + TAU * RUMBLE_HZ / SampleRate::WHISPER.0 as f32);
        self.passed = keep * (self.passed + sample - self.sample);
        self.sample = sample;
        self.passed
    }
}
