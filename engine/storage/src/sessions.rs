//! Sessions, their questions, and the questions as they were when they were asked.

use crate::answers::AttemptRecord;
use crate::error::StorageError;
use crate::history::{Cursor, Page, PageRequest};
use async_trait::async_trait;
use sha2::{Digest, Sha256};
use std::fmt::Write as _;
use viva_core::bank::Question;
use viva_core::clock::Timestamp;
use viva_core::ids::{AttemptId, PackId, QuestionId, SessionId};
use viva_core::session::{Mode, Phase, Place, Session};

/// Keeps sessions.
#[async_trait]
pub trait Sessions: Send + Sync {
    /// Keeps a new session with its questions as they are now.
    async fn start_session(&self, session: &NewSession) -> Result<(), StorageError>;

    /// A session with its places and all their attempts.
    async fn session(&self, id: SessionId) -> Result<Option<SessionRecord>, StorageError>;

    /// Sessions, the latest first, without follow-ups.
    async fn sessions(&self, page: PageRequest) -> Result<Page<SessionSummary>, StorageError>;

    /// Ends a session; a question that stands asked is skipped.
    async fn finish_session(&self, id: SessionId, at: Timestamp) -> Result<(), StorageError>;

    /// Asks the question at a place, for the first time or again.
    async fn ask(
        &self,
        session: SessionId,
        position: u32,
        attempt: AttemptId,
        at: Timestamp,
    ) -> Result<AttemptRecord, StorageError>;

    /// A question as it was when it was asked.
    async fn snapshot(&self, hash: &str) -> Result<Option<Snapshot>, StorageError>;

    /// Deletes a session with all it holds. Returns the takes' paths, whose files the caller removes.
    async fn delete_session(&self, id: SessionId) -> Result<Vec<String>, StorageError>;

    /// Deletes everything but the schema and the people, who would otherwise leave the pages open to anybody. Returns the takes' paths, whose files the caller removes.
    async fn delete_everything(&self) -> Result<Vec<String>, StorageError>;
}

/// A session that begins.
#[derive(Debug, Clone)]
pub struct NewSession {
    /// Made by the caller.
    pub id: SessionId,
    /// How it is run.
    pub mode: Mode,
    /// What its questions were drawn with.
    pub seed: u64,
    /// The answer it follows up; its scores then stand beside that answer's and in no list.
    pub follows: Option<AttemptId>,
    /// Now.
    pub at: Timestamp,
    /// Its questions in order.
    pub places: Vec<NewPlace>,
}

/// A question of a new session.
#[derive(Debug, Clone)]
pub struct NewPlace {
    /// The question as it is now.
    pub question: Question,
    /// Why it was picked, in plain words.
    pub reason: String,
}

/// A session as it is kept.
#[derive(Debug, Clone, PartialEq)]
pub struct SessionRecord {
    /// Its id.
    pub id: SessionId,
    /// How it is run.
    pub mode: Mode,
    /// What its questions were drawn with.
    pub seed: u64,
    /// The answer it follows up, where it does.
    pub follows: Option<AttemptId>,
    /// When it began.
    pub started_at: Timestamp,
    /// When it ended; none while it goes on.
    pub finished_at: Option<Timestamp>,
    /// Its questions in order.
    pub places: Vec<PlaceRecord>,
}

/// A question of a session.
#[derive(Debug, Clone, PartialEq)]
pub struct PlaceRecord {
    /// From 0.
    pub position: u32,
    /// The question.
    pub question: QuestionId,
    /// Its pack.
    pub pack: PackId,
    /// Why it was picked, in plain words.
    pub reason: String,
    /// Which [`Snapshot`] of the question is asked.
    pub snapshot: String,
    /// Its attempts, the first one first.
    pub attempts: Vec<AttemptRecord>,
}

/// A session in a list.
#[derive(Debug, Clone, PartialEq)]
pub struct SessionSummary {
    /// Its id.
    pub id: SessionId,
    /// How it is run.
    pub mode: Mode,
    /// When it began.
    pub started_at: Timestamp,
    /// When it ended; none while it goes on.
    pub finished_at: Option<Timestamp>,
    /// How many questions it has.
    pub questions: u32,
    /// How many of them have a result: a score or "no answer".
    pub answered: u32,
    /// Mean score of the latest result of each answered question, 0 to 100.
    pub mean_score: Option<f64>,
}

/// A question as it was when it was asked, so that feedback can be shown whatever became of its pack.
#[derive(Debug, Clone, PartialEq)]
pub struct Snapshot {
    /// SHA-256 of [`Snapshot::document`], hex.
    pub hash: String,
    /// The question.
    pub question: Question,
}

impl SessionRecord {
    /// Whether it goes on.
    pub fn phase(&self) -> Phase {
        if self.finished_at.is_some() { Phase::Finished } else { Phase::Active }
    }

    /// The same session as the domain sees it.
    pub fn run(&self) -> Session {
        let places = self.places.iter().map(|place| Place {
            question: place.question.clone(),
            attempts: place.attempts.iter().map(|attempt| attempt.state.clone()).collect(),
        });
        Session::restore(self.mode, self.phase(), places.collect())
    }
}

impl SessionSummary {
    /// Where a page that ends with it goes on.
    pub fn cursor(&self) -> Cursor {
        Cursor { at: self.started_at, id: self.id.0 }
    }
}

impl Snapshot {
    /// The snapshot of a question as it is now.
    pub fn of(question: &Question) -> Self {
        let hash = Sha256::digest(Self::document(question)).iter().fold(String::new(), |mut hex, byte| {
            let _ = write!(hex, "{byte:02x}");
            hex
        });
        Self { hash, question: question.clone() }
    }

    /// The question as JSON, the form that is hashed and kept.
    pub fn document(question: &Question) -> String {
        serde_json::to_string(question).expect("a question is strings and numbers, which always serialise")
    }
}
