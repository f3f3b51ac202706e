//! What Viva keeps, and the traits through which it is kept. No SQL and no database here.
//!
//! The program holds one `Arc<dyn Store>`; which database stands behind it is decided once, from the URL,
//! where the program is wired.
//!
//! Rules every implementation keeps, and the `conformance` suite checks:
//!
//! * **A method is a unit of work.** It happens as a whole or not at all; nothing is half kept. Where state
//!   and artefact belong together (the take and the state "settling", the score and the state "assessed"),
//!   one method writes both, and the job that must follow is put into the queue in the same transaction.
//! * **The domain decides.** A change of state goes through [`viva_core::session`] inside the transaction; what the
//!   domain refuses comes back as [`StorageError::Refused`] and nothing is written.
//! * **Lookups return `Ok(None)`.** [`StorageError::NotFound`] is for an update that hits nothing.
//! * **Time and ids are arguments.** No implementation reads a clock or draws an id.

mod answers;
mod audit;
pub mod columns;
#[cfg(feature = "conformance")]
pub mod conformance;

mod copying;
mod decisions;
mod error;
mod history;
mod jobs;
mod people;
mod rounds;
mod sessions;
mod settings;

pub use answers::{
    Answers, AssessmentRecord, AttemptRecord, Help, NewAssessment, NewTranscript, Settlement, Step, Take,
    TakeEnd, TranscriptRecord, TranscriptSource, Words,
};
pub use audit::Audit;
pub use copying::{Cell, Rows};
pub use decisions::{CardMarks, Consensus, Decisions, Expired, Hold, Part, Retention};
pub use error::StorageError;
pub use history::{
    BadCursor, Cursor, History, HistoryEntry, HistoryFilter, KeptMissing, Page, PageRequest, Score,
    ScoreFilter, ScorePoint, Usage,
};
pub use jobs::{Job, JobRecord, JobStatus, Jobs, Lease, NewJob};
pub use people::{
    Bearer, Credentials, Invitation, Login, LoginOf, NewInvitation, NewLogin, NewPerson, People,
    PersonSummary, Removal, SecondStep, TokenHash,
};
pub use rounds::{
    Act, CandidateRecord, CandidateRow, CardRecord, CardStanding, Cards, DeviationRecord, KitRecord, KitSeen,
    KitSummary, Kits, NewCandidate, NewCard, NewKit, NewRound, NewRoundAnswer, OwnCard, OwnRoom, OwnRooms,
    ProbeAsked, RoundAnswer, RoundAnswers, RoundRecord, RoundSummary, Rounds, SavedEntry, SavedVerdict,
    SeatRecord, Verdict, Waiting,
};
pub use sessions::{NewPlace, NewSession, PlaceRecord, SessionRecord, SessionSummary, Sessions, Snapshot};
pub use settings::Settings;

/// Everything Viva keeps.
pub trait Store:
    Sessions
    + Answers
    + History
    + Jobs
    + Settings
    + People
    + Kits
    + Rounds
    + Cards
    + RoundAnswers
    + Audit
    + Decisions
    + OwnRooms
{
}

impl<S> Store for S where
    S: Sessions
        + Answers
        + History
        + Jobs
        + Settings
        + People
        + Kits
        + Rounds
        + Cards
        + RoundAnswers
        + Audit
        + Decisions
        + OwnRooms
{
}
