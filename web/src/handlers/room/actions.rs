//! What is done in the room: recording, typing, help, skipping, stopping. Each ends in a redirect, or in the page again
//! with what was wrong.

use super::{Again, draw, home_of, place};
use crate::app::App;
use crate::error::PageError;
use crate::handlers::sentence;
use crate::page::Shell;
use crate::peer::Nearness;
use crate::recorder::BROWSER;
use axum::Form;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Redirect, Response};
use serde::Deserialize;
use std::time::Duration;
use tokio::sync::broadcast;
use tokio::time::Instant;
use viva_audio::{Ended, Source};
use viva_core::ids::{AttemptId, SessionId};
use viva_core::session::{Aid, AttemptState, Mode};
use viva_interview::{InterviewError, Stopped};
use viva_storage::SessionRecord;

/// Which microphone to record from.
#[derive(Debug, Deserialize)]
pub struct RecordForm {
    #[serde(default)]
    device: String,
}

/// `POST /sessions/{session}/questions/{number}/record`
pub async fn record(
    State(app): State<App>,
    shell: Shell,
    nearness: Nearness,
    Path((session, number)): Path<(String, u32)>,
    Form(form): Form<RecordForm>,
) -> Result<Response, PageError> {
    let (session, position) = place(&session, number)?;
    if let Some(problem) = not_by_a_form(nearness, &form.device) {
        let again = Again { problem: Some(problem.to_owned()), ..Again::default() };
        return draw(&app, shell, nearness, session, position, again).await;
    }
    let device = Some(form.device).filter(|id| !id.is_empty()).or_else(|| app.device.clone());
    let source = Source::Microphone { device: device.clone() };
    match app.interview.record(session, position, source.into()).await {
        Ok(_) => {
            if let Some(device) = &device {
                app.interview.choose_microphone(device).await?;
            }
            Ok(back_to(session, position))
        }
        // Pressed twice, or in two windows: the recording that runs is the answer.
        Err(InterviewError::MicrophoneBusy { attempt }) if is_here(&app, attempt, session, position) => {
            Ok(back_to(session, position))
        }
        Err(
            error @ (InterviewError::Audio(_)
            | InterviewError::MicrophoneBusy { .. }
            | InterviewError::Folder(_)),
        ) => {
            let again = Again { problem: Some(sentence(&error.to_string())), device, ..Again::default() };
            draw(&app, shell, nearness, session, position, again).await
        }
        Err(error) => Err(error.into()),
    }
}

/// Why a form may not start a microphone: it is this machine's and asked for from elsewhere, or it is the browser's,
/// which only a script can use.
pub fn not_by_a_form(nearness: Nearness, device: &str) -> Option<&'static str> {
    match nearness {
        _ if device.starts_with(BROWSER) => {
            Some("This browser’s microphone needs scripts. Allow them for this page, or type the answer.")
        }
        Nearness::Network => Some(
            "The microphone of the machine Viva runs on is started from that machine only. Use this browser’s, or type \
             the answer.",
        ),
        Nearness::Here => None,
    }
}

fn is_here(app: &App, attempt: AttemptId, session: SessionId, position: u32) -> bool {
    app.interview.on_air_at(session, position).is_some_and(|take| take.attempt == attempt)
}

fn back_to(session: SessionId, position: u32) -> Response {
    Redirect::to(&format!("/sessions/{session}/questions/{}", position + 1)).into_response()
}

/// A typed answer.
#[derive(Debug, Deserialize)]
pub struct TypedForm {
    #[serde(default)]
    answer: String,
}

/// `POST /sessions/{session}/questions/{number}/typed`
pub async fn typed(
    State(app): State<App>,
    shell: Shell,
    nearness: Nearness,
    Path((session, number)): Path<(String, u32)>,
    Form(form): Form<TypedForm>,
) -> Result<Response, PageError> {
    let (session, position) = place(&session, number)?;
    match app.interview.answer_typed(session, position, &form.answer).await {
        Ok(attempt) => Ok(Redirect::to(&answered(&app, attempt).await?).into_response()),
        Err(InterviewError::NothingTyped) => {
            let again = Again {
                typed: Some(form.answer),
                typed_problem: Some("Write an answer first, or answer aloud.".into()),
                ..Again::default()
            };
            draw(&app, shell, nearness, session, position, again).await
        }
        Err(error) => Err(error.into()),
    }
}

/// Where one goes after an answer: to its feedback, or in a run-through straight on, as in the real thing.
async fn answered(app: &App, attempt: AttemptId) -> Result<String, InterviewError> {
    let record = app.interview.attempt(attempt).await?;
    let session = app.interview.session(record.session).await?;
    Ok(match session.mode {
        Mode::RunThrough => onward(&session, record.position),
        Mode::Practice => format!("/attempts/{attempt}"),
    })
}

/// Help to be given.
#[derive(Debug, Deserialize)]
pub struct HelpForm {
    #[serde(default)]
    aid: String,
}

/// `POST /sessions/{session}/questions/{number}/help`: the hint, or the model answer before one's own.
pub async fn help(
    State(app): State<App>,
    Path((session, number)): Path<(String, u32)>,
    Form(form): Form<HelpForm>,
) -> Result<Response, PageError> {
    let (session, position) = place(&session, number)?;
    let aid = match form.aid.as_str() {
        "hint" => Aid::Hint,
        "reveal" => Aid::Reveal,
        _ => return Err(PageError::BadRequest("There is a hint and a model answer to ask for.".into())),
    };
    app.interview.help(session, position, aid).await?;
    Ok(back_to(session, position))
}

/// `POST /sessions/{session}/questions/{number}/skip`
pub async fn skip(
    State(app): State<App>,
    Path((session, number)): Path<(String, u32)>,
) -> Result<Response, PageError> {
    let (session, position) = place(&session, number)?;
    app.interview.skip(session, position).await?;
    let record = app.interview.session(session).await?;
    Ok(Redirect::to(&onward(&record, position)).into_response())
}

/// What comes after a place: the next question, or how the session went.
fn onward(session: &SessionRecord, position: u32) -> String {
    if position as usize + 1 < session.places.len() {
        format!("/sessions/{}/questions/{}", session.id, position + 2)
    } else {
        home_of(session)
    }
}

/// How long a stop waits for some score before the page says that it is settling. Nearly all are in by then.
const SCORE_WITHIN: Duration = Duration::from_millis(1500);
/// A provisional score is shown no earlier than this: the settled one may be as quick.
const SETTLED_WITHIN: Duration = Duration::from_millis(300);

/// `POST /attempts/{attempt}/stop`
pub async fn stop(
    State(app): State<App>,
    shell: Shell,
    nearness: Nearness,
    Path(attempt): Path<String>,
) -> Result<Response, PageError> {
    let attempt = attempt.parse().map_err(|_| PageError::NotFound)?;
    finish(&app, shell, nearness, attempt).await
}

/// What the end of a recording came to.
pub enum Finished {
    /// It is kept; here one goes on.
    Leads(String),
    /// Nothing was heard; the question stands.
    Silent {
        /// What happened and what to do.
        says: String,
    },
}

/// Ends a recording. One that was ended before, or in another window, leads on all the same.
pub async fn finish_take(app: &App, attempt: AttemptId, ended: Ended) -> Result<Finished, InterviewError> {
    let stopped_at = Instant::now();
    let changes = app.interview.changes();
    match app.interview.stop_because(attempt, ended).await {
        Ok(Stopped::Kept { settled, .. }) => {
            let next = answered(app, attempt).await?;
            if next.starts_with("/attempts/") {
                // Whatever comes of it is kept with the attempt; its page tells.
                tokio::select! {
                    _ = settled => {}
                    () = provisional(app, attempt, changes, stopped_at) => {}
                    () = tokio::time::sleep(SCORE_WITHIN) => {}
                }
            }
            Ok(Finished::Leads(next))
        }
        Ok(Stopped::Silent { says }) => Ok(Finished::Silent { says }),
        Err(InterviewError::NotOnAir(_)) => {
            app.interview.attempt(attempt).await?;
            Ok(Finished::Leads(format!("/attempts/{attempt}")))
        }
        Err(error) => Err(error),
    }
}

pub(super) async fn finish(
    app: &App,
    shell: Shell,
    nearness: Nearness,
    attempt: AttemptId,
) -> Result<Response, PageError> {
    match finish_take(app, attempt, Ended::Stopped).await? {
        Finished::Leads(next) => Ok(Redirect::to(&next).into_response()),
        Finished::Silent { says } => {
            let record = app.interview.attempt(attempt).await?;
            let again = Again { problem: Some(says), ..Again::default() };
            Box::pin(draw(app, shell, nearness, record.session, record.position, again)).await
        }
    }
}

/// Ends when there is a provisional score and the settled one had its chance to come first.
async fn provisional(
    app: &App,
    attempt: AttemptId,
    mut changes: broadcast::Receiver<AttemptId>,
    stopped_at: Instant,
) {
    while app.interview.provisional(attempt).is_none() {
        if let Err(broadcast::error::RecvError::Closed) = changes.recv().await {
            return std::future::pending().await;
        }
    }
    tokio::time::sleep_until(stopped_at + SETTLED_WITHIN).await;
}

/// `POST /attempts/{attempt}/pause`
pub async fn pause(State(app): State<App>, Path(attempt): Path<String>) -> Result<Response, PageError> {
    let attempt = attempt.parse().map_err(|_| PageError::NotFound)?;
    app.interview.pause(attempt)?;
    to_room_of(&app, attempt).await
}

/// `POST /attempts/{attempt}/resume`
pub async fn resume(State(app): State<App>, Path(attempt): Path<String>) -> Result<Response, PageError> {
    let attempt = attempt.parse().map_err(|_| PageError::NotFound)?;
    app.interview.resume(attempt)?;
    to_room_of(&app, attempt).await
}

/// `POST /attempts/{attempt}/retake`
pub async fn retake(State(app): State<App>, Path(attempt): Path<String>) -> Result<Response, PageError> {
    let attempt = attempt.parse().map_err(|_| PageError::NotFound)?;
    app.interview.discard(attempt).await?;
    to_room_of(&app, attempt).await
}

async fn to_room_of(app: &App, attempt: AttemptId) -> Result<Response, PageError> {
    let record = app.interview.attempt(attempt).await?;
    if record.state == AttemptState::Asked || record.state == AttemptState::Recording {
        Ok(back_to(record.session, record.position))
    } else {
        Ok(Redirect::to(&format!("/attempts/{attempt}")).into_response())
    }
}
