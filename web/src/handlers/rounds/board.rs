//! The rounds one sits in, and one round with its candidates, people and progress.

use super::{Names, name, own_round, refused, round_of, text, told};
use crate::app::App;
use crate::error::PageError;
use crate::page::{Nav, Shell, show};
use crate::people::visitor::SignedIn;
use crate::routes::{Routes, get, post};
use askama::Template;
use axum::Form;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Redirect, Response};
use serde::Deserialize;
use viva_core::ids::{CandidateId, KitId, PersonId};
use viva_core::people::Role;
use viva_core::round::{CardState, Seat, Show};
use viva_interview::RoundSetUp;
use viva_storage::{Act, RoundSummary};

/// The addresses of rounds.
pub fn routes() -> Routes {
    Routes::new()
        .route("/rounds", get(list).post(start))
        .route("/rounds/{round}", get(page))
        .route("/rounds/{round}/candidates", post(add))
        .route("/rounds/{round}/seats", post(seat))
        .route("/rounds/{round}/cards", post(ask))
        .route("/rounds/{round}/show", post(show_as))
        .route("/rounds/{round}/close", post(close))
}

/// What candidates are told, unless the owner writes something else.
const NOTICE: &str = "We would like to record your answers in this interview, so that all interviewers can rate the \
    same words and need not write everything down. The recording stays on this organisation's own machine. A program \
    there turns it into text and compares it with the points we listen for; people decide. You can say no, now or at \
    any time, and the interview goes on with written notes.";

#[derive(Template)]
#[template(path = "rounds.html")]
struct RoundsPage {
    shell: Shell,
    heading: String,
    rounds: Vec<RoundSummary>,
    kits: Vec<(String, String)>,
    may_start: bool,
    notice: &'static str,
}

#[derive(Template)]
#[template(path = "round.html")]
struct RoundPage {
    shell: Shell,
    id: String,
    title: String,
    kit: String,
    kit_href: String,
    heading: String,
    owner: bool,
    closed: bool,
    codes: bool,
    candidates: Vec<CandidateLine>,
    seats: Vec<SeatLine>,
    others: Vec<(String, String)>,
}

struct CandidateLine {
    id: String,
    code: String,
    label: String,
    /// The name beside the code, for the owner of a round that shows codes.
    name: Option<String>,
    recording: &'static str,
    own: Option<&'static str>,
    cards_in: usize,
    cards_due: usize,
    owing: String,
    /// Raters who have not been asked yet.
    to_ask: Vec<(String, String)>,
    /// Raters who have been asked and have not handed in.
    to_release: Vec<(String, String)>,
}

struct SeatLine {
    person: String,
    name: String,
    seat: &'static str,
}

/// `GET /rounds`
async fn list(
    State(app): State<App>,
    shell: Shell,
    SignedIn(person): SignedIn,
) -> Result<Response, PageError> {
    let rounds = app.interview.store().rounds(person.id).await.map_err(told)?;
    let owed: u32 = rounds.iter().map(|round| round.own_out).sum();
    let heading = match (rounds.len(), owed) {
        (0, _) => "No rounds yet".to_owned(),
        (_, 0) => "No card of yours is waited for.".to_owned(),
        (_, 1) => "One card of yours is waited for.".to_owned(),
        (_, owed) => format!("{owed} cards of yours are waited for."),
    };
    let may_start = person.role == Role::Owner;
    let kits = if may_start { app.interview.store().kits().await.map_err(told)? } else { Vec::new() };
    let kits =
        kits.into_iter().map(|kit| (kit.id.to_string(), format!("{}, version {}", kit.title, kit.version)));
    let kits = kits.collect();
    let shell = shell.under(Nav::Elsewhere);
    Ok(show(&RoundsPage { shell, heading, rounds, kits, may_start, notice: NOTICE }))
}

/// A round that is started.
#[derive(Debug, Deserialize)]
struct StartForm {
    #[serde(default)]
    title: String,
    #[serde(default)]
    kit: String,
    #[serde(default)]
    notice: String,
    #[serde(default)]
    show: String,
}

/// `POST /rounds`
async fn start(
    State(app): State<App>,
    SignedIn(person): SignedIn,
    Form(form): Form<StartForm>,
) -> Result<Response, PageError> {
    if person.role != Role::Owner {
        return Err(PageError::NotFound);
    }
    let kit: KitId = form.kit.parse().map_err(|_| PageError::BadRequest("Choose a kit.".into()))?;
    let set_up = RoundSetUp {
        title: name("The title", &form.title)?,
        kit,
        show: Show::from_name(&form.show).unwrap_or(Show::Names),
        notice: text("The notice", &form.notice)?,
    };
    let round = app.interview.start_round(set_up, person.id).await.map_err(refused)?;
    Ok(Redirect::to(&format!("/rounds/{round}")).into_response())
}

/// `GET /rounds/{round}`
async fn page(
    State(app): State<App>,
    shell: Shell,
    SignedIn(person): SignedIn,
    Path(round): Path<String>,
) -> Result<Response, PageError> {
    let store = app.interview.store();
    let round = round_of(&app, &person, &round).await?;
    let seats = store.seats(round.id, person.id).await.map_err(told)?;
    let rows = store.candidates(round.id, person.id).await.map_err(told)?;
    let everybody = seats
        .iter()
        .map(|seat| seat.person)
        .chain(rows.iter().flat_map(|row| row.cards.iter().map(|c| c.person)));
    let names = Names::of(&app, everybody.collect()).await?;
    let owner = round.seat == Seat::Owner;
    let closed = round.closed_at.is_some();
    let raters: Vec<(String, String)> = seats
        .iter()
        .filter(|seat| seat.seat.rates())
        .map(|seat| (seat.person.to_string(), names.get(seat.person)))
        .collect();
    let candidates: Vec<CandidateLine> = rows
        .iter()
        .map(|row| {
            let due: Vec<_> = row.cards.iter().filter(|card| card.state.is_due()).collect();
            let cards_in = row.cards.iter().filter(|card| card.state.is_in()).count();
            let candidate = &row.candidate;
            let asked = |id: &str| {
                row.cards
                    .iter()
                    .any(|card| card.state != CardState::Released && card.person.to_string() == id)
            };
            CandidateLine {
                id: candidate.id.to_string(),
                code: candidate.code.clone(),
                label: candidate.label().to_owned(),
                name: candidate.name.clone().filter(|_| round.show == Show::Codes),
                recording: match (&candidate.ground, candidate.opted_out_at) {
                    (_, Some(_)) => "notes only: opted out",
                    (Some(_), None) => "may be recorded",
                    (None, None) => "notes only: no basis yet",
                },
                own: row.cards.iter().find(|card| card.person == person.id).map(|card| match card.state {
                    CardState::Draft => "yours is waited for",
                    CardState::Submitted | CardState::Amended => "yours is in",
                    CardState::Released => "yours was released",
                }),
                cards_in,
                cards_due: due.len(),
                owing: due.iter().map(|card| names.get(card.person)).collect::<Vec<_>>().join(", "),
                to_ask: raters.iter().filter(|(id, _)| !asked(id)).cloned().collect(),
                to_release: due
                    .iter()
                    .map(|card| (card.person.to_string(), names.get(card.person)))
                    .collect(),
            }
        })
        .collect();
    let out: usize = candidates.iter().map(|line| line.cards_due).sum();
    let heading = match (candidates.len(), out) {
        (0, _) => "No candidates yet.".to_owned(),
        (_, 0) => "No card is waited for.".to_owned(),
        (_, 1) => "One card is waited for.".to_owned(),
        (_, out) => format!("{out} cards are waited for."),
    };
    let others = if owner {
        let people = store.people().await.map_err(told)?;
        people
            .into_iter()
            .filter(|one| seats.iter().all(|seat| seat.person != one.person.id))
            .map(|one| (one.person.id.to_string(), one.person.name.to_string()))
            .collect()
    } else {
        Vec::new()
    };
    let page = RoundPage {
        shell: shell.under(Nav::Elsewhere),
        id: round.id.to_string(),
        kit: format!(
            "{}, version {} ({})",
            round.kit.title,
            round.kit_version,
            round.kit_hash.get(..6).unwrap_or_default()
        ),
        kit_href: format!("/kits/{}/guide?version={}", round.kit_id, round.kit_version),
        title: round.title,
        heading,
        owner,
        closed,
        codes: round.show == Show::Codes,
        candidates,
        seats: seats
            .iter()
            .map(|seat| SeatLine {
                person: seat.person.to_string(),
                name: names.get(seat.person),
                seat: seat.seat.name(),
            })
            .collect(),
        others,
    };
    Ok(show(&page))
}

fn back(round: &str) -> Response {
    Redirect::to(&format!("/rounds/{round}")).into_response()
}

/// A candidate who is added.
#[derive(Debug, Deserialize)]
struct AddForm {
    #[serde(default)]
    name: String,
}

/// `POST /rounds/{round}/candidates`: adds a candidate and asks everybody who rates for a card.
async fn add(
    State(app): State<App>,
    SignedIn(person): SignedIn,
    Path(id): Path<String>,
    Form(form): Form<AddForm>,
) -> Result<Response, PageError> {
    let round = own_round(&app, &person, &id).await?;
    let called = name("The name", &form.name)?;
    let candidate = app.interview.add_candidate(round.id, called, person.id).await.map_err(refused)?;
    for seat in app.interview.store().seats(round.id, person.id).await.map_err(told)? {
        if seat.seat == Seat::Interviewer {
            app.interview.ask_for_card(candidate, seat.person, person.id).await.map_err(refused)?;
        }
    }
    Ok(back(&id))
}

/// A seat that is given or taken.
#[derive(Debug, Deserialize)]
struct SeatForm {
    #[serde(default)]
    person: String,
    /// Empty takes it away.
    #[serde(default)]
    seat: String,
}

/// `POST /rounds/{round}/seats`
async fn seat(
    State(app): State<App>,
    SignedIn(person): SignedIn,
    Path(id): Path<String>,
    Form(form): Form<SeatForm>,
) -> Result<Response, PageError> {
    let round = own_round(&app, &person, &id).await?;
    let whose: PersonId =
        form.person.parse().map_err(|_| PageError::BadRequest("Choose a person.".into()))?;
    let store = app.interview.store();
    if store.person(whose).await.map_err(told)?.is_none() {
        return Err(PageError::BadRequest("There is no such person.".into()));
    }
    let act = Act::of(person.id, app.interview.now());
    match Seat::from_name(&form.seat) {
        Some(seat) => store.give_seat(round.id, whose, seat, act).await.map_err(told)?,
        None if form.seat.is_empty() => store.take_seat(round.id, whose, act).await.map_err(told)?,
        None => return Err(PageError::BadRequest("There is no such seat.".into())),
    }
    Ok(back(&id))
}

/// A card that is asked for or released.
#[derive(Debug, Deserialize)]
struct CardForm {
    #[serde(default)]
    candidate: String,
    #[serde(default)]
    person: String,
    #[serde(default)]
    release: String,
}

/// `POST /rounds/{round}/cards`
async fn ask(
    State(app): State<App>,
    SignedIn(person): SignedIn,
    Path(id): Path<String>,
    Form(form): Form<CardForm>,
) -> Result<Response, PageError> {
    own_round(&app, &person, &id).await?;
    let candidate: CandidateId = form.candidate.parse().map_err(|_| PageError::NotFound)?;
    let whose: PersonId =
        form.person.parse().map_err(|_| PageError::BadRequest("Choose a person.".into()))?;
    super::candidate_of(&app, &person, &id, &form.candidate).await?;
    if form.release.is_empty() {
        app.interview.ask_for_card(candidate, whose, person.id).await.map_err(refused)?;
    } else {
        let act = Act::of(person.id, app.interview.now());
        app.interview.store().release_card(candidate, whose, act).await.map_err(told)?;
    }
    Ok(back(&id))
}

/// How candidates appear.
#[derive(Debug, Deserialize)]
struct ShowForm {
    #[serde(default)]
    show: String,
}

/// `POST /rounds/{round}/show`
async fn show_as(
    State(app): State<App>,
    SignedIn(person): SignedIn,
    Path(id): Path<String>,
    Form(form): Form<ShowForm>,
) -> Result<Response, PageError> {
    let round = own_round(&app, &person, &id).await?;
    let how = Show::from_name(&form.show)
        .ok_or_else(|| PageError::BadRequest("Candidates are shown by names or by codes.".into()))?;
    let act = Act::of(person.id, app.interview.now());
    app.interview.store().show_candidates(round.id, how, act).await.map_err(told)?;
    Ok(back(&id))
}

/// Closing, with the word that says one means it.
#[derive(Debug, Deserialize)]
struct CloseForm {
    #[serde(default)]
    sure: String,
}

/// `POST /rounds/{round}/close`
async fn close(
    State(app): State<App>,
    SignedIn(person): SignedIn,
    Path(id): Path<String>,
    Form(form): Form<CloseForm>,
) -> Result<Response, PageError> {
    let round = own_round(&app, &person, &id).await?;
    if form.sure != "yes" {
        return Err(PageError::BadRequest("Tick the box that says you mean it.".into()));
    }
    let candidates = app.interview.store().candidates(round.id, person.id).await.map_err(told)?;
    if candidates.iter().any(|row| app.interview.on_air_of(row.candidate.id).is_some()) {
        return Err(PageError::Conflict("Somebody is being recorded. Stop that recording first.".into()));
    }
    let act = Act::of(person.id, app.interview.now());
    app.interview.store().close_round(round.id, act).await.map_err(told)?;
    Ok(back(&id))
}
