//! The ggml file Whisper reads: its header, its tensor types, and how they are written.
//!
//! [`inspect`](super::inspect) reads such a file; what stands in it and in which order is
//! [`layout`](super::layout)'s to know.

use std::io::{self, Write};

/// "ggml" as a little-endian number: the first four bytes of every model file.
pub(super) const MAGIC: u32 = 0x6767_6d6c;
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
    Other {
        id: u32,
        block: u64,
        bytes: u64,
    },
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

    /// Whether the weights are 16-bit floats.
    pub(crate) fn is_sixteen_bit(&self) -> bool {
        self.weights() == Some(TensorType::F16)
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

    pub(super) fn from_numbers(n: [u32; 11]) -> Header {
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
            h if !(1..=3_000).contains(&h.audio_context) || !(1..=3_000).contains(&h.text_context) => {
                wrong("context length")
            }
            h if h.audio_state != h.text_state => wrong("encoder and decoder of different width"),
            h if !(1..=8_192).contains(&h.audio_state) => wrong("width"),
            h if h.audio_heads == 0 || !h.audio_state.is_multiple_of(h.audio_heads) => {
                wrong("attention heads")
            }
            h if h.text_heads == 0 || !h.text_state.is_multiple_of(h.text_heads) => wrong("attention heads"),
            h if !(1..=64).contains(&h.audio_layers) || !(1..=64).contains(&h.text_layers) => {
                wrong("number of layers")
            }
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
pub(super) fn write_tensor_head(
    out: &mut impl Write,
    name: &str,
    shape: &[u32],
    kind: TensorType,
) -> io::Result<()> {
    write_numbers(out, &[shape.len() as u32, name.len() as u32, kind.id()])?;
    for dimension in shape.iter().rev() {
        write_numbers(out, &[*dimension])?;
    }
    out.write_all(name.as_bytes())
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
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
}
