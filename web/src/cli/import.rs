//! `viva import`: questions out of any interview document. With `--dry-run` it needs no database and changes nothing.

use anyhow::{Context, bail};
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use viva_core::bank::{self, to_toml};
use viva_core::ids::PackId;
use viva_import::{Format, Import, ImportError, Part, Source, limits};

use super::places::Places;

/// Read questions, answers and criteria out of documents
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Documents: text, Markdown, HTML, CSV, Anki, GIFT, JSON, YAML, TOML, DOCX, PDF
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
    /// Id of the pack the questions become, such as backend-notes
    #[arg(long, value_name = "ID", required_unless_present = "dry_run")]
    pack: Option<PackId>,
    /// Show what would be imported, and change nothing
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
    let mut imports = Vec::new();
    let mut failed = false;
    for file in &args.files {
        match read(file, args.format) {
            Ok(import) => imports.push(import),
            Err(error) => {
                failed = true;
                eprintln!("viva: {}: {error:#}", file.display());
            }
        }
    }
    let mut out = std::io::stdout().lock();
    if args.json {
        if let ([only], [import]) = (args.files.as_slice(), imports.as_slice()) {
            let _ = only;
            writeln!(out, "{}", serde_json::to_string_pretty(import)?)?;
        } else if args.files.len() > 1 {
            writeln!(out, "{}", serde_json::to_string_pretty(&imports)?)?;
        }
    } else {
        for import in &imports {
            write!(out, "{}", summary(import))?;
        }
    }
    if !failed
        && !args.dry_run
        && let Some(id) = &args.pack
    {
        let path = save(&imports, id, &args.files)?;
        eprintln!("Saved as {}", path.display());
    }
    Ok(if failed { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}

/// Reads one document.
pub(super) fn read(file: &Path, format: Option<Format>) -> anyhow::Result<Import> {
    let bytes = bytes(file)?;
    let name = file.file_name().map(|n| n.to_string_lossy().into_owned());
    Ok(viva_import::read(Source { bytes: &bytes, name: name.as_deref(), format })?)
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
    if told.len() > 5_000_000 {
        eprintln!("Reading {} ({} MB)", file.display(), told.len() / 1_000_000);
    }
    fs::read(file).context("cannot be read")
}

/// Puts the questions into the owner's rubric folder as a pack of its own.
fn save(imports: &[Import], id: &PackId, files: &[PathBuf]) -> anyhow::Result<PathBuf> {
    let title = files
        .first()
        .and_then(|f| f.file_stem())
        .map_or_else(|| id.to_string(), |stem| stem.to_string_lossy().replace(['-', '_'], " "));
    let pack = viva_import::to_pack(imports, id, &title)?;
    let text = to_toml(&pack);
    if let Err(errors) = bank::load(&text, &format!("{id}.toml")) {
        let lines: Vec<String> = errors.iter().map(ToString::to_string).collect();
        bail!("the pack would not load again:\n{}", lines.join("\n"));
    }
    let Some(dir) = Places::from_env()?.rubrics_dirs.into_iter().next() else {
        bail!("no folder for rubrics is known; set VIVA_RUBRICS_DIR");
    };
    fs::create_dir_all(&dir).with_context(|| format!("cannot create {}", dir.display()))?;
    let path = dir.join(format!("{id}.toml"));
    let mut file = match fs::File::create_new(&path) {
        Ok(file) => file,
        Err(e) if e.kind() == std::io::ErrorKind::AlreadyExists => {
            bail!("{} is there already; choose another --pack, or move it away first", path.display())
        }
        Err(e) => return Err(e).with_context(|| format!("cannot write {}", path.display())),
    };
    file.write_all(text.as_bytes()).with_context(|| format!("cannot write {}", path.display()))?;
    Ok(path)
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

    #[test]
    fn a_saved_pack_loads_again() {
        let import = import_of(
            "Q: What is a lease?\nA: A lock that ends by itself after a while.\nQ: Who renews it?\nA: Its holder, before it ends.\n",
        );
        let id: PackId = "mine".parse().expect("a slug");
        let pack = viva_import::to_pack(&[import], &id, "Mine").expect("answered");
        let loaded = bank::load(&to_toml(&pack), "mine.toml").expect("what is written can be read");
        assert_eq!(loaded.questions.len(), 2);
    }
}
