//! The second ear on a piece: heard again with the question's words at hand, where that could change anything.
//!
//! What may come of it is decided in [`viva_core::help`]. Here it is decided when to listen again, and when a prompted
//! decode is not to be believed: it depends on the record alone, so the same sound gets the same help live and later.

use crate::doubt::doubt;
use crate::error::SpeechError;
use crate::hearing::{Context, Ear, HearJob};
use crate::pieces::{Piece, Sound};
use crate::transcriber::TranscribeOptions;
use crate::words;
use viva_core::help::{is_needed, merge};
use viva_core::transcript::{Helped, Word};

/// A prompted decode with a smaller share of the record's words has skipped some of what was said.
const FEWEST_OF_RECORD: f64 = 0.7;

/// The words of a piece that count, given its record, and where they are others than the record's.
pub(crate) fn listen_again(
    ear: &dyn Ear,
    piece: &Piece,
    recording: Sound<'_>,
    record: Vec<Word>,
    options: &TranscribeOptions,
) -> Result<(Vec<Word>, Vec<Helped>), SpeechError> {
    let Some(prompt) = options.help.as_deref().filter(|prompt| is_needed(&record, &prompt.terms)) else {
        return Ok((record, Vec::new()));
    };
    let job = HearJob {
        language: options.language.clone(),
        context: Context::Cut,
        prompt: Some(prompt.text.as_str().into()),
        priority: options.priority,
        cancel: options.cancel.clone(),
    };
    let heard = ear.hear(piece.sound(recording).into(), job)?;
    let prompted = words::words(&heard.tokens, piece);
    let doubt = doubt(&prompted, piece.voiced(), heard.ran_on);
    if doubt.is_some() || (prompted.len() as f64) < FEWEST_OF_RECORD * record.len() as f64 {
        tracing::debug!(?doubt, words = prompted.len(), "a prompted decode is thrown away");
        return Ok((record, Vec::new()));
    }
    Ok(merge(&record, &prompted, &prompt.terms))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hearing::{Heard, HeardToken};
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};
    use viva_core::help::{Prompt, Terms};
    use viva_core::transcript::Span;
    use viva_core::units::Millis;

    /// Hears its line in every prompted piece, a word each 400 ms.
    struct Second {
        line: String,
        times: AtomicUsize,
    }

    impl Ear for Second {
        fn hear(&self, _sound: Arc<[f32]>, job: HearJob) -> Result<Heard, SpeechError> {
            assert!(job.prompt.is_some_and(|prompt| prompt.contains("Hystrix")));
            self.times.fetch_add(1, Ordering::Relaxed);
            let tokens = (1..)
                .zip(self.line.split_whitespace())
                .map(|(n, word)| HeardToken {
                    bytes: format!(" {word}").into_bytes(),
                    probability: 0.9,
                    end: Some(Millis(n * 400)),
                })
                .collect();
            Ok(Heard { tokens, ran_on: false })
        }

        fn model(&self) -> &str {
            "second"
        }
    }

    #[track_caller]
    fn check(record: &str, second: &str, expected: &str, times: usize) {
        let ear = Second { line: second.into(), times: AtomicUsize::new(0) };
        let span = Span { start: Millis(0), end: Millis(8_000) };
        let piece = Piece { parts: vec![span], speech: vec![span] };
        let sound = Sound { samples: &[0.0; 8 * 16_000], skipped: 0 };
        let words = (0..)
            .zip(record.split_whitespace())
            .map(|(n, text)| Word {
                text: text.into(),
                start: Millis(n * 400),
                end: Millis(n * 400 + 400),
                confidence: 0.5,
            })
            .collect();
        let help = Prompt::of(Terms::of(["Hystrix", "bulkhead"]), "q").map(Arc::new);
        let options = TranscribeOptions { help, ..TranscribeOptions::default() };
        let (words, _) = listen_again(&ear, &piece, sound, words, &options).unwrap();
        let text: Vec<&str> = words.iter().map(|word| word.text.as_str()).collect();
        assert_eq!((text.join(" ").as_str(), ear.times.into_inner()), (expected, times));
    }

    #[test]
    fn a_piece_without_likeness_is_not_heard_again() {
        check(
            "we put the dishes into the sink and went home",
            "Hystrix",
            "we put the dishes into the sink and went home",
            0,
        );
    }

    #[test]
    fn a_likeness_is_heard_again() {
        check(
            "there was hestrix before and it did all of that",
            "there was Hystrix before and it did all of that",
            "there was Hystrix before and it did all of that",
            1,
        );
    }

    #[test]
    fn a_decode_that_skips_or_circles_is_thrown_away() {
        let record = "there was hestrix before and it did all of that";
        check(record, "there was Hystrix", record, 1);
        check(record, &"there was Hystrix ".repeat(6), record, 1);
    }
}
