//! The microphone check: three seconds of it, its level in a word, and the sound to hear again.
//!
//! The recording belongs to the server, so the page is right after a reload and works without a script.

use super::room::{DeviceChoice, devices, level_says, not_by_a_form};
use crate::app::App;
use crate::error::PageError;
use crate::page::{Nav, Shell, show, show_with};
use crate::peer::Nearness;
use crate::routes::{Routes, get, post};
use askama::Template;
use axum::Form;
use axum::extract::{Query, Request, State};
use axum::http::{StatusCode, header};
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Redirect, Response};
use futures::stream;
use serde::{Deserialize, Serialize};
use std::convert::Infallible;
use std::time::Duration;
use tower::ServiceExt;
use tower_http::services::ServeFile;
use viva_audio::{LevelWord, Source};
use viva_interview::{CHECK_LENGTH, Heard, InterviewError, Listening};

/// The addresses of the check.
pub fn routes() -> Routes {
    Routes::new()
        .route("/microphone", get(page).post(listen))
        .route("/microphone/events", get(events))
        .route("/microphone/sound", get(sound))
        .route("/microphone/choice", post(choose))
}

/// What the page shows.
#[derive(Debug, PartialEq)]
enum CheckState {
    Ready,
    Listening,
    Good,
    Trouble,
}

#[derive(Template)]
#[template(path = "microphone.html")]
struct MicrophonePage {
    shell: Shell,
    state: CheckState,
    heading: String,
    says: String,
    facts: Option<String>,
    sound: bool,
    devices: Vec<DeviceChoice>,
    problem: Option<String>,
    back: String,
    elapsed: String,
    length: String,
}

/// Where to go on afterwards.
#[derive(Debug, Default, Deserialize)]
pub struct Back {
    #[serde(default)]
    back: String,
}

/// An address of ours, or the start page in place of anything else.
fn ours(back: &str) -> String {
    let ours = back.starts_with('/') && !back.starts_with("//") && !back.contains('\\');
    if ours { back.to_owned() } else { "/".to_owned() }
}

/// The address of the check that leads back to a page of ours.
pub fn href(back: &str) -> String {
    let back: String = url::form_urlencoded::byte_serialize(back.as_bytes()).collect();
    format!("/microphone?back={back}")
}

/// `GET /microphone`
async fn page(
    State(app): State<App>,
    shell: Shell,
    nearness: Nearness,
    Query(back): Query<Back>,
) -> Result<Response, PageError> {
    draw(&app, shell, nearness, ours(&back.back), None).await
}

async fn draw(
    app: &App,
    shell: Shell,
    nearness: Nearness,
    back: String,
    problem: Option<String>,
) -> Result<Response, PageError> {
    let listening = match nearness {
        Nearness::Here => app.interview.microphone_check().await?,
        // What this machine's microphone heard is nobody's business elsewhere.
        Nearness::Network => Listening::Idle,
    };
    let (asked, elapsed) = match &listening {
        Listening::Idle => (None, "0:00".to_owned()),
        Listening::Live { device, elapsed, .. } => (device.clone(), elapsed.to_string()),
        Listening::Heard(heard) => (heard.device.clone(), heard.length.to_string()),
    };
    let (state, heading, says) = match &listening {
        Listening::Idle => (
            CheckState::Ready,
            "Try the microphone.".to_owned(),
            "Viva listens for three seconds. Say a sentence as you would say it in the interview.".to_owned(),
        ),
        Listening::Live { .. } => {
            (CheckState::Listening, "Listening. Say a sentence.".to_owned(), String::new())
        }
        Listening::Heard(heard) => outcome(heard),
    };
    let chosen = match asked {
        Some(device) => Some(device),
        None => app.interview.chosen_microphone().await?,
    };
    let facts = match &listening {
        Listening::Heard(heard) => Some(format!(
            "{}, {:.0} s, its loudest moment {:.0} dB below full scale",
            heard.name,
            heard.length.as_secs(),
            (-heard.peak_dbfs).max(0.0)
        )),
        _ => None,
    };
    let status = if problem.is_some() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    let page = MicrophonePage {
        state,
        heading,
        says,
        facts,
        sound: nearness == Nearness::Here && app.interview.check_sound().is_some(),
        devices: devices(app, nearness, chosen.as_deref()).await,
        problem,
        back,
        elapsed,
        length: CHECK_LENGTH.to_string(),
        shell: shell.under(Nav::Practice),
    };
    Ok(if status == StatusCode::OK { show(&page) } else { show_with(status, &page) })
}

fn outcome(heard: &Heard) -> (CheckState, String, String) {
    match &heard.trouble {
        None => (
            CheckState::Good,
            "The level is good.".to_owned(),
            "Play it back: if you hear yourself clearly, Viva does too.".to_owned(),
        ),
        Some(trouble) => {
            let heading = match heard.word {
                LevelWord::Silent => "Nothing was heard.",
                LevelWord::TooQuiet => "Too quiet.",
                LevelWord::TooLoud => "Too loud.",
                LevelWord::Good => "The check ended early.",
            };
            (CheckState::Trouble, heading.to_owned(), trouble.clone())
        }
    }
}

/// Which microphone to try, and where to go on.
#[derive(Debug, Deserialize)]
pub struct ListenForm {
    #[serde(default)]
    device: String,
    #[serde(default)]
    back: String,
}

/// `POST /microphone`
async fn listen(
    State(app): State<App>,
    shell: Shell,
    nearness: Nearness,
    Form(form): Form<ListenForm>,
) -> Result<Response, PageError> {
    if let Some(problem) = not_by_a_form(nearness, &form.device) {
        return draw(&app, shell, nearness, ours(&form.back), Some(problem.to_owned())).await;
    }
    let device = Some(form.device).filter(|id| !id.is_empty()).or_else(|| app.device.clone());
    let back = ours(&form.back);
    let source = Source::Microphone { device: device.clone() };
    match app.interview.check_microphone(source.into(), device.clone()).await {
        Ok(()) => {
            if let Some(device) = device {
                app.interview.choose_microphone(&device).await?;
            }
            Ok(Redirect::to(&href(&back)).into_response())
        }
        Err(
            error @ (InterviewError::Audio(_)
            | InterviewError::MicrophoneBusy { .. }
            | InterviewError::Folder(_)),
        ) => draw(&app, shell, nearness, back, Some(super::sentence(&error.to_string()))).await,
        Err(error) => Err(error.into()),
    }
}

/// `POST /microphone/choice`: this one from now on, without listening to it.
async fn choose(
    State(app): State<App>,
    nearness: Nearness,
    Form(form): Form<ListenForm>,
) -> Result<Response, PageError> {
    if not_by_a_form(nearness, &form.device).is_none() && !form.device.is_empty() && form.device.len() < 500 {
        app.interview.choose_microphone(&form.device).await?;
    }
    Ok(Redirect::to(&href(&ours(&form.back))).into_response())
}

#[derive(Debug, Serialize)]
struct Tick {
    elapsed_ms: u64,
    peak_dbfs: f32,
    level: &'static str,
}

/// `GET /microphone/events`: `tick` while it listens, `heard` once it has.
async fn events(State(app): State<App>, nearness: Nearness) -> Result<Response, PageError> {
    only_here(nearness)?;
    let events = stream::unfold(Some(app), |app| async move {
        let app = app?;
        tokio::time::sleep(Duration::from_millis(80)).await;
        match app.interview.microphone_check().await {
            Ok(Listening::Live { elapsed, level, .. }) if !app.stopping.is_cancelled() => {
                let tick =
                    Tick { elapsed_ms: elapsed.0, peak_dbfs: level.peak_dbfs, level: level_says(level.word) };
                let event = Event::default().event("tick").json_data(&tick).unwrap_or_default();
                Some((Ok::<_, Infallible>(event), Some(app)))
            }
            _ => Some((Ok(Event::default().event("heard").data("done")), None)),
        }
    });
    Ok(Sse::new(events).keep_alive(KeepAlive::default()).into_response())
}

/// What this machine's microphone hears stays with whoever sits at it.
fn only_here(nearness: Nearness) -> Result<(), PageError> {
    match nearness {
        Nearness::Here => Ok(()),
        Nearness::Network => Err(PageError::NotFound),
    }
}

/// `GET /microphone/sound`: what the last check heard.
async fn sound(State(app): State<App>, nearness: Nearness, request: Request) -> Result<Response, PageError> {
    only_here(nearness)?;
    let path = app.interview.check_sound().ok_or(PageError::NotFound)?;
    let mut response = ServeFile::new(path).oneshot(request).await.into_response();
    response.headers_mut().insert(header::CACHE_CONTROL, header::HeaderValue::from_static("no-store"));
    Ok(response)
}

#[cfg(test)]
mod tests {
    use crate::testing::TestApp;
    use axum::http::StatusCode;
    use std::time::Duration;
    use viva_audio::{Pace, Source, Tone};
    use viva_core::units::{Millis, SampleRate};
    use viva_interview::Listening;

    async fn heard(app: &TestApp, peak: f32) {
        let tone = Source::Tone(Tone {
            hz: 220.0,
            peak,
            rate: SampleRate(48_000),
            channels: 1,
            length: Some(Millis(1_000)),
            pace: Pace::Unpaced,
        });
        app.interview.check_microphone(tone.into(), None).await.unwrap();
        while matches!(app.interview.microphone_check().await.unwrap(), Listening::Live { .. }) {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn what_was_heard_is_said_in_words_and_played_back() {
        let app = TestApp::new().await;
        let first = app.get("/microphone").await.body;
        assert!(first.contains("Try the microphone.") && !first.contains("<audio"), "{first}");
        assert_eq!(app.get("/microphone/sound").await.status, StatusCode::NOT_FOUND);
        for (peak, heading, advice) in [
            (0.0, "Nothing was heard.", "right microphone"),
            (0.01, "Too quiet.", "come closer"),
            (0.3, "The level is good.", "Play it back"),
            (4.0, "Too loud.", "cut off"),
        ] {
            heard(&app, peak).await;
            let page = app.get("/microphone").await.body;
            assert!(page.contains(heading) && page.contains(advice), "{peak}: {page}");
            assert!(page.contains("<audio"), "{peak}");
        }
        let sound = app.get("/microphone/sound").await;
        assert_eq!((sound.status, &sound.body[..4]), (StatusCode::OK, "RIFF"));
    }

    #[tokio::test]
    async fn the_way_back_never_leads_elsewhere() {
        let app = TestApp::new().await;
        for (asked, link) in [
            ("/sessions/x/questions/1", "href=\"/sessions/x/questions/1\""),
            ("https://evil.example", "href=\"/\" data-key=\"Escape\""),
            ("//evil.example", "href=\"/\" data-key=\"Escape\""),
            ("/\\evil.example", "href=\"/\" data-key=\"Escape\""),
        ] {
            let page = app.get(&super::href(asked)).await.body;
            assert!(page.contains(link), "{asked}: {page}");
            assert!(!page.contains("evil.example"), "{asked}");
        }
    }

    #[tokio::test]
    async fn a_microphone_that_is_not_there_is_said_on_the_page() {
        let app = TestApp::new().await;
        for device in ["no:such", "%3Cscript%3E", &"x".repeat(10_000), "a%00b"] {
            let page = app.post("/microphone", format!("device={device}&back=/")).await;
            assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY, "{device}");
            assert!(page.body.contains("role=\"alert\"") && !page.body.contains("<script>"), "{}", page.body);
        }
        assert_eq!(app.interview.chosen_microphone().await.unwrap(), None);
    }
}
