//! Kits: making one of pack questions, editing its draft, and the guide to print.

use super::{day, name, refused, told};
use crate::app::App;
use crate::error::PageError;
use crate::page::{Nav, Shell, show, show_with};
use crate::people::visitor::SignedIn;
use crate::routes::{Routes, get};
use askama::Template;
use axum::Form;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use serde::Deserialize;
use std::collections::HashMap;
use viva_core::ids::{KitId, QuestionId};
use viva_core::people::{Person, Role};
use viva_core::round::{Anchor, Competency, Kit, KitQuestion, LEVELS};
use viva_storage::{KitRecord, KitSeen, KitSummary, StorageError};

/// The addresses of kits.
pub fn routes() -> Routes {
    Routes::new()
        .route("/kits", get(list).post(make))
        .route("/kits/{kit}", get(page).post(save))
        .route("/kits/{kit}/guide", get(guide))
}

/// Questions a kit can hold; an interview of a day has fewer.
const MOST_QUESTIONS: usize = 60;

#[derive(Template)]
#[template(path = "kits.html")]
struct KitsPage {
    shell: Shell,
    kits: Vec<KitRow>,
    packs: Vec<PackChoice>,
}

struct KitRow {
    href: String,
    title: String,
    facts: String,
    frozen: bool,
}

struct PackChoice {
    title: String,
    questions: Vec<(String, String)>,
}

#[derive(Template)]
#[template(path = "kit.html")]
struct KitPage {
    shell: Shell,
    id: String,
    kit: Kit,
    version: u32,
    revision: u32,
    frozen: Option<String>,
    versions: Vec<KitSummary>,
    problems: Vec<String>,
    problem: Option<String>,
    saved: bool,
    choices: Vec<PackChoice>,
}

#[derive(Template)]
#[template(path = "kit_guide.html")]
struct GuidePage {
    shell: Shell,
    kit: Kit,
    version: u32,
    frozen: Option<String>,
}

impl KitPage {
    fn anchor(&self, question: &KitQuestion, level: &u8) -> Anchor {
        question.anchors.get(level).cloned().unwrap_or_default()
    }

    fn levels(&self) -> [u8; 5] {
        [5, 4, 3, 2, 1]
    }

    fn probes(&self, question: &KitQuestion) -> String {
        question.probes.join("\n")
    }
}

impl GuidePage {
    fn levels(&self) -> [u8; 5] {
        [5, 4, 3, 2, 1]
    }

    fn anchor(&self, question: &KitQuestion, level: &u8) -> Anchor {
        question.anchors.get(level).cloned().unwrap_or_default()
    }
}

/// Which version to show, and what it was reached after.
#[derive(Debug, Deserialize)]
struct Which {
    version: Option<u32>,
    #[serde(default)]
    done: String,
}

/// Kits are made by owners.
fn owner(person: Person) -> Result<Person, PageError> {
    if person.role == Role::Owner { Ok(person) } else { Err(PageError::NotFound) }
}

async fn list(
    State(app): State<App>,
    shell: Shell,
    SignedIn(person): SignedIn,
) -> Result<Response, PageError> {
    owner(person)?;
    let kits = app.interview.store().kits().await.map_err(told)?;
    let kits = kits
        .into_iter()
        .map(|kit| KitRow {
            href: format!("/kits/{}", kit.id),
            facts: format!("version {}, {} questions, {} minutes", kit.version, kit.questions, kit.minutes),
            title: titled(&kit.title),
            frozen: kit.frozen.is_some(),
        })
        .collect();
    Ok(show(&KitsPage { shell: shell.under(Nav::Elsewhere), kits, packs: choices(&app, None) }))
}

fn titled(title: &str) -> String {
    if title.is_empty() { "A kit without a title".to_owned() } else { title.to_owned() }
}

/// The questions of all packs that a kit does not hold yet.
fn choices(app: &App, kit: Option<&Kit>) -> Vec<PackChoice> {
    let bank = app.interview.bank();
    let held = |id: &QuestionId| {
        kit.is_some_and(|kit| kit.questions.iter().any(|question| question.question.id == *id))
    };
    bank.packs()
        .iter()
        .map(|pack| PackChoice {
            title: pack.title.clone(),
            questions: pack
                .questions
                .iter()
                .filter(|question| !held(&question.id))
                .map(|question| (question.id.to_string(), question.ask.clone()))
                .collect(),
        })
        .collect()
}

/// `POST /kits`
async fn make(
    State(app): State<App>,
    SignedIn(person): SignedIn,
    Form(fields): Form<Vec<(String, String)>>,
) -> Result<Response, PageError> {
    let person = owner(person)?;
    let title = fields.iter().find(|(key, _)| key == "title").map_or("", |(_, value)| value);
    let title = name("The title", title)?;
    let mut questions: Vec<QuestionId> = Vec::new();
    for (_, value) in fields.iter().filter(|(key, _)| key == "questions") {
        let id = value.parse().map_err(|_| PageError::BadRequest("A question has no such id.".into()))?;
        if !questions.contains(&id) {
            questions.push(id);
        }
    }
    if questions.len() > MOST_QUESTIONS {
        return Err(PageError::BadRequest(format!("A kit holds at most {MOST_QUESTIONS} questions.")));
    }
    let id = app.interview.make_kit(title, &questions, person.id).await.map_err(refused)?;
    Ok(Redirect::to(&format!("/kits/{id}")).into_response())
}

async fn load(app: &App, kit: &str, version: Option<u32>) -> Result<KitRecord, PageError> {
    let id: KitId = kit.parse().map_err(|_| PageError::NotFound)?;
    app.interview.store().kit(id, version).await.map_err(told)?.ok_or(PageError::NotFound)
}

/// `GET /kits/{kit}`
async fn page(
    State(app): State<App>,
    shell: Shell,
    SignedIn(person): SignedIn,
    Path(kit): Path<String>,
    Query(which): Query<Which>,
) -> Result<Response, PageError> {
    owner(person)?;
    let record = load(&app, &kit, which.version).await?;
    Ok(show(&draw(&app, shell, record, None, which.done == "saved").await?))
}

async fn draw(
    app: &App,
    shell: Shell,
    record: KitRecord,
    problem: Option<String>,
    saved: bool,
) -> Result<KitPage, PageError> {
    let versions = app.interview.store().kit_versions(record.id).await.map_err(told)?;
    let problems = record.kit.problems();
    Ok(KitPage {
        shell: shell.under(Nav::Elsewhere),
        id: record.id.to_string(),
        version: record.version,
        revision: record.revision,
        frozen: record.frozen.map(|(hash, at)| format!("frozen {} ({})", day(app, at), short(&hash))),
        versions,
        problems: problems.iter().map(|problem| super::sentence(&problem.to_string())).collect(),
        problem,
        saved,
        choices: choices(app, Some(&record.kit)),
        kit: record.kit,
    })
}

/// `POST /kits/{kit}`: saves what was typed, then does what the pressed button says.
async fn save(
    State(app): State<App>,
    shell: Shell,
    SignedIn(person): SignedIn,
    Path(id): Path<String>,
    Form(fields): Form<Vec<(String, String)>>,
) -> Result<Response, PageError> {
    let person = owner(person)?;
    let fields: HashMap<String, String> = fields.into_iter().collect();
    let number = |key: &str| fields.get(key).and_then(|value| value.parse::<u32>().ok());
    let bad = || PageError::BadRequest("The form does not say which version it changes.".into());
    let seen = KitSeen {
        version: number("version").ok_or_else(bad)?,
        revision: number("revision").ok_or_else(bad)?,
    };
    let before = load(&app, &id, Some(seen.version)).await?;
    let mut kit = typed(&before.kit, &fields)?;
    act(&app, &mut kit, fields.get("do").map_or("save", String::as_str))?;
    if let Some(added) = fields.get("add").filter(|added| !added.is_empty()) {
        let question = added.parse().map_err(|_| PageError::BadRequest("No question has that id.".into()))?;
        if kit.questions.len() < MOST_QUESTIONS {
            kit = kit.with(app.interview.kit_question(&question).map_err(refused)?);
        }
    }
    match app.interview.store().save_kit(before.id, &kit, seen, person.id, app.interview.now()).await {
        Ok(_) => Ok(Redirect::to(&format!("/kits/{}?done=saved", before.id)).into_response()),
        Err(StorageError::Conflict { .. }) => {
            let now = load(&app, &id, None).await?;
            let problem = "Somebody saved this kit meanwhile. What you typed is below and not saved yet; \
                           theirs is kept. Saving again puts yours in its place.";
            let mine = KitRecord { kit, ..now };
            Ok(show_with(StatusCode::CONFLICT, &draw(&app, shell, mine, Some(problem.into()), false).await?))
        }
        Err(error) => Err(told(error)),
    }
}

/// The kit as the form has it. What the form does not name stays.
fn typed(before: &Kit, fields: &HashMap<String, String>) -> Result<Kit, PageError> {
    let mut kit = before.clone();
    let line = |key: &str| -> Result<Option<String>, PageError> {
        fields.get(key).map(|value| super::text("A field", value)).transpose()
    };
    if let Some(title) = line("title")? {
        kit.title = title.chars().take(viva_core::round::LONGEST_NAME).collect();
    }
    for (n, competency) in kit.competencies.iter_mut().enumerate() {
        if let Some(weight) = fields.get(&format!("weight{n}")) {
            competency.weight = weight.replace(',', ".").trim().parse().unwrap_or(f64::MAX);
        }
    }
    for (n, question) in kit.questions.iter_mut().enumerate() {
        if let Some(minutes) = fields.get(&format!("q{n}_minutes")) {
            question.minutes = minutes.trim().parse().unwrap_or(0);
        }
        if let Some(competency) = line(&format!("q{n}_competency"))? {
            question.competency = competency.chars().take(viva_core::round::LONGEST_NAME).collect();
        }
        if let Some(probes) = line(&format!("q{n}_probes"))? {
            question.probes =
                probes.lines().map(str::trim).filter(|probe| !probe.is_empty()).map(str::to_owned).collect();
        }
        for level in LEVELS {
            let mut anchor = question.anchors.get(&level).cloned().unwrap_or_default();
            if let Some(says) = line(&format!("q{n}_a{level}"))? {
                anchor.says = says;
            }
            if let Some(example) = line(&format!("q{n}_e{level}"))? {
                anchor.example = example;
            }
            question.anchors.insert(level, anchor);
        }
    }
    settle_competencies(&mut kit);
    Ok(kit)
}

/// Every competency that is named has its line, and one that is not named any more has none.
fn settle_competencies(kit: &mut Kit) {
    kit.competencies.retain(|known| kit.questions.iter().any(|question| question.competency == known.name));
    for question in &kit.questions {
        if !question.competency.is_empty()
            && kit.competencies.iter().all(|known| known.name != question.competency)
        {
            kit.competencies.push(Competency { name: question.competency.clone(), weight: 1.0 });
        }
    }
}

/// What the pressed button does: `save`, `up:2`, `down:2`, `remove:2` or `refresh:2`, from 0.
fn act(app: &App, kit: &mut Kit, pressed: &str) -> Result<(), PageError> {
    let Some((what, at)) = pressed.split_once(':') else { return Ok(()) };
    let Some(at) = at.parse::<usize>().ok().filter(|at| *at < kit.questions.len()) else { return Ok(()) };
    match what {
        "up" if at > 0 => kit.questions.swap(at, at - 1),
        "down" if at + 1 < kit.questions.len() => kit.questions.swap(at, at + 1),
        "remove" => {
            kit.questions.remove(at);
        }
        "refresh" => {
            let fresh = app.interview.kit_question(&kit.questions[at].question.id).map_err(refused)?;
            kit.questions[at].question = fresh.question;
        }
        _ => {}
    }
    settle_competencies(kit);
    Ok(())
}

/// `GET /kits/{kit}/guide`: the interviewer's guide, to print.
async fn guide(
    State(app): State<App>,
    shell: Shell,
    SignedIn(person): SignedIn,
    Path(kit): Path<String>,
    Query(which): Query<Which>,
) -> Result<Response, PageError> {
    owner(person)?;
    let record = load(&app, &kit, which.version).await?;
    let frozen = record.frozen.map(|(hash, at)| format!("frozen {}, {hash}", day(&app, at)));
    Ok(show(&GuidePage { shell, kit: record.kit, version: record.version, frozen }))
}

/// Enough of a hash to tell versions apart.
fn short(hash: &str) -> &str {
    hash.get(..6).unwrap_or(hash)
}
