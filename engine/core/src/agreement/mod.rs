//! How far raters agree: coefficients with their intervals, each rater's leniency, each question's spread.
//!
//! Pure functions over a table of ratings, candidate by question by rater, in which any cell may be missing. A figure that
//! rests on too little is not given: [`TooLittle`] says why not and what would be enough. No result is ever NaN.
//!
//! | question | answer | interval |
//! |---|---|---|
//! | would another rater, or panel, have put the candidates where this one did? | ICC(2,1), ICC(2,k): two-way random, absolute agreement (Shrout and Fleiss 1979; McGraw and Wong 1996) | by F |
//! | do the single cells agree, whoever rated them? | ordinal alpha (Krippendorff 2011) | by bootstrap |
//! | does this rater agree with that one? | kappa with quadratic weights (Cohen 1968) | by bootstrap |
//!
//! The bootstrap draws candidates, with all their cells, because cells of one candidate are not independent.

mod alpha;
mod block;
mod bootstrap;
mod icc;
mod kappa;
mod leniency;
mod quantile;
mod report;
mod spread;
mod table;
mod words;

pub use alpha::{alpha, alpha_with_interval};
pub use block::Block;
pub use icc::{Icc, icc};
pub use kappa::{Pair, kappa, pairs, pairs_with_mean};
pub use leniency::{Leniency, leniency};
pub use report::{Agreement, agreement};
pub use spread::{Spread, spread};
pub use table::{HIGHEST, Ratings};
pub use words::{
    alpha_sentence, kappa_sentence, leniency_sentence, mean_kappa_sentence, one_rater_sentence,
    spread_sentence, together_sentence,
};

/// Fewer candidates than this, and there is no coefficient to give.
pub const ENOUGH_CANDIDATES: usize = 5;

/// Ratings of one cell this far apart need a conversation.
pub const APART: u8 = 2;

/// A coefficient and its 95 % interval.
#[derive(Debug, Clone, Copy, PartialEq, serde::Serialize)]
pub struct Estimate {
    /// The point estimate. 1 is perfect agreement, 0 no more than chance.
    pub value: f64,
    /// Lower end of the interval, at least -1.
    pub low: f64,
    /// Upper end of the interval, at most 1.
    pub high: f64,
}

/// Why there is no figure.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error, serde::Serialize)]
#[serde(rename_all = "snake_case", tag = "why")]
pub enum TooLittle {
    /// There is no rating at all.
    #[error("Nothing is rated yet.")]
    NothingRated,
    /// No cell has two ratings.
    #[error("No answer has been rated by two people yet.")]
    OneRater,
    /// Too few candidates were rated by the same people.
    #[error("{}", too_few(*candidates))]
    TooFew {
        /// How many there are.
        candidates: usize,
    },
    /// All ratings, or all of one rater's, are the same, so that there is nothing to agree about.
    #[error("The ratings do not differ between candidates, so there is nothing to agree or disagree about.")]
    NoSpread,
    /// Raters differ so much more than candidates do that the coefficient has no meaning.
    #[error(
        "The raters differ more from each other than the candidates do; the mean of this panel says nothing yet."
    )]
    NoSignal,
}

fn too_few(candidates: usize) -> String {
    let have = match candidates {
        0 => "No candidate has".to_owned(),
        1 => "One candidate has".to_owned(),
        n => format!("{n} candidates have"),
    };
    format!(
        "{have} been rated by the same people. From {ENOUGH_CANDIDATES} candidates on there is a figure; before that it would be noise."
    )
}

/// Makes one figure of one rater's marks for one candidate, question by question; none where they come to nothing.
pub type Combine<'a> = &'a dyn Fn(&[Option<f64>]) -> Option<f64>;

/// A coefficient, or why there is none.
pub type Figure = Result<Estimate, TooLittle>;

#[cfg(test)]
mod tests;
