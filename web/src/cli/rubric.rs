//! `viva rubric`: list and lint packs, derive a rubric from a model answer, hold a rubric against marked answers, and let it
//! listen for more.
//!
//! Needs no database and no server: files and the packs that are compiled in.

mod accept;
mod derive;
mod list;

use super::places::Places;
use crate::builtin;
use crate::packs::put;
use anyhow::{Context, bail};
use serde::Serialize;
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use viva_core::bank::bench::{Bench, MarkedAnswer, bench};
use viva_core::bank::lint::{Finding, Released, lint};
use viva_core::bank::{Bank, Diagnostic, Pack, Question, load};
use viva_core::ids::{PackId, QuestionId};
use viva_import::export::{ExportFormat, export};

/// Ids of all questions that were ever released.
const RELEASED: &str = include_str!("../../../rubrics/released-ids.txt");
/// Arguments of `viva rubric`.
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    /// Name the questions at hand, pack by pack
    List(list::Args),
    /// Hold packs to the rules of rubrics/SCHEMA.md; without files, all packs at hand
    Lint {
        /// Pack files to judge; the shipped packs are compared with them
        files: Vec<PathBuf>,
        /// Print one JSON object
        #[arg(long)]
        json: bool,
    },
    /// Print a rubric made from the model answer on standard input
    Derive(derive::Args),
    /// Tell how a rubric comes about from the model answer on standard input
    Explain(derive::ExplainArgs),
    /// Print the list of released ids with the shipped packs added, for rubrics/released-ids.txt
    Ids,
    /// Write packs in a form other programs read
    Export(Export),
    /// Let a criterion listen for more words, in your own pack file
    Accept(accept::Args),
    /// Take back what was accepted last
    Undo(accept::UndoArgs),
    /// Compare a pack with answers that people have marked
    Test {
        /// A pack file, or the id of a pack
        pack: PathBuf,
        /// One JSON object a line: {"question_id", "answer", "criteria": {"ID": true}}
        #[arg(long)]
        marked: PathBuf,
        /// Share of marks on which rubric and people have to agree
        #[arg(long, default_value_t = 0.9)]
        min: f64,
        /// Print one JSON object
        #[arg(long)]
        json: bool,
    },
}

#[derive(Debug, clap::Args)]
struct Export {
    /// The packs; without it, all at hand
    #[arg(long, num_args = 1.., value_name = "ID")]
    pack: Vec<PackId>,
    /// toml, markdown, csv, anki or gift; TOML and CSV lose nothing
    #[arg(long, value_name = "FORMAT", default_value = "toml")]
    format: ExportFormat,
    /// The file to write; for several packs as TOML the folder. Without it, standard output
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
}

/// Runs the command.
pub fn run(args: Args) -> anyhow::Result<ExitCode> {
    match args.command {
        Command::List(args) => list::run(&args),
        Command::Lint { files, json } => lint_files(&files, json),
        Command::Derive(args) => print(&derive::derived(&args)?),
        Command::Explain(args) => print(&derive::explained(&args)?),
        Command::Ids => print(&released()?.after(&shipped()?).to_text()),
        Command::Export(args) => export_packs(&args),
        Command::Accept(args) => accept::run(args),
        Command::Undo(args) => accept::undo(args),
        Command::Test { pack, marked, min, json } => test(&pack, &marked, min, json),
    }
}

fn print(text: &str) -> anyhow::Result<ExitCode> {
    io::stdout().lock().write_all(text.as_bytes()).context("cannot write to standard output")?;
    Ok(ExitCode::SUCCESS)
}

/// What `lint --json` prints.
#[derive(Serialize)]
struct LintReport {
    questions: usize,
    diagnostics: Vec<Diagnostic>,
    findings: Vec<ReportedFinding>,
}

#[derive(Serialize)]
struct ReportedFinding {
    /// Whether the pack is held back by it.
    held: bool,
    #[serde(flatten)]
    finding: Finding,
}

fn lint_files(files: &[PathBuf], json: bool) -> anyhow::Result<ExitCode> {
    let judged = if files.is_empty() { own_files()? } else { read_all(files)? };
    let judged: Vec<(&str, &str)> =
        judged.iter().map(|(file, text)| (file.as_str(), text.as_str())).collect();
    let (bank, diagnostics) = Bank::load_beside(judged.iter().copied(), builtin::packs());
    let own = Bank::load_what_can_be(judged).0;
    let subjects = if files.is_empty() { bank.packs() } else { own.packs() };
    let subjects: Vec<PackId> = subjects.iter().map(|pack| pack.id.clone()).collect();
    let findings = lint(&bank, &subjects, &released()?);
    let held = findings.iter().filter(|finding| finding.rule.is_held()).count();
    let wrong = diagnostics.len() + held;
    let questions = bank.questions().filter(|question| subjects.contains(&question.pack)).count();

    let mut out = String::new();
    if json {
        let findings = findings
            .into_iter()
            .map(|finding| ReportedFinding { held: finding.rule.is_held(), finding })
            .collect();
        let _ = writeln!(
            out,
            "{}",
            serde_json::to_string_pretty(&LintReport { questions, diagnostics, findings })?
        );
    } else {
        for diagnostic in &diagnostics {
            let _ = writeln!(out, "{diagnostic}");
        }
        for finding in &findings {
            let note = if finding.rule.is_held() { "" } else { " (for information)" };
            let _ = writeln!(out, "{finding}{note}");
        }
        let _ = writeln!(out, "{questions} questions, {wrong} to mend");
    }
    print(&out)?;
    Ok(if wrong == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn released() -> anyhow::Result<Released> {
    Released::parse(RELEASED).context("rubrics/released-ids.txt, as it was compiled in")
}

fn export_packs(args: &Export) -> anyhow::Result<ExitCode> {
    let bank = bank_at_hand()?;
    for id in &args.pack {
        if bank.pack(id).is_none() {
            bail!("no pack is called {id}; `viva rubric lint` reads them all");
        }
    }
    let packs: Vec<&Pack> =
        bank.packs().iter().filter(|pack| args.pack.is_empty() || args.pack.contains(&pack.id)).collect();
    let one_each = args.format.is_one_pack_a_file() && packs.len() > 1;
    match (&args.output, one_each) {
        (None, true) => bail!(
            "a TOML file holds one pack, and there are {}; name one with --pack, or a folder with -o",
            packs.len()
        ),
        (None, false) => return print(&export(&packs, args.format)),
        (Some(dir), true) => {
            std::fs::create_dir_all(dir).with_context(|| format!("cannot create {}", dir.display()))?;
            for pack in packs {
                let file = dir.join(format!("{}.{}", pack.id, args.format.ending()));
                put(&file, export(&[pack], args.format).as_bytes())?;
            }
        }
        (Some(file), false) => put(file, export(&packs, args.format).as_bytes())?,
    }
    Ok(ExitCode::SUCCESS)
}

fn test(pack: &Path, marked: &Path, min: f64, json: bool) -> anyhow::Result<ExitCode> {
    if !(0.0..=1.0).contains(&min) {
        bail!("--min is {min}; write a share from 0 to 1, such as 0.9");
    }
    let bank = if pack.is_file() {
        let (file, text) = read(pack)?;
        match load(&text, &file) {
            Ok(pack) => Bank::new(vec![Pack { questions: without_neighbours(pack.questions), ..pack }]),
            Err(found) => bail!("this pack cannot be used:\n{}", lines(&found)),
        }
        .map_err(|errors| anyhow::anyhow!(lines(&errors)))?
    } else {
        let id: Option<PackId> = pack.to_str().and_then(|id| id.parse().ok());
        let bank = bank_at_hand()?;
        if id.is_none_or(|id| bank.pack(&id).is_none()) {
            let known: Vec<&str> = bank.packs().iter().map(|pack| pack.id.as_str()).collect();
            bail!("{} is neither a file nor a pack; packs at hand: {}", pack.display(), known.join(", "));
        }
        bank
    };
    let (file, text) = read(marked)?;
    let mut answers = Vec::new();
    for (n, line) in text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty()) {
        let answer: MarkedAnswer =
            serde_json::from_str(line).with_context(|| format!("{file}:{}: no marked answer", n + 1))?;
        answers.push((n + 1, answer));
    }
    let result = bench(&bank, &answers).with_context(|| file.clone())?;
    if result.marks == 0 {
        bail!(
            "{file} has no mark; write {{\"question_id\": \"...\", \"answer\": \"...\", \"criteria\": {{\"ID\": true}}}}"
        );
    }
    let text =
        if json { format!("{}\n", serde_json::to_string_pretty(&result)?) } else { bench_text(&result, min) };
    print(&text)?;
    Ok(if result.accuracy >= min { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn bench_text(bench: &Bench, min: f64) -> String {
    let mut out = String::new();
    let mut questions: BTreeMap<&QuestionId, Vec<_>> = BTreeMap::new();
    for one in &bench.criteria {
        questions.entry(&one.question).or_default().push(one);
    }
    for (question, criteria) in questions {
        let _ = writeln!(out, "{question}");
        for one in criteria {
            let _ = write!(out, "  {}: {} of {} agree", one.criterion, one.agreed, one.answers);
            for (what, at) in [("missed", &one.missed_positives), ("credited wrongly", &one.missed_negatives)]
            {
                if !at.is_empty() {
                    let at: Vec<String> = at.iter().map(ToString::to_string).collect();
                    let _ = write!(out, "; {what} in line {}", at.join(", "));
                }
            }
            out.push('\n');
        }
    }
    let passed = if bench.accuracy >= min { "" } else { ", less than asked for" };
    let _ =
        writeln!(out, "accuracy {:.3} over {} marks, {min} asked for{passed}", bench.accuracy, bench.marks);
    out
}

/// Neighbours do not matter where one pack is looked at alone.
fn without_neighbours(questions: Vec<Question>) -> Vec<Question> {
    questions.into_iter().map(|question| Question { related: Vec::new(), ..question }).collect()
}

fn shipped() -> anyhow::Result<Bank> {
    Bank::new(builtin::packs().to_vec()).map_err(|errors| anyhow::anyhow!(lines(&errors)))
}

fn bank_at_hand() -> anyhow::Result<Bank> {
    builtin::bank_with(&Places::from_env()?.rubrics_dirs)
}

/// The owner's pack files.
fn own_files() -> anyhow::Result<Vec<(String, String)>> {
    let mut files = Vec::new();
    for dir in Places::from_env()?.rubrics_dirs {
        for file in builtin::pack_files(&dir)? {
            files.push(read(&file)?);
        }
    }
    Ok(files)
}

fn read_all(files: &[PathBuf]) -> anyhow::Result<Vec<(String, String)>> {
    let mut read_files = Vec::new();
    for file in files {
        if file.is_dir() {
            for inner in builtin::pack_files(file)? {
                read_files.push(read(&inner)?);
            }
        } else {
            read_files.push(read(file)?);
        }
    }
    if read_files.is_empty() {
        bail!("no pack file there; name files that end in .toml");
    }
    Ok(read_files)
}

fn read(file: &Path) -> anyhow::Result<(String, String)> {
    let text = std::fs::read_to_string(file).with_context(|| format!("cannot read {}", file.display()))?;
    Ok((file.display().to_string(), text))
}

fn lines<T: ToString>(errors: &[T]) -> String {
    errors.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(name: &str, text: &str) -> (tempfile::TempDir, PathBuf) {
        let dir = tempfile::tempdir().expect("a folder");
        let path = dir.path().join(name);
        std::fs::write(&path, text).expect("a file");
        (dir, path)
    }

    #[test]
    fn a_pack_with_slips_ends_in_failure_and_one_without_in_success() {
        let (_dir, path) = file("own.toml", "[pack]\nid = \"own\"\n");
        assert_eq!(lint_files(&[path], true).unwrap(), ExitCode::FAILURE);
        let (_, text) = builtin::FILES[0];
        let (_dir, path) = file("again.toml", text);
        assert_eq!(lint_files(&[path], false).unwrap(), ExitCode::SUCCESS);
    }

    #[test]
    fn marked_answers_pass_or_fail_by_what_was_asked_for() {
        let line = r#"{"question_id": "jvm.deadlock", "answer": "take a thread dump", "criteria": {"dump": true, "order": true}}"#;
        let (_dir, marked) = file("marked.jsonl", line);
        assert_eq!(test(Path::new("jvm"), &marked, 0.5, false).unwrap(), ExitCode::SUCCESS);
        assert_eq!(test(Path::new("jvm"), &marked, 0.9, true).unwrap(), ExitCode::FAILURE);
        assert!(test(Path::new("nothing"), &marked, 0.9, true).is_err());
        assert!(test(Path::new("jvm"), &marked, 9.0, true).is_err());
    }

    #[test]
    fn packs_are_exported_in_every_form_and_read_back() {
        let dir = tempfile::tempdir().expect("a folder");
        let one = |format: &str| Export {
            pack: vec!["jvm".parse().expect("a slug")],
            format: format.parse().expect("a form"),
            output: Some(dir.path().join(format!("bank.{format}"))),
        };
        let shipped = builtin::packs().iter().find(|pack| pack.id.as_str() == "jvm").expect("it is shipped");
        for format in ["toml", "markdown", "csv", "anki", "gift"] {
            let args = one(format);
            assert_eq!(export_packs(&args).expect("it can be written"), ExitCode::SUCCESS);
            let bytes = std::fs::read(args.output.expect("a file")).expect("it is there");
            let name = format!("bank.{}", args.format.ending());
            let source = viva_import::Source { bytes: &bytes, name: Some(&name), format: None };
            let import = viva_import::read(source).expect("our own form is read");
            if matches!(format, "toml" | "csv") {
                assert_eq!(viva_import::pack::stated_packs(&import).first(), Some(shipped), "{format}");
            }
            assert_eq!(import.questions.len(), shipped.questions.len(), "{format}");
            for (found, question) in import.questions.iter().zip(&shipped.questions) {
                assert_eq!(
                    found.ask.split_whitespace().next(),
                    question.ask.split_whitespace().next(),
                    "{format}"
                );
                assert!(!found.criteria.is_empty(), "{format}: {}", question.ask);
            }
        }
        let all = Export { pack: Vec::new(), format: ExportFormat::Toml, output: None };
        assert!(export_packs(&all).is_err());
    }
}
