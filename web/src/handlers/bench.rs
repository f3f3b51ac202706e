//! The bench of a question: answers that a person marks, beside what the rubric says of them; and from a miss of the
//! rubric's, words that it accepts from then on.

use super::question::question_of;
use super::rows::when;
use crate::app::App;
use crate::bench::{BenchError, Wanted, key_of};
use crate::error::PageError;
use crate::feedback::whole;
use crate::page::{Nav, Shell, show_with};
use askama::Template;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use axum::{Form, Router};
use serde::Deserialize;
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

/// `/questions/{question}/bench` and the forms on it.
pub fn routes() -> Router<App> {
    Router::new()
        .route("/questions/{question}/bench", get(page).post(bring))
        .route("/questions/{question}/bench/marks", post(mark))
        .route("/questions/{question}/bench/forget", post(forget))
        .route("/questions/{question}/bench/accept", post(accept))
        .route("/questions/{question}/bench/undo", post(undo))
}

/// Which answer is on the bench.
#[derive(Debug, Default, Clone, Deserialize)]
pub struct Chosen {
    /// The key of a marked answer.
    #[serde(default)]
    answer: String,
    /// The id of one of one's own answers.
    #[serde(default)]
    attempt: String,
}

impl Chosen {
    fn query(&self) -> String {
        match (self.answer.as_str(), self.attempt.as_str()) {
            ("", "") => String::new(),
            ("", attempt) => format!("?attempt={attempt}"),
            (key, _) => format!("?answer={key}"),
        }
    }
}

/// What a form was sent with that did not do.
#[derive(Debug, Default)]
struct Again {
    pasted: Option<String>,
    paste_problem: Option<String>,
    criterion: String,
    choice: String,
    words: String,
    item: String,
    words_problem: Option<String>,
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

/// `GET /questions/{question}/bench`
async fn page(
    State(app): State<App>,
    shell: Shell,
    Path(id): Path<String>,
    Query(chosen): Query<Chosen>,
) -> Result<Response, PageError> {
    draw(&app, shell, &id, chosen, Again::default()).await
}

/// An answer that was pasted.
#[derive(Debug, Deserialize)]
pub struct Pasted {
    #[serde(default)]
    text: String,
}

/// `POST /questions/{question}/bench`: puts a pasted answer on the bench.
async fn bring(
    State(app): State<App>,
    shell: Shell,
    Path(id): Path<String>,
    Form(form): Form<Pasted>,
) -> Result<Response, PageError> {
    let question = question_of(&app, &id)?;
    let text = form.text.replace("\r\n", "\n").trim().to_owned();
    if !text.chars().any(char::is_alphanumeric) {
        let again = Again {
            pasted: Some(form.text),
            paste_problem: Some(
                "There is no word in it. Paste what somebody answered, as it was said or written.".into(),
            ),
            ..Again::default()
        };
        return draw(&app, shell, &id, Chosen::default(), again).await;
    }
    let key = key_of(&question.id, &text);
    let desk = app.desk.clone();
    let known = desk.clone();
    let (wanted, own) = (key.clone(), question.id.clone());
    let is_known = blocking(move || Ok(known.marked(&own)?.iter().any(|kept| kept.key == wanted))).await?;
    if !is_known {
        let answer =
            MarkedAnswer { question_id: question.id.clone(), answer: text, criteria: BTreeMap::new() };
        blocking(move || Ok(desk.keep(&answer)?)).await?;
    }
    Ok(to_bench(&question, &Chosen { answer: key, attempt: String::new() }, "on-bench"))
}

/// `POST /questions/{question}/bench/marks`: keeps what a person says of each criterion.
async fn mark(
    State(app): State<App>,
    Path(id): Path<String>,
    Form(fields): Form<Vec<(String, String)>>,
) -> Result<Response, PageError> {
    let question = question_of(&app, &id)?;
    let mut chosen = Chosen::default();
    let mut criteria = BTreeMap::new();
    for (name, value) in fields {
        match name.as_str() {
            "answer" => chosen.answer = value,
            "attempt" => chosen.attempt = value,
            name => {
                let Some(criterion) =
                    name.strip_prefix("mark.").and_then(|id| id.parse::<CriterionId>().ok())
                else {
                    continue;
                };
                let is_known = question.rubric.criteria.iter().any(|one| one.id == criterion);
                match (mark_of(&value), is_known) {
                    (Some(mark), true) => criteria.insert(criterion, mark),
                    _ => {
                        return Err(PageError::BadRequest(format!(
                            "\"{name}\" is no criterion of this question with one of met, partly, missed."
                        )));
                    }
                };
            }
        }
    }
    let (text, _) = text_of(&app, &question, &chosen).await?.ok_or(PageError::NotFound)?;
    let answer = MarkedAnswer { question_id: question.id.clone(), answer: text, criteria };
    let desk = app.desk.clone();
    blocking(move || Ok(desk.keep(&answer)?)).await?;
    Ok(to_bench(&question, &chosen, "differences"))
}

/// `POST /questions/{question}/bench/forget`: takes an answer and its marks out of the file.
async fn forget(
    State(app): State<App>,
    Path(id): Path<String>,
    Form(chosen): Form<Chosen>,
) -> Result<Response, PageError> {
    let question = question_of(&app, &id)?;
    let desk = app.desk.clone();
    blocking(move || Ok(desk.forget(&chosen.answer)?)).await?;
    Ok(to_bench(&question, &Chosen::default(), "agreement"))
}

/// Words that should have counted.
#[derive(Debug, Deserialize)]
pub struct AcceptFields {
    #[serde(default)]
    answer: String,
    #[serde(default)]
    attempt: String,
    #[serde(default)]
    criterion: String,
    #[serde(default)]
    item: String,
    #[serde(default)]
    choice: String,
    #[serde(default)]
    words: String,
    #[serde(default)]
    seen: String,
}

/// `POST /questions/{question}/bench/accept`: lets the rubric listen for more words.
async fn accept(
    State(app): State<App>,
    shell: Shell,
    Path(id): Path<String>,
    Form(form): Form<AcceptFields>,
) -> Result<Response, PageError> {
    let question = question_of(&app, &id)?;
    let chosen = Chosen { answer: form.answer, attempt: form.attempt };
    let criterion: CriterionId =
        form.criterion.parse().map_err(|_| PageError::BadRequest("No criterion is named.".into()))?;
    let words = if form.words.trim().is_empty() { &form.choice } else { &form.words };
    let wanted = Wanted {
        question: question.id.clone(),
        criterion,
        item: form.item.parse().unwrap_or(0),
        words: words.clone(),
        seen: Some(form.seen),
    };
    let (desk, now) = (app.desk.clone(), app.interview.now());
    match blocking(move || desk.accept(&wanted, now)).await {
        Ok((_, bank)) => {
            app.interview.replace_bank(bank);
            Ok(to_bench(&question, &chosen, "changes"))
        }
        Err(BenchError::Refused(refusal)) => {
            let again = Again {
                criterion: form.criterion,
                choice: form.choice,
                words: form.words,
                item: form.item,
                words_problem: Some(super::sentence(&refusal.to_string())),
                ..Again::default()
            };
            draw(&app, shell, &id, chosen, again).await
        }
        Err(error) => Err(error.into()),
    }
}

/// The change to take back.
#[derive(Debug, Deserialize)]
pub struct Undo {
    #[serde(default)]
    change: String,
    #[serde(default)]
    answer: String,
    #[serde(default)]
    attempt: String,
}

/// `POST /questions/{question}/bench/undo`
async fn undo(
    State(app): State<App>,
    Path(id): Path<String>,
    Form(form): Form<Undo>,
) -> Result<Response, PageError> {
    let question = question_of(&app, &id)?;
    let change = form.change.parse().map_err(|_| PageError::BadRequest("No change is named.".into()))?;
    let (desk, now) = (app.desk.clone(), app.interview.now());
    match blocking(move || desk.undo(Some(change), now)).await {
        Ok((_, bank)) => app.interview.replace_bank(bank),
        // Sent twice: it is taken back already.
        Err(BenchError::NothingToUndo) => {}
        Err(error) => return Err(error.into()),
    }
    Ok(to_bench(&question, &Chosen { answer: form.answer, attempt: form.attempt }, "changes"))
}

impl From<BenchError> for PageError {
    fn from(error: BenchError) -> Self {
        match error {
            BenchError::NoQuestion(_) => Self::NotFound,
            BenchError::Io(error) => Self::Internal(error),
            error => Self::Conflict(super::sentence(&error.to_string())),
        }
    }
}

async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, BenchError> + Send + 'static,
) -> Result<T, BenchError> {
    spawn_blocking(work).await.map_err(anyhow::Error::from)?
}

fn to_bench(question: &Question, chosen: &Chosen, part: &str) -> Response {
    Redirect::to(&format!("/questions/{}/bench{}#{part}", question.id, chosen.query())).into_response()
}

fn mark_of(word: &str) -> Option<Mark> {
    match word {
        "met" => Some(Mark::Met),
        "partly" => Some(Mark::Partly),
        "missed" => Some(Mark::Missed),
        _ => None,
    }
}

/// The words of the chosen answer, and what it is; none where nothing is chosen.
async fn text_of(
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

async fn draw(
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
            super::question::plain(result.weight * result.credit),
            super::question::plain(result.weight)
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

#[cfg(test)]
mod tests {
    use crate::testing::TestApp;
    use axum::http::StatusCode;

    const BENCH: &str = "/questions/jvm.hashmap-treeify/bench";
    const ANSWER: &str = "At first it is a linked list. With more than eight entries the bin morphs into a sorted tree \
                          so that looking up stays fast.";

    fn encoded(text: &str) -> String {
        text.bytes().map(|byte| format!("%{byte:02X}")).collect()
    }

    /// Puts an answer on the bench and gives back its key.
    async fn bring(app: &TestApp, answer: &str) -> String {
        let sent = app.post(BENCH, format!("text={}", encoded(answer))).await;
        assert_eq!(sent.status, StatusCode::SEE_OTHER, "{}", sent.body);
        let key = sent.location.split("?answer=").nth(1).unwrap();
        key.split('#').next().unwrap().to_owned()
    }

    fn hidden(body: &str, name: &str) -> String {
        let from = body.split(&format!("name=\"{name}\" value=\"")).nth(1).unwrap_or_default();
        from.split('"').next().unwrap_or_default().to_owned()
    }

    #[tokio::test]
    async fn from_a_miss_of_the_rubric_words_are_accepted_and_taken_back() {
        let app = TestApp::new().await;
        let attempt = app.typed("jvm.hashmap-treeify", ANSWER).await;
        let settled = app.interview.settle(attempt).await;
        assert!(settled.is_ok(), "{settled:?}");
        let page = app.get(&format!("{BENCH}?attempt={attempt}")).await;
        assert!(
            page.body.contains("morphs into a sorted tree") && page.body.contains("No marks yet"),
            "{}",
            page.body
        );

        let marks = format!("attempt={attempt}&mark.list=met&mark.tree=met&mark.why=partly&mark.back=missed");
        let kept = app.post(&format!("{BENCH}/marks"), marks.clone()).await;
        assert_eq!(kept.status, StatusCode::SEE_OTHER, "{}", kept.body);
        assert_eq!(app.post(&format!("{BENCH}/marks"), marks).await.status, StatusCode::SEE_OTHER);
        let file = std::fs::read_to_string(app.data.path().join("bench/marked.jsonl")).unwrap();
        assert_eq!(file.lines().count(), 1, "sent twice, kept once: {file}");
        assert!(file.contains(r#""tree":true"#) && file.contains(r#""why":"partly""#), "{file}");

        let page = app.get(&format!("{BENCH}?attempt={attempt}")).await;
        assert!(page.body.contains("You say met, the rubric says missed."), "{}", page.body);
        assert!(
            page.body.contains("value=\"sorted tree\"") || page.body.contains("sorted tree</span>"),
            "{}",
            page.body
        );
        let seen = hidden(&page.body, "seen");
        let form = format!("attempt={attempt}&criterion=tree&item=0&seen={seen}&choice=sorted+tree&words=");
        let accepted = app.post(&format!("{BENCH}/accept"), form.clone()).await;
        assert_eq!(accepted.status, StatusCode::SEE_OTHER, "{}", accepted.body);

        let page = app.get(&format!("{BENCH}?attempt={attempt}")).await;
        assert!(
            page.body.contains("One way to say it was added") && page.body.contains("→"),
            "{}",
            page.body
        );
        assert!(page.body.contains("viva rescore"));
        let own = std::fs::read_to_string(app.data.path().join("rubrics/jvm.toml")).unwrap();
        assert!(own.contains(r#", "sorted tree"]]"#));
        let question =
            app.interview.bank().question(&"jvm.hashmap-treeify".parse().unwrap()).cloned().unwrap();
        assert!(format!("{:?}", question.rubric).contains("sorted tree"), "the bank listens for it at once");

        let again = app.post(&format!("{BENCH}/accept"), form).await;
        assert_eq!(
            again.status,
            StatusCode::CONFLICT,
            "the page was drawn before the change: {}",
            again.body
        );

        let undo = format!("change={}", hidden(&page.body, "change"));
        for _ in 0..2 {
            let undone = app.post(&format!("{BENCH}/undo"), undo.clone()).await;
            assert_eq!(undone.status, StatusCode::SEE_OTHER, "{}", undone.body);
        }
        assert!(!app.data.path().join("rubrics/jvm.toml").exists());
        assert!(!app.get(BENCH).await.body.contains("One way to say it was added"));
    }

    #[tokio::test]
    async fn refused_words_stay_in_the_form_with_the_reason_beside_them() {
        let app = TestApp::new().await;
        let key = bring(&app, ANSWER).await;
        let marks = format!("answer={key}&mark.tree=met&mark.threshold=met");
        app.post(&format!("{BENCH}/marks"), marks).await;
        let page = app.get(&format!("{BENCH}?answer={key}")).await;
        let seen = hidden(&page.body, "seen");
        for (words, says) in [
            ("", "No word is given"),
            ("the of", "only little words"),
            ("memory", "alone is said in all sorts of answers"),
            ("a HashMap when a lot of keys land", "The question itself says"),
            (
                "%3Cscript%3Ememory%3C/script%3E+bucket+bucket+bucket+bucket+bucket+bucket+bucket+bucket+bucket+bucket+x+y",
                "words are too many",
            ),
            ("a%00b", "control character"),
        ] {
            let form = format!("answer={key}&criterion=tree&item=0&seen={seen}&words={words}");
            let refused = app.post(&format!("{BENCH}/accept"), form).await;
            assert!(!refused.body.contains("<script>memory"), "{}", refused.body);
            assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "{words}: {}", refused.body);
            assert!(
                refused.body.contains(says) && refused.body.contains("aria-invalid"),
                "{words}: {}",
                refused.body
            );
        }
        for form in [
            format!("answer={key}&criterion=none&item=0&seen={seen}&words=sorted+tree"),
            format!("answer={key}&criterion=tree&item=99&seen={seen}&words=sorted+tree"),
        ] {
            assert!(app.post(&format!("{BENCH}/accept"), form).await.status.is_client_error());
        }
        let stale = format!("answer={key}&criterion=tree&item=0&seen=0000&words=sorted+tree");
        let stale = app.post(&format!("{BENCH}/accept"), stale).await;
        assert_eq!(stale.status, StatusCode::CONFLICT);
        assert!(stale.body.contains("was edited on disk"), "{}", stale.body);
        assert!(!app.data.path().join("rubrics/jvm.toml").exists());
    }

    #[tokio::test]
    async fn agreement_counts_all_marked_answers_of_the_question() {
        let app = TestApp::new().await;
        let first = bring(&app, ANSWER).await;
        assert_eq!(
            bring(&app, &format!("  {ANSWER}\r\n")).await,
            first,
            "the same words are the same answer"
        );
        let second = bring(&app, "It becomes a red-black tree.").await;
        app.post(&format!("{BENCH}/marks"), format!("answer={first}&mark.tree=met&mark.list=met")).await;
        app.post(&format!("{BENCH}/marks"), format!("answer={second}&mark.tree=missed")).await;
        let page = app.get(&format!("{BENCH}?answer={second}")).await;
        assert!(page.body.contains("agree on 1 of 3 marks: 0.33"), "{}", page.body);
        assert!(page.body.contains("You say missed, the rubric says met."), "{}", page.body);
        assert!(page.body.contains("marked.jsonl"));
        let forgotten = app.post(&format!("{BENCH}/forget"), format!("answer={second}")).await;
        assert_eq!(forgotten.status, StatusCode::SEE_OTHER);
        assert!(app.get(BENCH).await.body.contains("agree on 1 of 2 marks: 0.50"));
        assert_eq!(app.get(&format!("{BENCH}?answer={second}")).await.status, StatusCode::NOT_FOUND);
    }

    #[tokio::test]
    async fn what_no_page_of_ours_sends_is_refused_and_keeps_nothing() {
        let app = TestApp::new().await;
        let other = app.typed("jvm.deadlock", "take a thread dump").await;
        for (path, form) in [
            ("", "text=".to_owned()),
            ("", "text=%20%0D%0A...".to_owned()),
            ("/marks", "mark.tree=met".to_owned()),
            ("/marks", format!("attempt={other}&mark.tree=met")),
            ("/marks", "attempt=%27%3B+DROP+TABLE&mark.tree=met".to_owned()),
            ("/marks", "answer=%00&mark.tree=met".to_owned()),
            ("/undo", "change=".to_owned()),
            ("/undo", "change=%3Cb%3E".to_owned()),
            ("/accept", String::new()),
        ] {
            let sent = app.post(&format!("{BENCH}{path}"), form.clone()).await;
            assert!(sent.status.is_client_error(), "{path} {form}: {}", sent.status);
        }
        let key = bring(&app, "<script>alert(1)</script> \u{0} '; DROP TABLE attempts; --").await;
        let page = app.get(&format!("{BENCH}?answer={key}")).await;
        assert!(page.status.is_success() && !page.body.contains("<script>alert"), "{}", page.body);
        for form in [format!("answer={key}&mark.none=met"), format!("answer={key}&mark.tree=sort+of")] {
            assert_eq!(app.post(&format!("{BENCH}/marks"), form).await.status, StatusCode::BAD_REQUEST);
        }
        let huge = app.post(BENCH, format!("text={}", "word+".repeat(100_000))).await;
        assert_eq!(huge.status, StatusCode::PAYLOAD_TOO_LARGE);
        let long = bring(&app, &"a rather long answer. ".repeat(3_000)).await;
        assert!(app.get(&format!("{BENCH}?answer={long}")).await.status.is_success());
    }
}
