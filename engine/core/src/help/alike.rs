//! Whether words sound alike: by the code of their consonants and by their letters, both.

use crate::text::Sound;

/// How near two sounds have to be, each from 0 to 1.
#[derive(Debug, Clone, Copy)]
pub(super) struct Floor {
    /// The codes of their consonants.
    pub codes: f64,
    /// Their letters.
    pub letters: f64,
    /// Both in the mean.
    pub mean: f64,
}

/// Words ready to be held against others by their sound.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Spoken {
    /// Small letters and figures, figures read out, run together.
    pub letters: String,
    code: String,
}

impl Spoken {
    pub(super) fn of(text: &str, sound: &Sound) -> Self {
        let letters = letters(text);
        let code = sound.code(&letters);
        Self { letters, code }
    }

    /// How alike both sound, where they do.
    pub(super) fn alike(&self, other: &Self, floor: Floor) -> Option<f64> {
        if self.code.len() < 2 || other.code.len() < 2 {
            return None;
        }
        let codes = strsim::normalized_levenshtein(&self.code, &other.code);
        if codes < floor.codes {
            return None;
        }
        let letters = strsim::normalized_damerau_levenshtein(&self.letters, &other.letters);
        let mean = f64::midpoint(codes, letters);
        (letters >= floor.letters && mean >= floor.mean).then_some(mean)
    }
}

/// The letters of a text as they are spoken: "Resilience4j" has a "four" in it.
pub(super) fn letters(text: &str) -> String {
    let mut letters = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '0'..='9' => letters.push_str(FIGURES[c as usize - '0' as usize]),
            _ => letters.extend(c.to_lowercase().filter(char::is_ascii_alphabetic)),
        }
    }
    letters
}

const FIGURES: [&str; 10] = ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"];
