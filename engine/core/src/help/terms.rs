//! The words a question listens for, as far as they are worth hearing twice for.

use super::alike::{Spoken, letters};
use crate::bank::Question;
use crate::text::function_words::is_function_word;
use crate::text::{Frequency, Sound, Stemmer, tokenise};
use std::sync::OnceLock;

/// What is known about English, built once.
pub(super) struct English {
    pub stemmer: Stemmer,
    pub frequency: Frequency,
    pub sound: Sound,
}

impl English {
    pub(super) fn shared() -> &'static Self {
        static SHARED: OnceLock<English> = OnceLock::new();
        SHARED.get_or_init(|| Self {
            stemmer: Stemmer::english(),
            frequency: Frequency::embedded(),
            sound: Sound::new(),
        })
    }
}

/// From this zipf value on every candidate knows a word and every recogniser hears it.
const COMMON: f64 = 4.6;
/// Shorter terms sound like too much else.
const FEWEST_LETTERS: usize = 3;
/// Longer ones are sentences.
const MOST_WORDS: usize = 4;

/// Terms, each once, in the order they were given.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Terms {
    pub(super) terms: Vec<Term>,
}

/// One of them.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Term {
    pub written: String,
    pub spoken: Spoken,
    /// The letters of each word.
    pub words: Vec<String>,
    /// How rare its rarest word is: the smaller, the rarer.
    pub zipf: f64,
}

impl Terms {
    /// The terms among the words a question listens for. Mistakes are listened for as well as criteria, so that help
    /// is no hint.
    pub fn of_question(question: &Question) -> Self {
        let rubric = &question.rubric;
        let criteria = rubric.criteria.iter().flat_map(|criterion| &criterion.listen);
        let mistakes = rubric.mistakes.iter().flat_map(|mistake| &mistake.listen);
        let listened = criteria.chain(mistakes).flatten().map(String::as_str);
        let english = English::shared();
        let rare = |term: &&str| {
            tokenise(term, &english.stemmer, &english.frequency)
                .iter()
                .any(|token| !is_function_word(&token.norm) && english.frequency.zipf(&token.norm) < COMMON)
        };
        Self::of(listened.filter(rare))
    }

    /// These terms; lines without letters and whole sentences are left out.
    pub fn of<'a>(written: impl IntoIterator<Item = &'a str>) -> Self {
        let english = English::shared();
        let mut terms: Vec<Term> = Vec::new();
        for written in written {
            let written = written.split_whitespace().collect::<Vec<_>>().join(" ");
            let spoken = Spoken::of(&written, &english.sound);
            if spoken.letters.len() < FEWEST_LETTERS
                || written.split(' ').count() > MOST_WORDS
                || terms.iter().any(|term| term.spoken.letters == spoken.letters)
            {
                continue;
            }
            let tokens = tokenise(&written, &english.stemmer, &english.frequency);
            let zipf = tokens.iter().map(|token| english.frequency.zipf(&token.norm));
            let words = written.split([' ', '-']).map(letters).filter(|word| !word.is_empty()).collect();
            terms.push(Term { words, zipf: zipf.fold(9.0, f64::min), written, spoken });
        }
        Self { terms }
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.terms.is_empty()
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.terms.len()
    }

    /// As they are written.
    pub fn written(&self) -> impl Iterator<Item = &str> {
        self.terms.iter().map(|term| term.written.as_str())
    }
}
