//! `viva serve --tls`: a browser gives its microphone only to a page that came over https, so Viva can speak it.
//!
//! This is a server's side only: nothing here can open a connection to anybody.

mod certificate;
mod listener;

pub use certificate::{Certificate, kept};
pub use listener::TlsListener;

use anyhow::Context;
use std::sync::Arc;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::crypto::ring::default_provider;

/// What a server needs to speak with this certificate.
pub fn server_config(certificate: &Certificate) -> anyhow::Result<Arc<ServerConfig>> {
    let mut config = ServerConfig::builder_with_provider(Arc::new(default_provider()))
        .with_safe_default_protocol_versions()?
        .with_no_client_auth()
        .with_single_cert(certificate.chain.clone(), certificate.key.clone_key())
        .context("the certificate and its key do not belong together, or the key is of a kind that is not supported")?;
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(Arc::new(config))
}
