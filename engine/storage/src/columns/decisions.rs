//! The columns of marks, consensus and clocks, and what they stand for.

#![expect(missing_docs, reason = "a row's fields are the columns of its table, described in migrations")]

use super::{named, number};
use crate::{CardMarks, Consensus, Expired, Part, Retention, StorageError};
use uuid::Uuid;
use viva_core::clock::Timestamp;
use viva_core::ids::{CandidateId, PersonId, RoundId};
use viva_core::round::{Mark, Rating, Recommendation};

const DAY_MS: i64 = 24 * 60 * 60 * 1000;

/// A card with its marks in one text.
pub struct MarksColumns {
    pub candidate_id: Uuid,
    pub person_id: Uuid,
    pub recommendation: Option<String>,
    /// `0:4,1:0`: question and rating, 0 where it was not asked.
    pub marks: Option<String>,
}

impl MarksColumns {
    pub fn record(self) -> Result<CardMarks, StorageError> {
        let recommendation = self
            .recommendation
            .map(|name| named("recommendation", &name, Recommendation::from_name(&name)))
            .transpose()?;
        Ok(CardMarks {
            candidate: CandidateId(self.candidate_id),
            person: PersonId(self.person_id),
            marks: read_marks(self.marks.as_deref().unwrap_or_default())?,
            recommendation,
        })
    }
}

fn read_marks(text: &str) -> Result<Vec<(usize, Mark)>, StorageError> {
    let damaged = || StorageError::damaged("card", format!("its marks are {text:?}"));
    let one = |pair: &str| {
        let (position, rating) = pair.split_once(':')?;
        let mark = match rating.parse().ok()? {
            0 => Mark::NotAsked,
            rating => Mark::rated(rating)?,
        };
        Some((position.parse().ok()?, mark))
    };
    let pairs = text.split(',').filter(|pair| !pair.is_empty());
    pairs.map(|pair| one(pair).ok_or_else(damaged)).collect()
}

/// What a panel agreed on.
pub struct ConsensusColumns {
    pub candidate_id: Uuid,
    pub position: i64,
    pub rating: i64,
    pub reason: String,
    pub person_id: Uuid,
    pub at: i64,
}

impl ConsensusColumns {
    pub fn record(self) -> Result<Consensus, StorageError> {
        let rating: u8 = number("rating", self.rating)?;
        Ok(Consensus {
            candidate: CandidateId(self.candidate_id),
            position: number("question", self.position)?,
            rating: Rating::try_from(rating).map_err(|why| StorageError::damaged("consensus", why))?,
            reason: self.reason,
            by: PersonId(self.person_id),
            at: Timestamp(self.at),
        })
    }
}

/// A candidate of a closed round: its clocks, and what there still is.
pub struct ClockColumns {
    pub candidate_id: Uuid,
    pub round_id: Uuid,
    pub closed_at: i64,
    pub audio_days: Option<i64>,
    pub transcript_days: Option<i64>,
    pub ratings_days: Option<i64>,
    pub audio: bool,
    pub answers: bool,
    pub cards: bool,
}

impl ClockColumns {
    /// What is past its time. Recordings that go with their transcripts are not named by themselves.
    pub fn due(&self, now: Timestamp) -> Vec<Expired> {
        let past = |days: Option<i64>| days.is_some_and(|days| self.closed_at + days * DAY_MS <= now.0);
        let parts = [
            (Part::Transcripts, self.answers && past(self.transcript_days)),
            (Part::Audio, self.audio && past(self.audio_days) && !past(self.transcript_days)),
            (Part::Ratings, self.cards && past(self.ratings_days)),
        ];
        let (round, candidate) = (RoundId(self.round_id), CandidateId(self.candidate_id));
        let due = parts.into_iter().filter(|(_, due)| *due);
        due.map(|(part, _)| Expired { round, candidate, part }).collect()
    }
}

/// The clocks of a round as the log says them.
pub fn retention_detail(retention: Retention) -> String {
    let says = |days: Option<u16>| days.map_or("forever".to_owned(), |days| days.to_string());
    format!(
        "audio:{} transcripts:{} ratings:{}",
        says(retention.audio_days),
        says(retention.transcript_days),
        says(retention.ratings_days)
    )
}
