//! Rules that cap or void a score: nothing said, the question said back, words without sentences.
//!
//! Each looks at the whole answer, says in plain words what it saw, and names the highest score it
//! leaves. What a guard lets pass is scored as it stands.

use super::Language;
use super::asked::meaning;
use crate::assessment::GuardResult;
use crate::bank::Pack;
use crate::ids::QuestionId;
use crate::text::function_words::{is_function_word, is_negator};
use crate::text::{Token, tokenise};
use std::collections::{HashMap, HashSet};

/// The model answers of a bank, to tell an answer to another question from a weak answer to this one.
#[derive(Debug, Clone, Default)]
pub struct BankIndex {
    questions: Vec<Entry>,
    by_stem: HashMap<String, Vec<usize>>,
}

#[derive(Debug, Clone)]
struct Entry {
    id: QuestionId,
    ask: String,
    related: Vec<QuestionId>,
}

impl BankIndex {
    /// Indexes the questions of all given packs.
    pub fn of_packs<'a>(scorer: &super::Scorer, packs: impl IntoIterator<Item = &'a Pack>) -> Self {
        let language = scorer.language();
        let mut index = Self::default();
        for question in packs.into_iter().flat_map(|p| &p.questions) {
            let at = index.questions.len();
            let text = format!("{} {}", question.ask, question.model_answer);
            let tokens = tokenise(&text, &language.stemmer, &language.frequency);
            let mut stems: Vec<String> = content(&tokens).map(|t| t.stem.clone()).collect();
            stems.sort();
            stems.dedup();
            for stem in stems {
                index.by_stem.entry(stem).or_default().push(at);
            }
            index.questions.push(Entry {
                id: question.id.clone(),
                ask: question.ask.clone(),
                related: question.related.clone(),
            });
        }
        index
    }

    /// The question whose model answer holds most of the answer's meaning, and that share; with the share
    /// of the question `own` itself.
    fn nearest(&self, tokens: &[Token], own: &QuestionId, language: &Language) -> Option<(&Entry, f64, f64)> {
        let mut shares = vec![0.0; self.questions.len()];
        let mut total = 0.0;
        let mut seen = HashSet::new();
        for token in content(tokens).filter(|t| seen.insert(t.stem.as_str())) {
            let weight = meaning(&token.norm, language);
            total += weight;
            for &at in self.by_stem.get(&token.stem).into_iter().flatten() {
                shares[at] += weight;
            }
        }
        let mine = self.questions.iter().position(|q| q.id == *own)?;
        let kin = |q: &Entry| q.related.contains(own) || self.questions[mine].related.contains(&q.id);
        let best = (0..shares.len())
            .filter(|at| *at != mine && !kin(&self.questions[*at]))
            .max_by(|a, b| shares[*a].total_cmp(&shares[*b]).then(b.cmp(a)))?;
        (total > 0.0).then(|| (&self.questions[best], shares[best] / total, shares[mine] / total))
    }
}

fn content(tokens: &[Token]) -> impl Iterator<Item = &Token> {
    tokens.iter().filter(|t| !is_function_word(&t.norm))
}

/// What the guards need to know of the question.
pub(super) struct Subject<'a> {
    /// Stems of the content words that the candidate was shown, in order.
    pub shown: &'a [String],
    /// All stems of what was shown.
    pub shown_stems: &'a HashSet<String>,
    /// Stems that the rubric or model answer listens for.
    pub listened: &'a HashSet<String>,
    /// The model answer itself is a bare list of words.
    pub is_list: bool,
    /// The question, where it is one of a bank.
    pub id: Option<&'a QuestionId>,
    pub others: Option<&'a BankIndex>,
}

/// All guards that fire on an answer.
pub(super) fn all(tokens: &[Token], subject: &Subject<'_>, language: &Language) -> Vec<GuardResult> {
    if is_no_answer(tokens) {
        return vec![guard("no_answer", "No answer was given, so there is nothing to score.", 0.0)];
    }
    [
        gibberish(tokens, subject, language),
        echo(tokens, subject),
        glossary(tokens, subject, language),
        keywords(tokens, subject),
        repetition(tokens),
        another_question(tokens, subject, language),
    ]
    .into_iter()
    .flatten()
    .collect()
}

fn guard(id: &str, says: impl Into<String>, cap: f64) -> GuardResult {
    GuardResult { id: id.to_owned(), says: says.into(), cap }
}

/// Ways to say that one has no answer, without the words of `POLITE`.
const NO_ANSWER: &[&str] = &[
    "do not know",
    "know",
    "no idea",
    "have no idea",
    "not sure",
    "no answer",
    "not answered",
    "unanswered",
    "no submission",
    "no response",
    "empty submission",
    "empty",
    "blank",
    "pass",
    "skip",
    "next question",
    "next",
    "do not remember",
    "can not remember",
    "forgot",
    "have forgotten",
    "thank you",
    "thanks",
    "thanks for watching",
    "can not answer",
    "none",
    "nothing",
    "na",
    "n a",
    "not applicable",
    "idk",
    "no clue",
    "have no clue",
    "have not learned",
    "have not learnt",
    "never heard of",
    "never heard",
    "have never heard",
    "have never heard of",
    "do not have answer",
    "have no answer",
    "no comment",
    "not know",
];

/// Words around such a confession that add nothing.
const POLITE: &[&str] = &[
    "well", "sorry", "really", "honestly", "that", "this", "the", "to", "so", "ok", "okay", "i", "am", "it",
    "a", "an", "one", "1", "just", "would", "will", "say", "think", "guess", "afraid", "about", "here", "at",
    "all", "please", "any", "you", "for", "us", "let", "is", "what", "how", "of", "on", "but", "my", "t",
    "yet", "be", "him", "hmm", "question", "sir", "don",
];

/// Whether nothing was said that could be scored.
pub(super) fn is_no_answer(tokens: &[Token]) -> bool {
    if tokens.is_empty() || !tokens.iter().any(|t| t.norm.chars().any(char::is_alphanumeric)) {
        return true;
    }
    if tokens.len() > 12 {
        return false;
    }
    let said: Vec<&str> = tokens.iter().map(|t| t.norm.as_str()).collect();
    let bare = said.iter().copied().filter(|w| !POLITE.contains(w)).collect::<Vec<_>>().join(" ");
    NO_ANSWER.contains(&said.join(" ").as_str()) || NO_ANSWER.contains(&bare.as_str())
}

/// Words that open an answer or speak of the question, and say nothing about the subject.
const ABOUT_THE_QUESTION: &[&str] = &[
    "question",
    "answer",
    "ask",
    "explain",
    "describ",
    "think",
    "believ",
    "want",
    "tell",
    "repeat",
    "interview",
    "thank",
    "pleas",
];

/// The question, the snippet or the hint said back: nearly nothing of one's own, in the order it was shown.
fn echo(tokens: &[Token], subject: &Subject<'_>) -> Option<GuardResult> {
    let own_vocabulary = subject.listened.iter().any(|s| !subject.shown_stems.contains(s));
    if !own_vocabulary {
        return None;
    }
    let said: Vec<&str> = content(tokens)
        .map(|t| t.stem.as_str())
        .filter(|s| !ABOUT_THE_QUESTION.contains(s) || subject.shown_stems.contains(*s))
        .collect();
    let other = said.iter().filter(|s| !subject.shown_stems.contains(**s)).count();
    let listened = said.iter().any(|s| !subject.shown_stems.contains(*s) && subject.listened.contains(*s));
    // A denial is a claim of one's own, unless the question denies too.
    let denies = tokens.iter().any(|t| is_negator(&t.norm) && !subject.shown_stems.contains(&t.stem));
    if said.len() < 2 || other * 8 > said.len() || listened || denies {
        return None;
    }
    let in_order = longest_common(&said, subject.shown);
    (in_order * 10 >= said.len() * 6)
        .then(|| guard("echo", "This only says the question back, and that earns nothing.", 0.0))
}

/// Length of the longest sequence that two lists share in the same order.
fn longest_common(a: &[&str], b: &[String]) -> usize {
    let mut row = vec![0_usize; b.len() + 1];
    for x in a {
        let mut before = 0;
        for (n, y) in b.iter().enumerate() {
            let here = row[n + 1];
            row[n + 1] = if x == y { before + 1 } else { here.max(row[n]) };
            before = here;
        }
    }
    row[b.len()]
}

/// Most of the words are no words at all.
fn gibberish(tokens: &[Token], subject: &Subject<'_>, language: &Language) -> Option<GuardResult> {
    let words: Vec<&Token> = tokens.iter().filter(|t| !t.is_number && t.norm.len() > 1).collect();
    if words.len() < 4 {
        return None;
    }
    let unknown = |t: &&&Token| {
        !language.frequency.knows(&t.norm)
            && !subject.listened.contains(&t.stem)
            && !subject.shown_stems.contains(&t.stem)
            && !language.lexicon.contains(&[&t.stem])
    };
    let strange = words.iter().filter(unknown).count();
    (strange * 2 > words.len())
        .then(|| guard("gibberish", format!("{strange} of {} words are no words we know.", words.len()), 5.0))
}

/// Words of the trade without sentences around them.
fn keywords(tokens: &[Token], subject: &Subject<'_>) -> Option<GuardResult> {
    if subject.is_list || tokens.len() < 12 {
        return None;
    }
    let little = tokens.iter().filter(|t| is_function_word(&t.norm)).count();
    (little * 100 < tokens.len() * 10).then(|| {
        guard("keywords", "These are words in a row, not sentences. Say how they belong together.", 30.0)
    })
}

/// The same sentence again and again.
fn repetition(tokens: &[Token]) -> Option<GuardResult> {
    const WINDOW: usize = 8;
    if tokens.len() < 16 {
        return None;
    }
    let mut again = vec![false; tokens.len()];
    let mut seen: HashSet<Vec<&str>> = HashSet::new();
    let words = |span: &'_ [Token]| span.iter().map(|t| t.stem.clone()).collect::<Vec<String>>();
    let sentences: Vec<&[Token]> = tokens.chunk_by(|a, b| a.sentence == b.sentence).collect();
    let all: Vec<Vec<String>>;
    if sentences.len() > 1 {
        all = sentences.iter().map(|s| words(s)).collect();
        let mut at = 0;
        for sentence in &all {
            if sentence.len() >= 3 && !seen.insert(sentence.iter().map(String::as_str).collect()) {
                again[at..at + sentence.len()].fill(true);
            }
            at += sentence.len();
        }
    } else {
        // Speech without full stops: any eight words that come again.
        all = vec![words(tokens)];
        for (at, window) in all[0].windows(WINDOW).enumerate() {
            if !seen.insert(window.iter().map(String::as_str).collect()) {
                again[at..at + WINDOW].fill(true);
            }
        }
    }
    let repeated = again.iter().filter(|a| **a).count();
    // Many sentences, each said several times, are a nervous answer; a few are a trick.
    let distinct = if sentences.len() == 1 { 1 } else { seen.len() };
    (repeated * 2 >= tokens.len() && distinct <= 3).then(|| {
        guard(
            "repetition",
            "The same words come again and again; they count once, and no more than half is left.",
            50.0,
        )
    })
}

/// A recital of terms that belong to other questions.
fn glossary(tokens: &[Token], subject: &Subject<'_>, language: &Language) -> Option<GuardResult> {
    if tokens.len() < 25 {
        return None;
    }
    let (mut terms, mut wanted) = (HashSet::new(), 0_usize);
    let mut at = 0;
    while at < tokens.len() {
        let longest = language.lexicon.longest_from(&tokens[at].stem).min(tokens.len() - at).min(5);
        let known = (1..=longest).rev().find(|length| {
            let span = &tokens[at..at + length];
            let stems: Vec<&str> = span.iter().map(|t| t.stem.as_str()).collect();
            let rare = span.iter().map(|t| language.frequency.zipf(&t.norm)).fold(f64::INFINITY, f64::min);
            (*length > 1 || rare < 4.2) && language.lexicon.contains(&stems)
        });
        let Some(length) = known else {
            at += 1;
            continue;
        };
        let stems: Vec<&str> = tokens[at..at + length].iter().map(|t| t.stem.as_str()).collect();
        let ours = stems.iter().all(|s| subject.listened.contains(*s) || subject.shown_stems.contains(*s));
        if terms.insert(stems.join(" ")) && ours {
            wanted += 1;
        }
        at += length;
    }
    let many = terms.len() >= 12 && terms.len() * 100 >= tokens.len() * 20;
    (many && wanted * 2 < terms.len()).then(|| {
        guard(
            "glossary",
            format!("{} terms are named and most have nothing to do with the question.", terms.len()),
            20.0,
        )
    })
}

/// The answer to another question of the bank.
fn another_question(tokens: &[Token], subject: &Subject<'_>, language: &Language) -> Option<GuardResult> {
    let (others, own) = (subject.others?, subject.id?);
    if content(tokens).count() < 6 {
        return None;
    }
    let (other, theirs, ours) = others.nearest(tokens, own, language)?;
    (theirs >= 0.6 && ours < 0.5 && theirs > 1.6 * ours)
        .then(|| guard("another_question", format!("This answers another question: \"{}\"", other.ask), 15.0))
}

/// Whether a text is a bare list of words, so that a list is a fair answer.
pub(super) fn is_list(text: &str, language: &Language) -> bool {
    let tokens = tokenise(text, &language.stemmer, &language.frequency);
    let little = tokens.iter().filter(|t| is_function_word(&t.norm)).count();
    little * 100 < tokens.len() * 20
}

/// An answer that hardly touches the subject; `on_topic` is 0 to 1.
pub(super) fn off_topic(score: f64, on_topic: f64) -> Option<GuardResult> {
    (on_topic < 1.0).then(|| {
        let cap = score * on_topic;
        guard(
            "off_topic",
            "Most of this is about something else than the question.",
            (cap * 100.0).round() / 100.0,
        )
    })
}
