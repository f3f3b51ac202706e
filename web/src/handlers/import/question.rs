//! One question of a draft in full: its words, its answer, and what is listened for.

use super::{Open, Outcome, enter, id_of, open};
use crate::app::App;
use crate::error::PageError;
use crate::page::{Nav, Shell, show, show_with};
use askama::Template;
use axum::Form;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use serde::Deserialize;
use uuid::Uuid;
use viva_import::draft::Step;
use viva_import::steps::Entry;

/// A criterion as it stands in its form.
#[derive(Debug, Clone, Default)]
struct CriterionView {
    at: usize,
    says: String,
    weight: String,
    required: bool,
    listen: String,
    problem: Option<String>,
    is_new: bool,
}

#[derive(Template)]
#[template(path = "import_question.html")]
struct QuestionPage {
    shell: Shell,
    id: Uuid,
    at: usize,
    number: u32,
    name: String,
    ask: String,
    topic: String,
    answer: String,
    code: String,
    criteria: Vec<CriterionView>,
    problem: Option<String>,
    undo: Option<&'static str>,
    closed: bool,
    criteria_by_hand: bool,
}

/// `GET /import/{id}/questions/{number}`
pub async fn page(
    State(app): State<App>,
    shell: Shell,
    Path((id, number)): Path<(String, u32)>,
) -> Result<Response, PageError> {
    let id = id_of(&id)?;
    let open = open(&app, id).await?;
    Ok(show(&drawn(shell, id, number, &open)?))
}

fn drawn(shell: Shell, id: Uuid, number: u32, open: &Open) -> Result<QuestionPage, PageError> {
    let item = open.draft.now().item(number).ok_or(PageError::NotFound)?;
    let mut criteria: Vec<CriterionView> = item
        .found
        .criteria
        .iter()
        .enumerate()
        .map(|(at, c)| CriterionView {
            at,
            says: c.says.clone(),
            weight: c.weight.to_string(),
            required: c.required,
            listen: c.listen.iter().map(|ways| ways.join(" | ")).collect::<Vec<_>>().join("\n"),
            ..CriterionView::default()
        })
        .collect();
    criteria.push(CriterionView {
        at: criteria.len(),
        weight: "1".into(),
        is_new: true,
        ..CriterionView::default()
    });
    Ok(QuestionPage {
        shell: shell.under(Nav::Questions),
        id,
        at: open.draft.entries(),
        number,
        name: open.about.name.clone(),
        ask: item.found.ask.clone(),
        topic: item.found.topic.clone().unwrap_or_default(),
        answer: item.found.model_answer.clone(),
        code: item.found.code.clone().unwrap_or_default(),
        criteria,
        problem: None,
        undo: open.draft.done().last().map(Step::says),
        closed: open.about.saved.is_some(),
        criteria_by_hand: item.criteria_by_hand,
    })
}

/// The words of a question.
#[derive(Debug, Deserialize)]
pub struct WordsForm {
    #[serde(default)]
    ask: String,
    #[serde(default)]
    topic: String,
    #[serde(default)]
    answer: String,
    #[serde(default)]
    code: String,
    #[serde(default)]
    at: Option<usize>,
}

/// `POST /import/{id}/questions/{number}`
pub async fn save(
    State(app): State<App>,
    shell: Shell,
    Path((id, number)): Path<(String, u32)>,
    Form(form): Form<WordsForm>,
) -> Result<Response, PageError> {
    let id = id_of(&id)?;
    let step = Step::Edit {
        item: number,
        ask: form.ask.clone(),
        topic: form.topic.clone(),
        answer: form.answer.clone(),
        code: form.code.clone(),
    };
    match enter(&app, id, form.at, Entry::Step(step)).await? {
        Outcome::Gone => Err(PageError::NotFound),
        Outcome::Done(_) => Ok(Redirect::to(&format!("/import/{id}?at={number}#q{number}")).into_response()),
        Outcome::Refused(problem) => {
            let open = open(&app, id).await?;
            let mut page = drawn(shell, id, number, &open)?;
            (page.ask, page.topic, page.answer, page.code) = (form.ask, form.topic, form.answer, form.code);
            page.problem = Some(problem);
            Ok(show_with(StatusCode::UNPROCESSABLE_ENTITY, &page))
        }
    }
}

/// One criterion, to be kept or to go.
#[derive(Debug, Deserialize)]
pub struct CriterionForm {
    #[serde(rename = "do", default)]
    act: String,
    #[serde(default)]
    criterion: usize,
    #[serde(default)]
    says: String,
    #[serde(default)]
    weight: String,
    #[serde(default)]
    required: Option<String>,
    #[serde(default)]
    listen: String,
    #[serde(default)]
    at: Option<usize>,
}

/// `POST /import/{id}/questions/{number}/criteria`
pub async fn save_criterion(
    State(app): State<App>,
    shell: Shell,
    Path((id, number)): Path<(String, u32)>,
    Form(form): Form<CriterionForm>,
) -> Result<Response, PageError> {
    let id = id_of(&id)?;
    let step = match form.act.as_str() {
        "remove" => Step::RemoveCriterion { item: number, at: form.criterion },
        "draw" => Step::DrawCriteria { item: number },
        _ => Step::SetCriterion {
            item: number,
            at: form.criterion,
            says: form.says.clone(),
            // What is no number is out of the range a weight may have.
            weight: form.weight.trim().replace(',', ".").parse().unwrap_or(-1.0),
            required: form.required.is_some(),
            listen: form.listen.lines().map(|item| item.split('|').map(str::to_owned).collect()).collect(),
        },
    };
    let anchor = if form.act == "draw" { "criteria".to_owned() } else { format!("c{}", form.criterion) };
    match enter(&app, id, form.at, Entry::Step(step)).await? {
        Outcome::Gone => Err(PageError::NotFound),
        Outcome::Done(_) => {
            Ok(Redirect::to(&format!("/import/{id}/questions/{number}#{anchor}")).into_response())
        }
        Outcome::Refused(problem) => {
            let open = open(&app, id).await?;
            let mut page = drawn(shell, id, number, &open)?;
            let Some(typed) = page.criteria.iter_mut().find(|c| c.at == form.criterion) else {
                page.problem = Some(problem);
                return Ok(show_with(StatusCode::UNPROCESSABLE_ENTITY, &page));
            };
            (typed.says, typed.weight, typed.listen) = (form.says, form.weight, form.listen);
            typed.required = form.required.is_some();
            typed.problem = Some(problem);
            Ok(show_with(StatusCode::UNPROCESSABLE_ENTITY, &page))
        }
    }
}
