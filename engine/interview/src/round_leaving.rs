//! What happens to candidates after a round: everything of theirs in one place to hand over, erasing them, and the clocks of
//! closed rounds.

use crate::{Interview, InterviewError};
use serde::Serialize;
use std::path::PathBuf;
use viva_core::assessment::Assessment;
use viva_core::audit::{Deed, NewEntry};
use viva_core::clock::Timestamp;
use viva_core::ids::{AttemptId, CandidateId, PersonId, RoundId};
use viva_core::round::Card;
use viva_core::transcript::Transcript;
use viva_storage::{
    CandidateRecord, Consensus, DeviationRecord, Hold, ProbeAsked, RoundRecord, StorageError,
};

/// Everything of one candidate that its viewer may read.
#[derive(Debug, Clone)]
pub struct CandidateFile {
    /// The round.
    pub round: RoundRecord,
    /// Who.
    pub candidate: CandidateRecord,
    /// The cards that are open, with who wrote them and when they were handed in.
    pub cards: Vec<FiledCard>,
    /// How many cards there are that the viewer may not read.
    pub closed_cards: usize,
    /// Answers by question and order.
    pub answers: Vec<FiledAnswer>,
    /// Where the interview left its kit.
    pub deviations: Vec<DeviationRecord>,
    /// Probes that were asked.
    pub probes: Vec<ProbeAsked>,
    /// The last consensus on each answer.
    pub consensus: Vec<Consensus>,
    /// A legal hold.
    pub hold: Option<Hold>,
}

/// One card.
#[derive(Debug, Clone, Serialize)]
pub struct FiledCard {
    /// Who wrote it.
    pub rater: String,
    /// When it was handed in.
    pub submitted_at: Option<Timestamp>,
    /// What it says.
    pub card: Card,
}

/// One answer.
#[derive(Debug, Clone)]
pub struct FiledAnswer {
    /// The attempt.
    pub attempt: AttemptId,
    /// The question of the kit, from 0.
    pub position: usize,
    /// From 1, of this question.
    pub number: u32,
    /// When it was asked.
    pub asked_at: Timestamp,
    /// Every version of its words, the first one first.
    pub words: Vec<Transcript>,
    /// The machine's score, where it is open.
    pub assessment: Option<Assessment>,
    /// The recording's file, where it is still there.
    pub audio: Option<PathBuf>,
}

impl Interview {
    /// Gathers what there is of a candidate, for somebody with a seat in the round.
    pub async fn candidate_file(
        &self,
        candidate: CandidateId,
        viewer: PersonId,
    ) -> Result<Option<CandidateFile>, InterviewError> {
        let store = self.store();
        let Some(record) = store.candidate(candidate, viewer).await? else { return Ok(None) };
        let Some(round) = store.round(record.round, viewer).await? else { return Ok(None) };
        let mut cards = Vec::new();
        for card in store.readable_cards(candidate, viewer).await? {
            let rater = store
                .person(card.person)
                .await?
                .map_or("somebody who left".into(), |one| one.name.to_string());
            cards.push(FiledCard { rater, submitted_at: card.submitted_at, card: card.card });
        }
        let all = store.candidates(record.round, viewer).await?;
        let in_all = all
            .iter()
            .find(|row| row.candidate.id == candidate)
            .map_or(0, |row| row.cards.iter().filter(|card| card.state.is_in()).count());
        let scores = store.machine_scores(candidate, viewer).await?;
        let mut answers = Vec::new();
        for answer in store.round_answers(candidate, viewer).await? {
            let id = answer.attempt.id;
            let words = store.round_transcripts(id, viewer).await?;
            let score = scores.iter().filter(|score| score.attempt == id).max_by_key(|score| score.version);
            answers.push(FiledAnswer {
                attempt: id,
                position: answer.attempt.position as usize,
                number: answer.attempt.number,
                asked_at: answer.attempt.asked_at,
                words: words.into_iter().map(|version| version.transcript).collect(),
                assessment: score.map(|score| score.assessment.clone()),
                audio: answer.take.and_then(|take| take.path).map(|path| self.take_path(&path)),
            });
        }
        let mut consensus = store.readable_consensus(record.round, viewer).await?;
        consensus.retain(|one| one.candidate == candidate);
        Ok(Some(CandidateFile {
            closed_cards: in_all - cards.len().min(in_all),
            deviations: store.deviations(candidate, viewer).await?,
            probes: store.probes(candidate, viewer).await?,
            hold: store.hold(candidate).await?,
            round,
            candidate: record,
            cards,
            answers,
            consensus,
        }))
    }

    /// Notes in the log that something was handed over, before it is.
    pub async fn note_export(
        &self,
        round: RoundId,
        candidate: Option<CandidateId>,
        form: &str,
        by: PersonId,
    ) -> Result<(), InterviewError> {
        let entry = NewEntry::new(Deed::Exported, Some(by), self.now()).in_round(round).by(form);
        let entry = candidate.into_iter().fold(entry, NewEntry::of);
        self.store().log(&entry).await?;
        Ok(())
    }

    /// Erases a candidate: answers, recordings, cards, notes, name. The log keeps ids alone. A recording of theirs that is under
    /// way here is stopped first.
    ///
    /// # Errors
    /// Under a legal hold.
    pub async fn erase_candidate(&self, candidate: CandidateId, by: PersonId) -> Result<(), InterviewError> {
        if self.store().hold(candidate).await?.is_some() {
            return Err(StorageError::from(viva_core::round::RoundRefused::Held).into());
        }
        if let Some(open) = self.store().open_answer(candidate).await? {
            self.silence_attempt(open.attempt.id).await?;
        }
        let known = self.store().recordings_of_candidate(candidate).await?;
        let at = self.now();
        self.forget_recordings(known, self.store().erase_candidate(candidate, by, at)).await
    }

    /// Deletes what the clocks of closed rounds say is past its time. Returns how many parts went.
    pub async fn expire_rounds(&self) -> Result<u32, InterviewError> {
        let mut gone = 0;
        for expired in self.store().expired(self.now()).await? {
            let known = self.store().recordings_of_candidate(expired.candidate).await?;
            let at = self.now();
            match self.forget_recordings(known, self.store().expire(&expired, at)).await {
                Ok(()) => gone += 1,
                // Erased, or put under a hold, in the meantime.
                Err(InterviewError::Storage(StorageError::NotFound { .. } | StorageError::Round(_))) => {}
                Err(error) => return Err(error),
            }
        }
        if gone > 0 {
            tracing::info!(parts = gone, "parts of closed rounds that were past their time were deleted");
        }
        Ok(gone)
    }
}
