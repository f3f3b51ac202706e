//! A round on paper: every candidate, the answers that lie apart, and how far the raters agree, on one page.

use super::agreement::{AgreementView, view};
use super::matrix::{Column, RowView, all_rows, columns, heading, notes};
use super::{kit, load, standing};
use crate::app::App;
use crate::error::PageError;
use crate::export::time;
use crate::page::{Nav, Shell, show};
use crate::people::visitor::SignedIn;
use askama::Template;
use axum::extract::{Path, State};
use axum::response::Response;

#[derive(Template)]
#[template(path = "round_print.html")]
struct RoundPrintPage {
    shell: Shell,
    base: String,
    round: String,
    heading: String,
    kit: String,
    standing: String,
    columns: Vec<Column>,
    rows: Vec<RowView>,
    notes: Vec<String>,
    view: AgreementView,
    made_at: String,
}

/// `GET /rounds/{round}/print`: what a table of a thousand rows takes is not shown page by page on paper.
pub async fn page(
    State(app): State<App>,
    SignedIn(person): SignedIn,
    Path(round): Path<String>,
    shell: Shell,
) -> Result<Response, PageError> {
    let matrix = load(&app.interview, &round, person.id).await?;
    let (matrix, agreement) = super::agreement::worked_out(&app, matrix).await?;
    app.interview.note_export(matrix.round.id, None, "print", person.id).await?;
    Ok(show(&RoundPrintPage {
        base: format!("/rounds/{}", matrix.round.id),
        round: matrix.round.title.clone(),
        heading: heading(&matrix),
        kit: kit(&matrix),
        standing: standing(&matrix),
        columns: columns(&matrix),
        rows: all_rows(&matrix),
        notes: notes(&matrix),
        view: view(&matrix, &agreement),
        made_at: time(app.interview.now()),
        shell: shell.under(Nav::Elsewhere),
    }))
}
