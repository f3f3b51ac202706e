//! Holds a derived rubric against the answer it was derived from.

use super::question;
use crate::outcome::FoundQuestion;
use viva_core::assessment::Verdict;
use viva_core::ids::{PackId, QuestionId};
use viva_core::scoring::Scorer;
use viva_core::transcript::Transcript;

/// Drops what scoring does not hear in the question's own model answer: words it takes as denied, or as another form.
///
/// A rubric must give its own model answer full marks, so an item that is not heard there would be a trap.
pub(crate) fn settle(scorer: &Scorer, found: &mut FoundQuestion) {
    if found.criteria.is_empty() || found.model_answer.is_empty() {
        return;
    }
    let (Ok(pack), Ok(id)) =
        (PackId::try_from("own".to_owned()), QuestionId::try_from("own.answer".to_owned()))
    else {
        return;
    };
    let transcript = Transcript::typed(found.model_answer.clone());
    // Dropping an item may move what is left, so the second look settles it.
    for _ in 0..2 {
        let assessed = scorer.prepare(&question(&pack, id.clone(), found)).assess(&transcript);
        if assessed.score >= 99.0 {
            return;
        }
        for (criterion, result) in found.criteria.iter_mut().zip(&assessed.criteria) {
            if result.verdict == Verdict::Met || result.not_heard.is_empty() {
                continue;
            }
            criterion
                .listen
                .retain(|item| item.first().is_none_or(|first| !result.not_heard.contains(first)));
        }
        if found.criteria.iter().any(|c| !c.listen.is_empty()) {
            found.criteria.retain(|c| !c.listen.is_empty());
        } else {
            found.criteria.clear();
            return;
        }
    }
}
