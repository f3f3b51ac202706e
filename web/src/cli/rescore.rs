//! `viva rescore`: kept answers held against today's rubrics, with what that changes.

use super::places::Places;
use crate::compose;
use crate::feedback::whole;
use std::io::{self, Write};
use std::process::ExitCode;
use viva_core::assessment::Verdict;
use viva_core::ids::{PackId, QuestionId};
use viva_interview::{Change, CriterionChange, Keeping, Rescore, Rescored};

/// Score kept answers again after their rubric has changed
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Only the answers to this question
    #[arg(long, value_name = "ID", conflicts_with = "pack")]
    question: Option<QuestionId>,
    /// Only the answers to the questions of this pack
    #[arg(long, value_name = "ID")]
    pack: Option<PackId>,
    /// Show what would change, and change nothing
    #[arg(long)]
    dry_run: bool,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// Scores again and shows the difference. Earlier scores stay kept beside the new ones.
pub fn run(args: Args) -> anyhow::Result<ExitCode> {
    let places = Places::from_env()?;
    let which = match (args.question, args.pack) {
        (Some(question), _) => Rescore::Question(question),
        (None, Some(pack)) => Rescore::Pack(pack),
        (None, None) => Rescore::All,
    };
    let keeping = if args.dry_run { Keeping::DryRun } else { Keeping::Keep };
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let done = runtime.block_on(async {
        let interview = compose::interview(&places, None).await?;
        anyhow::Ok(interview.rescore(&which, keeping).await?)
    })?;
    let mut out = std::io::stdout().lock();
    if args.json {
        writeln!(out, "{}", serde_json::to_string_pretty(&done)?)?;
    } else {
        print(&mut out, &done, keeping)?;
    }
    Ok(ExitCode::SUCCESS)
}

fn print(out: &mut impl Write, done: &Rescored, keeping: Keeping) -> io::Result<()> {
    if !done.answers.is_empty() {
        let width =
            done.answers.iter().map(|answer| answer.question.as_str().len()).max().unwrap_or(0).max(8);
        writeln!(out, "{:width$}  {:10}  {:>12}  criteria", "question", "asked", "score")?;
        for answer in &done.answers {
            let (question, date, score) = (answer.question.as_str(), date(answer), score(answer));
            let criteria: Vec<String> = answer.criteria.iter().map(criterion).collect();
            let criteria = if criteria.is_empty() { "as before".to_owned() } else { criteria.join(", ") };
            writeln!(out, "{question:width$}  {date:10}  {score:>12}  {criteria}")?;
        }
    }
    let n = done.answers.len();
    let answers = if n == 1 { "1 answer".to_owned() } else { format!("{n} answers") };
    match (n, keeping) {
        (0, _) => writeln!(out, "No answer has a score of an older rubric.")?,
        (_, Keeping::DryRun) => writeln!(out, "{answers} would be scored again; nothing was changed.")?,
        (_, Keeping::Keep) => writeln!(out, "{answers} scored again; the scores before are kept beside.")?,
    }
    if done.question_gone > 0 {
        writeln!(out, "{} of questions that are in no pack any more keep their score.", done.question_gone)?;
    }
    Ok(())
}

fn date(change: &Change) -> String {
    let moment = jiff::Timestamp::from_millisecond(change.asked_at.0).unwrap_or_default();
    moment.to_zoned(jiff::tz::TimeZone::system()).strftime("%Y-%m-%d").to_string()
}

fn score(change: &Change) -> String {
    format!("{} -> {}", whole(change.before.score), whole(change.after.score))
}

fn criterion(change: &CriterionChange) -> String {
    let says = |verdict: Option<Verdict>| match verdict {
        Some(Verdict::Met) => "met",
        Some(Verdict::Partly) => "partly",
        Some(Verdict::Missed) => "missed",
        None => "none",
    };
    match (change.before, change.after) {
        (None, after) => format!("{} new: {}", change.id, says(after)),
        (_, None) => format!("{} gone", change.id),
        (before, after) => format!("{} {} -> {}", change.id, says(before), says(after)),
    }
}
