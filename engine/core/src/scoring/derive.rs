//! A rubric from nothing but a model answer.
//!
//! The answer is cut into the points it makes, and each point's listening items are the words that carry
//! its meaning: rare in English at large, and not said by the question already.

use super::{Language, Scorer};
use crate::bank::{Criterion, Rubric};
use crate::ids::CriterionId;
use crate::text::function_words::is_function_word;
use crate::text::tokenise;
use std::collections::{BTreeMap, HashSet};

/// A derived rubric with the reasons for it.
#[derive(Debug, Clone, PartialEq)]
pub struct Derivation {
    /// What came out.
    pub rubric: Rubric,
    /// One entry a criterion, in the same order.
    pub points: Vec<DerivedPoint>,
    /// Parts of the model answer that were left out, each with the reason.
    pub left_out: Vec<(String, String)>,
}

/// How one criterion came about.
#[derive(Debug, Clone, PartialEq)]
pub struct DerivedPoint {
    /// The part of the model answer it stands for.
    pub source: String,
    /// Why it weighs what it weighs and is required or not, in plain words.
    pub why: String,
    /// Each listening item's first form and how much meaning it carries, in bits.
    pub items: Vec<(String, f64)>,
}

/// Derives a rubric from a model answer.
pub fn derive(scorer: &Scorer, question: &str, model_answer: &str) -> Rubric {
    derive_explained(scorer, question, model_answer).rubric
}

/// Derives a rubric and tells how it came about.
pub fn derive_explained(scorer: &Scorer, question: &str, model_answer: &str) -> Derivation {
    derive_with(scorer.language(), question, model_answer)
}

pub(super) fn derive_with(language: &Language, question: &str, model_answer: &str) -> Derivation {
    let asked: HashSet<String> =
        tokenise(question, &language.stemmer, &language.frequency).into_iter().map(|t| t.stem).collect();
    let chars: Vec<char> = model_answer.chars().collect();
    let tokens = tokenise(model_answer, &language.stemmer, &language.frequency);
    let mut points = Vec::new();
    let mut criteria = Vec::new();
    let mut from = 0;
    while from < tokens.len() {
        let sentence = tokens[from].sentence;
        let end =
            tokens[from..].iter().position(|t| t.sentence != sentence).map_or(tokens.len(), |n| from + n);
        let part = &tokens[from..end];
        from = end;
        let mut seen = HashSet::new();
        let mut items: Vec<(String, f64)> = part
            .iter()
            .filter(|t| !is_function_word(&t.norm) && seen.insert(t.stem.clone()))
            .map(|t| {
                let bits = (8.0 - language.frequency.zipf(&t.norm)).max(0.5) * std::f64::consts::LOG2_10;
                let said: String = chars[t.start..t.end].iter().collect();
                (said, if asked.contains(&t.stem) { 0.0 } else { bits })
            })
            .collect();
        if items.iter().any(|i| i.1 > 0.0) {
            items.retain(|i| i.1 > 0.0);
        }
        if items.is_empty() {
            continue;
        }
        let (start, stop) = (part[0].start, part[part.len() - 1].end);
        let says: String = chars[start..stop].iter().collect();
        let Ok(id) = CriterionId::try_from(format!("point-{}", criteria.len() + 1)) else { continue };
        criteria.push(Criterion {
            id,
            says: says.clone(),
            weight: 1.0,
            required: false,
            listen: items.iter().map(|i| vec![i.0.clone()]).collect(),
            order: false,
            within: None,
            probe: None,
        });
        points.push(DerivedPoint { source: says, why: "A sentence of the model answer.".into(), items });
    }
    Derivation {
        rubric: Rubric { criteria, mistakes: Vec::new(), anchors: BTreeMap::new() },
        points,
        left_out: Vec::new(),
    }
}
