//! One answer of a review in full: score, evidence and model answer.

use super::desk::{matched, place_of};
use super::{id_of, on_disk, ready};
use crate::app::App;
use crate::error::PageError;
use crate::feedback::reviewed::{Reviewed, ReviewedPage};
use crate::page::{Shell, show};
use axum::extract::{Path, Request, State};
use axum::http::header;
use axum::response::{IntoResponse, Redirect, Response};
use tokio::task::spawn_blocking;
use tower::ServiceExt;
use tower_http::services::ServeFile;
use viva_core::transcript::Transcript;

/// `GET /review/{id}/answers/{number}`
pub async fn page(
    State(app): State<App>,
    shell: Shell,
    Path((id, number)): Path<(String, u32)>,
) -> Result<Response, PageError> {
    let id = id_of(&id)?;
    let open = ready(&app, id).await?;
    let href = format!("/review/{id}?at={number}#a{number}");
    let page = spawn_blocking(move || {
        let bank = app.interview.bank();
        let one = matched(&bank, &open).into_iter().find(|one| one.number == number)?;
        let Some(question) = one.question else { return Some(Err(href)) };
        let prepared = app.interview.prepare(&question);
        let assessment = prepared.assess(&one.transcript);
        let own = prepared.assess(&Transcript::typed(question.model_answer.as_str()));
        Some(Ok(ReviewedPage::new(
            shell,
            Reviewed {
                question: &question,
                licence: bank.pack(&question.pack).map_or("", |pack| pack.licence.as_str()),
                transcript: &one.transcript,
                assessment: &assessment,
                own: &own,
                document: open.about.name.clone(),
                place: place_of(&one.answer),
                audio_href: open.heard.as_ref().map(|_| format!("/review/{id}/recording")),
                href,
            },
        )))
    })
    .await
    .map_err(anyhow::Error::from)?;
    match page.ok_or(PageError::NotFound)? {
        Ok(page) => Ok(show(&page)),
        // Without a question there is nothing to show; the review offers to choose one.
        Err(review) => Ok(Redirect::to(&review).into_response()),
    }
}

/// `GET /review/{id}/recording`: the recording as it came, in ranges, so that a player can jump.
pub async fn recording(
    State(app): State<App>,
    Path(id): Path<String>,
    request: Request,
) -> Result<Response, PageError> {
    let id = id_of(&id)?;
    let file = on_disk(&app, move |documents| {
        let is_sound = documents.reviews.about(id)?.is_some()
            && crate::reviewing::is_sound(&documents.reviews.front(id)?);
        Ok(is_sound.then(|| documents.reviews.file(id)))
    })
    .await?
    .ok_or(PageError::NotFound)?;
    let mut response = ServeFile::new(file).oneshot(request).await.into_response();
    let headers = response.headers_mut();
    headers.insert(header::CACHE_CONTROL, header::HeaderValue::from_static("private, no-cache"));
    // What was uploaded is never taken for a page.
    headers.insert(header::CONTENT_TYPE, header::HeaderValue::from_static("application/octet-stream"));
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, header::HeaderValue::from_static("nosniff"));
    Ok(response)
}
