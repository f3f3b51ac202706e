//! A question compiled for scoring, and the scoring of one answer.

use super::asked::Asked;
use super::criteria::{Hearing, Listener, Trap};
use super::graded;
use super::guards::{self, BankIndex};
use super::hash::{hash_text, rubric_hash};
use super::hear::Doubt;
use super::levels::{level_of, missed_required_cap};
use super::listen::Vocabulary;
use super::model::{Grade, Model, counts};
use super::outline::Outline;
use super::{Language, derive, scope};
use crate::ENGINE_VERSION;
use crate::assessment::{Assessment, CriterionResult, GuardResult, MistakeResult, Near, Verdict};
use crate::bank::{Question, Rubric};
use crate::ids::{CriterionId, QuestionId};
use crate::text::function_words::is_function_word;
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
    /// Stems of the content words that the candidate was shown, in order.
    shown: Vec<String>,
    /// All stems of what was shown.
    shown_stems: HashSet<String>,
    /// Stems that are listened for.
    listened: HashSet<String>,
    is_list: bool,
    standard: Standard,
    others: Option<Arc<BankIndex>>,
}

/// What answers are held against.
#[derive(Debug, Clone)]
enum Standard {
    /// A rubric written by hand.
    Rubric(Box<Compiled>),
    /// Accepted answers, of which the best counts.
    Models { asked: Asked, models: Vec<Derived> },
}

/// A rubric, compiled.
#[derive(Debug, Clone)]
struct Compiled {
    vocabulary: Vocabulary,
    listeners: Vec<Listener>,
    traps: Vec<Trap>,
}

/// A model answer and the points it makes, compiled.
#[derive(Debug, Clone)]
struct Derived {
    model: Model,
    points: Vec<Point>,
}

#[derive(Debug, Clone)]
struct Point {
    id: CriterionId,
    says: String,
    weight: f64,
    required: bool,
    /// Which words of the model it is made of; those the question says only where there are no others.
    words: Vec<usize>,
}

/// Credit from which a derived point counts as met, and from which as partly met.
const POINT_MET: f64 = 0.7;
const POINT_PARTLY: f64 = 0.2;

impl Compiled {
    fn of(rubric: &Rubric, language: &Language) -> Self {
        let mut vocabulary = Vocabulary::default();
        let listeners = rubric.criteria.iter().map(|c| Listener::of(c, &mut vocabulary, language)).collect();
        let traps = rubric.mistakes.iter().map(|m| Trap::of(m, &mut vocabulary, language)).collect();
        vocabulary.finish(language);
        Self { vocabulary, listeners, traps }
    }

    fn mark(&self, answer: &Answer, doubt: Doubt, language: &Language) -> Marks {
        let heard = self.vocabulary.hear(&answer.tokens, &answer.unsure, doubt, language);
        let hearing = Hearing {
            text: &answer.text,
            tokens: &answer.tokens,
            heard: &heard,
            standings: &answer.standings,
            vocabulary: &self.vocabulary,
        };
        let criteria: Vec<CriterionResult> = self.listeners.iter().map(|l| l.judge(&hearing)).collect();
        let mistakes: Vec<MistakeResult> = self.traps.iter().filter_map(|t| t.judge(&hearing)).collect();
        let total: f64 = criteria.iter().map(|c| c.weight).sum();
        let earned: f64 = criteria.iter().map(|c| c.weight * c.credit).sum();
        let mut score = if earned > 0.0 { 100.0 * earned / total } else { 0.0 };
        if criteria.iter().any(|c| c.required && c.credit <= 0.0) {
            score = score.min(missed_required_cap());
        }
        score -= mistakes.iter().map(|m| m.cost).sum::<f64>();
        Marks { score: score.clamp(0.0, 100.0), criteria, mistakes, guard: None }
    }
}

impl Derived {
    fn of(text: &str, asked: &Asked, language: &Language) -> Self {
        let all = tokenise(text, &language.stemmer, &language.frequency);
        let outline = Outline::of(text, &all);
        let (mut tokens, mut point_of) = (Vec::new(), Vec::new());
        for (at, part) in outline.parts.iter().enumerate() {
            tokens.extend_from_slice(&all[part.tokens.clone()]);
            point_of.extend(std::iter::repeat_n(at, part.tokens.len()));
        }
        let model = Model::of(&tokens, asked, language);
        let mut points = Vec::new();
        for (at, part) in outline.parts.iter().enumerate() {
            let own = tokens.iter().zip(&point_of).filter(|(_, p)| **p == at).map(|(t, _)| t);
            let mut words: Vec<usize> = own.filter_map(|t| model.word(&t.stem)).collect();
            words.sort_unstable();
            words.dedup();
            if words.iter().any(|w| !model.words[*w].asked) {
                words.retain(|w| !model.words[*w].asked);
            }
            if !words.is_empty() {
                points.push(Point {
                    id: derive::point_id(at),
                    says: part.says.clone(),
                    weight: part.weight,
                    required: part.required,
                    words,
                });
            }
        }
        Self { model, points }
    }

    fn mark(&self, answer: &Answer, grade: &Grade) -> Marks {
        let criteria = self.points.iter().map(|point| self.judge(point, answer, grade)).collect();
        let guard = guards::off_topic(grade.score, graded::on_topic(&grade.shares));
        let score = guard.as_ref().map_or(grade.score, |g| g.cap);
        Marks { score, criteria, mistakes: Vec::new(), guard }
    }

    fn judge(&self, point: &Point, answer: &Answer, grade: &Grade) -> CriterionResult {
        let (mut total, mut earned) = (0.0, 0.0);
        let (mut not_heard, mut near) = (Vec::new(), Vec::new());
        for &at in &point.words {
            let word = &self.model.words[at];
            total += word.weight;
            match &grade.met[at] {
                Some(met) if counts(met) => earned += word.weight * met.worth,
                Some(met) if met.turned => {
                    let (start, end) = (answer.tokens[met.first].start, answer.tokens[met.end - 1].end);
                    let text = answer.text[start..end].iter().collect();
                    near.push(Near { start, end, text, why: "said with the opposite sign".to_owned() });
                    not_heard.push(word.norm.clone());
                }
                _ => not_heard.push(word.norm.clone()),
            }
        }
        let credit = if earned > 0.0 { earned / total } else { 0.0 };
        let verdict = match credit {
            c if c >= POINT_MET => Verdict::Met,
            c if c >= POINT_PARTLY => Verdict::Partly,
            _ => Verdict::Missed,
        };
        CriterionResult {
            id: point.id.clone(),
            says: point.says.clone(),
            weight: point.weight,
            required: point.required,
            verdict,
            credit: (credit * 1e4).round() / 1e4,
            evidence: self.model.evidence(&point.words, &grade.met, &answer.tokens, &answer.text),
            not_heard,
            near,
        }
    }
}

/// Score and parts before they are put together.
struct Marks {
    score: f64,
    criteria: Vec<CriterionResult>,
    mistakes: Vec<MistakeResult>,
    /// A guard that depends on the standard, already applied.
    guard: Option<GuardResult>,
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
        let compiled = Compiled::of(&question.rubric, &language);
        let (shown, shown_stems) = Self::shown(
            &language,
            &[Some(question.ask.as_str()), question.code.as_deref(), question.hint.as_deref()],
        );
        Self {
            id: Some(question.id.clone()),
            hash: rubric_hash(question),
            shown,
            shown_stems,
            listened: compiled.vocabulary.terms.iter().map(|t| t.stem.clone()).collect(),
            is_list: guards::is_list(&question.model_answer, &language),
            standard: Standard::Rubric(Box::new(compiled)),
            others: None,
            language,
        }
    }

    pub(super) fn of_answers(language: Arc<Language>, question: &str, model_answers: &[&str]) -> Self {
        let asked = Asked::of(question, &language);
        let (shown, shown_stems) = Self::shown(&language, &[Some(question)]);
        let models: Vec<Derived> =
            model_answers.iter().map(|answer| Derived::of(answer, &asked, &language)).collect();
        Self {
            id: None,
            hash: hash_text(&format!("{question}\u{1f}{}", model_answers.join("\u{1f}"))),
            shown,
            shown_stems,
            listened: models.iter().flat_map(|m| &m.model.words).map(|w| w.stem.clone()).collect(),
            is_list: model_answers.iter().any(|answer| guards::is_list(answer, &language)),
            standard: Standard::Models { asked, models },
            others: None,
            language,
        }
    }

    /// What was shown, as content stems in order and as all stems.
    fn shown(language: &Language, texts: &[Option<&str>]) -> (Vec<String>, HashSet<String>) {
        let mut content = Vec::new();
        let mut all = HashSet::new();
        for token in
            texts.iter().flatten().flat_map(|text| tokenise(text, &language.stemmer, &language.frequency))
        {
            if !is_function_word(&token.norm) {
                content.push(token.stem.clone());
            }
            all.insert(token.stem);
        }
        (content, all)
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
        let mut guards = guards::all(&answer.tokens, &self.subject(), &self.language);
        let no_answer = guards.iter().any(|g| g.id == "no_answer");
        let cap = guards.iter().map(|g| g.cap).fold(100.0, f64::min);
        let marks = self.marks(&answer, Doubt::AsHeard);
        let score = hundredths(marks.score.min(cap));
        let doubtful = answer.unsure.contains(&true);
        let with =
            |doubt| if doubtful { hundredths(self.marks(&answer, doubt).score.min(cap)) } else { score };
        let (low, high) = (with(Doubt::Unsaid).min(score), with(Doubt::Generous).max(score));
        guards.extend(marks.guard.filter(|_| !no_answer));
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

    /// The shares a score was added up from, for a question that has only model answers.
    pub fn shares(&self, transcript: &Transcript) -> Option<graded::Shares> {
        let answer = self.read(transcript);
        match &self.standard {
            Standard::Rubric(_) => None,
            Standard::Models { asked, models } => {
                self.best(models, asked, &answer, Doubt::AsHeard).map(|(_, grade)| grade.shares)
            }
        }
    }

    /// How much of its model answer's meaning each point holds, 0 to 1, in the order of the criteria; of the first model
    /// answer where there are several, and nothing for a question with its own rubric.
    pub fn meaning_held(&self) -> Vec<f64> {
        let Standard::Models { models, .. } = &self.standard else { return Vec::new() };
        let Some(first) = models.first() else { return Vec::new() };
        let held: Vec<f64> = first
            .points
            .iter()
            .map(|point| point.words.iter().map(|at| first.model.words[*at].weight).sum())
            .collect();
        let total: f64 = held.iter().sum();
        held.into_iter().map(|meaning| if total > 0.0 { meaning / total } else { 0.0 }).collect()
    }

    fn read(&self, transcript: &Transcript) -> Answer {
        let tokens = tokenise(&transcript.text, &self.language.stemmer, &self.language.frequency);
        let text: Vec<char> = transcript.text.chars().collect();
        let unsure = unsure_tokens(&text, transcript, &tokens);
        let standings = scope::standings(&tokens);
        Answer { text, tokens, unsure, standings }
    }

    fn subject(&self) -> guards::Subject<'_> {
        guards::Subject {
            shown: &self.shown,
            shown_stems: &self.shown_stems,
            listened: &self.listened,
            is_list: self.is_list,
            id: self.id.as_ref(),
            others: self.others.as_deref(),
        }
    }

    fn marks(&self, answer: &Answer, doubt: Doubt) -> Marks {
        match &self.standard {
            Standard::Rubric(rubric) => rubric.mark(answer, doubt, &self.language),
            Standard::Models { asked, models } => match self.best(models, asked, answer, doubt) {
                Some((derived, grade)) => derived.mark(answer, &grade),
                None => Marks { score: 0.0, criteria: Vec::new(), mistakes: Vec::new(), guard: None },
            },
        }
    }

    /// The model answer that the answer comes nearest to; the first of equals.
    fn best<'a>(
        &self,
        models: &'a [Derived],
        asked: &Asked,
        answer: &Answer,
        doubt: Doubt,
    ) -> Option<(&'a Derived, Grade)> {
        let mut best: Option<(&Derived, Grade, f64)> = None;
        for derived in models {
            let grade = derived.model.grade(
                &answer.tokens,
                &answer.standings,
                &answer.unsure,
                doubt,
                asked,
                &self.language,
            );
            let score = grade.score * graded::on_topic(&grade.shares);
            if best.as_ref().is_none_or(|(_, _, other)| score > *other) {
                best = Some((derived, grade, score));
            }
        }
        best.map(|(derived, grade, _)| (derived, grade))
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
