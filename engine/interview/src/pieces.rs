//! Answering from a browser: a take that arrives in numbered pieces, over an interrupted connection if need be.
//!
//! An answer in pieces outlives its page and its server. It stays *recording* until somebody stops it: the page that
//! comes back sends what it still has, and whoever has had enough of waiting stops it with what is there.

use crate::on_air::{Follower, OnAir, Sound};
use crate::{Interview, InterviewError};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;
use tokio::task::spawn_blocking;
use viva_audio::{Ended, Piece, PieceTake, RecordOptions, SourceFormat, Standing};
use viva_core::ids::{AttemptId, CandidateId, SessionId};
use viva_core::session::AttemptState;
use viva_core::units::Millis;
use viva_storage::{AttemptRecord, Step};

/// After so long without a piece, nobody comes back for it: the next start keeps it as it is.
const GIVEN_UP: Duration = Duration::from_secs(24 * 60 * 60);

/// A piece as it came over the wire.
#[derive(Debug)]
pub struct NewPiece<B> {
    /// Its place, from 0.
    pub number: u32,
    /// How long its capturing took by the browser's clock.
    pub took: Millis,
    /// The checksum that was sent with it.
    pub crc32: u32,
    /// Mono samples, 16 bits each, low byte first.
    pub pcm: B,
}

impl Interview {
    /// Starts an answer that a browser sends in pieces. Pressed twice, it is the same answer.
    ///
    /// # Errors
    /// Where the rate is none a browser has, or the disk gives no room; the question then still stands asked.
    pub async fn record_pieces(
        self: &Arc<Self>,
        session: SessionId,
        position: u32,
        format: SourceFormat,
    ) -> Result<AttemptId, InterviewError> {
        if let Some(running) = self.on_air_at(session, position) {
            return match running.pieces {
                Some(_) => Ok(running.attempt),
                None => Err(InterviewError::MicrophoneBusy { attempt: running.attempt }),
            };
        }
        let asked = self.open_attempt(session, position).await?;
        self.begin_pieces(&asked, None, format).await
    }

    /// Opens a take for an attempt that stands asked. What a candidate of a round says is not followed.
    pub(crate) async fn begin_pieces(
        &self,
        asked: &AttemptRecord,
        candidate: Option<CandidateId>,
        format: SourceFormat,
    ) -> Result<AttemptId, InterviewError> {
        let (attempt, session, position) = (asked.id, asked.session, asked.position);
        let help = self.help_for(&self.question_asked(asked).await?);
        std::fs::create_dir_all(self.takes_dir()).map_err(InterviewError::Folder)?;
        let path = self.take_of(attempt);
        let take =
            spawn_blocking(move || PieceTake::start(&path, format, RecordOptions::default())).await??;
        self.store.advance(attempt, &Step::Record, self.now()).await?;
        let sound = Sound::Pieces(Arc::new(take));
        let follower = match candidate {
            None => Some(Follower::start(Arc::clone(&self.ears), sound.follow()?, help)),
            Some(_) => None,
        };
        let (anchor, asked_to_end) = (None, false);
        let on_air = OnAir { attempt, session, position, candidate, sound, follower, anchor, asked_to_end };
        self.in_pieces().insert(attempt, on_air);
        self.tell(attempt);
        Ok(attempt)
    }

    /// Takes a piece of an answer. When this returns it is on disk. Says which piece is due next.
    ///
    /// # Errors
    /// See [`viva_audio::PieceError`]; [`InterviewError::NotOnAir`] where the answer is not being recorded.
    pub async fn piece<B: AsRef<[u8]> + Send + 'static>(
        &self,
        attempt: AttemptId,
        piece: NewPiece<B>,
    ) -> Result<u32, InterviewError> {
        let take = self.take_in_pieces(attempt, None)?;
        let next = self.accept(take, piece).await?;
        if self.in_pieces().get(&attempt).is_some_and(|on_air| on_air.follower.is_none()) {
            // Somebody has come back: from here on it is followed as if it had never been interrupted.
            let help = self.help_for(&self.question_asked(&self.attempt(attempt).await?).await?);
            if let Some(on_air) = self.in_pieces().get_mut(&attempt)
                && on_air.follower.is_none()
            {
                let take = on_air.sound.follow()?;
                on_air.follower = Some(Follower::start(Arc::clone(&self.ears), take, help));
            }
        }
        Ok(next)
    }

    pub(crate) async fn accept<B: AsRef<[u8]> + Send + 'static>(
        &self,
        take: Arc<PieceTake>,
        piece: NewPiece<B>,
    ) -> Result<u32, InterviewError> {
        let accepted = spawn_blocking(move || {
            let NewPiece { number, took, crc32, pcm } = piece;
            take.accept(&Piece { number, took, crc32, pcm: pcm.as_ref() })
        });
        Ok(accepted.await??)
    }

    /// What has come of an answer in pieces.
    pub fn pieces(&self, attempt: AttemptId) -> Result<Standing, InterviewError> {
        Ok(self.take_in_pieces(attempt, None)?.standing())
    }

    /// A take of practice, or of one candidate: nobody reaches another's.
    pub(crate) fn take_in_pieces(
        &self,
        attempt: AttemptId,
        of: Option<CandidateId>,
    ) -> Result<Arc<PieceTake>, InterviewError> {
        match self.in_pieces().get(&attempt) {
            Some(OnAir { sound: Sound::Pieces(take), candidate, .. }) if *candidate == of => {
                Ok(Arc::clone(take))
            }
            _ => Err(InterviewError::NotOnAir(attempt)),
        }
    }

    /// Takes over the answers in pieces that a dead process left, so that their pages can go on, and says how many.
    pub async fn adopt_pieces(&self) -> Result<u32, InterviewError> {
        let mut adopted = 0;
        for record in self.store.unsettled_attempts().await? {
            let (attempt, path) = (record.id, self.take_of(record.id));
            if record.state != AttemptState::Recording
                || self.in_pieces().contains_key(&attempt)
                || !PieceTake::is_waiting(&path)
            {
                continue;
            }
            let candidate = self.store.round_of_answer(attempt).await?;
            let reopened = spawn_blocking(move || PieceTake::reopen(&path, RecordOptions::default())).await?;
            match reopened {
                Ok(take) => {
                    let (session, position) = (record.session, record.position);
                    let sound = Sound::Pieces(Arc::new(take));
                    let (follower, anchor, asked_to_end) = (None, None, false);
                    let waiting = OnAir {
                        attempt,
                        session,
                        position,
                        candidate,
                        sound,
                        follower,
                        anchor,
                        asked_to_end,
                    };
                    self.in_pieces().entry(attempt).or_insert(waiting);
                    adopted += 1;
                }
                // Another process is at it, or its file is damaged; neither may keep Viva from starting.
                Err(error) => tracing::warn!(%error, "an answer in pieces was left alone"),
            }
        }
        Ok(adopted)
    }

    /// Stops and keeps the answers in pieces that nobody has come back to for a day.
    pub async fn close_given_up(self: &Arc<Self>) -> Result<(), InterviewError> {
        let waiting: Vec<AttemptId> = self.in_pieces().keys().copied().collect();
        for attempt in waiting {
            let touched = PieceTake::last_touched(&self.take_of(attempt));
            let idle = touched.and_then(|touched| touched.elapsed().ok());
            if idle.is_some_and(|idle| idle > GIVEN_UP) {
                let given_up = self.in_pieces().remove(&attempt);
                if let Some(given_up) = given_up {
                    self.end_take(given_up, Ended::Stopped).await?;
                }
            }
        }
        Ok(())
    }

    fn take_of(&self, attempt: AttemptId) -> PathBuf {
        self.takes_dir().join(format!("{attempt}.wav"))
    }
}
