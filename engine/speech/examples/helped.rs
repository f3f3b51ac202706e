//! Transcribes files with and without help and says what each step did: the measuring end of `scripts/bench-terms` and
//! `scripts/bench-leak`.
//!
//! `cargo run -p viva-speech --example helped -- MODEL.bin [--threads N] < lines`, where each line is
//! `{"file", "terms": [..]}` or `{"file", "question": ID}` with a question of `rubrics/*.toml`. A line of JSON comes out for each.

#![expect(clippy::print_stdout, reason = "the result goes to stdout")]

use anyhow::{Context, Result};
use serde::Deserialize;
use std::io::BufRead;
use std::sync::Arc;
use std::time::Instant;
use viva_core::bank::{Criterion, Kind, Level, Pack, Question, Rubric, load};
use viva_core::help::corrections::{Corrections, Maps, correct};
use viva_core::help::{Prompt, Terms};
use viva_core::scoring::Scorer;
use viva_core::transcript::Transcript;
use viva_speech::{EngineOptions, TranscribeOptions, Transcriber, WhisperEngine};

#[derive(Deserialize)]
struct Line {
    file: String,
    #[serde(default)]
    terms: Vec<String>,
    question: Option<String>,
}

fn main() -> Result<()> {
    let mut args = std::env::args().skip(1);
    let model = args.next().context("name a model file first")?;
    let mut options = EngineOptions::default();
    while let Some(arg) = args.next() {
        if arg == "--threads" {
            options.threads = args.next().context("--threads wants a number")?.parse()?;
        }
    }
    let engine = WhisperEngine::start(&model, options)?;
    let packs = packs()?;
    for line in std::io::stdin().lock().lines() {
        let line: Line = serde_json::from_str(&line?)?;
        let asked = line.question.as_deref().map(|id| find(&packs, id)).transpose()?;
        let terms = match asked {
            Some((_, question)) => Terms::of_question(question),
            None => Terms::of(line.terms.iter().map(String::as_str)),
        };
        let seed = line.question.clone().unwrap_or_else(|| line.terms.join("\n"));
        let help = Prompt::of(terms, &seed).map(Arc::new);
        let audio: Arc<[f32]> = viva_audio::decode(&line.file)?.samples.into();
        let start = Instant::now();
        let record = engine.transcribe(audio.clone(), TranscribeOptions::default())?;
        let record_seconds = start.elapsed().as_secs_f64();
        let start = Instant::now();
        let ears = engine.transcribe(audio, TranscribeOptions { help, ..TranscribeOptions::default() })?;
        let ears_seconds = start.elapsed().as_secs_f64();
        let pack = asked.map(|(pack, _)| pack);
        let maps = Maps {
            general: &Corrections::general().all,
            pack: pack.map_or(&[], |pack| &pack.corrections),
            own: &[],
            of: pack.map(|pack| &pack.id),
        };
        let (map, both) = (correct(&record, &maps), correct(&ears, &maps));
        let steps = [("record", &record), ("ears", &ears), ("map", &map), ("both", &both)];
        let mut out = serde_json::json!({
            "file": line.file,
            "question": line.question,
            "audio_seconds": record.audio.as_secs(),
            "record_seconds": record_seconds,
            "ears_seconds": ears_seconds,
            "helped": both.helped,
        });
        for (name, heard) in steps {
            out[name] = serde_json::json!({
                "text": heard.text,
                "credited": credited(heard, &line.terms),
            });
        }
        if let Some((_, question)) = asked {
            let prepared = Scorer::shared().prepare(question);
            let scores = steps.map(|(name, heard)| (name.to_owned(), prepared.assess(heard).score.into()));
            out["scores"] = serde_json::Value::Object(scores.into_iter().collect());
        }
        println!("{out}");
    }
    Ok(())
}

fn packs() -> Result<Vec<Pack>> {
    let mut packs = Vec::new();
    let Ok(entries) = std::fs::read_dir("rubrics") else { return Ok(packs) };
    for entry in entries {
        let path = entry?.path();
        if path.extension().is_some_and(|end| end == "toml") {
            let pack = load(&std::fs::read_to_string(&path)?, &path.display().to_string());
            packs.push(pack.map_err(|errors| anyhow::anyhow!("{errors:?}"))?);
        }
    }
    Ok(packs)
}

fn find<'p>(packs: &'p [Pack], id: &str) -> Result<(&'p Pack, &'p Question)> {
    let mut all = packs.iter().flat_map(|pack| pack.questions.iter().map(move |question| (pack, question)));
    all.find(|(_, question)| question.id.as_str() == id).with_context(|| format!("no question {id}"))
}

/// For each term, whether a rubric that listens for it hears it: as a claim, or as one that is denied.
fn credited(heard: &Transcript, terms: &[String]) -> Vec<bool> {
    let criterion = |(n, term): (usize, &String)| Criterion {
        id: format!("c{n}").parse().expect("letters and figures are an id"),
        says: term.clone(),
        weight: 1.0,
        required: false,
        listen: vec![vec![term.clone()]],
        order: false,
        within: None,
        probe: None,
    };
    let question = Question {
        id: "bench.terms".parse().expect("a lower-case word is an id"),
        pack: "bench".parse().expect("a lower-case word is an id"),
        ask: "?".into(),
        topic: String::new(),
        level: Level::Mid,
        kind: Kind::Technical,
        seconds: 60,
        code: None,
        hint: None,
        model_answer: String::new(),
        related: Vec::new(),
        sources: Vec::new(),
        rubric: Rubric { criteria: terms.iter().enumerate().map(criterion).collect(), ..Rubric::default() },
    };
    let assessment = Scorer::shared().prepare(&question).assess(heard);
    assessment.criteria.iter().map(|one| one.credit > 0.99 || !one.near.is_empty()).collect()
}
