//! How long one waits: from *stop* to the first feedback page and to the settled score, spoken in real time through
//! the virtual microphone. The measuring end of `scripts/bench-latency`.
//!
//! `cargo run -p viva-tests --example answers -- LOG TAKES [MODEL]` with `VIVA_BIN` naming the binary to measure.
//! TAKES says how many takes of how many seconds, such as `15x20,60x10,180x5,600x2`; longer ones are joined from the
//! project's spoken answers. Each take becomes a line of LOG, and takes that are there already are not spoken again,
//! so it can be stopped at any time. Prints the medians of the whole log, and the server's memory.

#![expect(clippy::print_stdout, reason = "what it measures is its result")]

use std::fs::OpenOptions;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};
use viva_tests::installation::Installation;
use viva_tests::microphone::VirtualMicrophone;
use viva_tests::server::Server;
use viva_tests::speech::Voices;
use viva_tests::waiting;

/// A take of this many seconds is the first recording.
const SHORT_SECONDS: usize = 15;
/// A take of so many minutes is the second recording, 59 s, so many times. Any other is broken off in the middle of a
/// sentence, or of whatever the engine does.
const MINUTE: usize = 60;

fn main() {
    let mut args = std::env::args().skip(1);
    let log = PathBuf::from(args.next().expect("name a log file first"));
    let wanted = args.next().expect("say the takes, such as 15x20,60x10");
    let model = args.next().unwrap_or_else(|| "base-q8_0".into());
    let wanted: Vec<(usize, usize)> = wanted
        .split(',')
        .map(|part| {
            let (seconds, takes) = part.split_once('x').expect("takes are written as SECONDSxTAKES");
            (seconds.parse().expect("seconds are a number"), takes.parse().expect("takes are a number"))
        })
        .collect();
    let microphone = match VirtualMicrophone::start() {
        Ok(microphone) => microphone,
        Err(why) => {
            eprintln!("no virtual microphone, so nothing is measured: {why}");
            return;
        }
    };
    let log_filter = std::env::var("VIVA_LOG").ok().map(|filter| ("VIVA_LOG".to_owned(), filter));
    let installation = Installation::new().with_env(microphone.environment()).with_env(log_filter);
    let server = Server::start_with(&installation, &["--model", &model]);
    let voices = Voices::new();
    // It loads the model and is not counted.
    take(&server, &microphone, &voices, SHORT_SECONDS);
    for (seconds, takes) in &wanted {
        for _ in rows(&log, &model, *seconds).len()..*takes {
            let waits = take(&server, &microphone, &voices, *seconds);
            let line = format!("{model}\t{seconds}\t{}\t{}", waits.first_ms, waits.settled_ms);
            eprintln!("{line}");
            let mut file = OpenOptions::new().create(true).append(true).open(&log).expect("the log opens");
            writeln!(file, "{line}").expect("the log can be written");
        }
    }
    println!("model {model}; take: stop to first page, stop to settled (median, worst)");
    for (seconds, _) in &wanted {
        let rows = rows(&log, &model, *seconds);
        let of = |figure: fn(&Waits) -> u128| {
            let mut waits: Vec<u128> = rows.iter().map(figure).collect();
            waits.sort_unstable();
            format!("{}, {} ms", waits[waits.len() / 2], waits[waits.len() - 1])
        };
        if !rows.is_empty() {
            let (first, settled) = (of(|waits| waits.first_ms), of(|waits| waits.settled_ms));
            println!("{seconds} s, {} takes: {first}; {settled}", rows.len());
        }
    }
    println!("memory {} MB, at its highest {} MB", memory(&server, "VmRSS"), memory(&server, "VmHWM"));
}

/// From stop to the first page with a score, and to the one that counts.
struct Waits {
    first_ms: u128,
    settled_ms: u128,
}

/// The takes of this length that the log has.
fn rows(log: &Path, model: &str, seconds: usize) -> Vec<Waits> {
    let log = std::fs::read_to_string(log).unwrap_or_default();
    log.lines()
        .filter_map(|line| {
            let [of, long, first, settled] = line.split('\t').collect::<Vec<_>>().try_into().ok()?;
            let is_one = of == model && long == seconds.to_string();
            is_one.then_some(Waits { first_ms: first.parse().ok()?, settled_ms: settled.parse().ok()? })
        })
        .collect()
}

/// Speaks one answer and waits for its score.
fn take(server: &Server, microphone: &VirtualMicrophone, voices: &Voices, seconds: usize) -> Waits {
    let room = location(&post(server, "/sessions", "questions=jvm.hashmap-treeify&mode=practice"));
    post(server, &format!("{room}/record"), "device=");
    microphone.wait_for_a_listener();
    microphone.speak(&match seconds {
        SHORT_SECONDS => voices.recording("brief"),
        _ if seconds.is_multiple_of(MINUTE) => voices.said_over("good", seconds / MINUTE),
        _ => voices.broken_off("good", seconds),
    });
    let attempt = attempt_of(server, &room);
    let stopped = Instant::now();
    let page = location(&post(server, &format!("/attempts/{attempt}/stop"), ""));
    let read = |wanted: fn(&str) -> bool| {
        waiting::until("the feedback", Duration::from_secs(120), || {
            server.get(&page).ok().filter(|html| wanted(html))
        });
        stopped.elapsed().as_millis()
    };
    let first_ms = read(|html| html.contains("Say next time"));
    // As the page does it: the server tells, nobody asks meanwhile.
    let told = server.get(&format!("/attempts/{attempt}/events")).expect("the server tells");
    assert!(told.contains("event: settled"), "{told}");
    let settled_ms = read(|html| html.contains("Say next time") && !html.contains("Provisional."));
    Waits { first_ms, settled_ms }
}

/// The recording attempt, as the room's page names it.
fn attempt_of(server: &Server, room: &str) -> String {
    let html = server.get(room).expect("the room answers");
    let from = html.find("/attempts/").expect("it is recording") + "/attempts/".len();
    html[from..from + 36].to_owned()
}

fn post(server: &Server, path: &str, form: &str) -> String {
    let mut connection = TcpStream::connect(("127.0.0.1", server.port())).expect("the server listens");
    write!(
        connection,
        "POST {path} HTTP/1.1\r\nHost: 127.0.0.1:{}\r\nConnection: close\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: {}\r\n\r\n{form}",
        server.port(),
        form.len()
    )
    .expect("the server reads");
    let mut answer = String::new();
    connection.read_to_string(&mut answer).expect("the server answers");
    answer
}

fn location(answer: &str) -> String {
    let header = answer.lines().find(|line| line.to_ascii_lowercase().starts_with("location:"));
    header.unwrap_or_else(|| panic!("no redirect: {answer}"))[9..].trim().to_owned()
}

/// A figure of `/proc/PID/status`, in MB.
fn memory(server: &Server, figure: &str) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{}/status", server.id())).unwrap_or_default();
    let line = status.lines().find(|line| line.starts_with(figure)).unwrap_or_default();
    line.split_whitespace().nth(1).and_then(|kilobytes| kilobytes.parse::<u64>().ok()).unwrap_or(0) / 1000
}
