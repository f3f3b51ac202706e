//! Sessions as files, and one session on paper.

use super::rows;
use crate::app::App;
use crate::error::PageError;
use crate::export::{Answer, Asked, Exporter, Format, Session, all_sessions, gather};
use crate::feedback::{level_word, whole};
use crate::page::{Nav, Shell, show};
use crate::routes::{Routes, get};
use askama::Template;
use axum::body::{Body, Bytes};
use axum::extract::{Path, State};
use axum::http::header;
use axum::response::{IntoResponse, Response};
use futures::stream;
use viva_core::assessment::Verdict;
use viva_core::ids::SessionId;
use viva_interview::InterviewError;

/// The addresses of exports.
pub fn routes() -> Routes {
    let mut router = Routes::new().route("/sessions/{session}/print", get(print));
    for format in Format::ALL {
        router = router
            .route(
                &format!("/sessions/{{session}}/export.{format}"),
                get(move |State(app): State<App>, Path(id): Path<String>| one(app, id, format)),
            )
            .route(&format!("/data/export.{format}"), get(move |State(app): State<App>| all(app, format)));
    }
    router
}

/// `GET /sessions/{session}/export.{format}`
async fn one(app: App, id: String, format: Format) -> Result<Response, PageError> {
    let id: SessionId = id.parse().map_err(|_| PageError::NotFound)?;
    let session = gather(&app.interview, id).await?;
    let day = session.started_at.get(..10).unwrap_or("session");
    let name = format!("viva-{day}-{}.{format}", &id.to_string()[24..]);
    let mut exporter = Exporter::new(format);
    let text = [exporter.head(app.interview.now()), exporter.session(&session)?, exporter.tail()].concat();
    Ok(file(name, format, Body::from(text)))
}

/// `GET /data/export.{format}`: sent session by session.
async fn all(app: App, format: Format) -> Result<Response, PageError> {
    let ids = all_sessions(&app.interview).await?;
    let exporter = Exporter::new(format);
    let head = exporter.head(app.interview.now());
    let pieces = stream::unfold(Some((exporter, ids.into_iter(), head)), move |state| {
        let app = app.clone();
        async move {
            let (mut exporter, mut ids, piece) = state?;
            if !piece.is_empty() {
                return Some((Ok(Bytes::from(piece)), Some((exporter, ids, String::new()))));
            }
            let Some(id) = ids.next() else { return Some((Ok(Bytes::from(exporter.tail())), None)) };
            let text = match gather(&app.interview, id).await {
                Ok(session) => exporter.session(&session),
                // Deleted in the meantime.
                Err(InterviewError::NoSession(_) | InterviewError::NoAttempt(_)) => Ok(String::new()),
                Err(error) => Err(error.into()),
            };
            match text {
                Ok(text) => Some((Ok(Bytes::from(text)), Some((exporter, ids, String::new())))),
                Err(error) => {
                    tracing::error!(error = format!("{error:#}"), "an export broke off");
                    Some((Err(std::io::Error::other("the export could not be finished")), None))
                }
            }
        }
    });
    let day = jiff::Zoned::now().strftime("%Y-%m-%d");
    Ok(file(format!("viva-all-{day}.{format}"), format, Body::from_stream(pieces)))
}

fn file(name: String, format: Format, body: Body) -> Response {
    let headers = [
        (header::CONTENT_TYPE, format.media_type().to_owned()),
        (header::CACHE_CONTROL, "no-store".to_owned()),
        (header::CONTENT_DISPOSITION, format!("attachment; filename=\"{name}\"")),
    ];
    (headers, body).into_response()
}

struct PrintedCriterion {
    verdict: &'static str,
    word: &'static str,
    says: String,
    heard: Vec<String>,
    points: String,
}

struct PrintedAnswer {
    heading: String,
    says: String,
    score: Option<u32>,
    words: String,
    criteria: Vec<PrintedCriterion>,
    follow_ups: Vec<PrintedQuestion>,
}

struct PrintedQuestion {
    number: u32,
    ask: String,
    facts: String,
    code: Option<String>,
    answers: Vec<PrintedAnswer>,
}

#[derive(Template)]
#[template(path = "print.html")]
struct PrintPage {
    shell: Shell,
    heading: String,
    id: SessionId,
    questions: Vec<PrintedQuestion>,
}

/// `GET /sessions/{session}/print`
async fn print(State(app): State<App>, shell: Shell, Path(id): Path<String>) -> Result<Response, PageError> {
    let id: SessionId = id.parse().map_err(|_| PageError::NotFound)?;
    let session = gather(&app.interview, id).await?;
    let started = app.interview.session(id).await?.started_at;
    let footer = versions(&session);
    Ok(show(&PrintPage {
        heading: format!("Session, {}", rows::when(started, app.interview.now())),
        id,
        questions: session.questions.iter().map(printed).collect(),
        shell: shell.under(Nav::Practice).with_footer(footer),
    }))
}

/// The foot: by what the scores were made.
fn versions(session: &Session) -> Vec<String> {
    let answers = session.questions.iter().flat_map(|asked| &asked.attempts);
    let mut said: Vec<String> = answers
        .filter_map(Answer::score)
        .map(|score| {
            let rubric = score.rubric_hash.get(..6).unwrap_or_default();
            let model = &score.model;
            format!("rubric {rubric}, engine {}, {model}", score.engine_version)
        })
        .collect();
    said.sort();
    said.dedup();
    said.truncate(8);
    said
}

fn printed(asked: &Asked) -> PrintedQuestion {
    let question = &asked.question;
    PrintedQuestion {
        number: asked.number,
        ask: question.ask.clone(),
        facts: format!("{}, {}, {}", question.pack, question.topic, level_word(question.level)),
        code: question.code.clone(),
        answers: asked.attempts.iter().map(printed_answer).collect(),
    }
}

fn printed_answer(answer: &Answer) -> PrintedAnswer {
    let score = answer.score().filter(|_| answer.state == "assessed");
    let says = match score {
        Some(score) if whole(score.low) != whole(score.high) => {
            format!("of 100, level {} of 5, range {} to {}", score.level, whole(score.low), whole(score.high))
        }
        Some(score) => format!("of 100, level {} of 5", score.level),
        None => answer.state.replace('_', " "),
    };
    let mut criteria: Vec<PrintedCriterion> = Vec::new();
    for result in score.map(|score| score.criteria.as_slice()).unwrap_or_default() {
        let (verdict, word) = match result.verdict {
            Verdict::Met => ("met", "Met"),
            Verdict::Partly => ("partly", "Partly"),
            Verdict::Missed => ("missed", "Missed"),
        };
        criteria.push(PrintedCriterion {
            verdict,
            word,
            says: result.says.clone(),
            heard: result.evidence.iter().map(|evidence| evidence.text.clone()).collect(),
            points: format!("{} of {}", points(result.credit * result.weight), points(result.weight)),
        });
    }
    for mistake in score.map(|score| score.mistakes.as_slice()).unwrap_or_default() {
        criteria.push(PrintedCriterion {
            verdict: "mistake",
            word: "Mistake",
            says: mistake.says.clone(),
            heard: mistake.evidence.iter().map(|evidence| evidence.text.clone()).collect(),
            points: format!("−{} of 100", points(mistake.cost)),
        });
    }
    PrintedAnswer {
        heading: format!("Attempt {}", answer.number),
        says,
        score: score.map(|score| whole(score.score)),
        words: answer.words().map(|words| words.text.clone()).unwrap_or_default(),
        criteria,
        follow_ups: answer.follow_ups.iter().map(printed).collect(),
    }
}

fn points(value: f64) -> String {
    let rounded = (value * 10.0).round() / 10.0 + 0.0;
    if rounded.fract() == 0.0 { format!("{rounded:.0}") } else { format!("{rounded:.1}") }
}

#[cfg(test)]
mod tests {
    use crate::testing::TestApp;
    use axum::http::{StatusCode, header};

    const ANSWER: &str = "It becomes a <script>red-black tree</script>.";

    #[tokio::test]
    async fn a_session_is_there_in_every_form_and_on_paper() {
        let app = TestApp::new().await;
        let attempt = app.typed("jvm.hashmap-treeify", ANSWER).await;
        let session = app.interview.attempt(attempt).await.unwrap().session;
        let page = app.get(&format!("/sessions/{session}")).await.body;
        for (format, media_type, says) in [
            ("json", "application/json", "\"viva-export\""),
            ("csv", "text/csv", "jvm.hashmap-treeify"),
            ("md", "text/markdown", "## 1. "),
            ("vtt", "text/vtt", "WEBVTT"),
        ] {
            let address = format!("/sessions/{session}/export.{format}");
            assert!(page.contains(&format!("href=\"{address}\"")), "{format}: {page}");
            for address in [address, format!("/data/export.{format}")] {
                let file = app.get(&address).await;
                assert_eq!(file.status, StatusCode::OK, "{address}");
                assert!(file.headers[header::CONTENT_TYPE].to_str().unwrap().starts_with(media_type));
                let name = file.headers[header::CONTENT_DISPOSITION].to_str().unwrap();
                assert!(name.starts_with("attachment;") && name.contains(&format!(".{format}\"")), "{name}");
                assert!(file.body.contains(says), "{address}: {}", file.body);
            }
        }
        let paper = app.get(&format!("/sessions/{session}/print")).await;
        assert_eq!(paper.status, StatusCode::OK);
        for part in ["of 100", "&#60;script&#62;red-black tree", "Missed", "engine "] {
            assert!(paper.body.contains(part), "{part}: {}", paper.body);
        }
    }

    #[tokio::test]
    async fn what_does_not_exist_is_not_exported() {
        let app = TestApp::new().await;
        for id in ["x", "%00", "00000000-0000-7000-8000-000000000000"] {
            for end in ["export.json", "export.exe", "print"] {
                let address = format!("/sessions/{id}/{end}");
                assert_eq!(app.get(&address).await.status, StatusCode::NOT_FOUND, "{address}");
            }
        }
        let none = app.get("/data/export.json").await.body;
        let none: serde_json::Value = serde_json::from_str(&none).unwrap();
        assert_eq!(none["sessions"], serde_json::json!([]));
    }
}
