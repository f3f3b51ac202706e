//! `viva backup` and `viva restore`: everything of one installation in one file, and back.

use super::places::Places;
use crate::handlers::confirm::size;
use crate::{backup, compose};
use anyhow::{Context, bail};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// Write answers, recordings, settings and own packs into one file
#[derive(Debug, clap::Args)]
pub struct BackupArgs {
    /// The file to write, or a folder to write `viva-backup-DATE.zip` into
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// Write over a file that is there
    #[arg(long)]
    force: bool,
}

/// Bring back what `viva backup` wrote; what was there is moved aside
#[derive(Debug, clap::Args)]
pub struct RestoreArgs {
    /// A file that `viva backup` or the page "Your data" made
    #[arg(value_name = "FILE")]
    file: PathBuf,
}

/// Makes a backup. The file appears whole or not at all.
pub fn run(args: BackupArgs) -> anyhow::Result<ExitCode> {
    let places = Places::from_env()?;
    let file = if args.file.is_dir() { args.file.join(file_name()) } else { args.file };
    if file.exists() && !args.force {
        bail!("{} is there already; choose another name, or --force to write over it", file.display());
    }
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let contents = runtime.block_on(async {
        // Brings an older database up to date first, as every command does.
        compose::store(&places).await?;
        backup::gather(&places).await
    })?;
    let folder = file.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let mut part = tempfile::Builder::new()
        .prefix(".viva-backup-")
        .tempfile_in(folder)
        .with_context(|| format!("cannot write into {}", folder.display()))?;
    let written = backup::write(&contents, std::io::BufWriter::with_capacity(1 << 18, &mut part))
        .with_context(|| format!("{} was not written", file.display()))?;
    part.as_file().sync_all()?;
    let kept = if args.force { part.persist(&file) } else { part.persist_noclobber(&file) };
    let bytes = kept.with_context(|| format!("{} was not written", file.display()))?.metadata()?.len();
    let mut out = std::io::stdout().lock();
    writeln!(
        out,
        "{}: the database, {}, {}; {}",
        file.display(),
        count(written.recordings.into(), "recording"),
        count(written.packs.into(), "own pack"),
        size(bytes)
    )?;
    if written.gone_meanwhile > 0 {
        eprintln!("{} deleted meanwhile and not in it.", count(written.gone_meanwhile.into(), "recording"));
    }
    Ok(ExitCode::SUCCESS)
}

/// Brings a backup back.
pub fn restore(args: RestoreArgs) -> anyhow::Result<ExitCode> {
    let places = Places::from_env()?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let restored = runtime.block_on(backup::restore(&places, &args.file))?;
    let mut out = std::io::stdout().lock();
    writeln!(
        out,
        "Restored the backup of {}: {}, {}, {}",
        restored.made_at,
        count(restored.answers, "answer"),
        count(restored.recordings.into(), "recording"),
        count(restored.packs.into(), "own pack")
    )?;
    for folder in restored.kept_in {
        writeln!(
            out,
            "What was there is kept in {}; delete it when you no longer need it",
            folder.display()
        )?;
    }
    if let Some(folder) = restored.packs_elsewhere {
        eprintln!(
            "The packs are in {}; VIVA_RUBRICS_DIR names other folders, which were left as they are.",
            folder.display()
        );
    }
    Ok(ExitCode::SUCCESS)
}

/// How a backup is called that was given no name.
pub fn file_name() -> String {
    jiff::Zoned::now().strftime("viva-backup-%Y-%m-%d-%H%M%S.zip").to_string()
}

fn count(n: u64, noun: &str) -> String {
    if n == 1 { format!("1 {noun}") } else { format!("{n} {noun}s") }
}
