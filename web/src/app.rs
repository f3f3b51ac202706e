//! The router: which address leads where, and what every request passes on its way.

use crate::assets;
use crate::error::PageError;
use crate::guard::{self, AllowedHosts};
use crate::handlers::{attempts, history, home, questions, room, sessions, theme};
use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::middleware::{from_fn, from_fn_with_state};
use axum::routing::{get, post};
use std::sync::Arc;
use tokio_util::sync::CancellationToken;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::compression::CompressionLayer;
use tower_http::csrf::CsrfLayer;
use viva_interview::Interview;

/// What handlers share.
#[derive(Clone)]
pub struct App {
    /// The use cases.
    pub interview: Arc<Interview>,
    /// Ends every open event stream when the server stops.
    pub stopping: CancellationToken,
    /// The microphone that `serve --device` named; the system's default otherwise.
    pub device: Option<String>,
}

/// A form of ours is at most an answer of ten thousand words.
const LARGEST_FORM: usize = 256 * 1024;

/// All pages.
pub fn router(app: App, hosts: AllowedHosts) -> Router {
    Router::new()
        .route("/", get(home::page))
        .route("/questions", get(questions::page))
        .route("/history", get(history::page))
        .route("/theme", post(theme::choose))
        .route("/sessions", post(sessions::start))
        .route("/sessions/{session}", get(sessions::page))
        .route("/sessions/{session}/questions/{number}", get(room::page))
        .route("/sessions/{session}/questions/{number}/record", post(room::record))
        .route("/sessions/{session}/questions/{number}/typed", post(room::typed))
        .route("/sessions/{session}/questions/{number}/skip", post(room::skip))
        .route("/attempts/{attempt}", get(attempts::page))
        .route("/attempts/{attempt}/events", get(attempts::events))
        .route("/attempts/{attempt}/audio", get(attempts::audio))
        .route("/attempts/{attempt}/stop", post(room::stop))
        .route("/attempts/{attempt}/pause", post(room::pause))
        .route("/attempts/{attempt}/resume", post(room::resume))
        .route("/attempts/{attempt}/retake", post(room::retake))
        .route("/attempts/{attempt}/settle", post(attempts::settle_again))
        .fallback(|| async { PageError::NotFound })
        .layer(CompressionLayer::new())
        .route("/static/{stamp}/{*name}", get(assets::serve))
        .with_state(app)
        .layer(DefaultBodyLimit::max(LARGEST_FORM))
        .layer(CsrfLayer::new())
        .layer(CatchPanicLayer::new())
        .layer(from_fn(guard::seal))
        .layer(from_fn_with_state(hosts, guard::known_host))
}
