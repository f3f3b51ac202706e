//! What candidates say, over SQLite: asking, marking, and the trait by which it is read.

use super::heard::{machine_scores, marks, of_candidate, seen_by, transcripts, waiting};
use super::interview_log::skipped;
use super::{kits, round_going_on};
use crate::error::Failure;
use crate::sessions::{keep_snapshot, taken};
use crate::{Connection, SqliteStore, steps};
use async_trait::async_trait;
use uuid::Uuid;
use viva_core::clock::Timestamp;
use viva_core::ids::{AttemptId, CandidateId, KitId, PersonId, SessionId};
use viva_core::round::{
    AnswerSource, Basis, Ground, Kit, MarkEvent, Marks, RoundRefused, breaks_order, may_record,
};
use viva_core::session::{AttemptEvent, AttemptState, Mode, SessionRefused};
use viva_core::units::Millis;
use viva_storage::columns::{named, number, signed};
use viva_storage::{
    AssessmentRecord, AttemptRecord, NewRoundAnswer, RoundAnswer, RoundAnswers, Snapshot, StorageError,
    TranscriptRecord, Waiting,
};

#[async_trait]
impl RoundAnswers for SqliteStore {
    async fn ask_candidate(&self, answer: &NewRoundAnswer) -> Result<AttemptRecord, StorageError> {
        let mut tx = self.begin().await?;
        let asked = self.told(ask(&mut tx, answer).await)?;
        self.commit(tx).await?;
        Ok(asked)
    }

    async fn mark_answer(
        &self,
        attempt: AttemptId,
        event: MarkEvent,
        at: Millis,
    ) -> Result<Marks, StorageError> {
        let mut tx = self.begin().await?;
        let marks = self.told(mark(&mut tx, attempt, event, at).await)?;
        self.commit(tx).await?;
        Ok(marks)
    }

    async fn answer_marks(&self, attempt: AttemptId) -> Result<Option<(AnswerSource, Marks)>, StorageError> {
        let mut tx = self.look().await?;
        self.told(marks(&mut tx, attempt).await)
    }

    async fn waiting(&self, attempt: AttemptId) -> Result<Option<Waiting>, StorageError> {
        let mut tx = self.look().await?;
        self.told(waiting(&mut tx, attempt).await)
    }

    async fn open_answer(&self, candidate: CandidateId) -> Result<Option<RoundAnswer>, StorageError> {
        let mut tx = self.look().await?;
        let answers = self.told(of_candidate(&mut tx, candidate).await)?;
        Ok(answers.into_iter().find(|answer| answer.attempt.state.is_open()))
    }

    async fn round_answers(
        &self,
        candidate: CandidateId,
        viewer: PersonId,
    ) -> Result<Vec<RoundAnswer>, StorageError> {
        let mut tx = self.look().await?;
        let answers = self.told(seen_by(&mut tx, candidate, viewer).await)?;
        Ok(answers)
    }

    async fn round_transcripts(
        &self,
        attempt: AttemptId,
        viewer: PersonId,
    ) -> Result<Vec<TranscriptRecord>, StorageError> {
        let mut tx = self.look().await?;
        self.told(transcripts(&mut tx, attempt, viewer).await)
    }

    async fn machine_scores(
        &self,
        candidate: CandidateId,
        viewer: PersonId,
    ) -> Result<Vec<AssessmentRecord>, StorageError> {
        let mut tx = self.look().await?;
        self.told(machine_scores(&mut tx, candidate, viewer).await)
    }

    async fn round_of_answer(&self, attempt: AttemptId) -> Result<Option<CandidateId>, StorageError> {
        let found = sqlx::query_scalar!(
            r#"SELECT candidate_id AS "candidate_id: Uuid" FROM round_answers WHERE attempt_id = $1"#,
            attempt.0
        )
        .fetch_optional(&self.readers)
        .await;
        Ok(self.told(found.map_err(Failure::from))?.map(CandidateId))
    }
}

/// Refuses to record a candidate without a basis, or after an opt-out.
async fn permitted(tx: &mut Connection, candidate: CandidateId) -> Result<(), Failure> {
    let row = sqlx::query!(
        "SELECT basis, notice, ground_at, opted_out_at FROM candidates WHERE id = $1",
        candidate.0
    )
    .fetch_optional(tx)
    .await?
    .ok_or_else(|| StorageError::not_found("candidate", candidate))?;
    let ground = match (row.basis, row.notice, row.ground_at) {
        (Some(basis), Some(notice), Some(at)) => {
            let basis = named("lawful basis", &basis, Basis::from_name(&basis))?;
            Some(Ground { basis, notice, at: Timestamp(at) })
        }
        _ => None,
    };
    may_record(ground.as_ref(), row.opted_out_at.map(Timestamp))?;
    Ok(())
}

/// The same for an attempt that is about to be recorded; answers of practice are nobody's but their speaker's.
pub(crate) async fn may_go_live(tx: &mut Connection, attempt: AttemptId) -> Result<(), Failure> {
    let candidate = sqlx::query_scalar!(
        r#"SELECT candidate_id AS "candidate_id: Uuid" FROM round_answers WHERE attempt_id = $1"#,
        attempt.0
    )
    .fetch_optional(&mut *tx)
    .await?;
    match candidate {
        Some(candidate) => permitted(tx, CandidateId(candidate)).await,
        None => Ok(()),
    }
}

/// A recording that is thrown away takes its marks with it.
pub(crate) async fn forget_marks(tx: &mut Connection, attempt: AttemptId) -> Result<(), Failure> {
    sqlx::query!("DELETE FROM answer_marks WHERE attempt_id = $1", attempt.0).execute(tx).await?;
    Ok(())
}

async fn ask(tx: &mut Connection, new: &NewRoundAnswer) -> Result<AttemptRecord, Failure> {
    let round = round_going_on(tx, new.candidate).await?;
    permitted(tx, new.candidate).await?;
    let kit =
        sqlx::query!(r#"SELECT kit_id AS "kit_id: Uuid", kit_version FROM rounds WHERE id = $1"#, round.0)
            .fetch_one(&mut *tx)
            .await?;
    let version = number("kit's version", kit.kit_version)?;
    let kit = kits::load(tx, KitId(kit.kit_id), Some(version))
        .await?
        .ok_or_else(|| StorageError::damaged("round", "its kit is gone"))?
        .kit;
    if new.position >= kit.questions.len() {
        return Err(RoundRefused::NoQuestion(new.position).into());
    }
    let before = of_candidate(tx, new.candidate).await?;
    if let Some(open) = before.iter().find(|answer| answer.attempt.state.is_open()) {
        let (id, position) = (open.attempt.id, open.attempt.position as usize);
        if open.attempt.state == AttemptState::Recording {
            return Err(SessionRefused::StillRecording(position).into());
        }
        if position == new.position {
            let source = new.source.name();
            sqlx::query!("UPDATE round_answers SET source = $2 WHERE attempt_id = $1", id.0, source)
                .execute(tx)
                .await?;
            return Ok(open.attempt.clone());
        }
        steps::change(tx, id, &AttemptEvent::Skip, None, new.at).await?;
    }
    in_turn(tx, new, &before).await?;
    let session = session(tx, new, &kit).await?;
    insert(tx, new, session, &kit, &before).await
}

/// Holds an interview to the order of its kit, or to a reason in its log.
async fn in_turn(tx: &mut Connection, new: &NewRoundAnswer, before: &[RoundAnswer]) -> Result<(), Failure> {
    let asked: Vec<usize> = before
        .iter()
        .filter(|answer| answer.attempt.state != AttemptState::Skipped)
        .map(|answer| answer.attempt.position as usize)
        .collect();
    let skipped = skipped(tx, new.candidate).await?;
    if asked.contains(&new.position) || !breaks_order(new.position, &asked, &skipped) {
        return Ok(());
    }
    let position = new.position as i64;
    let logged = sqlx::query_scalar!(
        r#"SELECT count(*) AS "count!: i64" FROM deviations WHERE candidate_id = $1 AND position = $2 AND kind = 'reordered'"#,
        new.candidate.0,
        position
    )
    .fetch_one(tx)
    .await?;
    if logged == 0 { Err(RoundRefused::OutOfOrder.into()) } else { Ok(()) }
}

/// The session in which a candidate's answers lie.
async fn session(tx: &mut Connection, new: &NewRoundAnswer, kit: &Kit) -> Result<SessionId, Failure> {
    let there = sqlx::query_scalar!(
        r#"SELECT id AS "id: Uuid" FROM sessions WHERE candidate_id = $1"#,
        new.candidate.0
    )
    .fetch_optional(&mut *tx)
    .await?;
    if let Some(id) = there {
        return Ok(SessionId(id));
    }
    let mode = Mode::RunThrough.name();
    sqlx::query!(
        "INSERT INTO sessions (id, mode, seed, started_at, candidate_id) VALUES ($1, $2, 0, $3, $4)",
        new.session.0,
        mode,
        new.at.0,
        new.candidate.0
    )
    .execute(&mut *tx)
    .await
    .map_err(|error| taken("session", error))?;
    for (position, asked) in (0_i64..).zip(&kit.questions) {
        let snapshot = Snapshot::of(&asked.question);
        keep_snapshot(tx, &snapshot).await?;
        let (id, pack) = (asked.question.id.as_str(), asked.question.pack.as_str());
        sqlx::query!(
            "INSERT INTO session_questions (session_id, position, question_id, pack_id, reason, snapshot_hash)
             VALUES ($1, $2, $3, $4, 'in the kit', $5)",
            new.session.0,
            position,
            id,
            pack,
            snapshot.hash
        )
        .execute(&mut *tx)
        .await?;
    }
    Ok(new.session)
}

async fn insert(
    tx: &mut Connection,
    new: &NewRoundAnswer,
    session: SessionId,
    kit: &Kit,
    before: &[RoundAnswer],
) -> Result<AttemptRecord, Failure> {
    let question = &kit.questions[new.position].question;
    let position = new.position as i64;
    let last = before.iter().filter(|answer| answer.attempt.position as usize == new.position);
    let count = i64::from(last.map(|answer| answer.attempt.number).max().unwrap_or(0)) + 1;
    let (id, pack, snapshot) = (question.id.as_str(), question.pack.as_str(), Snapshot::of(question).hash);
    let state = AttemptState::Asked.name();
    // It follows its candidate, as a follow-up follows its answer: practice then counts neither.
    sqlx::query!(
        "INSERT INTO attempts (id, session_id, position, number, question_id, pack_id, topic, snapshot_hash, state,
                               asked_at, follows)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)",
        new.attempt.0,
        session.0,
        position,
        count,
        id,
        pack,
        question.topic,
        snapshot,
        state,
        new.at.0,
        new.candidate.0
    )
    .execute(&mut *tx)
    .await
    .map_err(|error| taken("attempt", error))?;
    let (source, by) = (new.source.name(), new.by.map(|person| person.0));
    sqlx::query!(
        "INSERT INTO round_answers (attempt_id, candidate_id, position, source, begun_by) VALUES ($1, $2, $3, $4, $5)",
        new.attempt.0,
        new.candidate.0,
        position,
        source,
        by
    )
    .execute(&mut *tx)
    .await?;
    let asked = of_candidate(tx, new.candidate).await?.into_iter();
    let asked = asked.map(|answer| answer.attempt).find(|attempt| attempt.id == new.attempt);
    Ok(asked.ok_or_else(|| StorageError::not_found("attempt", new.attempt))?)
}

async fn mark(
    tx: &mut Connection,
    attempt: AttemptId,
    event: MarkEvent,
    at: Millis,
) -> Result<Marks, Failure> {
    let live = sqlx::query_scalar!(
        r#"SELECT count(*) AS "count!: i64" FROM attempts WHERE id = $1 AND state = 'recording'"#,
        attempt.0
    )
    .fetch_one(&mut *tx)
    .await?;
    let missing = || StorageError::not_found("recording", attempt);
    let (_, before) = marks(tx, attempt).await?.filter(|_| live > 0).ok_or_else(missing)?;
    let after = before.clone().after(event, at)?;
    let (number, time) = (before.closed().len() as i64 + 1, signed(at.0));
    match event {
        MarkEvent::Begin => {
            sqlx::query!(
                "INSERT INTO answer_marks (attempt_id, number, start_ms) VALUES ($1, $2, $3)",
                attempt.0,
                number,
                time
            )
            .execute(tx)
            .await?
        }
        MarkEvent::End => {
            sqlx::query!(
                "UPDATE answer_marks SET end_ms = $3 WHERE attempt_id = $1 AND number = $2",
                attempt.0,
                number,
                time
            )
            .execute(tx)
            .await?
        }
    };
    Ok(after)
}
