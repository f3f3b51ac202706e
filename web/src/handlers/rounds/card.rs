//! The scorecard: saving as one types, the whole card with its recommendation, handing it in, and what opens then.

use super::interview::heard_at;
use super::{Names, candidate_of, position, text, told};
use crate::app::App;
use crate::error::PageError;
use crate::page::{Shell, show, show_with};
use crate::people::visitor::SignedIn;
use crate::routes::{Routes, get, post};
use askama::Template;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Redirect, Response};
use axum::{Form, Json};
use serde::{Deserialize, Serialize};
use viva_core::ids::PersonId;
use viva_core::people::Person;
use viva_core::round::{
    Amendment, AmendmentPart, Card, CardRefused, CardState, DeviationKind, Entry, Mark, NoteLine, Notes,
    Recommendation, RoundRefused, Sight, combine, sight,
};
use viva_storage::{CandidateRecord, RoundRecord, StorageError, Verdict};

/// The addresses of a card.
pub fn routes() -> Routes {
    const HERE: &str = "/rounds/{round}/candidates/{candidate}";
    let at = |rest: &str| format!("{HERE}{rest}");
    Routes::new()
        .route(&at("/questions/{number}/entry"), post(save_entry))
        .route(&at("/card"), get(page))
        .route(&at("/card/verdict"), post(save_verdict))
        .route(&at("/card/submit"), post(submit))
        .route(&at("/card/amend"), post(amend))
}

#[derive(Template)]
#[template(path = "card.html")]
struct CardPage {
    shell: Shell,
    candidate: String,
    base: String,
    round: String,
    round_href: String,
    label: String,
    heading: String,
    own: Option<OwnCardView>,
    closed_because: Option<String>,
    others: Vec<OtherCard>,
    machine: Vec<MachineLine>,
    questions: Vec<String>,
    lacking: Vec<String>,
    problem: Option<String>,
}

struct OwnCardView {
    editable: bool,
    is_in: bool,
    rows: Vec<CardRow>,
    recommendation: &'static str,
    summary: String,
    seen: u32,
    choices: Vec<(&'static str, &'static str)>,
    amendments: Vec<String>,
    mean: Option<String>,
}

struct CardRow {
    number: usize,
    ask: String,
    mark: String,
    notes: Vec<NoteLine>,
}

struct OtherCard {
    name: String,
    recommendation: &'static str,
    summary: String,
    rows: Vec<CardRow>,
    amendments: Vec<String>,
}

struct MachineLine {
    number: usize,
    ask: String,
    score: String,
}

/// What is sent of one question.
#[derive(Debug, Deserialize)]
struct EntryForm {
    #[serde(default)]
    seen: u32,
    /// `1` to `5`, `none` for not asked, empty where none was chosen.
    #[serde(default)]
    mark: String,
    #[serde(default)]
    notes: String,
    /// One more line, which gets the recording's present time.
    #[serde(default)]
    line: String,
    /// Where `save` was pressed rather than a key: where to go next.
    #[serde(default)]
    next: String,
}

/// What the screen's script is told after saving.
#[derive(Debug, Serialize)]
struct Saved {
    revision: u32,
    notes: String,
    lines: Vec<SavedLine>,
    /// A sentence for the writer, where another window had saved as well.
    says: Option<String>,
}

#[derive(Debug, Serialize)]
struct SavedLine {
    time: Option<String>,
    text: String,
}

fn parse_mark(value: &str) -> Result<Option<Mark>, PageError> {
    match value {
        "" => Ok(None),
        "none" => Ok(Some(Mark::NotAsked)),
        value => value
            .parse()
            .ok()
            .and_then(Mark::rated)
            .map(Some)
            .ok_or_else(|| PageError::BadRequest("A rating is 1 to 5.".into())),
    }
}

/// `POST …/questions/{number}/entry`: answers a script in JSON and a form with a redirect.
async fn save_entry(
    State(app): State<App>,
    SignedIn(person): SignedIn,
    Path((round, candidate, number)): Path<(String, String, u32)>,
    headers: HeaderMap,
    Form(form): Form<EntryForm>,
) -> Result<Response, PageError> {
    let (kept, found) = candidate_of(&app, &person, &round, &candidate).await?;
    let at = position(number, kept.kit.questions.len())?;
    let store = app.interview.store();
    let own = store.own_card(found.id, person.id).await.map_err(told)?.ok_or(PageError::NotFound)?;
    let before = own.record.card.entries.get(at).map(|entry| entry.notes.clone()).unwrap_or_default();
    let mut notes = Notes::parse(&text("The notes", &form.notes)?, &before);
    for line in text("The line", &form.line)?.lines().filter(|line| !line.trim().is_empty()) {
        let answers = store.round_answers(found.id, person.id).await.map_err(told)?;
        let heard = heard_at(&app, &found, &answers, at);
        let (take, time) = (heard.map(|(take, _)| take), heard.map(|(_, time)| time));
        notes.0.push(NoteLine { take, at: time, text: line.trim().to_owned() });
    }
    let entry = Entry { mark: parse_mark(&form.mark)?, notes };
    let saved = store.save_entry(found.id, person.id, at, form.seen, &entry).await.map_err(told)?;
    let says = match (saved.both_notes, saved.other_mark) {
        (false, None) => None,
        (true, None) => Some("Another window had saved notes as well. Both are kept below.".to_owned()),
        (_, Some(mark)) => {
            let sent =
                mark.rating().map_or("“not asked”".to_owned(), |rating| rating.value().to_string());
            Some(format!(
                "Another window had saved as well. All notes are kept; its rating stands, and {sent} from here does \
                 not count until you choose it again."
            ))
        }
    };
    let script =
        headers.get(header::ACCEPT).is_some_and(|accept| accept.as_bytes().starts_with(b"application/json"));
    if script {
        let lines =
            saved.entry.notes.0.iter().map(|line| SavedLine {
                time: line.at.map(|time| time.to_string()),
                text: line.text.clone(),
            });
        let saved = Saved {
            revision: saved.revision,
            notes: saved.entry.notes.to_string(),
            lines: lines.collect(),
            says,
        };
        return Ok(([(header::CACHE_CONTROL, "no-store")], Json(saved)).into_response());
    }
    let next = match form.next.as_str() {
        "next" if at + 1 < kept.kit.questions.len() => format!("?q={}", number + 1),
        "next" => "/card".to_owned(),
        _ => format!("?q={number}"),
    };
    Ok(Redirect::to(&format!("/rounds/{round}/candidates/{candidate}{next}")).into_response())
}

/// `GET …/card`
async fn page(
    State(app): State<App>,
    shell: Shell,
    SignedIn(person): SignedIn,
    Path((round, candidate)): Path<(String, String)>,
) -> Result<Response, PageError> {
    let (round, found) = candidate_of(&app, &person, &round, &candidate).await?;
    Ok(show(&draw(&app, shell, &person, round, found, None).await?))
}

async fn draw(
    app: &App,
    shell: Shell,
    person: &Person,
    round: RoundRecord,
    candidate: CandidateRecord,
    problem: Option<String>,
) -> Result<CardPage, PageError> {
    let store = app.interview.store();
    let own = store.own_card(candidate.id, person.id).await.map_err(told)?;
    let cards = store.readable_cards(candidate.id, person.id).await.map_err(told)?;
    let scores = store.machine_scores(candidate.id, person.id).await.map_err(told)?;
    let answers = store.round_answers(candidate.id, person.id).await.map_err(told)?;
    let log = store.deviations(candidate.id, person.id).await.map_err(told)?;
    let skipped: Vec<usize> = log
        .iter()
        .filter(|entry| matches!(entry.deviation.kind, DeviationKind::Skipped | DeviationKind::OtherQuestion))
        .filter_map(|entry| entry.deviation.position)
        .collect();
    let standings = store.candidates(round.id, person.id).await.map_err(told)?;
    let states: Vec<CardState> = standings
        .iter()
        .filter(|row| row.candidate.id == candidate.id)
        .flat_map(|row| row.cards.iter().map(|card| card.state))
        .collect();
    let own_state = own.as_ref().map(|own| own.record.card.state);
    let closed_because = match sight(own_state, &states) {
        Sight::Open => None,
        Sight::OwnCardFirst => Some(
            "Others’ ratings and the machine’s evidence open after you submit. Nobody sees yours before theirs is in.",
        ),
        Sight::WaitingForCards { .. } => {
            Some("Ratings and the machine’s evidence open once every card that is asked for is in.")
        }
        Sight::NoCards => Some("No card is in yet, so nothing opens."),
    };
    let writers: Vec<PersonId> = cards.iter().map(|card| card.person).collect();
    let names = Names::of(app, writers).await?;
    let asks: Vec<String> = round.kit.questions.iter().map(|q| q.question.ask.clone()).collect();
    let heading = match own_state {
        None => format!("Cards for {}", candidate.label()),
        Some(CardState::Draft) => format!("Your card for {}", candidate.label()),
        Some(CardState::Submitted | CardState::Amended) => {
            format!("Your card for {} is in.", candidate.label())
        }
        Some(CardState::Released) => format!("Your card for {} was released.", candidate.label()),
    };
    let lacking = own
        .as_ref()
        .filter(|own| own.record.card.state.is_due())
        .map(|own| own.record.card.lacking(&skipped));
    Ok(CardPage {
        shell,
        candidate: candidate.id.to_string(),
        base: format!("/rounds/{}/candidates/{}", round.id, candidate.id),
        round: round.title.clone(),
        round_href: format!("/rounds/{}", round.id),
        label: candidate.label().to_owned(),
        heading,
        own: own.as_ref().map(|own| {
            let card = &own.record.card;
            OwnCardView {
                editable: card.state.is_due() && round.closed_at.is_none(),
                is_in: card.state.is_in() && round.closed_at.is_none(),
                rows: rows(card, &asks),
                recommendation: card.recommendation.map_or("", Recommendation::name),
                summary: card.summary.clone(),
                seen: own.verdict_revision,
                choices: Recommendation::ALL.map(|value| (value.name(), value.words())).to_vec(),
                amendments: amendments(card),
                mean: combine(&round.kit, &card.ratings()).map(|combined| format!("{:.1}", combined.mean)),
            }
        }),
        closed_because: closed_because.map(str::to_owned),
        others: cards
            .iter()
            .filter(|card| card.person != person.id)
            .map(|card| OtherCard {
                name: names.get(card.person),
                recommendation: card.card.counted_recommendation().map_or("none", Recommendation::words),
                summary: card.card.summary.clone(),
                rows: rows(&card.card, &asks),
                amendments: amendments(&card.card),
            })
            .collect(),
        machine: scores
            .iter()
            .filter_map(|score| {
                let answer = answers.iter().find(|answer| answer.attempt.id == score.attempt)?;
                let at = answer.attempt.position as usize;
                let assessment = &score.assessment;
                let score = if assessment.no_answer {
                    "no answer was marked or heard".to_owned()
                } else {
                    format!("{:.0} of 100, {:.0} to {:.0}", assessment.score, assessment.low, assessment.high)
                };
                Some(MachineLine { number: at + 1, ask: asks.get(at).cloned().unwrap_or_default(), score })
            })
            .collect(),
        lacking: lacking.unwrap_or_default().iter().map(|one| super::sentence(&one.to_string())).collect(),
        questions: asks,
        problem,
    })
}

fn rows(card: &Card, asks: &[String]) -> Vec<CardRow> {
    card.entries
        .iter()
        .enumerate()
        .map(|(n, entry)| CardRow {
            number: n + 1,
            ask: asks.get(n).cloned().unwrap_or_default(),
            mark: match card.counted(n) {
                None => "not rated yet".to_owned(),
                Some(Mark::NotAsked) => "not asked".to_owned(),
                Some(Mark::Rated(rating)) => rating.value().to_string(),
            },
            notes: entry.notes.0.clone(),
        })
        .collect()
}

fn amendments(card: &Card) -> Vec<String> {
    card.amendments
        .iter()
        .map(|amendment| {
            let what = match &amendment.part {
                AmendmentPart::Mark { position, mark } => match mark {
                    Mark::Rated(rating) => format!("question {} counts as {}", position + 1, rating.value()),
                    Mark::NotAsked => format!("question {} counts as not asked", position + 1),
                },
                AmendmentPart::Note { position, text } => {
                    format!("question {}, a note: {text}", position + 1)
                }
                AmendmentPart::Recommendation { recommendation } => {
                    format!("the recommendation is {}", recommendation.words())
                }
            };
            format!("{} Because: {}", super::sentence(&what), amendment.reason)
        })
        .collect()
}

/// Recommendation and summary.
#[derive(Debug, Deserialize)]
struct VerdictForm {
    #[serde(default)]
    seen: u32,
    #[serde(default)]
    recommendation: String,
    #[serde(default)]
    summary: String,
    /// `submit` hands the card in after saving.
    #[serde(default)]
    then: String,
}

/// `POST …/card/verdict`
async fn save_verdict(
    State(app): State<App>,
    shell: Shell,
    SignedIn(person): SignedIn,
    Path((round, candidate)): Path<(String, String)>,
    Form(form): Form<VerdictForm>,
) -> Result<Response, PageError> {
    let (kept, found) = candidate_of(&app, &person, &round, &candidate).await?;
    let recommendation = match form.recommendation.as_str() {
        "" => None,
        word => Some(
            Recommendation::from_name(word)
                .ok_or_else(|| PageError::BadRequest("There is no such recommendation.".into()))?,
        ),
    };
    let verdict = Verdict { recommendation, summary: text("The summary", &form.summary)? };
    let saved = app.interview.store().save_verdict(found.id, person.id, form.seen, &verdict).await;
    let saved = saved.map_err(told)?;
    if saved.both_summaries || saved.other_recommendation.is_some() {
        let problem =
            "Another window had saved as well. Both texts are kept below; check them before you hand in.";
        let page = draw(&app, shell, &person, kept, found, Some(problem.into())).await?;
        return Ok(show_with(StatusCode::CONFLICT, &page));
    }
    if form.then == "submit" {
        return hand_in(&app, shell, &person, kept, found).await;
    }
    Ok(to_card(&round, &candidate))
}

fn to_card(round: &str, candidate: &str) -> Response {
    Redirect::to(&format!("/rounds/{round}/candidates/{candidate}/card")).into_response()
}

/// `POST …/card/submit`
async fn submit(
    State(app): State<App>,
    shell: Shell,
    SignedIn(person): SignedIn,
    Path((round, candidate)): Path<(String, String)>,
) -> Result<Response, PageError> {
    let (kept, found) = candidate_of(&app, &person, &round, &candidate).await?;
    hand_in(&app, shell, &person, kept, found).await
}

async fn hand_in(
    app: &App,
    shell: Shell,
    person: &Person,
    round: RoundRecord,
    candidate: CandidateRecord,
) -> Result<Response, PageError> {
    match app.interview.store().submit_card(candidate.id, person.id, app.interview.now()).await {
        // Pressed twice: it is in.
        Ok(()) | Err(StorageError::Round(RoundRefused::Card(CardRefused::IsIn))) => {
            Ok(to_card(&round.id.to_string(), &candidate.id.to_string()))
        }
        Err(StorageError::Round(RoundRefused::Card(CardRefused::Incomplete(_)))) => {
            let problem = "The card is not complete yet. What it needs is below; everything is saved.";
            let page = draw(app, shell, person, round, candidate, Some(problem.into())).await?;
            Ok(show_with(StatusCode::UNPROCESSABLE_ENTITY, &page))
        }
        Err(error) => Err(told(error)),
    }
}

/// Something to append.
#[derive(Debug, Deserialize)]
struct AmendForm {
    /// The question, from 1; 0 for the recommendation.
    #[serde(default)]
    q: u32,
    #[serde(default)]
    mark: String,
    #[serde(default)]
    note: String,
    #[serde(default)]
    recommendation: String,
    #[serde(default)]
    reason: String,
}

/// `POST …/card/amend`
async fn amend(
    State(app): State<App>,
    SignedIn(person): SignedIn,
    Path((round, candidate)): Path<(String, String)>,
    Form(form): Form<AmendForm>,
) -> Result<Response, PageError> {
    let (kept, found) = candidate_of(&app, &person, &round, &candidate).await?;
    let reason = text("The reason", &form.reason)?;
    if reason.is_empty() {
        return Err(PageError::BadRequest("Say why the card is amended.".into()));
    }
    let mut parts = Vec::new();
    if form.q > 0 {
        let position = position(form.q, kept.kit.questions.len())?;
        if let Some(mark) = parse_mark(&form.mark)? {
            parts.push(AmendmentPart::Mark { position, mark });
        }
        let note = text("The note", &form.note)?;
        if !note.is_empty() {
            parts.push(AmendmentPart::Note { position, text: note });
        }
    }
    if let Some(recommendation) = Recommendation::from_name(&form.recommendation) {
        parts.push(AmendmentPart::Recommendation { recommendation });
    }
    if parts.is_empty() {
        return Err(PageError::BadRequest("Choose a rating, a note or a recommendation to add.".into()));
    }
    for part in parts {
        let amendment = Amendment { at: app.interview.now(), reason: reason.clone(), part };
        app.interview.store().amend_card(found.id, person.id, &amendment).await.map_err(told)?;
    }
    Ok(to_card(&round, &candidate))
}
