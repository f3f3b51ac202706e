//! Where a request comes from: this machine or the network. Only somebody at this machine may start its microphone.
//!
//! The address of the connection decides, never a header: a header can only take nearness away. A proxy or a tunnel on
//! this machine connects from the loopback and speaks for somebody else; it gives itself away by the headers it adds or
//! by the name it was asked for. Where nothing is known of the connection, it comes from the network.

use axum::extract::FromRequestParts;
use axum::extract::connect_info::{ConnectInfo, Connected};
use axum::http::request::Parts;
use axum::http::{HeaderMap, header};
use axum::serve::IncomingStream;
use std::convert::Infallible;
use std::net::{IpAddr, SocketAddr};
use tokio::net::TcpListener;

/// The other end of a connection.
#[derive(Debug, Clone, Copy)]
pub struct Peer(pub SocketAddr);

impl Connected<IncomingStream<'_, TcpListener>> for Peer {
    fn connect_info(stream: IncomingStream<'_, TcpListener>) -> Self {
        Self(*stream.remote_addr())
    }
}

/// How near whoever sends a request is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Nearness {
    /// At this machine.
    Here,
    /// Anywhere else.
    Network,
}

/// What proxies and tunnels add, each of them in one kind or another.
const SPOKEN_FOR: [&str; 9] = [
    "forwarded",
    "via",
    "x-forwarded-for",
    "x-forwarded-host",
    "x-forwarded-proto",
    "x-real-ip",
    "x-client-ip",
    "true-client-ip",
    "cf-connecting-ip",
];

impl Nearness {
    fn of(peer: Option<SocketAddr>, headers: &HeaderMap, asked_for: Option<&str>) -> Self {
        let near = peer.is_some_and(|peer| peer.ip().to_canonical().is_loopback())
            && SPOKEN_FOR.iter().all(|name| !headers.contains_key(*name))
            && asked_for.is_some_and(is_loopback_name);
        if near { Self::Here } else { Self::Network }
    }
}

fn is_loopback_name(authority: &str) -> bool {
    let host = crate::guard::without_port(authority).trim_start_matches('[').trim_end_matches(']');
    host.eq_ignore_ascii_case("localhost")
        || host.parse::<IpAddr>().is_ok_and(|address| address.to_canonical().is_loopback())
}

impl<S: Sync> FromRequestParts<S> for Nearness {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Infallible> {
        let peer = parts.extensions.get::<ConnectInfo<Peer>>().map(|ConnectInfo(Peer(address))| *address);
        let host = parts.headers.get(header::HOST).and_then(|host| host.to_str().ok());
        let authority = parts.uri.authority().map(|authority| authority.as_str());
        Ok(Self::of(peer, &parts.headers, host.or(authority)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::HeaderValue;

    #[track_caller]
    fn check(peer: &str, host: &str, added: Option<(&'static str, &'static str)>, near: Nearness) {
        let mut headers = HeaderMap::new();
        if let Some((name, value)) = added {
            headers.insert(name, HeaderValue::from_static(value));
        }
        assert_eq!(Nearness::of(peer.parse().ok(), &headers, Some(host)), near, "{peer} {host} {added:?}");
    }

    #[test]
    fn only_a_connection_of_this_machine_that_speaks_for_itself_is_near() {
        for (peer, host) in [
            ("127.0.0.1:5000", "127.0.0.1:7878"),
            ("127.3.2.1:5000", "localhost"),
            ("[::1]:5000", "[::1]:7878"),
            ("[::ffff:127.0.0.1]:5000", "LOCALHOST:1"),
        ] {
            check(peer, host, None, Nearness::Here);
        }
        check("192.168.1.20:5000", "127.0.0.1:7878", None, Nearness::Network);
        check("192.168.1.20:5000", "localhost", Some(("x-forwarded-for", "127.0.0.1")), Nearness::Network);
        check("127.0.0.1:5000", "localhost", Some(("x-forwarded-for", "192.168.1.20")), Nearness::Network);
        check("127.0.0.1:5000", "localhost", Some(("forwarded", "for=127.0.0.1")), Nearness::Network);
        check("127.0.0.1:5000", "localhost", Some(("via", "1.1 proxy")), Nearness::Network);
        check("127.0.0.1:5000", "panel.example", None, Nearness::Network);
        check("127.0.0.1:5000", "localhost.example", None, Nearness::Network);
        check("", "localhost", None, Nearness::Network);
    }
}
