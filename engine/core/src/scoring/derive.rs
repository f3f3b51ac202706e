//! A rubric from nothing but a model answer.
//!
//! The answer is cut into the points it makes, and each point's listening items are the words that carry
//! its meaning: rare in English at large, and not said by the question already. Code, anecdotes and
//! closing lines make no points. The lexicon adds abbreviations, expansions and other names.

use super::asked::meaning;
use super::outline::{Outline, Part};
use super::scope::standings;
use super::{Language, Scorer};
use crate::bank::{Criterion, Rubric};
use crate::ids::CriterionId;
use crate::text::function_words::is_function_word;
use crate::text::{Token, tokenise};
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
    /// Each listening item's first form and how much meaning it carries, on a scale of 0.4 to 5.4.
    pub items: Vec<(String, f64)>,
}

/// Most items a point listens for.
const MOST_ITEMS: usize = 6;
/// Most other ways to say an item that are written out.
const MOST_VARIANTS: usize = 5;

/// Derives a rubric from a model answer.
pub fn derive(scorer: &Scorer, question: &str, model_answer: &str) -> Rubric {
    derive_explained(scorer, question, model_answer).rubric
}

/// Derives a rubric and tells how it came about.
pub fn derive_explained(scorer: &Scorer, question: &str, model_answer: &str) -> Derivation {
    derive_with(scorer.language(), question, model_answer)
}

/// The id of the point at `at`, counted from 0.
pub(super) fn point_id(at: usize) -> CriterionId {
    let id = format!("point-{}", at + 1);
    id.parse().unwrap_or_else(|_| unreachable!("{id} is a slug"))
}

fn derive_with(language: &Language, question: &str, model_answer: &str) -> Derivation {
    let asked: HashSet<String> =
        tokenise(question, &language.stemmer, &language.frequency).into_iter().map(|t| t.stem).collect();
    let tokens = tokenise(model_answer, &language.stemmer, &language.frequency);
    let outline = Outline::of(model_answer, &tokens);
    let chars: Vec<char> = model_answer.chars().collect();
    let signs = standings(&tokens);
    let mut criteria = Vec::new();
    let mut points = Vec::new();
    for (at, part) in outline.parts.iter().enumerate() {
        let mut items = Vec::new();
        let mut seen: HashSet<String> = HashSet::new();
        let mut from = part.tokens.start;
        while from < part.tokens.end {
            let (length, item) = item_at(from, part, &tokens, &signs, &chars, &asked, language);
            if let Some(item) = item
                && seen.insert(item.key.clone())
            {
                items.push(item);
            }
            from += length;
        }
        pick(&mut items);
        if items.is_empty() {
            continue;
        }
        criteria.push(Criterion {
            id: point_id(at),
            says: part.says.clone(),
            weight: part.weight,
            required: part.required,
            listen: items.iter().map(|i| i.alternatives.clone()).collect(),
            order: false,
            within: None,
            probe: None,
        });
        points.push(DerivedPoint {
            source: part.says.clone(),
            why: part.why.clone(),
            items: items.iter().map(|i| (i.alternatives[0].clone(), i.meaning)).collect(),
        });
    }
    Derivation {
        rubric: Rubric { criteria, mistakes: Vec::new(), anchors: BTreeMap::new() },
        points,
        left_out: outline.left_out,
    }
}

struct Listening {
    key: String,
    alternatives: Vec<String>,
    meaning: f64,
    asked: bool,
    place: usize,
}

/// The listening item that begins at a token: the longest term the lexicon knows, or the word alone.
fn item_at(
    from: usize,
    part: &Part,
    tokens: &[Token],
    signs: &[super::scope::Standing],
    chars: &[char],
    asked: &HashSet<String>,
    language: &Language,
) -> (usize, Option<Listening>) {
    let room = part.tokens.end - from;
    let stems: Vec<&str> = tokens[from..from + room.min(8)].iter().map(|t| t.stem.as_str()).collect();
    let content = |t: &Token| !is_function_word(&t.norm);
    let known = (1..=stems.len()).rev().find(|n| {
        language.lexicon.contains(&stems[..*n])
            && content(&tokens[from])
            && content(&tokens[from + n - 1])
            && tokens[from].clause == tokens[from + n - 1].clause
    });
    let length = known.unwrap_or(1);
    let span = &tokens[from..from + length];
    if (known.is_none() && !content(&span[0])) || signs[from].set_aside.is_some() {
        return (length, None);
    }
    let said: String = chars[span[0].start..span[length - 1].end].iter().collect();
    let said = said.split_whitespace().collect::<Vec<_>>().join(" ");
    let denied = signs[from..from + length].iter().any(|s| s.denied_by.is_some());
    let mut alternatives = vec![if denied { format!("not {said}") } else { said.clone() }];
    // One identifier in one run of characters: the way it is spoken stands beside it.
    let spoken =
        || tokens[from..].iter().take_while(|t| t.end <= run_end(chars, span[0].start)).collect::<Vec<_>>();
    let whole = spoken();
    let length = if known.is_none() && whole.len() > 1 && whole.iter().all(|t| t.clause == span[0].clause) {
        let joined: String = chars[span[0].start..whole[whole.len() - 1].end].iter().collect();
        let words: Vec<&str> = whole.iter().map(|t| t.norm.as_str()).collect();
        alternatives = vec![joined, words.join(" ")];
        whole.len()
    } else {
        length
    };
    if !denied {
        for variant in language.lexicon.variants(&stems[..length.min(stems.len())]) {
            if alternatives.len() > MOST_VARIANTS {
                break;
            }
            let text = variant.norms.join(" ");
            if variant.how != crate::assessment::How::Sound && !alternatives.contains(&text) {
                alternatives.push(text);
            }
        }
    }
    let span = &tokens[from..from + length];
    let carried = span.iter().map(|t| meaning(&t.norm, language)).fold(0.0, f64::max);
    let key = span.iter().map(|t| t.stem.as_str()).collect::<Vec<_>>().join(" ");
    let all_asked = span.iter().filter(|t| content(t)).all(|t| asked.contains(&t.stem));
    (length, Some(Listening { key, alternatives, meaning: carried, asked: all_asked, place: from }))
}

/// Where the run of characters without space that begins at `from` ends, without closing punctuation.
fn run_end(chars: &[char], from: usize) -> usize {
    let mut end = from;
    while end < chars.len()
        && !chars[end].is_whitespace()
        && !matches!(chars[end], ',' | ';' | '-' | '/' | '(')
    {
        end += 1;
    }
    end
}

/// Keeps the items that carry most meaning, in the order of the text; asked words only where no other is.
fn pick(items: &mut Vec<Listening>) {
    if items.iter().any(|i| !i.asked) {
        items.retain(|i| !i.asked);
    }
    items.sort_by(|a, b| b.meaning.total_cmp(&a.meaning).then(a.place.cmp(&b.place)));
    let best = items.first().map_or(0.0, |i| i.meaning);
    let mut kept = 0;
    items.retain(|i| {
        kept += 1;
        kept <= MOST_ITEMS && (kept <= 2 || i.meaning >= best * 0.45)
    });
    items.sort_by_key(|i| i.place);
}
