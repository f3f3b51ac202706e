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
use viva_audio::{Ended, PieceError, SourceFormat};
use viva_core::ids::{AttemptId, SessionId};
use viva_core::units::{Millis, SampleRate};
use viva_interview::{InterviewError, NewPiece};

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
    events: String,
    next: u32,
}

/// What a script hears of an answer that has begun, wherever it was begun.
pub fn begun(app: &App, attempt: AttemptId) -> Result<Response, PageError> {
    let standing = app.interview.pieces(attempt)?;
    Ok(Json(Begun {
        attempt,
        pieces: format!("/attempts/{attempt}/pieces"),
        events: format!("/attempts/{attempt}/events"),
        next: standing.end,
    })
    .into_response())
}

/// Why something was refused, for the person and for the script.
#[derive(Debug, Default, Serialize)]
struct Refusal {
    code: &'static str,
    says: String,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    missing: Vec<u32>,
}

fn refuse(status: StatusCode, code: &'static str, says: &str) -> Response {
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
        InterviewError::NotOnAir(_) => (StatusCode::CONFLICT, "over"),
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

/// `GET /attempts/{attempt}/pieces`
async fn standing(State(app): State<App>, Path(attempt): Path<String>) -> Result<Response, PageError> {
    let attempt: AttemptId = attempt.parse().map_err(|_| PageError::NotFound)?;
    let view = match app.interview.pieces(attempt) {
        Ok(standing) => StandingView {
            open: true,
            next: standing.next,
            missing: standing.missing,
            end: standing.end,
            rate: standing.rate.0,
        },
        Err(_) => {
            if let Err(error) = app.interview.attempt(attempt).await {
                return Ok(refused(error));
            }
            StandingView { open: false, next: 0, missing: Vec::new(), end: 0, rate: 0 }
        }
    };
    Ok(Json(view).into_response())
}

/// What is said of a piece beside its samples.
#[derive(Debug, Deserialize)]
struct PieceQuery {
    /// Milliseconds its capturing took by the browser's clock.
    #[serde(default)]
    took: u64,
    /// CRC-32 of its bytes, in hexadecimal digits.
    #[serde(default)]
    crc: String,
}

#[derive(Debug, Serialize)]
struct Accepted {
    next: u32,
}

/// `POST /attempts/{attempt}/pieces/{number}`: mono samples of 16 bits, low byte first. Acknowledged once on disk.
async fn piece(
    State(app): State<App>,
    Path((attempt, number)): Path<(String, String)>,
    Query(query): Query<PieceQuery>,
    pcm: Bytes,
) -> Result<Response, PageError> {
    let attempt: AttemptId = attempt.parse().map_err(|_| PageError::NotFound)?;
    let (Ok(number), Ok(crc32)) = (number.parse(), u32::from_str_radix(&query.crc, 16)) else {
        return Ok(refuse(StatusCode::BAD_REQUEST, "no-piece", "a piece needs its number and its checksum"));
    };
    let piece = NewPiece { number, took: Millis(query.took), crc32, pcm };
    match app.interview.piece(attempt, piece).await {
        Ok(next) => Ok(Json(Accepted { next }).into_response()),
        Err(error) => Ok(refused(error)),
    }
}

/// The end of an answer.
#[derive(Debug, Default, Deserialize)]
struct EndForm {
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

/// `POST /attempts/{attempt}/pieces/end`: refused while pieces are missing, and harmless after the end.
async fn end(
    State(app): State<App>,
    Path(attempt): Path<String>,
    Form(form): Form<EndForm>,
) -> Result<Response, PageError> {
    let attempt: AttemptId = attempt.parse().map_err(|_| PageError::NotFound)?;
    let Ok(count) = form.count.parse::<u32>() else {
        return Ok(refuse(
            StatusCode::BAD_REQUEST,
            "no-count",
            "the end of an answer says how many pieces it has",
        ));
    };
    let ended = match form.why.as_str() {
        "device-lost" => Ended::DeviceLost,
        "long" => Ended::MaxLength,
        _ => Ended::Stopped,
    };
    if let Ok(standing) = app.interview.pieces(attempt)
        && standing.next < count
    {
        let missing = if standing.missing.is_empty() { vec![standing.next] } else { standing.missing };
        let says = sentence("the end of this answer has not arrived yet");
        return Ok((StatusCode::CONFLICT, Json(Refusal { code: "missing", says, missing })).into_response());
    }
    match finish_take(&app, attempt, ended).await {
        Ok(Finished::Leads(leads)) => {
            Ok(Json(EndView { leads: Some(leads), says: String::new() }).into_response())
        }
        Ok(Finished::Silent { says, .. }) => Ok(Json(EndView { leads: None, says }).into_response()),
        Err(error) => Ok(refused(error)),
    }
}

#[cfg(test)]
mod tests;
