//! `viva serve` on a free port of the loopback, with its pages.

use crate::installation::Installation;
use std::io::{BufRead, BufReader, Read};
use std::process::{Child, ExitStatus, Stdio};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

const START: Duration = Duration::from_secs(60);
const STOP: Duration = Duration::from_secs(20);

/// A running server. Killed on drop.
#[derive(Debug)]
pub struct Server {
    process: Child,
    address: String,
}

impl Server {
    /// Starts the server and returns when it says that it is ready.
    pub fn start(installation: &Installation) -> Self {
        Self::start_with(installation, &[])
    }

    /// The same with more arguments.
    ///
    /// # Panics
    /// When it ends, or says no address in time; what it said goes to the test's stderr.
    pub fn start_with(installation: &Installation, arguments: &[&str]) -> Self {
        Self::start_at(installation, 0, arguments)
    }

    /// The same on a port of one's choice, such as that of a server that has died.
    pub fn start_at(installation: &Installation, port: u16, arguments: &[&str]) -> Self {
        let port = port.to_string();
        let mut process = installation
            .command(["serve", "--port", &port].iter().chain(arguments))
            .stdout(Stdio::piped())
            .spawn()
            .expect("the binary under test can be started");
        let stdout = process.stdout.take().expect("stdout was piped");
        let (send, addresses) = mpsc::channel();
        thread::spawn(move || {
            for line in BufReader::new(stdout).lines().map_while(Result::ok) {
                if let Some(at) = line.find("http://").or_else(|| line.find("https://")) {
                    let address = line[at..].split_whitespace().next().unwrap_or_default();
                    // The test may have its address already and be gone.
                    let _ = send.send(address.trim_end_matches('/').to_owned());
                }
            }
        });
        match addresses.recv_timeout(START) {
            Ok(address) => Self { process, address },
            Err(_) => {
                let _ = process.kill();
                panic!("the server ended or named no address within {} s", START.as_secs());
            }
        }
    }

    /// Lets it die at once, as when the power goes.
    pub fn kill(mut self) {
        signal(self.process.id(), "KILL");
        let _ = self.process.wait();
    }

    /// Such as `http://127.0.0.1:40123`, without a slash at its end.
    pub fn address(&self) -> &str {
        &self.address
    }

    /// The port it listens on.
    pub fn port(&self) -> u16 {
        let port = self.address.rsplit(':').next().and_then(|port| port.parse().ok());
        port.expect("the address ends with a port")
    }

    /// The whole address of a page, given its path.
    pub fn page(&self, path: &str) -> String {
        format!("{}{path}", self.address)
    }

    /// The server's process id.
    pub fn id(&self) -> u32 {
        self.process.id()
    }

    /// Asks it to stop as a service manager does, and returns how it ended.
    ///
    /// # Panics
    /// When it is still there long after.
    pub fn stop(mut self) -> ExitStatus {
        signal(self.process.id(), "TERM");
        crate::waiting::until("the server to stop", STOP, || self.process.try_wait().ok().flatten())
    }

    /// Sends a form as a page of its own would, and returns where it leads.
    ///
    /// # Panics
    /// When it leads nowhere.
    pub fn post(&self, path: &str, form: &str) -> String {
        use std::io::Write;
        let mut connection =
            std::net::TcpStream::connect(("127.0.0.1", self.port())).expect("the server listens");
        let (port, length) = (self.port(), form.len());
        write!(
            connection,
            "POST {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nSec-Fetch-Site: same-origin\r\nConnection: close\r\n\
             Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {length}\r\n\r\n{form}"
        )
        .expect("the form is sent");
        let mut answer = String::new();
        connection.read_to_string(&mut answer).expect("an answer in text");
        let location = answer
            .lines()
            .find_map(|line| line.to_lowercase().starts_with("location: ").then(|| &line[10..]));
        location.unwrap_or_else(|| panic!("{path} leads nowhere: {answer}")).trim().to_owned()
    }

    /// Reads a page over plain HTTP/1.1, without a browser. Returns the whole answer, head and body.
    pub fn get(&self, path: &str) -> std::io::Result<String> {
        use std::io::Write;
        let mut connection = std::net::TcpStream::connect(("127.0.0.1", self.port()))?;
        connection.set_read_timeout(Some(START))?;
        write!(
            connection,
            "GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{}\r\nConnection: close\r\n\r\n",
            self.port()
        )?;
        let mut answer = Vec::new();
        connection.read_to_end(&mut answer)?;
        Ok(String::from_utf8_lossy(&answer).into_owned())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// Sends a signal to one process that the test started.
pub fn signal(process: u32, name: &str) {
    let status = std::process::Command::new("kill").args([format!("-{name}"), process.to_string()]).status();
    assert!(status.is_ok_and(|status| status.success()), "process {process} could not be told {name}");
}
