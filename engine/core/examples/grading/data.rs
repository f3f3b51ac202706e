//! Human-graded answers: tab-separated, one an answer, unquoted.

use std::io::{Error, ErrorKind};
use std::path::Path;

/// A small set of our own, so that the bench runs anywhere.
static OWN: &str = include_str!("../../tests/fixtures/graded-answers.tsv");

/// One answer with its human grade.
pub struct Answer {
    pub question_id: String,
    pub question: String,
    pub references: Vec<String>,
    pub text: String,
    /// 0 to 1.
    pub human: f64,
}

/// The answers of one data set.
pub struct Set {
    pub name: String,
    pub answers: Vec<Answer>,
}

impl Answer {
    /// Nothing was handed in.
    pub fn is_blank(&self) -> bool {
        let text = self.text.trim().trim_end_matches('.').to_lowercase();
        let nothing = ["no submission", "no response", "not answered", "n/a", "none"];
        !text.chars().any(char::is_alphanumeric) || nothing.contains(&text.as_str())
    }
}

impl Set {
    /// The first answer to each question, in file order.
    pub fn questions(&self) -> Vec<&Answer> {
        let mut seen = std::collections::HashSet::new();
        self.answers.iter().filter(|a| seen.insert(a.question_id.as_str())).collect()
    }
}

/// All sets under `shared`, or our own.
pub fn load(shared: &Path) -> std::io::Result<Vec<Set>> {
    let folder = shared.join("asag");
    let Ok(entries) = std::fs::read_dir(&folder) else {
        eprintln!("{} is not there; measuring with the small set of our own", folder.display());
        return Ok(vec![read("own", OWN)?]);
    };
    let mut paths: Vec<_> = entries.flatten().map(|e| e.path()).collect();
    paths.retain(|p| p.to_string_lossy().ends_with(".dev.tsv"));
    paths.sort();
    paths
        .iter()
        .map(|path| {
            let name = path.file_name().unwrap_or_default().to_string_lossy().replace(".dev.tsv", "");
            read(&name, &std::fs::read_to_string(path)?)
        })
        .collect()
}

fn read(name: &str, text: &str) -> std::io::Result<Set> {
    let mut answers = Vec::new();
    for (number, line) in text.lines().enumerate().skip(1) {
        let fields: Vec<&str> = line.split('\t').collect();
        let human = fields.get(5).and_then(|score| score.parse().ok());
        let (Some(human), true) = (human, fields.len() >= 6) else {
            let says = format!("{name}, line {}: want six fields, the sixth a number", number + 1);
            return Err(Error::new(ErrorKind::InvalidData, says));
        };
        answers.push(Answer {
            question_id: fields[1].to_owned(),
            question: fields[2].to_owned(),
            references: fields[3].split(" || ").map(str::to_owned).collect(),
            text: fields[4].to_owned(),
            human,
        });
    }
    Ok(Set { name: name.to_owned(), answers })
}
