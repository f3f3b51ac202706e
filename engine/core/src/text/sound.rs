//! How words sound, so that a mis-hearing can be recognised across word borders.

use rphonetic::{DoubleMetaphone, Encoder};

/// Turns written words into a code of their consonants.
#[derive(Debug)]
pub struct Sound {
    encoder: DoubleMetaphone,
}

/// Longer words are told apart by this many consonants at most.
const CODE_LENGTH: usize = 14;

impl Sound {
    /// A coder for English spelling.
    pub fn new() -> Self {
        Self { encoder: DoubleMetaphone::new(Some(CODE_LENGTH)) }
    }

    /// The code of one word or of several written together; words that sound alike share it.
    ///
    /// Only the letters a to z have one; anything else gives an empty code.
    pub fn code(&self, letters: &str) -> String {
        if letters.bytes().all(|b| b.is_ascii_alphabetic()) {
            self.encoder.encode(letters)
        } else {
            String::new()
        }
    }
}

impl Default for Sound {
    fn default() -> Self {
        Self::new()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_that_sound_alike_share_a_code() {
        let sound = Sound::new();
        assert_eq!(sound.code("cue"), sound.code("queue"));
        assert_eq!(sound.code("naïve"), "");
        assert_eq!(sound.code("eyedempotent"), sound.code("idempotent"));
        assert_ne!(sound.code("stack"), sound.code("queue"));
    }
}
