//! The room: one question, and the answer to it, aloud or typed. The recording belongs to the server, so the
//! page is right after a reload and in a second window.

mod actions;

pub use actions::{
    Finished, finish_take, help, not_by_a_form, pause, record, resume, retake, skip, stop, typed,
};

use super::home::notices;
use super::sessions::mode_word;
use crate::app::App;
use crate::error::PageError;
use crate::feedback::level_word;
use crate::page::{Nav, Shell, show, show_with};
use crate::peer::Nearness;
use crate::recorder::Recorder;
use actions::finish;
use askama::Template;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use tokio::task::spawn_blocking;
use viva_audio::{LevelWord, Status};
use viva_core::bank::Question;
use viva_core::ids::SessionId;
use viva_core::session::{AttemptState, Mode};
use viva_interview::{InterviewError, Snapshot};
use viva_storage::SessionRecord;

/// What the microphone is doing on this page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum RoomState {
    Ready,
    Recording,
    Paused,
    /// A browser was sending it, and this is not its page any more.
    CutOff,
}

struct QuestionView {
    ask: String,
    topic: String,
    level: &'static str,
    code: Option<String>,
    seconds: u32,
    /// Why it was picked.
    reason: String,
}

/// Help that practice gives before the answer.
struct HelpView {
    /// The hint, once it was asked for.
    hint: Option<String>,
    /// Whether there is a hint to ask for.
    can_hint: bool,
    /// The model answer, once it was asked for.
    model_answer: Option<String>,
    /// Whether this session gives help at all.
    can_reveal: bool,
}

/// A microphone to choose.
pub struct DeviceChoice {
    /// Its id.
    pub id: String,
    /// Its readable name.
    pub name: String,
    /// Whether it is the one chosen.
    pub chosen: bool,
}

#[derive(Template)]
#[template(path = "room.html")]
struct RoomPage {
    shell: Shell,
    session: SessionId,
    position: u32,
    /// What kind of session it is, in a word.
    mode: &'static str,
    /// `Question 2 of 4`, `Follow-up`.
    place: String,
    /// Where leaving leads.
    leave: String,
    question: QuestionView,
    help: HelpView,
    check_href: String,
    state: RoomState,
    attempt: String,
    elapsed: String,
    draft_settled: String,
    draft_tail: String,
    devices: Vec<DeviceChoice>,
    /// Whether the field for typing is open: at a machine without a microphone of its own.
    offers_typing: bool,
    /// What the browser's microphone needs to know.
    recorder: Recorder,
    problem: Option<String>,
    notices: Vec<String>,
    typed: Option<String>,
    typed_problem: Option<String>,
}

/// What is to be told or kept when the page is drawn again.
#[derive(Default)]
struct Again {
    problem: Option<String>,
    typed: Option<String>,
    typed_problem: Option<String>,
    device: Option<String>,
}

/// How a level is called.
pub fn level_says(word: LevelWord) -> &'static str {
    match word {
        LevelWord::Silent => "Nothing heard",
        LevelWord::TooQuiet => "Too quiet",
        LevelWord::Good => "Level good",
        LevelWord::TooLoud => "Too loud",
    }
}

/// `GET /sessions/{session}/questions/{number}`
pub async fn page(
    State(app): State<App>,
    shell: Shell,
    nearness: Nearness,
    Path((session, number)): Path<(String, u32)>,
) -> Result<Response, PageError> {
    let (session, position) = place(&session, number)?;
    draw(&app, shell, nearness, session, position, Again::default()).await
}

fn place(session: &str, number: u32) -> Result<(SessionId, u32), PageError> {
    let session = session.parse().map_err(|_| PageError::NotFound)?;
    Ok((session, number.checked_sub(1).ok_or(PageError::NotFound)?))
}

async fn draw(
    app: &App,
    shell: Shell,
    nearness: Nearness,
    id: SessionId,
    position: u32,
    again: Again,
) -> Result<Response, PageError> {
    let session = app.interview.session(id).await?;
    let question = question_at(app, &session, position).await?;
    let on_air = app.interview.on_air_at(id, position);
    // A take that ended by itself (device lost, disk full, time up) is kept as if it had been stopped.
    if let Some(Snapshot { status: Status::Ended(_), attempt, .. }) = on_air {
        return finish(app, shell, nearness, attempt).await;
    }
    if on_air.is_none()
        && let Some(attempt) = session.places[position as usize].attempts.last()
    {
        match session.mode {
            Mode::Practice if attempt.state.needs_settling() => {
                return Ok(Redirect::to(&format!("/attempts/{}", attempt.id)).into_response());
            }
            // It asks each question once.
            Mode::RunThrough
                if !attempt.state.is_open() && !matches!(attempt.state, AttemptState::Failed(_)) =>
            {
                return Ok(Redirect::to(&home_of(&session)).into_response());
            }
            Mode::Practice | Mode::RunThrough => {}
        }
    }
    let status = if again.problem.is_some() || again.typed_problem.is_some() {
        StatusCode::UNPROCESSABLE_ENTITY
    } else {
        StatusCode::OK
    };
    let page = room_page(app, shell, nearness, &session, position, &question, on_air, again).await;
    Ok(if status == StatusCode::OK { show(&page) } else { show_with(status, &page) })
}

#[expect(clippy::too_many_arguments, reason = "a page is drawn from all of them, and from nowhere else")]
async fn room_page(
    app: &App,
    shell: Shell,
    nearness: Nearness,
    session: &SessionRecord,
    position: u32,
    question: &Question,
    on_air: Option<Snapshot>,
    again: Again,
) -> RoomPage {
    let elapsed = on_air.as_ref().map(|take| take.elapsed).unwrap_or_default();
    let devices = match on_air {
        None => devices(app, nearness, again.device.as_deref()).await,
        Some(_) => Vec::new(),
    };
    let here = format!("/sessions/{}/questions/{}", session.id, position + 1);
    let from_a_browser = on_air.as_ref().is_some_and(|take| take.pieces.is_some());
    let place = &session.places[position as usize];
    RoomPage {
        session: session.id,
        position: position + 1,
        mode: if session.follows.is_some() { "Beside the score" } else { mode_word(session.mode) },
        place: match session.follows {
            Some(_) => "Follow-up".to_owned(),
            None => format!("Question {} of {}", position + 1, session.places.len()),
        },
        leave: home_of(session),
        help: help_view(session, position, question),
        check_href: super::microphone::href(&here),
        recorder: Recorder::new(format!("{here}/pieces"), question.seconds, on_air.as_ref()),
        state: match on_air.as_ref().map(|take| take.status) {
            Some(Status::Recording | Status::Paused) if from_a_browser => RoomState::CutOff,
            Some(Status::Recording) => RoomState::Recording,
            Some(Status::Paused) => RoomState::Paused,
            Some(Status::Ended(_)) | None => RoomState::Ready,
        },
        attempt: on_air.as_ref().map(|take| take.attempt.to_string()).unwrap_or_default(),
        elapsed: elapsed.to_string(),
        draft_settled: on_air.as_ref().map(|take| take.draft.settled.clone()).unwrap_or_default(),
        draft_tail: on_air.as_ref().map(|take| take.draft.tail.clone()).unwrap_or_default(),
        offers_typing: nearness == Nearness::Here && devices.is_empty(),
        devices,
        problem: again.problem,
        notices: notices(app),
        typed: again.typed,
        typed_problem: again.typed_problem,
        question: QuestionView {
            ask: question.ask.clone(),
            topic: question.topic.clone(),
            level: level_word(question.level),
            code: question.code.clone(),
            seconds: question.seconds,
            reason: super::sentence(&place.reason).trim_end_matches('.').to_owned(),
        },
        shell: shell.under(Nav::Practice),
    }
}

/// Where one comes from and goes back to: the session, or for a follow-up the answer it belongs to.
pub fn home_of(session: &SessionRecord) -> String {
    match session.follows {
        Some(answer) => format!("/attempts/{answer}#follow-ups"),
        None => format!("/sessions/{}", session.id),
    }
}

fn help_view(session: &SessionRecord, position: u32, question: &Question) -> HelpView {
    // A follow-up comes after the answer: its model answer was seen, and it has no hint.
    let gives = session.mode == Mode::Practice && session.follows.is_none();
    let open = session.places[position as usize].attempts.last().filter(|attempt| attempt.state.is_open());
    let taken = open.map(|attempt| attempt.help).unwrap_or_default();
    HelpView {
        hint: question.hint.clone().filter(|_| gives && taken.hint),
        can_hint: gives && !taken.hint && question.hint.is_some(),
        model_answer: Some(question.model_answer.clone()).filter(|_| gives && taken.reveal),
        can_reveal: gives && !taken.reveal,
    }
}

/// The question of a place as it was when the session began.
async fn question_at(app: &App, session: &SessionRecord, position: u32) -> Result<Question, PageError> {
    let place = session.places.get(position as usize).ok_or(PageError::NotFound)?;
    let snapshot = app.interview.store().snapshot(&place.snapshot).await.map_err(InterviewError::from)?;
    Ok(snapshot.ok_or(PageError::NotFound)?.question)
}

/// The microphones of this machine, with the one to record from: named, else chosen last, else the system's default.
/// None for a visitor from the network, who cannot start them.
pub async fn devices(app: &App, nearness: Nearness, named: Option<&str>) -> Vec<DeviceChoice> {
    if nearness == Nearness::Network {
        return Vec::new();
    }
    let remembered = app.interview.chosen_microphone().await.unwrap_or_default();
    let chosen = named.map(str::to_owned).or_else(|| app.device.clone()).or(remembered);
    match spawn_blocking(viva_audio::devices).await {
        Ok(Ok(devices)) => {
            // One that was unplugged since gives way to the default.
            let chosen = chosen.filter(|id| devices.iter().any(|device| device.id == *id));
            devices
                .into_iter()
                .map(|device| DeviceChoice {
                    chosen: chosen.as_ref().map_or(device.is_default, |id| *id == device.id),
                    id: device.id,
                    name: device.name,
                })
                .collect()
        }
        Ok(Err(error)) => {
            tracing::info!(%error, "no microphones to list");
            Vec::new()
        }
        Err(_) => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use crate::testing::TestApp;
    use axum::http::StatusCode;

    #[tokio::test]
    async fn the_model_answer_is_not_in_the_page_before_the_answer_is_in() {
        let app = TestApp::new().await;
        let questions: Vec<_> = app.interview.bank().questions().cloned().collect();
        for question in questions {
            let room = app.room(question.id.as_str()).await;
            let page = app.get(&room).await.body;
            for sentence in
                question.model_answer.split_inclusive(['.', '?']).map(str::trim).filter(|s| s.len() > 30)
            {
                assert!(!page.contains(sentence), "{}: {sentence}", question.id);
            }
        }
    }

    #[tokio::test]
    async fn help_is_given_on_request_in_practice_and_never_in_a_run_through() {
        let app = TestApp::new().await;
        let room = app.room("jvm.hashmap-treeify").await;
        let bank = app.interview.bank();
        let question = bank.question(&"jvm.hashmap-treeify".parse().unwrap()).unwrap();
        let (hint, answer) =
            (question.hint.clone().unwrap(), question.model_answer.split('.').next().unwrap());
        let before = app.get(&room).await.body;
        assert!(!before.contains(&hint) && !before.contains(answer), "{before}");
        for aid in ["hint", "reveal", "reveal"] {
            assert_eq!(app.post(&format!("{room}/help"), format!("aid={aid}")).await.location, room);
        }
        let after = app.get(&room).await.body;
        assert!(after.contains(&hint) && after.contains(answer), "{after}");
        for aid in ["", "everything", "%00"] {
            let refused = app.post(&format!("{room}/help"), format!("aid={aid}")).await;
            assert_eq!(refused.status, StatusCode::BAD_REQUEST, "{aid:?}");
        }

        let strict = app.post("/sessions", "questions=jvm.hashmap-treeify&mode=run-through").await.location;
        let page = app.get(&strict).await.body;
        assert!(!page.contains("Model answer") && !page.contains("Hint"), "{page}");
        assert_eq!(app.post(&format!("{strict}/help"), "aid=reveal").await.status, StatusCode::CONFLICT);
        assert!(!app.get(&strict).await.body.contains(answer));
    }

    #[tokio::test]
    async fn a_run_through_goes_straight_on_and_tells_at_the_end() {
        let app = TestApp::new().await;
        let first = app
            .post("/sessions", "questions=jvm.hashmap-treeify,jvm.chm-cas&mode=run-through")
            .await
            .location;
        let second = app
            .post(&format!("{first}/typed"), "answer=a+linked+list+becomes+a+red-black+tree")
            .await
            .location;
        assert!(second.ends_with("/questions/2"), "{second}");
        assert!(app.get(&first).await.location.starts_with("/sessions/"), "each question is asked once");
        let end =
            app.post(&format!("{second}/typed"), "answer=compare+and+swap+on+an+empty+bin").await.location;
        let page = app.get(&end).await.body;
        assert!(page.contains("All 2 questions answered") && page.contains("/attempts/"), "{page}");
    }

    #[tokio::test]
    async fn an_empty_answer_is_asked_for_again_beside_the_field() {
        let app = TestApp::new().await;
        let room = app.room("jvm.hashmap-treeify").await;
        for body in ["answer=", "answer=%20%0A%09", ""] {
            let page = app.post(&format!("{room}/typed"), body).await;
            assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY, "{body:?}");
            assert!(page.body.contains("aria-invalid=\"true\""), "{}", page.body);
        }
    }

    #[tokio::test]
    async fn a_form_beyond_all_measure_is_refused() {
        let app = TestApp::new().await;
        let room = app.room("jvm.hashmap-treeify").await;
        let page = app.post(&format!("{room}/typed"), format!("answer={}", "a".repeat(1 << 20))).await;
        assert_eq!(page.status, StatusCode::PAYLOAD_TOO_LARGE);
    }

    #[tokio::test]
    async fn skipping_leads_on_and_is_kept() {
        let app = TestApp::new().await;
        let started = app.post("/sessions", "questions=jvm.hashmap-treeify,jvm.chm-cas&mode=practice").await;
        let skipped = app.post(&format!("{}/skip", started.location), "").await;
        assert!(skipped.location.ends_with("/questions/2"), "{}", skipped.location);
        let session = app.get(started.location.trim_end_matches("/questions/1")).await.body;
        assert!(session.contains("skipped"), "{session}");
    }

    #[tokio::test]
    async fn stopping_what_is_not_recorded_says_so_and_harms_nothing() {
        let app = TestApp::new().await;
        let attempt = app.typed("jvm.hashmap-treeify", "a linked list becomes a red-black tree").await;
        for step in ["pause", "resume", "retake"] {
            let page = app.post(&format!("/attempts/{attempt}/{step}"), "").await;
            assert_eq!(page.status, StatusCode::CONFLICT, "{step}");
        }
        assert_eq!(
            app.post(&format!("/attempts/{attempt}/stop"), "").await.location,
            format!("/attempts/{attempt}")
        );
    }
}
