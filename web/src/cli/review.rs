//! `viva review`: a transcript of an interview that has happened, cut into answers, each held against the question it
//! most likely answers and scored. Needs no database.

use anyhow::bail;
use serde::Serialize;
use std::collections::{BTreeMap, HashMap};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use viva_core::assessment::Assessment;
use viva_core::bank::Question;
use viva_core::delivery;
use viva_core::ids::{PackId, QuestionId};
use viva_core::scoring::{PreparedQuestion, Scorer};
use viva_core::transcript::Transcript;
use viva_core::units::Millis;
use viva_import::transcript::{Answer, Bank, BankQuestion, Candidate, Skipped, review};

use super::{import, places::Places};
use crate::builtin;

/// Cut a transcript into answers, match each to a question, and score it
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Transcripts: WebVTT, SRT, whisper JSON, Otter text, plain text
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
    /// Compare with the questions of these packs only
    #[arg(long, num_args = 1.., value_name = "ID")]
    pack: Vec<PackId>,
    /// Compare with the questions of these documents, read as `viva import` reads them
    #[arg(long, num_args = 1.., value_name = "DOCUMENT")]
    against: Vec<PathBuf>,
    /// Print the whole result as JSON: an object for one file, an array for several
    #[arg(long)]
    json: bool,
}

/// The review of one file, as `--json` prints it.
#[derive(Debug, Serialize)]
struct Reviewed {
    file: String,
    format: String,
    answers: Vec<ReviewedAnswer>,
    left_out: Vec<Skipped>,
    warnings: Vec<String>,
}

#[derive(Debug, Serialize)]
struct ReviewedAnswer {
    #[serde(flatten)]
    answer: Answer,
    question_id: Option<String>,
    candidates: Vec<Candidate>,
    assessment: Option<Assessment>,
    delivery: Delivery,
}

/// What the words alone tell of the delivery.
#[derive(Debug, Serialize)]
struct Delivery {
    words: u32,
    /// "uh" and "um", exactly as they stand in the transcript.
    uh_um: usize,
    /// All fillers by word.
    fillers: Option<BTreeMap<String, usize>>,
    /// All hedges by word.
    hedges: Option<BTreeMap<String, usize>>,
    /// Length of the answer, where the file has times.
    length_ms: Option<u64>,
    /// Words a minute over that length.
    words_per_minute: Option<f64>,
}

/// Reviews all files; the exit code is 0 only if every one could be read.
pub fn run(args: Args) -> anyhow::Result<ExitCode> {
    let desk = Desk::open(&args.pack, &args.against)?;
    let mut reviews = Vec::new();
    let mut failed = false;
    for file in &args.files {
        match desk.review(file) {
            Ok(review) => reviews.push(review),
            Err(error) => {
                failed = true;
                eprintln!("viva: {}: {error:#}", file.display());
            }
        }
    }
    let mut out = std::io::stdout().lock();
    if args.json {
        match (args.files.len(), reviews.as_slice()) {
            (1, [only]) => writeln!(out, "{}", serde_json::to_string_pretty(only)?)?,
            (1, _) => {}
            (_, all) => writeln!(out, "{}", serde_json::to_string_pretty(all)?)?,
        }
    } else {
        for review in &reviews {
            write!(out, "{}", desk.summary(review))?;
        }
    }
    Ok(if failed { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}

/// The questions answers are held against.
struct Desk {
    bank: Bank,
    questions: HashMap<String, Question>,
}

impl Desk {
    fn open(packs: &[PackId], documents: &[PathBuf]) -> anyhow::Result<Self> {
        let mut questions: Vec<Question> = Vec::new();
        if documents.is_empty() || !packs.is_empty() {
            let bank = builtin::bank_with(&Places::from_env()?.rubrics_dirs)?;
            for id in packs {
                if bank.pack(id).is_none() {
                    bail!("no pack is called {id}; `viva rubric list` names them all");
                }
            }
            questions
                .extend(bank.questions().filter(|q| packs.is_empty() || packs.contains(&q.pack)).cloned());
        }
        for (n, document) in documents.iter().enumerate() {
            let import = import::read(document, None)?;
            let id: PackId = format!("document-{}", n + 1).parse()?;
            questions.extend(viva_import::to_pack(&[import], &id, "document")?.questions);
        }
        let held: Vec<BankQuestion> = questions
            .iter()
            .map(|q| BankQuestion {
                id: q.id.to_string(),
                ask: q.ask.clone(),
                topic: q.topic.clone(),
                answer: q.model_answer.clone(),
            })
            .collect();
        Ok(Self {
            bank: Bank::new(&held),
            questions: questions.into_iter().map(|q| (q.id.to_string(), q)).collect(),
        })
    }

    fn review(&self, file: &Path) -> anyhow::Result<Reviewed> {
        let bytes = import::bytes(file)?;
        if is_sound(&bytes) {
            bail!(
                "this is a recording; make its transcript with `viva transcribe {} --json` and review that",
                file.display()
            );
        }
        let found = review(&bytes)?;
        let mut prepared: HashMap<QuestionId, PreparedQuestion> = HashMap::new();
        let answers = found
            .answers
            .into_iter()
            .map(|answer| {
                let candidates = self.bank.candidates(&answer);
                let question_id = self.bank.chosen(&candidates).map(str::to_owned);
                let transcript = transcript_of(&answer);
                let assessment = question_id.as_ref().and_then(|id| self.questions.get(id)).map(|question| {
                    prepared
                        .entry(question.id.clone())
                        .or_insert_with(|| Scorer::shared().prepare(question))
                        .assess(&transcript)
                });
                let delivery = delivery_of(&answer, &transcript);
                ReviewedAnswer { answer, question_id, candidates, assessment, delivery }
            })
            .collect();
        Ok(Reviewed {
            file: file.display().to_string(),
            format: found.format,
            answers,
            left_out: found.left_out,
            warnings: found.warnings,
        })
    }

    fn summary(&self, review: &Reviewed) -> String {
        use std::fmt::Write;
        let mut out = String::new();
        let _ = writeln!(out, "{}: {} answers", review.file, review.answers.len());
        for one in &review.answers {
            let asked = one
                .question_id
                .as_ref()
                .and_then(|id| self.questions.get(id))
                .map_or("no question fits", |q| q.ask.as_str());
            let score =
                one.assessment.as_ref().map_or_else(String::new, |a| format!(", score {:.0}", a.score));
            let _ = writeln!(
                out,
                "  lines {} to {}: {asked}{score}, {} words, at least {} uh or um",
                one.answer.line, one.answer.end_line, one.delivery.words, one.delivery.uh_um
            );
        }
        for warning in &review.warnings {
            let _ = writeln!(out, "! {warning}");
        }
        out
    }
}

/// The answer as scoring takes it. Its times are not invented: there are no words with times and no measured speech.
fn transcript_of(answer: &Answer) -> Transcript {
    Transcript {
        text: answer.text.clone(),
        model: "imported".into(),
        language: "en".into(),
        audio: Millis(0),
        speech: Vec::new(),
        words: Vec::new(),
    }
}

fn delivery_of(answer: &Answer, transcript: &Transcript) -> Delivery {
    let seen = delivery::observe(transcript);
    let by_word = |mentions: Option<Vec<delivery::Mention>>| {
        mentions.map(|list| {
            let mut counts = BTreeMap::new();
            for mention in list {
                *counts.entry(mention.listed).or_insert(0) += 1;
            }
            counts
        })
    };
    let uh_um = answer
        .text
        .split(|c: char| !c.is_alphanumeric() && c != '\'')
        .filter(|word| matches!(word.to_lowercase().as_str(), "uh" | "um" | "uhh" | "umm" | "uhm"))
        .count();
    let length_ms = answer
        .start_ms
        .zip(answer.end_ms)
        .and_then(|(start, end)| end.checked_sub(start))
        .filter(|ms| *ms > 0);
    let words_per_minute = length_ms
        .filter(|_| seen.words >= delivery::ENOUGH_WORDS)
        .map(|ms| (f64::from(seen.words) * 60_000.0 / ms as f64).round());
    Delivery {
        words: seen.words,
        uh_um,
        fillers: by_word(seen.fillers),
        hedges: by_word(seen.hedges),
        length_ms,
        words_per_minute,
    }
}

/// Whether the bytes are a recording rather than words.
fn is_sound(bytes: &[u8]) -> bool {
    let starts = |magic: &[u8]| bytes.starts_with(magic);
    starts(b"RIFF")
        || starts(b"ID3")
        || starts(b"OggS")
        || starts(b"fLaC")
        || starts(&[0x1a, 0x45, 0xdf, 0xa3])
        || starts(&[0xff, 0xfb])
        || bytes.get(4..8) == Some(b"ftyp")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(text: &str) -> Answer {
        Answer {
            line: 1,
            end_line: 1,
            start_ms: Some(1_000),
            end_ms: Some(31_000),
            speaker: None,
            asked: None,
            text: text.into(),
        }
    }

    #[test]
    fn uh_and_um_are_counted_as_they_stand() {
        let answer = answer("So, uh, um, the umbrella, Uh, is um-brella. Uhm.");
        let delivery = delivery_of(&answer, &transcript_of(&answer));
        assert_eq!(delivery.uh_um, 5);
        assert_eq!(delivery.length_ms, Some(30_000));
    }

    #[test]
    fn a_recording_is_told_from_words() {
        assert!(is_sound(b"RIFF\x24\x00\x00\x00WAVEfmt "));
        assert!(!is_sound(b"WEBVTT\n\n"));
    }
}
