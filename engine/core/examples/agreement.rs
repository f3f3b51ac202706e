//! Reads tables of ratings, one JSON array a line, and writes their coefficients, one JSON object a line.
//!
//! A table is `[candidate][rater]`, with null for a missing rating. `scripts/compare-agreement` holds what comes out against
//! other people's implementations.

use std::error::Error;
use std::io::{BufRead, Write, stdin, stdout};
use viva_core::agreement::{Figure, Ratings, alpha, icc, kappa};

fn main() -> Result<(), Box<dyn Error>> {
    for line in stdin().lock().lines() {
        let rows: Vec<Vec<Option<u8>>> = serde_json::from_str(&line?)?;
        let raters = rows.first().map_or(0, Vec::len);
        let mut ratings = Ratings::new(rows.len(), 1, raters);
        for (candidate, row) in rows.iter().enumerate() {
            for (rater, rating) in row.iter().enumerate() {
                ratings.set(candidate, 0, rater, rating.unwrap_or(0));
            }
        }
        let whole: Option<Vec<Vec<f64>>> =
            rows.iter().map(|row| row.iter().map(|rating| rating.map(f64::from)).collect()).collect();
        let icc = whole.map(|scores| icc(&scores));
        let figure = |figure: Option<Figure>| figure.and_then(Result::ok);
        let out = serde_json::json!({
            "one": figure(icc.as_ref().map(|icc| icc.one)),
            "together": figure(icc.as_ref().map(|icc| icc.together)),
            "alpha": alpha(&ratings).ok(),
            "kappa": kappa(&ratings, 0, 1).ok(),
        });
        writeln!(stdout(), "{out}")?;
    }
    Ok(())
}
