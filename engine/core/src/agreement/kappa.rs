//! Cohen's kappa with quadratic weights, for two raters at a time, and its mean over pairs.

use super::{ENOUGH_CANDIDATES, Figure, Ratings, TooLittle, bootstrap};

/// How one pair of raters agrees.
#[derive(Debug, Clone, PartialEq)]
pub struct Pair {
    /// Position of one rater.
    pub one: usize,
    /// Position of the other.
    pub other: usize,
    /// Candidates of whom both rated an answer.
    pub candidates: usize,
    /// Answers both rated.
    pub cells: usize,
    /// Kappa over those answers.
    pub kappa: Figure,
}

/// The coefficient of two raters alone, over every answer both have rated.
pub fn kappa(ratings: &Ratings, one: usize, other: usize) -> Result<f64, TooLittle> {
    let sums = Sums::of(ratings, one, other);
    sums.enough(0)?;
    from_sums(&sums.total()).ok_or(TooLittle::NoSpread)
}

/// Every pair of raters with its interval.
pub fn pairs(ratings: &Ratings, seed: u64) -> Vec<Pair> {
    each(ratings, seed).into_iter().map(|(pair, _)| pair).collect()
}

/// Every pair with its interval, and the mean over the pairs that have a figure, whose interval draws candidates for all pairs
/// at once. The mean is a summary of pairs, not a kappa of its own.
pub fn pairs_with_mean(ratings: &Ratings, seed: u64) -> (Vec<Pair>, Figure) {
    let each = each(ratings, seed);
    let known: Vec<&Sums> =
        each.iter().filter(|(pair, _)| pair.kappa.is_ok()).map(|(_, sums)| sums).collect();
    let mean = mean(ratings, &known, seed).ok_or_else(|| {
        // The pair that came nearest says why there is none.
        each.iter()
            .filter_map(|(pair, _)| Some((pair.candidates, pair.kappa.err()?)))
            .max_by_key(|(candidates, _)| *candidates)
            .map_or(
                if ratings.is_empty() { TooLittle::NothingRated } else { TooLittle::OneRater },
                |(_, why)| why,
            )
    });
    (each.into_iter().map(|(pair, _)| pair).collect(), mean)
}

fn each(ratings: &Ratings, seed: u64) -> Vec<(Pair, Sums)> {
    let both =
        (0..ratings.raters()).flat_map(|one| (one + 1..ratings.raters()).map(move |other| (one, other)));
    both.map(|(one, other)| {
        let sums = Sums::of(ratings, one, other);
        let total = sums.total();
        let kappa = sums.enough(ENOUGH_CANDIDATES).and_then(|()| {
            let value = from_sums(&total).ok_or(TooLittle::NoSpread)?;
            Ok(bootstrap::interval(value, &sums.rows, WIDTH, seed, from_sums))
        });
        let pair = Pair { one, other, candidates: sums.of.len(), cells: total[0] as usize, kappa };
        (pair, sums)
    })
    .collect()
}

fn mean(ratings: &Ratings, known: &[&Sums], seed: u64) -> Option<super::Estimate> {
    if known.is_empty() {
        return None;
    }
    let width = known.len() * WIDTH;
    // One row a candidate, whichever pairs have rated them.
    let mut rows = vec![0.0; ratings.candidates() * width];
    for (place, sums) in known.iter().enumerate() {
        for (candidate, row) in sums.of.iter().zip(sums.rows.chunks_exact(WIDTH)) {
            let start = candidate * width + place * WIDTH;
            rows[start..start + WIDTH].copy_from_slice(row);
        }
    }
    // Candidates no pair has rated say nothing and must not count as drawn.
    let rows: Vec<f64> =
        rows.chunks_exact(width).filter(|row| row.iter().any(|sum| *sum > 0.0)).flatten().copied().collect();
    let mean_of = |total: &[f64]| {
        let values = total.chunks_exact(WIDTH).filter_map(from_sums);
        let (sum, count) = values.fold((0.0, 0.0), |(sum, count), one| (sum + one, count + 1.0));
        (count > 0.0).then(|| sum / count)
    };
    let mut total = vec![0.0; width];
    for row in rows.chunks_exact(width) {
        total.iter_mut().zip(row).for_each(|(sum, one)| *sum += one);
    }
    let value = mean_of(&total)?;
    Some(bootstrap::interval(value, &rows, width, seed, mean_of))
}

/// Count, sum of the one's ratings, of the other's, their squares, and the products.
const WIDTH: usize = 6;

/// Sums for one pair of raters, a row for each candidate both have rated.
struct Sums {
    of: Vec<usize>,
    rows: Vec<f64>,
    nothing: bool,
}

impl Sums {
    fn of(ratings: &Ratings, one: usize, other: usize) -> Self {
        let mut sums = Self { of: Vec::new(), rows: Vec::new(), nothing: ratings.is_empty() };
        for candidate in 0..ratings.candidates() {
            let mut row = [0.0; WIDTH];
            for cell in ratings.cells_of(candidate) {
                let (Some(&x @ 1..), Some(&y @ 1..)) = (cell.get(one), cell.get(other)) else { continue };
                let (x, y) = (f64::from(x), f64::from(y));
                for (sum, one) in row.iter_mut().zip([1.0, x, y, x * x, y * y, x * y]) {
                    *sum += one;
                }
            }
            if row[0] > 0.0 {
                sums.of.push(candidate);
                sums.rows.extend(row);
            }
        }
        sums
    }

    fn total(&self) -> [f64; WIDTH] {
        let mut total = [0.0; WIDTH];
        for row in self.rows.chunks_exact(WIDTH) {
            total.iter_mut().zip(row).for_each(|(sum, one)| *sum += one);
        }
        total
    }

    fn enough(&self, candidates: usize) -> Result<(), TooLittle> {
        if self.nothing {
            Err(TooLittle::NothingRated)
        } else if self.of.len() < candidates || self.of.is_empty() {
            Err(TooLittle::TooFew { candidates: self.of.len() })
        } else {
            Ok(())
        }
    }
}

/// One minus the mean squared difference over that of independent raters with the same ratings; none where one of them gave
/// everybody the same.
///
/// With quadratic weights the table of pairs is not needed: both are functions of sums.
fn from_sums(sums: &[f64]) -> Option<f64> {
    let [n, x, y, xx, yy, xy] = sums else { return None };
    let varied = n * xx - x * x > 0.0 && n * yy - y * y > 0.0;
    varied.then(|| 1.0 - (xx + yy - 2.0 * xy) / (xx + yy - 2.0 * x * y / n))
}
