//! A kit: the questions of a round in order, with their minutes, competencies, probes and anchors.
//!
//! A kit carries the whole text of its questions and rubrics, so that a later edit of a pack changes nothing. Its
//! hash is taken when it is frozen, which is when a round first uses it.

use crate::bank::Question;
use crate::ids::QuestionId;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::collections::{BTreeMap, BTreeSet};

/// The levels of a rating.
pub const LEVELS: std::ops::RangeInclusive<u8> = 1..=5;

/// What every candidate of a round is asked, and how it is rated.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Kit {
    /// What people call it.
    pub title: String,
    /// What is rated, with its share.
    pub competencies: Vec<Competency>,
    /// In the order in which they are asked.
    pub questions: Vec<KitQuestion>,
}

/// Something a round looks for.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Competency {
    /// Its name, unique in the kit.
    pub name: String,
    /// Its share of the whole; zero counts for nothing.
    pub weight: f64,
}

/// A question as a kit asks it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct KitQuestion {
    /// Text, model answer and rubric as they were when the question was taken from its pack.
    pub question: Question,
    /// Time for question, answer and probes.
    pub minutes: u32,
    /// The name of the competency it shows.
    pub competency: String,
    /// The follow-ups that may be asked, in order.
    pub probes: Vec<String>,
    /// What an answer of each level, 1 to 5, is like.
    pub anchors: BTreeMap<u8, Anchor>,
}

/// What an answer of one level is like.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Anchor {
    /// The behaviour, as one sentence.
    pub says: String,
    /// Something a candidate of this level might say; may be empty.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub example: String,
}

/// A kit that no longer changes.
#[derive(Debug, Clone, PartialEq)]
pub struct FrozenKit {
    /// What is asked and how it is rated.
    pub kit: Kit,
    /// SHA-256 of [`Kit::document`], hex.
    pub hash: String,
}

/// Where an edit of a kit goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KitEdit {
    /// It was never used: the same version changes.
    InPlace,
    /// It was used: the edit becomes the next version, and rounds keep theirs.
    NextVersion,
}

/// Why a kit cannot be used yet. Positions are from 0.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum KitProblem {
    /// It has no title.
    #[error("give the kit a title")]
    NoTitle,
    /// It asks nothing.
    #[error("add a question from a pack")]
    NoQuestion,
    /// A question stands in it twice.
    #[error("question {} stands in the kit twice; take one of them out", position + 1)]
    Twice {
        /// The second of them.
        position: usize,
    },
    /// Two competencies have one name.
    #[error("two competencies are called \"{0}\"; give one of them another name")]
    CompetencyTwice(String),
    /// A weight is no weight.
    #[error("the weight of \"{0}\" must be a number from 0 to 100")]
    BadWeight(String),
    /// Nothing weighs anything.
    #[error("at least one competency that is asked about needs a weight above 0")]
    NoWeight,
    /// A question shows no competency of the kit.
    #[error("question {} names no competency of this kit; choose one", position + 1)]
    NoCompetency {
        /// The question.
        position: usize,
    },
    /// A question has no time.
    #[error("question {} needs 1 to 120 minutes", position + 1)]
    BadMinutes {
        /// The question.
        position: usize,
    },
    /// A level of a question has no anchor.
    #[error("question {}: write what an answer of level {level} is like", position + 1)]
    NoAnchor {
        /// The question.
        position: usize,
        /// The level without one.
        level: u8,
    },
}

impl KitQuestion {
    /// A pack's question as a kit first asks it: its own length with time to probe, the probes and anchors of its
    /// rubric, its topic as the competency.
    pub fn of(question: &Question) -> Self {
        let anchors = LEVELS
            .map(|level| {
                let says = question.rubric.anchors.get(&level).cloned().unwrap_or_default();
                (level, Anchor { says, example: String::new() })
            })
            .collect();
        Self {
            question: question.clone(),
            minutes: question.seconds.div_ceil(60) + 3,
            competency: question.topic.clone(),
            probes: question.rubric.criteria.iter().filter_map(|criterion| criterion.probe.clone()).collect(),
            anchors,
        }
    }

    /// The anchor of a level.
    pub fn anchor(&self, level: u8) -> Option<&Anchor> {
        self.anchors.get(&level).filter(|anchor| !anchor.says.trim().is_empty())
    }
}

impl Kit {
    /// Adds a question at the end, and its competency with weight 1 where it is new.
    #[must_use]
    pub fn with(mut self, question: KitQuestion) -> Self {
        if self.competencies.iter().all(|known| known.name != question.competency) {
            self.competencies.push(Competency { name: question.competency.clone(), weight: 1.0 });
        }
        self.questions.push(question);
        self
    }

    /// Everything that keeps it from being used.
    pub fn problems(&self) -> Vec<KitProblem> {
        let mut found = Vec::new();
        if self.title.trim().is_empty() {
            found.push(KitProblem::NoTitle);
        }
        if self.questions.is_empty() {
            found.push(KitProblem::NoQuestion);
        }
        let mut names = BTreeSet::new();
        for competency in &self.competencies {
            if !names.insert(competency.name.as_str()) {
                found.push(KitProblem::CompetencyTwice(competency.name.clone()));
            }
            if !(0.0..=100.0).contains(&competency.weight) {
                found.push(KitProblem::BadWeight(competency.name.clone()));
            }
        }
        let mut asked: BTreeSet<&QuestionId> = BTreeSet::new();
        for (position, question) in self.questions.iter().enumerate() {
            if !asked.insert(&question.question.id) {
                found.push(KitProblem::Twice { position });
            }
            if !names.contains(question.competency.as_str()) {
                found.push(KitProblem::NoCompetency { position });
            }
            if !(1..=120).contains(&question.minutes) {
                found.push(KitProblem::BadMinutes { position });
            }
            let bare = LEVELS.filter(|level| question.anchor(*level).is_none());
            found.extend(bare.map(|level| KitProblem::NoAnchor { position, level }));
        }
        let weighs = (0..self.questions.len()).any(|position| self.share(position) > 0.0);
        if !self.questions.is_empty() && !weighs {
            found.push(KitProblem::NoWeight);
        }
        found
    }

    /// Makes it unchangeable.
    ///
    /// # Errors
    /// Everything that keeps it from being used.
    pub fn freeze(self) -> Result<FrozenKit, Vec<KitProblem>> {
        let found = self.problems();
        if found.is_empty() { Ok(FrozenKit { hash: self.hash(), kit: self }) } else { Err(found) }
    }

    /// Where an edit goes, by whether the version at hand is frozen.
    pub fn edit(frozen: bool) -> KitEdit {
        if frozen { KitEdit::NextVersion } else { KitEdit::InPlace }
    }

    /// The kit as JSON, the form that is kept and hashed.
    pub fn document(&self) -> String {
        serde_json::to_string(self).expect("a kit is strings and numbers, which always serialise")
    }

    /// SHA-256 of [`Kit::document`], hex.
    pub fn hash(&self) -> String {
        Sha256::digest(self.document()).iter().map(|byte| format!("{byte:02x}")).collect()
    }

    /// All its minutes together.
    pub fn minutes(&self) -> u32 {
        self.questions.iter().map(|question| question.minutes).sum()
    }

    /// The weight of the competency a question shows; 0 where there is no such question or competency.
    pub fn weight(&self, position: usize) -> f64 {
        let name = self.questions.get(position).map(|question| question.competency.as_str());
        self.competencies
            .iter()
            .find(|known| Some(known.name.as_str()) == name)
            .map_or(0.0, |known| known.weight)
    }

    /// What one question weighs: the weight of its competency, shared among the questions that show it.
    pub fn share(&self, position: usize) -> f64 {
        let Some(question) = self.questions.get(position) else { return 0.0 };
        let sharing = self.questions.iter().filter(|other| other.competency == question.competency).count();
        self.weight(position) / sharing as f64
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::bank::{Kind, Level, Rubric};

    /// A question with all five anchors.
    pub(crate) fn question(id: &str, topic: &str) -> Question {
        Question {
            id: id.parse().unwrap(),
            pack: "pack".parse().unwrap(),
            ask: format!("What is {id}?"),
            topic: topic.into(),
            level: Level::Senior,
            kind: Kind::Technical,
            seconds: 90,
            code: None,
            hint: None,
            model_answer: "It is this.".into(),
            related: Vec::new(),
            sources: Vec::new(),
            rubric: Rubric {
                anchors: LEVELS.map(|level| (level, format!("Level {level}."))).collect(),
                ..Rubric::default()
            },
        }
    }

    /// Two questions on maps (weight 2 together), one on locks (weight 1).
    pub(crate) fn kit() -> Kit {
        let mut kit = Kit { title: "Platform engineer".into(), ..Kit::default() };
        for (id, topic) in [("maps-1", "maps"), ("maps-2", "maps"), ("locks-1", "locks")] {
            kit = kit.with(KitQuestion::of(&question(id, topic)));
        }
        kit.competencies[0].weight = 2.0;
        kit
    }

    #[test]
    fn a_kit_made_of_pack_questions_can_be_used_as_it_is() {
        let kit = kit();
        assert_eq!(kit.problems(), []);
        assert_eq!((kit.minutes(), kit.questions[0].minutes), (15, 5));
        assert_eq!([kit.share(0), kit.share(1), kit.share(2), kit.share(3)], [1.0, 1.0, 1.0, 0.0]);
    }

    #[test]
    fn everything_that_is_wrong_is_told_at_once() {
        let mut kit = kit();
        kit.title = "  ".into();
        kit.competencies[0].weight = f64::NAN;
        kit.questions[0].minutes = 0;
        kit.questions[1].question.id = "maps-1".parse().unwrap();
        kit.questions[1].anchors.insert(3, Anchor::default());
        kit.questions[2].competency = "magic".into();
        assert_eq!(
            kit.problems(),
            [
                KitProblem::NoTitle,
                KitProblem::BadWeight("maps".into()),
                KitProblem::BadMinutes { position: 0 },
                KitProblem::Twice { position: 1 },
                KitProblem::NoAnchor { position: 1, level: 3 },
                KitProblem::NoCompetency { position: 2 },
                KitProblem::NoWeight,
            ]
        );
        assert!(kit.freeze().is_err());
        assert_eq!(
            Kit::default().problems(),
            [KitProblem::NoTitle, KitProblem::NoQuestion],
            "an empty kit weighs nothing and need not be told so"
        );
    }

    #[test]
    fn any_change_of_question_rubric_or_anchor_changes_the_hash() {
        let frozen = kit().freeze().unwrap();
        assert_eq!(frozen.hash, kit().hash());
        let edits: [fn(&mut Kit); 5] = [
            |kit| kit.questions[0].question.model_answer.push('!'),
            |kit| drop(kit.questions[0].question.rubric.anchors.remove(&1)),
            |kit| kit.questions[2].anchors.get_mut(&5).unwrap().example = "I would say so.".into(),
            |kit| kit.questions.swap(0, 1),
            |kit| kit.competencies[1].weight = 1.5,
        ];
        let mut hashes = BTreeSet::from([frozen.hash]);
        for (n, edit) in edits.iter().enumerate() {
            let mut changed = kit();
            edit(&mut changed);
            assert!(hashes.insert(changed.hash()), "edit {n} kept the hash");
        }
    }

    #[test]
    fn a_kit_comes_back_from_its_document() {
        assert_eq!(serde_json::from_str::<Kit>(&kit().document()).unwrap(), kit());
    }
}
