//! Where samples come from. A recording knows only the trait, so tests need no hardware.

use crate::capture::Microphone;
use crate::error::AudioError;
use crate::feed::FeedSlot;
use crate::file_source::FileSource;
use crate::tone::Tone;
use std::path::PathBuf;

/// Something that gives samples in real time or faster.
///
/// A source runs on a thread of its own. It opens whatever it reads, connects the feed with the format it
/// found, and feeds until it is told to stop, runs out, or loses its device.
pub trait AudioSource: Send + 'static {
    /// Feeds samples until told to stop. An error before [`crate::Control::ready`] fails the start of
    /// the recording; later trouble is reported through [`crate::Control`].
    fn run(self: Box<Self>, slot: FeedSlot) -> Result<(), AudioError>;
}

/// The sources that come with Viva.
#[derive(Debug, Clone, PartialEq)]
pub enum Source {
    /// A microphone of this machine: the default one, or the one with this [`crate::Device::id`].
    Microphone {
        /// The device's id; `None` for the system's default.
        device: Option<String>,
    },
    /// An audio file in the place of a microphone.
    File {
        /// WAV, FLAC, MP3, OGG, WebM or M4A.
        path: PathBuf,
        /// At the speed of the clock or as fast as the recorder takes it.
        pace: Pace,
    },
    /// A sine tone.
    Tone(Tone),
}

/// How quickly a source that is no device gives its samples.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pace {
    /// One second of sound takes one second.
    RealTime,
    /// As fast as the recorder takes them; nothing is dropped.
    Unpaced,
}

impl From<Source> for Box<dyn AudioSource> {
    fn from(source: Source) -> Self {
        match source {
            Source::Microphone { device } => Box::new(Microphone::new(device)),
            Source::File { path, pace } => Box::new(FileSource::new(path, pace)),
            Source::Tone(tone) => Box::new(tone),
        }
    }
}
