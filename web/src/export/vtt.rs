//! WebVTT: the words of all answers with their times, one answer after the other.

use super::gather::{Answer, Session};
use std::fmt::Write;
use viva_core::transcript::Word;

/// Words in a cue.
const CUE_WORDS: usize = 12;

/// A pause that ends a cue.
const PAUSE_MS: u64 = 1_200;

/// One session. `at_ms` is where its first answer begins, and afterwards where the next session's does.
pub fn session(session: &Session, at_ms: &mut u64) -> String {
    let mut out = String::new();
    for asked in &session.questions {
        for answer in &asked.attempts {
            one(&mut out, &asked.question.ask, answer, at_ms);
            for follow_up in &answer.follow_ups {
                for answer in &follow_up.attempts {
                    one(&mut out, &follow_up.question.ask, answer, at_ms);
                }
            }
        }
    }
    out
}

fn one(out: &mut String, ask: &str, answer: &Answer, at_ms: &mut u64) {
    let Some(words) = answer.words() else { return };
    let _ = write!(out, "\nNOTE Question: {}\n", note(ask));
    if words.words.is_empty() {
        let _ = write!(out, "\nNOTE Written answer, without times: {}\n", note(&words.text));
        return;
    }
    for cue in cues(&words.words) {
        let (first, last) = (&cue[0], &cue[cue.len() - 1]);
        let start = *at_ms + first.start.0;
        // A cue must last for some time, and words may come out with none.
        let end = (*at_ms + last.end.0).max(start + 1);
        let text: Vec<&str> = cue.iter().map(|word| word.text.trim()).collect();
        let _ = write!(out, "\n{} --> {}\n{}\n", clock(start), clock(end), escaped(&text.join(" ")));
    }
    let length = answer.take.as_ref().map_or(0, |take| take.length.0);
    let spoken = words.words.last().map_or(0, |word| word.end.0);
    *at_ms += length.max(words.audio.0).max(spoken);
}

/// The words of one answer as a file of its own; without times they stand in a note.
pub fn words(words: &[Word], text: &str) -> String {
    let mut out = "WEBVTT\n".to_owned();
    if words.is_empty() {
        let _ = write!(out, "\nNOTE Without times: {}\n", note(text));
    }
    for cue in cues(words) {
        let (first, last) = (&cue[0], &cue[cue.len() - 1]);
        let (start, end) = (first.start.0, last.end.0.max(first.start.0 + 1));
        let text: Vec<&str> = cue.iter().map(|word| word.text.trim()).collect();
        let _ = write!(out, "\n{} --> {}\n{}\n", clock(start), clock(end), escaped(&text.join(" ")));
    }
    out
}

/// Cut at a long pause, at the end of a sentence, or when a line is full.
fn cues(words: &[Word]) -> impl Iterator<Item = &[Word]> {
    let mut rest = words;
    std::iter::from_fn(move || {
        if rest.is_empty() {
            return None;
        }
        let mut length = 1;
        while length < rest.len() && length < CUE_WORDS {
            let (before, next) = (&rest[length - 1], &rest[length]);
            if before.text.ends_with(['.', '?', '!']) || next.start.0 > before.end.0 + PAUSE_MS {
                break;
            }
            length += 1;
        }
        let (cue, after) = rest.split_at(length);
        rest = after;
        Some(cue)
    })
}

fn clock(ms: u64) -> String {
    format!("{:02}:{:02}:{:02}.{:03}", ms / 3_600_000, ms / 60_000 % 60, ms / 1000 % 60, ms % 1000)
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

/// A comment is one line and holds no arrow.
fn note(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ").replace("-->", "->")
}

#[cfg(test)]
mod tests {
    use super::*;
    use viva_core::units::Millis;

    fn word(text: &str, start: u64) -> Word {
        Word { text: text.into(), start: Millis(start), end: Millis(start + 200), confidence: 1.0 }
    }

    #[test]
    fn a_cue_ends_with_its_sentence_a_pause_or_a_full_line() {
        let mut words = vec![word("One.", 0), word("Two", 300), word("three", 5_000)];
        words.extend((0..30).map(|n| word("more", 5_300 + n * 250)));
        let lengths: Vec<usize> = cues(&words).map(<[Word]>::len).collect();
        assert_eq!(lengths, [1, 1, 12, 12, 7]);
        assert_eq!(cues(&[]).count(), 0);
        assert_eq!(clock(3_723_004), "01:02:03.004");
    }
}
