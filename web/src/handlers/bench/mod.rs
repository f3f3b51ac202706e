//! The bench of a question: answers that a person marks, beside what the rubric says of them; and from a miss of the
//! rubric's, words that it accepts from then on.

#[cfg(test)]
mod tests;
mod view;

use super::question::question_of;
use crate::app::App;
use crate::bench::{BenchError, Wanted, key_of};
use crate::error::PageError;
use crate::page::Shell;
use crate::routes::{Routes, get, post};
use axum::Form;
use axum::extract::{Path, Query, State};
use axum::response::{IntoResponse, Redirect, Response};
use serde::Deserialize;
use std::collections::BTreeMap;
use tokio::task::spawn_blocking;
use view::{Again, draw, text_of};
use viva_core::bank::Question;
use viva_core::bank::bench::{Mark, MarkedAnswer};
use viva_core::ids::CriterionId;

/// `/questions/{question}/bench` and the forms on it.
pub fn routes() -> Routes {
    Routes::new()
        .route("/questions/{question}/bench", get(page).post(bring))
        .route("/questions/{question}/bench/marks", post(mark))
        .route("/questions/{question}/bench/forget", post(forget))
        .route("/questions/{question}/bench/accept", post(accept))
        .route("/questions/{question}/bench/undo", post(undo))
}

/// Which answer is on the bench.
#[derive(Debug, Default, Clone, Deserialize)]
pub struct Chosen {
    /// The key of a marked answer.
    #[serde(default)]
    answer: String,
    /// The id of one of one's own answers.
    #[serde(default)]
    attempt: String,
}

impl Chosen {
    fn query(&self) -> String {
        match (self.answer.as_str(), self.attempt.as_str()) {
            ("", "") => String::new(),
            ("", attempt) => format!("?attempt={attempt}"),
            (key, _) => format!("?answer={key}"),
        }
    }
}

/// `GET /questions/{question}/bench`
async fn page(
    State(app): State<App>,
    shell: Shell,
    Path(id): Path<String>,
    Query(chosen): Query<Chosen>,
) -> Result<Response, PageError> {
    draw(&app, shell, &id, chosen, Again::default()).await
}

/// An answer that was pasted.
#[derive(Debug, Deserialize)]
pub struct Pasted {
    #[serde(default)]
    text: String,
}

/// `POST /questions/{question}/bench`: puts a pasted answer on the bench.
async fn bring(
    State(app): State<App>,
    shell: Shell,
    Path(id): Path<String>,
    Form(form): Form<Pasted>,
) -> Result<Response, PageError> {
    let question = question_of(&app, &id)?;
    let text = form.text.replace("\r\n", "\n").trim().to_owned();
    if !text.chars().any(char::is_alphanumeric) {
        let again = Again {
            pasted: Some(form.text),
            paste_problem: Some(
                "There is no word in it. Paste what somebody answered, as it was said or written.".into(),
            ),
            ..Again::default()
        };
        return draw(&app, shell, &id, Chosen::default(), again).await;
    }
    let key = key_of(&question.id, &text);
    let desk = app.desk.clone();
    let known = desk.clone();
    let (wanted, own) = (key.clone(), question.id.clone());
    let is_known = blocking(move || Ok(known.marked(&own)?.iter().any(|kept| kept.key == wanted))).await?;
    if !is_known {
        let answer =
            MarkedAnswer { question_id: question.id.clone(), answer: text, criteria: BTreeMap::new() };
        blocking(move || Ok(desk.keep(&answer)?)).await?;
    }
    Ok(to_bench(&question, &Chosen { answer: key, attempt: String::new() }, "on-bench"))
}

/// `POST /questions/{question}/bench/marks`: keeps what a person says of each criterion.
async fn mark(
    State(app): State<App>,
    Path(id): Path<String>,
    Form(fields): Form<Vec<(String, String)>>,
) -> Result<Response, PageError> {
    let question = question_of(&app, &id)?;
    let mut chosen = Chosen::default();
    let mut criteria = BTreeMap::new();
    for (name, value) in fields {
        match name.as_str() {
            "answer" => chosen.answer = value,
            "attempt" => chosen.attempt = value,
            name => {
                let Some(criterion) =
                    name.strip_prefix("mark.").and_then(|id| id.parse::<CriterionId>().ok())
                else {
                    continue;
                };
                let is_known = question.rubric.criteria.iter().any(|one| one.id == criterion);
                match (mark_of(&value), is_known) {
                    (Some(mark), true) => criteria.insert(criterion, mark),
                    _ => {
                        return Err(PageError::BadRequest(format!(
                            "\"{name}\" is no criterion of this question with one of met, partly, missed."
                        )));
                    }
                };
            }
        }
    }
    let (text, _) = text_of(&app, &question, &chosen).await?.ok_or(PageError::NotFound)?;
    let answer = MarkedAnswer { question_id: question.id.clone(), answer: text, criteria };
    let desk = app.desk.clone();
    blocking(move || Ok(desk.keep(&answer)?)).await?;
    Ok(to_bench(&question, &chosen, "differences"))
}

/// `POST /questions/{question}/bench/forget`: takes an answer and its marks out of the file.
async fn forget(
    State(app): State<App>,
    Path(id): Path<String>,
    Form(chosen): Form<Chosen>,
) -> Result<Response, PageError> {
    let question = question_of(&app, &id)?;
    let desk = app.desk.clone();
    blocking(move || Ok(desk.forget(&chosen.answer)?)).await?;
    Ok(to_bench(&question, &Chosen::default(), "agreement"))
}

/// Words that should have counted.
#[derive(Debug, Deserialize)]
pub struct AcceptFields {
    #[serde(default)]
    answer: String,
    #[serde(default)]
    attempt: String,
    #[serde(default)]
    criterion: String,
    #[serde(default)]
    item: String,
    #[serde(default)]
    choice: String,
    #[serde(default)]
    words: String,
    #[serde(default)]
    seen: String,
}

/// `POST /questions/{question}/bench/accept`: lets the rubric listen for more words.
async fn accept(
    State(app): State<App>,
    shell: Shell,
    Path(id): Path<String>,
    Form(form): Form<AcceptFields>,
) -> Result<Response, PageError> {
    let question = question_of(&app, &id)?;
    let chosen = Chosen { answer: form.answer, attempt: form.attempt };
    let criterion: CriterionId =
        form.criterion.parse().map_err(|_| PageError::BadRequest("No criterion is named.".into()))?;
    let words = if form.words.trim().is_empty() { &form.choice } else { &form.words };
    let wanted = Wanted {
        question: question.id.clone(),
        criterion,
        item: form.item.parse().unwrap_or(0),
        words: words.clone(),
        seen: Some(form.seen),
    };
    let (desk, now) = (app.desk.clone(), app.interview.now());
    match blocking(move || desk.accept(&wanted, now)).await {
        Ok((_, bank)) => {
            app.interview.replace_bank(bank);
            Ok(to_bench(&question, &chosen, "changes"))
        }
        Err(BenchError::Refused(refusal)) => {
            let again = Again {
                criterion: form.criterion,
                choice: form.choice,
                words: form.words,
                item: form.item,
                words_problem: Some(super::sentence(&refusal.to_string())),
                ..Again::default()
            };
            draw(&app, shell, &id, chosen, again).await
        }
        Err(error) => Err(error.into()),
    }
}

/// The change to take back.
#[derive(Debug, Deserialize)]
pub struct Undo {
    #[serde(default)]
    change: String,
    #[serde(default)]
    answer: String,
    #[serde(default)]
    attempt: String,
}

/// `POST /questions/{question}/bench/undo`
async fn undo(
    State(app): State<App>,
    Path(id): Path<String>,
    Form(form): Form<Undo>,
) -> Result<Response, PageError> {
    let question = question_of(&app, &id)?;
    let change = form.change.parse().map_err(|_| PageError::BadRequest("No change is named.".into()))?;
    let (desk, now) = (app.desk.clone(), app.interview.now());
    match blocking(move || desk.undo(Some(change), now)).await {
        Ok((_, bank)) => app.interview.replace_bank(bank),
        // Sent twice: it is taken back already.
        Err(BenchError::NothingToUndo) => {}
        Err(error) => return Err(error.into()),
    }
    Ok(to_bench(&question, &Chosen { answer: form.answer, attempt: form.attempt }, "changes"))
}

impl From<BenchError> for PageError {
    fn from(error: BenchError) -> Self {
        match error {
            BenchError::NoQuestion(_) => Self::NotFound,
            BenchError::Io(error) => Self::Internal(error),
            error => Self::Conflict(super::sentence(&error.to_string())),
        }
    }
}

async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, BenchError> + Send + 'static,
) -> Result<T, BenchError> {
    spawn_blocking(work).await.map_err(anyhow::Error::from)?
}

fn to_bench(question: &Question, chosen: &Chosen, part: &str) -> Response {
    Redirect::to(&format!("/questions/{}/bench{}#{part}", question.id, chosen.query())).into_response()
}

fn mark_of(word: &str) -> Option<Mark> {
    match word {
        "met" => Some(Mark::Met),
        "partly" => Some(Mark::Partly),
        "missed" => Some(Mark::Missed),
        _ => None,
    }
}
