//! `viva assess`: scores a transcript, or many answers one a line. Needs no database and no server.

mod batch;
pub(super) mod report;

use anyhow::{Context, bail};
use std::io::{Read, Write};
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;
use viva_core::bank::Bank;
use viva_core::ids::QuestionId;
use viva_core::scoring::{BankIndex, Scorer};
use viva_core::transcript::Transcript;

use super::places::Places;
use crate::builtin;

/// Score an answer against its rubric: a transcript on stdin, or with --jsonl one answer a line
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The question that was answered, such as jvm.hashmap-treeify
    #[arg(long, required_unless_present = "jsonl", conflicts_with = "jsonl")]
    question: Option<QuestionId>,
    /// Folders with further packs, beside those of the product and the owner
    #[arg(long, num_args = 1.., value_name = "DIR")]
    rubrics: Vec<PathBuf>,
    /// Print the whole assessment as JSON
    #[arg(long, conflicts_with = "jsonl")]
    json: bool,
    /// Read one JSON object a line: {"id", "question_id", "answer"} or {"id", "question", "model_answer", "answer"}
    #[arg(long)]
    jsonl: bool,
}

/// Scores what comes on stdin. With `--jsonl` the exit code is 1 where a line could not be scored.
pub fn run(args: Args) -> anyhow::Result<ExitCode> {
    let bank = bank(&args.rubrics)?;
    let scorer = Scorer::shared();
    let index = Arc::new(BankIndex::of_packs(scorer, bank.packs()));
    if args.jsonl {
        let desk = batch::Desk::new(scorer, &bank, index);
        return batch::run(&desk, std::io::stdin().lock(), std::io::stdout());
    }
    let Some(id) = args.question else { bail!("name the question with --question ID") };
    let Some(question) = bank.question(&id) else {
        bail!("no pack has a question {id}; `viva rubric list` names them all");
    };
    let transcript = read_transcript(std::io::stdin().lock())?;
    let assessment = scorer.prepare(question).with_bank(index).assess(&transcript);
    let mut out = std::io::stdout().lock();
    if args.json {
        writeln!(out, "{}", serde_json::to_string_pretty(&assessment)?)?;
    } else {
        write!(out, "{}", report::of(question, &assessment))?;
    }
    Ok(ExitCode::SUCCESS)
}

/// The shipped packs, the owner's, and those of the folders that were named.
fn bank(named: &[PathBuf]) -> anyhow::Result<Bank> {
    for dir in named {
        if !dir.is_dir() {
            bail!("{} is no folder; --rubrics takes folders with packs in TOML", dir.display());
        }
    }
    let mut dirs = Places::from_env()?.rubrics_dirs;
    dirs.extend(named.iter().cloned());
    builtin::bank_with(&dirs)
}

/// Plain text, or what `viva transcribe --json` prints.
fn read_transcript(mut input: impl Read) -> anyhow::Result<Transcript> {
    let mut bytes = Vec::new();
    input.read_to_end(&mut bytes).context("cannot read the transcript from stdin")?;
    let text = String::from_utf8(bytes).context("the transcript is not UTF-8 text")?;
    if text.trim_start().starts_with('{')
        && let Ok(transcript) = serde_json::from_str(&text)
    {
        return Ok(transcript);
    }
    Ok(Transcript::typed(text.trim_end_matches(['\r', '\n'])))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_transcript_is_read_as_text_or_as_the_transcriber_prints_it() {
        let typed = read_transcript("A bucket\nis a list.\n".as_bytes()).expect("text is a transcript");
        assert_eq!((typed.text.as_str(), typed.is_typed()), ("A bucket\nis a list.", true));
        let printed = r#"{"text":"One two","model":"base","language":"en","audio_ms":900,"speech":[[0,900]],
            "words":[{"text":"One","start_ms":0,"end_ms":400,"confidence":0.9}]}"#;
        let heard = read_transcript(printed.as_bytes()).expect("the transcriber's form is a transcript");
        assert_eq!((heard.text.as_str(), heard.words.len()), ("One two", 1));
    }

    #[test]
    fn bytes_that_are_no_text_are_refused_by_name() {
        let error = read_transcript([0xff, 0xfe, 0x00].as_slice()).expect_err("no UTF-8");
        assert!(format!("{error:#}").contains("not UTF-8"));
    }
}
