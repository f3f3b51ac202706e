//! A scorecard: one interviewer's marks, notes and recommendation for one candidate.
//!
//! ```text
//! Draft -> Submitted -> Amended -+
//!   |  ^                   ^-----+
//!   v  | ask again
//! Released
//! ```
//!
//! A draft may be changed by its owner alone and read by nobody else. Once it is in, nothing in it changes: amendments
//! are appended, each with its reason. A released card is no longer waited for.

use super::notes::Notes;
use crate::clock::Timestamp;
use serde::{Deserialize, Serialize};

/// Where a card stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CardState {
    /// It is being written; it is waited for.
    Draft,
    /// It is in.
    Submitted,
    /// It is in, and something was added to it since.
    Amended,
    /// It is not waited for any more.
    Released,
}

/// What can happen to a card.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum CardEvent {
    /// Something of the draft is saved.
    Save,
    /// It is handed in.
    Submit,
    /// Something is added with a reason.
    Amend,
    /// The round's owner, or the end of the round, waits for it no longer.
    Release,
    /// It is asked for again.
    AskAgain,
}

/// A rating from 1 to 5.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "u8", into = "u8")]
pub struct Rating(u8);

/// The mark of one question.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Mark {
    /// By the anchors.
    Rated(Rating),
    /// The question was not asked. This is not a 1: it counts for nothing.
    NotAsked,
}

/// What a card says about one question.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// None until one was given.
    pub mark: Option<Mark>,
    /// What was said.
    pub notes: Notes,
}

/// What the interviewer recommends.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Recommendation {
    /// Certainly not.
    StrongNo,
    /// Rather not.
    No,
    /// The interview does not say.
    NoDecision,
    /// Rather yes.
    Yes,
    /// Certainly.
    StrongYes,
}

/// A whole card.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Card {
    /// Where it stands.
    pub state: CardState,
    /// One for each question of the kit, in order; as submitted, once it was.
    pub entries: Vec<Entry>,
    /// None until one was given; as submitted, once it was.
    pub recommendation: Option<Recommendation>,
    /// Why, in a few words; may be empty.
    pub summary: String,
    /// What was added since, the first one first.
    pub amendments: Vec<Amendment>,
}

/// Something added to a card that is in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Amendment {
    /// When.
    pub at: Timestamp,
    /// Why; never empty.
    pub reason: String,
    /// What.
    pub part: AmendmentPart,
}

/// What an amendment says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "part", rename_all = "snake_case")]
pub enum AmendmentPart {
    /// Another mark counts from now on.
    Mark {
        /// The question, from 0.
        position: usize,
        /// The mark.
        mark: Mark,
    },
    /// A further note.
    Note {
        /// The question, from 0.
        position: usize,
        /// The note.
        text: String,
    },
    /// Another recommendation counts from now on.
    Recommendation {
        /// The recommendation.
        recommendation: Recommendation,
    },
}

/// What a draft still needs before it can be submitted. Positions are from 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Lacking {
    /// A question has no mark.
    #[error("question {}: give a rating, or say that it was not asked", .0 + 1)]
    Mark(usize),
    /// A 1 or a 5 has no note.
    #[error("question {}: a 1 or a 5 needs a note on what was said", .0 + 1)]
    Note(usize),
    /// A question was not asked, and the log does not say why.
    #[error("question {}: say in the log why it was not asked", .0 + 1)]
    ReasonNotAsked(usize),
    /// There is no recommendation.
    #[error("choose a recommendation; \"no decision\" is one")]
    Recommendation,
}

/// What a card does not allow.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CardRefused {
    /// It is in.
    #[error("this card is in and cannot be changed; append an amendment with its reason")]
    IsIn,
    /// It is not in yet.
    #[error("this card is not in yet; change the draft itself")]
    IsDraft,
    /// It is not waited for.
    #[error("this card was released; the round's owner can ask for it again")]
    IsReleased,
    /// It is waited for already.
    #[error("this card is asked for already")]
    IsAsked,
    /// It is not complete.
    #[error("this card is not complete: {}", list(.0))]
    Incomplete(Vec<Lacking>),
    /// An amendment has no reason.
    #[error("say why the card is amended")]
    NoReason,
    /// A note is empty.
    #[error("write the note")]
    NoText,
    /// There is no such question.
    #[error("this card has no question {}", .0 + 1)]
    NoQuestion(usize),
}

fn list(lacking: &[Lacking]) -> String {
    lacking.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ")
}

/// What saving over somebody else's save came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Merged {
    /// What is kept.
    pub entry: Entry,
    /// The notes of both were kept, which the writer should be told.
    pub both_notes: bool,
    /// The mark that was sent and does not count, because another one was saved meanwhile.
    pub other_mark: Option<Mark>,
}

impl TryFrom<u8> for Rating {
    type Error = String;
    fn try_from(value: u8) -> Result<Self, String> {
        if (1..=5).contains(&value) {
            Ok(Self(value))
        } else {
            Err(format!("a rating is 1 to 5, not {value}"))
        }
    }
}

impl From<Rating> for u8 {
    fn from(rating: Rating) -> u8 {
        rating.0
    }
}

impl Rating {
    /// 1 to 5.
    pub fn value(self) -> u8 {
        self.0
    }

    /// Whether it stands at an end of the scale, where a note must say what it rests on.
    pub fn needs_note(self) -> bool {
        matches!(self.0, 1 | 5)
    }
}

impl Mark {
    /// A rating; none where the number is no rating.
    pub fn rated(value: u8) -> Option<Self> {
        Rating::try_from(value).ok().map(Self::Rated)
    }

    /// The rating, where it is one.
    pub fn rating(self) -> Option<Rating> {
        match self {
            Self::Rated(rating) => Some(rating),
            Self::NotAsked => None,
        }
    }
}

impl Entry {
    /// Joins what is kept with what another window sends without having seen it. Nothing that was written is lost.
    pub fn merge(&self, sent: &Self) -> Merged {
        let notes = self.notes.merge(&sent.notes);
        let both_notes = notes != sent.notes && notes != self.notes;
        let (mark, other_mark) = match (self.mark, sent.mark) {
            (Some(kept), Some(sent)) if kept != sent => (Some(kept), Some(sent)),
            (kept, sent) => (kept.or(sent), None),
        };
        Merged { entry: Self { mark, notes }, both_notes, other_mark }
    }
}

impl Recommendation {
    /// All of them, from no to yes.
    pub const ALL: [Self; 5] = [Self::StrongNo, Self::No, Self::NoDecision, Self::Yes, Self::StrongYes];

    /// Its stable name, as stored and as in forms.
    pub fn name(self) -> &'static str {
        match self {
            Self::StrongNo => "strong_no",
            Self::No => "no",
            Self::NoDecision => "no_decision",
            Self::Yes => "yes",
            Self::StrongYes => "strong_yes",
        }
    }

    /// The value of a stored name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|value| value.name() == name)
    }

    /// What people call it.
    pub fn words(self) -> &'static str {
        match self {
            Self::StrongNo => "strong no",
            Self::No => "no",
            Self::NoDecision => "no decision",
            Self::Yes => "yes",
            Self::StrongYes => "strong yes",
        }
    }
}

impl CardState {
    const ALL: [Self; 4] = [Self::Draft, Self::Submitted, Self::Amended, Self::Released];

    /// The next state, or why there is none.
    pub fn after(self, event: CardEvent) -> Result<Self, CardRefused> {
        use CardEvent as E;
        match (self, event) {
            (Self::Draft, E::Save) => Ok(Self::Draft),
            (Self::Draft, E::Submit) => Ok(Self::Submitted),
            (Self::Draft, E::Release) => Ok(Self::Released),
            (Self::Draft, E::Amend) => Err(CardRefused::IsDraft),
            (Self::Submitted | Self::Amended, E::Amend) => Ok(Self::Amended),
            (Self::Submitted | Self::Amended, E::Save | E::Submit | E::Release) => Err(CardRefused::IsIn),
            (Self::Released, E::AskAgain) => Ok(Self::Draft),
            (Self::Released, _) => Err(CardRefused::IsReleased),
            (Self::Draft | Self::Submitted | Self::Amended, E::AskAgain) => Err(CardRefused::IsAsked),
        }
    }

    /// Whether it was handed in.
    pub fn is_in(self) -> bool {
        matches!(self, Self::Submitted | Self::Amended)
    }

    /// Whether it is waited for.
    pub fn is_due(self) -> bool {
        self == Self::Draft
    }

    /// Its stable name, as stored.
    pub fn name(self) -> &'static str {
        match self {
            Self::Draft => "draft",
            Self::Submitted => "submitted",
            Self::Amended => "amended",
            Self::Released => "released",
        }
    }

    /// The value of a stored name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.name() == name)
    }
}

impl Card {
    /// An empty draft.
    pub fn blank(questions: usize) -> Self {
        Self {
            state: CardState::Draft,
            entries: vec![Entry::default(); questions],
            recommendation: None,
            summary: String::new(),
            amendments: Vec::new(),
        }
    }

    /// What it still needs. `skipped` are the questions whose skipping was logged with a reason.
    pub fn lacking(&self, skipped: &[usize]) -> Vec<Lacking> {
        let mut found = Vec::new();
        for (position, entry) in self.entries.iter().enumerate() {
            match entry.mark {
                None => found.push(Lacking::Mark(position)),
                Some(Mark::Rated(rating)) if rating.needs_note() && entry.notes.is_empty() => {
                    found.push(Lacking::Note(position));
                }
                Some(Mark::NotAsked) if !skipped.contains(&position) => {
                    found.push(Lacking::ReasonNotAsked(position));
                }
                Some(_) => {}
            }
        }
        if self.recommendation.is_none() {
            found.push(Lacking::Recommendation);
        }
        found
    }

    /// Hands it in.
    ///
    /// # Errors
    /// What it lacks, or that it is in already.
    pub fn submit(mut self, skipped: &[usize]) -> Result<Self, CardRefused> {
        self.state = self.state.after(CardEvent::Submit)?;
        let lacking = self.lacking(skipped);
        if lacking.is_empty() { Ok(self) } else { Err(CardRefused::Incomplete(lacking)) }
    }

    /// Appends to it. What was submitted stays as it is.
    ///
    /// # Errors
    /// Where it is not in, or the amendment has no reason or no text.
    pub fn amend(mut self, amendment: Amendment) -> Result<Self, CardRefused> {
        self.state = self.state.after(CardEvent::Amend)?;
        if amendment.reason.trim().is_empty() {
            return Err(CardRefused::NoReason);
        }
        match &amendment.part {
            AmendmentPart::Mark { position, .. } | AmendmentPart::Note { position, .. }
                if *position >= self.entries.len() =>
            {
                return Err(CardRefused::NoQuestion(*position));
            }
            AmendmentPart::Note { text, .. } if text.trim().is_empty() => return Err(CardRefused::NoText),
            _ => {}
        }
        self.amendments.push(amendment);
        Ok(self)
    }

    /// The mark of a question that counts: the last amendment's, or the one that was submitted.
    pub fn counted(&self, position: usize) -> Option<Mark> {
        let amended = self.amendments.iter().rev().find_map(|amendment| match &amendment.part {
            AmendmentPart::Mark { position: at, mark } if *at == position => Some(*mark),
            _ => None,
        });
        amended.or_else(|| self.entries.get(position).and_then(|entry| entry.mark))
    }

    /// The recommendation that counts.
    pub fn counted_recommendation(&self) -> Option<Recommendation> {
        let amended = self.amendments.iter().rev().find_map(|amendment| match amendment.part {
            AmendmentPart::Recommendation { recommendation } => Some(recommendation),
            _ => None,
        });
        amended.or(self.recommendation)
    }

    /// The ratings that count as figures, one for each question, as [`super::combine`] takes them.
    pub fn ratings(&self) -> Vec<Option<f64>> {
        (0..self.entries.len())
            .map(|position| {
                self.counted(position).and_then(Mark::rating).map(|rating| f64::from(rating.value()))
            })
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::super::notes::Notes;
    use super::*;

    fn noted(mark: Option<Mark>, text: &str) -> Entry {
        Entry { mark, notes: Notes::parse(text, &Notes::default()) }
    }

    fn full() -> Card {
        let mut card = Card::blank(3);
        card.entries[0].mark = Mark::rated(3);
        card.entries[1] = noted(Mark::rated(5), "0:14 named the race");
        card.entries[2].mark = Some(Mark::NotAsked);
        card.recommendation = Some(Recommendation::NoDecision);
        card
    }

    fn because(part: AmendmentPart) -> Amendment {
        Amendment { at: Timestamp(9), reason: "heard the recording again".into(), part }
    }

    #[test]
    fn only_a_complete_card_can_be_handed_in() {
        let lacking = [Lacking::Mark(0), Lacking::Mark(1), Lacking::Mark(2), Lacking::Recommendation];
        assert_eq!(Card::blank(3).submit(&[]), Err(CardRefused::Incomplete(lacking.into())));
        assert_eq!(full().submit(&[2]).unwrap().state, CardState::Submitted);
        assert_eq!(full().lacking(&[]), [Lacking::ReasonNotAsked(2)]);
        for end in [1, 5] {
            let mut bare = full();
            bare.entries[1] = noted(Mark::rated(end), "  \n ");
            assert_eq!(bare.lacking(&[2]), [Lacking::Note(1)], "a {end} needs a note");
        }
    }

    #[test]
    fn a_card_that_is_in_only_grows_amendments() {
        let card = full().submit(&[2]).unwrap();
        assert_eq!(card.state.after(CardEvent::Save), Err(CardRefused::IsIn));
        assert_eq!(card.clone().submit(&[2]), Err(CardRefused::IsIn));
        let mark = AmendmentPart::Mark { position: 0, mark: Mark::rated(4).unwrap() };
        let amended = card.clone().amend(because(mark)).unwrap();
        assert_eq!(amended.entries, card.entries, "what was submitted stays");
        assert_eq!((amended.state, amended.counted(0)), (CardState::Amended, Mark::rated(4)));
        assert_eq!(amended.ratings(), [Some(4.0), Some(5.0), None], "not asked is no rating");
        let yes = AmendmentPart::Recommendation { recommendation: Recommendation::Yes };
        let amended = amended.amend(because(yes)).unwrap();
        assert_eq!(amended.counted_recommendation(), Some(Recommendation::Yes));
        assert_eq!(amended.recommendation, Some(Recommendation::NoDecision));
    }

    #[test]
    fn an_amendment_says_why_and_what() {
        let card = full().submit(&[2]).unwrap();
        let note = |position, text: &str| AmendmentPart::Note { position, text: text.into() };
        let bare = Amendment { reason: " ".into(), ..because(note(0, "more")) };
        assert_eq!(card.clone().amend(bare), Err(CardRefused::NoReason));
        assert_eq!(card.clone().amend(because(note(0, " "))), Err(CardRefused::NoText));
        assert_eq!(card.clone().amend(because(note(3, "more"))), Err(CardRefused::NoQuestion(3)));
        assert_eq!(full().amend(because(note(0, "more"))), Err(CardRefused::IsDraft));
        assert_eq!(card.amend(because(note(0, "more"))).unwrap().counted(0), Mark::rated(3));
    }

    #[test]
    fn a_released_card_is_neither_due_nor_in_until_it_is_asked_for_again() {
        let released = CardState::Draft.after(CardEvent::Release).unwrap();
        assert!(!released.is_due() && !released.is_in());
        assert_eq!(released.after(CardEvent::Submit), Err(CardRefused::IsReleased));
        assert_eq!(released.after(CardEvent::AskAgain), Ok(CardState::Draft));
        assert_eq!(CardState::Submitted.after(CardEvent::Release), Err(CardRefused::IsIn));
        for state in CardState::ALL {
            assert_eq!(CardState::from_name(state.name()), Some(state));
        }
        for value in Recommendation::ALL {
            assert_eq!(Recommendation::from_name(value.name()), Some(value));
        }
    }

    #[test]
    fn of_two_windows_neither_loses_what_it_wrote() {
        let kept = noted(Mark::rated(4), "0:01 a");
        let merged = kept.merge(&noted(Mark::rated(3), "0:02 b"));
        assert_eq!(merged.entry.notes.to_string(), "0:01 a\n0:02 b");
        assert_eq!((merged.entry.mark, merged.other_mark), (Mark::rated(4), Mark::rated(3)));
        assert!(merged.both_notes);
        let merged = noted(None, "").merge(&noted(Mark::rated(2), "0:02 b"));
        assert_eq!(
            merged,
            Merged { entry: noted(Mark::rated(2), "0:02 b"), both_notes: false, other_mark: None }
        );
    }

    #[test]
    fn only_one_to_five_are_ratings() {
        assert_eq!([0, 6, 255].map(Mark::rated), [None; 3]);
        assert!(serde_json::from_str::<Mark>(r#"{"rated":0}"#).is_err());
        assert_eq!(serde_json::to_string(&Mark::rated(5)).unwrap(), r#"{"rated":5}"#);
    }
}
