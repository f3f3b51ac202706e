//! Words, numbers and identifiers as they are written and as they are spoken.
//!
//! Everything that scoring knows about language is here: cutting text into tokens with their place in
//! it, stems, numbers, abbreviations, synonyms, how common a word is and how it sounds. Nothing here
//! knows about rubrics, credit or questions.

pub mod function_words;
pub mod lexicon;
pub mod number;
pub mod stem;
pub mod token;

mod frequency;
mod sound;
mod synonyms;
mod word_error;

pub use frequency::Frequency;
pub use lexicon::{Lexicon, LexiconError, Meeting};
pub use sound::Sound;
pub use stem::Stemmer;
pub use synonyms::Synonyms;
pub use token::{Token, tokenise};
pub use word_error::word_errors;
