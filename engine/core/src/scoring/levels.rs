//! From a score to a level of 1 to 5, by cut points that are data.

use serde::Deserialize;
use std::sync::LazyLock;

static TEXT: &str = include_str!("data/levels.toml");

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Levels {
    at_least: [f64; 4],
    missed_required_cap: f64,
}

static LEVELS: LazyLock<Levels> = LazyLock::new(|| {
    // The file is compiled in and a test reads it, so it cannot be malformed at run time.
    toml::from_str(TEXT).unwrap_or(Levels { at_least: [20.0, 45.0, 70.0, 88.0], missed_required_cap: 69.0 })
});

/// The level of a score: how many cut points it reaches, and one.
pub fn level_of(score: f64) -> u8 {
    LEVELS.at_least.iter().fold(1, |level, cut| level + u8::from(score >= *cut))
}

/// The scores from which levels 2, 3, 4 and 5 are reached.
pub fn level_cuts() -> [f64; 4] {
    LEVELS.at_least
}

/// The highest score of an answer that misses something required.
pub fn missed_required_cap() -> f64 {
    LEVELS.missed_required_cap
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_compiled_cut_points_can_be_read_and_rise() {
        let levels: Levels = toml::from_str(TEXT).expect("levels.toml is well formed");
        assert!(levels.at_least.is_sorted());
        assert_eq!((level_of(0.0), level_of(50.0), level_of(100.0)), (1, 3, 5));
        assert!(level_of(missed_required_cap()) < 4);
    }
}
