//! An answer out of a transcript, as scoring and delivery take it. Shared by the command line and the pages.
//!
//! Nothing is invented: words have times only where they were heard here, and pauses are told only of sound.

use serde::Serialize;
use std::collections::BTreeMap;
use viva_core::bank::{Pack, Question};
use viva_core::delivery;
use viva_core::help::corrections::{self, Corrections, Maps};
use viva_core::transcript::{Span, Transcript};
use viva_core::units::Millis;
use viva_import::transcript::{Answer, Bank, BankQuestion};

/// What the words alone tell of the delivery.
#[derive(Debug, Clone, Serialize)]
pub struct Delivery {
    /// Words in all.
    pub words: u32,
    /// "uh" and "um", exactly as they stand in the transcript.
    pub uh_um: usize,
    /// All fillers by word.
    pub fillers: Option<BTreeMap<String, usize>>,
    /// All hedges by word.
    pub hedges: Option<BTreeMap<String, usize>>,
    /// Length of the answer, where the file has times.
    pub length_ms: Option<u64>,
    /// Words a minute over that length.
    pub words_per_minute: Option<f64>,
}

/// Questions, ready to be matched with answers.
pub fn bank_of<'a>(questions: impl IntoIterator<Item = &'a Question>) -> Bank {
    let held: Vec<BankQuestion> = questions
        .into_iter()
        .map(|q| BankQuestion {
            id: q.id.to_string(),
            ask: q.ask.clone(),
            topic: q.topic.clone(),
            answer: q.model_answer.clone(),
        })
        .collect();
    Bank::new(&held)
}

/// What was heard here, with what the maps of Viva and of the question's pack correct. Words from elsewhere have no times
/// and stay as they were written down.
pub fn corrected(heard: Transcript, packs: &[Pack], question: Option<&Question>) -> Transcript {
    let Some(question) = question else { return heard };
    let pack = packs.iter().find(|pack| pack.id == question.pack).map_or(&[][..], |pack| &pack.corrections);
    let general = &Corrections::general().all;
    corrections::correct(&heard, &Maps { general, pack, own: &[], of: Some(&question.pack) })
}

/// The answer as scoring takes it. Of a recording that was heard here, its words and its speech are those of the answer's
/// time; of any other transcript there are no words with times and no measured speech.
pub fn transcript_of(answer: &Answer, heard: Option<&Transcript>) -> Transcript {
    let written = || Transcript {
        text: answer.text.clone(),
        model: "imported".into(),
        language: "en".into(),
        audio: Millis(0),
        speech: Vec::new(),
        words: Vec::new(),
        helped: Vec::new(),
        hesitations: None,
    };
    let (Some(heard), Some(from), Some(to)) = (heard, answer.start_ms, answer.end_ms) else {
        return written();
    };
    let words: Vec<_> =
        heard.words.iter().filter(|word| word.start.0 >= from && word.end.0 <= to).cloned().collect();
    if words.is_empty() {
        return written();
    }
    let text = words.iter().map(|word| word.text.as_str()).collect::<Vec<_>>().join(" ");
    if text.split_whitespace().ne(answer.text.split_whitespace()) {
        // Cut by hand across what was heard in one: then the words count, without their times.
        return written();
    }
    let shift = |at: Millis| Millis(at.0.saturating_sub(from));
    let speech: Vec<Span> = heard
        .speech
        .iter()
        .filter(|span| span.end.0 > from && span.start.0 < to)
        .map(|span| Span {
            start: shift(Millis(span.start.0.max(from))),
            end: shift(Millis(span.end.0.min(to))),
        })
        .collect();
    Transcript {
        text,
        model: heard.model.clone(),
        language: heard.language.clone(),
        audio: Millis(to - from),
        speech,
        words: words
            .into_iter()
            .map(|mut word| {
                (word.start, word.end) = (shift(word.start), shift(word.end));
                word
            })
            .collect(),
        helped: Vec::new(),
        hesitations: None,
    }
}

/// What is told of the delivery.
pub fn delivery_of(answer: &Answer, transcript: &Transcript) -> Delivery {
    let seen = delivery::observe(transcript);
    let by_word = |mentions: Option<Vec<delivery::Mention>>| {
        mentions.map(|list| {
            let mut counts = BTreeMap::new();
            for mention in list {
                *counts.entry(mention.listed).or_insert(0) += 1;
            }
            counts
        })
    };
    let uh_um = answer
        .text
        .split(|c: char| !c.is_alphanumeric() && c != '\'')
        .filter(|word| matches!(word.to_lowercase().as_str(), "uh" | "um" | "uhh" | "umm" | "uhm"))
        .count();
    let length_ms = answer
        .start_ms
        .zip(answer.end_ms)
        .and_then(|(start, end)| end.checked_sub(start))
        .filter(|ms| *ms > 0);
    let words_per_minute = length_ms
        .filter(|_| seen.words >= delivery::ENOUGH_WORDS)
        .map(|ms| (f64::from(seen.words) * 60_000.0 / ms as f64).round());
    Delivery {
        words: seen.words,
        uh_um,
        fillers: by_word(seen.fillers),
        hedges: by_word(seen.hedges),
        length_ms,
        words_per_minute,
    }
}

/// Whether the bytes are a recording rather than words.
pub fn is_sound(bytes: &[u8]) -> bool {
    let starts = |magic: &[u8]| bytes.starts_with(magic);
    starts(b"RIFF")
        || starts(b"ID3")
        || starts(b"OggS")
        || starts(b"fLaC")
        || starts(&[0x1a, 0x45, 0xdf, 0xa3])
        || starts(&[0xff, 0xfb])
        || starts(&[0xff, 0xf3])
        || starts(&[0xff, 0xf1])
        || bytes.get(4..8) == Some(b"ftyp")
}

#[cfg(test)]
mod tests {
    use super::*;
    use viva_core::transcript::Word;

    fn answer(text: &str, from: u64, to: u64) -> Answer {
        Answer {
            line: 1,
            end_line: 1,
            start_ms: Some(from),
            end_ms: Some(to),
            speaker: None,
            asked: None,
            text: text.into(),
            cues: Vec::new(),
        }
    }

    #[test]
    fn uh_and_um_are_counted_as_they_stand() {
        let answer = answer("So, uh, um, the umbrella, Uh, is um-brella. Uhm.", 1_000, 31_000);
        let delivery = delivery_of(&answer, &transcript_of(&answer, None));
        assert_eq!(delivery.uh_um, 5);
        assert_eq!(delivery.length_ms, Some(30_000));
    }

    #[test]
    fn a_recording_is_told_from_words() {
        assert!(is_sound(b"RIFF\x24\x00\x00\x00WAVEfmt "));
        assert!(!is_sound(b"WEBVTT\n\n"));
    }

    #[test]
    fn an_answer_of_a_recording_has_its_own_words_and_its_own_silence() {
        let word = |text: &str, at: u64| Word {
            text: text.into(),
            start: Millis(at),
            end: Millis(at + 300),
            confidence: 0.9,
        };
        let span = |from, to| Span { start: Millis(from), end: Millis(to) };
        let heard = Transcript {
            text: "What is it? A lock that ends.".into(),
            model: "base".into(),
            language: "en".into(),
            audio: Millis(9_000),
            speech: vec![span(0, 1_500), span(4_000, 6_000), span(7_000, 9_000)],
            words: vec![
                word("What", 0),
                word("is", 400),
                word("it?", 800),
                word("A", 4_000),
                word("lock", 4_500),
                word("that", 7_500),
                word("ends.", 8_000),
            ],
            helped: Vec::new(),
            hesitations: None,
        };
        let cut = transcript_of(&answer("A lock that ends.", 4_000, 8_300), Some(&heard));
        assert_eq!(cut.words[0].start, Millis(0));
        assert_eq!(cut.speech, [span(0, 2_000), span(3_000, 4_300)]);
        assert_eq!(cut.audio, Millis(4_300));
        // Words that were not heard in one have no times.
        assert!(transcript_of(&answer("A lock ends.", 4_000, 8_300), Some(&heard)).words.is_empty());
    }
}
