//! The round trip, and every way in which a file may not be a backup.

use super::write::Written;
use super::*;
use crate::cli::places::Places;
use crate::compose::{DatabasePlace, database_place};
use crate::handlers::decide::world::RoundWorld;
use crate::testing::TestApp;
use std::io::{Cursor, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use tempfile::TempDir;
use viva_core::clock::Timestamp;
use viva_core::ids::{AttemptId, JobId};
use viva_core::units::{Millis, SampleRate};
use viva_storage::{Answers, HistoryFilter, PageRequest, Step, Take, TakeEnd};
use viva_storage_sqlite::{OpenOptions, SqliteStore};
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

/// An empty installation.
struct Fresh {
    places: Places,
    _dir: TempDir,
}

fn fresh() -> Fresh {
    let dir = TempDir::with_prefix("viva-restore-").unwrap();
    let places = Places {
        data_dir: dir.path().to_owned(),
        models_dir: dir.path().join("models"),
        rubrics_dirs: vec![dir.path().join("rubrics")],
        database_url: format!("sqlite:{}", dir.path().join("viva.db").display()),
    };
    Fresh { places, _dir: dir }
}

async fn backed_up(places: &Places) -> (Vec<u8>, Written) {
    let contents = gather(places).await.unwrap();
    let mut file = Vec::new();
    let written = write(&contents, &mut file).unwrap();
    (file, written)
}

fn saved(bytes: &[u8]) -> (TempDir, PathBuf) {
    let dir = TempDir::with_prefix("viva-backup-").unwrap();
    let path = dir.path().join("viva.zip");
    std::fs::write(&path, bytes).unwrap();
    (dir, path)
}

/// Keeps a recording of its own bytes as the answer to a question.
async fn recorded(app: &TestApp, n: u32) -> (AttemptId, Vec<u8>) {
    let room = app.room("jvm.hashmap-treeify").await;
    let session = room.split('/').nth(2).unwrap().parse().unwrap();
    let store = app.interview.store();
    let attempt = AttemptId(uuid::Uuid::now_v7());
    store.ask(session, 0, attempt, Timestamp(1)).await.unwrap();
    store.advance(attempt, &Step::Record, Timestamp(2)).await.unwrap();
    let sound: Vec<u8> = (0..50_000_u32).map(|i| (i.wrapping_mul(n) >> 3) as u8).collect();
    let path = app.interview.take_path(&format!("takes/{attempt}.wav"));
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::fs::write(path, &sound).unwrap();
    let take = Take {
        path: Some(format!("takes/{attempt}.wav")),
        length: Millis(1_000),
        bytes: sound.len() as u64,
        sample_rate: SampleRate::WHISPER,
        peak_dbfs: -3.0,
        rms_dbfs: -20.0,
        clipped_samples: 0,
        dropped_samples: 0,
        device: None,
        ended: TakeEnd::Stopped,
        kept_at: Timestamp(3),
    };
    store.keep_take(attempt, &take, JobId(uuid::Uuid::now_v7()), Timestamp(3), Timestamp(3)).await.unwrap();
    (attempt, sound)
}

#[tokio::test(flavor = "multi_thread")]
async fn what_comes_back_is_what_was_there_even_while_answers_are_being_given() {
    let app = Arc::new(TestApp::new().await);
    let pack = include_str!("../../../rubrics/jvm.toml").replace("id = \"jvm\"", "id = \"own\"");
    std::fs::create_dir_all(app.places.data_dir.join("rubrics/team")).unwrap();
    std::fs::write(app.places.data_dir.join("rubrics/team/own.toml"), &pack).unwrap();
    let beside = [
        ("rubrics/.history/own/0001.toml", "older"),
        ("bench/marked.jsonl", "{}\n"),
        ("imports/01a1fed2-6674-714e-b169-03f656cacab2/document", "Q: Why?"),
        ("imports/01a1fed2-6674-714e-b169-03f656cacab2/about.json", "{}"),
    ];
    for (name, text) in beside {
        let path = app.places.data_dir.join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }
    app.interview.store().set_setting("audio.keep", Some("30 days"), Timestamp(1)).await.unwrap();
    let first = recorded(&app, 1).await;

    let stop = Arc::new(AtomicBool::new(false));
    let busy = tokio::spawn({
        let (app, stop) = (Arc::clone(&app), Arc::clone(&stop));
        async move {
            let mut kept = Vec::new();
            for n in 2.. {
                if stop.load(Ordering::SeqCst) {
                    break;
                }
                kept.push(recorded(&app, n).await);
                app.typed("jvm.hashmap-treeify", "It becomes a tree.").await;
            }
            kept
        }
    });
    let mut files = Vec::new();
    for _ in 0..4 {
        files.push(backed_up(&app.places).await);
    }
    stop.store(true, Ordering::SeqCst);
    let mut kept = busy.await.unwrap();
    kept.push(first);
    files.push(backed_up(&app.places).await);

    let last = files.len() - 1;
    for (n, (bytes, written)) in files.iter().enumerate() {
        let (_dir, file) = saved(bytes);
        let fresh = fresh();
        let restored = restore(&fresh.places, &file).await.unwrap();
        assert_eq!((restored.packs, restored.recordings), (1, written.recordings));
        assert_eq!(restored.kept_in, [] as [PathBuf; 0]);
        let data = &fresh.places.data_dir;
        let store = SqliteStore::open_file(&data.join("viva.db"), OpenOptions::default()).await.unwrap();
        let takes = store.takes_before(Timestamp(i64::MAX)).await.unwrap();
        assert_eq!(takes.len() as u32, written.recordings);
        for (attempt, take) in takes {
            let sound = std::fs::read(data.join(take.path.unwrap())).unwrap();
            let original = kept.iter().find(|(id, _)| *id == attempt).unwrap();
            assert!(sound == original.1, "the recording of {attempt} is not the same");
        }
        assert_eq!(std::fs::read_to_string(data.join("rubrics/team/own.toml")).unwrap(), pack);
        for (name, text) in beside {
            assert_eq!(std::fs::read_to_string(data.join(name)).unwrap(), text);
        }
        assert!(
            std::fs::read_dir(data)
                .unwrap()
                .all(|entry| { !entry.unwrap().file_name().to_string_lossy().starts_with('.') })
        );
        if n == last {
            use viva_storage::{History, Settings};
            let all = HistoryFilter::default();
            let page = PageRequest::first(100_000);
            let theirs = store.history(&all, page).await.unwrap();
            let ours = app.interview.history(&all, page).await.unwrap();
            assert_eq!(theirs, ours);
            for entry in &ours.items {
                let id = entry.attempt;
                let ours = app.interview.store().assessments(id).await.unwrap();
                assert_eq!(store.assessments(id).await.unwrap(), ours);
            }
            assert_eq!(store.setting("audio.keep").await.unwrap().as_deref(), Some("30 days"));
        }
        store.close().await;
    }
    // The source is as it was: no copy of the database lies about.
    assert!(
        !std::fs::read_dir(&app.places.data_dir)
            .unwrap()
            .any(|entry| { entry.unwrap().file_name().to_string_lossy().starts_with(".backup-") })
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_there_is_moved_aside() {
    let app = TestApp::new().await;
    recorded(&app, 7).await;
    let (bytes, _) = backed_up(&app.places).await;
    let (_dir, file) = saved(&bytes);
    let other = TestApp::new().await;
    let (attempt, sound) = recorded(&other, 9).await;
    std::fs::create_dir_all(other.places.data_dir.join("rubrics")).unwrap();
    std::fs::write(other.places.data_dir.join("rubrics/mine.toml"), "mine").unwrap();
    let places = other.places.clone();
    // A server's database is not moved: a restore wants it empty, and changes nothing otherwise.
    if let DatabasePlace::Server(_) = database_place(&places).unwrap() {
        let refused = format!("{:#}", restore(&places, &file).await.unwrap_err());
        assert!(refused.contains("not empty") && refused.contains("nothing was changed"), "{refused}");
        assert_eq!(std::fs::read(places.data_dir.join(format!("takes/{attempt}.wav"))).unwrap(), sound);
        assert!(other.interview.store().attempt(attempt).await.unwrap().is_some());
        return;
    }

    let restored = restore(&places, &file).await.unwrap();
    let [aside] = restored.kept_in.as_slice() else { panic!("{restored:?}") };
    assert!(aside.file_name().unwrap().to_string_lossy().starts_with("before-restore-20"));
    assert_eq!(std::fs::read(aside.join(format!("takes/{attempt}.wav"))).unwrap(), sound);
    assert_eq!(std::fs::read_to_string(aside.join("rubrics/mine.toml")).unwrap(), "mine");
    assert!(!places.data_dir.join("rubrics").exists(), "the backup had no packs");
    let old = SqliteStore::open_file(&aside.join("viva.db"), OpenOptions::default()).await.unwrap();
    assert!(old.attempt(attempt).await.unwrap().is_some());
    // Again, so that a second folder of the same second gets a name of its own.
    let twice = restore(&places, &file).await.unwrap();
    assert_ne!(twice.kept_in, restored.kept_in);
}

/// Something untrue in a manifest.
type Lie = fn(&mut Manifest);

/// A zip file of these entries, with a manifest that tells the truth about them.
fn zip_of(entries: &[(&str, &[u8])], change: impl Fn(&mut Manifest)) -> Vec<u8> {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    let options = SimpleFileOptions::default().compression_method(CompressionMethod::Deflated);
    let mut manifest = Manifest {
        format: FORMAT.into(),
        version: FORMAT_VERSION,
        made_at: "2026-11-21T15:00:00Z".into(),
        viva: "0.1.0".into(),
        entries: Vec::new(),
    };
    for (name, content) in entries {
        zip.start_file(*name, options).unwrap();
        zip.write_all(content).unwrap();
        use sha2::Digest;
        manifest.entries.push(Entry {
            name: (*name).to_owned(),
            bytes: content.len() as u64,
            sha256: hex(&sha2::Sha256::digest(content)),
        });
    }
    change(&mut manifest);
    zip.start_file(MANIFEST, options).unwrap();
    zip.write_all(&serde_json::to_vec(&manifest).unwrap()).unwrap();
    zip.finish().unwrap().into_inner()
}

/// Restores over something that must stay as it was, and returns why it was refused.
async fn refused(bytes: &[u8]) -> String {
    let fresh = fresh();
    let data = &fresh.places.data_dir;
    std::fs::write(data.join("viva.db"), "untouched").unwrap();
    let (_dir, file) = saved(bytes);
    let error = restore(&fresh.places, &file).await.unwrap_err();
    assert_eq!(std::fs::read_to_string(data.join("viva.db")).unwrap(), "untouched");
    let mut left: Vec<_> = std::fs::read_dir(data).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    left.sort();
    assert_eq!(left, ["viva.db", "viva.lock"], "{error:#}");
    assert!(!Path::new("/tmp/viva-escaped.wav").exists());
    format!("{error:#}")
}

#[tokio::test]
async fn what_is_no_whole_backup_is_refused_and_nothing_is_touched() {
    let app = TestApp::new().await;
    recorded(&app, 3).await;
    let (good, _) = backed_up(&app.places).await;
    let database = {
        let mut archive = zip::ZipArchive::new(Cursor::new(&good)).unwrap();
        let mut bytes = Vec::new();
        std::io::Read::read_to_end(&mut archive.by_name(DATABASE).unwrap(), &mut bytes).unwrap();
        bytes
    };
    let db: (&str, &[u8]) = (DATABASE, &database);
    let same = |_: &mut Manifest| {};

    assert!(refused(b"").await.contains("no backup of Viva"));
    assert!(refused(b"PK\x03\x04 and so on").await.contains("no backup of Viva"));
    assert!(refused(&good[..good.len() / 2]).await.contains("cut short"));
    assert!(refused(&zip_of(&[db], |m| m.format = "tar".into())).await.contains("not that of a backup"));
    let newer = refused(&zip_of(&[db], |m| m.version = 2)).await;
    assert!(newer.contains("format 2") && newer.contains("update Viva"), "{newer}");
    assert!(refused(&zip_of(&[], same)).await.contains("no viva.db"));
    assert!(refused(&zip_of(&[(DATABASE, b"words")], same)).await.contains("viva.db"));

    // One flipped bit in the sound names its entry.
    let mut flipped = good.clone();
    let at = good.windows(4).position(|four| four == b".wav").unwrap() + 5_000;
    flipped[at] ^= 1;
    let why = refused(&flipped).await;
    assert!(why.contains("takes/") && why.contains("damaged"), "{why}");

    let lies: [(&str, Lie); 3] = [
        ("SHA-256", |m| m.entries[0].sha256 = "00".repeat(32)),
        ("size", |m| m.entries[0].bytes += 1),
        ("not in the file", |m| {
            m.entries.push(Entry { name: "takes/1.wav".into(), bytes: 0, sha256: String::new() });
        }),
    ];
    for (says, lie) in lies {
        let why = refused(&zip_of(&[db], lie)).await;
        assert!(why.contains(says), "{says}: {why}");
    }
    let unnamed = zip_of(&[db, ("takes/2.wav", b"x")], |m| m.entries.truncate(1));
    assert!(refused(&unnamed).await.contains("takes/2.wav"));
}

#[tokio::test]
async fn entries_that_lead_elsewhere_or_fill_the_disk_are_refused() {
    let nothing = vec![0_u8; 64 << 20];
    for name in [
        "../viva-escaped.wav",
        "takes/../../viva-escaped.wav",
        "/tmp/viva-escaped.wav",
        "takes/sub/1.wav",
        "takes/.hidden.wav",
        "takes\\..\\..\\1.wav",
        "C:/1.wav",
        "rubrics/a/b/c.toml",
        ".history/1.wav",
        "rubrics/.history/../x.toml",
        "bench/lock",
        "imports/x/document",
        "reviews/01a1fed2-6674-714e-b169-03f656cacab2/../../x",
        "imports/01a1fed2-6674-714e-b169-03f656cacab2/a/b",
        "rubrics/run.sh",
        "viva.lock",
        "takes/1.wav\n",
    ] {
        let why = refused(&zip_of(&[(DATABASE, b"x"), (name, b"x")], |_| {})).await;
        assert!(why.contains("may not be in a backup"), "{name}: {why}");
    }
    let bomb = zip_of(&[(DATABASE, b"x"), ("takes/1.wav", &nothing)], |_| {});
    assert!(refused(&bomb).await.contains("takes/1.wav"));
    let huge = zip_of(&[(DATABASE, b"x")], |m| m.entries[0].bytes = u64::MAX);
    assert!(refused(&huge).await.contains("size"));
    let twice = zip_of(&[(DATABASE, b"x"), ("takes/a.wav", b"x"), ("takes/A.wav", b"x")], |_| {});
    assert!(refused(&twice).await.contains("twice"));
}

#[test]
fn names_of_ours_pass() {
    for name in ["viva.db", "takes/0190.wav", "rubrics/own.toml", "rubrics/team/größe 2.toml"] {
        assert!(is_a_name_of_ours(name), "{name}");
    }
}

#[tokio::test]
async fn a_backup_brings_what_candidates_of_rounds_said() {
    let world = RoundWorld::new().await;
    let candidate = world.candidate(1, "Zoë").await;
    let (attempt, _) = world.answered(candidate).await;
    let (bytes, written) = backed_up(&world.app.places).await;
    assert_eq!(written.recordings, 1);
    let (_dir, file) = saved(&bytes);
    let fresh = fresh();
    restore(&fresh.places, &file).await.unwrap();
    let sound = std::fs::read(fresh.places.data_dir.join(format!("takes/{attempt}.wav"))).unwrap();
    assert_eq!(sound, [7; 4_000]);
}
