//! One decoder on its own thread: takes pieces from the queue, sets Whisper's parameters, reads its tokens.

use super::abort::{self, Stop};
use super::gpu::{Computes, computes};
use super::model_file;
use super::queue::{Queue, Request, Work};
use crate::error::SpeechError;
use crate::hearing::{Context, HearJob, Heard, HeardToken};
use crate::models::ModelHeader;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;
use viva_core::units::{Millis, SampleRate};
use whisper_rs::{
    DtwParameters, FullParams, SamplingStrategy, WhisperContext, WhisperContextParameters, WhisperState,
};

/// Encoder frames a second of sound.
const FRAMES_PER_SECOND: f64 = 50.0;
/// Frames of silence beyond the piece's end, after the room's own sound, of a context that is cut. With fewer the model
/// does not notice that the piece is over and says its end again (docs/benchmarks-speech.md).
const FRAMES_BEYOND: i32 = 100;
/// The same of a wide one: from here on base makes no more mistakes than its peers (docs/adr/0051).
const WIDE_BEYOND: i32 = 400;
/// Models with no more encoder layers than this hear no better with more room, and pay for it; and they make more mistakes
/// in eight bits, for a gain nobody waits for.
const SMALLEST_LAYERS: u32 = 4;
/// The tiled products take rows of whole vectors only; other lengths are computed several times slower.
const FRAMES_AT_A_TIME: i32 = 16;
/// Shorter contexts make the model stammer.
const FEWEST_FRAMES: i32 = 256;
/// All thirty seconds.
const ALL_FRAMES: i32 = 1500;
/// Whisper's own bound on the tokens of a decode.
const MOST_TOKENS: i32 = 220;
/// Whisper looks at no more of what came before.
const MOST_PROMPT_TOKENS: usize = 224;
/// Nobody speaks this many tokens in a second; a decode that has them goes round in circles.
const TOKENS_PER_SECOND: f64 = 9.0;
/// What a decode of no length may have.
const TOKENS_AT_LEAST: f64 = 24.0;
/// Whisper wants some sound; shorter pieces are filled with silence.
const SHORTEST: Millis = Millis(1_100);
const CENTISECOND: u64 = 10;

/// A model and, once somebody needed it, its weights.
pub(super) struct Model {
    pub name: String,
    pub path: PathBuf,
    pub header: ModelHeader,
    pub context: Mutex<Option<Arc<WhisperContext>>>,
}

impl Model {
    /// Whether the model can be asked for this language.
    pub(super) fn check_language(&self, language: &str) -> Result<(), SpeechError> {
        // whisper-rs panics on a language with a zero byte in it.
        let is_code = language.bytes().all(|byte| byte.is_ascii_lowercase());
        if self.header.is_multilingual() && is_code && whisper_rs::get_lang_id(language).is_some() {
            return Ok(());
        }
        Err(SpeechError::LanguageUnknown { model: self.name.clone(), language: language.into() })
    }

    /// The weights, loaded by whoever comes first.
    fn context(&self) -> Result<Arc<WhisperContext>, SpeechError> {
        let mut loaded = self.context.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(context) = &*loaded {
            return Ok(context.clone());
        }
        let start = Instant::now();
        let computes = computes();
        match &computes {
            Computes::OnProcessor => {}
            Computes::OnDevice { built_for, name } => {
                tracing::info!(built_for, device = %name, "Whisper computes on a graphics processor");
            }
            Computes::NoDevice { built_for } => tracing::warn!(
                built_for,
                "no graphics processor was found; Whisper computes on the processor. Is the driver installed?"
            ),
        }
        // The file may have changed since the engine started.
        let header = model_file::read(&self.path)?;
        let params = WhisperContextParameters {
            // Word times come from the alignment heads, which flash attention would silently switch off.
            dtw_parameters: DtwParameters {
                mode: model_file::alignment(&header),
                ..DtwParameters::default()
            },
            ..WhisperContextParameters::default()
        };
        let context = if is_rounded(&header, &computes) {
            WhisperContext::new_from_buffer_with_params(&model_file::in_eight_bits(&self.path)?, params)
        } else {
            WhisperContext::new_with_params(&self.path, params)
        };
        let context = context.map_err(|error| SpeechError::ModelNotLoaded {
            path: self.path.clone(),
            reason: error.to_string(),
        })?;
        let context = Arc::new(context);
        *loaded = Some(context.clone());
        tracing::debug!(model = %self.name, took_ms = start.elapsed().as_millis() as u64, "speech model loaded");
        Ok(context)
    }
}

/// Whether a model's weights are rounded from 16 bits to eight when they are loaded: a processor computes with them in two
/// thirds of the time and hears as well (docs/adr/0052). Only the smallest models, quick as they are, stay as their file is.
fn is_rounded(header: &ModelHeader, computes: &Computes) -> bool {
    let on_device = matches!(computes, Computes::OnDevice { .. });
    header.is_sixteen_bit() && header.audio_layers > SMALLEST_LAYERS && !on_device
}

/// One decoder.
pub(super) struct Worker {
    model: Arc<Model>,
    queue: Arc<Queue>,
    threads: usize,
    state: Option<WhisperState>,
}

impl Worker {
    pub(super) fn new(model: Arc<Model>, queue: Arc<Queue>, threads: usize) -> Self {
        Self { model, queue, threads, state: None }
    }

    /// Works until the queue closes.
    pub(super) fn run(mut self) {
        let queue = self.queue.clone();
        while let Some(work) = queue.next() {
            match work {
                Work::Warm => {
                    if let Err(error) = self.state() {
                        tracing::warn!(%error, "the speech model could not be loaded ahead of time");
                    }
                }
                Work::Hear(Request { sound, job, reply }) => {
                    let heard = self.hear(&sound, &job);
                    // A caller that was cancelled has gone.
                    let _ = reply.try_send(heard);
                }
            }
        }
    }

    fn state(&mut self) -> Result<&mut WhisperState, SpeechError> {
        if self.state.is_none() {
            let context = self.model.context()?;
            let state = context.create_state().map_err(|error| SpeechError::ModelNotLoaded {
                path: self.model.path.clone(),
                reason: error.to_string(),
            })?;
            self.state = Some(state);
        }
        Ok(self.state.as_mut().expect("it was just put there"))
    }

    /// The tokens of the job's prompt. Whisper's own way to take one as text would leak it.
    fn prompt(&self, job: &HearJob) -> Result<Vec<i32>, SpeechError> {
        let Some(prompt) = job.prompt.as_deref() else { return Ok(Vec::new()) };
        let tokens = self.model.context()?.tokenize(prompt, MOST_PROMPT_TOKENS);
        tokens.map_err(|error| SpeechError::DecodeFailed(format!("its prompt cannot be used: {error}")))
    }

    fn hear(&mut self, sound: &[f32], job: &HearJob) -> Result<Heard, SpeechError> {
        let threads = self.threads;
        let queue = self.queue.clone();
        job.cancel.check()?;
        let prompt = self.prompt(job)?;
        let header = self.model.header;
        let state = self.state()?;
        let stop = Stop { cancelled: job.cancel.flag(), closing: queue.closing() };
        if stop.is_wanted() {
            return Err(SpeechError::Cancelled);
        }
        let seconds = sound.len() as f64 / f64::from(SampleRate::WHISPER.0);
        let most_tokens = most_tokens(seconds);
        let mut params =
            params(job, frames_for(job.context, seconds, header.audio_layers), most_tokens, threads);
        if !prompt.is_empty() {
            params.set_tokens(&prompt);
        }
        let shortest = SHORTEST.to_samples(SampleRate::WHISPER) as usize;
        let decoded = if sound.len() < shortest {
            let mut filled = sound.to_vec();
            filled.resize(shortest, 0.0);
            abort::decode(state, params, &filled, &stop)
        } else {
            abort::decode(state, params, sound, &stop)
        };
        if stop.is_wanted() {
            // Whether it failed by that or was just done: nobody wants it.
            return Err(SpeechError::Cancelled);
        }
        match decoded {
            Ok(()) => Ok(read_tokens(state, most_tokens)),
            Err(error) => {
                // Its buffers may be in any state.
                self.state = None;
                Err(SpeechError::DecodeFailed(error.to_string()))
            }
        }
    }
}

/// Greedy, no fallback, no memory of earlier pieces: the same sound gives the same words.
fn params<'a, 'p>(job: &'a HearJob, frames: i32, most_tokens: i32, threads: usize) -> FullParams<'a, 'p> {
    let mut params = FullParams::new(SamplingStrategy::Greedy { best_of: 1 });
    params.set_n_threads(i32::try_from(threads).unwrap_or(1));
    params.set_language(Some(&job.language));
    params.set_audio_ctx(frames);
    params.set_temperature(0.0);
    params.set_temperature_inc(0.0);
    params.set_no_context(true);
    params.set_no_timestamps(true);
    params.set_single_segment(true);
    params.set_suppress_blank(true);
    // The list of "non-speech" tokens has the slash of I/O and the signs of C++ and C# in it; annotations
    // such as [Music] are dropped from the words instead.
    params.set_suppress_nst(false);
    params.set_max_tokens(most_tokens);
    params.set_print_progress(false);
    params.set_print_realtime(false);
    params.set_print_timestamps(false);
    params.set_print_special(false);
    params
}

/// How many frames an encoder of so many layers looks at for a piece of this length.
fn frames_for(context: Context, seconds: f64, layers: u32) -> i32 {
    match context {
        Context::Wide if layers > SMALLEST_LAYERS => frames(seconds, WIDE_BEYOND),
        Context::Cut | Context::Wide => frames(seconds, FRAMES_BEYOND),
        Context::Full => ALL_FRAMES,
    }
}

/// The same with so many behind it.
fn frames(seconds: f64, beyond: i32) -> i32 {
    let needed = (seconds * FRAMES_PER_SECOND).ceil() as i32;
    let wanted = (needed + beyond).clamp(FEWEST_FRAMES, ALL_FRAMES);
    // Rounded down only where that is still enough for the sound.
    let rounded = [
        (wanted + FRAMES_AT_A_TIME - 1) / FRAMES_AT_A_TIME * FRAMES_AT_A_TIME,
        wanted / FRAMES_AT_A_TIME * FRAMES_AT_A_TIME,
    ];
    rounded.into_iter().find(|frames| (needed..=ALL_FRAMES).contains(frames)).unwrap_or(ALL_FRAMES)
}

fn most_tokens(seconds: f64) -> i32 {
    ((seconds * TOKENS_PER_SECOND + TOKENS_AT_LEAST) as i32).min(MOST_TOKENS)
}

fn read_tokens(state: &WhisperState, most_tokens: i32) -> Heard {
    let mut tokens = Vec::new();
    for segment in state.as_iter() {
        for index in 0..segment.n_tokens() {
            let Some(token) = segment.get_token(index) else { continue };
            let Ok(bytes) = token.to_bytes() else { continue };
            let data = token.token_data();
            if bytes.starts_with(b"[_") || bytes.starts_with(b"<|") {
                continue;
            }
            tokens.push(HeardToken {
                bytes: bytes.to_vec(),
                probability: data.p,
                end: u64::try_from(data.t_dtw).ok().map(|at| Millis(at * CENTISECOND)),
            });
        }
    }
    let ran_on = tokens.len() as i32 >= most_tokens;
    Heard { tokens, ran_on }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_larger_models_get_room_behind_the_record() {
        let frames = |context, layers| frames_for(context, 10.0, layers);
        let (tiny, base) = (SMALLEST_LAYERS, 6);
        assert_eq!(frames(Context::Wide, tiny), frames(Context::Cut, tiny));
        assert_eq!(frames(Context::Wide, base) - frames(Context::Cut, base), 304, "in steps of sixteen");
        assert_eq!(frames(Context::Full, tiny), ALL_FRAMES);
    }

    #[test]
    fn larger_models_are_rounded_where_a_processor_computes() {
        let header = |audio_layers, file_type| ModelHeader {
            vocabulary: 51_865,
            audio_context: 1_500,
            audio_state: 512,
            audio_heads: 8,
            audio_layers,
            text_context: 448,
            text_state: 512,
            text_heads: 8,
            text_layers: audio_layers,
            mel_bands: 80,
            file_type,
        };
        let (f32, f16, q8_0) = (0, 1, 2_007);
        let device = Computes::OnDevice { built_for: "cuda", name: "a card".to_owned() };
        assert!(is_rounded(&header(6, f16), &Computes::OnProcessor));
        assert!(is_rounded(&header(6, f16), &Computes::NoDevice { built_for: "cuda" }));
        assert!(!is_rounded(&header(6, f16), &device));
        assert!(!is_rounded(&header(6, q8_0), &Computes::OnProcessor));
        assert!(!is_rounded(&header(6, f32), &Computes::OnProcessor));
        assert!(!is_rounded(&header(SMALLEST_LAYERS, f16), &Computes::OnProcessor));
    }

    #[test]
    fn the_context_holds_the_piece_and_suits_the_products() {
        for tenths in 1..=300 {
            let seconds = f64::from(tenths) / 10.0;
            for frames in [frames(seconds, FRAMES_BEYOND), frames(seconds, WIDE_BEYOND)] {
                assert!(f64::from(frames) >= seconds * FRAMES_PER_SECOND, "{seconds} s: {frames}");
                assert!((FEWEST_FRAMES..=ALL_FRAMES).contains(&frames), "{seconds} s: {frames}");
                assert!(frames % FRAMES_AT_A_TIME == 0 || seconds > 29.7, "{seconds} s: {frames}");
            }
        }
    }
}
