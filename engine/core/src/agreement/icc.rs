//! Intraclass correlation, two-way random effects, absolute agreement: ICC(2,1) and ICC(2,k).

use super::{ENOUGH_CANDIDATES, Estimate, Figure, TooLittle, quantile};

/// Both coefficients of one table without gaps.
#[derive(Debug, Clone, PartialEq)]
pub struct Icc {
    /// ICC(2,1): one rater alone.
    pub one: Figure,
    /// ICC(2,k): the mean of the raters.
    pub together: Figure,
}

/// Computes both from one score a candidate and rater: `rows[candidate][rater]`, all of one length.
///
/// Estimates after Shrout and Fleiss 1979 (case 2), intervals after McGraw and Wong 1996, tables 4 and 7 (A,1 and A,k, with
/// Satterthwaite's degrees of freedom). Values under -1, which only ICC(2,k) has, are given as -1.
pub fn icc(rows: &[Vec<f64>]) -> Icc {
    let computed = squares(rows).and_then(|squares| {
        if rows.len() < ENOUGH_CANDIDATES {
            return Err(TooLittle::TooFew { candidates: rows.len() });
        }
        squares.one().map(|one| (squares, one))
    });
    match computed {
        Ok((squares, one)) => Icc { one: Ok(one), together: squares.together(one) },
        Err(why) => Icc { one: Err(why), together: Err(why) },
    }
}

/// Mean squares of the two-way analysis of variance.
#[derive(Debug, Clone, Copy)]
struct Squares {
    /// Candidates.
    n: f64,
    /// Raters.
    k: f64,
    between: f64,
    raters: f64,
    error: f64,
}

fn squares(rows: &[Vec<f64>]) -> Result<Squares, TooLittle> {
    let Some(raters) = rows.first().map(Vec::len).filter(|raters| *raters > 0) else {
        return Err(TooLittle::NothingRated);
    };
    if raters < 2 {
        return Err(TooLittle::OneRater);
    }
    if rows.len() < 2 {
        return Err(TooLittle::TooFew { candidates: rows.len() });
    }
    let (n, k) = (rows.len() as f64, raters as f64);
    let grand = rows.iter().flatten().sum::<f64>() / (n * k);
    let of_row: Vec<f64> = rows.iter().map(|row| row.iter().sum::<f64>() / k).collect();
    let of_rater: Vec<f64> =
        (0..raters).map(|rater| rows.iter().map(|row| row[rater]).sum::<f64>() / n).collect();
    let off = |means: &[f64]| means.iter().map(|mean| (mean - grand).powi(2)).sum::<f64>();
    let mut error = 0.0;
    for (row, row_mean) in rows.iter().zip(&of_row) {
        for (score, rater_mean) in row.iter().zip(&of_rater) {
            error += (score - row_mean - rater_mean + grand).powi(2);
        }
    }
    // What is left of rounding counts as nothing, or equal columns would differ by chance.
    let floor = 1e-20 * (1.0 + grand * grand) * n * k;
    let settle = |sum: f64| if sum < floor { 0.0 } else { sum };
    Ok(Squares {
        n,
        k,
        between: settle(k * off(&of_row)) / (n - 1.0),
        raters: settle(n * off(&of_rater)) / (k - 1.0),
        error: settle(error) / ((n - 1.0) * (k - 1.0)),
    })
}

impl Squares {
    fn one(&self) -> Figure {
        let Self { n, k, between, raters, error } = *self;
        if between == 0.0 && error == 0.0 {
            return Err(TooLittle::NoSpread);
        }
        if error == 0.0 && raters == 0.0 {
            return Ok(Estimate { value: 1.0, low: 1.0, high: 1.0 });
        }
        let value = (between - error) / (between + (k - 1.0) * error + k * (raters - error) / n);
        let freedom = self.freedom(value);
        let over = quantile::f(0.975, n - 1.0, freedom);
        let under = quantile::f(0.975, freedom, n - 1.0);
        let noise = k * raters + (k * n - k - n) * error;
        let low = n * (between - over * error) / (over * noise + n * between);
        let high = n * (under * between - error) / (noise + n * under * between);
        Ok(bounded(value, low, high))
    }

    fn together(&self, one: Estimate) -> Figure {
        let Self { n, between, raters, error, .. } = *self;
        let total = between + (raters - error) / n;
        // Where both sides weigh the same, what is left is rounding, and which sign it has says nothing.
        if total <= 1e-12 * (between + (raters + error) / n) {
            return Err(TooLittle::NoSignal);
        }
        let value = ((between - error) / total).max(-1.0);
        Ok(bounded(value, self.stepped_up(one.low), self.stepped_up(one.high)))
    }

    /// Spearman and Brown: what a mean of k is worth where one is worth this.
    fn stepped_up(&self, one: f64) -> f64 {
        let divisor = 1.0 + one * (self.k - 1.0);
        if divisor <= 0.0 { -1.0 } else { one * self.k / divisor }
    }

    /// Satterthwaite's degrees of freedom of the denominator.
    fn freedom(&self, value: f64) -> f64 {
        let Self { n, k, raters, error, .. } = *self;
        if error == 0.0 {
            return k - 1.0;
        }
        let of_raters = k * value * (raters / error);
        let of_error = n * (1.0 + (k - 1.0) * value) - k * value;
        let above = (k - 1.0) * (n - 1.0) * (of_raters + of_error).powi(2);
        let below = (n - 1.0) * of_raters.powi(2) + of_error.powi(2);
        if below > 0.0 && above > 0.0 { above / below } else { (k - 1.0) * (n - 1.0) }
    }
}

/// An interval never leaves its own estimate out, however rounding falls, and never leaves -1 to 1.
fn bounded(value: f64, low: f64, high: f64) -> Estimate {
    Estimate { value, low: low.clamp(-1.0, 1.0).min(value), high: high.clamp(-1.0, 1.0).max(value) }
}
