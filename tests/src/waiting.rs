//! Waiting for something that happens in another process, up to a deadline. A test never waits for an amount
//! of time and then hopes.

use std::thread;
use std::time::{Duration, Instant};

const LOOK_AGAIN: Duration = Duration::from_millis(25);

/// Asks again and again until `look` finds something.
///
/// # Panics
/// When `deadline` passes first; the message names `what`.
pub fn until<T>(what: &str, deadline: Duration, mut look: impl FnMut() -> Option<T>) -> T {
    let started = Instant::now();
    loop {
        if let Some(found) = look() {
            return found;
        }
        assert!(started.elapsed() < deadline, "waited {} s for {what}", deadline.as_secs());
        thread::sleep(LOOK_AGAIN);
    }
}
