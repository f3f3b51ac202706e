//! How far the raters of a round agree: coefficients with their intervals, leniency, spread, each with what it means.

use super::{counted, kit, listed, load, standing};
use crate::app::App;
use crate::error::PageError;
use crate::handlers::sentence;
use crate::page::{Nav, Shell, show};
use crate::people::visitor::SignedIn;
use askama::Template;
use axum::extract::{Path, State};
use axum::response::Response;
use std::sync::Arc;
use viva_core::agreement::{
    Agreement, Figure, alpha_sentence, kappa_sentence, leniency_sentence, mean_kappa_sentence,
    one_rater_sentence, spread_sentence, together_sentence,
};
use viva_interview::RoundMatrix;

/// One coefficient.
pub(super) struct Stat {
    pub(super) name: String,
    /// Value and interval, or "Too few to say".
    pub(super) value: String,
    pub(super) interval: String,
    pub(super) drawn: Option<Drawn>,
    pub(super) says: String,
}

/// Where estimate and interval stand on an axis from 0 at 6 to 1 at 250.
pub(super) struct Drawn {
    pub(super) label: String,
    pub(super) dot: String,
    pub(super) from: String,
    pub(super) width: String,
}

/// How far raters differ at one question.
pub(super) struct SpreadRow {
    pub(super) question: String,
    pub(super) cells: usize,
    pub(super) apart: usize,
    pub(super) range: String,
    pub(super) deviation: String,
    pub(super) says: String,
}

/// Every figure, with what it means.
pub(super) struct AgreementView {
    pub(super) heading: String,
    pub(super) over: String,
    pub(super) stats: Vec<Stat>,
    pub(super) pairs: Vec<Stat>,
    pub(super) leniency: Vec<String>,
    pub(super) spread: Vec<SpreadRow>,
}

#[derive(Template)]
#[template(path = "agreement.html")]
struct AgreementPage {
    shell: Shell,
    title: String,
    base: String,
    round: String,
    kit: String,
    standing: String,
    view: AgreementView,
}

/// `GET /rounds/{round}/agreement`
pub async fn page(
    State(app): State<App>,
    SignedIn(person): SignedIn,
    Path(round): Path<String>,
    shell: Shell,
) -> Result<Response, PageError> {
    let matrix = load(&app.interview, &round, person.id).await?;
    let (matrix, agreement) = worked_out(&app, matrix).await?;
    Ok(show(&AgreementPage {
        title: format!("{}, agreement", matrix.round.title),
        base: format!("/rounds/{}", matrix.round.id),
        round: matrix.round.title.clone(),
        kit: kit(&matrix),
        standing: standing(&matrix),
        view: view(&matrix, &agreement),
        shell: shell.under(Nav::Elsewhere),
    }))
}

/// Works the figures out beside the threads that answer requests.
pub(super) async fn worked_out(
    app: &App,
    matrix: RoundMatrix,
) -> Result<(RoundMatrix, Arc<Agreement>), PageError> {
    let interview = Arc::clone(&app.interview);
    let worked_out = tokio::task::spawn_blocking(move || {
        let agreement = interview.agreement(&matrix);
        (matrix, agreement)
    });
    Ok(worked_out.await.map_err(anyhow::Error::from)?)
}

/// The figures in words.
pub(super) fn view(matrix: &RoundMatrix, agreement: &Agreement) -> AgreementView {
    let leniency = agreement.leniency.iter();
    AgreementView {
        heading: heading(agreement),
        over: over(matrix, agreement),
        stats: stats(agreement),
        pairs: pairs(matrix, agreement),
        leniency: leniency.map(|one| leniency_sentence(&matrix.raters[one.rater].name, one)).collect(),
        spread: spread(matrix, agreement),
    }
}

/// By the interval's lower end, as Koo and Li 2016 read it.
fn heading(agreement: &Agreement) -> String {
    match (&agreement.together, &agreement.alpha) {
        (Ok(together), _) if together.low >= 0.75 => "The mean of the raters is steady enough to decide by.",
        (Ok(together), _) if together.value >= 0.75 => {
            "The mean of the raters looks steady; with so few candidates it may be less so."
        }
        (Ok(_), _) => "The raters do not agree enough for their mean to settle much.",
        (Err(_), Ok(alpha)) if alpha.low >= 0.667 => "Single ratings agree well.",
        (Err(_), Ok(_)) => "Single ratings agree in part.",
        (Err(_), Err(_)) => "Too few to say how far the raters agree.",
    }
    .to_owned()
}

/// What ICC is over.
fn over(matrix: &RoundMatrix, agreement: &Agreement) -> String {
    let closed = matrix.rows.len() - matrix.open();
    let closed = match closed {
        0 => String::new(),
        1 => " One candidate is not open to you and counts in nothing here.".to_owned(),
        n => format!(" {n} candidates are not open to you and count in nothing here."),
    };
    let Some(block) = &agreement.block else { return closed.trim().to_owned() };
    let names: Vec<&str> = block.raters.iter().map(|rater| matrix.raters[*rater].name.as_str()).collect();
    format!(
        "ICC is over the weighted means that {} gave the {} all of them rated.{closed}",
        listed(&names),
        counted(block.candidates.len(), "candidate")
    )
}

fn stats(agreement: &Agreement) -> Vec<Stat> {
    let (candidates, raters) =
        agreement.block.as_ref().map_or((0, 0), |block| (block.candidates.len(), block.raters.len()));
    let known = agreement.pairs.iter().filter(|pair| pair.kappa.is_ok()).count();
    let together = if raters > 0 {
        format!("The {raters} together, ICC(2,k)")
    } else {
        "All together, ICC(2,k)".to_owned()
    };
    vec![
        stat(
            "One rater alone, ICC(2,1)".into(),
            &agreement.one,
            one_rater_sentence(&agreement.one, candidates),
        ),
        stat(together, &agreement.together, together_sentence(&agreement.together, raters, candidates)),
        stat(
            "Ordinal alpha (Krippendorff)".into(),
            &agreement.alpha,
            alpha_sentence(&agreement.alpha, agreement.shared_cells),
        ),
        stat(
            "Weighted kappa, mean of pairs".into(),
            &agreement.mean_kappa,
            mean_kappa_sentence(&agreement.mean_kappa, known),
        ),
    ]
}

fn pairs(matrix: &RoundMatrix, agreement: &Agreement) -> Vec<Stat> {
    let name = |rater: usize| matrix.raters[rater].name.as_str();
    let pairs = agreement.pairs.iter().map(|pair| {
        stat(format!("{} with {}", name(pair.one), name(pair.other)), &pair.kappa, kappa_sentence(pair))
    });
    pairs.collect()
}

fn stat(name: String, figure: &Figure, says: String) -> Stat {
    let Ok(estimate) = figure else {
        let value = "Too few to say".to_owned();
        return Stat { name, value, interval: String::new(), drawn: None, says };
    };
    let (value, low, high) = (two(estimate.value), two(estimate.low), two(estimate.high));
    let place = |value: f64| 6.0 + value.clamp(0.0, 1.0) * 244.0;
    let (from, to) = (place(estimate.low), place(estimate.high));
    let drawn = Drawn {
        label: format!("{value}, 95 % interval {low} to {high}"),
        dot: format!("{:.0}", place(estimate.value)),
        from: format!("{from:.0}"),
        width: format!("{:.0}", (to - from).max(1.0)),
    };
    Stat { name, value, interval: format!("{low} to {high}"), drawn: Some(drawn), says }
}

/// Two decimals, without a minus before nothing.
fn two(value: f64) -> String {
    let text = format!("{value:.2}");
    if text == "-0.00" { "0.00".to_owned() } else { text.replace('-', "−") }
}

fn spread(matrix: &RoundMatrix, agreement: &Agreement) -> Vec<SpreadRow> {
    let rows = agreement.spread.iter().map(|one| {
        let question = &matrix.round.kit.questions[one.question].question;
        SpreadRow {
            question: format!("{} {}", one.question + 1, sentence(&question.topic).trim_end_matches('.')),
            cells: one.cells,
            apart: one.apart,
            range: one.mean_range.map_or("–".to_owned(), |range| format!("{range:.1}")),
            deviation: one.deviation.map_or("–".to_owned(), |deviation| format!("{deviation:.2}")),
            says: spread_sentence(one),
        }
    });
    rows.collect()
}
