//! What can stand between a person and a recording, each with what to do about it.

use crate::decode::DecodeError;
use std::path::PathBuf;

/// Why a recording could not be started or a device could not be read.
#[derive(Debug, thiserror::Error)]
pub enum AudioError {
    /// There is no device to record from.
    #[error(
        "no microphone was found: plug one in or switch one on in the system's sound settings, then try again"
    )]
    NoMicrophone,
    /// The device that was asked for is not there.
    #[error(
        "the microphone {id:?} is not there: plug it in, or pick another one (`viva devices` lists them)"
    )]
    DeviceNotFound {
        /// The id that was asked for.
        id: String,
    },
    /// Another program holds the device.
    #[error(
        "{device} is in use by another program: close that program or pick another microphone, then try again"
    )]
    DeviceBusy {
        /// The device's readable name.
        device: String,
    },
    /// The system refuses access to the microphone.
    #[error(
        "the system does not let Viva use {device}: allow microphone access in its privacy settings \
         (on Linux: add yourself to the group `audio`), then try again"
    )]
    PermissionDenied {
        /// The device's readable name.
        device: String,
    },
    /// The sound system itself cannot be reached.
    #[error(
        "the sound system cannot be reached ({reason}): start PulseAudio or PipeWire, or check the sound card"
    )]
    HostUnavailable {
        /// What the sound system said.
        reason: String,
    },
    /// The device offers nothing that can be recorded.
    #[error("{device} gives sound in a form Viva cannot record ({reason}): pick another microphone")]
    UnsupportedDevice {
        /// The device's readable name.
        device: String,
        /// What is not supported.
        reason: String,
    },
    /// The device failed in another way.
    #[error(
        "{device} could not be opened ({reason}): unplug it and plug it in again, or pick another microphone"
    )]
    DeviceFailed {
        /// The device's readable name.
        device: String,
        /// What the sound system said.
        reason: String,
    },
    /// The disk had no room for the first bytes of the take.
    #[error("the disk is full, so {path} cannot be recorded: free some space and try again")]
    DiskFull {
        /// The file that was to be written.
        path: PathBuf,
    },
    /// The take's file could not be written.
    #[error("{path} cannot be written: check that the folder exists and that you may write there")]
    CannotWrite {
        /// The file that was to be written.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: std::io::Error,
    },
    /// A take or a folder of takes could not be read.
    #[error("{path} cannot be read: check that it exists and that you may read it")]
    CannotRead {
        /// The file or folder.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: std::io::Error,
    },
    /// The file that stands in for a microphone could not be decoded.
    #[error(transparent)]
    Decode(#[from] DecodeError),
    /// A thread could not be started.
    #[error("the system did not start a recording thread: close some programs and try again")]
    NoThread(#[source] std::io::Error),
}

impl AudioError {
    /// Puts a failed write down to the disk being full or to something else.
    pub(crate) fn writing(path: impl Into<PathBuf>, source: std::io::Error) -> Self {
        let path = path.into();
        if is_disk_full(&source) { Self::DiskFull { path } } else { Self::CannotWrite { path, source } }
    }
}

/// Whether a write failed because nothing more fits.
pub(crate) fn is_disk_full(error: &std::io::Error) -> bool {
    matches!(
        error.kind(),
        std::io::ErrorKind::StorageFull
            | std::io::ErrorKind::QuotaExceeded
            | std::io::ErrorKind::FileTooLarge
            | std::io::ErrorKind::WriteZero
    )
}
