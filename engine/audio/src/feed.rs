//! The way from a source's thread to the recorder: a wait-free ring of interleaved samples.
//!
//! [`Feed`] is the half a device callback may hold: it neither allocates, locks nor waits, and what does
//! not fit is counted, never overwritten. [`Control`] is the half for the thread around the callback.

use crate::error::AudioError;
use crate::source::Pace;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, Sender};
use std::time::{Duration, Instant};
use viva_core::units::SampleRate;

/// How much sound the ring holds while the recorder is kept from running.
const RING: Duration = Duration::from_secs(10);

/// What a source gives.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SourceFormat {
    /// What the person knows it by.
    pub name: String,
    /// Frames per second.
    pub rate: SampleRate,
    /// Samples per frame.
    pub channels: u16,
}

/// What a source's thread and the recorder know of each other.
#[derive(Debug, Default)]
pub(crate) struct Shared {
    /// The recorder wants no more.
    stop: AtomicBool,
    /// The device went away.
    lost: AtomicBool,
    /// Samples that did not fit into the ring, all channels counted.
    dropped: AtomicU64,
    /// Callbacks that came late, as the sound system counts them.
    xruns: AtomicU64,
    /// The feed is gone: a sound system that dies drops its callbacks without a word.
    unplugged: AtomicBool,
    /// The source's thread has ended; nothing more comes.
    done: AtomicBool,
    /// Frames the source has offered; a device that offers none for seconds is gone.
    offered: AtomicU64,
}

impl Shared {
    pub(crate) fn ask_to_stop(&self) {
        self.stop.store(true, Ordering::Release);
    }

    pub(crate) fn is_lost(&self) -> bool {
        self.lost.load(Ordering::Acquire)
    }

    pub(crate) fn is_done(&self) -> bool {
        self.done.load(Ordering::Acquire)
    }

    pub(crate) fn dropped(&self) -> u64 {
        self.dropped.load(Ordering::Relaxed)
    }
}

/// The recorder's end of a connected source.
pub(crate) struct Connected {
    pub(crate) format: SourceFormat,
    pub(crate) samples: rtrb::Consumer<f32>,
}

/// Where a source plugs in once it knows its format.
pub struct FeedSlot {
    shared: Arc<Shared>,
    connected: Sender<Connected>,
}

impl FeedSlot {
    /// A slot and what the recorder needs to hear from it.
    pub(crate) fn new() -> (Self, Arc<Shared>, Receiver<Connected>) {
        let shared = Arc::new(Shared::default());
        let (sender, receiver) = std::sync::mpsc::channel();
        (Self { shared: Arc::clone(&shared), connected: sender }, shared, receiver)
    }

    /// Makes the ring for this format. A source whose device could not be opened this time may connect
    /// again; the connection that becomes ready counts.
    pub fn connect(&self, format: SourceFormat) -> (Feed, Control) {
        self.shared.unplugged.store(false, Ordering::Release);
        let per_second = format.rate.0 as usize * usize::from(format.channels);
        let (producer, samples) = rtrb::RingBuffer::new(per_second * RING.as_secs() as usize);
        let feed =
            Feed { producer, channels: usize::from(format.channels), shared: Arc::clone(&self.shared) };
        let waiting = Some((self.connected.clone(), Connected { format, samples }));
        let control = Control { shared: Arc::clone(&self.shared), waiting };
        (feed, control)
    }
}

/// Takes samples, on whatever thread they arrive.
pub struct Feed {
    producer: rtrb::Producer<f32>,
    channels: usize,
    shared: Arc<Shared>,
}

impl Feed {
    /// Offers interleaved samples from a device callback; whole frames that do not fit are counted.
    pub fn offer<T: Copy>(&mut self, samples: &[T], to_f32: impl Fn(T) -> f32) {
        let room = self.producer.slots() / self.channels * self.channels;
        let fits = samples.len().min(room);
        if let Ok(chunk) = self.producer.write_chunk_uninit(fits) {
            chunk.fill_from_iter(samples[..fits].iter().map(|sample| to_f32(*sample)));
        }
        self.shared.offered.fetch_add((samples.len() / self.channels) as u64, Ordering::Relaxed);
        if fits < samples.len() {
            self.shared.dropped.fetch_add((samples.len() - fits) as u64, Ordering::Relaxed);
        }
    }

    /// Hands over all of the samples, waiting for room; `false` once the recorder wants no more.
    ///
    /// For files and tones, never for a device callback.
    pub fn push(&mut self, mut samples: &[f32]) -> bool {
        while !samples.is_empty() {
            if self.shared.stop.load(Ordering::Acquire) || self.producer.is_abandoned() {
                return false;
            }
            let room = (self.producer.slots() / self.channels * self.channels).min(samples.len());
            if room == 0 {
                std::thread::sleep(Duration::from_millis(2));
                continue;
            }
            let (now, later) = samples.split_at(room);
            self.offer(now, |sample| sample);
            samples = later;
        }
        !self.shared.stop.load(Ordering::Acquire)
    }
}

impl Drop for Feed {
    fn drop(&mut self) {
        self.shared.unplugged.store(true, Ordering::Release);
    }
}

/// How a source's thread learns what to do and tells what happened.
pub struct Control {
    shared: Arc<Shared>,
    waiting: Option<(Sender<Connected>, Connected)>,
}

impl Control {
    /// Says that sound flows; the recording starts here.
    pub fn ready(&mut self) {
        if let Some((sender, connected)) = self.waiting.take() {
            // The recorder may have given up in the meantime; then there is nobody to tell.
            let _ = sender.send(connected);
        }
    }

    /// Whether the recorder wants no more.
    pub fn should_stop(&self) -> bool {
        self.shared.stop.load(Ordering::Acquire)
    }

    /// Says that the device is gone; the take so far is kept.
    pub fn device_lost(&self) {
        self.shared.lost.store(true, Ordering::Release);
    }

    /// Whether whoever held the feed has dropped it.
    pub fn is_unplugged(&self) -> bool {
        self.shared.unplugged.load(Ordering::Acquire)
    }

    /// Counts one late callback.
    pub fn count_xrun(&self) {
        self.shared.xruns.fetch_add(1, Ordering::Relaxed);
    }

    /// How many frames the device has offered so far.
    pub fn offered_frames(&self) -> u64 {
        self.shared.offered.load(Ordering::Relaxed)
    }
}

/// Holds a source that is no device to the speed of the clock.
pub(crate) struct Pacer {
    pace: Pace,
    started: Instant,
    rate: SampleRate,
    frames: u64,
}

impl Pacer {
    pub(crate) fn new(pace: Pace, rate: SampleRate) -> Self {
        Self { pace, started: Instant::now(), rate, frames: 0 }
    }

    /// Waits until the frames given so far are due, then counts these.
    pub(crate) fn wait_for(&mut self, frames: usize) {
        self.frames += frames as u64;
        if self.pace == Pace::RealTime {
            let due = Duration::from_secs_f64(self.frames as f64 / f64::from(self.rate.0));
            if let Some(left) = due.checked_sub(self.started.elapsed()) {
                std::thread::sleep(left);
            }
        }
    }
}

/// Starts a source's thread; its end is marked however it comes.
pub(crate) fn spawn(
    source: Box<dyn crate::source::AudioSource>,
    slot: FeedSlot,
) -> Result<std::thread::JoinHandle<Result<(), AudioError>>, AudioError> {
    struct Done(Arc<Shared>);
    impl Drop for Done {
        fn drop(&mut self) {
            if std::thread::panicking() {
                self.0.lost.store(true, Ordering::Release);
            }
            self.0.done.store(true, Ordering::Release);
        }
    }
    let done = Done(Arc::clone(&slot.shared));
    std::thread::Builder::new()
        .name("viva-capture".into())
        .spawn(move || {
            let _done = done;
            source.run(slot)
        })
        .map_err(AudioError::NoThread)
}
