//! The pages in a real browser: one spoken answer by keyboard, and every state held to accessibility.

use viva_tests::browser::{Browser, Scripts};
use viva_tests::installation::Installation;
use viva_tests::microphone::VirtualMicrophone;
use viva_tests::page::{MODEL_ANSWER, Page, SCORE, SETTLING};
use viva_tests::server::Server;
use viva_tests::skipped;
use viva_tests::speech::{Voices, text_of};

#[test]
fn a_spoken_answer_by_keyboard_leads_to_its_score_and_the_model_answer() {
    let (microphone, browser) = match (VirtualMicrophone::start(), Browser::start()) {
        (Ok(microphone), Ok(browser)) => (microphone, browser),
        (Err(why), _) | (_, Err(why)) => return skipped("spoken answer on the pages", &why),
    };
    let installation = Installation::new().with_env(microphone.environment());
    let server = Server::start(&installation);
    let page = Page::of(&browser, &server);

    page.open_room();
    page.holds("the room, ready");
    assert!(
        !browser.source().contains(MODEL_ANSWER),
        "the model answer is on the page before the answer is in"
    );

    browser.press(' ');
    microphone.wait_for_a_listener();
    browser.wait_for("body[data-state=recording]");
    page.holds("the room, recording");
    assert!(
        !browser.source().contains(MODEL_ANSWER),
        "the model answer is on the page while the answer is spoken"
    );
    microphone.speak(&Voices::new().recording("good"));
    browser.press(' ');

    let score: f64 = browser.text_at_most(SETTLING, SCORE).parse().expect("a score is a number");
    assert!(score >= 70.0, "{score}");
    assert!(browser.text(".said.model").contains(MODEL_ANSWER));
    assert!(browser.has("#said mark.met"), "words that earned credit are marked");
    page.holds("feedback");
    microphone.wait_for_no_listener();

    browser.open(&server.page("/history"));
    page.holds("history");
    assert!(browser.has("a[href^='/attempts/']"));
    assert!(server.stop().success());
}

#[test]
fn silence_is_no_answer_on_the_pages() {
    let (microphone, browser) = match (VirtualMicrophone::start(), Browser::start()) {
        (Ok(microphone), Ok(browser)) => (microphone, browser),
        (Err(why), _) | (_, Err(why)) => return skipped("silence on the pages", &why),
    };
    let installation = Installation::new().with_env(microphone.environment());
    let server = Server::start(&installation);
    let page = Page::of(&browser, &server);

    page.open_room();
    browser.press(' ');
    microphone.wait_for_a_listener();
    browser.wait_for("body[data-state=recording]");
    microphone.speak(&Voices::new().silence(3));
    browser.press(' ');
    browser.wait_at_most(SETTLING, "body:not([data-state=recording])");
    page.holds("after silence");
    assert!(!browser.has(SCORE), "silence has no score");
    assert!(!browser.source().contains(MODEL_ANSWER), "silence opens no model answer");
}

#[test]
fn a_typed_answer_is_scored_without_a_microphone_and_without_scripts() {
    let browser = match Browser::start() {
        Ok(browser) => browser,
        Err(why) => return skipped("typed answer", &why),
    };
    let installation = Installation::new().without_sound();
    let server = Server::start(&installation);
    let page = Page::of(&browser, &server);
    browser.set_scripts(Scripts::Off);
    page.open_room();
    browser.fill("#answer", &text_of("good"));
    browser.click("#typed button");
    let score: f64 = browser.text_at_most(SETTLING, SCORE).parse().expect("a score is a number");
    assert!(score >= 70.0, "{score}");
}

#[test]
fn every_page_is_accessible_on_a_desk_and_a_phone_by_day_and_by_night() {
    let browser = match Browser::start() {
        Ok(browser) => browser,
        Err(why) => return skipped("pages", &why),
    };
    let installation = Installation::new();
    let server = Server::start(&installation);
    let page = Page::of(&browser, &server);
    for (name, path) in [
        ("home", "/"),
        ("questions", "/questions"),
        ("question", "/questions/jvm.hashmap-treeify"),
        ("question-answer", "/questions/jvm.hashmap-treeify?show=answer"),
        ("bench", "/questions/jvm.hashmap-treeify/bench"),
        ("no-history", "/history"),
        ("no-progress", "/progress"),
        ("no-attempts", "/questions/jvm.hashmap-treeify/attempts"),
        ("connection", "/connection"),
        ("lost", "/no-such"),
    ] {
        browser.open(&server.page(path));
        page.holds(name);
    }
    page.open_room();
    page.holds("room-without-sound");
}
