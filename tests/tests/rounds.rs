//! The pages of a structured round in a real browser, with cards that are in and one recorded answer.

#[path = "../examples/rounds/fill.rs"]
mod fill;

use viva_core::round::Show;
use viva_storage_sqlite::SqliteStore;
use viva_tests::browser::Browser;
use viva_tests::installation::Installation;
use viva_tests::page::Page;
use viva_tests::server::Server;
use viva_tests::skipped;

#[test]
fn every_page_of_a_round_is_accessible_on_a_desk_and_a_phone_by_day_and_by_night() {
    let browser = match Browser::start() {
        Ok(browser) => browser,
        Err(why) => return skipped("rounds", &why),
    };
    let installation = Installation::new().without_sound();
    let url = format!("sqlite://{}", installation.database().display());
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let round = runtime.block_on(async {
        let store = SqliteStore::open(&url).await.expect("the database opens");
        store.migrate().await.expect("it takes the schema");
        let size = fill::Size { candidates: 8, questions: 4, raters: 4, show: Show::Names };
        fill::fill(&store, size).await.expect("the round is written")
    });
    let server = Server::start(&installation);
    let page = Page::of(&browser, &server);
    page.open("/sign-in");
    browser.script(&format!("document.cookie = 'viva-login={}; path=/'", "01".repeat(32)));

    let (base, candidate) = (format!("/rounds/{round}"), fill::candidate(7));
    let here = format!("{base}/candidates/{candidate}");
    let kit = {
        page.open("/kits");
        page.holds("kits");
        let href =
            browser.script("return document.querySelector('main a[href^=\"/kits/\"]').getAttribute('href')");
        href.as_str().expect("a link to a kit").to_owned()
    };
    for (name, path) in [
        ("kit", kit.clone()),
        ("guide", format!("{kit}/guide")),
        ("rounds", "/rounds".to_owned()),
        ("round", base.clone()),
        ("interview", format!("{here}?q=3")),
        ("card", format!("{here}/card")),
        ("matrix", format!("{base}/matrix")),
        ("matrix, opened", format!("{base}/matrix?cell={candidate}.3")),
        ("agreement", format!("{base}/agreement")),
        ("round on paper", format!("{base}/print")),
        ("afterwards", format!("{base}/afterwards")),
        ("candidate afterwards", format!("{here}/afterwards")),
        ("candidate erased", format!("{here}/erase")),
    ] {
        page.open(&path);
        page.holds(name);
    }
}
