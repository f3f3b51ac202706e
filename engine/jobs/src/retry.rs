//! How often a job is tried, and how long between the tries.

use viva_core::units::Millis;

/// Waits before the second, third, ... try.
///
/// The first ones are for a database or file that is busy for a moment; the last ones for a model that is still
/// being fetched. After a quarter of an hour a person is told instead.
pub const BACK_OFF: [Millis; 5] =
    [Millis(1_000), Millis(5_000), Millis(30_000), Millis(120_000), Millis(600_000)];

/// How often a job is tried before it is given up.
pub const TRIES: u32 = BACK_OFF.len() as u32 + 1;

/// How long to wait after so many tries; none when it is time to give up.
pub fn wait_after(tries: u32) -> Option<Millis> {
    BACK_OFF.get(tries.saturating_sub(1) as usize).copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_grow_and_end() {
        let waits: Vec<_> = (1..=TRIES).map(wait_after).collect();
        assert_eq!(waits.iter().flatten().count(), BACK_OFF.len());
        assert!(waits.is_sorted_by(|a, b| b.is_none() || a < b));
        assert_eq!(wait_after(TRIES), None);
        assert_eq!(wait_after(TRIES + 5), None);
    }
}
