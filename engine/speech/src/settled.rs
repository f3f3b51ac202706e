//! The transcript that is stored and scored.
//!
//! Speech spans, pieces, one decode each; a doubtful decode is done again with the full context, then in two
//! halves, and the best of them stays. Everything depends on the sound alone, so a recording followed while
//! it is spoken ([`live`](crate::live)) and the same recording decoded later give the same transcript.

use crate::both_ears::BothEars;
use crate::doubt::{Doubt, break_circles, doubt};
use crate::error::SpeechError;
use crate::hearing::{Context, Ear, HearJob};
use crate::pieces::{Cutter, Piece, Sound, split_long};
use crate::second_ear::Counted;
use crate::transcriber::{Progress, TranscribeOptions};
use crate::words;
use std::sync::Arc;
use viva_core::transcript::{Span, Transcript, Word};
use viva_core::units::{Millis, SampleRate};

/// Transcribes a whole recording.
pub(crate) fn transcribe(
    ear: &dyn Ear,
    audio: &[f32],
    options: &TranscribeOptions,
) -> Result<Transcript, SpeechError> {
    let total = Millis::of_samples(audio.len() as u64, SampleRate::WHISPER);
    let speech = viva_audio::speech_spans(audio);
    let mut cutter = Cutter::new();
    let sound = Sound { samples: audio, skipped: 0 };
    let mut pieces = Vec::new();
    for span in &speech {
        for part in split_long(*span, sound) {
            pieces.extend(cutter.push(part));
        }
    }
    pieces.extend(cutter.finish(total));
    let mut counted = Counted { hesitations: options.hesitations.then(Vec::new), ..Counted::default() };
    for piece in pieces {
        options.cancel.check()?;
        let mut ears = BothEars::of(piece);
        ears.hear(ear, sound, options)?;
        let (piece, words) = ears.into_counted();
        counted.append(words);
        if let Some(tell) = &options.progress {
            let done = piece.parts.last().map_or(total, |part| part.end);
            tell(Progress { done, total });
        }
    }
    Ok(transcript(ear.model(), &options.language, total, speech, counted))
}

/// Puts a transcript together from its words.
pub(crate) fn transcript(
    model: &str,
    language: &str,
    audio: Millis,
    speech: Vec<Span>,
    counted: Counted,
) -> Transcript {
    let Counted { mut words, helped, hesitations } = counted;
    words::keep_within(&mut words, audio);
    let text = words.iter().map(|word| word.text.as_str()).collect::<Vec<_>>().join(" ");
    Transcript {
        text,
        model: model.into(),
        language: language.into(),
        audio,
        speech,
        words,
        helped,
        hesitations,
    }
}

/// Decodes a piece for good.
pub(crate) fn settle(
    ear: &dyn Ear,
    piece: &Piece,
    recording: Sound<'_>,
    options: &TranscribeOptions,
) -> Result<Vec<Word>, SpeechError> {
    let hear = |piece: &Piece, context| hear(ear, piece, piece.sound(recording).into(), context, options);
    let first = hear(piece, Context::Wide)?;
    let Some(reason) = first.doubt else { return Ok(first.words) };
    tracing::debug!(?reason, piece_ms = piece.length().0, "a decode is doubted and done again");
    let second = hear(piece, Context::Full)?;
    // What the full context hears twice as well was said twice.
    if matches!(second.doubt, None | Some(Doubt::Twice)) {
        return Ok(second.words);
    }
    let mut tries = vec![first, second];
    if let Some((left, right)) = halves(piece) {
        let mut both = hear(&left, Context::Full)?;
        let right = hear(&right, Context::Full)?;
        both.words.extend(right.words);
        both.doubt = both.doubt.or(right.doubt);
        tries.push(both);
    }
    let best = tries.into_iter().min_by_key(Try::rank).map(|best| best.words);
    let mut words = best.unwrap_or_default();
    break_circles(&mut words);
    Ok(words)
}

/// One decode of a piece and what is to be thought of it.
struct Try {
    words: Vec<Word>,
    doubt: Option<Doubt>,
}

impl Try {
    /// The smaller, the better: hardly any words may be all there is, circles never are.
    fn rank(&self) -> (u8, usize) {
        match self.doubt {
            None => (0, 0),
            Some(Doubt::TooFew) => (1, usize::MAX - self.words.len()),
            Some(_) => (2, self.words.len()),
        }
    }
}

/// Decodes a piece once.
fn hear(
    ear: &dyn Ear,
    piece: &Piece,
    sound: Arc<[f32]>,
    context: Context,
    options: &TranscribeOptions,
) -> Result<Try, SpeechError> {
    let job = HearJob {
        language: options.language.clone(),
        context,
        prompt: None,
        priority: options.priority,
        urgent: options.urgent.clone(),
        cancel: options.cancel.clone(),
    };
    let heard = ear.hear(sound, job)?;
    let words = words::words(&heard.tokens, piece);
    let doubt = doubt(&words, piece.voiced(), heard.ran_on);
    Ok(Try { words, doubt })
}

/// A piece cut in its longest pause, if it has one.
fn halves(piece: &Piece) -> Option<(Piece, Piece)> {
    let pause = |at: usize| piece.speech[at].start - piece.speech[at - 1].end;
    let at = (1..piece.speech.len()).max_by_key(|&at| pause(at))?;
    let middle = Millis(piece.speech[at - 1].end.0.midpoint(piece.speech[at].start.0));
    let side = |keep: &dyn Fn(Span) -> Option<Span>, speech: &[Span]| Piece {
        parts: piece.parts.iter().filter_map(|&part| keep(part)).collect(),
        speech: speech.to_vec(),
    };
    let before =
        |part: Span| (part.start < middle).then(|| Span { start: part.start, end: part.end.min(middle) });
    let after =
        |part: Span| (part.end > middle).then(|| Span { start: part.start.max(middle), end: part.end });
    Some((side(&before, &piece.speech[..at]), side(&after, &piece.speech[at..])))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hearing::{Heard, HeardToken};
    use std::sync::Mutex;

    /// Hears one line after the other, evenly over five seconds, and notes the contexts.
    struct Lines {
        lines: Mutex<Vec<&'static str>>,
        contexts: Mutex<Vec<Context>>,
    }

    impl Ear for Lines {
        fn hear(&self, _sound: Arc<[f32]>, job: HearJob) -> Result<Heard, SpeechError> {
            self.contexts.lock().unwrap().push(job.context);
            let line = self.lines.lock().unwrap().remove(0);
            let tokens: Vec<_> = line
                .split_whitespace()
                .enumerate()
                .map(|(index, word)| HeardToken {
                    bytes: format!(" {word}").into_bytes(),
                    probability: 0.9,
                    end: Some(Millis((index as u64 + 1) * 300)),
                })
                .collect();
            Ok(Heard { tokens, ran_on: false })
        }

        fn model(&self) -> &str {
            "lines"
        }
    }

    #[track_caller]
    fn check(lines: &[&'static str], expected: &str, contexts: &[Context]) {
        let ear = Lines { lines: Mutex::new(lines.to_vec()), contexts: Mutex::default() };
        let span = |start, end| Span { start: Millis(start), end: Millis(end) };
        let piece = Piece { parts: vec![span(0, 7_000)], speech: vec![span(0, 3_000), span(4_000, 7_000)] };
        let sound = Sound { samples: &[0.0; 7 * 16_000], skipped: 0 };
        let words = settle(&ear, &piece, sound, &TranscribeOptions::default()).unwrap();
        let text: Vec<_> = words.iter().map(|word| word.text.as_str()).collect();
        assert_eq!(text.join(" "), expected);
        assert_eq!(*ear.contexts.lock().unwrap(), contexts);
    }

    #[test]
    fn a_decode_that_is_believed_stays() {
        check(
            &["a tree at eight nodes and no sooner"],
            "a tree at eight nodes and no sooner",
            &[Context::Wide],
        );
    }

    #[test]
    fn circles_are_decoded_again_with_the_full_context() {
        check(
            &["a tree a tree a tree a tree a tree", "a tree at eight nodes"],
            "a tree at eight nodes",
            &[Context::Wide, Context::Full],
        );
    }

    #[test]
    fn what_stays_doubtful_is_decoded_in_halves() {
        check(
            &["no no no no no no no", "no no no no no no no no", "a tree at", "eight nodes and"],
            "a tree at eight nodes and",
            &[Context::Wide, Context::Full, Context::Full, Context::Full],
        );
    }

    #[test]
    fn a_sentence_heard_twice_stays_only_if_another_decode_hears_it_twice() {
        let twice = "it was slow at first it was slow at first";
        check(&[twice, "it was slow at first"], "it was slow at first", &[Context::Wide, Context::Full]);
        check(&[twice, twice], twice, &[Context::Wide, Context::Full]);
    }

    #[test]
    fn circles_that_no_decode_avoids_are_said_once() {
        check(
            &["go on go on go on go on go on"; 4],
            "go on",
            &[Context::Wide, Context::Full, Context::Full, Context::Full],
        );
    }

    #[test]
    fn a_mumble_with_hardly_a_word_keeps_the_words_it_has() {
        check(
            &["well", "well yes", "well", "then"],
            "well yes",
            &[Context::Wide, Context::Full, Context::Full, Context::Full],
        );
    }
}
