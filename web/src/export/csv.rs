//! CSV for a spreadsheet: a row an answer, and one for a question that was not asked.

use super::gather::{Answer, Asked, Session};
use crate::feedback::{helped, level_word};
use viva_core::assessment::Verdict;
use viva_core::transcript::Transcript;

const COLUMNS: [&str; 31] = [
    "session",
    "started_at",
    "mode",
    "question_number",
    "attempt_number",
    "follow_up",
    "question_id",
    "pack",
    "topic",
    "level",
    "question",
    "state",
    "asked_at",
    "answered_at",
    "seconds",
    "score",
    "range_low",
    "range_high",
    "score_level",
    "met",
    "partly",
    "missed",
    "mistakes",
    "hint",
    "model_answer_shown",
    "answer",
    "counted_otherwise",
    "source",
    "model",
    "rubric",
    "engine",
];

/// The names of the columns, after the mark by which spreadsheets know UTF-8.
pub fn head() -> String {
    format!("\u{feff}{}\r\n", COLUMNS.join(","))
}

/// The rows of a session.
pub fn rows(session: &Session) -> anyhow::Result<String> {
    let mut out = csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).from_writer(Vec::new());
    for asked in &session.questions {
        if asked.attempts.is_empty() {
            out.write_record(row(session, asked, None, ""))?;
        }
        for answer in &asked.attempts {
            out.write_record(row(session, asked, Some(answer), ""))?;
            for follow_up in &answer.follow_ups {
                for answer in &follow_up.attempts {
                    out.write_record(row(session, follow_up, Some(answer), "yes"))?;
                }
            }
        }
    }
    Ok(String::from_utf8(out.into_inner()?)?)
}

fn row(session: &Session, asked: &Asked, answer: Option<&Answer>, follow_up: &str) -> [String; 31] {
    let question = &asked.question;
    let score = answer.and_then(Answer::score);
    let words = answer.and_then(Answer::words);
    let verdicts = |verdict: Verdict| {
        score.map(|score| score.criteria.iter().filter(|c| c.verdict == verdict).count().to_string())
    };
    let source = answer.and_then(Answer::version).map(|words| words.source.name());
    let length = answer.and_then(|answer| answer.take.as_ref()).map(|take| take.length.as_secs());
    let yes = |is: bool| if is { "yes".to_owned() } else { String::new() };
    let number = |value: f64| format!("{value:.1}");
    let some = Option::unwrap_or_default;
    [
        session.id.to_string(),
        session.started_at.clone(),
        session.mode.to_owned(),
        asked.number.to_string(),
        some(answer.map(|answer| answer.number.to_string())),
        follow_up.to_owned(),
        safe(question.id.as_str()),
        safe(question.pack.as_str()),
        safe(&question.topic),
        level_word(question.level).to_owned(),
        safe(&question.ask),
        answer.map_or("not asked", |answer| answer.state).to_owned(),
        some(answer.map(|answer| answer.asked_at.clone())),
        some(answer.and_then(|answer| answer.answered_at.clone())),
        some(length.map(number)),
        some(score.map(|score| number(score.score))),
        some(score.map(|score| number(score.low))),
        some(score.map(|score| number(score.high))),
        some(score.map(|score| score.level.to_string())),
        some(verdicts(Verdict::Met)),
        some(verdicts(Verdict::Partly)),
        some(verdicts(Verdict::Missed)),
        some(score.map(|score| score.mistakes.len().to_string())),
        yes(answer.is_some_and(|answer| answer.help.hint)),
        yes(answer.is_some_and(|answer| answer.help.reveal)),
        safe(words.map_or("", |words| words.text.as_str())),
        safe(&words.map_or_else(String::new, otherwise)),
        some(source.map(str::to_owned)),
        safe(words.map_or("", |words| words.model.as_str())),
        some(score.map(|score| score.rubric_hash.clone())),
        some(score.map(|score| score.engine_version.clone())),
    ]
}

/// Every place where other words count than were heard.
fn otherwise(words: &Transcript) -> String {
    words.helped.iter().map(helped::says).collect::<Vec<_>>().join("; ")
}

/// Rows of texts, none of which a spreadsheet takes for a formula.
pub fn table(rows: &[Vec<String>]) -> anyhow::Result<String> {
    let mut out = csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).from_writer(Vec::new());
    for row in rows {
        out.write_record(row.iter().map(|text| safe(text)))?;
    }
    Ok(format!("\u{feff}{}", String::from_utf8(out.into_inner()?)?))
}

/// A text that no spreadsheet takes for a formula: one that begins like one gets an apostrophe before it.
fn safe(text: &str) -> String {
    let begins = text.trim_start_matches([' ', '\u{a0}']).chars().next();
    match begins {
        Some('=' | '+' | '-' | '@' | '\t' | '\r' | '\n' | '＝' | '＋' | '－' | '＠') => {
            format!("'{text}")
        }
        _ => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::safe;

    #[test]
    fn no_cell_is_a_formula() {
        for formula in ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", " =cmd|' /C calc'!A0", "＝1"] {
            assert!(safe(formula).starts_with('\''), "{formula:?}");
        }
        for plain in ["", "a = b", "it's", "'quoted'", "1 + 1"] {
            assert_eq!(safe(plain), plain);
        }
    }
}
