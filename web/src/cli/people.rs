//! `viva people`: who may come in, from a terminal on the machine that runs Viva. Whoever can use it there owns the
//! data folder anyway, so nothing is asked but new passwords.

use super::places::Places;
use crate::compose::{self, SystemClock};
use crate::people::{Transport, passwords, passwords::Passwords};
use anyhow::{Context, bail, ensure};
use clap::Subcommand;
use std::io::{BufRead, IsTerminal, Write};
use std::process::ExitCode;
use uuid::Uuid;
use viva_core::clock::Clock;
use viva_core::ids::{CandidateId, PersonId, RoundId};
use viva_core::people::{PersonName, Role};
use viva_storage::{NewPerson, StorageError, Store};

/// Make the owner, invite people, list them, set a new password
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// Make an owner; from the first one on the pages ask who one is
    Owner {
        /// The name to sign in with; the password is asked for, or read from stdin
        name: String,
    },
    /// Make a link by which somebody joins, once and for a week
    Invite {
        /// owner, interviewer, observer or candidate
        #[arg(long)]
        role: Role,
        /// The round it is for; a candidate's invitation needs it
        #[arg(long)]
        round: Option<RoundId>,
        /// The candidate whose room it opens
        #[arg(long)]
        candidate: Option<CandidateId>,
        /// The address under which the pages are reached
        #[arg(long, default_value = "http://127.0.0.1:7878", value_name = "URL")]
        address: String,
    },
    /// List people and open invitations
    List,
    /// Set a new password, sign them out everywhere and forget failed sign-ins
    Reset {
        /// Whose
        name: String,
        /// Switch their second step off too
        #[arg(long)]
        without_second_step: bool,
    },
}

/// Does it.
pub fn run(args: Args) -> anyhow::Result<ExitCode> {
    let places = Places::from_env()?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        let store = compose::store(&places).await?;
        match args.action {
            Action::Owner { name } => owner(&*store, &name).await,
            Action::Invite { role, round, candidate, address } => {
                ensure!(
                    (role == Role::Candidate) == candidate.is_some(),
                    "--candidate goes with --role candidate, and with no other role"
                );
                ensure!(candidate.is_none() || round.is_some(), "a candidate's invitation needs --round");
                let entrance = compose::entrance(store, Transport::Open);
                let room = round.map(|round| (round, candidate));
                let (token, _) = entrance.invite(role, room, None, SystemClock.now()).await?;
                say(&format!("{}/join/{}", address.trim_end_matches('/'), token.text()))?;
                eprintln!("The link makes one {role}, once, and for a week.");
                Ok(ExitCode::SUCCESS)
            }
            Action::List => list(&*store).await,
            Action::Reset { name, without_second_step } => reset(&*store, &name, without_second_step).await,
        }
    })
}

async fn owner(store: &dyn Store, name: &str) -> anyhow::Result<ExitCode> {
    let name = name.parse::<PersonName>()?;
    let first = !store.has_people().await?;
    let password = Passwords::new().hash(new_password(&name)?).await?;
    let person = NewPerson::new(PersonId(Uuid::now_v7()), name, Role::Owner, password, SystemClock.now());
    match store.add_person(&person).await {
        Err(StorageError::Conflict { .. }) => {
            bail!(
                "somebody is called {} already; `viva people reset` sets a new password",
                person.person.name
            )
        }
        done => done?,
    }
    eprintln!("{} is an owner now.", person.person.name);
    if first {
        eprintln!("From now on the pages ask who one is; what was practised here belongs to the owners.");
    }
    Ok(ExitCode::SUCCESS)
}

async fn list(store: &dyn Store) -> anyhow::Result<ExitCode> {
    let people = store.people().await?;
    if people.is_empty() {
        eprintln!("Nobody: one person practises here alone, without an account.");
    }
    for row in people {
        let seen = row.seen_at.map_or_else(|| "never".to_owned(), |at| day(at.0));
        let second = if row.second_step { "second step" } else { "password only" };
        say(&format!("{}\t{}\t{second}\tlast here {seen}", row.person.name, row.person.role))?;
    }
    for invitation in store.open_invitations(SystemClock.now()).await? {
        say(&format!("(invited)\t{}\tuntil {}", invitation.role, day(invitation.expires_at.0)))?;
    }
    Ok(ExitCode::SUCCESS)
}

async fn reset(store: &dyn Store, name: &str, without_second_step: bool) -> anyhow::Result<ExitCode> {
    let name = name.parse::<PersonName>()?;
    let Some(found) = store.credentials_of(&name.key()).await? else {
        bail!("nobody here is called {name}; `viva people list` says who there is")
    };
    let id = found.person.id;
    let password = Passwords::new().hash(new_password(&found.person.name)?).await?;
    store.set_password(id, &password, None, SystemClock.now()).await?;
    store.forget_failed_sign_ins(crate::people::failures_of(&found.person.name)).await?;
    if without_second_step {
        store.drop_second_step(id).await?;
    } else if found.second.is_some() {
        eprintln!("Their second step is still on; --without-second-step switches it off.");
    }
    eprintln!("{} has a new password and is signed out everywhere.", found.person.name);
    Ok(ExitCode::SUCCESS)
}

/// Asks for a password twice at a terminal; reads one line from a pipe.
fn new_password(name: &PersonName) -> anyhow::Result<String> {
    let stdin = std::io::stdin();
    let password = if stdin.is_terminal() {
        eprintln!("At least {} characters; a few plain words are good.", passwords::SHORTEST);
        let password = rpassword::prompt_password("Password: ")?;
        passwords::check(&password, name)?;
        ensure!(password == rpassword::prompt_password("The same again: ")?, "the two are not the same");
        password
    } else {
        let mut line = String::new();
        stdin.lock().read_line(&mut line).context("no password could be read from stdin")?;
        line.trim_end_matches(['\r', '\n']).to_owned()
    };
    passwords::check(&password, name)?;
    Ok(password)
}

fn day(ms: i64) -> String {
    let moment = jiff::Timestamp::from_millisecond(ms).unwrap_or_default();
    moment.to_zoned(jiff::tz::TimeZone::system()).strftime("%Y-%m-%d").to_string()
}

fn say(line: &str) -> std::io::Result<()> {
    writeln!(std::io::stdout(), "{line}")
}
