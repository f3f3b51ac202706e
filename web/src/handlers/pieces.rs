//! The browser's microphone: an answer begun by a script, its sound in numbered pieces, and its end.
//!
//! The script beside it is `web/static/recorder.js`. Everything here may be sent again: a piece by its number, a start
//! while it runs, an end after it. Answers are JSON, with `says` a sentence for the person and `code` for the script.

use super::room::{Finished, finish_take};
use super::sentence;
use crate::app::App;
use crate::error::PageError;
use crate::routes::{Routes, get, post};
use axum::body::Bytes;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::{Form, Json};
use serde::{Deserialize, Serialize};
use viva_audio::{Ended, PieceError, SourceFormat, Standing};
use viva_core::ids::{AttemptId, SessionId};
use viva_core::units::{Millis, SampleRate};
use viva_interview::{InterviewError, NewPiece};
use viva_storage::StorageError;

/// The addresses of the browser's microphone.
pub fn routes() -> Routes {
    Routes::new()
        .route("/sessions/{session}/questions/{number}/pieces", post(begin))
        .route("/attempts/{attempt}/pieces", get(standing))
        .route("/attempts/{attempt}/pieces/{number}", post(piece))
        .route("/attempts/{attempt}/pieces/end", post(end))
}

/// What is recorded from.
#[derive(Debug, Default, Deserialize)]
pub struct FormatForm {
    /// Samples a second, as the browser names them.
    #[serde(default)]
    rate: String,
    /// What the person knows the device by.
    #[serde(default)]
    device: String,
}

impl FormatForm {
    /// The format, where the rate is a number at all; whether a browser has it, is judged where the take begins.
    pub fn format(&self) -> Option<SourceFormat> {
        let rate = SampleRate(self.rate.trim().parse().ok()?);
        let name: String = self.device.chars().filter(|letter| !letter.is_control()).take(120).collect();
        let name = if name.trim().is_empty() { "This browser’s microphone".to_owned() } else { name };
        Some(SourceFormat { name, rate, channels: 1 })
    }
}

/// Where an answer that has begun is sent to. `pieces` is the address before a number and before `end`.
#[derive(Debug, Serialize)]
struct Begun {
    attempt: AttemptId,
    pieces: String,
    events: Option<String>,
    next: u32,
}

/// What a script hears of an answer that has begun, wherever it was begun.
pub fn begun(app: &App, attempt: AttemptId) -> Result<Response, PageError> {
    let standing = app.interview.pieces(attempt)?;
    let (pieces, events) = (format!("/attempts/{attempt}/pieces"), format!("/attempts/{attempt}/events"));
    Ok(begun_at(attempt, pieces, Some(events), &standing))
}

/// The same of an answer whose pieces go to another address. Without `events` its words are shown to nobody.
pub fn begun_at(attempt: AttemptId, pieces: String, events: Option<String>, standing: &Standing) -> Response {
    Json(Begun { attempt, pieces, events, next: standing.end }).into_response()
}

/// Why something was refused, for the person and for the script.
#[derive(Debug, Default, Serialize)]
struct Refusal {
    code: &'static str,
    says: String,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    missing: Vec<u32>,
}

pub(super) fn refuse(status: StatusCode, code: &'static str, says: &str) -> Response {
    (status, Json(Refusal { code, says: sentence(says), missing: Vec::new() })).into_response()
}

/// An error as a refusal. What is not for the script is told as a page is.
pub fn refused(error: InterviewError) -> Response {
    let (status, code) = match &error {
        InterviewError::Piece(piece) => match piece {
            PieceError::Empty(_) | PieceError::HalfSample(_) | PieceError::NumberTooHigh { .. } => {
                (StatusCode::BAD_REQUEST, "no-piece")
            }
            PieceError::Damaged(_) => (StatusCode::BAD_REQUEST, "damaged"),
            PieceError::TooLarge { .. } => (StatusCode::PAYLOAD_TOO_LARGE, "no-piece"),
            PieceError::TooLong(_) => (StatusCode::PAYLOAD_TOO_LARGE, "long"),
            PieceError::Different(_) => (StatusCode::CONFLICT, "different"),
            PieceError::Over => (StatusCode::CONFLICT, "over"),
            PieceError::LyingRate { .. } => (StatusCode::UNPROCESSABLE_ENTITY, "rate"),
            PieceError::DiskFull | PieceError::CannotWrite(_) => (StatusCode::INSUFFICIENT_STORAGE, "full"),
        },
        InterviewError::NotOnAir(_) | InterviewError::NobodyOnAir => (StatusCode::CONFLICT, "over"),
        InterviewError::NothingOpened => (StatusCode::CONFLICT, "closed"),
        InterviewError::Storage(StorageError::Round(_)) => (StatusCode::CONFLICT, "closed"),
        InterviewError::MicrophoneBusy { .. } => (StatusCode::CONFLICT, "busy"),
        InterviewError::Audio(_) | InterviewError::Folder(_) => (StatusCode::UNPROCESSABLE_ENTITY, "format"),
        InterviewError::NoAttempt(_) | InterviewError::NoSession(_) => (StatusCode::NOT_FOUND, "gone"),
        _ => return PageError::from(error).into_response(),
    };
    if status.is_server_error() {
        tracing::warn!(error = %error, "a piece of an answer could not be kept; the browser sends it again");
    }
    refuse(status, code, &error.to_string())
}

/// `POST /sessions/{session}/questions/{number}/pieces`
async fn begin(
    State(app): State<App>,
    Path((session, number)): Path<(String, u32)>,
    Form(form): Form<FormatForm>,
) -> Result<Response, PageError> {
    let session: SessionId = session.parse().map_err(|_| PageError::NotFound)?;
    let position = number.checked_sub(1).ok_or(PageError::NotFound)?;
    let Some(format) = form.format() else {
        return Ok(refuse(StatusCode::UNPROCESSABLE_ENTITY, "format", "the browser named no sample rate"));
    };
    match app.interview.record_pieces(session, position, format).await {
        Ok(attempt) => begun(&app, attempt),
        Err(error) => Ok(refused(error)),
    }
}

/// What has come of an answer.
#[derive(Debug, Serialize)]
struct StandingView {
    /// Whether pieces are still taken.
    open: bool,
    next: u32,
    missing: Vec<u32>,
    end: u32,
    rate: u32,
}

/// What has come of an answer, as a script reads it; without it the answer takes no pieces any more.
pub(super) fn stands(standing: Option<Standing>) -> Response {
    let view = match standing {
        Some(standing) => StandingView {
            open: true,
            next: standing.next,
            missing: standing.missing,
            end: standing.end,
            rate: standing.rate.0,
        },
        None => StandingView { open: false, next: 0, missing: Vec::new(), end: 0, rate: 0 },
    };
    Json(view).into_response()
}

/// `GET /attempts/{attempt}/pieces`
async fn standing(State(app): State<App>, Path(attempt): Path<String>) -> Result<Response, PageError> {
    let attempt: AttemptId = attempt.parse().map_err(|_| PageError::NotFound)?;
    let standing = app.interview.pieces(attempt).ok();
    if standing.is_none()
        && let Err(error) = app.interview.attempt(attempt).await
    {
        return Ok(refused(error));
    }
    Ok(stands(standing))
}

/// What is said of a piece beside its samples.
#[derive(Debug, Deserialize)]
pub(super) struct PieceQuery {
    /// Milliseconds its capturing took by the browser's clock.
    #[serde(default)]
    took: u64,
    /// Milliseconds since it was captured, by the same clock.
    #[serde(default)]
    age: u64,
    /// CRC-32 of its bytes, in hexadecimal digits.
    #[serde(default)]
    crc: String,
}

impl PieceQuery {
    /// The piece of that number.
    pub(super) fn piece(&self, number: &str, pcm: Bytes) -> Result<NewPiece<Bytes>, Box<Response>> {
        let (Ok(number), Ok(crc32)) = (number.parse(), u32::from_str_radix(&self.crc, 16)) else {
            return Err(Box::new(refuse(
                StatusCode::BAD_REQUEST,
                "no-piece",
                "a piece needs its number and its checksum",
            )));
        };
        Ok(NewPiece { number, took: Millis(self.took), crc32, pcm })
    }

    /// How long ago it was captured.
    pub(super) fn age(&self) -> Millis {
        Millis(self.age)
    }
}

#[derive(Debug, Serialize)]
struct Accepted {
    next: u32,
}

/// What became of a piece.
pub(super) fn accepted(next: Result<u32, InterviewError>) -> Response {
    match next {
        Ok(next) => Json(Accepted { next }).into_response(),
        Err(error) => refused(error),
    }
}

/// `POST /attempts/{attempt}/pieces/{number}`: mono samples of 16 bits, low byte first. Acknowledged once on disk.
async fn piece(
    State(app): State<App>,
    Path((attempt, number)): Path<(String, String)>,
    Query(query): Query<PieceQuery>,
    pcm: Bytes,
) -> Result<Response, PageError> {
    let attempt: AttemptId = attempt.parse().map_err(|_| PageError::NotFound)?;
    Ok(match query.piece(&number, pcm) {
        Ok(piece) => accepted(app.interview.piece(attempt, piece).await),
        Err(refusal) => *refusal,
    })
}

/// The end of an answer.
#[derive(Debug, Default, Deserialize)]
pub(super) struct EndForm {
    /// How many pieces there are.
    #[serde(default)]
    count: String,
    /// `stopped`, `device-lost` or `long`.
    #[serde(default)]
    why: String,
}

/// Where to go on after the end; nowhere, with what to say, where nothing was heard and the question stands.
#[derive(Debug, Serialize)]
struct EndView {
    leads: Option<String>,
    says: String,
}

impl EndForm {
    /// Why the answer ended; refused while pieces are missing of those it has.
    pub(super) fn ended(&self, standing: Option<Standing>) -> Result<Ended, Box<Response>> {
        let Ok(count) = self.count.parse::<u32>() else {
            let says = "the end of an answer says how many pieces it has";
            return Err(Box::new(refuse(StatusCode::BAD_REQUEST, "no-count", says)));
        };
        if let Some(standing) = standing
            && standing.next < count
        {
            let missing = if standing.missing.is_empty() { vec![standing.next] } else { standing.missing };
            let says = sentence("the end of this answer has not arrived yet");
            let refusal = Refusal { code: "missing", says, missing };
            return Err(Box::new((StatusCode::CONFLICT, Json(refusal)).into_response()));
        }
        Ok(match self.why.as_str() {
            "device-lost" => Ended::DeviceLost,
            "long" => Ended::MaxLength,
            _ => Ended::Stopped,
        })
    }
}

/// What the end of an answer came to.
pub(super) fn finished(finished: Finished) -> Response {
    let view = match finished {
        Finished::Leads(leads) => EndView { leads: Some(leads), says: String::new() },
        Finished::Silent { says, .. } => EndView { leads: None, says },
    };
    Json(view).into_response()
}

/// `POST /attempts/{attempt}/pieces/end`: refused while pieces are missing, and harmless after the end.
async fn end(
    State(app): State<App>,
    Path(attempt): Path<String>,
    Form(form): Form<EndForm>,
) -> Result<Response, PageError> {
    let attempt: AttemptId = attempt.parse().map_err(|_| PageError::NotFound)?;
    let ended = match form.ended(app.interview.pieces(attempt).ok()) {
        Ok(ended) => ended,
        Err(refusal) => return Ok(*refusal),
    };
    Ok(match finish_take(&app, attempt, ended).await {
        Ok(came) => finished(came),
        Err(error) => refused(error),
    })
}

#[cfg(test)]
mod tests;
