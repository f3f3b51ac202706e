//! Audio files to samples: WAV, FLAC, MP3, OGG and WebM (Vorbis and Opus), M4A.
//!
//! What a file is, is found by looking into it; its name is not trusted. Memory stays bounded: a file
//! that says it is longer than the limit is refused before it is decoded, one that does not say it, at
//! the limit.

use crate::resample::ToWhisper;
use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;
use symphonia::core::codecs::CodecParameters;
use symphonia::core::codecs::audio::{AudioDecoder, AudioDecoderOptions};
use symphonia::core::codecs::registry::CodecRegistry;
use symphonia::core::errors::Error as SymphoniaError;
use symphonia::core::formats::probe::Hint;
use symphonia::core::formats::{FormatOptions, FormatReader, Track, TrackType};
use symphonia::core::io::{MediaSourceStream, MediaSourceStreamOptions};
use symphonia::core::meta::MetadataOptions;
use viva_core::units::{Millis, SampleRate};

/// The longest file that is decoded unless another limit is named: two hours, 460 MB of samples.
pub const DECODE_LIMIT: Millis = Millis(2 * 60 * 60 * 1000);

/// Sound in memory: mono at 16 kHz, 1.0 being full scale.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Pcm {
    /// The samples.
    pub samples: Vec<f32>,
}

impl Pcm {
    /// How long it is.
    pub fn length(&self) -> Millis {
        Millis::of_samples(self.samples.len() as u64, SampleRate::WHISPER)
    }
}

/// Why a file gave no sound.
#[derive(Debug, thiserror::Error)]
pub enum DecodeError {
    /// There is no such file.
    #[error("{path}: there is no such file; check the name")]
    Missing {
        /// The file.
        path: PathBuf,
    },
    /// The file is there but cannot be read.
    #[error("{path} cannot be read: check that it is a file and that you may read it")]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: io::Error,
    },
    /// The file has no content.
    #[error("{path} is empty: record or export it again")]
    Empty {
        /// The file.
        path: PathBuf,
    },
    /// The file is no audio file of a known kind.
    #[error("{path} is not an audio file Viva can read: use WAV, FLAC, MP3, OGG, WebM or M4A")]
    NotAudio {
        /// The file.
        path: PathBuf,
    },
    /// The container is known, what is in it is not.
    #[error(
        "{path} holds no sound Viva can decode ({reason}): convert it to WAV, FLAC, MP3, OGG, WebM or M4A"
    )]
    Unsupported {
        /// The file.
        path: PathBuf,
        /// What is missing.
        reason: String,
    },
    /// The file is an audio file without a single sample.
    #[error("{path} holds no sound: record or export it again")]
    NoSound {
        /// The file.
        path: PathBuf,
    },
    /// The file ends before it says it does.
    #[error("{path} is cut short: it should last {said} and ends at {found}; copy or export it again")]
    Truncated {
        /// The file.
        path: PathBuf,
        /// How long the file says it is.
        said: Millis,
        /// How much is there.
        found: Millis,
    },
    /// The content is damaged.
    #[error("{path} is damaged at {at}: {reason}; copy or export it again")]
    Damaged {
        /// The file.
        path: PathBuf,
        /// How much could be decoded before.
        at: Millis,
        /// What the decoder said.
        reason: String,
    },
    /// The file is longer than the limit.
    #[error("{path} is {}longer than the limit of {limit} (minutes:seconds): cut it into shorter files", 
            .length.map_or_else(String::new, |length| format!("{length} long, ")))]
    TooLong {
        /// The file.
        path: PathBuf,
        /// How long it is, where the file says so.
        length: Option<Millis>,
        /// The longest that is decoded.
        limit: Millis,
    },
}

/// Decodes a file of at most [`DECODE_LIMIT`].
pub fn decode(path: impl AsRef<Path>) -> Result<Pcm, DecodeError> {
    decode_up_to(path, DECODE_LIMIT)
}

/// Decodes a file of at most this length.
pub fn decode_up_to(path: impl AsRef<Path>, limit: Millis) -> Result<Pcm, DecodeError> {
    let mut reader = AudioReader::open(path.as_ref(), limit)?;
    let mut to_whisper = ToWhisper::new(reader.rate(), reader.channels());
    let mut pcm = Pcm::default();
    let mut piece = Vec::new();
    while reader.next(&mut piece)? {
        to_whisper.push(&piece, &mut pcm.samples);
    }
    to_whisper.finish(&mut pcm.samples);
    Ok(pcm)
}

/// symphonia's own decoders and libopus.
static CODECS: LazyLock<CodecRegistry> = LazyLock::new(|| {
    let mut codecs = CodecRegistry::new();
    symphonia::default::register_enabled_codecs(&mut codecs);
    codecs.register_audio_decoder::<symphonia_adapter_libopus::OpusDecoder>();
    codecs
});

/// Packets that may be broken before the file counts as damaged; MP3s cut out of a longer one start with
/// one or two.
const BROKEN_PACKETS: u32 = 5;
/// A container whose bytes would make less than this many bits a second does not know its length: it was
/// written as a stream and its length field never filled in.
const LEAST_BITS_PER_SECOND: f64 = 500.0;
/// A file may end this much before what its container says; encoders round up to whole frames.
const SHORT_BY: Millis = Millis(250);

/// Reads a file piece by piece at its own rate and channel count.
pub struct AudioReader {
    path: PathBuf,
    format: Box<dyn FormatReader>,
    decoder: Box<dyn AudioDecoder>,
    track: u32,
    rate: SampleRate,
    channels: u16,
    said: Option<Millis>,
    limit: Millis,
    frames: u64,
    broken: u32,
    /// The first piece, decoded to learn the true rate and channels.
    first: Option<Vec<f32>>,
}

impl std::fmt::Debug for AudioReader {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("AudioReader")
            .field("path", &self.path)
            .field("rate", &self.rate)
            .finish_non_exhaustive()
    }
}

impl AudioReader {
    /// Opens a file and decodes its first piece. A file that says it is longer than `limit` is refused here.
    pub fn open(path: &Path, limit: Millis) -> Result<Self, DecodeError> {
        let path = path.to_owned();
        let file = File::open(&path).map_err(|source| match source.kind() {
            io::ErrorKind::NotFound => DecodeError::Missing { path: path.clone() },
            _ => DecodeError::Unreadable { path: path.clone(), source },
        })?;
        let about =
            file.metadata().map_err(|source| DecodeError::Unreadable { path: path.clone(), source })?;
        if !about.is_file() {
            let source = io::Error::from(io::ErrorKind::InvalidInput);
            return Err(DecodeError::Unreadable { path, source });
        }
        if about.len() == 0 {
            return Err(DecodeError::Empty { path });
        }
        let stream = MediaSourceStream::new(Box::new(file), MediaSourceStreamOptions::default());
        let format = symphonia::default::get_probe()
            .probe(&Hint::new(), stream, FormatOptions::default(), MetadataOptions::default())
            .map_err(|error| unrecognised(&path, error))?;
        let Chosen { track, decoder, said } = choose(format.as_ref(), &path)?;
        let said = said.filter(|said| about.len() as f64 * 8.0 >= said.as_secs() * LEAST_BITS_PER_SECOND);
        if let Some(length) = said.filter(|said| *said > limit) {
            return Err(DecodeError::TooLong { path, length: Some(length), limit });
        }
        let mut reader = Self {
            path,
            format,
            decoder,
            track,
            rate: SampleRate(0),
            channels: 0,
            said,
            limit,
            frames: 0,
            broken: 0,
            first: None,
        };
        let mut first = Vec::new();
        if !reader.next(&mut first)? {
            return Err(DecodeError::NoSound { path: reader.path });
        }
        reader.first = Some(first);
        Ok(reader)
    }

    /// Frames per second.
    pub fn rate(&self) -> SampleRate {
        self.rate
    }

    /// Samples per frame.
    pub fn channels(&self) -> u16 {
        self.channels
    }

    /// Replaces `samples` with the next interleaved piece; `false` at the end.
    pub fn next(&mut self, samples: &mut Vec<f32>) -> Result<bool, DecodeError> {
        samples.clear();
        if let Some(first) = self.first.take() {
            *samples = first;
            return Ok(true);
        }
        loop {
            let packet = match self.format.next_packet() {
                Ok(Some(packet)) => packet,
                Ok(None) => return self.end(),
                Err(SymphoniaError::IoError(error)) if error.kind() == io::ErrorKind::UnexpectedEof => {
                    return self.end();
                }
                Err(SymphoniaError::ResetRequired) => {
                    // A chained OGG: another stream follows in the same file.
                    let next = choose(self.format.as_ref(), &self.path)?;
                    (self.track, self.decoder, self.said) = (next.track, next.decoder, None);
                    continue;
                }
                Err(SymphoniaError::IoError(source)) => {
                    return Err(DecodeError::Unreadable { path: self.path.clone(), source });
                }
                Err(error) => return Err(self.damaged(error.to_string())),
            };
            if packet.track_id != self.track {
                continue;
            }
            let (rate, channels) = match self.decoder.decode(&packet) {
                Ok(piece) => {
                    let found = (piece.spec().rate(), piece.spec().channels().count() as u16);
                    piece.copy_to_vec_interleaved(samples);
                    found
                }
                Err(SymphoniaError::DecodeError(reason)) => {
                    self.broken += 1;
                    if self.broken > BROKEN_PACKETS {
                        return Err(self.damaged(reason.to_owned()));
                    }
                    continue;
                }
                Err(SymphoniaError::IoError(error)) if error.kind() == io::ErrorKind::UnexpectedEof => {
                    self.broken += 1;
                    continue;
                }
                Err(error) => return Err(self.damaged(error.to_string())),
            };
            if samples.is_empty() {
                continue;
            }
            if self.channels == 0 {
                (self.rate, self.channels) = (SampleRate(rate.max(1)), channels.max(1));
            } else if (self.rate.0, self.channels) != (rate, channels) {
                return Err(self.damaged("the rate or the number of channels changes on the way".into()));
            }
            self.frames += (samples.len() / usize::from(self.channels)) as u64;
            if self.found() > self.limit {
                return Err(DecodeError::TooLong {
                    path: self.path.clone(),
                    length: None,
                    limit: self.limit,
                });
            }
            return Ok(true);
        }
    }

    fn found(&self) -> Millis {
        if self.rate.0 == 0 { Millis(0) } else { Millis::of_samples(self.frames, self.rate) }
    }

    /// The end of the file, if it is where it should be.
    fn end(&self) -> Result<bool, DecodeError> {
        let found = self.found();
        match self.said {
            Some(said) if found + SHORT_BY < said && found.0 * 100 < said.0 * 99 => {
                Err(DecodeError::Truncated { path: self.path.clone(), said, found })
            }
            _ if self.frames == 0 && self.broken > 0 => {
                Err(self.damaged("nothing in it could be decoded".into()))
            }
            _ => Ok(false),
        }
    }

    fn damaged(&self, reason: String) -> DecodeError {
        DecodeError::Damaged { path: self.path.clone(), at: self.found(), reason }
    }
}

/// Tells a file of another kind from one that begins like an audio file and is broken.
fn unrecognised(path: &Path, error: SymphoniaError) -> DecodeError {
    let path = path.to_owned();
    match error {
        // How symphonia says that no reader wanted the file; a reader that did names itself.
        SymphoniaError::Unsupported(what) if what.starts_with("core (probe)") => {
            DecodeError::NotAudio { path }
        }
        SymphoniaError::IoError(error) if error.kind() == io::ErrorKind::UnexpectedEof => {
            DecodeError::NotAudio { path }
        }
        SymphoniaError::IoError(source) => DecodeError::Unreadable { path, source },
        error => DecodeError::Damaged { path, at: Millis(0), reason: error.to_string() },
    }
}

/// What is read of a file.
struct Chosen {
    track: u32,
    decoder: Box<dyn AudioDecoder>,
    /// How long the file says it is.
    said: Option<Millis>,
}

/// The first track with sound.
fn choose(format: &dyn FormatReader, path: &Path) -> Result<Chosen, DecodeError> {
    let unsupported =
        |reason: &str| DecodeError::Unsupported { path: path.to_owned(), reason: reason.to_owned() };
    let track =
        format.default_track(TrackType::Audio).ok_or_else(|| unsupported("there is no audio track"))?;
    let Some(CodecParameters::Audio(parameters)) = &track.codec_params else {
        return Err(unsupported("the codec is not known"));
    };
    let decoder = CODECS
        .make_audio_decoder(parameters, &AudioDecoderOptions::default())
        .map_err(|error| unsupported(&error.to_string()))?;
    Ok(Chosen { track: track.id, decoder, said: said_length(track) })
}

fn said_length(track: &Track) -> Option<Millis> {
    let base = track.time_base?;
    let ticks = track.duration?;
    let millis = base.calc_duration(ticks)?.as_millis();
    u64::try_from(millis).ok().filter(|millis| *millis > 0).map(Millis)
}
