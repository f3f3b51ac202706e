//! How long one waits after sign-ins that failed. A rule over times; it keeps nothing.
//!
//! A name gets five tries, then a wait that doubles up to a quarter of an hour: a hundred guesses a day, as NIST
//! SP 800-63B allows. An address gets more tries and shorter waits, because a whole office may share one.

use viva_core::clock::Timestamp;
use viva_core::units::Millis;

/// How far back failures count.
pub const COUNTED: Millis = Millis(24 * 60 * 60 * 1000);

/// What may be tried.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Patience {
    /// Tries before the first wait.
    free: usize,
    /// The longest wait.
    longest: Millis,
}

/// For one name.
pub const NAME: Patience = Patience { free: 5, longest: Millis(15 * 60 * 1000) };
/// For one address.
pub const ADDRESS: Patience = Patience { free: 30, longest: Millis(60 * 1000) };

const FIRST: u64 = 15_000;

impl Patience {
    /// How long to wait from now on, after failures at these times, the earliest first. Zero: try now.
    pub fn wait(self, failures: &[Timestamp], now: Timestamp) -> Millis {
        let Some(last) = failures.last() else { return Millis(0) };
        let Some(beyond) = failures.len().checked_sub(self.free) else { return Millis(0) };
        let wait = FIRST.saturating_mul(1 << beyond.min(20)).min(self.longest.0);
        let until = last.after(Millis(wait));
        Millis(u64::try_from(until.0.saturating_sub(now.0)).unwrap_or(0))
    }
}

/// A wait as people say it.
pub fn says(wait: Millis) -> String {
    let seconds = wait.0.div_ceil(1000);
    match seconds {
        0 | 1 => "1 second".to_owned(),
        2..=90 => format!("{seconds} seconds"),
        _ => format!("{} minutes", seconds.div_ceil(60)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn failed(times: usize) -> Vec<Timestamp> {
        vec![Timestamp(1_000_000); times]
    }

    #[test]
    fn waits_double_and_end() {
        let now = Timestamp(1_000_000);
        let waits: Vec<u64> = [0, 4, 5, 6, 7, 10, 11, 500]
            .iter()
            .map(|&times| NAME.wait(&failed(times), now).0 / 1000)
            .collect();
        assert_eq!(waits, [0, 0, 15, 30, 60, 480, 900, 900]);
        assert_eq!(NAME.wait(&failed(5), Timestamp(1_014_000)), Millis(1_000));
        assert_eq!(NAME.wait(&failed(5), Timestamp(1_015_000)), Millis(0));
        assert_eq!(ADDRESS.wait(&failed(29), now), Millis(0));
        assert_eq!(ADDRESS.wait(&failed(400), now), Millis(60_000));
    }

    #[test]
    fn about_a_hundred_guesses_a_day_are_left() {
        let mut now = Timestamp(0);
        let mut failures = Vec::new();
        while now.0 < 24 * 60 * 60 * 1000 {
            let wait = NAME.wait(&failures, now);
            if wait == Millis(0) {
                failures.push(now);
                now = now.after(Millis(1));
            } else {
                now = now.after(wait);
            }
        }
        assert!(failures.len() <= 110, "{}", failures.len());
    }

    #[test]
    fn a_wait_is_said_in_words() {
        let said: Vec<String> = [1, 15_000, 90_000, 91_000, 900_000].map(|ms| says(Millis(ms))).into();
        assert_eq!(said, ["1 second", "15 seconds", "90 seconds", "2 minutes", "15 minutes"]);
    }
}
