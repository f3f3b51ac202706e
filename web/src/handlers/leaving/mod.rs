//! After a round: exports, erasing a candidate, legal holds, and how long things are kept.

#[cfg(test)]
mod tests;

use super::confirm::Confirm;
use crate::app::App;
use crate::error::PageError;
use crate::export::{candidate, round as round_export};
use crate::handlers::rows::when;
use crate::page::{Nav, Shell, show, show_with};
use crate::people::visitor::SignedIn;
use crate::routes::{Routes, get, post};
use askama::Template;
use axum::body::Body;
use axum::extract::{Form, Path, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Redirect, Response};
use serde::Deserialize;
use std::io::{Seek, SeekFrom};
use std::sync::Arc;
use tokio::task::spawn_blocking;
use tokio_util::io::ReaderStream;
use viva_core::ids::{CandidateId, PersonId, RoundId};
use viva_core::round::{LONGEST_TEXT, Seat, plain};
use viva_interview::InterviewError;
use viva_storage::{CandidateRecord, Hold, Retention, RoundRecord};

/// Every page of this file.
pub fn routes() -> Routes {
    Routes::new()
        .route("/rounds/{round}/afterwards", get(page))
        .route("/rounds/{round}/retention", post(set_retention))
        .route("/rounds/{round}/export.csv", get(csv))
        .route("/rounds/{round}/export.json", get(json))
        .route("/rounds/{round}/candidates/{candidate}/afterwards", get(candidate_page))
        .route("/rounds/{round}/candidates/{candidate}/export.zip", get(zip))
        .route("/rounds/{round}/candidates/{candidate}/hold", post(hold))
        .route("/rounds/{round}/candidates/{candidate}/hold/lift", post(lift))
        .route("/rounds/{round}/candidates/{candidate}/erase", get(erase_confirm))
        .route("/rounds/{round}/erased", post(erase))
}

/// Days, as they were typed; empty is forever.
#[derive(Debug, Default, Deserialize)]
pub struct RetentionForm {
    #[serde(default)]
    audio: String,
    #[serde(default)]
    transcripts: String,
    #[serde(default)]
    ratings: String,
}

#[derive(Debug, Default, Deserialize)]
pub struct HoldForm {
    #[serde(default)]
    reason: String,
}

struct Clock {
    name: &'static str,
    label: &'static str,
    hint: &'static str,
    value: String,
    wrong: Option<&'static str>,
}

#[derive(Template)]
#[template(path = "afterwards.html")]
struct AfterwardsPage {
    shell: Shell,
    heading: String,
    base: String,
    round: String,
    clocks: Vec<Clock>,
    candidates: Vec<(String, String)>,
}

#[derive(Template)]
#[template(path = "afterwards_candidate.html")]
struct CandidatePage {
    shell: Shell,
    heading: String,
    base: String,
    here: String,
    round: String,
    label: String,
    hold: Option<(String, String)>,
    typed: String,
    wrong: Option<&'static str>,
}

/// A round whose owner asks; for everybody else there is nothing.
async fn owned(app: &App, round: &str, viewer: PersonId) -> Result<RoundRecord, PageError> {
    let id: RoundId = round.parse().map_err(|_| PageError::NotFound)?;
    let round = app.interview.store().round(id, viewer).await.map_err(InterviewError::from)?;
    round.filter(|round| round.seat == Seat::Owner).ok_or(PageError::NotFound)
}

/// A candidate of that round.
async fn candidate_of(
    app: &App,
    round: &RoundRecord,
    candidate: &str,
    viewer: PersonId,
) -> Result<CandidateRecord, PageError> {
    let id: CandidateId = candidate.parse().map_err(|_| PageError::NotFound)?;
    let found = app.interview.store().candidate(id, viewer).await.map_err(InterviewError::from)?;
    found.filter(|found| found.round == round.id).ok_or(PageError::NotFound)
}

/// `GET /rounds/{round}/afterwards`
async fn page(
    State(app): State<App>,
    SignedIn(person): SignedIn,
    Path(round): Path<String>,
    shell: Shell,
) -> Result<Response, PageError> {
    let round = owned(&app, &round, person.id).await?;
    let kept = app.interview.store().retention(round.id).await.map_err(InterviewError::from)?;
    let says = |days: Option<u16>| days.map(|days| days.to_string()).unwrap_or_default();
    let form = RetentionForm {
        audio: says(kept.audio_days),
        transcripts: says(kept.transcript_days),
        ratings: says(kept.ratings_days),
    };
    Ok(show(&afterwards(&app, &round, &person.id, &form, [None; 3], shell).await?))
}

async fn afterwards(
    app: &App,
    round: &RoundRecord,
    viewer: &PersonId,
    form: &RetentionForm,
    wrong: [Option<&'static str>; 3],
    shell: Shell,
) -> Result<AfterwardsPage, PageError> {
    let base = format!("/rounds/{}", round.id);
    let rows = app.interview.store().candidates(round.id, *viewer).await.map_err(InterviewError::from)?;
    let clock = |place: usize, name, label, hint, value: &str| Clock {
        name,
        label,
        hint,
        value: value.to_owned(),
        wrong: wrong[place],
    };
    Ok(AfterwardsPage {
        heading: match round.closed_at {
            Some(at) => format!("Closed {}. What stays, and for how long.", when(at, app.interview.now())),
            None => "What stays once this round is closed, and for how long.".to_owned(),
        },
        clocks: vec![
            clock(0, "audio", "Recordings", "The sound alone. Words and ratings stay.", &form.audio),
            clock(
                1,
                "transcripts",
                "Transcripts",
                "What was said and the machine’s score, and with them any recording that is left.",
                &form.transcripts,
            ),
            clock(2, "ratings", "Ratings", "Cards, notes and consensus.", &form.ratings),
        ],
        candidates: rows
            .iter()
            .map(|row| {
                let label = row.candidate.label().to_owned();
                (label, format!("{base}/candidates/{}/afterwards", row.candidate.id))
            })
            .collect(),
        round: round.title.clone(),
        base,
        shell: shell.under(Nav::Elsewhere),
    })
}

const WRONG_DAYS: &str = "Write a number of days from 0 to 3650, or leave it empty for as long as you like.";

/// `POST /rounds/{round}/retention`
async fn set_retention(
    State(app): State<App>,
    SignedIn(person): SignedIn,
    Path(round): Path<String>,
    shell: Shell,
    Form(form): Form<RetentionForm>,
) -> Result<Response, PageError> {
    let round = owned(&app, &round, person.id).await?;
    let [audio, transcripts, ratings] = [days(&form.audio), days(&form.transcripts), days(&form.ratings)];
    let (Ok(audio_days), Ok(transcript_days), Ok(ratings_days)) = (audio, transcripts, ratings) else {
        let wrong = [audio, transcripts, ratings].map(|days| days.is_err().then_some(WRONG_DAYS));
        let page = afterwards(&app, &round, &person.id, &form, wrong, shell).await?;
        return Ok(show_with(StatusCode::UNPROCESSABLE_ENTITY, &page));
    };
    let retention = Retention { audio_days, transcript_days, ratings_days };
    let (store, now) = (app.interview.store(), app.interview.now());
    store.set_retention(round.id, retention, person.id, now).await.map_err(InterviewError::from)?;
    Ok(Redirect::to(&format!("/rounds/{}/afterwards", round.id)).into_response())
}

fn days(text: &str) -> Result<Option<u16>, ()> {
    match text.trim() {
        "" => Ok(None),
        days => days.parse().ok().filter(|days| *days <= 3650).map(Some).ok_or(()),
    }
}

/// `GET /rounds/{round}/export.csv`
async fn csv(
    State(app): State<App>,
    SignedIn(person): SignedIn,
    Path(round): Path<String>,
) -> Result<Response, PageError> {
    let id: RoundId = round.parse().map_err(|_| PageError::NotFound)?;
    let matrix = app.interview.matrix(id, person.id).await?.ok_or(PageError::NotFound)?;
    let rows = round_export::rows(&matrix)?;
    app.interview.note_export(id, None, "csv", person.id).await?;
    Ok(file("round.csv", "text/csv; charset=utf-8", Body::from(rows)))
}

/// `GET /rounds/{round}/export.json`
async fn json(
    State(app): State<App>,
    SignedIn(person): SignedIn,
    Path(round): Path<String>,
) -> Result<Response, PageError> {
    let id: RoundId = round.parse().map_err(|_| PageError::NotFound)?;
    let matrix = app.interview.matrix(id, person.id).await?.ok_or(PageError::NotFound)?;
    let now = app.interview.now();
    let interview = Arc::clone(&app.interview);
    let document = spawn_blocking(move || {
        serde_json::to_string_pretty(&round_export::document(&matrix, &interview.agreement(&matrix), now))
    });
    let document = document.await.map_err(anyhow::Error::from)?.map_err(anyhow::Error::from)?;
    app.interview.note_export(id, None, "json", person.id).await?;
    Ok(file("round.json", "application/json", Body::from(document)))
}

/// `GET /rounds/{round}/candidates/{candidate}/afterwards`
async fn candidate_page(
    State(app): State<App>,
    SignedIn(person): SignedIn,
    Path((round, candidate)): Path<(String, String)>,
    shell: Shell,
) -> Result<Response, PageError> {
    let round = owned(&app, &round, person.id).await?;
    let candidate = candidate_of(&app, &round, &candidate, person.id).await?;
    Ok(show(&of_candidate(&app, &round, &candidate, HoldForm::default(), None, shell).await?))
}

async fn of_candidate(
    app: &App,
    round: &RoundRecord,
    candidate: &CandidateRecord,
    form: HoldForm,
    wrong: Option<&'static str>,
    shell: Shell,
) -> Result<CandidatePage, PageError> {
    let hold = app.interview.store().hold(candidate.id).await.map_err(InterviewError::from)?;
    let base = format!("/rounds/{}", round.id);
    Ok(CandidatePage {
        heading: match &hold {
            Some(_) => format!("{} is under a legal hold.", candidate.label()),
            None => format!("{}: hand over, hold, erase.", candidate.label()),
        },
        here: format!("{base}/candidates/{}", candidate.id),
        base,
        round: round.title.clone(),
        label: candidate.label().to_owned(),
        hold: hold.map(|hold| (hold.reason, when(hold.at, app.interview.now()))),
        typed: form.reason,
        wrong,
        shell: shell.under(Nav::Elsewhere),
    })
}

/// `GET /rounds/{round}/candidates/{candidate}/export.zip`
async fn zip(
    State(app): State<App>,
    SignedIn(person): SignedIn,
    Path((round, id)): Path<(String, String)>,
) -> Result<Response, PageError> {
    let round = owned(&app, &round, person.id).await?;
    let found = candidate_of(&app, &round, &id, person.id).await?;
    let gathered = app.interview.candidate_file(found.id, person.id).await?.ok_or(PageError::NotFound)?;
    let made_at = jiff::Timestamp::from_millisecond(app.interview.now().0).unwrap_or_default().to_string();
    // On disk, because recordings of an hour do not belong into memory.
    let written = spawn_blocking(move || {
        let mut out = tempfile::tempfile()?;
        candidate::write(&gathered, &made_at, &mut out)?;
        out.seek(SeekFrom::Start(0))?;
        anyhow::Ok(out)
    });
    let written = written.await.map_err(anyhow::Error::from)??;
    app.interview.note_export(round.id, Some(found.id), "zip", person.id).await?;
    let body = Body::from_stream(ReaderStream::new(tokio::fs::File::from_std(written)));
    Ok(file(&format!("{}.zip", found.code), "application/zip", body))
}

/// `POST /rounds/{round}/candidates/{candidate}/hold`
async fn hold(
    State(app): State<App>,
    SignedIn(person): SignedIn,
    Path((round, candidate)): Path<(String, String)>,
    shell: Shell,
    Form(form): Form<HoldForm>,
) -> Result<Response, PageError> {
    let round = owned(&app, &round, person.id).await?;
    let candidate = candidate_of(&app, &round, &candidate, person.id).await?;
    let wrong = match plain(&form.reason, LONGEST_TEXT) {
        Ok(reason) if !reason.is_empty() => {
            let hold = Hold { reason, by: person.id, at: app.interview.now() };
            app.interview.store().set_hold(candidate.id, &hold).await.map_err(InterviewError::from)?;
            return Ok(back(&round, &candidate));
        }
        Ok(_) => "Say why: a claim, a request of an authority, an audit.",
        Err(_) => "The reason is too long; 20,000 characters are the most.",
    };
    let page = of_candidate(&app, &round, &candidate, form, Some(wrong), shell).await?;
    Ok(show_with(StatusCode::UNPROCESSABLE_ENTITY, &page))
}

/// `POST /rounds/{round}/candidates/{candidate}/hold/lift`
async fn lift(
    State(app): State<App>,
    SignedIn(person): SignedIn,
    Path((round, candidate)): Path<(String, String)>,
) -> Result<Response, PageError> {
    let round = owned(&app, &round, person.id).await?;
    let candidate = candidate_of(&app, &round, &candidate, person.id).await?;
    let (store, now) = (app.interview.store(), app.interview.now());
    store.lift_hold(candidate.id, person.id, now).await.map_err(InterviewError::from)?;
    Ok(back(&round, &candidate))
}

fn back(round: &RoundRecord, candidate: &CandidateRecord) -> Response {
    Redirect::to(&format!("/rounds/{}/candidates/{}/afterwards", round.id, candidate.id)).into_response()
}

/// `GET /rounds/{round}/candidates/{candidate}/erase`
async fn erase_confirm(
    State(app): State<App>,
    SignedIn(person): SignedIn,
    Path((round, candidate)): Path<(String, String)>,
    shell: Shell,
) -> Result<Response, PageError> {
    let round = owned(&app, &round, person.id).await?;
    let candidate = candidate_of(&app, &round, &candidate, person.id).await?;
    if app.interview.store().hold(candidate.id).await.map_err(InterviewError::from)?.is_some() {
        return Ok(back(&round, &candidate));
    }
    Ok(show(&Confirm {
        heading: format!("Erase {}?", candidate.label()),
        lost: "Name, notice, answers, recordings, transcripts, cards, notes and consensus of this candidate."
            .into(),
        kept:
            "The log keeps that it happened, by ids alone. The round, its kit and the other candidates stay."
                .into(),
        action: format!("/rounds/{}/erased", round.id),
        hidden: vec![("candidate", candidate.id.to_string())],
        word: None,
        problem: None,
        button: format!("Erase {}", candidate.label()),
        back: format!("/rounds/{}/candidates/{}/afterwards", round.id, candidate.id),
        shell: shell.under(Nav::Elsewhere),
    }))
}

/// Whom to erase.
#[derive(Debug, Default, Deserialize)]
pub struct EraseForm {
    #[serde(default)]
    candidate: String,
}

/// `POST /rounds/{round}/erased`: the address does not name the candidate, so that a second press finds the page as well.
async fn erase(
    State(app): State<App>,
    SignedIn(person): SignedIn,
    Path(round): Path<String>,
    Form(EraseForm { candidate }): Form<EraseForm>,
) -> Result<Response, PageError> {
    let round = owned(&app, &round, person.id).await?;
    let there = Redirect::to(&format!("/rounds/{}/afterwards", round.id)).into_response();
    match candidate_of(&app, &round, &candidate, person.id).await {
        Ok(candidate) => app.interview.erase_candidate(candidate.id, person.id).await?,
        // The second press of a double click.
        Err(PageError::NotFound) if candidate.parse::<CandidateId>().is_ok() => {}
        Err(error) => return Err(error),
    }
    Ok(there)
}

/// A file to keep, which no cache does.
fn file(name: &str, media_type: &str, body: Body) -> Response {
    let headers = [
        (header::CONTENT_TYPE, media_type.to_owned()),
        (header::CONTENT_DISPOSITION, format!("attachment; filename=\"viva-{name}\"")),
        (header::CACHE_CONTROL, "no-store".to_owned()),
    ];
    (headers, body).into_response()
}
