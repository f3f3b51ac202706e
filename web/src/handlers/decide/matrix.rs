//! Candidates by question: mean, range and number of raters of every answer that is open to the viewer.

use super::answer::{AnswerView, ConsensusForm, look_at};
use super::{kit, load, standing};
use crate::app::App;
use crate::error::PageError;
use crate::handlers::rows::in_words;
use crate::handlers::sentence;
use crate::page::{Nav, Shell, show, show_with};
use crate::people::visitor::SignedIn;
use askama::Template;
use axum::extract::{Form, Path, Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use serde::Deserialize;
use viva_core::ids::{CandidateId, PersonId};
use viva_core::round::{LONGEST_TEXT, Rating, Recommendation, Show, Sight, plain};
use viva_interview::{MatrixCell, MatrixRow, RoundMatrix};
use viva_storage::Consensus;

/// Candidates on one page.
const PER_PAGE: usize = 100;

/// What the address asks for. Whatever cannot be read counts as not asked for.
#[derive(Debug, Default, Deserialize)]
pub struct Wish {
    /// `order`, `apart`, or by the weighted mean.
    sort: Option<String>,
    /// From 1.
    page: Option<String>,
    /// `{candidate}.{question, from 1}`
    cell: Option<String>,
}

/// A question of the kit, as the head of a column.
pub(super) struct Column {
    pub(super) number: usize,
    pub(super) name: String,
    pub(super) weight: String,
}

/// A candidate.
pub(super) struct RowView {
    pub(super) label: String,
    pub(super) code: Option<String>,
    pub(super) recommends: String,
    /// Why nothing is shown.
    pub(super) closed: Option<String>,
    pub(super) cells: Vec<CellView>,
    pub(super) total: Option<String>,
    pub(super) covered: Option<String>,
}

/// An answer.
pub(super) struct CellView {
    pub(super) name: String,
    pub(super) href: String,
    pub(super) open: bool,
    pub(super) apart: bool,
    pub(super) says: Option<Figures>,
    pub(super) not_asked: bool,
    pub(super) consensus: Option<u8>,
}

/// Mean, range and count of an answer, with where they stand on its axis.
pub(super) struct Figures {
    pub(super) mean: String,
    pub(super) range: String,
    pub(super) count: usize,
    pub(super) dot: String,
    pub(super) bar: Option<(usize, usize)>,
}

#[derive(Template)]
#[template(path = "matrix.html")]
struct MatrixPage {
    shell: Shell,
    title: String,
    heading: String,
    base: String,
    round: String,
    kit: String,
    standing: String,
    columns: Vec<Column>,
    rows: Vec<RowView>,
    sorts: Vec<(&'static str, &'static str, bool)>,
    pages: Vec<(usize, bool)>,
    keep: String,
    notes: Vec<String>,
    answer: Option<AnswerView>,
    next_apart: Option<String>,
}

/// `GET /rounds/{round}/matrix`
pub async fn page(
    State(app): State<App>,
    SignedIn(person): SignedIn,
    Path(round): Path<String>,
    Query(wish): Query<Wish>,
    shell: Shell,
) -> Result<Response, PageError> {
    let matrix = load(&app.interview, &round, person.id).await?;
    let page = build(&app, &matrix, &wish, person.id, None, shell).await?;
    Ok(show(&page))
}

/// `POST /rounds/{round}/candidates/{candidate}/consensus`
pub async fn consensus(
    State(app): State<App>,
    SignedIn(person): SignedIn,
    Path((round, candidate)): Path<(String, String)>,
    shell: Shell,
    Form(form): Form<ConsensusForm>,
) -> Result<Response, PageError> {
    let matrix = load(&app.interview, &round, person.id).await?;
    let candidate: CandidateId = candidate.parse().map_err(|_| PageError::NotFound)?;
    let row = matrix.rows.iter().find(|row| row.candidate.id == candidate).ok_or(PageError::NotFound)?;
    let position = form.question.parse::<usize>().ok().and_then(|number| number.checked_sub(1));
    let position = position.filter(|position| *position < row.cells.len()).ok_or(PageError::NotFound)?;
    let rating = form.rating.parse::<u8>().ok().and_then(|rating| Rating::try_from(rating).ok());
    let reason = plain(&form.reason, LONGEST_TEXT);
    let cell = format!("{candidate}.{}", position + 1);
    let wrong = match (&rating, &reason) {
        (None, _) => Some("Choose a rating from 1 to 5."),
        (_, Err(_)) => Some("The reason is too long; 20,000 characters are the most."),
        (_, Ok(reason)) if reason.is_empty() => Some("Say what the panel agreed on, and why."),
        _ => None,
    };
    let (Some(rating), Ok(reason), None) = (rating, reason, wrong) else {
        let wish = Wish { cell: Some(cell), ..Wish::default() };
        let told = Some((form, wrong.unwrap_or_default()));
        let page = build(&app, &matrix, &wish, person.id, told, shell).await?;
        return Ok(show_with(StatusCode::UNPROCESSABLE_ENTITY, &page));
    };
    let same = row.cells[position].consensus.as_ref();
    // A form that was sent twice is kept once.
    if same.is_none_or(|kept| kept.rating != rating || kept.reason != reason) {
        let (by, at) = (person.id, app.interview.now());
        app.interview.keep_consensus(&Consensus { candidate, position, rating, reason, by, at }).await?;
    }
    Ok(Redirect::to(&format!("/rounds/{}/matrix?cell={cell}#cell", matrix.round.id)).into_response())
}

async fn build(
    app: &App,
    matrix: &RoundMatrix,
    wish: &Wish,
    viewer: PersonId,
    told: Option<(ConsensusForm, &'static str)>,
    shell: Shell,
) -> Result<MatrixPage, PageError> {
    let sort =
        ["order", "apart"].into_iter().find(|sort| wish.sort.as_deref() == Some(sort)).unwrap_or("mean");
    let order = sorted(matrix, sort);
    let pages = order.len().div_ceil(PER_PAGE).max(1);
    let number = wish.page.as_deref().and_then(|page| page.parse().ok()).unwrap_or(1).clamp(1, pages);
    let keep = format!(
        "{}{}",
        if sort == "mean" { String::new() } else { format!("sort={sort}&") },
        match number {
            1 => String::new(),
            number => format!("page={number}&"),
        }
    );
    let asked = wish.cell.as_deref().and_then(read_cell);
    let open = asked.filter(|(candidate, position)| {
        let row = matrix.rows.iter().find(|row| row.candidate.id == *candidate);
        row.is_some_and(|row| row.sight.is_open() && *position < row.cells.len())
    });
    let answer = match open {
        Some((candidate, position)) => look_at(app, matrix, candidate, position, viewer, told).await?,
        None => None,
    };
    let view = View { matrix, keep: &keep, open };
    let shown = order.iter().skip((number - 1) * PER_PAGE).take(PER_PAGE);
    let base = format!("/rounds/{}", matrix.round.id);
    Ok(MatrixPage {
        title: format!("{}, candidates by question", matrix.round.title),
        heading: heading(matrix),
        round: matrix.round.title.clone(),
        kit: kit(matrix),
        standing: standing(matrix),
        columns: columns(matrix),
        rows: shown.map(|row| view.row(row)).collect(),
        sorts: vec![
            ("mean", "weighted mean", sort == "mean"),
            ("order", "order of interviews", sort == "order"),
            ("apart", "most apart first", sort == "apart"),
        ],
        pages: if pages > 1 { (1..=pages).map(|page| (page, page == number)).collect() } else { Vec::new() },
        notes: notes(matrix),
        next_apart: next_apart(&order, open).map(|cell| format!("{base}/matrix?{keep}cell={cell}#cell")),
        answer,
        base,
        keep,
        shell: shell.under(Nav::Elsewhere),
    })
}

fn read_cell(text: &str) -> Option<(CandidateId, usize)> {
    let (candidate, number) = text.rsplit_once('.')?;
    Some((candidate.parse().ok()?, number.parse::<usize>().ok()?.checked_sub(1)?))
}

fn sorted<'a>(matrix: &'a RoundMatrix, sort: &str) -> Vec<&'a MatrixRow> {
    let mut rows: Vec<&MatrixRow> = matrix.rows.iter().collect();
    let apart = |row: &MatrixRow| row.cells.iter().filter(|cell| cell.is_apart()).count();
    let mean = |row: &MatrixRow| row.combined.map_or(-1.0, |combined| combined.mean);
    match sort {
        "order" => {}
        "apart" => rows.sort_by(|a, b| apart(b).cmp(&apart(a)).then(mean(b).total_cmp(&mean(a)))),
        _ => rows.sort_by(|a, b| mean(b).total_cmp(&mean(a))),
    }
    rows
}

/// The first answer after the open one whose ratings lie apart, in the order of the page; around its end to its start.
fn next_apart(rows: &[&MatrixRow], open: Option<(CandidateId, usize)>) -> Option<String> {
    let cells = rows.iter().flat_map(|row| {
        row.cells.iter().enumerate().map(|(position, cell)| (row.candidate.id, position, cell.is_apart()))
    });
    let cells: Vec<(CandidateId, usize, bool)> = cells.collect();
    let from = open.and_then(|(candidate, position)| {
        cells.iter().position(|(id, at, _)| *id == candidate && *at == position)
    });
    let start = from.map_or(0, |from| from + 1);
    let around = (0..cells.len()).map(|step| cells[(start + step) % cells.len()]);
    let mut around =
        around.filter(|(candidate, position, apart)| *apart && open != Some((*candidate, *position)));
    around.next().map(|(candidate, position, _)| format!("{candidate}.{}", position + 1))
}

/// The finding.
pub(super) fn heading(matrix: &RoundMatrix) -> String {
    let cells: Vec<&MatrixCell> =
        matrix.rows.iter().flat_map(|row| &row.cells).filter(|cell| cell.count() >= 2).collect();
    let apart = cells.iter().filter(|cell| cell.is_apart()).count();
    match (matrix.open(), cells.len(), apart) {
        (0, _, _) if matrix.rows.is_empty() => "No candidates yet.".to_owned(),
        (0, _, _) => "No candidate’s cards are open to you yet.".to_owned(),
        (_, 0, _) => "No answer has two ratings yet.".to_owned(),
        (_, _, 0) => "Raters agree: no two ratings of an answer lie two or more apart.".to_owned(),
        (_, cells, apart) => {
            let need = match apart {
                1 => "One cell needs a conversation.".to_owned(),
                apart => {
                    format!("{} cells need a conversation.", sentence(&in_words(apart)).trim_end_matches('.'))
                }
            };
            if apart * 4 <= cells { format!("Raters agree on most of it. {need}") } else { need }
        }
    }
}

pub(super) fn columns(matrix: &RoundMatrix) -> Vec<Column> {
    let kit = &matrix.round.kit;
    let weight =
        |name: &str| kit.competencies.iter().find(|one| one.name == name).map_or(0.0, |one| one.weight);
    let columns = kit.questions.iter().enumerate().map(|(position, question)| Column {
        number: position + 1,
        name: sentence(&question.question.topic).trim_end_matches('.').to_owned(),
        weight: if question.competency.eq_ignore_ascii_case(&question.question.topic) {
            format!("weight {}", weight(&question.competency))
        } else {
            format!("{}, weight {}", question.competency, weight(&question.competency))
        },
    });
    columns.collect()
}

pub(super) fn notes(matrix: &RoundMatrix) -> Vec<String> {
    let mut notes = Vec::new();
    if matrix.round.show == Show::Codes {
        notes.push("Names are replaced by codes.".to_owned());
    }
    notes.push(
        "Weights come from the kit: each competency counts with the mean of its questions. What was not asked counts for nobody."
            .to_owned(),
    );
    notes
}

/// Every candidate, the best weighted mean first.
pub(super) fn all_rows(matrix: &RoundMatrix) -> Vec<RowView> {
    let view = View { matrix, keep: "", open: None };
    sorted(matrix, "mean").into_iter().map(|row| view.row(row)).collect()
}

struct View<'a> {
    matrix: &'a RoundMatrix,
    keep: &'a str,
    open: Option<(CandidateId, usize)>,
}

impl View<'_> {
    fn row(&self, row: &MatrixRow) -> RowView {
        let label = row.candidate.label().to_owned();
        let whole = row.combined.is_none_or(|combined| combined.covered > 0.999);
        RowView {
            code: (label != row.candidate.code).then(|| row.candidate.code.clone()),
            label,
            recommends: recommends(&row.recommendations),
            closed: closed(row.sight),
            cells: row
                .cells
                .iter()
                .enumerate()
                .map(|(position, cell)| self.cell(row, position, cell))
                .collect(),
            total: row.combined.map(|combined| format!("{:.2}", combined.mean)),
            covered: row
                .combined
                .filter(|_| !whole)
                .map(|combined| format!("{:.0} % of the weight", combined.covered * 100.0)),
        }
    }

    fn cell(&self, row: &MatrixRow, position: usize, cell: &MatrixCell) -> CellView {
        let (candidate, number) = (row.candidate.id, position + 1);
        CellView {
            name: sentence(&self.matrix.round.kit.questions[position].question.topic)
                .trim_end_matches('.')
                .to_owned(),
            href: format!("?{}cell={candidate}.{number}#cell", self.keep),
            open: self.open == Some((candidate, position)),
            apart: cell.is_apart(),
            says: figures(cell),
            not_asked: cell.was_not_asked(),
            consensus: cell.consensus.as_ref().map(|consensus| consensus.rating.value()),
        }
    }
}

/// Where a rating stands on the axis of a cell, 1 at 4 and 5 at 56.
fn place(rating: f64) -> f64 {
    4.0 + (rating - 1.0) * 13.0
}

fn figures(cell: &MatrixCell) -> Option<Figures> {
    let (mean, (lowest, highest)) = (cell.mean()?, cell.range()?);
    let bar = (highest > lowest)
        .then(|| (place(f64::from(lowest)) as usize - 2, usize::from(highest - lowest) * 13 + 4));
    Some(Figures {
        mean: format!("{mean:.1}"),
        range: if lowest == highest { lowest.to_string() } else { format!("{lowest}–{highest}") },
        count: cell.count(),
        dot: format!("{:.1}", place(mean)),
        bar,
    })
}

/// `2 yes, 1 no decision`
fn recommends(counts: &[usize; 5]) -> String {
    let said = Recommendation::ALL.iter().zip(counts).rev().filter(|(_, count)| **count > 0);
    said.map(|(one, count)| format!("{count} {}", one.words())).collect::<Vec<_>>().join(", ")
}

/// Why the cards of a candidate are closed.
pub(super) fn closed(sight: Sight) -> Option<String> {
    match sight {
        Sight::Open => None,
        Sight::OwnCardFirst => Some("open after your card".to_owned()),
        Sight::WaitingForCards { out: 1 } => Some("open when one more card is in".to_owned()),
        Sight::WaitingForCards { out } => Some(format!("open when {out} more cards are in")),
        Sight::NoCards => Some("no card yet".to_owned()),
    }
}
