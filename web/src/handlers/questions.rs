//! The bank: every question at hand and its last score. Never a model answer.

use crate::app::App;
use crate::error::PageError;
use crate::feedback::{level_word, whole};
use crate::page::{Nav, Shell, show};
use askama::Template;
use axum::extract::State;
use axum::response::Response;
use std::collections::HashMap;
use viva_core::units::Millis;
use viva_interview::InterviewError;

struct Last {
    href: String,
    says: u32,
}

struct QuestionRow {
    id: String,
    ask: String,
    topic: String,
    level: &'static str,
    length: String,
    last: Option<Last>,
}

struct PackView {
    id: String,
    title: String,
    facts: String,
    questions: Vec<QuestionRow>,
}

#[derive(Template)]
#[template(path = "questions.html")]
struct QuestionsPage {
    shell: Shell,
    heading: String,
    packs: Vec<PackView>,
}

/// `GET /questions`
pub async fn page(State(app): State<App>, shell: Shell) -> Result<Response, PageError> {
    let scores = app.interview.store().latest_scores().await.map_err(InterviewError::from)?;
    let last: HashMap<_, _> = scores.iter().map(|point| (&point.question, point)).collect();
    let bank = app.interview.bank();
    let packs: Vec<PackView> = bank
        .packs()
        .iter()
        .map(|pack| PackView {
            id: pack.id.to_string(),
            title: pack.title.clone(),
            facts: format!("{} questions, version {}, {}", pack.questions.len(), pack.version, pack.licence),
            questions: pack
                .questions
                .iter()
                .map(|question| QuestionRow {
                    id: question.id.to_string(),
                    ask: question.ask.clone(),
                    topic: question.topic.clone(),
                    level: level_word(question.level),
                    length: Millis(u64::from(question.seconds) * 1000).to_string(),
                    last: last.get(&question.id).map(|point| Last {
                        href: format!("/attempts/{}", point.attempt),
                        says: whole(point.score.score),
                    }),
                })
                .collect(),
        })
        .collect();
    let heading = match packs.len() {
        1 => format!("{} questions in one pack", bank.len()),
        n => format!("{} questions in {n} packs", bank.len()),
    };
    Ok(show(&QuestionsPage { shell: shell.under(Nav::Questions), heading, packs }))
}
