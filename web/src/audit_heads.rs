//! Heads of the audit log, written down outside the data folder, one line each: number and hash of the last entry at that time.
//!
//! A chain of hashes shows that something in its middle was touched; that its end was cut off, or all of it rewritten, shows only
//! against a head that somebody kept elsewhere. The file stands beside the data folder, so that a restored or
//! edited folder does not bring its own; whoever wants more copies lines of it to another machine.

use anyhow::Context;
use std::fs::{self, OpenOptions};
use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;
use tokio_util::sync::CancellationToken;
use viva_core::audit::Head;
use viva_interview::Interview;
use viva_storage::Audit;

/// How often a running server looks for a new head.
const EVERY: Duration = Duration::from_secs(60);

/// The file the heads of one installation are in.
#[derive(Debug, Clone)]
pub struct Heads {
    file: PathBuf,
}

impl Heads {
    /// The file beside a data folder: `viva` has `viva-audit-heads`. Creates nothing.
    pub fn beside(data_dir: &Path) -> Self {
        let mut name = data_dir.file_name().unwrap_or_default().to_owned();
        name.push("-audit-heads");
        Self { file: data_dir.with_file_name(name) }
    }

    /// Another file.
    pub fn in_file(file: PathBuf) -> Self {
        Self { file }
    }

    /// All heads that were written down; none where there is no file.
    pub fn read(&self) -> anyhow::Result<Vec<Head>> {
        let text = match fs::read_to_string(&self.file) {
            Ok(text) => text,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
            Err(error) => {
                return Err(error).with_context(|| format!("{} cannot be read", self.file.display()));
            }
        };
        let lines = text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty());
        lines
            .map(|(number, line)| {
                parse(line).with_context(|| {
                    format!(
                        "{}, line {}: a number and a hash should stand there",
                        self.file.display(),
                        number + 1
                    )
                })
            })
            .collect()
    }

    /// Writes the log's head down where it has moved. An empty log leaves no file.
    pub async fn note(&self, audit: &(impl Audit + ?Sized)) -> anyhow::Result<()> {
        let Some(head) = audit.audit_head().await? else { return Ok(()) };
        if self.read()?.last() == Some(&head) {
            return Ok(());
        }
        let told = || format!("{} cannot be written", self.file.display());
        let mut file = OpenOptions::new().create(true).append(true).open(&self.file).with_context(told)?;
        writeln!(file, "{} {}", head.sequence, head.hash).with_context(told)?;
        file.sync_data().with_context(told)
    }

    /// Keeps noting while a server runs, and once more when it stops. What keeps failing is said once.
    pub async fn keep(self, interview: Arc<Interview>, stopping: CancellationToken) {
        let mut failed = false;
        loop {
            let noted = self.note(interview.store()).await;
            match &noted {
                Err(error) if !failed => {
                    tracing::warn!(%error, "the head of the audit log could not be written down");
                }
                _ => {}
            }
            failed = noted.is_err();
            if stopping.is_cancelled() {
                return;
            }
            tokio::select! {
                () = stopping.cancelled() => {}
                () = tokio::time::sleep(EVERY) => {}
            }
        }
    }
}

fn parse(line: &str) -> Option<Head> {
    let (sequence, hash) = line.trim().split_once(' ')?;
    Some(Head { sequence: sequence.parse().ok()?, hash: hash.trim().parse().ok()? })
}
