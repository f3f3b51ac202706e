//! How long matrix and agreement take with a thousand candidates, eight questions and five raters, on SQLite or, with
//! `VIVA_BENCH_DATABASE_URL`, on an empty PostgreSQL database.
//!
//! `cargo run -p viva-tests --example rounds -- [TIMES [CANDIDATES]]` with `VIVA_BIN` naming the binary to measure; `scripts/bench-rounds` does
//! both databases. The round is written through the storage's own methods, so filling it takes a minute or two.

#![expect(clippy::print_stdout, reason = "what it measures is its result")]

mod fill;

use anyhow::{Result, ensure};
use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Instant;
use viva_core::ids::RoundId;
use viva_core::round::Show;
use viva_storage_postgres::PostgresStore;
use viva_storage_sqlite::SqliteStore;
use viva_tests::installation::Installation;
use viva_tests::server::Server;

const CANDIDATES: u128 = 1_000;
const QUESTIONS: usize = 8;
const RATERS: u128 = 5;
const LIMIT_MS: f64 = 200.0;

fn main() -> Result<()> {
    let times: usize = std::env::args().nth(1).map(|times| times.parse()).transpose()?.unwrap_or(20);
    let candidates: u128 = std::env::args().nth(2).map_or(Ok(CANDIDATES), |number| number.parse())?;
    let url = std::env::var("VIVA_BENCH_DATABASE_URL").ok().filter(|url| !url.is_empty());
    let mut installation = Installation::new().without_sound();
    if let Some(url) = &url {
        installation = installation.with_env([("DATABASE_URL".to_owned(), url.clone())]);
    }
    let place = url.unwrap_or_else(|| format!("sqlite://{}", installation.database().display()));
    let begin = Instant::now();
    let round = tokio::runtime::Runtime::new()?.block_on(filled(&place, candidates))?;
    println!(
        "{candidates} candidates, {QUESTIONS} questions, {RATERS} raters on {}, written in {:.0} s; {times} times",
        if place.starts_with("sqlite") { "SQLite" } else { "PostgreSQL" },
        begin.elapsed().as_secs_f64()
    );
    let server = Server::start(&installation);
    println!("\n| page | median ms | p95 ms | kB |\n|---|---|---|---|");
    let mut slow = Vec::new();
    for (name, page) in [
        ("matrix", "matrix".to_owned()),
        ("matrix, most apart first, last page", "matrix?sort=apart&page=10".to_owned()),
        ("matrix with an opened answer", format!("matrix?cell={}.3", fill::candidate(7))),
        ("agreement", "agreement".to_owned()),
    ] {
        let (mut taken, mut size) = (Vec::new(), 0);
        for time in 0..times + 3 {
            let begin = Instant::now();
            size = get(&server, &format!("/rounds/{round}/{page}"))?;
            // The first ones fill caches.
            if time >= 3 {
                taken.push(begin.elapsed().as_secs_f64() * 1000.0);
            }
        }
        taken.sort_unstable_by(f64::total_cmp);
        let at = |share: f64| taken[((taken.len() - 1) as f64 * share).round() as usize];
        println!("| {name} | {:.0} | {:.0} | {:.0} |", at(0.5), at(0.95), size as f64 / 1000.0);
        if at(0.5) >= LIMIT_MS {
            slow.push(name);
        }
    }
    ensure!(slow.is_empty(), "over {LIMIT_MS} ms at the median: {slow:?}");
    Ok(())
}

async fn filled(url: &str, candidates: u128) -> Result<RoundId> {
    let size = fill::Size { candidates, questions: QUESTIONS, raters: RATERS, show: Show::Codes };
    if SqliteStore::takes(url) {
        let store = SqliteStore::open(url).await?;
        store.migrate().await?;
        fill::fill(&store, size).await
    } else {
        let store = PostgresStore::open(url).await?;
        store.migrate().await?;
        fill::fill(&store, size).await
    }
}

/// Asks for a page as a signed-in rater; the bytes over the wire.
fn get(server: &Server, path: &str) -> Result<usize> {
    let mut connection = TcpStream::connect(("127.0.0.1", server.port()))?;
    let (port, token) = (server.port(), "01".repeat(32));
    write!(
        connection,
        "GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nCookie: viva-login={token}\r\nAccept-Encoding: gzip\r\nConnection: close\r\n\r\n"
    )?;
    let mut answer = Vec::new();
    connection.read_to_end(&mut answer)?;
    let head = String::from_utf8_lossy(&answer[..answer.len().min(12)]).into_owned();
    ensure!(head.ends_with("200"), "{path} answered {head}");
    Ok(answer.len())
}
