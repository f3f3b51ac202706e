//! From a transcript and a rubric to an assessment.
//!
//! [`Scorer`] holds what is known about language, [`Scorer::prepare`] compiles one question, and
//! [`PreparedQuestion::assess`] scores one answer. Rules, lexicons, string and sound distance, counted and
//! weighted: no model is asked. Nothing here reads files, time or chance, so the same transcript, rubric
//! and engine version give the same bytes.

mod asked;
mod criteria;
mod derive;
mod graded;
mod guards;
mod hash;
mod hear;
mod levels;
mod likeness;
mod listen;
mod model;
mod outline;
mod prepared;
mod scope;

pub use derive::{Derivation, DerivedPoint, derive, derive_explained};
pub use graded::{SharePart, Shares};
pub use guards::BankIndex;
pub use hash::rubric_hash;
pub use levels::{level_cuts, level_of};
pub(crate) use likeness::opposed;
pub use prepared::PreparedQuestion;

use crate::bank::Question;
use crate::text::{Frequency, Lexicon, Sound, Stemmer, Synonyms};
use std::sync::{Arc, OnceLock};

/// What scoring knows about English.
#[derive(Debug)]
pub(crate) struct Language {
    pub stemmer: Stemmer,
    pub frequency: Frequency,
    pub lexicon: Lexicon,
    pub synonyms: Synonyms,
    pub sound: Sound,
}

/// Prepares questions for scoring. Cheap to clone: the lexicons behind it are shared.
#[derive(Debug, Clone)]
pub struct Scorer {
    language: Arc<Language>,
}

impl Scorer {
    /// A scorer with the lexicons that are compiled in.
    pub fn new() -> Self {
        let stemmer = Stemmer::english();
        let frequency = Frequency::embedded();
        // The compiled-in files are read by a test, so an unreadable one never ships.
        let lexicon = Lexicon::embedded(&stemmer, &frequency).unwrap_or_default();
        Self {
            language: Arc::new(Language {
                stemmer,
                frequency,
                lexicon,
                synonyms: Synonyms::embedded(),
                sound: Sound::new(),
            }),
        }
    }

    /// The scorer of this process, built on first use.
    pub fn shared() -> &'static Self {
        static SHARED: OnceLock<Scorer> = OnceLock::new();
        SHARED.get_or_init(Self::new)
    }

    /// Compiles a question with its own rubric.
    pub fn prepare(&self, question: &Question) -> PreparedQuestion {
        PreparedQuestion::of_question(Arc::clone(&self.language), question)
    }

    /// Compiles a question that has nothing but accepted answers; the best of them counts.
    pub fn prepare_derived(&self, question: &str, model_answers: &[&str]) -> PreparedQuestion {
        PreparedQuestion::of_answers(Arc::clone(&self.language), question, model_answers)
    }

    pub(crate) fn language(&self) -> &Arc<Language> {
        &self.language
    }
}

impl Default for Scorer {
    fn default() -> Self {
        Self::new()
    }
}
