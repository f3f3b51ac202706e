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
    let groups = group(tokens);
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
            confidence: (sum / tokens.len() as f32).clamp(0.0, 1.0),
        });
    }
    words
}

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
