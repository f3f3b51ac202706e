//! People and what their role lets them do.
//!
//! An installation without any person is one somebody practises on alone: no account, nothing to sign in to.
//! From the first owner on, everybody has one of the four roles here. Which page asks for which right stands
//! in the web crate's rights table; how people prove who they are is none of this module's business.

use crate::clock::Timestamp;
use crate::ids::PersonId;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

/// What someone is to this installation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Runs the installation: its practice, its people and every round.
    Owner,
    /// Asks, takes notes and rates in the rounds where they have a seat.
    Interviewer,
    /// Reads the rounds where they have a seat, and writes nothing.
    Observer,
    /// Answers. Never a [`Person`]: an invitation opens their own room and nothing else.
    Candidate,
}

impl Role {
    /// All four, the one that may most first.
    pub const ALL: [Self; 4] = [Self::Owner, Self::Interviewer, Self::Observer, Self::Candidate];

    /// The name in addresses, forms, storage and on the command line.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Owner => "owner",
            Self::Interviewer => "interviewer",
            Self::Observer => "observer",
            Self::Candidate => "candidate",
        }
    }

    /// What the role may do, as a page says it.
    pub fn may(self) -> &'static str {
        match self {
            Self::Owner => {
                "Practises here, invites and removes people, makes rounds and kits, and sees every round."
            }
            Self::Interviewer => {
                "Asks, takes notes and rates in the rounds they have a seat in. Others' ratings open after \
                 their own card is in."
            }
            Self::Observer => "Reads the rounds they have a seat in. Rates nothing and changes nothing.",
            Self::Candidate => "Answers in their own room. Sees nothing else, and no other candidate.",
        }
    }

    /// Whether one signs in with a name and a password. Candidates only follow their link.
    pub fn has_password(self) -> bool {
        self != Self::Candidate
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// The word is no role.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is no role; write owner, interviewer, observer or candidate")]
pub struct NotARole(pub String);

impl FromStr for Role {
    type Err = NotARole;
    fn from_str(text: &str) -> Result<Self, NotARole> {
        Self::ALL.into_iter().find(|role| role.as_str() == text).ok_or_else(|| NotARole(text.to_owned()))
    }
}

/// Someone who signs in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Person {
    /// Who.
    pub id: PersonId,
    /// What they sign in with and are shown as.
    pub name: PersonName,
    /// Owner, interviewer or observer.
    pub role: Role,
    /// When they joined.
    pub joined_at: Timestamp,
}

/// A name to sign in with: 1 to 60 characters on one line. Two that differ only in case or spacing are one.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct PersonName(String);

/// Why a name was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BadName {
    /// Nothing is left after trimming.
    #[error("write a name")]
    Empty,
    /// Longer than [`PersonName::LONGEST`].
    #[error("a name has at most {} characters", PersonName::LONGEST)]
    TooLong,
    /// Line breaks, NUL, text direction marks and their like.
    #[error("a name is letters, digits, spaces and signs on one line")]
    Unprintable,
}

impl PersonName {
    /// Characters at most.
    pub const LONGEST: usize = 60;

    /// The name as it is shown.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// What makes two names the same one.
    pub fn key(&self) -> String {
        self.0.to_lowercase()
    }
}

impl FromStr for PersonName {
    type Err = BadName;

    fn from_str(text: &str) -> Result<Self, BadName> {
        // Bounded before anything is built from it.
        if text.len() > Self::LONGEST * 16 {
            return Err(BadName::TooLong);
        }
        if text.chars().any(is_unprintable) {
            return Err(BadName::Unprintable);
        }
        let name = text.split_whitespace().collect::<Vec<_>>().join(" ");
        match name.chars().count() {
            0 => Err(BadName::Empty),
            long if long > Self::LONGEST => Err(BadName::TooLong),
            _ => Ok(Self(name)),
        }
    }
}

/// Control characters, and those that are drawn as nothing or turn the text around: names that only differ
/// in them look alike.
fn is_unprintable(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}')
}

impl TryFrom<String> for PersonName {
    type Error = BadName;
    fn try_from(text: String) -> Result<Self, BadName> {
        text.parse()
    }
}

impl From<PersonName> for String {
    fn from(name: PersonName) -> Self {
        name.0
    }
}

impl fmt::Display for PersonName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_role_is_written_as_it_is_read() {
        for role in Role::ALL {
            assert_eq!(role.as_str().parse::<Role>().unwrap(), role);
            assert!(role.may().ends_with('.'));
        }
        assert!("Owner".parse::<Role>().is_err() && "".parse::<Role>().is_err());
    }

    #[test]
    fn names_that_look_alike_are_one() {
        let one: PersonName = "  Ana   María ".parse().unwrap();
        assert_eq!(one.as_str(), "Ana María");
        assert_eq!(one.key(), "ANA MARÍA".parse::<PersonName>().unwrap().key());
    }

    #[test]
    fn a_name_is_one_short_line_of_visible_text() {
        let long = "x".repeat(61);
        let huge = "x".repeat(1 << 20);
        for (text, why) in [
            ("", BadName::Empty),
            ("   ", BadName::Empty),
            (long.as_str(), BadName::TooLong),
            (huge.as_str(), BadName::TooLong),
            ("a\0b", BadName::Unprintable),
            ("a\nb", BadName::Unprintable),
            ("a\u{202e}b", BadName::Unprintable),
            ("a\u{200b}b", BadName::Unprintable),
        ] {
            assert_eq!(text.parse::<PersonName>(), Err(why), "{:.20}", text);
        }
        assert!("名".repeat(60).parse::<PersonName>().is_ok());
    }
}
