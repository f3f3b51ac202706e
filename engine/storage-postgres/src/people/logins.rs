//! Logins: a browser that somebody signed in with, until it ends.

use super::PersonRow;
use crate::Connection;
use crate::error::Failure;
use crate::plain::plain;
use crate::sessions::taken;
use uuid::Uuid;
use viva_core::clock::Timestamp;
use viva_core::ids::{CandidateId, LoginId, PersonId, RoundId};
use viva_storage::{Bearer, Login, LoginOf, NewLogin, StorageError, TokenHash};

pub(super) async fn start(tx: &mut Connection, login: &NewLogin) -> Result<(), Failure> {
    let hash = login.token.0.as_slice();
    let (person, candidate, round) = columns(login.of);
    sqlx::query!(
        "INSERT INTO logins (id, token_hash, person_id, round_id, candidate_id, user_agent, created_at, seen_at,
                             expires_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $7, $8)",
        login.id.0,
        hash,
        person,
        round,
        candidate,
        &*plain(&login.user_agent),
        login.at.0,
        login.expires_at.0
    )
    .execute(tx)
    .await
    .map_err(|error| taken("login", error))?;
    Ok(())
}

pub(super) async fn bearer(
    tx: &mut Connection,
    token: TokenHash,
    now: Timestamp,
    idle_since: Timestamp,
) -> Result<Option<Bearer>, Failure> {
    let hash = token.0.as_slice();
    let row = sqlx::query!(
        r#"SELECT logins.id, user_agent, created_at, seen_at, expires_at,
                  person_id, round_id,
                  candidate_id, name AS "name?", role AS "role?",
                  joined_at AS "joined_at?"
           FROM logins LEFT JOIN people ON people.id = person_id AND removed_at IS NULL
           WHERE token_hash = $1 AND revoked_at IS NULL AND expires_at > $2 AND seen_at >= $3"#,
        hash,
        now.0,
        idle_since.0
    )
    .fetch_optional(tx)
    .await?;
    let Some(row) = row else { return Ok(None) };
    let login = Login {
        id: LoginId(row.id),
        user_agent: row.user_agent,
        created_at: Timestamp(row.created_at),
        seen_at: Timestamp(row.seen_at),
        expires_at: Timestamp(row.expires_at),
    };
    match (row.person_id, row.candidate_id, row.round_id) {
        (Some(id), None, None) => {
            let (Some(name), Some(role), Some(joined_at)) = (row.name, row.role, row.joined_at) else {
                return Ok(None);
            };
            let person = PersonRow { id, name, role, joined_at }.read()?;
            Ok(Some(Bearer::Person { login, person }))
        }
        (None, Some(candidate), Some(round)) => {
            Ok(Some(Bearer::Candidate { login, candidate: CandidateId(candidate), round: RoundId(round) }))
        }
        _ => Err(StorageError::damaged("login", "it belongs to nobody").into()),
    }
}

pub(super) async fn of(
    tx: &mut Connection,
    person: PersonId,
    now: Timestamp,
    idle_since: Timestamp,
) -> Result<Vec<Login>, Failure> {
    let rows = sqlx::query!(
        r#"SELECT id, user_agent, created_at, seen_at, expires_at FROM logins
           WHERE person_id = $1 AND revoked_at IS NULL AND expires_at > $2 AND seen_at >= $3
           ORDER BY seen_at DESC, id DESC"#,
        person.0,
        now.0,
        idle_since.0
    )
    .fetch_all(tx)
    .await?;
    let login = |id, user_agent, created_at, seen_at, expires_at| Login {
        id: LoginId(id),
        user_agent,
        created_at: Timestamp(created_at),
        seen_at: Timestamp(seen_at),
        expires_at: Timestamp(expires_at),
    };
    Ok(rows
        .into_iter()
        .map(|row| login(row.id, row.user_agent, row.created_at, row.seen_at, row.expires_at))
        .collect())
}

pub(super) async fn end(
    tx: &mut Connection,
    id: LoginId,
    of: LoginOf,
    at: Timestamp,
) -> Result<bool, Failure> {
    let (person, candidate, _) = columns(of);
    let done = sqlx::query!(
        "UPDATE logins SET revoked_at = $4
         WHERE id = $1 AND revoked_at IS NULL AND (person_id = $2 OR candidate_id = $3)",
        id.0,
        person,
        candidate,
        at.0
    )
    .execute(tx)
    .await?;
    Ok(done.rows_affected() == 1)
}

pub(super) async fn end_all(
    tx: &mut Connection,
    of: LoginOf,
    keep: Option<LoginId>,
    at: Timestamp,
) -> Result<u64, Failure> {
    let (person, candidate, _) = columns(of);
    let keep = keep.map(|id| id.0);
    let done = sqlx::query!(
        "UPDATE logins SET revoked_at = $4
         WHERE (person_id = $1 OR candidate_id = $2) AND revoked_at IS NULL AND ($3::uuid IS NULL OR id <> $3)",
        person,
        candidate,
        keep,
        at.0
    )
    .execute(tx)
    .await?;
    Ok(done.rows_affected())
}

/// Person, candidate, round.
fn columns(of: LoginOf) -> (Option<Uuid>, Option<Uuid>, Option<Uuid>) {
    match of {
        LoginOf::Person(person) => (Some(person.0), None, None),
        LoginOf::Candidate { candidate, round } => (None, Some(candidate.0), Some(round.0)),
    }
}
