//! Your data: what is kept and where, for how long, a backup, and deleting everything.

use super::confirm::{Confirm, size};
use crate::app::App;
use crate::cli::backup::file_name;
use crate::compose::DatabasePlace;
use crate::error::PageError;
use crate::export::Format;
use crate::page::{Nav, Shell, show, show_with};
use crate::routes::{Routes, get};
use crate::{backup, compose};
use askama::Template;
use axum::Form;
use axum::body::{Body, Bytes};
use axum::extract::{Query, State};
use axum::http::{HeaderName, StatusCode, header};
use axum::response::{IntoResponse, Redirect, Response};
use serde::Deserialize;
use std::io::{self, BufWriter, Write};
use std::path::Path;
use tokio::sync::mpsc;
use tokio::task::spawn_blocking;
use tokio_stream::wrappers::ReceiverStream;
use viva_core::units::Millis;
use viva_interview::{InterviewError, KeepAudio, LONGEST_DAYS};

/// The addresses of one's own data.
pub fn routes() -> Routes {
    Routes::new()
        .route("/data", get(page))
        .route("/data/retention", get(retention_confirm).post(retention))
        .route("/data/backup", get(download))
        .route("/data/delete", get(delete_confirm).post(delete))
}

/// What a person types to delete everything.
const WORD: &str = "delete";

struct ExportLink {
    href: String,
    name: &'static str,
    says: &'static str,
}

struct Fact {
    name: &'static str,
    figure: String,
    says: String,
}

#[derive(Template)]
#[template(path = "data.html")]
struct DataPage {
    shell: Shell,
    heading: String,
    notice: Option<&'static str>,
    facts: Vec<Fact>,
    folder: String,
    /// The database's file, where it is not in that folder.
    database: Option<String>,
    packs_in: Vec<String>,
    keep: Keep,
    problem: Option<String>,
    exports: Vec<ExportLink>,
    empty: bool,
}

/// The retention form as it is shown: what is chosen, and what was typed.
struct Keep {
    chosen: String,
    days: String,
}

/// What the page was reached after.
#[derive(Debug, Deserialize)]
pub struct After {
    #[serde(default)]
    done: String,
}

/// The retention form.
#[derive(Debug, Deserialize)]
pub struct RetentionForm {
    #[serde(default)]
    keep: String,
    #[serde(default)]
    days: String,
    #[serde(default)]
    sure: String,
}

/// The form that deletes everything.
#[derive(Debug, Deserialize)]
pub struct DeleteForm {
    #[serde(default)]
    word: String,
}

/// `GET /data`
async fn page(
    State(app): State<App>,
    shell: Shell,
    Query(after): Query<After>,
) -> Result<Response, PageError> {
    let notice = match after.done.as_str() {
        "kept" => Some("From now on recordings are kept as you chose."),
        "deleted" => Some("Everything was deleted. Question packs and speech models are still here."),
        _ => None,
    };
    let chosen = app.interview.keep_audio().await?;
    Ok(show(&draw(&app, shell, notice, keep_of(chosen), None).await?))
}

fn keep_of(keep: KeepAudio) -> Keep {
    let (chosen, days) = match keep {
        KeepAudio::Forever => ("forever", 30),
        KeepAudio::Days(days) => ("days", days),
        KeepAudio::NotAtAll => ("none", 30),
    };
    Keep { chosen: chosen.to_owned(), days: days.to_string() }
}

async fn draw(
    app: &App,
    shell: Shell,
    notice: Option<&'static str>,
    keep: Keep,
    problem: Option<String>,
) -> Result<DataPage, PageError> {
    let usage = app.interview.store().usage().await.map_err(InterviewError::from)?;
    let models_dir = app.places.models_dir.clone();
    let models = spawn_blocking(move || bytes_in(&models_dir)).await.map_err(InterviewError::from)?;
    let count = |n: u64, noun: &str| if n == 1 { format!("1 {noun}") } else { format!("{n} {noun}s") };
    let facts = vec![
        Fact { name: "Recordings", figure: size(usage.audio_bytes), says: count(usage.takes, "recording") },
        Fact {
            name: "Database",
            figure: size(usage.database_bytes),
            says: format!(
                "{} in {}, with words, scores and settings",
                count(usage.attempts, "answer"),
                count(usage.sessions, "session")
            ),
        },
        Fact { name: "Speech models", figure: size(models), says: "can be fetched again".to_owned() },
    ];
    let heading = match usage.attempts {
        0 => "Nothing is kept yet.".to_owned(),
        1 => format!("One answer is kept, {} in all.", size(usage.audio_bytes + usage.database_bytes)),
        n => format!("{n} answers are kept, {} in all.", size(usage.audio_bytes + usage.database_bytes)),
    };
    Ok(DataPage {
        heading,
        notice,
        facts,
        folder: app.places.data_dir.display().to_string(),
        database: compose::database_place(&app.places).ok().and_then(|place| match place {
            DatabasePlace::File(file) if file.parent() == Some(app.places.data_dir.as_path()) => None,
            place => Some(place.to_string()),
        }),
        packs_in: app.places.rubrics_dirs.iter().map(|dir| dir.display().to_string()).collect(),
        keep,
        problem,
        exports: Format::ALL.into_iter().map(|format| export_link("/data/export", format)).collect(),
        empty: usage.sessions == 0,
        shell: shell.under(Nav::Data),
    })
}

fn export_link(base: &str, format: Format) -> ExportLink {
    let (name, says) = match format {
        Format::Json => ("JSON", "everything, for programs"),
        Format::Csv => ("CSV", "a row an answer, for a spreadsheet"),
        Format::Markdown => ("Markdown", "to read"),
        Format::Vtt => ("WebVTT", "the words with their times"),
    };
    ExportLink { href: format!("{base}.{format}"), name, says }
}

/// Bytes of the files in a folder and its folders; what cannot be read counts nothing.
fn bytes_in(dir: &Path) -> u64 {
    let Ok(entries) = std::fs::read_dir(dir) else { return 0 };
    entries
        .flatten()
        .map(|entry| match entry.metadata() {
            Ok(found) if found.is_dir() => bytes_in(&entry.path()),
            Ok(found) => found.len(),
            Err(_) => 0,
        })
        .sum()
}

/// `POST /data/retention`: asks once more where recordings would be deleted at once.
async fn retention(
    State(app): State<App>,
    shell: Shell,
    Form(form): Form<RetentionForm>,
) -> Result<Response, PageError> {
    let keep = match parsed(&form) {
        Ok(keep) => keep,
        Err(problem) => {
            let typed = Keep { chosen: form.keep, days: form.days };
            let page = draw(&app, shell, None, typed, Some(problem)).await?;
            return Ok(show_with(StatusCode::UNPROCESSABLE_ENTITY, &page));
        }
    };
    if form.sure != "yes" && !app.interview.audio_due(keep).await?.is_empty() {
        let Keep { chosen, days } = keep_of(keep);
        return Ok(Redirect::to(&format!("/data/retention?keep={chosen}&days={days}")).into_response());
    }
    app.interview.set_keep_audio(keep).await?;
    app.interview.apply_retention().await?;
    Ok(Redirect::to("/data?done=kept").into_response())
}

fn parsed(form: &RetentionForm) -> Result<KeepAudio, String> {
    match form.keep.as_str() {
        "forever" => Ok(KeepAudio::Forever),
        "none" => Ok(KeepAudio::NotAtAll),
        "days" => match form.days.trim().parse() {
            Ok(days) if (1..=LONGEST_DAYS).contains(&days) => Ok(KeepAudio::Days(days)),
            _ => Err(format!("The days are a whole number from 1 to {LONGEST_DAYS}.")),
        },
        _ => Err("Choose one of the three.".to_owned()),
    }
}

/// `GET /data/retention`: what choosing it deletes now.
async fn retention_confirm(
    State(app): State<App>,
    shell: Shell,
    Query(form): Query<RetentionForm>,
) -> Result<Response, PageError> {
    let Ok(keep) = parsed(&form) else { return Ok(Redirect::to("/data").into_response()) };
    let due = app.interview.audio_due(keep).await?;
    let length = Millis(due.iter().map(|(_, take)| take.length.0).sum());
    let bytes: u64 = due.iter().map(|(_, take)| take.bytes).sum();
    let (recordings, them) = match due.len() {
        0 => return Ok(Redirect::to("/data").into_response()),
        1 => ("One recording".to_owned(), "it"),
        n => (format!("{n} recordings"), "them"),
    };
    let Keep { chosen, days } = keep_of(keep);
    Ok(show(&Confirm {
        heading: "Recordings would be deleted now.".into(),
        lost: format!("{recordings}, {length} in all, {}.", size(bytes)),
        kept: format!("The words and scores of {them} stay."),
        action: "/data/retention".into(),
        hidden: vec![("keep", chosen), ("days", days), ("sure", "yes".into())],
        word: None,
        problem: None,
        button: "Delete and keep it so".into(),
        back: "/data".into(),
        shell: shell.under(Nav::Data),
    }))
}

/// `GET /data/delete`
async fn delete_confirm(State(app): State<App>, shell: Shell) -> Result<Response, PageError> {
    Ok(show(&everything(&app, shell, None).await?))
}

/// `POST /data/delete`
async fn delete(
    State(app): State<App>,
    shell: Shell,
    Form(form): Form<DeleteForm>,
) -> Result<Response, PageError> {
    if !form.word.trim().eq_ignore_ascii_case(WORD) {
        let problem = format!("Write {WORD} to go on. Nothing was deleted.");
        let page = everything(&app, shell, Some(problem)).await?;
        return Ok(show_with(StatusCode::UNPROCESSABLE_ENTITY, &page));
    }
    app.interview.delete_everything().await?;
    Ok(Redirect::to("/data?done=deleted").into_response())
}

async fn everything(app: &App, shell: Shell, problem: Option<String>) -> Result<Confirm, PageError> {
    let usage = app.interview.store().usage().await.map_err(InterviewError::from)?;
    let count = |n: u64, noun: &str| if n == 1 { format!("1 {noun}") } else { format!("{n} {noun}s") };
    Ok(Confirm {
        heading: "Delete everything?".into(),
        lost: format!(
            "{} with {} and {}, all settings, documents brought in, marks given at the rubric bench, and what a \
             restore had moved aside.",
            count(usage.sessions, "session"),
            count(usage.attempts, "answer"),
            match usage.takes {
                0 => "no recording".to_owned(),
                takes => count(takes, "recording"),
            }
        ),
        kept: "Question packs, speech models and backups elsewhere stay.".into(),
        action: "/data/delete".into(),
        hidden: Vec::new(),
        word: Some(WORD),
        problem,
        button: "Delete everything".into(),
        back: "/data".into(),
        shell: shell.under(Nav::Data),
    })
}

/// Pieces of a backup that wait for a slow reader.
const PIECES: usize = 8;

/// `GET /data/backup`: made while it is sent.
async fn download(State(app): State<App>) -> Result<Response, PageError> {
    let contents = backup::gather(&app.places).await?;
    let (send, receive) = mpsc::channel::<io::Result<Bytes>>(PIECES);
    spawn_blocking(move || {
        let out = BufWriter::with_capacity(1 << 18, Pieces(send.clone()));
        if let Err(error) = backup::write(&contents, out) {
            tracing::warn!(error = format!("{error:#}"), "a backup was not sent to its end");
            // The browser sees a download that broke off, and not a short file.
            let _ = send.blocking_send(Err(io::Error::other("the backup could not be finished")));
        }
    });
    let name = format!("attachment; filename=\"{}\"", file_name());
    Ok((
        [
            (header::CONTENT_TYPE, "application/zip"),
            (header::CACHE_CONTROL, "no-store"),
            // Packed already.
            (HeaderName::from_static("content-encoding"), "identity"),
        ],
        [(header::CONTENT_DISPOSITION, name)],
        Body::from_stream(ReceiverStream::new(receive)),
    )
        .into_response())
}

/// A writer whose other end is a response.
struct Pieces(mpsc::Sender<io::Result<Bytes>>);

impl Write for Pieces {
    fn write(&mut self, piece: &[u8]) -> io::Result<usize> {
        let sent = self.0.blocking_send(Ok(Bytes::copy_from_slice(piece)));
        sent.map_err(|_| io::Error::new(io::ErrorKind::BrokenPipe, "the reader has gone"))?;
        Ok(piece.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::TestApp;
    use viva_core::clock::Timestamp;
    use viva_core::ids::{AttemptId, JobId};
    use viva_core::units::SampleRate;
    use viva_storage::{Step, Take, TakeEnd};

    const ANSWER: &str = "It becomes a red-black tree.";

    /// A settled answer with a recording of 1:24.
    async fn spoken(app: &TestApp) -> AttemptId {
        let room = app.room("jvm.hashmap-treeify").await;
        let session = room.split('/').nth(2).unwrap().parse().unwrap();
        let store = app.interview.store();
        let attempt = AttemptId(uuid::Uuid::now_v7());
        store.ask(session, 0, attempt, Timestamp(1)).await.unwrap();
        store.advance(attempt, &Step::Record, Timestamp(2)).await.unwrap();
        let path = app.interview.take_path(&format!("takes/{attempt}.wav"));
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::copy(
            Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/fixtures/speech/brief.opus"),
            &path,
        )
        .unwrap();
        let take = Take {
            path: Some(format!("takes/{attempt}.wav")),
            length: Millis(84_000),
            bytes: 2_688_044,
            sample_rate: SampleRate::WHISPER,
            peak_dbfs: -3.0,
            rms_dbfs: -20.0,
            clipped_samples: 0,
            dropped_samples: 0,
            device: None,
            ended: TakeEnd::Stopped,
            kept_at: Timestamp(3),
        };
        store
            .keep_take(attempt, &take, JobId(uuid::Uuid::now_v7()), Timestamp(3), Timestamp(3))
            .await
            .unwrap();
        app.interview.settle(attempt).await.unwrap();
        attempt
    }

    #[tokio::test]
    async fn the_page_says_what_is_kept_and_where() {
        let app = TestApp::new().await;
        let empty = app.get("/data").await.body;
        assert!(empty.contains("Nothing is kept yet."), "{empty}");
        spoken(&app).await;
        app.typed("jvm.hashmap-treeify", ANSWER).await;
        let page = app.get("/data").await;
        assert_eq!(page.status, StatusCode::OK);
        let folder = app.places.data_dir.display().to_string();
        for part in ["2 answers are kept", "2.7 MB", "1 recording", "2 answers in 2 sessions", &folder] {
            assert!(page.body.contains(part), "{part}: {}", page.body);
        }
        for link in ["/data/export.json", "/data/export.csv", "/data/backup", "/data/delete"] {
            assert!(page.body.contains(&format!("href=\"{link}\"")), "{link}: {}", page.body);
        }
    }

    #[tokio::test]
    async fn a_choice_that_deletes_at_once_is_asked_about_first() {
        let app = TestApp::new().await;
        let attempt = spoken(&app).await;
        let asked = app.post("/data/retention", "keep=none&days=30").await;
        assert_eq!(asked.status, StatusCode::SEE_OTHER);
        assert_eq!(asked.location, "/data/retention?keep=none&days=30");
        let page = app.get(&asked.location).await.body;
        assert!(page.contains("One recording, 1:24 in all"), "{page}");
        assert_eq!(app.interview.keep_audio().await.unwrap(), KeepAudio::Forever, "nothing yet");
        let done = app.post("/data/retention", "keep=none&days=30&sure=yes").await;
        assert_eq!(done.location, "/data?done=kept");
        assert_eq!(app.interview.keep_audio().await.unwrap(), KeepAudio::NotAtAll);
        assert!(app.interview.store().take(attempt).await.unwrap().unwrap().path.is_none());
        assert!(app.get("/data?done=kept").await.body.contains("as you chose"));
        // Twice, and with nothing to lose: no question.
        assert_eq!(app.post("/data/retention", "keep=days&days=30").await.location, "/data?done=kept");
        let page = app.get("/data").await.body;
        assert!(page.contains("value=\"days\" checked"), "{page}");
    }

    #[tokio::test]
    async fn a_choice_that_is_none_is_told_beside_the_field_and_keeps_what_was_typed() {
        let app = TestApp::new().await;
        for (form, says) in [
            ("", "Choose one of the three."),
            ("keep=never", "Choose one of the three."),
            ("keep=days&days=", "whole number from 1 to 3650"),
            ("keep=days&days=0", "whole number"),
            ("keep=days&days=-5", "whole number"),
            ("keep=days&days=99999999999999999999", "whole number"),
            ("keep=days&days=%3Ci%3E%00'%3B+DROP+TABLE+settings", "whole number"),
        ] {
            let page = app.post("/data/retention", form).await;
            assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY, "{form}");
            assert!(page.body.contains(says), "{form}: {}", page.body);
            assert!(!page.body.contains("<i>"), "{form}");
        }
        let page = app.post("/data/retention", "keep=days&days=soon").await.body;
        assert!(page.contains("value=\"soon\"") && page.contains("aria-invalid"), "{page}");
        assert_eq!(app.interview.keep_audio().await.unwrap(), KeepAudio::Forever);
        assert_eq!(app.get("/data/retention?keep=days&days=x").await.location, "/data");
    }

    #[tokio::test]
    async fn everything_goes_only_with_the_word() {
        let app = TestApp::new().await;
        spoken(&app).await;
        let page = app.get("/data/delete").await.body;
        assert!(page.contains("1 session with 1 answer and 1 recording"), "{page}");
        let huge = format!("word={}", "x".repeat(100_000));
        for form in ["", "word=", "word=yes", "word=delete+all", "word=%00delete", huge.as_str()] {
            let refused = app.post("/data/delete", form).await;
            assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "{:.40}", form);
            assert!(refused.body.contains("Nothing was deleted."), "{:.40}", form);
        }
        assert_eq!(app.interview.store().usage().await.unwrap().attempts, 1);
        for _ in 0..2 {
            assert_eq!(app.post("/data/delete", "word=+Delete+").await.location, "/data?done=deleted");
        }
        assert_eq!(app.interview.store().usage().await.unwrap().sessions, 0);
        assert!(app.get("/data?done=deleted").await.body.contains("Everything was deleted."));
        assert_eq!(std::fs::read_dir(app.places.data_dir.join("takes")).unwrap().count(), 0);
        assert!(app.get("/").await.status.is_success());
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn a_downloaded_backup_can_be_restored() {
        let app = TestApp::new().await;
        let attempt = spoken(&app).await;
        let bytes = app.bytes("/data/backup").await;
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("viva.zip");
        std::fs::write(&file, bytes).unwrap();
        let places = crate::cli::places::Places {
            data_dir: dir.path().join("data"),
            database_url: format!("sqlite:{}", dir.path().join("data/viva.db").display()),
            ..app.places.clone()
        };
        let restored = backup::restore(&places, &file).await.unwrap();
        assert_eq!((restored.answers, restored.recordings), (1, 1));
        assert!(places.data_dir.join(format!("takes/{attempt}.wav")).is_file());
    }
}
