//! `viva rubric list`: the questions at hand, with the ids that other commands take.

use crate::builtin;
use crate::cli::places::Places;
use serde::Serialize;
use std::fmt::Write as _;
use std::io::{self, Write as _};
use std::process::ExitCode;
use viva_core::bank::{Bank, Kind, Level};
use viva_core::ids::{PackId, QuestionId};

/// Arguments of `viva rubric list`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Only the questions of this pack
    #[arg(long, value_name = "ID")]
    pack: Option<PackId>,
    /// Print one JSON array
    #[arg(long)]
    json: bool,
}

/// One question, as JSON has it.
#[derive(Serialize)]
struct Listed<'b> {
    id: &'b QuestionId,
    pack: &'b PackId,
    topic: &'b str,
    level: Level,
    kind: Kind,
    ask: &'b str,
}

/// Runs the command.
pub fn run(args: &Args) -> anyhow::Result<ExitCode> {
    let bank = builtin::bank_with(&Places::from_env()?.rubrics_dirs)?;
    if let Some(id) = &args.pack
        && bank.pack(id).is_none()
    {
        let packs: Vec<&str> = bank.packs().iter().map(|pack| pack.id.as_str()).collect();
        anyhow::bail!("no pack is called {id}; there are {}", packs.join(", "));
    }
    let mut out = io::stdout().lock();
    if args.json {
        let wanted = |pack: &PackId| args.pack.as_ref().is_none_or(|asked| asked == pack);
        let listed: Vec<Listed<'_>> = bank
            .questions()
            .filter(|question| wanted(&question.pack))
            .map(|question| Listed {
                id: &question.id,
                pack: &question.pack,
                topic: &question.topic,
                level: question.level,
                kind: question.kind,
                ask: &question.ask,
            })
            .collect();
        serde_json::to_writer(&mut out, &listed)?;
        writeln!(out)?;
    } else {
        out.write_all(text(&bank, args.pack.as_ref()).as_bytes())?;
    }
    Ok(ExitCode::SUCCESS)
}

fn text(bank: &Bank, only: Option<&PackId>) -> String {
    let mut out = String::new();
    for pack in bank.packs().iter().filter(|pack| only.is_none_or(|asked| *asked == pack.id)) {
        let _ = writeln!(out, "{}  {}, {} questions", pack.id, pack.title, pack.questions.len());
        let widest = pack.questions.iter().map(|question| question.id.as_str().len()).max().unwrap_or(0);
        for question in &pack.questions {
            let _ = writeln!(out, "  {:<widest$}  {}", question.id.as_str(), question.ask);
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_question_stands_in_the_list_of_its_pack() {
        let none: [&std::path::Path; 0] = [];
        let bank = builtin::bank_with(&none).unwrap();
        let all = text(&bank, None);
        for question in bank.questions() {
            let line = all.lines().find(|line| line.trim_start().starts_with(&format!("{} ", question.id)));
            assert!(line.is_some_and(|line| line.ends_with(&question.ask)), "{}", question.id);
        }
        let jvm = text(&bank, Some(&"jvm".parse().unwrap()));
        assert!(jvm.lines().skip(1).all(|line| line.starts_with("  jvm.")), "{jvm}");
    }
}
