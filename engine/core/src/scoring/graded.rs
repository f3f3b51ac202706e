//! How near an answer comes to a model answer, for questions that have nothing else.
//!
//! The model answer's words are weighed by how much meaning they carry against a background list, words
//! the question said already count for less, and each is met by the answer's nearest word: the same,
//! another form, a near spelling, another name from the lexicon, a relative from WordNet. A handful of
//! such shares is added up with fixed weights (`data/graded.toml`). Every share only rises when more of
//! the model answer is said, whatever else is said, so length alone earns nothing. What does not fit
//! the question at all is left to the guards.

use super::Language;
use super::likeness::opposed;
use super::listen::Doubt;
use super::scope::{SetAside, Standing, standings};
use crate::assessment::{Evidence, How};
use crate::text::function_words::{is_function_word, is_negator};
use crate::text::{Token, tokenise};
use serde::Deserialize;
use std::collections::{HashMap, HashSet};
use std::sync::LazyLock;

/// The fixed weights, documented in their file.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Weights {
    pub own_meaning: f64,
    pub meaning: f64,
    pub letters: f64,
    pub all_words: f64,
    pub turned_round: f64,
    pub denies_otherwise: f64,
    pub bend: f64,
    pub floor: f64,
    pub ceiling: f64,
    pub rise: f64,
    pub topic_question: f64,
    pub topic_support: f64,
    pub topic_enough: f64,
    pub topic_length: f64,
}

static WEIGHTS: LazyLock<Weights> = LazyLock::new(|| {
    let text = include_str!("data/graded.toml");
    toml::from_str(text).unwrap_or_else(|error| unreachable!("a test reads the compiled-in weights: {error}"))
});

/// A word of the model answer that answers are held against.
#[derive(Debug, Clone)]
pub(super) struct Word {
    pub norm: String,
    pub stem: String,
    /// How much meaning it carries.
    pub weight: f64,
    /// The question says it already.
    pub asked: bool,
    denied: bool,
    allowed: bool,
}

/// One model answer, compiled.
#[derive(Debug, Clone)]
pub(super) struct Model {
    pub words: Vec<Word>,
    by_stem: HashMap<String, usize>,
    /// Stems that stand for a word in part, with the worth.
    relatives: HashMap<String, Vec<(usize, f64)>>,
    /// Forms of lexicon entries that stand for words of the model, by their first stem.
    meetings: HashMap<String, Vec<Alias>>,
    all: HashMap<String, u32>,
    length: u32,
    grams: HashMap<u32, u32>,
    gram_count: u32,
    denies: bool,
}

/// Another way to say some words of the model.
#[derive(Debug, Clone)]
struct Alias {
    stems: Vec<String>,
    words: Vec<usize>,
    worth: f64,
    how: How,
}

/// What was asked, as far as weighing needs it.
#[derive(Debug, Clone, Default)]
pub(super) struct Asked {
    pub stems: HashSet<String>,
    content: Vec<(String, f64)>,
    grams: HashSet<u32>,
}

/// The best meeting of one word of the model.
#[derive(Debug, Clone, Copy)]
pub(super) struct Met {
    pub worth: f64,
    pub how: How,
    pub first: usize,
    pub end: usize,
    /// It was denied where the model does not deny it, or the other way round.
    pub turned: bool,
}

/// What one answer earned against one model.
#[derive(Debug, Clone)]
pub(super) struct Grade {
    /// 0 to 100, before guards.
    pub score: f64,
    pub met: Vec<Option<Met>>,
    pub shares: Shares,
}

/// The shares that the score is added up from, each 0 to 1.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Shares {
    /// Meaning met, over the words the question did not say.
    pub own_meaning: f64,
    /// Meaning met, over all words.
    pub meaning: f64,
    /// Four-letter pieces found again, without those of the question.
    pub letters: f64,
    /// Words found again, little words too.
    pub all_words: f64,
    /// Meaning said with the opposite sign.
    pub turned_round: f64,
    /// 1 where one of the two denies something and the other nothing.
    pub denies_otherwise: f64,
    /// How much of the question's meaning the answer takes up.
    pub topic_question: f64,
    /// How much of the answer's own meaning the model supports.
    pub topic_support: f64,
    /// How many words of its own the answer has, beside those of the question.
    pub topic_length: f64,
}

/// How much meaning a word carries: the rarer in English at large, the more.
pub(super) fn meaning(norm: &str, language: &Language) -> f64 {
    (7.2 - language.frequency.zipf(norm)).max(0.4)
}

impl Asked {
    /// Reads a question.
    pub fn of(question: &str, language: &Language) -> Self {
        let tokens = tokenise(question, &language.stemmer, &language.frequency);
        let mut content: Vec<(String, f64)> = Vec::new();
        for token in tokens.iter().filter(|t| !is_function_word(&t.norm)) {
            if !content.iter().any(|(stem, _)| *stem == token.stem) {
                content.push((token.stem.clone(), meaning(&token.norm, language)));
            }
        }
        let grams = grams(&tokens).into_keys().collect();
        Self { stems: tokens.into_iter().map(|t| t.stem).collect(), content, grams }
    }

    /// The share of the question's meaning that the answer takes up.
    fn taken_up(&self, said: &HashSet<&str>) -> f64 {
        let total: f64 = self.content.iter().map(|(_, weight)| weight).sum();
        let taken: f64 = self
            .content
            .iter()
            .filter(|(stem, _)| said.contains(stem.as_str()))
            .map(|(_, weight)| weight)
            .sum();
        if taken > 0.0 { taken / total } else { 0.0 }
    }
}

/// Four-letter pieces of the words in a row, with how often each stands.
fn grams(tokens: &[Token]) -> HashMap<u32, u32> {
    let mut joined = String::with_capacity(tokens.len() * 6);
    for token in tokens {
        if !joined.is_empty() {
            joined.push(' ');
        }
        joined.push_str(&token.norm);
    }
    let mut counts = HashMap::with_capacity(joined.len());
    for piece in joined.as_bytes().windows(4) {
        *counts.entry(u32::from_le_bytes([piece[0], piece[1], piece[2], piece[3]])).or_default() += 1;
    }
    counts
}

impl Model {
    /// Compiles a model answer.
    pub fn of(tokens: &[Token], asked: &Asked, language: &Language) -> Self {
        let signs = standings(tokens);
        let mut words: Vec<Word> = Vec::new();
        let mut by_stem: HashMap<String, usize> = HashMap::new();
        let little_only = tokens.iter().all(|t| is_function_word(&t.norm));
        for (token, sign) in tokens.iter().zip(&signs) {
            if is_function_word(&token.norm) && !little_only {
                continue;
            }
            let at = *by_stem.entry(token.stem.clone()).or_insert_with(|| {
                words.push(Word {
                    norm: token.norm.clone(),
                    stem: token.stem.clone(),
                    weight: meaning(&token.norm, language),
                    asked: asked.stems.contains(&token.stem),
                    denied: false,
                    allowed: false,
                });
                words.len() - 1
            });
            words[at].denied |= sign.denied_by.is_some();
            words[at].allowed |= sign.denied_by.is_none();
        }
        let mut model = Self {
            relatives: HashMap::new(),
            meetings: HashMap::new(),
            all: HashMap::new(),
            length: tokens.len() as u32,
            grams: grams(tokens),
            gram_count: 0,
            denies: tokens.iter().any(|t| is_negator(&t.norm)),
            words,
            by_stem,
        };
        for token in tokens {
            *model.all.entry(token.stem.clone()).or_default() += 1;
        }
        model.grams.retain(|gram, _| !asked.grams.contains(gram));
        model.gram_count = model.grams.values().sum();
        for (at, word) in model.words.iter().enumerate() {
            for (stem, worth) in language.synonyms.near(&word.stem) {
                model.relatives.entry(stem.to_owned()).or_default().push((at, worth));
            }
        }
        model.find_meetings(tokens, language);
        model
    }

    fn find_meetings(&mut self, tokens: &[Token], language: &Language) {
        let stems: Vec<&str> = tokens.iter().map(|t| t.stem.as_str()).collect();
        for from in 0..stems.len() {
            for length in 1..=language.lexicon.longest_from(stems[from]).min(stems.len() - from) {
                let mut words: Vec<usize> =
                    stems[from..from + length].iter().filter_map(|s| self.by_stem.get(*s).copied()).collect();
                words.dedup();
                if words.is_empty() {
                    continue;
                }
                for meeting in language.lexicon.meetings(&stems[from..from + length]) {
                    let aliases = self.meetings.entry(meeting.stems[0].clone()).or_default();
                    let same = aliases.iter_mut().find(|a| a.stems == meeting.stems && a.words == words);
                    match same {
                        Some(alias) => alias.worth = alias.worth.max(meeting.worth),
                        None => aliases.push(Alias {
                            stems: meeting.stems.to_vec(),
                            words: words.clone(),
                            worth: meeting.worth,
                            how: meeting.how,
                        }),
                    }
                }
            }
        }
    }

    /// Holds an answer against this model.
    pub fn grade(
        &self,
        tokens: &[Token],
        signs: &[Standing],
        unsure: &[bool],
        doubt: Doubt,
        asked: &Asked,
        language: &Language,
    ) -> Grade {
        let heard = |at: usize| {
            let unsaid = doubt == Doubt::Unsaid && unsure[at];
            let taken_back = matches!(signs[at].set_aside, Some(SetAside::TakenBack | SetAside::Supposed));
            !unsaid && !taken_back
        };
        let mut met: Vec<Option<Met>> = vec![None; self.words.len()];
        let mut support: HashMap<&str, (f64, f64)> = HashMap::new();
        let mut seen: HashMap<&str, Vec<(usize, f64, How)>> = HashMap::new();
        for at in (0..tokens.len()).filter(|at| heard(*at)) {
            let token = &tokens[at];
            let content = !is_function_word(&token.norm) || self.by_stem.contains_key(&token.stem);
            let mut best = 0.0_f64;
            if content {
                let links = seen.entry(token.norm.as_str()).or_insert_with(|| {
                    self.links(token, doubt == Doubt::Generous && unsure[at], asked, language)
                });
                for &(word, worth, how) in links.iter() {
                    best = best.max(worth);
                    self.meet(&mut met[word], word, worth, how, at..at + 1, signs);
                }
            }
            for alias in self.meetings.get(&token.stem).into_iter().flatten() {
                let end = at + alias.stems.len();
                let said = end <= tokens.len()
                    && alias.stems.iter().zip(&tokens[at..end]).all(|(s, t)| *s == t.stem)
                    && (at..end).all(heard);
                if said {
                    for &word in &alias.words {
                        self.meet(&mut met[word], word, alias.worth, alias.how, at..end, signs);
                    }
                    for t in &tokens[at..end] {
                        let entry =
                            support.entry(t.stem.as_str()).or_insert((meaning(&t.norm, language), 0.0));
                        entry.1 = entry.1.max(alias.worth);
                    }
                }
            }
            if content && !asked.stems.contains(&token.stem) {
                let entry = support
                    .entry(token.stem.as_str())
                    .or_insert_with(|| (meaning(&token.norm, language), 0.0));
                entry.1 = entry.1.max(if best >= 0.5 { best } else { 0.0 });
            }
        }
        support.retain(|stem, _| !asked.stems.contains(*stem));
        let shares = self.shares(tokens, &heard, &met, &support, asked);
        Grade { score: score_of(&shares), met, shares }
    }

    fn meet(
        &self,
        slot: &mut Option<Met>,
        word: usize,
        worth: f64,
        how: How,
        range: std::ops::Range<usize>,
        signs: &[Standing],
    ) {
        let denied = signs[range.clone()].iter().any(|s| s.denied_by.is_some());
        let word = &self.words[word];
        let turned = if denied { !word.denied } else { !word.allowed };
        let better = slot.is_none_or(|old| {
            // The sign matters between meetings of like worth, never against a better one.
            worth > old.worth + 1e-9 || (worth > old.worth - 1e-9 && old.turned && !turned)
        });
        if better {
            *slot = Some(Met { worth, how, first: range.start, end: range.end, turned });
        }
    }

    /// Which words of the model one word of the answer stands for.
    fn links(
        &self,
        token: &Token,
        generous: bool,
        asked: &Asked,
        language: &Language,
    ) -> Vec<(usize, f64, How)> {
        let mut links = Vec::new();
        if let Some(&word) = self.by_stem.get(&token.stem) {
            let how = if self.words[word].norm == token.norm { How::Exact } else { How::Inflected };
            links.push((word, 1.0, how));
        }
        // A word of the question stands for itself; for another word it counts little.
        let share = if asked.stems.contains(&token.stem) { 0.3 } else { 1.0 };
        for &(word, worth) in self.relatives.get(&token.stem).into_iter().flatten() {
            links.push((word, worth * share, How::Synonym));
        }
        if token.is_number {
            return links;
        }
        let listed = language.frequency.knows(&token.norm);
        for (at, word) in self.words.iter().enumerate() {
            if word.stem == token.stem {
                continue;
            }
            if let Some((worth, how)) = alike(&token.norm, &word.norm, listed, generous, language) {
                links.push((at, worth * share, how));
            }
        }
        links
    }

    fn shares(
        &self,
        tokens: &[Token],
        heard: &dyn Fn(usize) -> bool,
        met: &[Option<Met>],
        support: &HashMap<&str, (f64, f64)>,
        asked: &Asked,
    ) -> Shares {
        let worth = |at: usize| met[at].map_or(0.0, |m| m.worth);
        let own: Vec<usize> = (0..self.words.len()).filter(|at| !self.words[*at].asked).collect();
        let own = if own.is_empty() { (0..self.words.len()).collect() } else { own };
        let share = |of: &[usize], weight: &dyn Fn(usize) -> f64| {
            let total: f64 = of.iter().map(|at| weight(*at)).sum();
            let earned: f64 = of.iter().map(|at| weight(*at) * worth(*at)).sum();
            if earned > 0.0 { earned / total } else { 0.0 }
        };
        let every: Vec<usize> = (0..self.words.len()).collect();
        let weight = |at: usize| self.words[at].weight;
        let total: f64 = every.iter().map(|at| weight(*at)).sum();
        let turned: f64 = every
            .iter()
            .filter(|at| met[**at].is_some_and(|m| m.turned && m.worth > 0.99))
            .map(|at| weight(*at))
            .sum();
        let mut counts: HashMap<&str, u32> = HashMap::with_capacity(tokens.len());
        let mut said = HashSet::with_capacity(tokens.len());
        for token in tokens.iter().enumerate().filter(|(at, _)| heard(*at)).map(|(_, t)| t) {
            *counts.entry(token.stem.as_str()).or_default() += 1;
            said.insert(token.stem.as_str());
        }
        let again: u32 =
            self.all.iter().map(|(s, n)| (*n).min(counts.get(s.as_str()).copied().unwrap_or(0))).sum();
        let answer_grams = grams(tokens);
        let found: u32 =
            self.grams.iter().map(|(g, n)| (*n).min(answer_grams.get(g).copied().unwrap_or(0))).sum();
        let denies = tokens.iter().any(|t| is_negator(&t.norm));
        let (mut own_total, mut supported) = (0.0, 0.0);
        let mut ordered: Vec<(&&str, &(f64, f64))> = support.iter().collect();
        ordered.sort_by_key(|(stem, _)| **stem);
        for (_, (weight, worth)) in ordered {
            own_total += weight;
            supported += weight * worth;
        }
        Shares {
            own_meaning: share(&own, &weight),
            meaning: share(&every, &weight),
            letters: if self.gram_count > 0 { f64::from(found) / f64::from(self.gram_count) } else { 0.0 },
            all_words: if self.length > 0 { f64::from(again) / f64::from(self.length) } else { 0.0 },
            turned_round: if turned > 0.0 { turned / total } else { 0.0 },
            denies_otherwise: f64::from(u8::from(denies != self.denies)),
            topic_question: asked.taken_up(&said),
            topic_support: if own_total > 0.0 { supported / own_total } else { 0.0 },
            topic_length: support.len() as f64,
        }
    }

    /// Which word of the model has a stem.
    pub fn word(&self, stem: &str) -> Option<usize> {
        self.by_stem.get(stem).copied()
    }

    /// Evidence for some words of the model, in order of the answer.
    pub fn evidence(
        &self,
        wanted: &[usize],
        met: &[Option<Met>],
        tokens: &[Token],
        text: &[char],
    ) -> Vec<Evidence> {
        let mut evidence: Vec<Evidence> = Vec::new();
        let mut words: Vec<(usize, Met)> =
            wanted.iter().filter_map(|&at| met[at].map(|m| (at, m))).filter(|(_, m)| counts(m)).collect();
        words.sort_by_key(|(at, m)| (m.first, m.end, *at));
        for (at, m) in words {
            let (start, end) = (tokens[m.first].start, tokens[m.end - 1].end);
            evidence.push(Evidence {
                start,
                end,
                text: text[start..end].iter().collect(),
                expected: self.words[at].norm.clone(),
                how: m.how,
            });
        }
        evidence
    }
}

/// Whether a meeting is worth showing and crediting to a point.
pub(super) fn counts(met: &Met) -> bool {
    met.worth >= 0.5 && !met.turned
}

/// How alike two words look: near spellings, shared beginnings, one inside the other.
fn alike(said: &str, word: &str, listed: bool, generous: bool, language: &Language) -> Option<(f64, How)> {
    let (shorter, longer) = (said.len().min(word.len()), said.len().max(word.len()));
    if shorter < 4 || !said.is_ascii() || !word.is_ascii() {
        return None;
    }
    let common = said.bytes().zip(word.bytes()).take_while(|(a, b)| a == b).count();
    if shorter >= 5
        && longer - shorter <= 2
        && !opposed(said, word)
        && (generous || !listed || !language.frequency.knows(word))
    {
        let allowed = if shorter < 8 { 1 } else { 2 };
        if strsim::damerau_levenshtein(said, word) <= allowed {
            return Some((0.95, How::Spelling));
        }
    }
    if common >= 5 && common * 10 >= longer * 7 {
        return Some((0.8, How::Inflected));
    }
    let inside = longer - shorter >= 3
        && if said.len() < word.len() {
            word.starts_with(said) || word.ends_with(said)
        } else {
            said.starts_with(word) || said.ends_with(word)
        };
    if inside || (common >= 4 && common * 10 >= longer * 6) {
        return Some((0.5, How::Inflected));
    }
    None
}

/// Adds the shares up to a score of 0 to 100.
pub(super) fn score_of(shares: &Shares) -> f64 {
    let w = &*WEIGHTS;
    let bend = |share: f64| share.max(0.0).powf(w.bend);
    let total = w.own_meaning + w.meaning + w.letters + w.all_words;
    let earned = w.own_meaning * bend(shares.own_meaning)
        + w.meaning * bend(shares.meaning)
        + w.letters * bend(shares.letters)
        + w.all_words * bend(shares.all_words)
        - w.turned_round * bend(shares.turned_round)
        - w.denies_otherwise * shares.denies_otherwise;
    let level = ((earned / total - w.floor) / (w.ceiling - w.floor)).clamp(0.0, 1.0);
    100.0 * level.powf(w.rise)
}

/// How far an answer keeps to the subject, 0 to 1: by the question's words and by what the model supports.
///
/// A short answer has to show less than a long one.
pub(super) fn on_topic(shares: &Shares) -> f64 {
    let w = &*WEIGHTS;
    let enough = w.topic_enough * (shares.topic_length / w.topic_length).min(1.0);
    let shown = w.topic_question * shares.topic_question + w.topic_support * shares.topic_support;
    if enough > 0.0 { (shown / enough).clamp(0.0, 1.0) } else { 1.0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_compiled_in_weights_can_be_read() {
        let weights: Weights =
            toml::from_str(include_str!("data/graded.toml")).expect("graded.toml is well formed");
        assert!(weights.ceiling > weights.floor);
    }
}
