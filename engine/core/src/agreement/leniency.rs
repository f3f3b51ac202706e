//! Whether a rater rates above or below the others.

use super::table::given;
use super::{ENOUGH_CANDIDATES, Ratings, quantile};

/// One rater beside the others, over the answers that somebody else has rated too.
#[derive(Debug, Clone, PartialEq)]
pub struct Leniency {
    /// Position of the rater.
    pub rater: usize,
    /// Answers shared with somebody.
    pub cells: usize,
    /// Candidates they belong to.
    pub candidates: usize,
    /// Mean distance from the others' mean, in steps of the scale; above 0 is milder. None where nothing is shared.
    pub mean: Option<f64>,
    /// Its 95 % interval, from [`ENOUGH_CANDIDATES`] candidates on.
    pub interval: Option<(f64, f64)>,
}

/// Compares each rater with the mean of the others, answer by answer.
///
/// The interval treats the answers of one candidate as one observation: a rater who likes a candidate likes all they say.
pub fn leniency(ratings: &Ratings) -> Vec<Leniency> {
    (0..ratings.raters()).map(|rater| of(ratings, rater)).collect()
}

fn of(ratings: &Ratings, rater: usize) -> Leniency {
    // By candidate: how many answers, and the sum of the distances.
    let mut shared: Vec<(f64, f64)> = Vec::new();
    for candidate in 0..ratings.candidates() {
        let (mut cells, mut distance) = (0.0, 0.0);
        for cell in ratings.cells_of(candidate) {
            let own = cell[rater];
            let others = given(cell).count() - usize::from(own > 0);
            if own > 0 && others > 0 {
                let sum: f64 = given(cell).map(f64::from).sum::<f64>() - f64::from(own);
                cells += 1.0;
                distance += f64::from(own) - sum / others as f64;
            }
        }
        if cells > 0.0 {
            shared.push((cells, distance));
        }
    }
    let (cells, distance) =
        shared.iter().fold((0.0, 0.0), |(cells, sum), (more, one)| (cells + more, sum + one));
    let mean = (cells > 0.0).then(|| distance / cells);
    let interval = mean.filter(|_| shared.len() >= ENOUGH_CANDIDATES).map(|mean| {
        let n = shared.len() as f64;
        let off: f64 = shared.iter().map(|(cells, sum)| (sum - cells * mean).powi(2)).sum();
        let reach = quantile::t(n - 1.0) * (off * n / (n - 1.0)).sqrt() / cells;
        (mean - reach, mean + reach)
    });
    Leniency { rater, cells: cells as usize, candidates: shared.len(), mean, interval }
}
