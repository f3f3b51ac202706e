//! Where logs go: to stderr, quiet unless asked. Never a transcript, audio, cookie or token.

use std::io;
use tracing_subscriber::EnvFilter;

/// Starts logging; `VIVA_LOG` (such as `viva_speech=debug`) wins over `-v`.
pub fn start(verbose: u8) {
    let default = match verbose {
        // A decode that is cancelled is an error to whisper.cpp; whatever really fails comes back as an error of ours.
        0 => "warn,viva=info,whisper_rs=off",
        1 => "info,viva=debug,viva_audio=debug,viva_speech=debug,viva_interview=debug",
        _ => "debug",
    };
    // The sound server's client tells of every stream that ends as of an error.
    let default = format!("{default},pulseaudio=off");
    let filter = EnvFilter::try_from_env("VIVA_LOG").unwrap_or_else(|_| EnvFilter::new(&default));
    tracing_subscriber::fmt()
        .with_env_filter(discreet(filter))
        .with_writer(io::stderr)
        .with_target(false)
        .init();
}

/// The same filter without what would write an invitation's link down: the path of every request, at `trace`.
pub fn discreet(filter: EnvFilter) -> EnvFilter {
    filter.add_directive("tower_http::csrf=off".parse().expect("the directive is well formed"))
}
