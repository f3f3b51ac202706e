//! Earlier answers, the latest first, and the sessions they belong to.

use super::rows::{AnswerRow, answers, when};
use super::sessions::mode_word;
use crate::app::App;
use crate::error::PageError;
use crate::feedback::whole;
use crate::page::{Nav, Shell, show};
use crate::routes::{Routes, get};
use askama::Template;
use axum::extract::{Query, State};
use axum::response::Response;
use serde::Deserialize;
use std::collections::BTreeSet;
use viva_core::bank::Bank;
use viva_core::clock::Timestamp;
use viva_interview::InterviewError;
use viva_storage::{Cursor, HistoryFilter, Page, PageRequest, SessionSummary};

const A_PAGE: u32 = 50;

/// A wording is looked for by so many characters at most.
const LONGEST_TEXT: usize = 200;

const DAY_MS: i64 = 86_400_000;

/// Periods that can be chosen: days, and how they are called.
const PERIODS: [(&str, i64, &str); 4] = [
    ("7", 7, "the last 7 days"),
    ("30", 30, "the last 30 days"),
    ("90", 90, "the last 90 days"),
    ("365", 365, "the last year"),
];

/// Every page of this file.
pub fn routes() -> Routes {
    Routes::new().route("/history", get(page))
}

/// What to list, and where the list begins.
#[derive(Debug, Default, Deserialize)]
pub struct Asked {
    #[serde(default)]
    by: String,
    #[serde(default)]
    after: String,
    #[serde(default)]
    pack: String,
    #[serde(default)]
    topic: String,
    #[serde(default)]
    question: String,
    #[serde(default)]
    q: String,
    #[serde(default)]
    days: String,
}

struct Choice {
    id: String,
    title: String,
    chosen: bool,
}

struct SessionRow {
    href: String,
    when: String,
    mode: &'static str,
    answered: String,
    mean: String,
    state: &'static str,
}

#[derive(Template)]
#[template(path = "history.html")]
struct HistoryPage {
    shell: Shell,
    heading: String,
    filtered: bool,
    packs: Vec<Choice>,
    topics: Vec<Choice>,
    periods: Vec<Choice>,
    text: String,
    question: Option<Choice>,
    recent: Vec<AnswerRow>,
    older: Option<String>,
}

#[derive(Template)]
#[template(path = "history_sessions.html")]
struct SessionsPage {
    shell: Shell,
    heading: String,
    sessions: Vec<SessionRow>,
    older: Option<String>,
}

/// `GET /history`
pub async fn page(
    State(app): State<App>,
    shell: Shell,
    Query(asked): Query<Asked>,
) -> Result<Response, PageError> {
    let page = PageRequest { after: cursor(&asked.after)?, limit: A_PAGE };
    if asked.by == "session" {
        return by_session(&app, shell, page).await;
    }
    let interview = &app.interview;
    let (now, bank) = (interview.now(), interview.bank());
    let filter = filter(&asked, now)?;
    let count = interview.store().count(&filter).await.map_err(InterviewError::from)?;
    // To find nothing takes a list longest.
    let found = match count {
        0 => Page { items: Vec::new(), next: None },
        _ => interview.history(&filter, page).await?,
    };
    let filtered = filter != HistoryFilter::default();
    Ok(show(&HistoryPage {
        heading: heading(count, filtered),
        filtered,
        packs: bank.packs().iter().map(|pack| choice(pack.id.as_str(), &pack.title, &asked.pack)).collect(),
        topics: topics(&bank, &asked),
        periods: PERIODS.iter().map(|(id, _, title)| choice(id, title, &asked.days)).collect(),
        question: filter.question.as_ref().map(|id| {
            let ask = bank.question(id).map(|question| question.ask.clone());
            Choice { id: id.to_string(), title: ask.unwrap_or_else(|| id.to_string()), chosen: true }
        }),
        text: filter.text.clone().unwrap_or_default(),
        recent: answers(&found.items, now),
        older: found.next.map(|cursor| older(&asked, cursor)),
        shell: shell.under(Nav::History),
    }))
}

async fn by_session(app: &App, shell: Shell, page: PageRequest) -> Result<Response, PageError> {
    let store = app.interview.store();
    let found = store.sessions(page).await.map_err(InterviewError::from)?;
    let now = app.interview.now();
    Ok(show(&SessionsPage {
        heading: match (found.items.len(), found.next) {
            (1, None) => "One session".to_owned(),
            (n, None) if n > 0 => format!("{n} sessions"),
            _ => "Sessions".to_owned(),
        },
        sessions: found.items.iter().map(|session| session_row(session, now)).collect(),
        older: found.next.map(|cursor| format!("/history?by=session&after={cursor}")),
        shell: shell.under(Nav::History),
    }))
}

fn session_row(session: &SessionSummary, now: Timestamp) -> SessionRow {
    SessionRow {
        href: format!("/sessions/{}", session.id),
        when: when(session.started_at, now),
        mode: mode_word(session.mode),
        answered: format!("{} of {}", session.answered, session.questions),
        mean: session.mean_score.map(|mean| whole(mean).to_string()).unwrap_or_default(),
        state: match (session.finished_at, session.answered == session.questions) {
            (Some(_), _) => "finished",
            (None, true) => "all answered",
            (None, false) => "open",
        },
    }
}

fn cursor(text: &str) -> Result<Option<Cursor>, PageError> {
    if text.is_empty() {
        return Ok(None);
    }
    let read = text.parse().map(Some);
    read.map_err(|_| PageError::BadRequest("This page of the list does not exist.".into()))
}

fn filter(asked: &Asked, now: Timestamp) -> Result<HistoryFilter, PageError> {
    let unknown = |what: &str| PageError::BadRequest(format!("There is no such {what}."));
    let named = |text: &str| (!text.is_empty()).then(|| text.to_owned());
    let from = match asked.days.as_str() {
        "" => None,
        days => {
            let (_, days, _) =
                PERIODS.iter().find(|(id, ..)| *id == days).ok_or_else(|| unknown("period"))?;
            Some(Timestamp(now.0 - days * DAY_MS))
        }
    };
    let text: String =
        asked.q.trim().chars().filter(|letter| !letter.is_control()).take(LONGEST_TEXT).collect();
    Ok(HistoryFilter {
        pack: named(&asked.pack).map(|id| id.parse().map_err(|_| unknown("pack"))).transpose()?,
        question: named(&asked.question).map(|id| id.parse().map_err(|_| unknown("question"))).transpose()?,
        topic: named(&asked.topic),
        text: named(&text),
        from,
        ..HistoryFilter::default()
    })
}

fn choice(id: &str, title: &str, chosen: &str) -> Choice {
    Choice { id: id.to_owned(), title: title.to_owned(), chosen: id == chosen }
}

/// Topics of the chosen pack, or of all; one that was asked for and is gone is still named.
fn topics(bank: &Bank, asked: &Asked) -> Vec<Choice> {
    let of_pack = |pack: &str| asked.pack.is_empty() || asked.pack == pack;
    let mut topics: BTreeSet<&str> = bank
        .questions()
        .filter(|question| of_pack(question.pack.as_str()))
        .map(|question| question.topic.as_str())
        .collect();
    if !asked.topic.is_empty() {
        topics.insert(&asked.topic);
    }
    topics.into_iter().map(|topic| choice(topic, topic, &asked.topic)).collect()
}

fn heading(count: u64, filtered: bool) -> String {
    match (count, filtered) {
        (0, false) => "Earlier answers".to_owned(),
        (0, true) => "No answer fits".to_owned(),
        (1, _) => "One answer".to_owned(),
        (n, _) => format!("{n} answers"),
    }
}

fn older(asked: &Asked, cursor: Cursor) -> String {
    let mut address = format!("/history?after={cursor}");
    for (name, value) in [
        ("pack", &asked.pack),
        ("topic", &asked.topic),
        ("question", &asked.question),
        ("q", &asked.q),
        ("days", &asked.days),
    ] {
        if !value.is_empty() {
            address += &format!("&{name}={}", encoded(value));
        }
    }
    address
}

/// A value as it stands in an address.
pub fn encoded(value: &str) -> String {
    url::form_urlencoded::byte_serialize(value.as_bytes()).collect()
}

#[cfg(test)]
mod tests {
    use crate::testing::TestApp;
    use axum::http::StatusCode;

    const MORE: &str = "Colliding keys sit in a linked list, searched one by one. At more than eight nodes, and with \
        sixty-four slots at least, the bucket becomes a red-black tree, so a lookup is logarithmic.";

    async fn two_answers() -> TestApp {
        let app = TestApp::new().await;
        app.typed("jvm.hashmap-treeify", MORE).await;
        app.typed("databases.isolation-levels", MORE).await;
        app
    }

    #[tokio::test]
    async fn filters_narrow_the_list_and_keep_what_was_chosen() {
        let app = two_answers().await;
        for (query, count) in [
            ("", "2 answers"),
            ("?pack=jvm", "One answer"),
            ("?pack=databases", "One answer"),
            ("?q=the+SAME+bucket", "One answer"),
            ("?q=hashmap&pack=databases", "No answer fits"),
            ("?topic=collections&days=7", "One answer"),
            ("?question=jvm.hashmap-treeify", "One answer"),
            ("?topic=nothing%20of%20the%20kind", "No answer fits"),
        ] {
            let page = app.get(&format!("/history{query}")).await;
            assert_eq!(page.status, StatusCode::OK, "{query}");
            assert!(page.body.contains(&format!("<h1>{count}</h1>")), "{query}: {}", page.body);
        }
        let page = app.get("/history?pack=jvm&q=keys").await.body;
        assert!(page.contains("value=\"jvm\" selected") && page.contains("value=\"keys\""), "{page}");
        assert!(page.contains("Show all answers"), "{page}");
    }

    #[tokio::test]
    async fn every_row_leads_to_its_feedback_and_its_comparison() {
        let app = TestApp::new().await;
        app.typed(
            "jvm.hashmap-treeify",
            "Colliding keys sit in a linked list and are searched one by one there.",
        )
        .await;
        let attempt = app.typed("jvm.hashmap-treeify", MORE).await;
        let page = app.get("/history").await.body;
        assert!(page.contains(&format!("href=\"/attempts/{attempt}\"")), "{page}");
        assert!(page.contains(&format!("/questions/jvm.hashmap-treeify/attempts?b={attempt}")), "{page}");
    }

    #[tokio::test]
    async fn sessions_are_listed_with_what_became_of_them() {
        let app = TestApp::new().await;
        let empty = app.get("/history?by=session").await.body;
        assert!(empty.contains("No sessions yet."), "{empty}");
        app.typed("jvm.hashmap-treeify", MORE).await;
        let page = app.get("/history?by=session").await.body;
        assert!(
            page.contains("One session") && page.contains("1 of 1") && page.contains("href=\"/sessions/"),
            "{page}"
        );
    }

    #[tokio::test]
    async fn a_long_list_goes_on_where_it_ended_and_under_the_same_filter() {
        let app = TestApp::new().await;
        for _ in 0..52 {
            app.typed("jvm.hashmap-treeify", "I don't know.").await;
        }
        let page = app.get("/history?q=bucket&days=30").await.body;
        let from = page.find("/history?after=").expect("a link to older answers");
        let href = page[from..].split('"').next().unwrap().replace("&#38;", "&");
        assert!(href.contains("q=bucket") && href.contains("days=30"), "{href}");
        let older = app.get(&href).await;
        assert_eq!(older.status, StatusCode::OK);
        assert_eq!(older.body.matches("href=\"/attempts/").count(), 2, "{}", older.body);
        assert!(!older.body.contains("/history?after="));
        let sessions = app.get("/history?by=session").await.body;
        let from = sessions.find("/history?by=session").expect("tabs");
        assert!(sessions[from..].contains("after="), "{sessions}");
    }

    #[tokio::test]
    async fn hostile_addresses_are_refused_or_find_nothing() {
        let app = two_answers().await;
        for (query, status) in [
            ("?after=1;drop%20table".to_owned(), StatusCode::BAD_REQUEST),
            ("?pack=%27%20OR%201%3D1".to_owned(), StatusCode::BAD_REQUEST),
            ("?question=%00".to_owned(), StatusCode::BAD_REQUEST),
            ("?days=-1".to_owned(), StatusCode::BAD_REQUEST),
            ("?by=%00".to_owned(), StatusCode::OK),
            ("?q=%00%25_%27%20OR%201%3D1--".to_owned(), StatusCode::OK),
            ("?topic=%00".to_owned(), StatusCode::OK),
            (format!("?q={}", "%25".repeat(15_000)), StatusCode::OK),
            ("?q=%3Cscript%3Ealert(1)%3C/script%3E&topic=%22%3E%3Cb%3E".to_owned(), StatusCode::OK),
        ] {
            let page = app.get(&format!("/history{query}")).await;
            assert_eq!(page.status, status, "{query}");
            assert!(!page.body.contains("<script>alert") && !page.body.contains("\"><b>"), "{query}");
        }
    }
}
