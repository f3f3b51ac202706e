//! The harness holds what it promises: without this, a story could pass because nothing was heard.

use std::net::UdpSocket;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use viva_tests::accessibility;
use viva_tests::browser::{Browser, Screen, Scripts};
use viva_tests::microphone::VirtualMicrophone;
use viva_tests::network::{self, AttemptsToLeave};
use viva_tests::skipped;
use viva_tests::speech::Voices;

#[test]
fn what_is_played_is_heard_by_whoever_listens_and_in_real_time() {
    let microphone = match VirtualMicrophone::start() {
        Ok(microphone) => microphone,
        Err(why) => return skipped("virtual microphone", &why),
    };
    let voices = Voices::new();
    let folder = tempfile::tempdir().expect("a temporary folder");
    let heard = folder.path().join("heard.wav");
    let mut listener = Command::new("parecord")
        .envs(microphone.environment())
        .args(["--file-format=wav", "--latency-msec=50"])
        .arg(&heard)
        .stderr(Stdio::null())
        .spawn()
        .expect("parecord");
    microphone.wait_for_a_listener();
    microphone.speak(&voices.silence(2));
    viva_tests::server::signal(listener.id(), "INT");
    listener.wait().expect("parecord ends");
    let samples: Vec<i16> =
        hound::WavReader::open(&heard).expect("a WAV").samples().map(|s| s.expect("a sample")).collect();
    let spoken = samples.iter().filter(|sample| **sample != 0).count();
    let seconds = spoken as f64 / 2.0 / 44_100.0;
    assert!((1.5..2.5).contains(&seconds), "two seconds were played, {seconds:.2} s were heard");
    microphone.wait_for_no_listener();
}

#[test]
fn an_attempt_to_leave_the_loopback_is_counted() {
    network::cut_to_loopback("an_attempt_to_leave_the_loopback_is_counted", || {
        let before = AttemptsToLeave::so_far();
        let socket = UdpSocket::bind("0.0.0.0:0").expect("a socket");
        // An address for documentation (RFC 5737); there is no route to it in here.
        assert!(socket.send_to(b"anyone?", "192.0.2.1:9").is_err());
        let loopback = UdpSocket::bind("127.0.0.1:0").expect("a socket");
        let neighbour = loopback.local_addr().expect("an address");
        socket.send_to(b"hello", neighbour).expect("the loopback is open");
        assert_eq!(AttemptsToLeave::so_far(), AttemptsToLeave { v4: before.v4 + 1, ..before });
    });
}

#[test]
fn a_page_is_opened_read_photographed_and_held_to_accessibility() {
    let browser = match Browser::start() {
        Ok(browser) => browser,
        Err(why) => return skipped("browser", &why),
    };
    let folder = tempfile::tempdir().expect("a temporary folder");
    let page: PathBuf = folder.path().join("page.html");
    std::fs::write(
        &page,
        "<!doctype html><html lang='en'><title>A page</title><style>@media (prefers-color-scheme: dark)
         { body { background: #000; color: #fff } }</style><main><h1>Hello</h1><p id='said'>nothing</p></main>
         <script>addEventListener('keydown', event => said.textContent = event.code)</script></html>",
    )
    .expect("a page");
    browser.open(&format!("file://{}", page.display()));
    assert_eq!(browser.text("h1"), "Hello");
    browser.press(' ');
    assert_eq!(browser.text("#said"), "Space");
    for screen in Screen::ALL {
        browser.set_screen(screen);
        assert_eq!(browser.script("return innerWidth"), screen.width);
        let background = browser.script("return getComputedStyle(document.body).backgroundColor");
        assert_eq!(background == "rgb(0, 0, 0)", screen.scheme == viva_tests::browser::Scheme::Dark);
        let png = folder.path().join(format!("{screen}.png"));
        browser.screenshot(&png);
        assert!(std::fs::read(&png).expect("a picture").starts_with(b"\x89PNG"));
    }
    accessibility::assert_accessible(&browser);
    assert!(browser.complaints().is_empty());

    browser.script("document.documentElement.removeAttribute('lang')");
    assert!(accessibility::violations(&browser).contains("html-has-lang"));

    browser.set_scripts(Scripts::Off);
    browser.open(&format!("file://{}", page.display()));
    browser.press(' ');
    assert_eq!(browser.text("#said"), "nothing");
}
