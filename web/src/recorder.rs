//! What a page needs to mount the browser's microphone: `_recorder.html`, `recorder.js`, and this.
//!
//! To mount it on another page: put a [`Recorder`] named `recorder` into the page struct, link `recorder.css` and load
//! `recorder.js` as a module, and include `_recorder.html`. `start` is an address that takes `rate` and `device` as a
//! form and answers with [`crate::handlers::pieces::begun`] of an attempt that
//! [`viva_interview::Interview::record_pieces`] began; everything after it goes to `/attempts/{attempt}/pieces`. With
//! `after` set, the end of the answer leads there in place of its feedback. The script keeps what was not acknowledged
//! in the browser and sends it when any page with a recorder is opened again.

use viva_interview::Snapshot;

/// Begins the value of a microphone that is the browser's: `browser`, or `browser:` and the browser's own id for it.
pub const BROWSER: &str = "browser";

/// The browser's microphone on a page.
#[derive(Debug, Clone)]
pub struct Recorder {
    /// Where an answer is begun.
    pub start: String,
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

impl Recorder {
    /// For a page whose answers begin at `start`, with what is on air for it.
    pub fn new(start: String, on_air: Option<&Snapshot>) -> Self {
        let left = on_air.and_then(|take| {
            take.pieces.as_ref().map(|standing| Left {
                attempt: take.attempt.to_string(),
                pieces: format!("/attempts/{}/pieces", take.attempt),
                elapsed: take.elapsed.to_string(),
                next: standing.end,
                rate: standing.rate.0,
            })
        });
        Self { start, after: None, left }
    }
}
