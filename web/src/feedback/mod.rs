//! The feedback page, drawn from values alone: question, words, assessment. It knows no store and no request.
//!
//! Order of importance: how it went and what to say next time, then every criterion with its evidence, then
//! the words beside the model answer. Delivery stands apart and never touches a number of the score.

mod after;
pub mod delivery;
pub mod helped;
pub mod marks;
pub mod reviewed;

use crate::handlers::rescore::Origin;
use crate::page::{Nav, Shell};
use after::{CorrectionView, FollowUpView};
use askama::Template;
use delivery::Fact;
use helped::HelpedView;
use marks::{Piece, WordTimes, class, joined, slice};
use viva_audio::waveform::Facts;
use viva_core::assessment::{Assessment, CriterionResult, Evidence, How, Verdict};
use viva_core::bank::{Level, Question};
use viva_core::ids::AttemptId;
use viva_core::transcript::Transcript;
use viva_core::units::Millis;
use viva_storage::{Help, HistoryEntry};

/// Everything the page is made from.
pub struct Parts<'a> {
    /// The question as it was when asked.
    pub question: &'a Question,
    /// Its pack's title.
    pub pack_title: &'a str,
    /// Its pack's licence.
    pub licence: &'a str,
    /// The answer.
    pub attempt: AttemptId,
    /// What was said or typed, as it counts.
    pub transcript: &'a Transcript,
    /// The same before anybody corrected it: what delivery is taken from.
    pub heard: &'a Transcript,
    /// What was there before a correction, where there was one.
    pub correction: Option<Correction<'a>>,
    /// Help taken before it.
    pub help: Help,
    /// Follow-ups asked after it, the latest first; none where this is a follow-up itself.
    pub follow_ups: Option<&'a [HistoryEntry]>,
    /// Its score.
    pub assessment: &'a Assessment,
    /// Whether words and score still settle.
    pub provisional: bool,
    /// The score of the model answer by the same rubric: which of its sentences earns what.
    pub own: &'a Assessment,
    /// How the score came to be.
    pub origin: Origin,
    /// `Attempt 3, today 19:42`.
    pub attempt_says: String,
    /// The session it belongs to.
    pub session_href: String,
    /// Where the same question is answered again.
    pub retake_href: String,
    /// Where the session goes on, if it does.
    pub next_question: Option<String>,
    /// The score of the answer before, and where both stand side by side.
    pub before: Option<(f64, String)>,
    /// The recording, if there is one.
    pub audio: Option<Recording<'a>>,
}

/// What was there before a correction.
pub struct Correction<'a> {
    /// The words.
    pub before: &'a Transcript,
    /// Their score.
    pub score: &'a Assessment,
    /// Who corrected them.
    pub author: &'a str,
}

/// The sound of an answer, for the player.
pub struct Recording<'a> {
    /// Where the WAV is served.
    pub href: String,
    /// Peak of each of equally long stretches, 0 to 1.
    pub peaks: &'a [f32],
    /// How loud it is, over which noise.
    pub facts: Facts,
}

/// A score as it is shown: whole numbers, and where they stand in a small drawing.
#[derive(Debug, Clone)]
pub struct ScoreView {
    pub score: u32,
    pub low: u32,
    pub high: u32,
    /// Positions in a drawing 96 wide.
    pub x: String,
    pub range_x: String,
    pub range_width: String,
}

impl ScoreView {
    /// Rounds a score and its range for people.
    pub fn new(score: f64, low: f64, high: f64) -> Self {
        let x = |points: f64| 4.0 + 0.88 * points;
        Self {
            score: whole(score),
            low: whole(low),
            high: whole(high),
            x: format!("{:.1}", x(score)),
            range_x: format!("{:.1}", x(low)),
            range_width: format!("{:.1}", (x(high) - x(low)).max(2.0)),
        }
    }
}

/// A point in the sound.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct At {
    pub ms: u64,
    pub says: String,
}

impl At {
    /// A jump to a moment of the take.
    pub fn new(moment: Millis) -> Self {
        Self { ms: moment.0, says: moment.to_string() }
    }
}

/// Words quoted from the answer.
#[derive(Debug, Clone)]
pub struct Quote {
    text: String,
    at: Option<At>,
}

struct CriterionView {
    number: usize,
    verdict: &'static str,
    verdict_word: &'static str,
    says: String,
    earned: String,
    weight: String,
    required: bool,
    quotes: Vec<Quote>,
    notes: Vec<String>,
    heard: Vec<String>,
}

struct MistakeView {
    says: String,
    cost: String,
    quotes: Vec<Quote>,
    instead: String,
}

struct NextLine {
    verdict: &'static str,
    says: String,
    why: String,
    points: f64,
}

struct Bar {
    number: usize,
    verdict: &'static str,
    x: String,
    width: String,
    edge_x: String,
    edge_width: String,
    middle: String,
    fill: f64,
    fill_y: f64,
}

struct Label {
    x: String,
    says: u8,
    here: bool,
}

struct Count {
    verdict: &'static str,
    says: String,
}

struct Change {
    says: String,
    href: String,
}

struct Band {
    verdict: &'static str,
    x: String,
    width: String,
}

struct AudioView {
    href: String,
    ms: u64,
    length: String,
    says: String,
    /// Peaks in hundredths of full scale, with spaces between them.
    peaks: String,
    /// Where there is speech.
    speech: Vec<Band>,
    bands: Vec<Band>,
}

/// How one answer went.
#[derive(Template)]
#[template(path = "feedback.html")]
pub struct FeedbackPage {
    shell: Shell,
    /// The words still settle, and the score with them.
    provisional: bool,
    origin: Origin,
    title: String,
    pack: String,
    level_word: &'static str,
    ask: String,
    code: Option<String>,
    attempt_says: String,
    session_href: String,
    retake_href: String,
    next_question: Option<String>,
    attempt: AttemptId,
    /// Where a person says what this answer holds.
    bench_href: String,
    is_follow_up: bool,
    help_says: Option<&'static str>,
    correction: Option<CorrectionView>,
    follow_ups: Vec<FollowUpView>,
    score: ScoreView,
    level: u8,
    scale_ticks: Vec<u32>,
    scale_labels: Vec<Label>,
    scale_x: String,
    scale_range_x: String,
    scale_range_width: String,
    anchor: Option<String>,
    bars: Vec<Bar>,
    bars_say: String,
    tally: Vec<Count>,
    change: Option<Change>,
    guards: Vec<String>,
    next_time: Vec<NextLine>,
    criteria: Vec<CriterionView>,
    mistakes: Vec<MistakeView>,
    sum: String,
    delivery: Vec<Fact>,
    audio: Option<AudioView>,
    said: Vec<Piece>,
    /// Beginning and end of each word of it in ms, with spaces between them; empty where words have no time or there is
    /// nothing to hear.
    times: String,
    said_note: String,
    helped: Vec<HelpedView>,
    model: Vec<Piece>,
    licence: String,
    sources: Vec<String>,
}

/// Follow-ups shown at once; the rest is a press away.
const FOLLOW_UPS_SHOWN: usize = 3;

/// The most lines of advice; a fifth would not be remembered.
const NEXT_TIME_LINES: usize = 4;

impl FeedbackPage {
    /// Draws the page.
    pub fn new(shell: Shell, parts: Parts<'_>) -> Self {
        let Parts { question, transcript, assessment, own, .. } = parts;
        let times = WordTimes::of(transcript);
        let score = ScoreView::new(assessment.score, assessment.low, assessment.high);
        let scale = |points: f64| 4.0 + 3.2 * points;
        let (bars, bars_say) = bars(assessment);
        let said = marks::said(transcript, assessment);
        let footer = vec![format!(
            "Same words, same score: rubric {} ({}), engine {}, {}",
            question.pack,
            &assessment.rubric_hash.get(..6).unwrap_or(&assessment.rubric_hash),
            assessment.engine_version,
            heard_by(&assessment.model)
        )];
        Self {
            provisional: parts.provisional,
            shell: shell.under(Nav::Practice).with_footer(footer),
            title: format!("{} of 100, {}", score.score, question.topic),
            pack: parts.pack_title.to_owned(),
            level_word: level_word(question.level),
            origin: parts.origin,
            ask: question.ask.clone(),
            code: question.code.clone(),
            attempt_says: parts.attempt_says,
            session_href: parts.session_href,
            retake_href: parts.retake_href,
            next_question: parts.next_question,
            attempt: parts.attempt,
            bench_href: format!("/questions/{}/bench?attempt={}", question.id, parts.attempt),
            is_follow_up: parts.follow_ups.is_none(),
            help_says: after::help_says(parts.help),
            correction: parts
                .correction
                .as_ref()
                .map(|correction| CorrectionView::new(correction, transcript)),
            follow_ups: after::follow_ups(question, assessment, parts.follow_ups.unwrap_or_default()),
            level: assessment.level,
            scale_ticks: (0..=5).map(|n| 4 + 64 * n).collect(),
            scale_labels: (1..=5u8)
                .map(|n| Label {
                    x: format!("{}", 64 * u32::from(n) - 28),
                    says: n,
                    here: n == assessment.level,
                })
                .collect(),
            scale_x: format!("{:.1}", scale(assessment.score)),
            scale_range_x: format!("{:.1}", scale(assessment.low)),
            scale_range_width: format!("{:.1}", (scale(assessment.high) - scale(assessment.low)).max(2.0)),
            anchor: anchor(question, assessment.level),
            bars,
            bars_say,
            tally: tally(assessment),
            change: parts.before.map(|(before, href)| change(assessment.score, before, href)),
            guards: assessment.guards.iter().map(|guard| guard.says.clone()).collect(),
            next_time: next_time(question, assessment, own, &times),
            criteria: criteria(transcript, assessment, &times),
            mistakes: mistakes(question, transcript, assessment, &times),
            sum: sum(assessment, &score),
            delivery: delivery::facts(question, parts.heard, parts.audio.as_ref().map(|audio| &audio.facts)),
            times: parts.audio.as_ref().map(|_| times.listed()).unwrap_or_default(),
            audio: parts.audio.map(|audio| audio_view(&audio, parts.heard, assessment, &times)),
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

/// A score as people say it.
pub fn whole(points: f64) -> u32 {
    points.round().clamp(0.0, 100.0) as u32
}

/// A level's name.
pub fn level_word(level: Level) -> &'static str {
    match level {
        Level::Junior => "junior",
        Level::Mid => "mid",
        Level::Senior => "senior",
    }
}

fn heard_by(model: &str) -> String {
    if model == Transcript::TYPED { "typed".into() } else { format!("heard by Whisper {model}") }
}

/// The anchor of a level; where the author left it out, the nearest one below.
fn anchor(question: &Question, level: u8) -> Option<String> {
    question.rubric.anchors.range(..=level).next_back().map(|(_, says)| says.clone())
}

/// A verdict's word.
pub fn verdict_word(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Met => "Met",
        Verdict::Partly => "Partly",
        Verdict::Missed => "Missed",
    }
}

/// Points of weight with no more digits than they need: `2`, `1.5`.
pub fn points(value: f64) -> String {
    // Adding zero turns a negative zero into a plain one.
    let rounded = (value * 10.0).round() / 10.0 + 0.0;
    if rounded.fract() == 0.0 { format!("{rounded:.0}") } else { format!("{rounded:.1}") }
}

fn bars(assessment: &Assessment) -> (Vec<Bar>, String) {
    const WIDE: f64 = 328.0;
    const GAP: f64 = 3.0;
    let total: f64 = assessment.criteria.iter().map(|c| c.weight).sum();
    let gaps = GAP * assessment.criteria.len().saturating_sub(1) as f64;
    let mut x = 0.0;
    let mut bars = Vec::new();
    for (index, criterion) in assessment.criteria.iter().enumerate() {
        let width = (WIDE - gaps) * criterion.weight / total.max(f64::MIN_POSITIVE);
        let fill = match criterion.verdict {
            Verdict::Met => 20.0,
            Verdict::Partly => 10.0,
            Verdict::Missed => 0.0,
        };
        bars.push(Bar {
            number: index + 1,
            verdict: class(criterion.verdict),
            x: format!("{x:.1}"),
            width: format!("{width:.1}"),
            edge_x: format!("{:.1}", x + 0.75),
            edge_width: format!("{:.1}", (width - 1.5).max(1.0)),
            middle: format!("{:.1}", x + width / 2.0),
            fill,
            fill_y: 20.0 - fill,
        });
        x += width + GAP;
    }
    let list = |verdict: Verdict| {
        let numbers: Vec<String> = (1..)
            .zip(&assessment.criteria)
            .filter(|(_, criterion)| criterion.verdict == verdict)
            .map(|(number, _)| number.to_string())
            .collect();
        (!numbers.is_empty()).then(|| format!("{} {}", numbers.join(", "), class(verdict)))
    };
    let lists: Vec<String> =
        [Verdict::Met, Verdict::Partly, Verdict::Missed].into_iter().filter_map(list).collect();
    (bars, format!("Criteria by weight: {}", lists.join("; ")))
}

fn tally(assessment: &Assessment) -> Vec<Count> {
    let count = |verdict| assessment.criteria.iter().filter(|c| c.verdict == verdict).count();
    let mut counts: Vec<Count> = [Verdict::Met, Verdict::Partly, Verdict::Missed]
        .into_iter()
        .map(|verdict| (verdict, count(verdict)))
        .filter(|(_, n)| *n > 0)
        .map(|(verdict, n)| Count { verdict: class(verdict), says: format!("{n} {}", class(verdict)) })
        .collect();
    match assessment.mistakes.len() {
        0 => {}
        1 => counts.push(Count { verdict: "mistake", says: "1 mistake".into() }),
        n => counts.push(Count { verdict: "mistake", says: format!("{n} mistakes") }),
    }
    counts
}

fn change(score: f64, before: f64, href: String) -> Change {
    let difference = i64::from(whole(score)) - i64::from(whole(before));
    let says = match difference {
        0 => "The same as last time.".to_owned(),
        more if more > 0 => format!("{more} more than last time."),
        less => format!("{} less than last time.", -less),
    };
    Change { says, href }
}

fn next_time(question: &Question, answer: &Assessment, own: &Assessment, times: &WordTimes) -> Vec<NextLine> {
    let total: f64 = answer.criteria.iter().map(|c| c.weight).sum();
    let mut lines: Vec<NextLine> = (1..)
        .zip(&answer.criteria)
        .filter(|(_, criterion)| criterion.verdict != Verdict::Missed || criterion.credit < 1.0)
        .filter(|(_, criterion)| criterion.verdict != Verdict::Met)
        .map(|(number, criterion)| {
            let points = 100.0 * criterion.weight * (1.0 - criterion.credit) / total.max(f64::MIN_POSITIVE);
            let state = if criterion.verdict == Verdict::Partly { "half heard" } else { "not heard" };
            let near = criterion
                .near
                .first()
                .and_then(|near| times.at(near.start))
                .map(|at| format!("; you came near it at {at}"))
                .unwrap_or_default();
            NextLine {
                verdict: class(criterion.verdict),
                says: sentence_of(question, own, number - 1).unwrap_or_else(|| criterion.says.clone()),
                why: format!("{} points. Criterion {number}, {state}{near}", whole(points)),
                points,
            }
        })
        .collect();
    for mistake in &answer.mistakes {
        let said = mistake.evidence.first().map(|e| e.text.as_str()).unwrap_or_default();
        let instead = question
            .rubric
            .mistakes
            .iter()
            .find(|m| m.says == mistake.says)
            .map(|m| m.instead.as_str())
            .filter(|instead| !instead.is_empty())
            .unwrap_or(&mistake.says);
        let at = mistake.evidence.first().and_then(|e| times.at(e.start));
        lines.push(NextLine {
            verdict: "mistake",
            says: format!("Take back “{said}”: {instead}"),
            why: match at {
                Some(at) => format!("{} points. Mistake at {at}", whole(mistake.cost)),
                None => format!("{} points. Mistake", whole(mistake.cost)),
            },
            points: mistake.cost,
        });
    }
    lines.sort_by(|a, b| b.points.total_cmp(&a.points));
    lines.truncate(NEXT_TIME_LINES);
    lines
}

/// The sentence of the model answer that earns most of a criterion.
fn sentence_of(question: &Question, own: &Assessment, index: usize) -> Option<String> {
    let evidence = &own.criteria.get(index)?.evidence;
    marks::sentences(&question.model_answer)
        .into_iter()
        .map(|(start, end, sentence)| {
            (evidence.iter().filter(|e| e.start >= start && e.start < end).count(), sentence)
        })
        .filter(|(count, _)| *count > 0)
        .max_by_key(|(count, _)| *count)
        .map(|(_, sentence)| sentence.trim().to_owned())
}

fn criteria(transcript: &Transcript, assessment: &Assessment, times: &WordTimes) -> Vec<CriterionView> {
    (1..)
        .zip(&assessment.criteria)
        .map(|(number, criterion)| CriterionView {
            number,
            verdict: class(criterion.verdict),
            verdict_word: verdict_word(criterion.verdict),
            says: criterion.says.clone(),
            earned: points(criterion.weight * criterion.credit),
            weight: points(criterion.weight),
            required: criterion.required,
            quotes: quotes(&transcript.text, &criterion.evidence, times),
            notes: notes(criterion),
            heard: criterion.evidence.iter().filter_map(heard).collect(),
        })
        .collect()
}

fn notes(criterion: &CriterionResult) -> Vec<String> {
    let mut notes = Vec::new();
    match (criterion.verdict, criterion.not_heard.is_empty()) {
        (Verdict::Missed, _) => notes.push("Not heard.".to_owned()),
        (_, false) => notes.push(format!("Not heard: {}.", criterion.not_heard.join(", "))),
        (_, true) => {}
    }
    notes.extend(
        criterion.near.iter().map(|near| format!("Said but not counted: “{}”: {}", near.text, near.why)),
    );
    notes
}

/// What was helped is always shown where it counted.
fn heard(evidence: &Evidence) -> Option<String> {
    match evidence.how {
        How::Sound | How::Spelling => {
            Some(format!("Heard “{}”, counted as {}.", evidence.text, evidence.expected))
        }
        _ => None,
    }
}

fn quotes(text: &str, evidence: &[Evidence], times: &WordTimes) -> Vec<Quote> {
    joined(evidence.iter().map(|e| (e.start, e.end)))
        .into_iter()
        .map(|(start, end)| Quote { text: slice(text, start, end), at: times.at(start).map(At::new) })
        .collect()
}

fn mistakes(
    q: &Question,
    transcript: &Transcript,
    assessment: &Assessment,
    times: &WordTimes,
) -> Vec<MistakeView> {
    let instead = |says: &str| q.rubric.mistakes.iter().find(|m| m.says == says).map(|m| m.instead.clone());
    assessment
        .mistakes
        .iter()
        .map(|mistake| MistakeView {
            says: mistake.says.clone(),
            cost: points(mistake.cost),
            quotes: quotes(&transcript.text, &mistake.evidence, times),
            instead: instead(&mistake.says).unwrap_or_default(),
        })
        .collect()
}

fn sum(assessment: &Assessment, score: &ScoreView) -> String {
    let total: f64 = assessment.criteria.iter().map(|c| c.weight).sum();
    let earned: f64 = assessment.criteria.iter().map(|c| c.weight * c.credit).sum();
    let mut says =
        format!("{} of {} makes {}", points(earned), points(total), whole(100.0 * earned / total.max(1e-9)));
    let cost: f64 = assessment.mistakes.iter().map(|m| m.cost).sum();
    match assessment.mistakes.len() {
        0 => {}
        1 => says += &format!("; one mistake takes {}", whole(cost)),
        n => says += &format!("; {n} mistakes take {}", whole(cost)),
    }
    for guard in &assessment.guards {
        says += &format!("; at most {} because of what stands above", whole(guard.cap));
    }
    if !assessment.mistakes.is_empty() || !assessment.guards.is_empty() {
        says += &format!(": {}", score.score);
    }
    says.push('.');
    if score.low != score.high {
        says += &format!(
            " The range {} to {} is what the score would be if the unsure words had been heard otherwise.",
            score.low, score.high
        );
    }
    says
}

fn said_note(transcript: &Transcript, said: &[Piece]) -> String {
    let words = transcript.text.split_whitespace().count();
    let marked = said.iter().any(|piece| !piece.marks.is_empty());
    let mut note = format!("{words} words.");
    if marked {
        note += " A number leads to its criterion";
        note +=
            if transcript.words.is_empty() { "." } else { "; every word plays from two seconds before it." };
    }
    note
}

fn audio_view(
    r: &Recording<'_>,
    transcript: &Transcript,
    assessment: &Assessment,
    times: &WordTimes,
) -> AudioView {
    let total = transcript.audio.0.max(1) as f64;
    let x = |ms: u64| 1000.0 * ms as f64 / total;
    let band = |verdict, from: Millis, to: Millis| {
        let width = (x(to.0) - x(from.0)).max(4.0);
        Band { verdict, x: format!("{:.1}", x(from.0)), width: format!("{width:.1}") }
    };
    let peaks = r.peaks.iter().map(|peak| format!("{:.0}", 100.0 * peak.clamp(0.02, 1.0)));
    let mut bands = Vec::new();
    let claims = assessment.criteria.iter().map(|c| (class(c.verdict), &c.evidence));
    for (verdict, evidence) in claims.chain(assessment.mistakes.iter().map(|m| ("mistake", &m.evidence))) {
        for (start, end) in joined(evidence.iter().map(|e| (e.start, e.end))) {
            if let (Some(from), Some(to)) = (times.at(start), times.until(end)) {
                bands.push(band(verdict, from, to));
            }
        }
    }
    AudioView {
        href: r.href.clone(),
        ms: transcript.audio.0,
        length: transcript.audio.to_string(),
        says: format!("Waveform of {} with the evidence marked beneath", transcript.audio),
        peaks: peaks.collect::<Vec<_>>().join(" "),
        speech: transcript.speech.iter().map(|span| band("", span.start, span.end)).collect(),
        bands,
    }
}
