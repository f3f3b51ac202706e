//! The ggml file Whisper reads: its header, its tensor types, and a reader that walks a whole file.
//!
//! The C++ loader trusts what it reads, so a file is walked here first: every length is held against the
//! size of the file and every tensor against the model's [`layout`](super::layout). No weight is read.

use std::collections::HashMap;
use std::fs::File;
use std::io::{self, BufReader, Read, Seek, SeekFrom, Write};
use std::path::Path;

use super::layout;

/// "ggml" as a little-endian number: the first four bytes of every model file.
const MAGIC: u32 = 0x6767_6d6c;
/// The file type carries the version of the quantised formats in its thousands.
const QUANTISATION_FACTOR: u32 = 1_000;
/// The version of the quantised formats that is written.
const QUANTISATION_VERSION: u32 = 2;
/// The magic number and the header.
pub(super) const HEADER_BYTES: u64 = 48;

/// The numbers at the head of a model file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Header {
    /// Tokens, special ones included.
    pub vocabulary: u32,
    /// Encoder positions for 30 s of sound.
    pub audio_context: u32,
    /// Width of the encoder.
    pub audio_state: u32,
    /// Attention heads of the encoder.
    pub audio_heads: u32,
    /// Layers of the encoder.
    pub audio_layers: u32,
    /// Longest text in tokens.
    pub text_context: u32,
    /// Width of the decoder.
    pub text_state: u32,
    /// Attention heads of the decoder.
    pub text_heads: u32,
    /// Layers of the decoder.
    pub text_layers: u32,
    /// Mel bands of the input.
    pub mel_bands: u32,
    /// How the weights are stored, in ggml's numbering.
    pub file_type: u32,
}

/// How one tensor is stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum TensorType {
    F32,
    F16,
    Q8_0,
    /// Another quantised form whisper.cpp reads: its number, and its blocks in values and bytes.
    Other { id: u32, block: u64, bytes: u64 },
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

impl TensorType {
    pub fn id(self) -> u32 {
        match self {
            TensorType::F32 => 0,
            TensorType::F16 => 1,
            TensorType::Q8_0 => 8,
            TensorType::Other { id, .. } => id,
        }
    }

    /// The type with ggml's number `id`, among those whisper.cpp's tools write.
    pub fn from_id(id: u32) -> Option<TensorType> {
        let other = |block, bytes| Some(TensorType::Other { id, block, bytes });
        match id {
            0 => Some(TensorType::F32),
            1 => Some(TensorType::F16),
            2 => other(32, 18),
            3 => other(32, 20),
            6 => other(32, 22),
            7 => other(32, 24),
            8 => Some(TensorType::Q8_0),
            10 => other(256, 84),
            11 => other(256, 110),
            12 => other(256, 144),
            13 => other(256, 176),
            14 => other(256, 210),
            _ => None,
        }
    }

    /// The bytes `values` take, or `None` where they do not fill whole blocks.
    pub fn bytes_of(self, values: u64) -> Option<u64> {
        let (block, bytes) = match self {
            TensorType::F32 => (1, 4),
            TensorType::F16 => (1, 2),
            TensorType::Q8_0 => (super::quantise::BLOCK as u64, super::quantise::BLOCK_BYTES as u64),
            TensorType::Other { block, bytes, .. } => (block, bytes),
        };
        values.is_multiple_of(block).then(|| (values / block).checked_mul(bytes)).flatten()
    }
}

impl Header {
    /// Whether the model knows languages besides English.
    #[must_use]
    pub fn is_multilingual(&self) -> bool {
        self.vocabulary > super::vocabulary::ENGLISH_ONLY
    }

    /// The type of the model's weights, if whisper.cpp can read it.
    pub(super) fn weights(&self) -> Option<TensorType> {
        match self.file_type % QUANTISATION_FACTOR {
            0 => Some(TensorType::F32),
            1 => Some(TensorType::F16),
            2 => TensorType::from_id(2),
            3 => TensorType::from_id(3),
            7 => Some(TensorType::Q8_0),
            8 => TensorType::from_id(6),
            9 => TensorType::from_id(7),
            id @ 10..=14 => TensorType::from_id(id),
            _ => None,
        }
    }

    /// The number that says the weights are 16-bit floats.
    pub(super) const FILE_TYPE_F16: u32 = 1;
    /// The number that says the weights are in Q8_0.
    pub(super) const FILE_TYPE_Q8_0: u32 = QUANTISATION_VERSION * QUANTISATION_FACTOR + 7;

    pub(super) fn write(&self, out: &mut impl Write) -> io::Result<()> {
        write_numbers(out, &[MAGIC])?;
        write_numbers(out, &self.numbers())
    }

    fn numbers(&self) -> [u32; 11] {
        [
            self.vocabulary,
            self.audio_context,
            self.audio_state,
            self.audio_heads,
            self.audio_layers,
            self.text_context,
            self.text_state,
            self.text_heads,
            self.text_layers,
            self.mel_bands,
            self.file_type,
        ]
    }

    fn from_numbers(n: [u32; 11]) -> Header {
        Header {
            vocabulary: n[0],
            audio_context: n[1],
            audio_state: n[2],
            audio_heads: n[3],
            audio_layers: n[4],
            text_context: n[5],
            text_state: n[6],
            text_heads: n[7],
            text_layers: n[8],
            mel_bands: n[9],
            file_type: n[10],
        }
    }

    /// Says what is impossible about these numbers, if anything is.
    pub(super) fn fault(&self) -> Option<String> {
        let wrong = |what: &str| Some(format!("its header is impossible ({what})"));
        match self {
            h if !(51_864..=60_000).contains(&h.vocabulary) => wrong("vocabulary size"),
            h if !(1..=3_000).contains(&h.audio_context) || !(1..=3_000).contains(&h.text_context) => wrong("context length"),
            h if h.audio_state != h.text_state => wrong("encoder and decoder of different width"),
            h if !(1..=8_192).contains(&h.audio_state) => wrong("width"),
            h if h.audio_heads == 0 || !h.audio_state.is_multiple_of(h.audio_heads) => wrong("attention heads"),
            h if h.text_heads == 0 || !h.text_state.is_multiple_of(h.text_heads) => wrong("attention heads"),
            h if !(1..=64).contains(&h.audio_layers) || !(1..=64).contains(&h.text_layers) => wrong("number of layers"),
            h if h.mel_bands != 80 && h.mel_bands != 128 => wrong("mel bands"),
            h if h.weights().is_none() => wrong("way of storing weights"),
            _ => None,
        }
    }
}

/// Writes numbers as the file has them: 32 bits, little end first.
pub(super) fn write_numbers(out: &mut impl Write, numbers: &[u32]) -> io::Result<()> {
    numbers.iter().try_for_each(|n| out.write_all(&n.to_le_bytes()))
}

/// Writes what stands before a tensor's values.
pub(super) fn write_tensor_head(out: &mut impl Write, name: &str, shape: &[u32], kind: TensorType) -> io::Result<()> {
    write_numbers(out, &[shape.len() as u32, name.len() as u32, kind.id()])?;
    for dimension in shape.iter().rev() {
        write_numbers(out, &[*dimension])?;
    }
    out.write_all(name.as_bytes())
}

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
        let weights = header.weights().ok_or_else(|| FileFault::NotWhisper("its weights are stored in an unknown way".to_owned()))?;
        let wanted = layout::tensors(header);
        for tensor in &wanted {
            let values = tensor.stored_as(weights).bytes_of(tensor.len()).unwrap_or(0);
            self.expected += 12 + 4 * tensor.shape.len() as u64 + tensor.name.len() as u64 + values;
        }
        let mut missing: HashMap<&str, &layout::Tensor> = wanted.iter().map(|t| (t.name.as_str(), t)).collect();
        let mut tensors = Vec::new();
        while self.at < self.size {
            let found = self.tensor_head()?;
            let Some(tensor) = missing.remove(found.name.as_str()) else {
                return Err(FileFault::NotWhisper(format!("it holds an unexpected tensor \"{}\"", found.name)));
            };
            if tensor.shape != found.shape {
                return Err(FileFault::NotWhisper(format!("its tensor \"{}\" has the wrong shape", found.name)));
            }
            self.skip(found.bytes)?;
            tensors.push(found);
        }
        if missing.is_empty() { Ok(tensors) } else { Err(FileFault::Truncated { expected_bytes: self.expected.max(self.size + 1) }) }
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
        [b'v', b'e', b'r', b's', b'i', b'o', b'n', b' ', ..] => "it is a Git LFS pointer, not the file itself",
        [b'<', ..] => "it is a web page, not a model",
        [6, 0, 0, 0, _, 0, b'W', b'h', b'i', b's', b'p', ..] => "it is a CTranslate2 model, not a ggml file",
        _ => "it does not begin like a ggml file",
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use proptest::prelude::*;

    /// The smallest model that passes for Whisper: one layer on each side.
    pub(in crate::models) fn small_header() -> Header {
        Header {
            vocabulary: 51_864,
            audio_context: 4,
            audio_state: 32,
            audio_heads: 2,
            audio_layers: 1,
            text_context: 3,
            text_state: 32,
            text_heads: 2,
            text_layers: 1,
            mel_bands: 80,
            file_type: Header::FILE_TYPE_F16,
        }
    }

    fn inspected(bytes: &[u8]) -> Result<Contents, FileFault> {
        let walk = Walk { reader: io::Cursor::new(bytes), at: 0, size: bytes.len() as u64, expected: HEADER_BYTES };
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

    #[test]
    fn impossible_headers_are_refused() {
        let good = small_header();
        assert_eq!(good.fault(), None);
        for bad in [
            Header { vocabulary: 12, ..good },
            Header { audio_heads: 0, ..good },
            Header { text_heads: 5, ..good },
            Header { text_state: 64, ..good },
            Header { audio_layers: 1_000_000, ..good },
            Header { mel_bands: 0, ..good },
            Header { file_type: 6, ..good },
        ] {
            assert!(bad.fault().is_some(), "{bad:?}");
        }
    }

    #[test]
    fn a_quantised_file_type_is_told_from_its_version() {
        let quantised = Header { file_type: Header::FILE_TYPE_Q8_0, ..small_header() };
        assert_eq!(quantised.weights(), Some(TensorType::Q8_0));
        assert_eq!(TensorType::Q8_0.bytes_of(64), Some(68));
        assert_eq!(TensorType::Q8_0.bytes_of(63), None);
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
