//! The router: which address leads where, and what every request passes on its way.

use crate::assets;
use crate::bench::Desk;
use crate::cli::places::Places;
use crate::error::{self, PageError};
use crate::guard::{self, AllowedHosts};
use crate::handlers::{
    after, attempts, bench, compare, connection, corrections, data, decide, delete, export, history, home,
    import, leaving, microphone, pieces, progress, question, questions, rescore, review, room, rounds,
    sessions, theme,
};
use crate::people::{self, Entrance, visitor};
use crate::rights;
use crate::routes::{Routes, get, post};
use crate::tray::Documents;
use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::middleware::{from_fn, from_fn_with_state};
use std::sync::Arc;
use tokio_util::sync::CancellationToken;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::compression::CompressionLayer;
use tower_http::compression::predicate::{DefaultPredicate, NotForContentType, Predicate};
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
    /// Where answers are marked and rubrics changed.
    pub desk: Desk,
    /// Where the pages are to be found.
    pub served: Arc<connection::Served>,
    /// The folders and the database of this installation.
    pub places: Arc<Places>,
    /// Documents and transcripts that were brought in, and where packs are written.
    pub documents: Documents,
    /// Who is let in.
    pub entrance: Arc<Entrance>,
}

/// A form of ours is at most an answer of ten thousand words.
const LARGEST_FORM: usize = 256 * 1024;

/// All pages with what every request passes on its way.
pub fn router(app: App, hosts: AllowedHosts) -> Router {
    guarded(routes(), app, hosts)
}

/// All pages.
pub fn routes() -> Routes {
    Routes::new()
        .route("/", get(home::page))
        .route("/questions", get(questions::page))
        .merge(history::routes())
        .merge(compare::routes())
        .merge(progress::routes())
        .route("/theme", post(theme::choose))
        .merge(microphone::routes())
        .merge(pieces::routes())
        .merge(connection::routes())
        .route("/sessions", post(sessions::start))
        .route("/sessions/{session}", get(sessions::page))
        .route("/sessions/{session}/finish", post(sessions::finish))
        .route("/sessions/{session}/questions/{number}", get(room::page))
        .route("/sessions/{session}/questions/{number}/record", post(room::record))
        .route("/sessions/{session}/questions/{number}/typed", post(room::typed))
        .route("/sessions/{session}/questions/{number}/skip", post(room::skip))
        .route("/sessions/{session}/questions/{number}/help", post(room::help))
        .route("/attempts/{attempt}", get(attempts::page))
        .route("/attempts/{attempt}/events", get(attempts::events))
        .route("/attempts/{attempt}/audio", get(attempts::audio))
        .route("/attempts/{attempt}/stop", post(room::stop))
        .route("/attempts/{attempt}/pause", post(room::pause))
        .route("/attempts/{attempt}/resume", post(room::resume))
        .route("/attempts/{attempt}/retake", post(room::retake))
        .route("/attempts/{attempt}/settle", post(attempts::settle_again))
        .merge(after::routes())
        .merge(corrections::routes())
        .merge(data::routes())
        .merge(delete::routes())
        .merge(export::routes())
        .merge(rescore::routes())
        .merge(question::routes())
        .merge(bench::routes())
        .merge(import::routes())
        .merge(review::routes())
        .merge(rounds::routes())
        .merge(decide::routes())
        .merge(leaving::routes())
        .merge(people::routes())
        .route("/static/{stamp}/{*name}", get(assets::serve))
}

/// Puts what every request passes in front of routes: first the outermost, so read it from below.
pub fn guarded(routes: Routes, app: App, hosts: AllowedHosts) -> Router {
    routes
        .into_router()
        .fallback(|| async { PageError::NotFound })
        .layer(CompressionLayer::new().compress_when(worth_compressing()))
        .layer(from_fn_with_state(app.clone(), rights::enforce))
        .layer(from_fn(error::dress))
        .layer(from_fn_with_state(app.clone(), visitor::recognise))
        .with_state(app)
        .layer(DefaultBodyLimit::max(LARGEST_FORM))
        .layer(CsrfLayer::new())
        .layer(CatchPanicLayer::new())
        .layer(from_fn(guard::seal))
        .layer(from_fn_with_state(hosts, guard::known_host))
}

/// What is not compressed already.
fn worth_compressing() -> impl Predicate {
    DefaultPredicate::new()
        .and(NotForContentType::const_new("font/"))
        .and(NotForContentType::const_new("audio/"))
        .and(NotForContentType::const_new("application/zip"))
}

#[cfg(test)]
mod tests {
    use crate::testing::TestApp;
    use axum::body::Body;
    use axum::http::{Request, StatusCode, header};

    #[tokio::test]
    async fn every_page_denies_what_it_does_not_bring() {
        let app = TestApp::new().await;
        for path in [
            "/",
            "/questions",
            "/history",
            "/history?by=session",
            "/progress",
            "/import",
            "/review",
            "/nowhere",
        ] {
            let page = app.get(path).await;
            let policy = page.headers[header::CONTENT_SECURITY_POLICY].to_str().unwrap().to_owned();
            assert!(policy.contains("default-src 'none'") && !policy.contains("unsafe"), "{path}: {policy}");
            assert!(!page.body.contains(" style=") && !page.body.contains("<style"), "{path}");
            for address in ["http://", "https://", "//cdn"] {
                assert!(!page.body.contains(&format!("src=\"{address}")), "{path}");
            }
        }
    }

    #[tokio::test]
    async fn another_name_and_another_site_are_refused() {
        let app = TestApp::new().await;
        let rebound = Request::get("/").header(header::HOST, "evil.example").body(Body::empty()).unwrap();
        assert_eq!(app.send(rebound).await.status, StatusCode::MISDIRECTED_REQUEST);
        let forged = Request::post("/sessions")
            .header(header::HOST, "127.0.0.1:7878")
            .header("sec-fetch-site", "cross-site")
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .body(Body::from("mode=practice"))
            .unwrap();
        assert_eq!(app.send(forged).await.status, StatusCode::FORBIDDEN);
    }

    #[tokio::test]
    async fn what_does_not_exist_is_said_on_a_page() {
        let app = TestApp::new().await;
        let id = "00000000-0000-7000-8000-000000000000";
        for path in [
            "/nowhere".to_owned(),
            "/sessions/x".to_owned(),
            format!("/sessions/{id}"),
            format!("/sessions/{id}/questions/1"),
            format!("/sessions/{id}/questions/0"),
            format!("/attempts/{id}"),
            format!("/attempts/{id}/audio"),
        ] {
            let page = app.get(&path).await;
            assert_eq!(page.status, StatusCode::NOT_FOUND, "{path}");
            assert!(page.body.contains("There is nothing at this address."), "{path}: {}", page.body);
        }
    }

    #[tokio::test]
    async fn style_sheets_and_font_come_from_here_and_stay_in_the_cache() {
        let app = TestApp::new().await;
        let home = app.get("/").await.body;
        let mut seen = 0;
        for piece in home.split(['"']).filter(|piece| piece.starts_with("/static/")) {
            let asset = app.get(piece).await;
            assert_eq!(asset.status, StatusCode::OK, "{piece}");
            assert!(asset.headers[header::CACHE_CONTROL].to_str().unwrap().contains("immutable"));
            seen += 1;
        }
        assert!(seen >= 5, "{home}");
    }

    #[tokio::test]
    async fn what_shrinks_is_sent_smaller() {
        let app = TestApp::new().await;
        let home = app.get("/").await.body;
        for piece in home.split(['"']).filter(|piece| piece.starts_with("/static/")) {
            let request = Request::get(piece)
                .header(header::HOST, "127.0.0.1:7878")
                .header(header::ACCEPT_ENCODING, "gzip")
                .body(Body::empty())
                .unwrap();
            let whole = app.bytes(piece).await.len();
            let sent = app.send(request).await;
            let shrinks = piece.ends_with(".css") || piece.ends_with(".js") || piece.ends_with(".svg");
            assert_eq!(sent.headers.contains_key(header::CONTENT_ENCODING), shrinks && whole > 32, "{piece}");
        }
    }
}
