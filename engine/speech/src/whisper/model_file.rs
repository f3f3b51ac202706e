//! Looks into a ggml file before whisper.cpp does.
//!
//! whisper.cpp trusts its input: a cut-off file may load with half its weights at zero, or end the whole
//! process. So the file's structure is walked first, without reading the weights: header, mel filters,
//! vocabulary, then every tensor's place. That takes a few milliseconds. Whether the bytes are the *right*
//! ones is a matter of checksums, and of the model store.

use crate::error::SpeechError;
use std::fs::File;
use std::io::{self, BufReader, Read};
use std::path::Path;
use whisper_rs::{DtwMode, DtwModelPreset};

/// The shape of a model, from the head of its file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct ModelFile {
    vocabulary: u32,
    text_layers: u32,
    audio_layers: u32,
}

const MAGIC: u32 = 0x6767_6d6c;
/// The multilingual vocabulary begins here; English-only models have one token less.
const MULTILINGUAL_FROM: u32 = 51_865;
const LARGE_V3_VOCABULARY: u32 = 51_866;

impl ModelFile {
    /// Reads and checks the file's structure.
    pub(super) fn read(path: &Path) -> Result<Self, SpeechError> {
        let file = File::open(path).map_err(|error| match error.kind() {
            io::ErrorKind::NotFound => SpeechError::ModelMissing(path.to_owned()),
            _ => SpeechError::ModelUnreadable { path: path.to_owned(), reason: error.to_string() },
        })?;
        let length = file.metadata().map_err(|error| unreadable(path, &error))?.len();
        let mut walk = Walk { file: BufReader::new(file), at: 0, length };
        walk.model().map_err(|fault| match fault {
            Fault::Broken(reason) => SpeechError::ModelBroken { path: path.to_owned(), reason },
            Fault::Io(error) if error.kind() == io::ErrorKind::UnexpectedEof => SpeechError::ModelBroken {
                path: path.to_owned(),
                reason: format!("it ends early, after {length} bytes"),
            },
            Fault::Io(error) => unreadable(path, &error),
        })
    }

    /// Whether it knows languages other than English.
    pub(super) fn is_multilingual(self) -> bool {
        self.vocabulary >= MULTILINGUAL_FROM
    }

    /// The attention heads that follow the sound, by which words get their times.
    pub(super) fn alignment(self) -> DtwMode<'static> {
        let preset = match (self.text_layers, self.is_multilingual()) {
            (4, false) => DtwModelPreset::TinyEn,
            (4, true) if self.audio_layers == 4 => DtwModelPreset::Tiny,
            (4, true) if self.audio_layers == 32 => DtwModelPreset::LargeV3Turbo,
            (6, false) => DtwModelPreset::BaseEn,
            (6, true) => DtwModelPreset::Base,
            (12, false) => DtwModelPreset::SmallEn,
            (12, true) => DtwModelPreset::Small,
            (24, false) => DtwModelPreset::MediumEn,
            (24, true) => DtwModelPreset::Medium,
            (32, true) if self.vocabulary == LARGE_V3_VOCABULARY => DtwModelPreset::LargeV3,
            // The two older large models differ in nothing the file tells; a model cut down by
            // somebody has heads of its own.
            _ => return DtwMode::TopMost { n_top: 1 },
        };
        DtwMode::ModelPreset { model_preset: preset }
    }
}

enum Fault {
    Broken(String),
    Io(io::Error),
}

impl From<io::Error> for Fault {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}

fn broken<T>(reason: impl Into<String>) -> Result<T, Fault> {
    Err(Fault::Broken(reason.into()))
}

fn unreadable(path: &Path, error: &io::Error) -> SpeechError {
    SpeechError::ModelUnreadable { path: path.to_owned(), reason: error.to_string() }
}

struct Walk {
    file: BufReader<File>,
    at: u64,
    length: u64,
}

impl Walk {
    fn model(&mut self) -> Result<ModelFile, Fault> {
        if self.length < 4 || self.number()? != MAGIC {
            return broken("it does not begin with the ggml mark");
        }
        let mut shape = [0_u32; 11];
        for value in &mut shape {
            *value = self.number()?;
        }
        let [vocabulary, audio_context, _, _, audio_layers, _, _, _, text_layers, mels, _] = shape;
        let plausible = (50_000..60_000).contains(&vocabulary)
            && audio_context == 1500
            && (1..=64).contains(&audio_layers)
            && (1..=64).contains(&text_layers)
            && (mels == 80 || mels == 128);
        if !plausible {
            return broken("its head does not describe a Whisper model");
        }
        let (filter_mels, filter_bins) = (self.number()?, self.number()?);
        if filter_mels != mels || filter_bins != 201 {
            return broken("its mel filters have the wrong size");
        }
        self.skip(u64::from(filter_mels) * u64::from(filter_bins) * 4)?;
        let words = self.number()?;
        if words == 0 || words > vocabulary {
            return broken("its vocabulary has the wrong size");
        }
        for _ in 0..words {
            let bytes = self.number()?;
            if bytes > 1_000 {
                return broken("a word of its vocabulary is too long");
            }
            self.skip(u64::from(bytes))?;
        }
        let mut tensors = 0_u32;
        while self.at < self.length {
            self.tensor()?;
            tensors += 1;
        }
        // Fifteen tensors an encoder layer, twenty-four a decoder layer, eleven around them.
        let wanted = 15 * audio_layers + 24 * text_layers + 11;
        if tensors != wanted {
            return broken(format!("it holds {tensors} tensors of {wanted}"));
        }
        Ok(ModelFile { vocabulary, text_layers, audio_layers })
    }

    fn tensor(&mut self) -> Result<(), Fault> {
        let (dimensions, name_bytes, kind) = (self.number()?, self.number()?, self.number()?);
        if !(1..=4).contains(&dimensions) || name_bytes > 200 {
            return broken("a tensor's head makes no sense");
        }
        let mut elements = 1_u64;
        for _ in 0..dimensions {
            elements = elements.saturating_mul(u64::from(self.number()?));
        }
        self.skip(u64::from(name_bytes))?;
        let Some((block_elements, block_bytes)) = block_of(kind) else {
            return broken(format!("a tensor has the unknown type {kind}"));
        };
        if elements > 1 << 32 || elements % block_elements != 0 {
            return broken("a tensor's size makes no sense");
        }
        self.skip(elements / block_elements * block_bytes)
    }

    fn number(&mut self) -> Result<u32, Fault> {
        let mut bytes = [0; 4];
        self.file.read_exact(&mut bytes)?;
        self.at += 4;
        Ok(u32::from_le_bytes(bytes))
    }

    fn skip(&mut self, bytes: u64) -> Result<(), Fault> {
        if bytes > self.length - self.at {
            return Err(io::Error::from(io::ErrorKind::UnexpectedEof).into());
        }
        self.file.seek_relative(bytes as i64)?;
        self.at += bytes;
        Ok(())
    }
}

/// Elements and bytes of one block of a ggml type (ggml/src/ggml.c, `type_traits`).
fn block_of(kind: u32) -> Option<(u64, u64)> {
    Some(match kind {
        0 => (1, 4),
        1 => (1, 2),
        2 => (32, 18),
        3 => (32, 20),
        6 => (32, 22),
        7 => (32, 24),
        8 => (32, 34),
        10 => (256, 84),
        11 => (256, 110),
        12 => (256, 144),
        13 => (256, 176),
        14 => (256, 210),
        30 => (1, 2),
        _ => return None,
    })
}
