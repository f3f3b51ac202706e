//! Why a round does not allow something.

use super::answer::MarksRefused;
use super::candidate::NoRecording;
use super::card::CardRefused;
use super::kit::KitProblem;

/// Why a round does not allow something.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RoundRefused {
    /// It is closed.
    #[error("this round is closed; nothing in it changes any more")]
    Closed,
    /// The kit cannot be used yet.
    #[error("this kit cannot be used yet: {}", list(.0))]
    Kit(Vec<KitProblem>),
    /// A kit that was used stays.
    #[error("a kit that a round has used stays; its next version can differ")]
    KitUsed,
    /// A card is asked of somebody who has no seat that rates.
    #[error("only owners and interviewers of the round can be asked for a card")]
    CannotRate,
    /// The round would have no owner.
    #[error("a round keeps at least one owner; give somebody else that seat first")]
    LastOwner,
    /// The question is not in the kit.
    #[error("this kit has no question {}", .0 + 1)]
    NoQuestion(usize),
    /// A question out of its turn needs a reason in the log.
    #[error("an earlier question has neither been asked nor skipped; log why this one comes first")]
    OutOfOrder,
    /// A deviation has no reason, or not the words that were asked.
    #[error("a deviation needs its reason, and what was asked where something else was asked")]
    NoReason,
    /// The others' cards are not open to whoever wants to write beside them.
    #[error("the cards for this candidate are not open to you; hand your own card in first")]
    CardsFirst,
    /// Nothing of the candidate may go.
    #[error("a legal hold is on this candidate; nothing of theirs is erased until it is lifted")]
    Held,
    /// The card does not allow it.
    #[error(transparent)]
    Card(#[from] CardRefused),
    /// The candidate may not be recorded.
    #[error(transparent)]
    Recording(#[from] NoRecording),
    /// The mark does not fit.
    #[error(transparent)]
    Marks(#[from] MarksRefused),
}

fn list(problems: &[KitProblem]) -> String {
    problems.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ")
}
