//! One candidate as a ZIP file: a page to print, JSON, the ratings as CSV, recordings, and their words as WebVTT. It holds what
//! whoever asks for it may read.

use super::{csv, time, vtt};
use anyhow::Context;
use askama::Template;
use serde_json::json;
use std::fs::File;
use std::io::{self, BufReader, ErrorKind, Seek, Write};
use viva_core::round::{Kit, Mark};
use viva_interview::{CandidateFile, FiledAnswer};
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

/// The version of the JSON form. Fields are only ever added within one.
const VERSION: u32 = 1;

/// The page in the file: no style sheet, so that it opens anywhere.
#[derive(Template)]
#[template(path = "candidate_file.html")]
struct Page<'a> {
    file: &'a CandidateFile,
    made_at: String,
    cards: Vec<PageCard>,
    answers: Vec<PageAnswer>,
}

struct PageCard {
    heading: String,
    summary: String,
    marks: Vec<(String, String, Vec<String>)>,
    amendments: Vec<String>,
}

struct PageAnswer {
    heading: String,
    ask: String,
    text: String,
    score: Option<String>,
    audio: Option<String>,
}

/// Writes it. A recording that went meanwhile is left out.
pub fn write(file: &CandidateFile, made_at: &str, out: impl Write + Seek) -> anyhow::Result<()> {
    let mut zip = ZipWriter::new(out);
    let text = |zip: &mut ZipWriter<_>, name: &str, text: &str| -> anyhow::Result<()> {
        zip.start_file(name, options(CompressionMethod::Deflated))?;
        zip.write_all(text.as_bytes()).with_context(|| format!("writing {name}"))
    };
    text(&mut zip, "candidate.html", &page(file, made_at).render()?)?;
    text(&mut zip, "candidate.json", &serde_json::to_string_pretty(&document(file, made_at))?)?;
    text(&mut zip, "ratings.csv", &ratings(file)?)?;
    for answer in &file.answers {
        if let Some(words) = answer.words.last() {
            text(&mut zip, &format!("words/{}.vtt", name(answer)), &vtt::words(&words.words, &words.text))?;
        }
        let Some(path) = &answer.audio else { continue };
        let mut sound = match File::open(path) {
            Ok(sound) => BufReader::new(sound),
            Err(error) if error.kind() == ErrorKind::NotFound => continue,
            Err(error) => return Err(error).context("a recording cannot be read"),
        };
        zip.start_file(format!("audio/{}.wav", name(answer)), options(CompressionMethod::Stored))?;
        io::copy(&mut sound, &mut zip)?;
    }
    zip.finish()?.flush()?;
    Ok(())
}

fn options(method: CompressionMethod) -> SimpleFileOptions {
    SimpleFileOptions::default().compression_method(method).large_file(true).unix_permissions(0o600)
}

/// `question-2-recording-1`
fn name(answer: &FiledAnswer) -> String {
    format!("question-{}-recording-{}", answer.position + 1, answer.number)
}

fn says(mark: Option<Mark>) -> String {
    match mark {
        Some(Mark::Rated(rating)) => rating.value().to_string(),
        Some(Mark::NotAsked) => "not asked".to_owned(),
        None => "no rating".to_owned(),
    }
}

fn page<'a>(file: &'a CandidateFile, made_at: &str) -> Page<'a> {
    let kit: &Kit = &file.round.kit;
    let ask =
        |position: usize| kit.questions.get(position).map_or("", |one| one.question.ask.as_str()).to_owned();
    let cards = file.cards.iter().map(|filed| PageCard {
        heading: format!(
            "{}: {}",
            filed.rater,
            filed.card.counted_recommendation().map_or("no recommendation", |one| one.words())
        ),
        summary: filed.card.summary.clone(),
        marks: filed
            .card
            .entries
            .iter()
            .enumerate()
            .map(|(position, entry)| {
                let notes = entry.notes.0.iter().map(ToString::to_string).collect();
                (format!("{}. {}", position + 1, ask(position)), says(filed.card.counted(position)), notes)
            })
            .collect(),
        amendments: filed
            .card
            .amendments
            .iter()
            .map(|amendment| format!("{}: {}", time(amendment.at), amendment.reason))
            .collect(),
    });
    let answers = file.answers.iter().map(|answer| PageAnswer {
        heading: format!("Question {}, recording {}", answer.position + 1, answer.number),
        ask: ask(answer.position),
        text: answer.words.last().map(|words| words.text.clone()).unwrap_or_default(),
        score: answer.assessment.as_ref().map(|score| {
            format!("{:.0} of 100, range {:.0} to {:.0}, as advice", score.score, score.low, score.high)
        }),
        audio: answer.audio.as_ref().map(|_| format!("audio/{}.wav", name(answer))),
    });
    Page { file, made_at: made_at.to_owned(), cards: cards.collect(), answers: answers.collect() }
}

fn document(file: &CandidateFile, made_at: &str) -> serde_json::Value {
    let candidate = &file.candidate;
    json!({
        "format": "viva-candidate",
        "version": VERSION,
        "exported_at": made_at,
        "round": { "id": file.round.id, "title": file.round.title, "closed_at": file.round.closed_at.map(time) },
        "kit": {
            "version": file.round.kit_version,
            "sha256": file.round.kit_hash,
            "document": file.round.kit,
        },
        "candidate": {
            "id": candidate.id,
            "code": candidate.code,
            "name": candidate.name,
            "basis": candidate.ground.as_ref().map(|ground| ground.basis.name()),
            "notice": candidate.ground.as_ref().map(|ground| ground.notice.as_str()),
            "notice_at": candidate.ground.as_ref().map(|ground| time(ground.at)),
            "opted_out_at": candidate.opted_out_at.map(time),
            "legal_hold": file.hold.as_ref().map(|hold| json!({ "reason": hold.reason, "at": time(hold.at) })),
        },
        "cards": file.cards,
        "cards_not_open": file.closed_cards,
        "answers": file.answers.iter().map(|answer| json!({
            "id": answer.attempt,
            "question": answer.position + 1,
            "recording": answer.number,
            "asked_at": time(answer.asked_at),
            "words": answer.words,
            "assessment": answer.assessment,
            "audio": answer.audio.as_ref().map(|_| format!("audio/{}.wav", name(answer))),
        })).collect::<Vec<_>>(),
        "deviations": file.deviations.iter().map(|one| json!({
            "at": time(one.at), "deviation": one.deviation,
        })).collect::<Vec<_>>(),
        "probes_asked": file.probes.iter().map(|one| json!({
            "question": one.position + 1, "probe": one.probe + 1, "at": time(one.at),
        })).collect::<Vec<_>>(),
        "consensus": file.consensus.iter().map(|one| json!({
            "question": one.position + 1, "rating": one.rating, "reason": one.reason, "at": time(one.at),
        })).collect::<Vec<_>>(),
    })
}

fn ratings(file: &CandidateFile) -> anyhow::Result<String> {
    let mut rows =
        vec![["code", "question_number", "question", "rater", "mark", "notes"].map(str::to_owned).to_vec()];
    for filed in &file.cards {
        for (position, entry) in filed.card.entries.iter().enumerate() {
            let ask = file.round.kit.questions.get(position).map_or("", |one| one.question.ask.as_str());
            rows.push(vec![
                file.candidate.code.clone(),
                (position + 1).to_string(),
                ask.to_owned(),
                filed.rater.clone(),
                says(filed.card.counted(position)),
                entry.notes.to_string(),
            ]);
        }
    }
    csv::table(&rows)
}
