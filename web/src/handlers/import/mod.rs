//! Bringing a document in: upload or paste, then review what was found, then add it to the bank.
//!
//! The pages hold no state of their own: a draft lies in the tray with the log of its edits, and every page is drawn
//! from there.

mod arrive;
mod question;
mod review;
mod saving;
mod steps;

use crate::app::App;
use crate::error::PageError;
use crate::handlers::documents::{id_of, on_disk};
use crate::handlers::sentence;
use crate::routes::{Routes, get, post};
use crate::tray::{About, Documents};
pub(super) use arrive::{Brought, receive};
use axum::extract::DefaultBodyLimit;
use uuid::Uuid;
use viva_import::Import;
use viva_import::draft::{Draft, Refused, Step};
use viva_import::limits::MOST_BYTES;
use viva_import::steps::{Edited, Entry};

/// A form with a document in it: the document, and a little around it.
pub const LARGEST_UPLOAD: usize = MOST_BYTES + 1_000_000;

/// The pages of this area.
pub fn routes() -> Routes {
    Routes::new()
        .route("/import", get(arrive::page).post(arrive::bring).layer(DefaultBodyLimit::max(LARGEST_UPLOAD)))
        .route("/import/{id}", get(review::page))
        .route("/import/{id}/steps", post(steps::step))
        .route("/import/{id}/undo", post(steps::undo))
        .route("/import/{id}/redo", post(steps::redo))
        .route("/import/{id}/discard", post(steps::discard))
        .route("/import/{id}/questions/{number}", get(question::page).post(question::save))
        .route("/import/{id}/questions/{number}/criteria", post(question::save_criterion))
        .route("/import/{id}/add", get(saving::page).post(saving::add))
        .route("/import/{id}/added", get(saving::added))
}

/// A draft as it is now.
struct Open {
    about: About,
    draft: Edited<Draft>,
}

async fn open(app: &App, id: Uuid) -> Result<Open, PageError> {
    on_disk(app, move |documents| load(documents, id)).await?.ok_or(PageError::NotFound)
}

fn load(documents: &Documents, id: Uuid) -> anyhow::Result<Option<Open>> {
    let tray = &documents.imports;
    let Some(about) = tray.about(id)? else { return Ok(None) };
    let import: Import = tray.read(id)?;
    let text = if import.unit.is_none() { viva_import::text_of(&tray.bytes(id)?) } else { None };
    let base = Draft::of(import, text.as_deref());
    Ok(Some(Open { about, draft: Edited::replay(base, tray.entries(id)?) }))
}

/// What became of an edit.
enum Outcome {
    /// The draft as it is now, and whether the edit was made by this very request.
    Done(Box<Open>),
    /// It does not fit, or the draft is closed.
    Refused(String),
    /// There is no such draft.
    Gone,
}

/// Makes an entry in the log. `at` is the log's length when the form was drawn: the same entry sent twice counts once.
async fn enter(app: &App, id: Uuid, at: Option<usize>, entry: Entry<Step>) -> Result<Outcome, PageError> {
    on_disk(app, move |documents| {
        let tray = &documents.imports;
        if tray.about(id)?.is_none() {
            return Ok(Outcome::Gone);
        }
        tray.alone(id, || {
            let Some(mut open) = load(documents, id)? else { return Ok(Outcome::Gone) };
            if let Some(pack) = &open.about.saved {
                return Ok(Outcome::Refused(format!(
                    "This document was added to the bank as {pack} and is closed. Bring it in again to change more."
                )));
            }
            let before: Vec<Entry<Step>> = tray.entries(id)?;
            if at.is_some_and(|at| at < before.len() && before.get(at) == Some(&entry)) {
                return Ok(Outcome::Done(Box::new(open)));
            }
            let refused: Result<bool, Refused> = match &entry {
                Entry::Step(step) => open.draft.step(step.clone()).map(|()| true),
                Entry::Undo => Ok(open.draft.undo()),
                Entry::Redo => Ok(open.draft.redo()),
            };
            match refused {
                Ok(true) => {
                    tray.append(id, &entry)?;
                    Ok(Outcome::Done(Box::new(open)))
                }
                Ok(false) => Ok(Outcome::Done(Box::new(open))),
                Err(refused) => Ok(Outcome::Refused(sentence(&refused.to_string()))),
            }
        })
    })
    .await
}

/// A number as a heading says it.
fn number(n: usize) -> String {
    const WORDS: [&str; 13] = [
        "No", "One", "Two", "Three", "Four", "Five", "Six", "Seven", "Eight", "Nine", "Ten", "Eleven",
        "Twelve",
    ];
    WORDS.get(n).map_or_else(|| n.to_string(), |word| (*word).to_owned())
}

fn counted(n: usize, one: &str, many: &str) -> String {
    format!("{} {}", number(n), if n == 1 { one } else { many })
}

#[cfg(test)]
mod tests;
