//! Looking at an answer: everything a feedback page or a report is made from.

use crate::rescoring::Standing;
use crate::{Interview, InterviewError};
use viva_core::bank::Question;
use viva_core::ids::AttemptId;
use viva_storage::{
    AssessmentRecord, AttemptRecord, HistoryEntry, HistoryFilter, Page, PageRequest, ScoreFilter,
    SessionRecord, Take, TranscriptRecord,
};

/// An answer with all that belongs to it.
#[derive(Debug, Clone)]
pub struct Review {
    /// The attempt.
    pub attempt: AttemptRecord,
    /// Which of the scored answers to its question it is, or will be, from 1: as they are counted side by side.
    pub number: usize,
    /// Its session.
    pub session: SessionRecord,
    /// The question by which the score that counts was made; as it was asked while there is none.
    pub question: Question,
    /// The question's wording when it was asked, where `question` words it otherwise.
    pub asked_as: Option<String>,
    /// The recording, where there is one.
    pub take: Option<Take>,
    /// The score that counts with the words it was made from; none while it is not settled.
    pub result: Option<(TranscriptRecord, AssessmentRecord)>,
    /// Where the words were corrected: what was heard or typed first, with its score.
    pub as_heard: Option<(TranscriptRecord, AssessmentRecord)>,
    /// Follow-ups that were asked after it, the latest first.
    pub follow_ups: Vec<HistoryEntry>,
    /// How that score stands to the question as the bank has it now.
    pub standing: Option<Standing>,
    /// The scores this answer had before, the first one first.
    pub earlier_scores: Vec<AssessmentRecord>,
    /// The latest earlier answer to the same question that has a score.
    pub before: Option<HistoryEntry>,
}

impl Interview {
    /// Everything about one answer.
    pub async fn review(&self, id: AttemptId) -> Result<Review, InterviewError> {
        let attempt = self.attempt(id).await?;
        let session = self.session(attempt.session).await?;
        let asked = self.question_asked(&attempt).await?;
        let take = self.store.take(id).await?;
        let result = self.counted(id).await?;
        let as_heard = match &result {
            Some((words, _)) => self.as_heard(words).await?,
            None => None,
        };
        let follow_ups = match session.follows {
            Some(_) => Vec::new(),
            None => self.follow_ups(id).await?,
        };
        let (question, asked_as) = match &result {
            Some((_, score)) if score.snapshot != attempt.snapshot => {
                let question = self.question_scored_by(score).await?;
                let asked_as = (question.ask != asked.ask).then_some(asked.ask);
                (question, asked_as)
            }
            _ => (asked, None),
        };
        // A follow-up is marked by one criterion only, which is no older than its answer.
        let standing = result
            .as_ref()
            .filter(|_| session.follows.is_none())
            .map(|(_, score)| self.standing(&attempt.question, &score.assessment));
        let mut earlier_scores = self.store.assessments(id).await?;
        earlier_scores.pop();
        let filter = HistoryFilter {
            question: Some(attempt.question.clone()),
            until: Some(attempt.asked_at),
            ..HistoryFilter::default()
        };
        let earlier = self.store.history(&filter, PageRequest::first(20)).await?;
        let mut earlier = earlier.items.into_iter().filter(|_| session.follows.is_none());
        let before = earlier.find(|entry| entry.score.is_some() && entry.attempt != id);
        let of_question = ScoreFilter { question: Some(attempt.question.clone()), ..ScoreFilter::default() };
        let scored = self.store.scores(&of_question).await?;
        let number = scored.iter().position(|point| point.attempt == id).unwrap_or(scored.len()) + 1;
        Ok(Review {
            attempt,
            number,
            session,
            question,
            asked_as,
            take,
            result,
            as_heard,
            standing,
            earlier_scores,
            follow_ups,
            before,
        })
    }

    /// Earlier answers, the latest first.
    pub async fn history(
        &self,
        filter: &HistoryFilter,
        page: PageRequest,
    ) -> Result<Page<HistoryEntry>, InterviewError> {
        Ok(self.store.history(filter, page).await?)
    }
}
