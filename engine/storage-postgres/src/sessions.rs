//! Sessions over PostgreSQL.

use crate::error::Failure;
use crate::plain::plain;
use crate::{Connection, PostgresStore, schema, steps};
use async_trait::async_trait;
use sqlx::postgres::PgPool;
use uuid::Uuid;
use viva_core::clock::Timestamp;
use viva_core::ids::{AttemptId, SessionId};
use viva_core::round::RoundRefused;
use viva_core::session::{AttemptEvent, AttemptState, Mode};
use viva_storage::columns::answers::AttemptRow;
use viva_storage::columns::{document, named, number, parsed, word};
use viva_storage::{
    AttemptRecord, Help, NewSession, Page, PageRequest, PlaceRecord, SessionRecord, SessionSummary, Sessions,
    Snapshot, StorageError,
};

#[async_trait]
impl Sessions for PostgresStore {
    async fn start_session(&self, session: &NewSession) -> Result<(), StorageError> {
        serialised!(self, tx => start(tx, session))
    }

    async fn session(&self, id: SessionId) -> Result<Option<SessionRecord>, StorageError> {
        let mut tx = self.look().await?;
        self.told(load(&mut tx, id).await)
    }

    async fn sessions(&self, page: PageRequest) -> Result<Page<SessionSummary>, StorageError> {
        let found = list(&self.pool, page).await;
        self.told(found)
    }

    async fn finish_session(&self, id: SessionId, at: Timestamp) -> Result<(), StorageError> {
        serialised!(self, tx => finish(tx, id, at))
    }

    async fn ask(
        &self,
        session: SessionId,
        position: u32,
        attempt: AttemptId,
        at: Timestamp,
    ) -> Result<AttemptRecord, StorageError> {
        serialised!(self, tx => ask(tx, session, position, attempt, at))
    }

    async fn snapshot(&self, hash: &str) -> Result<Option<Snapshot>, StorageError> {
        let found = sqlx::query_scalar!("SELECT document FROM question_snapshots WHERE hash = $1", hash)
            .fetch_optional(&self.pool)
            .await;
        let Some(json) = self.told(found.map_err(Failure::from))? else { return Ok(None) };
        let question = document("question", &json)?;
        Ok(Some(Snapshot { hash: hash.to_owned(), question }))
    }

    async fn delete_session(&self, id: SessionId) -> Result<Vec<String>, StorageError> {
        serialised!(self, tx => delete(tx, id))
    }

    async fn delete_everything(&self) -> Result<Vec<String>, StorageError> {
        let paths: Result<_, StorageError> = serialised!(self, tx => delete_everything(tx));
        let paths = paths?;
        let emptied = schema::give_back_room(self).await;
        self.told(emptied)?;
        Ok(paths)
    }
}

async fn start(tx: &mut Connection, session: &NewSession) -> Result<(), Failure> {
    // The seed keeps its 64 bits; the sign is not looked at.
    let (mode, seed) = (session.mode.name(), session.seed.cast_signed());
    let follows = session.follows.map(|attempt| attempt.0);
    sqlx::query!(
        "INSERT INTO sessions (id, mode, seed, started_at, follows) VALUES ($1, $2, $3, $4, $5)",
        session.id.0,
        mode,
        seed,
        session.at.0,
        follows
    )
    .execute(&mut *tx)
    .await
    .map_err(|error| taken("session", error))?;
    for (position, place) in (0_i64..).zip(&session.places) {
        let snapshot = Snapshot::of(&place.question);
        let question = &snapshot.question;
        keep_snapshot(tx, &snapshot).await?;
        let (id, pack) = (question.id.as_str(), question.pack.as_str());
        sqlx::query!(
            "INSERT INTO session_questions (session_id, position, question_id, pack_id, reason, snapshot_hash)
             VALUES ($1, $2, $3, $4, $5, $6)",
            session.id.0,
            position,
            id,
            pack,
            &*plain(&place.reason),
            snapshot.hash
        )
        .execute(&mut *tx)
        .await?;
    }
    Ok(())
}

/// Keeps a version of a question, unless it is kept already.
pub(crate) async fn keep_snapshot(tx: &mut Connection, snapshot: &Snapshot) -> Result<(), Failure> {
    let question = &snapshot.question;
    let json = Snapshot::document(question);
    let (id, pack) = (question.id.as_str(), question.pack.as_str());
    let (level, kind) = (word("level", &question.level)?, word("kind", &question.kind)?);
    sqlx::query!(
        "INSERT INTO question_snapshots (hash, question_id, pack_id, ask, topic, level, kind, document)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT (hash) DO NOTHING",
        snapshot.hash,
        id,
        pack,
        &*plain(&question.ask),
        &*plain(&question.topic),
        level,
        kind,
        json
    )
    .execute(tx)
    .await?;
    Ok(())
}

/// Forgets versions of questions that nothing was asked with or scored by any more.
pub(crate) async fn forget_snapshots(tx: &mut Connection) -> Result<(), Failure> {
    sqlx::query!(
        "DELETE FROM question_snapshots
         WHERE NOT EXISTS (SELECT 1 FROM session_questions q WHERE q.snapshot_hash = question_snapshots.hash)
           AND NOT EXISTS (SELECT 1 FROM attempts a WHERE a.snapshot_hash = question_snapshots.hash)
           AND NOT EXISTS (SELECT 1 FROM assessments s WHERE s.snapshot_hash = question_snapshots.hash)"
    )
    .execute(tx)
    .await?;
    Ok(())
}

async fn load(tx: &mut Connection, id: SessionId) -> Result<Option<SessionRecord>, Failure> {
    let session = sqlx::query!(
        "SELECT mode, seed, started_at, finished_at, follows FROM sessions
             WHERE id = $1 AND candidate_id IS NULL",
        id.0
    )
    .fetch_optional(&mut *tx)
    .await?;
    let Some(session) = session else { return Ok(None) };
    let places = sqlx::query!(
        "SELECT position, question_id, pack_id, reason, snapshot_hash
         FROM session_questions WHERE session_id = $1 ORDER BY position",
        id.0
    )
    .fetch_all(&mut *tx)
    .await?;
    let mut places = places
        .into_iter()
        .map(|row| {
            Ok(PlaceRecord {
                position: number("place", row.position)?,
                question: parsed("question id", &row.question_id)?,
                pack: parsed("pack id", &row.pack_id)?,
                reason: row.reason,
                snapshot: row.snapshot_hash,
                attempts: Vec::new(),
            })
        })
        .collect::<Result<Vec<_>, Failure>>()?;
    let attempts = sqlx::query_as!(
        AttemptRow,
        r#"SELECT id, session_id, position, number, question_id, pack_id, topic,
                  snapshot_hash, state, why, kept, hint, reveal,
                  asked_at, answered_at, ended_at
           FROM attempts WHERE session_id = $1 ORDER BY position, number"#,
        id.0
    )
    .fetch_all(&mut *tx)
    .await?;
    for row in attempts {
        let attempt = row.record()?;
        let place = places.iter_mut().find(|place| place.position == attempt.position);
        place.ok_or_else(|| StorageError::damaged("attempt", "its place is gone"))?.attempts.push(attempt);
    }
    Ok(Some(SessionRecord {
        id,
        mode: named("mode", &session.mode, Mode::from_name(&session.mode))?,
        seed: session.seed.cast_unsigned(),
        follows: session.follows.map(AttemptId),
        started_at: Timestamp(session.started_at),
        finished_at: session.finished_at.map(Timestamp),
        places,
    }))
}

async fn list(pool: &PgPool, page: PageRequest) -> Result<Page<SessionSummary>, Failure> {
    let (at, id) = page.after.map_or((i64::MAX, Uuid::max()), |cursor| (cursor.at.0, cursor.id));
    let limit = i64::from(page.limit) + 1;
    // The latest result of each place counts.
    let rows = sqlx::query!(
        r#"SELECT s.id, s.mode, s.started_at, s.finished_at,
                  (SELECT count(*) FROM session_questions q WHERE q.session_id = s.id) AS "questions!",
                  (SELECT count(DISTINCT a.position) FROM attempts a
                   WHERE a.session_id = s.id AND a.score IS NOT NULL) AS "answered!",
                  (SELECT avg(a.score) FROM attempts a
                   WHERE a.session_id = s.id AND a.score IS NOT NULL
                     AND NOT EXISTS (SELECT 1 FROM attempts b
                                     WHERE b.session_id = a.session_id AND b.position = a.position
                                       AND b.number > a.number AND b.score IS NOT NULL)) AS mean_score
           FROM sessions s
           WHERE s.follows IS NULL AND s.candidate_id IS NULL AND (s.started_at, s.id) < ($1, $2)
           ORDER BY s.started_at DESC, s.id DESC LIMIT $3"#,
        at,
        id,
        limit
    )
    .fetch_all(pool)
    .await?;
    let items = rows
        .into_iter()
        .map(|row| {
            Ok(SessionSummary {
                id: SessionId(row.id),
                mode: named("mode", &row.mode, Mode::from_name(&row.mode))?,
                started_at: Timestamp(row.started_at),
                finished_at: row.finished_at.map(Timestamp),
                questions: number("count", row.questions)?,
                answered: number("count", row.answered)?,
                mean_score: row.mean_score,
            })
        })
        .collect::<Result<Vec<_>, Failure>>()?;
    Ok(Page::of(items, page.limit, SessionSummary::cursor))
}

async fn finish(tx: &mut Connection, id: SessionId, at: Timestamp) -> Result<(), Failure> {
    let session = load(tx, id).await?.ok_or_else(|| StorageError::not_found("session", id))?;
    let run = session.run();
    let open = run.open();
    run.finish()?;
    if let Some(attempt) = open.and_then(|at| session.places[at].attempts.last()) {
        steps::change(tx, attempt.id, &AttemptEvent::Skip, None, at).await?;
    }
    sqlx::query!("UPDATE sessions SET finished_at = $2 WHERE id = $1", id.0, at.0).execute(&mut *tx).await?;
    Ok(())
}

async fn ask(
    tx: &mut Connection,
    id: SessionId,
    position: u32,
    attempt: AttemptId,
    at: Timestamp,
) -> Result<AttemptRecord, Failure> {
    let session = load(tx, id).await?.ok_or_else(|| StorageError::not_found("session", id))?;
    let index = position as usize;
    session.run().ask(index)?;
    let place = &session.places[index];
    let question = sqlx::query!("SELECT topic FROM question_snapshots WHERE hash = $1", place.snapshot)
        .fetch_one(&mut *tx)
        .await?;
    let record = AttemptRecord {
        id: attempt,
        session: id,
        position,
        // Numbers of deleted attempts are not given again.
        number: place.attempts.last().map_or(0, |last| last.number) + 1,
        question: place.question.clone(),
        pack: place.pack.clone(),
        topic: question.topic,
        snapshot: place.snapshot.clone(),
        state: AttemptState::Asked,
        help: Help::default(),
        asked_at: at,
        answered_at: None,
        ended_at: None,
    };
    let (question, pack, state) = (record.question.as_str(), record.pack.as_str(), record.state.name());
    let follows = session.follows.map(|attempt| attempt.0);
    sqlx::query!(
        "INSERT INTO attempts (id, session_id, position, number, question_id, pack_id, topic, snapshot_hash,
                               state, asked_at, follows)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)",
        record.id.0,
        record.session.0,
        i64::from(record.position),
        i64::from(record.number),
        question,
        pack,
        record.topic,
        record.snapshot,
        state,
        at.0,
        follows
    )
    .execute(&mut *tx)
    .await
    .map_err(|error| taken("attempt", error))?;
    Ok(record)
}

async fn delete(tx: &mut Connection, id: SessionId) -> Result<Vec<String>, Failure> {
    let paths = sqlx::query_scalar!(
        r#"SELECT t.path AS "path!" FROM takes t JOIN attempts a ON a.id = t.attempt_id
           WHERE t.path IS NOT NULL
             AND (a.session_id = $1 OR a.follows IN (SELECT b.id FROM attempts b WHERE b.session_id = $1))
           ORDER BY t.path"#,
        id.0
    )
    .fetch_all(&mut *tx)
    .await?;
    let done = sqlx::query!(
        "DELETE FROM sessions
             WHERE id = $1 AND candidate_id IS NULL",
        id.0
    )
    .execute(&mut *tx)
    .await?;
    if done.rows_affected() == 0 {
        return Err(StorageError::not_found("session", id).into());
    }
    forget_snapshots(tx).await?;
    Ok(paths)
}

async fn delete_everything(tx: &mut Connection) -> Result<Vec<String>, Failure> {
    let held = sqlx::query_scalar!(r#"SELECT EXISTS (SELECT 1 FROM legal_holds) AS "held!: bool""#)
        .fetch_one(&mut *tx)
        .await?;
    if held {
        return Err(StorageError::from(RoundRefused::Held).into());
    }
    let paths =
        sqlx::query_scalar!(r#"SELECT path AS "path!" FROM takes WHERE path IS NOT NULL ORDER BY path"#)
            .fetch_all(&mut *tx)
            .await?;
    // Attempts, takes, transcripts, assessments and their jobs go with the sessions.
    sqlx::query!("DELETE FROM sessions").execute(&mut *tx).await?;
    sqlx::query!("DELETE FROM rounds").execute(&mut *tx).await?;
    sqlx::query!("DELETE FROM kits").execute(&mut *tx).await?;
    sqlx::query!("DELETE FROM question_snapshots").execute(&mut *tx).await?;
    sqlx::query!("DELETE FROM queued_jobs").execute(&mut *tx).await?;
    sqlx::query!("DELETE FROM settings").execute(&mut *tx).await?;
    Ok(paths)
}

/// An id that is there already is the caller's mistake or a second click, not a fault of the database.
pub(crate) fn taken(what: &'static str, error: sqlx::Error) -> Failure {
    match error.as_database_error() {
        Some(database) if database.is_unique_violation() => StorageError::Conflict { what }.into(),
        _ => error.into(),
    }
}
