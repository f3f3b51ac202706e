//! The review: the document and what was found in it, side by side, least sure first. Every button is a form, every
//! edit a step in the draft's log.

use super::{Open, counted, id_of, number, open};
use crate::app::App;
use crate::error::PageError;
use crate::handlers::documents::At;
use crate::page::{Nav, Shell, show};
use askama::Template;
use axum::extract::{Path, Query, State};
use axum::response::Response;
use std::collections::{HashMap, HashSet};
use uuid::Uuid;
use viva_core::bank::Bank;
use viva_import::Part;
use viva_import::draft::{Draft, Item, Split, Step, Sure};
use viva_import::pack::same_ask_key;

/// Lines of the document on one page, and those of them above the question that is looked at.
const WINDOW: usize = 120;
const ABOVE: usize = 6;
/// Questions that are listed: before and behind the one that is looked at.
const LISTED: usize = 200;
/// Places left out that are listed.
const MOST_LEFT: usize = 200;

struct DocLine {
    number: usize,
    text: String,
    asks: bool,
    here: bool,
}

struct Row {
    number: u32,
    href: String,
    bars: [bool; 3],
    word: &'static str,
    why: String,
    place: String,
    ask: String,
    dropped: bool,
    here: bool,
}

struct Here {
    number: u32,
    answer: String,
    code: Option<String>,
    criteria: Vec<String>,
    split: Option<Split>,
    can_split: bool,
    first_line: u32,
    last_line: u32,
    above: Option<String>,
    is_followup: bool,
    dropped: bool,
    needs: Option<&'static str>,
    edit_href: String,
}

struct Left {
    line: u32,
    place: String,
    text: String,
    why: String,
}

#[derive(Template)]
#[template(path = "import_review.html")]
pub(super) struct ReviewPage {
    shell: Shell,
    id: Uuid,
    at: usize,
    facts: String,
    heading: String,
    problem: Option<String>,
    warnings: Vec<String>,
    doc: Vec<DocLine>,
    doc_says: String,
    rows: Vec<Row>,
    more_rows: usize,
    here: Option<Here>,
    before: Option<String>,
    after: Option<String>,
    left: Vec<Left>,
    more_left: usize,
    undo: Option<&'static str>,
    redo: Option<&'static str>,
    add_says: String,
    can_add: bool,
    saved: Option<String>,
    in_bank: Vec<String>,
}

/// `GET /import/{id}`
pub async fn page(
    State(app): State<App>,
    shell: Shell,
    Path(id): Path<String>,
    Query(at): Query<At>,
) -> Result<Response, PageError> {
    let id = id_of(&id)?;
    let open = open(&app, id).await?;
    Ok(show(&drawn(&app.interview.bank(), shell, id, &open, at.at, None)))
}

pub(super) fn drawn(
    bank: &Bank,
    shell: Shell,
    id: Uuid,
    open: &Open,
    at: Option<u32>,
    problem: Option<String>,
) -> ReviewPage {
    let draft = open.draft.now();
    let sorted = draft.least_sure_first();
    let here = at.and_then(|at| draft.item(at)).or_else(|| sorted.first().copied());
    let (doc, doc_says) = document(draft, here);
    let place = here.and_then(|here| sorted.iter().position(|item| item.number == here.number));
    let href = |item: &Item| format!("/import/{id}?at={}#q{}", item.number, item.number);
    let beside = |to: Option<usize>| to.and_then(|to| sorted.get(to)).map(|item| href(item));
    let around = place.unwrap_or(0).saturating_sub(LISTED / 4);
    let listed = &sorted[around..(around + LISTED).min(sorted.len())];
    let kept = draft.kept().count();
    let out = draft.items().len() - kept;
    let known: HashSet<String> = bank.questions().map(|q| same_ask_key(&q.ask)).collect();
    let unit = draft.import().unit.as_deref().unwrap_or("line");
    ReviewPage {
        shell: shell.under(Nav::Questions),
        id,
        at: open.draft.entries(),
        facts: facts(open),
        heading: heading(draft),
        problem,
        warnings: draft.import().warnings.clone(),
        doc,
        doc_says,
        more_rows: sorted.len().saturating_sub(listed.len()),
        rows: listed
            .iter()
            .map(|item| row(item, draft, href(item), here.is_some_and(|here| here.number == item.number)))
            .collect(),
        before: beside(place.and_then(|at| at.checked_sub(1))),
        after: beside(place.map(|at| at + 1)),
        here: here.map(|item| looked_at(item, draft, id)),
        left: draft
            .left_out()
            .iter()
            .take(MOST_LEFT)
            .map(|out| Left {
                line: out.line,
                place: span(unit, out.line, out.end_line),
                text: draft.lines().get(out.line as usize - 1).map_or_else(String::new, |l| short(l, 160)),
                why: out.why.clone(),
            })
            .collect(),
        more_left: draft.left_out().len().saturating_sub(MOST_LEFT),
        undo: open.draft.done().last().map(Step::says),
        redo: open.draft.undone().last().map(Step::says),
        add_says: match out {
            0 => format!("Add {kept} to the bank"),
            out => format!("Add {kept} to the bank, leave {out} out"),
        },
        can_add: kept > 0,
        saved: open.about.saved.clone(),
        in_bank: if open.about.saved.is_some() {
            Vec::new()
        } else {
            draft
                .kept()
                .filter(|item| known.contains(&same_ask_key(&item.found.ask)))
                .map(|item| item.found.ask.clone())
                .take(5)
                .collect()
        },
    }
}

fn facts(open: &Open) -> String {
    let lines = open.draft.base().lines().len();
    let size = match lines {
        0 => format!("{} kB", open.about.bytes.div_ceil(1000)),
        1 => "1 line".to_owned(),
        n => format!("{n} lines"),
    };
    format!("{}, {size}, read on this machine as {}", open.about.name, open.draft.base().import().format)
}

fn heading(draft: &Draft) -> String {
    let found = draft.items().iter().filter(|item| !item.dropped).count();
    let found = counted(found, "question found.", "questions found.");
    match draft.to_look_at() {
        0 => format!("{found} Nothing needs your eye."),
        1 => format!("{found} One needs your eye."),
        n => format!("{found} {} need your eye.", number(n)),
    }
}

/// The lines around the question that is looked at.
fn document(draft: &Draft, here: Option<&Item>) -> (Vec<DocLine>, String) {
    let lines = draft.lines();
    let asks: HashMap<u32, ()> =
        draft.items().iter().filter(|item| !item.dropped).map(|item| (item.found.line, ())).collect();
    let first = here.map_or(0, |here| (here.found.line as usize).saturating_sub(1 + ABOVE));
    let first = if lines.len() <= WINDOW { 0 } else { first.min(lines.len().saturating_sub(WINDOW)) };
    let last = (first + WINDOW).min(lines.len());
    let shown = (first..last)
        .map(|at| {
            let number = at + 1;
            let here =
                here.is_some_and(|h| (h.found.line as usize..=h.found.end_line as usize).contains(&number));
            DocLine {
                number,
                text: short(&lines[at], 2_000),
                asks: u32::try_from(number).is_ok_and(|n| asks.contains_key(&n)),
                here,
            }
        })
        .collect();
    let says = match (lines.len(), last - first) {
        (0, _) => String::new(),
        (all, shown) if shown == all => format!("lines 1 to {all}"),
        (all, _) => format!("lines {} to {last} of {all}", first + 1),
    };
    (shown, says)
}

fn row(item: &Item, draft: &Draft, href: String, here: bool) -> Row {
    let unit = draft.import().unit.as_deref().unwrap_or("line");
    let sure = item.sure();
    let word = match (item.dropped, item.seen, sure) {
        (true, ..) => "Left out.",
        (_, true, _) => "Seen.",
        (_, _, Sure::Unsure) => "Unsure.",
        (_, _, Sure::Likely) => "Likely.",
        (_, _, Sure::Sure) => "Sure.",
    };
    let mut why = match (
        item.found.kind,
        item.found.follows.and_then(|line| draft.items().iter().find(|i| i.found.line == line)),
    ) {
        (Part::Followup, Some(main)) => {
            format!("A follow-up to “{}”. {}", short(&main.found.ask, 60), item.found.why)
        }
        (Part::Unanswered, _) => format!("{} Nobody answered it.", item.found.why),
        _ => item.found.why.clone(),
    };
    if draft.suggested_split(item).is_some() && !item.seen {
        why.push_str(" A second question may stand in it.");
    }
    Row {
        number: item.number,
        href,
        bars: [true, sure >= Sure::Likely, sure == Sure::Sure],
        word,
        why,
        place: span(unit, item.found.line, item.found.end_line),
        ask: item.found.ask.clone(),
        dropped: item.dropped,
        here,
    }
}

fn looked_at(item: &Item, draft: &Draft, id: Uuid) -> Here {
    let scored = viva_import::pack::can_be_scored(&item.found);
    Here {
        number: item.number,
        answer: item.found.model_answer.clone(),
        code: item.found.code.clone(),
        criteria: item.found.criteria.iter().map(|c| c.says.clone()).collect(),
        split: draft.suggested_split(item).filter(|_| !item.seen),
        can_split: !draft.lines().is_empty() && item.found.end_line > item.found.line,
        first_line: item.found.line + 1,
        last_line: item.found.end_line,
        above: draft.above(item.number).map(|above| short(&above.found.ask, 60)),
        is_followup: item.found.kind == Part::Followup,
        dropped: item.dropped,
        needs: match (item.dropped || scored, item.found.model_answer.trim().is_empty()) {
            (true, _) => None,
            (false, true) => Some(
                "It has no answer yet, so it cannot be scored and stays out of the bank. Edit it to write one.",
            ),
            (false, false) => Some(
                "There is nothing to listen for yet, so it stays out of the bank. Edit it to add a criterion.",
            ),
        },
        edit_href: format!("/import/{id}/questions/{}", item.number),
    }
}

fn span(unit: &str, from: u32, to: u32) -> String {
    let mut unit: String = unit.to_owned();
    if let Some(first) = unit.get_mut(0..1) {
        first.make_ascii_uppercase();
    }
    if from == to { format!("{unit} {from}") } else { format!("{unit}s {from} to {to}") }
}

/// The front of a text.
pub(super) fn short(text: &str, most: usize) -> String {
    if text.chars().count() <= most {
        return text.to_owned();
    }
    let cut: String = text.chars().take(most).collect();
    format!("{}…", cut.trim_end())
}
