//! What a speaker who stops waits for, with a recogniser that takes as long as the test wants.

mod spoken;

use spoken::{Steps, spoken};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};
use viva_core::transcript::Transcript;
use viva_core::units::Millis;
use viva_speech::{
    CancelToken, Context, Ear, Growing, HearJob, Heard, HeardToken, LiveEvent, LiveOptions, LiveTranscriber,
    SpeechError, TranscribeOptions, Transcriber,
};

/// Ample time for a decode to be told that it is no longer wanted.
const TOLD_WITHIN: Duration = Duration::from_secs(20);

/// What was heard and told, in order.
#[derive(Debug, Clone, Default)]
struct Log(Arc<Mutex<Vec<&'static str>>>);

impl Log {
    fn note(&self, line: &'static str) {
        self.0.lock().expect("no test panics with it").push(line);
    }

    fn lines(&self) -> Vec<&'static str> {
        self.0.lock().expect("no test panics with it").clone()
    }
}

/// Hears a word in every half second. If it is to, the speaker stops while it decodes its first piece for good.
struct Clockwork {
    stops: Option<CancelToken>,
    has_stopped: AtomicBool,
    log: Log,
}

impl Ear for Clockwork {
    fn hear(&self, sound: Arc<[f32]>, job: HearJob) -> Result<Heard, SpeechError> {
        if job.cancel.is_cancelled() {
            return Err(SpeechError::Cancelled);
        }
        let for_good = job.context == Context::Wide;
        if let Some(speaker) = self.stops.as_ref().filter(|_| for_good)
            && !self.has_stopped.swap(true, Ordering::Relaxed)
        {
            speaker.cancel();
            let since = Instant::now();
            while !job.cancel.is_cancelled() && since.elapsed() < TOLD_WITHIN {
                thread::sleep(Duration::from_millis(1));
            }
            if job.cancel.is_cancelled() {
                return Err(SpeechError::Cancelled);
            }
        }
        self.log.note(if for_good { "for good" } else { "draft" });
        let token = |index: u64| HeardToken {
            bytes: format!(" w{index}").into_bytes(),
            probability: 1.0,
            end: Some(Millis((index + 1) * 500)),
        };
        Ok(Heard { tokens: (0..sound.len() as u64 / 8_000).map(token).collect(), ran_on: false })
    }

    fn model(&self) -> &str {
        "clockwork"
    }
}

impl Transcriber for Clockwork {
    fn transcribe(&self, _: Arc<[f32]>, _: TranscribeOptions) -> Result<Transcript, SpeechError> {
        unreachable!("it is followed")
    }

    fn model(&self) -> &str {
        "clockwork"
    }

    fn ear(&self) -> Option<&dyn Ear> {
        Some(self)
    }
}

/// An answer that ends when the speaker stops, wherever that is.
struct Answer {
    steps: Steps,
    stops: CancelToken,
    length: Arc<AtomicUsize>,
}

impl Growing for Answer {
    fn read(&mut self, samples: &mut Vec<f32>) -> Result<usize, SpeechError> {
        let new = self.steps.read(samples)?;
        self.length.store(self.steps.at, Ordering::Relaxed);
        Ok(new)
    }

    fn is_finished(&self) -> bool {
        self.steps.is_finished() || self.stops.is_cancelled()
    }
}

/// What came of following an answer.
struct Followed {
    transcript: Transcript,
    /// In which order words came.
    log: Vec<&'static str>,
    /// How much of the answer was spoken, in samples.
    length: usize,
}

fn follow(audio: Arc<[f32]>, step: usize, is_stopped: bool) -> Followed {
    let (options, log, length) = (LiveOptions::default(), Log::default(), Arc::new(AtomicUsize::new(0)));
    let stops = is_stopped.then(|| options.hurry.clone());
    let ear = Clockwork { stops, has_stopped: AtomicBool::new(false), log: log.clone() };
    let steps = Steps { audio, step, at: 0 };
    let take = Answer { steps, stops: options.hurry.clone(), length: length.clone() };
    let events = log.clone();
    let live = LiveTranscriber::start(Arc::new(ear), take, options, move |event| {
        if let LiveEvent::Provisional(_) = event {
            events.note("provisional");
        }
    });
    let transcript = live.and_then(LiveTranscriber::join).expect("nothing fails here");
    let log = log.lines();
    Followed { transcript, log, length: length.load(Ordering::Relaxed) }
}

/// Steps in which an answer is spoken here.
const SECOND: usize = 16_000;

#[test]
fn a_speaker_who_stops_while_a_piece_is_settled_does_not_wait_for_it() {
    let audio = spoken("wrong.opus");
    let Followed { transcript, log, length } = follow(audio.clone(), SECOND, true);
    assert!(length < audio.len(), "the answer is long enough to be settled while it is spoken");
    assert_eq!(transcript, follow(audio[..length].into(), SECOND, false).transcript);
    let provisional = log.iter().position(|&line| line == "provisional");
    let for_good = log.iter().position(|&line| line == "for good");
    assert!(provisional.is_some() && provisional < for_good, "{log:?}");
}

#[test]
fn what_is_settled_ahead_is_settled_once() {
    let audio = spoken("wrong.opus");
    let in_steps = follow(audio.clone(), SECOND / 4, false);
    let at_once = follow(audio.clone(), audio.len(), false);
    assert_eq!(in_steps.transcript, at_once.transcript);
    let for_good = |log: &[&str]| log.iter().filter(|&&line| line == "for good").count();
    assert_eq!(for_good(&in_steps.log), for_good(&at_once.log), "{:?}", in_steps.log);
}
