//! People in a real browser: the first owner, an invitation, signing in and out, the second step, without a script.

use std::io::Write;
use std::process::Stdio;
use viva_tests::browser::{Browser, Scripts};
use viva_tests::installation::{Installation, Outcome};
use viva_tests::page::Page;
use viva_tests::server::Server;
use viva_tests::skipped;

const PASSWORD: &str = "plain words in a row";

fn join(browser: &Browser, name: &str) {
    browser.fill("input[name=name]", name);
    browser.fill("input[name=password]", PASSWORD);
    browser.fill("input[name=again]", PASSWORD);
    browser.click("main form button");
}

/// Runs a command that reads a password from its stdin.
fn with_input(installation: &Installation, arguments: &[&str], input: &[u8]) -> Outcome {
    let mut process = installation
        .command(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the binary can be started");
    process.stdin.take().expect("stdin was piped").write_all(input).expect("it reads its stdin");
    Outcome::from(process.wait_with_output().expect("it ends"))
}

#[test]
fn an_owner_invites_an_interviewer_who_sees_no_practice() {
    let browser = match Browser::start() {
        Ok(browser) => browser,
        Err(why) => return skipped("people", &why),
    };
    let installation = Installation::new().without_sound();
    let server = Server::start(&installation);
    let page = Page::of(&browser, &server);

    page.open("/people/owner");
    page.holds("the first owner");
    browser.fill("input[name=name]", "Ana");
    browser.fill("input[name=password]", "short but long enough");
    browser.fill("input[name=again]", "not the same at all");
    browser.click("main form button");
    browser.wait_for("[aria-invalid]");
    page.holds("the first owner, refused");
    join(&browser, "Ana");
    browser.wait_for("table");
    page.holds("people");
    browser.click("main form[action='/people/invitations'] button");
    browser.wait_for(".link");
    page.holds("people, invited");
    let link = browser.script("return document.querySelector('.link').value");
    let link = link.as_str().expect("a link is text").to_owned();
    assert!(link.starts_with(&server.page("/join/")), "{link}");
    page.open("/account");
    page.holds("account");
    page.open("/account/second-step");
    page.holds("second step");
    page.open("/");
    page.holds("home of an owner");

    browser.click("form[action='/sign-out'] button");
    browser.wait_for("input[name=password]");
    page.holds("signed out");
    browser.fill("input[name=name]", "Ana");
    browser.fill("input[name=password]", "not the right words");
    browser.click("main form button");
    browser.wait_for("[aria-invalid]");
    page.holds("sign in, refused");

    browser.set_scripts(Scripts::Off);
    browser.open(&link);
    browser.set_scripts(Scripts::On);
    page.holds("invitation");
    join(&browser, "Ben");
    browser.wait_for("h1");
    assert_eq!(browser.text("h1"), "No rounds yet");
    page.holds("rounds of a new interviewer");
    page.open("/account");
    assert_eq!(browser.text("h1"), "Ben, interviewer");
    page.holds("account of an interviewer");
    page.open("/history");
    assert_eq!(browser.text("h1"), "This page is for another role.");
    page.holds("another role");
    page.open("/");
    assert_ne!(browser.path(), "/", "practice is the owner's");
    browser.open(&link);
    assert_eq!(browser.text("h1"), "This opens nothing any more.");
    assert!(server.stop().success());
}

#[test]
fn an_owner_is_made_in_the_terminal_and_a_candidate_only_enters_a_room() {
    let browser = match Browser::start() {
        Ok(browser) => browser,
        Err(why) => return skipped("people", &why),
    };
    let installation = Installation::new().without_sound();
    let made = with_input(&installation, &["people", "owner", "Ana"], format!("{PASSWORD}\n").as_bytes());
    assert!(made.status.success(), "{}", made.stderr);
    let short = with_input(&installation, &["people", "owner", "Eve"], b"short\n");
    assert!(!short.status.success() && short.stderr.contains("at least 15"), "{}", short.stderr);
    let server = Server::start(&installation);
    let page = Page::of(&browser, &server);
    let (round, candidate) = ("00000000-0000-7000-8000-000000000001", "00000000-0000-7000-8000-000000000002");
    let invited = installation.run([
        "people",
        "invite",
        "--role",
        "candidate",
        "--round",
        round,
        "--candidate",
        candidate,
        "--address",
        server.address(),
    ]);
    assert!(invited.status.success(), "{}", invited.stderr);
    browser.open(invited.stdout.trim());
    page.holds("invitation of a candidate");
    browser.click("main form button");
    browser.wait_for("main a[href='/']");
    assert_eq!(browser.text("h1"), "This opens nothing any more.", "nobody is interviewed in that round");
    page.open("/");
    assert_eq!(browser.path(), "/room");
    page.open("/data");
    assert_eq!(browser.text("h1"), "There is nothing at this address.");
    let listed = installation.run(["people", "list"]);
    assert!(listed.stdout.starts_with("Ana\towner\tpassword only\t"), "{}", listed.stdout);
    let reset = with_input(&installation, &["people", "reset", "ana"], b"quite another phrase here\n");
    assert!(reset.status.success(), "{}", reset.stderr);
}
