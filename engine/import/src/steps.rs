//! A thing under edit as its first state and the steps taken since, so that every step can be taken back.
//!
//! What is kept on disk is the log of [`Entry`]s, in the order they were made; undoing is an entry too, so the log only
//! ever grows and a crash loses nothing that was acknowledged.

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use std::fmt::Debug;

/// Something that is edited in steps.
pub trait Stepwise: Clone {
    /// One edit.
    type Step: Clone + Debug + PartialEq + Serialize + DeserializeOwned;
    /// Why an edit was refused.
    type Refused: std::error::Error;

    /// Takes a step. A step that is refused changes nothing.
    ///
    /// # Errors
    /// When the step does not fit the state it meets.
    fn take(&mut self, step: &Self::Step) -> Result<(), Self::Refused>;
}

/// A line of the log.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Entry<S> {
    /// An edit.
    Step(S),
    /// The last edit is taken back.
    Undo,
    /// The last edit that was taken back is made again.
    Redo,
}

/// A thing with its edits.
#[derive(Debug, Clone)]
pub struct Edited<T: Stepwise> {
    base: T,
    now: T,
    done: Vec<T::Step>,
    undone: Vec<T::Step>,
    entries: usize,
}

impl<T: Stepwise> Edited<T> {
    /// A thing nobody has edited.
    pub fn new(base: T) -> Self {
        Self { now: base.clone(), base, done: Vec::new(), undone: Vec::new(), entries: 0 }
    }

    /// The same thing after the entries of a log. Entries that do not fit are passed over: a later version may refuse
    /// what an earlier one took.
    pub fn replay(base: T, log: impl IntoIterator<Item = Entry<T::Step>>) -> Self {
        let mut edited = Self::new(base);
        let mut stale = false;
        for entry in log {
            edited.entries += 1;
            match entry {
                Entry::Step(step) => {
                    // Only a step needs the state; a run of undos is made good once.
                    if std::mem::take(&mut stale) {
                        edited.rebuild();
                    }
                    if edited.now.take(&step).is_ok() {
                        edited.done.push(step);
                        edited.undone.clear();
                    }
                }
                Entry::Undo => {
                    if let Some(step) = edited.done.pop() {
                        edited.undone.push(step);
                        stale = true;
                    }
                }
                Entry::Redo => {
                    if let Some(step) = edited.undone.pop() {
                        edited.done.push(step);
                        stale = true;
                    }
                }
            }
        }
        if stale {
            edited.rebuild();
        }
        edited
    }

    /// Takes a step.
    ///
    /// # Errors
    /// When the step does not fit.
    pub fn step(&mut self, step: T::Step) -> Result<(), T::Refused> {
        self.now.take(&step)?;
        self.done.push(step);
        self.undone.clear();
        self.entries += 1;
        Ok(())
    }

    /// Takes the last step back, if there is one.
    pub fn undo(&mut self) -> bool {
        let Some(step) = self.done.pop() else { return false };
        self.undone.push(step);
        self.entries += 1;
        self.rebuild();
        true
    }

    /// Takes the last step that was taken back again, if there is one.
    pub fn redo(&mut self) -> bool {
        let Some(step) = self.undone.pop() else { return false };
        self.done.push(step);
        self.entries += 1;
        self.rebuild();
        true
    }

    /// As it is now.
    pub fn now(&self) -> &T {
        &self.now
    }

    /// As it was before anybody edited it.
    pub fn base(&self) -> &T {
        &self.base
    }

    /// Edits that stand, the first one first.
    pub fn done(&self) -> &[T::Step] {
        &self.done
    }

    /// Edits that were taken back and can be made again, the next one last.
    pub fn undone(&self) -> &[T::Step] {
        &self.undone
    }

    /// How many entries the log has.
    pub fn entries(&self) -> usize {
        self.entries
    }

    fn rebuild(&mut self) {
        self.now = self.base.clone();
        let now = &mut self.now;
        self.done.retain(|step| now.take(step).is_ok());
    }
}
