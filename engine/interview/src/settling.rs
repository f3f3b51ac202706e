//! From a kept answer to its score. Any process may do it, any number of times; the store lets it count once.

use crate::on_air::Follower;
use crate::{Interview, InterviewError, fresh};
use std::sync::Arc;
use tokio::task::spawn_blocking;
use viva_core::assessment::Assessment;
use viva_core::bank::Question;
use viva_core::ids::{AssessmentId, AttemptId, TranscriptId};
use viva_core::round::Marks;
use viva_core::session::AttemptState;
use viva_core::transcript::Transcript;
use viva_core::units::{Millis, SampleRate};
use viva_speech::{Priority, TranscribeOptions, Transcriber};
use viva_storage::{
    AttemptRecord, NewAssessment, NewTranscript, Settlement, Step, StorageError, TranscriptSource, Waiting,
    Words,
};

/// What settling came to.
#[derive(Debug, Clone, PartialEq)]
pub enum Settled {
    /// It has its score now.
    Now(Box<Assessment>),
    /// There was nothing to do: it was settled before, skipped or thrown away.
    Before,
}

impl Interview {
    /// Works out words and score of an attempt that waits for them.
    ///
    /// # Errors
    /// A passing one ([`InterviewError::is_passing`]) leaves the attempt waiting. Any other is kept with the
    /// attempt as its failure; the take stays and [`Interview::retry`] tries again.
    pub async fn settle(&self, attempt: AttemptId) -> Result<Settled, InterviewError> {
        self.settle_as(attempt, Priority::Batch).await
    }

    /// The same, before or after whoever else waits for the recogniser.
    async fn settle_as(&self, attempt: AttemptId, priority: Priority) -> Result<Settled, InterviewError> {
        if self.live().contains(&attempt) {
            return self.wait_for_live(attempt).await;
        }
        let Some(waiting) = self.store.waiting(attempt).await? else {
            self.attempt(attempt).await?;
            return Ok(Settled::Before);
        };
        if !waiting.attempt.state.needs_settling() {
            return Ok(Settled::Before);
        }
        let words = match self.words(&waiting, priority).await {
            Ok(words) => words,
            Err(error) => return Err(self.note_failure(attempt, error).await),
        };
        self.score_and_keep(&waiting.attempt, words).await
    }

    /// Settles the take of a recording that has just been stopped, with the words its follower heard.
    pub(crate) async fn settle_live(
        self: &Arc<Self>,
        attempt: AttemptId,
        mut follower: Follower,
    ) -> Result<Settled, InterviewError> {
        if let Some(provisional) = follower.provisional() {
            let interview = Arc::clone(self);
            // It ends with the follower, which sends or drops what it waits for.
            tokio::spawn(async move {
                let Ok(words) = provisional.await else { return };
                if let Err(error) = interview.score_early(attempt, words).await {
                    tracing::warn!(%error, "there is no provisional score");
                }
            });
        }
        let settled = self.settle_followed(attempt, follower).await;
        self.end_provisional(attempt);
        settled
    }

    async fn settle_followed(
        &self,
        attempt: AttemptId,
        follower: Follower,
    ) -> Result<Settled, InterviewError> {
        let heard = spawn_blocking(move || follower.finish()).await;
        self.live().remove(&attempt);
        let heard = match heard {
            Ok(Some(Ok(transcript))) => transcript,
            Ok(Some(Err(error))) => {
                tracing::warn!(%error, "the take could not be followed; it is settled from its file");
                return self.settle_as(attempt, Priority::Interactive).await;
            }
            Ok(None) | Err(_) => return self.settle_as(attempt, Priority::Interactive).await,
        };
        let record = self.attempt(attempt).await?;
        self.score_and_keep(&record, Source::New(heard)).await
    }

    /// Tries again to settle what was kept of a failed attempt.
    pub async fn retry(&self, attempt: AttemptId) -> Result<Settled, InterviewError> {
        self.store.retry(attempt, viva_core::ids::JobId(fresh()), self.now()).await?;
        self.tell(attempt);
        self.settle_as(attempt, Priority::Interactive).await
    }

    /// One attempt.
    pub async fn attempt(&self, attempt: AttemptId) -> Result<AttemptRecord, InterviewError> {
        self.store.attempt(attempt).await?.ok_or(InterviewError::NoAttempt(attempt))
    }

    /// The question of an attempt, as it was when it was asked.
    pub async fn question_asked(&self, record: &AttemptRecord) -> Result<Question, InterviewError> {
        self.snapshot(&record.snapshot).await
    }

    /// A kept version of a question.
    pub async fn snapshot(&self, hash: &str) -> Result<Question, InterviewError> {
        let snapshot = self.store.snapshot(hash).await?;
        Ok(snapshot.ok_or_else(|| StorageError::not_found("question", hash))?.question)
    }

    /// The follower is at it; its end is told like any change.
    async fn wait_for_live(&self, attempt: AttemptId) -> Result<Settled, InterviewError> {
        let mut changes = self.changes();
        loop {
            if !self.attempt(attempt).await?.state.needs_settling() {
                return Ok(Settled::Before);
            }
            if !self.live().contains(&attempt) {
                // The follower gave up without a result; whoever runs its fallback settles it.
                return Ok(Settled::Before);
            }
            if changes.recv().await.is_err() {
                changes = self.changes();
            }
        }
    }

    async fn words(&self, waiting: &Waiting, priority: Priority) -> Result<Source, InterviewError> {
        let id = waiting.attempt.id;
        if let Some(kept) = self.store.transcripts(id).await?.pop() {
            return Ok(Source::Kept(kept.id, kept.transcript));
        }
        let path = waiting.take.as_ref().and_then(|take| take.path.as_deref());
        let path = path.ok_or_else(|| StorageError::not_found("recording of the answer", id))?;
        let (path, ears, marks) = (self.take_path(path), Arc::clone(&self.ears), waiting.marks.clone());
        let help = self.help_for(&self.question_asked(&waiting.attempt).await?);
        let heard = spawn_blocking(move || -> Result<Transcript, InterviewError> {
            let transcriber = ears.transcriber()?;
            let sound = viva_audio::decode(&path)?;
            let options =
                TranscribeOptions { help, hesitations: true, priority, ..TranscribeOptions::default() };
            match marks {
                None => Ok(transcriber.transcribe(sound.samples.into(), options)?),
                Some((_, marks)) => hear_marked(&*transcriber, &sound.samples, &marks, &options),
            }
        });
        Ok(Source::New(heard.await??))
    }

    async fn score_and_keep(&self, record: &AttemptRecord, words: Source) -> Result<Settled, InterviewError> {
        let question = self.question_asked(record).await?;
        let (words, transcript) = match words {
            Source::Kept(id, transcript) => (Words::Kept(id), transcript),
            Source::New(heard) => {
                let transcript = self.corrected_by_maps(&heard, &question).await?;
                let new = NewTranscript {
                    id: TranscriptId(fresh()),
                    source: TranscriptSource::Heard,
                    transcript: transcript.clone(),
                };
                (Words::New(new), transcript)
            }
        };
        let prepared = self.prepare(&question);
        let assessment = spawn_blocking(move || prepared.assess(&transcript)).await?;
        let settlement = Settlement {
            words,
            assessment: NewAssessment { id: AssessmentId(fresh()), assessment: assessment.clone() },
        };
        let kept = self.store.settle(record.id, &settlement, self.now()).await;
        self.tell(record.id);
        match kept {
            Ok(_) => {
                self.forget_settled_audio(record.id).await;
                Ok(Settled::Now(Box::new(assessment)))
            }
            // Somebody else settled it in the meantime.
            Err(StorageError::Refused(_)) => Ok(Settled::Before),
            // Somebody deleted it in the meantime.
            Err(StorageError::NotFound { .. }) => Err(InterviewError::NoAttempt(record.id)),
            Err(error) => Err(error.into()),
        }
    }

    /// Keeps a failure with the attempt, unless waiting may mend it.
    async fn note_failure(&self, attempt: AttemptId, error: InterviewError) -> InterviewError {
        if error.is_passing() {
            return error;
        }
        let event = Step::Fail(error.to_string());
        match self.store.advance(attempt, &event, self.now()).await {
            Ok(AttemptState::Failed(_)) => self.tell(attempt),
            Ok(_) => {}
            Err(StorageError::NotFound { .. }) => return InterviewError::NoAttempt(attempt),
            Err(storage) => tracing::error!(error = %storage, "a failure could not be kept"),
        }
        error
    }
}

/// Transcribes what was marked as the answer, each part by itself. Nothing else reaches the recogniser.
fn hear_marked(
    transcriber: &dyn Transcriber,
    samples: &[f32],
    marks: &Marks,
    options: &TranscribeOptions,
) -> Result<Transcript, InterviewError> {
    let length = Millis::of_samples(samples.len() as u64, SampleRate::WHISPER);
    let mut parts = Vec::new();
    for span in marks.within(length) {
        let at = |time: Millis| (time.to_samples(SampleRate::WHISPER) as usize).min(samples.len());
        let part = &samples[at(span.start)..at(span.end)];
        parts.push((span.start, transcriber.transcribe(part.into(), options.clone())?));
    }
    Ok(Marks::join(parts, length, transcriber.model(), &options.language))
}

enum Source {
    New(Transcript),
    Kept(TranscriptId, Transcript),
}
