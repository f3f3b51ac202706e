//! One answer to one question, from the moment it is asked until it is scored.
//!
//! ```text
//! Asked -> Recording -> Settling -> Assessed | NoAnswer
//!   |          |           |  ^
//!   |          |           v  | retry
//!   |          +-------> Failed <--+
//!   +-> Typed -> Assessed | NoAnswer
//!   +-> Skipped
//! ```
//!
//! A retake is a new attempt at the same question, never an old one wound back.

use serde::{Deserialize, Serialize};
use std::fmt;

/// Where one attempt stands.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum AttemptState {
    /// The question is on the screen; nothing has been said yet.
    Asked,
    /// The microphone is live.
    Recording,
    /// The take is kept; its words and score are being worked out.
    Settling,
    /// A typed answer is kept; its score is being worked out.
    Typed,
    /// It has a score.
    Assessed,
    /// It is settled, and nothing was said that could be scored.
    NoAnswer,
    /// The candidate passed.
    Skipped,
    /// It could not be settled.
    Failed(Failure),
}

/// Why an attempt could not be settled, and what is left of it.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Failure {
    /// What happened, as a sentence for the candidate.
    pub why: String,
    /// What a retry can start from.
    pub kept: Kept,
}

/// What is left of an attempt that failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kept {
    /// Nothing: the question must be asked again.
    Nothing,
    /// The recording.
    Audio,
    /// The typed text.
    Text,
}

/// What scoring found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// An answer, with a score.
    Scored,
    /// Nothing that could be scored.
    NoAnswer,
}

/// What can happen to an attempt.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum AttemptEvent {
    /// The microphone goes live.
    Record,
    /// The recording is thrown away (too short, silent, or at the candidate's wish); the question stands.
    Discard,
    /// The recording ends and its take is kept, whether by the candidate, a lost device or a salvage.
    Keep,
    /// The answer was typed instead.
    Type,
    /// The words are known and scored.
    Settle(Outcome),
    /// Words or rubric changed after it was settled, and it was scored again.
    Reassess(Outcome),
    /// It cannot go on; the sentence says why.
    Fail(String),
    /// Another try at settling what was kept.
    Retry,
    /// The candidate passes.
    Skip,
    /// The recording is deleted, at the candidate's wish or because its time is up.
    ForgetAudio,
}

/// An event that does not fit the state, and why.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("cannot {event} an answer that is {state}: {why}")]
pub struct Refused {
    /// The event, as a verb.
    pub event: &'static str,
    /// The state, as an adjective.
    pub state: &'static str,
    /// What stands in the way and what to do instead.
    pub why: &'static str,
}

impl AttemptState {
    /// The next state, or why there is none.
    pub fn after(&self, event: &AttemptEvent) -> Result<Self, Refused> {
        use AttemptEvent as E;
        use AttemptState as S;
        let why = match (self, event) {
            (S::Asked, E::Record) => return Ok(S::Recording),
            (S::Asked, E::Type) => return Ok(S::Typed),
            (S::Asked, E::Skip) => return Ok(S::Skipped),
            (S::Recording, E::Discard) => return Ok(S::Asked),
            (S::Recording, E::Keep) => return Ok(S::Settling),
            (S::Recording, E::Fail(why)) => return Ok(S::failed(why, Kept::Nothing)),
            (S::Settling, E::Fail(why)) => return Ok(S::failed(why, Kept::Audio)),
            (S::Typed, E::Fail(why)) => return Ok(S::failed(why, Kept::Text)),
            (S::Settling | S::Typed, E::Settle(outcome)) => return Ok(S::settled(*outcome)),
            (S::Assessed | S::NoAnswer, E::Reassess(outcome)) => return Ok(S::settled(*outcome)),
            (S::Failed(Failure { kept: Kept::Audio, .. }), E::Retry) => return Ok(S::Settling),
            (S::Failed(Failure { kept: Kept::Text, .. }), E::Retry) => return Ok(S::Typed),
            (S::Failed(Failure { why, kept: Kept::Audio }), E::ForgetAudio) => {
                return Ok(S::failed(why, Kept::Nothing));
            }
            (S::Typed | S::Assessed | S::NoAnswer | S::Skipped | S::Failed(_), E::ForgetAudio) => {
                return Ok(self.clone());
            }

            (S::Asked, E::ForgetAudio) => "nothing has been recorded",
            (S::Recording, E::ForgetAudio) => "stop or discard the recording first",
            (S::Settling, E::ForgetAudio) => "its words are still being worked out from it",
            (S::Failed(_), E::Retry) => "nothing of it was kept, so ask the question again",
            (S::Recording, E::Record) => "the microphone is already live",
            (S::Recording, E::Type | E::Skip) => "stop or discard the recording first",
            (S::Asked, E::Discard | E::Keep) => "the microphone is not live",
            (S::Asked, E::Fail(_)) => "nothing has been said that could fail",
            (S::Asked | S::Recording, E::Settle(_) | E::Reassess(_)) => "there is no answer to score yet",
            (S::Settling | S::Typed, E::Reassess(_)) => "its first score is still being worked out",
            (S::Asked | S::Recording | S::Settling | S::Typed, E::Retry) => "it has not failed",
            (S::Assessed | S::NoAnswer, E::Settle(_)) => "it is settled already",
            (S::Skipped | S::Failed(_), E::Settle(_) | E::Reassess(_)) => "there is nothing to score",
            (S::Assessed | S::NoAnswer | S::Skipped, E::Fail(_) | E::Retry) => "it is settled already",
            (S::Failed(_), E::Fail(_)) => "it has failed already",
            (S::Settling | S::Typed, E::Record | E::Type | E::Skip) => {
                "the answer is in; ask the question again"
            }
            (S::Settling | S::Typed, E::Discard | E::Keep) => "the microphone is not live",
            (S::Assessed | S::NoAnswer | S::Skipped | S::Failed(_), E::Record | E::Type | E::Skip) => {
                "it is over; ask the question again"
            }
            (S::Assessed | S::NoAnswer | S::Skipped | S::Failed(_), E::Discard | E::Keep) => {
                "the microphone is not live"
            }
        };
        Err(Refused { event: event.verb(), state: self.adjective(), why })
    }

    /// Whether it waits for the candidate: asked, or speaking.
    pub fn is_open(&self) -> bool {
        matches!(self, Self::Asked | Self::Recording)
    }

    /// Whether a job must exist that works out its score.
    pub fn needs_settling(&self) -> bool {
        matches!(self, Self::Settling | Self::Typed)
    }

    /// Whether it has a result that stands: scored or no answer.
    pub fn is_settled(&self) -> bool {
        matches!(self, Self::Assessed | Self::NoAnswer)
    }

    /// Its stable name, as stored.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Asked => "asked",
            Self::Recording => "recording",
            Self::Settling => "settling",
            Self::Typed => "typed",
            Self::Assessed => "assessed",
            Self::NoAnswer => "no_answer",
            Self::Skipped => "skipped",
            Self::Failed(_) => "failed",
        }
    }

    /// The state of a stored name; a failure is needed for `failed` and forbidden for all others.
    pub fn from_name(name: &str, failure: Option<Failure>) -> Option<Self> {
        Some(match (name, failure) {
            ("asked", None) => Self::Asked,
            ("recording", None) => Self::Recording,
            ("settling", None) => Self::Settling,
            ("typed", None) => Self::Typed,
            ("assessed", None) => Self::Assessed,
            ("no_answer", None) => Self::NoAnswer,
            ("skipped", None) => Self::Skipped,
            ("failed", Some(failure)) => Self::Failed(failure),
            _ => return None,
        })
    }

    fn adjective(&self) -> &'static str {
        match self {
            Self::Asked => "not begun",
            Self::Recording => "being recorded",
            Self::Settling => "being worked out",
            Self::Typed => "typed",
            Self::Assessed => "scored",
            Self::NoAnswer => "settled as no answer",
            Self::Skipped => "skipped",
            Self::Failed(_) => "failed",
        }
    }

    fn failed(why: &str, kept: Kept) -> Self {
        Self::Failed(Failure { why: why.to_owned(), kept })
    }

    fn settled(outcome: Outcome) -> Self {
        match outcome {
            Outcome::Scored => Self::Assessed,
            Outcome::NoAnswer => Self::NoAnswer,
        }
    }
}

impl AttemptEvent {
    /// Whether the candidate causes it, and so only in a session that is still active.
    pub fn is_candidates(&self) -> bool {
        matches!(self, Self::Record | Self::Discard | Self::Type | Self::Skip)
    }

    fn verb(&self) -> &'static str {
        match self {
            Self::Record => "record",
            Self::Discard => "discard the recording of",
            Self::Keep => "keep the recording of",
            Self::Type => "type",
            Self::Settle(_) => "settle",
            Self::Reassess(_) => "score again",
            Self::Fail(_) => "give up",
            Self::Retry => "retry",
            Self::Skip => "skip",
            Self::ForgetAudio => "delete the recording of",
        }
    }
}

impl fmt::Display for AttemptState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.adjective())
    }
}

impl Kept {
    /// Its stable name, as stored.
    pub fn name(self) -> &'static str {
        match self {
            Self::Nothing => "nothing",
            Self::Audio => "audio",
            Self::Text => "text",
        }
    }

    /// The value of a stored name.
    pub fn from_name(name: &str) -> Option<Self> {
        [Self::Nothing, Self::Audio, Self::Text].into_iter().find(|kept| kept.name() == name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn states() -> Vec<AttemptState> {
        use AttemptState as S;
        let failed = |kept| S::Failed(Failure { why: "the model is missing".into(), kept });
        vec![
            S::Asked,
            S::Recording,
            S::Settling,
            S::Typed,
            S::Assessed,
            S::NoAnswer,
            S::Skipped,
            failed(Kept::Nothing),
            failed(Kept::Audio),
            failed(Kept::Text),
        ]
    }

    fn events() -> Vec<AttemptEvent> {
        use AttemptEvent as E;
        vec![
            E::Record,
            E::Discard,
            E::Keep,
            E::Type,
            E::Settle(Outcome::Scored),
            E::Settle(Outcome::NoAnswer),
            E::Reassess(Outcome::Scored),
            E::Reassess(Outcome::NoAnswer),
            E::Fail("the model is missing".into()),
            E::Retry,
            E::Skip,
            E::ForgetAudio,
        ]
    }

    #[test]
    fn exactly_these_transitions_exist() {
        let mut table = Vec::new();
        for from in states() {
            for event in events() {
                if let Ok(to) = from.after(&event) {
                    let full = |state: &AttemptState| match state {
                        AttemptState::Failed(failure) => format!("failed({})", failure.kept.name()),
                        other => other.name().to_owned(),
                    };
                    table.push(format!("{} --{}--> {}", full(&from), event.verb(), full(&to)));
                }
            }
        }
        let expected = [
            "asked --record--> recording",
            "asked --type--> typed",
            "asked --skip--> skipped",
            "recording --discard the recording of--> asked",
            "recording --keep the recording of--> settling",
            "recording --give up--> failed(nothing)",
            "settling --settle--> assessed",
            "settling --settle--> no_answer",
            "settling --give up--> failed(audio)",
            "typed --settle--> assessed",
            "typed --settle--> no_answer",
            "typed --give up--> failed(text)",
            "typed --delete the recording of--> typed",
            "assessed --score again--> assessed",
            "assessed --score again--> no_answer",
            "assessed --delete the recording of--> assessed",
            "no_answer --score again--> assessed",
            "no_answer --score again--> no_answer",
            "no_answer --delete the recording of--> no_answer",
            "skipped --delete the recording of--> skipped",
            "failed(nothing) --delete the recording of--> failed(nothing)",
            "failed(audio) --retry--> settling",
            "failed(audio) --delete the recording of--> failed(nothing)",
            "failed(text) --retry--> typed",
            "failed(text) --delete the recording of--> failed(text)",
        ];
        assert_eq!(table, expected);
    }

    #[test]
    fn a_refusal_says_what_stands_in_the_way() {
        let refused = AttemptState::Asked.after(&AttemptEvent::Keep).unwrap_err();
        assert_eq!(
            refused.to_string(),
            "cannot keep the recording of an answer that is not begun: the microphone is not live"
        );
    }

    #[test]
    fn a_stored_name_gives_back_the_state() {
        for state in states() {
            let failure = match &state {
                AttemptState::Failed(failure) => Some(failure.clone()),
                _ => None,
            };
            assert_eq!(AttemptState::from_name(state.name(), failure), Some(state));
        }
        assert_eq!(AttemptState::from_name("failed", None), None);
    }

    proptest! {
        #[test]
        fn no_sequence_of_events_scores_what_was_never_answered(
            path in prop::collection::vec(prop::sample::select(events()), 0..40)
        ) {
            let mut state = AttemptState::Asked;
            let (mut answered, mut settled) = (false, false);
            for event in path {
                let Ok(next) = state.after(&event) else { continue };
                answered |= matches!(next, AttemptState::Settling | AttemptState::Typed);
                prop_assert!(!settled || next.is_settled(), "a settled answer never opens again");
                settled |= next.is_settled();
                prop_assert!(answered || !next.is_settled());
                if let AttemptState::Failed(failure) = &next {
                    prop_assert!(answered || failure.kept == Kept::Nothing, "nothing can be kept of no answer");
                }
                state = next;
            }
        }
    }
}
