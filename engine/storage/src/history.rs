//! Looking back: pages of attempts, scores over time, and what the picker wants to know.

use crate::error::StorageError;
use async_trait::async_trait;
use serde::Serialize;
use std::fmt;
use std::str::FromStr;
use uuid::Uuid;
use viva_core::bank::{Kind, Level};
use viva_core::clock::Timestamp;
use viva_core::ids::{AttemptId, CriterionId, PackId, QuestionId, SessionId};
use viva_core::session::{AttemptState, Mode, Past};
use viva_core::units::Millis;

/// Reads what was done so far.
#[async_trait]
pub trait History: Send + Sync {
    /// Attempts, the latest first. Follow-ups are listed only where the filter names their session or answer.
    async fn history(
        &self,
        filter: &HistoryFilter,
        page: PageRequest,
    ) -> Result<Page<HistoryEntry>, StorageError>;

    /// What the picker wants to know: one entry for every question that was ever asked, by question id.
    /// Follow-ups do not count, here and in the scores.
    ///
    /// An attempt that still stands asked counts as asked; "no answer" counts as a score of 0.
    async fn past(&self) -> Result<Vec<Past>, StorageError>;

    /// The last score of every question that has one, by question id.
    async fn latest_scores(&self) -> Result<Vec<ScorePoint>, StorageError>;

    /// The scores that count, one an attempt, the earliest first. Without a filter that is a long list: meant
    /// for exports and charts, not for every page.
    async fn scores(&self, filter: &ScoreFilter) -> Result<Vec<ScorePoint>, StorageError>;

    /// The last scores of every question, at most `each` of them, by question id and then the earliest first.
    async fn recent_scores(&self, each: u32) -> Result<Vec<ScorePoint>, StorageError>;

    /// Criteria that were missed the last time and at least twice within the last `among` scored answers to their
    /// question, "no answer" left out. Those missed most often come first, at most `limit` of them.
    async fn kept_missing(&self, among: u32, limit: u32) -> Result<Vec<KeptMissing>, StorageError>;

    /// How many attempts there are under a filter.
    async fn count(&self, filter: &HistoryFilter) -> Result<u64, StorageError>;

    /// How much is kept.
    async fn usage(&self) -> Result<Usage, StorageError>;
}

/// Which attempts to list. The default lists all of them.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct HistoryFilter {
    /// Only of this session.
    pub session: Option<SessionId>,
    /// Only follow-ups to this answer.
    pub follows: Option<AttemptId>,
    /// Only of this question.
    pub question: Option<QuestionId>,
    /// Only of this pack.
    pub pack: Option<PackId>,
    /// Only of this topic.
    pub topic: Option<String>,
    /// Only where the question's wording, as it was asked, holds this text. Latin letters match in either case.
    pub text: Option<String>,
    /// Only asked at this moment or later.
    pub from: Option<Timestamp>,
    /// Only asked before this moment.
    pub until: Option<Timestamp>,
}

/// Which scores to list. The default lists all of them.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct ScoreFilter {
    /// Only of this question.
    pub question: Option<QuestionId>,
    /// Only of this pack.
    pub pack: Option<PackId>,
    /// Only of this topic.
    pub topic: Option<String>,
    /// Only of questions asked at this moment or later.
    pub from: Option<Timestamp>,
}

/// Which page of a list.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct PageRequest {
    /// Where the page before ended; none for the first.
    pub after: Option<Cursor>,
    /// At most so many entries.
    pub limit: u32,
}

/// A place in a list that is ordered by time, the latest first. Displayed, it fits into a link.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cursor {
    /// The time of the last entry seen.
    pub at: Timestamp,
    /// Its id, which decides between entries of the same time.
    pub id: Uuid,
}

/// One page of a list.
#[derive(Debug, Clone, PartialEq)]
pub struct Page<T> {
    /// Its entries.
    pub items: Vec<T>,
    /// Where the next page begins; none on the last one.
    pub next: Option<Cursor>,
}

/// An attempt in a list.
#[derive(Debug, Clone, PartialEq)]
pub struct HistoryEntry {
    /// The attempt.
    pub attempt: AttemptId,
    /// Its session.
    pub session: SessionId,
    /// How that session is run.
    pub mode: Mode,
    /// The place in the session, from 0.
    pub position: u32,
    /// The first attempt at a place is 1.
    pub number: u32,
    /// The question.
    pub question: QuestionId,
    /// Its pack.
    pub pack: PackId,
    /// Its topic when it was asked.
    pub topic: String,
    /// The question's wording when it was asked.
    pub ask: String,
    /// The experience it assumed.
    pub level: Level,
    /// The sort of answer it asked for.
    pub kind: Kind,
    /// Where the attempt stands.
    pub state: AttemptState,
    /// When it was asked.
    pub asked_at: Timestamp,
    /// Length of the take; none for a typed answer or where there is none.
    pub length: Option<Millis>,
    /// The score that counts.
    pub score: Option<Score>,
}

/// A score in a list.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Score {
    /// 0 to 100.
    pub score: f64,
    /// The score if no unsure word had been said.
    pub low: f64,
    /// The score if every unsure word had been what it might have been.
    pub high: f64,
    /// 1 to 5.
    pub level: u8,
}

/// A score in time.
#[derive(Debug, Clone, PartialEq)]
pub struct ScorePoint {
    /// The attempt.
    pub attempt: AttemptId,
    /// The question.
    pub question: QuestionId,
    /// Its pack.
    pub pack: PackId,
    /// Its topic when it was asked.
    pub topic: String,
    /// When it was asked.
    pub asked_at: Timestamp,
    /// The score that counts.
    pub score: Score,
}

/// A criterion that keeps being missed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeptMissing {
    /// The question.
    pub question: QuestionId,
    /// The criterion, by its id within the question.
    pub criterion: CriterionId,
    /// How many of the answers looked at missed it.
    pub missed: u32,
    /// Answers looked at whose rubric had it.
    pub answers: u32,
    /// When it was missed last.
    pub last: Timestamp,
}

/// How much is kept.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Usage {
    /// Sessions.
    pub sessions: u64,
    /// Attempts.
    pub attempts: u64,
    /// Takes whose audio is still there.
    pub takes: u64,
    /// Bytes of their audio.
    pub audio_bytes: u64,
    /// Bytes of the database.
    pub database_bytes: u64,
}

impl PageRequest {
    /// The first page.
    pub fn first(limit: u32) -> Self {
        Self { after: None, limit }
    }
}

impl<T> Page<T> {
    /// A page from its entries and one more, if there was one, that tells of a next page.
    pub fn of(mut items: Vec<T>, limit: u32, cursor: impl Fn(&T) -> Cursor) -> Self {
        let more = items.len() > limit as usize;
        items.truncate(limit as usize);
        let next = items.last().filter(|_| more).map(cursor);
        Self { items, next }
    }
}

impl HistoryEntry {
    /// Where a page that ends with it goes on.
    pub fn cursor(&self) -> Cursor {
        Cursor { at: self.asked_at, id: self.attempt.0 }
    }
}

impl fmt::Display for Cursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.at.0, self.id.simple())
    }
}

/// A text that is no [`Cursor`].
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is no place in a list; start from the first page")]
pub struct BadCursor(String);

impl FromStr for Cursor {
    type Err = BadCursor;
    fn from_str(text: &str) -> Result<Self, BadCursor> {
        let parsed = text.split_once('.').and_then(|(at, id)| {
            Some(Self { at: Timestamp(at.parse().ok()?), id: Uuid::try_parse(id).ok()? })
        });
        parsed.ok_or_else(|| BadCursor(text.chars().take(80).collect()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_survives_a_link() {
        let cursor = Cursor { at: Timestamp(-5), id: Uuid::from_u128(7) };
        assert_eq!(cursor.to_string().parse(), Ok(cursor));
        for bad in ["", ".", "1.", "x.00000000000000000000000000000007", "1;drop table"] {
            assert!(bad.parse::<Cursor>().is_err(), "{bad:?}");
        }
    }

    #[test]
    fn a_page_knows_whether_there_is_another() {
        let cursor = |n: &i64| Cursor { at: Timestamp(*n), id: Uuid::nil() };
        assert_eq!(Page::of(vec![3, 2, 1], 2, cursor).next, Some(cursor(&2)));
        assert_eq!(Page::of(vec![3, 2], 2, cursor).next, None);
        assert_eq!(Page::of(Vec::new(), 2, cursor).next, None);
    }
}
