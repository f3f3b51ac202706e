//! A piece on its way to what counts: heard for the record, then by the second ear.
//!
//! The work may be broken off between or within the two and taken up again; what one ear has heard is kept.

use crate::error::SpeechError;
use crate::hearing::Ear;
use crate::pieces::{Piece, Sound};
use crate::second_ear::{Counted, listen_again};
use crate::settled::settle;
use crate::transcriber::TranscribeOptions;
use viva_core::transcript::Word;

/// A piece and how far it is.
#[derive(Debug)]
pub(crate) struct BothEars {
    piece: Piece,
    record: Option<Vec<Word>>,
    counted: Option<Counted>,
}

impl BothEars {
    /// A piece that nobody has heard.
    pub(crate) fn of(piece: Piece) -> Self {
        Self { piece, record: None, counted: None }
    }

    /// The piece.
    pub(crate) fn piece(&self) -> &Piece {
        &self.piece
    }

    /// Does what is left to do.
    ///
    /// # Errors
    /// Where a decode fails or is cancelled; what was heard before that need not be heard again.
    pub(crate) fn hear(
        &mut self,
        ear: &dyn Ear,
        recording: Sound<'_>,
        options: &TranscribeOptions,
    ) -> Result<(), SpeechError> {
        if self.counted.is_some() {
            return Ok(());
        }
        let record = match &self.record {
            Some(record) => record,
            None => self.record.insert(settle(ear, &self.piece, recording, options)?),
        };
        self.counted = Some(listen_again(ear, &self.piece, recording, record.clone(), options)?);
        Ok(())
    }

    /// What it came to, and the piece. Nothing counts of a piece that was not heard.
    pub(crate) fn into_counted(self) -> (Piece, Counted) {
        (self.piece, self.counted.unwrap_or_default())
    }
}
