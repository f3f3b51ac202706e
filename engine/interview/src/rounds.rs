//! Structured rounds: making kits, rounds and candidates, and recording what candidates say.
//!
//! Invariants
//! * Whether a candidate may be recorded is asked of the store before the microphone opens, and again as it does.
//! * A recording of a round is stopped, marked and thrown away through its candidate, never as one of practice.
//! * Only what is marked as the answer is transcribed; nothing is understood while the recording runs.

use crate::on_air::{OnAir, Snapshot};
use crate::recording::Stopped;
use crate::{Interview, InterviewError, fresh};
use std::sync::Arc;
use viva_audio::{AudioSource, Ended};
use viva_core::ids::{AttemptId, CandidateId, CardId, KitId, PersonId, QuestionId, RoundId, SessionId};
use viva_core::round::{AnswerSource, Kit, KitQuestion, MarkEvent, Marks, Show};
use viva_storage::{NewCandidate, NewCard, NewKit, NewRound, NewRoundAnswer};

/// What a new round is made of.
#[derive(Debug, Clone)]
pub struct RoundSetUp {
    /// What people call it.
    pub title: String,
    /// The kit whose last version it uses, and freezes.
    pub kit: KitId,
    /// How candidates appear.
    pub show: Show,
    /// What candidates are told about being recorded.
    pub notice: String,
}

impl Interview {
    /// Makes a kit of pack questions, in this order.
    ///
    /// # Errors
    /// Where a question is in no pack.
    pub async fn make_kit(
        &self,
        title: String,
        questions: &[QuestionId],
        by: PersonId,
    ) -> Result<KitId, InterviewError> {
        let mut kit = Kit { title, ..Kit::default() };
        for id in questions {
            kit = kit.with(self.kit_question(id)?);
        }
        let id = KitId(fresh());
        self.store.make_kit(&NewKit { id, kit, by, at: self.now() }).await?;
        Ok(id)
    }

    /// A pack's question as a kit takes it, with its text as it is now.
    pub fn kit_question(&self, id: &QuestionId) -> Result<KitQuestion, InterviewError> {
        let bank = self.bank();
        let question = bank.question(id).ok_or_else(|| InterviewError::NoQuestion(id.clone()))?;
        Ok(KitQuestion::of(question))
    }

    /// Starts a round. Its maker is its owner.
    pub async fn start_round(&self, set_up: RoundSetUp, by: PersonId) -> Result<RoundId, InterviewError> {
        let id = RoundId(fresh());
        let RoundSetUp { title, kit, show, notice } = set_up;
        self.store.start_round(&NewRound { id, title, kit, show, notice, by, at: self.now() }).await?;
        Ok(id)
    }

    /// Adds a candidate to a round.
    pub async fn add_candidate(
        &self,
        round: RoundId,
        name: String,
        by: PersonId,
    ) -> Result<CandidateId, InterviewError> {
        let id = CandidateId(fresh());
        self.store.add_candidate(&NewCandidate { id, round, name, by, at: self.now() }).await?;
        Ok(id)
    }

    /// Asks somebody for a card for a candidate.
    pub async fn ask_for_card(
        &self,
        candidate: CandidateId,
        person: PersonId,
        by: PersonId,
    ) -> Result<(), InterviewError> {
        let card = NewCard { id: CardId(fresh()), candidate, person, by, at: self.now() };
        Ok(self.store.ask_for_card(&card).await?)
    }

    /// Asks a candidate a question of the kit, to be recorded.
    ///
    /// # Errors
    /// Without a lawful basis, after an opt-out, or out of the kit's order without a reason in the log.
    pub async fn ask_candidate(
        &self,
        candidate: CandidateId,
        position: usize,
        source: AnswerSource,
        by: Option<PersonId>,
    ) -> Result<viva_storage::AttemptRecord, InterviewError> {
        let answer = NewRoundAnswer {
            attempt: AttemptId(fresh()),
            session: SessionId(fresh()),
            candidate,
            position,
            source,
            by,
            at: self.now(),
        };
        Ok(self.store.ask_candidate(&answer).await?)
    }

    /// Records a candidate by the room's microphone, which hears everybody.
    pub async fn record_candidate(
        &self,
        candidate: CandidateId,
        position: usize,
        by: PersonId,
        source: Box<dyn AudioSource>,
    ) -> Result<AttemptId, InterviewError> {
        self.still_free()?;
        self.end_check().await?;
        let attempt = self.ask_candidate(candidate, position, AnswerSource::Room, Some(by)).await?;
        self.go_live(&attempt, Some(candidate), source).await
    }

    /// What is being recorded of a candidate, as it is now.
    pub fn on_air_of(&self, candidate: CandidateId) -> Option<Snapshot> {
        let theirs = |on_air: &&OnAir| on_air.candidate == Some(candidate);
        let here = self.microphone().as_ref().filter(theirs).map(OnAir::snapshot);
        here.or_else(|| self.in_pieces().values().find(theirs).map(OnAir::snapshot))
    }

    /// Marks where the candidate's answer begins or ends, at the recording's present time.
    pub async fn mark_answer(
        &self,
        candidate: CandidateId,
        event: MarkEvent,
    ) -> Result<Marks, InterviewError> {
        let live = self.on_air_of(candidate).ok_or(InterviewError::NobodyOnAir)?;
        let marks = self.store.answer_marks(live.attempt).await?.map(|(_, marks)| marks).unwrap_or_default();
        // A candidate's own microphone is followed by a clock that may be a little off: never behind the last mark.
        let at = live.present(self.now()).max(marks.last().unwrap_or_default());
        Ok(self.store.mark_answer(live.attempt, event, at).await?)
    }

    /// Ends the recording of a candidate, keeps it, and begins to settle what was marked.
    pub async fn stop_candidate(self: &Arc<Self>, candidate: CandidateId) -> Result<Stopped, InterviewError> {
        let on_air = self.off_air_of(candidate).ok_or(InterviewError::NobodyOnAir)?;
        self.end_take(on_air, Ended::Stopped).await
    }

    /// Throws the recording of a candidate away; the question stands.
    pub async fn discard_candidate(&self, candidate: CandidateId) -> Result<(), InterviewError> {
        let on_air = self.off_air_of(candidate).ok_or(InterviewError::NobodyOnAir)?;
        self.drop_take(on_air).await
    }

    /// The candidate is not to be recorded any more. What is being recorded of them now is thrown away.
    pub async fn opt_out(&self, candidate: CandidateId) -> Result<(), InterviewError> {
        self.store.opt_out(candidate, self.now()).await?;
        match self.off_air_of(candidate) {
            Some(on_air) => self.drop_take(on_air).await,
            None => Ok(()),
        }
    }

    fn off_air_of(&self, candidate: CandidateId) -> Option<OnAir> {
        let here = self.microphone().take_if(|on_air| on_air.candidate == Some(candidate));
        here.or_else(|| self.in_pieces_of(candidate))
    }
}
