//! Progress: which topics were tried, how they go, whether that changed, and what keeps being missed.

use super::history::encoded;
use super::rows::{day, in_words, when};
use super::sentence;
use crate::app::App;
use crate::charts::{self, MeanOf, Point};
use crate::error::PageError;
use crate::feedback::whole;
use crate::page::{Nav, Shell, show};
use crate::routes::{Routes, get};
use askama::Template;
use axum::extract::State;
use axum::response::Response;
use std::collections::HashMap;
use viva_core::bank::{Bank, Pack, Question};
use viva_core::clock::Timestamp;
use viva_core::ids::{CriterionId, QuestionId};
use viva_core::progress::{QuestionPast, Summary, TREND_WINDOW, Trend, summarise};
use viva_interview::InterviewError;
use viva_storage::{KeptMissing, ScorePoint};

/// A criterion is looked for in so many of the last answers to its question.
const AMONG: u32 = 5;
/// The most lines of what keeps being missed, and how many of them one question may take.
const MISSED_LINES: usize = 6;
const OF_ONE_QUESTION: usize = 2;
/// So many are looked at to find them.
const MISSED_LOOKED_AT: u32 = 60;
/// The width of a coverage bar.
const BAR: usize = 64;

/// Every page of this file.
pub fn routes() -> Routes {
    Routes::new().route("/progress", get(page))
}

/// How many of some questions were tried, drawn as a bar.
struct Coverage {
    says: String,
    width: usize,
}

struct TopicRow {
    topic: String,
    href: Option<String>,
    coverage: Coverage,
    answers: u32,
    mean: String,
    trend: TrendView,
    /// The question to begin with, where none was tried.
    first: Option<QuestionId>,
}

struct TrendView {
    icon: &'static str,
    says: String,
}

struct AnswerPoint {
    when: String,
    ask: String,
    score: u32,
    href: String,
}

struct PackView {
    id: String,
    title: String,
    coverage: String,
    finding: String,
    chart: Option<String>,
    answers: Vec<AnswerPoint>,
    topics: Vec<TopicRow>,
}

struct MissedRow {
    says: String,
    how_often: String,
    ask: String,
    question: QuestionId,
    criterion: CriterionId,
}

#[derive(Template)]
#[template(path = "progress.html")]
struct ProgressPage {
    shell: Shell,
    heading: String,
    lead: String,
    elsewhere: Option<String>,
    any: bool,
    missed: Vec<MissedRow>,
    packs: Vec<PackView>,
}

/// `GET /progress`
pub async fn page(State(app): State<App>, shell: Shell) -> Result<Response, PageError> {
    let store = app.interview.store();
    let each = u32::try_from(TREND_WINDOW).unwrap_or(u32::MAX);
    let (asked, recent, missing) = tokio::try_join!(
        store.past(),
        store.recent_scores(each),
        store.kept_missing(AMONG, MISSED_LOOKED_AT)
    )
    .map_err(InterviewError::from)?;
    let bank = app.interview.bank();
    let now = app.interview.now();

    let mut past: HashMap<QuestionId, QuestionPast> = HashMap::new();
    for one in asked {
        past.entry(one.question).or_default().answers = one.answers;
    }
    for point in &recent {
        let one = past.entry(point.question.clone()).or_default();
        one.recent.push((point.asked_at, point.score.score));
    }
    let all = summarise(bank.questions().map(|question| &question.id), &past);
    let view = View { bank: &bank, past: &past, recent: &recent, now };
    Ok(show(&ProgressPage {
        heading: heading(&bank, &past, &all),
        lead: lead(&all),
        elsewhere: elsewhere(&bank, &past),
        any: all.answers > 0,
        missed: missed(&bank, &missing),
        packs: bank.packs().iter().map(|pack| view.pack(pack)).collect(),
        shell: shell.under(Nav::Progress),
    }))
}

/// The topic that changed most, if one did; else how much was tried.
fn heading(bank: &Bank, past: &HashMap<QuestionId, QuestionPast>, all: &Summary) -> String {
    let changed = bank.packs().iter().flat_map(topics).filter_map(|(topic, questions)| {
        let summary = summarise(questions.iter().map(|question| &question.id), past);
        match summary.trend {
            Trend::Changed { from, to, over } => Some(((to - from).abs(), finding(topic, from, to, over))),
            Trend::TooFew | Trend::Steady { .. } => None,
        }
    });
    match (changed.max_by(|a, b| a.0.total_cmp(&b.0)), all.answers) {
        (Some((_, says)), _) => says,
        (None, 0) => "No answers yet".to_owned(),
        (None, _) => format!("{} of {} questions tried", all.tried, all.questions),
    }
}

/// `Databases went from 41 to 66 over six answers.`
fn finding(name: &str, from: f64, to: f64, over: usize) -> String {
    let name = sentence(name);
    let name = name.trim_end_matches('.');
    format!("{name} went from {} to {} over {} answers.", whole(from), whole(to), in_words(over))
}

fn lead(all: &Summary) -> String {
    if all.answers == 0 {
        return "Answer a few questions, and this page says which topics go well and what keeps being missed."
            .to_owned();
    }
    let answers = match all.answers {
        1 => "One answer".to_owned(),
        n => format!("{n} answers"),
    };
    match all.mean {
        Some(mean) => format!(
            "{answers} to {} of {} questions. The mean of the latest scores is {}.",
            all.tried,
            all.questions,
            whole(mean)
        ),
        None => format!("{answers}. Too few for a mean: five would be enough."),
    }
}

/// Answers to questions that are in no pack any more.
fn elsewhere(bank: &Bank, past: &HashMap<QuestionId, QuestionPast>) -> Option<String> {
    let gone = past.iter().filter(|(id, _)| bank.question(id).is_none());
    match gone.map(|(_, one)| one.answers).sum::<u32>() {
        0 => None,
        1 => Some("One more answer is to a question that is in no pack any more.".to_owned()),
        n => Some(format!("{n} more answers are to questions that are in no pack any more.")),
    }
}

/// Of each question only the first few, so that one hard question does not take all lines.
fn missed(bank: &Bank, missing: &[KeptMissing]) -> Vec<MissedRow> {
    let mut taken: HashMap<&QuestionId, usize> = HashMap::new();
    let rows = missing.iter().filter_map(|one| {
        let row = missed_row(bank, one)?;
        let taken = taken.entry(&one.question).or_default();
        *taken += 1;
        (*taken <= OF_ONE_QUESTION).then_some(row)
    });
    rows.take(MISSED_LINES).collect()
}

fn missed_row(bank: &Bank, one: &KeptMissing) -> Option<MissedRow> {
    let question = bank.question(&one.question)?;
    let criterion = question.rubric.criteria.iter().find(|criterion| criterion.id == one.criterion)?;
    let how_often = match (one.missed, one.answers) {
        (2, 2) => "Not heard in either of the last two answers".to_owned(),
        (missed, answers) if missed == answers => {
            format!("Not heard in any of the last {} answers", in_words(answers as usize))
        }
        (missed, answers) => {
            format!(
                "Not heard in {} of the last {} answers",
                in_words(missed as usize),
                in_words(answers as usize)
            )
        }
    };
    Some(MissedRow {
        says: criterion.says.clone(),
        how_often,
        ask: question.ask.clone(),
        question: one.question.clone(),
        criterion: one.criterion.clone(),
    })
}

/// The topics of a pack in the order in which they first stand there.
fn topics(pack: &Pack) -> Vec<(&str, Vec<&Question>)> {
    let mut topics: Vec<(&str, Vec<&Question>)> = Vec::new();
    for question in &pack.questions {
        match topics.iter_mut().find(|(topic, _)| *topic == question.topic) {
            Some((_, questions)) => questions.push(question),
            None => topics.push((&question.topic, vec![question])),
        }
    }
    topics
}

struct View<'a> {
    bank: &'a Bank,
    past: &'a HashMap<QuestionId, QuestionPast>,
    recent: &'a [ScorePoint],
    now: Timestamp,
}

impl View<'_> {
    fn pack(&self, pack: &Pack) -> PackView {
        let summary = summarise(pack.questions.iter().map(|question| &question.id), self.past);
        let finding = pack_finding(&pack.title, &summary);
        PackView {
            id: pack.id.to_string(),
            title: pack.title.clone(),
            coverage: format!("{} of {} questions tried", summary.tried, summary.questions),
            chart: (summary.recent.len() > 1).then(|| self.chart(&summary, &finding)),
            answers: self.answers(&summary),
            topics: topics(pack)
                .into_iter()
                .map(|(topic, questions)| self.topic(pack, topic, &questions))
                .collect(),
            finding,
        }
    }

    fn topic(&self, pack: &Pack, topic: &str, questions: &[&Question]) -> TopicRow {
        let summary = summarise(questions.iter().map(|question| &question.id), self.past);
        let touched = summary.answers > 0;
        TopicRow {
            topic: topic.to_owned(),
            href: touched.then(|| format!("/history?pack={}&topic={}", pack.id, encoded(topic))),
            coverage: Coverage {
                says: format!("{} of {}", summary.tried, summary.questions),
                width: BAR * summary.tried / summary.questions.max(1),
            },
            answers: summary.answers,
            mean: match (summary.mean, touched) {
                (Some(mean), _) => whole(mean).to_string(),
                (None, true) => "too few".to_owned(),
                (None, false) => "none yet".to_owned(),
            },
            trend: trend_view(&summary),
            first: questions.first().filter(|_| !touched).map(|question| question.id.clone()),
        }
    }

    fn chart(&self, summary: &Summary, finding: &str) -> String {
        let last = summary.recent.len() - 1;
        let points: Vec<Point> = (0..)
            .zip(&summary.recent)
            .map(|(place, (_, at, score))| Point {
                score: *score,
                low: *score,
                high: *score,
                when: day(*at, self.now),
                named: place == 0 || place == last,
            })
            .collect();
        let half = points.len() / 2;
        let means = match summary.trend {
            Trend::Changed { from, to, .. } => vec![
                MeanOf { first: 0, last: half - 1, mean: from },
                MeanOf { first: points.len() - half, last, mean: to },
            ],
            Trend::Steady { mean, .. } => vec![MeanOf { first: 0, last, mean }],
            Trend::TooFew => Vec::new(),
        };
        charts::scores(&points, &means, finding)
    }

    /// The figures of the chart, the latest first.
    fn answers(&self, summary: &Summary) -> Vec<AnswerPoint> {
        let attempt = |id: &QuestionId, at: Timestamp| {
            self.recent.iter().find(|point| point.question == *id && point.asked_at == at)
        };
        let rows = summary.recent.iter().rev().map(|(id, at, score)| AnswerPoint {
            when: when(*at, self.now),
            ask: self.bank.question(id).map_or_else(|| id.to_string(), |question| question.ask.clone()),
            score: whole(*score),
            href: attempt(id, *at).map(|point| format!("/attempts/{}", point.attempt)).unwrap_or_default(),
        });
        rows.collect()
    }
}

fn pack_finding(title: &str, summary: &Summary) -> String {
    match (summary.trend, summary.answers) {
        (_, 0) => "None yet.".to_owned(),
        (Trend::Changed { from, to, over }, _) => finding(title, from, to, over),
        (Trend::Steady { mean, over }, _) => {
            format!("About the same over the last {} answers: {} in the mean.", in_words(over), whole(mean))
        }
        (Trend::TooFew, 1) => {
            "One answer. Too few to say whether it changes: six would be enough.".to_owned()
        }
        (Trend::TooFew, n) => {
            let many = sentence(&in_words(n as usize));
            format!(
                "{} answers. Too few to say whether it changes: six would be enough.",
                many.trim_end_matches('.')
            )
        }
    }
}

fn trend_view(summary: &Summary) -> TrendView {
    match summary.trend {
        _ if summary.answers == 0 => TrendView { icon: "", says: String::new() },
        Trend::TooFew => TrendView { icon: "", says: "too few".into() },
        Trend::Steady { .. } => TrendView { icon: "same", says: "about the same".into() },
        Trend::Changed { from, to, .. } => TrendView {
            icon: if to > from { "won" } else { "lost" },
            says: format!("from {} to {}", whole(from), whole(to)),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::TestApp;
    use axum::http::StatusCode;

    const QUESTION: &str = "jvm.hashmap-treeify";
    const LITTLE: &str =
        "Colliding keys sit in a linked list and they are searched one by one until the right key is found.";
    const MORE: &str = "Colliding keys sit in a linked list, searched one by one. At more than eight nodes, and with \
        sixty-four slots at least, the bucket becomes a red-black tree, so a lookup is logarithmic.";

    #[tokio::test]
    async fn before_the_first_answer_the_page_says_what_will_be_there() {
        let app = TestApp::new().await;
        let page = app.get("/progress").await;
        assert_eq!(page.status, StatusCode::OK);
        assert!(page.body.contains("No answers yet") && page.body.contains("none yet"), "{}", page.body);
        assert!(!page.body.contains("role=\"img\""), "nothing is drawn of nothing");
    }

    #[tokio::test]
    async fn a_change_is_the_heading_and_is_drawn_with_its_figures_beside_it() {
        let app = TestApp::new().await;
        for answer in [LITTLE, LITTLE, LITTLE, MORE, MORE, MORE] {
            app.typed(QUESTION, answer).await;
        }
        let page = app.get("/progress").await.body;
        assert!(page.contains("<h1>Collections went from "), "{page}");
        assert!(page.contains("over six answers."), "{page}");
        assert!(page.contains("role=\"img\" aria-label=\"") && page.contains("d-mean"), "{page}");
        assert!(page.contains("The same as a table"), "{page}");
        assert_eq!(page.matches("href=\"/attempts/").count(), 6, "{page}");
        assert!(!page.contains(" style="), "{page}");
    }

    #[tokio::test]
    async fn few_answers_have_no_mean_and_no_trend() {
        let app = TestApp::new().await;
        for _ in 0..3 {
            app.typed(QUESTION, MORE).await;
        }
        let page = app.get("/progress").await.body;
        assert!(page.contains("1 of 72 questions tried") && page.contains("too few"), "{page}");
        assert!(page.contains("Three answers. Too few to say"), "{page}");
    }

    #[tokio::test]
    async fn what_keeps_being_missed_leads_to_its_question() {
        let app = TestApp::new().await;
        app.typed(QUESTION, LITTLE).await;
        assert!(!app.get("/progress").await.body.contains("What keeps being missed"));
        app.typed(QUESTION, LITTLE).await;
        let page = app.get("/progress").await.body;
        assert!(page.contains("What keeps being missed"), "{page}");
        assert!(page.contains("Not heard in either of the last two answers"), "{page}");
        assert!(page.contains(&format!("href=\"/questions/{QUESTION}/attempts\"")), "{page}");
    }

    #[test]
    fn a_finding_reads_as_a_sentence() {
        assert_eq!(finding("databases", 41.2, 65.9, 6), "Databases went from 41 to 66 over six answers.");
    }
}
