//! An interviewer's notes: lines, each with the recording's time where one ran.
//!
//! They are edited as text, one line a note, the time in front: `0:41 Unique constraint on the key`. A second recording
//! of the same question counts on as `2/0:07`.

use crate::units::Millis;
use serde::{Deserialize, Serialize};
use std::fmt;

/// One line of notes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NoteLine {
    /// Which recording of the question the time belongs to, from 1; none where none ran.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub take: Option<u32>,
    /// How far the recording was; none where none ran.
    #[serde(default, rename = "at_ms", skip_serializing_if = "Option::is_none")]
    pub at: Option<Millis>,
    /// What was said.
    pub text: String,
}

/// The notes on one question, in the order they were written.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Notes(pub Vec<NoteLine>);

impl Notes {
    /// Reads notes as a person edited them. A line that stood there before keeps its time to the millisecond.
    pub fn parse(text: &str, before: &Self) -> Self {
        let mut left: Vec<&NoteLine> = before.0.iter().collect();
        let lines = text.lines().map(str::trim_end).filter(|line| !line.trim().is_empty()).map(|line| {
            match left.iter().position(|known| known.to_string() == line) {
                Some(same) => left.remove(same).clone(),
                None => NoteLine::parse(line),
            }
        });
        Self(lines.collect())
    }

    /// Whether nothing is written.
    pub fn is_empty(&self) -> bool {
        self.0.iter().all(|line| line.text.trim().is_empty())
    }

    /// These notes and those of another window, so that no line of either is lost: these first, then what only the
    /// other has. Where the other has all of these, it is the later state and stands as it is.
    #[must_use]
    pub fn merge(&self, other: &Self) -> Self {
        let only_in_other = |lines: &[NoteLine], taken: &[NoteLine]| {
            let mut taken = taken.to_vec();
            let mut more = Vec::new();
            for line in lines {
                match taken.iter().position(|known| known.text == line.text) {
                    Some(same) => drop(taken.swap_remove(same)),
                    None => more.push(line.clone()),
                }
            }
            more
        };
        if only_in_other(&self.0, &other.0).is_empty() {
            return other.clone();
        }
        let more = only_in_other(&other.0, &self.0);
        Self(self.0.iter().cloned().chain(more).collect())
    }
}

impl NoteLine {
    /// A line as a person wrote it, with or without a time in front.
    pub fn parse(line: &str) -> Self {
        let line = line.trim();
        Self::stamped(line).unwrap_or_else(|| Self { take: None, at: None, text: line.to_owned() })
    }

    fn stamped(line: &str) -> Option<Self> {
        let (stamp, text) = line.split_once(char::is_whitespace)?;
        let (take, clock) = match stamp.split_once('/') {
            Some((take, clock)) => (take.parse().ok().filter(|take| *take >= 2)?, clock),
            None => (1, stamp),
        };
        let (minutes, seconds) = clock.split_once(':')?;
        let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        if !digits(minutes) || !digits(seconds) || minutes.len() > 4 || seconds.len() != 2 {
            return None;
        }
        let (minutes, seconds): (u64, u64) = (minutes.parse().ok()?, seconds.parse().ok()?);
        let at = (seconds < 60).then_some(Millis((minutes * 60 + seconds) * 1000))?;
        Some(Self { take: Some(take), at: Some(at), text: text.trim().to_owned() })
    }
}

/// As it is edited: `0:41 text`, `2/0:07 text`, or the text alone.
impl fmt::Display for NoteLine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.at, self.take) {
            (Some(at), Some(take)) if take > 1 => write!(f, "{take}/{at} {}", self.text),
            (Some(at), _) => write!(f, "{at} {}", self.text),
            (None, _) => f.write_str(&self.text),
        }
    }
}

impl fmt::Display for Notes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (n, line) in self.0.iter().enumerate() {
            let end = if n == 0 { "" } else { "\n" };
            write!(f, "{end}{line}")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn notes(text: &str) -> Notes {
        Notes::parse(text, &Notes::default())
    }

    #[test]
    fn a_line_carries_its_time_where_it_has_one() {
        let read = notes(
            "0:41 Unique constraint\n\n2/12:07 after the probe\nno time\n0:99 no clock\n1/0:01 not a take\n",
        );
        let times: Vec<_> = read.0.iter().map(|line| (line.take, line.at)).collect();
        let expected = [(Some(1), Some(Millis(41_000))), (Some(2), Some(Millis(727_000)))];
        assert_eq!(times[..2], expected);
        assert!(times[2..].iter().all(|time| *time == (None, None)), "{read:?}");
        assert_eq!(read.0[3].text, "0:99 no clock");
    }

    #[test]
    fn an_untouched_line_keeps_its_milliseconds() {
        let before =
            Notes(vec![NoteLine { take: Some(1), at: Some(Millis(41_730)), text: "said so".into() }]);
        let after = Notes::parse("0:41 said so\n0:41 said so", &before);
        assert_eq!(after.0[0].at, Some(Millis(41_730)));
        assert_eq!(after.0[1].at, Some(Millis(41_000)), "a second one is another line");
    }

    #[test]
    fn two_windows_lose_no_line() {
        let (one, two) = (notes("0:01 a\n0:02 b"), notes("0:01 a\n0:03 c"));
        assert_eq!(one.merge(&two).to_string(), "0:01 a\n0:02 b\n0:03 c");
        assert_eq!(one.merge(&notes("0:01 a\n0:02 b\n0:09 z")).to_string(), "0:01 a\n0:02 b\n0:09 z");
        assert_eq!(one.merge(&Notes::default()), one);
    }

    proptest! {
        #[test]
        fn merging_keeps_every_line_of_both(
            one in prop::collection::vec("[a-c]{1,2}", 0..6),
            two in prop::collection::vec("[a-c]{1,2}", 0..6),
        ) {
            let merged = notes(&one.join("\n")).merge(&notes(&two.join("\n")));
            for side in [one, two] {
                for text in &side {
                    let wanted = side.iter().filter(|other| *other == text).count();
                    let there = merged.0.iter().filter(|line| line.text == *text).count();
                    prop_assert!(there >= wanted, "{text} in {merged}");
                }
            }
        }

        #[test]
        fn notes_come_back_as_they_were_shown(text in "[ -~\n]{0,200}") {
            let read = notes(&text);
            prop_assert_eq!(Notes::parse(&read.to_string(), &read), read);
        }
    }
}
