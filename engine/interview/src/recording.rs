//! Answering: from the microphone, or by the keyboard.

use crate::on_air::{Follower, OnAir, Snapshot, Sound};
use crate::settling::Settled;
use crate::{Interview, InterviewError, fresh, relative};
use std::sync::Arc;
use tokio::task::spawn_blocking;
use viva_audio::{AudioSource, Ended, RecordOptions, Recording};
use viva_core::clock::Timestamp;
use viva_core::ids::{AttemptId, CandidateId, JobId, SessionId, TranscriptId};
use viva_core::session::AttemptState;
use viva_core::transcript::Transcript;
use viva_core::units::{Millis, SampleRate};
use viva_storage::{AttemptRecord, NewTranscript, Step, StorageError, Take, TakeEnd, TranscriptSource};

/// What stopping a recording came to.
#[derive(Debug)]
pub enum Stopped {
    /// The take is kept and its words are being settled.
    Kept {
        /// What the candidate should know about the take, if anything.
        trouble: Option<String>,
        /// Ends when the words are settled; dropping it changes nothing.
        settled: tokio::task::JoinHandle<Result<Settled, InterviewError>>,
    },
    /// Not even a room was heard: a muted or wrong microphone. It does not count; the question stands.
    Silent {
        /// What happened and what to do.
        says: String,
    },
}

/// How long, beside the length of the take, the process that heard an answer has it for itself. Only after that does
/// the job count it as left behind.
const GRACE: Millis = Millis(30_000);

impl Interview {
    /// Starts to record an answer at a place of a session.
    ///
    /// # Errors
    /// Where the microphone is in use, absent or refused; the question then still stands asked.
    pub async fn record(
        self: &Arc<Self>,
        session: SessionId,
        position: u32,
        source: Box<dyn AudioSource>,
    ) -> Result<AttemptId, InterviewError> {
        self.still_free()?;
        self.end_check().await?;
        let attempt = self.open_attempt(session, position).await?;
        self.go_live(&attempt, None, source).await
    }

    /// Opens the microphone for an attempt that stands asked.
    pub(crate) async fn go_live(
        &self,
        attempt: &AttemptRecord,
        candidate: Option<CandidateId>,
        source: Box<dyn AudioSource>,
    ) -> Result<AttemptId, InterviewError> {
        let (id, session, position) = (attempt.id, attempt.session, attempt.position);
        let help = self.help_for(&self.question_asked(attempt).await?);
        std::fs::create_dir_all(self.takes_dir()).map_err(InterviewError::Folder)?;
        let path = self.takes_dir().join(format!("{id}.wav"));
        let recording =
            spawn_blocking(move || Recording::start(source, path, RecordOptions::default())).await??;
        let follower = match candidate {
            None => Some(Follower::start(Arc::clone(&self.ears), recording.follow()?, help)),
            Some(_) => None,
        };
        self.store.advance(id, &Step::Record, self.now()).await?;
        let busy = {
            let mut microphone = self.microphone();
            match &*microphone {
                Some(other) => Some(other.attempt),
                None => {
                    let sound = Sound::Device(recording);
                    let (anchor, asked_to_end) = (None, false);
                    *microphone = Some(OnAir {
                        attempt: id,
                        session,
                        position,
                        candidate,
                        sound,
                        follower,
                        anchor,
                        asked_to_end,
                    });
                    None
                }
            }
        };
        if let Some(other) = busy {
            // Two started at once and this one came second; its recording has been dropped with its sound.
            self.store.advance(id, &Step::Discard, self.now()).await?;
            return Err(InterviewError::MicrophoneBusy { attempt: other });
        }
        self.tell(id);
        Ok(id)
    }

    pub(crate) fn still_free(&self) -> Result<(), InterviewError> {
        match &*self.microphone() {
            Some(other) => Err(InterviewError::MicrophoneBusy { attempt: other.attempt }),
            None => Ok(()),
        }
    }

    /// The take of practice that is being recorded from this machine's microphone, as it is now.
    pub fn on_air(&self) -> Option<Snapshot> {
        self.microphone().as_ref().filter(|on_air| on_air.candidate.is_none()).map(OnAir::snapshot)
    }

    /// The take of an attempt that is being recorded here, from whichever microphone.
    pub fn on_air_for(&self, attempt: AttemptId) -> Option<Snapshot> {
        let here = self.on_air().filter(|take| take.attempt == attempt);
        here.or_else(|| {
            self.in_pieces().get(&attempt).filter(|take| take.candidate.is_none()).map(OnAir::snapshot)
        })
    }

    /// The take that is being recorded for a place of a session, from whichever microphone.
    pub fn on_air_at(&self, session: SessionId, position: u32) -> Option<Snapshot> {
        let here = self.on_air().filter(|take| take.session == session && take.position == position);
        here.or_else(|| {
            let browsers = self.in_pieces();
            let mut there = browsers.values();
            let of_practice = |take: &&OnAir| {
                take.candidate.is_none() && take.session == session && take.position == position
            };
            there.find(of_practice).map(OnAir::snapshot)
        })
    }

    /// Stops writing for a while; time does not count. A browser pauses by sending nothing.
    pub fn pause(&self, attempt: AttemptId) -> Result<(), InterviewError> {
        self.with_recording(attempt, Recording::pause)
    }

    /// Goes on.
    pub fn resume(&self, attempt: AttemptId) -> Result<(), InterviewError> {
        self.with_recording(attempt, Recording::resume)
    }

    fn with_recording(&self, attempt: AttemptId, act: impl Fn(&Recording)) -> Result<(), InterviewError> {
        match &*self.microphone() {
            Some(OnAir { attempt: on_air, candidate: None, sound: Sound::Device(recording), .. })
                if *on_air == attempt =>
            {
                act(recording);
                Ok(())
            }
            _ if self.take_in_pieces(attempt, None).is_ok() => Ok(()),
            _ => Err(InterviewError::NotOnAir(attempt)),
        }
    }

    /// Takes a recording of practice off the air; those of a round are their interviewers'.
    fn off_air(&self, attempt: AttemptId) -> Result<OnAir, InterviewError> {
        if self.take_in_pieces(attempt, None).is_ok()
            && let Some(on_air) = self.in_pieces().remove(&attempt)
        {
            return Ok(on_air);
        }
        self.microphone()
            .take_if(|on_air| on_air.attempt == attempt && on_air.candidate.is_none())
            .ok_or(InterviewError::NotOnAir(attempt))
    }

    /// Ends the recording, keeps the take and begins to settle it.
    pub async fn stop(self: &Arc<Self>, attempt: AttemptId) -> Result<Stopped, InterviewError> {
        self.stop_because(attempt, Ended::Stopped).await
    }

    /// The same, told why: a browser knows when its microphone went away. A device of this machine says so itself.
    pub async fn stop_because(
        self: &Arc<Self>,
        attempt: AttemptId,
        ended: Ended,
    ) -> Result<Stopped, InterviewError> {
        let on_air = self.off_air(attempt)?;
        self.end_take(on_air, ended).await
    }

    /// Ends a recording that was taken off the air.
    pub(crate) async fn end_take(
        self: &Arc<Self>,
        on_air: OnAir,
        ended: Ended,
    ) -> Result<Stopped, InterviewError> {
        let OnAir { attempt, sound, follower, .. } = on_air;
        let take = spawn_blocking(move || sound.stop(ended)).await?;
        let take = take.ok_or(InterviewError::NotOnAir(attempt))?;
        let trouble = take.trouble();
        if take.silent {
            drop(follower);
            self.store.advance(attempt, &Step::Discard, self.now()).await?;
            self.tell(attempt);
            if let Err(error) = std::fs::remove_file(&take.path) {
                tracing::warn!(%error, "a silent take could not be removed");
            }
            return Ok(Stopped::Silent { says: trouble.unwrap_or_default() });
        }
        // From here on a job exists that settles the take, whatever becomes of this process.
        if follower.is_some() {
            self.live().insert(attempt);
        }
        let (now, not_before) = (self.now(), self.now().after(GRACE).after(take.length));
        let kept = self.store.keep_take(attempt, &kept(&take, now), JobId(fresh()), not_before, now).await;
        match kept {
            Ok(_) => {}
            Err(StorageError::NotFound { .. }) => {
                // Its session was deleted while it was spoken; the sound goes as well.
                self.live().remove(&attempt);
                if let Err(error) = std::fs::remove_file(&take.path) {
                    tracing::warn!(%error, "the recording of a deleted answer could not be removed");
                }
                return Err(InterviewError::NoAttempt(attempt));
            }
            Err(error) => {
                self.live().remove(&attempt);
                return Err(error.into());
            }
        }
        self.tell(attempt);
        let interview = Arc::clone(self);
        let settled = tokio::spawn(async move {
            match follower {
                Some(follower) => interview.settle_live(attempt, follower).await,
                None => interview.settle(attempt).await,
            }
        });
        Ok(Stopped::Kept { trouble, settled })
    }

    /// Throws the recording away; the question stands and can be answered again.
    pub async fn discard(&self, attempt: AttemptId) -> Result<(), InterviewError> {
        let on_air = self.off_air(attempt)?;
        self.drop_take(on_air).await
    }

    /// Throws away a recording that was taken off the air.
    pub(crate) async fn drop_take(&self, on_air: OnAir) -> Result<(), InterviewError> {
        let OnAir { attempt, sound, follower, .. } = on_air;
        drop(follower);
        let take = spawn_blocking(move || sound.stop(Ended::Stopped)).await?;
        let take = take.ok_or(InterviewError::NotOnAir(attempt))?;
        self.store.advance(attempt, &Step::Discard, self.now()).await?;
        self.tell(attempt);
        if let Err(error) = std::fs::remove_file(&take.path) {
            tracing::warn!(%error, "a discarded take could not be removed");
        }
        Ok(())
    }

    /// Takes a typed answer and scores it.
    pub async fn answer_typed(
        self: &Arc<Self>,
        session: SessionId,
        position: u32,
        text: &str,
    ) -> Result<AttemptId, InterviewError> {
        if text.trim().is_empty() {
            return Err(InterviewError::NothingTyped);
        }
        let attempt = self.open_attempt(session, position).await?.id;
        let transcript = NewTranscript {
            id: TranscriptId(fresh()),
            source: TranscriptSource::Typed,
            transcript: Transcript::typed(text.trim()),
        };
        self.store.keep_typed(attempt, &transcript, JobId(fresh()), self.now()).await?;
        self.settle(attempt).await?;
        Ok(attempt)
    }

    /// The attempt that stands asked at a place; asks, where none does.
    pub(crate) async fn open_attempt(
        &self,
        session: SessionId,
        position: u32,
    ) -> Result<AttemptRecord, InterviewError> {
        let record = self.session(session).await?;
        let asked = record
            .places
            .get(position as usize)
            .and_then(|place| place.attempts.last())
            .filter(|attempt| attempt.state == AttemptState::Asked);
        match asked {
            Some(attempt) => Ok(attempt.clone()),
            None => Ok(self.store.ask(session, position, AttemptId(fresh()), self.now()).await?),
        }
    }
}

/// A take as it is kept.
fn kept(take: &viva_audio::Take, at: Timestamp) -> Take {
    Take {
        path: relative(&take.path),
        length: take.length,
        bytes: std::fs::metadata(&take.path).map(|file| file.len()).unwrap_or(0),
        sample_rate: SampleRate::WHISPER,
        peak_dbfs: take.peak_dbfs,
        rms_dbfs: take.rms_dbfs,
        clipped_samples: take.clipped_samples,
        dropped_samples: take.dropped_samples,
        device: Some(take.device_name.clone()),
        ended: match take.ended {
            Ended::Stopped => TakeEnd::Stopped,
            Ended::DeviceLost => TakeEnd::DeviceLost,
            Ended::DiskFull | Ended::WriteFailed => TakeEnd::DiskFull,
            Ended::MaxLength => TakeEnd::TimeLimit,
        },
        kept_at: at,
    }
}
