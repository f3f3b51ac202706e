//! Putting other words in the place of heard ones, in a transcript whose words have times.

use crate::transcript::{Helped, HelpedBy, Word};
use std::ops::Range;

/// Other words for a run of words.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Place {
    /// Which words.
    pub words: Range<usize>,
    /// What counts in their place.
    pub counted: String,
    /// Who says so.
    pub by: HelpedBy,
}

/// Puts them all in; the places are in order and do not overlap. Marks around the heard words stay.
pub(super) fn put(words: &[Word], places: &[Place]) -> (Vec<Word>, Vec<Helped>) {
    let mut counted = Vec::with_capacity(words.len());
    let mut helped = Vec::with_capacity(places.len());
    let mut at = 0;
    for place in places {
        let run = &words[place.words.clone()];
        let (Some(first), Some(last)) = (run.first(), run.last()) else { continue };
        counted.extend_from_slice(&words[at..place.words.start]);
        at = place.words.end;
        let before: String = first.text.chars().take_while(|c| !c.is_alphanumeric()).collect();
        let mut after: Vec<char> = last.text.chars().rev().take_while(|c| !c.is_alphanumeric()).collect();
        after.reverse();
        let heard: Vec<&str> = run.iter().map(|word| word.text.as_str()).collect();
        let said: Vec<&str> = place.counted.split_whitespace().collect();
        let share = last.end.saturating_sub(first.start).0 / said.len().max(1) as u64;
        // The recogniser's own doubt about what it heard stays with what counts.
        let sure = run.iter().map(|word| word.confidence).sum::<f32>() / run.len() as f32;
        for (n, word) in (0..).zip(&said) {
            let mut text = String::new();
            if n == 0 {
                text.push_str(&before);
            }
            text.push_str(word);
            if n as usize + 1 == said.len() {
                text.extend(&after);
            }
            counted.push(Word {
                text,
                start: crate::units::Millis(first.start.0 + share * n),
                end: if n as usize + 1 == said.len() {
                    last.end
                } else {
                    crate::units::Millis(first.start.0 + share * (n + 1))
                },
                confidence: sure,
            });
        }
        helped.push(Helped {
            start: first.start,
            heard: plain(&heard.join(" ")).to_owned(),
            counted: place.counted.clone(),
            by: place.by,
        });
    }
    counted.extend_from_slice(&words[at..]);
    (counted, helped)
}

/// Without the marks around it.
pub(super) fn plain(text: &str) -> &str {
    text.trim_matches(|c: char| !c.is_alphanumeric())
}
