//! What the head of a model's file tells about decoding with it.

use crate::error::SpeechError;
use crate::models::{ModelHeader, Remedy, convert, walk};
use std::path::Path;
use std::sync::Arc;
use whisper_rs::{DtwMode, DtwModelPreset};

const LARGE_V3_VOCABULARY: u32 = 51_866;

/// Walks a model's file, because whisper.cpp trusts what it reads: a file that is cut short may load with
/// half its weights at zero, or end the whole process.
pub(super) fn read(path: &Path) -> Result<ModelHeader, SpeechError> {
    if !path.exists() {
        return Err(SpeechError::ModelMissing(path.to_owned()));
    }
    walk(path, &Remedy::OwnFile).map_err(|error| SpeechError::ModelBroken(Arc::new(error)))
}

/// The file again with its weights in eight bits, in memory.
pub(super) fn in_eight_bits(path: &Path) -> Result<Vec<u8>, SpeechError> {
    let mut file = Vec::new();
    convert::requantise(path, &mut file, &mut |_| true)
        .map_err(|error| SpeechError::ModelNotLoaded { path: path.to_owned(), reason: error.to_string() })?;
    Ok(file)
}

/// The attention heads that follow the sound, by which words get their times.
pub(super) fn alignment(model: &ModelHeader) -> DtwMode<'static> {
    let preset = match (model.text_layers, model.is_multilingual()) {
        (4, false) => DtwModelPreset::TinyEn,
        (4, true) if model.audio_layers == 4 => DtwModelPreset::Tiny,
        (4, true) if model.audio_layers == 32 => DtwModelPreset::LargeV3Turbo,
        (6, false) => DtwModelPreset::BaseEn,
        (6, true) => DtwModelPreset::Base,
        (12, false) => DtwModelPreset::SmallEn,
        (12, true) => DtwModelPreset::Small,
        (24, false) => DtwModelPreset::MediumEn,
        (24, true) => DtwModelPreset::Medium,
        (32, true) if model.vocabulary == LARGE_V3_VOCABULARY => DtwModelPreset::LargeV3,
        // The two older large models differ in nothing the file tells; a model cut down by somebody has
        // heads of its own.
        _ => return DtwMode::TopMost { n_top: 1 },
    };
    DtwMode::ModelPreset { model_preset: preset }
}
