//! `viva import`: questions out of any interview document, into a pack of the owner's. With `--dry-run` it needs no
//! database and changes nothing.

use anyhow::{Context, bail};
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::mpsc;
use std::time::{Duration, Instant};
use viva_core::bank::Pack;
use viva_core::ids::PackId;
use viva_import::pack::{Choices, Incoming, Renewal, SourceFile, Wanted, What, renew, sha256, stated_packs};
use viva_import::{Format, Import, ImportError, Part, Source, limits};

use super::places::Places;
use crate::builtin;
use crate::packs::PackShelf;

/// Read questions, answers and criteria out of documents
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Documents: text, Markdown, HTML, CSV, Anki, GIFT, JSON, YAML, TOML, DOCX, PDF
    #[arg(required_unless_present = "undo", value_name = "FILE")]
    files: Vec<PathBuf>,
    /// Id of the pack the questions go into, such as backend-notes; without it, the packs the documents state themselves
    #[arg(long, value_name = "ID")]
    pack: Option<PackId>,
    /// Take the last import into a pack back
    #[arg(long, requires = "pack", conflicts_with_all = ["files", "dry_run", "json", "format"])]
    undo: bool,
    /// Show what would be imported, and with --pack what that would change; change nothing
    #[arg(long)]
    dry_run: bool,
    /// Print the whole result as JSON: an object for one file, an array for several
    #[arg(long)]
    json: bool,
    /// The format, where the file's name and content mislead
    #[arg(long, value_name = "FORMAT")]
    format: Option<Format>,
}

/// Reads all files; the exit code is 0 only if every one could be read.
pub fn run(args: Args) -> anyhow::Result<ExitCode> {
    if args.undo {
        return undo(args.pack.as_ref());
    }
    let mut all = Vec::new();
    let mut failed = false;
    for file in &args.files {
        match read_file(file, args.format) {
            Ok(read) => all.push(read),
            Err(error) => {
                failed = true;
                eprintln!("viva: {}: {error:#}", file.display());
            }
        }
    }
    let mut out = std::io::stdout().lock();
    if args.json {
        let imports: Vec<&Import> = all.iter().map(|read| &read.import).collect();
        match (args.files.as_slice(), imports.as_slice()) {
            ([_], [import]) => writeln!(out, "{}", serde_json::to_string_pretty(import)?)?,
            ([_], _) => {}
            _ => writeln!(out, "{}", serde_json::to_string_pretty(&imports)?)?,
        }
    } else {
        for read in &all {
            write!(out, "{}", summary(&read.import))?;
        }
    }
    drop(out);
    // A dry run without a pack needs no folder and no database.
    if !failed && (!args.dry_run || args.pack.is_some()) {
        save(all, &args)?;
    }
    Ok(if failed { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}

/// Takes the last import into a pack back.
fn undo(pack: Option<&PackId>) -> anyhow::Result<ExitCode> {
    let Some(id) = pack else { bail!("name the pack whose last import is to be undone with --pack") };
    match PackShelf::new(&Places::from_env()?.rubrics_dirs).undo(id)? {
        Some(file) => eprintln!("{} is as it was before the last import", file.display()),
        None => eprintln!("{id} was imported once; it is gone again, and kept in .history"),
    }
    Ok(ExitCode::SUCCESS)
}

/// A document and what was found in it.
struct ReadFile {
    source: SourceFile,
    import: Import,
}

fn read_file(file: &Path, format: Option<Format>) -> anyhow::Result<ReadFile> {
    let bytes = bytes(file)?;
    let name = file.file_name().map(|n| n.to_string_lossy().into_owned());
    let import =
        told_of(bytes.len(), || viva_import::read(Source { bytes: &bytes, name: name.as_deref(), format }))?;
    let source = SourceFile { name: name.unwrap_or_else(|| "document".into()), sha256: sha256(&bytes) };
    Ok(ReadFile { source, import })
}

/// Reads one document.
pub(super) fn read(file: &Path, format: Option<Format>) -> anyhow::Result<Import> {
    Ok(read_file(file, format)?.import)
}

/// The bytes of a file, unless it is larger than any document.
pub(super) fn bytes(file: &Path) -> anyhow::Result<Vec<u8>> {
    let told = fs::metadata(file).context("cannot be opened")?;
    if told.is_dir() {
        bail!("is a folder; name the files in it");
    }
    if told.len() > limits::MOST_BYTES as u64 {
        return Err(ImportError::TooLarge(usize::try_from(told.len() / 1_000_000)?).into());
    }
    if told.len() > LARGE {
        eprintln!("Reading {} ({} MB)", file.display(), told.len() / 1_000_000);
    }
    fs::read(file).context("cannot be read")
}

/// Bytes from which on reading takes long enough to be told of.
const LARGE: u64 = 5_000_000;
/// How often it is told that work goes on.
const TOLD_EVERY: Duration = Duration::from_secs(2);

/// Does long work and says on stderr, every now and then, that it goes on.
fn told_of<T>(bytes: usize, work: impl FnOnce() -> T) -> T {
    if (bytes as u64) < LARGE {
        return work();
    }
    let (done, waits) = mpsc::channel::<()>();
    let teller = std::thread::spawn(move || {
        let began = Instant::now();
        while waits.recv_timeout(TOLD_EVERY) == Err(mpsc::RecvTimeoutError::Timeout) {
            eprintln!("Still looking for questions, {} s", began.elapsed().as_secs());
        }
    });
    let result = work();
    drop(done);
    // The teller only prints; that it fell over is no reason to lose the result.
    let _ = teller.join();
    result
}

/// Brings the owner's packs up to date with what was read, or shows what that would do.
fn save(read: Vec<ReadFile>, args: &Args) -> anyhow::Result<()> {
    let shelf = PackShelf::new(&Places::from_env()?.rubrics_dirs);
    let stated: Vec<Pack> = read.iter().flat_map(|file| stated_packs(&file.import)).collect();
    for (id, incoming) in by_pack(read, args.pack.as_ref())? {
        // An export of everything holds the packs that come with Viva, too.
        if args.pack.is_none() && builtin::packs().iter().any(|own| own.id == id && stated.contains(own)) {
            eprintln!("Pack {id}: as it comes with Viva, nothing to do");
            continue;
        }
        let title = incoming.first().map_or_else(String::new, |one| title_of(&one.file.name));
        let alone = if args.dry_run { None } else { Some(shelf.alone()?) };
        let kept = shelf.find(&id)?;
        let existing = kept.as_ref().map(|kept| (&kept.pack, &kept.provenance));
        let renewal = renew(existing, &incoming, &id, &title, &Choices::new())?;
        eprint!("{}", difference(&renewal, existing.is_some()));
        if let Some(alone) = alone {
            let written = shelf.write(&alone, &renewal)?;
            eprintln!(
                "Saved as {}; {} questions are at hand now",
                written.file.display(),
                written.bank.len()
            );
        }
    }
    Ok(())
}

/// What goes into which pack: the one that was named, or the ones the documents state themselves.
fn by_pack(read: Vec<ReadFile>, named: Option<&PackId>) -> anyhow::Result<Vec<(PackId, Vec<Incoming>)>> {
    if let Some(id) = named {
        let incoming = read.into_iter().map(|file| incoming(file.source, file.import)).collect();
        return Ok(vec![(id.clone(), incoming)]);
    }
    let mut packs: Vec<(PackId, Vec<Incoming>)> = Vec::new();
    for file in read {
        if file.import.packs.is_empty() {
            bail!("{} does not say which pack it is; name one with --pack", file.source.name);
        }
        for stated in file.import.packs.clone() {
            let mut part = file.import.clone();
            part.questions.retain(|q| q.stated.as_ref().is_some_and(|s| s.pack == stated.id));
            part.packs.retain(|pack| pack.id == stated.id);
            let one = incoming(file.source.clone(), part);
            match packs.iter_mut().find(|(id, _)| *id == stated.id) {
                Some((_, all)) => all.push(one),
                None => packs.push((stated.id, vec![one])),
            }
        }
    }
    Ok(packs)
}

fn incoming(file: SourceFile, import: Import) -> Incoming {
    let stated = match import.packs.as_slice() {
        [only] => Some(only.clone()),
        _ => None,
    };
    Incoming { file, questions: import.questions.into_iter().map(Wanted::as_found).collect(), stated }
}

/// A pack's title, from a file's name.
pub fn title_of(name: &str) -> String {
    let stem = name.rsplit_once('.').map_or(name, |(stem, _)| stem);
    stem.replace(['-', '_'], " ").trim().to_owned()
}

/// What an import does to a pack, for a person.
fn difference(renewal: &Renewal, was_there: bool) -> String {
    use std::fmt::Write;
    let mut out = String::new();
    let counts: Vec<String> = What::ALL
        .into_iter()
        .filter_map(|what| match renewal.count(what) {
            0 => None,
            n => Some(format!("{n} {}", what.word())),
        })
        .collect();
    let _ = writeln!(out, "Pack {}: {}", renewal.pack.id, counts.join(", "));
    if was_there {
        for what in What::ALL.into_iter().filter(|what| *what != What::Untouched) {
            for change in renewal.changes.iter().filter(|change| change.what == what) {
                let _ = writeln!(out, "  {}: {}", what.word(), change.ask);
            }
        }
    }
    if renewal.count(What::Conflict) + renewal.count(What::Orphaned) > 0 {
        let _ = writeln!(
            out,
            "What was edited by hand is kept. To take the document's version instead, import it on the page /import."
        );
    }
    out
}

/// The result for a person: one line a question, least sure marked.
fn summary(import: &Import) -> String {
    use std::fmt::Write;
    let mut out = String::new();
    let name = import.file.as_deref().unwrap_or("document");
    let unit = import.unit.as_deref().unwrap_or("line");
    let unsure = import.questions.iter().filter(|q| q.confidence < 0.7).count();
    let _ = writeln!(out, "{name}: {} found, {unsure} to look at", count(import.questions.len(), "question"));
    for question in &import.questions {
        let mark = if question.confidence < 0.7 { "?" } else { " " };
        let part = match question.kind {
            Part::Main => "",
            Part::Followup => " (follow-up)",
            Part::Unanswered => " (no answer)",
        };
        let place = if question.line == question.end_line {
            question.line.to_string()
        } else {
            format!("{} to {}", question.line, question.end_line)
        };
        let _ = writeln!(
            out,
            "{mark} {unit} {place}: {}{part}, {}",
            question.ask,
            count(question.criteria.len(), "criterion")
        );
    }
    for warning in &import.warnings {
        let _ = writeln!(out, "! {warning}");
    }
    out
}

fn count(n: usize, noun: &str) -> String {
    match (n, noun) {
        (1, _) => format!("1 {noun}"),
        (_, "criterion") => format!("{n} criteria"),
        _ => format!("{n} {noun}s"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn import_of(text: &str) -> Import {
        viva_import::read(Source { bytes: text.as_bytes(), name: Some("notes.txt"), format: None })
            .expect("text can be read")
    }

    #[test]
    fn the_summary_names_each_question_with_its_place() {
        let said = summary(&import_of(
            "Q: What is a lease?\nA: A lock that ends by itself after a while.\nQ: Who renews it?\nA: Its holder, before it ends.\n",
        ));
        assert!(said.contains("2 questions found"), "{said}");
        assert!(said.contains("line 1 to 2: What is a lease?"), "{said}");
    }

    fn file(name: &str, text: &str) -> ReadFile {
        let source = Source { bytes: text.as_bytes(), name: Some(name), format: None };
        ReadFile {
            source: SourceFile { name: name.into(), sha256: sha256(text.as_bytes()) },
            import: viva_import::read(source).expect("text can be read"),
        }
    }

    #[test]
    fn documents_that_state_their_pack_need_none_named() {
        let text = "[pack]\nid = \"tea\"\ntitle = \"Tea\"\nlicence = \"CC0-1.0\"\n[[question]]\nid = \"tea.hot\"\nask = \"How hot?\"\n\
            topic = \"water\"\nmodel_answer = \"Eighty degrees.\"\n[[question.criterion]]\nid = \"a\"\nsays = \"b\"\nlisten = [[\"eighty degrees\"]]\n";
        let packs = by_pack(vec![file("tea.toml", text)], None).expect("it names one");
        assert_eq!(packs[0].0.as_str(), "tea");
        assert!(by_pack(vec![file("notes.txt", "Q: What?\nA: That.\n")], None).is_err());
    }

    #[test]
    fn the_difference_names_what_changes() {
        let id: PackId = "mine".parse().expect("a slug");
        let read = |text: &str| by_pack(vec![file("notes.txt", text)], Some(&id)).expect("named").remove(0).1;
        let text = "Q: What is a lease?\nA: A lock that ends by itself after a while.\n";
        let first = renew(None, &read(text), &id, "Mine", &Choices::new()).expect("answered");
        assert_eq!(difference(&first, false), "Pack mine: 1 new\n");
        let more = format!("{text}\nQ: Who renews it?\nA: Its holder, well before it ends.\n");
        let existing = Some((&first.pack, &first.provenance));
        let second = renew(existing, &read(&more), &id, "Mine", &Choices::new()).expect("answered");
        assert!(difference(&second, true).contains("  new: Who renews it?"));
    }
}
