//! Records into a file until standard input closes, then prints the take as JSON.
//!
//! `record FILE [tone|DEVICE_ID]`: without a source the default microphone. The kill test runs it with a
//! tone; by hand it shows whether a microphone works. It prints `recording` once sound flows.

use std::io::{Read, Write};
use std::process::ExitCode;
use viva_audio::{RecordOptions, Recording, Source, Tone};

fn main() -> ExitCode {
    let mut args = std::env::args().skip(1);
    let Some(path) = args.next() else {
        eprintln!("usage: record FILE [tone|DEVICE_ID]");
        return ExitCode::FAILURE;
    };
    let source = match args.next() {
        Some(tone) if tone == "tone" => Source::Tone(Tone::default()),
        device => Source::Microphone { device },
    };
    let recording = match Recording::start(source, path, RecordOptions::default()) {
        Ok(recording) => recording,
        Err(error) => {
            eprintln!("record: {error}");
            return ExitCode::FAILURE;
        }
    };
    let mut out = std::io::stdout();
    // Whoever started us may have gone; the take matters more.
    let _ = writeln!(out, "recording").and_then(|()| out.flush());
    let _ = std::io::stdin().read_to_end(&mut Vec::new());
    let take = recording.stop();
    let _ = writeln!(out, "{take:#?}");
    ExitCode::SUCCESS
}
