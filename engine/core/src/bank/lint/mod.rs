//! What keeps packs honest: each model answer earns its own rubric, and no other answer does.
//!
//! Pure: marks are given by the scorer that marks candidates, so a finding here is what a candidate would
//! have met. Findings are held (a pack with one is not released) or only reported.

mod marks;
mod released;

pub use released::{BadReleased, Released};

use super::{Bank, Question};
use crate::ids::{PackId, QuestionId};
use marks::Marks;
use serde::Serialize;
use std::fmt;

/// The least a model answer scores on its own rubric.
pub const LEAST_OWN_SCORE: f64 = 95.0;
/// The most answers from other packs score, at the 95th percentile.
pub const MOST_FROM_OTHER_PACKS: f64 = 15.0;
/// The most other answers from the same pack score, at the 95th percentile.
pub const MOST_FROM_SAME_PACK: f64 = 30.0;
/// How long a model answer is, in words.
pub const ANSWER_WORDS: std::ops::RangeInclusive<usize> = 90..=220;
/// How many criteria a question has.
pub const CRITERIA: std::ops::RangeInclusive<usize> = 4..=8;
/// How many of the highest scores of other answers are named in a finding.
const NAMED: usize = 3;

/// A rule a pack is held to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Rule {
    /// The model answer scores at least [`LEAST_OWN_SCORE`] on its own rubric.
    OwnScore,
    /// Every listening item is heard in the model answer.
    ListenHeard,
    /// The model answer makes none of the mistakes.
    OwnMistake,
    /// Answers from other packs score at most [`MOST_FROM_OTHER_PACKS`].
    OtherPacks,
    /// Other answers from the same pack score at most [`MOST_FROM_SAME_PACK`].
    SamePack,
    /// Every alternative is heard when it is said by itself: reported, not held.
    Unheard,
    /// A related answer scores more than [`MOST_FROM_SAME_PACK`]: reported, not held.
    Related,
    /// The model answer has [`ANSWER_WORDS`].
    AnswerLength,
    /// There are [`CRITERIA`] criteria.
    CriteriaCount,
    /// An id of the last release is still there.
    IdStable,
    /// An id that was retired is not used again.
    IdRetired,
}

impl Rule {
    /// Whether a pack that breaks it is held back.
    pub fn is_held(self) -> bool {
        !matches!(self, Self::Related | Self::Unheard)
    }

    /// Its name in reports.
    pub fn name(self) -> &'static str {
        match self {
            Self::OwnScore => "own-score",
            Self::ListenHeard => "listen-heard",
            Self::OwnMistake => "own-mistake",
            Self::OtherPacks => "other-packs",
            Self::SamePack => "same-pack",
            Self::Related => "related",
            Self::Unheard => "unheard",
            Self::AnswerLength => "answer-length",
            Self::CriteriaCount => "criteria-count",
            Self::IdStable => "id-stable",
            Self::IdRetired => "id-retired",
        }
    }
}

/// One thing a pack should do better.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Finding {
    /// The rule it breaks.
    pub rule: Rule,
    /// The pack it is in.
    pub pack: PackId,
    /// The question it is about.
    pub question: QuestionId,
    /// What was found and what would mend it.
    pub says: String,
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {} [{}]", self.question, self.says, self.rule.name())
    }
}

/// Holds packs to every rule. `subjects` are the packs that are judged; all others in the bank only give
/// answers to judge them by.
pub fn lint(bank: &Bank, subjects: &[PackId], released: &Released) -> Vec<Finding> {
    let mut findings = Vec::new();
    for question in bank.questions().filter(|question| subjects.contains(&question.pack)) {
        findings.extend(lint_question(bank, question));
        if released.is_retired(&question.id) {
            findings.push(Finding {
                rule: Rule::IdRetired,
                pack: question.pack.clone(),
                question: question.id.clone(),
                says: "this id was retired with another question; give the question a new one".to_owned(),
            });
        }
    }
    for id in released.missing_from(bank) {
        let Some(pack) = subjects.iter().find(|pack| id.as_str().starts_with(&format!("{pack}."))) else {
            continue;
        };
        findings.push(Finding {
            rule: Rule::IdStable,
            pack: pack.clone(),
            question: id.clone(),
            says: "released before and gone now; bring it back, or retire it in the list of released ids"
                .to_owned(),
        });
    }
    findings
}

/// Holds one question to the rules that marks decide, beside all other questions of the bank; the question need not be
/// in the bank as it stands here.
pub fn lint_question(bank: &Bank, question: &Question) -> Vec<Finding> {
    let questions: Vec<&Question> = bank.questions().collect();
    let mut findings = Vec::new();
    let mut found = |rule, says| {
        findings.push(Finding { rule, pack: question.pack.clone(), question: question.id.clone(), says });
    };
    shape(question, &mut found);
    let marks = Marks::of(question, &questions);
    own(question, &marks, &mut found);
    for unheard in &marks.unheard {
        let (criterion, way) = (&unheard.criterion, &unheard.way);
        found(
            Rule::Unheard,
            format!(
                "criterion \"{criterion}\" does not hear {way:?} said by itself; say it otherwise, or list fewer"
            ),
        );
    }
    others(&marks, bank.packs().len() > 1, &mut found);
    findings
}

fn shape(question: &Question, found: &mut impl FnMut(Rule, String)) {
    let words = question.model_answer.split_whitespace().count();
    if !ANSWER_WORDS.contains(&words) {
        let (least, most) = (ANSWER_WORDS.start(), ANSWER_WORDS.end());
        found(Rule::AnswerLength, format!("the model answer has {words} words; write {least} to {most}"));
    }
    let criteria = question.rubric.criteria.len();
    if !CRITERIA.contains(&criteria) {
        let (least, most) = (CRITERIA.start(), CRITERIA.end());
        found(Rule::CriteriaCount, format!("there are {criteria} criteria; write {least} to {most}"));
    }
}

fn own(question: &Question, marks: &Marks<'_>, found: &mut impl FnMut(Rule, String)) {
    let own = &marks.own;
    if own.score < LEAST_OWN_SCORE {
        let short: Vec<String> = own
            .criteria
            .iter()
            .filter(|one| one.credit < 1.0)
            .map(|one| format!("{} {:.0} %", one.id, one.credit * 100.0))
            .chain(own.guards.iter().map(|guard| format!("guard {}", guard.id)))
            .collect();
        let score = own.score;
        let short = if short.is_empty() { String::new() } else { format!(" ({})", short.join(", ")) };
        found(
            Rule::OwnScore,
            format!("the model answer scores {score:.0} on its own rubric, not 95 or more{short}"),
        );
    }
    for result in &own.criteria {
        for item in &result.not_heard {
            let near = result
                .near
                .first()
                .map_or_else(String::new, |near| format!(" ({:?}: {})", near.text, near.why));
            found(
                Rule::ListenHeard,
                format!(
                    "criterion \"{}\" listens for {item:?}, and the model answer has no alternative of it{near}; \
                     write one into either",
                    result.id
                ),
            );
        }
    }
    for mistake in &own.mistakes {
        let heard: Vec<&str> = mistake.evidence.iter().map(|one| one.text.as_str()).collect();
        found(
            Rule::OwnMistake,
            format!(
                "the model answer makes its own mistake {:?} with {heard:?}; listen for less of it",
                mistake.says
            ),
        );
    }
    debug_assert_eq!(own.criteria.len(), question.rubric.criteria.len());
}

fn others(marks: &Marks<'_>, several: bool, found: &mut impl FnMut(Rule, String)) {
    if several {
        too_high(
            Rule::OtherPacks,
            "answers from other packs",
            &marks.other_packs,
            MOST_FROM_OTHER_PACKS,
            found,
        );
    }
    too_high(Rule::SamePack, "other answers from the pack", &marks.same_pack, MOST_FROM_SAME_PACK, found);
    for mark in marks.related.iter().filter(|mark| mark.score > MOST_FROM_SAME_PACK) {
        found(Rule::Related, format!("the related answer {mark} counts here"));
    }
}

fn too_high(
    rule: Rule,
    whose: &str,
    marks: &[marks::Mark<'_>],
    most: f64,
    found: &mut impl FnMut(Rule, String),
) {
    // Nearest rank; the marks stand highest first.
    let Some(mark) = marks.get(marks.len() - (marks.len() * 95).div_ceil(100)) else { return };
    if mark.score > most {
        let named: Vec<String> = marks.iter().take(NAMED).map(ToString::to_string).collect();
        let score = mark.score;
        found(
            rule,
            format!(
                "{whose} score {score:.0} here at the 95th percentile, not {most:.0} or less ({}); \
                 listen for what only this answer says",
                named.join("; ")
            ),
        );
    }
}
