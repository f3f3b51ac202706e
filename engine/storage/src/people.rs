//! People, invitations, logins and failed sign-ins. Passwords and tokens arrive here hashed; nothing that lets
//! anybody in is kept as it was.

use crate::error::StorageError;
use async_trait::async_trait;
use std::fmt;
use viva_core::clock::Timestamp;
use viva_core::ids::{CandidateId, InvitationId, LoginId, PersonId, RoundId};
use viva_core::people::{Person, PersonName, Role};

/// Keeps people and what lets them in.
#[async_trait]
pub trait People: Send + Sync {
    /// Whether there ever was a person. From then on the pages ask who one is.
    async fn has_people(&self) -> Result<bool, StorageError>;

    /// Adds an owner where there never was a person. Says whether it did.
    async fn add_first_owner(&self, person: &NewPerson) -> Result<bool, StorageError>;

    /// Adds a person. [`StorageError::Conflict`] where somebody has the name.
    async fn add_person(&self, person: &NewPerson) -> Result<(), StorageError>;

    /// Everybody who has not been removed, the first to join first.
    async fn people(&self) -> Result<Vec<PersonSummary>, StorageError>;

    /// A person, removed or not: what they rated names them.
    async fn person(&self, id: PersonId) -> Result<Option<Person>, StorageError>;

    /// How somebody proves who they are, by their name's [`PersonName::key`]; nobody who was removed.
    async fn credentials_of(&self, name_key: &str) -> Result<Option<Credentials>, StorageError>;

    /// The same by id.
    async fn credentials(&self, id: PersonId) -> Result<Option<Credentials>, StorageError>;

    /// Sets a password and ends every login but `keep`.
    async fn set_password(
        &self,
        id: PersonId,
        password: &str,
        keep: Option<LoginId>,
        at: Timestamp,
    ) -> Result<(), StorageError>;

    /// Removes a person: ends their logins and takes back their invitations. The last owner stays.
    async fn remove_person(&self, id: PersonId, at: Timestamp) -> Result<Removal, StorageError>;

    /// Switches the second step on, with the codes to recover by; earlier ones are void. `taken` is the half
    /// minute whose code proved that it works.
    async fn set_second_step(
        &self,
        id: PersonId,
        secret: &[u8],
        taken: i64,
        recovery: &[TokenHash],
    ) -> Result<(), StorageError>;

    /// Switches the second step off.
    async fn drop_second_step(&self, id: PersonId) -> Result<(), StorageError>;

    /// Takes the code of a half minute: only if none of it or a later one was taken before.
    async fn take_code(&self, id: PersonId, half_minute: i64) -> Result<bool, StorageError>;

    /// Takes a recovery code, once.
    async fn take_recovery_code(&self, id: PersonId, code: TokenHash) -> Result<bool, StorageError>;

    /// Keeps an invitation.
    async fn invite(&self, invitation: &NewInvitation) -> Result<(), StorageError>;

    /// An invitation that is still open, by its token.
    async fn invitation(&self, token: TokenHash, now: Timestamp) -> Result<Option<Invitation>, StorageError>;

    /// All that are still open, the latest first.
    async fn open_invitations(&self, now: Timestamp) -> Result<Vec<Invitation>, StorageError>;

    /// Takes an invitation back. Says whether it was open.
    async fn end_invitation(&self, id: InvitationId, at: Timestamp) -> Result<bool, StorageError>;

    /// Takes an invitation to join: uses it up, adds the person and signs them in, or does nothing where it is
    /// not open any more. [`StorageError::Conflict`] where somebody has the name; the invitation then stays.
    async fn join(
        &self,
        token: TokenHash,
        person: &NewPerson,
        login: &NewLogin,
    ) -> Result<bool, StorageError>;

    /// Takes a candidate's invitation: uses it up and starts the login, which must be the candidate's.
    async fn enter(&self, token: TokenHash, login: &NewLogin) -> Result<bool, StorageError>;

    /// Starts a login.
    async fn start_login(&self, login: &NewLogin) -> Result<(), StorageError>;

    /// Who a token belongs to, if its login goes on: not expired, not ended, seen after `idle_since`, and the
    /// person not removed.
    async fn login(
        &self,
        token: TokenHash,
        now: Timestamp,
        idle_since: Timestamp,
    ) -> Result<Option<Bearer>, StorageError>;

    /// Notes that a login was used.
    async fn touch_login(&self, id: LoginId, at: Timestamp) -> Result<(), StorageError>;

    /// A person's logins that go on, the last used first.
    async fn logins_of(
        &self,
        person: PersonId,
        now: Timestamp,
        idle_since: Timestamp,
    ) -> Result<Vec<Login>, StorageError>;

    /// Ends one login of a person. Says whether it went on.
    async fn end_login(&self, id: LoginId, of: LoginOf, at: Timestamp) -> Result<bool, StorageError>;

    /// Ends all logins of a person or candidate but `keep`. Returns how many went on.
    async fn end_logins(
        &self,
        of: LoginOf,
        keep: Option<LoginId>,
        at: Timestamp,
    ) -> Result<u64, StorageError>;

    /// Ends all logins and takes back all invitations: a restored copy must not bring back what was ended.
    async fn let_nobody_in(&self, at: Timestamp) -> Result<(), StorageError>;

    /// When sign-ins of a subject have failed since, the earliest first.
    async fn failed_sign_ins(
        &self,
        subject: TokenHash,
        since: Timestamp,
    ) -> Result<Vec<Timestamp>, StorageError>;

    /// Notes that a sign-in has failed, for each of its subjects, and forgets what is older than `before`.
    async fn note_failed_sign_in(
        &self,
        subjects: &[TokenHash],
        at: Timestamp,
        before: Timestamp,
    ) -> Result<(), StorageError>;

    /// Forgets a subject's failures.
    async fn forget_failed_sign_ins(&self, subject: TokenHash) -> Result<(), StorageError>;
}

/// SHA-256 of something secret or private. Its `Debug` says nothing.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct TokenHash(pub [u8; 32]);

impl fmt::Debug for TokenHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("TokenHash(..)")
    }
}

/// Somebody who joins.
#[derive(Clone)]
pub struct NewPerson {
    /// Who, with name, role and when.
    pub person: Person,
    /// Their password as a PHC string.
    pub password: String,
}

impl fmt::Debug for NewPerson {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("NewPerson").field("person", &self.person).finish_non_exhaustive()
    }
}

/// How somebody proves who they are.
#[derive(Clone, PartialEq, Eq)]
pub struct Credentials {
    /// Who.
    pub person: Person,
    /// Their password as a PHC string.
    pub password: String,
    /// The second step, where it is on.
    pub second: Option<SecondStep>,
}

impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Credentials").field("person", &self.person).finish_non_exhaustive()
    }
}

/// The second step of signing in: a code that changes every half minute.
#[derive(Clone, PartialEq, Eq)]
pub struct SecondStep {
    /// What codes are made of.
    pub secret: Vec<u8>,
    /// Recovery codes that are left.
    pub recovery_left: u32,
}

impl fmt::Debug for SecondStep {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SecondStep").field("recovery_left", &self.recovery_left).finish_non_exhaustive()
    }
}

/// A person in the list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PersonSummary {
    /// Who.
    pub person: Person,
    /// Whether a second step is on.
    pub second_step: bool,
    /// When they last did something while signed in.
    pub seen_at: Option<Timestamp>,
}

/// What became of removing a person.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Removal {
    /// They are removed.
    Removed,
    /// There is no such person any more.
    NotThere,
    /// They are the only owner, and stay.
    LastOwner,
}

/// An invitation that is made.
#[derive(Debug, Clone)]
pub struct NewInvitation {
    /// Its id, role, round, candidate and times.
    pub invitation: Invitation,
    /// What its link's token hashes to.
    pub token: TokenHash,
}

/// An invitation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Invitation {
    /// Made by the caller.
    pub id: InvitationId,
    /// What one becomes by it.
    pub role: Role,
    /// The round it is for; always there for a candidate.
    pub round: Option<RoundId>,
    /// The candidate whose room it opens; there exactly where the role is candidate.
    pub candidate: Option<CandidateId>,
    /// Who made it; none from the command line.
    pub made_by: Option<PersonId>,
    /// When it was made.
    pub made_at: Timestamp,
    /// From when on it opens nothing.
    pub expires_at: Timestamp,
}

/// Whose a login is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LoginOf {
    /// A person who signed in.
    Person(PersonId),
    /// A candidate who followed their invitation.
    Candidate {
        /// Who.
        candidate: CandidateId,
        /// In which round.
        round: RoundId,
    },
}

/// A login that begins.
#[derive(Debug, Clone)]
pub struct NewLogin {
    /// Made by the caller.
    pub id: LoginId,
    /// Whose it is.
    pub of: LoginOf,
    /// What the cookie's token hashes to.
    pub token: TokenHash,
    /// What the browser calls itself, cut short.
    pub user_agent: String,
    /// Now.
    pub at: Timestamp,
    /// From when on it lets nobody in.
    pub expires_at: Timestamp,
}

/// A login that goes on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Login {
    /// Its id.
    pub id: LoginId,
    /// What the browser calls itself.
    pub user_agent: String,
    /// When it began.
    pub created_at: Timestamp,
    /// When it was last used, to some minutes.
    pub seen_at: Timestamp,
    /// When it ends at the latest.
    pub expires_at: Timestamp,
}

/// Who holds a token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Bearer {
    /// A person who signed in.
    Person {
        /// Their login.
        login: Login,
        /// Who.
        person: Person,
    },
    /// A candidate who followed their invitation.
    Candidate {
        /// Their login.
        login: Login,
        /// Who.
        candidate: CandidateId,
        /// In which round.
        round: RoundId,
    },
}

impl Bearer {
    /// The login.
    pub fn login(&self) -> &Login {
        match self {
            Self::Person { login, .. } | Self::Candidate { login, .. } => login,
        }
    }
}

impl NewPerson {
    /// Joins the parts.
    pub fn new(id: PersonId, name: PersonName, role: Role, password: String, at: Timestamp) -> Self {
        Self { person: Person { id, name, role, joined_at: at }, password }
    }
}
