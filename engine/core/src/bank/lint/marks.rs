//! What every answer of a bank scores on the rubric of one question.

use super::super::Question;
use crate::assessment::Assessment;
use crate::ids::{CriterionId, QuestionId};
use crate::scoring::{PreparedQuestion, Scorer};
use crate::transcript::Transcript;
use std::fmt;

/// The marks on one rubric, other answers highest first.
pub(super) struct Marks<'a> {
    pub(super) own: Assessment,
    pub(super) same_pack: Vec<Mark<'a>>,
    pub(super) other_packs: Vec<Mark<'a>>,
    /// Answers of neighbours, named by either of the two.
    pub(super) related: Vec<Mark<'a>>,
    pub(super) unheard: Vec<Unheard>,
}

/// An alternative that no answer can earn anything with.
pub(super) struct Unheard {
    pub(super) criterion: CriterionId,
    pub(super) way: String,
}

/// The score of another question's model answer.
pub(super) struct Mark<'a> {
    pub(super) id: &'a QuestionId,
    pub(super) score: f64,
    /// What of it counted.
    heard: Vec<String>,
}

impl fmt::Display for Mark<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {:.0} by {}", self.id, self.score, self.heard.join(", "))
    }
}

impl<'a> Marks<'a> {
    pub(super) fn of(question: &Question, all: &[&'a Question]) -> Self {
        let rubric = Scorer::shared().prepare(question);
        let mark = |text: &str| rubric.assess(&Transcript::typed(text));
        let mut marks = Self {
            own: mark(&question.model_answer),
            same_pack: Vec::new(),
            other_packs: Vec::new(),
            related: Vec::new(),
            unheard: unheard(question, &rubric),
        };
        for other in all.iter().filter(|other| other.id != question.id) {
            let assessment = mark(&other.model_answer);
            let heard = assessment
                .criteria
                .iter()
                .flat_map(|one| &one.evidence)
                .map(|one| one.text.clone())
                .collect();
            let mark = Mark { id: &other.id, score: assessment.score, heard };
            if question.related.contains(&other.id) || other.related.contains(&question.id) {
                marks.related.push(mark);
            } else if other.pack == question.pack {
                marks.same_pack.push(mark);
            } else {
                marks.other_packs.push(mark);
            }
        }
        for list in [&mut marks.same_pack, &mut marks.other_packs, &mut marks.related] {
            list.sort_by(|a, b| b.score.total_cmp(&a.score).then_with(|| a.id.cmp(b.id)));
        }
        marks
    }
}

/// Says every alternative by itself and lists those that their item does not hear.
///
/// What is heard and refused is left out: an alternative such as "not the cache" needs a sentence around it.
fn unheard(question: &Question, rubric: &PreparedQuestion) -> Vec<Unheard> {
    let mut unheard = Vec::new();
    for (nth, criterion) in question.rubric.criteria.iter().enumerate() {
        for item in &criterion.listen {
            for way in item {
                let assessment = rubric.assess(&Transcript::typed(format!("I would say: {way}.")));
                let result = &assessment.criteria[nth];
                if item.first().is_some_and(|first| result.not_heard.contains(first))
                    && result.near.is_empty()
                {
                    unheard.push(Unheard { criterion: criterion.id.clone(), way: way.clone() });
                }
            }
        }
    }
    unheard
}
