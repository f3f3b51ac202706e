//! `viva practice --json`: asks, hears the microphone, and prints one JSON document an answer.

use crate::installation::{Installation, Outcome};
use crate::microphone::VirtualMicrophone;
use serde_json::Value;
use std::io::Write;
use std::path::Path;
use std::process::{Child, ChildStdin, Stdio};

/// A running practice. Killed on drop.
#[derive(Debug)]
pub struct Practice {
    process: Option<Child>,
    stdin: ChildStdin,
}

impl Practice {
    /// Starts a practice of one question.
    pub fn of_question(installation: &Installation, question: &str) -> Self {
        let pack = question.split('.').next().unwrap_or(question);
        Self::start(
            installation,
            &["--pack", pack, "--question", question, "--questions", "1", "--seed", "1"],
        )
    }

    /// Starts a practice with these arguments.
    pub fn start(installation: &Installation, arguments: &[&str]) -> Self {
        let mut process = installation
            .command(["practice", "--json"].iter().chain(arguments))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the binary under test can be started");
        let stdin = process.stdin.take().expect("stdin was piped");
        Self { process: Some(process), stdin }
    }

    /// The process id.
    pub fn id(&self) -> u32 {
        self.process.as_ref().map_or(0, Child::id)
    }

    /// Presses the key that ends the answer.
    pub fn stop_answer(&mut self) {
        // A practice that has ended by itself reads no more keys; its result tells why.
        let _ = self.stdin.write_all(b"\n").and_then(|()| self.stdin.flush());
    }

    /// Waits for the end, however it comes.
    pub fn end(mut self) -> Outcome {
        let process = self.process.take().expect("a practice ends once");
        Outcome::from(process.wait_with_output().expect("the practice was started by us"))
    }

    /// Waits for a good end and returns the documents it printed.
    ///
    /// # Panics
    /// When it failed or printed something else.
    pub fn finish(self) -> Vec<Value> {
        let outcome = self.end();
        assert!(outcome.status.success(), "{outcome:#?}");
        let documents =
            serde_json::Deserializer::from_str(&outcome.stdout).into_iter().collect::<Result<_, _>>();
        documents.unwrap_or_else(|error| panic!("stdout is not JSON: {error}: {outcome:#?}"))
    }
}

impl Drop for Practice {
    fn drop(&mut self) {
        if let Some(process) = &mut self.process {
            let _ = process.kill();
            let _ = process.wait();
        }
    }
}

/// Speaks one answer to one question and returns what Viva made of it.
pub fn answer(
    installation: &Installation,
    microphone: &VirtualMicrophone,
    question: &str,
    wav: &Path,
) -> Value {
    let mut practice = Practice::of_question(installation, question);
    microphone.wait_for_a_listener();
    microphone.speak(wav);
    practice.stop_answer();
    let mut answers = practice.finish();
    assert_eq!(answers.len(), 1, "one question was asked: {answers:#?}");
    answers.remove(0)
}
