//! Which question of a bank an answer most likely answers: by the words both share, rare ones counting most.

use super::Answer;
use crate::document::wording;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, HashMap, HashSet};
use viva_core::text::function_words::{is_filler, is_function_word};

/// A question as matching needs it.
#[derive(Debug, Clone, PartialEq)]
pub struct BankQuestion {
    /// Its id, as it is given back.
    pub id: String,
    /// The question.
    pub ask: String,
    /// What it is about.
    pub topic: String,
    /// The model answer, and whatever else belongs to it.
    pub answer: String,
}

/// A question an answer may belong to.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Candidate {
    /// The question's id.
    pub question_id: String,
    /// 0 to 1: how likely it is this one.
    pub confidence: f64,
    /// The words that speak for it.
    pub why: String,
}

/// Questions, ready to be compared with answers.
#[derive(Debug)]
pub struct Bank {
    questions: Vec<Weighed>,
    rarity: HashMap<String, f64>,
}

#[derive(Debug)]
struct Weighed {
    id: String,
    weights: BTreeMap<String, f64>,
    length: f64,
}

/// How alike answer and question are, the question, and the stems both share with their share of it.
type Scored<'a> = (f64, &'a Weighed, Vec<(&'a str, f64)>);

/// Candidates given for each answer.
const MOST_CANDIDATES: usize = 5;
/// Below this nothing is said to be the question.
const SURE_ENOUGH: f64 = 0.3;

impl Bank {
    /// Prepares a bank.
    pub fn new(questions: &[BankQuestion]) -> Self {
        let counted: Vec<(String, BTreeMap<String, f64>)> = questions
            .iter()
            .map(|q| {
                let mut counts = BTreeMap::new();
                for (text, share) in [(&q.ask, 5.0), (&q.topic, 1.5), (&q.answer, 1.0)] {
                    for stem in said(text) {
                        *counts.entry(stem).or_insert(0.0) += share;
                    }
                }
                (q.id.clone(), counts)
            })
            .collect();
        let mut with: HashMap<String, usize> = HashMap::new();
        for (_, counts) in &counted {
            for stem in counts.keys() {
                *with.entry(stem.clone()).or_default() += 1;
            }
        }
        let all = counted.len() as f64;
        let rarity: HashMap<String, f64> =
            with.into_iter().map(|(stem, n)| (stem, (1.0 + all / (1.0 + n as f64)).ln())).collect();
        let questions = counted
            .into_iter()
            .map(|(id, counts)| {
                let weights: BTreeMap<String, f64> = counts
                    .into_iter()
                    .map(|(stem, n)| {
                        let r = rarity[&stem];
                        (stem, (1.0 + n).ln() * r)
                    })
                    .collect();
                let length = weights.values().map(|w| w * w).sum::<f64>().sqrt().max(1e-9);
                Weighed { id, weights, length }
            })
            .collect();
        Self { questions, rarity }
    }

    /// The questions an answer most likely answers, best first.
    pub fn candidates(&self, answer: &Answer) -> Vec<Candidate> {
        let mut counts: BTreeMap<String, f64> = BTreeMap::new();
        for stem in said(&answer.text) {
            *counts.entry(stem).or_insert(0.0) += 1.0;
        }
        for stem in answer.asked.iter().flat_map(|asked| said(asked)) {
            *counts.entry(stem).or_insert(0.0) += 6.0;
        }
        let weights: BTreeMap<String, f64> = counts
            .iter()
            .filter_map(|(stem, n)| self.rarity.get(stem).map(|r| (stem.clone(), (1.0 + n).ln() * r)))
            .collect();
        let length = weights.values().map(|w| w * w).sum::<f64>().sqrt();
        let spelt = spelt(answer);
        if length == 0.0 {
            return Vec::new();
        }
        let mut scored: Vec<Scored<'_>> = self
            .questions
            .iter()
            .map(|q| {
                let mut shared: Vec<(&str, f64)> = weights
                    .iter()
                    .filter_map(|(stem, w)| q.weights.get(stem).map(|own| (stem.as_str(), w * own)))
                    .collect();
                let likeness = shared.iter().map(|s| s.1).sum::<f64>() / (length * q.length.powf(0.75) * 2.2);
                shared.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(b.0)));
                (likeness, q, shared)
            })
            .filter(|(likeness, ..)| *likeness > 0.01)
            .collect();
        scored.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.id.cmp(&b.1.id)));
        let second = scored.get(1).map_or(0.0, |s| s.0);
        scored
            .into_iter()
            .take(MOST_CANDIDATES)
            .enumerate()
            .map(|(n, (likeness, q, shared))| {
                let lead = if n == 0 { (likeness - second) / likeness } else { 0.0 };
                let confidence = ((likeness * 1.8).min(0.8) + lead * 0.2).min(1.0);
                let words: Vec<&str> = shared
                    .iter()
                    .take(5)
                    .map(|(stem, _)| spelt.get(*stem).map_or(*stem, String::as_str))
                    .collect();
                Candidate {
                    question_id: q.id.clone(),
                    confidence: (confidence * 100.0).round() / 100.0,
                    why: format!("Both speak of {}.", words.join(", ")),
                }
            })
            .collect()
    }

    /// The question an answer is taken to answer: the best candidate, if it is sure enough.
    pub fn chosen<'a>(&self, candidates: &'a [Candidate]) -> Option<&'a str> {
        candidates.first().filter(|c| c.confidence >= SURE_ENOUGH).map(|c| c.question_id.as_str())
    }
}

/// A whole word for each stem of an answer, as it was said first: reasons are read by people.
fn spelt(answer: &Answer) -> HashMap<String, String> {
    let mut words = HashMap::new();
    let texts = answer.asked.iter().map(String::as_str).chain([answer.text.as_str()]);
    for word in texts.flat_map(|text| text.split(|c: char| !c.is_alphanumeric())).filter(|w| w.len() > 1) {
        words.entry(wording::stem(word)).or_insert_with(|| word.to_lowercase());
    }
    words
}

/// The stems of the words that mean something, names of code cut into their words as they are spoken.
fn said(text: &str) -> Vec<String> {
    let mut found = Vec::new();
    let skipped: HashSet<&str> = [
        "thing",
        "use",
        "way",
        "like",
        "kind",
        "sort",
        "okay",
        "yeah",
        "basically",
        "actually",
        "probably",
        "example",
        "code",
        "explain",
        "java",
    ]
    .into();
    for word in text.split(|c: char| !c.is_alphanumeric()) {
        let lower = word.to_lowercase();
        if word.len() < 2
            || is_filler(&lower)
            || is_function_word(&lower)
            || wording::is_padding(&lower)
            || wording::is_plain_word(&lower)
            || skipped.contains(lower.as_str())
        {
            continue;
        }
        found.push(wording::stem(word));
        let mut part = String::new();
        let mut parts = Vec::new();
        for c in word.chars() {
            if c.is_uppercase() && !part.is_empty() && !part.chars().all(char::is_uppercase) {
                parts.push(std::mem::take(&mut part));
            }
            part.push(c);
        }
        if !parts.is_empty() {
            parts.push(part);
            found.extend(parts.iter().filter(|p| p.len() > 2).map(|p| wording::stem(p)));
        }
    }
    found
}
