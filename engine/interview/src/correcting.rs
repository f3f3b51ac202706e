//! Correcting the words of an answer: what was heard stays, the correction is kept beside it, and both have a score.

use crate::{Interview, InterviewError, fresh};
use tokio::task::spawn_blocking;
use viva_core::ids::{AssessmentId, AttemptId, TranscriptId};
use viva_core::transcript::Transcript;
use viva_storage::{
    AssessmentRecord, AttemptRecord, NewAssessment, NewTranscript, Settlement, TranscriptRecord,
    TranscriptSource, Words,
};

impl Interview {
    /// Puts corrected words in the place of those that were heard or typed, and scores them.
    ///
    /// Words that are the same as now change nothing.
    ///
    /// # Errors
    /// Where there are no words, or the answer is not settled yet.
    pub async fn correct_words(&self, id: AttemptId, text: &str, author: &str) -> Result<(), InterviewError> {
        if text.trim().is_empty() {
            return Err(InterviewError::NothingTyped);
        }
        let attempt = self.attempt(id).await?;
        let Some((counted, score)) = self.counted(id).await? else {
            return Err(InterviewError::NotScored(id));
        };
        let transcript = counted.transcript.corrected(text);
        if transcript.text == counted.transcript.text {
            return Ok(());
        }
        // Times come from what was heard, not from the correction before.
        let transcript = match self.store.transcripts(id).await?.into_iter().next() {
            Some(first) => first.transcript.corrected(text),
            None => transcript,
        };
        let source = TranscriptSource::Edited { author: author.to_owned() };
        let words = NewTranscript { id: TranscriptId(fresh()), source, transcript: transcript.clone() };
        self.score_again(&attempt, &score, Words::New(words), transcript).await
    }

    /// Lets the words count again that were heard or typed first. Corrections stay kept.
    pub async fn restore_words(&self, id: AttemptId) -> Result<(), InterviewError> {
        let attempt = self.attempt(id).await?;
        let Some((counted, score)) = self.counted(id).await? else {
            return Err(InterviewError::NotScored(id));
        };
        match self.store.transcripts(id).await?.into_iter().next() {
            Some(first) if first.id != counted.id => {
                self.score_again(&attempt, &score, Words::Kept(first.id), first.transcript).await
            }
            _ => Ok(()),
        }
    }

    /// The score that counts and the words it was made from; none while the answer is not settled.
    pub(crate) async fn counted(
        &self,
        id: AttemptId,
    ) -> Result<Option<(TranscriptRecord, AssessmentRecord)>, InterviewError> {
        let Some(assessment) = self.store.assessment(id).await? else { return Ok(None) };
        let words = self.store.transcripts(id).await?.into_iter().find(|one| one.id == assessment.transcript);
        Ok(words.map(|words| (words, assessment)))
    }

    /// The words of an answer before they were corrected, with the last score they had.
    pub(crate) async fn as_heard(
        &self,
        counted: &TranscriptRecord,
    ) -> Result<Option<(TranscriptRecord, AssessmentRecord)>, InterviewError> {
        if !matches!(counted.source, TranscriptSource::Edited { .. }) {
            return Ok(None);
        }
        let Some(first) = self.store.transcripts(counted.attempt).await?.into_iter().next() else {
            return Ok(None);
        };
        let scores = self.store.assessments(counted.attempt).await?;
        let score = scores.into_iter().rev().find(|score| score.transcript == first.id);
        Ok(score.map(|score| (first, score)))
    }

    /// Scores by the version of the question that the score until now was made by.
    async fn score_again(
        &self,
        attempt: &AttemptRecord,
        until_now: &AssessmentRecord,
        words: Words,
        transcript: Transcript,
    ) -> Result<(), InterviewError> {
        let question = self.question_scored_by(until_now).await?;
        let prepared = self.prepare(&question);
        let assessment = spawn_blocking(move || prepared.assess(&transcript)).await?;
        let settlement =
            Settlement { words, assessment: NewAssessment { id: AssessmentId(fresh()), assessment } };
        if until_now.snapshot == attempt.snapshot {
            self.store.reassess(attempt.id, &settlement, self.now()).await?;
        } else {
            self.store.rescore(attempt.id, &question, &settlement, self.now()).await?;
        }
        self.tell(attempt.id);
        Ok(())
    }
}
