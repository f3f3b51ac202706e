//! Bringing one's own questions and somebody's interview, in a real browser: by keyboard, and held to accessibility.

use viva_tests::browser::{Browser, Scripts};
use viva_tests::installation::Installation;
use viva_tests::page::Page;
use viva_tests::server::Server;
use viva_tests::skipped;

const NOTES: &str = "Q: What is a lease?\nA: A lock that ends by itself after a while, so that a dead holder blocks nobody.\n\n\
    Q: Who renews a lease?\nA: Its holder, well before it ends, and it stops working when the renewal fails.\n\n\
    Q: What is a fencing token?\nA: A number that grows with each lease; storage refuses writes with an older one.\n";

const TALK: &str = "Ada: What happens inside a HashMap when many keys collide in one bucket?\n\
    Ben: Um, colliding keys sit in a linked list, and with more than eight nodes the bucket becomes a red-black tree.\n";

fn paste(page: &Page<'_>, path: &str, text: &str) {
    page.open(path);
    page.browser.fill("textarea[name=text]", text);
    page.browser.click("form.bring section:last-child button");
    page.browser.wait_for("ol.found");
}

#[test]
fn pasted_questions_are_looked_at_by_keyboard_and_practised() {
    let browser = match Browser::start() {
        Ok(browser) => browser,
        Err(why) => return skipped("questions of one's own", &why),
    };
    let installation = Installation::new().without_sound();
    let server = Server::start(&installation);
    let page = Page::of(&browser, &server);

    page.open("/import");
    page.holds("import");
    paste(&page, "/import", NOTES);
    assert!(browser.text("h1").contains("Three questions found."));
    page.holds("import, what was found");
    browser.press('j');
    browser.wait_for("[data-key=k]");
    browser.press('d');
    browser.wait_for(".found .dropped");
    assert!(browser.text("h1").contains("Two questions found."));
    browser.press('u');
    browser.wait_for("[data-key=y]");
    assert!(browser.text("h1").contains("Three questions found."));
    browser.press('e');
    browser.wait_for("textarea[name=ask]");
    page.holds("import, one question");
    browser.press('\u{e00c}');
    browser.wait_for("#add");
    browser.click("#add");
    browser.wait_for("button#add");
    page.holds("import, what would change");
    browser.click("button#add");
    browser.wait_for("[data-key=n]");
    page.holds("import, added");
    browser.press('n');
    browser.wait_for("h1.ask");
    assert!(browser.path().starts_with("/sessions/"));
}

#[test]
fn an_interview_that_has_happened_is_reviewed_with_and_without_scripts() {
    let browser = match Browser::start() {
        Ok(browser) => browser,
        Err(why) => return skipped("review of an interview", &why),
    };
    let installation = Installation::new().without_sound();
    let server = Server::start(&installation);
    let page = Page::of(&browser, &server);

    page.open("/review");
    page.holds("review");
    paste(&page, "/review", TALK);
    assert!(browser.text("h1").contains("One answer found."));
    page.holds("review, answers");
    browser.click(".found a.primary");
    browser.wait_for(".score b");
    page.holds("review, feedback to one answer");

    browser.set_scripts(Scripts::Off);
    paste(&page, "/review", TALK);
    browser.click("button[value=leave]");
    browser.wait_for("button[value=take]");
    assert!(browser.text("h1").contains("No answer found."));
}
