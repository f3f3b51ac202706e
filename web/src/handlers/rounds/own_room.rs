//! A candidate's own room: what they are told about being recorded, the question that is open, and their microphone.
//!
//! Nothing here reads a kit, a card or a score; what a candidate must not see is out of this page's reach.

use super::{refused, told};
use crate::app::App;
use crate::error::PageError;
use crate::handlers::pieces::{self, EndForm, FormatForm, PieceQuery};
use crate::handlers::room::Finished;
use crate::handlers::rows::when;
use crate::page::{Shell, show};
use crate::people::visitor::OwnCandidate;
use crate::recorder::Recorder;
use crate::routes::{Routes, get, post};
use askama::Template;
use axum::body::Bytes;
use axum::extract::{Path, Query, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Redirect, Response};
use axum::{Form, Json};
use serde::Serialize;
use viva_core::ids::{AttemptId, CandidateId};
use viva_core::round::{Basis, Ground};
use viva_interview::{InterviewError, Stopped};
use viva_storage::{OwnRoom, RoundAnswer};

/// The addresses of a candidate's own room.
pub fn routes() -> Routes {
    Routes::new()
        .route("/room", get(page))
        .route("/room/now", get(now))
        .route("/room/agree", post(agree))
        .route("/room/opt-out", post(opt_out))
        .route("/room/pieces", post(begin))
        .route("/room/answers/{attempt}/pieces", get(standing))
        .route("/room/answers/{attempt}/pieces/end", post(end))
        .route("/room/answers/{attempt}/pieces/{number}", post(piece))
}

#[derive(Template)]
#[template(path = "own_room.html")]
struct OwnRoomPage {
    shell: Shell,
    title: String,
    /// Changes when the page must be drawn again.
    state: String,
    stage: Stage,
    notice: String,
    /// On which basis they are recorded, and since when.
    basis: Option<String>,
}

/// What the page is about.
enum Stage {
    /// They have not said whether they may be recorded.
    Asked,
    /// They are not recorded.
    NotesOnly,
    /// Nothing is open for their microphone.
    Waiting,
    /// A question is.
    Open(Box<OpenQuestion>),
    /// The round has ended.
    Over,
}

struct OpenQuestion {
    number: u32,
    total: u32,
    ask: String,
    code: Option<String>,
    recorder: Recorder,
}

/// The room and the question open in it.
struct Found {
    room: OwnRoom,
    open: Option<RoundAnswer>,
}

impl Found {
    async fn of(app: &App, candidate: CandidateId) -> Result<Self, PageError> {
        let room = app.interview.store().own_room(candidate).await.map_err(told)?;
        let gone = || PageError::Gone("This interview is not here any more. Ask who invited you.".into());
        let room = room.ok_or_else(gone)?;
        let open = app.interview.opened_for(candidate).await.map_err(refused)?;
        Ok(Self { room, open })
    }

    /// A word for everything the page shows, so that a script knows when it is out of date.
    fn state(&self) -> String {
        let Self { room, open } = self;
        let open = open.as_ref().map_or_else(|| "none".to_owned(), |open| open.attempt.id.to_string());
        let since = room.ground.as_ref().map_or(0, |ground| ground.at.0);
        let no = room.opted_out_at.map_or(0, |at| at.0);
        format!("{open}.{since}.{no}.{}", room.closed_at.is_some())
    }
}

/// `GET /room`
async fn page(
    State(app): State<App>,
    shell: Shell,
    OwnCandidate(candidate): OwnCandidate,
) -> Result<Response, PageError> {
    let found = Found::of(&app, candidate).await?;
    let state = found.state();
    let Found { room, open } = found;
    let stage = match open {
        _ if room.closed_at.is_some() => Stage::Over,
        _ if room.opted_out_at.is_some() => Stage::NotesOnly,
        _ if room.ground.is_none() => Stage::Asked,
        None => Stage::Waiting,
        Some(open) => Stage::Open(Box::new(open_question(&app, candidate, &room, open).await?)),
    };
    let now = app.interview.now();
    let ground = room.ground.filter(|_| room.opted_out_at.is_none());
    let basis = ground.as_ref().map(|ground| format!("{}, {}", ground.basis.words(), when(ground.at, now)));
    let notice = ground.map_or(room.notice, |ground| ground.notice);
    Ok(show(&OwnRoomPage { shell, title: room.title, state, stage, notice, basis }))
}

async fn open_question(
    app: &App,
    candidate: CandidateId,
    room: &OwnRoom,
    open: RoundAnswer,
) -> Result<OpenQuestion, PageError> {
    let question = app.interview.question_asked(&open.attempt).await?;
    let live = app.interview.on_air_of(candidate).filter(|live| live.attempt == open.attempt.id);
    let mut recorder = Recorder::new("/room/pieces".to_owned(), question.seconds, live.as_ref());
    recorder.after = Some("/room".to_owned());
    if let Some(left) = &mut recorder.left {
        left.pieces = pieces_of(open.attempt.id);
    }
    Ok(OpenQuestion {
        number: open.attempt.position + 1,
        total: room.questions,
        ask: question.ask,
        code: question.code,
        recorder,
    })
}

fn pieces_of(attempt: AttemptId) -> String {
    format!("/room/answers/{attempt}/pieces")
}

/// What the page's script asks every second.
#[derive(Debug, Serialize)]
struct Now {
    state: String,
    /// The answer the interviewer wants to end.
    end: Option<AttemptId>,
}

/// `GET /room/now`
async fn now(State(app): State<App>, OwnCandidate(candidate): OwnCandidate) -> Result<Response, PageError> {
    let state = Found::of(&app, candidate).await?.state();
    let live = app.interview.on_air_of(candidate).filter(|live| live.asked_to_end);
    let now = Now { state, end: live.map(|live| live.attempt) };
    Ok(([(header::CACHE_CONTROL, "no-store")], Json(now)).into_response())
}

/// `POST /room/agree`: they have read the notice and agree. Where a basis is on record, it stands.
async fn agree(State(app): State<App>, OwnCandidate(candidate): OwnCandidate) -> Result<Response, PageError> {
    let room = Found::of(&app, candidate).await?.room;
    if room.closed_at.is_none() && !room.may_record() {
        let ground = Ground { basis: Basis::Consent, notice: room.notice, at: app.interview.now() };
        app.interview.store().keep_ground(candidate, &ground, None).await.map_err(told)?;
    }
    Ok(Redirect::to("/room").into_response())
}

/// `POST /room/opt-out`: ends and throws away what is being recorded.
async fn opt_out(
    State(app): State<App>,
    OwnCandidate(candidate): OwnCandidate,
) -> Result<Response, PageError> {
    app.interview.opt_out(candidate).await.map_err(refused)?;
    Ok(Redirect::to("/room").into_response())
}

/// `POST /room/pieces`: the microphone is on.
async fn begin(
    State(app): State<App>,
    OwnCandidate(candidate): OwnCandidate,
    Form(form): Form<FormatForm>,
) -> Response {
    let Some(format) = form.format() else {
        let says = "the browser named no sample rate";
        return pieces::refuse(StatusCode::UNPROCESSABLE_ENTITY, "format", says);
    };
    let begun = match app.interview.record_own(candidate, format).await {
        Ok(attempt) => app.interview.own_pieces(candidate, attempt).map(|standing| (attempt, standing)),
        Err(error) => Err(error),
    };
    match begun {
        Ok((attempt, standing)) => pieces::begun_at(attempt, pieces_of(attempt), None, &standing),
        Err(error) => pieces::refused(error),
    }
}

/// An answer of theirs. One that takes nothing more is told from one that never was theirs.
async fn own(app: &App, candidate: CandidateId, attempt: &str) -> Result<AttemptId, PageError> {
    let attempt: AttemptId = attempt.parse().map_err(|_| PageError::NotFound)?;
    let whose = app.interview.store().round_of_answer(attempt).await.map_err(told)?;
    if whose == Some(candidate) { Ok(attempt) } else { Err(PageError::NotFound) }
}

/// `GET /room/answers/{attempt}/pieces`
async fn standing(
    State(app): State<App>,
    OwnCandidate(candidate): OwnCandidate,
    Path(attempt): Path<String>,
) -> Result<Response, PageError> {
    let attempt = own(&app, candidate, &attempt).await?;
    Ok(pieces::stands(app.interview.own_pieces(candidate, attempt).ok()))
}

/// `POST /room/answers/{attempt}/pieces/{number}`
async fn piece(
    State(app): State<App>,
    OwnCandidate(candidate): OwnCandidate,
    Path((attempt, number)): Path<(String, String)>,
    Query(query): Query<PieceQuery>,
    pcm: Bytes,
) -> Result<Response, PageError> {
    let attempt: AttemptId = attempt.parse().map_err(|_| PageError::NotFound)?;
    Ok(match query.piece(&number, pcm) {
        Ok(piece) => pieces::accepted(app.interview.own_piece(candidate, attempt, piece, query.age()).await),
        Err(refusal) => *refusal,
    })
}

/// `POST /room/answers/{attempt}/pieces/end`: refused while pieces are missing, and harmless after the end.
async fn end(
    State(app): State<App>,
    OwnCandidate(candidate): OwnCandidate,
    Path(attempt): Path<String>,
    Form(form): Form<EndForm>,
) -> Result<Response, PageError> {
    let attempt = own(&app, candidate, &attempt).await?;
    let ended = match form.ended(app.interview.own_pieces(candidate, attempt).ok()) {
        Ok(ended) => ended,
        Err(refusal) => return Ok(*refusal),
    };
    Ok(match app.interview.end_own(candidate, attempt, ended).await {
        Ok(Stopped::Kept { .. }) | Err(InterviewError::NotOnAir(_)) => {
            pieces::finished(Finished::Leads("/room".to_owned()))
        }
        Ok(Stopped::Silent { says }) => pieces::finished(Finished::Silent { says }),
        Err(error) => pieces::refused(error),
    })
}

impl OwnRoomPage {
    /// The question that is open.
    fn open(&self) -> Option<&OpenQuestion> {
        match &self.stage {
            Stage::Open(open) => Some(open),
            _ => None,
        }
    }
}
