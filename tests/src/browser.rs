//! A real browser without a window: Chromium through ChromeDriver, with a WAV file as its microphone.
//!
//! The calls here wait for what they ask for, up to a deadline, and fail the test with what was on the page.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD as BASE64;
use fantoccini::actions::{InputSource, KeyAction, KeyActions};
use fantoccini::elements::Element;
use fantoccini::error::CmdError;
use fantoccini::wd::WebDriverCompatibleCommand;
use fantoccini::{Client, ClientBuilder, Locator};
use hyper_util::client::legacy::connect::HttpConnector;
use serde_json::{Value, json};
use std::env;
use std::fmt;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};
use tempfile::TempDir;
use tokio::runtime::Runtime;

const START: Duration = Duration::from_secs(30);
const PAGE: Duration = Duration::from_secs(20);
const LOOK_AGAIN: Duration = Duration::from_millis(10);

/// Run before a click: brings the element into view.
const INTO_VIEW: &str =
    "document.querySelector(CSS)?.scrollIntoView({ block: 'center', behavior: 'instant' });";

/// Run before a click or a key: listens from outside the page's own scripts whether a form is sent or a link followed.
const LISTEN: &str = "
    if (window.leaves === undefined) {
        const here = (address) => address.split('#')[0];
        addEventListener('submit', (event) => {
            const form = event.target;
            if (!event.defaultPrevented && form.method !== 'dialog' && !form.target) window.leaves = true;
        });
        addEventListener('click', (event) => {
            const link = event.target.closest?.('a[href]');
            if (!link || event.defaultPrevented || link.target || link.hasAttribute('download')) return;
            if (here(link.href) !== here(location.href)) window.leaves = true;
        });
    }
    window.leaves = false;";

/// What the person before the screen has: its width, and how bright they like it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Screen {
    /// In CSS pixels.
    pub width: u32,
    /// In CSS pixels.
    pub height: u32,
    /// What the browser says the person prefers.
    pub scheme: Scheme,
}

/// Light or dark.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scheme {
    /// Dark on bright.
    Light,
    /// Bright on dark.
    Dark,
}

impl Screen {
    /// A desk, by day.
    pub const DESK: Self = Self { width: 1440, height: 900, scheme: Scheme::Light };
    /// A desk, at night.
    pub const DESK_AT_NIGHT: Self = Self { scheme: Scheme::Dark, ..Self::DESK };
    /// A telephone, by day.
    pub const PHONE: Self = Self { width: 390, height: 844, scheme: Scheme::Light };
    /// A telephone, at night.
    pub const PHONE_AT_NIGHT: Self = Self { scheme: Scheme::Dark, ..Self::PHONE };
    /// All of them.
    pub const ALL: [Self; 4] = [Self::DESK, Self::DESK_AT_NIGHT, Self::PHONE, Self::PHONE_AT_NIGHT];
}

impl fmt::Display for Screen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let scheme = match self.scheme {
            Scheme::Light => "light",
            Scheme::Dark => "dark",
        };
        write!(f, "{}-{scheme}", self.width)
    }
}

/// One browser with one page. Closed on drop.
#[derive(Debug)]
pub struct Browser {
    client: Client,
    runtime: Runtime,
    driver: Child,
    _profile: TempDir,
}

impl Browser {
    /// Starts a browser whose microphone hears nothing of interest.
    pub fn start() -> Result<Self, String> {
        Self::start_with(&[])
    }

    /// Starts a browser whose microphone hears `wav` once, from the moment a page listens.
    pub fn hearing(wav: &Path) -> Result<Self, String> {
        Self::start_with(&[format!("--use-file-for-fake-audio-capture={}%noloop", wav.display())])
    }

    fn start_with(flags: &[String]) -> Result<Self, String> {
        let chromium = find(&["chromium", "chromium-browser", "google-chrome"], "VIVA_CHROMIUM")?;
        let (driver, address) = start_driver()?;
        let profile = TempDir::with_prefix("viva-browser-").map_err(|error| error.to_string())?;
        let mut arguments = vec![format!("--user-data-dir={}", profile.path().display())];
        arguments.extend(FLAGS.iter().map(|flag| (*flag).to_owned()));
        arguments.extend(flags.iter().cloned());
        let capabilities = json!({
            "goog:chromeOptions": { "binary": chromium, "args": arguments },
            // Nobody vouches for the certificate that Viva makes; a person compares its fingerprint.
            "acceptInsecureCerts": true,
            "goog:loggingPrefs": { "browser": "ALL" },
        });
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .map_err(|error| error.to_string())?;
        let client = runtime.block_on(
            ClientBuilder::new(HttpConnector::new())
                .capabilities(capabilities.as_object().cloned().unwrap_or_default())
                .connect(&address),
        );
        match client {
            Ok(client) => Ok(Self { client, runtime, driver, _profile: profile }),
            Err(error) => {
                let mut driver = driver;
                let _ = driver.kill();
                let _ = driver.wait();
                Err(format!("the browser did not start: {error}"))
            }
        }
    }

    /// Gives the page this screen.
    pub fn set_screen(&self, screen: Screen) {
        self.devtools(
            "Emulation.setDeviceMetricsOverride",
            json!({ "width": screen.width, "height": screen.height, "deviceScaleFactor": 1, "mobile": false }),
        );
        let scheme = match screen.scheme {
            Scheme::Light => "light",
            Scheme::Dark => "dark",
        };
        self.devtools(
            "Emulation.setEmulatedMedia",
            json!({ "features": [{ "name": "prefers-color-scheme", "value": scheme }] }),
        );
    }

    /// Turns scripts off or on for the pages that follow.
    pub fn set_scripts(&self, scripts: Scripts) {
        let disabled = scripts == Scripts::Off;
        self.devtools("Emulation.setScriptExecutionDisabled", json!({ "value": disabled }));
    }

    /// Goes to an address and waits until the page has loaded.
    pub fn open(&self, address: &str) {
        self.wait(&format!("open {address}"), self.client.goto(address));
    }

    /// Where the browser is, without scheme and host, such as `/sessions/3`.
    pub fn path(&self) -> String {
        let url = self.wait("the address", self.client.current_url());
        url.path().to_owned()
    }

    /// Waits for an element and returns its text.
    pub fn text(&self, css: &str) -> String {
        self.text_at_most(PAGE, css)
    }

    /// The same with another deadline.
    pub fn text_at_most(&self, deadline: Duration, css: &str) -> String {
        self.with(deadline, css, css, |element| async move { element.text().await })
    }

    /// Does something with an element, again when the page it was found on has gone meanwhile.
    #[track_caller]
    fn with<T, D>(&self, deadline: Duration, css: &str, what: &str, doing: impl Fn(Element) -> D) -> T
    where
        D: Future<Output = Result<T, CmdError>>,
    {
        let until = Instant::now() + deadline;
        loop {
            let element = self.wait_at_most(deadline, css);
            match self.runtime.block_on(doing(element)) {
                Ok(value) => return value,
                Err(error) if error.is_stale_element_reference() && Instant::now() < until => {}
                Err(error) => panic!("{what}: {error}"),
            }
        }
    }

    /// Waits until the page, or the page after it, shows an element.
    pub fn wait_for(&self, css: &str) -> Element {
        self.wait_at_most(PAGE, css)
    }

    /// The same with another deadline, for what takes a model's time.
    pub fn wait_at_most(&self, deadline: Duration, css: &str) -> Element {
        let find = async { self.client.wait().at_most(deadline).for_element(Locator::Css(css)).await };
        match self.runtime.block_on(find) {
            Ok(element) => element,
            Err(error) => panic!("{css} is not on the page: {error}\n{}", self.describe()),
        }
    }

    /// Whether an element is on the page now.
    pub fn has(&self, css: &str) -> bool {
        let found = self.wait(css, self.client.find_all(Locator::Css(css)));
        !found.is_empty()
    }

    /// Clicks an element once it is there, scrolled to the middle as a person would. A click that asks for another page
    /// returns with that page: what the next step looks for may stand on the page before as well.
    #[track_caller]
    pub fn click(&self, css: &str) {
        self.wait_for(css);
        self.script(&INTO_VIEW.replace("CSS", &Value::String(css.to_owned()).to_string()));
        self.script(LISTEN);
        self.with(PAGE, css, &format!("click {css}"), |element| async move { element.click().await });
        self.follow(css);
    }

    /// Waits for the page that a click or a key asked for, if it asked for one.
    #[track_caller]
    fn follow(&self, what: &str) {
        let until = Instant::now() + PAGE;
        while self.is_leaving() {
            assert!(Instant::now() < until, "no page came after {what}, {}", self.describe());
            thread::sleep(LOOK_AGAIN);
        }
    }

    /// Whether the page has asked for another since it was listened to. While one gives way to the other, nothing answers.
    fn is_leaving(&self) -> bool {
        let leaves = self.runtime.block_on(self.client.execute("return window.leaves ?? false", Vec::new()));
        leaves.map_or(true, |leaves| leaves == true)
    }

    /// Types into a field.
    pub fn fill(&self, css: &str, text: &str) {
        self.with(PAGE, css, &format!("fill {css}"), |element| async move {
            element.clear().await?;
            element.send_keys(text).await
        });
    }

    /// Presses and releases one key, wherever the focus is, and comes back with the page that it asked for, as a click
    /// does. `' '` is Space, `'\u{e004}'` is Tab.
    #[track_caller]
    pub fn press(&self, key: char) {
        self.script(LISTEN);
        let keys = KeyActions::new("keyboard".to_owned())
            .then(KeyAction::Down { value: key })
            .then(KeyAction::Up { value: key });
        self.wait("press a key", self.client.perform_actions(keys));
        self.follow(&format!("the key {key:?}"));
    }

    /// Types wherever the focus is, as from a keyboard.
    pub fn type_keys(&self, text: &str) {
        let keys = text.chars().fold(KeyActions::new("keyboard".to_owned()), |keys, value| {
            keys.then(KeyAction::Down { value }).then(KeyAction::Up { value })
        });
        self.wait("type", self.client.perform_actions(keys));
    }

    /// Runs a script in the page, `return` gives its value.
    pub fn script(&self, script: &str) -> Value {
        self.wait("run a script", self.client.execute(script, Vec::new()))
    }

    /// Runs a script in the page that calls its last argument when it is done.
    pub fn script_async(&self, script: &str, arguments: Vec<Value>) -> Value {
        self.wait("run a script", self.client.execute_async(script, arguments))
    }

    /// The page as it was sent or has become.
    pub fn source(&self) -> String {
        self.wait("the page", self.client.source())
    }

    /// Writes a picture of the whole page, not only of what fits the screen: a small WebP, or a PNG of every pixel.
    pub fn screenshot(&self, file: &Path) {
        let small = file.extension().is_some_and(|extension| extension == "webp");
        let metrics = self.devtools("Page.getLayoutMetrics", json!({}));
        let size = &metrics["cssContentSize"];
        // Beyond the screen nothing scrolls, so the page is as wide there as the screen and its scroll bar.
        let width = self
            .script("return innerWidth")
            .as_f64()
            .unwrap_or(0.0)
            .max(size["width"].as_f64().unwrap_or(0.0));
        let wide = width > 1000.0;
        let (format, scale) = match (small, wide) {
            (true, true) => ("webp", 0.55),
            (true, false) => ("webp", 0.8),
            (false, _) => ("png", 1.0),
        };
        let mut wishes = json!({
            "format": format,
            "captureBeyondViewport": true,
            "clip": { "x": 0, "y": 0, "width": width, "height": size["height"], "scale": scale },
        });
        if small {
            wishes["quality"] = json!(50);
        }
        let picture = self.devtools("Page.captureScreenshot", wishes);
        let data = picture["data"].as_str().expect("a picture has data");
        let bytes = BASE64.decode(data).expect("the browser sends base64");
        if let Some(folder) = file.parent() {
            std::fs::create_dir_all(folder).expect("the folder for pictures can be made");
        }
        std::fs::write(file, bytes).expect("the picture can be written");
    }

    /// Closes the page as a person closes a tab, and goes on with an empty one.
    pub fn close_tab(&self) {
        let tab = self.wait("a new tab", self.client.new_window(true));
        self.wait("close the tab", self.client.close_window());
        self.wait("go to the new tab", self.client.switch_to_window(tab.handle));
    }

    /// Cuts the page off from every network, the loopback included, or joins it again.
    pub fn set_network(&self, network: Network) {
        let offline = network == Network::Off;
        self.devtools("Network.enable", json!({}));
        let limits = json!({
            "offline": offline, "latency": 0, "downloadThroughput": -1, "uploadThroughput": -1,
        });
        self.devtools("Network.emulateNetworkConditions", limits);
    }

    /// What the page's console holds that is worse than a remark, oldest first, since the last call.
    pub fn complaints(&self) -> Vec<String> {
        let log = self.command("se/log", json!({ "type": "browser" }));
        let entries = log.as_array().cloned().unwrap_or_default();
        let severe = entries.iter().filter(|entry| entry["level"] == "SEVERE");
        severe.filter_map(|entry| entry["message"].as_str().map(str::to_owned)).collect()
    }

    /// Sends a command of the browser's own tools.
    pub fn devtools(&self, method: &str, parameters: Value) -> Value {
        self.command("goog/cdp/execute", json!({ "cmd": method, "params": parameters }))
    }

    fn command(&self, path: &'static str, body: Value) -> Value {
        self.wait(path, self.client.issue_cmd(SessionCommand { path, body }))
    }

    #[track_caller]
    fn wait<T, E: fmt::Display>(&self, what: &str, doing: impl Future<Output = Result<T, E>>) -> T {
        match self.runtime.block_on(doing) {
            Ok(value) => value,
            Err(error) => panic!("{what}: {error}"),
        }
    }

    fn describe(&self) -> String {
        let address = self.runtime.block_on(self.client.current_url()).map(String::from).unwrap_or_default();
        let text = self.runtime.block_on(self.client.execute("return document.body.innerText", Vec::new()));
        format!(
            "at {address}:\n{}",
            text.ok().and_then(|text| text.as_str().map(str::to_owned)).unwrap_or_default()
        )
    }
}

/// Whether pages reach anybody.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Network {
    /// They do.
    On,
    /// They do not.
    Off,
}

/// Whether pages may run scripts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scripts {
    /// They may.
    On,
    /// They may not.
    Off,
}

impl Drop for Browser {
    fn drop(&mut self) {
        // The driver closes its browser when the session ends; when the session is gone already, so is the browser.
        let _ = self.runtime.block_on(self.client.clone().close());
        let _ = self.driver.kill();
        let _ = self.driver.wait();
    }
}

/// A command below the session's own address that the client has no call for.
#[derive(Debug)]
struct SessionCommand {
    path: &'static str,
    body: Value,
}

impl WebDriverCompatibleCommand for SessionCommand {
    fn endpoint(&self, base: &url::Url, session: Option<&str>) -> Result<url::Url, url::ParseError> {
        base.join(&format!("session/{}/{}", session.unwrap_or_default(), self.path))
    }

    fn method_and_body(&self, _request_url: &url::Url) -> (http::Method, Option<String>) {
        (http::Method::POST, Some(self.body.to_string()))
    }
}

/// No window, no first-run talk, no talk with its maker, and a microphone that needs neither hardware nor a click.
/// The sandbox is off because tests also run as root, in containers; the pages are our own.
const FLAGS: [&str; 13] = [
    "--headless",
    "--window-size=1440,900",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--disable-dev-shm-usage",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost",
    "--use-fake-ui-for-media-stream",
    "--use-fake-device-for-media-stream",
];

/// Starts ChromeDriver on a port of its own choosing and returns its address.
fn start_driver() -> Result<(Child, String), String> {
    let program = find(&["chromedriver"], "VIVA_CHROMEDRIVER")?;
    let mut driver = Command::new(program)
        .arg("--port=0")
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .map_err(|error| format!("chromedriver cannot be started: {error}"))?;
    let stdout = driver.stdout.take().expect("stdout was piped");
    let (send, ports) = mpsc::channel();
    thread::spawn(move || {
        for line in BufReader::new(stdout).lines().map_while(Result::ok) {
            if let Some((_, port)) = line.split_once("started successfully on port ") {
                // Nobody waits any more when the driver took too long; the line is then of no use.
                let _ = send.send(port.trim_end_matches('.').to_owned());
            }
        }
    });
    match ports.recv_timeout(START) {
        Ok(port) => Ok((driver, format!("http://127.0.0.1:{port}"))),
        Err(_) => {
            let _ = driver.kill();
            let _ = driver.wait();
            Err("chromedriver named no port".to_owned())
        }
    }
}

/// The first of `names` on the search path, unless `variable` says which.
fn find(names: &[&str], variable: &str) -> Result<PathBuf, String> {
    if let Some(program) = env::var_os(variable) {
        return Ok(program.into());
    }
    let path = env::var_os("PATH").unwrap_or_default();
    let mut candidates =
        names.iter().flat_map(|name| env::split_paths(&path).map(move |folder| folder.join(name)));
    candidates
        .find(|program| program.is_file())
        .ok_or_else(|| format!("{} is not installed (scripts/test installs it)", names[0]))
}
