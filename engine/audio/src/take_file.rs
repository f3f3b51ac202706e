//! The file of a take that is still being recorded.
//!
//! While it grows it is called `NAME.wav.part`, with a lock beside it that the system lets go when the
//! process dies; when it is whole it is renamed to `NAME.wav`. So a `.part` without a held lock is what a
//! killed process left, and nothing else is.

use crate::error::{AudioError, is_disk_full};
use crate::take::{Ended, HEADER_BYTES};
use std::ffi::OsString;
use std::fs::{File, OpenOptions};
use std::io::{self, BufWriter, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use viva_core::units::SampleRate;

/// The ending of a file that is still being recorded.
pub(crate) const PART: &str = "part";
/// The ending of the lock beside it.
pub(crate) const LOCK: &str = "lock";

/// 16-bit mono at 16 kHz.
pub(crate) const SPEC: hound::WavSpec = hound::WavSpec {
    channels: 1,
    sample_rate: SampleRate::WHISPER.0,
    bits_per_sample: 16,
    sample_format: hound::SampleFormat::Int,
};

/// `take.wav` becomes `take.wav.part`.
pub(crate) fn with_ending(path: &Path, ending: &str) -> PathBuf {
    let mut name = OsString::from(path);
    name.push(".");
    name.push(ending);
    PathBuf::from(name)
}

/// What a take is written into; a file, or in tests a file that fails.
pub(crate) trait Sink: Write + Seek + Send {}
impl<T: Write + Seek + Send> Sink for T {}

/// Turns the opened file into what is written to.
pub(crate) type Wrap = Box<dyn FnOnce(File) -> Box<dyn Sink> + Send>;

/// Writes a take and keeps its header true.
pub(crate) struct TakeFile {
    writer: Option<hound::WavWriter<BufWriter<Box<dyn Sink>>>>,
    lock: File,
    path: PathBuf,
    part: PathBuf,
    samples: u64,
}

impl TakeFile {
    /// Makes the folder and the file; a file of the same name is only replaced when the take is whole.
    pub(crate) fn create(path: &Path, wrap: Wrap) -> Result<Self, AudioError> {
        let cannot = |source| AudioError::writing(path, source);
        if let Some(folder) = path.parent() {
            std::fs::create_dir_all(folder).map_err(cannot)?;
        }
        let lock = OpenOptions::new()
            .create(true)
            .truncate(false)
            .write(true)
            .open(with_ending(path, LOCK))
            .map_err(cannot)?;
        lock.try_lock().map_err(|error| cannot(error.into()))?;
        let part = with_ending(path, PART);
        let file = File::create(&part).map_err(cannot)?;
        let buffered = BufWriter::new(wrap(file));
        let mut writer = hound::WavWriter::new(buffered, SPEC).map_err(|error| cannot(as_io(error)))?;
        writer.flush().map_err(|error| cannot(as_io(error)))?;
        Ok(Self { writer: Some(writer), lock, path: path.to_owned(), part, samples: 0 })
    }

    /// Adds samples, 1.0 being full scale. They may stay in memory until [`Self::flush`].
    pub(crate) fn write(&mut self, samples: &[f32]) -> io::Result<()> {
        let Some(writer) = &mut self.writer else { return Ok(()) };
        let mut block = writer.get_i16_writer(samples.len() as u32);
        for sample in samples {
            block.write_sample((sample * 32768.0).round().clamp(-32768.0, 32767.0) as i16);
        }
        block.flush().map_err(as_io)?;
        self.samples += samples.len() as u64;
        Ok(())
    }

    /// Puts everything on disk, header included, and says how many samples are there now.
    pub(crate) fn flush(&mut self) -> io::Result<u64> {
        if let Some(writer) = &mut self.writer {
            writer.flush().map_err(as_io)?;
        }
        Ok(self.samples)
    }

    /// Closes and renames the file and says how many samples it holds.
    ///
    /// After a failed write the header is set to what really reached the disk.
    pub(crate) fn finish(mut self, failed: bool) -> io::Result<u64> {
        let writer = self.writer.take();
        let samples = match writer {
            Some(writer) if !failed => {
                writer.finalize().map_err(as_io)?;
                self.samples
            }
            writer => {
                // hound and the buffer try to write once more when dropped; that may fail again.
                drop(writer);
                repair(&self.part)?
            }
        };
        std::fs::rename(&self.part, &self.path)?;
        // A lock left behind does no harm: it is not held.
        let _ = std::fs::remove_file(with_ending(&self.path, LOCK));
        drop(self.lock);
        Ok(samples)
    }
}

/// What a failed write means for the take.
pub(crate) fn ended_by(error: &io::Error) -> Ended {
    if is_disk_full(error) { Ended::DiskFull } else { Ended::WriteFailed }
}

/// Makes the header agree with the length of the file, and says how many samples there are.
///
/// Only sizes are written, over bytes that are already there, so it works on a full disk too.
pub(crate) fn repair(part: &Path) -> io::Result<u64> {
    let mut file = OpenOptions::new().read(true).write(true).open(part)?;
    let bytes = file.metadata()?.len();
    if bytes < HEADER_BYTES {
        return Ok(0);
    }
    let samples = (bytes - HEADER_BYTES) / 2;
    let data = u32::try_from(samples * 2).unwrap_or(u32::MAX - 64);
    file.set_len(HEADER_BYTES + samples * 2)?;
    file.seek(SeekFrom::Start(4))?;
    file.write_all(&(data + HEADER_BYTES as u32 - 8).to_le_bytes())?;
    file.seek(SeekFrom::Start(HEADER_BYTES - 4))?;
    file.write_all(&data.to_le_bytes())?;
    file.sync_all()?;
    Ok(samples)
}

fn as_io(error: hound::Error) -> io::Error {
    match error {
        hound::Error::IoError(error) => error,
        other => io::Error::other(other),
    }
}
