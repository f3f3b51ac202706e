//! The page of the bench, drawn from the answer that lies on it, the marks on file and the changes made to the rubric.

use super::{Chosen, blocking};
use crate::app::App;
use crate::bench::key_of;
use crate::error::PageError;
use crate::feedback::whole;
use crate::handlers::question::question_of;
use crate::handlers::rows::when;
use crate::page::{Nav, Shell, show_with};
use askama::Template;
use axum::http::StatusCode;
use axum::response::Response;
use std::collections::BTreeMap;
use tokio::task::spawn_blocking;
use viva_core::assessment::{Assessment, CriterionResult, Verdict};
use viva_core::bank::Question;
use viva_core::bank::alternative;
use viva_core::bank::bench::{Agreement, Mark, MarkedAnswer, bench};
use viva_core::ids::{AttemptId, CriterionId};
use viva_core::transcript::Transcript;
use viva_interview::InterviewError;
use viva_storage::{HistoryFilter, PageRequest};

/// Earlier answers that can be picked.
const ANSWERS: u32 = 30;
/// Words of an answer that stand for it in a list.
const OPENING: usize = 12;

/// What a form was sent with that did not do.
#[derive(Debug, Default)]
pub(super) struct Again {
    pub(super) pasted: Option<String>,
    pub(super) paste_problem: Option<String>,
    pub(super) criterion: String,
    pub(super) choice: String,
    pub(super) words: String,
    pub(super) item: String,
    pub(super) words_problem: Option<String>,
}

struct Pick {
    href: String,
    says: String,
    facts: String,
    is_here: bool,
}

struct Choice {
    value: String,
    says: String,
    checked: bool,
}

struct CriterionView {
    id: String,
    number: usize,
    says: String,
    verdict: &'static str,
    verdict_word: &'static str,
    credit: String,
    quotes: Vec<String>,
    lines: Vec<String>,
    marks: Vec<Choice>,
}

/// A criterion on which rubric and person differ.
struct Difference {
    id: String,
    number: usize,
    says: String,
    how: String,
    /// Of a miss of the rubric's: what could be accepted.
    form: Option<AcceptForm>,
    /// Of a hit that is none: what counted.
    counted: Vec<String>,
}

struct AcceptForm {
    items: Vec<Choice>,
    candidates: Vec<Choice>,
    words: String,
    problem: Option<String>,
}

struct OnBench {
    text: String,
    says: String,
    key: String,
    attempt: String,
    is_marked: bool,
    score: u32,
    guards: Vec<String>,
    criteria: Vec<CriterionView>,
    differences: Vec<Difference>,
}

struct AgreementRow {
    number: usize,
    says: String,
    agreed: String,
    share: String,
    missed: Vec<Pick>,
    credited: Vec<Pick>,
}

struct ChangeView {
    id: String,
    words: String,
    criterion: String,
    facts: String,
}

struct MovedView {
    href: String,
    when: String,
    says: String,
}

#[derive(Template)]
#[template(path = "bench.html")]
struct BenchPage {
    shell: Shell,
    id: String,
    ask: String,
    stamp: String,
    own: Vec<Pick>,
    kept: Vec<Pick>,
    pasted: String,
    paste_problem: Option<String>,
    on_bench: Option<OnBench>,
    agreement: Option<String>,
    rows: Vec<AgreementRow>,
    marked_file: String,
    changes: Vec<ChangeView>,
    moved: Vec<MovedView>,
    still: usize,
}

/// The words of the chosen answer, and what it is; none where nothing is chosen.
pub(super) async fn text_of(
    app: &App,
    question: &Question,
    chosen: &Chosen,
) -> Result<Option<(String, String)>, PageError> {
    if !chosen.attempt.is_empty() {
        let id: AttemptId = chosen.attempt.parse().map_err(|_| PageError::NotFound)?;
        let record = app.interview.attempt(id).await?;
        if record.question != question.id {
            return Err(PageError::NotFound);
        }
        let words = app.interview.store().transcripts(id).await.map_err(InterviewError::from)?;
        let text = words.into_iter().last().ok_or(PageError::NotFound)?.transcript.text;
        return Ok(Some((text, format!("Your answer, {}", when(record.asked_at, app.interview.now())))));
    }
    if chosen.answer.is_empty() {
        return Ok(None);
    }
    let (desk, id, key) = (app.desk.clone(), question.id.clone(), chosen.answer.clone());
    let kept = blocking(move || Ok(desk.marked(&id)?.into_iter().find(|kept| kept.key == key))).await?;
    kept.map(|kept| Some((kept.answer.answer, "A pasted answer".to_owned()))).ok_or(PageError::NotFound)
}

/// Draws the page, with what a form was sent with that did not do.
pub(super) async fn draw(
    app: &App,
    shell: Shell,
    id: &str,
    chosen: Chosen,
    again: Again,
) -> Result<Response, PageError> {
    let question = question_of(app, id)?;
    let status = if again.paste_problem.is_some() || again.words_problem.is_some() {
        StatusCode::UNPROCESSABLE_ENTITY
    } else {
        StatusCode::OK
    };
    let (desk, own) = (app.desk.clone(), question.clone());
    let (kept, changes, file) =
        blocking(move || Ok((desk.marked(&own.id)?, desk.accepted(&own.id)?, desk.pack_file(&own.pack)?)))
            .await?;
    let filter = HistoryFilter { question: Some(question.id.clone()), ..HistoryFilter::default() };
    let history = app.interview.history(&filter, PageRequest::first(ANSWERS)).await?;
    let now = app.interview.now();
    let here = |query: String| format!("/questions/{}/bench{query}#on-bench", question.id);
    let own = history.items.iter().filter(|entry| entry.score.is_some()).map(|entry| Pick {
        href: here(format!("?attempt={}", entry.attempt)),
        says: when(entry.asked_at, now),
        facts: entry.score.map(|score| format!("scored {}", whole(score.score))).unwrap_or_default(),
        is_here: chosen.attempt == entry.attempt.to_string(),
    });
    let own = own.collect();
    let picks = kept.iter().map(|kept| Pick {
        href: here(format!("?answer={}", kept.key)),
        says: opening(&kept.answer.answer),
        facts: match kept.answer.criteria.len() {
            0 => "not marked yet".to_owned(),
            n => format!("{n} of {} marked", question.rubric.criteria.len()),
        },
        is_here: chosen.answer == kept.key,
    });
    let picks = picks.collect();
    let on_bench = match text_of(app, &question, &chosen).await? {
        None => None,
        Some((text, says)) => {
            let prepared = app.interview.prepare(&question);
            let answer = Transcript::typed(text.as_str());
            let assessment =
                spawn_blocking(move || prepared.assess(&answer)).await.map_err(anyhow::Error::from)?;
            let key = key_of(&question.id, &text);
            let marks = kept.iter().find(|kept| kept.key == key).map(|kept| kept.answer.criteria.clone());
            Some(on_bench(&question, text, says, &assessment, marks.unwrap_or_default(), &chosen, &again))
        }
    };
    let (agreement, rows) = agreement(app, &question, &kept, &here)?;
    let (moved, still) = if changes.is_empty() { (Vec::new(), 0) } else { earlier(app, &question).await? };
    let page = BenchPage {
        shell: shell.under(Nav::Questions),
        id: question.id.to_string(),
        ask: question.ask.clone(),
        stamp: file.map(|file| file.stamp).unwrap_or_default(),
        own,
        kept: picks,
        pasted: again.pasted.unwrap_or_default(),
        paste_problem: again.paste_problem,
        on_bench,
        agreement,
        rows,
        marked_file: app.desk.marked_file().display().to_string(),
        changes: changes
            .iter()
            .map(|change| ChangeView {
                id: change.id.to_string(),
                words: change.words.clone(),
                criterion: criterion_says(&question, &change.criterion),
                facts: format!(
                    "{}, in {}",
                    when(viva_core::clock::Timestamp(change.at_ms), now),
                    change.file.display()
                ),
            })
            .collect(),
        moved,
        still,
    };
    Ok(show_with(status, &page))
}

fn criterion_says(question: &Question, id: &CriterionId) -> String {
    let found = question.rubric.criteria.iter().find(|one| one.id == *id);
    found.map_or_else(|| id.to_string(), |one| one.says.clone())
}

/// The first words of an answer.
fn opening(text: &str) -> String {
    let mut words = text.split_whitespace();
    let mut opening = words.by_ref().take(OPENING).collect::<Vec<_>>().join(" ");
    if opening.chars().count() > 90 {
        opening = opening.chars().take(90).collect();
    } else if words.next().is_none() {
        return opening;
    }
    opening.push('…');
    opening
}

fn verdict_words(verdict: Verdict) -> (&'static str, &'static str) {
    match verdict {
        Verdict::Met => ("met", "Met"),
        Verdict::Partly => ("partly", "Partly"),
        Verdict::Missed => ("missed", "Missed"),
    }
}

fn on_bench(
    question: &Question,
    text: String,
    says: String,
    assessment: &Assessment,
    marks: BTreeMap<CriterionId, Mark>,
    chosen: &Chosen,
    again: &Again,
) -> OnBench {
    let mut criteria = Vec::new();
    let mut differences = Vec::new();
    for (at, result) in assessment.criteria.iter().enumerate() {
        let mark = marks.get(&result.id).copied();
        criteria.push(criterion_view(at + 1, result, mark));
        let differs = mark.map(|mark| (mark, mark.beside(result.credit)));
        if let Some((mark, agreement)) = differs.filter(|(_, agreement)| *agreement != Agreement::Agree) {
            differences.push(difference(question, at + 1, result, mark, agreement, &text, again));
        }
    }
    OnBench {
        key: key_of(&question.id, &text),
        attempt: chosen.attempt.clone(),
        is_marked: !marks.is_empty(),
        score: whole(assessment.score),
        guards: assessment.guards.iter().map(|guard| guard.says.clone()).collect(),
        text,
        says,
        criteria,
        differences,
    }
}

fn criterion_view(number: usize, result: &CriterionResult, mark: Option<Mark>) -> CriterionView {
    let (verdict, verdict_word) = verdict_words(result.verdict);
    let mut lines = Vec::new();
    for one in &result.evidence {
        if one.text.to_lowercase() != one.expected.to_lowercase() {
            lines.push(format!("“{}” counted as {}", one.text, one.expected));
        }
    }
    if !result.not_heard.is_empty() {
        lines.push(format!("Not heard: {}", result.not_heard.join(", ")));
    }
    for near in &result.near {
        lines.push(format!("“{}” did not count: {}", near.text, near.why));
    }
    let choice = |value: &str, says: &str, of: Mark| Choice {
        value: value.to_owned(),
        says: says.to_owned(),
        checked: mark == Some(of),
    };
    CriterionView {
        id: result.id.to_string(),
        number,
        says: result.says.clone(),
        verdict,
        verdict_word,
        credit: format!(
            "{} of {}",
            crate::handlers::question::plain(result.weight * result.credit),
            crate::handlers::question::plain(result.weight)
        ),
        quotes: result.evidence.iter().map(|one| one.text.clone()).collect(),
        lines,
        marks: vec![
            choice("met", "Met", Mark::Met),
            choice("partly", "Partly", Mark::Partly),
            choice("missed", "Missed", Mark::Missed),
        ],
    }
}

fn difference(
    question: &Question,
    number: usize,
    result: &CriterionResult,
    mark: Mark,
    agreement: Agreement,
    text: &str,
    again: &Again,
) -> Difference {
    let person = match mark {
        Mark::Met => "met",
        Mark::Partly => "partly",
        Mark::Missed => "missed",
    };
    let (rubric, _) = verdict_words(result.verdict);
    let is_miss = agreement == Agreement::FalseMiss;
    Difference {
        id: result.id.to_string(),
        number,
        says: result.says.clone(),
        how: format!("You say {person}, the rubric says {rubric}."),
        form: is_miss.then(|| accept_form(question, result, text, again)),
        counted: if is_miss {
            Vec::new()
        } else {
            result.evidence.iter().map(|one| format!("“{}” counted as {}", one.text, one.expected)).collect()
        },
    }
}

fn accept_form(question: &Question, result: &CriterionResult, text: &str, again: &Again) -> AcceptForm {
    let sent = again.criterion == result.id.as_str();
    let listen = question.rubric.criteria.iter().find(|one| one.id == result.id).map(|one| &one.listen);
    let unheard: Vec<(usize, String)> = listen
        .into_iter()
        .flatten()
        .enumerate()
        .filter_map(|(item, ways)| Some((item, ways.first()?.clone())))
        .filter(|(_, label)| result.not_heard.contains(label))
        .collect();
    let item = unheard.first().map_or(0, |(item, _)| *item);
    let item = if sent { again.item.parse().unwrap_or(item) } else { item };
    let candidates = alternative::candidates(question, &result.id, item, text);
    AcceptForm {
        items: unheard
            .into_iter()
            .map(|(at, label)| Choice { value: at.to_string(), says: label, checked: at == item })
            .collect(),
        candidates: candidates
            .into_iter()
            .map(|words| Choice { checked: sent && words == again.choice, says: words.clone(), value: words })
            .collect(),
        words: if sent { again.words.clone() } else { String::new() },
        problem: again.words_problem.clone().filter(|_| sent),
    }
}

/// How rubric and person agree over all marked answers.
fn agreement(
    app: &App,
    question: &Question,
    kept: &[crate::bench::Kept],
    here: &dyn Fn(String) -> String,
) -> Result<(Option<String>, Vec<AgreementRow>), PageError> {
    let mut marked: Vec<(usize, MarkedAnswer)> = Vec::new();
    for kept in kept {
        let mut answer = kept.answer.clone();
        // The rubric may have lost a criterion since.
        answer.criteria.retain(|id, _| question.rubric.criteria.iter().any(|one| one.id == *id));
        marked.push((kept.line, answer));
    }
    let bank = app.interview.bank();
    let result = bench(&bank, &marked).map_err(|error| PageError::Internal(error.into()))?;
    if result.marks == 0 {
        return Ok((None, Vec::new()));
    }
    let agreed: usize = result.criteria.iter().map(|one| one.agreed).sum();
    let says =
        format!("Rubric and person agree on {agreed} of {} marks: {:.2}.", result.marks, result.accuracy);
    let pick = |line: &usize| {
        let kept = kept.iter().find(|kept| kept.line == *line)?;
        Some(Pick {
            href: here(format!("?answer={}", kept.key)),
            says: format!("line {line}"),
            facts: opening(&kept.answer.answer),
            is_here: false,
        })
    };
    let rows = question.rubric.criteria.iter().enumerate().filter_map(|(at, criterion)| {
        let one = result.criteria.iter().find(|one| one.criterion == criterion.id)?;
        Some(AgreementRow {
            number: at + 1,
            says: criterion.says.clone(),
            agreed: format!("{} of {}", one.agreed, one.answers),
            share: format!("{:.2}", one.accuracy()),
            missed: one.missed_positives.iter().filter_map(pick).collect(),
            credited: one.missed_negatives.iter().filter_map(pick).collect(),
        })
    });
    Ok((Some(says), rows.collect()))
}

/// Earlier answers whose score the rubric as it is now would change, and how many it would not.
async fn earlier(app: &App, question: &Question) -> Result<(Vec<MovedView>, usize), PageError> {
    let all = app.interview.rescore_by(question).await?.answers;
    let scored = all.len();
    let views: Vec<MovedView> = all
        .into_iter()
        .rev()
        .filter(|one| one.before.score != one.after.score)
        .map(|one| MovedView {
            href: format!("/attempts/{}", one.attempt),
            when: when(one.asked_at, app.interview.now()),
            says: format!("{} → {}", whole(one.before.score), whole(one.after.score)),
        })
        .collect();
    let still = scored - views.len();
    Ok((views, still))
}
