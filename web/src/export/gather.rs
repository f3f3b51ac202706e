//! A session with everything that belongs to it, in the shape of the JSON export.

use super::time;
use serde::Serialize;
use viva_core::assessment::Assessment;
use viva_core::bank::Question;
use viva_core::ids::{AssessmentId, AttemptId, SessionId, TranscriptId};
use viva_core::session::AttemptState;
use viva_core::transcript::Transcript;
use viva_interview::{Interview, InterviewError};
use viva_storage::{AttemptRecord, Help, Take, TranscriptSource};

/// A session.
#[derive(Debug, Serialize)]
pub struct Session {
    pub id: SessionId,
    pub mode: &'static str,
    /// A text, because not every reader of JSON keeps 64 bits of a number.
    pub seed: String,
    pub started_at: String,
    pub finished_at: Option<String>,
    pub questions: Vec<Asked>,
}

/// A question of a session.
#[derive(Debug, Serialize)]
pub struct Asked {
    /// From 1.
    pub number: u32,
    /// Why it was picked.
    pub reason: String,
    /// The question with its rubric, as it was when it was asked.
    pub question: Question,
    pub attempts: Vec<Answer>,
}

/// An attempt at a question.
#[derive(Debug, Serialize)]
pub struct Answer {
    pub id: AttemptId,
    /// From 1.
    pub number: u32,
    pub state: &'static str,
    /// Why it failed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub why: Option<String>,
    pub help: Help,
    pub asked_at: String,
    pub answered_at: Option<String>,
    pub ended_at: Option<String>,
    pub take: Option<Take>,
    /// All versions of the words, the first one first.
    pub transcripts: Vec<Words>,
    /// All scores, the first one first; the last one counts.
    pub scores: Vec<Scored>,
    /// Follow-ups asked after it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub follow_ups: Vec<Asked>,
}

/// A version of the words.
#[derive(Debug, Serialize)]
pub struct Words {
    pub id: TranscriptId,
    pub version: u32,
    #[serde(flatten)]
    pub source: TranscriptSource,
    pub made_at: String,
    pub transcript: Transcript,
}

/// A score.
#[derive(Debug, Serialize)]
pub struct Scored {
    pub id: AssessmentId,
    pub version: u32,
    /// The words it was made from.
    pub transcript: TranscriptId,
    pub made_at: String,
    /// The question it was made by, where that is not the one that was asked.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub question: Option<Question>,
    pub assessment: Assessment,
}

impl Answer {
    /// The score that counts.
    pub fn score(&self) -> Option<&Assessment> {
        self.scores.last().map(|scored| &scored.assessment)
    }

    /// The version of the words that counts.
    pub fn version(&self) -> Option<&Words> {
        let counted = self.scores.last().map(|scored| scored.transcript);
        let words = self.transcripts.iter().find(|words| Some(words.id) == counted);
        words.or(self.transcripts.last())
    }

    /// The words that count.
    pub fn words(&self) -> Option<&Transcript> {
        self.version().map(|words| &words.transcript)
    }
}

/// Reads a session with all that belongs to it.
pub async fn gather(interview: &Interview, id: SessionId) -> Result<Session, InterviewError> {
    let record = interview.session(id).await?;
    let mut questions = places(interview, id).await?;
    for answer in questions.iter_mut().flat_map(|asked| &mut asked.attempts) {
        let mut sessions: Vec<SessionId> =
            interview.follow_ups(answer.id).await?.into_iter().map(|entry| entry.session).collect();
        sessions.reverse();
        sessions.dedup();
        for session in sessions {
            answer.follow_ups.extend(places(interview, session).await?);
        }
    }
    Ok(Session {
        id,
        mode: record.mode.name(),
        seed: record.seed.to_string(),
        started_at: time(record.started_at),
        finished_at: record.finished_at.map(time),
        questions,
    })
}

async fn places(interview: &Interview, id: SessionId) -> Result<Vec<Asked>, InterviewError> {
    let mut questions = Vec::new();
    for place in interview.session(id).await?.places {
        let question = interview.snapshot(&place.snapshot).await?;
        let mut attempts = Vec::new();
        for attempt in place.attempts {
            attempts.push(answer(interview, attempt).await?);
        }
        questions.push(Asked { number: place.position + 1, reason: place.reason, question, attempts });
    }
    Ok(questions)
}

async fn answer(interview: &Interview, attempt: AttemptRecord) -> Result<Answer, InterviewError> {
    let store = interview.store();
    let id = attempt.id;
    let mut scores = Vec::new();
    for record in store.assessments(id).await? {
        let question = match record.snapshot == attempt.snapshot {
            true => None,
            false => Some(interview.snapshot(&record.snapshot).await?),
        };
        scores.push(Scored {
            id: record.id,
            version: record.version,
            transcript: record.transcript,
            made_at: time(record.made_at),
            question,
            assessment: record.assessment,
        });
    }
    let transcripts = store.transcripts(id).await?.into_iter().map(|record| Words {
        id: record.id,
        version: record.version,
        source: record.source,
        made_at: time(record.made_at),
        transcript: record.transcript,
    });
    Ok(Answer {
        id,
        number: attempt.number,
        state: attempt.state.name(),
        why: match &attempt.state {
            AttemptState::Failed(failure) => Some(failure.why.clone()),
            _ => None,
        },
        help: attempt.help,
        asked_at: time(attempt.asked_at),
        answered_at: attempt.answered_at.map(time),
        ended_at: attempt.ended_at.map(time),
        take: store.take(id).await?,
        transcripts: transcripts.collect(),
        scores,
        follow_ups: Vec::new(),
    })
}
