//! A round as CSV, a row a mark, and as JSON with the matrix and the agreement. It holds what whoever asks for it may read.

use super::{csv, time};
use serde_json::{Value, json};
use viva_core::agreement::{Agreement, Figure};
use viva_core::clock::Timestamp;
use viva_core::round::Mark;
use viva_interview::{MatrixRow, RoundMatrix};

/// The version of the JSON form. Fields are only ever added within one.
const VERSION: u32 = 1;

/// A row for each mark that is open, and one for each candidate who is not.
pub fn rows(matrix: &RoundMatrix) -> anyhow::Result<String> {
    let head =
        ["candidate", "name", "question_number", "question_id", "topic", "rater", "mark", "weighted_mean"];
    let mut rows = vec![head.map(str::to_owned).to_vec()];
    for row in &matrix.rows {
        let mean = row.combined.map_or(String::new(), |combined| format!("{:.4}", combined.mean));
        let begin = [row.candidate.code.clone(), name(row)];
        let row_of = |rest: [String; 5]| begin.iter().cloned().chain(rest).chain([mean.clone()]).collect();
        if !row.sight.is_open() {
            rows.push(row_of([
                String::new(),
                String::new(),
                String::new(),
                String::new(),
                "not open".into(),
            ]));
        }
        for (position, cell) in row.cells.iter().enumerate() {
            let question = &matrix.round.kit.questions[position].question;
            for (rater, mark) in &cell.marks {
                let says = match mark {
                    Mark::Rated(rating) => rating.value().to_string(),
                    Mark::NotAsked => "not asked".to_owned(),
                };
                rows.push(row_of([
                    (position + 1).to_string(),
                    question.id.to_string(),
                    question.topic.clone(),
                    matrix.raters[*rater].name.clone(),
                    says,
                ]));
            }
        }
    }
    csv::table(&rows)
}

/// The name, where the viewer may know it and the round shows it.
fn name(row: &MatrixRow) -> String {
    if row.candidate.label() == row.candidate.code { String::new() } else { row.candidate.label().to_owned() }
}

/// Everything that stands on the pages of the round.
pub fn document(matrix: &RoundMatrix, agreement: &Agreement, now: Timestamp) -> Value {
    let figure = |figure: &Figure| match figure {
        Ok(estimate) => json!(estimate),
        Err(why) => json!({ "none": why.to_string() }),
    };
    json!({
        "format": "viva-round",
        "version": VERSION,
        "exported_at": time(now),
        "round": { "id": matrix.round.id, "title": matrix.round.title, "closed_at": matrix.round.closed_at.map(time) },
        "kit": { "version": matrix.round.kit_version, "sha256": matrix.round.kit_hash, "document": matrix.round.kit },
        "raters": matrix.raters.iter().map(|rater| json!({ "id": rater.person, "name": rater.name })).collect::<Vec<_>>(),
        "candidates": matrix.rows.iter().map(|row| json!({
            "id": row.candidate.id,
            "code": row.candidate.code,
            "name": name(row),
            "open": row.sight.is_open(),
            "weighted_mean": row.combined.map(|combined| combined.mean),
            "weight_covered": row.combined.map(|combined| combined.covered),
            "answers": row.cells.iter().enumerate().map(|(position, cell)| json!({
                "question": position + 1,
                "marks": cell.marks.iter().map(|(rater, mark)| json!({ "rater": rater, "mark": mark })).collect::<Vec<_>>(),
                "mean": cell.mean(),
                "consensus": cell.consensus.as_ref().map(|one| json!({
                    "rating": one.rating, "reason": one.reason, "at": time(one.at),
                })),
            })).collect::<Vec<_>>(),
        })).collect::<Vec<_>>(),
        "agreement": {
            "icc_2_1": figure(&agreement.one),
            "icc_2_k": figure(&agreement.together),
            "ordinal_alpha": figure(&agreement.alpha),
            "weighted_kappa_mean_of_pairs": figure(&agreement.mean_kappa),
            "pairs": agreement.pairs.iter().map(|pair| json!({
                "raters": [pair.one, pair.other], "answers": pair.cells, "candidates": pair.candidates,
                "weighted_kappa": figure(&pair.kappa),
            })).collect::<Vec<_>>(),
            "leniency": agreement.leniency.iter().map(|one| json!({
                "rater": one.rater, "answers": one.cells, "mean": one.mean, "interval": one.interval,
            })).collect::<Vec<_>>(),
            "spread": agreement.spread.iter().map(|one| json!({
                "question": one.question + 1, "answers": one.cells, "apart": one.apart,
                "mean_range": one.mean_range, "deviation": one.deviation,
            })).collect::<Vec<_>>(),
        },
    })
}
