//! Who sits in a round, and whether candidates are shown by name.

use serde::{Deserialize, Serialize};

/// What somebody is in one round.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Seat {
    /// Runs it: candidates, seats, who rates whom, closing. May rate as well.
    Owner,
    /// Asks, notes and rates.
    Interviewer,
    /// Reads, once all cards are in.
    Observer,
}

impl Seat {
    /// Its stable name, as stored.
    pub fn name(self) -> &'static str {
        match self {
            Self::Owner => "owner",
            Self::Interviewer => "interviewer",
            Self::Observer => "observer",
        }
    }

    /// The value of a stored name.
    pub fn from_name(name: &str) -> Option<Self> {
        [Self::Owner, Self::Interviewer, Self::Observer].into_iter().find(|seat| seat.name() == name)
    }

    /// Whether one who sits there can be asked for a card.
    pub fn rates(self) -> bool {
        self != Self::Observer
    }
}

/// How candidates appear on pages and in exports.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Show {
    /// By name, with the code beside it.
    Names,
    /// By code alone; storage then gives the name to nobody but the round's owners.
    Codes,
}

impl Show {
    /// Its stable name, as stored.
    pub fn name(self) -> &'static str {
        match self {
            Self::Names => "names",
            Self::Codes => "codes",
        }
    }

    /// The value of a stored name.
    pub fn from_name(name: &str) -> Option<Self> {
        [Self::Names, Self::Codes].into_iter().find(|show| show.name() == name)
    }
}
