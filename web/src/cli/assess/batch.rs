//! `viva assess --jsonl`: one answer a line in, one result a line out, in the same order.
//!
//! A line's result depends on that line and the packs alone: what is shared between lines is only the
//! compiled form of questions that come again. A line that cannot be scored gives an error line, and
//! the run goes on.

use serde::Serialize;
use serde_json::{Map, Value, json};
use std::collections::{BTreeMap, HashMap};
use std::io::{BufRead, BufWriter, Write};
use std::process::ExitCode;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use viva_core::assessment::{Assessment, CriterionResult, GuardResult, MistakeResult};
use viva_core::bank::Bank;
use viva_core::ids::QuestionId;
use viva_core::scoring::{BankIndex, PreparedQuestion, Scorer};
use viva_core::transcript::Transcript;

/// Answers are scored on this many threads.
const THREADS: usize = 2;
/// Lines that may be read ahead of the slowest thread.
const AHEAD: usize = 256;
/// Compiled questions that are kept for the lines to come.
const KEPT_QUESTIONS: usize = 512;

/// Everything a line is scored with.
pub struct Desk<'a> {
    scorer: &'a Scorer,
    bank: &'a Bank,
    index: Arc<BankIndex>,
    prepared: Mutex<HashMap<Asked, Arc<PreparedQuestion>>>,
}

/// What a line asks to be scored against.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
enum Asked {
    OfBank(QuestionId),
    Derived { question: String, model_answers: Vec<String> },
}

/// A result line.
#[derive(Serialize)]
struct Scored<'a> {
    id: &'a Value,
    score: f64,
    low: f64,
    high: f64,
    no_answer: bool,
    criteria: &'a [CriterionResult],
    mistakes: &'a [MistakeResult],
    guards: &'a [GuardResult],
    level: u8,
    rubric_hash: &'a str,
    engine_version: &'a str,
}

/// Why a line was not scored, with its id where it has one.
struct Refused {
    id: Value,
    why: String,
}

impl<'a> Desk<'a> {
    /// A desk over one bank.
    pub fn new(scorer: &'a Scorer, bank: &'a Bank, index: Arc<BankIndex>) -> Self {
        Self { scorer, bank, index, prepared: Mutex::new(HashMap::new()) }
    }

    /// The result line for one input line, and whether it is a result rather than an error.
    fn answer(&self, number: usize, line: &[u8]) -> (String, bool) {
        match self.score(line) {
            Ok(result) => (result, true),
            Err(Refused { id, why }) => (json!({"line": number, "id": id, "error": why}).to_string(), false),
        }
    }

    fn score(&self, line: &[u8]) -> Result<String, Refused> {
        let refuse = |id: &Value, why: String| Refused { id: id.clone(), why };
        let parsed: Value = serde_json::from_slice(line)
            .map_err(|error| refuse(&Value::Null, format!("this is no JSON object: {error}")))?;
        let Value::Object(fields) = parsed else {
            return Err(refuse(&Value::Null, "a line must be a JSON object in braces".into()));
        };
        let Some(id) = fields.get("id") else {
            return Err(refuse(&Value::Null, "the key \"id\" is missing".into()));
        };
        let answer = text(&fields, "answer").map_err(|why| refuse(id, why))?;
        let asked = asked(&fields).map_err(|why| refuse(id, why))?;
        let prepared = self.prepared(asked).map_err(|why| refuse(id, why))?;
        let assessment = prepared.assess(&Transcript::typed(answer));
        Ok(result_line(id, &assessment))
    }

    fn prepared(&self, asked: Asked) -> Result<Arc<PreparedQuestion>, String> {
        if let Some(known) = self.kept().get(&asked) {
            return Ok(Arc::clone(known));
        }
        let prepared = match &asked {
            Asked::OfBank(id) => {
                let question =
                    self.bank.question(id).ok_or_else(|| format!("no pack has a question {id}"))?;
                self.scorer.prepare(question).with_bank(Arc::clone(&self.index))
            }
            Asked::Derived { question, model_answers } => {
                let answers: Vec<&str> = model_answers.iter().map(String::as_str).collect();
                self.scorer.prepare_derived(question, &answers)
            }
        };
        let prepared = Arc::new(prepared);
        let mut kept = self.kept();
        if kept.len() >= KEPT_QUESTIONS {
            kept.clear();
        }
        kept.insert(asked, Arc::clone(&prepared));
        Ok(prepared)
    }

    fn kept(&self) -> std::sync::MutexGuard<'_, HashMap<Asked, Arc<PreparedQuestion>>> {
        // Only finished entries are ever put in, so what a panicking thread left is whole.
        self.prepared.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn result_line(id: &Value, assessment: &Assessment) -> String {
    let scored = Scored {
        id,
        score: assessment.score,
        low: assessment.low,
        high: assessment.high,
        no_answer: assessment.no_answer,
        criteria: &assessment.criteria,
        mistakes: &assessment.mistakes,
        guards: &assessment.guards,
        level: assessment.level,
        rubric_hash: &assessment.rubric_hash,
        engine_version: &assessment.engine_version,
    };
    serde_json::to_string(&scored)
        .unwrap_or_else(|error| unreachable!("numbers and strings serialise: {error}"))
}

fn text<'v>(fields: &'v Map<String, Value>, key: &str) -> Result<&'v str, String> {
    match fields.get(key) {
        Some(Value::String(text)) => Ok(text),
        Some(_) => Err(format!("\"{key}\" must be a string")),
        None => Err(format!("the key \"{key}\" is missing")),
    }
}

/// Which question a line means: one of the bank, or one with its own model answers.
fn asked(fields: &Map<String, Value>) -> Result<Asked, String> {
    let Some(model) = fields.get("model_answer") else {
        if !fields.contains_key("question_id") {
            return Err("give either \"question_id\", or \"question\" and \"model_answer\"".into());
        }
        let id = text(fields, "question_id")?;
        return id.parse().map(Asked::OfBank).map_err(|error| format!("\"question_id\": {error}"));
    };
    let model_answers: Vec<String> = match model {
        Value::String(one) => vec![one.clone()],
        Value::Array(several) => several
            .iter()
            .map(|one| one.as_str().map(str::to_owned))
            .collect::<Option<_>>()
            .ok_or("\"model_answer\" must be a string or a list of strings")?,
        _ => return Err("\"model_answer\" must be a string or a list of strings".into()),
    };
    if !model_answers.iter().any(|one| one.chars().any(char::is_alphanumeric)) {
        return Err("\"model_answer\" has no words, so nothing can be listened for".into());
    }
    Ok(Asked::Derived { question: text(fields, "question")?.to_owned(), model_answers })
}

/// Reads to the end of `input`, writes one line for each. The exit code is 1 where a line was refused.
pub fn run(desk: &Desk<'_>, mut input: impl BufRead, output: impl Write + Send) -> anyhow::Result<ExitCode> {
    let refused = AtomicBool::new(false);
    std::thread::scope(|scope| {
        let (to_score, lines) = mpsc::sync_channel::<(usize, usize, Vec<u8>)>(AHEAD);
        let (to_write, results) = mpsc::sync_channel::<(usize, String)>(AHEAD);
        let lines = Arc::new(Mutex::new(lines));
        for _ in 0..THREADS {
            let (lines, to_write, refused) = (Arc::clone(&lines), to_write.clone(), &refused);
            scope.spawn(move || {
                loop {
                    let next = lines.lock().unwrap_or_else(PoisonError::into_inner).recv();
                    let Ok((place, number, line)) = next else { break };
                    let (result, scored) = desk.answer(number, &line);
                    if !scored {
                        refused.store(true, Ordering::Relaxed);
                    }
                    if to_write.send((place, result)).is_err() {
                        break;
                    }
                }
            });
        }
        drop((lines, to_write));
        let writer = scope.spawn(move || write_in_order(&results, output));
        let mut read = || -> anyhow::Result<()> {
            let (mut number, mut place) = (0, 0);
            loop {
                let mut line = Vec::new();
                if input.read_until(b'\n', &mut line)? == 0 {
                    return Ok(());
                }
                number += 1;
                if line.iter().all(u8::is_ascii_whitespace) {
                    continue;
                }
                if to_score.send((place, number, line)).is_err() {
                    return Ok(());
                }
                place += 1;
            }
        };
        let outcome = read();
        drop(to_score);
        match writer.join() {
            Ok(written) => written?,
            Err(panic) => std::panic::resume_unwind(panic),
        }
        outcome
    })?;
    Ok(if refused.into_inner() { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}

/// Holds back results that come too early, and flushes whenever nothing more is at hand.
fn write_in_order(results: &Receiver<(usize, String)>, output: impl Write) -> std::io::Result<()> {
    let mut output = BufWriter::new(output);
    let mut early = BTreeMap::new();
    let mut due = 0;
    loop {
        let (place, result) = match results.recv_timeout(Duration::from_millis(20)) {
            Ok(next) => next,
            Err(RecvTimeoutError::Timeout) => {
                output.flush()?;
                continue;
            }
            Err(RecvTimeoutError::Disconnected) => break,
        };
        early.insert(place, result);
        while let Some(result) = early.remove(&due) {
            writeln!(output, "{result}")?;
            due += 1;
        }
    }
    output.flush()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(input: &str) -> (Vec<Value>, ExitCode) {
        let scorer = Scorer::shared();
        let bank = Bank::new(Vec::new()).expect("an empty bank is a bank");
        let desk = Desk::new(scorer, &bank, Arc::new(BankIndex::default()));
        let mut out = Vec::new();
        let code = run(&desk, input.as_bytes(), &mut out).expect("reading from memory works");
        let text = String::from_utf8(out).expect("results are UTF-8");
        (text.lines().map(|l| serde_json::from_str(l).expect("a line is JSON")).collect(), code)
    }

    const GOOD: &str = r#"{"id":ID,"question":"What is a pointer?","model_answer":"A variable holding a memory address.","answer":"ANSWER"}"#;

    fn good(id: &str, answer: &str) -> String {
        GOOD.replace("ID", id).replace("ANSWER", answer)
    }

    #[test]
    fn results_come_in_order_with_the_id_as_it_was() {
        let input: String =
            (0..300).map(|n| good(&n.to_string(), "It holds an address in memory") + "\n").collect();
        let (lines, code) = check(&input);
        assert_eq!(code, ExitCode::SUCCESS);
        let ids: Vec<i64> = lines.iter().filter_map(|l| l["id"].as_i64()).collect();
        assert_eq!(ids, (0..300).collect::<Vec<_>>());
        let (lines, _) = check(&good(r#""seven""#, "x"));
        assert_eq!(lines[0]["id"], "seven");
    }

    #[test]
    fn a_bad_line_is_named_and_the_run_goes_on() {
        let input = format!(
            "{{oops\n\n{}\n{}\n",
            r#"{"id":2,"question_id":"none.such","answer":"x"}"#,
            good("3", "")
        );
        let (lines, code) = check(&input);
        assert_eq!(code, ExitCode::FAILURE);
        assert_eq!((&lines[0]["line"], &lines[0]["id"]), (&json!(1), &Value::Null));
        assert_eq!((&lines[1]["line"], &lines[1]["id"]), (&json!(3), &json!(2)));
        assert_eq!((&lines[2]["score"], &lines[2]["no_answer"]), (&json!(0.0), &json!(true)));
    }

    #[test]
    fn a_line_scores_the_same_alone_and_among_others() {
        let one = good("1", "the address of a variable in memory");
        let (alone, _) = check(&one);
        let (among, _) = check(&format!("{}\n{one}\n{}\n", good("0", "a loop"), good("2", "memory")));
        assert_eq!(alone[0], among[1]);
    }
}
