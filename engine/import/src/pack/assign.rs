//! Gives the questions of a document the ids they had, if they were there before.

use super::ids;
use super::kin::{self, Words};
use super::renew::{Incoming, Provenance, Wanted};
use crate::document::outline::key;
use crate::outcome::FoundQuestion;
use std::collections::{HashMap, HashSet};
use viva_core::bank::{Pack, Question};
use viva_core::ids::{PackId, QuestionId};

/// Gives every question of the documents an id: the one it had, if it was there before.
pub(super) fn assign(
    pack: &Pack,
    before: &Provenance,
    id: &PackId,
    wanted: &[(&Incoming, &Wanted)],
) -> Vec<QuestionId> {
    // What is known: as imported first, then what the pack holds beside that.
    let mut known: Vec<(&Question, Option<&str>)> =
        before.questions.iter().map(|o| (&o.question, o.source_id.as_deref())).collect();
    let held: HashSet<&QuestionId> = before.questions.iter().map(|o| &o.question.id).collect();
    known.extend(pack.questions.iter().filter(|q| !held.contains(&q.id)).map(|q| (q, None)));
    let mut by_source: HashMap<&str, usize> = HashMap::new();
    let mut by_ask: HashMap<String, Vec<usize>> = HashMap::new();
    let mut by_id: HashMap<&QuestionId, usize> = HashMap::new();
    for (n, (question, source_id)) in known.iter().enumerate() {
        if let Some(own) = source_id {
            by_source.insert(own, n);
        }
        by_ask.entry(key(&question.ask)).or_default().push(n);
        by_id.insert(&question.id, n);
    }
    let mut used: HashSet<usize> = HashSet::new();
    let mut given: Vec<Option<QuestionId>> = vec![None; wanted.len()];
    let mut give = |given: &mut Option<QuestionId>, n: Option<usize>| {
        if let Some(n) = n
            && given.is_none()
            && used.insert(n)
        {
            *given = Some(known[n].0.id.clone());
        }
    };
    let of = |wanted: &Wanted| wanted.source.clone().or_else(|| wanted.becomes.clone());
    let found: Vec<Option<FoundQuestion>> = wanted.iter().map(|(_, w)| of(w)).collect();
    for (slot, found) in given.iter_mut().zip(&found) {
        let Some(own) = found.as_ref().and_then(|f| f.source_id.as_deref()) else { continue };
        give(slot, by_source.get(own).copied());
        give(slot, ids::by_source(id, own).and_then(|id| by_id.get(&id).copied()));
    }
    for (slot, found) in given.iter_mut().zip(&found) {
        let Some(found) = found else { continue };
        for n in by_ask.get(&key(&found.ask)).into_iter().flatten() {
            give(slot, Some(*n));
        }
    }
    let open: Vec<usize> = (0..wanted.len()).filter(|n| given[*n].is_none() && found[*n].is_some()).collect();
    let free: Vec<usize> =
        (0..known.len()).filter(|n| !by_ask.is_empty() && !used_by(&given, known[*n].0)).collect();
    let new_words: Vec<Words> =
        open.iter().filter_map(|n| found[*n].as_ref()).map(|f| Words::of(&f.ask, &f.model_answer)).collect();
    let old_words: Vec<Words> =
        free.iter().map(|n| Words::of(&known[*n].0.ask, &known[*n].0.model_answer)).collect();
    for (new, old) in kin::pairs(&new_words, &old_words) {
        given[open[new]] = Some(known[free[old]].0.id.clone());
    }
    let mut taken: HashSet<QuestionId> = known.iter().map(|(q, _)| q.id.clone()).collect();
    given
        .into_iter()
        .zip(&found)
        .map(|(given, found)| match (given, found) {
            (Some(id), _) => id,
            (None, Some(found)) => ids::fresh(id, found, &mut taken),
            (None, None) => unreachable!("a question is in the document or written by hand"),
        })
        .collect()
}

fn used_by(given: &[Option<QuestionId>], question: &Question) -> bool {
    given.iter().any(|id| id.as_ref() == Some(&question.id))
}
