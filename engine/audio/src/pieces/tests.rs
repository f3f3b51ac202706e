//! Pieces in every order, twice, damaged, after a killed process: the take is the sound that was sent, byte for byte.

use super::*;
use crate::recording::RecordOptions;
use proptest::prelude::*;
use tempfile::TempDir;

fn format(rate: u32) -> SourceFormat {
    SourceFormat { name: "A browser’s microphone".into(), rate: SampleRate(rate), channels: 1 }
}

/// Every byte different enough that a swap or a loss shows.
fn sound(samples: usize) -> Vec<u8> {
    let mut state = 1_u32;
    (0..samples)
        .flat_map(|_| {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            ((state >> 16) as i16).to_le_bytes()
        })
        .collect()
}

fn piece(number: usize, pcm: &[u8]) -> Piece<'_> {
    Piece { number: number as u32, took: Millis(0), crc32: crc32fast::hash(pcm), pcm }
}

fn start(folder: &TempDir, rate: u32) -> PieceTake {
    PieceTake::start(&folder.path().join("take.wav"), format(rate), RecordOptions::default()).unwrap()
}

/// The samples of a finished take, as bytes.
fn bytes_of(take: &Take) -> Vec<u8> {
    let mut reader = hound::WavReader::open(&take.path).unwrap();
    reader.samples::<i16>().flat_map(|sample| sample.unwrap().to_le_bytes()).collect()
}

fn no_leftovers(folder: &TempDir) {
    let names: Vec<_> =
        std::fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(names, ["take.wav"]);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 40, ..ProptestConfig::default() })]

    #[test]
    fn any_order_any_repetition_and_any_number_of_deaths_give_the_sound_that_was_sent(
        lengths in prop::collection::vec(1_usize..3_000, 1..12),
        order in prop::collection::vec((0_usize..12, any::<bool>()), 0..40),
    ) {
        let folder = TempDir::new().unwrap();
        let sent = sound(lengths.iter().sum());
        let mut cuts = Vec::new();
        let mut at = 0;
        for length in &lengths {
            cuts.push(&sent[at * 2..(at + length) * 2]);
            at += length;
        }
        let mut take = start(&folder, 16_000);
        for (number, dies) in order {
            if let Some(pcm) = cuts.get(number) {
                take.accept(&piece(number, pcm)).unwrap();
            }
            if dies {
                drop(take);
                take = PieceTake::reopen(&folder.path().join("take.wav"), RecordOptions::default()).unwrap();
            }
        }
        for (number, pcm) in cuts.iter().enumerate().rev() {
            take.accept(&piece(number, pcm)).unwrap();
        }
        prop_assert_eq!(take.standing().next as usize, cuts.len());
        let take = take.finish(Ended::Stopped).unwrap();
        prop_assert_eq!(bytes_of(&take), sent);
        no_leftovers(&folder);
    }
}

#[test]
fn the_wav_is_readable_and_followed_while_pieces_still_wait() {
    let folder = TempDir::new().unwrap();
    // Not a whole number of milliseconds.
    let sent = sound(12_003);
    let take = start(&folder, 16_000);
    let mut follower = take.follow().unwrap();
    let part = |n: usize| &sent[n * 8_000..(n + 1) * 8_000];
    take.accept(&piece(0, part(0))).unwrap();
    take.accept(&piece(2, part(2))).unwrap();
    assert_eq!(take.standing(), Standing { next: 1, missing: vec![1], end: 3, rate: SampleRate(16_000) });
    let growing = hound::WavReader::open(folder.path().join("take.wav.part")).unwrap();
    assert_eq!(growing.len(), 4_000);
    let mut heard = Vec::new();
    assert_eq!(follower.read(&mut heard).unwrap(), 4_000);
    assert_eq!(take.accept(&piece(1, part(1))).unwrap(), 3);
    assert_eq!(follower.read(&mut heard).unwrap(), 8_000);
    take.accept(&piece(3, &sent[24_000..])).unwrap();
    assert_eq!(follower.read(&mut heard).unwrap(), 3);
    take.finish(Ended::Stopped).unwrap();
    assert!(follower.is_finished());
}

#[test]
fn what_waits_behind_a_gap_is_kept_when_the_take_ends_without_it() {
    let folder = TempDir::new().unwrap();
    let sent = sound(6_000);
    let take = start(&folder, 16_000);
    take.accept(&piece(0, &sent[..4_000])).unwrap();
    take.accept(&piece(2, &sent[8_000..])).unwrap();
    let take = take.finish(Ended::Stopped).unwrap();
    assert_eq!(bytes_of(&take), [&sent[..4_000], &sent[8_000..]].concat());
}

#[test]
fn what_is_no_piece_is_refused_and_leaves_everything_as_it_was() {
    let folder = TempDir::new().unwrap();
    let sent = sound(4_000);
    let take = start(&folder, 16_000);
    take.accept(&piece(0, &sent)).unwrap();
    let refused = |piece: Piece<'_>| take.accept(&piece).unwrap_err();
    assert!(matches!(refused(piece(1, &[])), PieceError::Empty(1)));
    assert!(matches!(refused(piece(1, &sent[..3])), PieceError::HalfSample(1)));
    let large = sound(LARGEST_PIECE_BYTES / 2 + 1);
    assert!(matches!(refused(piece(1, &large)), PieceError::TooLarge { .. }));
    assert!(matches!(refused(piece(u32::MAX as usize, &sent)), PieceError::NumberTooHigh { .. }));
    assert!(matches!(refused(Piece { crc32: 1, ..piece(1, &sent) }), PieceError::Damaged(1)));
    assert!(matches!(refused(piece(0, &sent[..2_000])), PieceError::Different(0)));
    assert_eq!(take.accept(&piece(0, &sent)).unwrap(), 1);
    let done = take.finish(Ended::Stopped).unwrap();
    assert_eq!(bytes_of(&done), sent);
    assert!(matches!(take.accept(&piece(1, &sent)), Err(PieceError::Over)));
    assert!(take.finish(Ended::Stopped).is_none());
}

#[test]
fn the_longest_take_ends_clearly() {
    let folder = TempDir::new().unwrap();
    let options = RecordOptions { max_length: Millis(1_000) };
    let take = PieceTake::start(&folder.path().join("take.wav"), format(16_000), options).unwrap();
    let sent = sound(16_000);
    take.accept(&piece(0, &sent)).unwrap();
    let error = take.accept(&piece(1, &sent[..2])).unwrap_err();
    assert!(error.to_string().contains("longest recording is 0:01"), "{error}");
}

#[test]
fn a_rate_that_cannot_be_is_refused_and_what_came_stays_byte_for_byte() {
    let folder = TempDir::new().unwrap();
    let take = start(&folder, 16_000);
    let pcm = sound(4_096);
    let mut accepted = 0;
    let error = loop {
        // Samples of a 48 kHz microphone that calls itself one of 16 kHz.
        match take.accept(&Piece { took: Millis(85), ..piece(accepted, &pcm) }) {
            Ok(_) => accepted += 1,
            Err(error) => break error,
        }
        assert!(accepted < 60);
    };
    assert!(matches!(error, PieceError::LyingRate { declared: 16_000, measured: 48_188 }), "{error}");
    let take = take.finish(Ended::Stopped).unwrap();
    assert_eq!(bytes_of(&take), pcm.repeat(accepted));
}

#[test]
fn another_rate_is_resampled_the_same_way_however_it_was_cut_and_interrupted() {
    let sent = sound(48_000);
    let record = |size: usize, dies: bool| {
        let folder = TempDir::new().unwrap();
        let mut take = start(&folder, 48_000);
        for (number, pcm) in sent.chunks(size * 2).enumerate() {
            take.accept(&piece(number, pcm)).unwrap();
            if dies && number == 3 {
                drop(take);
                take = PieceTake::reopen(&folder.path().join("take.wav"), RecordOptions::default()).unwrap();
            }
        }
        let take = take.finish(Ended::Stopped).unwrap();
        assert_eq!(take.length, Millis(1_000));
        bytes_of(&take)
    };
    let whole = record(48_000, false);
    assert_eq!(whole, record(4_096, false));
    assert_eq!(whole, record(1_000, true));
}

#[test]
fn a_torn_end_of_the_log_is_cut_off_and_sent_again() {
    let folder = TempDir::new().unwrap();
    let sent = sound(8_000);
    let take = start(&folder, 16_000);
    take.accept(&piece(0, &sent[..8_000])).unwrap();
    take.accept(&piece(1, &sent[8_000..])).unwrap();
    drop(take);
    let log = folder.path().join("take.wav.pieces");
    let whole = std::fs::metadata(&log).unwrap().len();
    std::fs::OpenOptions::new().write(true).open(&log).unwrap().set_len(whole - 5).unwrap();
    let take = PieceTake::reopen(&folder.path().join("take.wav"), RecordOptions::default()).unwrap();
    assert_eq!(take.standing().next, 1);
    take.accept(&piece(1, &sent[8_000..])).unwrap();
    assert_eq!(bytes_of(&take.finish(Ended::Stopped).unwrap()), sent);
}

#[test]
fn a_rate_no_browser_has_is_refused_at_once() {
    let folder = TempDir::new().unwrap();
    for rate in [0, 1, 7_999, 192_001, u32::MAX] {
        let path = folder.path().join("take.wav");
        assert!(PieceTake::start(&path, format(rate), RecordOptions::default()).is_err(), "{rate}");
    }
    assert!(!folder.path().join("take.wav.pieces").exists());
}
