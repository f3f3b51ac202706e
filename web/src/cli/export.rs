//! `viva export`: sessions as JSON, CSV, Markdown or WebVTT.

use super::places::Places;
use crate::compose;
use crate::export::{Exporter, Format, all_sessions, gather};
use anyhow::Context;
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use viva_core::ids::SessionId;
use viva_interview::InterviewError;

/// Write sessions with their answers as JSON, CSV, Markdown or WebVTT
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The session: the last part of its page's address
    #[arg(value_name = "SESSION", required_unless_present = "all")]
    session: Option<SessionId>,
    /// All sessions
    #[arg(long, conflicts_with = "session")]
    all: bool,
    /// json, csv, md or vtt
    #[arg(long, value_name = "FORMAT")]
    format: Format,
    /// The file to write; stdout without it
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
}

/// Exports. A file appears whole or not at all, in the place of one that was there.
pub fn run(args: Args) -> anyhow::Result<ExitCode> {
    let places = Places::from_env()?;
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let Some(file) = &args.output else {
        runtime.block_on(export(&places, &args, &mut std::io::stdout().lock()))?;
        return Ok(ExitCode::SUCCESS);
    };
    let folder = file.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let mut part = tempfile::Builder::new()
        .prefix(".viva-export-")
        .tempfile_in(folder)
        .with_context(|| format!("cannot write into {}", folder.display()))?;
    let mut out = BufWriter::new(&mut part);
    let sessions = runtime.block_on(export(&places, &args, &mut out))?;
    out.flush()?;
    drop(out);
    part.as_file().sync_all()?;
    part.persist(file).with_context(|| format!("{} was not written", file.display()))?;
    let sessions = if sessions == 1 { "1 session".to_owned() } else { format!("{sessions} sessions") };
    eprintln!("{}: {sessions}", file.display());
    Ok(ExitCode::SUCCESS)
}

async fn export(places: &Places, args: &Args, out: &mut impl Write) -> anyhow::Result<u32> {
    let interview = compose::interview(places, None).await?;
    let ids = match args.session {
        Some(session) => vec![session],
        None => all_sessions(&interview).await?,
    };
    let mut exporter = Exporter::new(args.format);
    let mut sessions = 0;
    let mut begun = false;
    for id in ids {
        let session = match gather(&interview, id).await {
            Ok(session) => session,
            // Deleted while the others were written.
            Err(InterviewError::NoSession(_) | InterviewError::NoAttempt(_)) if args.all => continue,
            Err(error) => return Err(error.into()),
        };
        if !begun {
            out.write_all(exporter.head(interview.now()).as_bytes())?;
            begun = true;
        }
        out.write_all(exporter.session(&session)?.as_bytes())?;
        sessions += 1;
    }
    if !begun {
        out.write_all(exporter.head(interview.now()).as_bytes())?;
    }
    out.write_all(exporter.tail().as_bytes())?;
    out.flush()?;
    Ok(sessions)
}
