//! An audio file in the place of a microphone, at its own rate and channel count.

use crate::decode::{AudioReader, DECODE_LIMIT};
use crate::error::AudioError;
use crate::feed::{FeedSlot, Pacer, SourceFormat};
use crate::source::{AudioSource, Pace};
use std::path::PathBuf;

/// Plays a file into the recorder.
pub(crate) struct FileSource {
    path: PathBuf,
    pace: Pace,
}

impl FileSource {
    pub(crate) fn new(path: PathBuf, pace: Pace) -> Self {
        Self { path, pace }
    }
}

impl AudioSource for FileSource {
    fn run(self: Box<Self>, slot: FeedSlot) -> Result<(), AudioError> {
        let mut reader = AudioReader::open(&self.path, DECODE_LIMIT)?;
        let name = self
            .path
            .file_name()
            .map_or_else(|| self.path.display().to_string(), |name| name.to_string_lossy().into_owned());
        let format = SourceFormat { name, rate: reader.rate(), channels: reader.channels() };
        let block = (reader.rate().0 / 50).max(1) as usize * usize::from(reader.channels());
        let channels = usize::from(reader.channels());
        let mut pacer = Pacer::new(self.pace, reader.rate());
        let mut samples = Vec::new();
        // The first packet is decoded before the start is confirmed, so that a file that cannot be
        // decoded fails there and not silently later.
        let mut more = reader.next(&mut samples)?;
        let (mut feed, mut control) = slot.connect(format);
        control.ready();
        while more {
            for part in samples.chunks(block) {
                pacer.wait_for(part.len() / channels);
                if !feed.push(part) {
                    return Ok(());
                }
            }
            more = match reader.next(&mut samples) {
                Ok(more) => more,
                Err(error) => {
                    tracing::warn!(%error, "the file in the place of the microphone broke off");
                    control.device_lost();
                    false
                }
            };
        }
        Ok(())
    }
}
