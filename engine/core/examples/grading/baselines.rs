//! What plain methods score: tf-idf cosine, stemmed recall, Jaro-Winkler.

use super::data::{Answer, Set};
use std::collections::{HashMap, HashSet};
use viva_core::text::function_words::is_function_word;
use viva_core::text::{Frequency, Stemmer, tokenise};

type Baseline<'a> = Box<dyn Fn(&Answer) -> f64 + 'a>;

struct Words {
    stemmer: Stemmer,
    frequency: Frequency,
}

impl Words {
    fn plain(&self, text: &str) -> Vec<String> {
        tokenise(text, &self.stemmer, &self.frequency).into_iter().map(|t| t.norm).collect()
    }

    fn stemmed(&self, text: &str) -> Vec<String> {
        let tokens = tokenise(text, &self.stemmer, &self.frequency);
        tokens.into_iter().filter(|t| !is_function_word(&t.norm)).map(|t| t.stem).collect()
    }
}

/// All baselines over one set, each the best over the accepted answers.
pub fn all(set: &Set) -> Vec<(&'static str, Baseline<'_>)> {
    let words = Words { stemmer: Stemmer::english(), frequency: Frequency::embedded() };
    let words: &'static Words = Box::leak(Box::new(words));
    let plain = inverse_frequencies(set, |t| words.plain(t));
    let stemmed = inverse_frequencies(set, |t| words.stemmed(t));
    vec![
        (
            "tf-idf cosine",
            Box::new(move |a| best(a, |r| cosine(&words.plain(r), &words.plain(&a.text), &plain))),
        ),
        (
            "tf-idf cosine, stemmed",
            Box::new(move |a| best(a, |r| cosine(&words.stemmed(r), &words.stemmed(&a.text), &stemmed))),
        ),
        (
            "demoted stemmed recall",
            Box::new(move |a| {
                let asked: HashSet<String> = words.stemmed(&a.question).into_iter().collect();
                best(a, |r| recall(&words.stemmed(r), &words.stemmed(&a.text), &asked))
            }),
        ),
        (
            "Jaro-Winkler",
            Box::new(move |a| best(a, |r| strsim::jaro_winkler(&r.to_lowercase(), &a.text.to_lowercase()))),
        ),
    ]
}

fn best(answer: &Answer, score: impl Fn(&str) -> f64) -> f64 {
    answer.references.iter().map(|reference| score(reference)).fold(0.0, f64::max)
}

fn inverse_frequencies(set: &Set, words: impl Fn(&str) -> Vec<String>) -> HashMap<String, f64> {
    let mut counts: HashMap<String, f64> = HashMap::new();
    for answer in &set.answers {
        let distinct: HashSet<String> = words(&answer.text).into_iter().collect();
        for word in distinct {
            *counts.entry(word).or_default() += 1.0;
        }
    }
    let n = set.answers.len() as f64;
    counts.into_iter().map(|(w, c)| (w, ((1.0 + n) / (1.0 + c)).ln() + 1.0)).collect()
}

fn cosine(a: &[String], b: &[String], idf: &HashMap<String, f64>) -> f64 {
    let vector = |words: &[String]| {
        let mut v: HashMap<String, f64> = HashMap::new();
        for word in words {
            *v.entry(word.clone()).or_default() += idf.get(word).copied().unwrap_or(1.0);
        }
        v
    };
    let (a, b) = (vector(a), vector(b));
    let dot: f64 = a.iter().map(|(w, x)| x * b.get(w).copied().unwrap_or(0.0)).sum();
    let norm = |v: &HashMap<String, f64>| v.values().map(|x| x * x).sum::<f64>().sqrt();
    let size = norm(&a) * norm(&b);
    if size > 0.0 { dot / size } else { 0.0 }
}

fn recall(reference: &[String], answer: &[String], asked: &HashSet<String>) -> f64 {
    let wanted: HashSet<&String> = reference.iter().filter(|w| !asked.contains(*w)).collect();
    let wanted: HashSet<&String> = if wanted.is_empty() { reference.iter().collect() } else { wanted };
    let said: HashSet<&String> = answer.iter().collect();
    wanted.intersection(&said).count() as f64 / wanted.len().max(1) as f64
}
