//! Words that somebody wants to have counted: whether a rubric may listen for them, and which of an answer's words
//! could be meant.
//!
//! Pure. A way to say a point that many answers say by chance would make the score worth less, so it is refused with
//! the reason; what is left over is for the person to judge.

use super::lint::{Finding, lint_question};
use super::{Bank, Criterion, Question, Rubric};
use crate::assessment::Verdict;
use crate::ids::{CriterionId, QuestionId};
use crate::scoring::{PreparedQuestion, Scorer};
use crate::text::function_words::is_function_word;
use crate::text::{Token, tokenise};
use crate::transcript::Transcript;
use std::collections::HashSet;

/// Most words of an alternative: what is said in one breath.
pub const MOST_WORDS: usize = 12;
/// Most candidates that are offered.
const MOST_CANDIDATES: usize = 6;
/// From this zipf value on a word is said in all sorts of answers and is no point by itself.
const ORDINARY: f64 = 4.0;
/// Most other answers, one in so many, that may say the words too.
const ONE_IN: usize = 20;

/// Why a rubric does not listen for some words.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum Refusal {
    /// There is nothing.
    #[error("no word is given; write the words of the answer that should have counted")]
    Empty,
    /// It is a whole sentence.
    #[error(
        "{0} words are too many: an alternative is at most {MOST_WORDS}; take those that carry the point"
    )]
    TooLong(usize),
    /// It holds a character that no pack may hold.
    #[error("there is a line break or a control character in it; write the words on one line")]
    NotOneLine,
    /// Nothing but "the", "it", "is".
    #[error("{0:?} has only little words, which stand in every answer; add the word that carries the point")]
    LittleWords(String),
    /// One everyday word.
    #[error("{0:?} alone is said in all sorts of answers; add the word that makes it this point")]
    TooCommon(String),
    /// The question says it.
    #[error(
        "the question itself says {0:?}, so whoever repeats it would be credited; take words of the answer's own"
    )]
    InQuestion(String),
    /// It is heard already.
    #[error("{words:?} is heard here already, as {known:?}")]
    HeardAlready {
        /// What was to be added.
        words: String,
        /// The item that hears it.
        known: String,
    },
    /// The scorer does not hear it.
    #[error("{0:?} is not heard even when it is said by itself; write it as it is said")]
    Unheard(String),
    /// It says what the rubric calls wrong.
    #[error("{words:?} is what the rubric calls a mistake: {mistake}")]
    IsMistake {
        /// What was to be added.
        words: String,
        /// The mistake.
        mistake: String,
    },
    /// Other answers say it.
    #[error(
        "{words:?} is also said in {count} answers to other questions, such as {first}; take words that only this point needs"
    )]
    SaidElsewhere {
        /// What was to be added.
        words: String,
        /// How many.
        count: usize,
        /// One of the questions.
        first: QuestionId,
    },
    /// A rule of lint is broken by it.
    #[error("with {words:?} the rubric breaks a rule: {finding}")]
    Lint {
        /// What was to be added.
        words: String,
        /// The rule and what was found.
        finding: String,
    },
    /// The criterion is not there.
    #[error("\"{question}\" has no criterion \"{criterion}\" with an item {item}; it has {known}")]
    NoSuchItem {
        /// The question.
        question: QuestionId,
        /// The criterion that was named.
        criterion: CriterionId,
        /// The item that was named, from 1.
        item: usize,
        /// The criteria there are.
        known: String,
    },
}

/// Whether item `item` (from 0) of a criterion may listen for `words` too.
///
/// # Errors
/// The first reason why not.
pub fn check(
    bank: &Bank,
    question: &Question,
    criterion: &CriterionId,
    item: usize,
    words: &str,
) -> Result<(), Refusal> {
    let listened = question.rubric.criteria.iter().find(|one| one.id == *criterion);
    let Some(listened) = listened.filter(|one| item < one.listen.len()) else {
        let known: Vec<String> =
            question.rubric.criteria.iter().map(|one| format!("{} ({})", one.id, one.listen.len())).collect();
        return Err(Refusal::NoSuchItem {
            question: question.id.clone(),
            criterion: criterion.clone(),
            item: item + 1,
            known: known.join(", "),
        });
    };
    plain(question, listened, item, words)?;
    let alone = listening_for(question, vec![vec![words.to_owned()]]);
    let others = bank.questions().filter(|other| {
        other.id != question.id
            && !other.related.contains(&question.id)
            && !question.related.contains(&other.id)
    });
    let (mut count, mut saying) = (0, Vec::new());
    for other in others {
        count += 1;
        if hears(&alone, &other.model_answer) {
            saying.push(&other.id);
        }
    }
    if let Some(first) = saying.first()
        && saying.len() * ONE_IN > count.max(ONE_IN)
    {
        return Err(Refusal::SaidElsewhere {
            words: words.to_owned(),
            count: saying.len(),
            first: (*first).clone(),
        });
    }
    let widened = with_alternative(question, criterion, item, words);
    let held = |question: &Question| -> Vec<Finding> {
        lint_question(bank, question).into_iter().filter(|finding| finding.rule.is_held()).collect()
    };
    let before = held(question);
    let new =
        held(&widened).into_iter().find(|finding| before.iter().all(|known| known.rule != finding.rule));
    match new {
        Some(finding) => Err(Refusal::Lint { words: words.to_owned(), finding: finding.says }),
        None => Ok(()),
    }
}

/// What can be said of the words without the other questions.
fn plain(question: &Question, criterion: &Criterion, item: usize, words: &str) -> Result<(), Refusal> {
    if words.trim().is_empty() {
        return Err(Refusal::Empty);
    }
    if words.chars().any(char::is_control) {
        return Err(Refusal::NotOneLine);
    }
    let count = words.split_whitespace().count();
    if count > MOST_WORDS {
        return Err(Refusal::TooLong(count));
    }
    let language = Scorer::shared().language();
    let tokens = tokenise(words, &language.stemmer, &language.frequency);
    let carrying: Vec<&Token> = tokens.iter().filter(|token| !is_function_word(&token.norm)).collect();
    match carrying.as_slice() {
        [] => return Err(Refusal::LittleWords(words.to_owned())),
        [one] if !one.is_number && language.frequency.zipf(&one.norm) >= ORDINARY => {
            return Err(Refusal::TooCommon(words.to_owned()));
        }
        _ => {}
    }
    let alone = listening_for(question, vec![vec![words.to_owned()]]);
    let shown = [Some(question.ask.as_str()), question.hint.as_deref(), question.code.as_deref()];
    if shown.into_iter().flatten().any(|text| hears(&alone, text)) {
        return Err(Refusal::InQuestion(words.to_owned()));
    }
    let said = format!("I would say: {words}.");
    let there = listening_for(question, vec![criterion.listen[item].clone()]);
    if hears(&there, &said) {
        let known = criterion.listen[item].first().cloned().unwrap_or_default();
        return Err(Refusal::HeardAlready { words: words.to_owned(), known });
    }
    // A denial such as "not the cache" is refused alone; it needs a sentence around it.
    let denies = tokens.iter().any(|token| crate::text::function_words::is_negator(&token.norm));
    if !denies && !hears(&alone, &said) {
        return Err(Refusal::Unheard(words.to_owned()));
    }
    let mistakes = Scorer::shared().prepare(question).assess(&Transcript::typed(said)).mistakes;
    if let Some(mistake) = mistakes.into_iter().next() {
        return Err(Refusal::IsMistake { words: words.to_owned(), mistake: mistake.says });
    }
    Ok(())
}

/// The question with one more alternative.
pub fn with_alternative(question: &Question, criterion: &CriterionId, item: usize, words: &str) -> Question {
    let mut question = question.clone();
    let listened = question.rubric.criteria.iter_mut().find(|one| one.id == *criterion);
    if let Some(ways) = listened.and_then(|one| one.listen.get_mut(item)) {
        ways.push(words.to_owned());
    }
    question
}

/// Stretches of an answer that could be another way to say a criterion, the likeliest first.
///
/// Each begins and ends with a word that carries meaning, stays within its clause, and passes the checks that look at
/// the words alone. `item` is the listening item, from 0.
pub fn candidates(question: &Question, criterion: &CriterionId, item: usize, answer: &str) -> Vec<String> {
    let Some(listened) = question.rubric.criteria.iter().find(|one| one.id == *criterion) else {
        return Vec::new();
    };
    let Some(ways) = listened.listen.get(item) else { return Vec::new() };
    let language = Scorer::shared().language();
    let cut = |text: &str| tokenise(text, &language.stemmer, &language.frequency);
    let about: HashSet<String> = std::iter::once(listened.says.as_str())
        .chain(ways.iter().map(String::as_str))
        .flat_map(cut)
        .filter(|token| !is_function_word(&token.norm))
        .map(|token| token.stem)
        .collect();
    let shown: HashSet<String> = cut(&question.ask).into_iter().map(|token| token.stem).collect();
    let text: Vec<char> = answer.chars().collect();
    let tokens = cut(answer);
    let carries = |token: &Token| !is_function_word(&token.norm);
    let mut found: Vec<(f64, usize, usize)> = Vec::new();
    for from in 0..tokens.len() {
        for to in from + 1..tokens.len().min(from + 6) + 1 {
            let run = &tokens[from..to.min(tokens.len())];
            let (Some(first), Some(last)) = (run.first(), run.last()) else { continue };
            if first.clause != last.clause || !carries(first) || !carries(last) {
                continue;
            }
            let own: Vec<&Token> =
                run.iter().filter(|token| carries(token) && !shown.contains(&token.stem)).collect();
            if own.is_empty() || run.iter().filter(|token| carries(token)).count() > 4 {
                continue;
            }
            let worth: f64 = own
                .iter()
                .map(|token| {
                    (7.0 - language.frequency.zipf(&token.norm)).max(0.0)
                        + if about.contains(&token.stem) { 4.0 } else { 0.0 }
                })
                .sum();
            // Two or three words say a point; a longer stretch is heard in fewer answers.
            found.push((worth / (run.len() as f64).max(2.0), from, to));
        }
    }
    found.sort_by(|a, b| b.0.total_cmp(&a.0).then((a.1, a.2).cmp(&(b.1, b.2))));
    let mut picked: Vec<(usize, usize)> = Vec::new();
    let mut offered: Vec<String> = Vec::new();
    for (_, from, to) in found {
        if offered.len() == MOST_CANDIDATES {
            break;
        }
        if picked.iter().any(|&(start, end)| from < end && start < to) {
            continue;
        }
        let words: String = text[tokens[from].start..tokens[to - 1].end].iter().collect();
        let words = words.split_whitespace().collect::<Vec<_>>().join(" ");
        if !offered.contains(&words) && plain(question, listened, item, &words).is_ok() {
            picked.push((from, to));
            offered.push(words);
        }
    }
    offered
}

/// The question with nothing to listen for but these items.
fn listening_for(question: &Question, listen: Vec<Vec<String>>) -> PreparedQuestion {
    let only = Criterion {
        id: "only".parse().unwrap_or_else(|_| unreachable!("\"only\" is a slug")),
        says: String::new(),
        weight: 1.0,
        required: false,
        listen,
        order: false,
        within: None,
        probe: None,
    };
    let rubric = Rubric { criteria: vec![only], ..Rubric::default() };
    Scorer::shared().prepare(&Question { rubric, ..question.clone() })
}

fn hears(listener: &PreparedQuestion, text: &str) -> bool {
    listener.assess(&Transcript::typed(text)).criteria.iter().any(|one| one.verdict == Verdict::Met)
}
