//! Everything that can be said about agreement in one round.

use super::{
    Block, Combine, Figure, Leniency, Pair, Ratings, Spread, TooLittle, alpha_with_interval, icc, leniency,
    pairs_with_mean, spread,
};
use crate::agreement::table::given;

/// All figures of one table.
#[derive(Debug, Clone, PartialEq)]
pub struct Agreement {
    /// Answers rated by two or more.
    pub shared_cells: usize,
    /// The candidates and raters that ICC is over; none where no two raters share a candidate.
    pub block: Option<Block>,
    /// ICC(2,1) of the candidates' weighted means.
    pub one: Figure,
    /// ICC(2,k) of them.
    pub together: Figure,
    /// Ordinal alpha over all answers.
    pub alpha: Figure,
    /// Mean of the pairs' kappas.
    pub mean_kappa: Figure,
    /// Each pair of raters who share an answer.
    pub pairs: Vec<Pair>,
    /// Each rater beside the others.
    pub leniency: Vec<Leniency>,
    /// Each question.
    pub spread: Vec<Spread>,
}

/// Computes everything. `combine` makes one figure of a rater's marks, as the kit does; the same seed gives the same intervals.
pub fn agreement(ratings: &Ratings, combine: Combine<'_>, seed: u64) -> Agreement {
    let block = Block::largest(ratings);
    let coefficients = block.as_ref().map(|block| icc(&block.means(ratings, combine)));
    let none = if ratings.is_empty() { TooLittle::NothingRated } else { TooLittle::OneRater };
    let (one, together) = coefficients.map_or((Err(none), Err(none)), |icc| (icc.one, icc.together));
    let (mut pairs, mean_kappa) = pairs_with_mean(ratings, seed);
    pairs.retain(|pair| pair.cells > 0);
    let cells = (0..ratings.candidates()).flat_map(|candidate| ratings.cells_of(candidate));
    Agreement {
        shared_cells: cells.filter(|cell| given(cell).count() >= 2).count(),
        block,
        one,
        together,
        alpha: alpha_with_interval(ratings, seed),
        mean_kappa,
        pairs,
        leniency: leniency(ratings),
        spread: spread(ratings),
    }
}
