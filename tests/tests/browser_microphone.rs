//! The browser's own microphone, with a recording in its place: answers spoken at a desk and on a phone, while the
//! connection goes, the server dies, the tab is closed, the microphone goes away. Whatever happens, the take is the sound
//! the page took, byte for byte.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD as BASE64;
use std::collections::BTreeMap;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::time::Duration;
use viva_tests::browser::{Browser, Network, Screen};
use viva_tests::installation::Installation;
use viva_tests::page::{Page, SCORE, SETTLING};
use viva_tests::server::Server;
use viva_tests::skipped;
use viva_tests::speech::Voices;
use viva_tests::waiting::until;

const WITHIN: Duration = Duration::from_secs(40);

/// Notes every piece the page keeps, where it outlives the page; and lets a test get at the microphone.
const WITNESS: &str = "
    const put = IDBObjectStore.prototype.put;
    IDBObjectStore.prototype.put = function (value) {
        if (value.pcm) {
            let text = '';
            for (const byte of new Uint8Array(value.pcm)) text += String.fromCharCode(byte);
            localStorage.setItem(`witness ${String(value.number).padStart(6, '0')}`, btoa(text));
            localStorage.setItem('witness', value.attempt);
        }
        return put.apply(this, arguments);
    };
    const open = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
    navigator.mediaDevices.getUserMedia = async (wishes) => (window.microphone = await open(wishes));";

/// A page in front of somebody who answers with the browser's microphone.
struct Room<'a> {
    page: Page<'a>,
}

impl<'a> Room<'a> {
    fn open(browser: &'a Browser, server: &'a Server) -> Self {
        let page = Page::of(browser, server);
        page.open_room();
        Self { page }.witnessed()
    }

    fn witnessed(self) -> Self {
        self.browser().wait_for("[data-recorder][data-mounted]");
        self.browser().script(WITNESS);
        self
    }

    fn browser(&self) -> &'a Browser {
        self.page.browser
    }

    fn answer_aloud(&self) {
        self.browser().click("[data-rec=start] button");
        self.browser().wait_for("body[data-state=recording]");
    }

    /// Waits until so many seconds were taken.
    fn speak_until(&self, seconds: u32) {
        until(&format!("{seconds} seconds of sound"), WITHIN, || {
            let shown =
                self.browser().script("return document.querySelector('[data-rec=elapsed]').textContent");
            let (minutes, rest) = shown.as_str()?.split_once(':')?;
            let elapsed = minutes.parse::<u32>().ok()? * 60 + rest.parse::<u32>().ok()?;
            (elapsed >= seconds).then_some(())
        });
    }

    fn said(&self) -> String {
        self.browser().text("[data-rec=note]:not([hidden])")
    }

    fn score(&self) -> f64 {
        self.browser().text_at_most(SETTLING, SCORE).parse().expect("a score is a number")
    }

    /// The take on the server's disk and what the page took, compared byte for byte. Says how many seconds.
    #[track_caller]
    fn byte_for_byte(&self, installation: &Installation) -> u64 {
        let noted = self.browser().script("return Object.fromEntries(Object.entries(localStorage))");
        let noted: BTreeMap<String, String> = serde_json::from_value(noted).expect("texts by name");
        let attempt = &noted["witness"];
        let taken: Vec<u8> = noted
            .iter()
            .filter(|(name, _)| name.starts_with("witness "))
            .flat_map(|(_, text)| BASE64.decode(text).expect("the page writes base64"))
            .collect();
        let file = installation.data_dir().join(format!("takes/{attempt}.wav"));
        let wav = std::fs::read(&file).expect("the take is on disk");
        assert!(wav[44..] == taken, "{} bytes were taken, {} are kept", taken.len(), wav.len() - 44);
        let left = self.browser().script_async(
            "const done = arguments[0];
             indexedDB.open('viva', 1).onsuccess = ({ target }) => {
                 const all = target.result.transaction('pieces').objectStore('pieces').count();
                 all.onsuccess = () => done(all.result);
             };",
            Vec::new(),
        );
        assert_eq!(left, 0, "nothing is left in the browser");
        taken.len() as u64 / 32_000
    }
}

/// A browser that hears a recording, and an installation without any sound of its own.
fn start(test: &str, recording: &Path) -> Option<(Browser, Installation)> {
    match Browser::hearing(recording) {
        Ok(browser) => Some((browser, Installation::new().without_sound())),
        Err(why) => {
            skipped(test, &why);
            None
        }
    }
}

#[test]
fn at_a_desk_over_tls_an_answer_is_spoken_scored_and_heard_again() {
    let voices = Voices::new();
    let Some((browser, installation)) = start("browser's microphone at a desk", &voices.recording("brief"))
    else {
        return;
    };
    let server = Server::start_with(&installation, &["--tls", "--listen", "127.0.0.1"]);
    assert!(server.address().starts_with("https://"), "{}", server.address());
    let room = Room::open(&browser, &server);
    assert_eq!(browser.script("return window.isSecureContext"), true);
    room.answer_aloud();
    room.speak_until(8);
    assert_eq!(browser.text("[data-rec=level-word]"), "Level good");
    room.page.holds("the room, recording in the browser");
    browser.press(' ');
    assert!(room.score() > 15.0);
    assert!(room.byte_for_byte(&installation) >= 8);

    // The player: its keys, and the words that lead into the sound and follow it.
    browser.wait_for("[data-player][data-mounted]");
    room.page.holds("feedback to an answer from the browser");
    browser.press('>');
    assert_eq!(browser.text("[data-play=speed]"), "1.25×");
    browser.press('<');
    browser.press('<');
    assert_eq!(browser.text("[data-play=speed]"), "0.75×");
    browser.press('\u{e014}');
    assert_eq!(browser.text("[data-play=at]"), "0:03");
    let word = "[data-times] [data-word='8']";
    let at = browser.script(&format!("return Number(document.querySelector(\"{word}\").dataset.at)"));
    browser.click(word);
    until("the sound from two seconds before the word", WITHIN, || {
        let time = browser.script("return document.querySelector('audio').currentTime * 1000").as_f64()?;
        let from = (at.as_f64()? - 2_000.0).max(0.0);
        (time >= from && time < from + 3_000.0).then_some(())
    });
    browser.wait_for("[data-times] .now");
    browser.press(' ');
    assert_eq!(browser.script("return document.querySelector('audio').paused"), true);

    // Whoever leaves out the s is told, and the fingerprint on the page is the certificate's.
    let mut plain = TcpStream::connect(("127.0.0.1", server.port())).expect("the server listens");
    plain.write_all(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n").expect("a request");
    let mut told = String::new();
    plain.read_to_string(&mut told).expect("an answer");
    assert!(told.contains("Write https://"), "{told}");
    room.page.open("/connection");
    let doctor = installation.run(["doctor"]).stdout;
    assert!(doctor.contains(&browser.text("pre code")), "{doctor}");
    assert!(server.stop().success());
}

#[test]
fn on_a_phone_a_lost_connection_and_a_dead_server_cost_no_sample() {
    let voices = Voices::new();
    let Some((browser, installation)) = start("faults on a phone", &voices.said_over("brief", 6)) else {
        return;
    };
    let server = Server::start(&installation);
    let port = server.port();
    browser.set_screen(Screen::PHONE);
    let room = Room::open(&browser, &server);
    room.answer_aloud();
    room.speak_until(2);
    browser.set_network(Network::Off);
    // A whole minute, of which one waits no longer than for the others at a time.
    for second in [4, 33, 63] {
        room.speak_until(second);
    }
    assert!(room.said().contains("kept in this browser"), "{}", room.said());
    browser.set_network(Network::On);
    browser.wait_for("[data-rec=note][hidden]");
    room.speak_until(65);
    // The page is the same; only the server behind it dies and comes back.
    let page = Page { browser: &browser, server: &server };
    let room = Room { page };
    signal_kill(&server);
    room.speak_until(67);
    assert!(room.said().contains("Viva does not answer just now"), "{}", room.said());
    let again = Server::start_at(&installation, port, &[]);
    browser.wait_for("[data-rec=note][hidden]");
    room.speak_until(69);
    browser.press(' ');
    assert!(room.score() > 15.0);
    assert!(room.byte_for_byte(&installation) >= 69);
    browser.set_screen(Screen::PHONE);
    let width = browser.script("return document.documentElement.scrollWidth");
    assert!(width.as_u64() <= Some(390), "{width} px wide on a phone");
    drop(again);
}

fn signal_kill(server: &Server) {
    viva_tests::server::signal(server.id(), "KILL");
}

#[test]
fn a_closed_tab_and_a_microphone_that_goes_away_cost_no_sample_and_are_said() {
    let voices = Voices::new();
    let Some((browser, installation)) = start("a closed tab", &voices.recording("brief")) else { return };
    let server = Server::start(&installation);
    let room = Room::open(&browser, &server);
    let place = browser.path();

    // Refused, absent, taken: each says what to do, and nothing has begun.
    for (name, says) in [
        ("NotAllowedError", "Allow it beside the address"),
        ("NotFoundError", "No microphone was found"),
        ("NotReadableError", "in use by another program"),
    ] {
        browser.script(&format!(
            "window.asked ??= navigator.mediaDevices.getUserMedia;
             navigator.mediaDevices.getUserMedia = () => Promise.reject(new DOMException('', '{name}'));"
        ));
        browser.click("[data-rec=start] button");
        until(says, WITHIN, || room.said().contains(says).then_some(()));
        assert!(!browser.has("body[data-state]"));
    }
    browser.script("navigator.mediaDevices.getUserMedia = window.asked;");

    room.answer_aloud();
    room.speak_until(2);
    browser.script("window.microphone.getTracks()[0].dispatchEvent(new Event('mute'))");
    assert!(room.said().contains("The microphone is muted"), "{}", room.said());
    browser.script("window.microphone.getTracks()[0].dispatchEvent(new Event('unmute'))");
    browser.wait_for("[data-rec=note][hidden]");
    browser.script(
        "const [track] = window.microphone.getTracks(); track.stop(); track.dispatchEvent(new Event('ended'));",
    );
    browser.wait_for("body[data-state=paused]");
    assert!(room.said().contains("The microphone went away at 0:0"), "{}", room.said());
    browser.press('p');
    browser.wait_for("body[data-state=recording]");
    room.speak_until(5);

    // Closed while the connection is gone: what was not sent is in the browser only.
    browser.set_network(Network::Off);
    room.speak_until(6);
    browser.close_tab();
    browser.open(&server.page(&place));
    let room = room.witnessed();
    browser.wait_for("[data-rec-row=left]:not([hidden])");
    until("what was left to be sent", WITHIN, || {
        room.said().contains("Everything you said is here").then_some(())
    });
    // That nobody was there is no complaint about the page.
    browser.complaints();
    room.page.holds("the room, cut off");
    browser.press(' ');
    browser.wait_for("body[data-state=recording]");
    room.speak_until(9);
    browser.click("[data-rec-row=live] [data-rec=stop]");
    assert!(room.score() > 0.0);
    assert!(room.byte_for_byte(&installation) >= 8);
}
