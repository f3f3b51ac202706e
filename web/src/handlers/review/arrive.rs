//! The way in for transcripts and recordings. A recording is turned into words in the background, by the same ears that
//! hear an answer; its page says so and shows the result by itself.

use super::{LARGEST_RECORDING, Read, id_of, on_disk};
use crate::app::App;
use crate::error::PageError;
use crate::handlers::import::{Brought, receive};
use crate::handlers::rows::when;
use crate::handlers::sentence;
use crate::page::{Nav, Shell, show, show_with};
use crate::reviewing::is_sound;
use crate::tray::About;
use askama::Template;
use axum::extract::multipart::{Multipart, MultipartRejection};
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use std::fs::File;
use std::io::Read as _;
use std::path::Path as FilePath;
use std::sync::PoisonError;
use tokio::task::spawn_blocking;
use uuid::Uuid;
use viva_core::clock::Timestamp;
use viva_core::transcript::Transcript;
use viva_import::pack::sha256;
use viva_import::transcript;
use viva_interview::EarsState;
use viva_speech::TranscribeOptions;

/// A review that was begun.
pub struct Begun {
    href: String,
    name: String,
    says: String,
}

#[derive(Template)]
#[template(path = "review.html")]
struct ReviewPage {
    shell: Shell,
    begun: Vec<Begun>,
    problem: Option<String>,
    pasted: String,
    no_ears: Option<String>,
}

/// `GET /review`
pub async fn page(State(app): State<App>, shell: Shell) -> Result<Response, PageError> {
    draw(&app, shell, None, String::new()).await
}

async fn draw(
    app: &App,
    shell: Shell,
    problem: Option<String>,
    pasted: String,
) -> Result<Response, PageError> {
    let now = app.interview.now();
    let begun = on_disk(app, |documents| documents.reviews.list()).await?;
    let page = ReviewPage {
        shell: shell.under(Nav::History),
        begun: begun
            .into_iter()
            .take(50)
            .map(|(id, about)| Begun {
                href: format!("/review/{id}"),
                name: about.name,
                says: when(Timestamp(about.brought_at_ms), now),
            })
            .collect(),
        pasted,
        no_ears: match app.interview.ears().state() {
            EarsState::Ready { .. } => None,
            EarsState::NoModel { what_now, .. } => Some(what_now),
        },
        problem,
    };
    Ok(if page.problem.is_some() { show_with(StatusCode::UNPROCESSABLE_ENTITY, &page) } else { show(&page) })
}

/// `POST /review`
pub async fn bring(
    State(app): State<App>,
    shell: Shell,
    form: Result<Multipart, MultipartRejection>,
) -> Result<Response, PageError> {
    let brought = match receive(&app.documents.reviews, form, LARGEST_RECORDING).await? {
        Ok(brought) => brought,
        Err(problem) => return draw(&app, shell, Some(problem), String::new()).await,
    };
    let at = app.interview.now();
    let Brought { arrival, name, pasted, .. } = brought;
    let id = arrival.id;
    let kept = on_disk(&app, move |documents| {
        let mut about = About {
            name,
            sha256: String::new(),
            bytes: std::fs::metadata(&arrival.file)?.len(),
            brought_at_ms: at.0,
            saved: None,
            problem: None,
        };
        if is_sound(&front(&arrival.file)?) {
            documents.reviews.note(id, &about)?;
            return Ok(Ok(true));
        }
        if about.bytes > viva_import::limits::MOST_BYTES as u64 {
            arrival.refuse();
            return Ok(Err("A transcript has at most 64 MB. Split it.".to_owned()));
        }
        let bytes = std::fs::read(&arrival.file)?;
        about.sha256 = sha256(&bytes);
        match transcript::open(&bytes) {
            Ok(spoken) => {
                documents.reviews.settle(&arrival, &about, &Read { spoken, heard: None })?;
                Ok(Ok(false))
            }
            Err(error) => {
                arrival.refuse();
                Ok(Err(sentence(&error.to_string())))
            }
        }
    })
    .await?;
    match kept {
        Err(problem) => draw(&app, shell, Some(problem), pasted).await,
        Ok(sound) => {
            if sound {
                listen(&app, id);
            }
            Ok(Redirect::to(&format!("/review/{id}")).into_response())
        }
    }
}

fn front(file: &FilePath) -> anyhow::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    File::open(file)?.take(64).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// `POST /review/{id}/listen`
pub async fn listen_again(State(app): State<App>, Path(id): Path<String>) -> Result<Response, PageError> {
    let id = id_of(&id)?;
    let there = on_disk(&app, move |documents| {
        Ok(documents.reviews.about(id)?.is_some() && !documents.reviews.is_read(id))
    })
    .await?;
    if there {
        listen(&app, id);
    }
    Ok(Redirect::to(&format!("/review/{id}")).into_response())
}

/// Turns a recording into words in the background. Asked twice, it is done once.
fn listen(app: &App, id: Uuid) {
    let mut listening = app.documents.listening.lock().unwrap_or_else(PoisonError::into_inner);
    if !listening.insert(id) {
        return;
    }
    drop(listening);
    let app = app.clone();
    // Whoever ends the server need not wait: the recording is kept, and its page offers to listen again.
    tokio::spawn(async move {
        let documents = app.documents.clone();
        let done = spawn_blocking(move || {
            let problem = match hear(&app, id) {
                Ok(()) => None,
                Err(error) => {
                    tracing::info!(
                        error = format!("{error:#}"),
                        "a recording could not be turned into words"
                    );
                    Some(sentence(&error.to_string()))
                }
            };
            if let Ok(Some(mut about)) = app.documents.reviews.about(id) {
                about.problem = problem;
                let _ = app.documents.reviews.note(id, &about);
            }
        });
        let _ = done.await;
        documents.listening.lock().unwrap_or_else(PoisonError::into_inner).remove(&id);
    });
}

fn hear(app: &App, id: Uuid) -> anyhow::Result<()> {
    let transcriber = app.interview.ears().transcriber()?;
    let sound = viva_audio::decode(app.documents.reviews.file(id))?;
    let heard: Transcript = transcriber.transcribe(sound.samples.into(), TranscribeOptions::default())?;
    if heard.text.trim().is_empty() {
        anyhow::bail!("no speech was heard in this recording");
    }
    let spoken = transcript::open(&serde_json::to_vec(&heard)?)?;
    app.documents.reviews.keep_read(id, &Read { spoken, heard: Some(heard) })
}
