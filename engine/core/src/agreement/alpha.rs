//! Krippendorff's alpha with the ordinal metric: any number of raters, any cell missing.

use super::table::given;
use super::{ENOUGH_CANDIDATES, Estimate, Figure, Ratings, TooLittle, bootstrap};

/// The coefficient alone, over every answer that two or more have rated (Krippendorff, "Computing Krippendorff's
/// Alpha-Reliability", 2011, section C with the metric of section E).
pub fn alpha(ratings: &Ratings) -> Result<f64, TooLittle> {
    let sums = Sums::of(ratings)?;
    from_coincidences(&sums.total(), sums.values).ok_or(TooLittle::NoSpread)
}

/// The coefficient with its interval, from [`ENOUGH_CANDIDATES`] candidates with an answer rated by two on.
pub fn alpha_with_interval(ratings: &Ratings, seed: u64) -> Figure {
    let sums = Sums::of(ratings)?;
    let candidates = sums.rows.len() / sums.width();
    if candidates < ENOUGH_CANDIDATES {
        return Err(TooLittle::TooFew { candidates });
    }
    let value = from_coincidences(&sums.total(), sums.values).ok_or(TooLittle::NoSpread)?;
    let estimate = bootstrap::interval(value, &sums.rows, sums.width(), seed, |total| {
        from_coincidences(total, sums.values)
    });
    Ok(Estimate { low: estimate.low.max(-1.0), ..estimate })
}

/// Observed coincidences, a matrix of `values` by `values` for each candidate that has any.
struct Sums {
    rows: Vec<f64>,
    values: usize,
}

impl Sums {
    fn of(ratings: &Ratings) -> Result<Self, TooLittle> {
        if ratings.is_empty() {
            return Err(TooLittle::NothingRated);
        }
        let values = ratings.highest();
        let mut rows = Vec::new();
        let mut row = vec![0.0; values * values];
        let mut count = vec![0_u32; values];
        for candidate in 0..ratings.candidates() {
            row.fill(0.0);
            let mut pairable = false;
            for cell in ratings.cells_of(candidate) {
                let raters = given(cell).count();
                if raters < 2 {
                    continue;
                }
                pairable = true;
                count.fill(0);
                given(cell).for_each(|rating| count[usize::from(rating) - 1] += 1);
                for a in 0..values {
                    for b in 0..values {
                        let pairs = count[a] * (count[b] - u32::from(a == b && count[b] > 0));
                        row[a * values + b] += f64::from(pairs) / (raters - 1) as f64;
                    }
                }
            }
            if pairable {
                rows.extend_from_slice(&row);
            }
        }
        if rows.is_empty() { Err(TooLittle::OneRater) } else { Ok(Self { rows, values }) }
    }

    fn width(&self) -> usize {
        self.values * self.values
    }

    fn total(&self) -> Vec<f64> {
        let mut total = vec![0.0; self.width()];
        for row in self.rows.chunks_exact(self.width()) {
            total.iter_mut().zip(row).for_each(|(sum, one)| *sum += one);
        }
        total
    }
}

/// Alpha from a matrix of coincidences; none where all values are the same.
///
/// The ordinal distance of two values is how many ratings lie between them, counting half of each.
fn from_coincidences(observed: &[f64], values: usize) -> Option<f64> {
    let mut counts = [0.0; super::HIGHEST as usize];
    let mut middles = [0.0; super::HIGHEST as usize];
    let mut all = 0.0;
    for value in 0..values {
        counts[value] = observed[value * values..(value + 1) * values].iter().sum();
        middles[value] = all + counts[value] / 2.0;
        all += counts[value];
    }
    let (mut disagreement, mut by_chance) = (0.0, 0.0);
    for a in 0..values {
        for b in a + 1..values {
            let distance = (middles[a] - middles[b]).powi(2);
            disagreement += observed[a * values + b] * distance;
            by_chance += counts[a] * counts[b] * distance;
        }
    }
    (by_chance > 0.0).then(|| 1.0 - (all - 1.0) * disagreement / by_chance)
}
