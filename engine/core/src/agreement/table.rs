//! The table of ratings that all figures are computed from.

/// The highest rating a table holds. Scorecards use 1 to 5; published examples go to 10.
pub const HIGHEST: u8 = 10;

/// Ratings, candidate by question by rater. Everything is a position from 0; a missing rating is not a low one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ratings {
    candidates: usize,
    questions: usize,
    raters: usize,
    /// By candidate, then question, then rater; 0 where there is none.
    cells: Vec<u8>,
}

impl Ratings {
    /// A table without a rating.
    pub fn new(candidates: usize, questions: usize, raters: usize) -> Self {
        Self { candidates, questions, raters, cells: vec![0; candidates * questions * raters] }
    }

    /// Puts a rating down. One outside 1 to [`HIGHEST`], or outside the table, counts as none.
    pub fn set(&mut self, candidate: usize, question: usize, rater: usize, rating: u8) {
        if candidate < self.candidates && question < self.questions && rater < self.raters {
            let place = (candidate * self.questions + question) * self.raters + rater;
            self.cells[place] = if rating <= HIGHEST { rating } else { 0 };
        }
    }

    /// How many candidates the table has room for.
    pub fn candidates(&self) -> usize {
        self.candidates
    }

    /// How many questions.
    pub fn questions(&self) -> usize {
        self.questions
    }

    /// How many raters.
    pub fn raters(&self) -> usize {
        self.raters
    }

    /// One rating.
    pub fn rating(&self, candidate: usize, question: usize, rater: usize) -> Option<u8> {
        let rating = *self.cell(candidate, question).get(rater)?;
        (rating > 0).then_some(rating)
    }

    /// The ratings of one answer, rater by rater; 0 where there is none.
    pub(super) fn cell(&self, candidate: usize, question: usize) -> &[u8] {
        let start = (candidate * self.questions + question) * self.raters;
        &self.cells[start..start + self.raters]
    }

    /// The ratings of one candidate, answer by answer.
    pub(super) fn cells_of(&self, candidate: usize) -> impl Iterator<Item = &[u8]> {
        (0..self.questions).map(move |question| self.cell(candidate, question))
    }

    /// Whether there is any rating.
    pub(super) fn is_empty(&self) -> bool {
        self.cells.iter().all(|rating| *rating == 0)
    }

    /// The highest rating given.
    pub(super) fn highest(&self) -> usize {
        usize::from(self.cells.iter().copied().max().unwrap_or(0))
    }
}

/// The ratings there are in a cell.
pub(super) fn given(cell: &[u8]) -> impl Iterator<Item = u8> + Clone + '_ {
    cell.iter().copied().filter(|rating| *rating > 0)
}
