//! Whisper itself, with the smallest real model and a spoken answer of the project's own.

#[path = "../../audio/tests/sounds/mod.rs"]
mod sounds;
mod spoken;

use spoken::{Steps, root, spoken};
use std::path::PathBuf;
use std::sync::mpsc::channel;
use std::sync::{Arc, LazyLock};
use std::time::Duration;
use viva_core::transcript::Transcript;
use viva_core::units::{Millis, SampleRate};
use viva_speech::{
    CancelToken, EngineOptions, LiveEvent, LiveOptions, LiveTranscriber, SpeechError, TranscribeOptions,
    Transcriber, WhisperEngine,
};

/// The model of the tests: `VIVA_TEST_MODEL`, or tiny.en in the models folder.
fn model() -> PathBuf {
    let folder = std::env::var_os("VIVA_MODELS_DIR").map_or_else(|| root().join("models"), PathBuf::from);
    let model =
        std::env::var_os("VIVA_TEST_MODEL").map_or_else(|| folder.join("ggml-tiny.en.bin"), PathBuf::from);
    assert!(
        model.is_file(),
        "{} is not there: scripts/test fetches it, or run `viva model fetch tiny.en`, or name one in VIVA_TEST_MODEL",
        model.display()
    );
    model
}

/// One thread: tests share the machine with others.
static ENGINE: LazyLock<Arc<WhisperEngine>> = LazyLock::new(|| {
    let options = EngineOptions { threads: 1, states: 1 };
    Arc::new(WhisperEngine::start(model(), options).expect("the model was checked"))
});

fn hear(audio: &Arc<[f32]>) -> Transcript {
    ENGINE.transcribe(audio.clone(), TranscribeOptions::default()).expect("it can be heard")
}

#[test]
fn a_spoken_answer_becomes_words_with_times_and_confidence_the_same_every_time() {
    let audio = spoken("brief.opus");
    let first = hear(&audio);
    let plain = first.text.to_lowercase().replace('-', " ");
    for said in ["eight", "bucket", "red black tree", "six"] {
        assert!(plain.contains(said), "{said:?} in {plain:?}");
    }
    assert_eq!(first.model, "tiny.en");
    assert_eq!(first.audio, Millis::of_samples(audio.len() as u64, SampleRate::WHISPER));
    assert!(first.words.len() > 30, "{} words", first.words.len());
    for word in &first.words {
        assert!(word.start <= word.end && word.end <= first.audio, "{word:?}");
        assert!((0.0..=1.0).contains(&word.confidence), "{word:?}");
    }
    assert!(first.words.windows(2).all(|pair| pair[0].start <= pair[1].start));
    let bytes = serde_json::to_vec(&first).unwrap();
    assert_eq!(serde_json::to_vec(&hear(&audio)).unwrap(), bytes, "the same sound gives the same bytes");
}

#[test]
fn no_word_comes_out_of_coughs_keys_music_and_knocks() {
    for (name, sound) in sounds::desks(6) {
        let heard = hear(&sound.into());
        assert!(heard.words.is_empty(), "{name}: {}", heard.text);
    }
}

#[test]
fn silence_and_a_hum_never_reach_whisper() {
    let hum =
        |loudness: f32| -> Arc<[f32]> { (0..80_000).map(|i| (i as f32 * 0.039).sin() * loudness).collect() };
    for audio in [hum(0.0), hum(0.05)] {
        let heard = hear(&audio);
        assert_eq!((heard.text.as_str(), heard.words.len(), heard.speech.len()), ("", 0, 0));
    }
}

#[test]
fn a_take_followed_while_it_grows_gives_the_transcript_of_the_whole_file() {
    let audio = spoken("wrong.opus");
    let whole = hear(&audio);
    // A second at a time lets drafts in, all at once leaves none.
    for step in [16_000, audio.len()] {
        let (events, drafts) = channel();
        let take = Steps { audio: audio.clone(), step, at: 0 };
        let live = LiveTranscriber::start(ENGINE.clone(), take, LiveOptions::default(), move |event| {
            let _ = events.send(event);
        });
        assert_eq!(live.unwrap().join().unwrap(), whole, "in steps of {step} samples");
        let shown: Vec<LiveEvent> = drafts.iter().collect();
        let Some(LiveEvent::Draft { settled, .. }) = shown.last() else { panic!("no draft was shown") };
        assert_eq!(*settled, whole.text);
    }
}

#[test]
fn cancelled_work_ends_at_once() {
    let audio = spoken("good.opus");
    let cancel = CancelToken::new();
    let options = TranscribeOptions { cancel: cancel.clone(), ..TranscribeOptions::default() };
    let (done, ended) = channel();
    std::thread::spawn(move || {
        // Nobody listens any more only when the test has failed.
        let _ = done.send(ENGINE.transcribe(audio, options));
    });
    cancel.cancel();
    let result = ended.recv_timeout(Duration::from_secs(20)).unwrap();
    assert!(matches!(result, Err(SpeechError::Cancelled)), "{result:?}");
}

#[test]
fn a_model_that_is_missing_cut_short_or_something_else_is_refused_before_whisper_sees_it() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("ggml-half.bin");
    let start = |path: &PathBuf| WhisperEngine::start(path, EngineOptions::default()).err();
    assert!(matches!(start(&path), Some(SpeechError::ModelMissing(_))));
    std::fs::write(&path, b"no model at all").unwrap();
    assert!(matches!(start(&path), Some(SpeechError::ModelBroken(_))));
    let whole = std::fs::read(model()).unwrap();
    std::fs::write(&path, &whole[..whole.len() / 2]).unwrap();
    assert!(matches!(start(&path), Some(SpeechError::ModelBroken(_))));
}

#[test]
fn an_english_model_says_so_when_asked_for_another_language() {
    let options = TranscribeOptions { language: "de".into(), ..TranscribeOptions::default() };
    let result = ENGINE.transcribe(spoken("brief.opus"), options);
    let multilingual = std::env::var_os("VIVA_TEST_MODEL").is_some();
    assert!(multilingual || matches!(result, Err(SpeechError::LanguageUnknown { .. })), "{result:?}");
}
