//! How well scores agree with human graders, beside plain baselines in the same run.
//!
//! Reads `$VIVA_SHARED/asag/*.dev.tsv` (default `../shared`), or a small set of our own where that is not
//! there. `--dump FILE` writes the shares behind every score, for fitting weights elsewhere.

mod baselines;
mod data;
mod statistics;

use data::{Answer, Set};
use statistics::{isotonic_rmse, macro_f1, pearson, per_question, spearman};
use std::collections::HashMap;
use std::io::Write;
use std::path::PathBuf;
use std::time::Instant;
use viva_core::scoring::{PreparedQuestion, Scorer};
use viva_core::transcript::Transcript;

fn main() -> std::io::Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let dump = arguments.iter().position(|a| a == "--dump").and_then(|at| arguments.get(at + 1));
    let shared = std::env::var_os("VIVA_SHARED").map_or_else(|| PathBuf::from("../shared"), PathBuf::from);
    let sets = data::load(&shared)?;
    // Lexicons are read once a process; that is not part of an answer's time.
    Scorer::shared();
    let mut out = std::io::stdout().lock();
    if let Some(path) = dump {
        return dump_shares(&sets, path);
    }
    writeln!(
        out,
        "{:<22} {:<26} {:>6} {:>6} {:>6} {:>6} {:>6} {:>6} {:>6} {:>8}",
        "set", "scorer", "r", "per q", "r -bl", "pq -bl", "rho", "RMSE", "F1", "us"
    )?;
    for set in &sets {
        for (name, scores, micros) in all_scorers(set) {
            report(&mut out, set, name, &scores, micros)?;
        }
        writeln!(out)?;
    }
    guards(&mut out, &sets)
}

/// Scores of our scorer and of each baseline, with the time an answer took.
fn all_scorers(set: &Set) -> Vec<(&'static str, Vec<f64>, f64)> {
    let mut found = Vec::new();
    let began = Instant::now();
    let ours = ours(&set.answers);
    found.push(("viva", ours, micros(began, set)));
    for (name, baseline) in baselines::all(set) {
        let began = Instant::now();
        let scores = set.answers.iter().map(baseline).collect();
        found.push((name, scores, micros(began, set)));
    }
    found
}

fn micros(began: Instant, set: &Set) -> f64 {
    began.elapsed().as_secs_f64() * 1e6 / set.answers.len().max(1) as f64
}

fn prepare(answer: &Answer) -> PreparedQuestion {
    let models: Vec<&str> = answer.references.iter().map(String::as_str).collect();
    Scorer::shared().prepare_derived(&answer.question, &models)
}

fn ours(answers: &[Answer]) -> Vec<f64> {
    let mut prepared: HashMap<&str, PreparedQuestion> = HashMap::new();
    answers
        .iter()
        .map(|a| {
            let question = prepared.entry(a.question_id.as_str()).or_insert_with(|| prepare(a));
            question.assess(&Transcript::typed(a.text.as_str())).score
        })
        .collect()
}

fn report(out: &mut impl Write, set: &Set, name: &str, scores: &[f64], micros: f64) -> std::io::Result<()> {
    let human: Vec<f64> = set.answers.iter().map(|a| a.human).collect();
    let groups: Vec<&str> = set.answers.iter().map(|a| a.question_id.as_str()).collect();
    let kept: Vec<usize> = (0..scores.len()).filter(|n| !set.answers[*n].is_blank()).collect();
    let pick = |values: &[f64]| kept.iter().map(|n| values[*n]).collect::<Vec<f64>>();
    let kept_groups: Vec<&str> = kept.iter().map(|n| groups[*n]).collect();
    writeln!(
        out,
        "{:<22} {:<26} {:>6.3} {:>6.3} {:>6.3} {:>6.3} {:>6.3} {:>6.3} {:>6.3} {:>8.1}",
        set.name,
        name,
        pearson(scores, &human),
        per_question(scores, &human, &groups),
        pearson(&pick(scores), &pick(&human)),
        per_question(&pick(scores), &pick(&human), &kept_groups),
        spearman(scores, &human),
        isotonic_rmse(scores, &human, &groups),
        macro_f1(scores, &human, &groups),
        micros,
    )
}

/// What a parroted question, another question's reference and the own reference score.
fn guards(out: &mut impl Write, sets: &[Set]) -> std::io::Result<()> {
    writeln!(out, "{:<22} {:>9} {:>9} {:>9}", "mean score of", "parrot", "7th next", "own")?;
    for set in sets {
        let questions = set.questions();
        let (mut parrot, mut other, mut own) = (0.0, 0.0, 0.0);
        for (at, question) in questions.iter().enumerate() {
            let prepared = prepare(question);
            let score = |text: &str| prepared.assess(&Transcript::typed(text)).score;
            parrot += score(&question.question);
            other += score(&questions[(at + 7) % questions.len()].references[0]);
            own += score(&question.references[0]);
        }
        let count = questions.len() as f64;
        writeln!(
            out,
            "{:<22} {:>9.2} {:>9.2} {:>9.2}",
            set.name,
            parrot / count,
            other / count,
            own / count
        )?;
    }
    Ok(())
}

fn dump_shares(sets: &[Set], path: &str) -> std::io::Result<()> {
    let mut file = std::io::BufWriter::new(std::fs::File::create(path)?);
    let mut line = |kind: &str, answer: &Answer, text: &str, human: f64| -> std::io::Result<()> {
        let prepared = prepare(answer);
        let transcript = Transcript::typed(text);
        let assessment = prepared.assess(&transcript);
        let voided =
            assessment.guards.iter().filter(|g| g.id != "off_topic").map(|g| g.cap).fold(100.0, f64::min);
        if let Some(s) = prepared.shares(&transcript) {
            writeln!(
                file,
                "{kind}\t{}\t{human}\t{}\t{}\t{voided}\t{}\t{}\t{}\t{}\t{}\t{}\t{}\t{}\t{}",
                answer.question_id,
                u8::from(answer.is_blank()),
                assessment.score,
                s.own_meaning,
                s.meaning,
                s.letters,
                s.all_words,
                s.turned_round,
                s.denies_otherwise,
                s.topic_question,
                s.topic_support,
                s.topic_length
            )?;
        }
        Ok(())
    };
    for set in sets {
        for answer in &set.answers {
            line(&set.name, answer, &answer.text, answer.human)?;
        }
        let questions = set.questions();
        for (at, question) in questions.iter().enumerate() {
            line(&format!("{}:parrot", set.name), question, &question.question, 0.0)?;
            line(&format!("{}:own", set.name), question, &question.references[0], 1.0)?;
            for step in 1..questions.len().min(12) {
                let other = &questions[(at + step) % questions.len()].references[0];
                line(&format!("{}:other{step}", set.name), question, other, 0.0)?;
            }
        }
    }
    Ok(())
}
