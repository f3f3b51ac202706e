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
    for (bytes, tokens) in groups {
        let text = String::from_utf8_lossy(&bytes).trim().to_owned();
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
