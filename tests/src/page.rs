//! What a page must be on every screen, and the question that the recordings answer.

use crate::accessibility::assert_accessible;
use crate::browser::{Browser, Screen};
use crate::server::Server;
use std::fs;
use std::path::PathBuf;
use std::time::Duration;

/// The question that the recordings answer.
pub const QUESTION: &str = "jvm.hashmap-treeify";
/// The score on the feedback page that counts: a provisional one is waited out.
pub const SCORE: &str = "body:not(:has([data-settling])) .score b";
/// What of its model answer stands in no question, hint or other model answer.
pub const MODEL_ANSWER: &str = "six nodes or fewer";
/// Decoding what the model has not decoded while the answer was spoken.
pub const SETTLING: Duration = Duration::from_secs(90);

/// How much of the page has moved since it was opened without anybody pressing anything: Chromium's layout shift score.
const SHIFT: &str = "
    const done = arguments[arguments.length - 1];
    let sum = 0;
    new PerformanceObserver((list) => {
        for (const entry of list.getEntries()) if (!entry.hadRecentInput) sum += entry.value;
    }).observe({ type: 'layout-shift', buffered: true });
    setTimeout(() => done(sum), 50);";

/// A browser on a server's pages.
pub struct Page<'a> {
    /// The browser.
    pub browser: &'a Browser,
    /// The server.
    pub server: &'a Server,
}

impl<'a> Page<'a> {
    /// Joins the two.
    pub fn of(browser: &'a Browser, server: &'a Server) -> Self {
        Self { browser, server }
    }

    /// Goes to an address of the server.
    pub fn open(&self, path: &str) {
        self.browser.open(&self.server.page(path));
    }

    /// The room of the question all recordings answer.
    pub fn open_room(&self) {
        self.browser.open(&self.server.page("/questions"));
        self.browser.click(&format!("form:has(input[value='{QUESTION}']) button"));
        self.browser.wait_for("h1.ask");
    }

    /// On every screen: accessible, not wider than the screen, nothing fetched from elsewhere, no complaints. With
    /// `VIVA_SCREENSHOTS` set, a picture of it goes into that folder.
    #[track_caller]
    pub fn holds(&self, name: &str) {
        let shift = self.browser.script_async(SHIFT, Vec::new());
        assert!(shift.as_f64() < Some(0.02), "{name}: the layout moved by {shift} while it was drawn");
        for screen in Screen::ALL {
            self.browser.set_screen(screen);
            assert_accessible(self.browser);
            let width = self.browser.script("return document.documentElement.scrollWidth");
            assert!(width.as_u64() <= Some(u64::from(screen.width)), "{name} at {screen}: {width} px wide");
            if let Some(folder) = std::env::var_os("VIVA_SCREENSHOTS").map(PathBuf::from) {
                fs::create_dir_all(&folder).expect("the folder for pictures can be made");
                self.browser.screenshot(
                    &folder.join(format!("{}-{screen}.webp", name.replace(", ", "-").replace(' ', "-"))),
                );
            }
        }
        self.browser.set_screen(Screen::DESK);
        let elsewhere = self.browser.script(
            "return performance.getEntriesByType('resource').map(e => e.name).filter(n => !n.startsWith(location.origin))",
        );
        assert_eq!(elsewhere, serde_json::json!([]), "{name} fetches from elsewhere");
        let complaints = self.browser.complaints();
        // The browser repeats every refusal there; a page that refuses says so itself.
        let ours: Vec<_> =
            complaints.iter().filter(|line| !line.contains("the server responded with")).collect();
        assert!(ours.is_empty(), "{name}: {ours:#?}");
    }
}
