//! Follow-ups: the probe for what an answer missed, asked at once. Its credit stands beside the answer's score and
//! never in it.

use crate::{Interview, InterviewError, fresh};
use viva_core::bank::{Question, Rubric};
use viva_core::ids::{AttemptId, CriterionId, SessionId};
use viva_core::session::Mode;
use viva_storage::{HistoryEntry, HistoryFilter, NewPlace, NewSession, PageRequest};

/// Seconds a follow-up is meant to take, for each criterion it asks about.
const SECONDS: u32 = 45;

/// No answer has more follow-ups than this on its page.
const SHOWN: u32 = 100;

impl Interview {
    /// Asks the follow-up of one criterion of an answer: a session of its own with the probe as its question.
    ///
    /// Pressed twice it leads to the same one, as long as nothing was answered there.
    ///
    /// # Errors
    /// Where there is no such answer, or the criterion has no probe.
    pub async fn follow_up(
        &self,
        answer: AttemptId,
        criterion: &CriterionId,
    ) -> Result<SessionId, InterviewError> {
        let attempt = self.attempt(answer).await?;
        let asked = self.question_asked(&attempt).await?;
        let question = probe_of(&asked, criterion)
            .ok_or_else(|| InterviewError::NoFollowUp { attempt: answer, criterion: criterion.clone() })?;
        let waiting = self.follow_ups(answer).await?.into_iter().find(|entry| entry.ask == question.ask);
        if let Some(entry) = waiting.filter(|entry| entry.state.is_open()) {
            return Ok(entry.session);
        }
        let places = vec![NewPlace { question, reason: "a follow-up to the answer before".to_owned() }];
        let id = SessionId(fresh());
        let session =
            NewSession { id, mode: Mode::Practice, seed: 0, follows: Some(answer), at: self.now(), places };
        self.store.start_session(&session).await?;
        // Asked at once, so that a second press finds it.
        self.store.ask(id, 0, AttemptId(fresh()), self.now()).await?;
        Ok(id)
    }

    /// The follow-ups that were asked after an answer, the latest first.
    pub async fn follow_ups(&self, answer: AttemptId) -> Result<Vec<HistoryEntry>, InterviewError> {
        let filter = HistoryFilter { follows: Some(answer), ..HistoryFilter::default() };
        Ok(self.store.history(&filter, PageRequest::first(SHOWN)).await?.items)
    }
}

/// The probe of a criterion as a question: marked by that criterion alone, and by what a good answer must not claim.
fn probe_of(question: &Question, id: &CriterionId) -> Option<Question> {
    let criterion = question.rubric.criteria.iter().find(|criterion| criterion.id == *id)?;
    let ask = criterion.probe.clone()?;
    Some(Question {
        ask,
        seconds: SECONDS,
        hint: None,
        rubric: Rubric {
            criteria: vec![criterion.clone()],
            mistakes: question.rubric.mistakes.clone(),
            anchors: Default::default(),
        },
        ..question.clone()
    })
}
