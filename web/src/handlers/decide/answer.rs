//! One answer opened: notes of all raters and what was said, side by side, and the consensus beside them.

use super::listed;
use crate::app::App;
use crate::error::PageError;
use crate::feedback::whole;
use crate::handlers::rows::when;
use serde::Deserialize;
use viva_core::assessment::{Assessment, Verdict};
use viva_core::ids::{CandidateId, PersonId};
use viva_core::round::Mark;
use viva_interview::{RaterNotes, RoundMatrix};

/// The form for a consensus, as it was typed.
#[derive(Debug, Default, Deserialize)]
pub struct ConsensusForm {
    #[serde(default)]
    pub question: String,
    #[serde(default)]
    pub rating: String,
    #[serde(default)]
    pub reason: String,
}

/// An opened answer.
pub struct AnswerView {
    pub title: String,
    pub ask: String,
    pub apart: bool,
    pub ratings: String,
    pub raters: Vec<RaterView>,
    pub said: Vec<SaidView>,
    pub deviations: Vec<String>,
    pub consensus: Option<ConsensusView>,
    /// None for whoever only observes.
    pub form: Option<FormView>,
}

/// What one rater says.
pub struct RaterView {
    pub heading: String,
    pub notes: Vec<String>,
    pub amended: Vec<String>,
}

/// One recording's words, with the machine's evidence as advice.
pub struct SaidView {
    pub heading: String,
    pub text: String,
    /// Where the recording is heard, while it is kept.
    pub audio: Option<String>,
    pub advice: Option<Advice>,
}

/// The machine's evidence.
pub struct Advice {
    pub says: String,
    pub quotes: Vec<(String, String)>,
}

/// What the panel agreed on.
pub struct ConsensusView {
    pub rating: u8,
    pub reason: String,
    pub by: String,
}

/// The form, filled with what was typed.
pub struct FormView {
    pub action: String,
    pub question: usize,
    pub rating: String,
    pub reason: String,
    pub wrong: Option<&'static str>,
}

/// Reads one answer with all it rests on; none where it is closed to the viewer.
pub async fn look_at(
    app: &App,
    matrix: &RoundMatrix,
    candidate: CandidateId,
    position: usize,
    viewer: PersonId,
    told: Option<(ConsensusForm, &'static str)>,
) -> Result<Option<AnswerView>, PageError> {
    let detail = app.interview.answer_detail(matrix, candidate, position, viewer).await?;
    let row = matrix.rows.iter().find(|row| row.candidate.id == candidate);
    let (Some(detail), Some(row)) = (detail, row) else { return Ok(None) };
    let cell = &row.cells[position];
    let name = |person: PersonId| {
        matrix
            .raters
            .iter()
            .find(|rater| rater.person == person)
            .map_or("the panel", |rater| rater.name.as_str())
    };
    let recordings = detail.said.len();
    let said = detail.said.into_iter().enumerate().map(|(place, said)| SaidView {
        heading: if recordings > 1 {
            format!("What was said, recording {}", place + 1)
        } else {
            "What was said".into()
        },
        text: said.text,
        audio: said.take.is_some().then(|| {
            format!("/rounds/{}/candidates/{candidate}/answers/{}/audio", matrix.round.id, said.attempt)
        }),
        advice: said.assessment.as_ref().map(advice),
    });
    let form = matrix.round.seat.rates().then(|| {
        let (typed, wrong) = match told {
            Some((form, wrong)) => (form, Some(wrong)),
            None => (ConsensusForm::default(), None),
        };
        FormView {
            action: format!("/rounds/{}/candidates/{candidate}/consensus", matrix.round.id),
            question: position + 1,
            rating: typed.rating,
            reason: typed.reason,
            wrong,
        }
    });
    let ratings: Vec<String> = cell.ratings().map(|rating| rating.to_string()).collect();
    Ok(Some(AnswerView {
        title: format!("{}, question {}", row.candidate.label(), position + 1),
        ask: matrix.round.kit.questions[position].question.ask.clone(),
        apart: cell.is_apart(),
        ratings: if ratings.is_empty() { "no rating".to_owned() } else { listed(&ratings) },
        raters: detail.raters.iter().map(|one| rater(matrix, one)).collect(),
        said: said.collect(),
        deviations: detail
            .deviations
            .iter()
            .map(|one| format!("{}: {}", one.deviation.kind.words(), one.deviation.reason))
            .collect(),
        consensus: cell.consensus.as_ref().map(|kept| ConsensusView {
            rating: kept.rating.value(),
            reason: kept.reason.clone(),
            by: format!("{}, {}", name(kept.by), when(kept.at, app.interview.now())),
        }),
        form,
    }))
}

fn rater(matrix: &RoundMatrix, notes: &RaterNotes) -> RaterView {
    let name = matrix.raters.get(notes.rater).map_or("Somebody", |rater| rater.name.as_str());
    let heading = match notes.mark {
        Some(Mark::Rated(rating)) => format!("{name} rated {}", rating.value()),
        Some(Mark::NotAsked) => format!("{name}: not asked"),
        None => format!("{name}: no rating"),
    };
    RaterView {
        heading,
        notes: notes.notes.iter().map(ToString::to_string).collect(),
        amended: notes.amended.clone(),
    }
}

fn advice(assessment: &Assessment) -> Advice {
    if assessment.no_answer {
        return Advice { says: "No answer was heard.".into(), quotes: Vec::new() };
    }
    let range = if whole(assessment.low) == whole(assessment.high) {
        String::new()
    } else {
        format!(", {} to {}", whole(assessment.low), whole(assessment.high))
    };
    let missed: Vec<String> = assessment
        .criteria
        .iter()
        .filter(|criterion| criterion.verdict == Verdict::Missed)
        .map(|criterion| format!("“{}”", criterion.says))
        .collect();
    let missed =
        if missed.is_empty() { String::new() } else { format!(" Not heard: {}.", missed.join(", ")) };
    let heard = assessment.criteria.iter().filter(|criterion| criterion.verdict != Verdict::Missed);
    let quotes = heard.map(|criterion| {
        let words: Vec<&str> = criterion.evidence.iter().map(|evidence| evidence.text.as_str()).collect();
        let verdict = if criterion.verdict == Verdict::Met { "Met" } else { "Partly" };
        (format!("{verdict}: {}", criterion.says), words.join(" … "))
    });
    Advice { says: format!("{}{range} of 100.{missed}", whole(assessment.score)), quotes: quotes.collect() }
}
