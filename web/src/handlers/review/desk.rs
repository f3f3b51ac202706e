//! The review: the transcript and its answers, side by side. Where nothing told how to cut it, it is cut here.

use super::{Open, Stands, id_of, stands};
use crate::app::App;
use crate::error::PageError;
use crate::feedback::{ScoreView, whole};
use crate::handlers::documents::At;
use crate::page::{Nav, Shell, show};
use crate::reviewing::{Delivery, bank_of, corrected, delivery_of, transcript_of};
use askama::Template;
use axum::extract::{Path, Query, State};
use axum::response::Response;
use tokio::task::spawn_blocking;
use uuid::Uuid;
use viva_core::bank::{Bank, Question};
use viva_core::ids::QuestionId;
use viva_core::transcript::Transcript;
use viva_core::units::Millis;
use viva_import::transcript::{Answer, Candidate, ReviewDraft, ReviewStep};

/// Stretches of a transcript on one page, and those above the answer that is looked at.
const WINDOW: usize = 60;
const ABOVE: usize = 4;

struct Said {
    at: usize,
    place: String,
    speaker: String,
    text: String,
    here: bool,
    begins: bool,
    outside: bool,
    can_cut: bool,
}

struct Row {
    number: u32,
    href: String,
    ask: String,
    place: String,
    facts: String,
    score: Option<u32>,
    here: bool,
}

struct Choice {
    id: String,
    ask: String,
    says: String,
    chosen: bool,
}

struct Here {
    number: u32,
    asked: Option<String>,
    why: String,
    can_join: bool,
    likely: Vec<Choice>,
    others: Vec<Choice>,
    none_chosen: bool,
    score: Option<ScoreView>,
    met: String,
    delivery: String,
    feedback: Option<String>,
}

struct Left {
    at: usize,
    place: String,
    text: String,
}

#[derive(Template)]
#[template(path = "review_desk.html")]
pub(super) struct DeskPage {
    shell: Shell,
    id: Uuid,
    at: usize,
    name: String,
    facts: String,
    heading: String,
    problem: Option<String>,
    warnings: Vec<String>,
    said: Vec<Said>,
    said_says: String,
    rows: Vec<Row>,
    here: Option<Here>,
    before: Option<String>,
    after: Option<String>,
    left: Vec<Left>,
    undo: Option<&'static str>,
    redo: Option<&'static str>,
    recording: Option<String>,
}

#[derive(Template)]
#[template(path = "review_listening.html")]
struct ListeningPage {
    shell: Shell,
    id: Uuid,
    name: String,
    listening: bool,
    problem: Option<String>,
}

/// `GET /review/{id}`
pub async fn page(
    State(app): State<App>,
    shell: Shell,
    Path(id): Path<String>,
    Query(at): Query<At>,
) -> Result<Response, PageError> {
    let id = id_of(&id)?;
    let listening = |about: crate::tray::About, listening, shell: Shell| ListeningPage {
        shell: shell.under(Nav::History),
        id,
        name: about.name,
        listening,
        problem: about.problem,
    };
    match stands(&app, id).await? {
        Stands::Ready(open) => Ok(show(&drawn(&app, shell, id, open, at.at, None).await?)),
        Stands::Listening(about) => Ok(show(&listening(about, true, shell))),
        Stands::Waiting(about) => Ok(show(&listening(about, false, shell))),
    }
}

pub(super) async fn drawn(
    app: &App,
    shell: Shell,
    id: Uuid,
    open: Box<Open>,
    at: Option<u32>,
    problem: Option<String>,
) -> Result<DeskPage, PageError> {
    let app = app.clone();
    // Matching and scoring every answer is work for a thread of its own.
    Ok(spawn_blocking(move || made(&app, shell, id, &open, at, problem))
        .await
        .map_err(anyhow::Error::from)?)
}

/// An answer with the question it is held against.
pub(super) struct Matched {
    pub number: u32,
    pub answer: Answer,
    pub candidates: Vec<Candidate>,
    pub question: Option<Question>,
    pub by_hand: bool,
    pub transcript: Transcript,
    pub delivery: Delivery,
}

/// Holds every answer against the bank.
pub(super) fn matched(bank: &Bank, open: &Open) -> Vec<Matched> {
    let draft = open.draft.now();
    let likely = bank_of(bank.questions());
    draft
        .answers()
        .into_iter()
        .map(|(number, answer)| {
            let candidates = likely.candidates(&answer);
            let chosen = draft.chosen(number);
            let question_id = match chosen {
                Some(by_hand) => by_hand,
                None => likely.chosen(&candidates),
            };
            let question = question_id
                .and_then(|id| id.parse::<QuestionId>().ok())
                .and_then(|id| bank.question(&id).cloned());
            let transcript = transcript_of(&answer, open.heard.as_ref());
            let transcript = corrected(transcript, bank.packs(), question.as_ref());
            let delivery = delivery_of(&answer, &transcript);
            Matched { number, candidates, question, by_hand: chosen.is_some(), transcript, delivery, answer }
        })
        .collect()
}

fn made(
    app: &App,
    shell: Shell,
    id: Uuid,
    open: &Open,
    at: Option<u32>,
    problem: Option<String>,
) -> DeskPage {
    let bank = app.interview.bank();
    let draft = open.draft.now();
    let all = matched(&bank, open);
    let place = at.and_then(|at| all.iter().position(|one| one.number == at)).unwrap_or(0);
    let href = |number: u32| format!("/review/{id}?at={number}#a{number}");
    let rows: Vec<Row> = all
        .iter()
        .enumerate()
        .map(|(n, one)| Row {
            number: one.number,
            href: href(one.number),
            ask: one
                .question
                .as_ref()
                .map_or_else(|| "No question of the bank fits".to_owned(), |q| q.ask.clone()),
            place: place_of(&one.answer),
            facts: facts(&one.delivery),
            score: one
                .question
                .as_ref()
                .map(|q| whole(app.interview.prepare(q).assess(&one.transcript).score)),
            here: n == place,
        })
        .collect();
    let here = all.get(place);
    let (said, said_says) = words(draft, here.map(|one| one.number));
    let beside = |to: Option<usize>| to.and_then(|to| all.get(to)).map(|one| href(one.number));
    let scored = rows.iter().filter(|row| row.score.is_some()).count();
    DeskPage {
        shell: shell.under(Nav::History),
        id,
        at: open.draft.entries(),
        name: open.about.name.clone(),
        facts: format!("{}, read on this machine as {}", open.about.name, format_of(open)),
        heading: heading(rows.len(), scored),
        problem,
        warnings: draft.spoken().warnings.clone(),
        said,
        said_says,
        before: beside(place.checked_sub(1)),
        after: beside(Some(place + 1)),
        here: here.map(|one| looked_at(app, &bank, id, one, place > 0)),
        rows,
        left: draft
            .left_out()
            .into_iter()
            .map(|(at, run)| Left {
                at,
                place: if run.line == run.end_line {
                    format!("Line {}", run.line)
                } else {
                    format!("Lines {} to {}", run.line, run.end_line)
                },
                text: run.why.chars().take(200).collect(),
            })
            .collect(),
        undo: open.draft.done().last().map(ReviewStep::says),
        redo: open.draft.undone().last().map(ReviewStep::says),
        recording: open.heard.as_ref().map(|_| format!("/review/{id}/recording")),
    }
}

fn format_of(open: &Open) -> &str {
    if open.heard.is_some() { "a recording" } else { &open.draft.base().spoken().format }
}

fn heading(answers: usize, scored: usize) -> String {
    let found = match answers {
        0 => "No answer found.".to_owned(),
        1 => "One answer found.".to_owned(),
        n => format!("{n} answers found."),
    };
    match (answers, answers - scored) {
        (0, _) | (_, 0) => found,
        (_, 1) => format!("{found} One fits no question of the bank."),
        (_, n) => format!("{found} {n} fit no question of the bank."),
    }
}

pub(super) fn place_of(answer: &Answer) -> String {
    let time = answer.start_ms.map(|ms| format!("{}, ", Millis(ms))).unwrap_or_default();
    let speaker = answer.speaker.as_ref().map(|who| format!(", {who}")).unwrap_or_default();
    if answer.line == answer.end_line {
        format!("{time}line {}{speaker}", answer.line)
    } else {
        format!("{time}lines {} to {}{speaker}", answer.line, answer.end_line)
    }
}

fn facts(delivery: &Delivery) -> String {
    let mut says = format!("{} words", delivery.words);
    if delivery.uh_um > 0 {
        says += &format!(", {} uh or um", delivery.uh_um);
    }
    if let Some(pace) = delivery.words_per_minute {
        says += &format!(", {pace:.0} words a minute");
    }
    says
}

fn words(draft: &ReviewDraft, here: Option<u32>) -> (Vec<Said>, String) {
    let stretches = &draft.spoken().stretches;
    let belongs = draft.belongs();
    let first = here.and_then(|here| belongs.iter().position(|b| *b == Some(here))).unwrap_or(0);
    let first =
        if stretches.len() <= WINDOW { 0 } else { first.saturating_sub(ABOVE).min(stretches.len() - WINDOW) };
    let last = (first + WINDOW).min(stretches.len());
    let mut speaker: Option<&str> = None;
    let said = (first..last)
        .map(|at| {
            let stretch = &stretches[at];
            let begins = belongs[at].is_some() && !belongs[..at].contains(&belongs[at]);
            let who = stretch.speaker.as_deref();
            let turns = who != speaker || at == first;
            speaker = who;
            Said {
                at,
                place: stretch.start_ms.map_or_else(|| stretch.line.to_string(), |ms| Millis(ms).to_string()),
                speaker: who.filter(|_| turns).unwrap_or_default().to_owned(),
                text: stretch.text.clone(),
                here: here.is_some() && belongs[at] == here,
                begins,
                outside: belongs[at].is_none(),
                can_cut: here.is_some() && belongs[at] == here && !begins,
            }
        })
        .collect();
    let says = if last - first == stretches.len() {
        String::new()
    } else {
        format!("{} to {last} of {} stretches", first + 1, stretches.len())
    };
    (said, says)
}

fn looked_at(app: &App, bank: &Bank, id: Uuid, one: &Matched, can_join: bool) -> Here {
    let own = one.question.as_ref().map(|q| q.id.to_string());
    let is_own = |id: &str| own.as_deref() == Some(id);
    let ask = |id: &str| {
        id.parse()
            .ok()
            .and_then(|id: QuestionId| bank.question(&id))
            .map_or_else(|| id.to_owned(), |q| q.ask.clone())
    };
    let likely: Vec<Choice> = one
        .candidates
        .iter()
        .map(|c| Choice {
            ask: ask(&c.question_id),
            says: format!("{:.0} of 100. {}", c.confidence * 100.0, c.why),
            chosen: is_own(&c.question_id),
            id: c.question_id.clone(),
        })
        .collect();
    let others = bank
        .questions()
        .filter(|q| one.candidates.iter().all(|c| c.question_id != q.id.as_str()))
        .map(|q| Choice {
            id: q.id.to_string(),
            ask: q.ask.clone(),
            says: q.pack.to_string(),
            chosen: is_own(q.id.as_str()),
        })
        .collect();
    let assessed = one.question.as_ref().map(|q| app.interview.prepare(q).assess(&one.transcript));
    Here {
        number: one.number,
        asked: one.answer.asked.clone(),
        why: match (&one.question, one.by_hand, one.candidates.first()) {
            (Some(_), true, _) => "You chose this question.".into(),
            (None, true, _) => "You said that it answers no question of the bank.".into(),
            (Some(_), false, Some(best)) => best.why.clone(),
            _ => "Too little of it is in any question of the bank. Choose one if it answers one.".into(),
        },
        can_join,
        likely,
        others,
        none_chosen: own.is_none(),
        score: assessed.as_ref().map(|a| ScoreView::new(a.score, a.low, a.high)),
        met: assessed
            .as_ref()
            .map(|a| {
                let met =
                    a.criteria.iter().filter(|c| c.verdict == viva_core::assessment::Verdict::Met).count();
                format!("{met} of {} criteria heard.", a.criteria.len())
            })
            .unwrap_or_default(),
        delivery: delivery_says(&one.delivery),
        feedback: own.map(|_| format!("/review/{id}/answers/{}", one.number)),
    }
}

fn delivery_says(delivery: &Delivery) -> String {
    let mut says = facts(delivery);
    if let Some(ms) = delivery.length_ms {
        says += &format!(", {} long", Millis(ms));
    }
    let counted = |counts: &Option<std::collections::BTreeMap<String, usize>>| {
        counts
            .iter()
            .flatten()
            .map(|(word, n)| if *n == 1 { word.clone() } else { format!("{word} {n}") })
            .collect::<Vec<_>>()
            .join(", ")
    };
    let (fillers, hedges) = (counted(&delivery.fillers), counted(&delivery.hedges));
    if !fillers.is_empty() {
        says += &format!(". Fillers, at least: {fillers}");
    }
    if !hedges.is_empty() {
        says += &format!(". Hedges: {hedges}");
    }
    says + "."
}
