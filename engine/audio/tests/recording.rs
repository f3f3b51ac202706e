//! From a source through the ring and the recorder to a file, without any hardware.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::path::Path;
use std::time::Duration;
use viva_audio::{
    AudioError, AudioSource, Ended, FeedSlot, LevelWord, Pace, RecordOptions, Recording, Source,
    SourceFormat, Status, Take, Tone, decode, salvage, sample_stream,
};
use viva_core::units::{Millis, SampleRate};

const SOON: Duration = Duration::from_secs(20);

fn tone(rate: u32, channels: u16) -> Tone {
    Tone {
        rate: SampleRate(rate),
        channels,
        length: Some(Millis(1000)),
        pace: Pace::Unpaced,
        ..Tone::default()
    }
}

/// Records until the source runs out and gives the take and its samples.
fn record(source: impl Into<Box<dyn AudioSource>>, folder: &Path) -> (Take, Vec<f32>) {
    let recording = Recording::start(source, folder.join("take.wav"), RecordOptions::default()).unwrap();
    recording.wait_ended(SOON).expect("the source ends");
    let take = recording.stop();
    let samples = decode(&take.path).map(|pcm| pcm.samples).unwrap_or_default();
    (take, samples)
}

fn frequency(samples: &[f32]) -> f32 {
    let middle = &samples[samples.len() / 8..samples.len() * 7 / 8];
    let crossings = middle.windows(2).filter(|pair| pair[0] < 0.0 && pair[1] >= 0.0).count();
    crossings as f32 * 16_000.0 / middle.len() as f32
}

#[test]
fn any_rate_and_channel_count_becomes_16_khz_mono() {
    for (rate, channels) in [
        (8_000, 1),
        (11_025, 2),
        (16_000, 1),
        (16_000, 2),
        (22_050, 1),
        (32_000, 2),
        (44_100, 1),
        (44_100, 2),
        (48_000, 1),
        (48_000, 2),
        (88_200, 4),
        (96_000, 6),
        (192_000, 2),
    ] {
        let what = format!("{rate} Hz, {channels} channels");
        let folder = tempfile::tempdir().unwrap();
        let (take, samples) = record(Source::Tone(tone(rate, channels)), folder.path());
        let header = hound::WavReader::open(&take.path).unwrap().spec();
        assert_eq!((header.sample_rate, header.channels, header.bits_per_sample), (16_000, 1, 16), "{what}");
        assert_eq!(
            (take.length, samples.len(), take.ended),
            (Millis(1000), 16_000, Ended::Stopped),
            "{what}"
        );
        assert!((frequency(&samples) - 440.0).abs() < 3.0, "{what}: {} Hz", frequency(&samples));
        assert!((take.peak_dbfs + 6.0).abs() < 0.6, "{what}: peak {}", take.peak_dbfs);
        assert!((take.rms_dbfs + 9.0).abs() < 0.3, "{what}: rms {}", take.rms_dbfs);
        assert_eq!((take.dropped_samples, take.clipped_samples, take.silent), (0, 0, false), "{what}");
    }
}

#[test]
fn a_file_stands_in_for_a_microphone() {
    let folder = tempfile::tempdir().unwrap();
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/tone-opus.webm");
    let (take, samples) = record(Source::File { path, pace: Pace::Unpaced }, folder.path());
    assert!((frequency(&samples) - 440.0).abs() < 3.0);
    assert_eq!(take.device_name, "tone-opus.webm");
    assert_eq!(take.trouble(), None);
}

#[test]
fn a_file_that_cannot_be_decoded_fails_at_the_start_and_leaves_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let source = Source::File { path: folder.path().join("nowhere.wav"), pace: Pace::Unpaced };
    let error =
        Recording::start(source, folder.path().join("take.wav"), RecordOptions::default()).err().unwrap();
    assert!(matches!(error, AudioError::Decode(_)), "{error:?}");
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
}

#[test]
fn a_follower_reads_the_very_samples_of_the_take_while_it_grows() {
    let folder = tempfile::tempdir().unwrap();
    let source = Source::Tone(Tone { length: Some(Millis(60_000)), ..tone(48_000, 2) });
    let recording =
        Recording::start(source, folder.path().join("take.wav"), RecordOptions::default()).unwrap();
    let mut follower = recording.follow().unwrap();
    let mut followed = Vec::new();
    while !follower.is_finished() {
        if follower.read(&mut followed).unwrap() == 0 {
            std::thread::yield_now();
        }
    }
    assert_eq!(follower.position(), Millis(60_000));
    // A reader that comes late, when the file has its final name, reads the same.
    let mut late = recording.follow().unwrap();
    let mut all = Vec::new();
    while late.read(&mut all).unwrap() > 0 {}
    let take = recording.stop();
    assert!(followed == all && followed == decode(&take.path).unwrap().samples);
}

#[test]
fn the_longest_length_is_kept_to_the_sample() {
    let folder = tempfile::tempdir().unwrap();
    let source = Source::Tone(Tone { length: None, ..tone(44_100, 2) });
    let options = RecordOptions { max_length: Millis(2500) };
    let recording = Recording::start(source, folder.path().join("take.wav"), options).unwrap();
    assert_eq!(recording.wait_ended(SOON), Some(Ended::MaxLength));
    assert_eq!(recording.status(), Status::Ended(Ended::MaxLength));
    let take = recording.stop();
    assert_eq!(take.length, Millis(2500));
    assert_eq!(decode(&take.path).unwrap().samples.len(), 40_000);
    assert!(take.trouble().unwrap().contains("0:02"));
}

#[test]
fn silence_clipping_and_an_ordinary_level_are_told_apart() {
    for (peak, word, silent, clipped) in [
        (0.0, LevelWord::Silent, true, false),
        (0.0002, LevelWord::Silent, true, false),
        (0.01, LevelWord::TooQuiet, false, false),
        (0.3, LevelWord::Good, false, false),
        (0.98, LevelWord::Good, false, false),
        (2.0, LevelWord::TooLoud, false, true),
    ] {
        let folder = tempfile::tempdir().unwrap();
        let source = Source::Tone(Tone { peak, ..tone(48_000, 1) });
        let recording =
            Recording::start(source, folder.path().join("take.wav"), RecordOptions::default()).unwrap();
        recording.wait_ended(SOON).unwrap();
        let level = recording.level();
        let take = recording.stop();
        assert_eq!((level.word, level.clipping), (word, clipped), "peak {peak}");
        assert_eq!((take.silent, take.clipped_samples > 0), (silent, clipped), "peak {peak}");
        let trouble = take.trouble().unwrap_or_default();
        assert_eq!((trouble.contains("Nothing was heard"), trouble.contains("Too loud")), (silent, clipped));
    }
}

#[test]
fn a_pause_is_left_out_and_the_rest_is_joined() {
    let folder = tempfile::tempdir().unwrap();
    let format = SourceFormat { name: "a browser".into(), rate: SampleRate(16_000), channels: 1 };
    let (sender, source) = sample_stream(format);
    let recording =
        Recording::start(source, folder.path().join("take.wav"), RecordOptions::default()).unwrap();
    let wait_for = |length: Millis| {
        while recording.elapsed() < length {
            std::thread::yield_now();
        }
    };
    assert!(sender.send(vec![0.25; 16_000]));
    wait_for(Millis(1000));
    recording.pause();
    assert_eq!(recording.status(), Status::Paused);
    assert!(sender.send(vec![0.5; 16_000]));
    // What was sent in the pause is taken out of the ring before the recorder looks at the pause again.
    std::thread::sleep(Duration::from_millis(200));
    recording.resume();
    assert_eq!(recording.status(), Status::Recording);
    assert!(sender.send(vec![0.25; 16_000]));
    wait_for(Millis(2000));
    let take = recording.stop();
    assert!(!sender.send(vec![0.25; 16_000]) || !sender.send(vec![0.25; 16_000]));
    let samples = decode(&take.path).unwrap().samples;
    assert_eq!(take.length, Millis(2000));
    assert!(samples.iter().all(|sample| *sample == 0.25));
}

/// A device that gives half a second and then does something else.
struct Breaking(fn(&mut viva_audio::Feed, &viva_audio::Control));

impl AudioSource for Breaking {
    fn run(self: Box<Self>, slot: FeedSlot) -> Result<(), AudioError> {
        let format = SourceFormat { name: "Desk microphone".into(), rate: SampleRate(48_000), channels: 2 };
        let (mut feed, mut control) = slot.connect(format);
        control.ready();
        feed.push(&vec![0.25; 48_000]);
        (self.0)(&mut feed, &control);
        Ok(())
    }
}

#[test]
fn a_lost_device_ends_the_take_and_keeps_it() {
    let folder = tempfile::tempdir().unwrap();
    let source: Box<dyn AudioSource> = Box::new(Breaking(|_, control| control.device_lost()));
    let (take, samples) = record(source, folder.path());
    assert_eq!((take.ended, take.length, samples.len()), (Ended::DeviceLost, Millis(500), 8000));
    assert_eq!(take.device_name, "Desk microphone");
    assert!(take.trouble().unwrap().starts_with("The microphone went away at 0:00."));
    let words = Ended::DeviceLost.words(Millis(47_300)).unwrap();
    assert!(words.starts_with("The microphone went away at 0:47. The first 47 seconds are kept."), "{words}");
}

#[test]
fn a_source_that_panics_ends_the_take_and_keeps_it() {
    let folder = tempfile::tempdir().unwrap();
    let source: Box<dyn AudioSource> = Box::new(Breaking(|_, _| std::panic::panic_any("on purpose")));
    let (take, samples) = record(source, folder.path());
    assert_eq!((take.ended, samples.len()), (Ended::DeviceLost, 8000));
}

#[test]
fn samples_the_ring_has_no_room_for_are_counted() {
    let folder = tempfile::tempdir().unwrap();
    let source: Box<dyn AudioSource> = Box::new(Breaking(|feed, _| {
        // A callback cannot wait: twenty seconds at once are more than fit.
        feed.offer(&vec![0.25_f32; 20 * 96_000], |sample| sample);
    }));
    let (take, _) = record(source, folder.path());
    assert!(take.dropped_samples > 0);
    let kept = (20 * 96_000 + 48_000 - take.dropped_samples) / 2;
    assert_eq!(take.length, Millis::of_samples(kept, SampleRate(48_000)));
}

#[test]
fn a_recording_that_is_dropped_leaves_a_whole_take() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("take.wav");
    let recording = Recording::start(Source::Tone(tone(48_000, 1)), &path, RecordOptions::default()).unwrap();
    recording.wait_ended(SOON).unwrap();
    drop(recording);
    assert_eq!(decode(&path).unwrap().length(), Millis(1000));
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
}

#[test]
fn a_take_that_is_being_recorded_is_not_salvaged() {
    let folder = tempfile::tempdir().unwrap();
    let source = Source::Tone(Tone { length: None, pace: Pace::RealTime, ..tone(16_000, 1) });
    let recording =
        Recording::start(source, folder.path().join("a/take.wav"), RecordOptions::default()).unwrap();
    assert_eq!(salvage(folder.path()).unwrap(), []);
    let take = recording.stop();
    assert!(take.path.exists());
}

#[test]
fn a_folder_that_cannot_be_written_is_said_at_the_start() {
    let folder = tempfile::tempdir().unwrap();
    let in_the_way = folder.path().join("file");
    std::fs::write(&in_the_way, "x").unwrap();
    let error = Recording::start(
        Source::Tone(tone(48_000, 1)),
        in_the_way.join("take.wav"),
        RecordOptions::default(),
    )
    .err()
    .unwrap();
    assert!(matches!(error, AudioError::CannotWrite { .. }), "{error:?}");
    assert!(error.to_string().contains("check that the folder exists"));
}

#[test]
fn a_microphone_that_is_not_there_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let source = Source::Microphone { device: Some("nonsense".into()) };
    let error =
        Recording::start(source, folder.path().join("take.wav"), RecordOptions::default()).err().unwrap();
    assert!(matches!(error, AudioError::DeviceNotFound { .. }), "{error:?}");
    assert!(error.to_string().contains("viva devices"));
}
