//! The page before something is deleted: what will be lost, in words, and what stays.

use crate::page::{Nav, Shell};
use askama::Template;
use viva_interview::Loss;

/// What is about to happen.
#[derive(Template)]
#[template(path = "confirm.html")]
pub struct Confirm {
    pub shell: Shell,
    pub heading: String,
    /// What goes, as a sentence.
    pub lost: String,
    /// What stays, as a sentence.
    pub kept: String,
    /// Where the form goes.
    pub action: String,
    /// Fields of it that were chosen before.
    pub hidden: Vec<(&'static str, String)>,
    /// A word to type first.
    pub word: Option<&'static str>,
    /// What is wrong with what was typed.
    pub problem: Option<String>,
    pub button: String,
    pub back: String,
}

/// `One answer of 1:24 and its recording.`
pub fn loss_says(loss: &Loss) -> String {
    let length = loss.audio;
    match (loss.answers, loss.recordings) {
        (0, _) => "A question that was asked and not answered.".to_owned(),
        (1, 0) => "One answer with its words and scores.".to_owned(),
        (1, _) => format!("One answer of {length} and its recording, with its words and scores."),
        (n, 0) => format!("{n} answers with their words and scores."),
        (n, 1) => format!("{n} answers and one recording of {length}, with their words and scores."),
        (n, r) => format!("{n} answers and {r} recordings, {length} in all, with their words and scores."),
    }
}

/// Bytes as people say them.
pub fn size(bytes: u64) -> String {
    let mb = bytes as f64 / 1e6;
    match bytes {
        0 => "0 MB".to_owned(),
        1..1_000 => "1 kB".to_owned(),
        1_000..1_000_000 => format!("{} kB", bytes / 1_000),
        1_000_000..10_000_000 => format!("{mb:.1} MB"),
        10_000_000..1_000_000_000 => format!("{mb:.0} MB"),
        _ => format!("{:.1} GB", mb / 1e3),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use viva_core::units::Millis;

    #[test]
    fn what_will_be_lost_is_said_in_words() {
        let loss = |answers, recordings, ms| {
            loss_says(&Loss { sessions: 1, answers, recordings, audio: Millis(ms), bytes: 1 })
        };
        assert!(loss(1, 1, 84_000).starts_with("One answer of 1:24 and its recording"));
        assert!(loss(3, 2, 250_000).starts_with("3 answers and 2 recordings, 4:10 in all"));
        assert!(loss(1, 0, 0).starts_with("One answer with its words"));
        assert!(loss(0, 0, 0).contains("not answered"));
    }

    #[test]
    fn sizes_are_as_long_as_they_are_known() {
        let said: Vec<String> =
            [0, 5, 4_096, 1_250_000, 34_100_000, 2_340_000_000].iter().map(|&bytes| size(bytes)).collect();
        assert_eq!(said, ["0 MB", "1 kB", "4 kB", "1.2 MB", "34 MB", "2.3 GB"]);
    }
}
