//! Which microphones there are, under ids that stay and names a person knows.
//!
//! On Linux the PulseAudio server (or PipeWire in its place) is asked first, because it knows devices by
//! the names the system's settings show and converts every format; ALSA serves where there is none.

use crate::capture::Microphone;
use crate::error::AudioError;
use crate::feed::{FeedSlot, spawn};
use crate::level::{Level, Meter};
use crate::resample::ToWhisper;
use cpal::traits::{DeviceTrait, HostTrait};
use cpal::{DeviceId, ErrorKind};
use serde::Serialize;
use std::time::{Duration, Instant};
use viva_core::units::SampleRate;

/// Something sound can be recorded from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Device {
    /// What to store and pass to [`crate::Source::Microphone`]: the same after a restart.
    pub id: String,
    /// What the person knows it by.
    pub name: String,
    /// Whether it is recorded from when none is named.
    pub is_default: bool,
    /// The rate it gives by itself.
    #[serde(rename = "rate_hz")]
    pub rate: SampleRate,
    /// The channels it gives by itself.
    pub channels: u16,
}

/// A device that was opened and listened to.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Checked {
    /// The device.
    pub device: Device,
    /// What came in during half a second.
    pub level: Level,
}

/// The microphones of this machine, the default one first. None is an empty list, not an error.
pub fn devices() -> Result<Vec<Device>, AudioError> {
    hush();
    let host = preferred_host();
    let default_id = host.default_input_device().and_then(|device| device.id().ok());
    let mut found: Vec<Device> = host
        .input_devices()
        .map_err(|error| AudioError::HostUnavailable { reason: error.to_string() })?
        .filter_map(|device| {
            let id = device.id().ok()?;
            let is_default = default_id.as_ref() == Some(&id);
            if !is_default && is_noise(&id) {
                return None;
            }
            describe(&device, is_default)
        })
        .collect();
    // The default is not always among the listed ones.
    if !found.iter().any(|device| device.is_default)
        && let Some(device) = host.default_input_device().and_then(|device| describe(&device, true))
    {
        found.push(device);
    }
    found.sort_by(|a, b| b.is_default.cmp(&a.is_default).then_with(|| a.name.cmp(&b.name)));
    found.dedup_by(|a, b| a.id == b.id);
    Ok(found)
}

/// Opens a device, or the default one, and listens for half a second.
pub fn check(device: Option<&str>) -> Result<Checked, AudioError> {
    let found = find(device)?;
    let described = describe(&found.device, found.is_default).ok_or_else(|| match device {
        Some(id) => AudioError::DeviceNotFound { id: id.to_owned() },
        None => AudioError::NoMicrophone,
    })?;
    drop(found);
    let (slot, shared, connected) = FeedSlot::new();
    let capture = spawn(Box::new(Microphone::new(device.map(str::to_owned))), slot)?;
    let mut meter = Meter::new();
    if let Ok(mut connected) = connected.recv() {
        let mut to_whisper = ToWhisper::new(connected.format.rate, connected.format.channels);
        let mut heard = Vec::new();
        let until = Instant::now() + Duration::from_millis(500);
        while Instant::now() < until && !connected.samples.is_abandoned() {
            std::thread::sleep(Duration::from_millis(20));
            if let Ok(chunk) = connected.samples.read_chunk(connected.samples.slots()) {
                let (first, second) = chunk.as_slices();
                to_whisper.push(first, &mut heard);
                to_whisper.push(second, &mut heard);
                chunk.commit_all();
            }
        }
        meter.push(&heard, false);
    }
    shared.ask_to_stop();
    match capture.join() {
        Ok(Ok(())) => Ok(Checked { device: described, level: meter.level() }),
        Ok(Err(error)) => Err(error),
        Err(panic) => std::panic::resume_unwind(panic),
    }
}

/// A device of this machine and the host it was found through.
pub(crate) struct Found {
    host: cpal::Host,
    id: Option<DeviceId>,
    pub(crate) device: cpal::Device,
    is_default: bool,
}

impl Found {
    /// Whether the device is known to have gone. PulseAudio moves a stream whose device is unplugged to
    /// another one without a word; only the list of devices tells. Elsewhere the stream itself fails.
    pub(crate) fn has_gone(&self) -> bool {
        let Some(id) = self.id.as_ref().filter(|id| host_name(id) == "pulseaudio") else { return false };
        self.host
            .devices()
            .is_ok_and(|mut devices| !devices.any(|device| device.id().is_ok_and(|other| other == *id)))
    }
}

/// The device with this id, or the default one.
pub(crate) fn find(id: Option<&str>) -> Result<Found, AudioError> {
    hush();
    let Some(id) = id else {
        let host = preferred_host();
        let device = host.default_input_device().ok_or(AudioError::NoMicrophone)?;
        return Ok(Found { id: device.id().ok(), host, device, is_default: true });
    };
    let missing = || AudioError::DeviceNotFound { id: id.to_owned() };
    let parsed: DeviceId = id.parse().map_err(|_| missing())?;
    let host = cpal::host_from_id(parsed.host())
        .map_err(|error| AudioError::HostUnavailable { reason: error.to_string() })?;
    let device = host.device_by_id(&parsed).filter(DeviceTrait::supports_input).ok_or_else(missing)?;
    let default = host.default_input_device().and_then(|device| device.id().ok());
    Ok(Found { is_default: default.as_ref() == Some(&parsed), id: Some(parsed), host, device })
}

/// What a person knows the device by.
pub(crate) fn readable_name(device: &cpal::Device) -> String {
    device.description().map_or_else(
        |_| "the microphone".to_owned(),
        |description| description.name().lines().next().unwrap_or_default().trim().to_owned(),
    )
}

/// What an error of the sound system means for the person.
pub(crate) fn explain(error: &cpal::Error, device: &str) -> AudioError {
    let reason = error.to_string();
    let device = device.to_owned();
    match error.kind() {
        ErrorKind::DeviceBusy => AudioError::DeviceBusy { device },
        ErrorKind::DeviceNotAvailable => AudioError::DeviceNotFound { id: device },
        ErrorKind::HostUnavailable => AudioError::HostUnavailable { reason },
        ErrorKind::PermissionDenied => AudioError::PermissionDenied { device },
        ErrorKind::UnsupportedConfig | ErrorKind::UnsupportedOperation => {
            AudioError::UnsupportedDevice { device, reason }
        }
        _ => AudioError::DeviceFailed { device, reason },
    }
}

fn describe(device: &cpal::Device, is_default: bool) -> Option<Device> {
    let config = device.default_input_config().ok()?;
    Some(Device {
        id: device.id().ok()?.to_string(),
        name: readable_name(device),
        is_default,
        rate: SampleRate(config.sample_rate()),
        channels: config.channels(),
    })
}

#[cfg(any(target_os = "linux", target_os = "freebsd", target_os = "netbsd", target_os = "dragonfly"))]
fn preferred_host() -> cpal::Host {
    cpal::host_from_id(cpal::HostId::PulseAudio)
        .or_else(|_| cpal::host_from_id(cpal::HostId::Alsa))
        .unwrap_or_else(|_| cpal::default_host())
}

#[cfg(not(any(target_os = "linux", target_os = "freebsd", target_os = "netbsd", target_os = "dragonfly")))]
fn preferred_host() -> cpal::Host {
    cpal::default_host()
}

/// Keeps ALSA from writing on stderr about every device it tries; what matters comes back as an error.
/// It holds for the calling thread, which is the one that opens the device.
#[cfg(target_os = "linux")]
fn hush() {
    // Without it there is only noise on stderr.
    let _ = alsa::Output::local_error_handler();
}

#[cfg(not(target_os = "linux"))]
fn hush() {}

/// `pulseaudio`, `alsa` and so on, whether or not this system has them.
fn host_name(id: &DeviceId) -> String {
    id.host().to_string()
}

/// Entries that are no microphone to a person: what a loudspeaker plays, and ALSA's plugins.
fn is_noise(id: &DeviceId) -> bool {
    match host_name(id).as_str() {
        "pulseaudio" => id.id().ends_with(".monitor"),
        "alsa" => {
            // One entry a card, by the card's name and with conversions, is what is wanted; the numbered
            // twin, the bare hardware and `lavrate`, `upmix`, `surround51` and their like are not.
            let named_card = id.id().strip_prefix("plughw:CARD=").is_some_and(|card| {
                !card.split(',').next().unwrap_or_default().bytes().all(|byte| byte.is_ascii_digit())
            });
            !(named_card || matches!(id.id(), "default" | "pulse" | "pipewire"))
        }
        _ => false,
    }
}
