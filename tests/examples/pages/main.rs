//! How long every page takes with ten thousand answers in the database, how long `viva serve` takes to answer, and how
//! much memory it holds before a model is loaded.
//!
//! `cargo run -p viva-tests --example pages -- [ROUNDS]` with `VIVA_BIN` naming the binary to measure;
//! `scripts/bench-pages` does both. Pages are asked for over HTTP with gzip, as a browser does, one after the other.

#![expect(clippy::print_stdout, reason = "what it measures is its result")]

mod seed;

use anyhow::{Context, Result, ensure};
use seed::Seeded;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::time::{Duration, Instant};
use viva_storage::History;
use viva_storage_postgres::PostgresStore;
use viva_storage_postgres::testing::TestDatabase;
use viva_storage_sqlite::SqliteStore;
use viva_tests::installation::Installation;
use viva_tests::server::Server;

const PAGE_LIMIT_MS: f64 = 20.0;
const START_LIMIT_MS: f64 = 1_000.0;
const MEMORY_LIMIT_MB: f64 = 60.0;
const STARTS: usize = 5;

/// A database with everything in it and its size: SQLite in the folder, or PostgreSQL where `VIVA_TEST_STORE=postgres` asks for it.
async fn filled(data_dir: &Path) -> Result<(Seeded, u64, Option<TestDatabase>)> {
    if std::env::var("VIVA_TEST_STORE").as_deref() == Ok("postgres") {
        let database = TestDatabase::migrated().await.context("PostgreSQL is not installed")?;
        let store = PostgresStore::open(&database.url()).await?;
        let seeded = seed::fill(&store, data_dir).await?;
        let bytes = store.usage().await?.database_bytes;
        // What the server does by itself sooner or later; the one for tests does not.
        database.run("VACUUM ANALYZE").await;
        store.close().await;
        return Ok((seeded, bytes, Some(database)));
    }
    let store = SqliteStore::open(&format!("sqlite:{}", data_dir.join("viva.db").display())).await?;
    store.migrate().await?;
    let seeded = seed::fill(&store, data_dir).await?;
    let bytes = store.usage().await?.database_bytes;
    store.close().await;
    Ok((seeded, bytes, None))
}

fn main() -> Result<()> {
    let rounds: usize = std::env::args().nth(1).map(|rounds| rounds.parse()).transpose()?.unwrap_or(100);
    let mut installation = Installation::new().without_sound();
    let seeding = Instant::now();
    let runtime = tokio::runtime::Runtime::new()?;
    let (seeded, bytes, database) = runtime.block_on(filled(installation.data_dir()))?;
    if let Some(database) = &database {
        installation = installation.with_env([("DATABASE_URL".to_owned(), database.url())]);
    }
    println!(
        "{} answers on {}, {} MB, written in {:.0} s; {rounds} rounds",
        seed::ANSWERS,
        if database.is_some() { "PostgreSQL" } else { "SQLite" },
        bytes / 1_000_000,
        seeding.elapsed().as_secs_f64()
    );

    let mut starts = Vec::new();
    for _ in 0..STARTS {
        let begin = Instant::now();
        let server = Server::start(&installation);
        get(&server, "/")?;
        starts.push(milliseconds(begin.elapsed()));
        server.stop();
    }
    let server = Server::start(&installation);
    std::thread::sleep(Duration::from_secs(1));
    let at_rest = memory(&server)?;

    println!("\n| page | median ms | p95 ms | kB |\n|---|---|---|---|");
    let mut slow = Vec::new();
    for (name, path) in pages(&seeded) {
        if get(&server, &path)?.is_none() {
            println!("| {name} | not there | | |");
            continue;
        }
        let mut times = Vec::new();
        let mut size = 0;
        for round in 0..rounds + 5 {
            let begin = Instant::now();
            let answer = get(&server, &path)?.unwrap_or_default();
            // The first ones fill caches.
            if round >= 5 {
                times.push(milliseconds(begin.elapsed()));
            }
            size = answer.len();
        }
        let (median, p95) = (quantile(&mut times, 0.5), quantile(&mut times, 0.95));
        println!("| {name} | {median:.1} | {p95:.1} | {:.0} |", size as f64 / 1000.0);
        if median >= PAGE_LIMIT_MS {
            slow.push(format!("{name} ({path}): {median:.1} ms"));
        }
    }
    let (start, worst) = (quantile(&mut starts, 0.5), quantile(&mut starts, 1.0));
    println!("\nstart until the first page is there: median {start:.0} ms, worst {worst:.0} ms of {STARTS}");
    println!("memory at rest {at_rest:.0} MB, after all pages {:.0} MB", memory(&server)?);
    ensure!(slow.is_empty(), "pages over {PAGE_LIMIT_MS} ms at the median: {slow:#?}");
    ensure!(start < START_LIMIT_MS, "the start takes {start:.0} ms");
    ensure!(at_rest < MEMORY_LIMIT_MB, "at rest it holds {at_rest:.0} MB");
    Ok(())
}

fn pages(seeded: &Seeded) -> Vec<(&'static str, String)> {
    let Seeded { session, attempt, question, pack } = seeded;
    [
        ("home", "/".to_owned()),
        ("questions", "/questions".to_owned()),
        ("one question", format!("/questions/{question}")),
        ("history", "/history".to_owned()),
        ("history of a pack", format!("/history?pack={pack}")),
        ("history, last 30 days", "/history?days=30".to_owned()),
        ("history by wording", "/history?q=index".to_owned()),
        ("history, wording without answers", "/history?q=no+such+words".to_owned()),
        ("sessions", "/history?by=session".to_owned()),
        ("session", format!("/sessions/{session}")),
        ("room", format!("/sessions/{session}/questions/1")),
        ("feedback with its sound", format!("/attempts/{attempt}")),
        ("compare", format!("/questions/{question}/attempts")),
        ("progress", "/progress".to_owned()),
        ("your data", "/data".to_owned()),
    ]
    .into()
}

/// The whole answer of a page; none where there is no such page.
fn get(server: &Server, path: &str) -> Result<Option<Vec<u8>>> {
    let mut connection = TcpStream::connect(("127.0.0.1", server.port()))?;
    write!(
        connection,
        "GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{}\r\nAccept-Encoding: gzip\r\nConnection: close\r\n\r\n",
        server.port()
    )?;
    let mut answer = Vec::new();
    connection.read_to_end(&mut answer)?;
    let status = answer.get(9..12).and_then(|status| std::str::from_utf8(status).ok()).unwrap_or_default();
    ensure!(matches!(status, "200" | "404"), "{path} answered {status}");
    Ok((status == "200").then_some(answer))
}

fn milliseconds(time: Duration) -> f64 {
    time.as_secs_f64() * 1000.0
}

fn quantile(values: &mut [f64], share: f64) -> f64 {
    values.sort_unstable_by(f64::total_cmp);
    values[((values.len() - 1) as f64 * share).round() as usize]
}

/// What the server holds in memory, in MB.
fn memory(server: &Server) -> Result<f64> {
    let status = std::fs::read_to_string(format!("/proc/{}/status", server.id()))?;
    let line = status.lines().find(|line| line.starts_with("VmRSS")).context("Linux tells VmRSS")?;
    let kilobytes: f64 = line.split_whitespace().nth(1).context("VmRSS has a figure")?.parse()?;
    Ok(kilobytes / 1000.0)
}
