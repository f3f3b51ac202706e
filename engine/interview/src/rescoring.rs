//! Scoring kept answers again after their rubric, or the engine, has changed. Nothing is transcribed again: the
//! words that count of an answer are held against its question as the bank has it now. Earlier scores stay.

use crate::{Interview, InterviewError, fresh};
use serde::Serialize;
use std::collections::HashMap;
use std::sync::Arc;
use tokio::task::spawn_blocking;
use viva_core::ENGINE_VERSION;
use viva_core::assessment::{Assessment, CriterionResult, Verdict};
use viva_core::bank::Question;
use viva_core::clock::Timestamp;
use viva_core::ids::{AssessmentId, AttemptId, CriterionId, PackId, QuestionId};
use viva_core::scoring::{PreparedQuestion, rubric_hash};
use viva_storage::{AssessmentRecord, NewAssessment, Score, ScoreFilter, Settlement, StorageError, Words};

/// Which answers to score again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Rescore {
    /// Every answer that has a score.
    All,
    /// The answers to the questions of a pack.
    Pack(PackId),
    /// The answers to a question.
    Question(QuestionId),
    /// One answer.
    Attempt(AttemptId),
}

/// Whether new scores are kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Keeping {
    /// They are shown only; nothing is written.
    DryRun,
    /// They count from now on, and the earlier ones stay beside them.
    Keep,
}

/// How a score stands to the question as the bank has it now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// It is what scoring the words again would give.
    Current,
    /// The question was edited since in something that its score depends on.
    OlderRubric,
    /// The rubric is the same; the engine that scored was another version.
    OtherEngine,
    /// No pack has the question any more.
    QuestionGone,
}

/// What scoring again came to.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Rescored {
    /// Answers whose score was of an older rubric or engine, in order of question and time.
    pub answers: Vec<Change>,
    /// Answers whose score was today's already.
    pub current: u32,
    /// Answers to questions that no pack has any more; they keep their score.
    pub question_gone: u32,
}

/// One answer before and after.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Change {
    /// The answer.
    pub attempt: AttemptId,
    /// Its question.
    pub question: QuestionId,
    /// When it was asked.
    #[serde(rename = "asked_at_ms")]
    pub asked_at: Timestamp,
    /// The score until now.
    pub before: Score,
    /// The score by today's rubric.
    pub after: Score,
    /// The criteria that came out otherwise, in the order of today's rubric, then those it has no more.
    pub criteria: Vec<CriterionChange>,
    /// Fingerprint of the rubric until now.
    pub rubric_before: String,
    /// Fingerprint of today's.
    pub rubric_after: String,
}

/// A criterion that came out otherwise.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct CriterionChange {
    /// Its id.
    pub id: CriterionId,
    /// Its sentence, in its latest wording.
    pub says: String,
    /// How it was; none where the rubric did not have it.
    pub before: Option<Verdict>,
    /// How it is; none where the rubric has it no more.
    pub after: Option<Verdict>,
}

impl Interview {
    /// Scores answers again by the bank as it is now.
    ///
    /// # Errors
    /// Where a question, pack or answer is named that does not exist.
    pub async fn rescore(&self, which: &Rescore, keeping: Keeping) -> Result<Rescored, InterviewError> {
        let bank = self.bank();
        let mut points = match which {
            Rescore::All => self.store.scores(&ScoreFilter::default()).await?,
            Rescore::Pack(pack) => {
                bank.pack(pack).ok_or_else(|| InterviewError::NoPack(pack.clone()))?;
                self.store.scores(&ScoreFilter { pack: Some(pack.clone()), ..ScoreFilter::default() }).await?
            }
            Rescore::Question(question) => {
                bank.question(question).ok_or_else(|| InterviewError::NoQuestion(question.clone()))?;
                let filter = ScoreFilter { question: Some(question.clone()), ..ScoreFilter::default() };
                self.store.scores(&filter).await?
            }
            Rescore::Attempt(attempt) => {
                let record = self.attempt(*attempt).await?;
                let filter = ScoreFilter { question: Some(record.question), ..ScoreFilter::default() };
                let mut points = self.store.scores(&filter).await?;
                points.retain(|point| point.attempt == *attempt);
                points
            }
        };
        points
            .sort_by(|a, b| (&a.question, a.asked_at, a.attempt).cmp(&(&b.question, b.asked_at, b.attempt)));
        let mut done = Rescored::default();
        let mut at_hand: Option<Marker<'_>> = None;
        for point in points {
            let Some(question) = bank.question(&point.question) else {
                done.question_gone += 1;
                continue;
            };
            let Some(assessed) = self.store.assessment(point.attempt).await? else { continue };
            if self.standing(&point.question, &assessed.assessment) == Standing::Current {
                done.current += 1;
                continue;
            }
            let marker = match at_hand.take() {
                Some(marker) if marker.question.id == question.id => marker,
                _ => Marker::new(self, question),
            };
            let change = self.rescore_one(point.attempt, point.asked_at, &assessed, &marker, keeping).await?;
            done.answers.extend(change);
            at_hand = Some(marker);
        }
        Ok(done)
    }

    /// What a version of a question that is in no pack yet would make of the answers kept to it. Nothing is written.
    pub async fn rescore_by(&self, draft: &Question) -> Result<Rescored, InterviewError> {
        let filter = ScoreFilter { question: Some(draft.id.clone()), ..ScoreFilter::default() };
        let marker = Marker::new(self, draft);
        let mut done = Rescored::default();
        for point in self.store.scores(&filter).await? {
            let Some(assessed) = self.store.assessment(point.attempt).await? else { continue };
            let change =
                self.rescore_one(point.attempt, point.asked_at, &assessed, &marker, Keeping::DryRun).await?;
            done.answers.extend(change);
        }
        Ok(done)
    }

    /// How a score stands to its question as the bank has it now.
    pub fn standing(&self, question: &QuestionId, assessment: &Assessment) -> Standing {
        match self.bank().question(question) {
            None => Standing::QuestionGone,
            Some(today) if rubric_hash(today) != assessment.rubric_hash => Standing::OlderRubric,
            Some(_) if assessment.engine_version != ENGINE_VERSION => Standing::OtherEngine,
            Some(_) => Standing::Current,
        }
    }

    /// The question by which a score was made.
    pub async fn question_scored_by(&self, score: &AssessmentRecord) -> Result<Question, InterviewError> {
        self.snapshot(&score.snapshot).await
    }

    /// `None` where the answer went in the meantime.
    async fn rescore_one(
        &self,
        attempt: AttemptId,
        asked_at: Timestamp,
        assessed: &AssessmentRecord,
        marker: &Marker<'_>,
        keeping: Keeping,
    ) -> Result<Option<Change>, InterviewError> {
        let words = self.store.transcripts(attempt).await?.into_iter().find(|w| w.id == assessed.transcript);
        let Some(words) = words else { return Ok(None) };
        let (prepared, transcript) = (Arc::clone(&marker.prepared), words.transcript);
        let after = spawn_blocking(move || prepared.assess(&transcript)).await?;
        let change = Change {
            attempt,
            question: marker.question.id.clone(),
            asked_at,
            before: score(&assessed.assessment),
            after: score(&after),
            criteria: criteria(&assessed.assessment.criteria, &after.criteria),
            rubric_before: assessed.assessment.rubric_hash.clone(),
            rubric_after: after.rubric_hash.clone(),
        };
        if keeping == Keeping::Keep {
            let assessment = NewAssessment { id: AssessmentId(fresh()), assessment: after };
            let settlement = Settlement { words: Words::Kept(words.id), assessment };
            match self.store.rescore(attempt, marker.question, &settlement, self.now()).await {
                Ok(_) => self.tell(attempt),
                Err(StorageError::NotFound { .. } | StorageError::Refused(_)) => return Ok(None),
                Err(error) => return Err(error.into()),
            }
        }
        Ok(Some(change))
    }
}

/// A question ready to score by.
struct Marker<'a> {
    question: &'a Question,
    prepared: Arc<PreparedQuestion>,
}

impl<'a> Marker<'a> {
    fn new(interview: &Interview, question: &'a Question) -> Self {
        Self { question, prepared: Arc::new(interview.prepare(question)) }
    }
}

fn score(assessment: &Assessment) -> Score {
    Score { score: assessment.score, low: assessment.low, high: assessment.high, level: assessment.level }
}

fn criteria(before: &[CriterionResult], after: &[CriterionResult]) -> Vec<CriterionChange> {
    let mut was: HashMap<&CriterionId, &CriterionResult> = before.iter().map(|c| (&c.id, c)).collect();
    let mut changes = Vec::new();
    for now in after {
        let old = was.remove(&now.id).map(|old| old.verdict);
        if old != Some(now.verdict) {
            let says = now.says.clone();
            changes.push(CriterionChange { id: now.id.clone(), says, before: old, after: Some(now.verdict) });
        }
    }
    for old in before.iter().filter(|old| was.contains_key(&old.id)) {
        let says = old.says.clone();
        changes.push(CriterionChange { id: old.id.clone(), says, before: Some(old.verdict), after: None });
    }
    changes
}
