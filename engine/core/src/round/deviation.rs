//! Where an interview left its kit, and why.

use serde::{Deserialize, Serialize};

/// One departure from the kit. It is logged with its reason and never taken back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Deviation {
    /// The question it is about, from 0; none where it is about the whole interview.
    pub position: Option<usize>,
    /// What was done.
    pub kind: DeviationKind,
    /// What was asked instead or besides; empty where nothing was.
    pub asked: String,
    /// Why.
    pub reason: String,
}

/// What was done other than the kit says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DeviationKind {
    /// A question was not asked.
    Skipped,
    /// A question was asked out of its turn.
    Reordered,
    /// Another question was asked in its place.
    OtherQuestion,
    /// A probe was asked that the kit does not have.
    ExtraProbe,
    /// Anything else, such as an interruption.
    Other,
}

impl DeviationKind {
    /// All of them.
    pub const ALL: [Self; 5] =
        [Self::Skipped, Self::Reordered, Self::OtherQuestion, Self::ExtraProbe, Self::Other];

    /// Its stable name, as stored and as in forms.
    pub fn name(self) -> &'static str {
        match self {
            Self::Skipped => "skipped",
            Self::Reordered => "reordered",
            Self::OtherQuestion => "other_question",
            Self::ExtraProbe => "extra_probe",
            Self::Other => "other",
        }
    }

    /// The value of a stored name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }

    /// What happened, as a page says it.
    pub fn words(self) -> &'static str {
        match self {
            Self::Skipped => "not asked",
            Self::Reordered => "asked out of turn",
            Self::OtherQuestion => "another question asked",
            Self::ExtraProbe => "a probe the kit does not have",
            Self::Other => "something else",
        }
    }

    /// Whether the words that were asked belong to it.
    pub fn needs_words(self) -> bool {
        matches!(self, Self::OtherQuestion | Self::ExtraProbe)
    }
}

/// Whether asking a question now leaves the kit's order: an earlier one has neither been asked nor skipped.
pub fn breaks_order(position: usize, asked: &[usize], skipped: &[usize]) -> bool {
    (0..position).any(|earlier| !asked.contains(&earlier) && !skipped.contains(&earlier))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_order_is_kept_where_every_earlier_question_was_asked_or_skipped() {
        assert!(!breaks_order(0, &[], &[]));
        assert!(breaks_order(2, &[0], &[]));
        assert!(!breaks_order(2, &[0], &[1]));
        assert!(!breaks_order(1, &[0, 2], &[]));
        for kind in DeviationKind::ALL {
            assert_eq!(DeviationKind::from_name(kind.name()), Some(kind));
        }
    }
}
