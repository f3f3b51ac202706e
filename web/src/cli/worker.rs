//! `viva worker`: settles waiting answers without serving pages.

use super::places::Places;
use super::serve::told_to_stop;
use crate::compose;
use std::io::Write;
use std::process::ExitCode;
use tokio_util::sync::CancellationToken;

/// Settle waiting answers without serving pages, until stopped
///
/// `viva serve` settles answers by itself. A worker is for answers that wait while nothing serves: recorded before the
/// model was there, given in `viva practice` that was ended early, or left to a cheaper hour, as
/// `viva worker --once` in a nightly job. It also deletes recordings that are past their time.
/// Several may run at once, beside a server too.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Settle what waits now, then end; the exit code is 1 where an answer still waits or could not be settled
    #[arg(long)]
    once: bool,
    /// The Whisper model: a name of `viva model list`, or the path of a ggml file
    #[arg(long, env = "VIVA_MODEL")]
    model: Option<String>,
}

/// Works until Ctrl+C, a termination signal or, with `--once`, the end of the queue.
pub fn run(args: Args) -> anyhow::Result<ExitCode> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let ended = runtime.block_on(work(args));
    // A decode that is under way ends with its process; its answer waits for the next.
    runtime.shutdown_background();
    ended
}

async fn work(args: Args) -> anyhow::Result<ExitCode> {
    let stopping = CancellationToken::new();
    let told = tokio::spawn({
        let stopping = stopping.clone();
        async move {
            told_to_stop().await;
            tracing::info!("stopping");
            stopping.cancel();
        }
    });
    let places = Places::from_env()?;
    let interview = compose::interview(&places, args.model).await?;
    interview.pick_up().await?;
    let before = interview.store().unsettled_attempts().await?;
    if !args.once {
        eprintln!("{} waiting. Settling answers as they come; Ctrl+C ends it.", answers(before.len()));
        compose::start_jobs(&interview, stopping).await?;
        return Ok(ExitCode::SUCCESS);
    }
    compose::runner(&interview).drain(stopping.clone()).await;
    told.abort();
    let (mut settled, mut failed) = (0, 0);
    for attempt in &before {
        match interview.store().attempt(attempt.id).await? {
            Some(attempt) if attempt.state.is_settled() => settled += 1,
            Some(attempt) if !attempt.state.needs_settling() && !attempt.state.is_open() => failed += 1,
            _ => {}
        }
    }
    let waiting = interview.store().unsettled_attempts().await?.len();
    let mut out = std::io::stdout().lock();
    writeln!(out, "{} settled, {failed} could not be, {waiting} still waiting.", answers(settled))?;
    Ok(if waiting + failed == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn answers(n: usize) -> String {
    if n == 1 { "1 answer".to_owned() } else { format!("{n} answers") }
}
