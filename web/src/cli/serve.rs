//! `viva serve`: the pages, on this machine.

use super::places::Places;
use crate::app::{App, router};
use crate::bench::Desk;
use crate::compose;
use crate::guard::AllowedHosts;
use crate::tray::Documents;
use anyhow::{Context, bail};
use std::io::{ErrorKind, Write};
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

/// Serve the pages on this machine
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Port to listen on; 0 takes any free one
    #[arg(long, default_value_t = 7878, env = "VIVA_PORT")]
    port: u16,
    /// The microphone to record from, as `viva devices` names it; the system's default without it
    #[arg(long, env = "VIVA_DEVICE")]
    device: Option<String>,
    /// The Whisper model: a name of `viva model list`, or the path of a ggml file
    #[arg(long, env = "VIVA_MODEL")]
    model: Option<String>,
    /// Another name the pages may be asked for by, such as that of a tunnel; may be given several times
    #[arg(long, value_name = "NAME")]
    host_name: Vec<String>,
}

/// How long open requests may take to end once the server is told to stop.
const DRAIN: Duration = Duration::from_secs(5);

/// Serves until Ctrl+C or a termination signal.
pub fn run(args: Args) -> anyhow::Result<ExitCode> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(serve(args))
}

async fn serve(args: Args) -> anyhow::Result<ExitCode> {
    let places = Places::from_env()?;
    let address = SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), args.port);
    // First of all, so that a port that is taken is said before anything is touched.
    let listener = match TcpListener::bind(address).await {
        Ok(listener) => listener,
        Err(error) if error.kind() == ErrorKind::AddrInUse => bail!(
            "port {} is taken, perhaps by another Viva; stop that one, or choose another with `--port`",
            args.port
        ),
        Err(error) => return Err(error).with_context(|| format!("cannot listen on {address}")),
    };
    let interview = compose::interview(&places, args.model).await?;
    let found = interview.pick_up().await?;
    if found.salvaged > 0 {
        tracing::info!(salvaged = found.salvaged, "recordings that were cut off are kept and being settled");
    }
    let stopping = CancellationToken::new();
    let jobs = compose::start_jobs(&interview, stopping.clone());
    let app = App {
        interview: interview.clone(),
        stopping: stopping.clone(),
        device: args.device,
        desk: Desk::new(&places),
        documents: Documents::new(&places.data_dir, &places.rubrics_dirs),
        places: Arc::new(places),
    };
    let router = router(app, AllowedHosts::new(args.host_name));

    let bound = listener.local_addr()?;
    let mut out = std::io::stdout().lock();
    writeln!(out, "Viva is at http://{bound}")?;
    out.flush()?;
    drop(out);

    let server = axum::serve(listener, router).with_graceful_shutdown({
        let stopping = stopping.clone();
        async move {
            told_to_stop().await;
            tracing::info!("stopping");
            stopping.cancel();
        }
    });
    let force = async {
        stopping.cancelled().await;
        tokio::time::sleep(DRAIN).await;
    };
    tokio::select! {
        ended = server.into_future() => ended?,
        () = force => tracing::warn!("some requests did not end in time"),
    }
    // A take under way is kept: stopped, on disk, and settled by the next start.
    if let Some(take) = interview.on_air() {
        interview.stop(take.attempt).await?;
    }
    let _ = tokio::time::timeout(DRAIN, jobs).await;
    Ok(ExitCode::SUCCESS)
}

/// Waits for Ctrl+C or a termination signal.
pub(super) async fn told_to_stop() {
    let interrupt = async {
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
    };
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        match signal(SignalKind::terminate()) {
            Ok(mut terminate) => tokio::select! {
                () = interrupt => {}
                _ = terminate.recv() => {}
            },
            Err(_) => interrupt.await,
        }
    }
    #[cfg(not(unix))]
    interrupt.await;
}
