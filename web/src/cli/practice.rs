//! `viva practice`: the same session in the terminal, by keys.
//!
//! With `--json` it asks nothing of a terminal: each answer is recorded at once, ends with a line on stdin (or
//! after `--seconds`), and prints one JSON document.

mod live;

use super::assess::report;
use super::places::Places;
use crate::compose;
use anyhow::{Context, bail};
use live::{Key, Keys};
use serde::Serialize;
use std::io::{IsTerminal, Write};
use std::process::ExitCode;
use std::sync::Arc;
use std::time::{Duration, Instant};
use viva_audio::{Source, Status};
use viva_core::assessment::{Assessment, Verdict};
use viva_core::bank::{Kind, Level, Question};
use viva_core::clock::Clock;
use viva_core::delivery::{Delivery, observe};
use viva_core::ids::{AttemptId, PackId, QuestionId, SessionId};
use viva_core::session::{Aid, Length, Mode, PickOptions};
use viva_core::transcript::Transcript;
use viva_interview::{EarsState, Interview, SetUp, Stopped};

/// Answer questions aloud, in the terminal
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Ask from this pack only
    #[arg(long)]
    pack: Option<PackId>,
    /// Ask this question; may be given several times
    #[arg(long)]
    question: Vec<QuestionId>,
    /// Ask about this topic only
    #[arg(long)]
    topic: Option<String>,
    /// Ask for this level only: junior, mid or senior
    #[arg(long, value_parser = level)]
    level: Option<Level>,
    /// Ask for this kind only: technical, behavioural, code or design
    #[arg(long, value_parser = kind)]
    kind: Option<Kind>,
    /// How many questions to ask
    #[arg(long, default_value_t = 4, value_parser = clap::value_parser!(u32).range(1..=50))]
    questions: u32,
    /// Ask as many questions as fit into so many minutes
    #[arg(long, conflicts_with = "questions", value_parser = clap::value_parser!(u32).range(1..=240))]
    minutes: Option<u32>,
    /// The same seed asks the same questions
    #[arg(long)]
    seed: Option<u64>,
    /// The microphone, as `viva devices` names it
    #[arg(long, env = "VIVA_DEVICE")]
    device: Option<String>,
    /// The Whisper model: a name of `viva model list`, or the path of a ggml file
    #[arg(long, env = "VIVA_MODEL")]
    model: Option<String>,
    /// End each answer after so many seconds
    #[arg(long)]
    seconds: Option<u32>,
    /// Print one JSON document an answer; record at once, a line on stdin ends an answer
    #[arg(long)]
    json: bool,
}

/// What `--json` prints of one answer.
#[derive(Debug, Serialize)]
struct Answer<'a> {
    question_id: &'a QuestionId,
    ask: &'a str,
    attempt: AttemptId,
    /// None where the take was silent and does not count.
    score: Option<f64>,
    no_answer: bool,
    /// What the candidate should know about the take.
    trouble: Option<&'a str>,
    transcript: Option<&'a Transcript>,
    assessment: Option<&'a Assessment>,
    delivery: Option<Delivery>,
}

/// Holds a session in the terminal.
pub fn run(args: Args) -> anyhow::Result<ExitCode> {
    if !args.json && !std::io::stdin().is_terminal() {
        bail!(
            "this needs a terminal; without one use --json, which records at once and stops on a line on stdin"
        );
    }
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(practise(args))
}

async fn practise(args: Args) -> anyhow::Result<ExitCode> {
    let places = Places::from_env()?;
    let interview = compose::interview(&places, args.model.clone()).await?;
    interview.pick_up().await?;
    if let EarsState::NoModel { what_now, .. } = interview.ears().state() {
        bail!("{what_now}");
    }
    // Loading takes a second; the candidate reads the question meanwhile.
    let ears = Arc::clone(&interview);
    tokio::task::spawn_blocking(move || {
        if let Err(error) = ears.ears().transcriber() {
            tracing::warn!(%error, "the speech model could not be loaded");
        }
    });
    let session = interview.start_session(Mode::Practice, set_up(&args)).await?;
    let record = interview.session(session).await?;
    let mut keys = Keys::open(args.json)?;
    for place in &record.places {
        let bank = interview.bank();
        let Some(question) = bank.question(&place.question) else { continue };
        if !args.json {
            eprintln!(
                "\n{}  ({} of {}; {})",
                question.topic,
                place.position + 1,
                record.places.len(),
                place.reason
            );
            eprintln!("\n  {}\n", question.ask);
            if let Some(code) = &question.code {
                eprintln!("{code}\n");
            }
        }
        if !answer(&args, &interview, session, place.position, question, &mut keys).await? {
            break;
        }
    }
    interview.finish_session(session).await?;
    Ok(ExitCode::SUCCESS)
}

fn level(word: &str) -> Result<Level, String> {
    let levels = [Level::Junior, Level::Mid, Level::Senior];
    let found = levels.into_iter().find(|level| crate::feedback::level_word(*level) == word);
    found.ok_or_else(|| "it is junior, mid or senior".to_owned())
}

fn kind(word: &str) -> Result<Kind, String> {
    let found = crate::handlers::sessions::KINDS.iter().find(|(known, _)| *known == word);
    found.map(|(_, kind)| *kind).ok_or_else(|| "it is technical, behavioural, code or design".to_owned())
}

fn set_up(args: &Args) -> SetUp {
    if !args.question.is_empty() {
        return SetUp::Questions(args.question.clone());
    }
    SetUp::Picked(PickOptions {
        packs: args.pack.clone().into_iter().collect(),
        topic: args.topic.clone(),
        level: args.level,
        kind: args.kind,
        length: args.minutes.map_or(Length::Questions(args.questions), Length::Minutes),
        seed: args.seed.unwrap_or_else(|| compose::SystemClock.now().0.unsigned_abs() / 1000),
    })
}

/// Asks one question until it is answered or skipped. `false` ends the session.
async fn answer(
    args: &Args,
    interview: &Arc<Interview>,
    session: SessionId,
    position: u32,
    question: &Question,
    keys: &mut Keys,
) -> anyhow::Result<bool> {
    loop {
        if !args.json {
            match before(interview, session, position, question, keys).await? {
                Before::Aloud => {}
                Before::Typed(text) => {
                    let attempt = interview.answer_typed(session, position, &text).await?;
                    tell(args, interview, question, attempt, None, true).await?;
                    match after(interview, question, attempt, keys).await? {
                        After::Again => continue,
                        After::FollowUp(follow_up) => {
                            return ask_follow_up(args, interview, follow_up, keys).await;
                        }
                        After::Next => return Ok(true),
                        After::Leave => return Ok(false),
                    }
                }
                Before::Skipped => {
                    interview.skip(session, position).await?;
                    return Ok(true);
                }
                Before::Leave => return Ok(false),
            }
        }
        let source = Source::Microphone { device: args.device.clone() };
        let attempt = interview
            .record(session, position, source.into())
            .await
            .context("the answer was not recorded")?;
        let heard = listen(args, interview, question, keys).await?;
        if heard == Heard::Again {
            interview.discard(attempt).await?;
            continue;
        }
        let (trouble, counted) = match interview.stop(attempt).await? {
            Stopped::Kept { trouble, settled } => {
                keys.say("Settling the words ...");
                settled.await??;
                (trouble, true)
            }
            Stopped::Silent { says } => (Some(says), false),
        };
        keys.clear();
        if !counted && !args.json {
            eprintln!("{}", trouble.unwrap_or_default());
            continue;
        }
        tell(args, interview, question, attempt, trouble.as_deref(), counted).await?;
        if args.json || heard == Heard::Last {
            return Ok(heard == Heard::Whole);
        }
        match after(interview, question, attempt, keys).await? {
            After::Again => {}
            After::FollowUp(follow_up) => return ask_follow_up(args, interview, follow_up, keys).await,
            After::Next => return Ok(true),
            After::Leave => return Ok(false),
        }
    }
}

/// What is done with a question that stands asked.
enum Before {
    /// It is answered aloud.
    Aloud,
    /// It is answered by these words.
    Typed(String),
    /// It is passed over.
    Skipped,
    /// The session ends.
    Leave,
}

async fn before(
    interview: &Interview,
    session: SessionId,
    position: u32,
    question: &Question,
    keys: &mut Keys,
) -> anyhow::Result<Before> {
    let mut hint = question.hint.as_deref();
    loop {
        let (says, mut allowed) = match hint {
            Some(_) => ("Space to answer, H for a hint, T to type, S to skip, Q to leave", vec![Key::Hint]),
            None => ("Space to answer, T to type, S to skip, Q to leave", Vec::new()),
        };
        allowed.extend([Key::Space, Key::Type, Key::Skip]);
        match keys.choose(says, &allowed)? {
            Key::Space => return Ok(Before::Aloud),
            Key::Skip => return Ok(Before::Skipped),
            Key::Hint => {
                interview.help(session, position, Aid::Hint).await?;
                eprintln!("  Hint: {}\n", hint.take().unwrap_or_default());
            }
            Key::Type => {
                eprintln!("Type your answer; an empty line ends it.\n");
                let text = typed()?;
                if text.trim().is_empty() {
                    eprintln!("Nothing was written.\n");
                    continue;
                }
                return Ok(Before::Typed(text));
            }
            _ => return Ok(Before::Leave),
        }
    }
}

/// Lines of the terminal up to an empty one.
fn typed() -> anyhow::Result<String> {
    let mut text = String::new();
    for line in std::io::stdin().lines() {
        let line = line?;
        if line.trim().is_empty() {
            break;
        }
        text += &line;
        text.push('\n');
    }
    Ok(text)
}

/// What is done once the score is told.
enum After {
    /// On to the next question.
    Next,
    /// The same question once more.
    Again,
    /// The follow-up for what was missed.
    FollowUp(SessionId),
    /// The session ends.
    Leave,
}

async fn after(
    interview: &Interview,
    question: &Question,
    attempt: AttemptId,
    keys: &mut Keys,
) -> anyhow::Result<After> {
    let review = interview.review(attempt).await?;
    let missed =
        review.result.as_ref().filter(|_| review.session.follows.is_none()).and_then(|(_, result)| {
            let open =
                result.assessment.criteria.iter().filter(|criterion| criterion.verdict != Verdict::Met);
            let probed = open.filter(|open| {
                question
                    .rubric
                    .criteria
                    .iter()
                    .any(|criterion| criterion.id == open.id && criterion.probe.is_some())
            });
            probed.max_by(|a, b| (a.weight * (1.0 - a.credit)).total_cmp(&(b.weight * (1.0 - b.credit))))
        });
    loop {
        let (says, mut allowed) = match missed {
            Some(_) => (
                "Space to go on, M for the model answer, F for a follow-up, R to answer again, Q to leave",
                vec![Key::FollowUp],
            ),
            None => ("Space to go on, M for the model answer, R to answer again, Q to leave", Vec::new()),
        };
        allowed.extend([Key::Space, Key::Model, Key::Retake]);
        match keys.choose(says, &allowed)? {
            Key::Space => return Ok(After::Next),
            Key::Retake => return Ok(After::Again),
            Key::Model => eprintln!("Model answer: {}\n", question.model_answer),
            Key::FollowUp => {
                if let Some(criterion) = missed {
                    return Ok(After::FollowUp(interview.follow_up(attempt, &criterion.id).await?));
                }
            }
            _ => return Ok(After::Leave),
        }
    }
}

/// Asks a follow-up like any question; its credit stands beside the score before.
async fn ask_follow_up(
    args: &Args,
    interview: &Arc<Interview>,
    session: SessionId,
    keys: &mut Keys,
) -> anyhow::Result<bool> {
    let record = interview.session(session).await?;
    let Some(attempt) = record.places.first().and_then(|place| place.attempts.last()) else {
        return Ok(true);
    };
    let question = interview.question_asked(attempt).await?;
    eprintln!("\nFollow-up, beside the score\n\n  {}\n", question.ask);
    Box::pin(answer(args, interview, session, 0, &question, keys)).await
}

/// How listening ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Heard {
    /// The answer is over.
    Whole,
    /// It is over, and so is the session.
    Last,
    /// It is to be said again.
    Again,
}

/// Shows time, level and words until the answer ends.
async fn listen(
    args: &Args,
    interview: &Interview,
    question: &Question,
    keys: &mut Keys,
) -> anyhow::Result<Heard> {
    let until = args.seconds.map(|seconds| Instant::now() + Duration::from_secs(u64::from(seconds)));
    loop {
        let Some(take) = interview.on_air() else { return Ok(Heard::Whole) };
        if matches!(take.status, Status::Ended(_)) || until.is_some_and(|until| Instant::now() >= until) {
            return Ok(Heard::Whole);
        }
        keys.meter(&take, question);
        match keys.pressed() {
            Some(Key::Space) => return Ok(Heard::Whole),
            Some(Key::Quit) => return Ok(Heard::Last),
            Some(Key::Pause) if take.status == Status::Paused => interview.resume(take.attempt)?,
            Some(Key::Pause) => interview.pause(take.attempt)?,
            Some(Key::Retake) => return Ok(Heard::Again),
            _ => {}
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

async fn tell(
    args: &Args,
    interview: &Interview,
    question: &Question,
    attempt: AttemptId,
    trouble: Option<&str>,
    counted: bool,
) -> anyhow::Result<()> {
    let review = interview.review(attempt).await?;
    let transcript = review.result.as_ref().map(|(words, _)| &words.transcript);
    let assessment = review.result.as_ref().map(|(_, result)| &result.assessment);
    let mut out = std::io::stdout().lock();
    if args.json {
        let answer = Answer {
            question_id: &question.id,
            ask: &question.ask,
            attempt,
            score: assessment.map(|assessment| assessment.score),
            no_answer: assessment.is_none_or(|assessment| assessment.no_answer),
            trouble,
            transcript,
            assessment,
            delivery: transcript.map(observe),
        };
        writeln!(out, "{}", serde_json::to_string(&answer)?)?;
    } else if let (Some(transcript), Some(assessment), true) = (transcript, assessment, counted) {
        if let Some(trouble) = trouble {
            eprintln!("{trouble}\n");
        }
        match assessment.no_answer {
            true => writeln!(out, "No answer was heard, so there is nothing to score.\n")?,
            false => writeln!(out, "You said: {}\n\n{}", transcript.text, report::of(question, assessment))?,
        }
    }
    out.flush()?;
    Ok(())
}
