//! Work that runs after the answer, as it is kept. How it is run is another crate's business.
//!
//! The attempts' own states are the truth; a job is a hint that one of them wants work. A job that is
//! lost is found again by [`Jobs::attempts_without_job`], a job too many does no harm.

use crate::error::StorageError;
use async_trait::async_trait;
use serde::{Deserialize, Serialize};
use uuid::Uuid;
use viva_core::clock::Timestamp;
use viva_core::ids::{AttemptId, JobId};

/// A piece of work: ids and small values only.
///
/// Kept as tagged JSON. Variants and fields are only ever added (fields with a default), so that what an
/// older version left behind stays readable.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(tag = "job", rename_all = "snake_case")]
pub enum Job {
    /// Work out words and score of an attempt that is settling or typed.
    SettleAttempt {
        /// The attempt.
        attempt: AttemptId,
    },
}

/// Keeps jobs.
#[async_trait]
pub trait Jobs: Send + Sync {
    /// Keeps a job. Where the same work is waiting or running already, nothing is added and `false` comes back.
    async fn push_job(&self, job: &NewJob) -> Result<bool, StorageError>;

    /// Takes the job that has waited longest of those that may run now, or whose lease has run out.
    async fn claim_job(&self, lease: Lease, now: Timestamp) -> Result<Option<JobRecord>, StorageError>;

    /// Holds on to a claimed job for longer. `false` where the lease was lost to somebody else.
    async fn extend_job(&self, job: JobId, lease: Lease) -> Result<bool, StorageError>;

    /// Ends a claimed job. `false` where the lease was lost.
    async fn complete_job(&self, job: JobId, holder: Uuid, at: Timestamp) -> Result<bool, StorageError>;

    /// Puts a claimed job back, to run at a later time. `false` where the lease was lost.
    ///
    /// Without a reason the job was not at fault, and the try is not counted.
    async fn postpone_job(
        &self,
        job: JobId,
        holder: Uuid,
        run_at: Timestamp,
        why: Option<&str>,
    ) -> Result<bool, StorageError>;

    /// Gives a claimed job up for good. `false` where the lease was lost.
    async fn fail_job(
        &self,
        job: JobId,
        holder: Uuid,
        why: &str,
        at: Timestamp,
    ) -> Result<bool, StorageError>;

    /// Gives back all jobs whose lease has run out. Returns how many.
    async fn release_expired_jobs(&self, now: Timestamp) -> Result<u64, StorageError>;

    /// When the next job may run or the next lease runs out; none where there is nothing to wait for.
    async fn next_job_at(&self) -> Result<Option<Timestamp>, StorageError>;

    /// One job.
    async fn job(&self, id: JobId) -> Result<Option<JobRecord>, StorageError>;

    /// Attempts whose state asks for a job and that have none, the oldest first.
    async fn attempts_without_job(&self) -> Result<Vec<AttemptId>, StorageError>;

    /// Forgets jobs that ended before a moment. Returns how many.
    async fn forget_jobs(&self, ended_before: Timestamp) -> Result<u64, StorageError>;
}

/// A job to keep.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewJob {
    /// Made by the caller.
    pub id: JobId,
    /// What to do.
    pub job: Job,
    /// Not before.
    pub run_at: Timestamp,
}

/// Who holds a job, and until when.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Lease {
    /// The runner, with a fresh id at each start.
    pub holder: Uuid,
    /// When others may take the job over.
    pub until: Timestamp,
}

/// A job as it is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JobRecord {
    /// Its id.
    pub id: JobId,
    /// What to do, as [`Job`]'s JSON; a newer version may have left what this one cannot read.
    pub payload: String,
    /// Whether it is waiting, running or over.
    pub status: JobStatus,
    /// How often it was claimed, the present claim included.
    pub tries: u32,
    /// Not before.
    pub run_at: Timestamp,
    /// Who holds it while it runs.
    pub lease: Option<Lease>,
    /// Why the last try failed.
    pub why: Option<String>,
}

/// Whether a job is waiting, running or over.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum JobStatus {
    /// For its time or for a runner.
    Waiting,
    /// Somebody holds it.
    Running,
    /// It did what it was to do.
    Done,
    /// It was given up.
    Failed,
}

impl Job {
    /// The attempt it is about.
    pub fn attempt(&self) -> AttemptId {
        match self {
            Self::SettleAttempt { attempt } => *attempt,
        }
    }

    /// Its stable name.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::SettleAttempt { .. } => "settle_attempt",
        }
    }

    /// What is kept of it.
    pub fn payload(&self) -> String {
        serde_json::to_string(self).expect("ids and small values always serialise")
    }

    /// A job as it was kept; the error says what this version cannot read.
    pub fn from_payload(payload: &str) -> Result<Self, serde_json::Error> {
        serde_json::from_str(payload)
    }
}

impl JobStatus {
    const ALL: [(Self, &'static str); 4] = [
        (Self::Waiting, "waiting"),
        (Self::Running, "running"),
        (Self::Done, "done"),
        (Self::Failed, "failed"),
    ];

    /// Its stable name, as stored.
    pub fn name(self) -> &'static str {
        Self::ALL.iter().find(|(status, _)| *status == self).map_or("waiting", |(_, name)| name)
    }

    /// The value of a stored name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.iter().find(|(_, known)| *known == name).map(|(status, _)| *status)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_form_of_a_kept_job_does_not_change() {
        let kept = r#"{"job":"settle_attempt","attempt":"00000000-0000-0000-0000-000000000007"}"#;
        let job = Job::SettleAttempt { attempt: AttemptId(Uuid::from_u128(7)) };
        assert_eq!(job.payload(), kept);
        assert_eq!(Job::from_payload(kept).unwrap(), job);
    }

    #[test]
    fn a_field_from_a_newer_version_does_not_make_a_job_unreadable() {
        let newer =
            r#"{"job":"settle_attempt","attempt":"00000000-0000-0000-0000-000000000007","speed":"fast"}"#;
        assert!(Job::from_payload(newer).is_ok());
        assert!(Job::from_payload(r#"{"job":"brew_tea"}"#).is_err());
    }
}
