//! The feedback to an answer out of somebody's transcript: the same criteria, words and advice, without a session
//! around it.

use super::helped::HelpedView;
use super::{
    CriterionView, MistakeView, NextLine, ScoreView, anchor, criteria, delivery, level_word, marks, mistakes,
    next_time, said_note, sum,
};
use crate::page::{Nav, Shell};
use askama::Template;
use delivery::Fact;
use marks::{Piece, WordTimes};
use viva_core::assessment::Assessment;
use viva_core::bank::Question;
use viva_core::transcript::Transcript;

/// What the page is made from.
pub struct Reviewed<'a> {
    /// The question it is taken to answer.
    pub question: &'a Question,
    /// Its pack's licence.
    pub licence: &'a str,
    /// What was said.
    pub transcript: &'a Transcript,
    /// Its score.
    pub assessment: &'a Assessment,
    /// The score of the model answer by the same rubric.
    pub own: &'a Assessment,
    /// The document it is from.
    pub document: String,
    /// Where in it.
    pub place: String,
    /// The review.
    pub href: String,
    /// Where the recording is served, if there is one.
    pub audio_href: Option<String>,
}

/// The page.
#[derive(Template)]
#[template(path = "review_answer.html")]
pub struct ReviewedPage {
    shell: Shell,
    document: String,
    place: String,
    href: String,
    audio_href: Option<String>,
    ask: String,
    code: Option<String>,
    level_word: &'static str,
    score: ScoreView,
    level: u8,
    anchor: Option<String>,
    guards: Vec<String>,
    next_time: Vec<NextLine>,
    criteria: Vec<CriterionView>,
    mistakes: Vec<MistakeView>,
    sum: String,
    delivery: Vec<Fact>,
    said: Vec<Piece>,
    said_note: String,
    helped: Vec<HelpedView>,
    model: Vec<Piece>,
    licence: String,
    sources: Vec<String>,
}

impl ReviewedPage {
    /// Draws it.
    pub fn new(shell: Shell, parts: Reviewed<'_>) -> Self {
        let Reviewed { question, transcript, assessment, own, .. } = parts;
        let times = WordTimes::of(transcript);
        let score = ScoreView::new(assessment.score, assessment.low, assessment.high);
        let said = marks::said(transcript, assessment);
        Self {
            shell: shell.under(Nav::History),
            document: parts.document,
            place: parts.place,
            href: parts.href,
            audio_href: parts.audio_href,
            ask: question.ask.clone(),
            code: question.code.clone(),
            level_word: level_word(question.level),
            level: assessment.level,
            anchor: anchor(question, assessment.level),
            guards: assessment.guards.iter().map(|guard| guard.says.clone()).collect(),
            next_time: next_time(question, assessment, own, &times),
            criteria: criteria(transcript, assessment, &times),
            mistakes: mistakes(question, transcript, assessment, &times),
            sum: sum(assessment, &score),
            delivery: delivery::facts(question, transcript, None),
            said_note: said_note(transcript, &said),
            helped: HelpedView::of(transcript),
            said,
            model: marks::model(&question.model_answer, own, assessment),
            licence: parts.licence.to_owned(),
            sources: question.sources.clone(),
            score,
        }
    }
}
