//! The maps of mis-hearings as answers use them, and the person's own, which is kept with the settings.
//!
//! Because it is a setting, a backup brings it along, deleting everything deletes it, and every process on the same
//! database has the same one. A change applies to what is heard from then on; scores that were made stay as they are.

use crate::{Interview, InterviewError};
use std::sync::Arc;
use viva_core::bank::Question;
use viva_core::help::corrections::{BadCorrection, Correction, Corrections, Maps, correct};
use viva_core::help::{Prompt, Terms};
use viva_core::ids::PackId;
use viva_core::transcript::Transcript;

/// The setting with the list as TOML.
const OWN: &str = "corrections";
/// The setting with the list as it was before the last change.
const BEFORE: &str = "corrections.before";

impl Interview {
    /// The person's own corrections.
    pub async fn own_corrections(&self) -> Result<Corrections, InterviewError> {
        self.corrections_kept(OWN).await
    }

    /// Whether there is a change that can be taken back.
    pub async fn can_undo_corrections(&self) -> Result<bool, InterviewError> {
        Ok(self.store.setting(BEFORE).await?.is_some())
    }

    /// Adds a correction to the person's own.
    ///
    /// # Errors
    /// [`InterviewError::Correction`] where it is none, would bend an ordinary word, or is there already.
    pub async fn add_correction(
        &self,
        heard: &str,
        meant: &str,
        pack: Option<PackId>,
    ) -> Result<(), InterviewError> {
        if let Some(pack) = &pack {
            self.bank().pack(pack).ok_or_else(|| InterviewError::NoPack(pack.clone()))?;
        }
        let before = self.own_corrections().await?;
        let mut own = before.clone();
        own.add(Correction::new(heard, meant, pack)?)?;
        self.keep_corrections(&before, &own).await
    }

    /// Takes a correction out of the person's own; false where it was not there.
    pub async fn remove_correction(
        &self,
        heard: &str,
        pack: Option<&PackId>,
    ) -> Result<bool, InterviewError> {
        let before = self.own_corrections().await?;
        let mut own = before.clone();
        if !own.remove(heard, pack) {
            return Ok(false);
        }
        self.keep_corrections(&before, &own).await?;
        Ok(true)
    }

    /// Takes the last change back; once more brings it again. False where there is none.
    pub async fn undo_corrections(&self) -> Result<bool, InterviewError> {
        if !self.can_undo_corrections().await? {
            return Ok(false);
        }
        let (now, before) = (self.own_corrections().await?, self.corrections_kept(BEFORE).await?);
        self.keep_corrections(&now, &before).await?;
        Ok(true)
    }

    async fn corrections_kept(&self, name: &str) -> Result<Corrections, InterviewError> {
        let Some(text) = self.store.setting(name).await? else { return Ok(Corrections::default()) };
        Ok(Corrections::read(&text).unwrap_or_else(|error| {
            tracing::warn!(%error, "the list of corrections cannot be read and is left out");
            Corrections::default()
        }))
    }

    async fn keep_corrections(&self, before: &Corrections, own: &Corrections) -> Result<(), InterviewError> {
        let now = self.now();
        self.store.set_setting(BEFORE, Some(&before.to_toml()), now).await?;
        Ok(self.store.set_setting(OWN, Some(&own.to_toml()), now).await?)
    }

    /// What a second ear is told for answers to a question; none where it listens for nothing that could be misheard.
    pub fn help_for(&self, question: &Question) -> Option<Arc<Prompt>> {
        Prompt::of(Terms::of_question(question), question.id.as_str()).map(Arc::new)
    }

    /// What was heard in an answer to a question, with what the maps correct.
    pub async fn corrected_by_maps(
        &self,
        heard: &Transcript,
        question: &Question,
    ) -> Result<Transcript, InterviewError> {
        let (own, bank) = (self.own_corrections().await?, self.bank());
        let pack = bank.pack(&question.pack).map_or(&[][..], |pack| &pack.corrections);
        let general = &Corrections::general().all;
        Ok(correct(heard, &Maps { general, pack, own: &own.all, of: Some(&question.pack) }))
    }
}

impl From<BadCorrection> for InterviewError {
    fn from(error: BadCorrection) -> Self {
        Self::Correction(error)
    }
}
