//! Speech is found, and nothing else is.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod sounds;

use proptest::prelude::*;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;
use viva_audio::waveform::{facts, peaks};
use viva_audio::{SpeechDetector, decode, speech_spans};
use viva_core::transcript::Span;
use viva_core::units::Millis;

/// Two sentences with 1.2 s between them, from 500 ms to 3138 ms and from 4338 ms to 7684 ms.
static SPOKEN: LazyLock<Vec<f32>> = LazyLock::new(|| {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/speech-pause.ogg");
    decode(path).unwrap().samples
});

/// What is kept of the silence at both sides of a pause.
const PADDING: u64 = 165;

fn near(found: Millis, expected: u64) -> bool {
    found.0.abs_diff(expected) <= 150
}

/// The sentences and the pause are found, whatever was done to the sound.
fn check(name: &str, samples: &[f32]) {
    let spans = speech_spans(samples);
    let (first, last) = (spans.first().expect(name), spans.last().expect(name));
    assert!(near(first.start, 500) && near(last.end, 7684), "{name}: {spans:?}");
    let pauses: Vec<Span> = spans
        .windows(2)
        .map(|pair| Span { start: pair[0].end, end: pair[1].start })
        .filter(|gap| gap.length() >= Millis(700))
        .collect();
    let [pause] = pauses.as_slice() else { panic!("{name}: {pauses:?} in {spans:?}") };
    // Both sentences are cut hard, so the padding is taken from the pause; the quieter the sound, the more
    // of the sentences' own ends falls to it.
    let length = pause.length().0;
    assert!((1200 - PADDING - 60..1260).contains(&length) && near(pause.start, 3138), "{name}: {pause:?}");
}

#[test]
fn two_sentences_and_the_pause_between_them_are_found_at_every_level() {
    for gain_db in [-30.0_f32, -20.0, -10.0, 0.0, 6.0] {
        let gain = 10.0_f32.powf(gain_db / 20.0);
        let samples: Vec<f32> = SPOKEN.iter().map(|sample| (sample * gain).clamp(-1.0, 1.0)).collect();
        check(&format!("{gain_db} dB"), &samples);
    }
}

#[test]
fn they_are_found_in_a_room_that_hums_hisses_and_blows() {
    type Make = fn(usize, f32) -> Vec<f32>;
    let noises: [(&str, Make); 3] =
        [("white noise", sounds::white), ("hum", sounds::hum), ("fan", sounds::fan)];
    for (name, noise) in noises {
        let noise = noise(SPOKEN.len(), 0.006);
        let samples: Vec<f32> = SPOKEN.iter().zip(noise).map(|(speech, noise)| speech + noise).collect();
        check(name, &samples);
    }
}

#[test]
fn silence_hum_hiss_keys_and_music_are_no_speech() {
    for (name, samples) in sounds::all(12) {
        assert_eq!(speech_spans(&samples), [], "{name}");
    }
}

#[test]
fn no_samples_and_a_single_click_are_no_speech() {
    assert_eq!(speech_spans(&[]), []);
    let mut click = vec![0.0; 16_000];
    click[8000..8100].fill(0.9);
    assert_eq!(speech_spans(&click), []);
}

#[test]
fn a_span_is_given_while_the_next_sentence_is_still_spoken() {
    let mut detector = SpeechDetector::new();
    let early = detector.push(&SPOKEN[..16 * 4600]);
    assert_eq!(early.len(), 1, "{early:?}");
    assert!(near(early[0].end, 3138), "{early:?}");
    assert!(detector.is_speaking() || detector.position() == Millis(4600));
}

#[test]
fn facts_tell_speech_from_the_room() {
    let noise = sounds::white(SPOKEN.len(), 0.003);
    let samples: Vec<f32> = SPOKEN.iter().zip(noise).map(|(speech, noise)| speech + noise).collect();
    let spans = speech_spans(&samples);
    let facts = facts(&samples, &spans);
    assert_eq!(facts.length, Millis(samples.len() as u64 / 16));
    assert!(facts.speech_dbfs.unwrap() > facts.noise_dbfs.unwrap() + 20.0, "{facts:?}");
    assert!((facts.noise_dbfs.unwrap() + 55.2).abs() < 1.5, "{facts:?}");
    assert!(facts.snr_db.unwrap() > 20.0 && facts.clipped_samples == 0, "{facts:?}");
}

#[test]
fn peaks_follow_the_shape() {
    assert_eq!(peaks(&[], 3), [0.0; 3]);
    assert_eq!(peaks(&[0.1, -0.5, 0.2, 0.3], 2), [0.5, 0.3]);
    assert_eq!(peaks(&[0.1, -0.5], 4), [0.0, 0.1, 0.0, 0.5]);
    assert_eq!(peaks(&[1.5; 100], 0), [0.0; 0]);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 12, failure_persistence: None, ..ProptestConfig::default() })]
    #[test]
    fn how_the_samples_are_cut_changes_no_span(cuts in prop::collection::vec(1_usize..40_000, 1..40)) {
        let mut detector = SpeechDetector::new();
        let mut spans = Vec::new();
        let mut rest = SPOKEN.as_slice();
        for cut in cuts.iter().cycle() {
            if rest.is_empty() {
                break;
            }
            let (now, later) = rest.split_at((*cut).min(rest.len()));
            spans.extend(detector.push(now));
            rest = later;
        }
        spans.extend(detector.finish());
        prop_assert_eq!(spans, speech_spans(&SPOKEN));
    }

    #[test]
    fn how_the_samples_are_cut_changes_no_resampled_sample(cuts in prop::collection::vec(1_usize..5000, 1..20), rate in 8000_u32..96_000, channels in 1_u16..4) {
        use viva_audio::ToWhisper;
        let samples = sounds::white(30_000 * usize::from(channels), 0.5);
        let rate = viva_core::units::SampleRate(rate / 50 * 50);
        let whole = {
            let mut out = Vec::new();
            let mut to_whisper = ToWhisper::new(rate, channels);
            to_whisper.push(&samples, &mut out);
            to_whisper.finish(&mut out);
            out
        };
        let mut pieces = Vec::new();
        let mut to_whisper = ToWhisper::new(rate, channels);
        let mut rest = samples.as_slice();
        for cut in cuts.iter().cycle() {
            if rest.is_empty() {
                break;
            }
            let (now, later) = rest.split_at((*cut).min(rest.len()));
            to_whisper.push(now, &mut pieces);
            rest = later;
        }
        to_whisper.finish(&mut pieces);
        prop_assert_eq!(whole.len() as u64, (30_000_u64 * 16_000).div_ceil(u64::from(rate.0)));
        prop_assert!(whole == pieces);
    }
}

/// The clips that are measured with, where they are: `VIVA_SHARED` names the folder.
fn clips() -> Option<PathBuf> {
    let folder = PathBuf::from(std::env::var_os("VIVA_SHARED")?).join("speech");
    folder.join("pauses.json").exists().then_some(folder)
}

#[test]
fn every_inserted_pause_of_the_measured_clips_is_found_and_none_is_invented() {
    let Some(folder) = clips() else {
        println!("VIVA_SHARED names no folder with clips; nothing is measured");
        return;
    };
    let listed: serde_json::Value =
        serde_json::from_slice(&std::fs::read(folder.join("pauses.json")).unwrap()).unwrap();
    for clip in listed.as_array().unwrap() {
        let name = clip["file"].as_str().unwrap();
        let spans = speech_spans(&decode(folder.join(name)).unwrap().samples);
        let found: Vec<Span> = spans
            .windows(2)
            .map(|pair| Span { start: pair[0].end, end: pair[1].start })
            .filter(|gap| gap.length() >= Millis(700))
            .collect();
        let expected: Vec<u64> = clip["pauses"]
            .as_array()
            .unwrap()
            .iter()
            .map(|p| (p[1].as_f64().unwrap() * 1000.0) as u64)
            .collect();
        assert_eq!(found.len(), expected.len(), "{name}: {found:?}");
        for (gap, length) in found.iter().zip(expected) {
            assert!(near(gap.length(), length), "{name}: {gap:?} for {length} ms");
        }
    }
}
