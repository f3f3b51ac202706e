//! From the draft to the bank: which pack, what that changes in it, and whose version counts where both changed.

use super::{Open, id_of, on_disk, open};
use crate::app::App;
use crate::cli::import::title_of;
use crate::error::PageError;
use crate::page::{Nav, Shell, show, show_with};
use askama::Template;
use axum::Form;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use serde::Deserialize;
use std::collections::HashMap;
use uuid::Uuid;
use viva_core::bank::{Bank, Question};
use viva_core::ids::{PackId, QuestionId};
use viva_import::pack::{Change, Choices, Renewal, Side, SourceFile, What, renew};

struct ChangeView {
    id: String,
    ask: String,
    word: &'static str,
    yours: Option<Words>,
    theirs: Option<Words>,
    /// The two versions can be chosen between; the one that is taken without a choice.
    choice: Option<&'static str>,
}

struct Words {
    ask: String,
    answer: String,
    criteria: Vec<String>,
}

#[derive(Template)]
#[template(path = "import_add.html")]
struct AddPage {
    shell: Shell,
    id: Uuid,
    name: String,
    heading: String,
    pack: String,
    title: String,
    problem: Option<String>,
    summary: Vec<String>,
    changes: Vec<ChangeView>,
    untouched: usize,
    unscored: Vec<String>,
    saved: Option<String>,
    can_add: bool,
    is_there: bool,
}

#[derive(Template)]
#[template(path = "import_added.html")]
struct AddedPage {
    shell: Shell,
    name: String,
    pack: String,
    title: String,
    count: usize,
    ids: String,
}

/// The pack, as an address or a form names it; the rest of a form are choices, `choose-ID`.
#[derive(Debug, Default, Deserialize)]
pub struct PackForm {
    #[serde(default)]
    pack: Option<String>,
    #[serde(default)]
    title: Option<String>,
    #[serde(flatten)]
    rest: HashMap<String, String>,
}

/// `GET /import/{id}/add`
pub async fn page(
    State(app): State<App>,
    shell: Shell,
    Path(id): Path<String>,
    Query(form): Query<PackForm>,
) -> Result<Response, PageError> {
    let id = id_of(&id)?;
    let open = open(&app, id).await?;
    draw(&app, shell, id, open, form, None).await
}

async fn draw(
    app: &App,
    shell: Shell,
    id: Uuid,
    open: Open,
    form: PackForm,
    problem: Option<String>,
) -> Result<Response, PageError> {
    let (pack, title) = named(&open, &form);
    let choices = choices(&form);
    let (name, saved) = (open.about.name.clone(), open.about.saved.clone());
    let unscored =
        open.draft.now().unscored().map(|item| super::review::short(&item.found.ask, 90)).take(20).collect();
    let planned = plan(app, &open, &pack, &title, choices).await?;
    let shell = shell.under(Nav::Questions);
    let mut page = AddPage {
        shell,
        id,
        name,
        heading: String::new(),
        pack,
        title,
        problem,
        summary: Vec::new(),
        changes: Vec::new(),
        untouched: 0,
        unscored,
        saved,
        can_add: false,
        is_there: false,
    };
    match planned {
        Ok((renewal, is_there)) => {
            page.heading = if is_there {
                format!("What changes in {}", page.pack)
            } else {
                format!("A new pack: {}", page.pack)
            };
            page.is_there = is_there;
            page.untouched = renewal.count(What::Untouched);
            page.summary = What::ALL
                .into_iter()
                .filter(|what| renewal.count(*what) > 0)
                .map(|what| format!("{} {}", renewal.count(what), what.word()))
                .collect();
            let mut changes: Vec<&Change> =
                renewal.changes.iter().filter(|change| change.what != What::Untouched).collect();
            changes.sort_by_key(|change| What::ALL.iter().position(|what| *what == change.what));
            page.changes = changes.into_iter().map(|change| view(change, &renewal)).collect();
            page.can_add = page.saved.is_none();
        }
        Err(problem) => {
            page.heading = "Which pack does it go into?".into();
            page.problem = page.problem.or(Some(problem));
        }
    }
    Ok(if page.problem.is_some() { show_with(StatusCode::UNPROCESSABLE_ENTITY, &page) } else { show(&page) })
}

/// The pack and title a form names, or those the document suggests.
fn named(open: &Open, form: &PackForm) -> (String, String) {
    let stated = open.draft.base().import().packs.first();
    let suggested = || match stated {
        Some(pack) => pack.id.to_string(),
        None => slug(&open.about.name),
    };
    let pack = form.pack.clone().unwrap_or_else(suggested);
    let title = form
        .title
        .clone()
        .unwrap_or_else(|| stated.map_or_else(|| title_of(&open.about.name), |p| p.title.clone()));
    let one_line = |text: String| {
        text.chars().filter(|c| !c.is_control()).take(200).collect::<String>().trim().to_owned()
    };
    (one_line(pack), one_line(title))
}

/// A file's name as the id of a pack.
fn slug(name: &str) -> String {
    let mut out = String::new();
    for c in title_of(name).to_lowercase().chars() {
        if c.is_ascii_alphanumeric() {
            out.push(c);
        } else if !out.is_empty() && !out.ends_with('-') {
            out.push('-');
        }
        if out.len() >= 40 {
            break;
        }
    }
    let out = out.trim_matches('-');
    if out.is_empty() { "my-questions".into() } else { out.to_owned() }
}

fn choices(form: &PackForm) -> Choices {
    form.rest
        .iter()
        .filter_map(|(key, value)| {
            let id: QuestionId = key.strip_prefix("choose-")?.parse().ok()?;
            match value.as_str() {
                "pack" => Some((id, Side::Pack)),
                "source" => Some((id, Side::Source)),
                _ => None,
            }
        })
        .collect()
}

/// What adding would do, or why it cannot be done.
async fn plan(
    app: &App,
    open: &Open,
    pack: &str,
    title: &str,
    choices: Choices,
) -> Result<Result<(Renewal, bool), String>, PageError> {
    let Ok(id) = pack.parse::<PackId>() else {
        return Ok(Err(
            "The pack's id is lower-case letters, digits and dashes, such as backend-notes.".to_owned()
        ));
    };
    let file = SourceFile { name: open.about.name.clone(), sha256: open.about.sha256.clone() };
    let incoming = open.draft.now().incoming(file);
    let title = title.to_owned();
    on_disk(app, move |documents| {
        let kept = match documents.packs.find(&id) {
            Ok(kept) => kept,
            Err(error) => return Ok(Err(crate::handlers::sentence(&error.to_string()))),
        };
        let existing = kept.as_ref().map(|kept| (&kept.pack, &kept.provenance));
        Ok(match renew(existing, &[incoming], &id, &title, &choices) {
            Ok(renewal) => Ok((renewal, kept.is_some())),
            Err(error) => Err(crate::handlers::sentence(&error.to_string())),
        })
    })
    .await
}

fn view(change: &Change, renewal: &Renewal) -> ChangeView {
    let result = renewal.pack.questions.iter().find(|q| q.id == change.id);
    let choice = match change.what {
        What::Conflict | What::Orphaned | What::Gone => Some(()),
        What::ByHand if change.before.is_some() => Some(()),
        _ => None,
    };
    // What would be taken is what the result holds.
    let taken = if result == change.before.as_ref() { "pack" } else { "source" };
    let theirs = match change.what {
        What::ByHand => result.cloned().filter(|_| taken == "source"),
        _ => change.source.clone(),
    };
    ChangeView {
        id: change.id.to_string(),
        ask: change.ask.clone(),
        word: change.what.word(),
        yours: change.before.as_ref().map(words),
        theirs: theirs.as_ref().map(words),
        choice: choice.map(|()| taken),
    }
}

fn words(question: &Question) -> Words {
    Words {
        ask: question.ask.clone(),
        answer: question.model_answer.clone(),
        criteria: question.rubric.criteria.iter().map(|c| c.says.clone()).collect(),
    }
}

/// What pressing "Add to the bank" came to.
enum Added {
    Done(Box<Bank>),
    Refused(String),
    Already,
    Gone,
}

/// `POST /import/{id}/add`
pub async fn add(
    State(app): State<App>,
    shell: Shell,
    Path(id): Path<String>,
    Form(form): Form<PackForm>,
) -> Result<Response, PageError> {
    let id = id_of(&id)?;
    let now = open(&app, id).await?;
    let (pack, title) = named(&now, &form);
    if now.about.saved.is_some() {
        return Ok(Redirect::to(&format!("/import/{id}/added")).into_response());
    }
    let Ok(pack_id) = pack.parse::<PackId>() else {
        return draw(&app, shell, id, now, form, None).await;
    };
    let choices = choices(&form);
    let added = on_disk(&app, move |documents| {
        if documents.imports.about(id)?.is_none() {
            return Ok(Added::Gone);
        }
        documents.imports.alone(id, || {
            // Read again: another window may have gone on.
            let Some(open) = super::load(documents, id)? else { return Ok(Added::Gone) };
            if open.about.saved.is_some() {
                return Ok(Added::Already);
            }
            let file = SourceFile { name: open.about.name.clone(), sha256: open.about.sha256.clone() };
            let incoming = open.draft.now().incoming(file);
            let alone = documents.packs.alone()?;
            let kept = match documents.packs.find(&pack_id) {
                Ok(kept) => kept,
                Err(error) => return Ok(Added::Refused(crate::handlers::sentence(&error.to_string()))),
            };
            let existing = kept.as_ref().map(|kept| (&kept.pack, &kept.provenance));
            let renewal = match renew(existing, &[incoming], &pack_id, &title, &choices) {
                Ok(renewal) => renewal,
                Err(error) => return Ok(Added::Refused(crate::handlers::sentence(&error.to_string()))),
            };
            let written = documents.packs.write(&alone, &renewal)?;
            let mut about = open.about.clone();
            about.saved = Some(pack_id.to_string());
            documents.imports.note(id, &about)?;
            Ok(Added::Done(Box::new(written.bank)))
        })
    })
    .await?;
    match added {
        Added::Gone => Err(PageError::NotFound),
        Added::Refused(problem) => draw(&app, shell, id, now, form, Some(problem)).await,
        Added::Already => Ok(Redirect::to(&format!("/import/{id}/added")).into_response()),
        Added::Done(bank) => {
            app.interview.replace_bank(*bank);
            Ok(Redirect::to(&format!("/import/{id}/added")).into_response())
        }
    }
}

/// Questions of a session that practises what was just added.
const PRACTISED: usize = 5;

/// `GET /import/{id}/added`
pub async fn added(
    State(app): State<App>,
    shell: Shell,
    Path(id): Path<String>,
) -> Result<Response, PageError> {
    let id = id_of(&id)?;
    let open = open(&app, id).await?;
    let Some(saved) = open.about.saved else {
        return Ok(Redirect::to(&format!("/import/{id}")).into_response());
    };
    let bank = app.interview.bank();
    let pack = saved.parse().ok().and_then(|id: PackId| bank.pack(&id));
    let ids: Vec<&str> =
        pack.into_iter().flat_map(|pack| &pack.questions).take(PRACTISED).map(|q| q.id.as_str()).collect();
    Ok(show(&AddedPage {
        shell: shell.under(Nav::Questions),
        name: open.about.name,
        title: pack.map_or_else(|| saved.clone(), |pack| pack.title.clone()),
        count: pack.map_or(0, |pack| pack.questions.len()),
        pack: saved,
        ids: ids.join(","),
    }))
}
