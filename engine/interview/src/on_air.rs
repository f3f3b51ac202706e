//! A take that is being recorded, from this machine's microphone or in pieces from a browser's, and the ear that
//! follows it.

use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, JoinHandle};
use tokio::sync::oneshot;
use viva_audio::{AudioError, Ended, Level, PieceTake, Recording, Standing, Status, Take, TakeFollower};
use viva_core::clock::Timestamp;
use viva_core::help::Prompt;
use viva_core::ids::{AttemptId, CandidateId, SessionId};
use viva_core::transcript::Transcript;
use viva_core::units::Millis;
use viva_speech::{LiveEvent, LiveOptions, LiveTranscriber, SpeechError};

use crate::ears::Ears;

/// A take under way.
pub(crate) struct OnAir {
    pub(crate) attempt: AttemptId,
    pub(crate) session: SessionId,
    pub(crate) position: u32,
    /// Whose answer it is in a round; none in practice.
    pub(crate) candidate: Option<CandidateId>,
    pub(crate) sound: Sound,
    /// None in a round: what is heard before the marks are known may be anybody's words. None either for a take that a
    /// dead process left and that nobody has gone on with yet.
    pub(crate) follower: Option<Follower>,
    /// Of a candidate's own microphone: how far the take was when what is at its end was said.
    pub(crate) anchor: Option<Anchor>,
    /// The interviewer wants a candidate's own microphone to end.
    pub(crate) asked_to_end: bool,
}

/// No line is away for longer; a clock that says so is wrong.
const LONGEST_AWAY_MS: i64 = 24 * 60 * 60 * 1000;

/// A moment of a take, and when that was.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Anchor {
    at: Millis,
    said: Timestamp,
}

/// Where the sound of a take comes from.
pub(crate) enum Sound {
    /// A device of this machine.
    Device(Recording),
    /// A browser, in numbered pieces.
    Pieces(Arc<PieceTake>),
}

impl Sound {
    pub(crate) fn follow(&self) -> Result<TakeFollower, AudioError> {
        match self {
            Self::Device(recording) => recording.follow(),
            Self::Pieces(take) => take.follow(),
        }
    }

    /// Ends the take; a device says itself why it ended. Blocks. `None` where it was over before.
    pub(crate) fn stop(self, ended: Ended) -> Option<Take> {
        match self {
            Self::Device(recording) => Some(recording.stop()),
            Self::Pieces(take) => take.finish(ended),
        }
    }
}

/// What a page shows of a take under way.
#[derive(Debug, Clone)]
pub struct Snapshot {
    /// Whose take it is.
    pub attempt: AttemptId,
    /// The session it belongs to.
    pub session: SessionId,
    /// The place in the session, from 0.
    pub position: u32,
    /// How much is on disk.
    pub elapsed: Millis,
    /// How loud it is now.
    pub level: Level,
    /// Recording, paused or ended.
    pub status: Status,
    /// What was understood so far.
    pub draft: Draft,
    /// Which pieces are here, where it comes from a browser.
    pub pieces: Option<Standing>,
    /// Whether a candidate's own microphone was asked to end.
    pub asked_to_end: bool,
    pub(crate) anchor: Option<Anchor>,
}

impl Snapshot {
    /// How far the take is by what is being said now. More than `elapsed` where some of it is still on its way.
    pub fn present(&self, now: Timestamp) -> Millis {
        match self.anchor {
            Some(Anchor { at, said }) => self.elapsed.max(at + since(said, now)),
            None => self.elapsed,
        }
    }

    /// For how long nothing has come from a candidate's own microphone; none where it never does.
    pub fn quiet_for(&self, now: Timestamp) -> Option<Millis> {
        self.anchor.map(|anchor| since(anchor.said, now))
    }
}

fn since(then: Timestamp, now: Timestamp) -> Millis {
    Millis(u64::try_from(now.0.saturating_sub(then.0)).unwrap_or_default())
}

/// Words before they are settled.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Draft {
    /// Words that will not change any more.
    pub settled: String,
    /// The last few, which still may.
    pub tail: String,
}

impl OnAir {
    /// What is at the take's end was said so long before it arrived.
    pub(crate) fn heard(&mut self, arrived: Timestamp, age: Millis) {
        if let Sound::Pieces(take) = &self.sound {
            let age = i64::try_from(age.0).map_or(LONGEST_AWAY_MS, |age| age.min(LONGEST_AWAY_MS));
            let said = Timestamp(arrived.0.saturating_sub(age));
            self.anchor = Some(Anchor { at: take.elapsed(), said });
        }
    }

    pub(crate) fn snapshot(&self) -> Snapshot {
        let (elapsed, level, status, pieces) = match &self.sound {
            Sound::Device(recording) => (recording.elapsed(), recording.level(), recording.status(), None),
            Sound::Pieces(take) => (take.elapsed(), take.level(), take.status(), Some(take.standing())),
        };
        Snapshot {
            attempt: self.attempt,
            session: self.session,
            position: self.position,
            elapsed,
            level,
            status,
            draft: self.follower.as_ref().map(Follower::draft).unwrap_or_default(),
            pieces,
            asked_to_end: self.asked_to_end,
            anchor: self.anchor,
        }
    }
}

/// The ear on a growing take: a thread that loads the recogniser if need be and follows the file on disk.
///
/// It may be behind; the recording neither knows nor waits.
pub(crate) struct Follower {
    thread: Option<JoinHandle<Result<Transcript, SpeechError>>>,
    draft: Arc<Mutex<Draft>>,
    provisional: Option<oneshot::Receiver<Transcript>>,
    options: LiveOptions,
}

impl Follower {
    pub(crate) fn start(ears: Arc<dyn Ears>, take: TakeFollower, help: Option<Arc<Prompt>>) -> Self {
        let draft = Arc::new(Mutex::new(Draft::default()));
        let options = LiveOptions { help, hesitations: true, ..LiveOptions::default() };
        let (board, wishes) = (Arc::clone(&draft), options.clone());
        let (early, provisional) = oneshot::channel();
        let early = Mutex::new(Some(early));
        let thread = thread::Builder::new()
            .name("viva-follower".into())
            .spawn(move || {
                let transcriber = ears.transcriber()?;
                let live = LiveTranscriber::start(transcriber, take, wishes, move |event| {
                    match event {
                        LiveEvent::Draft { settled, tail } => {
                            *board.lock().unwrap_or_else(PoisonError::into_inner) = Draft { settled, tail };
                        }
                        LiveEvent::Provisional(words) => {
                            let early = early.lock().unwrap_or_else(PoisonError::into_inner).take();
                            // Whoever waited for it may have gone.
                            if let Some(early) = early {
                                let _ = early.send(words);
                            }
                        }
                    }
                })?;
                live.join()
            })
            .inspect_err(
                |error| tracing::warn!(%error, "no thread for the follower; the take is settled later"),
            )
            .ok();
        Self { thread, draft, provisional: Some(provisional), options }
    }

    /// The words that will be there when the take has ended, some of them only drafted. Given once; it ends
    /// without words where settling is as quick.
    pub(crate) fn provisional(&mut self) -> Option<oneshot::Receiver<Transcript>> {
        self.provisional.take()
    }

    pub(crate) fn draft(&self) -> Draft {
        self.draft.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Waits for the words of the whole take. Blocks.
    ///
    /// `None` where nobody followed; the take is then transcribed from its file.
    pub(crate) fn finish(mut self) -> Option<Result<Transcript, SpeechError>> {
        self.options.hurry.cancel();
        let result = self.thread.take()?.join();
        match result {
            Ok(transcript) => Some(transcript),
            Err(_) => {
                tracing::error!("the follower's thread panicked; the take is settled from its file");
                None
            }
        }
    }
}

impl Drop for Follower {
    fn drop(&mut self) {
        self.options.cancel.cancel();
        self.options.hurry.cancel();
    }
}
