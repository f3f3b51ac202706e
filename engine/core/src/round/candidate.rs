//! A candidate's side: on which lawful ground they may be recorded, and that they may say no.

use crate::clock::Timestamp;
use serde::{Deserialize, Serialize};

/// The lawful ground on which somebody is recorded, in the terms of article 6 of the GDPR.
///
/// Which of them holds is the owner's to know; some authorities do not accept consent from applicants.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Basis {
    /// They agreed, freely, and may take it back.
    Consent,
    /// Steps before a contract, at their request.
    BeforeContract,
    /// A law asks for it.
    LegalObligation,
    /// A task in the public interest.
    PublicTask,
    /// Interests that outweigh theirs, weighed and written down.
    LegitimateInterests,
}

impl Basis {
    /// All of them.
    pub const ALL: [Self; 5] = [
        Self::Consent,
        Self::BeforeContract,
        Self::LegalObligation,
        Self::PublicTask,
        Self::LegitimateInterests,
    ];

    /// Its stable name, as stored and as in forms.
    pub fn name(self) -> &'static str {
        match self {
            Self::Consent => "consent",
            Self::BeforeContract => "before_contract",
            Self::LegalObligation => "legal_obligation",
            Self::PublicTask => "public_task",
            Self::LegitimateInterests => "legitimate_interests",
        }
    }

    /// The value of a stored name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|basis| basis.name() == name)
    }

    /// What people call it.
    pub fn words(self) -> &'static str {
        match self {
            Self::Consent => "consent",
            Self::BeforeContract => "steps before a contract",
            Self::LegalObligation => "a legal obligation",
            Self::PublicTask => "a public task",
            Self::LegitimateInterests => "legitimate interests",
        }
    }
}

/// Why somebody may be recorded, and what they were told.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ground {
    /// On which basis.
    pub basis: Basis,
    /// The notice that was shown, word for word.
    pub notice: String,
    /// When it was shown and the basis written down.
    pub at: Timestamp,
}

/// Why somebody may not be recorded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NoRecording {
    /// No lawful basis is on record.
    #[error(
        "no lawful basis is on record for this candidate; write it down first, or go on with notes alone"
    )]
    NoBasis,
    /// They said no.
    #[error("this candidate has opted out of being recorded; go on with notes alone")]
    OptedOut,
}

/// Whether a candidate may be recorded.
///
/// # Errors
/// What stands against it.
pub fn may_record(ground: Option<&Ground>, opted_out_at: Option<Timestamp>) -> Result<(), NoRecording> {
    match (ground, opted_out_at) {
        (_, Some(_)) => Err(NoRecording::OptedOut),
        (None, None) => Err(NoRecording::NoBasis),
        (Some(_), None) => Ok(()),
    }
}

/// The code of a round's nth candidate, from 1: `K-01`. Stands in for the name wherever names are hidden.
pub fn code_of(number: u32) -> String {
    format!("K-{number:02}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_is_recorded_without_a_basis_or_after_an_opt_out() {
        let ground = Ground { basis: Basis::Consent, notice: "We record.".into(), at: Timestamp(1) };
        assert_eq!(may_record(None, None), Err(NoRecording::NoBasis));
        assert_eq!(may_record(Some(&ground), None), Ok(()));
        assert_eq!(may_record(Some(&ground), Some(Timestamp(2))), Err(NoRecording::OptedOut));
        assert_eq!(may_record(None, Some(Timestamp(2))), Err(NoRecording::OptedOut));
    }

    #[test]
    fn a_basis_is_read_as_it_is_written() {
        for basis in Basis::ALL {
            assert_eq!(Basis::from_name(basis.name()), Some(basis));
        }
        assert_eq!(Basis::from_name("because"), None);
        assert_eq!((code_of(7), code_of(112)), ("K-07".to_owned(), "K-112".to_owned()));
    }
}
