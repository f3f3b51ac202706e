//! The use cases: start a session, ask, record, stop, settle, review. They join the ports and know no page.
//!
//! Invariants
//! * A take is on disk, and its attempt *settling*, before anything tries to understand it.
//! * One recording at a time from this machine's microphone; any number in pieces from browsers.
//! * No lock and no transaction is held across a recording's end or a transcription.
//! * Settling may be tried any number of times, by anyone; the store lets it happen once.

mod correcting;
mod corrections;
mod deciding;
mod deleting;
mod ears;
mod error;
mod follow_up;
mod microphone;
mod on_air;
mod own_microphone;
mod pieces;
mod practice;
mod provisional;
mod recording;
mod rescoring;
mod retention;
mod review;
mod round_leaving;
mod rounds;
mod settling;
mod startup;

pub use deciding::{AnswerDetail, MatrixCell, MatrixRow, Rater, RaterNotes, RoundMatrix, Said};
pub use deleting::Loss;
pub use ears::{Ears, EarsState};
pub use error::InterviewError;
pub use microphone::{CHECK_LENGTH, Heard, Listening};
pub use on_air::{Draft, Snapshot};
pub use pieces::NewPiece;
pub use practice::SetUp;
pub use provisional::Provisional;
pub use recording::Stopped;
pub use rescoring::{Change, CriterionChange, Keeping, Rescore, Rescored, Standing};
pub use retention::{BadKeepAudio, KeepAudio, LONGEST_DAYS};
pub use review::Review;
pub use round_leaving::{CandidateFile, FiledAnswer, FiledCard};
pub use rounds::RoundSetUp;
pub use settling::Settled;
pub use startup::Found;

use on_air::OnAir;
use std::collections::{HashMap, HashSet};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError, RwLock};
use tokio::sync::broadcast;
use uuid::Uuid;
use viva_core::bank::{Bank, Question};
use viva_core::clock::{Clock, Timestamp};
use viva_core::ids::AttemptId;
use viva_core::scoring::{BankIndex, PreparedQuestion, Scorer};
use viva_storage::Store;

/// Everything one person or one server needs to hold interviews.
pub struct Interview {
    store: Arc<dyn Store>,
    shelf: RwLock<Arc<Shelf>>,
    ears: Arc<dyn Ears>,
    clock: Arc<dyn Clock>,
    scorer: Scorer,
    data_dir: PathBuf,
    on_air: Mutex<Option<OnAir>>,
    /// Takes that browsers send.
    in_pieces: Mutex<HashMap<AttemptId, OnAir>>,
    check: Mutex<Option<microphone::Check>>,
    /// Attempts whose take is being settled by the follower that heard it live.
    settling_live: Mutex<HashSet<AttemptId>>,
    /// Scores of drafted words, for as long as their attempts settle.
    provisional: Mutex<HashMap<AttemptId, Arc<Provisional>>>,
    changed: broadcast::Sender<AttemptId>,
    worked_out: deciding::WorkedOut,
}

/// The bank and what is made of it once. Replaced whole, so that no one sees half of a change.
struct Shelf {
    bank: Arc<Bank>,
    others: OnceLock<Arc<BankIndex>>,
}

impl Shelf {
    fn of(bank: Arc<Bank>) -> Arc<Self> {
        Arc::new(Self { bank, others: OnceLock::new() })
    }
}

/// Where takes lie, relative to the data directory.
const TAKES: &str = "takes";

impl Interview {
    /// Joins the ports. Nothing is loaded or opened yet.
    pub fn new(
        store: Arc<dyn Store>,
        bank: Arc<Bank>,
        ears: Arc<dyn Ears>,
        clock: Arc<dyn Clock>,
        data_dir: PathBuf,
    ) -> Self {
        Self {
            store,
            shelf: RwLock::new(Shelf::of(bank)),
            ears,
            clock,
            scorer: Scorer::shared().clone(),
            data_dir,
            on_air: Mutex::new(None),
            in_pieces: Mutex::default(),
            check: Mutex::new(None),
            settling_live: Mutex::new(HashSet::new()),
            provisional: Mutex::default(),
            changed: broadcast::channel(64).0,
            worked_out: deciding::WorkedOut::default(),
        }
    }

    /// All questions at hand, as they are now.
    pub fn bank(&self) -> Arc<Bank> {
        Arc::clone(&self.shelf().bank)
    }

    /// Puts another bank in the place of this one, for everything that starts from now on. Sessions under way keep
    /// the questions they began with.
    pub fn replace_bank(&self, bank: Bank) {
        *self.shelf.write().unwrap_or_else(PoisonError::into_inner) = Shelf::of(Arc::new(bank));
    }

    fn shelf(&self) -> Arc<Shelf> {
        Arc::clone(&self.shelf.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// What is kept.
    pub fn store(&self) -> &dyn Store {
        &*self.store
    }

    /// The same, to be kept by whoever works beside the use cases.
    pub fn shared_store(&self) -> Arc<dyn Store> {
        Arc::clone(&self.store)
    }

    /// The scorer, which also marks model answers for the feedback page.
    pub fn scorer(&self) -> &Scorer {
        &self.scorer
    }

    /// The recogniser, or why there is none.
    pub fn ears(&self) -> &dyn Ears {
        &*self.ears
    }

    /// Compiles a question for scoring, with the bank's other answers at hand to tell them from this one's.
    pub fn prepare(&self, question: &Question) -> PreparedQuestion {
        let shelf = self.shelf();
        let others =
            shelf.others.get_or_init(|| Arc::new(BankIndex::of_packs(&self.scorer, shelf.bank.packs())));
        self.scorer.prepare(question).with_bank(Arc::clone(others))
    }

    /// Tells of every attempt whose state has changed.
    pub fn changes(&self) -> broadcast::Receiver<AttemptId> {
        self.changed.subscribe()
    }

    /// Where a kept take's path leads: a file in the folder of takes.
    pub fn take_path(&self, relative: &str) -> PathBuf {
        deleting::take_file(&self.data_dir, relative)
    }

    fn takes_dir(&self) -> PathBuf {
        self.data_dir.join(TAKES)
    }

    /// The present moment, by the clock that was passed in.
    pub fn now(&self) -> Timestamp {
        self.clock.now()
    }

    fn tell(&self, attempt: AttemptId) {
        // Nobody may be listening, and that is fine.
        let _ = self.changed.send(attempt);
    }

    fn microphone(&self) -> MutexGuard<'_, Option<OnAir>> {
        self.on_air.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn in_pieces(&self) -> MutexGuard<'_, HashMap<AttemptId, OnAir>> {
        self.in_pieces.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn live(&self) -> MutexGuard<'_, HashSet<AttemptId>> {
        self.settling_live.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A new id. Ids carry their time, so lists in order of id are in order of making.
fn fresh() -> Uuid {
    Uuid::now_v7()
}

/// A take's path as it is kept: relative, with `/`.
fn relative(take: &Path) -> Option<String> {
    Some(format!("{TAKES}/{}", take.file_name()?.to_str()?))
}
