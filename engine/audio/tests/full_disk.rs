//! A disk that is really full: a file system of 256 KiB, where the test may mount one.

#![cfg(target_os = "linux")]

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;
use viva_audio::{Ended, Pace, RecordOptions, Recording, Source, Tone, decode};
use viva_core::units::Millis;

/// Unmounts when dropped, also when the test fails.
struct SmallDisk(PathBuf);

impl SmallDisk {
    fn mount(at: &Path) -> Option<Self> {
        let mounted = Command::new("mount")
            .args(["-t", "tmpfs", "-o", "size=256k", "viva-test"])
            .arg(at)
            .output()
            .is_ok_and(|output| output.status.success());
        mounted.then(|| Self(at.to_owned()))
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg(&self.0).status();
    }
}

#[test]
fn a_full_file_system_keeps_the_take() {
    let folder = tempfile::tempdir().unwrap();
    let Some(disk) = SmallDisk::mount(folder.path()) else {
        println!("no file system may be mounted here; the writer that fails stands in for it elsewhere");
        return;
    };
    let tone = Tone { pace: Pace::Unpaced, length: Some(Millis(60_000)), ..Tone::default() };
    let recording =
        Recording::start(Source::Tone(tone), disk.0.join("take.wav"), RecordOptions::default()).unwrap();
    assert_eq!(recording.wait_ended(Duration::from_secs(20)), Some(Ended::DiskFull));
    let take = recording.stop();
    assert!(take.length > Millis(7000) && take.length < Millis(8400), "{:?}", take.length);
    assert_eq!(decode(&take.path).unwrap().length(), take.length);
    assert!(take.trouble().unwrap().starts_with("The disk was full at 0:0"));
}
