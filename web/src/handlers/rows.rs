//! An answer as a row of a table, and moments as people say them.

use crate::feedback::ScoreView;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Timestamp as Moment, Unit};
use std::collections::HashMap;
use viva_core::clock::Timestamp;
use viva_core::session::AttemptState;
use viva_storage::HistoryEntry;

/// One earlier answer.
#[derive(Debug, Clone)]
pub struct AnswerRow {
    pub href: String,
    pub ask: String,
    pub score: Option<ScoreView>,
    pub state: &'static str,
    pub change: String,
    /// Where it stands beside the answer before it; none where it has no score.
    pub compare: Option<String>,
    pub when: String,
}

/// Rows of answers, the latest first. A change is told where the answer before it is among them.
pub fn answers(entries: &[HistoryEntry], now: Timestamp) -> Vec<AnswerRow> {
    let mut rows: Vec<AnswerRow> = Vec::with_capacity(entries.len());
    let mut later: HashMap<&str, usize> = HashMap::new();
    for entry in entries {
        let row = AnswerRow {
            href: href(entry),
            ask: entry.ask.clone(),
            score: entry
                .score
                .filter(|_| entry.state == AttemptState::Assessed)
                .map(|score| ScoreView::new(score.score, score.low, score.high)),
            state: state(&entry.state),
            change: String::new(),
            compare: entry
                .score
                .map(|_| format!("/questions/{}/attempts?b={}", entry.question, entry.attempt)),
            when: when(entry.asked_at, now),
        };
        if let Some(score) = &row.score {
            let index = rows.len();
            if let Some(newer) = later.insert(entry.question.as_str(), index) {
                let difference =
                    rows[newer].score.as_ref().map_or(0, |s| i64::from(s.score) - i64::from(score.score));
                rows[newer].change = match difference {
                    0 => "= the same".into(),
                    more if more > 0 => format!("▲ {more} more"),
                    less => format!("▽ {} less", -less),
                };
            }
        }
        rows.push(row);
    }
    rows
}

fn href(entry: &HistoryEntry) -> String {
    if entry.state.is_open() || entry.state == AttemptState::Skipped {
        format!("/sessions/{}/questions/{}", entry.session, entry.position + 1)
    } else {
        format!("/attempts/{}", entry.attempt)
    }
}

/// What became of an answer without a score.
pub fn state(state: &AttemptState) -> &'static str {
    match state {
        AttemptState::Asked => "asked",
        AttemptState::Recording => "recording",
        AttemptState::Settling | AttemptState::Typed => "settling",
        AttemptState::Assessed => "scored",
        AttemptState::NoAnswer => "no answer",
        AttemptState::Skipped => "skipped",
        AttemptState::Failed(_) => "not settled",
    }
}

/// `today 19:42`, `yesterday`, `Tue`, `3 Nov`, `3 Nov 2025`: as near as it matters.
pub fn when(moment: Timestamp, now: Timestamp) -> String {
    let zone = TimeZone::system();
    let local = |t: Timestamp| Moment::from_millisecond(t.0).unwrap_or_default().to_zoned(zone.clone());
    let (then, now) = (local(moment), local(now));
    match days_between(then.date(), now.date()) {
        ..=0 => format!("today {}", then.strftime("%H:%M")),
        1 => "yesterday".to_owned(),
        2..=6 => then.strftime("%a").to_string(),
        _ if then.year() == now.year() => then.strftime("%-d %b").to_string(),
        _ => then.strftime("%-d %b %Y").to_string(),
    }
}

/// As [`when`], without the time of day.
pub fn day(moment: Timestamp, now: Timestamp) -> String {
    let says = when(moment, now);
    if says.starts_with("today") { "today".to_owned() } else { says }
}

/// A number as people write it: in words up to twelve.
pub fn in_words(n: usize) -> String {
    const WORDS: [&str; 13] = [
        "no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven",
        "twelve",
    ];
    WORDS.get(n).map_or_else(|| n.to_string(), |word| (*word).to_owned())
}

fn days_between(then: Date, now: Date) -> i32 {
    then.until((Unit::Day, now)).map(|span| span.get_days()).unwrap_or(i32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_is_named_as_near_as_it_matters() {
        let day = 86_400_000;
        let now = Timestamp(1_795_262_400_000);
        assert!(when(now, now).starts_with("today "));
        assert_eq!(when(Timestamp(now.0 - day), now), "yesterday");
        assert_eq!(when(Timestamp(now.0 - 3 * day), now).len(), 3);
        assert!(when(Timestamp(now.0 - 400 * day), now).contains("2025"));
    }
}
