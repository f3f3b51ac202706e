//! One answer: its feedback, what is still being settled, its sound, and the events of its recording.

use super::rescore::Origin;
use super::room::{home_of, level_says};
use super::rows::when;
use crate::app::App;
use crate::error::PageError;
use crate::feedback::{Correction, FeedbackPage, Parts, Recording, level_word};
use crate::page::{Nav, Shell, show};
use askama::Template;
use axum::extract::{Path, Request, State};
use axum::http::header;
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Redirect, Response};
use futures::stream::{self, Stream};
use serde::Serialize;
use std::convert::Infallible;
use std::time::Duration;
use tokio::task::spawn_blocking;
use tokio_util::sync::CancellationToken;
use tower::ServiceExt;
use tower_http::services::ServeFile;
use viva_audio::waveform::Facts;
use viva_audio::{Status, waveform};
use viva_core::assessment::Assessment;
use viva_core::ids::AttemptId;
use viva_core::session::{AttemptState, Kept};
use viva_core::transcript::{Span, Transcript};
use viva_interview::{EarsState, InterviewError, Review};

struct Asked {
    ask: String,
    topic: String,
    level: &'static str,
}

#[derive(Template)]
#[template(path = "settling.html")]
struct SettlingPage {
    shell: Shell,
    attempt: AttemptId,
    question: Asked,
    heading: &'static str,
    says: String,
    draft: String,
    waiting: bool,
    can_retry: bool,
    back: String,
    back_says: &'static str,
}

#[derive(Template)]
#[template(path = "no_answer.html")]
struct NoAnswerPage {
    shell: Shell,
    attempt: AttemptId,
    question: Asked,
    heading: &'static str,
    says: String,
    heard: String,
    audio_href: Option<String>,
    attempt_says: String,
    session_href: String,
    retake_href: String,
    next_question: Option<String>,
}

/// `GET /attempts/{attempt}`
pub async fn page(
    State(app): State<App>,
    shell: Shell,
    Path(id): Path<String>,
) -> Result<Response, PageError> {
    let id = id.parse().map_err(|_| PageError::NotFound)?;
    let review = app.interview.review(id).await?;
    let room = room_of(&review, review.attempt.position);
    match &review.attempt.state {
        AttemptState::Asked | AttemptState::Recording | AttemptState::Skipped => {
            Ok(Redirect::to(&room).into_response())
        }
        AttemptState::Settling | AttemptState::Typed => match app.interview.provisional(id) {
            Some(early) if review.result.is_none() => {
                let scored = Scored {
                    transcript: &early.transcript,
                    assessment: &early.assessment,
                    author: None,
                    provisional: true,
                };
                feedback(&app, shell, &review, scored).await
            }
            _ => Ok(show(&settling(&app, shell, &review))),
        },
        AttemptState::Failed(failure) => Ok(show(&SettlingPage {
            question: asked(&review),
            attempt: id,
            heading: "This answer could not be scored yet.",
            says: super::sentence(&failure.why),
            draft: String::new(),
            waiting: false,
            can_retry: failure.kept != Kept::Nothing,
            back: room,
            back_says: "Back to the question",
            shell: shell.under(Nav::Practice),
        })),
        AttemptState::NoAnswer => Ok(show(&no_answer(&app, shell, &review))),
        AttemptState::Assessed => {
            let Some((words, result)) = &review.result else {
                return Err(anyhow::anyhow!("attempt {id} is assessed and has no assessment").into());
            };
            let scored = Scored {
                transcript: &words.transcript,
                assessment: &result.assessment,
                author: words.source.author(),
                provisional: false,
            };
            feedback(&app, shell, &review, scored).await
        }
    }
}

fn asked(review: &Review) -> Asked {
    Asked {
        ask: review.question.ask.clone(),
        topic: review.question.topic.clone(),
        level: level_word(review.question.level),
    }
}

pub(super) fn room_of(review: &Review, position: u32) -> String {
    format!("/sessions/{}/questions/{}", review.session.id, position + 1)
}

fn next_of(review: &Review) -> Option<String> {
    let next = review.attempt.position + 1;
    ((next as usize) < review.session.places.len()).then(|| room_of(review, next))
}

fn attempt_says(app: &App, review: &Review) -> String {
    if review.session.follows.is_some() {
        return format!("Follow-up, {}", when(review.attempt.asked_at, app.interview.now()));
    }
    format!("Attempt {}, {}", review.number, when(review.attempt.asked_at, app.interview.now()))
}

fn settling(app: &App, shell: Shell, review: &Review) -> SettlingPage {
    let (heading, says) = match app.interview.ears().state() {
        EarsState::NoModel { what_now, .. } if review.attempt.state == AttemptState::Settling => (
            "Your recording is kept.",
            format!("Viva cannot transcribe it yet. {what_now} The score follows by itself."),
        ),
        _ => ("Settling the words.", "The score follows by itself, in a few seconds.".to_owned()),
    };
    SettlingPage {
        question: asked(review),
        attempt: review.attempt.id,
        heading,
        says,
        draft: String::new(),
        waiting: true,
        can_retry: false,
        back: home_of(&review.session),
        back_says: "The session",
        shell: shell.under(Nav::Practice),
    }
}

fn no_answer(app: &App, shell: Shell, review: &Review) -> NoAnswerPage {
    let heard = review.result.as_ref().map(|(words, _)| words.transcript.text.clone()).unwrap_or_default();
    let guard = review.result.as_ref().and_then(|(_, result)| result.assessment.guards.first());
    let says = match (heard.is_empty(), guard) {
        (true, _) => "No answer was heard, so there is nothing to score.".to_owned(),
        (false, Some(guard)) => guard.says.clone(),
        (false, None) => "There is nothing in it to score.".to_owned(),
    };
    NoAnswerPage {
        attempt: review.attempt.id,
        question: asked(review),
        heading: "No answer",
        says,
        heard,
        audio_href: audio_href(review),
        attempt_says: attempt_says(app, review),
        session_href: home_of(&review.session),
        retake_href: room_of(review, review.attempt.position),
        next_question: next_of(review),
        shell: shell.under(Nav::Practice),
    }
}

pub(super) fn audio_href(review: &Review) -> Option<String> {
    review
        .take
        .as_ref()
        .and_then(|take| take.path.as_ref())
        .map(|_| format!("/attempts/{}/audio", review.attempt.id))
}

/// Strokes of a waveform; more would not be told apart at its width.
const STROKES: usize = 400;

/// Words with their score, settled or not yet.
struct Scored<'a> {
    transcript: &'a Transcript,
    assessment: &'a Assessment,
    /// Who corrected the words, where somebody did.
    author: Option<&'a str>,
    provisional: bool,
}

async fn feedback(
    app: &App,
    shell: Shell,
    review: &Review,
    scored: Scored<'_>,
) -> Result<Response, PageError> {
    let path =
        review.take.as_ref().and_then(|take| take.path.as_ref()).map(|path| app.interview.take_path(path));
    let sound = match path {
        Some(path) => {
            let speech = scored.transcript.speech.clone();
            spawn_blocking(move || look_at(&path, &speech)).await.map_err(InterviewError::from)?
        }
        None => None,
    };
    let clipped_samples = review.take.as_ref().map_or(0, |take| take.clipped_samples);
    let bank = app.interview.bank();
    let pack = bank.pack(&review.question.pack);
    let model_answer = Transcript::typed(review.question.model_answer.as_str());
    let own = app.interview.prepare(&review.question).assess(&model_answer);
    let page = FeedbackPage::new(
        shell,
        Parts {
            question: &review.question,
            pack_title: pack.map_or(review.question.pack.as_str(), |pack| pack.title.as_str()),
            licence: pack.map_or("", |pack| pack.licence.as_str()),
            transcript: scored.transcript,
            heard: review.as_heard.as_ref().map_or(scored.transcript, |(heard, _)| &heard.transcript),
            assessment: scored.assessment,
            provisional: scored.provisional,
            correction: review.as_heard.as_ref().map(|(heard, score)| Correction {
                before: &heard.transcript,
                score: &score.assessment,
                author: scored.author.unwrap_or_default(),
            }),
            origin: Origin::of(review),
            attempt: review.attempt.id,
            help: review.attempt.help,
            follow_ups: review.session.follows.is_none().then_some(review.follow_ups.as_slice()),
            own: &own,
            attempt_says: attempt_says(app, review),
            session_href: home_of(&review.session),
            retake_href: room_of(review, review.attempt.position),
            next_question: next_of(review),
            before: review.before.as_ref().and_then(|entry| {
                let href = format!("/questions/{}/attempts?b={}", review.attempt.question, review.attempt.id);
                entry.score.map(|score| (score.score, href))
            }),
            audio: sound.as_ref().zip(audio_href(review)).map(|((peaks, facts), href)| Recording {
                href,
                peaks,
                // The recorder counts before anything is resampled.
                facts: Facts { clipped_samples: clipped_samples.max(facts.clipped_samples), ..*facts },
            }),
        },
    );
    Ok(show(&page))
}

/// The strokes of a take and the facts of its sound. Our own takes are read as they are; what was imported is decoded.
fn look_at(path: &std::path::Path, speech: &[Span]) -> Option<(Vec<f32>, Facts)> {
    // What cannot be read at all is told by the decoder, in better words.
    let samples = match waveform::samples_of_take(path) {
        Ok(Some(samples)) => samples,
        _ => {
            let sound = viva_audio::decode(path);
            sound.inspect_err(|error| tracing::warn!(%error, "a take cannot be drawn")).ok()?.samples
        }
    };
    Some((waveform::peaks(&samples, STROKES), waveform::facts(&samples, speech)))
}

/// `POST /attempts/{attempt}/settle`
pub async fn settle_again(State(app): State<App>, Path(id): Path<String>) -> Result<Response, PageError> {
    let id: AttemptId = id.parse().map_err(|_| PageError::NotFound)?;
    match app.interview.retry(id).await {
        Ok(_) => {}
        // Why it failed again is kept with the attempt, and its page tells.
        Err(error @ (InterviewError::Take(_) | InterviewError::Speech(_))) => {
            tracing::info!(%error, "an answer could not be settled again");
        }
        Err(error) => return Err(error.into()),
    }
    Ok(Redirect::to(&format!("/attempts/{id}")).into_response())
}

/// `GET /attempts/{attempt}/audio`: the take as WAV, in ranges, so that a player can jump.
pub async fn audio(
    State(app): State<App>,
    Path(id): Path<String>,
    request: Request,
) -> Result<Response, PageError> {
    let id: AttemptId = id.parse().map_err(|_| PageError::NotFound)?;
    let take = app.interview.store().take(id).await.map_err(InterviewError::from)?;
    let path = take.and_then(|take| take.path).ok_or(PageError::NotFound)?;
    let served = ServeFile::new(app.interview.take_path(&path)).oneshot(request).await;
    let mut response = served.into_response();
    response
        .headers_mut()
        .insert(header::CACHE_CONTROL, header::HeaderValue::from_static("private, no-cache"));
    Ok(response)
}

/// One state of the recording, whole: a lost event costs nothing.
#[derive(Debug, PartialEq, Serialize)]
struct Tick {
    elapsed_ms: u64,
    state: &'static str,
    peak_dbfs: f32,
    level: &'static str,
    settled: String,
    tail: String,
}

/// How often the level moves. Quicker than this looks restless.
const TICK: Duration = Duration::from_millis(100);

/// `GET /attempts/{attempt}/events`
///
/// While recording, `tick` with the whole state; `gone` with the address to go to once it has ended
/// elsewhere; `settled` once there is a result.
pub async fn events(State(app): State<App>, Path(id): Path<String>) -> Result<Response, PageError> {
    let id: AttemptId = id.parse().map_err(|_| PageError::NotFound)?;
    let record = app.interview.attempt(id).await?;
    let stopping = app.stopping.clone();
    let events =
        if record.state == AttemptState::Recording { on_air(app, id) } else { until_settled(app, id) };
    let events = ended_by(events, stopping);
    Ok(Sse::new(events).keep_alive(KeepAlive::default()).into_response())
}

type Events = std::pin::Pin<Box<dyn Stream<Item = Result<Event, Infallible>> + Send>>;

fn on_air(app: App, id: AttemptId) -> Events {
    Box::pin(stream::unfold(Some((app, None::<Tick>)), move |state| async move {
        let (app, mut last) = state?;
        loop {
            let Some(take) = app.interview.on_air_for(id) else {
                return Some((Ok(gone(id)), None));
            };
            let tick = Tick {
                elapsed_ms: take.elapsed.0,
                state: match take.status {
                    Status::Recording => "recording",
                    Status::Paused => "paused",
                    // The room stops it properly when it is drawn next.
                    Status::Ended(_) => {
                        let room = format!("/sessions/{}/questions/{}", take.session, take.position + 1);
                        return Some((Ok(Event::default().event("gone").data(room)), None));
                    }
                },
                peak_dbfs: take.level.peak_dbfs,
                level: level_says(take.level.word),
                settled: take.draft.settled,
                tail: take.draft.tail,
            };
            if last.as_ref() != Some(&tick) {
                let event = Event::default().event("tick").json_data(&tick).unwrap_or_default();
                last = Some(tick);
                tokio::time::sleep(TICK).await;
                return Some((Ok(event), Some((app, last))));
            }
            tokio::time::sleep(TICK).await;
        }
    }))
}

fn gone(id: AttemptId) -> Event {
    Event::default().event("gone").data(format!("/attempts/{id}"))
}

fn until_settled(app: App, id: AttemptId) -> Events {
    Box::pin(stream::once(async move {
        let mut changes = app.interview.changes();
        loop {
            match app.interview.attempt(id).await {
                Ok(record) if record.state.needs_settling() => {}
                _ => return Ok(Event::default().event("settled").data(id.to_string())),
            }
            // Another process may settle it, and that is heard of only by looking.
            let _ = tokio::time::timeout(Duration::from_secs(2), changes.recv()).await;
        }
    }))
}

fn ended_by(events: Events, stopping: CancellationToken) -> Events {
    use futures::StreamExt;
    Box::pin(events.take_until(stopping.cancelled_owned()))
}

#[cfg(test)]
mod tests {
    use crate::testing::TestApp;
    use axum::http::StatusCode;
    use std::path::PathBuf;
    use std::sync::Arc;
    use std::sync::atomic::{AtomicBool, Ordering};
    use viva_audio::{Pace, Source, Status};
    use viva_core::transcript::Transcript;
    use viva_core::units::Millis;
    use viva_interview::{Ears, EarsState};
    use viva_speech::{
        Ear, HearJob, Heard, HeardToken, Priority, SpeechError, TranscribeOptions, Transcriber,
    };

    const GOOD: &str = "Colliding keys sit in a linked list, searched one by one. At more than eight nodes, and with \
        sixty-four slots at least, the bucket becomes a red-black tree, so a lookup is logarithmic.";

    #[tokio::test]
    async fn feedback_shows_score_evidence_and_model_answer() {
        let app = TestApp::new().await;
        let attempt = app.typed("jvm.hashmap-treeify", GOOD).await;
        let page = app.get(&format!("/attempts/{attempt}")).await;
        assert_eq!(page.status, StatusCode::OK);
        for part in
            ["of 100", "Say next time", "<mark class=\"met\"", "red-black tree", "Model answer", "Level "]
        {
            assert!(page.body.contains(part), "{part}: {}", page.body);
        }
        let bank = app.interview.bank();
        let model = &bank.question(&"jvm.hashmap-treeify".parse().unwrap()).unwrap().model_answer;
        let first = model.split('.').next().unwrap().trim();
        assert!(page.body.contains(first), "{first}");
    }

    /// Hears the same words in every piece: at once where somebody waits for a draft, and else only when it is let on.
    #[derive(Default)]
    struct SlowEar {
        let_on: AtomicBool,
    }

    impl Ear for SlowEar {
        fn hear(&self, _sound: Arc<[f32]>, job: HearJob) -> Result<Heard, SpeechError> {
            while job.priority == Priority::Draft && !self.let_on.load(Ordering::SeqCst) {
                if job.cancel.is_cancelled() {
                    return Err(SpeechError::Cancelled);
                }
                std::thread::yield_now();
            }
            let token = |(n, word): (u64, &str)| HeardToken {
                bytes: format!(" {word}").into_bytes(),
                probability: 1.0,
                end: Some(Millis(n * 400)),
            };
            Ok(Heard { tokens: (1..).zip(GOOD.split_whitespace()).map(token).collect(), ran_on: false })
        }

        fn model(&self) -> &str {
            "slow"
        }
    }

    impl Transcriber for SlowEar {
        fn transcribe(&self, _: Arc<[f32]>, _: TranscribeOptions) -> Result<Transcript, SpeechError> {
            Err(SpeechError::EngineStopped)
        }

        fn model(&self) -> &str {
            "slow"
        }

        fn ear(&self) -> Option<&dyn Ear> {
            Some(self)
        }
    }

    struct SlowEars(Arc<SlowEar>);

    impl Ears for SlowEars {
        fn transcriber(&self) -> Result<Arc<dyn Transcriber>, SpeechError> {
            Ok(self.0.clone())
        }

        fn state(&self) -> EarsState {
            EarsState::Ready { model: "slow".into() }
        }
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn a_provisional_score_is_marked_and_gives_way_to_the_settled_one() {
        let ear = Arc::new(SlowEar::default());
        let app = TestApp::with_ears(Arc::new(SlowEars(Arc::clone(&ear)))).await;
        let room = app.room("jvm.hashmap-treeify").await;
        let session = room.split('/').nth(2).unwrap().parse().unwrap();
        let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../tests/fixtures/speech/brief.opus");
        let sound = Source::File { path, pace: Pace::Unpaced };
        let attempt = app.interview.record(session, 0, sound.into()).await.unwrap();
        while app.interview.on_air().is_some_and(|take| !matches!(take.status, Status::Ended(_))) {
            tokio::task::yield_now().await;
        }
        let mut changes = app.interview.changes();
        let stopped = app.post(&format!("/attempts/{attempt}/stop"), "").await;
        assert_eq!(stopped.location, format!("/attempts/{attempt}"));
        while app.interview.provisional(attempt).is_none() {
            changes.recv().await.unwrap();
        }
        let page = app.get(&stopped.location).await;
        let events = format!("data-settling=\"/attempts/{attempt}/events\"");
        for part in ["Provisional.", "of 100", "red-black tree", events.as_str()] {
            assert!(page.body.contains(part), "{part}: {}", page.body);
        }
        for settled_only in ["Correct the words", "Mark this answer on the bench"] {
            assert!(!page.body.contains(settled_only), "{settled_only}");
        }
        assert!(app.interview.store().assessment(attempt).await.unwrap().is_none(), "it is kept nowhere");

        ear.let_on.store(true, Ordering::SeqCst);
        while app.interview.store().assessment(attempt).await.unwrap().is_none() {
            changes.recv().await.unwrap();
        }
        let page = app.get(&stopped.location).await;
        assert!(page.body.contains("of 100") && page.body.contains("Correct the words"), "{}", page.body);
        assert!(!page.body.contains("Provisional.") && !page.body.contains("data-settling"), "{}", page.body);
    }

    #[tokio::test]
    async fn the_same_answer_gets_the_same_page() {
        let app = TestApp::new().await;
        let mut scores = Vec::new();
        for _ in 0..3 {
            let attempt = app.typed("jvm.hashmap-treeify", GOOD).await;
            scores.push(app.interview.store().assessment(attempt).await.unwrap().unwrap().document);
        }
        assert!(scores.windows(2).all(|pair| pair[0] == pair[1]));
    }

    #[tokio::test]
    async fn what_a_person_wrote_never_becomes_markup() {
        let app = TestApp::new().await;
        let hostile = format!("<script>alert(1)</script> \" onmouseover=x {GOOD}");
        let attempt = app.typed("jvm.hashmap-treeify", &hostile).await;
        for path in [format!("/attempts/{attempt}"), "/history".to_owned(), "/".to_owned()] {
            let page = app.get(&path).await.body;
            assert!(!page.contains("<script>alert"), "{path}");
        }
    }

    #[tokio::test]
    async fn saying_nothing_is_no_answer_and_not_a_score() {
        let app = TestApp::new().await;
        let attempt = app.typed("jvm.hashmap-treeify", "I don't know.").await;
        let page = app.get(&format!("/attempts/{attempt}")).await.body;
        assert!(page.contains("No answer") && page.contains("Answer again"), "{page}");
        assert!(!page.contains("Level "), "{page}");
    }
}
