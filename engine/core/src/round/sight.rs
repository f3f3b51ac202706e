//! Blind until submitted: what somebody may read of the others' work on one candidate.
//!
//! The same rule stands in the view `readable_candidates` of the database, through which every query goes; the
//! conformance suite holds the two together. Here it says, in words for a page, why something is still closed.

use super::card::CardState;

/// What one viewer may read of the others' cards, and of the machine's score, for one candidate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sight {
    /// The cards that are in, and the machine's score.
    Open,
    /// Nothing: the viewer's own card is not in yet.
    OwnCardFirst,
    /// Nothing: the viewer rates nothing here, and not all cards are in.
    WaitingForCards {
        /// How many are still out.
        out: usize,
    },
    /// Nothing: there is no card yet.
    NoCards,
}

/// The rule. `own` is the viewer's card for the candidate, `all` are all cards for them, the viewer's among them.
pub fn sight(own: Option<CardState>, all: &[CardState]) -> Sight {
    match own {
        Some(state) if state.is_in() => Sight::Open,
        Some(state) if state.is_due() => Sight::OwnCardFirst,
        _ => {
            let out = all.iter().filter(|state| state.is_due()).count();
            if out > 0 {
                Sight::WaitingForCards { out }
            } else if all.iter().any(|state| state.is_in()) {
                Sight::Open
            } else {
                Sight::NoCards
            }
        }
    }
}

impl Sight {
    /// Whether anything may be read.
    pub fn is_open(self) -> bool {
        self == Self::Open
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use CardState::{Amended, Draft, Released, Submitted};

    #[test]
    fn a_rater_reads_the_others_once_their_own_card_is_in() {
        assert_eq!(sight(Some(Draft), &[Draft, Submitted]), Sight::OwnCardFirst);
        assert_eq!(sight(Some(Draft), &[Draft, Submitted, Submitted]), Sight::OwnCardFirst);
        assert_eq!(sight(Some(Submitted), &[Submitted, Draft]), Sight::Open);
        assert_eq!(sight(Some(Amended), &[Amended, Draft]), Sight::Open);
    }

    #[test]
    fn whoever_rates_nothing_waits_for_all_cards() {
        assert_eq!(sight(None, &[Submitted, Draft, Draft]), Sight::WaitingForCards { out: 2 });
        assert_eq!(sight(None, &[Submitted, Amended]), Sight::Open);
        assert_eq!(sight(None, &[Submitted, Released]), Sight::Open);
        assert_eq!(sight(Some(Released), &[Released, Draft]), Sight::WaitingForCards { out: 1 });
        assert_eq!(sight(None, &[]), Sight::NoCards, "the machine's score stays closed as well");
        assert_eq!(sight(None, &[Released]), Sight::NoCards);
    }
}
