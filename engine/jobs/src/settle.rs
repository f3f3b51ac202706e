//! The handler that settles answers and keeps house: the use cases do the work, this decides whether to try again.

use crate::runner::{Handler, JobError};
use async_trait::async_trait;
use std::sync::Arc;
use tokio_util::sync::CancellationToken;
use viva_interview::{Interview, InterviewError};
use viva_storage::{Job, Step, StorageError};

/// Settles answers.
pub struct Settle {
    interview: Arc<Interview>,
}

impl Settle {
    /// Settles the answers of these interviews.
    pub fn new(interview: &Arc<Interview>) -> Self {
        Self { interview: Arc::clone(interview) }
    }
}

#[async_trait]
impl Handler for Settle {
    async fn run(&self, job: &Job, stop: &CancellationToken) -> Result<(), JobError> {
        let Job::SettleAttempt { attempt } = job;
        tokio::select! {
            settled = self.interview.settle(*attempt) => match settled {
                Ok(_) | Err(InterviewError::NoAttempt(_)) => Ok(()),
                Err(error) if error.is_passing() => Err(JobError::Retry(error.to_string())),
                Err(error) => Err(JobError::Fail(error.to_string())),
            },
            // The decode goes on in its thread and its result is dropped; the next runner settles it.
            () = stop.cancelled() => Err(JobError::Stopped),
        }
    }

    async fn keep_house(&self) {
        if let Err(error) = self.interview.apply_retention().await {
            tracing::warn!(%error, "recordings past their time could not all be deleted; tried again in a day");
        }
    }

    async fn gave_up(&self, job: &Job, why: &str) {
        let Job::SettleAttempt { attempt } = job;
        let step = Step::Fail(why.to_owned());
        match self.interview.store().advance(*attempt, &step, self.interview.now()).await {
            // The use case has kept the failure already, or somebody settled it after all.
            Ok(_) | Err(StorageError::Refused(_) | StorageError::NotFound { .. }) => {}
            Err(error) => tracing::error!(%error, "a failure could not be kept"),
        }
    }
}
