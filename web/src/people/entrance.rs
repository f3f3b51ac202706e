//! Letting people in: signing in, joining by invitation, and whose request this is. Pages ask; nothing here is drawn.

use super::cookie::Transport;
use super::passwords::Passwords;
use super::second_step;
use super::tokens::{Token, recovery_hash, subject};
use super::visitor::Visitor;
use super::waiting::{ADDRESS, COUNTED, NAME};

use async_trait::async_trait;
use axum::http::{HeaderMap, header};
use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use tokio::sync::Semaphore;
use uuid::Uuid;
use viva_core::clock::Timestamp;
use viva_core::ids::{CandidateId, InvitationId, LoginId, PersonId, RoundId};
use viva_core::people::{Person, PersonName, Role};
use viva_core::round::Seat;
use viva_core::units::Millis;
use viva_storage::{
    Act, Bearer, Invitation, Login, LoginOf, NewInvitation, NewLogin, NewPerson, StorageError, Store,
    TokenHash,
};

const DAY: u64 = 24 * 60 * 60 * 1000;
/// A person's login ends after so long, used or not.
const LOGIN: Millis = Millis(14 * DAY);
/// A login that was not used for so long is over.
const IDLE: Millis = Millis(3 * DAY);
/// A candidate's login ends after so long: an interview is a matter of hours.
const CANDIDATE_LOGIN: Millis = Millis(DAY / 2);
/// An invitation that nobody took is void after so long.
pub const INVITATION: Millis = Millis(7 * DAY);
/// When a login was last used is kept to this.
const SEEN: Millis = Millis(5 * 60 * 1000);
/// How many may be signing in at once before others are asked to come back.
const QUEUE: usize = 32;
/// Bytes kept of what a browser calls itself.
const USER_AGENT: usize = 200;

/// Who sits where. The rights table asks; rounds answer.
#[async_trait]
pub trait Seating: Send + Sync {
    /// What somebody is where a request goes.
    async fn seat(&self, person: PersonId, spot: Spot) -> Result<Option<Seat>, StorageError>;
}

/// What an address names: a round, or a candidate and so their round.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Spot {
    /// A round.
    Round(RoundId),
    /// A candidate.
    Candidate(CandidateId),
}

/// Why somebody is not let in. Says nothing about whether a name exists.
#[derive(Debug, thiserror::Error)]
pub enum Refused {
    /// Name, password or code do not fit.
    #[error("Name, password or code do not fit.")]
    DoesNotFit,
    /// Too many tries.
    #[error("Too many tries have failed. Wait {}, then try again.", super::waiting::says(*.0))]
    Wait(Millis),
    /// Too many at once.
    #[error("Many are signing in at this moment. Try again in a few seconds.")]
    Busy,
    /// The invitation was used, taken back or is too old.
    #[error("This invitation is not open any more.")]
    NoInvitation,
    /// Somebody has the name.
    #[error("Somebody here has this name. Add a second name or a number.")]
    NameTaken,
    /// Something broke on our side.
    #[error(transparent)]
    Broken(#[from] anyhow::Error),
}

impl From<StorageError> for Refused {
    fn from(error: StorageError) -> Self {
        Self::Broken(error.into())
    }
}

/// The door.
pub struct Entrance {
    store: Arc<dyn Store>,
    seating: Arc<dyn Seating>,
    /// Hashes passwords.
    pub passwords: Passwords,
    /// How pages come to browsers.
    pub transport: Transport,
    /// There were people once, so there are; nothing makes an installation forget them.
    inhabited: AtomicBool,
    /// One at a time is looked at, so that tries side by side are counted one after the other.
    turn: tokio::sync::Mutex<()>,
    queue: Semaphore,
}

/// What somebody gave to sign in.
pub struct Attempt {
    /// As typed.
    pub name: String,
    /// As typed.
    pub password: String,
    /// As typed; empty without a second step.
    pub code: String,
}

/// Where a request comes from.
#[derive(Debug, Clone)]
pub struct Coming {
    /// The other end of the connection.
    pub address: Option<IpAddr>,
    /// What the browser calls itself.
    pub user_agent: String,
    /// The login it came with.
    pub before: Option<Token>,
}

impl Entrance {
    /// A door to what is kept.
    pub fn new(store: Arc<dyn Store>, seating: Arc<dyn Seating>, transport: Transport) -> Self {
        Self {
            store,
            seating,
            passwords: Passwords::new(),
            transport,
            inhabited: AtomicBool::new(false),
            turn: tokio::sync::Mutex::new(()),
            queue: Semaphore::new(QUEUE),
        }
    }

    /// Whether there are people, so that pages ask who one is.
    pub async fn is_inhabited(&self) -> Result<bool, StorageError> {
        if self.inhabited.load(Ordering::Relaxed) {
            return Ok(true);
        }
        let inhabited = self.store.has_people().await?;
        self.inhabited.fetch_or(inhabited, Ordering::Relaxed);
        Ok(inhabited)
    }

    /// What somebody is where a request goes.
    pub async fn seat(&self, person: PersonId, spot: Spot) -> Result<Option<Seat>, StorageError> {
        self.seating.seat(person, spot).await
    }

    /// Who sends a request with these headers, and by which login.
    pub async fn who(
        &self,
        headers: &HeaderMap,
        now: Timestamp,
    ) -> Result<(Visitor, Option<LoginId>), StorageError> {
        if !self.is_inhabited().await? {
            return Ok((Visitor::Alone, None));
        }
        let Some(token) = self.transport.read(headers) else { return Ok((Visitor::Nobody, None)) };
        let Some(bearer) = self.store.login(token.hash(), now, earlier(now, IDLE)).await? else {
            return Ok((Visitor::Nobody, None));
        };
        let login = bearer.login();
        let id = login.id;
        if earlier(now, SEEN) > login.seen_at {
            self.store.touch_login(id, now).await?;
        }
        let visitor = match bearer {
            Bearer::Person { person, .. } => Visitor::Person(person),
            Bearer::Candidate { candidate, round, .. } => Visitor::Candidate { candidate, round },
        };
        Ok((visitor, Some(id)))
    }

    /// Signs somebody in, or says why not. What it does is the same whether anybody has the name or not.
    pub async fn sign_in(&self, attempt: Attempt, from: Coming, now: Timestamp) -> Result<Token, Refused> {
        let _place = self.queue.try_acquire().map_err(|_| Refused::Busy)?;
        let _turn = self.turn.lock().await;
        // What is no name is looked up all the same, so that it costs the same; databases take no NUL.
        let typed = attempt.name.chars().filter(|c| !c.is_control()).take(PersonName::LONGEST);
        let name = attempt.name.parse::<PersonName>().ok();
        let key = name.map_or_else(|| typed.collect(), |name| name.key());
        let of_name = subject("name", &key);
        let of_address = subject("address", &network(from.address));
        let since = earlier(now, COUNTED);
        let wait = NAME
            .wait(&self.store.failed_sign_ins(of_name, since).await?, now)
            .max(ADDRESS.wait(&self.store.failed_sign_ins(of_address, since).await?, now));
        if wait > Millis(0) {
            return Err(Refused::Wait(wait));
        }
        let found = self.store.credentials_of(&key).await?;
        let fits =
            self.passwords.fits(attempt.password, found.as_ref().map(|found| found.password.clone())).await?;
        let secret =
            found.as_ref().and_then(|found| found.second.as_ref()).map(|second| second.secret.as_slice());
        let half_minute = second_step::half_minute(secret.unwrap_or(&[0; 20]), &attempt.code, now);
        let person = match found {
            Some(found) if fits => {
                let id = found.person.id;
                let proven = found.second.is_none() || self.take_code(id, &attempt.code, half_minute).await?;
                proven.then_some(found.person)
            }
            _ => None,
        };
        let Some(person) = person else {
            self.store.note_failed_sign_in(&[of_name, of_address], now, since).await?;
            tracing::info!("a sign-in failed");
            return Err(Refused::DoesNotFit);
        };
        self.store.forget_failed_sign_ins(of_name).await?;
        self.leave(&from, now).await?;
        let (token, login) = self.login(LoginOf::Person(person.id), &from, now, LOGIN);
        self.store.start_login(&login).await?;
        tracing::info!(person = %person.id, "signed in");
        Ok(token)
    }

    async fn take_code(
        &self,
        id: PersonId,
        code: &str,
        half_minute: Option<i64>,
    ) -> Result<bool, StorageError> {
        if let Some(half_minute) = half_minute {
            return self.store.take_code(id, half_minute).await;
        }
        match recovery_hash(code) {
            Some(code) => self.store.take_recovery_code(id, code).await,
            None => Ok(false),
        }
    }

    /// Whether this is a person's password, with the same waits as signing in.
    pub async fn is_password_of(
        &self,
        person: &Person,
        password: String,
        now: Timestamp,
    ) -> Result<(), Refused> {
        let _place = self.queue.try_acquire().map_err(|_| Refused::Busy)?;
        let _turn = self.turn.lock().await;
        let subject = subject("name", &person.name.key());
        let since = earlier(now, COUNTED);
        let wait = NAME.wait(&self.store.failed_sign_ins(subject, since).await?, now);
        if wait > Millis(0) {
            return Err(Refused::Wait(wait));
        }
        let found = self.store.credentials(person.id).await?;
        if self.passwords.fits(password, found.map(|found| found.password)).await? {
            return Ok(());
        }
        self.store.note_failed_sign_in(&[subject], now, since).await?;
        Err(Refused::DoesNotFit)
    }

    /// Makes the first owner and signs them in. Nothing happens where there are people.
    pub async fn first_owner(
        &self,
        name: PersonName,
        password: String,
        from: Coming,
        now: Timestamp,
    ) -> Result<Token, Refused> {
        let password = self.passwords.hash(password).await?;
        let owner = NewPerson::new(PersonId(Uuid::now_v7()), name, Role::Owner, password, now);
        if !self.store.add_first_owner(&owner).await? {
            return Err(Refused::NoInvitation);
        }
        let (token, login) = self.login(LoginOf::Person(owner.person.id), &from, now, LOGIN);
        self.store.start_login(&login).await?;
        Ok(token)
    }

    /// Makes an invitation. Its token is shown once and not kept.
    pub async fn invite(
        &self,
        role: Role,
        room: Option<(RoundId, Option<CandidateId>)>,
        by: Option<PersonId>,
        now: Timestamp,
    ) -> Result<(Token, Invitation), StorageError> {
        let token = Token::new();
        let invitation = Invitation {
            id: InvitationId(Uuid::now_v7()),
            role,
            round: room.map(|(round, _)| round),
            candidate: room.and_then(|(_, candidate)| candidate),
            made_by: by,
            made_at: now,
            expires_at: now.after(INVITATION),
        };
        self.store.invite(&NewInvitation { invitation: invitation.clone(), token: token.hash() }).await?;
        Ok((token, invitation))
    }

    /// The open invitation of a link.
    pub async fn invitation(
        &self,
        text: &str,
        now: Timestamp,
    ) -> Result<Option<(TokenHash, Invitation)>, StorageError> {
        let Some(token) = Token::read(text) else { return Ok(None) };
        let hash = token.hash();
        Ok(self.store.invitation(hash, now).await?.map(|invitation| (hash, invitation)))
    }

    /// Takes an invitation to join: adds the person, gives them their seat and signs them in.
    pub async fn join(
        &self,
        (hash, invitation): (TokenHash, Invitation),
        name: PersonName,
        password: String,
        from: Coming,
        now: Timestamp,
    ) -> Result<Token, Refused> {
        let password = self.passwords.hash(password).await?;
        let person = NewPerson::new(PersonId(Uuid::now_v7()), name, invitation.role, password, now);
        let (token, login) = self.login(LoginOf::Person(person.person.id), &from, now, LOGIN);
        match self.store.join(hash, &person, &login).await {
            Ok(true) => {}
            Ok(false) => return Err(Refused::NoInvitation),
            Err(StorageError::Conflict { .. }) => return Err(Refused::NameTaken),
            Err(error) => return Err(error.into()),
        }
        if let Some(round) = invitation.round {
            let seat = match invitation.role {
                Role::Owner => Seat::Owner,
                Role::Interviewer => Seat::Interviewer,
                Role::Observer | Role::Candidate => Seat::Observer,
            };
            // They have joined whatever becomes of it; an owner can seat them from the round.
            if let Err(error) =
                self.store.give_seat(round, person.person.id, seat, Act::of(person.person.id, now)).await
            {
                tracing::warn!(%error, %round, "somebody joined and could not be given their seat");
            }
        }
        self.leave(&from, now).await?;
        tracing::info!(person = %person.person.id, role = %invitation.role, "somebody joined");
        Ok(token)
    }

    /// Takes a candidate's invitation: this browser enters their room.
    pub async fn enter(
        &self,
        (hash, invitation): (TokenHash, Invitation),
        from: Coming,
        now: Timestamp,
    ) -> Result<Token, Refused> {
        let (Some(candidate), Some(round)) = (invitation.candidate, invitation.round) else {
            return Err(Refused::NoInvitation);
        };
        let of = LoginOf::Candidate { candidate, round };
        let (token, login) = self.login(of, &from, now, CANDIDATE_LOGIN);
        if !self.store.enter(hash, &login).await? {
            return Err(Refused::NoInvitation);
        }
        self.leave(&from, now).await?;
        tracing::info!(%candidate, "a candidate came in");
        Ok(token)
    }

    /// Ends the login that a browser came with.
    pub async fn leave(&self, from: &Coming, now: Timestamp) -> Result<(), StorageError> {
        let Some(token) = &from.before else { return Ok(()) };
        let Some(bearer) = self.store.login(token.hash(), now, earlier(now, IDLE)).await? else {
            return Ok(());
        };
        let of = match bearer {
            Bearer::Person { ref person, .. } => LoginOf::Person(person.id),
            Bearer::Candidate { candidate, round, .. } => LoginOf::Candidate { candidate, round },
        };
        self.store.end_login(bearer.login().id, of, now).await?;
        Ok(())
    }

    /// A person's logins that go on.
    pub async fn logins(&self, person: PersonId, now: Timestamp) -> Result<Vec<Login>, StorageError> {
        self.store.logins_of(person, now, earlier(now, IDLE)).await
    }

    fn login(&self, of: LoginOf, from: &Coming, now: Timestamp, length: Millis) -> (Token, NewLogin) {
        let token = Token::new();
        let login = NewLogin {
            id: LoginId(Uuid::now_v7()),
            of,
            token: token.hash(),
            user_agent: from.user_agent.clone(),
            at: now,
            expires_at: now.after(length),
        };
        (token, login)
    }
}

fn earlier(now: Timestamp, by: Millis) -> Timestamp {
    Timestamp(now.0.saturating_sub_unsigned(by.0))
}

/// What counts as one address: an IPv6 network has more addresses than anybody could count.
fn network(address: Option<IpAddr>) -> String {
    match address.map(|address| address.to_canonical()) {
        None => "unknown".to_owned(),
        Some(IpAddr::V4(address)) => address.to_string(),
        Some(IpAddr::V6(address)) => {
            let [a, b, c, d, ..] = address.segments();
            format!("{a:x}:{b:x}:{c:x}:{d:x}::/64")
        }
    }
}

/// What a browser calls itself, cut short and without what is not shown.
pub fn user_agent(headers: &HeaderMap) -> String {
    let text = headers.get(header::USER_AGENT).and_then(|value| value.to_str().ok()).unwrap_or_default();
    text.chars().filter(|c| !c.is_control()).take(USER_AGENT).collect()
}
