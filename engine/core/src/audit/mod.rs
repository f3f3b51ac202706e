//! The log of who did what in rounds: entries that are only ever appended, each sealed by the hash of the one before.
//!
//! An entry holds ids and words of this program, never a name, a note or a word that was said, so that erasing somebody leaves
//! the log as it is. Its hash is SHA-256 over a canonical encoding of its fields and the previous entry's hash: whoever changes,
//! takes out, slips in or swaps an entry breaks the chain at that place, and [`verify`] names it. Whoever rewrites everything from a
//! place on, or cuts the end off, is found by heads of the chain that were written down elsewhere.

mod deed;
mod verify;

pub use deed::Deed;
pub use verify::{Broken, Fault, verify};

use crate::clock::Timestamp;
use crate::ids::{CandidateId, PersonId, RoundId};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::fmt;
use std::str::FromStr;
use uuid::Uuid;

/// The longest detail of an entry, in bytes.
pub const LONGEST_DETAIL: usize = 200;

/// The hash of an entry.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Seal(pub [u8; 32]);

/// What is to be logged.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewEntry {
    /// When.
    pub at: Timestamp,
    /// Who; none where Viva did it by a rule, or it was the candidate or not told.
    pub actor: Option<PersonId>,
    /// What.
    pub deed: Deed,
    /// In which round.
    pub round: Option<RoundId>,
    /// To which candidate.
    pub candidate: Option<CandidateId>,
    /// To which card, kit or person.
    pub subject: Option<Uuid>,
    /// Which of several ways, in words of this program, such as `zip` or `days:90`.
    pub detail: String,
}

/// A logged entry, as it is kept. Words that a later version wrote stay readable.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Entry {
    /// From 1, without gaps.
    pub sequence: u64,
    /// When.
    pub at: Timestamp,
    /// Who; none where Viva did it by a rule, or it was the candidate or not told.
    pub actor: Option<PersonId>,
    /// What, by its stable name.
    pub deed: String,
    /// In which round.
    pub round: Option<RoundId>,
    /// To which candidate.
    pub candidate: Option<CandidateId>,
    /// To which card, kit or person.
    pub subject: Option<Uuid>,
    /// Which of several ways.
    pub detail: String,
    /// The hash of the entry before.
    pub previous: Seal,
    /// The hash of this one.
    pub hash: Seal,
}

/// The end of the log at some moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Head {
    /// Number of the last entry.
    pub sequence: u64,
    /// Its hash.
    pub hash: Seal,
}

impl NewEntry {
    /// An entry about nothing in particular.
    pub fn new(deed: Deed, actor: Option<PersonId>, at: Timestamp) -> Self {
        Self { at, actor, deed, round: None, candidate: None, subject: None, detail: String::new() }
    }

    /// Names the round.
    #[must_use]
    pub fn in_round(self, round: RoundId) -> Self {
        Self { round: Some(round), ..self }
    }

    /// Names the candidate.
    #[must_use]
    pub fn of(self, candidate: CandidateId) -> Self {
        Self { candidate: Some(candidate), ..self }
    }

    /// Names the card, kit or person.
    #[must_use]
    pub fn on(self, subject: Uuid) -> Self {
        Self { subject: Some(subject), ..self }
    }

    /// Says in which way. Whatever is no lower-case word of ours is left out, so that no text of a person gets in.
    #[must_use]
    pub fn by(self, detail: &str) -> Self {
        let ours = |c: &char| c.is_ascii_lowercase() || c.is_ascii_digit() || "-_.:, ".contains(*c);
        Self { detail: detail.chars().filter(ours).take(LONGEST_DETAIL).collect(), ..self }
    }

    /// The entry as it follows the one before, or begins the log.
    pub fn after(self, head: Option<Head>) -> Entry {
        let mut entry = Entry {
            sequence: head.map_or(1, |head| head.sequence + 1),
            at: self.at,
            actor: self.actor,
            deed: self.deed.name().to_owned(),
            round: self.round,
            candidate: self.candidate,
            subject: self.subject,
            detail: self.detail,
            previous: head.map_or(Seal::START, |head| head.hash),
            hash: Seal::START,
        };
        entry.hash = entry.computed(entry.sequence);
        entry
    }
}

impl Entry {
    /// This entry as the head of the log.
    pub fn head(&self) -> Head {
        Head { sequence: self.sequence, hash: self.hash }
    }

    /// The hash its fields give under a number. Each field is written as its length and its bytes, a missing one as a length of
    /// all ones; numbers are eight bytes, the highest first.
    fn computed(&self, sequence: u64) -> Seal {
        let mut digest = Sha256::new();
        let mut field = |bytes: Option<&[u8]>| {
            let length = bytes.map_or(u32::MAX, |bytes| u32::try_from(bytes.len()).unwrap_or(u32::MAX - 1));
            digest.update(length.to_be_bytes());
            digest.update(bytes.unwrap_or_default());
        };
        field(Some(b"viva audit 1"));
        field(Some(&self.previous.0));
        field(Some(&sequence.to_be_bytes()));
        field(Some(&self.at.0.to_be_bytes()));
        field(self.actor.as_ref().map(|id| id.0.as_bytes().as_slice()));
        field(Some(self.deed.as_bytes()));
        field(self.round.as_ref().map(|id| id.0.as_bytes().as_slice()));
        field(self.candidate.as_ref().map(|id| id.0.as_bytes().as_slice()));
        field(self.subject.as_ref().map(|id| id.as_bytes().as_slice()));
        field(Some(self.detail.as_bytes()));
        Seal(digest.finalize().into())
    }
}

impl Seal {
    /// What stands before the first entry.
    pub const START: Self = Self([0; 32]);
}

impl fmt::Display for Seal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for Seal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// A text that is no hash.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("a hash is 64 hexadecimal digits, not {0:?}")]
pub struct BadSeal(pub String);

impl FromStr for Seal {
    type Err = BadSeal;
    fn from_str(text: &str) -> Result<Self, BadSeal> {
        let bad = || BadSeal(text.chars().take(80).collect());
        if text.len() != 64 || !text.is_ascii() {
            return Err(bad());
        }
        let mut bytes = [0; 32];
        for (place, byte) in bytes.iter_mut().enumerate() {
            *byte = u8::from_str_radix(&text[2 * place..2 * place + 2], 16).map_err(|_| bad())?;
        }
        Ok(Self(bytes))
    }
}

impl Serialize for Seal {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Seal {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}
