//! People over PostgreSQL. Whatever may happen only once is one statement that says so.

mod logins;

use crate::error::Failure;
use crate::sessions::taken;
use crate::{Connection, PostgresStore};
use async_trait::async_trait;
use uuid::Uuid;
use viva_core::clock::Timestamp;
use viva_core::ids::{CandidateId, InvitationId, LoginId, PersonId, RoundId};
use viva_core::people::Person;
use viva_storage::columns::{number, parsed};
use viva_storage::{
    Bearer, Credentials, Invitation, Login, LoginOf, NewInvitation, NewLogin, NewPerson, People,
    PersonSummary, Removal, SecondStep, StorageError, TokenHash,
};

#[async_trait]
impl People for PostgresStore {
    async fn has_people(&self) -> Result<bool, StorageError> {
        let found = sqlx::query_scalar!(r#"SELECT EXISTS (SELECT 1 FROM people) AS "there!""#)
            .fetch_one(&self.pool)
            .await;
        self.told(found.map_err(Failure::from))
    }

    async fn add_first_owner(&self, person: &NewPerson) -> Result<bool, StorageError> {
        serialised!(self, tx => add_first_owner(tx, person))
    }

    async fn add_person(&self, person: &NewPerson) -> Result<(), StorageError> {
        serialised!(self, tx => add(tx, person))
    }

    async fn people(&self) -> Result<Vec<PersonSummary>, StorageError> {
        let mut tx = self.look().await?;
        self.told(list(&mut tx).await)
    }

    async fn person(&self, id: PersonId) -> Result<Option<Person>, StorageError> {
        let found =
            sqlx::query_as!(PersonRow, "SELECT id, name, role, joined_at FROM people WHERE id = $1", id.0)
                .fetch_optional(&self.pool)
                .await;
        let row = self.told(found.map_err(Failure::from))?;
        self.told(row.map(PersonRow::read).transpose())
    }

    async fn credentials_of(&self, name_key: &str) -> Result<Option<Credentials>, StorageError> {
        let mut tx = self.look().await?;
        let found =
            sqlx::query_scalar!("SELECT id FROM people WHERE name_key = $1 AND removed_at IS NULL", name_key)
                .fetch_optional(&mut *tx)
                .await;
        match self.told(found.map_err(Failure::from))? {
            Some(id) => self.told(credentials(&mut tx, PersonId(id)).await),
            None => Ok(None),
        }
    }

    async fn credentials(&self, id: PersonId) -> Result<Option<Credentials>, StorageError> {
        let mut tx = self.look().await?;
        self.told(credentials(&mut tx, id).await)
    }

    async fn set_password(
        &self,
        id: PersonId,
        password: &str,
        keep: Option<LoginId>,
        at: Timestamp,
    ) -> Result<(), StorageError> {
        serialised!(self, tx => set_password(tx, id, password, keep, at))
    }

    async fn remove_person(&self, id: PersonId, at: Timestamp) -> Result<Removal, StorageError> {
        serialised!(self, tx => remove(tx, id, at))
    }

    async fn set_second_step(
        &self,
        id: PersonId,
        secret: &[u8],
        taken: i64,
        recovery: &[TokenHash],
    ) -> Result<(), StorageError> {
        serialised!(self, tx => set_second_step(tx, id, secret, taken, recovery))
    }

    async fn drop_second_step(&self, id: PersonId) -> Result<(), StorageError> {
        serialised!(self, tx => drop_second_step(tx, id))
    }

    async fn take_code(&self, id: PersonId, half_minute: i64) -> Result<bool, StorageError> {
        serialised!(self, tx => take_code(tx, id, half_minute))
    }

    async fn take_recovery_code(&self, id: PersonId, code: TokenHash) -> Result<bool, StorageError> {
        serialised!(self, tx => take_recovery_code(tx, id, code))
    }

    async fn invite(&self, invitation: &NewInvitation) -> Result<(), StorageError> {
        serialised!(self, tx => invite(tx, invitation))
    }

    async fn invitation(&self, token: TokenHash, now: Timestamp) -> Result<Option<Invitation>, StorageError> {
        let hash = token.0.as_slice();
        let found = sqlx::query_as!(
            InvitationRow,
            r#"SELECT id, role, round_id, candidate_id,
                      made_by, made_at, expires_at
               FROM invitations WHERE token_hash = $1 AND ended_at IS NULL AND expires_at > $2"#,
            hash,
            now.0
        )
        .fetch_optional(&self.pool)
        .await;
        let row = self.told(found.map_err(Failure::from))?;
        self.told(row.map(InvitationRow::read).transpose())
    }

    async fn open_invitations(&self, now: Timestamp) -> Result<Vec<Invitation>, StorageError> {
        let found = sqlx::query_as!(
            InvitationRow,
            r#"SELECT id, role, round_id, candidate_id,
                      made_by, made_at, expires_at
               FROM invitations WHERE ended_at IS NULL AND expires_at > $1 ORDER BY made_at DESC, id DESC"#,
            now.0
        )
        .fetch_all(&self.pool)
        .await;
        let rows = self.told(found.map_err(Failure::from))?;
        self.told(rows.into_iter().map(InvitationRow::read).collect())
    }

    async fn end_invitation(&self, id: InvitationId, at: Timestamp) -> Result<bool, StorageError> {
        serialised!(self, tx => end_invitation(tx, id, at))
    }

    async fn join(
        &self,
        token: TokenHash,
        person: &NewPerson,
        login: &NewLogin,
    ) -> Result<bool, StorageError> {
        serialised!(self, tx => join(tx, token, person, login))
    }

    async fn enter(&self, token: TokenHash, login: &NewLogin) -> Result<bool, StorageError> {
        serialised!(self, tx => enter(tx, token, login))
    }

    async fn start_login(&self, login: &NewLogin) -> Result<(), StorageError> {
        serialised!(self, tx => logins::start(tx, login))
    }

    async fn login(
        &self,
        token: TokenHash,
        now: Timestamp,
        idle_since: Timestamp,
    ) -> Result<Option<Bearer>, StorageError> {
        let mut tx = self.look().await?;
        self.told(logins::bearer(&mut tx, token, now, idle_since).await)
    }

    async fn touch_login(&self, id: LoginId, at: Timestamp) -> Result<(), StorageError> {
        serialised!(self, tx => touch_login(tx, id, at))
    }

    async fn logins_of(
        &self,
        person: PersonId,
        now: Timestamp,
        idle_since: Timestamp,
    ) -> Result<Vec<Login>, StorageError> {
        let mut tx = self.look().await?;
        self.told(logins::of(&mut tx, person, now, idle_since).await)
    }

    async fn end_login(&self, id: LoginId, of: LoginOf, at: Timestamp) -> Result<bool, StorageError> {
        serialised!(self, tx => logins::end(tx, id, of, at))
    }

    async fn end_logins(
        &self,
        of: LoginOf,
        keep: Option<LoginId>,
        at: Timestamp,
    ) -> Result<u64, StorageError> {
        serialised!(self, tx => logins::end_all(tx, of, keep, at))
    }

    async fn let_nobody_in(&self, at: Timestamp) -> Result<(), StorageError> {
        serialised!(self, tx => let_nobody_in(tx, at))
    }

    async fn failed_sign_ins(
        &self,
        subject: TokenHash,
        since: Timestamp,
    ) -> Result<Vec<Timestamp>, StorageError> {
        let subject = subject.0.as_slice();
        let found = sqlx::query_scalar!(
            "SELECT at FROM failed_sign_ins WHERE subject = $1 AND at >= $2 ORDER BY at",
            subject,
            since.0
        )
        .fetch_all(&self.pool)
        .await;
        Ok(self.told(found.map_err(Failure::from))?.into_iter().map(Timestamp).collect())
    }

    async fn note_failed_sign_in(
        &self,
        subjects: &[TokenHash],
        at: Timestamp,
        before: Timestamp,
    ) -> Result<(), StorageError> {
        serialised!(self, tx => note_failed_sign_in(tx, subjects, at, before))
    }

    async fn forget_failed_sign_ins(&self, subject: TokenHash) -> Result<(), StorageError> {
        serialised!(self, tx => forget_failed_sign_ins(tx, subject))
    }
}

async fn add_first_owner(tx: &mut Connection, person: &NewPerson) -> Result<bool, Failure> {
    let found = sqlx::query_scalar!(r#"SELECT EXISTS (SELECT 1 FROM people) AS "there!""#)
        .fetch_one(&mut *tx)
        .await?;
    if found {
        return Ok(false);
    }
    add(tx, person).await?;
    Ok(true)
}

async fn set_password(
    tx: &mut Connection,
    id: PersonId,
    password: &str,
    keep: Option<LoginId>,
    at: Timestamp,
) -> Result<(), Failure> {
    let done =
        sqlx::query!("UPDATE people SET password = $2 WHERE id = $1 AND removed_at IS NULL", id.0, password)
            .execute(&mut *tx)
            .await?;
    if done.rows_affected() == 0 {
        return Err(StorageError::not_found("person", id).into());
    }
    logins::end_all(tx, LoginOf::Person(id), keep, at).await?;
    Ok(())
}

async fn set_second_step(
    tx: &mut Connection,
    id: PersonId,
    secret: &[u8],
    taken: i64,
    recovery: &[TokenHash],
) -> Result<(), Failure> {
    let done = sqlx::query!(
        "UPDATE people SET second_secret = $2, second_taken = $3 WHERE id = $1 AND removed_at IS NULL",
        id.0,
        secret,
        taken
    )
    .execute(&mut *tx)
    .await?;
    if done.rows_affected() == 0 {
        return Err(StorageError::not_found("person", id).into());
    }
    replace_recovery(tx, id, recovery).await?;
    Ok(())
}

async fn drop_second_step(tx: &mut Connection, id: PersonId) -> Result<(), Failure> {
    sqlx::query!("UPDATE people SET second_secret = NULL, second_taken = NULL WHERE id = $1", id.0)
        .execute(&mut *tx)
        .await?;
    replace_recovery(tx, id, &[]).await?;
    Ok(())
}

async fn take_code(tx: &mut Connection, id: PersonId, half_minute: i64) -> Result<bool, Failure> {
    let done = sqlx::query!(
        "UPDATE people SET second_taken = $2 WHERE id = $1 AND removed_at IS NULL AND second_taken < $2",
        id.0,
        half_minute
    )
    .execute(&mut *tx)
    .await?;
    Ok(done.rows_affected() == 1)
}

async fn take_recovery_code(tx: &mut Connection, id: PersonId, code: TokenHash) -> Result<bool, Failure> {
    let hash = code.0.as_slice();
    let done = sqlx::query!("DELETE FROM recovery_codes WHERE person_id = $1 AND code_hash = $2", id.0, hash)
        .execute(&mut *tx)
        .await?;
    Ok(done.rows_affected() == 1)
}

async fn invite(tx: &mut Connection, invitation: &NewInvitation) -> Result<(), Failure> {
    let hash = invitation.token.0.as_slice();
    let invitation = &invitation.invitation;
    let role = invitation.role.as_str();
    let (round, candidate, made_by) = (
        invitation.round.map(|id| id.0),
        invitation.candidate.map(|id| id.0),
        invitation.made_by.map(|id| id.0),
    );
    sqlx::query!(
        "INSERT INTO invitations (id, token_hash, role, round_id, candidate_id, made_by, made_at, expires_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
        invitation.id.0,
        hash,
        role,
        round,
        candidate,
        made_by,
        invitation.made_at.0,
        invitation.expires_at.0
    )
    .execute(&mut *tx)
    .await
    .map_err(|error| taken("invitation", error))?;
    Ok(())
}

async fn end_invitation(tx: &mut Connection, id: InvitationId, at: Timestamp) -> Result<bool, Failure> {
    let done =
        sqlx::query!("UPDATE invitations SET ended_at = $2 WHERE id = $1 AND ended_at IS NULL", id.0, at.0)
            .execute(&mut *tx)
            .await?;
    Ok(done.rows_affected() == 1)
}

async fn join(
    tx: &mut Connection,
    token: TokenHash,
    person: &NewPerson,
    login: &NewLogin,
) -> Result<bool, Failure> {
    let (hash, role) = (token.0.as_slice(), person.person.role.as_str());
    let done = sqlx::query!(
        "UPDATE invitations SET ended_at = $2
         WHERE token_hash = $1 AND ended_at IS NULL AND expires_at > $2 AND role = $3",
        hash,
        login.at.0,
        role
    )
    .execute(&mut *tx)
    .await?;
    if done.rows_affected() == 0 {
        return Ok(false);
    }
    add(tx, person).await?;
    logins::start(tx, login).await?;
    Ok(true)
}

async fn enter(tx: &mut Connection, token: TokenHash, login: &NewLogin) -> Result<bool, Failure> {
    let LoginOf::Candidate { candidate, round } = login.of else { return Ok(false) };
    let hash = token.0.as_slice();
    let done = sqlx::query!(
        "UPDATE invitations SET ended_at = $2
         WHERE token_hash = $1 AND ended_at IS NULL AND expires_at > $2 AND candidate_id = $3 AND round_id = $4",
        hash,
        login.at.0,
        candidate.0,
        round.0
    )
    .execute(&mut *tx)
    .await?;
    if done.rows_affected() == 0 {
        return Ok(false);
    }
    logins::start(tx, login).await?;
    Ok(true)
}

async fn touch_login(tx: &mut Connection, id: LoginId, at: Timestamp) -> Result<(), Failure> {
    sqlx::query!("UPDATE logins SET seen_at = $2 WHERE id = $1 AND seen_at < $2", id.0, at.0)
        .execute(&mut *tx)
        .await?;
    Ok(())
}

async fn let_nobody_in(tx: &mut Connection, at: Timestamp) -> Result<(), Failure> {
    sqlx::query!("UPDATE logins SET revoked_at = $1 WHERE revoked_at IS NULL", at.0)
        .execute(&mut *tx)
        .await?;
    sqlx::query!("UPDATE invitations SET ended_at = $1 WHERE ended_at IS NULL", at.0)
        .execute(&mut *tx)
        .await?;
    Ok(())
}

async fn note_failed_sign_in(
    tx: &mut Connection,
    subjects: &[TokenHash],
    at: Timestamp,
    before: Timestamp,
) -> Result<(), Failure> {
    for subject in subjects {
        let subject = subject.0.as_slice();
        sqlx::query!("INSERT INTO failed_sign_ins (subject, at) VALUES ($1, $2)", subject, at.0)
            .execute(&mut *tx)
            .await?;
    }
    sqlx::query!("DELETE FROM failed_sign_ins WHERE at < $1", before.0).execute(&mut *tx).await?;
    Ok(())
}

async fn forget_failed_sign_ins(tx: &mut Connection, subject: TokenHash) -> Result<(), Failure> {
    let subject = subject.0.as_slice();
    sqlx::query!("DELETE FROM failed_sign_ins WHERE subject = $1", subject).execute(&mut *tx).await?;
    Ok(())
}

async fn add(tx: &mut Connection, new: &NewPerson) -> Result<(), Failure> {
    let person = &new.person;
    let (name, key, role) = (person.name.as_str(), person.name.key(), person.role.as_str());
    sqlx::query!(
        "INSERT INTO people (id, name, name_key, role, password, joined_at) VALUES ($1, $2, $3, $4, $5, $6)",
        person.id.0,
        name,
        key,
        role,
        new.password,
        person.joined_at.0
    )
    .execute(tx)
    .await
    .map_err(|error| taken("name", error))?;
    Ok(())
}

async fn remove(tx: &mut Connection, id: PersonId, at: Timestamp) -> Result<Removal, Failure> {
    let role = sqlx::query_scalar!("SELECT role FROM people WHERE id = $1 AND removed_at IS NULL", id.0)
        .fetch_optional(&mut *tx)
        .await?;
    let Some(role) = role else { return Ok(Removal::NotThere) };
    if role == "owner" {
        let owners = sqlx::query_scalar!(
            r#"SELECT count(*) AS "owners!" FROM people WHERE role = 'owner' AND removed_at IS NULL"#
        )
        .fetch_one(&mut *tx)
        .await?;
        if owners < 2 {
            return Ok(Removal::LastOwner);
        }
    }
    // The password and the second step are of no more use to anybody.
    sqlx::query!(
        "UPDATE people SET removed_at = $2, password = '', second_secret = NULL, second_taken = NULL WHERE id = $1",
        id.0,
        at.0
    )
    .execute(&mut *tx)
    .await?;
    replace_recovery(tx, id, &[]).await?;
    logins::end_all(tx, LoginOf::Person(id), None, at).await?;
    sqlx::query!("UPDATE invitations SET ended_at = $2 WHERE made_by = $1 AND ended_at IS NULL", id.0, at.0)
        .execute(tx)
        .await?;
    Ok(Removal::Removed)
}

async fn replace_recovery(tx: &mut Connection, id: PersonId, codes: &[TokenHash]) -> Result<(), Failure> {
    sqlx::query!("DELETE FROM recovery_codes WHERE person_id = $1", id.0).execute(&mut *tx).await?;
    for code in codes {
        let hash = code.0.as_slice();
        sqlx::query!("INSERT INTO recovery_codes (person_id, code_hash) VALUES ($1, $2)", id.0, hash)
            .execute(&mut *tx)
            .await?;
    }
    Ok(())
}

async fn credentials(tx: &mut Connection, id: PersonId) -> Result<Option<Credentials>, Failure> {
    let row = sqlx::query!(
        r#"SELECT id, name, role, joined_at, password, second_secret,
                  (SELECT count(*) FROM recovery_codes WHERE person_id = people.id) AS "recovery_left!"
           FROM people WHERE id = $1 AND removed_at IS NULL"#,
        id.0
    )
    .fetch_optional(tx)
    .await?;
    let Some(row) = row else { return Ok(None) };
    let person = PersonRow { id: row.id, name: row.name, role: row.role, joined_at: row.joined_at }.read()?;
    let recovery_left = number("recovery codes", row.recovery_left)?;
    let second = row.second_secret.map(|secret| SecondStep { secret, recovery_left });
    Ok(Some(Credentials { person, password: row.password, second }))
}

async fn list(tx: &mut Connection) -> Result<Vec<PersonSummary>, Failure> {
    let rows = sqlx::query!(
        r#"SELECT id, name, role, joined_at, second_secret IS NOT NULL AS "second_step!",
                  (SELECT max(seen_at) FROM logins WHERE person_id = people.id) AS seen_at
           FROM people WHERE removed_at IS NULL ORDER BY joined_at, id"#
    )
    .fetch_all(tx)
    .await?;
    let summary = |row: PersonRow, second_step, seen_at: Option<i64>| {
        Ok(PersonSummary { person: row.read()?, second_step, seen_at: seen_at.map(Timestamp) })
    };
    rows.into_iter()
        .map(|row| {
            let person = PersonRow { id: row.id, name: row.name, role: row.role, joined_at: row.joined_at };
            summary(person, row.second_step, row.seen_at)
        })
        .collect()
}

/// A person's own columns.
struct PersonRow {
    id: Uuid,
    name: String,
    role: String,
    joined_at: i64,
}

impl PersonRow {
    fn read(self) -> Result<Person, Failure> {
        Ok(Person {
            id: PersonId(self.id),
            name: parsed("name", &self.name)?,
            role: parsed("role", &self.role)?,
            joined_at: Timestamp(self.joined_at),
        })
    }
}

struct InvitationRow {
    id: Uuid,
    role: String,
    round_id: Option<Uuid>,
    candidate_id: Option<Uuid>,
    made_by: Option<Uuid>,
    made_at: i64,
    expires_at: i64,
}

impl InvitationRow {
    fn read(self) -> Result<Invitation, Failure> {
        Ok(Invitation {
            id: InvitationId(self.id),
            role: parsed("role", &self.role)?,
            round: self.round_id.map(RoundId),
            candidate: self.candidate_id.map(CandidateId),
            made_by: self.made_by.map(PersonId),
            made_at: Timestamp(self.made_at),
            expires_at: Timestamp(self.expires_at),
        })
    }
}
