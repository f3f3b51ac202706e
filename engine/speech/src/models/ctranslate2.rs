//! Reads CTranslate2's `model.bin`: a list of named variables with shape, type and bytes.
//!
//! Only the list is kept in memory; values are read piece by piece where they are wanted, as `f32`.
//! Versions 4 to 6 of the container are the same on disk in all that matters here.

use std::collections::HashMap;
use std::io::{self, Read, Seek, SeekFrom};
use std::ops::Range;

use half::{bf16, f16};

use super::convert::ConversionError;

const SPECIFICATION: &str = "WhisperSpec";
/// Names and ranks longer than this are no names and ranks.
const LONGEST_NAME: usize = 512;
const HIGHEST_RANK: u8 = 8;

/// A CTranslate2 model opened for reading.
pub(super) struct Weights<R> {
    reader: R,
    variables: HashMap<String, Variable>,
}

/// What is known of a variable without reading its values.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Variable {
    /// Outermost dimension first; empty for a single value.
    pub shape: Vec<u32>,
    kind: Kind,
    offset: u64,
    bytes: u64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    F32,
    I8,
    I16,
    I32,
    F16,
    Bf16,
}

impl Kind {
    fn from_id(id: u8) -> Option<Kind> {
        Some(match id {
            0 => Kind::F32,
            1 => Kind::I8,
            2 => Kind::I16,
            3 => Kind::I32,
            4 => Kind::F16,
            5 => Kind::Bf16,
            _ => return None,
        })
    }

    fn bytes(self) -> u64 {
        match self {
            Kind::I8 => 1,
            Kind::I16 | Kind::F16 | Kind::Bf16 => 2,
            Kind::F32 | Kind::I32 => 4,
        }
    }
}

impl Variable {
    /// The number of values.
    pub fn len(&self) -> u64 {
        self.shape.iter().map(|&n| u64::from(n)).product()
    }
}

impl<R: Read + Seek> Weights<R> {
    /// Reads the list of variables.
    pub fn open(mut reader: R) -> Result<Self, ConversionError> {
        let size = reader.seek(SeekFrom::End(0))?;
        reader.seek(SeekFrom::Start(0))?;
        let version = u32_of(&mut reader)?;
        if !(4..=6).contains(&version) {
            return Err(ConversionError::UnknownVersion(version));
        }
        let specification = string_of(&mut reader)?;
        if specification != SPECIFICATION {
            return Err(ConversionError::NotWhisper(specification));
        }
        let _revision = u32_of(&mut reader)?;
        let count = u32_of(&mut reader)?;
        let mut variables = HashMap::new();
        for _ in 0..count {
            let (name, variable) = variable_of(&mut reader)?;
            let end = variable.offset.saturating_add(variable.bytes);
            if end > size {
                return Err(ConversionError::CutShort { variable: name });
            }
            reader.seek(SeekFrom::Start(end))?;
            variables.insert(name, variable);
        }
        for _ in 0..u32_of(&mut reader)? {
            let (alias, name) = (string_of(&mut reader)?, string_of(&mut reader)?);
            if let Some(variable) = variables.get(&name).cloned() {
                variables.insert(alias, variable);
            }
        }
        Ok(Weights { reader, variables })
    }

    /// The variable of that name.
    pub fn variable(&self, name: &str) -> Result<&Variable, ConversionError> {
        self.variables.get(name).ok_or_else(|| ConversionError::NoSuchVariable(name.to_owned()))
    }

    /// How many variables `pattern(0)`, `pattern(1)`, ... there are in a row.
    pub fn count(&self, pattern: impl Fn(u32) -> String) -> u32 {
        (0..).take_while(|&n| self.variables.contains_key(&pattern(n))).count() as u32
    }

    /// The one whole number a variable holds.
    pub fn whole_number(&mut self, name: &str) -> Result<u32, ConversionError> {
        let variable = self.variable(name)?.clone();
        let bytes = self.bytes_at(&variable, 0..1)?;
        let number = match variable.kind {
            Kind::I8 => i64::from(bytes[0].cast_signed()),
            Kind::I16 => i64::from(i16::from_le_bytes([bytes[0], bytes[1]])),
            Kind::I32 => i64::from(i32::from_le_bytes([bytes[0], bytes[1], bytes[2], bytes[3]])),
            _ => -1,
        };
        u32::try_from(number).map_err(|_| ConversionError::WrongType(name.to_owned()))
    }

    /// Values `range` of a variable, counted over the whole of it.
    ///
    /// Eight-bit weights come with a scale for each row (or one for all) in a variable of their own and are
    /// divided by it.
    pub fn values(&mut self, name: &str, range: Range<u64>) -> Result<Vec<f32>, ConversionError> {
        let variable = self.variable(name)?.clone();
        let bytes = self.bytes_at(&variable, range.clone())?;
        Ok(match variable.kind {
            Kind::F32 => {
                bytes.chunks_exact(4).map(|b| f32::from_le_bytes([b[0], b[1], b[2], b[3]])).collect()
            }
            Kind::F16 => bytes.chunks_exact(2).map(|b| f16::from_le_bytes([b[0], b[1]]).to_f32()).collect(),
            Kind::Bf16 => bytes.chunks_exact(2).map(|b| bf16::from_le_bytes([b[0], b[1]]).to_f32()).collect(),
            Kind::I8 => {
                let scales = self.scales(name, &variable)?;
                let row = (variable.len() / scales.len() as u64).max(1);
                let scale = |at: u64| scales[((at / row) as usize).min(scales.len() - 1)];
                range.zip(bytes).map(|(at, b)| f32::from(b.cast_signed()) / scale(at)).collect()
            }
            Kind::I16 | Kind::I32 => return Err(ConversionError::WrongType(name.to_owned())),
        })
    }

    fn scales(&mut self, name: &str, variable: &Variable) -> Result<Vec<f32>, ConversionError> {
        let name = format!("{name}_scale");
        let scale = self.variable(&name)?.clone();
        let rows = variable.shape.first().copied().unwrap_or(1);
        let fits = scale.kind == Kind::F32 && (scale.len() == 1 || scale.len() == u64::from(rows));
        if !fits {
            return Err(ConversionError::WrongType(name));
        }
        self.values(&name, 0..scale.len())
    }

    fn bytes_at(&mut self, variable: &Variable, range: Range<u64>) -> Result<Vec<u8>, ConversionError> {
        let width = variable.kind.bytes();
        self.reader.seek(SeekFrom::Start(variable.offset + range.start * width))?;
        let mut bytes = vec![0; ((range.end - range.start) * width) as usize];
        self.reader.read_exact(&mut bytes)?;
        Ok(bytes)
    }
}

fn variable_of(reader: &mut (impl Read + Seek)) -> Result<(String, Variable), ConversionError> {
    let name = string_of(reader)?;
    let rank = u8_of(reader)?;
    if rank > HIGHEST_RANK {
        return Err(ConversionError::Unreadable);
    }
    let shape = (0..rank).map(|_| u32_of(reader)).collect::<io::Result<Vec<u32>>>()?;
    let kind = Kind::from_id(u8_of(reader)?).ok_or_else(|| ConversionError::WrongType(name.clone()))?;
    let bytes = u64::from(u32_of(reader)?);
    let values = shape.iter().try_fold(1_u64, |all, &n| all.checked_mul(u64::from(n)));
    if values.and_then(|values| values.checked_mul(kind.bytes())) != Some(bytes) {
        return Err(ConversionError::Unreadable);
    }
    let offset = reader.stream_position()?;
    Ok((name, Variable { shape, kind, offset, bytes }))
}

/// A string is its length with the closing zero, then its bytes.
fn string_of(reader: &mut impl Read) -> Result<String, ConversionError> {
    let mut length = [0; 2];
    reader.read_exact(&mut length)?;
    let length = usize::from(u16::from_le_bytes(length));
    if !(1..=LONGEST_NAME).contains(&length) {
        return Err(ConversionError::Unreadable);
    }
    let mut bytes = vec![0; length];
    reader.read_exact(&mut bytes)?;
    bytes.pop();
    String::from_utf8(bytes).map_err(|_| ConversionError::Unreadable)
}

fn u8_of(reader: &mut impl Read) -> io::Result<u8> {
    let mut bytes = [0; 1];
    reader.read_exact(&mut bytes)?;
    Ok(bytes[0])
}

fn u32_of(reader: &mut impl Read) -> io::Result<u32> {
    let mut bytes = [0; 4];
    reader.read_exact(&mut bytes)?;
    Ok(u32::from_le_bytes(bytes))
}
