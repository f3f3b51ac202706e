//! `viva serve`: the pages, for this machine, or over TLS for others too.

use super::places::Places;
use crate::app::{App, router};
use crate::audit_heads::Heads;
use crate::bench::Desk;
use crate::compose;
use crate::guard::AllowedHosts;
use crate::handlers::connection::Served;
use crate::peer::Peer;
use crate::people::Transport;
use crate::tls::{self, Certificate, TlsListener};
use crate::tray::Documents;
use anyhow::{Context, bail};
use futures::FutureExt;
use jiff::Timestamp;
use std::io::{ErrorKind, Write};
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::PathBuf;
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
    /// Another name or address the pages may be asked for by, such as this machine's in your network; may be given
    /// several times
    #[arg(long, value_name = "NAME", alias = "host-name", value_parser = host_name)]
    host: Vec<String>,
    /// The address to listen on; the loopback, or with --tls and --host every address of this machine
    #[arg(long, value_name = "IP")]
    listen: Option<IpAddr>,
    /// Serve over https, with a certificate made here and kept in the data folder
    #[arg(long)]
    tls: bool,
    /// Serve over https with this certificate (PEM)
    #[arg(long, value_name = "FILE", requires = "tls_key")]
    tls_cert: Option<PathBuf>,
    /// The certificate's key (PEM)
    #[arg(long, value_name = "FILE", requires = "tls_cert")]
    tls_key: Option<PathBuf>,
}

/// A name or address a browser can ask for: an IP address, or a host name of letters, digits, hyphens and dots (RFC 1123).
fn host_name(text: &str) -> Result<String, String> {
    let label = |label: &str| {
        (1..=63).contains(&label.len())
            && label.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    if text.parse::<IpAddr>().is_ok() || (text.len() <= 253 && text.split('.').all(label)) {
        return Ok(text.to_owned());
    }
    Err("give a host name such as viva.local, or an IP address, without scheme and port".to_owned())
}

impl Args {
    /// Where to listen. Beyond this machine only over TLS: a browser gives no microphone to anything else, and what is
    /// said would travel for all to hear.
    fn address(&self) -> anyhow::Result<SocketAddr> {
        let tls = self.tls || self.tls_cert.is_some();
        let unless_told =
            if tls && !self.host.is_empty() { Ipv4Addr::UNSPECIFIED } else { Ipv4Addr::LOCALHOST };
        let address = self.listen.unwrap_or(IpAddr::V4(unless_told));
        if !tls && !address.is_loopback() {
            bail!("to listen on {address}, beyond this machine, Viva needs https: add `--tls`");
        }
        Ok(SocketAddr::new(address, self.port))
    }

    fn certificate(&self, places: &Places) -> anyhow::Result<Option<Certificate>> {
        match (&self.tls_cert, &self.tls_key) {
            (Some(certificate), Some(key)) => Certificate::read(certificate, key).map(Some),
            _ if self.tls => {
                Certificate::of_this_machine(&places.data_dir, &self.host, Timestamp::now()).map(Some)
            }
            _ => Ok(None),
        }
    }
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
    let address = args.address()?;
    // First of all, so that a port that is taken is said before anything is touched.
    let listener = match TcpListener::bind(address).await {
        Ok(listener) => listener,
        Err(error) if error.kind() == ErrorKind::AddrInUse => bail!(
            "port {} is taken, perhaps by another Viva; stop that one, or choose another with `--port`",
            args.port
        ),
        Err(error) => return Err(error).with_context(|| format!("cannot listen on {address}")),
    };
    let certificate = args.certificate(&places)?;
    let interview = compose::interview(&places, args.model).await?;
    let found = interview.pick_up().await?;
    let waiting = interview.adopt_pieces().await?;
    interview.close_given_up().await?;
    if waiting > 0 {
        tracing::info!(waiting, "answers from browsers were cut off and can go on");
    }
    if found.salvaged > 0 {
        tracing::info!(salvaged = found.salvaged, "recordings that were cut off are kept and being settled");
    }
    let stopping = CancellationToken::new();
    let jobs = compose::start_jobs(&interview, stopping.clone());
    let served = Arc::new(served(listener.local_addr()?, &args.host, certificate.as_ref()));
    let transport = if served.fingerprint.is_some() { Transport::Tls } else { Transport::Open };
    let entrance = Arc::new(compose::entrance(interview.shared_store(), transport));
    let unguarded = !address.ip().is_loopback() && !entrance.is_inhabited().await?;
    let heads = Heads::beside(&places.data_dir);
    let heads = tokio::spawn(heads.keep(interview.clone(), stopping.clone()));
    let app = App {
        served: Arc::clone(&served),
        interview: interview.clone(),
        stopping: stopping.clone(),
        device: args.device,
        desk: Desk::new(&places),
        documents: Documents::new(&places.data_dir, &places.rubrics_dirs),
        entrance,
        places: Arc::new(places),
    };
    let router = router(app, AllowedHosts::new(args.host));

    let mut out = std::io::stdout().lock();
    let mut addresses = served.addresses.iter();
    for (says, at) in ["Viva is at "].iter().chain(std::iter::repeat(&"       and ")).zip(&mut addresses) {
        writeln!(out, "{says}{at}")?;
    }
    if let Some(fingerprint) = &served.fingerprint {
        writeln!(out, "The SHA-256 fingerprint of its certificate is {fingerprint}")?;
    }
    out.flush()?;
    drop(out);
    if unguarded {
        eprintln!(
            "Whoever reaches these addresses can use this Viva: it has no owner yet. `viva people owner NAME` makes one."
        );
    }

    let told = {
        let stopping = stopping.clone();
        async move {
            told_to_stop().await;
            tracing::info!("stopping");
            stopping.cancel();
        }
    };
    let service = router.into_make_service_with_connect_info::<Peer>();
    let server = match &certificate {
        Some(certificate) => {
            let listener = TlsListener::new(listener, tls::server_config(certificate)?)?;
            axum::serve(listener, service).with_graceful_shutdown(told).into_future().boxed()
        }
        None => axum::serve(listener, service).with_graceful_shutdown(told).into_future().boxed(),
    };
    let force = async {
        stopping.cancelled().await;
        tokio::time::sleep(DRAIN).await;
    };
    tokio::select! {
        ended = server => ended?,
        () = force => tracing::warn!("some requests did not end in time"),
    }
    // A take under way is kept: stopped, on disk, and settled by the next start.
    if let Some(take) = interview.on_air() {
        interview.stop(take.attempt).await?;
    }
    let _ = tokio::time::timeout(DRAIN, jobs).await;
    let _ = tokio::time::timeout(DRAIN, heads).await;
    Ok(ExitCode::SUCCESS)
}

/// Where the pages are to be found, this machine's own address first.
fn served(bound: SocketAddr, hosts: &[String], certificate: Option<&Certificate>) -> Served {
    let scheme = if certificate.is_some() { "https" } else { "http" };
    let here = if bound.ip().is_unspecified() { IpAddr::V4(Ipv4Addr::LOCALHOST) } else { bound.ip() };
    let mut addresses = vec![format!("{scheme}://{}", SocketAddr::new(here, bound.port()))];
    addresses.extend(hosts.iter().map(|host| match host.parse::<IpAddr>() {
        Ok(address) => format!("{scheme}://{}", SocketAddr::new(address, bound.port())),
        Err(_) => format!("{scheme}://{host}:{}", bound.port()),
    }));
    Served { addresses, fingerprint: certificate.map(Certificate::fingerprint) }
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
