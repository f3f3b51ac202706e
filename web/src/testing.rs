//! The real router over a real database in a temporary folder, with an ear that hears what a test says.

use crate::app::{App, router};
use crate::bench::Desk;
use crate::builtin;
use crate::cli::places::Places;
use crate::compose;
use crate::guard::AllowedHosts;
use crate::peer::Peer;
use crate::people::Transport;
use crate::tray::Documents;
use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::ConnectInfo;
use axum::http::{Request, StatusCode, header};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use tempfile::TempDir;
use tokio_util::sync::CancellationToken;
use tower::ServiceExt;
use viva_core::clock::{Clock, Timestamp};
use viva_core::ids::AttemptId;
use viva_interview::{Ears, EarsState, Interview};
use viva_speech::{Scripted, SpeechError, Transcriber};
use viva_storage::Store;
use viva_storage_sqlite::{OpenOptions, SqliteStore};

/// An installation of its own for one test.
pub struct TestApp {
    router: Router,
    pub app: App,
    clock: Arc<TestClock>,
    pub interview: Arc<Interview>,
    pub places: Places,
    pub data: TempDir,
}

/// What a page answered.
pub struct Answer {
    pub status: StatusCode,
    pub location: String,
    pub headers: header::HeaderMap,
    pub body: String,
}

/// A clock that stands where a test puts it.
struct TestClock(AtomicI64);

impl Clock for TestClock {
    fn now(&self) -> Timestamp {
        Timestamp(self.0.load(Ordering::Relaxed))
    }
}

struct TestEars;

impl Ears for TestEars {
    fn transcriber(&self) -> Result<Arc<dyn Transcriber>, SpeechError> {
        Ok(Arc::new(Scripted::hearing("a linked list becomes a red-black tree")))
    }

    fn state(&self) -> EarsState {
        EarsState::Ready { model: "scripted".into() }
    }
}

/// SQLite in the folder, or PostgreSQL where the run asks for it (`scripts/test` does both), and its address.
async fn store_over(folder: &Path) -> (Arc<dyn Store>, String) {
    if let Some((store, url)) = viva_storage_postgres::testing::store_over(folder).await {
        return (Arc::new(store), url);
    }
    let file = folder.join("viva.db");
    let store = SqliteStore::open_file(&file, OpenOptions::default()).await.unwrap();
    store.migrate().await.unwrap();
    (Arc::new(store), format!("sqlite:{}", file.display()))
}

impl TestApp {
    pub async fn new() -> Self {
        Self::with_ears(Arc::new(TestEars)).await
    }

    /// The same with another ear.
    pub async fn with_ears(ears: Arc<dyn Ears>) -> Self {
        let data = TempDir::with_prefix("viva-web-").unwrap();
        let (store, database_url) = store_over(data.path()).await;
        let none: [&str; 0] = [];
        let bank = Arc::new(builtin::bank_with(&none).unwrap());
        let clock = Arc::new(TestClock(AtomicI64::new(1_795_262_400_000)));
        let folder = data.path().to_owned();
        let interview = Arc::new(Interview::new(store, bank, ears, clock.clone(), folder));
        let desk = Desk::of(data.path(), vec![data.path().join("rubrics")]);
        let places = Places {
            data_dir: data.path().to_owned(),
            models_dir: data.path().join("models"),
            rubrics_dirs: vec![data.path().join("rubrics")],
            database_url,
        };
        let documents = Documents::new(data.path(), &[data.path().join("rubrics")]);
        let app = App {
            interview: Arc::clone(&interview),
            stopping: CancellationToken::new(),
            device: None,
            served: Arc::default(),
            desk,
            documents,
            places: Arc::new(places.clone()),
            entrance: Arc::new(compose::entrance(interview.shared_store(), Transport::Open)),
        };
        Self { router: router(app.clone(), AllowedHosts::default()), app, clock, interview, places, data }
    }

    /// Lets so much time pass.
    pub fn pass(&self, seconds: i64) {
        self.clock.0.fetch_add(seconds * 1000, Ordering::Relaxed);
    }

    /// Sends a request from this machine, unless it says from where it comes.
    pub async fn send(&self, mut request: Request<Body>) -> Answer {
        if request.extensions().get::<ConnectInfo<Peer>>().is_none() {
            request.extensions_mut().insert(ConnectInfo(Peer(([127, 0, 0, 1], 50_000).into())));
        }
        let response = self.router.clone().oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        let body = to_bytes(body, 8 << 20).await.unwrap();
        Answer {
            status: parts.status,
            location: parts
                .headers
                .get(header::LOCATION)
                .map(|value| value.to_str().unwrap().to_owned())
                .unwrap_or_default(),
            headers: parts.headers,
            body: String::from_utf8_lossy(&body).into_owned(),
        }
    }

    /// What an address gives, byte for byte.
    pub async fn bytes(&self, path: &str) -> Vec<u8> {
        let request = Request::get(path).header(header::HOST, "127.0.0.1:7878").body(Body::empty()).unwrap();
        let response = self.router.clone().oneshot(request).await.unwrap();
        assert_eq!(response.status(), StatusCode::OK);
        to_bytes(response.into_body(), 64 << 20).await.unwrap().to_vec()
    }

    /// Sends a request; what comes back, byte for byte.
    pub async fn send_for_bytes(&self, request: Request<Body>) -> (StatusCode, Vec<u8>) {
        let response = self.router.clone().oneshot(request).await.unwrap();
        let status = response.status();
        (status, to_bytes(response.into_body(), 64 << 20).await.unwrap().to_vec())
    }

    pub async fn get(&self, path: &str) -> Answer {
        self.send(Request::get(path).header(header::HOST, "127.0.0.1:7878").body(Body::empty()).unwrap())
            .await
    }

    /// Sends a form; `body` is already encoded.
    pub async fn post(&self, path: &str, body: impl Into<String>) -> Answer {
        let request = Request::post(path)
            .header(header::HOST, "127.0.0.1:7878")
            .header("sec-fetch-site", "same-origin")
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .body(Body::from(body.into()))
            .unwrap();
        self.send(request).await
    }

    /// Starts a session with one question and returns the address of its room.
    pub async fn room(&self, question: &str) -> String {
        let started = self.post("/sessions", format!("questions={question}&mode=practice")).await;
        assert_eq!(started.status, StatusCode::SEE_OTHER, "{}", started.body);
        started.location
    }

    /// Types an answer and returns the attempt.
    pub async fn typed(&self, question: &str, answer: &str) -> AttemptId {
        let room = self.room(question).await;
        let encoded: String = answer.bytes().map(|byte| format!("%{byte:02X}")).collect();
        let sent = self.post(&format!("{room}/typed"), format!("answer={encoded}")).await;
        assert_eq!(sent.status, StatusCode::SEE_OTHER, "{}", sent.body);
        sent.location.rsplit('/').next().unwrap().parse().unwrap()
    }
}
