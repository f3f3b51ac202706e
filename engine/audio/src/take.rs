//! A take: what a recording left on disk, and how to read it while it is still growing.

use crate::error::AudioError;
use serde::Serialize;
use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use viva_core::units::{Millis, SampleRate};

/// A finished recording: a 16-bit mono WAV at 16 kHz and what is known of it.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Take {
    /// The finished file.
    pub path: PathBuf,
    /// How much was recorded; pauses are not in it.
    #[serde(rename = "length_ms")]
    pub length: Millis,
    /// The highest sample.
    pub peak_dbfs: f32,
    /// The mean power.
    pub rms_dbfs: f32,
    /// Samples that belong to cut-off peaks, counted at the source.
    pub clipped_samples: u64,
    /// Whether nothing at all was heard, not even a room: a muted or wrong microphone.
    pub silent: bool,
    /// Samples the ring had no room for, all channels counted.
    pub dropped_samples: u64,
    /// What it was recorded from.
    pub device_name: String,
    /// Why it ended.
    pub ended: Ended,
}

impl Take {
    /// Whether so many peaks are cut off that it would be heard. A single overshoot in a second is not.
    pub fn is_too_loud(&self) -> bool {
        let samples = self.length.0 * u64::from(SampleRate::WHISPER.0) / 1000;
        self.clipped_samples * CLIPPED_ONE_IN > samples
    }

    /// What the person should know about this take, if anything: what happened, what was kept, what to do.
    pub fn trouble(&self) -> Option<String> {
        if let Some(words) = self.ended.words(self.length) {
            return Some(words);
        }
        if self.silent {
            return Some(
                "Nothing was heard. Is this the right microphone? Your time was not counted.".into(),
            );
        }
        if self.is_too_loud() {
            return Some("Too loud: the peaks are cut off. Move back or lower the input.".into());
        }
        None
    }
}

/// Peaks are cut off when more than one in so many samples is: eight in a second.
const CLIPPED_ONE_IN: u64 = 2_000;

/// Why a take ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Ended {
    /// Somebody stopped it, or the file in the place of a microphone ran out.
    Stopped,
    /// The device went away.
    DeviceLost,
    /// Nothing more fitted on the disk.
    DiskFull,
    /// The disk failed in another way.
    WriteFailed,
    /// The longest allowed length was reached.
    MaxLength,
}

impl Ended {
    /// What happened, what was kept and what to do; `None` where the person stopped it.
    pub fn words(self, length: Millis) -> Option<String> {
        let kept = match length.0 / 1000 {
            0 => "Nothing could be kept.".to_owned(),
            1 => "The first second is kept.".to_owned(),
            seconds @ 2..=90 => format!("The first {seconds} seconds are kept."),
            _ => format!("The first {length} are kept."),
        };
        match self {
            Self::Stopped => None,
            Self::DeviceLost => Some(format!(
                "The microphone went away at {length}. {kept} Plug it in again or pick another one."
            )),
            Self::DiskFull => {
                Some(format!("The disk was full at {length}. {kept} Free some space and go on."))
            }
            Self::WriteFailed => {
                Some(format!("The recording could not be written after {length}. {kept} Check the disk."))
            }
            Self::MaxLength => {
                Some(format!("The longest recording is {length}. It was stopped there and is kept."))
            }
        }
    }
}

/// How far a growing take has got, shared between the recorder and its followers.
#[derive(Debug, Default)]
pub(crate) struct Progress {
    /// Samples that are safely in the file.
    pub(crate) on_disk: AtomicU64,
    /// No sample will follow.
    pub(crate) finished: AtomicBool,
}

/// Bytes before the first sample of a take's file.
pub(crate) const HEADER_BYTES: u64 = 44;

/// Reads the samples of a take that are already on disk, from the first one on, at the reader's own pace.
///
/// Disk is the buffer: a reader that falls behind loses nothing and costs the recorder nothing.
#[derive(Debug)]
pub struct TakeFollower {
    file: File,
    path: PathBuf,
    progress: Arc<Progress>,
    position: u64,
}

/// At most this many samples are read at once: half a minute.
const READ_AT_ONCE: u64 = 30 * 16_000;

impl TakeFollower {
    pub(crate) fn open(path: &Path, progress: Arc<Progress>) -> Result<Self, AudioError> {
        let file =
            File::open(path).map_err(|source| AudioError::CannotRead { path: path.to_owned(), source })?;
        Ok(Self { file, path: path.to_owned(), progress, position: 0 })
    }

    /// Appends the samples that are new since the last call, at most half a minute of them, and says how
    /// many there were; 0 when there is nothing new yet, or ever ([`Self::is_finished`]).
    pub fn read(&mut self, samples: &mut Vec<f32>) -> Result<usize, AudioError> {
        let new = (self.progress.on_disk.load(Ordering::Acquire) - self.position).min(READ_AT_ONCE);
        if new == 0 {
            return Ok(0);
        }
        let mut bytes = vec![0; new as usize * 2];
        self.file
            .seek(SeekFrom::Start(HEADER_BYTES + self.position * 2))
            .and_then(|_| self.file.read_exact(&mut bytes))
            .map_err(|source| AudioError::CannotRead { path: self.path.clone(), source })?;
        samples.extend(
            bytes.chunks_exact(2).map(|pair| f32::from(i16::from_le_bytes([pair[0], pair[1]])) / 32768.0),
        );
        self.position += new;
        Ok(new as usize)
    }

    /// Whether the take has ended and every sample of it was read.
    pub fn is_finished(&self) -> bool {
        self.progress.finished.load(Ordering::Acquire)
            && self.progress.on_disk.load(Ordering::Acquire) == self.position
    }

    /// How much was read so far.
    pub fn position(&self) -> Millis {
        Millis::of_samples(self.position, SampleRate::WHISPER)
    }
}
