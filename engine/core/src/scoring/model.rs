//! How near an answer comes to a model answer.
//!
//! The model answer's words are weighed by how much meaning they carry against a background list, words the question
//! said already count for less, and each is met by the answer's nearest word: the same, another form, a near spelling,
//! another name from the lexicon, a relative from WordNet. What comes out are shares; `graded` adds them up.

use super::Language;
use super::asked::{Asked, grams, meaning};
use super::graded::{Shares, score_of};
use super::hear::Doubt;
use super::likeness::opposed;
use super::scope::{SetAside, Standing, standings};
use crate::assessment::{Evidence, How};
use crate::text::Token;
use crate::text::function_words::{is_function_word, is_negator};
use std::collections::{HashMap, HashSet};

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
