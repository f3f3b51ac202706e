//! Looking at an interview that has happened: a transcript or a recording comes in, is cut into answers, and each answer
//! is held against the question it most likely answers.
//!
//! Like an import, a review is a folder in the tray with the log of its edits.

mod answer;
mod arrive;
mod desk;
mod steps;

use crate::app::App;
use crate::error::PageError;
use crate::handlers::documents::{id_of, on_disk};
use crate::handlers::sentence;
use crate::routes::{Routes, get, post};
use crate::tray::{About, Documents};
use axum::extract::DefaultBodyLimit;
use serde::{Deserialize, Serialize};
use std::sync::PoisonError;
use uuid::Uuid;
use viva_core::transcript::Transcript;
use viva_import::steps::{Edited, Entry};
use viva_import::transcript::{ReviewDraft, ReviewStep, Spoken};

/// Bytes of a recording: two hours of it, uncompressed, and then some.
const LARGEST_RECORDING: usize = 600_000_000;

/// The pages of this area.
pub fn routes() -> Routes {
    Routes::new()
        .route(
            "/review",
            get(arrive::page).post(arrive::bring).layer(DefaultBodyLimit::max(LARGEST_RECORDING + 1_000_000)),
        )
        .route("/review/{id}", get(desk::page))
        .route("/review/{id}/steps", post(steps::step))
        .route("/review/{id}/undo", post(steps::undo))
        .route("/review/{id}/redo", post(steps::redo))
        .route("/review/{id}/listen", post(arrive::listen_again))
        .route("/review/{id}/discard", post(steps::discard))
        .route("/review/{id}/recording", get(answer::recording))
        .route("/review/{id}/answers/{number}", get(answer::page))
}

/// What was read out of a document under review.
#[derive(Debug, Serialize, Deserialize)]
struct Read {
    spoken: Spoken,
    /// The words as they were heard here, of a recording.
    heard: Option<Transcript>,
}

/// A review as it is now.
struct Open {
    about: About,
    draft: Edited<ReviewDraft>,
    heard: Option<Transcript>,
}

/// Where a review stands.
enum Stands {
    /// It can be looked at.
    Ready(Box<Open>),
    /// It is being turned into words.
    Listening(About),
    /// It was not turned into words: it failed, or the program ended meanwhile.
    Waiting(About),
}

async fn stands(app: &App, id: Uuid) -> Result<Stands, PageError> {
    on_disk(app, move |documents| {
        let Some(about) = documents.reviews.about(id)? else { return Ok(None) };
        if documents.listening.lock().unwrap_or_else(PoisonError::into_inner).contains(&id) {
            return Ok(Some(Stands::Listening(about)));
        }
        if !documents.reviews.is_read(id) {
            return Ok(Some(Stands::Waiting(about)));
        }
        Ok(Some(Stands::Ready(Box::new(load(documents, id, about)?))))
    })
    .await?
    .ok_or(PageError::NotFound)
}

async fn ready(app: &App, id: Uuid) -> Result<Box<Open>, PageError> {
    match stands(app, id).await? {
        Stands::Ready(open) => Ok(open),
        Stands::Listening(_) | Stands::Waiting(_) => {
            Err(PageError::Conflict("This recording has not been turned into words yet.".into()))
        }
    }
}

fn load(documents: &Documents, id: Uuid, about: About) -> anyhow::Result<Open> {
    let Read { spoken, heard } = documents.reviews.read(id)?;
    let draft = Edited::replay(ReviewDraft::of(spoken), documents.reviews.entries(id)?);
    Ok(Open { about, draft, heard })
}

/// Makes an entry in the log, once for a form that is sent twice. What was refused comes back as a sentence.
async fn enter(
    app: &App,
    id: Uuid,
    at: Option<usize>,
    entry: Entry<ReviewStep>,
) -> Result<Result<(), String>, PageError> {
    let done = on_disk(app, move |documents| {
        let tray = &documents.reviews;
        let Some(about) = tray.about(id)? else { return Ok(None) };
        if !tray.is_read(id) {
            return Ok(None);
        }
        tray.alone(id, || {
            let before: Vec<Entry<ReviewStep>> = tray.entries(id)?;
            if at.is_some_and(|at| before.get(at) == Some(&entry)) {
                return Ok(Some(Ok(())));
            }
            let mut open = load(documents, id, about)?;
            let taken = match &entry {
                Entry::Step(step) => match open.draft.step(step.clone()) {
                    Ok(()) => true,
                    Err(refused) => return Ok(Some(Err(sentence(&refused.to_string())))),
                },
                Entry::Undo => open.draft.undo(),
                Entry::Redo => open.draft.redo(),
            };
            if taken {
                tray.append(id, &entry)?;
            }
            Ok(Some(Ok(())))
        })
    })
    .await?;
    done.ok_or(PageError::NotFound)
}

#[cfg(test)]
mod tests;
