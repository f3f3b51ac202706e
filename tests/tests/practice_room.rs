//! An evening of practice in a real browser: the microphone check, corrections, follow-ups, a run-through, and all of
//! it by the keyboard.

use viva_tests::browser::Browser;
use viva_tests::installation::Installation;
use viva_tests::microphone::VirtualMicrophone;
use viva_tests::page::{MODEL_ANSWER, Page, SCORE, SETTLING};
use viva_tests::server::Server;
use viva_tests::skipped;
use viva_tests::speech::{Voices, text_of};

const TAB: char = '\u{e004}';
const ENTER: char = '\u{e007}';
const ESCAPE: char = '\u{e00c}';

#[test]
fn the_microphone_is_tried_before_it_matters() {
    let (microphone, browser) = match (VirtualMicrophone::start(), Browser::start()) {
        (Ok(microphone), Ok(browser)) => (microphone, browser),
        (Err(why), _) | (_, Err(why)) => return skipped("microphone check", &why),
    };
    let installation = Installation::new().with_env(microphone.environment());
    let server = Server::start(&installation);
    let page = Page::of(&browser, &server);
    let voices = Voices::new();

    page.open("/");
    browser.press('l');
    browser.wait_for("select[name=device]");
    page.holds("microphone");
    browser.press(' ');
    browser.wait_for("[data-listening]");
    microphone.wait_for_a_listener();
    let speaking = microphone.start_speaking(&voices.recording("good"));
    browser.wait_at_most(SETTLING, "audio");
    assert_eq!(browser.text("h1"), "The level is good.");
    page.holds("microphone, good");
    drop(speaking);
    microphone.wait_for_no_listener();
    browser.press(ESCAPE);
    browser.wait_for("form[action='/sessions']");
    assert_eq!(browser.path(), "/");
}

#[test]
fn an_evening_by_the_keyboard_alone() {
    let browser = match Browser::start() {
        Ok(browser) => browser,
        Err(why) => return skipped("keyboard alone", &why),
    };
    let installation = Installation::new().without_sound();
    let server = Server::start(&installation);
    let page = Page::of(&browser, &server);

    // The first visit: start, take the hint, answer by typing.
    page.open("/");
    browser.press(ENTER);
    browser.wait_for("h1.ask");
    browser.press('s');
    browser.wait_for("nav[aria-label=Session]");
    page.open_room();
    browser.press('h');
    browser.wait_for("p.hint");
    page.holds("room with a hint");
    browser.press('t');
    browser.type_keys(&text_of("partial"));
    browser.press(TAB);
    browser.press(ENTER);
    let first: u32 = browser.text_at_most(SETTLING, SCORE).parse().expect("a score is a number");
    assert!(browser.source().contains("Given after the hint."));
    page.holds("feedback with follow-ups");

    // A follow-up, and back.
    browser.press('f');
    browser.wait_for("nav[aria-label=Session]");
    assert!(!browser.source().contains(MODEL_ANSWER), "a follow-up shows no model answer before its answer");
    page.holds("follow-up");
    browser.press('t');
    browser.type_keys(&text_of("good"));
    browser.press(TAB);
    browser.press(ENTER);
    browser.wait_at_most(SETTLING, SCORE);
    browser.press('n');
    browser.wait_for("#follow-ups .verdict");
    assert_eq!(browser.text(SCORE).parse(), Ok(first), "a follow-up leaves the score alone");

    // A correction keeps both versions.
    browser.press('e');
    browser.wait_for("#words");
    page.holds("correct the words");
    browser.script("document.getElementById('words').focus()");
    browser.type_keys(" The bucket becomes a red-black tree, so the worst case is logarithmic.");
    browser.press(TAB);
    browser.press(ENTER);
    browser.wait_for("ins");
    assert!(browser.source().contains("Corrected by you."));
    page.holds("feedback, corrected");

    // The list of keys opens and closes.
    browser.press('?');
    browser.wait_for("dialog[open]");
    browser.press(ESCAPE);
    browser.wait_for("dialog:not([open])");

    // Again, knowing the answer.
    browser.press('r');
    browser.wait_for("nav[aria-label=Session]");
    browser.press('m');
    browser.wait_for("section.hint");
    assert!(browser.source().contains(MODEL_ANSWER));
    page.holds("room with the model answer");
    browser.press('t');
    browser.type_keys(&text_of("good"));
    browser.press(TAB);
    browser.press(ENTER);
    let second: u32 = browser.text_at_most(SETTLING, SCORE).parse().expect("a score is a number");
    assert!(second > first, "{second} after {first}");
}

#[test]
fn a_run_through_tells_at_the_end_how_it_went() {
    let browser = match Browser::start() {
        Ok(browser) => browser,
        Err(why) => return skipped("run-through", &why),
    };
    let installation = Installation::new().without_sound();
    let server = Server::start(&installation);
    let page = Page::of(&browser, &server);
    page.open("/");
    browser.click("input[value=jvm]");
    browser.fill("input[name=count]", "2");
    browser.click("input[value=run-through]");
    browser.click("aside button");
    for _ in 0..2 {
        browser.wait_for("h1.ask");
        browser.fill("#answer", &text_of("good"));
        browser.click("#typed button");
    }
    browser.wait_at_most(SETTLING, "table.fold strong");
    assert!(browser.path().starts_with("/sessions/"));
    page.holds("session");
}

#[test]
fn a_first_visit_ends_as_if_it_had_never_been() {
    let browser = match Browser::start() {
        Ok(browser) => browser,
        Err(why) => return skipped("delete everything", &why),
    };
    let installation = Installation::new().without_sound();
    let server = Server::start(&installation);
    let page = Page::of(&browser, &server);

    page.open("/");
    assert_eq!(browser.text("h1"), "Answer one question aloud.");
    page.open_room();
    browser.fill("#answer", &text_of("good"));
    browser.click("#typed button");
    browser.wait_at_most(SETTLING, SCORE);
    page.open("/");
    assert!(browser.has("a[href^='/attempts/']"), "the answer is among the recent ones");

    page.open("/data");
    browser.click("a[href='/data/delete']");
    browser.wait_for("form[action='/data/delete']");
    page.holds("delete everything");
    browser.click("form[action='/data/delete'] button");
    page.holds("delete everything, unsure");
    browser.fill("form[action='/data/delete'] input:not([type=hidden])", "delete");
    browser.click("form[action='/data/delete'] button");
    browser.wait_for("dl.kept");
    page.open("/history");
    assert!(!browser.has("a[href^='/attempts/']"));
    page.open("/");
    assert_eq!(browser.text("h1"), "Answer one question aloud.");
}
