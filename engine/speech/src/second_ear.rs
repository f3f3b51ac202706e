//! The second ear on a piece: heard again with the question's words at hand, and by somebody who hesitates.
//!
//! What may come of it is decided in [`viva_core::help`] for words, in [`viva_core::delivery`] for "uh" and "um", which the
//! record leaves out. Here it is decided when to listen again, and when a prompted decode is not to be believed: it depends
//! on the record alone, so the same sound gets the same help live and later.

use crate::doubt::doubt;
use crate::error::SpeechError;
use crate::hearing::{Context, Ear, HearJob};
use crate::pieces::{Piece, Sound};
use crate::transcriber::TranscribeOptions;
use crate::words;
use viva_core::delivery;
use viva_core::help::{HESITATING, is_needed, merge};
use viva_core::transcript::{Helped, Hesitation, Word};

/// A prompted decode with a smaller share of the record's words has skipped some of what was said.
const FEWEST_OF_RECORD: f64 = 0.7;

/// What a piece comes to once both ears have heard it.
#[derive(Debug, Default)]
pub(crate) struct Counted {
    /// The words that count.
    pub(crate) words: Vec<Word>,
    /// Where they are others than the record's.
    pub(crate) helped: Vec<Helped>,
    /// The sounds of hesitation; none where nobody asked for them.
    pub(crate) hesitations: Option<Vec<Hesitation>>,
}

impl Counted {
    /// Puts what comes later in the recording behind this.
    pub(crate) fn append(&mut self, later: Self) {
        self.words.extend(later.words);
        self.helped.extend(later.helped);
        if let Some(sounds) = later.hesitations {
            self.hesitations.get_or_insert_default().extend(sounds);
        }
    }
}

/// Hears a piece again, where that could change its words or its hesitations are asked for.
pub(crate) fn listen_again(
    ear: &dyn Ear,
    piece: &Piece,
    recording: Sound<'_>,
    record: Vec<Word>,
    options: &TranscribeOptions,
) -> Result<Counted, SpeechError> {
    let help = options.help.as_deref();
    let needed = help.filter(|prompt| is_needed(&record, &prompt.terms));
    if needed.is_none() && !options.hesitations {
        return Ok(Counted { words: record, ..Counted::default() });
    }
    let job = HearJob {
        language: options.language.clone(),
        context: Context::Cut,
        prompt: Some(help.map_or(HESITATING, |prompt| &prompt.text).into()),
        priority: options.priority,
        urgent: options.urgent.clone(),
        cancel: options.cancel.clone(),
    };
    let heard = ear.hear(piece.sound(recording).into(), job)?;
    let mut prompted = words::words(&heard.tokens, piece);
    let doubt = doubt(&prompted, piece.voiced(), heard.ran_on);
    let believed = doubt.is_none() && prompted.len() as f64 >= FEWEST_OF_RECORD * record.len() as f64;
    if !believed {
        tracing::debug!(?doubt, words = prompted.len(), "a prompted decode is thrown away");
        prompted.clear();
    }
    let hesitations =
        options.hesitations.then(|| delivery::hesitations(&record, &prompted, &options.language));
    let (words, helped) = match needed {
        Some(help) if believed => merge(&record, &prompted, &help.terms),
        _ => (record, Vec::new()),
    };
    Ok(Counted { words, helped, hesitations })
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
            assert!(job.prompt.is_some_and(|prompt| prompt.contains("Hystrix") || &*prompt == HESITATING));
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
        let counted = listen_again(&ear, &piece, sound, words, &options).unwrap();
        let text: Vec<&str> = counted.words.iter().map(|word| word.text.as_str()).collect();
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
    fn hesitation_is_listened_for_where_nothing_else_is_and_changes_no_word() {
        let ear =
            Second { line: "Um, we put the, uh, dishes away and left".into(), times: AtomicUsize::new(0) };
        let span = Span { start: Millis(0), end: Millis(8_000) };
        let piece = Piece { parts: vec![span], speech: vec![span] };
        let sound = Sound { samples: &[0.0; 8 * 16_000], skipped: 0 };
        let record: Vec<Word> = (0..)
            .zip("we put the dishes away and left".split(' '))
            .map(|(n, text)| Word {
                text: text.into(),
                start: Millis(n * 400),
                end: Millis(n * 400 + 400),
                confidence: 0.5,
            })
            .collect();
        let options = TranscribeOptions { hesitations: true, ..TranscribeOptions::default() };
        let counted = listen_again(&ear, &piece, sound, record.clone(), &options).unwrap();
        let said: Vec<_> = counted.hesitations.unwrap().into_iter().map(|one| one.said).collect();
        assert_eq!((said.join(" ").as_str(), counted.words == record), ("um uh", true));
        let deaf = Second { line: "so so so so so so so so so".into(), times: AtomicUsize::new(0) };
        let counted = listen_again(&deaf, &piece, sound, record, &options).unwrap();
        assert_eq!(counted.hesitations, Some(Vec::new()), "what is not believed counts nothing");
    }

    #[test]
    fn a_decode_that_skips_or_circles_is_thrown_away() {
        let record = "there was hestrix before and it did all of that";
        check(record, "there was Hystrix", record, 1);
        check(record, &"there was Hystrix ".repeat(6), record, 1);
    }
}
