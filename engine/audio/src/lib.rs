//! Samples in, samples out: capture, the recorder, decoding, resampling, levels and speech spans.
//!
//! Everything that leaves this crate is mono at 16 kHz, whatever the microphone or the file gave. A take
//! lives on disk from its first second on: the recorder writes, everybody else reads what is already
//! written ([`TakeFollower`]), so that a slow reader never costs a sample and a killed process loses less
//! than a second ([`salvage`]). The crate knows nothing of questions, words or pages, and it is the only
//! one that knows of cpal.

mod capture;
mod decode;
mod devices;
mod error;
mod feed;
mod file_source;
mod level;
mod pieces;
mod recorder;
mod recording;
mod resample;
mod salvage;
mod source;
mod speech;
mod stream_source;
mod take;
mod take_file;
mod tone;
pub mod waveform;

pub use decode::{AudioReader, DECODE_LIMIT, DecodeError, Pcm, decode, decode_up_to};
pub use devices::{Checked, Device, check, devices};
pub use error::AudioError;
pub use feed::{Control, Feed, FeedSlot, SourceFormat};
pub use level::{Level, LevelWord};
pub use pieces::{LARGEST_PIECE_BYTES, MOST_PIECES, PIECE_RATES, Piece, PieceError, PieceTake, Standing};
pub use recording::{RecordOptions, Recording, Status};
pub use resample::ToWhisper;
pub use salvage::{Salvaged, salvage};
pub use source::{AudioSource, Pace, Source};
pub use speech::{SpeechDetector, SpeechOptions, speech_spans};
pub use stream_source::{SampleSender, sample_stream};
pub use take::{Ended, Take, TakeFollower};
pub use tone::Tone;
