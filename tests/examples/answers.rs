//! How long one waits: from *stop* to the feedback page, spoken in real time through the virtual microphone.
//!
//! `cargo run --release -p viva-tests --example answers -- [ROUNDS] [MODEL]` with `VIVA_BIN` naming the binary to
//! measure. Prints a row a take, the medians, and the server's memory at rest and at its highest.

#![expect(clippy::print_stdout, reason = "what it measures is its result")]

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};
use viva_tests::installation::Installation;
use viva_tests::microphone::VirtualMicrophone;
use viva_tests::server::Server;
use viva_tests::speech::Voices;
use viva_tests::waiting;

const TAKES: [&str; 2] = ["brief", "good"];

fn main() {
    let rounds: usize = std::env::args().nth(1).and_then(|rounds| rounds.parse().ok()).unwrap_or(5);
    let model = std::env::args().nth(2).unwrap_or_else(|| "base-q8_0".into());
    let microphone = match VirtualMicrophone::start() {
        Ok(microphone) => microphone,
        Err(why) => {
            eprintln!("no virtual microphone, so nothing is measured: {why}");
            return;
        }
    };
    let installation = Installation::new().with_env(microphone.environment());
    let server = Server::start_with(&installation, &["--model", &model]);
    std::thread::sleep(Duration::from_secs(1));
    println!("model {model}; memory at rest {} MB", memory(&server, "VmRSS"));
    let voices = Voices::new();
    for name in TAKES {
        let wav = voices.recording(name);
        let mut waits = Vec::new();
        let mut length = 0.0;
        // The first take also loads the model; it is told, and left out of the median.
        for round in 0..=rounds {
            let room = location(&post(&server, "/sessions", "questions=jvm.hashmap-treeify&mode=practice"));
            let session = room.trim_end_matches("/questions/1").to_owned();
            post(&server, &format!("{room}/record"), "device=");
            microphone.wait_for_a_listener();
            let spoken = Instant::now();
            microphone.speak(&wav);
            length = spoken.elapsed().as_secs_f64();
            let attempt = attempt_of(&server, &room);
            let stopped = Instant::now();
            let page = location(&post(&server, &format!("/attempts/{attempt}/stop"), ""));
            waiting::until("the feedback", Duration::from_secs(60), || {
                server.get(&page).ok().filter(|html| html.contains("Say next time"))
            });
            let wait = stopped.elapsed().as_millis();
            eprintln!("{name} {round}: {wait} ms ({session})");
            if round > 0 {
                waits.push(wait);
            }
        }
        waits.sort_unstable();
        println!(
            "{name}: {length:.0} s spoken; stop to feedback page: median {} ms, worst {} ms, {} takes",
            waits[waits.len() / 2],
            waits[waits.len() - 1],
            waits.len()
        );
    }
    println!(
        "memory with the model {} MB, at its highest {} MB",
        memory(&server, "VmRSS"),
        memory(&server, "VmHWM")
    );
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
