//! One question with what an answer to it is marked by. The room never leads here before an answer is in, and the model
//! answer is in the page only when it was asked for.

use super::rows::{AnswerRow, answers};
use crate::app::App;
use crate::error::PageError;
use crate::feedback::level_word;
use crate::page::{Nav, Shell, show};
use crate::routes::{Routes, get};
use askama::Template;
use axum::extract::{Path, Query, State};
use axum::response::Response;
use serde::Deserialize;
use viva_core::bank::{Criterion, Kind, Question};
use viva_core::ids::QuestionId;
use viva_core::units::Millis;
use viva_storage::{HistoryFilter, PageRequest};

/// Earlier answers that are listed.
const ANSWERS: u32 = 20;

/// `/questions/{question}`
pub fn routes() -> Routes {
    Routes::new().route("/questions/{question}", get(page))
}

/// What of the page is opened.
#[derive(Debug, Deserialize)]
pub struct Opened {
    #[serde(default)]
    show: String,
}

struct CriterionView {
    id: String,
    says: String,
    weight: String,
    required: bool,
    items: Vec<String>,
    rules: String,
}

struct MistakeView {
    says: String,
    cost: String,
    listens: Vec<String>,
    instead: String,
}

struct Model {
    paragraphs: Vec<String>,
    sources: Vec<String>,
    licence: String,
}

#[derive(Template)]
#[template(path = "question.html")]
struct QuestionPage {
    shell: Shell,
    id: String,
    ask: String,
    pack: String,
    facts: String,
    code: Option<String>,
    criteria: Vec<CriterionView>,
    total: String,
    mistakes: Vec<MistakeView>,
    file: String,
    model: Option<Model>,
    recent: Vec<AnswerRow>,
}

/// `GET /questions/{question}`; `?show=answer` opens the model answer.
async fn page(
    State(app): State<App>,
    shell: Shell,
    Path(id): Path<String>,
    Query(opened): Query<Opened>,
) -> Result<Response, PageError> {
    let question = question_of(&app, &id)?;
    let bank = app.interview.bank();
    let pack = bank.pack(&question.pack).ok_or(PageError::NotFound)?;
    let filter = HistoryFilter { question: Some(question.id.clone()), ..HistoryFilter::default() };
    let history = app.interview.history(&filter, PageRequest::first(ANSWERS)).await?;
    let total: f64 = question.rubric.criteria.iter().map(|criterion| criterion.weight).sum();
    Ok(show(&QuestionPage {
        shell: shell.under(Nav::Questions),
        id: question.id.to_string(),
        ask: question.ask.clone(),
        pack: pack.title.clone(),
        facts: format!(
            "{}, {}, {}, about {}",
            question.topic,
            level_word(question.level),
            kind_word(question.kind),
            Millis(u64::from(question.seconds) * 1000)
        ),
        code: question.code.clone(),
        criteria: question.rubric.criteria.iter().map(criterion).collect(),
        total: plain(total),
        mistakes: question
            .rubric
            .mistakes
            .iter()
            .map(|mistake| MistakeView {
                says: mistake.says.clone(),
                cost: plain(mistake.cost),
                listens: items(&mistake.listen),
                instead: mistake.instead.clone(),
            })
            .collect(),
        file: file_says(&app, &question).await?,
        model: (opened.show == "answer").then(|| Model {
            paragraphs: paragraphs(&question.model_answer),
            sources: question.sources.clone(),
            licence: pack.licence.clone(),
        }),
        recent: answers(&history.items, app.interview.now()),
    }))
}

/// The question of an address.
pub(super) fn question_of(app: &App, id: &str) -> Result<Question, PageError> {
    let id: QuestionId = id.parse().map_err(|_| PageError::NotFound)?;
    app.interview.bank().question(&id).cloned().ok_or(PageError::NotFound)
}

/// Where a question's pack is read from, as a sentence.
pub(super) async fn file_says(app: &App, question: &Question) -> Result<String, PageError> {
    let (desk, pack) = (app.desk.clone(), question.pack.clone());
    let file =
        tokio::task::spawn_blocking(move || desk.pack_file(&pack)).await.map_err(anyhow::Error::from)?;
    Ok(match file {
        Ok(Some(file)) if file.is_shipped => {
            format!(
                "The pack comes with Viva. The first change makes a copy of your own: {}",
                file.path.display()
            )
        }
        Ok(Some(file)) => format!("The pack is read from {}", file.path.display()),
        Ok(None) => "The pack's file is not there any more; the question stays until Viva is started again."
            .to_owned(),
        Err(error) => super::sentence(&error.to_string()),
    })
}

/// A criterion's number of points as an author wrote it.
pub(super) fn plain(points: f64) -> String {
    let text = format!("{points:.2}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

fn criterion(criterion: &Criterion) -> CriterionView {
    let mut rules = Vec::new();
    if criterion.order {
        rules.push("in this order".to_owned());
    }
    if let Some(words) = criterion.within {
        rules.push(format!("within {words} words"));
    }
    CriterionView {
        id: criterion.id.to_string(),
        says: criterion.says.clone(),
        weight: plain(criterion.weight),
        required: criterion.required,
        items: items(&criterion.listen),
        rules: rules.join(", "),
    }
}

/// Each item as its alternatives.
fn items(listen: &[Vec<String>]) -> Vec<String> {
    listen.iter().map(|ways| ways.join(" · ")).collect()
}

fn paragraphs(text: &str) -> Vec<String> {
    text.split("\n\n")
        .map(|part| part.replace('\n', " ").trim().to_owned())
        .filter(|part| !part.is_empty())
        .collect()
}

fn kind_word(kind: Kind) -> &'static str {
    match kind {
        Kind::Technical => "technical",
        Kind::Behavioural => "behavioural",
        Kind::Code => "about code",
        Kind::Design => "design",
    }
}

#[cfg(test)]
mod tests {
    use crate::testing::TestApp;
    use axum::http::StatusCode;

    const QUESTION: &str = "jvm.hashmap-treeify";
    /// What of the model answer stands in no criterion.
    const MODEL_ANSWER: &str = "With a decent hash code this almost never happens.";

    #[tokio::test]
    async fn a_question_shows_what_it_listens_for_and_keeps_its_model_answer_until_asked() {
        let app = TestApp::new().await;
        let page = app.get(&format!("/questions/{QUESTION}")).await;
        assert_eq!(page.status, StatusCode::OK);
        for piece in ["red-black tree", "sixty-four", "The pack comes with Viva", "?show=answer", "/bench\""]
        {
            assert!(page.body.contains(piece), "{piece}: {}", page.body);
        }
        assert!(!page.body.contains(MODEL_ANSWER));
        let opened = app.get(&format!("/questions/{QUESTION}?show=answer")).await;
        assert!(opened.body.contains(MODEL_ANSWER));
        assert!(app.get("/questions").await.body.contains(&format!("href=\"/questions/{QUESTION}\"")));
    }

    #[tokio::test]
    async fn the_room_does_not_lead_to_the_rubric_before_the_answer_is_in() {
        let app = TestApp::new().await;
        let room = app.room(QUESTION).await;
        assert!(!app.get(&room).await.body.contains(&format!("/questions/{QUESTION}")));
    }

    #[tokio::test]
    async fn a_question_that_is_in_no_pack_has_no_page() {
        let app = TestApp::new().await;
        for id in ["none", "%3Cscript%3E", "jvm.hashmap-treeify%00", &"a".repeat(300)] {
            for path in ["", "/bench"] {
                let page = app.get(&format!("/questions/{id}{path}")).await;
                assert_eq!(page.status, StatusCode::NOT_FOUND, "{id}{path}");
            }
        }
    }
}
