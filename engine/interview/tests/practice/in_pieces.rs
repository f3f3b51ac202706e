//! Answers that arrive in pieces: across a dead process, stopped, thrown away, deleted, given up.

use crate::world::{World, settled};
use std::path::PathBuf;
use viva_audio::{Ended, SourceFormat};
use viva_core::ids::AttemptId;
use viva_core::session::AttemptState;
use viva_core::units::{Millis, SampleRate};
use viva_interview::{Found, InterviewError, NewPiece, Settled};
use viva_storage::TakeEnd;

fn spoken() -> Vec<u8> {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../tests/fixtures/speech/brief.opus");
    let sound = viva_audio::decode(path).unwrap();
    sound.samples.iter().flat_map(|sample| ((sample * 32_767.0) as i16).to_le_bytes()).collect()
}

async fn begin(world: &World) -> AttemptId {
    let format = SourceFormat { name: "Browser".into(), rate: SampleRate(16_000), channels: 1 };
    world.interview.record_pieces(world.session, 0, format).await.unwrap()
}

async fn send(world: &World, attempt: AttemptId, number: usize, pcm: &[u8]) -> Result<u32, InterviewError> {
    let piece =
        NewPiece { number: number as u32, took: Millis(0), crc32: crc32fast::hash(pcm), pcm: pcm.to_vec() };
    world.interview.piece(attempt, piece).await
}

fn bytes_of(world: &World, attempt: AttemptId) -> Vec<u8> {
    let path = world.data.path().join(format!("takes/{attempt}.wav"));
    std::fs::read(path).unwrap().split_off(44)
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_in_pieces_is_settled_like_any_other() {
    let world = World::new().await;
    let sent = spoken();
    let attempt = begin(&world).await;
    assert_eq!(begin(&world).await, attempt, "pressed twice");
    for (number, pcm) in sent.chunks(8_192).enumerate() {
        assert_eq!(send(&world, attempt, number, pcm).await.unwrap(), number as u32 + 1);
    }
    let on_air = world.interview.on_air_for(attempt).unwrap();
    assert_eq!(on_air.elapsed, Millis::of_samples(sent.len() as u64 / 2, SampleRate(16_000)));
    assert!(world.interview.on_air().is_none(), "this machine's microphone is free");
    let stopped = world.interview.stop(attempt).await.unwrap();
    assert!(matches!(settled(stopped).await, Settled::Now(_)));
    assert_eq!(bytes_of(&world, attempt), sent);
    assert!(matches!(send(&world, attempt, 0, &sent[..2]).await, Err(InterviewError::NotOnAir(_))));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_in_pieces_goes_on_after_a_dead_process() {
    let world = World::new().await;
    let sent = spoken();
    let cuts: Vec<&[u8]> = sent.chunks(8_192).collect();
    let attempt = begin(&world).await;
    for number in [0, 1, 3] {
        send(&world, attempt, number, cuts[number]).await.unwrap();
    }
    let World { interview, data, .. } = world;
    drop(interview);

    let world = World::over(data).await;
    assert_eq!(world.interview.pick_up().await.unwrap(), Found::default());
    assert_eq!(world.interview.adopt_pieces().await.unwrap(), 1);
    assert_eq!(world.interview.adopt_pieces().await.unwrap(), 0);
    assert_eq!(world.state(attempt).await, AttemptState::Recording);
    let standing = world.interview.pieces(attempt).unwrap();
    assert_eq!((standing.next, standing.missing, standing.end), (2, vec![2], 4));
    for (number, pcm) in cuts.iter().enumerate().skip(2) {
        send(&world, attempt, number, pcm).await.unwrap();
    }
    let stopped = world.interview.stop_because(attempt, Ended::DeviceLost).await.unwrap();
    settled(stopped).await;
    assert_eq!(bytes_of(&world, attempt), sent);
    let take = world.interview.review(attempt).await.unwrap().take.unwrap();
    assert_eq!(take.ended, TakeEnd::DeviceLost);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_nobody_came_back_for_is_kept_and_one_thrown_away_is_gone() {
    let world = World::new().await;
    let sent = spoken();
    let attempt = begin(&world).await;
    send(&world, attempt, 0, &sent[..64_000]).await.unwrap();
    world.interview.close_given_up().await.unwrap();
    assert_eq!(world.state(attempt).await, AttemptState::Recording, "it is seconds old");
    let log = world.data.path().join(format!("takes/{attempt}.wav.pieces"));
    let long_ago = std::time::SystemTime::now() - std::time::Duration::from_secs(25 * 60 * 60);
    std::fs::File::options().write(true).open(&log).unwrap().set_modified(long_ago).unwrap();
    world.interview.close_given_up().await.unwrap();
    assert_ne!(world.state(attempt).await, AttemptState::Recording);
    assert_eq!(bytes_of(&world, attempt), sent[..64_000]);

    let again = begin(&world).await;
    send(&world, again, 0, &sent[..64_000]).await.unwrap();
    world.interview.discard(again).await.unwrap();
    assert_eq!(world.state(again).await, AttemptState::Asked);
    let left: Vec<_> = world
        .files()
        .into_iter()
        .filter(|path| path.display().to_string().contains(&again.to_string()))
        .collect();
    assert!(left.is_empty(), "{left:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_deletion_takes_an_answer_in_pieces_with_it_whoever_left_it() {
    let world = World::new().await;
    let sent = spoken();
    let attempt = begin(&world).await;
    send(&world, attempt, 0, &sent[..64_000]).await.unwrap();
    let World { interview, data, session, .. } = world;
    drop(interview);
    let world = World::over(data).await;
    world.interview.delete_session(session).await.unwrap();
    assert!(world.files().is_empty(), "{:?}", world.files());
    assert!(matches!(send(&world, attempt, 1, &sent).await, Err(InterviewError::NotOnAir(_))));
}

#[tokio::test(flavor = "multi_thread")]
async fn silence_in_pieces_frees_its_question() {
    let world = World::new().await;
    let attempt = begin(&world).await;
    send(&world, attempt, 0, &[0; 64_000]).await.unwrap();
    let stopped = world.interview.stop(attempt).await.unwrap();
    assert!(matches!(stopped, viva_interview::Stopped::Silent { .. }));
    assert_eq!(world.state(attempt).await, AttemptState::Asked);
    assert!(world.files().is_empty(), "{:?}", world.files());
}
