//! When a decode is not to be believed.
//!
//! Without a fallback nothing keeps Whisper from running in circles, and with a cut context it does so now
//! and then. Circles show in the text (the same words again and again) and in its amount (more words than
//! anybody speaks). The opposite happens too: a long stretch of speech with hardly a word.

use viva_core::transcript::Word;
use viva_core::units::Millis;

/// Faster than people speak, in words a second of speech. Auctioneers reach about 5.
const MOST_WORDS_PER_SECOND: f64 = 6.5;
/// Slower than people speak while they make a sound.
const FEWEST_WORDS_PER_SECOND: f64 = 0.5;
/// Below this much speech the amount of words says nothing.
const TELLING_SPEECH: Millis = Millis(3_000);
/// The longest phrase looked for in circles, in words.
const LONGEST_PHRASE: usize = 12;
/// A phrase of so many words is hardly ever said twice in a row.
const TELLING_PHRASE: usize = 4;

/// Why a decode is not believed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Doubt {
    /// It did not end by itself.
    RanOn,
    /// The same words follow each other too often.
    Circles,
    /// A long phrase follows itself. People do that, and so does Whisper: another decode tells.
    Twice,
    /// More words than fit into the speech.
    TooMany,
    /// Hardly a word for much speech.
    TooFew,
}

/// Looks at one decode of a piece with this much speech in it.
pub(crate) fn doubt(words: &[Word], voiced: Millis, ran_on: bool) -> Option<Doubt> {
    let per_second = words.len() as f64 / voiced.as_secs().max(0.5);
    if ran_on {
        Some(Doubt::RanOn)
    } else if circles(words).is_some() {
        Some(Doubt::Circles)
    } else if repeats(words, |_| 1, TELLING_PHRASE).is_some() {
        Some(Doubt::Twice)
    } else if words.len() > 8 && per_second > MOST_WORDS_PER_SECOND {
        Some(Doubt::TooMany)
    } else if voiced >= TELLING_SPEECH && per_second < FEWEST_WORDS_PER_SECOND {
        Some(Doubt::TooFew)
    } else {
        None
    }
}

/// A phrase said over and over: where it begins, its length and how often it comes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Circle {
    pub start: usize,
    pub phrase: usize,
    pub times: usize,
}

/// The first run of repeats that no speaker makes.
pub(crate) fn circles(words: &[Word]) -> Option<Circle> {
    repeats(words, most_times, 1)
}

/// The first phrase of at least `shortest` words that comes more often in a row than `most` says.
fn repeats(words: &[Word], most: impl Fn(usize) -> usize, shortest: usize) -> Option<Circle> {
    let plain: Vec<String> = words.iter().map(|word| plain(&word.text)).collect();
    for start in 0..plain.len() {
        for phrase in shortest..=LONGEST_PHRASE.min((plain.len() - start) / 2) {
            let first = &plain[start..start + phrase];
            let times = plain[start..].chunks_exact(phrase).take_while(|chunk| *chunk == first).count();
            if times > most(phrase) {
                return Some(Circle { start, phrase, times });
            }
        }
    }
    None
}

/// Leaves the phrase once where a decode ran in circles. The last resort.
pub(crate) fn break_circles(words: &mut Vec<Word>) {
    while let Some(Circle { start, phrase, times }) = circles(words) {
        words.drain(start + phrase..start + phrase * times);
    }
}

/// How often people say a phrase of this many words in a row, "no no no no" and stutters included.
fn most_times(phrase: usize) -> usize {
    match phrase {
        1 => 5,
        2 => 4,
        3..=4 => 3,
        _ => 2,
    }
}

fn plain(text: &str) -> String {
    text.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn heard(text: &str) -> Vec<Word> {
        text.split_whitespace()
            .map(|word| Word { text: word.into(), start: Millis(0), end: Millis(0), confidence: 1.0 })
            .collect()
    }

    #[track_caller]
    fn check(text: &str, voiced_ms: u64, expected: Option<Doubt>) {
        assert_eq!(doubt(&heard(text), Millis(voiced_ms), false), expected, "{text}");
    }

    #[test]
    fn ordinary_speech_is_believed() {
        check("A bucket becomes a red-black tree at eight nodes", 3_500, None);
        check("Yes.", 400, None);
        check("", 900, None);
    }

    #[test]
    fn what_people_repeat_is_believed() {
        check("no no no no no that is not it", 3_500, None);
        check("we had a we had a we had a problem", 4_000, None);
    }

    #[test]
    fn circles_are_doubted_whatever_their_marks_and_case() {
        check("and so. And so, and so and so and so", 5_000, Some(Doubt::Circles));
        check("the lock the lock the lock is held is held The lock the lock the lock", 9_000, None);
        check("a a a a a a a", 3_000, Some(Doubt::Circles));
        let phrase = "you use a re-entrant lock instead ";
        check(&phrase.repeat(3), 9_000, Some(Doubt::Circles));
    }

    #[test]
    fn a_sentence_that_is_said_twice_is_looked_at_again() {
        let sentence = "heavy rain and large hail are on their way ";
        check(&sentence.repeat(2), 7_000, Some(Doubt::Twice));
    }

    #[test]
    fn more_words_than_fit_into_the_speech_are_doubted() {
        check("one two three four five six seven eight nine ten", 1_000, Some(Doubt::TooMany));
    }

    #[test]
    fn much_speech_with_hardly_a_word_is_doubted() {
        check("you", 8_000, Some(Doubt::TooFew));
        check("", 4_000, Some(Doubt::TooFew));
    }

    #[test]
    fn a_decode_that_did_not_end_by_itself_is_doubted() {
        assert_eq!(doubt(&heard("so it is"), Millis(2_000), true), Some(Doubt::RanOn));
    }

    #[test]
    fn a_broken_circle_leaves_the_phrase_once() {
        let mut words = heard("first the lock the lock the lock the lock the lock then");
        break_circles(&mut words);
        let left: Vec<_> = words.iter().map(|word| word.text.as_str()).collect();
        assert_eq!(left, ["first", "the", "lock", "then"]);
    }
}
