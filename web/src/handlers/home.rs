//! Home: what comes next, something else, and how the last answers went.

use super::rows::{AnswerRow, answers};
use super::sessions::{self, SetUpForm};
use crate::app::App;
use crate::error::PageError;
use crate::page::{Nav, Shell, show, show_with};
use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use viva_core::bank::{Level, Pack};
use viva_core::clock::Timestamp;
use viva_core::session::{AttemptState, Length, PickOptions};
use viva_core::units::Millis;
use viva_interview::EarsState;
use viva_storage::{HistoryEntry, HistoryFilter, PageRequest};

/// What the start page offers without being asked.
const NEXT_UP: u32 = 4;
const RECENT: u32 = 8;

/// A choice in a list.
#[derive(Debug)]
pub struct Choice {
    id: String,
    title: String,
    count: usize,
    chosen: bool,
}

struct NextRow {
    ask: String,
    reason: String,
    topic: String,
    length: String,
}

struct Resume {
    href: String,
    says: String,
}

#[derive(Template)]
#[template(path = "home.html")]
struct HomePage {
    shell: Shell,
    heading: String,
    lead: Option<String>,
    notices: Vec<String>,
    next: Vec<NextRow>,
    next_ids: String,
    start_says: String,
    resume: Option<Resume>,
    packs: Vec<Choice>,
    topics: Vec<TopicGroup>,
    levels: Vec<Choice>,
    kinds: Vec<Choice>,
    typed: SetUpForm,
    problem: Option<String>,
    recent: Vec<AnswerRow>,
}

/// The topics of one pack, in a list of choices.
struct TopicGroup {
    title: String,
    topics: Vec<Choice>,
}

/// `GET /`
pub async fn page(State(app): State<App>, shell: Shell) -> Result<Response, PageError> {
    draw(&app, shell, SetUpForm::default(), None).await
}

/// The page, with what was typed into the form beside and what is wrong with it.
pub async fn draw(
    app: &App,
    shell: Shell,
    typed: SetUpForm,
    problem: Option<String>,
) -> Result<Response, PageError> {
    let interview = &app.interview;
    let now = interview.now();
    let options = PickOptions {
        packs: Vec::new(),
        topic: None,
        level: None,
        kind: None,
        length: Length::Questions(NEXT_UP),
        seed: day(now),
    };
    let picks = interview.picks(&options).await?;
    let entries = interview.history(&HistoryFilter::default(), PageRequest::first(RECENT)).await?.items;
    let (mut next, mut ids, mut seconds) = (Vec::new(), Vec::new(), 0);
    for pick in &picks {
        if let Some(question) = interview.bank().question(&pick.question) {
            seconds += question.seconds;
            ids.push(pick.question.as_str());
            next.push(NextRow {
                ask: question.ask.clone(),
                reason: super::sentence(&pick.reason.to_string()).trim_end_matches('.').to_owned(),
                topic: question.topic.clone(),
                length: Millis(u64::from(question.seconds) * 1000).to_string(),
            });
        }
    }
    let first_visit = entries.is_empty();
    let status = if problem.is_some() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    let page = HomePage {
        heading: heading(next.len(), seconds, first_visit),
        lead: first_visit.then(|| {
            "Nothing is due yet. Answer one question and Viva will know what to ask next. About two minutes."
                .to_owned()
        }),
        notices: notices(app),
        start_says: match next.len() {
            1 => "Start with this one".to_owned(),
            n => format!("Start with these {}", in_words(n)),
        },
        next,
        next_ids: ids.join(","),
        resume: resume(&entries),
        packs: packs(app, &typed.packs),
        topics: topics(app, &typed.topic),
        levels: levels(&typed.level),
        kinds: kinds(&typed.kind),
        typed,
        problem,
        recent: answers(&entries, now),
        shell: shell.under(Nav::Practice).with_footer(footer(app).await),
    };
    Ok(if status == StatusCode::OK { show(&page) } else { show_with(status, &page) })
}

/// A number that changes at midnight UTC, so that a reload shows the same questions and tomorrow others.
fn day(now: Timestamp) -> u64 {
    u64::try_from(now.0 / 86_400_000).unwrap_or(0)
}

fn heading(questions: usize, seconds: u32, first_visit: bool) -> String {
    let minutes = seconds.div_ceil(60);
    match (questions, first_visit) {
        (0, _) => "There are no questions yet. Put a pack into the rubrics folder.".to_owned(),
        (_, true) => "Answer one question aloud.".to_owned(),
        (1, _) => format!("One question is next. About {minutes} minutes."),
        (n, _) => format!(
            "{} questions are next. About {minutes} minutes.",
            super::sentence(in_words(n)).trim_end_matches('.')
        ),
    }
}

fn in_words(n: usize) -> &'static str {
    ["no", "one", "two", "three", "four"].get(n).copied().unwrap_or("more")
}

fn resume(entries: &[HistoryEntry]) -> Option<Resume> {
    let open =
        entries.iter().find(|entry| matches!(entry.state, AttemptState::Asked | AttemptState::Recording))?;
    Some(Resume {
        href: format!("/sessions/{}/questions/{}", open.session, open.position + 1),
        says: format!("Continue: {}", open.topic),
    })
}

fn packs(app: &App, chosen: &[String]) -> Vec<Choice> {
    let bank = app.interview.bank();
    bank.packs()
        .iter()
        .map(|pack| Choice {
            id: pack.id.to_string(),
            title: pack.title.clone(),
            count: pack.questions.len(),
            chosen: chosen.iter().any(|id| id == pack.id.as_str()),
        })
        .collect()
}

fn topics(app: &App, chosen: &str) -> Vec<TopicGroup> {
    let bank = app.interview.bank();
    let group = |pack: &Pack| {
        let mut topics: Vec<Choice> = Vec::new();
        for question in &pack.questions {
            match topics.iter_mut().find(|topic| topic.id == question.topic) {
                Some(topic) => topic.count += 1,
                None => topics.push(Choice {
                    id: question.topic.clone(),
                    title: question.topic.clone(),
                    count: 1,
                    chosen: question.topic == chosen,
                }),
            }
        }
        topics.sort_by(|a, b| a.title.cmp(&b.title));
        TopicGroup { title: pack.title.clone(), topics }
    };
    bank.packs().iter().map(group).collect()
}

fn levels(chosen: &str) -> Vec<Choice> {
    let levels = [Level::Junior, Level::Mid, Level::Senior];
    words(levels.map(crate::feedback::level_word), chosen)
}

fn kinds(chosen: &str) -> Vec<Choice> {
    words(sessions::KINDS.map(|(word, _)| word), chosen)
}

fn words<const N: usize>(words: [&'static str; N], chosen: &str) -> Vec<Choice> {
    let choice = |word: &str| Choice {
        id: word.into(),
        title: super::sentence(word).trim_end_matches('.').into(),
        count: 0,
        chosen: word == chosen,
    };
    words.into_iter().map(choice).collect()
}

/// What stands in the way of a spoken answer, with what to do about it.
pub fn notices(app: &App) -> Vec<String> {
    match app.interview.ears().state() {
        EarsState::Ready { .. } => Vec::new(),
        EarsState::NoModel { what_now, .. } => {
            vec![format!("Viva can record but not transcribe yet. {what_now} Or type your answers.")]
        }
    }
}

async fn footer(app: &App) -> Vec<String> {
    let mut facts = Vec::new();
    if let EarsState::Ready { model } = app.interview.ears().state() {
        facts.push(format!("Whisper {model}"));
    }
    match app.interview.store().usage().await {
        Ok(usage) => {
            let megabytes = (usage.audio_bytes + usage.database_bytes) as f64 / 1e6;
            facts.push(format!("{megabytes:.0} MB used on this machine"));
        }
        Err(error) => tracing::warn!(%error, "the disk used could not be told"),
    }
    facts
}

#[cfg(test)]
mod tests {
    use crate::testing::TestApp;
    use axum::http::StatusCode;

    #[tokio::test]
    async fn the_first_visit_says_what_to_do() {
        let app = TestApp::new().await;
        let page = app.get("/").await;
        assert_eq!(page.status, StatusCode::OK);
        assert!(page.body.contains("Answer one question aloud."), "{}", page.body);
        assert!(page.body.contains("No answers yet."));
    }

    #[tokio::test]
    async fn a_form_that_does_not_fit_says_so_and_keeps_what_was_typed() {
        let app = TestApp::new().await;
        for (form, says) in [
            ("pack=jvm&count=0&seed=7", "from 1 to 50"),
            ("pack=jvm&count=99999999999999999999&seed=7", "from 1 to 50"),
            ("count=4&seed=%3Cscript%3E", "whole number"),
            ("count=4&level=guru", "junior, mid or senior"),
            ("count=4&kind=trick", "technical, behavioural, code or design"),
            ("count=2&unit=minutes&topic=no+such+topic", "No question fits"),
            ("count=500&unit=minutes", "from 1 to 240"),
            ("count=4&unit=hours", "questions or minutes"),
            ("pack=no-such-pack&count=4", "No question fits"),
            ("pack=..%2F..%2Fetc&count=4", "lower-case letters"),
            ("questions=no.such-question", "no question"),
        ] {
            let page = app.post("/sessions", form).await;
            assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY, "{form}");
            assert!(page.body.contains(says), "{form}: {}", page.body);
            assert!(!page.body.contains("<script>"), "{form}");
        }
        let page = app.post("/sessions", "pack=jvm&pack=spring&count=0&seed=41&unit=minutes").await;
        assert!(page.body.contains("value=\"41\""));
        assert_eq!(page.body.matches(" checked").count(), 3, "two packs and the mode: {}", page.body);
        assert!(page.body.contains("value=\"minutes\" selected"));
    }

    #[tokio::test]
    async fn a_session_may_be_as_long_as_the_evening_allows() {
        let app = TestApp::new().await;
        let started =
            app.post("/sessions", "pack=jvm&pack=databases&count=8&unit=minutes&kind=technical&seed=3").await;
        let id = started.location.trim_start_matches("/sessions/").trim_end_matches("/questions/1");
        let session = app.interview.session(id.parse().unwrap()).await.unwrap();
        let bank = app.interview.bank();
        let asked: Vec<_> =
            session.places.iter().map(|place| bank.question(&place.question).unwrap()).collect();
        assert!((2..=5).contains(&asked.len()), "{}", asked.len());
        assert!(asked.iter().all(|question| ["jvm", "databases"].contains(&question.pack.as_str())));
        assert!(asked.windows(2).all(|pair| pair[0].topic != pair[1].topic), "topics take turns");
    }

    #[tokio::test]
    async fn the_same_seed_asks_the_same_questions() {
        let app = TestApp::new().await;
        let mut asked = Vec::new();
        for _ in 0..2 {
            let started = app.post("/sessions", "pack=jvm&count=5&seed=11&mode=practice").await;
            let session = app.get(started.location.trim_end_matches("/questions/1")).await.body;
            let asks: Vec<String> = session
                .split("said-link")
                .skip(1)
                .map(|row| row.split('<').next().unwrap().split('>').nth(1).unwrap().to_owned())
                .collect();
            assert_eq!(asks.len(), 5);
            asked.push(asks);
        }
        assert_eq!(asked[0], asked[1]);
    }
}
