//! A recording under way: started, watched, paused and stopped from any thread.
//!
//! It owns two threads, the source's and the recorder's, and ends both when it is stopped or dropped.

use crate::error::AudioError;
use crate::feed::{FeedSlot, Shared, spawn};
use crate::level::Level;
use crate::recorder::{Board, Recorder};
use crate::source::AudioSource;
use crate::take::{Ended, Take, TakeFollower};
use crate::take_file::{PART, TakeFile, Wrap, with_ending};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::sync::mpsc::RecvTimeoutError;
use std::thread::JoinHandle;
use std::time::{Duration, Instant};
use viva_core::units::{Millis, SampleRate};

/// How long a source may take to open before it counts as failed.
const OPEN_WITHIN: Duration = Duration::from_secs(15);

/// How a recording is made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RecordOptions {
    /// The take ends here at the latest.
    pub max_length: Millis,
}

impl Default for RecordOptions {
    /// Half an hour.
    fn default() -> Self {
        Self { max_length: Millis(30 * 60 * 1000) }
    }
}

/// What a recording is doing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Status {
    /// Samples are written.
    Recording,
    /// The source runs, nothing is written.
    Paused,
    /// It ended by itself or was stopped; the file is closed.
    Ended(Ended),
}

/// A take in the making.
pub struct Recording {
    shared: Arc<Shared>,
    board: Arc<Board>,
    capture: Option<JoinHandle<Result<(), AudioError>>>,
    recorder: Option<JoinHandle<Take>>,
    path: PathBuf,
    device_name: String,
}

impl Recording {
    /// Opens the source and begins to write `wav_path`; returns once sound flows.
    ///
    /// The file is `wav_path` with `.part` behind it until the take is whole.
    pub fn start(
        source: impl Into<Box<dyn AudioSource>>,
        wav_path: impl AsRef<Path>,
        options: RecordOptions,
    ) -> Result<Self, AudioError> {
        Self::start_into(source.into(), wav_path.as_ref(), options, Box::new(|file| Box::new(file)))
    }

    pub(crate) fn start_into(
        source: Box<dyn AudioSource>,
        path: &Path,
        options: RecordOptions,
        wrap: Wrap,
    ) -> Result<Self, AudioError> {
        let (slot, shared, connected) = FeedSlot::new();
        let capture = spawn(source, slot)?;
        let connected = match connected.recv_timeout(OPEN_WITHIN) {
            Ok(connected) => connected,
            Err(RecvTimeoutError::Disconnected) => return Err(verdict(capture)),
            Err(RecvTimeoutError::Timeout) => {
                // The thread is stuck inside the sound system; it ends by itself when that lets go.
                shared.ask_to_stop();
                return Err(AudioError::HostUnavailable { reason: "it did not answer in time".into() });
            }
        };
        let board = Arc::new(Board::new());
        let device_name = connected.format.name.clone();
        let stop_capture = |capture: JoinHandle<_>| {
            shared.ask_to_stop();
            drop(capture.join());
        };
        let file = match TakeFile::create(path, wrap) {
            Ok(file) => file,
            Err(error) => {
                stop_capture(capture);
                return Err(error);
            }
        };
        let recorder = Recorder {
            connected,
            shared: Arc::clone(&shared),
            board: Arc::clone(&board),
            file,
            path: path.to_owned(),
            max_length: options.max_length,
        };
        match std::thread::Builder::new().name("viva-recorder".into()).spawn(move || recorder.run()) {
            Ok(recorder) => Ok(Self {
                shared,
                board,
                capture: Some(capture),
                recorder: Some(recorder),
                path: path.to_owned(),
                device_name,
            }),
            Err(error) => {
                stop_capture(capture);
                Err(AudioError::NoThread(error))
            }
        }
    }

    /// What is recorded from, as the person knows it.
    pub fn device_name(&self) -> &str {
        &self.device_name
    }

    /// Where the take will be when it is whole.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// How loud it is now.
    pub fn level(&self) -> Level {
        self.board.level()
    }

    /// How much is on disk; up to a quarter of a second behind the clock, and not growing while paused.
    pub fn elapsed(&self) -> Millis {
        Millis::of_samples(self.board.progress.on_disk.load(Ordering::Acquire), SampleRate::WHISPER)
    }

    /// Stops writing; the device stays open so that its loss is noticed.
    pub fn pause(&self) {
        self.board.paused.store(true, Ordering::Release);
    }

    /// Goes on writing behind what is there.
    pub fn resume(&self) {
        self.board.paused.store(false, Ordering::Release);
    }

    /// What it is doing.
    pub fn status(&self) -> Status {
        match self.board.ended() {
            Some(ended) => Status::Ended(ended),
            None if self.board.paused.load(Ordering::Acquire) => Status::Paused,
            None => Status::Recording,
        }
    }

    /// Waits until the recording ends by itself, at most this long; `None` while it still runs.
    pub fn wait_ended(&self, at_most: Duration) -> Option<Ended> {
        let until = Instant::now() + at_most;
        loop {
            let ended = self.board.ended();
            if ended.is_some() || Instant::now() >= until {
                return ended;
            }
            std::thread::sleep(
                Duration::from_millis(10).min(until.saturating_duration_since(Instant::now())),
            );
        }
    }

    /// A reader of what is on disk, from the beginning, that follows as the take grows.
    pub fn follow(&self) -> Result<TakeFollower, AudioError> {
        let progress = Arc::clone(&self.board.progress);
        // The file is renamed when the take ends, which may be at any moment.
        TakeFollower::open(&with_ending(&self.path, PART), Arc::clone(&progress))
            .or_else(|_| TakeFollower::open(&self.path, progress))
    }

    /// Ends the take: waits for what the device still holds, drains the ring, closes the file.
    ///
    /// A recording that ended by itself gives the take it kept.
    pub fn stop(mut self) -> Take {
        self.end().expect("only stop and drop take the recorder's thread, and both take the recording")
    }

    fn end(&mut self) -> Option<Take> {
        self.shared.ask_to_stop();
        if let Some(capture) = self.capture.take() {
            match capture.join() {
                Ok(Ok(())) => {}
                Ok(Err(error)) => tracing::warn!(%error, "the source ended badly"),
                Err(_) => tracing::error!("the source's thread panicked"),
            }
        }
        match self.recorder.take()?.join() {
            Ok(take) => Some(take),
            Err(panic) => std::panic::resume_unwind(panic),
        }
    }
}

impl Drop for Recording {
    fn drop(&mut self) {
        if self.recorder.is_some() && !std::thread::panicking() {
            self.end();
        }
    }
}

/// Why a source that never connected did not.
fn verdict(capture: JoinHandle<Result<(), AudioError>>) -> AudioError {
    let stopped = || AudioError::HostUnavailable { reason: "the source ended before it began".into() };
    match capture.join() {
        Ok(Err(error)) => error,
        Ok(Ok(())) | Err(_) => stopped(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::{Pace, Source};
    use crate::tone::Tone;
    use std::fs::File;
    use std::io::{self, Seek, SeekFrom, Write};

    /// A disk on which only so many bytes fit; what is there can be written over.
    struct SmallDisk {
        file: File,
        room: u64,
        says: io::ErrorKind,
    }

    impl Write for SmallDisk {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            let at = self.file.stream_position()?;
            let fits = self.room.saturating_sub(at).min(bytes.len() as u64) as usize;
            if fits == 0 {
                return Err(self.says.into());
            }
            self.file.write(&bytes[..fits])
        }

        fn flush(&mut self) -> io::Result<()> {
            self.file.flush()
        }
    }

    impl Seek for SmallDisk {
        fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
            self.file.seek(to)
        }
    }

    fn start(folder: &Path, room: u64, says: io::ErrorKind) -> Result<Recording, AudioError> {
        let tone = Tone { pace: Pace::Unpaced, length: Some(Millis(60_000)), ..Tone::default() };
        Recording::start_into(
            Source::Tone(tone).into(),
            &folder.join("take.wav"),
            RecordOptions::default(),
            Box::new(move |file| Box::new(SmallDisk { file, room, says })),
        )
    }

    fn check(room: u64, says: io::ErrorKind, ended: Ended, kept: Millis, words: &str) {
        let folder = tempfile::tempdir().unwrap();
        let recording = start(folder.path(), room, says).unwrap();
        assert_eq!(recording.wait_ended(Duration::from_secs(20)), Some(ended));
        let mut follower = recording.follow().unwrap();
        let take = recording.stop();
        assert_eq!((take.ended, take.length), (ended, kept));
        assert_eq!(crate::decode(&take.path).unwrap().length(), kept);
        let mut followed = Vec::new();
        while follower.read(&mut followed).unwrap() > 0 {}
        assert!(follower.is_finished() && followed.len() as u64 == kept.0 * 16);
        let said = take.trouble().unwrap();
        assert!(said.contains(words), "{said}");
    }

    #[test]
    fn a_full_disk_ends_the_take_and_keeps_what_fitted() {
        let words = "The disk was full at 0:03. The first 3 seconds are kept.";
        check(44 + 3 * 32_000, io::ErrorKind::StorageFull, Ended::DiskFull, Millis(3000), words);
        check(44 + 3 * 32_000 + 1, io::ErrorKind::QuotaExceeded, Ended::DiskFull, Millis(3000), words);
    }

    #[test]
    fn a_failing_disk_ends_the_take_and_keeps_what_was_written() {
        let words = "could not be written after 0:02. The first 2 seconds are kept.";
        check(44 + 2 * 32_000, io::ErrorKind::Other, Ended::WriteFailed, Millis(2000), words);
    }

    #[test]
    fn a_disk_that_is_full_from_the_start_is_said_at_once() {
        let folder = tempfile::tempdir().unwrap();
        let error = start(folder.path(), 10, io::ErrorKind::StorageFull).err().unwrap();
        assert!(matches!(error, AudioError::DiskFull { .. }), "{error:?}");
        assert!(error.to_string().contains("free some space"));
    }
}
