//! A recogniser that says what it was told to, for tests of everything around it.

use crate::error::SpeechError;
use crate::transcriber::{Progress, TranscribeOptions, Transcriber};
use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};
use viva_core::transcript::{Transcript, Word};
use viva_core::units::{Millis, SampleRate};

/// Hears the next line of its script in every recording with speech, the last one for ever after, and
/// nothing in a recording without speech. Its words lie evenly over the recording.
#[derive(Debug)]
pub struct Scripted {
    lines: Mutex<VecDeque<Result<String, SpeechError>>>,
}

impl Scripted {
    /// The name it gives as its model.
    pub const MODEL: &'static str = "scripted";

    /// Will always hear these words.
    pub fn hearing(text: impl Into<String>) -> Self {
        Self::script([Ok(text.into())])
    }

    /// Will always fail like this.
    pub fn failing(error: SpeechError) -> Self {
        Self::script([Err(error)])
    }

    /// Will hear these, or fail so, one recording after the other.
    pub fn script(lines: impl IntoIterator<Item = Result<String, SpeechError>>) -> Self {
        Self { lines: Mutex::new(lines.into_iter().collect()) }
    }

    fn next(&self) -> Result<String, SpeechError> {
        let mut lines = self.lines.lock().unwrap_or_else(PoisonError::into_inner);
        let line = if lines.len() > 1 { lines.pop_front() } else { lines.front().cloned() };
        line.unwrap_or_else(|| Ok(String::new()))
    }
}

impl Transcriber for Scripted {
    fn transcribe(&self, audio: Arc<[f32]>, job: TranscribeOptions) -> Result<Transcript, SpeechError> {
        job.cancel.check()?;
        let line = self.next()?;
        let length = Millis::of_samples(audio.len() as u64, SampleRate::WHISPER);
        let speech = viva_audio::speech_spans(&audio);
        let said: Vec<&str> = if speech.is_empty() { Vec::new() } else { line.split_whitespace().collect() };
        let at = |index: u64| Millis(length.0 * index / (said.len() as u64).max(1));
        let words = (0..)
            .zip(&said)
            .map(|(index, word)| Word {
                text: (*word).to_owned(),
                start: at(index),
                end: at(index + 1),
                confidence: 1.0,
            })
            .collect();
        if let Some(tell) = &job.progress {
            tell(Progress { done: length, total: length });
        }
        Ok(Transcript {
            text: said.join(" "),
            model: Self::MODEL.into(),
            language: job.language,
            audio: length,
            speech,
            words,
            helped: Vec::new(),
            hesitations: None,
        })
    }

    fn model(&self) -> &str {
        Self::MODEL
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hear(ear: &Scripted, audio: &[f32]) -> Result<Transcript, SpeechError> {
        ear.transcribe(audio.into(), TranscribeOptions::default())
    }

    #[test]
    fn silence_has_no_words_whatever_the_script_says() {
        let heard = hear(&Scripted::hearing("one two"), &[0.0; 32_000]).unwrap();
        assert_eq!((heard.text.as_str(), heard.words.len(), heard.audio), ("", 0, Millis(2_000)));
    }

    #[test]
    fn it_fails_when_its_script_says_so_and_stays_at_its_last_line() {
        let ear = Scripted::script([Err(SpeechError::EngineStopped), Ok("done".into())]);
        assert!(matches!(hear(&ear, &[0.0; 16_000]), Err(SpeechError::EngineStopped)));
        assert!(hear(&ear, &[0.0; 16_000]).is_ok());
        assert!(hear(&ear, &[0.0; 16_000]).is_ok());
    }
}
