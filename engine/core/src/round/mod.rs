//! The structured round: one kit of questions, candidates who all get it, interviewers who rate alone.
//!
//! Invariants
//! * A kit that was used is frozen: its hash covers every word that was asked and every anchor that was rated by.
//! * No recording without a lawful basis, and none after an opt-out; a round works on notes alone.
//! * A submitted card never changes. Amendments stand beside it with their reason.
//! * Nobody reads another's card, or the machine's score, before their own is in ([`Sight`]). Storage asks the
//!   same in its queries; what is here says it in one place and in words.
//! * Ratings are combined by the kit's weights and by nothing else.

mod answer;
mod candidate;
mod card;
mod combine;
mod deviation;
mod kit;
mod notes;
mod refused;
mod seat;
mod sight;

pub use answer::{AnswerSource, MarkEvent, Marks, MarksRefused};
pub use candidate::{Basis, Ground, NoRecording, code_of, may_record};
pub use card::{
    Amendment, AmendmentPart, Card, CardEvent, CardRefused, CardState, Entry, Lacking, Mark, Merged, Rating,
    Recommendation,
};
pub use combine::{Combined, combine};
pub use deviation::{Deviation, DeviationKind, breaks_order};
pub use kit::{Anchor, Competency, FrozenKit, Kit, KitEdit, KitProblem, KitQuestion, LEVELS};
pub use notes::{NoteLine, Notes};
pub use refused::RoundRefused;
pub use seat::{Seat, Show};
pub use sight::{Sight, sight};

/// The longest text a person may write in one field, in characters.
pub const LONGEST_TEXT: usize = 20_000;
/// The longest title, name or code, in characters.
pub const LONGEST_NAME: usize = 120;

/// A text as it is kept: line ends are `\n`, no other control characters, no space around it, no longer than `most`.
///
/// # Errors
/// How many characters it has, where there are more.
pub fn plain(text: &str, most: usize) -> Result<String, usize> {
    let text = text.replace("\r\n", "\n").replace('\r', "\n");
    let text: String = text.chars().filter(|c| !c.is_control() || matches!(c, '\n' | '\t')).collect();
    let text = text.trim();
    match text.chars().count() {
        long if long > most => Err(long),
        _ => Ok(text.to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::plain;

    #[test]
    fn text_is_kept_without_what_no_database_or_page_can_hold() {
        assert_eq!(plain("  a\0b\r\nc\u{7}\t ", 9).as_deref(), Ok("ab\nc"));
        assert_eq!(plain("12345", 4), Err(5));
        assert_eq!(plain(" \n ", 0).as_deref(), Ok(""));
    }
}
