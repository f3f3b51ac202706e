//! A question compiled for scoring, and the scoring of one answer.

use super::criteria::{Hearing, Listener, Trap};
use super::guards::{self, BankIndex};
use super::hash::{hash_text, rubric_hash};
use super::levels::{level_of, missed_required_cap};
use super::listen::{Doubt, Vocabulary};
use super::{Language, derive, scope};
use crate::ENGINE_VERSION;
use crate::assessment::{Assessment, CriterionResult, GuardResult, MistakeResult};
use crate::bank::{Question, Rubric};
use crate::ids::QuestionId;
use crate::text::{Token, tokenise};
use crate::transcript::Transcript;
use std::collections::HashSet;
use std::sync::Arc;

/// Words the recogniser was less sure of than this are in doubt.
const UNSURE: f32 = 0.45;

/// A question that is ready to score answers.
#[derive(Debug, Clone)]
pub struct PreparedQuestion {
    language: Arc<Language>,
    id: Option<QuestionId>,
    hash: String,
    /// Stems of what the candidate was shown.
    shown: HashSet<String>,
    /// One rubric a model answer; the best result counts.
    rubrics: Vec<Compiled>,
    others: Option<Arc<BankIndex>>,
}

#[derive(Debug, Clone)]
struct Compiled {
    vocabulary: Vocabulary,
    listeners: Vec<Listener>,
    traps: Vec<Trap>,
}

impl Compiled {
    fn of(rubric: &Rubric, language: &Language) -> Self {
        let mut vocabulary = Vocabulary::default();
        let listeners = rubric.criteria.iter().map(|c| Listener::of(c, &mut vocabulary, language)).collect();
        let traps = rubric.mistakes.iter().map(|m| Trap::of(m, &mut vocabulary, language)).collect();
        vocabulary.finish(language);
        Self { vocabulary, listeners, traps }
    }
}

/// Score and parts before they are put together.
struct Marks {
    score: f64,
    criteria: Vec<CriterionResult>,
    mistakes: Vec<MistakeResult>,
}

/// An answer cut up once.
struct Answer {
    text: Vec<char>,
    tokens: Vec<Token>,
    unsure: Vec<bool>,
    standings: Vec<scope::Standing>,
}

impl PreparedQuestion {
    pub(super) fn of_question(language: Arc<Language>, question: &Question) -> Self {
        let rubrics = vec![Compiled::of(&question.rubric, &language)];
        let shown = Self::shown(
            &language,
            &[Some(question.ask.as_str()), question.code.as_deref(), question.hint.as_deref()],
        );
        Self {
            id: Some(question.id.clone()),
            hash: rubric_hash(question),
            shown,
            rubrics,
            others: None,
            language,
        }
    }

    pub(super) fn of_answers(language: Arc<Language>, question: &str, model_answers: &[&str]) -> Self {
        let rubrics = model_answers
            .iter()
            .map(|answer| Compiled::of(&derive::derive_with(&language, question, answer).rubric, &language))
            .collect();
        let shown = Self::shown(&language, &[Some(question)]);
        let hash = hash_text(&format!("{question}\u{1f}{}", model_answers.join("\u{1f}")));
        Self { id: None, hash, shown, rubrics, others: None, language }
    }

    fn shown(language: &Language, texts: &[Option<&str>]) -> HashSet<String> {
        texts
            .iter()
            .flatten()
            .flat_map(|text| tokenise(text, &language.stemmer, &language.frequency))
            .map(|token| token.stem)
            .collect()
    }

    /// Lets the "another question's answer" guard see the other questions of the bank.
    #[must_use]
    pub fn with_bank(mut self, others: Arc<BankIndex>) -> Self {
        self.others = Some(others);
        self
    }

    /// Scores one answer. A pure function of the transcript, the rubric and the engine's version.
    pub fn assess(&self, transcript: &Transcript) -> Assessment {
        let answer = self.read(transcript);
        let no_answer = guards::is_no_answer(&answer.tokens);
        let guards = self.guards(&answer, no_answer);
        let cap = guards.iter().map(|g| g.cap).fold(100.0, f64::min);
        let marks = self.best(&answer, Doubt::AsHeard);
        let score = hundredths(marks.score.min(cap));
        let doubtful = answer.unsure.contains(&true);
        let with =
            |doubt| if doubtful { hundredths(self.best(&answer, doubt).score.min(cap)) } else { score };
        let (low, high) = (with(Doubt::Unsaid).min(score), with(Doubt::Generous).max(score));
        Assessment {
            question_id: self.id.clone(),
            score,
            low,
            high,
            level: level_of(score),
            no_answer,
            criteria: marks.criteria,
            mistakes: marks.mistakes,
            guards,
            rubric_hash: self.hash.clone(),
            engine_version: ENGINE_VERSION.to_owned(),
            model: transcript.model.clone(),
        }
    }

    fn read(&self, transcript: &Transcript) -> Answer {
        let tokens = tokenise(&transcript.text, &self.language.stemmer, &self.language.frequency);
        let text: Vec<char> = transcript.text.chars().collect();
        let unsure = unsure_tokens(&text, transcript, &tokens);
        let standings = scope::standings(&tokens);
        Answer { text, tokens, unsure, standings }
    }

    fn guards(&self, answer: &Answer, no_answer: bool) -> Vec<GuardResult> {
        if no_answer {
            return vec![GuardResult {
                id: "no_answer".into(),
                says: "No answer was given, so there is nothing to score.".into(),
                cap: 0.0,
            }];
        }
        guards::echo(&answer.tokens, &self.shown).into_iter().collect()
    }

    /// The marks of the rubric that suits the answer best; the first of equals.
    fn best(&self, answer: &Answer, doubt: Doubt) -> Marks {
        let mut best: Option<Marks> = None;
        for rubric in &self.rubrics {
            let marks = self.mark(rubric, answer, doubt);
            if best.as_ref().is_none_or(|b| marks.score > b.score) {
                best = Some(marks);
            }
        }
        best.unwrap_or(Marks { score: 0.0, criteria: Vec::new(), mistakes: Vec::new() })
    }

    fn mark(&self, rubric: &Compiled, answer: &Answer, doubt: Doubt) -> Marks {
        let heard = rubric.vocabulary.hear(&answer.tokens, &answer.unsure, doubt, &self.language);
        let hearing = Hearing {
            text: &answer.text,
            tokens: &answer.tokens,
            heard: &heard,
            standings: &answer.standings,
            vocabulary: &rubric.vocabulary,
        };
        let criteria: Vec<CriterionResult> = rubric.listeners.iter().map(|l| l.judge(&hearing)).collect();
        let mistakes: Vec<MistakeResult> = rubric.traps.iter().filter_map(|t| t.judge(&hearing)).collect();
        let total: f64 = criteria.iter().map(|c| c.weight).sum();
        let earned: f64 = criteria.iter().map(|c| c.weight * c.credit).sum();
        let mut score = if total > 0.0 { 100.0 * earned / total } else { 0.0 };
        if criteria.iter().any(|c| c.required && c.credit <= 0.0) {
            score = score.min(missed_required_cap());
        }
        score -= mistakes.iter().map(|m| m.cost).sum::<f64>();
        Marks { score: score.clamp(0.0, 100.0), criteria, mistakes }
    }
}

/// Two decimals, so that every way of printing gives the same digits.
fn hundredths(score: f64) -> f64 {
    let rounded = (score * 100.0).round() / 100.0;
    if rounded == 0.0 { 0.0 } else { rounded }
}

/// Which tokens come from words the recogniser was unsure of.
fn unsure_tokens(text: &[char], transcript: &Transcript, tokens: &[Token]) -> Vec<bool> {
    let mut unsure = vec![false; tokens.len()];
    let mut at = 0;
    let mut token = 0;
    for word in &transcript.words {
        let letters: Vec<char> = word.text.trim().chars().collect();
        if letters.is_empty() {
            continue;
        }
        let Some(start) = (at..text.len()).find(|&n| text[n..].starts_with(&letters)) else { continue };
        let end = start + letters.len();
        at = end;
        if word.confidence < UNSURE {
            while token < tokens.len() && tokens[token].end <= start {
                token += 1;
            }
            let mut n = token;
            while n < tokens.len() && tokens[n].start < end {
                unsure[n] = true;
                n += 1;
            }
        }
    }
    unsure
}
