//! Transcribes a take while it is still being spoken.
//!
//! The take's file is followed at the follower's own pace: a slow decode delays words and never costs sound.
//! Pieces that stand for good are decoded for good; between them, short stretches are decoded as a
//! [`draft`](crate::draft). When the take ends, whatever is being decoded gives way: settled and drafted words
//! together are a provisional transcript, there long before the last pieces are settled. The result is the
//! transcript that one pass over the finished file gives, because where it is cut depends on the sound alone,
//! drafts are no part of it, and what is decoded ahead counts only if the piece comes out as foreseen.

use crate::both_ears::BothEars;
use crate::draft::Draft;
use crate::error::SpeechError;
use crate::hearing::{Context, Ear, HearJob};
use crate::pieces::{Cutter, Piece, Sound, split_long};
use crate::second_ear::Counted;
use crate::settled::transcript;
use crate::transcriber::{CancelToken, Priority, TranscribeOptions, Transcriber};
use std::collections::VecDeque;
use std::sync::Arc;
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};
use viva_audio::{SpeechDetector, TakeFollower};
use viva_core::help::Prompt;
use viva_core::transcript::{Span, Transcript, Word};
use viva_core::units::{Millis, SampleRate};

/// Interviews are held in English so far.
const LANGUAGE: &str = "en";

/// How often the file is looked at when it has nothing new. A tenth of the recorder's own step.
const LOOK: Duration = Duration::from_millis(25);

/// A draft is left out while more than this waits to be read.
const BEHIND: Millis = Millis(2_000);

/// How much has to be new before a stretch is drafted again.
const DRAFT_STEP: Millis = Millis(800);

/// How far beside its speech a drafted word may lie.
const DRAFT_SLACK: Millis = Millis(300);

/// With less speech than this left to settle, settling is as quick as a provisional decode.
const QUICK_REST: Millis = Millis(2_500);

/// What the follower has understood so far.
#[derive(Debug, Clone, PartialEq)]
pub enum LiveEvent {
    /// The words so far, whole each time.
    Draft {
        /// Words that stand for good.
        settled: String,
        /// Words that may still change.
        tail: String,
    },
    /// The take has ended: the words so far, some of them only drafted. The settled ones follow.
    Provisional(Transcript),
}

/// How a take is followed.
#[derive(Debug, Clone, Default)]
pub struct LiveOptions {
    /// Ends the work and gives up its result.
    pub cancel: CancelToken,
    /// Set when the speaker has stopped: what is being decoded gives way to the words shown first, then only what
    /// counts is decoded.
    pub hurry: CancelToken,
    /// The question's words for a second ear on what stands for good.
    pub help: Option<Arc<Prompt>>,
    /// Whether to listen for "uh" and "um" in what stands for good.
    pub hesitations: bool,
}

/// A take that grows: new samples come, then it ends.
pub trait Growing: Send {
    /// Appends the samples that are new and says how many there were.
    fn read(&mut self, samples: &mut Vec<f32>) -> Result<usize, SpeechError>;

    /// Whether the take has ended and all of it was read.
    fn is_finished(&self) -> bool;
}

impl Growing for TakeFollower {
    fn read(&mut self, samples: &mut Vec<f32>) -> Result<usize, SpeechError> {
        Self::read(self, samples).map_err(|error| SpeechError::RecordingUnreadable(error.to_string()))
    }

    fn is_finished(&self) -> bool {
        Self::is_finished(self)
    }
}

/// The ear on a take that is still being recorded. Dropping it cancels the work.
#[derive(Debug)]
pub struct LiveTranscriber {
    thread: Option<JoinHandle<Result<Transcript, SpeechError>>>,
    options: LiveOptions,
}

impl LiveTranscriber {
    /// Begins to follow a take on a thread of its own; `tell` is called there.
    pub fn start(
        transcriber: Arc<dyn Transcriber>,
        take: impl Growing + 'static,
        options: LiveOptions,
        tell: impl Fn(LiveEvent) + Send + 'static,
    ) -> Result<Self, SpeechError> {
        let wishes = options.clone();
        let thread = thread::Builder::new()
            .name("viva-live".into())
            .spawn(move || match transcriber.ear() {
                Some(ear) => Following::new(ear, wishes, &tell).run(take),
                None => whole(&*transcriber, take, wishes),
            })
            .map_err(|error| SpeechError::NoThread(error.to_string()))?;
        Ok(Self { thread: Some(thread), options })
    }

    /// Waits for the take's end and gives its words. Drafts go on until `hurry` is set.
    pub fn join(mut self) -> Result<Transcript, SpeechError> {
        match self.thread.take().map(JoinHandle::join) {
            Some(Ok(transcript)) => transcript,
            Some(Err(_)) | None => Err(SpeechError::EngineStopped),
        }
    }
}

impl Drop for LiveTranscriber {
    fn drop(&mut self) {
        if self.thread.is_some() {
            self.options.cancel.cancel();
            self.options.hurry.cancel();
        }
    }
}

/// A recogniser that hears whole recordings only: waits for the end, then hears it once.
fn whole(
    transcriber: &dyn Transcriber,
    mut take: impl Growing,
    options: LiveOptions,
) -> Result<Transcript, SpeechError> {
    let mut sound = Vec::new();
    while !take.is_finished() {
        options.cancel.check()?;
        if take.read(&mut sound)? == 0 {
            thread::sleep(LOOK);
        }
    }
    let job = TranscribeOptions {
        cancel: options.cancel,
        help: options.help,
        hesitations: options.hesitations,
        ..TranscribeOptions::default()
    };
    transcriber.transcribe(sound.into(), job)
}

struct Following<'a> {
    ear: &'a dyn Ear,
    options: LiveOptions,
    tell: &'a dyn Fn(LiveEvent),
    detector: SpeechDetector,
    cutter: Cutter,
    /// Pieces that stand and are not settled, in order.
    standing: VecDeque<BothEars>,
    /// A piece that will stand if what is being said goes on as it seems.
    ahead: Option<BothEars>,
    /// Sound that may still be needed; `skipped` samples came before it.
    sound: Vec<f32>,
    skipped: u64,
    speech: Vec<Span>,
    settled: Counted,
    draft: Draft,
    /// Up to where the last draft looked.
    drafted: Millis,
    /// Drafts take at most half of the time, so that a slow machine spends the rest on what counts.
    no_draft_before: Instant,
}

impl<'a> Following<'a> {
    fn new(ear: &'a dyn Ear, options: LiveOptions, tell: &'a dyn Fn(LiveEvent)) -> Self {
        let settled = Counted { hesitations: options.hesitations.then(Vec::new), ..Counted::default() };
        Self {
            ear,
            options,
            tell,
            detector: SpeechDetector::new(),
            cutter: Cutter::new(),
            standing: VecDeque::new(),
            ahead: None,
            sound: Vec::new(),
            skipped: 0,
            speech: Vec::new(),
            settled,
            draft: Draft::default(),
            drafted: Millis(0),
            no_draft_before: Instant::now(),
        }
    }

    fn run(mut self, mut take: impl Growing) -> Result<Transcript, SpeechError> {
        while !take.is_finished() {
            self.options.cancel.check()?;
            let before = self.sound.len();
            let new = take.read(&mut self.sound)?;
            if new == 0 {
                thread::sleep(LOOK);
            }
            // That silence goes on is never concluded from the clock: the span that ends it tells.
            let spans = self.detector.push(&self.sound[before..]);
            self.take_spans(spans);
            if let Some(open) = self.detector.open_span() {
                self.draft.spoken(open);
            }
            self.settle_what_stands(&self.options.hurry.clone())?;
            self.settle_ahead()?;
            let behind = Millis::of_samples(new as u64, SampleRate::WHISPER) >= BEHIND;
            let enough = self.detector.position().saturating_sub(self.drafted) >= DRAFT_STEP;
            if self.draft.is_stale() && enough && !behind && Instant::now() >= self.no_draft_before {
                self.draft()?;
            }
        }
        let total = self.detector.position();
        let last = std::mem::take(&mut self.detector).finish();
        self.take_spans(last);
        let rest = std::mem::take(&mut self.cutter).finish(total);
        self.stand(rest);
        // What was heard ahead counts at once; the rest comes after the first words.
        let no_more = CancelToken::new();
        no_more.cancel();
        self.settle_what_stands(&no_more)?;
        let voiced = self.standing.iter().fold(Millis(0), |sum, piece| sum + piece.piece().voiced());
        // A piece that is heard twice is not settled quickly, however short it is.
        let takes_long = voiced > QUICK_REST || (self.options.hesitations && voiced > Millis(0));
        if takes_long && !self.draft.is_far_behind() {
            self.tell_provisional(total)?;
        }
        self.settle_what_stands(&self.options.cancel.clone())?;
        Ok(transcript(self.ear.model(), LANGUAGE, total, self.speech, self.settled))
    }

    fn take_spans(&mut self, spans: Vec<Span>) {
        for span in spans {
            self.speech.push(span);
            self.draft.paused(span);
            for part in split_long(span, Sound { samples: &self.sound, skipped: self.skipped }) {
                let firm = self.cutter.push(part);
                self.stand(firm);
            }
        }
    }

    /// Puts pieces that stand for good in line.
    fn stand(&mut self, firm: Vec<Piece>) {
        for piece in firm {
            let ahead = self.ahead.take().filter(|ahead| *ahead.piece() == piece);
            self.standing.push_back(ahead.unwrap_or_else(|| BothEars::of(piece)));
        }
    }

    /// Settles the pieces in line, until `cancel` is set, and lets their sound go.
    fn settle_what_stands(&mut self, cancel: &CancelToken) -> Result<(), SpeechError> {
        while let Some(mut piece) = self.standing.pop_front() {
            if !self.hear_for_good(&mut piece, cancel)? {
                self.standing.push_front(piece);
                break;
            }
            let (piece, words) = piece.into_counted();
            self.settled.append(words);
            self.let_go(&piece);
            self.show();
        }
        Ok(())
    }

    /// Settles the piece that will stand when the words being spoken end, so that less is left when the speaker stops.
    fn settle_ahead(&mut self) -> Result<(), SpeechError> {
        let Some(open) = self.detector.open_span() else { return Ok(()) };
        let sound = Sound { samples: &self.sound, skipped: self.skipped };
        let mut cutter = self.cutter.clone();
        let Some(piece) = split_long(open, sound).into_iter().flat_map(|part| cutter.push(part)).next()
        else {
            return Ok(());
        };
        let mut ahead = match self.ahead.take() {
            Some(ahead) if *ahead.piece() == piece => ahead,
            _ => BothEars::of(piece),
        };
        let heard = self.hear_for_good(&mut ahead, &self.options.hurry);
        self.ahead = Some(ahead);
        heard.map(|_| ())
    }

    /// Whether a piece has been heard by both ears; it has not where `cancel` was set meanwhile.
    fn hear_for_good(&self, piece: &mut BothEars, cancel: &CancelToken) -> Result<bool, SpeechError> {
        let sound = Sound { samples: &self.sound, skipped: self.skipped };
        let job = TranscribeOptions {
            cancel: cancel.clone(),
            help: self.options.help.clone(),
            hesitations: self.options.hesitations,
            // While somebody still speaks, those who have stopped go first.
            priority: Priority::Draft,
            urgent: self.options.hurry.clone(),
            ..TranscribeOptions::default()
        };
        match piece.hear(self.ear, sound, &job) {
            Ok(()) => Ok(true),
            Err(SpeechError::Cancelled) if cancel.is_cancelled() && !self.options.cancel.is_cancelled() => {
                Ok(false)
            }
            Err(error) => Err(error),
        }
    }

    /// Decodes what may still change and shows it; gives way when the speaker stops.
    fn draft(&mut self) -> Result<(), SpeechError> {
        let start = Instant::now();
        self.drafted = self.detector.position();
        match self.decode_draft(self.drafted, self.options.hurry.clone(), Priority::Draft) {
            Ok(()) => self.show(),
            Err(SpeechError::Cancelled) => {}
            Err(error) => return Err(error),
        }
        self.no_draft_before = Instant::now() + start.elapsed();
        Ok(())
    }

    fn decode_draft(
        &mut self,
        until: Millis,
        cancel: CancelToken,
        priority: Priority,
    ) -> Result<(), SpeechError> {
        let job = HearJob {
            language: LANGUAGE.into(),
            context: Context::Cut,
            prompt: None,
            priority,
            urgent: CancelToken::new(),
            cancel,
        };
        let sound = Sound { samples: &self.sound, skipped: self.skipped };
        self.draft.decode(self.ear, sound, until, job)
    }

    /// Tells the words that are there when the take has ended, drafts among them.
    fn tell_provisional(&mut self, total: Millis) -> Result<(), SpeechError> {
        if self.draft.is_stale() {
            let start = Instant::now();
            self.decode_draft(total, self.options.cancel.clone(), Priority::Interactive)?;
            tracing::debug!(took_ms = start.elapsed().as_millis() as u64, "the last words are drafted");
        }
        // What was drafted of a sound that turned out to be no speech is no word.
        let spoken = |word: &&Word| {
            self.speech
                .iter()
                .any(|span| word.start < span.end + DRAFT_SLACK && span.start < word.end + DRAFT_SLACK)
        };
        let words = self.settled.words.iter().chain(self.draft.words().filter(spoken)).cloned().collect();
        // What hesitates in the rest is not known yet, so nothing is counted of it.
        let counted = Counted { words, helped: self.settled.helped.clone(), hesitations: None };
        let words = transcript(self.ear.model(), LANGUAGE, total, self.speech.clone(), counted);
        (self.tell)(LiveEvent::Provisional(words));
        Ok(())
    }

    fn let_go(&mut self, piece: &Piece) {
        let Some(last) = piece.parts.last() else { return };
        let passed = last.end.to_samples(SampleRate::WHISPER).saturating_sub(self.skipped);
        let passed = usize::try_from(passed).unwrap_or(usize::MAX).min(self.sound.len());
        self.sound.drain(..passed);
        self.skipped += passed as u64;
        self.draft.settled_until(last.end);
    }

    fn show(&self) {
        (self.tell)(LiveEvent::Draft {
            settled: joined(&self.settled.words),
            tail: joined(self.draft.words()),
        });
    }
}

fn joined<'w>(words: impl IntoIterator<Item = &'w Word>) -> String {
    words.into_iter().map(|word| word.text.as_str()).collect::<Vec<_>>().join(" ")
}
