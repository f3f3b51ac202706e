//! A session: setting it up, and its questions with what became of them.

use super::home::{self, Typed};
use super::rows::{state, when};
use crate::app::App;
use crate::error::PageError;
use crate::feedback::ScoreView;
use crate::page::{Nav, Shell, show};
use askama::Template;
use axum::Form;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Redirect, Response};
use serde::Deserialize;
use viva_core::bank::Level;
use viva_core::ids::{PackId, QuestionId, SessionId};
use viva_core::session::{Length, Mode, Next, PickOptions};
use viva_interview::{InterviewError, SetUp};
use viva_storage::{HistoryFilter, PageRequest, SessionRecord};

/// The set-up form: questions by name, or what to pick from.
#[derive(Debug, Deserialize)]
pub struct SetUpForm {
    #[serde(default)]
    questions: String,
    #[serde(default)]
    pack: String,
    #[serde(default)]
    level: String,
    #[serde(default)]
    count: String,
    #[serde(default)]
    seed: String,
    #[serde(default)]
    mode: String,
}

struct Row {
    href: String,
    ask: String,
    reason: String,
    score: Option<ScoreView>,
    state: &'static str,
}

struct NextLink {
    href: String,
    says: String,
}

#[derive(Template)]
#[template(path = "session.html")]
struct SessionPage {
    shell: Shell,
    heading: String,
    mode: &'static str,
    when: String,
    seed: u64,
    next: Option<NextLink>,
    rows: Vec<Row>,
}

/// `POST /sessions`
pub async fn start(
    State(app): State<App>,
    shell: Shell,
    Form(form): Form<SetUpForm>,
) -> Result<Response, PageError> {
    let mode = if form.mode == "run-through" { Mode::RunThrough } else { Mode::Practice };
    let started = match set_up(&form) {
        Ok(set_up) => app.interview.start_session(mode, set_up).await,
        Err(problem) => return home::draw(&app, shell, typed(form, problem)).await,
    };
    match started {
        Ok(session) => Ok(Redirect::to(&format!("/sessions/{session}/questions/1")).into_response()),
        Err(error @ (InterviewError::NothingFits | InterviewError::NoQuestion(_))) => {
            let problem = super::sentence(&error.to_string());
            home::draw(&app, shell, typed(form, problem)).await
        }
        Err(error) => Err(error.into()),
    }
}

fn typed(form: SetUpForm, problem: String) -> Typed {
    let SetUpForm { pack, level, count, seed, .. } = form;
    Typed { problem: Some(problem), pack, level, count, seed }
}

/// The form as a set-up, or what to correct.
fn set_up(form: &SetUpForm) -> Result<SetUp, String> {
    if !form.questions.is_empty() {
        let ids: Result<Vec<QuestionId>, _> = form.questions.split(',').map(|id| id.trim().parse()).collect();
        return ids.map(SetUp::Questions).map_err(|error| format!("{error}."));
    }
    let packs = match form.pack.as_str() {
        "" => Vec::new(),
        id => vec![id.parse::<PackId>().map_err(|error| format!("{error}."))?],
    };
    let level = match form.level.as_str() {
        "" => None,
        "junior" => Some(Level::Junior),
        "mid" => Some(Level::Mid),
        "senior" => Some(Level::Senior),
        _ => return Err("The level is junior, mid or senior.".into()),
    };
    let count = match form.count.trim() {
        "" => 4,
        count => match count.parse() {
            Ok(count @ 1..=50) => count,
            _ => return Err("The number of questions is a whole number from 1 to 50.".into()),
        },
    };
    let seed = match form.seed.trim() {
        "" => fresh_seed(),
        seed => seed.parse().map_err(|_| "The seed is a whole number, or empty.".to_owned())?,
    };
    Ok(SetUp::Picked(PickOptions {
        packs,
        topic: None,
        level,
        kind: None,
        length: Length::Questions(count),
        seed,
    }))
}

/// A seed nobody chose; short enough to be read out and typed again.
fn fresh_seed() -> u64 {
    (uuid::Uuid::now_v7().as_u128() % 1_000_000) as u64
}

/// `GET /sessions/{session}`
pub async fn page(
    State(app): State<App>,
    shell: Shell,
    Path(id): Path<String>,
) -> Result<Response, PageError> {
    let id: SessionId = id.parse().map_err(|_| PageError::NotFound)?;
    let session = app.interview.session(id).await?;
    let filter = HistoryFilter { session: Some(id), ..HistoryFilter::default() };
    let answers = app.interview.history(&filter, PageRequest::first(500)).await?.items;
    let mut rows = Vec::new();
    for place in &session.places {
        // The latest first: the last attempt at a place is the one that shows.
        let answer = answers.iter().find(|entry| entry.position == place.position);
        let ask = match (answer, app.interview.bank().question(&place.question)) {
            (Some(entry), _) => entry.ask.clone(),
            (None, Some(question)) => question.ask.clone(),
            (None, None) => place.question.to_string(),
        };
        let answered = answer.filter(|entry| !entry.state.is_open());
        rows.push(Row {
            href: match answered {
                Some(entry) => format!("/attempts/{}", entry.attempt),
                None => format!("/sessions/{id}/questions/{}", place.position + 1),
            },
            ask,
            reason: super::sentence(&place.reason).trim_end_matches('.').to_owned(),
            score: answer.and_then(|entry| entry.score).map(|s| ScoreView::new(s.score, s.low, s.high)),
            state: answer.map_or("not asked yet", |entry| state(&entry.state)),
        });
    }
    Ok(show(&SessionPage {
        heading: heading(&rows),
        mode: mode_word(session.mode),
        when: when(session.started_at, app.interview.now()),
        seed: session.seed,
        next: next(&session),
        rows,
        shell: shell.under(Nav::Practice),
    }))
}

/// How a mode is called on pages.
pub fn mode_word(mode: Mode) -> &'static str {
    match mode {
        Mode::Practice => "Practice",
        Mode::RunThrough => "Run-through",
    }
}

fn heading(rows: &[Row]) -> String {
    let scores: Vec<u32> =
        rows.iter().filter_map(|row| row.score.as_ref()).map(|score| score.score).collect();
    match scores.len() {
        0 => format!("{} questions, none answered yet", rows.len()),
        n if n < rows.len() => format!("{n} of {} questions answered", rows.len()),
        1 => "One question answered".to_owned(),
        n => format!("All {n} questions answered"),
    }
}

fn next(session: &SessionRecord) -> Option<NextLink> {
    let link = |position: usize, says: &str| {
        Some(NextLink {
            href: format!("/sessions/{}/questions/{}", session.id, position + 1),
            says: says.to_owned(),
        })
    };
    match session.run().next() {
        Next::Continue(position) => link(position, &format!("Go on with question {}", position + 1)),
        Next::Ask(position) => link(position, &format!("Question {}", position + 1)),
        Next::AllAsked | Next::Finished => {
            Some(NextLink { href: "/".into(), says: "Back to practice".into() })
        }
    }
}
