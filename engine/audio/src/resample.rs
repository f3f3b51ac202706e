//! Any rate and channel count to 16 kHz mono.
//!
//! The output depends on the samples alone, never on how they were cut into pieces; its length is the
//! input's length at the new rate, with the filter's delay taken out.

use rubato::audioadapter_buffers::direct::SequentialSlice;
use rubato::{Fft, FixedSync, Resampler};
use viva_core::units::SampleRate;

/// Mixes to mono and resamples to 16 kHz, piece by piece.
pub struct ToWhisper {
    channels: usize,
    /// Samples of a frame that is not complete yet.
    rest: Vec<f32>,
    stage: Option<Stage>,
}

impl ToWhisper {
    /// For interleaved samples of this rate and channel count; both must be at least 1.
    pub fn new(rate: SampleRate, channels: u16) -> Self {
        let stage = (rate != SampleRate::WHISPER).then(|| Stage::new(rate));
        Self { channels: usize::from(channels.max(1)), rest: Vec::new(), stage }
    }

    /// Takes interleaved samples of any number and appends what is ready.
    pub fn push(&mut self, interleaved: &[f32], out: &mut Vec<f32>) {
        let mut mono = Vec::with_capacity(interleaved.len() / self.channels + 1);
        self.mix(interleaved, &mut mono);
        match &mut self.stage {
            None => out.append(&mut mono),
            Some(stage) => stage.push(&mono, out),
        }
    }

    /// Appends what the filter still holds back.
    pub fn finish(mut self, out: &mut Vec<f32>) {
        if let Some(stage) = &mut self.stage {
            stage.finish(out);
        }
    }

    /// The mean of the channels, so that nothing can clip here.
    fn mix(&mut self, interleaved: &[f32], mono: &mut Vec<f32>) {
        if self.channels == 1 {
            mono.extend_from_slice(interleaved);
            return;
        }
        let mut samples = interleaved;
        if !self.rest.is_empty() {
            let missing = (self.channels - self.rest.len()).min(samples.len());
            self.rest.extend_from_slice(&samples[..missing]);
            samples = &samples[missing..];
            if self.rest.len() == self.channels {
                mono.push(mean(&self.rest));
                self.rest.clear();
            }
        }
        let frames = samples.chunks_exact(self.channels);
        self.rest.extend_from_slice(frames.remainder());
        mono.extend(frames.map(mean));
    }
}

fn mean(frame: &[f32]) -> f32 {
    frame.iter().sum::<f32>() / frame.len() as f32
}

/// rubato with its fixed input size hidden.
struct Stage {
    resampler: Fft<f32>,
    rate: u64,
    input: Vec<f32>,
    output: Vec<f32>,
    /// Samples of delay still to be thrown away.
    delay: usize,
    taken: u64,
    given: u64,
}

impl Stage {
    fn new(rate: SampleRate) -> Self {
        let resampler = Fft::new(
            rate.0.max(1) as usize,
            SampleRate::WHISPER.0 as usize,
            (rate.0 / 50).max(64) as usize,
            1,
            FixedSync::Input,
        )
        .expect("both rates and the chunk size are above zero");
        let delay = resampler.output_delay();
        let output = vec![0.0; resampler.output_frames_max()];
        Self {
            resampler,
            rate: u64::from(rate.0.max(1)),
            input: Vec::new(),
            output,
            delay,
            taken: 0,
            given: 0,
        }
    }

    fn push(&mut self, mono: &[f32], out: &mut Vec<f32>) {
        self.taken += mono.len() as u64;
        self.input.extend_from_slice(mono);
        let mut start = 0;
        loop {
            let needed = self.resampler.input_frames_next();
            if self.input.len() - start < needed {
                break;
            }
            self.step(start, needed, out);
            start += needed;
        }
        self.input.drain(..start);
    }

    /// Feeds silence behind the last sample until all that was taken is given.
    fn finish(&mut self, out: &mut Vec<f32>) {
        let due = (self.taken * u64::from(SampleRate::WHISPER.0)).div_ceil(self.rate);
        while self.given < due {
            let needed = self.resampler.input_frames_next();
            self.input.resize(needed.max(self.input.len()), 0.0);
            let before = out.len();
            self.step(0, needed, out);
            self.input.drain(..needed);
            let over = self.given.saturating_sub(due) as usize;
            out.truncate((out.len() - over).max(before));
        }
    }

    fn step(&mut self, start: usize, needed: usize, out: &mut Vec<f32>) {
        let room = self.output.len();
        let input = SequentialSlice::new(&self.input[start..start + needed], 1, needed)
            .expect("the slice has exactly this many frames");
        let mut output = SequentialSlice::new_mut(&mut self.output, 1, room)
            .expect("the buffer has exactly this many frames");
        let (_, made) = self
            .resampler
            .process_into_buffer(&input, &mut output, None)
            .expect("both buffers have the sizes the resampler asked for");
        let skipped = self.delay.min(made);
        self.delay -= skipped;
        self.given += (made - skipped) as u64;
        out.extend_from_slice(&self.output[skipped..made]);
    }
}
