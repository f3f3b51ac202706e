//! Samples that somebody else pushes, such as a browser's microphone.

use crate::error::AudioError;
use crate::feed::{FeedSlot, SourceFormat};
use crate::source::AudioSource;
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, TrySendError};
use std::time::Duration;

/// How many pushed pieces may wait for the recorder.
const WAITING_PIECES: usize = 64;

/// A source and the end to push into; dropping the sender ends the sound.
pub fn sample_stream(format: SourceFormat) -> (SampleSender, Box<dyn AudioSource>) {
    let (sender, receiver) = std::sync::mpsc::sync_channel(WAITING_PIECES);
    (SampleSender(sender), Box::new(StreamSource { format, receiver }))
}

/// Pushes interleaved samples, 1.0 being full scale.
#[derive(Debug, Clone)]
pub struct SampleSender(SyncSender<Vec<f32>>);

impl SampleSender {
    /// Hands over a piece, waiting while the recorder is behind; `false` once it wants no more.
    pub fn send(&self, samples: Vec<f32>) -> bool {
        self.0.send(samples).is_ok()
    }

    /// Hands over a piece without waiting; gives it back while the recorder is behind, `Ok(false)` once
    /// it wants no more.
    pub fn try_send(&self, samples: Vec<f32>) -> Result<bool, Vec<f32>> {
        match self.0.try_send(samples) {
            Ok(()) => Ok(true),
            Err(TrySendError::Disconnected(_)) => Ok(false),
            Err(TrySendError::Full(samples)) => Err(samples),
        }
    }
}

struct StreamSource {
    format: SourceFormat,
    receiver: Receiver<Vec<f32>>,
}

impl AudioSource for StreamSource {
    fn run(self: Box<Self>, slot: FeedSlot) -> Result<(), AudioError> {
        let (mut feed, mut control) = slot.connect(self.format);
        control.ready();
        loop {
            match self.receiver.recv_timeout(Duration::from_millis(20)) {
                Ok(samples) => {
                    if !feed.push(&samples) {
                        return Ok(());
                    }
                }
                Err(RecvTimeoutError::Timeout) if !control.should_stop() => {}
                Err(RecvTimeoutError::Timeout | RecvTimeoutError::Disconnected) => return Ok(()),
            }
        }
    }
}
