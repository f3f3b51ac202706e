//! A session: setting it up, and its questions with what became of them.

use super::home;
use super::rows::{state, when};
use crate::app::App;
use crate::error::PageError;
use crate::feedback::ScoreView;
use crate::page::{Nav, Shell, show};
use askama::Template;
use axum::Form;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Redirect, Response};
use viva_core::bank::{Kind, Level};
use viva_core::ids::{PackId, QuestionId, SessionId};
use viva_core::session::{Length, Mode, Next, PickOptions};
use viva_interview::{InterviewError, SetUp};
use viva_storage::{HistoryFilter, PageRequest, SessionRecord};

/// The set-up form as it was sent: questions by name, or what to pick from.
#[derive(Debug)]
pub struct SetUpForm {
    /// Questions by id, with commas between them.
    questions: String,
    /// Packs by id; all where none was chosen.
    pub packs: Vec<String>,
    /// The topic chosen.
    pub topic: String,
    /// The level chosen.
    pub level: String,
    /// The kind chosen.
    pub kind: String,
    /// How long, as typed.
    pub count: String,
    /// `questions` or `minutes`.
    pub unit: String,
    /// Seed, as typed.
    pub seed: String,
    /// `practice` or `run-through`.
    pub mode: String,
}

impl Default for SetUpForm {
    fn default() -> Self {
        let none = String::new;
        Self {
            questions: none(),
            packs: Vec::new(),
            topic: none(),
            level: none(),
            kind: none(),
            count: "4".to_owned(),
            unit: "questions".to_owned(),
            seed: none(),
            mode: "practice".to_owned(),
        }
    }
}

impl SetUpForm {
    /// Takes the fields of a form; a pack may be there several times, unknown fields are nobody's.
    fn of(fields: Vec<(String, String)>) -> Self {
        let mut form = Self { count: String::new(), ..Self::default() };
        for (name, value) in fields {
            match name.as_str() {
                "questions" => form.questions = value,
                "pack" if !value.is_empty() => form.packs.push(value),
                "topic" => form.topic = value,
                "level" => form.level = value,
                "kind" => form.kind = value,
                "count" => form.count = value,
                "unit" => form.unit = value,
                "seed" => form.seed = value,
                "mode" => form.mode = value,
                _ => {}
            }
        }
        form
    }

    /// Whether a run-through was chosen.
    pub fn run_through(&self) -> bool {
        self.mode == "run-through"
    }
}

/// What sorts of answer may be chosen, by their words.
pub const KINDS: [(&str, Kind); 4] = [
    ("technical", Kind::Technical),
    ("behavioural", Kind::Behavioural),
    ("code", Kind::Code),
    ("design", Kind::Design),
];

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
    id: SessionId,
    heading: String,
    mode: &'static str,
    when: String,
    seed: u64,
    next: Option<NextLink>,
    /// The id, where the session can be ended.
    can_finish: Option<SessionId>,
    /// An answer whose score is still awaited.
    awaited: Option<String>,
    rows: Vec<Row>,
}

/// `POST /sessions`
pub async fn start(
    State(app): State<App>,
    shell: Shell,
    Form(fields): Form<Vec<(String, String)>>,
) -> Result<Response, PageError> {
    let form = SetUpForm::of(fields);
    let mode = if form.run_through() { Mode::RunThrough } else { Mode::Practice };
    let started = match set_up(&form) {
        Ok(set_up) => app.interview.start_session(mode, set_up).await,
        Err(problem) => return home::draw(&app, shell, form, Some(problem)).await,
    };
    match started {
        Ok(session) => Ok(Redirect::to(&format!("/sessions/{session}/questions/1")).into_response()),
        Err(error @ (InterviewError::NothingFits | InterviewError::NoQuestion(_))) => {
            let problem = super::sentence(&error.to_string());
            home::draw(&app, shell, form, Some(problem)).await
        }
        Err(error) => Err(error.into()),
    }
}

/// The form as a set-up, or what to correct.
fn set_up(form: &SetUpForm) -> Result<SetUp, String> {
    if !form.questions.is_empty() {
        let ids: Result<Vec<QuestionId>, _> = form.questions.split(',').map(|id| id.trim().parse()).collect();
        return ids.map(SetUp::Questions).map_err(|error| format!("{error}."));
    }
    let packs: Result<Vec<PackId>, _> = form.packs.iter().map(|id| id.parse::<PackId>()).collect();
    let level = match form.level.as_str() {
        "" => None,
        "junior" => Some(Level::Junior),
        "mid" => Some(Level::Mid),
        "senior" => Some(Level::Senior),
        _ => return Err("The level is junior, mid or senior.".into()),
    };
    let kind = match form.kind.as_str() {
        "" => None,
        word => match KINDS.iter().find(|(known, _)| *known == word) {
            Some((_, kind)) => Some(*kind),
            None => return Err("The kind is technical, behavioural, code or design.".into()),
        },
    };
    let seed = match form.seed.trim() {
        "" => fresh_seed(),
        seed => seed.parse().map_err(|_| "The seed is a whole number, or empty.".to_owned())?,
    };
    Ok(SetUp::Picked(PickOptions {
        packs: packs.map_err(|error| format!("{error}."))?,
        topic: Some(form.topic.clone()).filter(|topic| !topic.is_empty()),
        level,
        kind,
        length: length(form)?,
        seed,
    }))
}

fn length(form: &SetUpForm) -> Result<Length, String> {
    let number = match form.count.trim() {
        "" => Ok(4),
        typed => typed.parse::<u32>(),
    };
    match (form.unit.as_str(), number) {
        ("questions", Ok(count @ 1..=50)) => Ok(Length::Questions(count)),
        ("questions", _) => Err("The number of questions is a whole number from 1 to 50.".into()),
        ("minutes", Ok(minutes @ 1..=240)) => Ok(Length::Minutes(minutes)),
        ("minutes", _) => Err("The minutes are a whole number from 1 to 240.".into()),
        _ => Err("The length is in questions or minutes.".into()),
    }
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
    if let Some(answer) = session.follows {
        return Ok(Redirect::to(&format!("/attempts/{answer}")).into_response());
    }
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
        id,
        heading: heading(&rows),
        mode: mode_word(session.mode),
        when: when(session.started_at, app.interview.now()),
        seed: session.seed,
        next: next(&session),
        can_finish: matches!(session.run().next(), Next::Continue(_) | Next::Ask(_))
            .then_some(id)
            .filter(|_| rows.iter().any(|row| row.score.is_some())),
        awaited: answers
            .iter()
            .find(|entry| entry.state.needs_settling())
            .map(|entry| format!("/attempts/{}/events", entry.attempt)),
        rows,
        shell: shell.under(Nav::Practice),
    }))
}

/// `POST /sessions/{session}/finish`: ends it before all was asked.
pub async fn finish(State(app): State<App>, Path(id): Path<String>) -> Result<Response, PageError> {
    let id: SessionId = id.parse().map_err(|_| PageError::NotFound)?;
    if app.interview.session(id).await?.finished_at.is_none() {
        app.interview.finish_session(id).await?;
    }
    Ok(Redirect::to(&format!("/sessions/{id}")).into_response())
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
