//! A sine tone in the place of a microphone, for tests and for trying the recorder.

use crate::error::AudioError;
use crate::feed::{FeedSlot, Pacer, SourceFormat};
use crate::source::{AudioSource, Pace};
use viva_core::units::{Millis, SampleRate};

/// A sine tone, the same on every channel.
#[derive(Debug, Clone, PartialEq)]
pub struct Tone {
    /// Frequency in Hz.
    pub hz: f32,
    /// Peak, 1.0 being full scale; beyond it the tone is cut off, as a converter would.
    pub peak: f32,
    /// Frames per second.
    pub rate: SampleRate,
    /// How many channels carry it.
    pub channels: u16,
    /// When it ends; `None` for never.
    pub length: Option<Millis>,
    /// At the speed of the clock or not.
    pub pace: Pace,
}

impl Default for Tone {
    /// 440 Hz at half of full scale, 48 kHz mono, without end, in real time.
    fn default() -> Self {
        Self {
            hz: 440.0,
            peak: 0.5,
            rate: SampleRate(48_000),
            channels: 1,
            length: None,
            pace: Pace::RealTime,
        }
    }
}

impl AudioSource for Tone {
    fn run(self: Box<Self>, slot: FeedSlot) -> Result<(), AudioError> {
        let format = SourceFormat {
            name: format!("a test tone of {} Hz", self.hz),
            rate: self.rate,
            channels: self.channels,
        };
        let (mut feed, mut control) = slot.connect(format);
        control.ready();
        let total = self.length.map_or(u64::MAX, |length| length.to_samples(self.rate));
        let block = (self.rate.0 / 50).max(1) as usize;
        let mut pacer = Pacer::new(self.pace, self.rate);
        let mut samples = Vec::with_capacity(block * usize::from(self.channels));
        let mut frame = 0_u64;
        while frame < total {
            let frames = block.min((total - frame) as usize);
            samples.clear();
            for i in 0..frames as u64 {
                let turns = (frame + i) as f64 * f64::from(self.hz) / f64::from(self.rate.0);
                let value =
                    (self.peak * (turns.fract() * std::f64::consts::TAU).sin() as f32).clamp(-1.0, 1.0);
                samples.extend(std::iter::repeat_n(value, usize::from(self.channels)));
            }
            pacer.wait_for(frames);
            if !feed.push(&samples) {
                break;
            }
            frame += frames as u64;
        }
        Ok(())
    }
}
