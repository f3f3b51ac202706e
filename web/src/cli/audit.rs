//! `viva audit`: who did what in rounds, and whether that log is what it was when it was written.

use super::places::Places;
use crate::audit_heads::Heads;
use crate::compose;
use anyhow::Context;
use std::io::{self, Write};
use std::path::PathBuf;
use std::process::ExitCode;
use viva_core::audit::{Broken, Entry, Head, verify};
use viva_core::ids::{CandidateId, RoundId};
use viva_storage::Store;

/// How many entries are read at a time.
const PAGE: u32 = 5_000;

/// Show or verify the log of who did what in rounds
#[derive(Debug, clap::Args)]
#[command(args_conflicts_with_subcommands = true)]
pub struct Args {
    #[command(subcommand)]
    command: Option<Command>,
    #[command(flatten)]
    list: ListArgs,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    /// List the entries, the first one first
    List(ListArgs),
    /// Follow the chain of hashes; the exit code is 0 only where it is intact
    ///
    /// A cut end and a rewritten log show only against heads that were written down elsewhere. `viva serve` keeps them
    /// beside the data folder, and every successful verification prints one to keep.
    Verify(VerifyArgs),
}

#[derive(Debug, clap::Args)]
struct ListArgs {
    /// Only this round
    #[arg(long, value_name = "ID")]
    round: Option<RoundId>,
    /// Only this candidate
    #[arg(long, value_name = "ID")]
    candidate: Option<CandidateId>,
    /// Print JSON, one entry a line
    #[arg(long)]
    json: bool,
}

#[derive(Debug, clap::Args)]
struct VerifyArgs {
    /// A file with heads, as lines of a number and a hash; the one beside the data folder without it
    #[arg(long, value_name = "FILE")]
    heads: Option<PathBuf>,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// Lists or verifies.
pub fn run(args: Args) -> anyhow::Result<ExitCode> {
    let places = Places::from_env()?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        let store = compose::store(&places).await?;
        let mut out = io::stdout().lock();
        match args.command {
            None => list(&*store, &args.list, &mut out).await,
            Some(Command::List(args)) => list(&*store, &args, &mut out).await,
            Some(Command::Verify(args)) => {
                let heads = args.heads.map_or_else(|| Heads::beside(&places.data_dir), Heads::in_file);
                check(&*store, &heads, args.json, &mut out).await
            }
        }
    })
}

async fn all(store: &dyn Store) -> anyhow::Result<Vec<Entry>> {
    let mut entries: Vec<Entry> = Vec::new();
    loop {
        let after = entries.last().map_or(0, |entry| entry.sequence);
        let page = store.audit_entries(after, PAGE).await?;
        if page.is_empty() {
            return Ok(entries);
        }
        entries.extend(page);
    }
}

async fn list(store: &dyn Store, args: &ListArgs, out: &mut impl Write) -> anyhow::Result<ExitCode> {
    let mut entries = all(store).await?;
    entries.retain(|entry| args.round.is_none_or(|round| entry.round == Some(round)));
    entries.retain(|entry| args.candidate.is_none_or(|candidate| entry.candidate == Some(candidate)));
    for entry in &entries {
        if args.json {
            writeln!(out, "{}", serde_json::to_string(entry)?)?;
            continue;
        }
        let at = jiff::Timestamp::from_millisecond(entry.at.0).unwrap_or_default();
        let at = at.to_zoned(jiff::tz::TimeZone::system()).strftime("%Y-%m-%d %H:%M:%S");
        let actor = entry.actor.map_or("by a rule".to_owned(), |id| format!("by {id}"));
        write!(out, "{:>6}  {at}  {:19}  {actor}", entry.sequence, entry.deed)?;
        let ids = [
            ("round", entry.round.map(|id| id.0)),
            ("candidate", entry.candidate.map(|id| id.0)),
            ("on", entry.subject),
        ];
        for (what, id) in ids {
            if let Some(id) = id {
                write!(out, "  {what} {id}")?;
            }
        }
        writeln!(out, "{}{}", if entry.detail.is_empty() { "" } else { "  " }, entry.detail)?;
    }
    if entries.is_empty() && !args.json {
        writeln!(out, "Nothing is logged yet.")?;
    }
    Ok(ExitCode::SUCCESS)
}

async fn check(
    store: &dyn Store,
    heads: &Heads,
    json: bool,
    out: &mut impl Write,
) -> anyhow::Result<ExitCode> {
    let entries = all(store).await?;
    let recorded = heads.read()?;
    let found = verify(&entries, &recorded);
    say(out, &found, entries.len(), recorded.len(), json).context("the answer could not be written")?;
    if found.is_ok() {
        heads.note(store).await?;
    }
    Ok(if found.is_ok() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn say(
    out: &mut impl Write,
    found: &Result<Option<Head>, Broken>,
    entries: usize,
    recorded: usize,
    json: bool,
) -> io::Result<()> {
    if json {
        let answer = match found {
            Ok(head) => {
                serde_json::json!({ "intact": true, "entries": entries, "heads": recorded, "head": head })
            }
            Err(broken) => serde_json::json!({
                "intact": false, "entries": entries, "heads": recorded,
                "entry": broken.sequence, "fault": broken.fault.to_string(),
            }),
        };
        return writeln!(out, "{answer}");
    }
    match found {
        Ok(None) => writeln!(out, "The log is empty, and no head says that it ever was not."),
        Ok(Some(head)) => {
            let against = if recorded == 1 { "1 head".to_owned() } else { format!("{recorded} heads") };
            writeln!(out, "Intact: {entries} entries, held against {against} written down elsewhere.")?;
            writeln!(out, "Head, to keep somewhere else: {} {}", head.sequence, head.hash)
        }
        Err(broken) => writeln!(out, "Not intact: {broken}."),
    }
}
