//! Spoken answers of the project's own, and takes that grow while they are followed.

use std::path::PathBuf;
use std::sync::Arc;
use viva_audio::{DECODE_LIMIT, decode_up_to};
use viva_speech::{Growing, SpeechError};

/// The checkout's folder.
pub fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../..")
}

pub fn spoken(name: &str) -> Arc<[f32]> {
    let file = root().join("tests/fixtures/speech").join(name);
    // As a take has it: 16-bit samples.
    let samples = decode_up_to(file, DECODE_LIMIT).expect("the fixture is sound").samples;
    samples.iter().map(|sample| (sample * 32_768.0).round().clamp(-32_768.0, 32_767.0) / 32_768.0).collect()
}

/// A take that grows by the steps it is told.
pub struct Steps {
    pub audio: Arc<[f32]>,
    pub step: usize,
    pub at: usize,
}

impl Growing for Steps {
    fn read(&mut self, samples: &mut Vec<f32>) -> Result<usize, SpeechError> {
        let end = (self.at + self.step).min(self.audio.len());
        samples.extend_from_slice(&self.audio[self.at..end]);
        let new = end - self.at;
        self.at = end;
        Ok(new)
    }

    fn is_finished(&self) -> bool {
        self.at == self.audio.len()
    }
}
