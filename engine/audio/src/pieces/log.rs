//! The log of a take's pieces: each as it came, in the order it came, in one file that is only ever appended to.
//!
//! A frame counts once it is whole and its checksum agrees; a torn one at the end is what a killed process left, was
//! never acknowledged, and is cut off when the log is opened again.

use crate::feed::SourceFormat;
use std::fs::{File, OpenOptions};
use std::io::{self, BufReader, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use viva_core::units::{Millis, SampleRate};

/// Begins every log; the last byte is the version of its form.
const MAGIC: &[u8; 8] = b"VIVAPCM1";
/// A device's name is not longer in the log.
const LONGEST_NAME: usize = 200;
/// Number, samples, milliseconds, checksum: four little-endian words before the samples.
const FRAME_HEAD: usize = 16;

/// Where a piece lies in the log, and what is known of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Entry {
    pub(super) number: u32,
    pub(super) samples: u32,
    pub(super) took: Millis,
    pub(super) crc32: u32,
    offset: u64,
}

/// The open log of one take.
#[derive(Debug)]
pub(super) struct PieceLog {
    file: File,
    path: PathBuf,
    length: u64,
}

impl PieceLog {
    pub(super) fn create(path: &Path, format: &SourceFormat) -> io::Result<Self> {
        let mut file = OpenOptions::new().read(true).write(true).create(true).truncate(true).open(path)?;
        let name = shortened(&format.name);
        let mut head = MAGIC.to_vec();
        head.extend(format.rate.0.to_le_bytes());
        head.extend((name.len() as u32).to_le_bytes());
        head.extend(name.as_bytes());
        file.write_all(&head)?;
        Ok(Self { file, path: path.to_owned(), length: head.len() as u64 })
    }

    /// What the log was begun with.
    pub(super) fn format(path: &Path) -> io::Result<SourceFormat> {
        Ok(head(&mut File::open(path)?)?.0)
    }

    /// Opens a log again, with every piece that is whole in it. Of two with one number the first counts.
    pub(super) fn reopen(path: &Path) -> io::Result<(Self, Vec<Entry>)> {
        let file = OpenOptions::new().read(true).write(true).open(path)?;
        let mut reader = BufReader::new(&file);
        let (_, mut offset) = head(&mut reader)?;
        let mut found: Vec<Entry> = Vec::new();
        while let Some(entry) = frame(&mut reader, offset)? {
            offset = entry.offset + u64::from(entry.samples) * 2;
            if found.iter().all(|known| known.number != entry.number) {
                found.push(entry);
            }
        }
        drop(reader);
        file.set_len(offset)?;
        Ok((Self { file, path: path.to_owned(), length: offset }, found))
    }

    /// Appends a piece; when it fails, the log is as it was.
    pub(super) fn append(&mut self, number: u32, took: Millis, crc32: u32, pcm: &[u8]) -> io::Result<Entry> {
        let samples = (pcm.len() / 2) as u32;
        let mut bytes = Vec::with_capacity(FRAME_HEAD + pcm.len());
        for word in [number, samples, u32::try_from(took.0).unwrap_or(u32::MAX), crc32] {
            bytes.extend(word.to_le_bytes());
        }
        bytes.extend(pcm);
        let written = self.file.seek(SeekFrom::Start(self.length)).and_then(|_| self.file.write_all(&bytes));
        if let Err(error) = written {
            // What is left of it would be taken for a torn frame in any case.
            let _ = self.file.set_len(self.length);
            return Err(error);
        }
        let offset = self.length + FRAME_HEAD as u64;
        self.length += bytes.len() as u64;
        Ok(Entry { number, samples, took, crc32, offset })
    }

    /// The samples of a piece, as they came.
    pub(super) fn read(&mut self, entry: Entry) -> io::Result<Vec<u8>> {
        let mut pcm = vec![0; entry.samples as usize * 2];
        self.file.seek(SeekFrom::Start(entry.offset))?;
        self.file.read_exact(&mut pcm)?;
        Ok(pcm)
    }

    /// Removes the file; the take is whole without it.
    pub(super) fn remove(&self) {
        if let Err(error) = std::fs::remove_file(&self.path) {
            tracing::warn!(%error, "the log of a finished take could not be removed");
        }
    }
}

/// What the log was begun with, and where its first frame lies.
fn head(reader: &mut impl Read) -> io::Result<(SourceFormat, u64)> {
    let broken = || io::Error::new(io::ErrorKind::InvalidData, "this is not a log of pieces");
    let mut fixed = [0; 16];
    reader.read_exact(&mut fixed)?;
    let (magic, sizes) = fixed.split_at(MAGIC.len());
    let (words, _) = sizes.as_chunks::<4>();
    let (rate, length) = (u32::from_le_bytes(words[0]), u32::from_le_bytes(words[1]) as usize);
    if magic != MAGIC || length > LONGEST_NAME || !super::PIECE_RATES.contains(&rate) {
        return Err(broken());
    }
    let mut name = vec![0; length];
    reader.read_exact(&mut name)?;
    let name = String::from_utf8(name).map_err(|_| broken())?;
    let format = SourceFormat { name, rate: SampleRate(rate), channels: 1 };
    Ok((format, (fixed.len() + length) as u64))
}

/// The frame at `offset`, where the reader stands; none where the log ends or is torn.
fn frame(reader: &mut impl Read, offset: u64) -> io::Result<Option<Entry>> {
    let mut fixed = [0; FRAME_HEAD];
    if !filled(reader, &mut fixed)? {
        return Ok(None);
    }
    let (words, _) = fixed.as_chunks::<4>();
    let [number, samples, took, crc32] = [0, 1, 2, 3].map(|index| u32::from_le_bytes(words[index]));
    let bytes = samples as usize * 2;
    if bytes > super::LARGEST_PIECE_BYTES || number >= super::MOST_PIECES {
        return Ok(None);
    }
    let mut pcm = vec![0; bytes];
    if !filled(reader, &mut pcm)? || crc32fast::hash(&pcm) != crc32 {
        return Ok(None);
    }
    let took = Millis(u64::from(took));
    Ok(Some(Entry { number, samples, took, crc32, offset: offset + FRAME_HEAD as u64 }))
}

fn filled(reader: &mut impl Read, buffer: &mut [u8]) -> io::Result<bool> {
    match reader.read_exact(buffer) {
        Ok(()) => Ok(true),
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => Ok(false),
        Err(error) => Err(error),
    }
}

fn shortened(name: &str) -> &str {
    let mut end = name.len().min(LONGEST_NAME);
    while !name.is_char_boundary(end) {
        end -= 1;
    }
    &name[..end]
}
