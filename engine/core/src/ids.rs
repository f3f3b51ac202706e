//! Names of things. Slugs are written by people into rubric files; the rest are UUIDs made by the caller.

use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;
use uuid::Uuid;

/// Why a slug was refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("an id is lower-case letters, digits, '-', '_' and '.', at most 100 of them, not {0:?}")]
pub struct BadSlug(pub String);

macro_rules! slug {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $name(String);

        impl $name {
            /// The id as it is written in a rubric file.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl TryFrom<String> for $name {
            type Error = BadSlug;
            fn try_from(text: String) -> Result<Self, BadSlug> {
                let fits = !text.is_empty()
                    && text.len() <= 100
                    && text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b"-_.".contains(&b));
                if fits { Ok(Self(text)) } else { Err(BadSlug(text)) }
            }
        }

        impl FromStr for $name {
            type Err = BadSlug;
            fn from_str(text: &str) -> Result<Self, BadSlug> {
                Self::try_from(text.to_owned())
            }
        }

        impl From<$name> for String {
            fn from(id: $name) -> String {
                id.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    };
}

macro_rules! uuid_id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub Uuid);

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{}", self.0)
            }
        }

        impl FromStr for $name {
            type Err = uuid::Error;
            fn from_str(text: &str) -> Result<Self, uuid::Error> {
                Ok(Self(Uuid::parse_str(text)?))
            }
        }
    };
}

slug!(
    /// A pack of questions, such as `jvm`.
    PackId
);
slug!(
    /// A question, such as `jvm.hashmap-treeify`; an edit keeps it and no other question ever gets it.
    QuestionId
);
slug!(
    /// A criterion, unique within its question.
    CriterionId
);
uuid_id!(
    /// A self-paced session.
    SessionId
);
uuid_id!(
    /// One answer to one question.
    AttemptId
);
uuid_id!(
    /// One version of an attempt's transcript: as heard, or as edited.
    TranscriptId
);
uuid_id!(
    /// One scoring of one transcript.
    AssessmentId
);
uuid_id!(
    /// One piece of work that runs after the answer.
    JobId
);
uuid_id!(
    /// Someone with a name and a password of their own: an owner, interviewer or observer.
    PersonId
);
uuid_id!(
    /// A kit of questions for rounds; all its versions share it.
    KitId
);
uuid_id!(
    /// A structured round: one kit, its candidates, its interviewers.
    RoundId
);
uuid_id!(
    /// A candidate of a round.
    CandidateId
);
uuid_id!(
    /// One interviewer's scorecard for one candidate.
    CardId
);
uuid_id!(
    /// An invitation to join, or to enter a candidate's room.
    InvitationId
);
uuid_id!(
    /// A browser that somebody signed in with.
    LoginId
);
