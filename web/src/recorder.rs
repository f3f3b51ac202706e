//! What a page needs to mount the browser's microphone: `_recorder.html`, `recorder.js`, and this.
//!
//! To mount it on another page: put a [`Recorder`] named `recorder` into the page struct, link `recorder.css`, load
//! `recorder.js` as a module, and include `_recorder.html` behind the page's main part. `start` is an address that takes
//! `rate` and `device` as a form ([`crate::handlers::pieces::FormatForm`]) and answers with
//! [`crate::handlers::pieces::begun`] of an attempt that [`viva_interview::Interview::record_pieces`] began, or with
//! [`crate::handlers::pieces::refused`]; everything after it goes to `/attempts/{attempt}/pieces`, or, for a candidate of a
//! round, where [`crate::handlers::pieces::begun_at`] says (`_recorder_own.html`, without words). With `after` set, the
//! end of the answer leads there in place of its feedback. On the page, what is marked `data-while="ready"` hides while
//! an answer is given, and `data-rec="draft"` (with `settled` and `tail` in it) shows. The script keeps what was not
//! acknowledged in the browser and sends it when any page with a recorder is opened again.

use crate::handlers::room::level_says;
use viva_audio::Status;
use viva_core::units::Millis;
use viva_interview::Snapshot;

/// Begins the value of a microphone that is the browser's: `browser`, or `browser:` and the browser's own id for it.
pub const BROWSER: &str = "browser";

/// The browser's microphone on a page.
#[derive(Debug, Clone)]
pub struct Recorder {
    /// Where an answer is begun.
    pub start: String,
    /// How long an answer is meant to be, in seconds.
    pub seconds: u32,
    /// State, time and level as they are when the page is drawn.
    pub meters: Meters,
    /// Where its end leads; to its feedback where none is given.
    pub after: Option<String>,
    /// An answer that a page began and lost.
    pub left: Option<Left>,
}

/// An answer in pieces that this page did not begin.
#[derive(Debug, Clone)]
pub struct Left {
    /// Its id.
    pub attempt: String,
    /// Where its pieces go.
    pub pieces: String,
    /// How much of it is here.
    pub elapsed: String,
    /// The number of the next new piece.
    pub next: u32,
    /// The rate its pieces have.
    pub rate: u32,
}

/// State, time and level of what is on air.
#[derive(Debug, Clone)]
pub struct Meters {
    /// The class of the state's pill.
    pub pill: &'static str,
    /// The state in a word.
    pub status: &'static str,
    /// The time so far.
    pub elapsed: String,
    /// The time an answer is meant to take.
    pub target: String,
    /// Whether it takes longer.
    pub over: bool,
    /// The bar's width of 600, of which 400 are the target.
    pub bar_width: String,
    /// The level in a word.
    pub level_word: &'static str,
}

impl Meters {
    fn new(on_air: Option<&Snapshot>, target: Millis) -> Self {
        let elapsed = on_air.map(|take| take.elapsed).unwrap_or_default();
        let (pill, status) = match on_air.map(|take| (take.status, take.pieces.is_some())) {
            Some((Status::Recording | Status::Paused, true)) => ("ready", "Cut off"),
            Some((Status::Recording, false)) => ("live", "Recording"),
            Some((Status::Paused, false)) => ("ready", "Paused"),
            Some((Status::Ended(_), _)) | None => ("ready", "Ready"),
        };
        Self {
            pill,
            status,
            elapsed: elapsed.to_string(),
            target: target.to_string(),
            over: elapsed > target,
            bar_width: format!("{:.0}", (400.0 * elapsed.0 as f64 / target.0.max(1) as f64).min(600.0)),
            level_word: on_air
                .filter(|take| take.pieces.is_none())
                .map_or("Microphone off", |take| level_says(take.level.word)),
        }
    }
}

impl Recorder {
    /// For a page whose answers begin at `start` and are meant to take so many seconds, with what is on air for it.
    pub fn new(start: String, seconds: u32, on_air: Option<&Snapshot>) -> Self {
        let left = on_air.and_then(|take| {
            take.pieces.as_ref().map(|standing| Left {
                attempt: take.attempt.to_string(),
                pieces: format!("/attempts/{}/pieces", take.attempt),
                elapsed: take.elapsed.to_string(),
                next: standing.end,
                rate: standing.rate.0,
            })
        });
        let meters = Meters::new(on_air, Millis(u64::from(seconds) * 1000));
        Self { start, seconds, meters, after: None, left }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::page::Shell;
    use askama::Template;

    #[derive(Template)]
    #[template(path = "_recorder.html")]
    struct Alone {
        shell: Shell,
        recorder: Recorder,
    }

    #[test]
    fn it_stands_on_a_page_of_its_own() {
        let shell = Shell::bare();
        let mut recorder = Recorder::new("/rounds/1/room/2/pieces".to_owned(), 90, None);
        recorder.after = Some("/rounds/1/thanks".to_owned());
        let ready = Alone { shell: shell.clone(), recorder: recorder.clone() }.render().unwrap();
        assert!(ready.contains("data-start=\"/rounds/1/room/2/pieces\" data-seconds=\"90\""), "{ready}");
        assert!(ready.contains("data-after=\"/rounds/1/thanks\"") && ready.contains("of 1:30"), "{ready}");
        let left = Left {
            attempt: "a".to_owned(),
            pieces: "/attempts/a/pieces".to_owned(),
            elapsed: "0:47".to_owned(),
            next: 184,
            rate: 16_000,
        };
        recorder.left = Some(left);
        let cut_off = Alone { shell, recorder }.render().unwrap();
        assert!(cut_off.contains("data-next=\"184\"") && cut_off.contains("Stop here"), "{cut_off}");
    }
}
