//! A session as a whole: which question may be asked when, and when it is over.
//!
//! Invariants: at most one attempt is open (asked or recording) at a time; a finished session has none;
//! a run-through goes in order and asks nothing twice, unless the machine failed the candidate.

use super::attempt::{AttemptEvent, AttemptState, Refused};
use crate::ids::QuestionId;
use serde::{Deserialize, Serialize};

/// A session's questions and what became of each.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Session {
    mode: Mode,
    phase: Phase,
    places: Vec<Place>,
}

/// One question of a session, with its attempts in order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// What is asked here.
    pub question: QuestionId,
    /// The first attempt, then its retakes.
    pub attempts: Vec<AttemptState>,
}

/// How a session is run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Mode {
    /// Any order, hints, the model answer on request, as many retakes as one likes.
    Practice,
    /// In order, each question once, no help: as in the real thing.
    RunThrough,
}

/// Whether a session goes on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Phase {
    /// Questions may be asked.
    Active,
    /// It is over; only scores may still come in or change.
    Finished,
}

/// Help that practice gives.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Aid {
    /// A nudge before the answer.
    Hint,
    /// The model answer before one's own.
    Reveal,
    /// The same question once more.
    Retake,
}

/// What comes next in a session.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Next {
    /// The attempt at this place is open: go on with it.
    Continue(usize),
    /// Ask the question at this place.
    Ask(usize),
    /// Every question has been asked; finish, or in practice retake.
    AllAsked,
    /// The session is over.
    Finished,
}

/// Why a session does not allow something.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SessionRefused {
    /// It is over.
    #[error("this session is finished; start a new one")]
    Finished,
    /// There are fewer questions.
    #[error("this session has {places} questions, so there is no question {}", position + 1)]
    NoSuchPlace {
        /// The place asked for, from 0.
        position: usize,
        /// How many there are.
        places: usize,
    },
    /// Nothing has been asked there yet.
    #[error("question {} has not been asked yet", .0 + 1)]
    NotAsked(usize),
    /// Another answer is still open.
    #[error("question {} is still open; answer it or skip it first", .0 + 1)]
    StillOpen(usize),
    /// The microphone is live.
    #[error("question {} is still being recorded; stop or discard the recording first", .0 + 1)]
    StillRecording(usize),
    /// A run-through goes in order.
    #[error("a run-through goes in order; question {} is next", next + 1)]
    OutOfOrder {
        /// The place that is next, from 0.
        next: usize,
    },
    /// A run-through asks once.
    #[error("a run-through asks each question once; practise it afterwards to try again")]
    NoRetake,
    /// A run-through gives no help.
    #[error("a run-through gives no help before the answer; practice does")]
    NoHelp,
    /// The event does not fit the attempt.
    #[error(transparent)]
    Attempt(#[from] Refused),
}

impl Session {
    /// A session that has just begun, with nothing asked.
    pub fn new(mode: Mode, questions: impl IntoIterator<Item = QuestionId>) -> Self {
        let places = questions.into_iter().map(|question| Place { question, attempts: Vec::new() }).collect();
        Self { mode, phase: Phase::Active, places }
    }

    /// A session as it was stored.
    pub fn restore(mode: Mode, phase: Phase, places: Vec<Place>) -> Self {
        Self { mode, phase, places }
    }

    /// How it is run.
    pub fn mode(&self) -> Mode {
        self.mode
    }

    /// Whether it goes on.
    pub fn phase(&self) -> Phase {
        self.phase
    }

    /// Its questions in order.
    pub fn places(&self) -> &[Place] {
        &self.places
    }

    /// What comes next.
    pub fn next(&self) -> Next {
        if self.phase == Phase::Finished {
            return Next::Finished;
        }
        if let Some(open) = self.open() {
            return Next::Continue(open);
        }
        match self.places.iter().position(|place| place.attempts.is_empty()) {
            Some(position) => Next::Ask(position),
            None => Next::AllAsked,
        }
    }

    /// The place whose attempt is asked or being recorded.
    pub fn open(&self) -> Option<usize> {
        self.places.iter().position(|place| place.attempts.last().is_some_and(AttemptState::is_open))
    }

    /// Asks the question at a place, for the first time or again.
    pub fn ask(mut self, position: usize) -> Result<Self, SessionRefused> {
        if self.phase == Phase::Finished {
            return Err(SessionRefused::Finished);
        }
        let places = self.places.len();
        let place = self.places.get(position).ok_or(SessionRefused::NoSuchPlace { position, places })?;
        if let Some(open) = self.open() {
            return Err(match self.places[open].attempts.last() {
                Some(AttemptState::Recording) => SessionRefused::StillRecording(open),
                _ => SessionRefused::StillOpen(open),
            });
        }
        if self.mode == Mode::RunThrough {
            match (place.attempts.last(), self.next()) {
                (Some(AttemptState::Failed(_)), _) => {}
                (Some(_), _) => return Err(SessionRefused::NoRetake),
                (None, Next::Ask(next)) if next != position => {
                    return Err(SessionRefused::OutOfOrder { next });
                }
                (None, _) => {}
            }
        }
        self.places[position].attempts.push(AttemptState::Asked);
        Ok(self)
    }

    /// Applies an event to the latest attempt at a place.
    pub fn advance(mut self, position: usize, event: &AttemptEvent) -> Result<Self, SessionRefused> {
        self.phase.permits(event)?;
        let places = self.places.len();
        let place = self.places.get_mut(position).ok_or(SessionRefused::NoSuchPlace { position, places })?;
        let latest = place.attempts.last_mut().ok_or(SessionRefused::NotAsked(position))?;
        *latest = latest.after(event)?;
        Ok(self)
    }

    /// Ends the session. A question that stands asked is passed over; a live microphone must be stopped first.
    pub fn finish(mut self) -> Result<Self, SessionRefused> {
        if self.phase == Phase::Finished {
            return Err(SessionRefused::Finished);
        }
        if let Some(open) = self.open() {
            if self.places[open].attempts.last() == Some(&AttemptState::Recording) {
                return Err(SessionRefused::StillRecording(open));
            }
            self = self.advance(open, &AttemptEvent::Skip)?;
        }
        self.phase = Phase::Finished;
        Ok(self)
    }
}

impl Mode {
    /// Whether it gives this help.
    pub fn allows(self, aid: Aid) -> bool {
        match (self, aid) {
            (Self::Practice, Aid::Hint | Aid::Reveal | Aid::Retake) => true,
            (Self::RunThrough, _) => false,
        }
    }

    /// Its stable name, as stored.
    pub fn name(self) -> &'static str {
        match self {
            Self::Practice => "practice",
            Self::RunThrough => "run_through",
        }
    }

    /// The mode of a stored name.
    pub fn from_name(name: &str) -> Option<Self> {
        [Self::Practice, Self::RunThrough].into_iter().find(|mode| mode.name() == name)
    }
}

impl Phase {
    /// Whether an attempt's event is still allowed.
    ///
    /// After the end the candidate does nothing more, but a take may still be salvaged and scores come in.
    pub fn permits(self, event: &AttemptEvent) -> Result<(), SessionRefused> {
        if self == Self::Finished && event.is_candidates() { Err(SessionRefused::Finished) } else { Ok(()) }
    }

    /// Its stable name, as stored.
    pub fn name(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Finished => "finished",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::attempt::Outcome;
    use super::*;
    use proptest::prelude::*;

    fn session(mode: Mode, places: usize) -> Session {
        Session::new(mode, (0..places).map(|n| format!("q.{n}").parse().unwrap()))
    }

    fn answered(session: Session, position: usize) -> Session {
        let session = session.ask(position).unwrap();
        let events = [AttemptEvent::Record, AttemptEvent::Keep, AttemptEvent::Settle(Outcome::Scored)];
        events.iter().fold(session, |session, event| session.advance(position, event).unwrap())
    }

    #[test]
    fn a_run_through_goes_in_order_and_asks_once() {
        let session = session(Mode::RunThrough, 3);
        assert_eq!(session.clone().ask(1), Err(SessionRefused::OutOfOrder { next: 0 }));
        let session = answered(session, 0);
        assert_eq!(session.clone().ask(0), Err(SessionRefused::NoRetake));
        assert_eq!(session.next(), Next::Ask(1));
    }

    #[test]
    fn a_run_through_asks_again_where_the_machine_failed() {
        let session = session(Mode::RunThrough, 2).ask(0).unwrap();
        let session = session.advance(0, &AttemptEvent::Record).unwrap();
        let session = session.advance(0, &AttemptEvent::Fail("the microphone went away".into())).unwrap();
        assert_eq!(session.ask(0).unwrap().places()[0].attempts.len(), 2);
    }

    #[test]
    fn practice_allows_any_order_and_retakes_but_one_open_question_at_a_time() {
        let session = answered(session(Mode::Practice, 3), 2);
        let session = session.ask(2).unwrap();
        assert_eq!(session.places()[2].attempts.len(), 2);
        assert_eq!(session.clone().ask(0), Err(SessionRefused::StillOpen(2)));
        let session = session.advance(2, &AttemptEvent::Record).unwrap();
        assert_eq!(session.clone().ask(0), Err(SessionRefused::StillRecording(2)));
        assert_eq!(session.finish(), Err(SessionRefused::StillRecording(2)));
    }

    #[test]
    fn the_next_question_may_be_asked_while_the_last_one_settles() {
        let session = session(Mode::RunThrough, 2).ask(0).unwrap();
        let session = session.advance(0, &AttemptEvent::Record).unwrap();
        let session = session.advance(0, &AttemptEvent::Keep).unwrap();
        assert_eq!(session.next(), Next::Ask(1));
        assert!(session.ask(1).is_ok());
    }

    #[test]
    fn finishing_passes_over_an_asked_question_and_lets_scores_come_in() {
        let session = session(Mode::Practice, 2).ask(0).unwrap();
        let session = session.advance(0, &AttemptEvent::Record).unwrap();
        let session = session.advance(0, &AttemptEvent::Keep).unwrap();
        let session = session.ask(1).unwrap().finish().unwrap();
        assert_eq!(session.places()[1].attempts, [AttemptState::Skipped]);
        assert_eq!(session.clone().ask(1), Err(SessionRefused::Finished));
        let session = session.advance(0, &AttemptEvent::Settle(Outcome::Scored)).unwrap();
        assert_eq!(session.places()[0].attempts, [AttemptState::Assessed]);
    }

    #[derive(Debug, Clone)]
    enum Step {
        Ask(usize),
        Advance(usize, AttemptEvent),
        Finish,
    }

    fn step() -> impl Strategy<Value = Step> {
        let event = prop::sample::select(vec![
            AttemptEvent::Record,
            AttemptEvent::Discard,
            AttemptEvent::Keep,
            AttemptEvent::Type,
            AttemptEvent::Settle(Outcome::Scored),
            AttemptEvent::Settle(Outcome::NoAnswer),
            AttemptEvent::Reassess(Outcome::Scored),
            AttemptEvent::Fail("x".into()),
            AttemptEvent::Retry,
            AttemptEvent::Skip,
            AttemptEvent::ForgetAudio,
        ]);
        prop_oneof![
            4 => (0..4usize).prop_map(Step::Ask),
            8 => (0..4usize, event).prop_map(|(position, event)| Step::Advance(position, event)),
            1 => Just(Step::Finish),
        ]
    }

    proptest! {
        #[test]
        fn no_sequence_of_steps_breaks_the_invariants(
            mode in prop::sample::select(vec![Mode::Practice, Mode::RunThrough]),
            steps in prop::collection::vec(step(), 0..60)
        ) {
            let mut session = session(mode, 3);
            for step in steps {
                let next = match step {
                    Step::Ask(position) => session.clone().ask(position),
                    Step::Advance(position, event) => session.clone().advance(position, &event),
                    Step::Finish => session.clone().finish(),
                };
                let Ok(next) = next else { continue };
                let attempts = || next.places().iter().flat_map(|place| &place.attempts);
                let open = attempts().filter(|state| state.is_open()).count();
                prop_assert!(open <= 1);
                prop_assert!(next.phase() == Phase::Active || open == 0);
                prop_assert!(session.phase() == Phase::Active || next.phase() == Phase::Finished);
                if mode == Mode::RunThrough {
                    for place in next.places() {
                        let earlier = place.attempts.iter().rev().skip(1);
                        prop_assert!(earlier.into_iter().all(|state| matches!(state, AttemptState::Failed(_))));
                    }
                    let asked = next.places().iter().take_while(|place| !place.attempts.is_empty()).count();
                    prop_assert!(next.places()[asked..].iter().all(|place| place.attempts.is_empty()));
                }
                session = next;
            }
        }
    }
}
