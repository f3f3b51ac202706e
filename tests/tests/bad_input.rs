//! What is broken, missing, taken or full is said plainly: what it is, where, and what to do. No panic, no half
//! result, and what was there before is still there.

use std::fs::{self, File};
use std::io::{BufRead, BufReader, Write};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use tempfile::TempDir;
use viva_tests::checkout;
use viva_tests::installation::{Installation, MODEL, Outcome};
use viva_tests::microphone::VirtualMicrophone;
use viva_tests::practice::Practice;
use viva_tests::skipped;
use viva_tests::speech::Voices;

const QUESTION: &str = "jvm.hashmap-treeify";

#[test]
fn a_port_that_is_taken_is_named_with_the_way_out() {
    let taken = TcpListener::bind("127.0.0.1:0").expect("a port");
    let port = taken.local_addr().expect("an address").port().to_string();
    Installation::new().run(["serve", "--port", &port]).assert_refused(&[&port, "taken", "--port"]);
}

#[test]
fn serving_beyond_this_machine_without_tls_or_with_a_certificate_that_is_none_is_refused() {
    let installation = Installation::new();
    let refused = |arguments: &[&str], says: &[&str]| {
        installation.run(["serve", "--port", "0"].iter().chain(arguments)).assert_refused(says);
    };
    refused(&["--listen", "0.0.0.0"], &["0.0.0.0", "--tls"]);
    refused(&["--tls-cert", "none.pem"], &["--tls-key"]);
    refused(&["--tls-cert", "none.pem", "--tls-key", "none.pem"], &["none.pem", "PEM"]);
    refused(&["--tls", "--host", "no name"], &["--host"]);
}

#[test]
fn a_model_that_is_missing_truncated_or_altered_is_named_with_the_way_out() {
    let whole = checkout::models_dir().join(format!("ggml-{MODEL}.bin"));
    if !whole.is_file() {
        return skipped("damaged models", "tiny.en is not here (scripts/test fetches it)");
    }
    let sound = Voices::new();
    let spoken = sound.recording("brief");
    let check = |spoil: &dyn Fn(&Path), says: &[&str]| {
        let models = models_folder();
        spoil(&models.path().join(format!("ggml-{MODEL}.bin")));
        // Where a command would rather fetch what is missing, there is nothing to fetch from.
        let no_packages = [("PIP_NO_INDEX", "1"), ("PIP_FIND_LINKS", ""), ("PIP_CONFIG_FILE", "/dev/null")];
        let no_packages = no_packages.map(|(name, value)| (name.to_owned(), value.to_owned()));
        let installation = Installation::new().with_models_dir(models.path()).with_env(no_packages);
        let transcribe = ["transcribe", spoken.to_str().expect("UTF-8"), "--model", MODEL];
        installation.run(transcribe).assert_refused(says);
        installation.run(["model", "verify", MODEL]).assert_refused(says);
        installation.run(["practice", "--json", "--question", QUESTION]).assert_refused(says);
    };
    check(&|_| {}, &[MODEL, "fetch"]);
    check(
        &|model| {
            fs::copy(&whole, model).expect("a copy");
            let file = File::options().write(true).open(model).expect("the copy");
            file.set_len(1_000_000).expect("a shorter copy");
        },
        &[MODEL, "cut short", "fetch"],
    );
    check(
        &|model| {
            let mut bytes = fs::read(&whole).expect("the model");
            let middle = bytes.len() / 2;
            bytes[middle] ^= 0xff;
            fs::write(model, bytes).expect("a copy");
        },
        &[MODEL, "damaged", "sha-256"],
    );
}

#[test]
fn audio_that_cannot_be_an_answer_is_named_with_the_reason() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = |name: &str| folder.path().join(name);
    fs::write(file("noise.wav"), b"These are words, and no sound at all.".repeat(100)).expect("a file");
    fs::write(file("empty.wav"), b"").expect("a file");
    fs::create_dir(file("folder.wav")).expect("a folder");
    hours_of_nothing(&file("long.wav"), 3);
    let installation = Installation::new();
    for (name, says) in [
        ("noise.wav", "not an audio file"),
        ("empty.wav", "is empty"),
        ("folder.wav", "cannot be read"),
        ("missing.wav", "no such file"),
        ("long.wav", "longer than the limit"),
    ] {
        let outcome = installation.run(["transcribe", file(name).to_str().expect("UTF-8"), "--model", MODEL]);
        outcome.assert_refused(&[name, says]);
        assert!(outcome.stdout.is_empty(), "{outcome:#?}");
    }
}

#[test]
fn a_rubric_with_ten_errors_is_told_all_ten_with_their_lines() {
    let folder = tempfile::tempdir().expect("a folder");
    let pack = folder.path().join("ten.toml");
    fs::write(&pack, TEN_ERRORS).expect("a file");
    let outcome = Installation::new().run(["rubric", "lint", pack.to_str().expect("UTF-8")]);
    assert!(!outcome.status.success(), "{outcome:#?}");
    let said = format!("{}\n{}", outcome.stdout, outcome.stderr);
    for (number, line) in TEN_ERRORS.lines().enumerate().filter(|(_, line)| line.contains("# error")) {
        assert!(
            said.contains(&format!("{}:", number + 1)),
            "line {}, {line:?}, is not named:\n{said}",
            number + 1
        );
    }
}

#[test]
fn an_unknown_question_names_the_command_that_lists_them() {
    let installation = Installation::new();
    let outcome = installation.run(["assess", "--question", "jvm.no-such-question"]);
    outcome.assert_refused(&["jvm.no-such-question", "viva rubric list"]);
    let listed = installation.run(["rubric", "list", "--json"]);
    assert!(listed.status.success() && listed.stdout.contains(QUESTION), "{listed:#?}");
    installation.run(["rubric", "list", "--pack", "nowhere"]).assert_refused(&["nowhere", "jvm"]);
}

#[test]
fn a_machine_without_a_microphone_is_told_so() {
    let installation = Installation::new().without_sound();
    let outcome = installation.run(["practice", "--json", "--question", QUESTION]);
    outcome.assert_refused(&["microphone"]);
    let bare = match VirtualMicrophone::start_without_a_source() {
        Ok(bare) => bare,
        Err(why) => return skipped("a sound server without a microphone", &why),
    };
    let installation = Installation::new().with_env(bare.environment());
    installation.run(["practice", "--json", "--question", QUESTION]).assert_refused(&["microphone"]);
}

#[test]
fn a_microphone_that_is_unplugged_keeps_what_was_said() {
    let microphone = match VirtualMicrophone::start() {
        Ok(microphone) => microphone,
        Err(why) => return skipped("unplugged microphone", &why),
    };
    let installation = Installation::new().with_env(microphone.environment());
    let voices = Voices::new();
    let practice = Practice::of_question(&installation, QUESTION);
    microphone.wait_for_a_listener();
    microphone.speak(&voices.recording("brief"));
    microphone.unplug();
    let answers = practice.finish();
    assert_eq!(answers[0]["no_answer"], false, "{answers:#?}");
    assert!(answers[0]["trouble"].is_string(), "the loss is told: {answers:#?}");
}

#[test]
fn a_database_in_use_newer_or_broken_is_left_as_it_is() {
    if Command::new("sqlite3").arg("--version").output().is_err() {
        return skipped("databases", "sqlite3 is not installed (scripts/test installs it)");
    }
    let busy = Installation::new();
    busy.must_run(["migrate"]);
    let lock = Lock::on(&busy.database());
    busy.run(["practice", "--json", "--question", QUESTION]).assert_refused(&[
        "viva.db",
        "locked",
        "try again",
    ]);
    drop(lock);

    let newer = Installation::new();
    newer.must_run(["migrate"]);
    let version =
        "INSERT INTO viva_migrations (version, description, installed_on, success, checksum, execution_time)
                   VALUES (999999, 'from the future', '2100-01-01', 1, x'00', 0);";
    let told = Command::new("sqlite3").arg(newer.database()).arg(version).status().expect("sqlite3");
    assert!(told.success());
    let before = fs::read(newer.database()).expect("the database");
    for command in
        [vec!["migrate"], vec!["practice", "--json", "--question", QUESTION], vec!["serve", "--port", "0"]]
    {
        newer.run(command).assert_refused(&["newer"]);
    }
    assert_eq!(fs::read(newer.database()).expect("the database"), before, "a newer database is not touched");

    let broken = Installation::new();
    fs::write(broken.database(), b"This was never a database. ".repeat(200)).expect("a file");
    broken.run(["migrate"]).assert_refused(&["viva.db"]);
}

#[test]
fn a_full_disk_ends_the_take_and_keeps_it() {
    let microphone = match VirtualMicrophone::start() {
        Ok(microphone) => microphone,
        Err(why) => return skipped("full disk", &why),
    };
    let installation = Installation::new().with_env(microphone.environment());
    let Some(disk) = SmallDisk::over(installation.data_dir(), "2m") else {
        return skipped("full disk", "this machine lets nobody but root mount a small one");
    };
    installation.must_run(["migrate"]);
    disk.leave_free(400_000);
    let mut practice = Practice::of_question(&installation, QUESTION);
    microphone.wait_for_a_listener();
    microphone.speak(&Voices::new().recording("partial"));
    practice.stop_answer();
    practice.end().assert_refused(&["disk is full"]);
    let takes: Vec<_> = wavs_under(installation.data_dir());
    assert_eq!(takes.len(), 1, "the take is kept: {takes:?}");
    let kept = viva_audio::decode(&takes[0]).expect("what was recorded can be played").length();
    assert!(kept.0 > 2_000, "only {} ms were kept", kept.0);

    disk.give_back();
    let status = installation.run(["doctor", "--json"]);
    assert!(status.stdout.contains("database"), "{status:#?}");
}

/// A folder with the manifest and no model.
fn models_folder() -> TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    let manifest = checkout::root().join("models/manifest.toml");
    fs::copy(manifest, folder.path().join("manifest.toml")).expect("the manifest");
    folder
}

/// A WAV of silence that takes no room on disk.
fn hours_of_nothing(wav: &Path, hours: u32) {
    let bytes = hours * 3600 * 16_000 * 2;
    let mut head = Vec::new();
    head.extend(b"RIFF");
    head.extend((bytes + 36).to_le_bytes());
    head.extend(b"WAVEfmt ");
    head.extend(16_u32.to_le_bytes());
    head.extend([1_u16, 1].iter().flat_map(|field| field.to_le_bytes()));
    head.extend([16_000_u32, 32_000].iter().flat_map(|field| field.to_le_bytes()));
    head.extend([2_u16, 16].iter().flat_map(|field| field.to_le_bytes()));
    head.extend(b"data");
    head.extend(bytes.to_le_bytes());
    let mut file = File::create(wav).expect("a file");
    file.write_all(&head).expect("a head");
    file.set_len(u64::from(bytes) + 44).expect("a length");
}

fn wavs_under(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut ahead = vec![folder.to_owned()];
    while let Some(folder) = ahead.pop() {
        for entry in fs::read_dir(folder).expect("a folder").flatten() {
            if entry.path().is_dir() {
                ahead.push(entry.path());
            } else if entry.path().extension().is_some_and(|extension| extension == "wav") {
                found.push(entry.path());
            }
        }
    }
    found
}

/// Another program that keeps the database to itself.
struct Lock(Child);

impl Lock {
    fn on(database: &Path) -> Self {
        let mut holder = Command::new("sqlite3")
            .arg(database)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("sqlite3 was there a moment ago");
        let stdin = holder.stdin.as_mut().expect("stdin was piped");
        stdin.write_all(b"BEGIN EXCLUSIVE;\nSELECT 'held';\n").expect("sqlite3 reads");
        let mut answer = String::new();
        BufReader::new(holder.stdout.as_mut().expect("stdout was piped"))
            .read_line(&mut answer)
            .expect("an answer");
        assert_eq!(answer.trim(), "held");
        Self(holder)
    }
}

impl Drop for Lock {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// A disk of a few megabytes mounted over a folder, where root may. Unmounted on drop.
struct SmallDisk(PathBuf);

impl SmallDisk {
    fn over(folder: &Path, size: &str) -> Option<Self> {
        let mount = Command::new("mount")
            .args(["-t", "tmpfs", "-o", &format!("size={size}"), "tmpfs"])
            .arg(folder)
            .stderr(Stdio::null())
            .status();
        mount.is_ok_and(|status| status.success()).then(|| Self(folder.to_owned()))
    }

    fn ballast(&self) -> PathBuf {
        self.0.join("ballast")
    }

    /// Fills the disk up to so many bytes.
    fn leave_free(&self, bytes: u64) {
        let free = bytes_free(&self.0);
        fs::write(
            self.ballast(),
            vec![1; usize::try_from(free.saturating_sub(bytes)).expect("a small disk")],
        )
        .expect("there is room for it");
    }

    fn give_back(&self) {
        fs::remove_file(self.ballast()).expect("the ballast is there");
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        // Lazily, since a process that is only just ending may still hold a file.
        let _ = Command::new("umount").arg("-l").arg(&self.0).status();
    }
}

fn bytes_free(folder: &Path) -> u64 {
    let answer = Outcome::of(Command::new("df").args(["--output=avail", "-B1"]).arg(folder));
    answer.stdout.lines().last().and_then(|line| line.trim().parse().ok()).expect("df names bytes")
}

/// Each line with an error is marked.
const TEN_ERRORS: &str = r#"[pack]
id = "Ten Errors" # error: not an id
title = "Ten errors"
licence = "CC0-1.0"
version = "one" # error: not a number
colour = "red" # error: unknown key

[[question]]
id = "ten.first"
ask = "What is wrong here?"
topic = "errors"
level = "wizard" # error: unknown level
kind = "riddle" # error: unknown kind
seconds = -5 # error: not a length
model_answer = "Nearly everything."

[[question.criterion]]
id = "all"
says = "Nearly everything is wrong"
weight = 0 # error: no weight
listen = [] # error: nothing to listen for

[[question.criterion]]
id = "all" # error: twice
says = "The same again"
weight = 1
listen = [["again"]]
within = "near" # error: not a number
"#;
