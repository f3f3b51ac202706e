//! The interviewer's screen: the question with its anchors and probes, the recording with its marks, notes and rating;
//! and before it, on which basis the candidate may be recorded.

use super::{candidate_of, position, refused, text, told};
use crate::app::App;
use crate::error::PageError;
use crate::handlers::room::not_by_a_form;
use crate::page::{Shell, show};
use crate::peer::Nearness;
use crate::people::visitor::SignedIn;
use crate::routes::{Routes, get, post};
use askama::Template;
use axum::extract::{Path, Query, Request, State};
use axum::http::header;
use axum::response::{IntoResponse, Redirect, Response};
use axum::{Form, Json};
use serde::{Deserialize, Serialize};
use tower::ServiceExt;
use tower_http::services::ServeFile;
use viva_audio::Source;
use viva_core::ids::AttemptId;
use viva_core::people::Person;
use viva_core::round::{
    AnswerSource, Basis, Deviation, DeviationKind, Ground, Mark, MarkEvent, NoteLine, RoundRefused, Seat,
    may_record,
};
use viva_core::session::AttemptState;
use viva_core::units::Millis;
use viva_interview::{InterviewError, Stopped};
use viva_storage::{CandidateRecord, ProbeAsked, RoundAnswer, RoundRecord, StorageError};

/// The addresses of an interview.
pub fn routes() -> Routes {
    const HERE: &str = "/rounds/{round}/candidates/{candidate}";
    let at = |rest: &str| format!("{HERE}{rest}");
    Routes::new()
        .route(HERE, get(page))
        .route(&at("/now"), get(now))
        .route(&at("/ground"), post(ground))
        .route(&at("/opt-out"), post(opt_out))
        .route(&at("/questions/{number}/record"), post(record))
        .route(&at("/questions/{number}/open"), post(open))
        .route(&at("/questions/{number}/probe"), post(probe))
        .route(&at("/mark"), post(mark))
        .route(&at("/stop"), post(stop))
        .route(&at("/discard"), post(discard))
        .route(&at("/deviations"), post(deviate))
        .route(&at("/answers/{attempt}/audio"), get(audio))
}

#[derive(Template)]
#[template(path = "interview.html")]
struct InterviewPage {
    shell: Shell,
    base: String,
    round: String,
    round_href: String,
    label: String,
    number: usize,
    total: usize,
    steps: Vec<Step>,
    competency: String,
    weight: f64,
    minutes: u32,
    ask: String,
    code: Option<String>,
    probes: Vec<ProbeLine>,
    anchors: Vec<AnchorLine>,
    card: Option<OwnEntry>,
    may_write: bool,
    live: Option<Live>,
    /// The question that is open for the candidate's own microphone, from 1.
    opened: Option<usize>,
    takes: Vec<TakeLine>,
    ground: String,
    cannot_record: Option<String>,
    asks_basis: bool,
    notice: String,
    bases: Vec<(&'static str, &'static str)>,
    log: Vec<String>,
    kinds: Vec<(&'static str, &'static str)>,
    problem: Option<String>,
}

struct Step {
    number: usize,
    mark: Option<String>,
    here: bool,
}

struct ProbeLine {
    number: usize,
    says: String,
    asked: Option<String>,
}

struct AnchorLine {
    level: u8,
    says: String,
    example: String,
    chosen: bool,
}

/// One's own card, as far as it is about this question.
struct OwnEntry {
    seen: u32,
    editable: bool,
    not_asked: bool,
    notes: String,
    lines: Vec<NoteLine>,
    left: usize,
}

/// A recording that runs.
struct Live {
    elapsed: Millis,
    marked_since: Option<Millis>,
    number: usize,
    here: bool,
    /// Where it is the candidate's own microphone.
    own: Option<OwnLine>,
}

/// The line to a candidate's own microphone.
struct OwnLine {
    /// It was asked to end, and the rest is on its way.
    ending: bool,
    quiet: Option<String>,
}

struct TakeLine {
    says: String,
    audio: Option<String>,
}

/// Which question, from 1.
#[derive(Debug, Deserialize)]
struct Which {
    q: Option<u32>,
}

impl InterviewPage {
    fn is_open_here(&self) -> bool {
        self.opened == Some(self.number)
    }
}

impl Live {
    fn is_ending(&self) -> bool {
        self.own.as_ref().is_some_and(|own| own.ending)
    }
}

fn mark_words(mark: Mark) -> String {
    match mark {
        Mark::Rated(rating) => format!("rated {}", rating.value()),
        Mark::NotAsked => "not asked".to_owned(),
    }
}

/// `GET /rounds/{round}/candidates/{candidate}?q=1`
async fn page(
    State(app): State<App>,
    shell: Shell,
    SignedIn(person): SignedIn,
    Path((round, candidate)): Path<(String, String)>,
    Query(which): Query<Which>,
) -> Result<Response, PageError> {
    let (round, candidate) = candidate_of(&app, &person, &round, &candidate).await?;
    draw(&app, shell, &person, round, candidate, which.q.unwrap_or(1), None).await
}

async fn draw(
    app: &App,
    shell: Shell,
    person: &Person,
    round: RoundRecord,
    candidate: CandidateRecord,
    number: u32,
    problem: Option<String>,
) -> Result<Response, PageError> {
    let store = app.interview.store();
    let at = position(number, round.kit.questions.len())?;
    let asked = &round.kit.questions[at];
    let own = store.own_card(candidate.id, person.id).await.map_err(told)?;
    let probes = store.probes(candidate.id, person.id).await.map_err(told)?;
    let answers = store.round_answers(candidate.id, person.id).await.map_err(told)?;
    let log = store.deviations(candidate.id, person.id).await.map_err(told)?;
    let base = format!("/rounds/{}/candidates/{}", round.id, candidate.id);
    let marks: Vec<Option<Mark>> = match &own {
        Some(own) => (0..round.kit.questions.len()).map(|n| own.record.card.counted(n)).collect(),
        None => vec![None; round.kit.questions.len()],
    };
    let rating = marks[at].and_then(Mark::rating).map(|rating| rating.value());
    let closed = round.closed_at.is_some();
    let card = own.as_ref().map(|own| OwnEntry {
        seen: own.revisions.get(at).copied().unwrap_or(1),
        editable: own.record.card.state.is_due() && !closed,
        not_asked: marks[at] == Some(Mark::NotAsked),
        notes: own.record.card.entries.get(at).map(|entry| entry.notes.to_string()).unwrap_or_default(),
        lines: own.record.card.entries.get(at).map(|entry| entry.notes.0.clone()).unwrap_or_default(),
        left: marks.iter().filter(|mark| mark.is_none()).count(),
    });
    let page = InterviewPage {
        shell,
        round: round.title.clone(),
        round_href: format!("/rounds/{}", round.id),
        label: candidate.label().to_owned(),
        number: at + 1,
        total: round.kit.questions.len(),
        steps: marks
            .iter()
            .enumerate()
            .map(|(n, mark)| Step { number: n + 1, mark: mark.map(mark_words), here: n == at })
            .collect(),
        competency: asked.competency.clone(),
        weight: round.kit.weight(at),
        minutes: asked.minutes,
        ask: asked.question.ask.clone(),
        code: asked.question.code.clone(),
        probes: asked
            .probes
            .iter()
            .enumerate()
            .map(|(n, says)| ProbeLine {
                number: n + 1,
                says: says.clone(),
                asked: probes.iter().find(|probe| probe.position == at && probe.probe == n).map(|probe| {
                    probe.heard_at.map_or_else(|| "asked".to_owned(), |(_, time)| format!("asked {time}"))
                }),
            })
            .collect(),
        anchors: [5, 4, 3, 2, 1]
            .into_iter()
            .map(|level| {
                let anchor = asked.anchor(level).cloned().unwrap_or_default();
                AnchorLine {
                    level,
                    says: anchor.says,
                    example: anchor.example,
                    chosen: rating == Some(level),
                }
            })
            .collect(),
        may_write: round.seat != Seat::Observer && !closed,
        live: live(app, &candidate, &answers, at),
        opened: opened(&answers),
        takes: takes(&base, &answers, at),
        ground: match (&candidate.ground, candidate.opted_out_at) {
            (Some(ground), None) => format!("Basis: {}", ground.basis.words()),
            _ => "Notes only".to_owned(),
        },
        cannot_record: may_record(candidate.ground.as_ref(), candidate.opted_out_at)
            .err()
            .map(|why| super::sentence(&why.to_string())),
        asks_basis: candidate.ground.is_none() || candidate.opted_out_at.is_some(),
        notice: candidate
            .ground
            .as_ref()
            .map_or_else(|| round.notice.clone(), |ground| ground.notice.clone()),
        bases: Basis::ALL.map(|basis| (basis.name(), basis.words())).to_vec(),
        log: log
            .iter()
            .map(|entry| {
                let of = entry.deviation.position.map_or(String::new(), |n| format!("Question {}: ", n + 1));
                let asked = match entry.deviation.asked.as_str() {
                    "" => String::new(),
                    words => format!(" (“{words}”)"),
                };
                format!("{of}{}{asked}. {}", entry.deviation.kind.words(), entry.deviation.reason)
            })
            .collect(),
        kinds: DeviationKind::ALL.map(|kind| (kind.name(), kind.words())).to_vec(),
        base,
        card,
        problem,
    };
    Ok(show(&page))
}

fn live(app: &App, candidate: &CandidateRecord, answers: &[RoundAnswer], at: usize) -> Option<Live> {
    let snapshot = app.interview.on_air_of(candidate.id)?;
    let marks =
        answers.iter().find(|answer| answer.attempt.id == snapshot.attempt).map(|answer| &answer.marks);
    let position = snapshot.position as usize;
    let now = app.interview.now();
    let own = snapshot.pieces.as_ref().map(|_| OwnLine {
        ending: snapshot.asked_to_end,
        quiet: snapshot.quiet_for(now).filter(|quiet| *quiet >= QUIET).map(|quiet| {
            let seconds = quiet.0 / 1000;
            format!(
                "Nothing has come for {seconds} seconds. What is said is kept there and follows; marks hold."
            )
        }),
    });
    Some(Live {
        elapsed: snapshot.present(now),
        marked_since: marks.and_then(|marks| marks.open()),
        number: position + 1,
        here: position == at,
        own,
    })
}

/// A line that gives nothing for so long is said to be away.
const QUIET: Millis = Millis(4_000);

/// The question that was opened for the candidate's own microphone, which is not on yet; from 1.
fn opened(answers: &[RoundAnswer]) -> Option<usize> {
    let open = answers.iter().find(|answer| answer.attempt.state == AttemptState::Asked)?;
    (open.source == AnswerSource::Candidate).then_some(open.attempt.position as usize + 1)
}

fn takes(base: &str, answers: &[RoundAnswer], at: usize) -> Vec<TakeLine> {
    let of_question = answers.iter().filter(|answer| answer.attempt.position as usize == at);
    of_question
        .filter_map(|answer| answer.take.as_ref().map(|take| (answer, take)))
        .map(|(answer, take)| {
            let answer_is: u64 = answer.marks.within(take.length).iter().map(|span| span.length().0).sum();
            TakeLine {
                says: format!(
                    "Recording {}, {}; marked as the answer: {}",
                    answer.attempt.number,
                    take.length,
                    Millis(answer_is)
                ),
                audio: take.path.as_ref().map(|_| format!("{base}/answers/{}/audio", answer.attempt.id)),
            }
        })
        .collect()
}

/// What the screen's script asks every second: time and marks, never words or scores.
#[derive(Debug, Serialize)]
struct Now {
    recording: bool,
    elapsed_ms: u64,
    marked: bool,
    /// Of the line to a candidate's own microphone.
    says: Option<String>,
    ending: bool,
}

/// `GET /rounds/{round}/candidates/{candidate}/now`
async fn now(
    State(app): State<App>,
    SignedIn(person): SignedIn,
    Path((round, candidate)): Path<(String, String)>,
) -> Result<Response, PageError> {
    let (_, candidate) = candidate_of(&app, &person, &round, &candidate).await?;
    let answers = app.interview.store().round_answers(candidate.id, person.id).await.map_err(told)?;
    let now = match live(&app, &candidate, &answers, 0) {
        Some(live) => {
            let (elapsed_ms, marked) = (live.elapsed.0, live.marked_since.is_some());
            let ending = live.own.as_ref().is_some_and(|own| own.ending);
            Now { recording: true, elapsed_ms, marked, says: live.own.and_then(|own| own.quiet), ending }
        }
        None => Now { recording: false, elapsed_ms: 0, marked: false, says: None, ending: false },
    };
    Ok(([(header::CACHE_CONTROL, "no-store")], Json(now)).into_response())
}

/// A candidate of a round in which one may do things: observers may not.
async fn to_act(
    app: &App,
    person: &Person,
    round: &str,
    candidate: &str,
) -> Result<(RoundRecord, CandidateRecord), PageError> {
    let found = candidate_of(app, person, round, candidate).await?;
    if found.0.seat == Seat::Observer {
        return Err(PageError::NotFound);
    }
    if found.0.closed_at.is_some() {
        return Err(told(StorageError::Round(RoundRefused::Closed)));
    }
    Ok(found)
}

fn back(round: &str, candidate: &str, number: usize) -> Response {
    Redirect::to(&format!("/rounds/{round}/candidates/{candidate}?q={number}")).into_response()
}

/// The basis, as the interviewer writes it down.
#[derive(Debug, Deserialize)]
struct GroundForm {
    #[serde(default)]
    basis: String,
    #[serde(default)]
    notice: String,
    #[serde(default)]
    shown: String,
}

/// `POST …/ground`
async fn ground(
    State(app): State<App>,
    SignedIn(person): SignedIn,
    Path((round, candidate)): Path<(String, String)>,
    Form(form): Form<GroundForm>,
) -> Result<Response, PageError> {
    let (_, found) = to_act(&app, &person, &round, &candidate).await?;
    let basis = Basis::from_name(&form.basis)
        .ok_or_else(|| PageError::BadRequest("Choose the lawful basis of recording.".into()))?;
    let notice = text("The notice", &form.notice)?;
    if form.shown != "yes" || notice.is_empty() {
        return Err(PageError::BadRequest(
            "Show the candidate the notice first, and tick that they saw it.".into(),
        ));
    }
    let ground = Ground { basis, notice, at: app.interview.now() };
    app.interview.store().keep_ground(found.id, &ground, Some(person.id)).await.map_err(told)?;
    Ok(back(&round, &candidate, 1))
}

/// `POST …/opt-out`: ends and throws away what is being recorded.
async fn opt_out(
    State(app): State<App>,
    SignedIn(person): SignedIn,
    Path((round, candidate)): Path<(String, String)>,
) -> Result<Response, PageError> {
    let (_, found) = to_act(&app, &person, &round, &candidate).await?;
    app.interview.opt_out(found.id).await.map_err(refused)?;
    Ok(back(&round, &candidate, 1))
}

/// `POST …/questions/{number}/record`: opens the room's microphone.
async fn record(
    State(app): State<App>,
    shell: Shell,
    nearness: Nearness,
    SignedIn(person): SignedIn,
    Path((round, candidate, number)): Path<(String, String, u32)>,
) -> Result<Response, PageError> {
    let (kept, found) = to_act(&app, &person, &round, &candidate).await?;
    let at = position(number, kept.kit.questions.len())?;
    if let Some(problem) = not_by_a_form(nearness, "") {
        return draw(&app, shell, &person, kept, found, number, Some(problem.to_owned())).await;
    }
    let source = Source::Microphone { device: app.device.clone() };
    match app.interview.record_candidate(found.id, at, person.id, source.into()).await {
        Ok(_) => Ok(back(&round, &candidate, at + 1)),
        // Pressed twice: the recording that runs is this one.
        Err(InterviewError::MicrophoneBusy { .. }) if app.interview.on_air_of(found.id).is_some() => {
            Ok(back(&round, &candidate, at + 1))
        }
        Err(
            error @ (InterviewError::Audio(_)
            | InterviewError::MicrophoneBusy { .. }
            | InterviewError::Folder(_)
            | InterviewError::Storage(StorageError::Round(_))),
        ) => {
            let problem = super::sentence(&error.to_string());
            draw(&app, shell, &person, kept, found, number, Some(problem)).await
        }
        Err(error) => Err(refused(error)),
    }
}

/// `POST …/questions/{number}/open`: the candidate may switch their own microphone on for it.
async fn open(
    State(app): State<App>,
    shell: Shell,
    SignedIn(person): SignedIn,
    Path((round, candidate, number)): Path<(String, String, u32)>,
) -> Result<Response, PageError> {
    let (kept, found) = to_act(&app, &person, &round, &candidate).await?;
    let at = position(number, kept.kit.questions.len())?;
    match app.interview.ask_candidate(found.id, at, AnswerSource::Candidate, Some(person.id)).await {
        Ok(_) => Ok(back(&round, &candidate, at + 1)),
        // Pressed twice, and the candidate was fast: what runs is this one.
        Err(_) if app.interview.on_air_of(found.id).is_some_and(|live| live.position as usize == at) => {
            Ok(back(&round, &candidate, at + 1))
        }
        Err(InterviewError::Storage(error @ (StorageError::Round(_) | StorageError::Refused(_)))) => {
            let problem = super::sentence(&error.to_string());
            draw(&app, shell, &person, kept, found, number, Some(problem)).await
        }
        Err(error) => Err(refused(error)),
    }
}

/// A key that marks the answer.
#[derive(Debug, Deserialize)]
struct MarkForm {
    #[serde(default)]
    event: String,
    #[serde(default)]
    q: u32,
}

/// `POST …/mark`
async fn mark(
    State(app): State<App>,
    SignedIn(person): SignedIn,
    Path((round, candidate)): Path<(String, String)>,
    Form(form): Form<MarkForm>,
) -> Result<Response, PageError> {
    let (_, found) = to_act(&app, &person, &round, &candidate).await?;
    let event = match form.event.as_str() {
        "begin" => MarkEvent::Begin,
        "end" => MarkEvent::End,
        _ => return Err(PageError::BadRequest("A mark begins or ends an answer.".into())),
    };
    match app.interview.mark_answer(found.id, event).await {
        // Pressed twice, or in two windows: it stands as it was first marked.
        Ok(_) | Err(InterviewError::Storage(StorageError::Round(RoundRefused::Marks(_)))) => {}
        Err(error) => return Err(refused(error)),
    }
    Ok(back(&round, &candidate, form.q.max(1) as usize))
}

/// Which question one came from.
#[derive(Debug, Deserialize)]
struct FromForm {
    #[serde(default)]
    q: u32,
    /// Whether to end with what is here, and not to wait for what a candidate's browser still has.
    #[serde(default)]
    now: String,
}

/// `POST …/stop`: keeps the recording; its words are settled behind the scenes. A candidate's own microphone is asked to
/// end, and does so once everything it took has arrived.
async fn stop(
    State(app): State<App>,
    shell: Shell,
    SignedIn(person): SignedIn,
    Path((round, candidate)): Path<(String, String)>,
    Form(form): Form<FromForm>,
) -> Result<Response, PageError> {
    let (kept, found) = to_act(&app, &person, &round, &candidate).await?;
    let number = form.q.max(1);
    if form.now != "yes" && app.interview.on_air_of(found.id).is_some_and(|live| live.pieces.is_some()) {
        app.interview.ask_to_end(found.id).await.map_err(refused)?;
        return Ok(back(&round, &candidate, number as usize));
    }
    match app.interview.stop_candidate(found.id).await {
        Ok(Stopped::Kept { trouble: None, .. }) | Err(InterviewError::NobodyOnAir) => {
            Ok(back(&round, &candidate, number as usize))
        }
        Ok(Stopped::Kept { trouble: Some(says), .. } | Stopped::Silent { says }) => {
            draw(&app, shell, &person, kept, found, number, Some(says)).await
        }
        Err(error) => Err(refused(error)),
    }
}

/// `POST …/discard`
async fn discard(
    State(app): State<App>,
    SignedIn(person): SignedIn,
    Path((round, candidate)): Path<(String, String)>,
    Form(form): Form<FromForm>,
) -> Result<Response, PageError> {
    let (_, found) = to_act(&app, &person, &round, &candidate).await?;
    match app.interview.discard_candidate(found.id).await {
        Ok(()) | Err(InterviewError::NobodyOnAir) => Ok(back(&round, &candidate, form.q.max(1) as usize)),
        Err(error) => Err(refused(error)),
    }
}

/// A probe that was asked, from 1.
#[derive(Debug, Deserialize)]
struct ProbeForm {
    #[serde(default)]
    probe: usize,
}

/// `POST …/questions/{number}/probe`
async fn probe(
    State(app): State<App>,
    SignedIn(person): SignedIn,
    Path((round, candidate, number)): Path<(String, String, u32)>,
    Form(form): Form<ProbeForm>,
) -> Result<Response, PageError> {
    let (kept, found) = to_act(&app, &person, &round, &candidate).await?;
    let at = position(number, kept.kit.questions.len())?;
    let probe = form.probe.checked_sub(1).filter(|nth| *nth < kept.kit.questions[at].probes.len());
    let probe = probe.ok_or_else(|| PageError::BadRequest("The kit has no such probe.".into()))?;
    let answers = app.interview.store().round_answers(found.id, person.id).await.map_err(told)?;
    let heard_at = heard_at(&app, &found, &answers, at);
    let asked = ProbeAsked { position: at, probe, heard_at, by: person.id, at: app.interview.now() };
    app.interview.store().note_probe(found.id, &asked).await.map_err(told)?;
    Ok(back(&round, &candidate, at + 1))
}

/// Which recording of a question runs, and how far it is.
pub(super) fn heard_at(
    app: &App,
    candidate: &CandidateRecord,
    answers: &[RoundAnswer],
    at: usize,
) -> Option<(u32, Millis)> {
    let snapshot = app.interview.on_air_of(candidate.id).filter(|live| live.position as usize == at)?;
    let answer = answers.iter().find(|answer| answer.attempt.id == snapshot.attempt)?;
    Some((answer.attempt.number, snapshot.present(app.interview.now())))
}

/// A departure from the kit.
#[derive(Debug, Deserialize)]
struct DeviationForm {
    /// The question, from 1; 0 for the whole interview.
    #[serde(default)]
    q: u32,
    #[serde(default)]
    kind: String,
    #[serde(default)]
    asked: String,
    #[serde(default)]
    reason: String,
}

/// `POST …/deviations`
async fn deviate(
    State(app): State<App>,
    SignedIn(person): SignedIn,
    Path((round, candidate)): Path<(String, String)>,
    Form(form): Form<DeviationForm>,
) -> Result<Response, PageError> {
    let (kept, found) = to_act(&app, &person, &round, &candidate).await?;
    let kind = DeviationKind::from_name(&form.kind)
        .ok_or_else(|| PageError::BadRequest("Choose what was done other than the kit says.".into()))?;
    let at = match form.q {
        0 => None,
        number => Some(position(number, kept.kit.questions.len())?),
    };
    let deviation = Deviation {
        position: at,
        kind,
        asked: text("What was asked", &form.asked)?,
        reason: text("The reason", &form.reason)?,
    };
    let now = app.interview.now();
    match app.interview.store().log_deviation(found.id, &deviation, person.id, now).await {
        Ok(()) => Ok(back(&round, &candidate, form.q.max(1) as usize)),
        Err(StorageError::Round(why @ RoundRefused::NoReason)) => {
            Err(PageError::BadRequest(super::sentence(&why.to_string())))
        }
        Err(error) => Err(told(error)),
    }
}

/// `GET …/answers/{attempt}/audio`: the recording as WAV, in ranges, for whoever has a seat.
async fn audio(
    State(app): State<App>,
    SignedIn(person): SignedIn,
    Path((round, candidate, attempt)): Path<(String, String, String)>,
    request: Request,
) -> Result<Response, PageError> {
    let (_, found) = candidate_of(&app, &person, &round, &candidate).await?;
    let id: AttemptId = attempt.parse().map_err(|_| PageError::NotFound)?;
    let answers = app.interview.store().round_answers(found.id, person.id).await.map_err(told)?;
    let take = answers.into_iter().find(|answer| answer.attempt.id == id).and_then(|answer| answer.take);
    let path = take.and_then(|take| take.path).ok_or(PageError::NotFound)?;
    let served = ServeFile::new(app.interview.take_path(&path)).oneshot(request).await;
    let mut response = served.into_response();
    response
        .headers_mut()
        .insert(header::CACHE_CONTROL, header::HeaderValue::from_static("private, no-cache"));
    Ok(response)
}
