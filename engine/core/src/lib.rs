//! The domain of Viva: questions, rubrics, text, scoring, delivery, picking and the session's states.
//!
//! Everything here is pure. No file, socket, clock, thread or random source is reached from this crate:
//! text, time and seeds come in as arguments, values go out. The same arguments give the same bytes on
//! every machine, and that is what makes a score repeatable.

pub mod agreement;
pub mod assessment;
pub mod audit;
pub mod bank;
pub mod clock;
pub mod comparison;
pub mod delivery;
pub mod help;
pub mod ids;
pub mod people;
pub mod progress;
pub mod round;
pub mod scoring;
pub mod session;
pub mod text;
pub mod transcript;
pub mod units;

/// The version of the scoring engine that is stored with every assessment.
///
/// It moves whenever the same transcript and rubric may give another result.
pub const ENGINE_VERSION: &str = env!("CARGO_PKG_VERSION");
