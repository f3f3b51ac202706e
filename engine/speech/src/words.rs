//! From tokens to words with times.
//!
//! A word begins with a token that begins with a space. Times come from Whisper's alignment, which swallows
//! pauses, so they are drawn to the speech measured from the waveform: no word lies in silence.

use crate::hearing::HeardToken;
use crate::pieces::Piece;
use viva_core::transcript::{Span, Word};
use viva_core::units::Millis;

/// The words of one decode, in the recording's time.
pub(crate) fn words(tokens: &[HeardToken], piece: &Piece) -> Vec<Word> {
    let mut clock = piece.speech.first().map_or(Millis(0), |span| span.start);
    let mut groups = group(tokens);
    drop_echoes(&mut groups);
    let total: usize = groups.iter().map(|raw| raw.text.len()).sum();
    let mut spoken = 0;
    let mut words = Vec::with_capacity(groups.len());
    for raw in groups {
        spoken += raw.text.len();
        // A model that could not be aligned spreads its words evenly over the speech.
        let heard = raw.end.map_or_else(|| evenly(piece, spoken, total), |at| piece.to_recording(at));
        let (start, end) = in_speech(&piece.speech, clock, heard.max(clock));
        clock = end;
        words.push(Word { text: raw.text, start, end, confidence: raw.confidence });
    }
    words
}

/// Drops the words' times that point outside the recording and keeps them in order.
pub(crate) fn keep_within(words: &mut [Word], audio: Millis) {
    let mut clock = Millis(0);
    for word in words {
        word.start = word.start.max(clock).min(audio);
        word.end = word.end.max(word.start).min(audio);
        clock = word.start;
    }
}

struct RawWord {
    text: String,
    end: Option<Millis>,
    confidence: f32,
}

/// How many words a remark such as `[Music]` or `(speaking in German)` takes, if one begins here.
fn annotation(first: &str, words: &[(Vec<u8>, Vec<&HeardToken>)]) -> Option<usize> {
    let close = match first.chars().next()? {
        '[' => b']',
        '(' => b')',
        '*' => b'*',
        _ => return None,
    };
    let closes = |bytes: &[u8], from: usize| bytes.get(from..).is_some_and(|rest| rest.contains(&close));
    let open_at = words[0].0.iter().position(|byte| !byte.is_ascii_whitespace())?;
    let last = words
        .iter()
        .take(LONGEST_REMARK)
        .enumerate()
        .position(|(index, (bytes, _))| closes(bytes, if index == 0 { open_at + 1 } else { 0 }));
    // A remark that the decode's end cut off: "(D" was heard in a cough.
    let is_cut_off = close != b'*' && words.len() <= LONGEST_REMARK;
    last.map(|last| last + 1).or(is_cut_off.then_some(words.len()))
}

/// The longest remark in words.
const LONGEST_REMARK: usize = 6;

impl RawWord {
    /// Whether both are the same word but for case and marks.
    fn says(&self, other: &Self) -> bool {
        let plain = |text: &str| -> String {
            text.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
        };
        plain(&self.text) == plain(&other.text)
    }
}

fn group(tokens: &[HeardToken]) -> Vec<RawWord> {
    let mut groups: Vec<(Vec<u8>, Vec<&HeardToken>)> = Vec::new();
    for token in tokens {
        match groups.last_mut() {
            Some((bytes, of_word)) if !token.bytes.starts_with(b" ") => {
                bytes.extend_from_slice(&token.bytes);
                of_word.push(token);
            }
            _ => groups.push((token.bytes.clone(), vec![token])),
        }
    }
    let mut words: Vec<RawWord> = Vec::new();
    let mut opening = String::new();
    let mut annotated = 0;
    for (index, (bytes, tokens)) in groups.iter().enumerate() {
        if index < annotated {
            continue;
        }
        let text = String::from_utf8_lossy(bytes).replace('♪', "").trim().to_owned();
        if let Some(length) = annotation(&text, &groups[index..]) {
            annotated = index + length;
            continue;
        }
        if !text.contains(char::is_alphanumeric) && !text.contains(is_spoken_sign) {
            // A mark that stands alone belongs to a neighbour; a dash between two words to none.
            if text.ends_with(['(', '[', '"', '\'', '“', '‘']) {
                opening.push_str(&text);
            } else if let (Some(word), false) = (words.last_mut(), text.chars().all(|c| "-–—".contains(c)))
            {
                word.text.push_str(&text);
            }
            continue;
        }
        let sum: f32 = tokens.iter().map(|token| token.probability).sum();
        words.push(RawWord {
            text: std::mem::take(&mut opening) + &text,
            end: tokens.iter().rev().find_map(|token| token.end),
            // Thousandths are more than it is worth.
            confidence: (sum / tokens.len() as f32 * 1_000.0).round().clamp(0.0, 1_000.0) / 1_000.0,
        });
    }
    words
}

/// Drops phrases that were heard twice though they were said once.
///
/// Whisper sometimes writes a phrase again. The alignment tells: it finds no sound for one of the two and
/// gives all its words the same moment, which no speaker can.
fn drop_echoes(words: &mut Vec<RawWord>) {
    let mut at = 1;
    while at < words.len() {
        let longest = LONGEST_ECHO.min(at).min(words.len() - at);
        let echo = (2..=longest).rev().find_map(|length| {
            let (first, second) = (at - length..at, at..at + length);
            let same = words[first.clone()].iter().zip(&words[second.clone()]).all(|(a, b)| a.says(b));
            let end = |index: usize| words[index].end;
            let soundless = |from: Option<Millis>, to: Option<Millis>| {
                from.zip(to).is_some_and(|(from, to)| to.saturating_sub(from) <= NO_SOUND)
            };
            if !same {
                None
            } else if soundless(end(at - 1), end(at + length - 1)) {
                Some(second)
            } else if soundless(end(at - length), end(at - 1)) {
                Some(first)
            } else {
                None
            }
        });
        match echo {
            Some(range) => {
                at = range.start.max(1);
                words.drain(range);
            }
            None => at += 1,
        }
    }
}

/// The longest phrase an echo is looked for, in words.
const LONGEST_ECHO: usize = 16;
/// Two words and more cannot be said within this.
const NO_SOUND: Millis = Millis(60);

/// Signs that people say, such as the plus of `C ++`.
fn is_spoken_sign(c: char) -> bool {
    "+=%&$€£@#*/<>^°".contains(c)
}

fn evenly(piece: &Piece, spoken: usize, total: usize) -> Millis {
    let mut left = Millis(piece.voiced().0 * spoken as u64 / total.max(1) as u64);
    for span in &piece.speech {
        if left <= span.length() {
            return span.start + left;
        }
        left = left - span.length();
    }
    piece.speech.last().map_or(Millis(0), |span| span.end)
}

/// Where between `from` and `to` there is speech: the span that holds most of it, or the nearest edge.
fn in_speech(speech: &[Span], from: Millis, to: Millis) -> (Millis, Millis) {
    let overlap = |span: &Span| to.min(span.end).saturating_sub(from.max(span.start));
    let best = speech.iter().rev().max_by_key(|span| overlap(span)).filter(|span| overlap(span) > Millis(0));
    if let Some(span) = best {
        return (from.max(span.start), to.min(span.end));
    }
    let Some(next) = speech.iter().find(|span| span.end > from).or(speech.last()) else { return (from, to) };
    let at = from.max(next.start).min(next.end);
    (at, at)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn span(start: u64, end: u64) -> Span {
        Span { start: Millis(start), end: Millis(end) }
    }

    fn piece(speech: &[Span]) -> Piece {
        let parts = vec![Span { start: Millis(0), end: speech.last().unwrap().end }];
        Piece { parts, speech: speech.to_vec() }
    }

    fn token(text: &str, end: Option<u64>) -> HeardToken {
        HeardToken { bytes: text.as_bytes().to_vec(), probability: 0.5, end: end.map(Millis) }
    }

    #[track_caller]
    fn check(tokens: &[(&str, u64)], expected: &[&str]) {
        let tokens: Vec<_> = tokens.iter().map(|&(text, end)| token(text, Some(end))).collect();
        let heard: Vec<_> =
            words(&tokens, &piece(&[span(0, 10_000)])).into_iter().map(|word| word.text).collect();
        assert_eq!(heard, expected);
    }

    #[test]
    fn a_word_begins_with_a_space_and_keeps_its_marks() {
        check(
            &[(" A", 100), (" tree", 300), ("ified", 500), (" buck", 700), ("et", 800), (".", 900)],
            &["A", "treeified", "bucket."],
        );
    }

    #[test]
    fn a_mark_that_stands_alone_joins_a_neighbour_and_a_dash_goes() {
        check(
            &[(" So", 100), (" -", 150), (" yes", 300), (" ...", 400), (" \"", 450), (" no", 600)],
            &["So", "yes...", "\"no"],
        );
        check(&[(" C", 100), (" ++", 300)], &["C", "++"]);
    }

    #[test]
    fn remarks_about_the_sound_are_no_words() {
        check(&[(" [", 100), ("Music", 200), ("]", 300), (" So", 500)], &["So"]);
        check(&[(" (", 100), ("upbeat", 200), (" music", 300), (")", 350), (" I/O", 500)], &["I/O"]);
        check(&[(" hashCode", 300), ("()", 400), (" ♪", 450)], &["hashCode()"]);
        check(&[(" Yes", 100), (" (", 300), ("D", 400)], &["Yes"]);
        check(&[(" five", 100), (" *", 300), (" three", 400)], &["five", "*", "three"]);
    }

    #[test]
    fn letters_that_are_spread_over_tokens_come_together() {
        let bytes = " naïve".as_bytes();
        let cut = 4;
        let tokens = [&bytes[..cut], &bytes[cut..]].map(|bytes| HeardToken {
            bytes: bytes.to_vec(),
            probability: 1.0,
            end: Some(Millis(500)),
        });
        assert_eq!(words(&tokens, &piece(&[span(0, 1_000)]))[0].text, "naïve");
    }

    #[test]
    fn a_phrase_without_sound_of_its_own_is_an_echo() {
        let heard = [(" if", 100), (" you", 300), (" block,", 700)];
        let again = [(" if", 700), (" you", 700), (" block", 710), (" then", 1_000)];
        check(&[&heard[..], &again[..]].concat(), &["if", "you", "block,", "then"]);
    }

    #[test]
    fn a_phrase_that_was_said_twice_stays() {
        let said = [(" we", 200), (" had", 500), (" we", 800), (" had", 1_100), (" time", 1_500)];
        check(&said, &["we", "had", "we", "had", "time"]);
    }

    #[test]
    fn no_word_lies_in_silence() {
        let tokens = [token(" before", Some(900)), token(" after", Some(3_400))];
        let heard = words(&tokens, &piece(&[span(200, 1_000), span(3_000, 3_600)]));
        let times: Vec<_> = heard.iter().map(|word| (word.start.0, word.end.0)).collect();
        assert_eq!(times, [(200, 900), (3_000, 3_400)]);
    }

    #[test]
    fn words_without_alignment_are_spread_over_the_speech() {
        let tokens = [token(" four", None), token(" four", None)];
        let heard = words(&tokens, &piece(&[span(0, 500), span(1_500, 2_000)]));
        assert_eq!((heard[0].end, heard[1].start), (Millis(500), Millis(1_500)));
    }

    proptest! {
        #[test]
        fn times_never_go_back_and_stay_in_the_recording(
            ends in proptest::collection::vec(0_u64..40_000, 1..40),
            lengths in proptest::collection::vec((1_u64..3_000, 300_u64..4_000), 1..8),
        ) {
            let mut at = 0;
            let speech: Vec<Span> = lengths
                .iter()
                .map(|&(length, pause)| {
                    let start = at + pause;
                    at = start + length;
                    span(start, at)
                })
                .collect();
            let audio = Millis(at);
            let tokens: Vec<_> =
                ends.iter().enumerate().map(|(i, &end)| token(&format!(" w{i}"), Some(end))).collect();
            let mut heard = words(&tokens, &piece(&speech));
            keep_within(&mut heard, audio);
            prop_assert_eq!(heard.len(), ends.len());
            for word in &heard {
                prop_assert!(word.start <= word.end && word.end <= audio);
                prop_assert!(speech.iter().any(|s| s.start <= word.start && word.end <= s.end));
            }
            prop_assert!(heard.windows(2).all(|pair| pair[0].start <= pair[1].start));
        }
    }
}
