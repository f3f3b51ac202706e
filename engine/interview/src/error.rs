//! Why a use case could not be done. Messages are sentences for the candidate.

use viva_audio::AudioError;
use viva_core::ids::{AttemptId, CriterionId, PackId, QuestionId, SessionId};
use viva_speech::SpeechError;
use viva_storage::StorageError;

/// Why a use case could not be done.
#[derive(Debug, thiserror::Error)]
pub enum InterviewError {
    /// There is no such session.
    #[error("there is no session {0}; it may have been deleted")]
    NoSession(SessionId),
    /// There is no such attempt.
    #[error("there is no answer {0}; it may have been deleted")]
    NoAttempt(AttemptId),
    /// No pack has this question.
    #[error("there is no question \"{0}\" in the packs; `viva rubric list` names them")]
    NoQuestion(QuestionId),
    /// There is no such pack.
    #[error("there is no pack \"{0}\"; `viva rubric list` names them")]
    NoPack(PackId),
    /// Nothing fits what was asked for.
    #[error("no question fits: choose another pack, topic or level")]
    NothingFits,
    /// The microphone of this machine is in use.
    #[error("the microphone is in use for another answer; stop that one first")]
    MicrophoneBusy {
        /// The answer that is being recorded.
        attempt: AttemptId,
    },
    /// This attempt is not being recorded here.
    #[error("this answer is not being recorded; it may have been stopped in another window")]
    NotOnAir(AttemptId),
    /// Nothing of this candidate is being recorded here.
    #[error("nothing is being recorded of this candidate; it may have been stopped in another window")]
    NobodyOnAir,
    /// A candidate's own microphone has nothing to record.
    #[error("the interviewer has opened no question for your microphone; wait for them, or tell them")]
    NothingOpened,
    /// The criterion of an answer has no follow-up.
    #[error("there is no follow-up to \"{criterion}\" of this answer")]
    NoFollowUp {
        /// The answer.
        attempt: AttemptId,
        /// The criterion asked about.
        criterion: CriterionId,
    },
    /// An answer has no score whose words could be corrected.
    #[error("this answer has no score yet; its words can be corrected once it has")]
    NotScored(AttemptId),
    /// The words of this attempt are being worked out from its recording.
    #[error(
        "the words of this answer are still being worked out from its recording; wait until it is scored, or delete \
         the whole answer"
    )]
    StillSettling(AttemptId),
    /// Another process of Viva records this attempt right now.
    #[error("an answer is being recorded by another Viva on this machine; stop that recording first")]
    RecordedElsewhere(AttemptId),
    /// The store has forgotten it, its file is still there.
    #[error(
        "it is deleted, but the file {} could not be removed yet: {source}; Viva tries again at its next start",
        file.display()
    )]
    FileStays {
        /// The file.
        file: std::path::PathBuf,
        /// What the system says.
        source: std::io::Error,
    },
    /// A correction of mis-hearings that cannot be used.
    #[error(transparent)]
    Correction(viva_core::help::corrections::BadCorrection),
    /// A typed answer had no text.
    #[error("write an answer first")]
    NothingTyped,
    /// A piece of a recording was not accepted.
    #[error(transparent)]
    Piece(#[from] viva_audio::PieceError),
    /// The microphone could not be used.
    #[error(transparent)]
    Audio(#[from] AudioError),
    /// The kept take could not be read.
    #[error("the recording cannot be read: {0}")]
    Take(#[from] viva_audio::DecodeError),
    /// There are no words.
    #[error(transparent)]
    Speech(#[from] SpeechError),
    /// It could not be kept.
    #[error(transparent)]
    Storage(#[from] StorageError),
    /// A thread died.
    #[error("a part of Viva stopped unexpectedly; what was recorded is kept")]
    Broken(#[from] tokio::task::JoinError),
    /// A folder could not be made.
    #[error("the folder for recordings cannot be made: {0}; check the disk and its permissions")]
    Folder(#[source] std::io::Error),
}

impl InterviewError {
    /// Whether trying again later may help without anyone doing anything.
    pub fn is_passing(&self) -> bool {
        match self {
            Self::Storage(error) => error.is_passing(),
            // A missing model may be fetched at any time.
            Self::Speech(SpeechError::ModelMissing(_)) => true,
            _ => false,
        }
    }
}
