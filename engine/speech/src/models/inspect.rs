//! Walks a whole ggml file without reading its weights.
//!
//! The C++ loader trusts what it reads, so a file is walked here first: every length is held against the
//! size of the file and every tensor against the model's [`layout`](super::layout).

use std::collections::HashMap;
use std::fs::File;
use std::io::{self, BufReader, Read, Seek, SeekFrom};
use std::path::Path;

use super::ggml::{HEADER_BYTES, Header, MAGIC, TensorType};
use super::layout;

/// Walks a model file from head to end.
pub(super) fn inspect(path: &Path) -> Result<Contents, FileFault> {
    let file = File::open(path)?;
    let size = file.metadata()?.len();
    Walk { reader: BufReader::new(file), at: 0, size, expected: HEADER_BYTES }.run()
}

/// What a whole model file holds and where.
pub(super) struct Contents {
    pub header: Header,
    /// The mel filters and the vocabulary: from the end of the header to this byte.
    pub vocabulary_end: u64,
    /// The tensors in file order.
    pub tensors: Vec<Found>,
}

/// A tensor as a file tells of it.
pub(super) struct Found {
    pub name: String,
    pub shape: Vec<u32>,
    pub kind: TensorType,
    /// Where its values begin.
    pub offset: u64,
    pub bytes: u64,
}

/// What is wrong with a file that was walked.
#[derive(Debug)]
pub(super) enum FileFault {
    Io(io::Error),
    NotWhisper(String),
    Truncated { expected_bytes: u64 },
}

impl From<io::Error> for FileFault {
    fn from(error: io::Error) -> Self {
        FileFault::Io(error)
    }
}

struct Walk<R> {
    reader: R,
    at: u64,
    size: u64,
    /// The size the file must have, as far as that is known.
    expected: u64,
}

impl<R: Read + Seek> Walk<R> {
    fn run(mut self) -> Result<Contents, FileFault> {
        let header = self.header()?;
        self.mel_filters(header.mel_bands)?;
        self.vocabulary()?;
        Ok(Contents { header, vocabulary_end: self.at, tensors: self.tensors(&header)? })
    }

    fn header(&mut self) -> Result<Header, FileFault> {
        let mut start = [0; 16];
        let length = (self.size.min(16)) as usize;
        self.reader.read_exact(&mut start[..length])?;
        self.reader.seek(SeekFrom::Start(0))?;
        if length < 4 || u32::from_le_bytes([start[0], start[1], start[2], start[3]]) != MAGIC {
            return Err(FileFault::NotWhisper(looks_like(&start[..length]).to_owned()));
        }
        self.number()?;
        let mut numbers = [0; 11];
        for number in &mut numbers {
            *number = self.number()?;
        }
        let header = Header::from_numbers(numbers);
        match header.fault() {
            Some(what) => Err(FileFault::NotWhisper(what)),
            None => Ok(header),
        }
    }

    fn mel_filters(&mut self, bands: u32) -> Result<(), FileFault> {
        let (rows, columns) = (self.number()?, self.number()?);
        if rows != bands || !(1..=10_000).contains(&columns) {
            return Err(FileFault::NotWhisper("its mel filters do not fit its header".to_owned()));
        }
        self.skip(u64::from(rows) * u64::from(columns) * 4)
    }

    fn vocabulary(&mut self) -> Result<(), FileFault> {
        let tokens = self.number()?;
        if tokens > 60_000 {
            return Err(FileFault::NotWhisper("its vocabulary is too large".to_owned()));
        }
        for _ in 0..tokens {
            let length = self.number()?;
            if length > 1_024 {
                return Err(FileFault::NotWhisper("its vocabulary is unreadable".to_owned()));
            }
            self.skip(u64::from(length))?;
        }
        Ok(())
    }

    fn tensors(&mut self, header: &Header) -> Result<Vec<Found>, FileFault> {
        let weights = header
            .weights()
            .ok_or_else(|| FileFault::NotWhisper("its weights are stored in an unknown way".to_owned()))?;
        let wanted = layout::tensors(header);
        for tensor in &wanted {
            let values = tensor.stored_as(weights).bytes_of(tensor.len()).unwrap_or(0);
            self.expected += 12 + 4 * tensor.shape.len() as u64 + tensor.name.len() as u64 + values;
        }
        let mut missing: HashMap<&str, &layout::Tensor> =
            wanted.iter().map(|t| (t.name.as_str(), t)).collect();
        let mut tensors = Vec::new();
        while self.at < self.size {
            let found = self.tensor_head()?;
            let Some(tensor) = missing.remove(found.name.as_str()) else {
                return Err(FileFault::NotWhisper(format!(
                    "it holds an unexpected tensor \"{}\"",
                    found.name
                )));
            };
            if tensor.shape != found.shape {
                return Err(FileFault::NotWhisper(format!(
                    "its tensor \"{}\" has the wrong shape",
                    found.name
                )));
            }
            self.skip(found.bytes)?;
            tensors.push(found);
        }
        if missing.is_empty() {
            Ok(tensors)
        } else {
            Err(FileFault::Truncated { expected_bytes: self.expected.max(self.size + 1) })
        }
    }

    fn tensor_head(&mut self) -> Result<Found, FileFault> {
        let unreadable = |at: u64| FileFault::NotWhisper(format!("what stands at byte {at} is no tensor"));
        let start = self.at;
        let (dimensions, name_length, kind) = (self.number()?, self.number()?, self.number()?);
        let kind = TensorType::from_id(kind).ok_or_else(|| unreadable(start))?;
        if !(1..=3).contains(&dimensions) || !(1..=128).contains(&name_length) {
            return Err(unreadable(start));
        }
        let mut shape = Vec::new();
        for _ in 0..dimensions {
            shape.insert(0, self.number()?);
        }
        let mut name = vec![0; name_length as usize];
        self.read(&mut name)?;
        let name = String::from_utf8(name).map_err(|_| unreadable(start))?;
        let values = shape.iter().try_fold(1_u64, |all, &n| all.checked_mul(u64::from(n)));
        let bytes = values.and_then(|values| kind.bytes_of(values)).ok_or_else(|| unreadable(start))?;
        Ok(Found { name, shape, kind, offset: self.at, bytes })
    }

    fn number(&mut self) -> Result<u32, FileFault> {
        let mut bytes = [0; 4];
        self.read(&mut bytes)?;
        Ok(u32::from_le_bytes(bytes))
    }

    fn read(&mut self, bytes: &mut [u8]) -> Result<(), FileFault> {
        self.advance(bytes.len() as u64)?;
        Ok(self.reader.read_exact(bytes)?)
    }

    fn skip(&mut self, bytes: u64) -> Result<(), FileFault> {
        self.advance(bytes)?;
        let bytes = i64::try_from(bytes).map_err(|_| FileFault::Truncated { expected_bytes: bytes })?;
        Ok(self.reader.seek_relative(bytes)?)
    }

    /// Moves on, or says the file is too short for what it promises.
    fn advance(&mut self, bytes: u64) -> Result<(), FileFault> {
        let end = self.at.saturating_add(bytes);
        if end > self.size {
            return Err(FileFault::Truncated { expected_bytes: self.expected.max(end) });
        }
        if self.expected < end {
            self.expected = end;
        }
        self.at = end;
        Ok(())
    }
}

/// Names what a file is by its first bytes.
fn looks_like(start: &[u8]) -> &'static str {
    match start {
        [] => "it is empty",
        [b'G', b'G', b'U', b'F', ..] => "it is a GGUF file, and Whisper needs the older ggml form",
        [b'P', b'K', ..] => "it is a zip or PyTorch file; convert it with whisper.cpp's scripts first",
        [b'v', b'e', b'r', b's', b'i', b'o', b'n', b' ', ..] => {
            "it is a Git LFS pointer, not the file itself"
        }
        [b'<', ..] => "it is a web page, not a model",
        [6, 0, 0, 0, _, 0, b'W', b'h', b'i', b's', b'p', ..] => "it is a CTranslate2 model, not a ggml file",
        _ => "it does not begin like a ggml file",
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::models::ggml::tests::small_header;

    fn inspected(bytes: &[u8]) -> Result<Contents, FileFault> {
        let walk =
            Walk { reader: io::Cursor::new(bytes), at: 0, size: bytes.len() as u64, expected: HEADER_BYTES };
        walk.run()
    }

    #[test]
    fn a_foreign_file_is_named_for_what_it_is() {
        for (bytes, what) in [
            (&b""[..], "empty"),
            (b"GGUF....", "GGUF"),
            (b"PK\x03\x04", "PyTorch"),
            (b"<!DOCTYPE html>", "web page"),
            (b"version https://git-lfs", "Git LFS"),
            (b"RIFF....WAVE", "does not begin"),
        ] {
            match inspected(bytes) {
                Err(FileFault::NotWhisper(said)) => assert!(said.contains(what), "{said}"),
                _ => panic!("{what} was taken for a model"),
            }
        }
    }

    proptest! {
        #[test]
        fn no_bytes_after_a_good_header_bring_the_walk_down(noise in proptest::collection::vec(any::<u8>(), 0..400)) {
            let mut bytes = Vec::new();
            small_header().write(&mut bytes).expect("memory");
            bytes.extend(noise);
            prop_assert!(inspected(&bytes).is_err());
        }
    }
}
