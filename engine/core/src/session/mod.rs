//! The self-paced session: its states, and the picker.
//!
//! Nothing here is stored, timed or shown. A transition takes a state and an event and gives the next
//! state, or says in plain words why there is none. Storage applies the same functions inside its write
//! transactions, so a state that cannot be reached here cannot be written there either.

mod attempt;
mod pick;
mod run;

pub use attempt::{AttemptEvent, AttemptState, Failure, Kept, Outcome, Refused};
pub use pick::{Length, Past, Pick, PickOptions, Reason, WEAK_BELOW, pick};
pub use run::{Aid, Mode, Next, Phase, Place, Session, SessionRefused};
