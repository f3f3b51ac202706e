//! A round with three browsers at once: the owner and an interviewer who both rate, and a candidate elsewhere whose
//! microphone is a recording. From the kit to the cards, over SQLite and over PostgreSQL.

use std::io::Write;
use std::process::Stdio;
use std::time::Duration;
use viva_storage_postgres::testing::TestDatabase;
use viva_tests::browser::{Browser, Network};
use viva_tests::installation::{Installation, Outcome};
use viva_tests::page::{Page, SETTLING};
use viva_tests::server::Server;
use viva_tests::skipped;
use viva_tests::speech::Voices;
use viva_tests::waiting::until;

const PASSWORD: &str = "plain words in a row";
const WITHIN: Duration = Duration::from_secs(40);
const QUESTIONS: [&str; 3] = ["jvm.hashmap-treeify", "jvm.chm-cas", "jvm.happens-before"];
/// What the owner writes; it stands on no page of its own accord.
const OWN_NOTE: &str = "named the threshold of eight";

/// Who takes part, each before a browser of their own.
struct Cast<'a> {
    owner: Page<'a>,
    interviewer: Page<'a>,
    candidate: Page<'a>,
}

fn made_owner(installation: &Installation) {
    let mut process = installation
        .command(["people", "owner", "Olga"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the binary can be started");
    let mut stdin = process.stdin.take().expect("stdin was piped");
    stdin.write_all(format!("{PASSWORD}\n").as_bytes()).expect("it reads its stdin");
    drop(stdin);
    let made = Outcome::from(process.wait_with_output().expect("it ends"));
    assert!(made.status.success(), "{}", made.stderr);
}

fn link_shown(browser: &Browser) -> String {
    browser.wait_for("input.link");
    let link = browser.script("return document.querySelector('input.link').value");
    link.as_str().expect("a link is text").to_owned()
}

/// The seconds a clock on the page shows.
fn seconds(browser: &Browser, css: &str) -> Option<u32> {
    let shown = browser.script(&format!("return document.querySelector('{css}')?.textContent ?? ''"));
    let (minutes, rest) = shown.as_str()?.trim().split_once(':')?;
    Some(minutes.parse::<u32>().ok()? * 60 + rest.parse::<u32>().ok()?)
}

impl Cast<'_> {
    /// People, a kit, a round with its candidate. Leaves the candidate before the notice; the candidate's address.
    fn prepare(&self) -> String {
        let (olga, ben) = (self.owner.browser, self.interviewer.browser);
        self.owner.open("/sign-in");
        olga.fill("input[name=name]", "Olga");
        olga.fill("input[name=password]", PASSWORD);
        olga.click("main form button");
        olga.wait_for("nav a[href='/people']");
        self.owner.open("/people");
        olga.click("main form[action='/people/invitations'] button");
        ben.open(&link_shown(olga));
        ben.fill("input[name=name]", "Ben");
        ben.fill("input[name=password]", PASSWORD);
        ben.fill("input[name=again]", PASSWORD);
        ben.click("main form button");
        ben.wait_for("a[href='/account']");

        self.owner.open("/kits");
        olga.fill("input[name=title]", "Platform engineer");
        olga.script(
            "document.querySelectorAll('details').forEach((one) => (one.open = true));
             for (const box of document.querySelectorAll('input[name=questions]')) box.checked = false;",
        );
        for question in QUESTIONS {
            olga.click(&format!("input[value='{question}']"));
        }
        olga.click("main form button.primary");
        olga.wait_for("input[name=q2_minutes]");
        self.owner.holds("kit");
        self.owner.open("/rounds");
        olga.fill("input[name=title]", "Spring");
        olga.click("main form button.primary");
        olga.wait_for("#h-seats");
        olga.click("form:has(select[name=seat]) button");
        olga.wait_for("input[name=name]");
        olga.fill("input[name=name]", "Zoë Zimmer");
        olga.click("form[action$='/candidates'] button");
        olga.click("section[aria-labelledby=h-cards] form:not(:has(input[name=release])) button");
        olga.wait_for("button[aria-label^='Link to their room']");
        self.owner.holds("round with one candidate");
        let base = olga.script("return document.querySelector('tbody th a').getAttribute('href')");
        olga.click("button[aria-label^='Link to their room']");
        let link = link_shown(olga);
        self.owner.holds("link into the candidate's room");
        self.candidate.browser.open(&link);
        self.candidate.browser.click("main form button");
        base.as_str().expect("the candidate has an address").to_owned()
    }

    /// The candidate reads the notice and agrees. Until then nothing can be recorded.
    fn notice(&self, base: &str) {
        let zoe = self.candidate.browser;
        assert_eq!(zoe.text("h1"), "May your answers be recorded?");
        self.candidate.holds("room, the notice");
        self.owner.open(base);
        self.owner.browser.wait_for("button[disabled][aria-describedby=cannot]");
        zoe.click("form[action='/room/agree'] button");
        zoe.wait_for("details form[action='/room/opt-out']");
        assert_eq!(zoe.text("h1"), "Your interviewer opens each question here.");
        self.candidate.holds("room, waiting");
    }

    /// One question: opened, spoken, marked, ended. During the second the candidate's network is away.
    fn question(&self, base: &str, number: u32) {
        let (olga, zoe) = (self.owner.browser, self.candidate.browser);
        self.owner.open(&format!("{base}?q={number}"));
        olga.click(&format!("form[action='{base}/questions/{number}/open'] button"));
        olga.wait_for("#opened");
        zoe.wait_at_most(WITHIN, "[data-recorder][data-mounted]");
        if number == 1 {
            self.candidate.holds("room, a question is open");
        }
        zoe.click("[data-rec=start] button");
        zoe.wait_for("body[data-state=recording]");
        olga.wait_at_most(WITHIN, "button[value=begin]");
        olga.press(' ');
        olga.wait_for("button[value=end]");
        if number == 2 {
            zoe.set_network(Network::Off);
            olga.wait_at_most(WITHIN, "#line-says:not(:empty)");
        }
        let long = if number == 2 { 12 } else { 8 };
        until("the answer to be spoken", WITHIN, || {
            seconds(zoe, "[data-rec=elapsed]").filter(|elapsed| *elapsed >= long)
        });
        if number == 1 {
            self.owner.holds("interviewer's screen, the candidate's microphone live");
            self.candidate.holds("room, recording");
        }
        olga.press(' ');
        olga.wait_for("button[value=begin]");
        olga.click(&format!("form[action='{base}/stop'] button"));
        if number == 2 {
            olga.wait_for("#ending");
            self.owner.holds("interviewer's screen, the rest is on its way");
            zoe.set_network(Network::On);
        }
        olga.wait_at_most(WITHIN, "#h-takes");
        zoe.wait_at_most(WITHIN, "p[role=status]");
        let take = olga.text("#h-takes + ul li:last-child p");
        let marked = take.rsplit(' ').next().and_then(|time| time.strip_prefix("0:"));
        let marked: u32 = marked.and_then(|seconds| seconds.parse().ok()).expect("a length");
        assert!(marked + 6 >= long, "what was said while the network was away is there: {take}");
    }

    /// Every question rated with a note, and the card handed in.
    fn rates(&self, page: &Page<'_>, base: &str, mark: u32, note: &str) {
        let browser = page.browser;
        for number in 1..=QUESTIONS.len() {
            page.open(&format!("{base}?q={number}"));
            browser.fill("#line", note);
            browser.click(&format!("input[name=mark][value='{mark}']"));
            browser.click("button[name=next]");
            // Not before the answer is there: a page asked for meanwhile would be overtaken by it.
            if number < QUESTIONS.len() {
                browser.wait_for(&format!("a.done[href='{base}?q={number}']:not([aria-current])"));
            }
        }
        // After the last question comes the card.
        browser.click("input[name=recommendation][value=yes]");
        browser.fill("textarea[name=summary]", note);
        browser.click("button[name=then]");
        browser.wait_for("form[action$='/card/amend']");
    }
}

impl Cast<'_> {
    /// Side by side: every answer has two ratings two apart, and what was said stands beside them.
    fn decide(&self, round: &str) {
        let browser = self.interviewer.browser;
        self.interviewer.open(&format!("{round}/matrix"));
        let apart = browser.script("return document.querySelectorAll('table a.apart-by').length");
        assert_eq!(apart, QUESTIONS.len(), "a 4 and a 2 lie apart");
        self.interviewer.holds("matrix");
        browser.press('n');
        browser.wait_for("#cell blockquote.said");
        let said = browser.text("#cell").to_lowercase();
        assert!(said.contains(OWN_NOTE) && said.contains("tree"), "{said}");
        self.interviewer.holds("matrix, a cell that lies apart");
        self.interviewer.open(&format!("{round}/agreement"));
        assert_eq!(browser.text("h1"), "Too few to say how far the raters agree.");
        self.interviewer.holds("agreement");
    }

    /// Handed over and erased, by the owner alone.
    fn leave(&self, installation: &Installation, round: &str, base: &str) {
        let (olga, zoe) = (self.owner.browser, self.candidate.browser);
        self.interviewer.open(&format!("{base}/afterwards"));
        assert_eq!(self.interviewer.browser.text("h1"), "There is nothing at this address.");
        self.owner.open(&format!("{base}/afterwards"));
        self.owner.holds("candidate, afterwards");
        let zip = olga.script_async(
            "const done = arguments[arguments.length - 1];
             fetch(document.querySelector('a[href$=\"export.zip\"]').href)
                 .then((answer) => answer.arrayBuffer())
                 .then((bytes) => done(new TextDecoder('latin1').decode(bytes)));",
            Vec::new(),
        );
        let zip = zip.as_str().expect("the file");
        for name in ["candidate.html", "candidate.json", "ratings.csv", "recording-1.wav", "recording-1.vtt"]
        {
            assert!(zip.contains(name), "the file has no {name}");
        }
        let recordings = || {
            let takes = std::fs::read_dir(installation.data_dir().join("takes")).expect("a folder");
            takes
                .filter_map(Result::ok)
                .filter(|take| take.path().extension().is_some_and(|end| end == "wav"))
                .count()
        };
        assert_eq!(recordings(), QUESTIONS.len());
        olga.click("a[href$='/erase']");
        olga.wait_for("input[name=candidate]");
        self.owner.holds("erase a candidate");
        olga.click("main form button");
        olga.wait_for("#h-candidates");
        assert_eq!(recordings(), 0, "the recordings went with the candidate");
        self.owner.open(&format!("{round}/matrix"));
        assert!(!olga.source().contains("Zimmer"));
        self.candidate.open("/room");
        assert_eq!(zoe.text("h1"), "Sign in", "they are signed out");
    }
}

fn story(test: &str, installation: &Installation) {
    let voices = Voices::new();
    let browsers = [Browser::start(), Browser::start(), Browser::hearing(&voices.recording("brief"))];
    let [Ok(owner), Ok(interviewer), Ok(candidate)] = browsers else {
        return skipped(test, "three browsers did not start");
    };
    made_owner(installation);
    let server = Server::start(installation);
    let cast = Cast {
        owner: Page::of(&owner, &server),
        interviewer: Page::of(&interviewer, &server),
        candidate: Page::of(&candidate, &server),
    };
    let base = cast.prepare();
    cast.notice(&base);
    for number in 1..=3 {
        cast.question(&base, number);
    }

    // Blind: what the owner wrote is on no page of Ben's before his own card is in.
    cast.rates(&cast.owner, &base, 4, OWN_NOTE);
    let pages = [base.clone(), format!("{base}?q=2"), format!("{base}/card"), "/rounds".to_owned()];
    for path in &pages {
        cast.interviewer.open(path);
        let source = interviewer.source();
        assert!(!source.contains(OWN_NOTE) && !source.contains("machine’s score"), "{path} gives it away");
    }
    cast.interviewer.holds("rounds of an interviewer");
    cast.rates(&cast.interviewer, &base, 2, "left the threshold out");
    let told = until("the words and their scores", SETTLING, || {
        cast.interviewer.open(&format!("{base}/card"));
        let lines = interviewer.script("return document.querySelectorAll('#h-machine ~ ul li').length");
        (lines == QUESTIONS.len()).then(|| interviewer.source())
    });
    assert!(told.contains(OWN_NOTE) && told.contains("Olga"), "the other card is open");
    cast.interviewer.holds("both cards are in");
    let first = interviewer.script("return document.querySelector('#h-machine ~ ul strong').textContent");
    let first: f64 = first.as_str().and_then(|score| score.split(' ').next()?.parse().ok()).expect("a score");
    assert!(first > 15.0, "the first question was answered: {first}");

    // The candidate still finds their own room and nothing else.
    let round = base.split("/candidates").next().expect("a round has an address").to_owned();
    cast.candidate.open("/room");
    assert!(!candidate.source().contains(OWN_NOTE));
    for path in [base.as_str(), "/rounds", "/history", &format!("{round}/matrix")] {
        cast.candidate.open(path);
        assert_eq!(candidate.text("h1"), "There is nothing at this address.", "{path}");
    }
    cast.decide(&round);
    cast.leave(installation, &round, &base);
    assert!(server.stop().success());
    let verified = installation.run(["audit", "verify"]);
    assert!(verified.status.success(), "{verified:#?}");
}

#[test]
fn a_round_with_three_browsers_over_sqlite() {
    story("a round over SQLite", &Installation::new().without_sound());
}

#[test]
fn a_round_with_three_browsers_over_postgresql() {
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let Some(database) = runtime.block_on(TestDatabase::empty()) else {
        return skipped("a round over PostgreSQL", "its server is not installed (scripts/test installs it)");
    };
    let url = [("DATABASE_URL".to_owned(), database.url())];
    story("a round over PostgreSQL", &Installation::new().without_sound().with_env(url));
}
