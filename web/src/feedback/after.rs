//! What stands around a score: help that was taken before it, a correction of its words, follow-ups beside it.

use super::{Correction, points, whole};
use viva_core::assessment::{Assessment, Verdict};
use viva_core::bank::Question;
use viva_core::ids::CriterionId;
use viva_core::session::AttemptState;
use viva_core::transcript::{Edit, Transcript};
use viva_storage::{Help, HistoryEntry};

/// A correction, with what it changed.
pub struct CorrectionView {
    /// `Corrected by you.`
    pub says: String,
    /// `Before: 54.`
    pub before_says: String,
    /// The words with what was taken out and put in.
    pub runs: Vec<Run>,
}

/// A run of words in a correction.
pub struct Run {
    /// The words.
    pub text: String,
    /// Whether they were taken out.
    pub gone: bool,
    /// Whether they were put in.
    pub new: bool,
}

impl CorrectionView {
    pub(super) fn new(correction: &Correction<'_>, now: &Transcript) -> Self {
        let runs = correction.before.edits_to(now).into_iter().map(|(edit, text)| Run {
            text,
            gone: edit == Edit::Gone,
            new: edit == Edit::New,
        });
        let before = match correction.score.no_answer {
            true => "Before: no answer.".to_owned(),
            false => format!("Before: {}.", whole(correction.score.score)),
        };
        Self {
            says: format!("Corrected by {}.", correction.author),
            before_says: before,
            runs: runs.collect(),
        }
    }
}

/// The follow-up for one criterion that was missed.
pub struct FollowUpView {
    /// The criterion's place in the list, from 1.
    pub number: usize,
    /// The criterion.
    pub criterion: CriterionId,
    /// What is asked.
    pub ask: String,
    /// What became of it, once it was asked.
    pub result: Option<FollowUpResult>,
}

/// What became of a follow-up.
pub struct FollowUpResult {
    /// Its own page.
    pub href: String,
    /// `2 of 2 points, beside the score`
    pub says: String,
    /// `met`, `partly` or `missed`; none while there is no score.
    pub verdict: Option<&'static str>,
}

/// The follow-ups of what an answer did not meet, worth most first.
pub(super) fn follow_ups(
    question: &Question,
    assessment: &Assessment,
    asked: &[HistoryEntry],
) -> Vec<FollowUpView> {
    let mut views: Vec<(f64, FollowUpView)> = (1..)
        .zip(&assessment.criteria)
        .filter(|(_, result)| result.verdict != Verdict::Met)
        .filter_map(|(number, result)| {
            let criterion = question.rubric.criteria.iter().find(|criterion| criterion.id == result.id)?;
            let ask = criterion.probe.clone()?;
            // A scored one tells more than one that stands open.
            let entry = asked.iter().filter(|entry| entry.ask == ask);
            let entry = entry.clone().find(|entry| entry.score.is_some()).or_else(|| entry.clone().next());
            let worth = result.weight * (1.0 - result.credit);
            let result = entry.map(|entry| outcome(entry, result.weight));
            Some((worth, FollowUpView { number, criterion: criterion.id.clone(), ask, result }))
        })
        .collect();
    views.sort_by(|(a, _), (b, _)| b.total_cmp(a));
    views.into_iter().map(|(_, view)| view).collect()
}

fn outcome(entry: &HistoryEntry, weight: f64) -> FollowUpResult {
    let score = entry.score.filter(|_| entry.state == AttemptState::Assessed);
    match score {
        Some(score) => FollowUpResult {
            href: format!("/attempts/{}", entry.attempt),
            says: format!(
                "{} of {} points, beside the score",
                points(weight * score.score / 100.0),
                points(weight)
            ),
            verdict: Some(match score.score {
                full if full >= 99.5 => "met",
                some if some > 0.5 => "partly",
                _ => "missed",
            }),
        },
        None if entry.state.is_open() => FollowUpResult {
            href: format!("/sessions/{}/questions/{}", entry.session, entry.position + 1),
            says: "asked, not answered yet".to_owned(),
            verdict: None,
        },
        None => FollowUpResult {
            href: format!("/attempts/{}", entry.attempt),
            says: match entry.state {
                AttemptState::NoAnswer => "no answer",
                AttemptState::Skipped => "skipped",
                AttemptState::Failed(_) => "not settled",
                _ => "settling",
            }
            .to_owned(),
            verdict: None,
        },
    }
}

/// What help was taken, where it was.
pub(super) fn help_says(help: Help) -> Option<&'static str> {
    match (help.reveal, help.hint) {
        (true, _) => Some("Given after the model answer was shown."),
        (false, true) => Some("Given after the hint."),
        (false, false) => None,
    }
}
