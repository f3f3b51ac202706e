//! Whether samples run at the rate that was declared for them.
//!
//! Each piece says how long its capturing took by a clock. One piece tells little: a busy machine delivers late and then
//! in a burst. Sleep and outages stretch single pieces and leave the others alone. So a rate counts as wrong only when
//! the sum is off and most pieces are off to the same side.

use viva_core::units::{Millis, SampleRate};

/// Off by this much is no clock's drift; the nearest two rates in use differ by 9 %, all others by a third and more.
const OFF: f64 = 1.25;
/// Nothing is said before so many pieces ...
const PIECES: u32 = 8;
/// ... and so much time.
const TIME: Millis = Millis(2_000);

#[derive(Debug)]
pub(super) struct RateJudge {
    declared: f64,
    samples: u64,
    took: u64,
    pieces: u32,
    fast: u32,
    slow: u32,
}

impl RateJudge {
    pub(super) fn new(declared: SampleRate) -> Self {
        Self { declared: f64::from(declared.0), samples: 0, took: 0, pieces: 0, fast: 0, slow: 0 }
    }

    /// Counts a piece; one that took no time at all says nothing.
    pub(super) fn hear(&mut self, samples: u32, took: Millis) {
        if took.0 == 0 {
            return;
        }
        self.samples += u64::from(samples);
        self.took += took.0;
        self.pieces += 1;
        let ratio = f64::from(samples) * 1000.0 / took.0 as f64 / self.declared;
        self.fast += u32::from(ratio > OFF);
        self.slow += u32::from(ratio < 1.0 / OFF);
    }

    /// The rate that was counted, in samples a second, where it cannot be the declared one.
    pub(super) fn verdict(&self) -> Option<u32> {
        if self.pieces < PIECES || self.took < TIME.0 {
            return None;
        }
        let measured = self.samples as f64 * 1000.0 / self.took as f64;
        let ratio = measured / self.declared;
        let fast = ratio > OFF && self.fast * 2 > self.pieces;
        let slow = ratio < 1.0 / OFF && self.slow * 2 > self.pieces;
        (fast || slow).then_some(measured.round() as u32)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(declared: u32, pieces: impl IntoIterator<Item = (u32, u64)>, wrong: Option<u32>) {
        let mut judge = RateJudge::new(SampleRate(declared));
        for (samples, took) in pieces {
            judge.hear(samples, Millis(took));
        }
        assert_eq!(judge.verdict(), wrong);
    }

    #[test]
    fn a_rate_that_cannot_be_is_told_with_the_one_that_was_counted() {
        check(16_000, [(4096, 85); 60], Some(48_188));
        check(48_000, [(4096, 256); 60], Some(16_000));
        check(16_000, [(4096, 93); 60], Some(44_043));
    }

    #[test]
    fn late_pieces_bursts_sleep_and_silence_about_time_are_no_lie() {
        check(16_000, [(4096, 256); 60], None);
        check(16_000, (0..60).map(|n| (4096, if n % 2 == 0 { 100 } else { 412 })), None);
        // The lid was closed for an hour.
        check(16_000, (0..60).map(|n| (4096, if n == 30 { 3_600_000 } else { 256 })), None);
        check(16_000, [(4096, 0); 60], None);
        check(44_100, [(4096, 85); 60], None);
    }
}
