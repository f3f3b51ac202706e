//! Words that a person corrected: what changed, and the times of what did not.

use super::{Transcript, Word};
use crate::units::Millis;
use similar::{Algorithm, DiffOp, capture_diff_slices};

/// A run of words in a correction.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Edit {
    /// It stands in both.
    Kept,
    /// It was heard and taken out.
    Gone,
    /// It was put in.
    New,
}

impl Transcript {
    /// The same recording with words that a person corrected.
    ///
    /// A word that was kept keeps its time and its doubt goes, for somebody has read it. Words that were put in share
    /// the time of those they replace; where they replace none, they stand at the moment between their neighbours.
    pub fn corrected(&self, text: &str) -> Self {
        let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
        if self.words.is_empty() {
            return Self { text, ..self.clone() };
        }
        let helped = self.helped.iter().filter(|one| text.contains(&one.counted)).cloned().collect();
        let before: Vec<&str> = self.words.iter().map(|word| word.text.as_str()).collect();
        let after: Vec<&str> = text.split(' ').filter(|word| !word.is_empty()).collect();
        let mut words = Vec::with_capacity(after.len());
        for op in capture_diff_slices(Algorithm::Patience, &before, &after) {
            let (old, new) = (op.old_range(), op.new_range());
            if let DiffOp::Equal { .. } = op {
                words.extend(self.words[old].iter().map(|word| Word { confidence: 1.0, ..word.clone() }));
                continue;
            }
            let end_before = old.start.checked_sub(1).map_or(Millis(0), |last| self.words[last].end);
            let start = self.words.get(old.start).filter(|_| !old.is_empty()).map_or(end_before, |w| w.start);
            let end = old.clone().last().map_or(start, |last| self.words[last].end);
            let share = end.saturating_sub(start).0 / new.len().max(1) as u64;
            words.extend(after[new].iter().zip(0..).map(|(word, n)| Word {
                text: (*word).to_owned(),
                start: Millis(start.0 + share * n),
                end: Millis(start.0 + share * (n + 1)),
                confidence: 1.0,
            }));
        }
        Self { text, words, helped, ..self.clone() }
    }

    /// What a correction changed, as runs of words in reading order.
    pub fn edits_to(&self, after: &Self) -> Vec<(Edit, String)> {
        let before: Vec<&str> = self.text.split_whitespace().collect();
        let after: Vec<&str> = after.text.split_whitespace().collect();
        let mut runs = Vec::new();
        for op in capture_diff_slices(Algorithm::Patience, &before, &after) {
            let (old, new) = (&before[op.old_range()], &after[op.new_range()]);
            if let DiffOp::Equal { .. } = op {
                runs.push((Edit::Kept, new.join(" ")));
                continue;
            }
            for (edit, words) in [(Edit::Gone, old), (Edit::New, new)] {
                if !words.is_empty() {
                    runs.push((edit, words.join(" ")));
                }
            }
        }
        runs
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn heard(text: &str) -> Transcript {
        let words = (0..).zip(text.split(' ')).map(|(n, text)| Word {
            text: text.into(),
            start: Millis(n * 1000),
            end: Millis(n * 1000 + 900),
            confidence: 0.4,
        });
        Transcript {
            text: text.into(),
            words: words.collect(),
            audio: Millis(60_000),
            ..Transcript::typed("")
        }
    }

    fn times(transcript: &Transcript) -> Vec<(&str, u64, u64)> {
        transcript.words.iter().map(|word| (word.text.as_str(), word.start.0, word.end.0)).collect()
    }

    #[test]
    fn a_word_put_in_the_place_of_two_takes_their_time() {
        let before = heard("a read black tree");
        let after = before.corrected("  a red-black\ntree ");
        assert_eq!(after.text, "a red-black tree");
        assert_eq!(times(&after), [("a", 0, 900), ("red-black", 1000, 2900), ("tree", 3000, 3900)]);
        assert!(after.words.iter().all(|word| word.confidence == 1.0));
        let edits = before.edits_to(&after);
        let says = |edit, text: &str| (edit, text.to_owned());
        assert_eq!(
            edits,
            [
                says(Edit::Kept, "a"),
                says(Edit::Gone, "read black"),
                says(Edit::New, "red-black"),
                says(Edit::Kept, "tree")
            ]
        );
    }

    #[test]
    fn words_put_in_between_stand_at_the_moment_between() {
        let after = heard("a tree").corrected("a very tall tree indeed");
        assert_eq!(
            times(&after),
            [
                ("a", 0, 900),
                ("very", 900, 900),
                ("tall", 900, 900),
                ("tree", 1000, 1900),
                ("indeed", 1900, 1900)
            ]
        );
    }

    #[test]
    fn a_typed_answer_has_no_times_to_keep() {
        let after = Transcript::typed("a b").corrected("a c");
        assert_eq!((after.text.as_str(), after.words.len(), after.is_typed()), ("a c", 0, true));
    }

    proptest! {
        #[test]
        fn any_correction_reads_as_it_was_written_and_its_times_never_go_back(
            before in prop::collection::vec("[a-c]{1,2}", 1..12), after in prop::collection::vec("[a-c]{1,2}", 0..12)
        ) {
            let (before, text) = (heard(&before.join(" ")), after.join(" "));
            let corrected = before.corrected(&text);
            prop_assert_eq!(&corrected.text, &text);
            let words: Vec<&str> = corrected.words.iter().map(|word| word.text.as_str()).collect();
            prop_assert_eq!(words.join(" "), text.clone());
            prop_assert!(corrected.words.windows(2).all(|pair| pair[0].end <= pair[1].start));
            let kept = |edit: Edit, other: Edit| {
                let runs = before.edits_to(&corrected);
                runs.iter().filter(|(of, _)| *of == edit || *of == other).map(|(_, words)| words.as_str()).collect::<Vec<_>>().join(" ")
            };
            prop_assert_eq!(kept(Edit::Kept, Edit::Gone), before.text.clone());
            prop_assert_eq!(kept(Edit::Kept, Edit::New), text);
        }
    }
}
