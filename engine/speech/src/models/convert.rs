//! Turns a CTranslate2 Whisper model into the ggml file Whisper reads.
//!
//! Tensors are renamed, fused projections split, the mel filters computed and the vocabulary written as
//! bytes; values pass through in pieces, so memory stays small whatever the model's size. With 16-bit
//! weights in, the result is byte for byte what whisper.cpp's own scripts make of OpenAI's checkpoint.
//! Progress, files and names are the caller's business.

use std::collections::HashMap;
use std::fs::File;
use std::io::{self, BufReader, Read, Seek, SeekFrom, Write};
use std::path::Path;

use half::f16;

use super::ctranslate2::Weights;
use super::ggml::{self, Header, TensorType};
use super::inspect::{FileFault, inspect};
use super::layout::{self, Tensor};
use super::manifest::Form;
use super::{mel, quantise, vocabulary};

/// Values that are read, turned and written at a time.
const PIECE: u64 = 1 << 16;

/// What is wrong with the weights that should become a model.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ConversionError {
    /// The container is of a version nobody has seen.
    #[error("its format has version {0}, and versions 4 to 6 are known")]
    UnknownVersion(u32),
    /// The container holds another kind of model.
    #[error("it holds a \"{0}\", not a Whisper model")]
    NotWhisper(String),
    /// The bytes make no sense.
    #[error("it is unreadable")]
    Unreadable,
    /// A variable reaches past the end of the file.
    #[error("it ends inside the variable \"{variable}\"")]
    CutShort {
        /// The variable.
        variable: String,
    },
    /// A variable every Whisper model has is not there.
    #[error("the variable \"{0}\" is missing")]
    NoSuchVariable(String),
    /// A variable is of a type that cannot be turned.
    #[error("the variable \"{0}\" has an unexpected type")]
    WrongType(String),
    /// A variable does not have the shape the model's size asks for.
    #[error("the variable \"{variable}\" has the shape {found:?}, and {wanted} values were expected")]
    WrongShape {
        /// The variable.
        variable: String,
        /// Its shape.
        found: Vec<u32>,
        /// How many values it should have.
        wanted: u64,
    },
    /// The numbers of the model make no Whisper model.
    #[error("{0}")]
    Impossible(String),
    /// The vocabulary cannot be read.
    #[error("{0}")]
    Vocabulary(String),
    /// The caller wanted to stop.
    #[error("stopped")]
    Cancelled,
    /// Reading or writing failed.
    #[error(transparent)]
    Io(#[from] io::Error),
}

/// Writes `model` with `vocabulary` as a ggml file to `out`, its large tensors in `form`.
///
/// `go_on` is told the bytes written so far and may stop the work by answering `false`.
///
/// # Errors
/// The weights are not a readable Whisper model, reading or writing fails, or `go_on` said no.
pub fn convert<W: Write>(
    model: impl Read + Seek,
    vocabulary: &str,
    form: Form,
    out: &mut W,
    go_on: &mut dyn FnMut(u64) -> bool,
) -> Result<(), ConversionError> {
    let mut weights = Weights::open(model)?;
    let header = header_of(&mut weights, form)?;
    let kind = header.weights().ok_or(ConversionError::Unreadable)?;
    let tokens = vocabulary::tokens(vocabulary, header.vocabulary).map_err(ConversionError::Vocabulary)?;

    let mut out = Counted { out, bytes: 0 };
    header.write(&mut out)?;
    write_mel_filters(&mut out, header.mel_bands)?;
    write_vocabulary(&mut out, &tokens)?;
    for tensor in layout::tensors(&header) {
        write_tensor(&mut weights, &tensor, tensor.stored_as(kind), &mut out, go_on)?;
    }
    Ok(out.out.flush()?)
}

/// Writes the ggml file at `path`, whose weights are 16-bit floats, again in Q8_0.
///
/// The same rules as whisper.cpp's own tool: only the two-dimensional weights change, neither the
/// convolutions nor positions, norms and biases.
///
/// # Errors
/// The file is not a whole model, reading or writing fails, or `go_on` said no.
pub fn requantise<W: Write>(
    path: &Path,
    out: &mut W,
    go_on: &mut dyn FnMut(u64) -> bool,
) -> Result<(), ConversionError> {
    let contents = inspect(path).map_err(|fault| match fault {
        FileFault::Io(error) => ConversionError::Io(error),
        FileFault::NotWhisper(what) => ConversionError::Impossible(what),
        FileFault::Truncated { .. } => ConversionError::Unreadable,
    })?;
    let header = Header { file_type: Header::FILE_TYPE_Q8_0, ..contents.header };
    let rows: HashMap<_, _> = layout::tensors(&header).into_iter().map(|t| (t.name.clone(), t)).collect();
    let mut reader = BufReader::new(File::open(path)?);
    let mut out = Counted { out, bytes: 0 };

    header.write(&mut out)?;
    reader.seek(SeekFrom::Start(ggml::HEADER_BYTES))?;
    io::copy(&mut reader.by_ref().take(contents.vocabulary_end - ggml::HEADER_BYTES), &mut out)?;
    for found in &contents.tensors {
        let tensor =
            rows.get(&found.name).ok_or_else(|| ConversionError::NoSuchVariable(found.name.clone()))?;
        let kind = tensor.stored_as(TensorType::Q8_0);
        if kind == TensorType::Q8_0 && found.kind != TensorType::F16 {
            return Err(ConversionError::WrongType(found.name.clone()));
        }
        stored_in_blocks(tensor, kind)?;
        reader.seek(SeekFrom::Start(found.offset))?;
        let mut values = reader.by_ref().take(found.bytes);
        if kind != TensorType::Q8_0 {
            ggml::write_tensor_head(&mut out, &found.name, &found.shape, found.kind)?;
            io::copy(&mut values, &mut out)?;
            continue;
        }
        ggml::write_tensor_head(&mut out, &found.name, &found.shape, kind)?;
        let (mut left, mut piece, mut bytes) = (found.bytes, Vec::new(), Vec::new());
        while left > 0 {
            piece.resize(left.min(2 * PIECE) as usize, 0);
            values.read_exact(&mut piece)?;
            left -= piece.len() as u64;
            let weights: Vec<f32> =
                piece.chunks_exact(2).map(|b| f16::from_le_bytes([b[0], b[1]]).to_f32()).collect();
            bytes.clear();
            encode(&weights, kind, &mut bytes)?;
            out.write_all(&bytes)?;
            if !go_on(out.bytes) {
                return Err(ConversionError::Cancelled);
            }
        }
    }
    Ok(out.out.flush()?)
}

/// The model's dimensions, as the shapes of its variables tell them.
fn header_of(weights: &mut Weights<impl Read + Seek>, form: Form) -> Result<Header, ConversionError> {
    let layers = |side: &'static str| move |n: u32| format!("{side}/layer_{n}/ffn/linear_0/weight");
    let [vocabulary, text_state] = shape(weights, "decoder/embeddings/weight")?;
    let [text_context, _] = shape(weights, "decoder/position_encodings/encodings")?;
    let [audio_context, audio_state] = shape(weights, "encoder/position_encodings/encodings")?;
    let [_, mel_bands, _] = shape(weights, "encoder/conv1/weight")?;
    let header = Header {
        vocabulary,
        audio_context,
        audio_state,
        audio_heads: weights.whole_number("encoder/num_heads")?,
        audio_layers: weights.count(layers("encoder")),
        text_context,
        text_state,
        text_heads: weights.whole_number("decoder/num_heads")?,
        text_layers: weights.count(layers("decoder")),
        mel_bands,
        file_type: match form {
            Form::F16 => Header::FILE_TYPE_F16,
            Form::Q8_0 => Header::FILE_TYPE_Q8_0,
        },
    };
    match header.fault() {
        Some(what) => Err(ConversionError::Impossible(what)),
        None => Ok(header),
    }
}

fn shape<const RANK: usize>(
    weights: &Weights<impl Read + Seek>,
    name: &str,
) -> Result<[u32; RANK], ConversionError> {
    let found = &weights.variable(name)?.shape;
    found.as_slice().try_into().map_err(|_| ConversionError::WrongType(name.to_owned()))
}

fn write_mel_filters(out: &mut impl Write, bands: u32) -> io::Result<()> {
    ggml::write_numbers(out, &[bands, mel::FFT_BINS as u32])?;
    mel::filters(bands as usize).iter().try_for_each(|weight| out.write_all(&weight.to_le_bytes()))
}

fn write_vocabulary(out: &mut impl Write, tokens: &[Vec<u8>]) -> io::Result<()> {
    ggml::write_numbers(out, &[tokens.len() as u32])?;
    tokens.iter().try_for_each(|token| {
        ggml::write_numbers(out, &[token.len() as u32])?;
        out.write_all(token)
    })
}

fn write_tensor<W: Write>(
    weights: &mut Weights<impl Read + Seek>,
    tensor: &Tensor,
    kind: TensorType,
    out: &mut Counted<'_, W>,
    go_on: &mut dyn FnMut(u64) -> bool,
) -> Result<(), ConversionError> {
    let origin = &tensor.origin;
    let found = weights.variable(&origin.variable)?;
    let wanted = tensor.len() * u64::from(origin.slices);
    let rows = found.shape.first().copied().unwrap_or(0);
    if found.len() != wanted || u64::from(rows) != u64::from(tensor.shape[0]) * u64::from(origin.slices) {
        return Err(ConversionError::WrongShape {
            variable: origin.variable.clone(),
            found: found.shape.clone(),
            wanted,
        });
    }
    stored_in_blocks(tensor, kind)?;
    ggml::write_tensor_head(out, &tensor.name, &tensor.shape, kind)?;
    let first = tensor.len() * u64::from(origin.slice);
    let last = first + tensor.len();
    let mut at = first;
    let mut bytes = Vec::new();
    while at < last {
        let end = (at + PIECE).min(last);
        bytes.clear();
        encode(&weights.values(&origin.variable, at..end)?, kind, &mut bytes)?;
        out.write_all(&bytes)?;
        at = end;
        if !go_on(out.bytes) {
            return Err(ConversionError::Cancelled);
        }
    }
    Ok(())
}

/// A row must fill whole blocks.
fn stored_in_blocks(tensor: &Tensor, kind: TensorType) -> Result<(), ConversionError> {
    let row = tensor.shape.last().copied().unwrap_or(0);
    if kind.bytes_of(u64::from(row)).is_none() {
        return Err(ConversionError::Impossible(format!(
            "rows of \"{}\" do not fill blocks of 32",
            tensor.name
        )));
    }
    Ok(())
}

fn encode(values: &[f32], kind: TensorType, bytes: &mut Vec<u8>) -> Result<(), ConversionError> {
    match kind {
        TensorType::F32 => values.iter().for_each(|v| bytes.extend_from_slice(&v.to_le_bytes())),
        TensorType::F16 => {
            values.iter().for_each(|v| bytes.extend_from_slice(&f16::from_f32(*v).to_le_bytes()))
        }
        TensorType::Q8_0 => quantise::q8_0(values, bytes),
        TensorType::Other { .. } => return Err(ConversionError::Unreadable),
    }
    Ok(())
}

/// Counts what passes through.
struct Counted<'a, W> {
    out: &'a mut W,
    bytes: u64,
}

impl<W: Write> Write for Counted<'_, W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.out.write(bytes)?;
        self.bytes += written as u64;
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}
