//! `viva devices`: the microphones that can be recorded from, with the ids `--device` takes.

use serde_json::json;
use std::io::Write;
use std::process::ExitCode;
use viva_audio::{Device, devices};

/// List the microphones and their ids.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Print JSON: a list of `{"id", "name", "is_default", "rate_hz", "channels"}`
    #[arg(long)]
    json: bool,
}

/// Prints the list. No microphone at all is an error with what to do, in JSON an empty list.
pub fn run(args: Args) -> anyhow::Result<ExitCode> {
    let found = devices()?;
    let mut out = std::io::stdout().lock();
    if args.json {
        writeln!(out, "{}", serde_json::to_string_pretty(&json!(found))?)?;
        return Ok(ExitCode::SUCCESS);
    }
    if found.is_empty() {
        return Err(viva_audio::AudioError::NoMicrophone.into());
    }
    for device in &found {
        writeln!(out, "{}", line(device))?;
    }
    Ok(ExitCode::SUCCESS)
}

/// The name, what it gives, and beneath it the id to copy.
fn line(device: &Device) -> String {
    let channels = match device.channels {
        1 => "mono".to_owned(),
        2 => "stereo".to_owned(),
        more => format!("{more} channels"),
    };
    let default = if device.is_default { ", used unless another is named" } else { "" };
    format!("{} ({} Hz, {channels}{default})\n  {}", device.name, device.rate.0, device.id)
}

#[cfg(test)]
mod tests {
    use super::*;
    use viva_core::units::SampleRate;

    #[test]
    fn a_device_shows_its_name_what_it_gives_and_its_id() {
        let device = Device {
            id: "pulseaudio:usb".into(),
            name: "Desk microphone".into(),
            is_default: true,
            rate: SampleRate(48_000),
            channels: 2,
        };
        assert_eq!(
            line(&device),
            "Desk microphone (48000 Hz, stereo, used unless another is named)\n  pulseaudio:usb"
        );
    }
}
