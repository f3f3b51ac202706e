//! The recorder's thread: ring in, file out.
//!
//! It drains the ring, counts clipping at the source's own rate, mixes and resamples to 16 kHz, writes and
//! flushes. It never waits for a reader; whoever wants the samples reads the file.

use crate::feed::{Connected, Shared};
use crate::level::{ClipCounter, Level, Meter};
use crate::resample::ToWhisper;
use crate::take::{Ended, Progress, Take};
use crate::take_file::{TakeFile, ended_by};
use std::io;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};
use viva_core::units::{Millis, SampleRate};

/// How long the recorder rests between two looks into the ring.
const REST: Duration = Duration::from_millis(10);
/// How often what was written is put on disk: followers wait for it, a killed process loses no more.
const FLUSH_EVERY: Duration = Duration::from_millis(200);

/// What the recorder and the [`crate::Recording`] that owns it both see.
pub(crate) struct Board {
    pub(crate) progress: Arc<Progress>,
    pub(crate) paused: AtomicBool,
    pub(crate) level: Mutex<Level>,
    pub(crate) ended: Mutex<Option<Ended>>,
}

impl Board {
    pub(crate) fn new() -> Self {
        Self {
            progress: Arc::default(),
            paused: AtomicBool::new(false),
            level: Mutex::new(Level::NONE),
            ended: Mutex::new(None),
        }
    }

    pub(crate) fn level(&self) -> Level {
        *self.level.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn ended(&self) -> Option<Ended> {
        *self.ended.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn show(&self, level: Level) {
        *self.level.lock().unwrap_or_else(PoisonError::into_inner) = level;
    }
}

/// One take in the making.
pub(crate) struct Recorder {
    pub(crate) connected: Connected,
    pub(crate) shared: Arc<Shared>,
    pub(crate) board: Arc<Board>,
    pub(crate) file: TakeFile,
    pub(crate) path: PathBuf,
    pub(crate) max_length: Millis,
}

impl Recorder {
    /// Records until the source ends, the longest length is reached or the disk gives up.
    pub(crate) fn run(self) -> Take {
        let Self { connected, shared, board, mut file, path, max_length } = self;
        let Connected { format, mut samples } = connected;
        let mut to_whisper = Some(ToWhisper::new(format.rate, format.channels));
        let mut meter = Meter::new();
        let mut clips = ClipCounter::default();
        let max_samples = max_length.to_samples(SampleRate::WHISPER);
        let mut written = 0_u64;
        let mut ready = Vec::new();
        let mut last_flush = Instant::now();
        let mut failure: Option<io::Error> = None;

        let ended = loop {
            // Asked before draining: what was fed before the source ended is still in the ring.
            let source_ended = shared.is_done();
            let clipped_before = clips.clipped;
            let paused = board.paused.load(Ordering::Acquire);
            if let Ok(chunk) = samples.read_chunk(samples.slots()) {
                let (first, second) = chunk.as_slices();
                if !paused && let Some(to_whisper) = &mut to_whisper {
                    for part in [first, second] {
                        clips.push(part.iter().copied());
                        to_whisper.push(part, &mut ready);
                    }
                }
                chunk.commit_all();
            }
            if source_ended && let Some(to_whisper) = to_whisper.take() {
                to_whisper.finish(&mut ready);
            }
            ready.truncate((max_samples - written) as usize);
            meter.push(&ready, clips.clipped > clipped_before);
            board.show(if paused { Level::NONE } else { meter.level() });
            if let Err(error) = file.write(&ready) {
                failure = Some(error);
            } else {
                written += ready.len() as u64;
            }
            ready.clear();
            if failure.is_none() && last_flush.elapsed() >= FLUSH_EVERY {
                match file.flush() {
                    Ok(on_disk) => board.progress.on_disk.store(on_disk, Ordering::Release),
                    Err(error) => failure = Some(error),
                }
                last_flush = Instant::now();
            }
            if let Some(error) = &failure {
                tracing::warn!(%error, "the take could not be written further");
                break ended_by(error);
            }
            if written >= max_samples {
                break Ended::MaxLength;
            }
            if source_ended {
                break if shared.is_lost() { Ended::DeviceLost } else { Ended::Stopped };
            }
            std::thread::sleep(REST);
        };
        shared.ask_to_stop();
        drop(samples);

        let (ended, written) = match file.finish(failure.is_some()) {
            Ok(samples) => (ended, samples),
            Err(error) => {
                tracing::warn!(%error, "the take could not be closed");
                (ended_by(&error), board.progress.on_disk.load(Ordering::Acquire))
            }
        };
        let (peak_dbfs, rms_dbfs, silent) = meter.whole();
        // A reader must never be ahead of the file, so the length comes first, then the end.
        board.progress.on_disk.store(written, Ordering::Release);
        board.progress.finished.store(true, Ordering::Release);
        *board.ended.lock().unwrap_or_else(PoisonError::into_inner) = Some(ended);
        Take {
            path,
            length: Millis::of_samples(written, SampleRate::WHISPER),
            peak_dbfs,
            rms_dbfs,
            clipped_samples: clips.clipped,
            silent,
            dropped_samples: shared.dropped(),
            device_name: format.name,
            ended,
        }
    }
}
