//! Spoken answers as WAV files: the recordings under tests/fixtures/speech, and a room in which nobody speaks.

use crate::checkout;
use std::path::{Path, PathBuf};
use tempfile::TempDir;

/// What decoding gives.
const RECORDING_HZ: u32 = 16_000;
const NOISE_HZ: u32 = 48_000;

/// A folder with WAV files made for one test. Removed on drop.
#[derive(Debug)]
pub struct Voices(TempDir);

impl Default for Voices {
    fn default() -> Self {
        Self::new()
    }
}

impl Voices {
    /// An empty folder.
    pub fn new() -> Self {
        Self(TempDir::with_prefix("viva-voices-").expect("a temporary folder can be made"))
    }

    /// A recording under tests/fixtures/speech as WAV.
    pub fn recording(&self, name: &str) -> PathBuf {
        self.said_over(name, 1)
    }

    /// The same several times over, without a break.
    pub fn said_over(&self, name: &str, times: usize) -> PathBuf {
        let sound = viva_audio::decode(checkout::fixture(&format!("speech/{name}.opus")))
            .expect("the recordings can be decoded");
        let file = self.0.path().join(format!("{name}-{times}.wav"));
        let samples = std::iter::repeat_n(&sound.samples, times).flatten();
        write_wav(&file, RECORDING_HZ, samples.map(|sample| (sample * f32::from(i16::MAX)) as i16));
        file
    }

    /// The same over and over for so many seconds, and broken off wherever that is.
    pub fn broken_off(&self, name: &str, seconds: usize) -> PathBuf {
        let sound = viva_audio::decode(checkout::fixture(&format!("speech/{name}.opus")))
            .expect("the recordings can be decoded");
        let file = self.0.path().join(format!("{name}-{seconds}-s.wav"));
        let samples = sound.samples.iter().cycle().take(seconds * RECORDING_HZ as usize);
        write_wav(&file, RECORDING_HZ, samples.map(|sample| (sample * f32::from(i16::MAX)) as i16));
        file
    }

    /// A room with nobody in it: noise at about -60 dBFS, the same in every run.
    pub fn silence(&self, seconds: u32) -> PathBuf {
        let file = self.0.path().join("silence.wav");
        let mut noise = Noise(1);
        write_wav(&file, NOISE_HZ, (0..seconds * NOISE_HZ).map(|_| noise.sample() / 32));
        file
    }
}

fn write_wav(file: &Path, rate_hz: u32, samples: impl Iterator<Item = i16>) {
    let spec = hound::WavSpec {
        channels: 1,
        sample_rate: rate_hz,
        bits_per_sample: 16,
        sample_format: hound::SampleFormat::Int,
    };
    let mut writer = hound::WavWriter::create(file, spec).expect("a temporary file can be written");
    for sample in samples {
        writer.write_sample(sample).expect("a temporary file can be written");
    }
    writer.finalize().expect("a temporary file can be written");
}

/// White noise between -1024 and 1023, from the generator of Numerical Recipes.
struct Noise(u32);

impl Noise {
    fn sample(&mut self) -> i16 {
        self.0 = self.0.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        ((self.0 >> 21) as i16) - 1024
    }
}

/// The text that a recording speaks.
pub fn text_of(name: &str) -> String {
    std::fs::read_to_string(checkout::fixture(&format!("speech/{name}.txt"))).expect("the text can be read")
}
