//! What can be logged.

/// Something somebody did in a round, or Viva did by a rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Deed {
    /// A round was started.
    RoundStarted,
    /// A round was closed.
    RoundClosed,
    /// Somebody got a seat, or another one.
    SeatGiven,
    /// A seat was taken away.
    SeatTaken,
    /// Names were shown or replaced by codes.
    NamesChanged,
    /// A candidate was added.
    CandidateAdded,
    /// The ground for recording was written down.
    GroundKept,
    /// A candidate said no to being recorded.
    OptedOut,
    /// An interview left its kit.
    Deviated,
    /// A card was asked for.
    CardAsked,
    /// A card was released.
    CardReleased,
    /// A card was handed in.
    CardSubmitted,
    /// A card was amended.
    CardAmended,
    /// A panel's consensus was written down beside the mean.
    ConsensusKept,
    /// Something was exported.
    Exported,
    /// A candidate was erased.
    Erased,
    /// A legal hold was set.
    HoldSet,
    /// A legal hold was lifted.
    HoldLifted,
    /// A retention clock was set.
    RetentionSet,
    /// Recordings went by their clock.
    AudioExpired,
    /// Transcripts and scores went by their clock.
    TranscriptsExpired,
    /// Cards went by their clock.
    RatingsExpired,
}

impl Deed {
    /// All of them.
    pub const ALL: [Self; 22] = [
        Self::RoundStarted,
        Self::RoundClosed,
        Self::SeatGiven,
        Self::SeatTaken,
        Self::NamesChanged,
        Self::CandidateAdded,
        Self::GroundKept,
        Self::OptedOut,
        Self::Deviated,
        Self::CardAsked,
        Self::CardReleased,
        Self::CardSubmitted,
        Self::CardAmended,
        Self::ConsensusKept,
        Self::Exported,
        Self::Erased,
        Self::HoldSet,
        Self::HoldLifted,
        Self::RetentionSet,
        Self::AudioExpired,
        Self::TranscriptsExpired,
        Self::RatingsExpired,
    ];

    /// Its stable name, as stored and hashed.
    pub fn name(self) -> &'static str {
        match self {
            Self::RoundStarted => "round_started",
            Self::RoundClosed => "round_closed",
            Self::SeatGiven => "seat_given",
            Self::SeatTaken => "seat_taken",
            Self::NamesChanged => "names_changed",
            Self::CandidateAdded => "candidate_added",
            Self::GroundKept => "ground_kept",
            Self::OptedOut => "opted_out",
            Self::Deviated => "deviated",
            Self::CardAsked => "card_asked",
            Self::CardReleased => "card_released",
            Self::CardSubmitted => "card_submitted",
            Self::CardAmended => "card_amended",
            Self::ConsensusKept => "consensus_kept",
            Self::Exported => "exported",
            Self::Erased => "erased",
            Self::HoldSet => "hold_set",
            Self::HoldLifted => "hold_lifted",
            Self::RetentionSet => "retention_set",
            Self::AudioExpired => "audio_expired",
            Self::TranscriptsExpired => "transcripts_expired",
            Self::RatingsExpired => "ratings_expired",
        }
    }
}
