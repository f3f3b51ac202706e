//! A real microphone, through cpal, on the thread that owns its stream.
//!
//! Of cpal's behaviour only this file knows: streams start paused, an overrun is counted and never a
//! reason to rebuild, a lost device ends the take. The data callback writes to the ring and does nothing
//! else.

use crate::devices::{Found, explain, find, readable_name};
use crate::error::AudioError;
use crate::feed::{Control, Feed, FeedSlot, SourceFormat};
use crate::source::AudioSource;
use cpal::traits::{DeviceTrait, StreamTrait};
use cpal::{BufferSize, ErrorKind, FromSample, SampleFormat, SizedSample, StreamConfig, SupportedBufferSize};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender};
use std::time::{Duration, Instant};
use viva_core::units::SampleRate;

/// What is asked of the device. With the sound system's own choice the end of a take was lost: over
/// PulseAudio what had arrived after three seconds varied between 0.3 and 1.3 of real time.
const BUFFER: Duration = Duration::from_millis(30);
/// How long building a stream may take.
const BUILD_WITHIN: Duration = Duration::from_secs(5);
/// A busy device is tried again this often, this far apart.
const BUSY_TRIES: u32 = 4;
const BUSY_PAUSE: Duration = Duration::from_millis(250);
/// A device that gives nothing for this long is gone, whether the sound system says so or not.
const GONE_AFTER: Duration = Duration::from_secs(3);
/// How often it is looked whether the device is still there.
const LOOK_EVERY: Duration = Duration::from_secs(1);
/// The first samples may take longer: headsets switch their mode.
const FIRST_WITHIN: Duration = Duration::from_secs(8);

/// The default microphone or the one with this id.
pub(crate) struct Microphone {
    device: Option<String>,
}

impl Microphone {
    pub(crate) fn new(device: Option<String>) -> Self {
        Self { device }
    }
}

impl AudioSource for Microphone {
    fn run(self: Box<Self>, slot: FeedSlot) -> Result<(), AudioError> {
        let found = find(self.device.as_deref())?;
        let device = &found.device;
        let name = readable_name(device);
        let explain = |error: cpal::Error| match explain(&error, &name) {
            AudioError::DeviceNotFound { .. } if self.device.is_none() => AudioError::NoMicrophone,
            explained => explained,
        };
        let supported = device.default_input_config().map_err(explain)?;
        let rate = SampleRate(supported.sample_rate());
        let wanted = (u64::from(rate.0) * BUFFER.as_millis() as u64 / 1000) as u32;
        let buffer_size = match supported.buffer_size() {
            SupportedBufferSize::Range { min, max } => {
                BufferSize::Fixed(wanted.clamp(*min, (*max).max(*min)))
            }
            SupportedBufferSize::Unknown => BufferSize::Fixed(wanted),
        };
        let mut config = StreamConfig {
            channels: supported.channels(),
            sample_rate: supported.sample_rate(),
            buffer_size,
        };
        let format = SourceFormat { name: name.clone(), rate, channels: supported.channels() };
        let (errors, trouble) = std::sync::mpsc::channel();
        let mut tries = 0;
        let (stream, mut control) = loop {
            // A stream that cannot be built takes its ring with it, so each try has its own.
            let (feed, control) = slot.connect(format.clone());
            match build(device, config, supported.sample_format(), feed, errors.clone()) {
                Ok(stream) => break (stream, control),
                Err(error) => match error.kind() {
                    ErrorKind::DeviceBusy if tries < BUSY_TRIES => {
                        tries += 1;
                        std::thread::sleep(BUSY_PAUSE);
                    }
                    ErrorKind::UnsupportedConfig if config.buffer_size != BufferSize::Default => {
                        config.buffer_size = BufferSize::Default;
                    }
                    _ => return Err(explain(error)),
                },
            }
        };
        stream.play().map_err(explain)?;
        await_first(&control, &trouble, &name)?;
        control.ready();
        watch(&control, &trouble, &found);
        // What was said up to the stop is still on its way for the length of one buffer.
        let buffer = stream
            .buffer_size()
            .map_or(BUFFER, |frames| Duration::from_secs_f64(f64::from(frames) / f64::from(rate.0.max(1))));
        std::thread::sleep(buffer.clamp(Duration::from_millis(10), Duration::from_millis(200)));
        drop(stream);
        Ok(())
    }
}

/// Waits until sound flows: an idle device may need a second or two, and what is said in that time would
/// be missing without anybody knowing.
fn await_first(control: &Control, trouble: &Receiver<cpal::Error>, name: &str) -> Result<(), AudioError> {
    let until = Instant::now() + FIRST_WITHIN;
    while control.offered_frames() == 0 && !control.should_stop() {
        match trouble.recv_timeout(Duration::from_millis(5)) {
            Ok(error) if is_fatal(&error) => return Err(explain(&error, name)),
            Ok(_) | Err(RecvTimeoutError::Timeout | RecvTimeoutError::Disconnected) => {}
        }
        if Instant::now() > until {
            let reason = "no sound arrives from it".to_owned();
            return Err(AudioError::DeviceFailed { device: name.to_owned(), reason });
        }
    }
    Ok(())
}

/// Whether the stream is over; the rest is a click or a note.
fn is_fatal(error: &cpal::Error) -> bool {
    !matches!(error.kind(), ErrorKind::Xrun | ErrorKind::DeviceChanged | ErrorKind::RealtimeDenied)
}

/// Waits for the stop or for the loss of the device.
fn watch(control: &Control, trouble: &Receiver<cpal::Error>, device: &Found) {
    let mut seen = control.offered_frames();
    let mut since = Instant::now();
    let mut looked = Instant::now();
    while !control.should_stop() {
        match trouble.recv_timeout(Duration::from_millis(20)) {
            Ok(error) if is_fatal(&error) => {
                tracing::warn!(%error, "the microphone went away");
                control.device_lost();
                return;
            }
            Ok(error) if error.kind() == ErrorKind::Xrun => control.count_xrun(),
            Ok(error) => tracing::info!(%error, "the sound system changed something"),
            Err(RecvTimeoutError::Timeout) => {}
            // The stream holds a sender, so this cannot happen while it lives.
            Err(RecvTimeoutError::Disconnected) => return,
        }
        if looked.elapsed() >= LOOK_EVERY {
            looked = Instant::now();
            if device.has_gone() {
                tracing::warn!("the microphone is no longer among the devices");
                control.device_lost();
                return;
            }
        }
        let offered = control.offered_frames();
        if offered != seen {
            (seen, since) = (offered, Instant::now());
        } else if control.is_unplugged() || since.elapsed() > GONE_AFTER {
            tracing::warn!("the microphone gives nothing any more");
            control.device_lost();
            return;
        }
    }
}

fn build(
    device: &cpal::Device,
    config: StreamConfig,
    format: SampleFormat,
    feed: Feed,
    errors: Sender<cpal::Error>,
) -> Result<cpal::Stream, cpal::Error> {
    match format {
        SampleFormat::F32 => typed::<f32>(device, config, feed, errors),
        SampleFormat::F64 => typed::<f64>(device, config, feed, errors),
        SampleFormat::I8 => typed::<i8>(device, config, feed, errors),
        SampleFormat::I16 => typed::<i16>(device, config, feed, errors),
        SampleFormat::I24 => typed::<cpal::I24>(device, config, feed, errors),
        SampleFormat::I32 => typed::<i32>(device, config, feed, errors),
        SampleFormat::U8 => typed::<u8>(device, config, feed, errors),
        SampleFormat::U16 => typed::<u16>(device, config, feed, errors),
        SampleFormat::U32 => typed::<u32>(device, config, feed, errors),
        other => Err(cpal::Error::with_message(ErrorKind::UnsupportedConfig, format!("samples as {other}"))),
    }
}

fn typed<T>(
    device: &cpal::Device,
    config: StreamConfig,
    mut feed: Feed,
    errors: Sender<cpal::Error>,
) -> Result<cpal::Stream, cpal::Error>
where
    T: SizedSample + Send + 'static,
    f32: FromSample<T>,
{
    device.build_input_stream(
        config,
        move |samples: &[T], _: &cpal::InputCallbackInfo| feed.offer(samples, f32::from_sample_),
        move |error| {
            // After the take has ended nobody listens.
            let _ = errors.send(error);
        },
        Some(BUILD_WITHIN),
    )
}
