//! `viva review`: a transcript or recording of an interview that has happened, cut into answers, each held against the question it
//! most likely answers and scored. Needs no database.

use anyhow::bail;
use serde::Serialize;
use std::collections::HashMap;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use viva_core::assessment::Assessment;
use viva_core::bank::{Pack, Question};
use viva_core::ids::{PackId, QuestionId};
use viva_core::scoring::{PreparedQuestion, Scorer};
use viva_core::transcript::Transcript;
use viva_import::transcript::{Answer, Bank, Candidate, Skipped, review};
use viva_interview::Ears;
use viva_speech::TranscribeOptions;

use super::{import, places::Places};
use crate::builtin;
use crate::compose::WhisperEars;
use crate::reviewing::{Delivery, bank_of, corrected, delivery_of, is_sound, transcript_of};

/// Cut a transcript into answers, match each to a question, and score it
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Transcripts (WebVTT, SRT, whisper JSON, Otter text, plain text) or recordings (WAV, FLAC, MP3, OGG, WebM, M4A)
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
    /// Compare with the questions of these packs only
    #[arg(long, num_args = 1.., value_name = "ID")]
    pack: Vec<PackId>,
    /// Compare with the questions of these documents, read as `viva import` reads them
    #[arg(long, num_args = 1.., value_name = "DOCUMENT")]
    against: Vec<PathBuf>,
    /// The Whisper model for recordings: a name of `viva model list`, or the path of a ggml file
    #[arg(long, env = "VIVA_MODEL")]
    model: Option<String>,
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

/// Reviews all files; the exit code is 0 only if every one could be read.
pub fn run(args: Args) -> anyhow::Result<ExitCode> {
    let desk = Desk::open(&args)?;
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
    model: Option<String>,
    bank: Bank,
    /// The packs at hand, for what they correct.
    shelf: Vec<Pack>,
    questions: HashMap<String, Question>,
}

impl Desk {
    fn open(args: &Args) -> anyhow::Result<Self> {
        let (packs, documents) = (args.pack.as_slice(), args.against.as_slice());
        let (mut questions, mut shelf): (Vec<Question>, Vec<Pack>) = (Vec::new(), Vec::new());
        if documents.is_empty() || !packs.is_empty() {
            let bank = builtin::bank_with(&Places::from_env()?.rubrics_dirs)?;
            for id in packs {
                if bank.pack(id).is_none() {
                    bail!("no pack is called {id}; `viva rubric list` names them all");
                }
            }
            shelf.extend_from_slice(bank.packs());
            questions
                .extend(bank.questions().filter(|q| packs.is_empty() || packs.contains(&q.pack)).cloned());
        }
        for (n, document) in documents.iter().enumerate() {
            let import = import::read(document, None)?;
            let id: PackId = format!("document-{}", n + 1).parse()?;
            questions.extend(viva_import::to_pack(&[import], &id, "document")?.questions);
        }
        Ok(Self {
            model: args.model.clone(),
            bank: bank_of(&questions),
            shelf,
            questions: questions.into_iter().map(|q| (q.id.to_string(), q)).collect(),
        })
    }

    fn review(&self, file: &Path) -> anyhow::Result<Reviewed> {
        let bytes = import::bytes(file)?;
        let heard = if is_sound(&bytes) { Some(self.hear(file)?) } else { None };
        let found = match &heard {
            Some(heard) => review(&serde_json::to_vec(heard)?)?,
            None => review(&bytes)?,
        };
        let mut prepared: HashMap<QuestionId, PreparedQuestion> = HashMap::new();
        let answers = found
            .answers
            .into_iter()
            .map(|answer| {
                let candidates = self.bank.candidates(&answer);
                let question_id = self.bank.chosen(&candidates).map(str::to_owned);
                let question = question_id.as_ref().and_then(|id| self.questions.get(id));
                let transcript = corrected(transcript_of(&answer, heard.as_ref()), &self.shelf, question);
                let assessment = question.map(|question| {
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
            format: if heard.is_some() { "audio".into() } else { found.format },
            answers,
            left_out: found.left_out,
            warnings: found.warnings,
        })
    }

    /// Turns a recording into words, on this machine.
    fn hear(&self, file: &Path) -> anyhow::Result<Transcript> {
        let sound = viva_audio::decode(file)?;
        eprintln!("Transcribing {}", file.display());
        let ears = WhisperEars::new(&Places::from_env()?, self.model.clone());
        let heard = ears.transcriber()?.transcribe(sound.samples.into(), TranscribeOptions::default())?;
        if heard.words.is_empty() {
            bail!("no speech was heard in it");
        }
        Ok(heard)
    }

    fn summary(&self, review: &Reviewed) -> String {
        use std::fmt::Write;
        let mut out = String::new();
        let answers = match review.answers.len() {
            1 => "1 answer".to_owned(),
            n => format!("{n} answers"),
        };
        let _ = writeln!(out, "{}: {answers}", review.file);
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
