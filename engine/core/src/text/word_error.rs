//! How far what was heard is from what was said, counted in words.

use super::{Frequency, Stemmer, tokenise};

/// Words wrong, missing and too many, and how many were said. Case, marks, figures for numbers, camel case and the noises
/// of thinking make no difference.
pub fn word_errors(said: &str, heard: &str) -> (usize, usize) {
    let (stemmer, known) = (Stemmer::english(), Frequency::embedded());
    let norms = |text: &str| -> Vec<String> {
        tokenise(text, &stemmer, &known).into_iter().map(|token| token.norm).collect()
    };
    let (said, heard) = (norms(said), norms(heard));
    (strsim::generic_levenshtein(&said, &heard), said.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn errors_are_counted_in_words_whatever_their_writing() {
        assert_eq!(word_errors("Um, a HashMap has sixty-four slots.", "a hash map has 64 slots"), (0, 6));
        assert_eq!(word_errors("it is idempotent", "it is eye and potent"), (3, 3));
        assert_eq!(word_errors("it is idempotent", ""), (3, 3));
    }
}
