//! What runs after the answer: a small queue port, the runner that works through it, and the sweep at start.
//!
//! The attempts' states are the truth and the queue is a hint. A job may run twice, or once more than needed;
//! handlers check the state first and write only what still fits. A job may also get lost; the sweep at
//! the runner's start finds every attempt that waits for work and has none. What a job is stands in
//! [`viva_storage::Job`], because it is put into the queue in the same transaction as what it is about.

mod queue;
mod retry;
mod runner;
mod settle;

pub use queue::{Outcome, Queue, StoreQueue, Swept};
pub use retry::{BACK_OFF, TRIES, wait_after};
pub use runner::{Handler, JobError, Runner, RunnerOptions, Wake};
pub use settle::Settle;
pub use viva_storage::Job;
