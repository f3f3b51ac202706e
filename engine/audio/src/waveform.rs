//! The shape of a recording for drawing, and the facts of its sound.

use crate::level::{ClipCounter, FLOOR_DBFS, FULL_SCALE, dbfs};
use crate::take_file::SPEC;
use serde::Serialize;
use std::io::{self, Read};
use std::path::Path;
use viva_core::transcript::Span;
use viva_core::units::{Millis, SampleRate};

/// The highest absolute sample of each of `n` equal parts, 0 to 1; parts without a sample are 0.
pub fn peaks(samples: &[f32], n: usize) -> Vec<f32> {
    let part = |i: usize| (i as u128 * samples.len() as u128 / n.max(1) as u128) as usize;
    (0..n).map(|i| highest(&samples[part(i)..part(i + 1)]).min(1.0)).collect()
}

/// Samples that are looked at side by side: ten minutes have ten million, and a page waits for them.
const LANES: usize = 16;

/// The highest absolute sample, 0 without any.
fn highest(samples: &[f32]) -> f32 {
    let larger = |peak: f32, sample: &f32| if sample.abs() > peak { sample.abs() } else { peak };
    let (blocks, rest) = samples.as_chunks::<LANES>();
    let mut lanes = [0.0_f32; LANES];
    for block in blocks {
        for (lane, sample) in lanes.iter_mut().zip(block) {
            *lane = larger(*lane, sample);
        }
    }
    lanes.iter().chain(rest).fold(0.0, larger)
}

/// The samples of a take as the recorder writes it: 16-bit mono WAV at 16 kHz, read without decoding. None of any other
/// file.
///
/// # Errors
/// When the file cannot be read.
pub fn samples_of_take(path: &Path) -> io::Result<Option<Vec<f32>>> {
    let Ok(reader) = hound::WavReader::open(path) else { return Ok(None) };
    if reader.spec() != SPEC {
        return Ok(None);
    }
    let length = u64::from(reader.len()) * 2;
    let mut bytes = Vec::new();
    reader.into_inner().take(length).read_to_end(&mut bytes)?;
    let (pairs, _) = bytes.as_chunks::<2>();
    Ok(Some(pairs.iter().map(|pair| f32::from(i16::from_le_bytes(*pair)) / 32_768.0).collect()))
}

/// Samples of which the loudest is looked at before each.
const BLOCK: usize = 1024;

/// What is measured from the sound of a whole recording.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Facts {
    /// How long it is.
    #[serde(rename = "length_ms")]
    pub length: Millis,
    /// How much of it is speech.
    #[serde(rename = "speech_ms")]
    pub speech: Millis,
    /// The highest sample.
    pub peak_dbfs: f32,
    /// The mean power of everything.
    pub rms_dbfs: f32,
    /// The mean power where there is speech; `None` without speech.
    pub speech_dbfs: Option<f32>,
    /// The mean power where there is none; `None` where there is speech throughout.
    pub noise_dbfs: Option<f32>,
    /// Speech over noise in decibels, noise taken out of the speech's power; `None` without both.
    pub snr_db: Option<f32>,
    /// Samples that belong to cut-off peaks.
    pub clipped_samples: u64,
}

/// Measures 16 kHz mono samples whose speech is known.
pub fn facts(samples: &[f32], speech: &[Span]) -> Facts {
    let mut clips = ClipCounter::default();
    let mut peak = 0.0_f32;
    for block in samples.chunks(BLOCK) {
        let here = highest(block);
        peak = peak.max(here);
        // One quiet sample ends a run as well as a whole block of them.
        let tell = if here < FULL_SCALE { &block[..1] } else { block };
        clips.push(tell.iter().copied());
    }
    let mut voiced = Power::default();
    let mut total = Power::default();
    total.add(samples);
    for span in speech {
        let at = |position: Millis| (position.to_samples(SampleRate::WHISPER) as usize).min(samples.len());
        voiced.add(&samples[at(span.start)..at(span.end)]);
    }
    let noise = Power { sum: (total.sum - voiced.sum).max(0.0), count: total.count - voiced.count };
    let speech_power = voiced.mean();
    let noise_power = noise.mean();
    let snr_db = speech_power.zip(noise_power).map(|(speech, noise)| {
        // Digital silence would make it infinite; the floor keeps it a number.
        let floor = 10.0_f64.powf(f64::from(FLOOR_DBFS) / 10.0);
        let noise = noise.max(floor);
        (10.0 * ((speech - noise).max(floor) / noise).log10()) as f32
    });
    Facts {
        length: Millis::of_samples(samples.len() as u64, SampleRate::WHISPER),
        speech: Millis(speech.iter().map(|span| span.length().0).sum()),
        peak_dbfs: dbfs(peak),
        rms_dbfs: power_dbfs(total.mean().unwrap_or(0.0)),
        speech_dbfs: speech_power.map(power_dbfs),
        noise_dbfs: noise_power.map(power_dbfs),
        snr_db,
        clipped_samples: clips.clipped,
    }
}

#[derive(Default)]
struct Power {
    sum: f64,
    count: usize,
}

impl Power {
    fn add(&mut self, samples: &[f32]) {
        let power = |sample: &f32| f64::from(*sample) * f64::from(*sample);
        let (blocks, rest) = samples.as_chunks::<LANES>();
        let mut lanes = [0.0_f64; LANES];
        for block in blocks {
            for (lane, sample) in lanes.iter_mut().zip(block) {
                *lane += power(sample);
            }
        }
        self.sum += lanes.iter().sum::<f64>() + rest.iter().map(power).sum::<f64>();
        self.count += samples.len();
    }

    fn mean(&self) -> Option<f64> {
        (self.count > 0).then(|| self.sum / self.count as f64)
    }
}

fn power_dbfs(power: f64) -> f32 {
    dbfs(power.sqrt() as f32)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Stretches of one sample each, so that peaks are cut off over several samples and whole blocks are quiet.
    fn sound() -> impl Strategy<Value = Vec<f32>> {
        let sample = prop_oneof![4 => -0.9_f32..0.9, 1 => Just(1.0_f32), 1 => Just(-1.0_f32)];
        let stretch = (sample, prop_oneof![3 => 1_usize..6, 1 => 500_usize..3_000]);
        prop::collection::vec(stretch, 0..24)
            .prop_map(|stretches| stretches.into_iter().flat_map(|(sample, n)| vec![sample; n]).collect())
    }

    proptest! {
        #[test]
        fn what_is_measured_in_blocks_is_what_is_there(samples in sound()) {
            let facts = facts(&samples, &[]);
            let peak = samples.iter().fold(0.0_f32, |peak, sample| peak.max(sample.abs()));
            prop_assert_eq!(highest(&samples), peak);
            prop_assert_eq!(facts.peak_dbfs, dbfs(peak));
            let mut clips = ClipCounter::default();
            clips.push(samples.iter().copied());
            prop_assert_eq!(facts.clipped_samples, clips.clipped);
            let power: f64 = samples.iter().map(|sample| f64::from(*sample).powi(2)).sum();
            let rms = power_dbfs(power / samples.len().max(1) as f64);
            prop_assert!((facts.rms_dbfs - rms).abs() < 1e-3, "{} and {rms}", facts.rms_dbfs);
        }
    }
}
