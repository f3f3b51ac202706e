//! Rules that cap or void a score: nothing said, the question said back, words without sentences.
//!
//! Each looks at the whole answer, says in plain words what it saw, and names the highest score it
//! leaves. None looks at criteria.

use crate::assessment::GuardResult;
use crate::text::Token;
use crate::text::function_words::is_function_word;
use std::collections::HashSet;

/// The model answers of a bank, to tell an answer to another question from a weak answer to this one.
#[derive(Debug, Clone, Default)]
pub struct BankIndex {
    pub(super) entries: Vec<BankEntry>,
}

#[derive(Debug, Clone)]
pub(super) struct BankEntry {
    pub id: crate::ids::QuestionId,
    pub stems: HashSet<String>,
}

impl BankIndex {
    /// Indexes the questions of all given packs.
    pub fn of_packs<'a>(
        scorer: &super::Scorer,
        packs: impl IntoIterator<Item = &'a crate::bank::Pack>,
    ) -> Self {
        let language = scorer.language();
        let mut entries = Vec::new();
        for question in packs.into_iter().flat_map(|p| &p.questions) {
            let tokens =
                crate::text::tokenise(&question.model_answer, &language.stemmer, &language.frequency);
            entries.push(BankEntry { id: question.id.clone(), stems: content_stems(&tokens) });
        }
        Self { entries }
    }
}

/// The stems of content words.
pub(super) fn content_stems(tokens: &[Token]) -> HashSet<String> {
    tokens.iter().filter(|t| !is_function_word(&t.norm)).map(|t| t.stem.clone()).collect()
}

/// Ways to say that one has no answer.
const NO_ANSWER: &[&str] = &[
    "i do not know",
    "do not know",
    "no idea",
    "i have no idea",
    "not sure",
    "i am not sure",
    "no answer",
    "not answered",
    "no submission",
    "pass",
    "skip",
    "i pass",
    "i would pass",
    "next question",
    "i do not remember",
    "i can not remember",
    "i forgot",
    "i have forgotten",
    "sorry",
    "thank you",
    "i can not answer that",
    "i can not answer",
    "none",
    "nothing",
    "na",
    "n a",
    "dont know",
    "idk",
    "no clue",
    "i have no clue",
];

/// Whether nothing was said that could be scored.
pub(super) fn is_no_answer(tokens: &[Token]) -> bool {
    if tokens.is_empty() {
        return true;
    }
    if tokens.len() > 9 {
        return false;
    }
    let said: Vec<&str> = tokens
        .iter()
        .map(|t| t.norm.as_str())
        .filter(|w| {
            !matches!(
                *w,
                "well"
                    | "sorry"
                    | "really"
                    | "honestly"
                    | "that"
                    | "this"
                    | "the"
                    | "to"
                    | "answer"
                    | "so"
                    | "ok"
                    | "okay"
            )
        })
        .collect();
    let said = said.join(" ");
    said.is_empty() || NO_ANSWER.contains(&said.as_str())
}

/// Looks for an answer that only says the question back.
pub(super) fn echo(tokens: &[Token], shown: &HashSet<String>) -> Option<GuardResult> {
    let content: Vec<&Token> = tokens.iter().filter(|t| !is_function_word(&t.norm)).collect();
    if content.len() < 2 {
        return None;
    }
    let own: HashSet<&str> =
        content.iter().map(|t| t.stem.as_str()).filter(|s| !shown.contains(*s)).collect();
    let total: HashSet<&str> = content.iter().map(|t| t.stem.as_str()).collect();
    (own.is_empty() && total.len() >= 2).then(|| GuardResult {
        id: "echo".into(),
        says: "The answer only says the question back.".into(),
        cap: 0.0,
    })
}
