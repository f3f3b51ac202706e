//! How far the ratings of one question lie apart.

use super::table::given;
use super::{APART, Ratings};

/// One question over all candidates.
#[derive(Debug, Clone, PartialEq)]
pub struct Spread {
    /// Position of the question.
    pub question: usize,
    /// Answers that two or more have rated.
    pub cells: usize,
    /// How many of them have ratings [`APART`] or more apart.
    pub apart: usize,
    /// Mean distance between the lowest and the highest rating of an answer; none where nobody shares one.
    pub mean_range: Option<f64>,
    /// Standard deviation of the ratings of one answer, pooled over answers.
    pub deviation: Option<f64>,
}

/// Looks at each question.
pub fn spread(ratings: &Ratings) -> Vec<Spread> {
    (0..ratings.questions()).map(|question| of(ratings, question)).collect()
}

fn of(ratings: &Ratings, question: usize) -> Spread {
    let (mut cells, mut apart, mut ranges, mut squares, mut freedom) = (0, 0, 0.0, 0.0, 0.0);
    for candidate in 0..ratings.candidates() {
        let given = given(ratings.cell(candidate, question));
        let raters = given.clone().count() as f64;
        let (Some(lowest), Some(highest)) = (given.clone().min(), given.clone().max()) else { continue };
        if raters < 2.0 {
            continue;
        }
        let mean = given.clone().map(f64::from).sum::<f64>() / raters;
        cells += 1;
        apart += usize::from(highest - lowest >= APART);
        ranges += f64::from(highest - lowest);
        squares += given.map(|rating| (f64::from(rating) - mean).powi(2)).sum::<f64>();
        freedom += raters - 1.0;
    }
    let any = cells > 0;
    Spread {
        question,
        cells,
        apart,
        mean_range: any.then(|| ranges / cells as f64),
        deviation: any.then(|| (squares / freedom).sqrt()),
    }
}
