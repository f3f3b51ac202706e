//! "Also accept this", and taking it back. Every change is in a log, so that the last one can be undone at any time.
//!
//! A change is checked against the packs as they lie on disk, and the packs are loaded with it before the file is
//! replaced: a pack that cannot be used is never written.

use super::packs::shipped;
use super::{BenchError, Desk, replace, text_of};
use crate::packs::Alone;
use anyhow::Context;
use serde::{Deserialize, Serialize};
use std::fs;
use std::path::PathBuf;
use uuid::Uuid;
use viva_core::bank::edit::{EditError, ItemPlace, add_alternative, remove_alternative};
use viva_core::bank::{Bank, Question, alternative};
use viva_core::clock::Timestamp;
use viva_core::ids::{CriterionId, PackId, QuestionId};

/// Words that should count from now on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wanted {
    /// The question.
    pub question: QuestionId,
    /// Its criterion.
    pub criterion: CriterionId,
    /// The listening item, from 0.
    pub item: usize,
    /// The words.
    pub words: String,
    /// The stamp of the pack file that the person saw; none where the file is taken as it is.
    pub seen: Option<String>,
}

/// A change as the log keeps it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Accepted {
    /// Names the change.
    pub id: Uuid,
    /// When it was made.
    pub at_ms: i64,
    /// The pack.
    pub pack: PackId,
    /// The question.
    pub question: QuestionId,
    /// Its criterion.
    pub criterion: CriterionId,
    /// The listening item, from 0.
    pub item: usize,
    /// The words that count since.
    pub words: String,
    /// The file that was changed.
    pub file: PathBuf,
    /// The file was made for it, as a copy of the shipped pack.
    pub made_file: bool,
    /// When it was taken back, where it was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub undone_at_ms: Option<i64>,
}

impl Desk {
    /// Lets a rubric listen for more words. Gives back the change and the packs with it.
    ///
    /// # Errors
    /// Where the words are refused, the file was edited meanwhile, or nothing can be written; then nothing is changed.
    pub fn accept(&self, wanted: &Wanted, now: Timestamp) -> Result<(Accepted, Bank), BenchError> {
        let _lock = self.lock()?;
        let _alone = Alone::with(&self.rubrics_dirs)?;
        let words = wanted.words.split_whitespace().collect::<Vec<_>>().join(" ");
        let bank = self.bank()?;
        let question = find(&bank, &wanted.question)?;
        let file =
            self.pack_file(&question.pack)?.ok_or_else(|| BenchError::NoQuestion(wanted.question.clone()))?;
        if wanted.seen.as_ref().is_some_and(|seen| *seen != file.stamp) {
            return Err(BenchError::Changed(file.path));
        }
        alternative::check(&bank, question, &wanted.criterion, wanted.item, &words)?;
        let place = ItemPlace {
            question: wanted.question.clone(),
            criterion: wanted.criterion.clone(),
            item: wanted.item,
        };
        let text = add_alternative(&file.text, &place, &words)?;
        let changed = self.bank_with(&file.path, &text)?;
        replace(&file.path, &text)?;
        let accepted = Accepted {
            id: Uuid::now_v7(),
            at_ms: now.0,
            pack: question.pack.clone(),
            question: wanted.question.clone(),
            criterion: wanted.criterion.clone(),
            item: wanted.item,
            words,
            file: file.path,
            made_file: file.is_shipped,
            undone_at_ms: None,
        };
        let mut log = self.log()?;
        log.push(accepted.clone());
        self.write_log(&log)?;
        Ok((accepted, changed))
    }

    /// Takes back the named change, or the last one that was not taken back yet.
    ///
    /// Where the file does not list the words any more, that is as good: the change counts as taken back.
    pub fn undo(&self, id: Option<Uuid>, now: Timestamp) -> Result<(Accepted, Bank), BenchError> {
        let _lock = self.lock()?;
        let _alone = Alone::with(&self.rubrics_dirs)?;
        let mut log = self.log()?;
        let open =
            |change: &&mut Accepted| change.undone_at_ms.is_none() && id.is_none_or(|id| id == change.id);
        let change = log.iter_mut().rev().find(open).ok_or(BenchError::NothingToUndo)?;
        let place = ItemPlace {
            question: change.question.clone(),
            criterion: change.criterion.clone(),
            item: change.item,
        };
        let before = text_of(&change.file)?;
        let bank = match remove_alternative(&before, &place, &change.words) {
            Ok(text) if change.made_file && shipped(&change.pack) == Some(text.as_str()) => {
                // The copy has nothing of its own any more, so the shipped pack takes its place again.
                fs::remove_file(&change.file)
                    .with_context(|| format!("cannot remove {}", change.file.display()))?;
                self.bank()?
            }
            Ok(text) => {
                let bank = self.bank_with(&change.file, &text)?;
                replace(&change.file, &text)?;
                bank
            }
            Err(EditError::Unreadable) if !before.is_empty() => return Err(EditError::Unreadable.into()),
            Err(_) => self.bank()?,
        };
        change.undone_at_ms = Some(now.0);
        let change = change.clone();
        self.write_log(&log)?;
        Ok((change, bank))
    }

    /// The changes to a question that stand, the latest first.
    pub fn accepted(&self, question: &QuestionId) -> anyhow::Result<Vec<Accepted>> {
        let mut log = self.log()?;
        log.retain(|change| change.question == *question && change.undone_at_ms.is_none());
        log.reverse();
        Ok(log)
    }

    fn log_file(&self) -> PathBuf {
        self.folder.join("accepted.jsonl")
    }

    fn log(&self) -> anyhow::Result<Vec<Accepted>> {
        let file = self.log_file();
        let text = text_of(&file)?;
        let lines = text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty());
        lines
            .map(|(n, line)| {
                serde_json::from_str(line)
                    .with_context(|| format!("{}:{}: no change of a rubric", file.display(), n + 1))
            })
            .collect()
    }

    fn write_log(&self, log: &[Accepted]) -> anyhow::Result<()> {
        let mut text = String::new();
        for change in log {
            text += &serde_json::to_string(change)?;
            text.push('\n');
        }
        replace(&self.log_file(), &text)
    }
}

fn find<'b>(bank: &'b Bank, question: &QuestionId) -> Result<&'b Question, BenchError> {
    bank.question(question).ok_or_else(|| BenchError::NoQuestion(question.clone()))
}
