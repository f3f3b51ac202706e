//! A process that is killed while it records loses less than a second.
//!
//! Five rounds by default; `VIVA_KILL_ROUNDS=50` runs as many. The rounds run side by side.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod sounds;

use std::io::{BufRead, BufReader};
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};
use viva_audio::{decode, salvage};
use viva_core::units::Millis;

/// The example `record` beside this test's own program; built if a run of this test alone left it out.
fn recorder() -> PathBuf {
    let own = std::env::current_exe().unwrap();
    let built = own.parent().and_then(|deps| deps.parent()).unwrap();
    let path = built.join("examples").join(format!("record{}", std::env::consts::EXE_SUFFIX));
    if !path.exists() {
        let target = built.parent().unwrap();
        let status = Command::new(env!("CARGO"))
            .args(["build", "--quiet", "--offline", "--package", "viva-audio", "--example", "record"])
            .arg("--target-dir")
            .arg(target)
            .status()
            .unwrap();
        assert!(status.success());
    }
    path
}

/// Kills a recording after this long and gives how much of it was lost.
fn round(recorder: &PathBuf, after: Duration) -> Millis {
    let folder = tempfile::tempdir().unwrap();
    let mut child = Command::new(recorder)
        .arg(folder.path().join("take.wav"))
        .arg("tone")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut line = String::new();
    BufReader::new(child.stdout.as_mut().unwrap()).read_line(&mut line).unwrap();
    assert_eq!(line.trim(), "recording");
    let started = Instant::now();
    std::thread::sleep(after);
    let recorded = Millis(started.elapsed().as_millis() as u64);
    child.kill().unwrap();
    child.wait().unwrap();

    let salvaged = salvage(folder.path()).unwrap();
    let [take] = salvaged.as_slice() else {
        // Killed before the first sample was on disk: there is nothing to keep, and nothing is left over.
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
        return recorded;
    };
    assert_eq!(take.path, folder.path().join("take.wav"));
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
    assert_eq!(salvage(folder.path()).unwrap(), []);
    let pcm = decode(&take.path).unwrap();
    assert_eq!(pcm.length(), take.length);
    // Past the onset, where the filter rings; its delay is no whole number of samples, a gap is one at least.
    let expected = sounds::tone(pcm.samples.len(), 440.0, 0.5);
    let worst = pcm.samples.iter().zip(&expected).skip(1600).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
    assert!(worst < 0.05, "the tone has a gap: off by {worst}");
    recorded.saturating_sub(take.length)
}

#[test]
fn a_killed_process_loses_less_than_a_second() {
    let rounds: u64 = std::env::var("VIVA_KILL_ROUNDS").ok().and_then(|text| text.parse().ok()).unwrap_or(5);
    let recorder = recorder();
    let mut random = sounds::Noise(std::process::id().into());
    let waits: Vec<_> =
        (0..rounds).map(|_| Duration::from_millis(50 + ((random.next() + 1.0) * 1500.0) as u64)).collect();
    let mut lost = Vec::new();
    for group in waits.chunks(10) {
        lost.extend(std::thread::scope(|scope| {
            let running: Vec<_> = group.iter().map(|wait| scope.spawn(|| round(&recorder, *wait))).collect();
            running.into_iter().map(|round| round.join().unwrap()).collect::<Vec<_>>()
        }));
    }
    let worst = lost.iter().max().copied().unwrap_or_default();
    println!("{rounds} rounds, at most {} ms lost", worst.0);
    assert!(worst < Millis(1000), "{lost:?}");
}
