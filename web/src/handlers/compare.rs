//! Attempts of one question side by side: what was won, lost and kept between two of them.

use super::rows::{day, in_words, when};
use super::sentence;
use crate::app::App;
use crate::charts::{self, Point};
use crate::error::PageError;
use crate::feedback::helped::HelpedView;
use crate::feedback::marks::{self, Mark, Piece, class};
use crate::feedback::{ScoreView, points, whole};
use crate::page::{Nav, Shell, show};
use crate::routes::{Routes, get};
use askama::Template;
use axum::extract::{Path, Query, State};
use axum::response::Response;
use serde::Deserialize;
use viva_core::assessment::Assessment;
use viva_core::clock::Timestamp;
use viva_core::comparison::{Change, Comparison, CriterionChange, Made, compare};
use viva_core::delivery::{self, Delivery};
use viva_core::ids::{AttemptId, QuestionId};
use viva_core::transcript::Transcript;
use viva_interview::{InterviewError, Review};
use viva_storage::{AssessmentRecord, ScoreFilter, ScorePoint, TranscriptRecord, TranscriptSource};

/// So many attempts are drawn and listed; the history holds the rest.
const SHOWN: usize = 12;

/// Every page of this file.
pub fn routes() -> Routes {
    Routes::new().route("/questions/{question}/attempts", get(page))
}

/// Which two attempts stand side by side, in either order.
#[derive(Debug, Default, Deserialize)]
pub struct Chosen {
    #[serde(default)]
    a: String,
    #[serde(default)]
    b: String,
}

struct Side {
    name: String,
    when: String,
    href: String,
    score: ScoreView,
    level: u8,
    words: &'static str,
    said: Vec<Piece>,
    helped: Vec<HelpedView>,
    guards: Vec<String>,
}

/// A verdict as it is drawn: class and word.
struct Seen {
    class: &'static str,
    says: &'static str,
}

struct Row {
    id: String,
    number: Option<usize>,
    says: String,
    left: Seen,
    right: Seen,
    icon: &'static str,
    change: &'static str,
    points: String,
}

struct Fact {
    name: &'static str,
    left: String,
    right: String,
    known: &'static str,
}

struct Pair {
    left: Side,
    right: Side,
    finding: String,
    also: String,
    scored: String,
    notes: Vec<String>,
    rows: Vec<Row>,
    facts: Vec<Fact>,
}

struct Listed {
    id: AttemptId,
    number: usize,
    when: String,
    score: ScoreView,
    level: u8,
    left: bool,
    right: bool,
}

#[derive(Template)]
#[template(path = "compare.html")]
struct ComparePage {
    shell: Shell,
    title: String,
    question: QuestionId,
    pack: String,
    which: String,
    ask: String,
    pair: Option<Pair>,
    chart: String,
    attempts: Vec<Listed>,
    more: usize,
    can_answer: bool,
}

/// `GET /questions/{question}/attempts`
pub async fn page(
    State(app): State<App>,
    shell: Shell,
    Path(id): Path<String>,
    Query(chosen): Query<Chosen>,
) -> Result<Response, PageError> {
    let id: QuestionId = id.parse().map_err(|_| PageError::NotFound)?;
    let interview = &app.interview;
    let filter = ScoreFilter { question: Some(id.clone()), ..ScoreFilter::default() };
    let all = interview.store().scores(&filter).await.map_err(InterviewError::from)?;
    let bank = interview.bank();
    let now_asked = bank.question(&id);
    let two = choose(&all, &chosen)?;
    let mut reviews = Vec::new();
    for place in &two {
        reviews.push((*place, interview.review(all[*place].attempt).await?));
    }
    let last = reviews.last().map(|(_, review)| &review.question);
    let Some(question) = last.or(now_asked) else { return Err(PageError::NotFound) };
    let now = interview.now();
    let page = ComparePage {
        title: title(&all, &two, &question.topic),
        pack: bank.pack(&question.pack).map_or_else(|| question.pack.to_string(), |pack| pack.title.clone()),
        which: which(&all, &two),
        ask: question.ask.clone(),
        chart: if all.len() > 1 { chart(&all, &two, now) } else { String::new() },
        attempts: listed(&all, &two, now),
        more: all.len().saturating_sub(SHOWN),
        can_answer: now_asked.is_some(),
        pair: match &reviews[..] {
            [(a, before), (b, after)] => pair((*a, before), (*b, after), now)?,
            _ => None,
        },
        question: id,
        shell: shell.under(Nav::History),
    };
    Ok(show(&page))
}

/// The places of the two chosen, the earlier one first. Without a choice the latest and the one before it; one alone
/// where there is only one.
fn choose(all: &[ScorePoint], chosen: &Chosen) -> Result<Vec<usize>, PageError> {
    let place = |text: &str| -> Result<Option<usize>, PageError> {
        if text.is_empty() {
            return Ok(None);
        }
        let id: AttemptId = text.parse().map_err(|_| PageError::NotFound)?;
        all.iter().position(|point| point.attempt == id).map(Some).ok_or(PageError::NotFound)
    };
    let last = all.len().checked_sub(1);
    let (a, b) = match (place(&chosen.a)?, place(&chosen.b)?) {
        (Some(a), Some(b)) => (Some(a), Some(b)),
        // Beside one stands the one before it; beside the first of all, the one after.
        (Some(one), None) | (None, Some(one)) => (Some(one.checked_sub(1).unwrap_or(one + 1)), Some(one)),
        (None, None) => (last.and_then(|last| last.checked_sub(1)), last),
    };
    let mut two: Vec<usize> = [a, b].into_iter().flatten().filter(|place| *place < all.len()).collect();
    two.sort_unstable();
    two.dedup();
    Ok(two)
}

fn title(all: &[ScorePoint], two: &[usize], topic: &str) -> String {
    let scores: Vec<String> = two.iter().map(|place| whole(all[*place].score.score).to_string()).collect();
    if scores.is_empty() {
        format!("No answers, {topic}")
    } else {
        format!("{}, {topic}", scores.join(" and "))
    }
}

fn which(all: &[ScorePoint], two: &[usize]) -> String {
    match two {
        [a, b] => format!("attempts {} and {} of {}", a + 1, b + 1, all.len()),
        [a] => format!("attempt {} of {}", a + 1, all.len()),
        _ => "no attempts".to_owned(),
    }
}

fn chart(all: &[ScorePoint], two: &[usize], now: Timestamp) -> String {
    let from = all.len().saturating_sub(SHOWN);
    let shown: Vec<Point> = (from..)
        .zip(&all[from..])
        .map(|(place, point)| Point {
            score: point.score.score,
            low: point.score.low,
            high: point.score.high,
            when: day(point.asked_at, now),
            named: all.len() - from <= 6 || two.contains(&place),
        })
        .collect();
    let scores: Vec<String> = shown.iter().map(|point| whole(point.score).to_string()).collect();
    charts::scores(&shown, &[], &format!("Score by attempt: {}", scores.join(", ")))
}

/// The latest first.
fn listed(all: &[ScorePoint], two: &[usize], now: Timestamp) -> Vec<Listed> {
    let from = all.len().saturating_sub(SHOWN);
    let chosen = |place: usize, which: usize| two.len() == 2 && two[which] == place;
    all.iter()
        .enumerate()
        .rev()
        .filter(|(place, _)| *place >= from || two.contains(place))
        .map(|(place, point)| Listed {
            id: point.attempt,
            number: place + 1,
            when: when(point.asked_at, now),
            score: ScoreView::new(point.score.score, point.score.low, point.score.high),
            level: point.score.level,
            left: chosen(place, 0),
            right: chosen(place, 1),
        })
        .collect()
}

fn pair(
    (a, before): (usize, &Review),
    (b, after): (usize, &Review),
    now: Timestamp,
) -> Result<Option<Pair>, PageError> {
    let (Some((words_a, result_a)), Some((words_b, result_b))) = (&before.result, &after.result) else {
        return Err(anyhow::anyhow!("an attempt with a score has no assessment").into());
    };
    let (earlier, later) = (&result_a.assessment, &result_b.assessment);
    let found = compare(earlier, later);
    let left = side(a, before, words_a, result_a, now, &found);
    let right = side(b, after, words_b, result_b, now, &found);
    Ok(Some(Pair {
        finding: finding(&left, &right),
        also: also(&found, earlier, later),
        scored: scored(&found, after, later),
        notes: notes(&found, earlier, later),
        rows: rows(&found),
        facts: facts(&words_a.transcript, &words_b.transcript),
        left,
        right,
    }))
}

fn side(
    place: usize,
    review: &Review,
    words: &TranscriptRecord,
    result: &AssessmentRecord,
    now: Timestamp,
    found: &Comparison<'_>,
) -> Side {
    let assessment = &result.assessment;
    let mut said = marks::said(&words.transcript, assessment);
    for mark in said.iter_mut().flat_map(|piece| &mut piece.marks) {
        renumber(mark, assessment, found);
    }
    Side {
        name: format!("Attempt {}", place + 1),
        when: when(review.attempt.asked_at, now),
        href: format!("/attempts/{}", review.attempt.id),
        score: ScoreView::new(assessment.score, assessment.low, assessment.high),
        level: assessment.level,
        words: match &words.source {
            TranscriptSource::Heard => "as heard",
            TranscriptSource::Typed => "typed",
            TranscriptSource::Imported => "imported",
            TranscriptSource::Edited { .. } => "corrected by hand",
        },
        said,
        helped: HelpedView::of(&words.transcript),
        guards: assessment.guards.iter().map(|guard| guard.says.clone()).collect(),
    }
}

/// A number in the text leads to the row of its criterion, whichever rubric counted it.
fn renumber(mark: &mut Mark, assessment: &Assessment, found: &Comparison<'_>) {
    let Some(own) = mark.target.strip_prefix('c').and_then(|number| number.parse::<usize>().ok()) else {
        return;
    };
    let Some(criterion) = own.checked_sub(1).and_then(|index| assessment.criteria.get(index)) else { return };
    let same = |change: &&CriterionChange<'_>| {
        change.later.or(change.earlier).is_some_and(|one| one.id == criterion.id)
    };
    if let Some(row) = found.criteria.iter().find(same) {
        mark.target = format!("c{}", row.number);
        mark.says = row.number.to_string();
        mark.label = format!("criterion {}, {}", row.number, class(criterion.verdict));
    }
}

fn finding(left: &Side, right: &Side) -> String {
    let (before, after) = (left.score.score, right.score.score);
    let apart = sentence(&in_words(after.abs_diff(before) as usize));
    let apart = apart.trim_end_matches('.');
    let unit = if after.abs_diff(before) == 1 { "point" } else { "points" };
    match after.cmp(&before) {
        std::cmp::Ordering::Greater => format!("{apart} {unit} more."),
        std::cmp::Ordering::Less => format!("{apart} {unit} less."),
        std::cmp::Ordering::Equal => "The same score.".to_owned(),
    }
}

/// `Four criteria won, one lost, one new mistake. The ranges do not touch, ...`
fn also(found: &Comparison<'_>, earlier: &Assessment, later: &Assessment) -> String {
    let (won, lost, kept) = found.tally();
    let mut parts = Vec::new();
    let criteria = |n: usize| if n == 1 { "criterion" } else { "criteria" };
    if won > 0 {
        parts.push(format!("{} {} won", in_words(won), criteria(won)));
    }
    if lost > 0 {
        let what = if won > 0 { String::new() } else { format!(" {}", criteria(lost)) };
        parts.push(format!("{}{what} lost", in_words(lost)));
    }
    if parts.is_empty() && kept > 0 {
        parts.push("every criterion as before".to_owned());
    }
    let mistakes = |made: Made| found.mistakes.iter().filter(|mistake| mistake.made == made).count();
    for (count, which) in [(mistakes(Made::Later), "new"), (mistakes(Made::Earlier), "earlier")] {
        if count > 0 {
            let gone = if which == "earlier" { " gone" } else { "" };
            let noun = if count == 1 { "mistake" } else { "mistakes" };
            parts.push(format!("{} {which} {noun}{gone}", in_words(count)));
        }
    }
    let mut says = if parts.is_empty() { String::new() } else { sentence(&parts.join(", ")) };
    let unsure = earlier.low < earlier.high || later.low < later.high;
    if unsure && whole(earlier.score) != whole(later.score) {
        says += if found.ranges_touch {
            " The ranges touch, so unsure words alone may explain the difference."
        } else {
            " The ranges do not touch, so unsure words do not explain the difference."
        };
    }
    says
}

fn short(hash: &str) -> &str {
    hash.get(..6).unwrap_or(hash)
}

fn scored(found: &Comparison<'_>, after: &Review, later: &Assessment) -> String {
    if found.same_rubric && found.same_engine {
        let rubric = short(&later.rubric_hash);
        format!(
            "scored with the same rubric, {} ({rubric}), engine {}",
            after.question.pack, later.engine_version
        )
    } else {
        "not scored alike".to_owned()
    }
}

fn notes(found: &Comparison<'_>, earlier: &Assessment, later: &Assessment) -> Vec<String> {
    let mut notes = Vec::new();
    if !found.same_rubric {
        notes.push(format!(
            "Scored with two rubrics ({} and {}): the question was edited in between. Only criteria that both have are \
             held against each other, and the two scores are not of the same hundred.",
            short(&earlier.rubric_hash),
            short(&later.rubric_hash)
        ));
    }
    if !found.same_engine {
        notes.push(format!(
            "Scored by two versions of the engine ({} and {}), so part of the difference may be the engine's.",
            earlier.engine_version, later.engine_version
        ));
    }
    notes
}

fn rows(found: &Comparison<'_>) -> Vec<Row> {
    let criteria = found.criteria.iter().filter_map(|change| {
        let shown = change.later.or(change.earlier)?;
        let (icon, word, amount) = match change.change {
            Change::Won(amount) => ("won", "Won", Some(amount)),
            Change::Lost(amount) => ("lost", "Lost", Some(amount)),
            Change::Kept => ("same", "Same", None),
            Change::NotComparable => ("", "Not comparable", None),
        };
        let seen = |one: Option<&viva_core::assessment::CriterionResult>| {
            one.map_or(Seen { class: "", says: "Not asked for" }, |one| Seen {
                class: class(one.verdict),
                says: crate::feedback::verdict_word(one.verdict),
            })
        };
        Some(Row {
            id: format!("c{}", change.number),
            number: Some(change.number),
            says: shown.says.clone(),
            left: seen(change.earlier),
            right: seen(change.later),
            icon,
            change: word,
            points: amount
                .map(|amount| format!("{} of {}", points(amount), points(shown.weight)))
                .unwrap_or_default(),
        })
    });
    let mistakes = found.mistakes.iter().enumerate().map(|(index, change)| {
        let seen = |made: bool| {
            if made {
                Seen { class: "mistake", says: "Mistake" }
            } else {
                Seen { class: "", says: "Not said" }
            }
        };
        let (icon, word) = match change.made {
            Made::Later => ("lost", "New"),
            Made::Earlier => ("won", "Gone"),
            Made::Both => ("same", "Again"),
        };
        Row {
            id: if index == 0 { "mistakes".to_owned() } else { format!("mistake-{}", index + 1) },
            number: None,
            says: change.mistake.says.clone(),
            left: seen(change.made != Made::Later),
            right: seen(change.made != Made::Earlier),
            icon,
            change: word,
            points: format!("{} points", points(change.mistake.cost)),
        }
    });
    criteria.chain(mistakes).collect()
}

/// Delivery of both; nothing where neither was spoken.
fn facts(earlier: &Transcript, later: &Transcript) -> Vec<Fact> {
    let (a, b) = (delivery::observe(earlier), delivery::observe(later));
    if a.spoken.is_none() && b.spoken.is_none() {
        return Vec::new();
    }
    let fact = |name, known, of: &dyn Fn(&Delivery) -> Option<String>| Fact {
        name,
        left: told(&a, of),
        right: told(&b, of),
        known,
    };
    vec![
        fact("Pace, words a minute", "From the words. Usual: 100 to 165", &|d| {
            Some(format!("{:.0}", d.spoken.as_ref()?.pace?))
        }),
        fact("Pauses over two seconds", "Measured", &|d| {
            Some(d.spoken.as_ref()?.pauses.two_seconds.to_string())
        }),
        fact("Time to the first word", "Measured", &|d| {
            Some(format!("{:.1} s", d.spoken.as_ref()?.first_word.as_secs()))
        }),
        fact("Fillers a minute", "Up to 5 is fine", &|d| {
            let rate = d.fillers_per_minute()?;
            Some(match d.hesitations {
                Some(_) => format!("about {rate:.0}"),
                None => format!("at least {rate:.0}"),
            })
        }),
        fact("Hedges in a hundred words", "From the words", &|d| {
            Some(format!("{:.0}", d.hedges_per_hundred_words()?))
        }),
        fact("Length", "Measured", &|d| Some(d.spoken.as_ref()?.length.to_string())),
    ]
}

fn told(delivery: &Delivery, of: &dyn Fn(&Delivery) -> Option<String>) -> String {
    match (&delivery.spoken, of(delivery)) {
        (None, _) => "not spoken".to_owned(),
        (Some(_), Some(figure)) => figure,
        (Some(_), None) => "too short to say".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use crate::testing::TestApp;
    use axum::http::StatusCode;

    const QUESTION: &str = "jvm.hashmap-treeify";
    const LITTLE: &str =
        "Colliding keys sit in a linked list and they are searched one by one until the right key is found.";
    const MORE: &str = "Colliding keys sit in a linked list, searched one by one. At more than eight nodes, and with \
        sixty-four slots at least, the bucket becomes a red-black tree, so a lookup is logarithmic.";

    fn address(rest: &str) -> String {
        format!("/questions/{QUESTION}/attempts{rest}")
    }

    #[tokio::test]
    async fn the_latest_two_answers_stand_side_by_side() {
        let app = TestApp::new().await;
        for answer in [LITTLE, LITTLE, MORE] {
            app.typed(QUESTION, answer).await;
        }
        let page = app.get(&address("")).await;
        assert_eq!(page.status, StatusCode::OK);
        for part in [
            "attempts 2 and 3 of 3",
            "points more.",
            "Won",
            "scored with the same rubric",
            "role=\"img\" aria-label=\"Score by attempt: ",
            "The same as a table",
            "<mark class=\"met\"",
        ] {
            assert!(page.body.contains(part), "{part}: {}", page.body);
        }
        assert!(!page.body.contains("h-delivery"), "typed answers have no delivery");
    }

    #[tokio::test]
    async fn two_are_chosen_by_hand_and_the_earlier_one_is_always_on_the_left() {
        let app = TestApp::new().await;
        let first = app.typed(QUESTION, MORE).await;
        let second = app.typed(QUESTION, LITTLE).await;
        let third = app.typed(QUESTION, LITTLE).await;
        for rest in
            [format!("?a={first}&b={second}"), format!("?a={second}&b={first}"), format!("?b={second}")]
        {
            let page = app.get(&address(&rest)).await.body;
            assert!(
                page.contains("attempts 1 and 2 of 3") && page.contains("points less."),
                "{rest}: {page}"
            );
        }
        for rest in [format!("?a={third}&b={third}"), format!("?a={first}&b={first}")] {
            let page = app.get(&address(&rest)).await;
            assert_eq!(page.status, StatusCode::OK, "{rest}");
            assert!(page.body.contains("Choose two"), "{rest}: {}", page.body);
        }
    }

    #[tokio::test]
    async fn without_two_answers_the_page_says_what_to_do() {
        let app = TestApp::new().await;
        let page = app.get(&address("")).await;
        assert_eq!(page.status, StatusCode::OK);
        assert!(
            page.body.contains("No answers yet.") && page.body.contains("Answer this question"),
            "{}",
            page.body
        );
        app.typed(QUESTION, MORE).await;
        let page = app.get(&address("")).await.body;
        assert!(page.contains("One answer so far.") && page.contains("Answer again"), "{page}");
    }

    #[tokio::test]
    async fn what_is_no_attempt_of_this_question_is_not_found() {
        let app = TestApp::new().await;
        let other = app.typed("jvm.chm-cas", MORE).await;
        app.typed(QUESTION, MORE).await;
        for rest in [
            format!("?a={other}"),
            "?a=00000000-0000-7000-8000-000000000000".to_owned(),
            "?a=%27%20OR%201%3D1--".to_owned(),
            "?b=%00".to_owned(),
            format!("?b={}", "9".repeat(20_000)),
            "?a=%3Cscript%3E".to_owned(),
        ] {
            assert_eq!(app.get(&address(&rest)).await.status, StatusCode::NOT_FOUND, "{rest}");
        }
        for path in
            ["/questions/no.such-question/attempts", "/questions/%00/attempts", "/questions/UPPER/attempts"]
        {
            assert_eq!(app.get(path).await.status, StatusCode::NOT_FOUND, "{path}");
        }
    }

    #[tokio::test]
    async fn markup_in_an_answer_stays_text() {
        let app = TestApp::new().await;
        for _ in 0..2 {
            app.typed(QUESTION, &format!("<script>alert(1)</script> {MORE}")).await;
        }
        let page = app.get(&address("")).await.body;
        assert!(!page.contains("<script>alert") && page.contains("&#60;script&#62;"), "{page}");
        assert!(!page.contains(" style="), "{page}");
    }
}
