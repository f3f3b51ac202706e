//! Files of every kind to 16 kHz mono, and what is said of files that are none.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod sounds;

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use viva_audio::{DECODE_LIMIT, DecodeError, decode, decode_up_to, waveform};
use viva_core::units::Millis;

fn fixture(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures").join(name)
}

/// Cycles a second, by counting rising zero crossings away from the ends.
fn frequency(samples: &[f32]) -> f32 {
    let middle = &samples[samples.len() / 8..samples.len() * 7 / 8];
    let crossings = middle.windows(2).filter(|pair| pair[0] < 0.0 && pair[1] >= 0.0).count();
    crossings as f32 * 16_000.0 / middle.len() as f32
}

/// 1.5 s of 440 Hz at half of full scale, up to what the codec adds or takes at the ends.
fn check(name: &str, path: &Path) {
    let pcm = decode(path).unwrap_or_else(|error| panic!("{name}: {error}"));
    let length = pcm.length().0 as i64;
    assert!((length - 1500).abs() <= 75, "{name}: {length} ms");
    assert!((frequency(&pcm.samples) - 440.0).abs() < 3.0, "{name}: {} Hz", frequency(&pcm.samples));
    let middle = &pcm.samples[4000..20_000];
    let rms = (middle.iter().map(|sample| sample * sample).sum::<f32>() / middle.len() as f32).sqrt();
    assert!((rms - 0.354).abs() < 0.03, "{name}: rms {rms}");
}

#[test]
fn every_format_decodes_to_the_same_tone() {
    for name in [
        "tone.flac",
        "tone.mp3",
        "tone-vorbis.ogg",
        "tone-opus.ogg",
        "tone-vorbis.webm",
        "tone-opus.webm",
        "tone-streamed.webm",
        "tone.m4a",
        "tone-8khz-8bit.wav",
    ] {
        check(name, &fixture(name));
    }
}

#[test]
fn a_wrong_file_name_ending_makes_no_difference() {
    let folder = tempfile::tempdir().unwrap();
    for (name, wrong) in [
        ("tone.mp3", "a.wav"),
        ("tone-opus.webm", "b.mp3"),
        ("tone.m4a", "c.ogg"),
        ("tone-8khz-8bit.wav", "d"),
    ] {
        let path = folder.path().join(wrong);
        fs::copy(fixture(name), &path).unwrap();
        check(name, &path);
    }
}

#[test]
fn wav_files_of_every_width_decode() {
    let folder = tempfile::tempdir().unwrap();
    let tone = sounds::tone(24_000, 440.0, 0.5);
    for (bits, sample_format) in [
        (16, hound::SampleFormat::Int),
        (24, hound::SampleFormat::Int),
        (32, hound::SampleFormat::Int),
        (32, hound::SampleFormat::Float),
    ] {
        let path = folder.path().join(format!("{bits}{sample_format:?}.wav"));
        let spec = hound::WavSpec { channels: 3, sample_rate: 16_000, bits_per_sample: bits, sample_format };
        let mut writer = hound::WavWriter::create(&path, spec).unwrap();
        for sample in tone.iter().flat_map(|sample| [*sample; 3]) {
            match sample_format {
                hound::SampleFormat::Float => writer.write_sample(sample).unwrap(),
                hound::SampleFormat::Int => {
                    writer.write_sample((f64::from(sample) * (1_u64 << (bits - 1)) as f64) as i32).unwrap();
                }
            }
        }
        writer.finalize().unwrap();
        check(&path.display().to_string(), &path);
    }
}

fn wav_header(rate: u32, data_bytes: u32) -> Vec<u8> {
    let mut bytes = b"RIFF".to_vec();
    bytes.extend(data_bytes.saturating_add(36).to_le_bytes());
    bytes.extend(b"WAVEfmt \x10\0\0\0\x01\0\x01\0");
    bytes.extend(rate.to_le_bytes());
    bytes.extend((rate * 2).to_le_bytes());
    bytes.extend(b"\x02\0\x10\0data");
    bytes.extend(data_bytes.to_le_bytes());
    bytes
}

fn written(folder: &Path, name: &str, bytes: &[u8]) -> PathBuf {
    let path = folder.join(name);
    fs::write(&path, bytes).unwrap();
    path
}

#[test]
fn bad_files_are_told_apart_and_each_says_what_to_do() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str, bytes: &[u8]| written(folder.path(), name, bytes);
    let cut = |name: &str, part: f64| {
        let bytes = fs::read(fixture(name)).unwrap();
        at(&format!("cut-{name}"), &bytes[..(bytes.len() as f64 * part) as usize])
    };
    let mut short_wav = wav_header(16_000, 320_000);
    short_wav.extend([1; 100_000]);

    type Is = fn(&DecodeError) -> bool;
    let cases: Vec<(PathBuf, Is, &str)> = vec![
        (
            folder.path().join("nowhere.wav"),
            |e| matches!(e, DecodeError::Missing { .. }),
            "there is no such file",
        ),
        (folder.path().to_owned(), |e| matches!(e, DecodeError::Unreadable { .. }), "cannot be read"),
        (at("empty.wav", b""), |e| matches!(e, DecodeError::Empty { .. }), "is empty"),
        (
            at("text.wav", b"What is a hash map?\n".repeat(50).as_slice()),
            |e| matches!(e, DecodeError::NotAudio { .. }),
            "use WAV",
        ),
        (at("zeros.mp3", &[0; 5000]), |e| matches!(e, DecodeError::NotAudio { .. }), "is not an audio file"),
        (
            at("none.wav", &wav_header(16_000, 0)),
            |e| matches!(e, DecodeError::NoSound { .. }),
            "holds no sound",
        ),
        (
            at("short.wav", &short_wav),
            |e| matches!(e, DecodeError::Truncated { .. }),
            "should last 0:10 and ends at 0:03",
        ),
        (cut("tone.flac", 0.5), |e| matches!(e, DecodeError::Truncated { .. }), "is cut short"),
        (cut("tone.m4a", 0.5), |e| matches!(e, DecodeError::Damaged { .. }), "again"),
    ];
    for (path, is, words) in cases {
        let error = decode(&path).expect_err(&path.display().to_string());
        assert!(is(&error), "{}: {error:?}", path.display());
        let message = error.to_string();
        assert!(message.contains(words) && message.contains(&*path.to_string_lossy()), "{message}");
    }
}

#[test]
fn three_hours_are_refused_by_the_header_alone() {
    let folder = tempfile::tempdir().unwrap();
    let bytes = 3 * 3600 * 32_000;
    let path = written(folder.path(), "long.wav", &wav_header(16_000, bytes));
    // The samples are a hole in the file: it is as long as it says and takes no room.
    fs::OpenOptions::new().write(true).open(&path).unwrap().set_len(44 + u64::from(bytes)).unwrap();
    let error = decode(&path).unwrap_err();
    assert!(
        matches!(error, DecodeError::TooLong { length: Some(Millis(10_800_000)), limit: DECODE_LIMIT, .. }),
        "{error:?}"
    );
    let message = error.to_string();
    assert!(message.contains("180:00") && message.contains("120:00"), "{message}");
}

#[test]
fn a_file_that_does_not_say_how_long_it_is_is_stopped_at_the_limit() {
    let error = decode_up_to(fixture("tone-streamed.webm"), Millis(1000)).unwrap_err();
    assert!(matches!(error, DecodeError::TooLong { length: None, limit: Millis(1000), .. }), "{error:?}");
}

#[test]
fn a_wav_written_as_a_stream_decodes_to_its_end() {
    let folder = tempfile::tempdir().unwrap();
    for (name, size) in [("max.wav", u32::MAX), ("half.wav", 0x7fff_ffff)] {
        let path = written(folder.path(), name, &wav_header(16_000, size));
        let mut file = fs::OpenOptions::new().append(true).open(&path).unwrap();
        let tone = sounds::tone(24_000, 440.0, 0.5);
        let bytes: Vec<u8> =
            tone.iter().flat_map(|sample| ((sample * 32767.0) as i16).to_le_bytes()).collect();
        file.write_all(&bytes).unwrap();
        drop(file);
        check(name, &path);
    }
}

#[test]
fn damaged_bytes_give_an_error_or_sound_and_never_a_panic() {
    let folder = tempfile::tempdir().unwrap();
    let mut noise = sounds::Noise(7);
    for name in ["tone.flac", "tone.mp3", "tone-vorbis.ogg", "tone-opus.ogg", "tone-opus.webm", "tone.m4a"] {
        let whole = fs::read(fixture(name)).unwrap();
        for round in 0..20 {
            let mut bytes = whole.clone();
            for _ in 0..=round {
                let at = ((noise.next() + 1.0) / 2.0 * (bytes.len() - 1) as f32) as usize;
                bytes[at] = (noise.next() * 127.0) as i8 as u8;
            }
            let path = written(folder.path(), name, &bytes);
            // Either is fine; what matters is that it comes back.
            let _ = decode(&path);
        }
    }
}

#[test]
fn a_take_read_as_it_is_has_the_shape_of_the_decoded_one() {
    let folder = tempfile::tempdir().unwrap();
    let take = folder.path().join("take.wav");
    let spec = hound::WavSpec {
        channels: 1,
        sample_rate: 16_000,
        bits_per_sample: 16,
        sample_format: hound::SampleFormat::Int,
    };
    let mut wav = hound::WavWriter::create(&take, spec).unwrap();
    for n in 0..16_003_i32 {
        wav.write_sample((n * 7 % 60_000 - 30_000) as i16).unwrap();
    }
    wav.finalize().unwrap();
    let decoded = waveform::peaks(&decode(&take).unwrap().samples, 25);
    let read = waveform::peaks(&waveform::samples_of_take(&take).unwrap().unwrap(), 25);
    assert_eq!(read.len(), 25);
    assert!(read.iter().zip(&decoded).all(|(a, b)| (a - b).abs() < 0.001), "{read:?} {decoded:?}");
    assert_eq!(waveform::samples_of_take(&fixture("tone-8khz-8bit.wav")).unwrap(), None);
}
