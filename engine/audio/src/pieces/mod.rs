//! A take that arrives in numbered pieces, such as from a browser's microphone on another machine.
//!
//! Every piece is on this machine's disk, in a log beside the take, before it counts as accepted; what comes out of
//! order waits there and nowhere else. The take itself is the same growing WAV that a microphone of this machine
//! gives, so whoever follows, stops or salvages takes sees no difference. A piece sent twice is accepted twice and
//! stored once. A killed process loses nothing it has accepted: [`PieceTake::reopen`] makes the WAV again from the log.
//!
//! It knows nothing of browsers or requests: a piece is a number, how long its capturing took, and samples.

mod log;
mod rate;

use crate::error::{AudioError, is_disk_full};
use crate::feed::SourceFormat;
use crate::level::{ClipCounter, Level, Meter};
use crate::recording::{RecordOptions, Status};
use crate::resample::ToWhisper;
use crate::take::{Ended, Progress, Take, TakeFollower};
use crate::take_file::{PART, TakeFile, ended_by, with_ending};
use log::{Entry, PieceLog};
use rate::RateJudge;
use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use viva_core::units::{Millis, SampleRate};

/// The ending of the log beside a take.
pub(crate) const PIECES: &str = "pieces";

/// A piece holds at most this many bytes: four seconds at 16 kHz, over half a second at 96 kHz.
pub const LARGEST_PIECE_BYTES: usize = 128 * 1024;
/// A take has at most this many pieces: half an hour in pieces of 60 ms.
pub const MOST_PIECES: u32 = 30_000;
/// Rates a browser's audio may run at.
pub const PIECE_RATES: std::ops::RangeInclusive<u32> = 8_000..=192_000;

/// One numbered piece of a take.
#[derive(Debug, Clone, Copy)]
pub struct Piece<'a> {
    /// Its place, from 0.
    pub number: u32,
    /// How long its capturing took by a clock, as opposed to by its number of samples.
    pub took: Millis,
    /// The checksum that was sent with it.
    pub crc32: u32,
    /// Mono samples, 16 bits each, low byte first, at the take's declared rate.
    pub pcm: &'a [u8],
}

/// Why a piece was not accepted. Nothing of it is kept then; what was accepted before is.
#[derive(Debug, thiserror::Error)]
pub enum PieceError {
    /// There is nothing in it.
    #[error("piece {0} holds no sound")]
    Empty(u32),
    /// It ends in the middle of a sample.
    #[error("piece {0} ends in the middle of a sample: send whole samples of 16 bits")]
    HalfSample(u32),
    /// It is larger than any browser of ours sends.
    #[error("piece {number} is larger than {LARGEST_PIECE_BYTES} bytes: send smaller ones")]
    TooLarge {
        /// The piece.
        number: u32,
    },
    /// Its number is beyond what a take can have.
    #[error("piece {number} is beyond the {MOST_PIECES} pieces a recording can have")]
    NumberTooHigh {
        /// The number.
        number: u32,
    },
    /// Its checksum does not agree.
    #[error("piece {0} arrived damaged: send it again")]
    Damaged(u32),
    /// Another piece of that number was accepted before.
    #[error("another piece {0} is here already: this answer is being recorded in another window")]
    Different(u32),
    /// The take would be longer than allowed.
    #[error("the longest recording is {0}: it ends there and is kept")]
    TooLong(Millis),
    /// The samples do not run at the rate that was declared.
    #[error(
        "the sound does not run at the rate the browser named ({declared} Hz named, about {measured} Hz measured): \
         choose another microphone, or close other programs that use this one, and answer again"
    )]
    LyingRate {
        /// As declared.
        declared: u32,
        /// As counted.
        measured: u32,
    },
    /// The take has ended.
    #[error("this recording has ended: it was stopped in another window")]
    Over,
    /// Nothing more fits on the disk.
    #[error("the disk is full: what you say is kept in the browser and sent again once there is room")]
    DiskFull,
    /// The disk failed.
    #[error("the recording could not be written; what you say is kept in the browser and sent again")]
    CannotWrite(#[source] io::Error),
}

impl PieceError {
    fn disk(error: io::Error) -> Self {
        if is_disk_full(&error) { Self::DiskFull } else { Self::CannotWrite(error) }
    }
}

/// How far a take in pieces has got.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Standing {
    /// All pieces before this one are in the take.
    pub next: u32,
    /// Numbers that are missing before the highest that was accepted; at most a hundred of them.
    pub missing: Vec<u32>,
    /// One more than the highest number that was accepted.
    pub end: u32,
    /// The declared rate.
    pub rate: SampleRate,
}

/// A take in the making, piece by piece, from any thread.
pub struct PieceTake {
    inner: Mutex<Inner>,
    progress: Arc<Progress>,
    path: PathBuf,
    format: SourceFormat,
}

struct Inner {
    log: PieceLog,
    pieces: BTreeMap<u32, Entry>,
    /// The first piece that is not in the WAV yet.
    next: u32,
    /// Samples at the declared rate over all accepted pieces.
    samples: u64,
    judge: RateJudge,
    max_length: Millis,
    /// None once the take is over, or after a write failed until it is made again.
    wav: Option<Wav>,
    level: Level,
    ended: Option<Ended>,
}

/// The WAV and what is measured while it is written.
struct Wav {
    file: TakeFile,
    to_whisper: ToWhisper,
    meter: Meter,
    clips: ClipCounter,
}

impl Wav {
    fn create(path: &Path, format: &SourceFormat) -> Result<Self, AudioError> {
        Ok(Self {
            file: TakeFile::create(path, Box::new(|file| Box::new(file)))?,
            to_whisper: ToWhisper::new(format.rate, 1),
            meter: Meter::new(),
            clips: ClipCounter::default(),
        })
    }

    fn push(&mut self, pcm: &[u8]) -> io::Result<()> {
        let (pairs, _) = pcm.as_chunks::<2>();
        let samples: Vec<f32> =
            pairs.iter().map(|pair| f32::from(i16::from_le_bytes(*pair)) / 32_768.0).collect();
        let clipped_before = self.clips.clipped;
        self.clips.push(samples.iter().copied());
        let mut ready = Vec::with_capacity(samples.len());
        self.to_whisper.push(&samples, &mut ready);
        self.meter.push(&ready, self.clips.clipped > clipped_before);
        self.file.write(&ready)
    }
}

impl PieceTake {
    /// Begins a take that will be `wav_path`. `format` names the device and the rate its pieces have; they are mono.
    ///
    /// # Errors
    /// Where the rate is none a browser has, or the disk gives no room for the first bytes.
    pub fn start(wav_path: &Path, format: SourceFormat, options: RecordOptions) -> Result<Self, AudioError> {
        if !PIECE_RATES.contains(&format.rate.0) {
            let reason = format!("{} samples a second", format.rate.0);
            return Err(AudioError::UnsupportedDevice { device: format.name, reason });
        }
        let format = SourceFormat { channels: 1, ..format };
        // The lock first: two processes must not write one log.
        let wav = Wav::create(wav_path, &format)?;
        let log = PieceLog::create(&with_ending(wav_path, PIECES), &format)
            .map_err(|error| AudioError::writing(wav_path, error))?;
        Ok(Self::of(wav_path, format, log, BTreeMap::new(), wav, options))
    }

    /// Goes on with a take whose process died: everything that had been accepted is there.
    ///
    /// # Errors
    /// Where another process is at it, or the log cannot be read.
    pub fn reopen(wav_path: &Path, options: RecordOptions) -> Result<Self, AudioError> {
        let log_path = with_ending(wav_path, PIECES);
        let cannot = |source| AudioError::CannotRead { path: log_path.clone(), source };
        let format = PieceLog::format(&log_path).map_err(cannot)?;
        let wav = Wav::create(wav_path, &format)?;
        let (log, found) = PieceLog::reopen(&log_path).map_err(cannot)?;
        let pieces = found.into_iter().map(|entry| (entry.number, entry)).collect();
        let take = Self::of(wav_path, format, log, pieces, wav, options);
        take.lock().drain(&take.progress, &take.path, &take.format).map_err(|error| match error {
            PieceError::CannotWrite(source) => AudioError::writing(wav_path, source),
            _ => AudioError::DiskFull { path: wav_path.to_owned() },
        })?;
        Ok(take)
    }

    /// Whether a take in pieces was begun at this path and has not been finished.
    pub fn is_waiting(wav_path: &Path) -> bool {
        with_ending(wav_path, PIECES).exists()
    }

    /// When the last piece of a waiting take was accepted.
    pub fn last_touched(wav_path: &Path) -> Option<std::time::SystemTime> {
        std::fs::metadata(with_ending(wav_path, PIECES)).and_then(|log| log.modified()).ok()
    }

    fn of(
        path: &Path,
        format: SourceFormat,
        log: PieceLog,
        pieces: BTreeMap<u32, Entry>,
        wav: Wav,
        options: RecordOptions,
    ) -> Self {
        let mut judge = RateJudge::new(format.rate);
        for entry in pieces.values() {
            judge.hear(entry.samples, entry.took);
        }
        let samples = pieces.values().map(|entry| u64::from(entry.samples)).sum();
        Self {
            inner: Mutex::new(Inner {
                log,
                pieces,
                next: 0,
                samples,
                judge,
                max_length: options.max_length,
                wav: Some(wav),
                level: Level::NONE,
                ended: None,
            }),
            progress: Arc::default(),
            path: path.to_owned(),
            format,
        }
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes a piece, in any order and any number of times; when this returns it is on disk. Says which piece is due.
    ///
    /// Blocks for as long as the disk needs.
    ///
    /// # Errors
    /// See [`PieceError`]; nothing of a refused piece is kept.
    pub fn accept(&self, piece: &Piece<'_>) -> Result<u32, PieceError> {
        let mut inner = self.lock();
        inner.accept(piece, self.format.rate)?;
        inner.drain(&self.progress, &self.path, &self.format)?;
        Ok(inner.next)
    }

    /// What is there and what is missing.
    pub fn standing(&self) -> Standing {
        let inner = self.lock();
        let end = inner.pieces.last_key_value().map_or(0, |(number, _)| number + 1);
        let missing = (inner.next..end).filter(|number| !inner.pieces.contains_key(number)).take(100);
        Standing { next: inner.next, missing: missing.collect(), end, rate: self.format.rate }
    }

    /// What is recorded from, as the person knows it.
    pub fn device_name(&self) -> &str {
        &self.format.name
    }

    /// Where the take will be when it is whole.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// How much of it is there without a gap.
    pub fn elapsed(&self) -> Millis {
        Millis::of_samples(self.progress.on_disk.load(Ordering::Acquire), SampleRate::WHISPER)
    }

    /// How loud its end is.
    pub fn level(&self) -> Level {
        self.lock().level
    }

    /// Recording until it was finished; whether anybody speaks now, only the other side knows.
    pub fn status(&self) -> Status {
        self.lock().ended.map_or(Status::Recording, Status::Ended)
    }

    /// A reader of the WAV that follows as it grows.
    pub fn follow(&self) -> Result<TakeFollower, AudioError> {
        let progress = Arc::clone(&self.progress);
        TakeFollower::open(&with_ending(&self.path, PART), Arc::clone(&progress))
            .or_else(|_| TakeFollower::open(&self.path, progress))
    }

    /// Ends the take. Pieces that wait behind one that never came are joined to it: what was said is kept, and the
    /// log tells. `None` where it was over before.
    pub fn finish(&self, ended: Ended) -> Option<Take> {
        let mut inner = self.lock();
        if inner.ended.is_some() {
            return None;
        }
        let waiting: Vec<u32> = inner.pieces.range(inner.next..).map(|(number, _)| *number).collect();
        if !waiting.is_empty() {
            tracing::warn!(missing = inner.next, joined = waiting.len(), "a recording ends with a gap in it");
        }
        let (samples, take) = inner.close(&waiting, ended, &self.path, &self.format);
        self.progress.on_disk.store(samples, Ordering::Release);
        self.progress.finished.store(true, Ordering::Release);
        inner.ended = Some(take.ended);
        Some(take)
    }
}

impl Inner {
    fn accept(&mut self, piece: &Piece<'_>, rate: SampleRate) -> Result<(), PieceError> {
        let Piece { number, took, crc32, pcm } = *piece;
        if self.ended.is_some() {
            return Err(PieceError::Over);
        }
        if number >= MOST_PIECES {
            return Err(PieceError::NumberTooHigh { number });
        }
        if pcm.is_empty() {
            return Err(PieceError::Empty(number));
        }
        if !pcm.len().is_multiple_of(2) {
            return Err(PieceError::HalfSample(number));
        }
        if pcm.len() > LARGEST_PIECE_BYTES {
            return Err(PieceError::TooLarge { number });
        }
        if crc32fast::hash(pcm) != crc32 {
            return Err(PieceError::Damaged(number));
        }
        let samples = (pcm.len() / 2) as u32;
        if let Some(known) = self.pieces.get(&number) {
            let same = known.samples == samples && known.crc32 == crc32;
            return if same { Ok(()) } else { Err(PieceError::Different(number)) };
        }
        if let Some(measured) = self.judge.verdict() {
            return Err(PieceError::LyingRate { declared: rate.0, measured });
        }
        if self.samples + u64::from(samples) > self.max_length.to_samples(rate) {
            return Err(PieceError::TooLong(self.max_length));
        }
        let entry = self.log.append(number, took, crc32, pcm).map_err(PieceError::disk)?;
        self.pieces.insert(number, entry);
        self.samples += u64::from(samples);
        self.judge.hear(samples, took);
        Ok(())
    }

    /// Puts what is due into the WAV.
    fn drain(&mut self, progress: &Progress, path: &Path, format: &SourceFormat) -> Result<(), PieceError> {
        if self.wav.is_none() {
            // A write failed before. The log has everything; the WAV is made again.
            self.wav = Some(Wav::create(path, format).map_err(|error| match error {
                AudioError::CannotWrite { source, .. } => PieceError::CannotWrite(source),
                _ => PieceError::DiskFull,
            })?);
            self.next = 0;
        }
        while let Some(entry) = self.pieces.get(&self.next).copied() {
            self.write(entry).map_err(PieceError::disk)?;
            self.next += 1;
        }
        let Some(wav) = &mut self.wav else { return Ok(()) };
        match wav.file.flush() {
            Ok(on_disk) => {
                // While a WAV is made again it is shorter than what a follower has read of it.
                progress.on_disk.fetch_max(on_disk, Ordering::AcqRel);
                self.level = wav.meter.level();
                Ok(())
            }
            Err(error) => {
                self.wav = None;
                Err(PieceError::disk(error))
            }
        }
    }

    fn write(&mut self, entry: Entry) -> io::Result<()> {
        let pcm = self.log.read(entry)?;
        let Some(wav) = &mut self.wav else { return Ok(()) };
        wav.push(&pcm).inspect_err(|_| self.wav = None)
    }

    /// Closes the WAV with everything in it and says how many samples that is. The log goes only once the WAV is whole.
    fn close(&mut self, waiting: &[u32], ended: Ended, path: &Path, format: &SourceFormat) -> (u64, Take) {
        let mut failure = None;
        let mut written = 0;
        for number in waiting {
            if let Some(entry) = self.pieces.get(number).copied()
                && let Err(error) = self.write(entry)
            {
                failure = Some(error);
                break;
            }
        }
        let mut take = Take {
            path: path.to_owned(),
            length: Millis(0),
            peak_dbfs: crate::level::FLOOR_DBFS,
            rms_dbfs: crate::level::FLOOR_DBFS,
            clipped_samples: 0,
            silent: true,
            dropped_samples: 0,
            device_name: format.name.clone(),
            ended,
        };
        if let Some(Wav { mut file, to_whisper, mut meter, clips }) = self.wav.take() {
            let mut tail = Vec::new();
            to_whisper.finish(&mut tail);
            meter.push(&tail, false);
            let failed = file.write(&tail).is_err() || failure.is_some();
            match file.finish(failed) {
                Ok(samples) => {
                    written = samples;
                    take.length = Millis::of_samples(samples, SampleRate::WHISPER);
                }
                Err(error) => failure = Some(error),
            }
            (take.peak_dbfs, take.rms_dbfs, take.silent) = meter.whole();
            take.clipped_samples = clips.clipped;
        }
        match failure {
            Some(error) => {
                tracing::warn!(%error, "a take in pieces could not be closed; its log stays");
                take.ended = ended_by(&error);
            }
            None => self.log.remove(),
        }
        (written, take)
    }
}

#[cfg(test)]
mod tests;
