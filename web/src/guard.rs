//! What every request must pass and every answer carries: a known `Host`, same-origin forms, and headers
//! that let a page load nothing from anywhere but here.

use axum::extract::{Request, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use std::net::IpAddr;
use std::sync::Arc;

/// Names this server answers to beside loopback ones. Refusing others defeats DNS rebinding.
#[derive(Debug, Clone, Default)]
pub struct AllowedHosts(Arc<[String]>);

impl AllowedHosts {
    /// Loopback and the given names, in lower case, without port.
    pub fn new(names: impl IntoIterator<Item = String>) -> Self {
        Self(names.into_iter().map(|name| name.to_ascii_lowercase()).collect())
    }

    fn allows(&self, authority: &str) -> bool {
        let host = without_port(authority).to_ascii_lowercase();
        let bare = host.trim_start_matches('[').trim_end_matches(']');
        host == "localhost"
            || bare.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
            || self.0.iter().any(|name| *name == host || *name == bare)
    }
}

/// A host without its port.
pub fn without_port(authority: &str) -> &str {
    match authority.rsplit_once(':') {
        Some((host, port)) if !port.is_empty() && port.bytes().all(|b| b.is_ascii_digit()) => host,
        _ => authority,
    }
}

/// Refuses a request that was addressed to another name.
pub async fn known_host(State(allowed): State<AllowedHosts>, request: Request, next: Next) -> Response {
    let named = request
        .headers()
        .get(header::HOST)
        .and_then(|host| host.to_str().ok())
        .or_else(|| request.uri().authority().map(|authority| authority.as_str()));
    match named {
        Some(host) if allowed.allows(host) => next.run(request).await,
        _ => (StatusCode::MISDIRECTED_REQUEST, "This is not the address of this server.\n").into_response(),
    }
}

/// Everything is denied but what is listed. No inline script or style, so nothing a person says can run.
const POLICY: &str = concat!(
    "default-src 'none'; ",
    "script-src 'self'; ",
    // The waveform brings one style sheet of its own; a test holds its hash to the vendored file.
    "style-src 'self' 'sha256-qg0uSSfJYaGrLwqWKxYxz65PSr2rsIyu2yQ4eEf3Uws='; ",
    "font-src 'self'; ",
    "img-src 'self'; ",
    "media-src 'self'; ",
    "connect-src 'self'; ",
    "form-action 'self'; ",
    "base-uri 'none'; ",
    "frame-ancestors 'none'",
);

/// Adds the headers that keep a page to itself.
pub async fn seal(request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(POLICY));
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(header::REFERRER_POLICY, HeaderValue::from_static("same-origin"));
    headers.insert("cross-origin-opener-policy", HeaderValue::from_static("same-origin"));
    headers.insert(
        "permissions-policy",
        HeaderValue::from_static("microphone=(self), camera=(), geolocation=(), payment=()"),
    );
    response
}

#[cfg(test)]
mod tests {
    use super::*;
    use base64::Engine as _;
    use sha2::{Digest, Sha256};

    #[test]
    fn the_one_style_sheet_that_is_allowed_is_that_of_the_vendored_waveform() {
        let library = include_str!("../static/vendor/wavesurfer/wavesurfer.esm.js");
        let player = include_str!("../static/player.js");
        let height = player.split_once("const HEIGHT = ").unwrap().1.split_once(';').unwrap().0;
        let sheet = library.split_once("`:\"\"}>").unwrap().1.split_once("</style>").unwrap().0;
        let (before, rest) = sheet.split_once("${").unwrap();
        let sheet = format!("{before}{height}{}", rest.split_once('}').unwrap().1).replace("\\n", "\n");
        let hash = base64::prelude::BASE64_STANDARD.encode(Sha256::digest(sheet));
        assert!(POLICY.contains(&format!("'sha256-{hash}'")), "{hash}");
    }

    #[test]
    fn only_loopback_and_named_hosts_are_answered() {
        let allowed = AllowedHosts::new(["Panel.local".to_owned()]);
        for host in ["127.0.0.1:7878", "localhost", "LOCALHOST:1", "[::1]:80", "panel.local:7878"] {
            assert!(allowed.allows(host), "{host}");
        }
        for host in ["evil.example", "127.0.0.1.evil.example", "localhost.evil.example:80", "10.0.0.1", ""] {
            assert!(!allowed.allows(host), "{host}");
        }
    }
}
