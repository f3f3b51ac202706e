//! Units as types, so that milliseconds never meet seconds by accident.

use serde::{Deserialize, Serialize};
use std::fmt;
use std::ops::{Add, Sub};

/// A length of time or a position in a recording, in milliseconds.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Millis(pub u64);

impl Millis {
    /// The position of a sample in a recording, rounded down.
    pub fn of_samples(samples: u64, rate: SampleRate) -> Self {
        Self(samples * 1000 / u64::from(rate.0))
    }

    /// How many samples fit into this length.
    pub fn to_samples(self, rate: SampleRate) -> u64 {
        self.0 * u64::from(rate.0) / 1000
    }

    /// The same length in seconds.
    pub fn as_secs(self) -> f64 {
        self.0 as f64 / 1000.0
    }

    /// The difference, or zero where the other is later.
    pub fn saturating_sub(self, other: Self) -> Self {
        Self(self.0.saturating_sub(other.0))
    }
}

impl Add for Millis {
    type Output = Self;
    fn add(self, other: Self) -> Self {
        Self(self.0 + other.0)
    }
}

impl Sub for Millis {
    type Output = Self;
    fn sub(self, other: Self) -> Self {
        Self(self.0 - other.0)
    }
}

/// Minutes and seconds, as on a player: `1:24`.
impl fmt::Display for Millis {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let seconds = self.0 / 1000;
        write!(f, "{}:{:02}", seconds / 60, seconds % 60)
    }
}

/// Samples per second and channel.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct SampleRate(pub u32);

impl SampleRate {
    /// What Whisper hears and what takes are kept at.
    pub const WHISPER: Self = Self(16_000);
}
