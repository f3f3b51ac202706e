//! How long matrix and agreement take with a thousand candidates, eight questions and five raters, on SQLite or, with
//! `VIVA_BENCH_DATABASE_URL`, on an empty PostgreSQL database.
//!
//! `cargo run -p viva-tests --example rounds -- [TIMES]` with `VIVA_BIN` naming the binary to measure; `scripts/bench-rounds` does
//! both databases. The round is written through the storage's own methods, so filling it takes a minute or two.

#![expect(clippy::print_stdout, reason = "what it measures is its result")]

use anyhow::{Result, ensure};
use std::io::{Read, Write};
use std::net::TcpStream;
use std::sync::Arc;
use std::time::Instant;
use uuid::Uuid;
use viva_core::bank::{Kind, Level, Question, Rubric};
use viva_core::clock::Timestamp;
use viva_core::ids::{CandidateId, CardId, KitId, LoginId, PersonId, RoundId};
use viva_core::people::{Person, Role};
use viva_core::round::{Entry, Kit, KitQuestion, LEVELS, Mark, Notes, Recommendation, Seat, Show};
use viva_storage::{
    LoginOf, NewCandidate, NewCard, NewKit, NewLogin, NewPerson, NewRound, Store, TokenHash, Verdict,
};
use viva_storage_postgres::PostgresStore;
use viva_storage_sqlite::SqliteStore;
use viva_tests::installation::Installation;
use viva_tests::server::Server;

const CANDIDATES: u128 = 1_000;
const QUESTIONS: usize = 8;
const RATERS: u128 = 5;
const LIMIT_MS: f64 = 200.0;
/// SHA-256 of 32 bytes of ones (0x01), which are the token below.
const TOKEN_HASH: &str = "72cd6e8422c407fb6d098690f1130b7ded7ec2f7f5e1d30bd9d521f015363793";

fn main() -> Result<()> {
    let times: usize = std::env::args().nth(1).map(|times| times.parse()).transpose()?.unwrap_or(20);
    let url = std::env::var("VIVA_BENCH_DATABASE_URL").ok().filter(|url| !url.is_empty());
    let mut installation = Installation::new().without_sound();
    if let Some(url) = &url {
        installation = installation.with_env([("DATABASE_URL".to_owned(), url.clone())]);
    }
    let place = url.unwrap_or_else(|| format!("sqlite://{}", installation.database().display()));
    let begin = Instant::now();
    let round = tokio::runtime::Runtime::new()?.block_on(fill(&place))?;
    println!(
        "{CANDIDATES} candidates, {QUESTIONS} questions, {RATERS} raters on {}, written in {:.0} s; {times} times",
        if place.starts_with("sqlite") { "SQLite" } else { "PostgreSQL" },
        begin.elapsed().as_secs_f64()
    );
    let server = Server::start(&installation);
    println!("\n| page | median ms | p95 ms | kB |\n|---|---|---|---|");
    let mut slow = Vec::new();
    for (name, page) in [
        ("matrix", "matrix".to_owned()),
        ("matrix, most apart first, last page", "matrix?sort=apart&page=10".to_owned()),
        ("matrix with an opened answer", format!("matrix?cell={}.3", candidate(7))),
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

fn person(n: u128) -> PersonId {
    PersonId(Uuid::from_u128((1 << 100) + n))
}

fn candidate(n: u128) -> CandidateId {
    CandidateId(Uuid::from_u128((2 << 100) + n))
}

async fn fill(url: &str) -> Result<RoundId> {
    let store: Arc<dyn Store> = if SqliteStore::takes(url) {
        let store = SqliteStore::open(url).await?;
        store.migrate().await?;
        Arc::new(store)
    } else {
        let store = PostgresStore::open(url).await?;
        store.migrate().await?;
        Arc::new(store)
    };
    let (now, by) = (Timestamp(1_700_000_000_000), person(1));
    for n in 1..=RATERS {
        let role = if n == 1 { Role::Owner } else { Role::Interviewer };
        let one = Person { id: person(n), name: format!("Rater {n}").parse()?, role, joined_at: now };
        let new = NewPerson { person: one, password: "-".into() };
        if n == 1 {
            ensure!(store.add_first_owner(&new).await?, "the database is not empty");
        } else {
            store.add_person(&new).await?;
        }
    }
    let mut token = [0; 32];
    for (place, byte) in token.iter_mut().enumerate() {
        *byte = u8::from_str_radix(&TOKEN_HASH[2 * place..2 * place + 2], 16)?;
    }
    let real_now = i64::try_from(std::time::UNIX_EPOCH.elapsed()?.as_millis())?;
    let login = NewLogin {
        id: LoginId(Uuid::from_u128(3 << 100)),
        of: LoginOf::Person(by),
        token: TokenHash(token),
        user_agent: "the bench".into(),
        at: Timestamp(real_now),
        expires_at: Timestamp(real_now + 3_600_000),
    };
    store.start_login(&login).await?;
    let kit =
        (0..QUESTIONS).fold(Kit { title: "Bench".into(), ..Kit::default() }, |kit, n| kit.with(question(n)));
    let (round, kit_id) = (RoundId(Uuid::from_u128(4 << 100)), KitId(Uuid::from_u128(5 << 100)));
    store.make_kit(&NewKit { id: kit_id, kit, by, at: now }).await?;
    let new = NewRound {
        id: round,
        title: "A thousand".into(),
        kit: kit_id,
        show: Show::Codes,
        notice: "We record the answers.".into(),
        by,
        at: now,
    };
    store.start_round(&new).await?;
    for n in 2..=RATERS {
        store.give_seat(round, person(n), Seat::Interviewer, now).await?;
    }
    for n in 0..CANDIDATES {
        let id = candidate(n);
        store.add_candidate(&NewCandidate { id, round, name: format!("Candidate {n}"), by, at: now }).await?;
        for rater in 1..=RATERS {
            let card = CardId(Uuid::from_u128((6 << 100) + n * 16 + rater));
            store.ask_for_card(&NewCard { id: card, candidate: id, person: person(rater), at: now }).await?;
            for position in 0..QUESTIONS {
                let entry = Entry {
                    mark: Mark::rated(mark(n, rater, position)),
                    notes: Notes::parse("0:41 named the unique constraint on the key", &Notes::default()),
                };
                store.save_entry(id, person(rater), position, 1, &entry).await?;
            }
            let verdict =
                Verdict { recommendation: Some(Recommendation::NoDecision), summary: String::new() };
            store.save_verdict(id, person(rater), 1, &verdict).await?;
            store.submit_card(id, person(rater), now).await?;
        }
    }
    Ok(round)
}

/// Candidates differ, raters differ a little, and every few marks one is off.
fn mark(candidate: u128, rater: u128, position: usize) -> u8 {
    let worth = candidate % 5;
    let drawn = (candidate * 7 + rater * 13 + position as u128 * 29) % 11;
    let off = match drawn {
        0 => 2,
        1..=3 => 1,
        _ => 0,
    };
    u8::try_from((worth + off).min(4) + 1).unwrap_or(5)
}

fn question(n: usize) -> KitQuestion {
    let mut kit_question = KitQuestion::of(&Question {
        id: format!("bench.{n}").parse().unwrap_or_else(|_| unreachable!("it is a slug")),
        pack: "bench".parse().unwrap_or_else(|_| unreachable!("it is a slug")),
        ask: format!("What is the {n}th question of the bench about?"),
        topic: format!("topic {}", n / 2),
        level: Level::Senior,
        kind: Kind::Technical,
        seconds: 120,
        code: None,
        hint: None,
        model_answer: "It is about this.".into(),
        related: Vec::new(),
        sources: Vec::new(),
        rubric: Rubric::default(),
    });
    for level in LEVELS {
        kit_question.anchors.entry(level).or_default().says = format!("An answer of level {level}.");
    }
    kit_question
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
