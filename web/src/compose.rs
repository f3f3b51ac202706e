//! Where ports meet what is behind them. Only this module names a concrete database or recogniser.

mod database;

pub use database::{
    DatabasePlace, about_database, check_copy, copy_database, database_place, fill_server, recordings_in,
    store,
};

use crate::builtin;
use crate::cli::places::Places;
use crate::people::{Entrance, Seating, Spot, Transport};
use async_trait::async_trait;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{SystemTime, UNIX_EPOCH};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;
use viva_core::clock::{Clock, Timestamp};
use viva_core::ids::PersonId;
use viva_core::round::Seat;
use viva_interview::{Ears, EarsState, Interview};
use viva_jobs::{Runner, Settle};
use viva_speech::models::{ModelError, ModelStore};
use viva_speech::{EngineOptions, SpeechError, Transcriber, WhisperEngine};
use viva_storage::{StorageError, Store};

/// The system's clock.
#[derive(Debug, Clone, Copy)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> Timestamp {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        Timestamp(i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
    }
}

/// Everything an interview needs, from the environment.
///
/// `model` is a name of the manifest or the path of a ggml file; the manifest's default without one.
pub async fn interview(places: &Places, model: Option<String>) -> anyhow::Result<Arc<Interview>> {
    let store = store(places).await?;
    let bank = Arc::new(builtin::bank_with(&places.rubrics_dirs)?);
    let ears = Arc::new(WhisperEars::new(places, model));
    Ok(Arc::new(Interview::new(store, bank, ears, Arc::new(SystemClock), places.data_dir.clone())))
}

/// The door to what is kept.
pub fn entrance(store: Arc<dyn Store>, transport: Transport) -> Entrance {
    Entrance::new(Arc::clone(&store), Arc::new(StoreSeating(store)), transport)
}

/// Seats as rounds keep them.
struct StoreSeating(Arc<dyn Store>);

#[async_trait]
impl Seating for StoreSeating {
    async fn seat(&self, person: PersonId, spot: Spot) -> Result<Option<Seat>, StorageError> {
        let round = match spot {
            Spot::Round(round) => round,
            // Who has no seat in their round finds no candidate.
            Spot::Candidate(candidate) => match self.0.candidate(candidate, person).await? {
                Some(found) => found.round,
                None => return Ok(None),
            },
        };
        self.0.seat(round, person).await
    }
}

/// Settles answers in the background until `stopping` is cancelled.
pub fn start_jobs(interview: &Arc<Interview>, stopping: CancellationToken) -> JoinHandle<()> {
    tokio::spawn(runner(interview).run(stopping))
}

/// What settles answers.
pub fn runner(interview: &Arc<Interview>) -> Runner {
    Runner::new(interview.shared_store(), Arc::new(SystemClock), Settle::new(interview))
}

/// Whisper, loaded when it is first needed and kept from then on.
pub struct WhisperEars {
    models: ModelStore,
    model: String,
    engine: Mutex<Option<Arc<WhisperEngine>>>,
}

impl WhisperEars {
    /// Looks in the models folder of an installation. Loads nothing.
    pub fn new(places: &Places, model: Option<String>) -> Self {
        Self {
            models: ModelStore::open(&places.models_dir),
            model: model.unwrap_or_else(|| viva_speech::models::DEFAULT_MODEL.to_owned()),
            engine: Mutex::new(None),
        }
    }
}

impl Ears for WhisperEars {
    fn transcriber(&self) -> Result<Arc<dyn Transcriber>, SpeechError> {
        let mut engine = self.engine.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(engine) = &*engine {
            return Ok(Arc::clone(engine) as Arc<dyn Transcriber>);
        }
        let found =
            self.models.locate(&self.model).map_err(|error| no_model(&self.models, &self.model, &error))?;
        let started = Arc::new(WhisperEngine::start(found.path, EngineOptions::default())?);
        *engine = Some(Arc::clone(&started));
        Ok(started)
    }

    fn state(&self) -> EarsState {
        match self.models.locate(&self.model) {
            Ok(_) => EarsState::Ready { model: self.model.clone() },
            Err(error) => {
                EarsState::NoModel { model: self.model.clone(), what_now: what_now(&self.model, &error) }
            }
        }
    }
}

fn no_model(models: &ModelStore, model: &str, error: &ModelError) -> SpeechError {
    tracing::warn!(%error, "the speech model cannot be used");
    SpeechError::ModelMissing(models.dir().join(model))
}

fn what_now(model: &str, error: &ModelError) -> String {
    let mut says = crate::handlers::sentence(&error.to_string());
    if !says.contains("viva model") {
        says += &format!(" Run `viva model fetch {model}` in a terminal.");
    }
    says
}
