//! `viva rubric accept` and `viva rubric undo`: the change that the bench makes on its page, from the terminal.

use crate::bench::{Accepted, BenchError, Desk, Wanted};
use crate::cli::places::Places;
use crate::compose::{self, SystemClock};
use anyhow::bail;
use serde::Serialize;
use std::fmt::Write as _;
use std::path::Path;
use std::process::ExitCode;
use uuid::Uuid;
use viva_core::bank::{Bank, Criterion};
use viva_core::clock::Clock;
use viva_core::ids::{CriterionId, QuestionId};
use viva_interview::Change;

/// Arguments of `viva rubric accept`.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// The question, such as jvm.hashmap-treeify
    question: QuestionId,
    /// Its criterion, such as tree
    criterion: CriterionId,
    /// The words that should count, between quotes
    words: String,
    /// Which of the criterion's listening items, from 1; needed where there are several
    #[arg(long)]
    item: Option<usize>,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

/// Arguments of `viva rubric undo`.
#[derive(Debug, clap::Args)]
pub(super) struct UndoArgs {
    /// The change, as `viva rubric accept --json` names it; the last one without it
    change: Option<Uuid>,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

/// What `--json` prints.
#[derive(Serialize)]
struct Report<'a> {
    #[serde(flatten)]
    change: &'a Accepted,
    /// Earlier answers that would score otherwise; none where there is no database.
    would_change: Vec<WouldChange>,
}

#[derive(Serialize)]
struct WouldChange {
    attempt: String,
    asked_at_ms: i64,
    before: f64,
    after: f64,
}

pub(super) fn run(args: Args) -> anyhow::Result<ExitCode> {
    let places = Places::from_env()?;
    let bank = super::bank_at_hand()?;
    let criterion = criterion(&bank, &args.question, &args.criterion)?;
    let item = item(criterion, args.item)?;
    let says = criterion.says.clone();
    let wanted =
        Wanted { question: args.question, criterion: args.criterion, item, words: args.words, seen: None };
    let (change, bank) = Desk::new(&places).accept(&wanted, SystemClock.now())?;
    let moved = earlier(&places, bank, &change.question)?;
    if args.json {
        return json(&change, &moved);
    }
    let mut out = format!("{:?} counts for: {says}\n", change.words);
    let copied = if change.made_file { ", a copy of the pack that comes with Viva" } else { "" };
    let _ = writeln!(out, "in {}{copied}", change.file.display());
    tell(&mut out, &moved);
    let _ = writeln!(out, "`viva rubric undo` takes it back.");
    super::print(&out)
}

pub(super) fn undo(args: UndoArgs) -> anyhow::Result<ExitCode> {
    let places = Places::from_env()?;
    let (change, bank) = Desk::new(&places).undo(args.change, SystemClock.now())?;
    let moved = earlier(&places, bank, &change.question)?;
    if args.json {
        return json(&change, &moved);
    }
    let mut out = format!(
        "{:?} does not count for {} of {} any more\n",
        change.words, change.criterion, change.question
    );
    let _ = match change.file.exists() {
        true => writeln!(out, "in {}", change.file.display()),
        false => writeln!(
            out,
            "{} is gone: the pack that comes with Viva has its place again",
            change.file.display()
        ),
    };
    tell(&mut out, &moved);
    super::print(&out)
}

fn criterion<'b>(bank: &'b Bank, question: &QuestionId, id: &CriterionId) -> anyhow::Result<&'b Criterion> {
    let Some(found) = bank.question(question) else {
        return Err(BenchError::NoQuestion(question.clone()).into());
    };
    match found.rubric.criteria.iter().find(|one| one.id == *id) {
        Some(criterion) => Ok(criterion),
        None => {
            let known: Vec<&str> = found.rubric.criteria.iter().map(|one| one.id.as_str()).collect();
            bail!("{question} has no criterion {id}; it has {}", known.join(", "))
        }
    }
}

/// The listening item that is meant, from 0.
fn item(criterion: &Criterion, named: Option<usize>) -> anyhow::Result<usize> {
    let items: Vec<String> = criterion
        .listen
        .iter()
        .enumerate()
        .map(|(at, ways)| format!("{} {}", at + 1, ways.first().map_or("", String::as_str)))
        .collect();
    match named {
        None if items.len() == 1 => Ok(0),
        Some(item) if (1..=items.len()).contains(&item) => Ok(item - 1),
        _ => bail!(
            "criterion {} listens for {} things; say which with --item: {}",
            criterion.id,
            items.len(),
            items.join(", ")
        ),
    }
}

/// Earlier answers that the rubric as it is now would score otherwise; none where nothing was ever stored.
fn earlier(places: &Places, bank: Bank, question: &QuestionId) -> anyhow::Result<Vec<Change>> {
    let never = places.database_url.strip_prefix("sqlite://").is_some_and(|file| {
        let file = file.split('?').next().unwrap_or_default();
        !Path::new(file).exists()
    });
    let Some(question) = bank.question(question).cloned().filter(|_| !never) else { return Ok(Vec::new()) };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        let interview = compose::interview(places, None).await?;
        let mut all = interview.rescore_by(&question).await?.answers;
        all.retain(|one| one.before.score != one.after.score);
        Ok(all)
    })
}

fn tell(out: &mut String, moved: &[Change]) {
    for one in moved {
        let _ = writeln!(
            out,
            "an earlier answer would score {:.0} instead of {:.0}: {}",
            one.after.score, one.before.score, one.attempt
        );
    }
    if !moved.is_empty() {
        let _ = writeln!(out, "Scores stay as they were given until `viva rescore` is run.");
    }
}

fn json(change: &Accepted, moved: &[Change]) -> anyhow::Result<ExitCode> {
    let would_change = moved
        .iter()
        .map(|one| WouldChange {
            attempt: one.attempt.to_string(),
            asked_at_ms: one.asked_at.0,
            before: one.before.score,
            after: one.after.score,
        })
        .collect();
    super::print(&format!("{}\n", serde_json::to_string_pretty(&Report { change, would_change })?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_item_is_asked_for_where_there_are_several() {
        let bank = super::super::shipped().unwrap();
        let of = |id: &str| criterion(&bank, &"jvm.hashmap-treeify".parse().unwrap(), &id.parse().unwrap());
        assert_eq!(item(of("tree").unwrap(), None).unwrap(), 0);
        let several = of("threshold").unwrap();
        assert_eq!(item(several, Some(2)).unwrap(), 1);
        for named in [None, Some(0), Some(3)] {
            let error = item(several, named).unwrap_err().to_string();
            assert!(error.contains("--item: 1 eight nodes, 2 sixty-four"), "{error}");
        }
        assert!(of("none").unwrap_err().to_string().contains("it has list, tree"));
    }
}
