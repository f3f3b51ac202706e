//! Looking back in a real browser: a retake beside the answer before it, the history, and progress.

use viva_tests::browser::Browser;
use viva_tests::installation::Installation;
use viva_tests::page::{Page, SCORE, SETTLING};
use viva_tests::server::Server;
use viva_tests::skipped;
use viva_tests::speech::text_of;

#[test]
fn a_retake_stands_beside_the_answer_before() {
    let browser = match Browser::start() {
        Ok(browser) => browser,
        Err(why) => return skipped("retake and compare", &why),
    };
    let installation = Installation::new().without_sound();
    let server = Server::start(&installation);
    let page = Page::of(&browser, &server);
    let good = text_of("good");
    let little: String = good.split_whitespace().take(30).collect::<Vec<_>>().join(" ");

    page.open_room();
    type_answer(&page, &little);
    browser.press('r');
    type_answer(&page, &good);
    browser.wait_for("a[data-key=c]");
    browser.press('c');
    browser.wait_for(".versus");
    let finding = browser.text(".versus + .lead");
    assert!(finding.contains("more.") && finding.contains("won"), "{finding}");
    assert!(browser.has("figure svg[role=img]"), "the scores are drawn");
    page.holds("compare");

    page.open("/progress");
    browser.click("figure summary");
    page.holds("progress");
    page.open("/history?q=hashmap");
    assert!(browser.has("tbody a[href^='/attempts/']"), "the wording is found");
    page.holds("history, filtered");
    page.open("/history?by=session");
    page.holds("sessions");
}

/// Types an answer in the room and waits for its score.
fn type_answer(page: &Page<'_>, answer: &str) {
    page.browser.fill("#answer", answer);
    page.browser.click("#typed button");
    page.browser.text_at_most(SETTLING, SCORE);
}
