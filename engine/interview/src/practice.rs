//! Sessions: what is asked, and moving through it.

use crate::{Interview, InterviewError, fresh};
use viva_core::ids::{QuestionId, SessionId};
use viva_core::session::{Aid, Mode, Pick, PickOptions, SessionRefused, pick};
use viva_storage::{NewPlace, NewSession, SessionRecord, Step, StorageError};

/// What a new session asks.
#[derive(Debug, Clone)]
pub enum SetUp {
    /// These questions, in this order.
    Questions(Vec<QuestionId>),
    /// What the picker picks.
    Picked(PickOptions),
}

impl Interview {
    /// What the picker would ask now.
    pub async fn picks(&self, options: &PickOptions) -> Result<Vec<Pick>, InterviewError> {
        let past = self.store.past().await?;
        Ok(pick(self.bank().questions(), options, &past, self.now()))
    }

    /// Starts a session.
    ///
    /// # Errors
    /// Where nothing fits, or a question named is in no pack.
    pub async fn start_session(&self, mode: Mode, set_up: SetUp) -> Result<SessionId, InterviewError> {
        let seed = match &set_up {
            SetUp::Questions(_) => 0,
            SetUp::Picked(options) => options.seed,
        };
        let places = match set_up {
            SetUp::Questions(ids) => self.chosen(ids).await?,
            SetUp::Picked(options) => self
                .picks(&options)
                .await?
                .into_iter()
                .map(|pick| self.place(&pick.question, pick.reason.to_string()))
                .collect::<Result<_, _>>()?,
        };
        if places.is_empty() {
            return Err(InterviewError::NothingFits);
        }
        let id = SessionId(fresh());
        let session = NewSession { id, mode, seed, follows: None, at: self.now(), places };
        self.store.start_session(&session).await?;
        Ok(id)
    }

    /// Questions named by hand; the reason says what the picker would have said of them.
    async fn chosen(&self, ids: Vec<QuestionId>) -> Result<Vec<NewPlace>, InterviewError> {
        ids.iter().map(|id| self.place(id, "chosen by hand".to_owned())).collect()
    }

    fn place(&self, id: &QuestionId, reason: String) -> Result<NewPlace, InterviewError> {
        let question =
            self.bank().question(id).ok_or_else(|| InterviewError::NoQuestion(id.clone()))?.clone();
        Ok(NewPlace { question, reason })
    }

    /// A session with its questions and attempts.
    pub async fn session(&self, id: SessionId) -> Result<SessionRecord, InterviewError> {
        self.store.session(id).await?.ok_or(InterviewError::NoSession(id))
    }

    /// Gives help before an answer, and notes that it was given. Asks the question where it was not asked yet.
    ///
    /// # Errors
    /// In a run-through, which gives none.
    pub async fn help(&self, session: SessionId, position: u32, aid: Aid) -> Result<(), InterviewError> {
        let record = self.session(session).await?;
        if !record.mode.allows(aid) {
            return Err(StorageError::from(SessionRefused::NoHelp).into());
        }
        let attempt = match self.on_air_at(session, position) {
            Some(take) => take.attempt,
            None => self.open_attempt(session, position).await?.id,
        };
        Ok(self.store.note_help(attempt, aid).await?)
    }

    /// Passes over a question.
    pub async fn skip(&self, session: SessionId, position: u32) -> Result<(), InterviewError> {
        let attempt = self.open_attempt(session, position).await?;
        self.store.advance(attempt.id, &Step::Skip, self.now()).await?;
        self.tell(attempt.id);
        Ok(())
    }

    /// Ends a session; a question that stands asked is passed over.
    pub async fn finish_session(&self, session: SessionId) -> Result<(), InterviewError> {
        Ok(self.store.finish_session(session, self.now()).await?)
    }
}
