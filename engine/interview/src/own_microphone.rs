//! A candidate who is elsewhere, recorded by the microphone of their own browser.
//!
//! Invariants
//! * Nothing is recorded but the question the interviewer opened, and only while the candidate may be recorded.
//! * The interviewer marks by what is being said now, whatever of it has arrived: a mark set while the network is away
//!   lies where it was set.
//! * A take ends when the browser says that all of it was sent, or by the hand of whoever waits no longer.

use crate::on_air::OnAir;
use crate::pieces::NewPiece;
use crate::recording::Stopped;
use crate::{Interview, InterviewError};
use std::sync::Arc;
use viva_audio::{Ended, SourceFormat, Standing};
use viva_core::ids::{AttemptId, CandidateId};
use viva_core::round::{AnswerSource, MarkEvent};
use viva_core::session::AttemptState;
use viva_core::units::Millis;
use viva_storage::RoundAnswer;

impl Interview {
    /// The question that is open for a candidate's own microphone: asked, or being recorded. None where they may not be
    /// recorded, or the round has ended.
    pub async fn opened_for(&self, candidate: CandidateId) -> Result<Option<RoundAnswer>, InterviewError> {
        if !self.store.own_room(candidate).await?.is_some_and(|room| room.may_record()) {
            return Ok(None);
        }
        let open = self.store.open_answer(candidate).await?;
        Ok(open.filter(|answer| answer.source == AnswerSource::Candidate))
    }

    /// Starts to record a candidate by their own browser. Pressed twice, it is the same answer.
    ///
    /// # Errors
    /// [`InterviewError::NothingOpened`] where the interviewer opened no question.
    pub async fn record_own(
        self: &Arc<Self>,
        candidate: CandidateId,
        format: SourceFormat,
    ) -> Result<AttemptId, InterviewError> {
        let open = self.opened_for(candidate).await?.ok_or(InterviewError::NothingOpened)?.attempt;
        if open.state == AttemptState::Recording {
            self.own_take(candidate, open.id)?;
            return Ok(open.id);
        }
        self.begin_pieces(&open, Some(candidate), format).await
    }

    /// Takes a piece of a candidate's answer, captured so long ago by the browser's own clock.
    ///
    /// # Errors
    /// As [`Interview::piece`].
    pub async fn own_piece<B: AsRef<[u8]> + Send + 'static>(
        &self,
        candidate: CandidateId,
        attempt: AttemptId,
        piece: NewPiece<B>,
        age: Millis,
    ) -> Result<u32, InterviewError> {
        let take = self.own_take(candidate, attempt)?;
        let arrived = self.now();
        let number = piece.number;
        let next = self.accept(take, piece).await?;
        if next == number + 1
            && let Some(on_air) = self.in_pieces().get_mut(&attempt)
        {
            on_air.heard(arrived, age);
        }
        Ok(next)
    }

    /// What has come of a candidate's answer.
    pub fn own_pieces(&self, candidate: CandidateId, attempt: AttemptId) -> Result<Standing, InterviewError> {
        Ok(self.own_take(candidate, attempt)?.standing())
    }

    /// Ends a candidate's answer, all of which has arrived or was given up.
    pub async fn end_own(
        self: &Arc<Self>,
        candidate: CandidateId,
        attempt: AttemptId,
        ended: Ended,
    ) -> Result<Stopped, InterviewError> {
        self.own_take(candidate, attempt)?;
        let on_air = self.in_pieces().remove(&attempt).ok_or(InterviewError::NotOnAir(attempt))?;
        self.end_take(on_air, ended).await
    }

    /// Asks the candidate's browser to end its recording and send the rest of it. The marked answer ends here.
    ///
    /// # Errors
    /// [`InterviewError::NobodyOnAir`] where no browser of theirs records.
    pub async fn ask_to_end(&self, candidate: CandidateId) -> Result<(), InterviewError> {
        let live = self.on_air_of(candidate).filter(|live| live.pieces.is_some());
        let live = live.ok_or(InterviewError::NobodyOnAir)?;
        let marks = self.store.answer_marks(live.attempt).await?;
        if marks.is_some_and(|(_, marks)| marks.open().is_some()) {
            self.mark_answer(candidate, MarkEvent::End).await?;
        }
        if let Some(on_air) = self.in_pieces().get_mut(&live.attempt) {
            on_air.asked_to_end = true;
        }
        Ok(())
    }

    fn own_take(
        &self,
        candidate: CandidateId,
        attempt: AttemptId,
    ) -> Result<Arc<viva_audio::PieceTake>, InterviewError> {
        self.take_in_pieces(attempt, Some(candidate))
    }

    pub(crate) fn in_pieces_of(&self, candidate: CandidateId) -> Option<OnAir> {
        let mut browsers = self.in_pieces();
        let attempt = browsers.values().find(|on_air| on_air.candidate == Some(candidate))?.attempt;
        browsers.remove(&attempt)
    }
}
