//! One's own data through the binary: backed up while the server runs, restored elsewhere, exported, scored again.

use std::fs;
use std::io::{BufRead, BufReader};
use std::process::{Child, Stdio};
use std::time::Duration;
use viva_tests::accessibility::assert_accessible;
use viva_tests::browser::{Browser, Screen};
use viva_tests::installation::Installation;
use viva_tests::server::{Server, signal};
use viva_tests::skipped;
use viva_tests::waiting::until;

const QUESTION: &str = "jvm.hashmap-treeify";
const ANSWER: &str = "A+bucket+becomes+a+red-black+tree+at+eight+nodes.";

/// Answers a question in writing; the address of the feedback.
fn answered(server: &Server) -> String {
    let room = server.post("/sessions", &format!("questions={QUESTION}&mode=practice"));
    server.post(&format!("{room}/typed"), &format!("answer={ANSWER}"))
}

#[test]
fn a_backup_made_while_serving_is_restored_into_another_folder() {
    let here = Installation::new();
    let server = Server::start(&here);
    answered(&server);
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("viva.zip");
    let path = file.to_str().expect("UTF-8");
    here.must_run(["backup", path]);
    here.run(["backup", path]).assert_refused(&["there already", "--force"]);
    here.must_run(["backup", "--force", path]);
    here.run(["restore", path]).assert_refused(&["in use", "stop it first"]);

    let there = Installation::new();
    let restored = there.must_run(["restore", path]);
    assert!(restored.stdout.contains("1 answer,"), "{restored:#?}");
    let export = |installation: &Installation| {
        let out = installation.must_run(["export", "--all", "--format", "csv"]).stdout;
        assert!(out.contains("red-black tree"), "{out}");
        out
    };
    assert_eq!(export(&there), export(&here));

    // Once nothing holds the folder, a restore keeps what was there.
    assert!(server.stop().success());
    let again = here.must_run(["restore", path]);
    assert!(again.stdout.contains("before-restore-"), "{again:#?}");
    assert_eq!(export(&there), export(&here));

    let mut damaged = fs::read(&file).expect("the backup");
    let middle = damaged.len() / 2;
    damaged[middle] ^= 1;
    fs::write(&file, damaged).expect("a damaged copy");
    there.run(["restore", path]).assert_refused(&["viva.zip"]);
    assert_eq!(export(&there), export(&here));
}

#[test]
fn an_edited_rubric_is_tried_on_kept_answers_before_it_counts() {
    let installation = Installation::new();
    let server = Server::start(&installation);
    answered(&server);
    assert!(server.stop().success());
    let nothing = installation.must_run(["rescore"]);
    assert!(nothing.stdout.contains("No answer has a score of an older rubric."), "{nothing:#?}");

    let packs = installation.data_dir().join("rubrics");
    fs::create_dir_all(&packs).expect("a folder");
    let shipped =
        fs::read_to_string(viva_tests::checkout::root().join("rubrics/jvm.toml")).expect("the pack");
    let edited = shipped.replacen("weight = 3", "weight = 4", 1);
    assert_ne!(edited, shipped);
    fs::write(packs.join("jvm.toml"), edited).expect("the owner's own");
    let dry = installation.must_run(["rescore", "--dry-run", "--json"]);
    let dry: serde_json::Value = serde_json::from_str(&dry.stdout).expect("JSON");
    let answers = dry["answers"].as_array().expect("a list").len();
    let kept = installation.must_run(["rescore", "--pack", "jvm"]);
    assert!(
        kept.stdout.contains(if answers == 1 { "1 answer scored again" } else { "No answer" }),
        "{kept:#?}"
    );
    installation.run(["rescore", "--question", "no.such"]).assert_refused(&["no.such"]);
    installation.run(["rescore", "--pack", "nothing"]).assert_refused(&["nothing"]);
    installation.run(["export", "--all", "--format", "exe"]).assert_refused(&["exe", "json"]);
}

#[test]
fn a_worker_settles_what_waits_and_ends_when_told_to() {
    let installation = Installation::new();
    let once = installation.must_run(["worker", "--once"]);
    assert!(once.stdout.contains("0 still waiting"), "{once:#?}");
    let mut worker = installation
        .command(["worker"])
        .stderr(Stdio::piped())
        .spawn()
        .map(Ended)
        .expect("the binary can be started");
    let mut said = BufReader::new(worker.0.stderr.take().expect("stderr was piped")).lines();
    assert!(
        said.any(|line| line.is_ok_and(|line| line.contains("0 answers waiting"))),
        "it says that it works"
    );
    signal(worker.0.id(), "TERM");
    let ended = until("the worker to stop", Duration::from_secs(30), || worker.0.try_wait().ok().flatten());
    assert!(ended.success(), "{ended}");
}

#[test]
fn the_pages_of_ones_own_data_are_accessible_and_fit_every_screen() {
    let browser = match Browser::start() {
        Ok(browser) => browser,
        Err(why) => return skipped("the pages of one's own data", &why),
    };
    let installation = Installation::new();
    let server = Server::start(&installation);
    let holds = |path: &str| {
        browser.open(&server.page(path));
        for screen in Screen::ALL {
            browser.set_screen(screen);
            assert_accessible(&browser);
            let width = browser.script("return document.documentElement.scrollWidth");
            assert!(width.as_u64() <= Some(u64::from(screen.width)), "{path} at {screen}: {width} px wide");
        }
        browser.set_screen(Screen::DESK);
        assert!(browser.complaints().is_empty(), "{path}: {:#?}", browser.complaints());
    };
    holds("/data");
    let attempt = answered(&server);
    browser.open(&server.page(&attempt));
    let session = browser.script("return document.querySelector('.crumb a[href^=\"/sessions/\"]').pathname");
    let session = session.as_str().expect("a session").to_owned();
    for path in [
        "/data".to_owned(),
        "/data/delete".to_owned(),
        attempt.clone(),
        format!("{attempt}/delete"),
        session.clone(),
        format!("{session}/delete"),
        format!("{session}/print"),
    ] {
        holds(&path);
    }

    // Everything, by hand.
    browser.open(&server.page("/data"));
    browser.click("a[href='/data/delete']");
    browser.wait_for("input[name=word]");
    browser.script("document.querySelector('input[name=word]').value = 'delete'");
    browser.click("main form button");
    browser.wait_for("[role=status]");
    assert!(browser.text("h1").contains("Nothing is kept yet."), "{}", browser.text("h1"));
    assert!(server.stop().success());
}

/// A process that does not outlive its test.
struct Ended(Child);

impl Drop for Ended {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}
