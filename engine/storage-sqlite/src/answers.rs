//! Attempts, takes, words and scores over SQLite.

use crate::error::Failure;
use crate::{Connection, SqliteStore, steps};
use async_trait::async_trait;
use uuid::Uuid;
use viva_core::bank::Question;
use viva_core::clock::Timestamp;
use viva_core::ids::{AttemptId, JobId};
use viva_core::session::{Aid, AttemptEvent, AttemptState};
use viva_storage::columns::answers::{AssessmentRow, AttemptRow, TakeRow, TranscriptRow};
use viva_storage::{
    Answers, AssessmentRecord, AttemptRecord, NewTranscript, Settlement, Step, StorageError, Take,
    TranscriptRecord,
};

#[async_trait]
impl Answers for SqliteStore {
    async fn attempt(&self, id: AttemptId) -> Result<Option<AttemptRecord>, StorageError> {
        let mut tx = self.look().await?;
        self.told(load(&mut tx, id).await)
    }

    async fn unsettled_attempts(&self) -> Result<Vec<AttemptRecord>, StorageError> {
        let mut tx = self.look().await?;
        self.told(unsettled(&mut tx).await)
    }

    async fn advance(
        &self,
        attempt: AttemptId,
        step: &Step,
        at: Timestamp,
    ) -> Result<AttemptState, StorageError> {
        let mut tx = self.begin().await?;
        let state = self.told(steps::advance(&mut tx, attempt, step, at).await)?;
        self.commit(tx).await?;
        Ok(state)
    }

    async fn keep_take(
        &self,
        attempt: AttemptId,
        take: &Take,
        job: JobId,
        not_before: Timestamp,
        at: Timestamp,
    ) -> Result<AttemptState, StorageError> {
        let mut tx = self.begin().await?;
        let state = self.told(steps::keep_take(&mut tx, attempt, take, (job, not_before), at).await)?;
        self.commit(tx).await?;
        Ok(state)
    }

    async fn keep_typed(
        &self,
        attempt: AttemptId,
        transcript: &NewTranscript,
        job: JobId,
        at: Timestamp,
    ) -> Result<AttemptState, StorageError> {
        let mut tx = self.begin().await?;
        let state = self.told(steps::keep_typed(&mut tx, attempt, transcript, job, at).await)?;
        self.commit(tx).await?;
        Ok(state)
    }

    async fn retry(
        &self,
        attempt: AttemptId,
        job: JobId,
        at: Timestamp,
    ) -> Result<AttemptState, StorageError> {
        let mut tx = self.begin().await?;
        let state = self.told(steps::retry(&mut tx, attempt, job, at).await)?;
        self.commit(tx).await?;
        Ok(state)
    }

    async fn settle(
        &self,
        attempt: AttemptId,
        settlement: &Settlement,
        at: Timestamp,
    ) -> Result<AttemptState, StorageError> {
        let mut tx = self.begin().await?;
        let state = self.told(steps::score(&mut tx, attempt, settlement, AttemptEvent::Settle, at).await)?;
        self.commit(tx).await?;
        Ok(state)
    }

    async fn reassess(
        &self,
        attempt: AttemptId,
        settlement: &Settlement,
        at: Timestamp,
    ) -> Result<AttemptState, StorageError> {
        let mut tx = self.begin().await?;
        let state =
            self.told(steps::score(&mut tx, attempt, settlement, AttemptEvent::Reassess, at).await)?;
        self.commit(tx).await?;
        Ok(state)
    }

    async fn rescore(
        &self,
        attempt: AttemptId,
        question: &Question,
        settlement: &Settlement,
        at: Timestamp,
    ) -> Result<AttemptState, StorageError> {
        let mut tx = self.begin().await?;
        let state = self.told(steps::rescore(&mut tx, attempt, question, settlement, at).await)?;
        self.commit(tx).await?;
        Ok(state)
    }

    async fn note_help(&self, attempt: AttemptId, aid: Aid) -> Result<(), StorageError> {
        let mut tx = self.begin().await?;
        self.told(steps::note_help(&mut tx, attempt, aid).await)?;
        self.commit(tx).await
    }

    async fn take(&self, attempt: AttemptId) -> Result<Option<Take>, StorageError> {
        let found = sqlx::query_as!(
            TakeRow,
            r#"SELECT attempt_id AS "attempt_id: Uuid", path, length_ms, bytes, sample_rate, peak_dbfs, rms_dbfs,
                      clipped_samples, dropped_samples, device, ended, kept_at
               FROM takes
               WHERE attempt_id = $1 AND NOT EXISTS (SELECT 1 FROM round_answers r WHERE r.attempt_id = takes.attempt_id)"#,
            attempt.0
        )
        .fetch_optional(&self.readers)
        .await;
        let row = self.told(found.map_err(Failure::from))?;
        Ok(row.map(TakeRow::record).transpose()?.map(|(_, take)| take))
    }

    async fn takes_before(&self, before: Timestamp) -> Result<Vec<(AttemptId, Take)>, StorageError> {
        let found = sqlx::query_as!(
            TakeRow,
            r#"SELECT attempt_id AS "attempt_id: Uuid", path, length_ms, bytes, sample_rate, peak_dbfs, rms_dbfs,
                      clipped_samples, dropped_samples, device, ended, kept_at
               FROM takes WHERE path IS NOT NULL AND kept_at < $1 ORDER BY kept_at, attempt_id"#,
            before.0
        )
        .fetch_all(&self.readers)
        .await;
        let rows = self.told(found.map_err(Failure::from))?;
        rows.into_iter().map(TakeRow::record).collect()
    }

    async fn transcripts(&self, attempt: AttemptId) -> Result<Vec<TranscriptRecord>, StorageError> {
        let found = sqlx::query_as!(
            TranscriptRow,
            r#"SELECT id AS "id: Uuid", version, source, author, made_at, document
               FROM transcripts
               WHERE attempt_id = $1
                 AND NOT EXISTS (SELECT 1 FROM round_answers r WHERE r.attempt_id = transcripts.attempt_id)
               ORDER BY version"#,
            attempt.0
        )
        .fetch_all(&self.readers)
        .await;
        let rows = self.told(found.map_err(Failure::from))?;
        rows.into_iter().map(|row| row.record(attempt)).collect()
    }

    async fn assessments(&self, attempt: AttemptId) -> Result<Vec<AssessmentRecord>, StorageError> {
        let found = sqlx::query_as!(
            AssessmentRow,
            r#"SELECT s.id AS "id: Uuid", s.transcript_id AS "transcript_id: Uuid",
                      coalesce(s.snapshot_hash, a.snapshot_hash) AS "snapshot_hash!", s.version, s.made_at, s.document
               FROM assessments s JOIN attempts a ON a.id = s.attempt_id
               WHERE s.attempt_id = $1
                 AND NOT EXISTS (SELECT 1 FROM round_answers r WHERE r.attempt_id = s.attempt_id)
               ORDER BY s.version"#,
            attempt.0
        )
        .fetch_all(&self.readers)
        .await;
        let rows = self.told(found.map_err(Failure::from))?;
        rows.into_iter().map(|row| row.record(attempt)).collect()
    }

    async fn assessment(&self, attempt: AttemptId) -> Result<Option<AssessmentRecord>, StorageError> {
        let found = sqlx::query_as!(
            AssessmentRow,
            r#"SELECT s.id AS "id: Uuid", s.transcript_id AS "transcript_id: Uuid",
                      coalesce(s.snapshot_hash, a.snapshot_hash) AS "snapshot_hash!", s.version, s.made_at, s.document
               FROM assessments s JOIN attempts a ON a.id = s.attempt_id
               WHERE s.attempt_id = $1
                 AND NOT EXISTS (SELECT 1 FROM round_answers r WHERE r.attempt_id = s.attempt_id)
               ORDER BY s.version DESC LIMIT 1"#,
            attempt.0
        )
        .fetch_optional(&self.readers)
        .await;
        let row = self.told(found.map_err(Failure::from))?;
        row.map(|row| row.record(attempt)).transpose()
    }

    async fn delete_audio(&self, attempt: AttemptId) -> Result<Option<String>, StorageError> {
        let mut tx = self.begin().await?;
        let path = self.told(steps::delete_audio(&mut tx, attempt).await)?;
        self.commit(tx).await?;
        Ok(path)
    }

    async fn delete_attempt(&self, id: AttemptId) -> Result<Vec<String>, StorageError> {
        let mut tx = self.begin().await?;
        let paths = self.told(steps::delete(&mut tx, id).await)?;
        self.commit(tx).await?;
        Ok(paths)
    }
}

async fn load(tx: &mut Connection, id: AttemptId) -> Result<Option<AttemptRecord>, Failure> {
    let row = sqlx::query_as!(
        AttemptRow,
        r#"SELECT id AS "id: Uuid", session_id AS "session_id: Uuid", position, number, question_id, pack_id, topic,
                  snapshot_hash, state, why, kept, hint AS "hint: bool", reveal AS "reveal: bool",
                  asked_at, answered_at, ended_at
           FROM attempts
           WHERE id = $1 AND NOT EXISTS (SELECT 1 FROM round_answers r WHERE r.attempt_id = attempts.id)"#,
        id.0
    )
    .fetch_optional(tx)
    .await?;
    Ok(row.map(AttemptRow::record).transpose()?)
}

async fn unsettled(tx: &mut Connection) -> Result<Vec<AttemptRecord>, Failure> {
    let rows = sqlx::query_as!(
        AttemptRow,
        r#"SELECT id AS "id: Uuid", session_id AS "session_id: Uuid", position, number, question_id, pack_id, topic,
                  snapshot_hash, state, why, kept, hint AS "hint: bool", reveal AS "reveal: bool",
                  asked_at, answered_at, ended_at
           FROM attempts WHERE state IN ('recording', 'settling', 'typed') ORDER BY asked_at, id"#
    )
    .fetch_all(tx)
    .await?;
    Ok(rows.into_iter().map(AttemptRow::record).collect::<Result<_, _>>()?)
}
