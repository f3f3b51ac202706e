//! Maps of mis-hearings that people write: what is heard, and what was meant.
//!
//! There are three: one comes with Viva, a pack may have one for its questions, and a person keeps their own. Whole words
//! only, the longest first, each place once. A word that people say every day is bent only where a pack's
//! questions are answered, since there it is known what the talk is about.

use super::place::{Place, put};
use super::terms::English;
use crate::ids::PackId;
use crate::text::function_words::is_function_word;
use crate::transcript::{HelpedBy, Transcript, Word};
use serde::{Deserialize, Serialize};
use std::collections::HashSet;

/// The map that comes with Viva.
const GENERAL: &str = include_str!("../../../../rubrics/lexicon/corrections.toml");

/// The longest a side of a correction is, in letters.
pub const LONGEST: usize = 60;
/// The most words a side has.
pub const MOST_WORDS: usize = 6;
/// The most corrections in one map.
pub const MOST: usize = 1_000;
/// From this zipf value on a word is ordinary and keeps its own meaning.
const ORDINARY: f64 = 3.4;

/// What is heard, and what was meant.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Correction {
    /// The words as the recogniser writes them; case and marks do not count.
    pub heard: String,
    /// The words that count.
    pub meant: String,
    /// Only in answers to questions of this pack.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pack: Option<PackId>,
}

/// Why a correction cannot be used. Each says what to do.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadCorrection {
    /// A side has no letter or figure.
    #[error("write what is heard and what was meant, both in letters or figures")]
    Empty,
    /// A side is a sentence.
    #[error(
        "a correction is for words, not for sentences: at most {MOST_WORDS} words and {LONGEST} letters a side"
    )]
    TooLong,
    /// A side has signs nobody says.
    #[error("a correction is plain text: leave out line breaks, control characters and < >")]
    Unspeakable,
    /// Both sides are the same words.
    #[error("both sides say the same; nothing would change")]
    Same,
    /// It would bend a word people say every day.
    #[error(
        "“{0}” is said every day and would be bent wherever it is said; choose a pack it is for, or write more words around it"
    )]
    Ordinary(String),
    /// The same words are corrected already.
    #[error("“{heard}” is corrected to “{meant}” already; remove that first")]
    Twice {
        /// What is heard.
        heard: String,
        /// What it counts as so far.
        meant: String,
    },
    /// The map is full.
    #[error("the list has {MOST} corrections, and more would make it slow; remove some first")]
    TooMany,
    /// The file is none.
    #[error("the list of corrections cannot be read: {0}; each is a [[correction]] with heard and meant")]
    Unreadable(String),
}

impl Correction {
    /// A correction that is safe to use: both sides trimmed and held to the rules.
    pub fn new(heard: &str, meant: &str, pack: Option<PackId>) -> Result<Self, BadCorrection> {
        let side = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
        if [heard, meant].iter().any(|text| text.trim().chars().any(|c| c.is_control() || "<>".contains(c))) {
            return Err(BadCorrection::Unspeakable);
        }
        let (heard, meant) = (side(heard), side(meant));
        let parts = parts(&heard);
        if parts.is_empty() || !meant.chars().any(char::is_alphanumeric) {
            return Err(BadCorrection::Empty);
        }
        for text in [&heard, &meant] {
            if text.chars().count() > LONGEST
                || text.split(' ').count() > MOST_WORDS
                || parts.len() > 2 * MOST_WORDS
            {
                return Err(BadCorrection::TooLong);
            }
        }
        if heard == meant {
            return Err(BadCorrection::Same);
        }
        let frequency = &English::shared().frequency;
        let bends = match &parts[..] {
            [word] => pack.is_none() && frequency.zipf(word) >= ORDINARY || is_function_word(word),
            words => words.iter().all(|word| is_function_word(word)),
        };
        if bends {
            return Err(BadCorrection::Ordinary(heard));
        }
        Ok(Self { heard, meant, pack })
    }
}

/// A map of mis-hearings, in the order in which they were written.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Corrections {
    /// The corrections.
    #[serde(default, rename = "correction")]
    pub all: Vec<Correction>,
}

impl Corrections {
    /// The map that comes with Viva.
    pub fn general() -> &'static Self {
        static GENERAL_MAP: std::sync::OnceLock<Corrections> = std::sync::OnceLock::new();
        // A test reads it, so an unreadable one never ships.
        GENERAL_MAP.get_or_init(|| Self::read(GENERAL).unwrap_or_default())
    }

    /// Reads a map's file and holds every line of it to the rules.
    pub fn read(text: &str) -> Result<Self, BadCorrection> {
        let file: Self =
            toml::from_str(text).map_err(|error| BadCorrection::Unreadable(error.message().to_owned()))?;
        let mut corrections = Self::default();
        for one in file.all {
            corrections.add(Correction::new(&one.heard, &one.meant, one.pack)?)?;
        }
        Ok(corrections)
    }

    /// The map as a file.
    pub fn to_toml(&self) -> String {
        toml::to_string(self).unwrap_or_default()
    }

    /// Adds one at the end.
    pub fn add(&mut self, one: Correction) -> Result<(), BadCorrection> {
        if self.all.len() >= MOST {
            return Err(BadCorrection::TooMany);
        }
        let said = parts(&one.heard);
        if let Some(other) =
            self.all.iter().find(|other| other.pack == one.pack && parts(&other.heard) == said)
        {
            return Err(BadCorrection::Twice { heard: other.heard.clone(), meant: other.meant.clone() });
        }
        self.all.push(one);
        Ok(())
    }

    /// Takes one out; false where it is not there.
    pub fn remove(&mut self, heard: &str, pack: Option<&PackId>) -> bool {
        let before = self.all.len();
        let said = parts(heard);
        self.all.retain(|one| one.pack.as_ref() != pack || parts(&one.heard) != said);
        self.all.len() != before
    }
}

/// The maps that hold for one answer.
#[derive(Debug, Clone, Copy, Default)]
pub struct Maps<'m> {
    /// The one that comes with Viva.
    pub general: &'m [Correction],
    /// The one of the question's pack.
    pub pack: &'m [Correction],
    /// The person's own.
    pub own: &'m [Correction],
    /// The question's pack, for what holds there only.
    pub of: Option<&'m PackId>,
}

/// The transcript with everything that the maps correct. Own corrections go before the pack's, those before Viva's.
///
/// Words without times, as in a typed answer, are nobody's mis-hearing and stay.
pub fn correct(transcript: &Transcript, maps: &Maps<'_>) -> Transcript {
    let known = [(maps.own, HelpedBy::Own), (maps.pack, HelpedBy::Pack), (maps.general, HelpedBy::General)];
    let mut seen: HashSet<Vec<String>> = HashSet::new();
    let mut rules: Vec<(Vec<String>, &Correction, HelpedBy)> = Vec::new();
    for (corrections, by) in known {
        let holds = |one: &&Correction| one.pack.is_none() || one.pack.as_ref() == maps.of;
        for one in corrections.iter().filter(holds) {
            let said = parts(&one.heard);
            if !said.is_empty() && seen.insert(said.clone()) {
                rules.push((said, one, by));
            }
        }
    }
    // The sort is stable: among equally long ones the order of the maps stays.
    rules.sort_by_key(|(said, _, _)| std::cmp::Reverse(said.len()));
    let words: Vec<Vec<String>> = transcript.words.iter().map(|word| parts(&word.text)).collect();
    let mut places: Vec<Place> = Vec::new();
    let mut at = 0;
    while at < words.len() {
        let rule = rules.iter().find_map(|(said, one, by)| {
            let end = run(&words[at..], said)? + at;
            (!says(&transcript.words[at..end], &one.meant)).then_some((end, one, *by))
        });
        match rule {
            Some((end, one, by)) => {
                places.push(Place { words: at..end, counted: one.meant.clone(), by });
                at = end;
            }
            None => at += 1,
        }
    }
    if places.is_empty() {
        return transcript.clone();
    }
    let (words, helped) = put(&transcript.words, &places);
    let text = words.iter().map(|word| word.text.as_str()).collect::<Vec<_>>().join(" ");
    let mut all = transcript.helped.clone();
    all.extend(helped);
    all.sort_by_key(|one| one.start);
    Transcript { text, words, helped: all, ..transcript.clone() }
}

/// How many of these words, whole, say exactly this.
fn run(words: &[Vec<String>], said: &[String]) -> Option<usize> {
    let mut left = said;
    for (count, word) in (1..).zip(words) {
        left = left.strip_prefix(&word[..]).filter(|_| !word.is_empty())?;
        if left.is_empty() {
            return Some(count);
        }
    }
    None
}

/// Whether the words stand there already as they are meant.
fn says(words: &[Word], meant: &str) -> bool {
    let heard: Vec<&str> = words.iter().map(|word| word.text.as_str()).collect();
    super::place::plain(&heard.join(" ")) == meant
}

/// The words of a text in small letters, without marks: "eye-and-putin." is three.
fn parts(text: &str) -> Vec<String> {
    text.split(|c: char| !c.is_alphanumeric() && c != '+' && c != '#')
        .filter(|part| part.chars().any(char::is_alphanumeric))
        .map(str::to_lowercase)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::units::Millis;
    use proptest::prelude::*;

    fn heard(text: &str) -> Transcript {
        let words = (0..).zip(text.split_whitespace()).map(|(n, text)| Word {
            text: text.into(),
            start: Millis(n * 400),
            end: Millis(n * 400 + 350),
            confidence: 0.8,
        });
        Transcript {
            text: text.into(),
            model: "base".into(),
            words: words.collect(),
            ..Transcript::typed("")
        }
    }

    fn map(pairs: &[(&str, &str)]) -> Vec<Correction> {
        pairs.iter().map(|(heard, meant)| Correction::new(heard, meant, None).unwrap()).collect()
    }

    #[track_caller]
    fn check(own: &[(&str, &str)], text: &str, expected: &str) {
        let own = map(own);
        let corrected = correct(&heard(text), &Maps { own: &own, ..Maps::default() });
        assert_eq!(corrected.text, expected);
        let words: Vec<&str> = corrected.words.iter().map(|word| word.text.as_str()).collect();
        assert_eq!(words.join(" "), expected);
    }

    #[test]
    fn whole_words_are_corrected_whatever_their_case_and_marks() {
        check(&[("eye and potent", "idempotent")], "So Eye and potent, yes.", "So idempotent, yes.");
        check(&[("eye and potent", "idempotent")], "it is eye-and-potent.", "it is idempotent.");
        check(&[("hestrix", "Hystrix")], "hestrixes are not \"hestrix\"", "hestrixes are not \"Hystrix\"");
    }

    #[test]
    fn the_longest_goes_first_and_no_correction_is_corrected_again() {
        let own = [
            ("cash stampede", "cache stampede"),
            ("cash stampede guard", "request coalescing"),
            ("stampede guard", "x"),
        ];
        check(&own, "a cash stampede guard and a cash stampede", "a request coalescing and a cache stampede");
        check(&[("postgrass", "postgress"), ("postgress", "Postgres")], "postgrass", "postgress");
    }

    #[test]
    fn each_place_is_told_with_its_time_and_its_map() {
        let (own, pack) =
            (map(&[("hestrix", "Hystrix")]), map(&[("postgrass", "Postgres"), ("hestrix", "other")]));
        let maps = Maps { own: &own, pack: &pack, ..Maps::default() };
        let corrected = correct(&heard("postgrass and hestrix"), &maps);
        let told: Vec<_> = corrected
            .helped
            .iter()
            .map(|one| (one.start.0, &one.heard[..], &one.counted[..], one.by))
            .collect();
        assert_eq!(
            told,
            [(0, "postgrass", "Postgres", HelpedBy::Pack), (800, "hestrix", "Hystrix", HelpedBy::Own)]
        );
    }

    #[test]
    fn an_ordinary_word_is_bent_only_in_the_talk_of_a_pack() {
        assert!(matches!(Correction::new("cash", "cache", None), Err(BadCorrection::Ordinary(_))));
        assert!(matches!(Correction::new("in the", "X", None), Err(BadCorrection::Ordinary(_))));
        let pack: PackId = "caching".parse().unwrap();
        let own = [Correction::new("cash", "cache", Some(pack.clone())).unwrap()];
        let text = |of| correct(&heard("the cash"), &Maps { own: &own, of, ..Maps::default() }).text;
        assert_eq!(text(None), "the cash");
        let other: PackId = "jvm".parse().unwrap();
        assert_eq!(text(Some(&other)), "the cash");
        assert_eq!(text(Some(&pack)), "the cache");
    }

    #[test]
    fn what_is_no_correction_is_refused_with_a_reason() {
        let refused = |heard: &str, meant: &str| Correction::new(heard, meant, None).unwrap_err();
        assert_eq!(refused("", "x"), BadCorrection::Empty);
        assert_eq!(refused("...", "x"), BadCorrection::Empty);
        assert_eq!(refused("hestrix", " "), BadCorrection::Empty);
        assert_eq!(refused("hestrix", "hestrix"), BadCorrection::Same);
        assert_eq!(refused("hestrix\0", "x"), BadCorrection::Unspeakable);
        assert_eq!(refused("<script>", "x"), BadCorrection::Unspeakable);
        assert_eq!(refused(&"hestrix ".repeat(7), "x"), BadCorrection::TooLong);
        assert_eq!(refused(&"h".repeat(61), "x"), BadCorrection::TooLong);
        let mut own = Corrections { all: map(&[("hestrix", "Hystrix")]) };
        let again = own.add(Correction::new("Hestrix!", "y", None).unwrap());
        assert!(matches!(again, Err(BadCorrection::Twice { .. })));
        assert!(own.remove("HESTRIX", None) && !own.remove("hestrix", None));
    }

    #[test]
    fn the_map_that_ships_is_readable_and_holds_to_the_rules() {
        let general = Corrections::read(GENERAL).unwrap();
        assert!(general.all.len() >= 30 && general.all.iter().all(|one| one.pack.is_none()));
        assert_eq!(Corrections::read(&general.to_toml()), Ok(general));
    }

    #[test]
    fn a_typed_answer_stays_as_it_was_typed() {
        let own = map(&[("hestrix", "Hystrix")]);
        let typed = Transcript::typed("hestrix");
        assert_eq!(correct(&typed, &Maps { own: &own, ..Maps::default() }), typed);
    }

    proptest! {
        #[test]
        fn nothing_is_lost_or_made_up_around_a_correction(words in prop::collection::vec("(zqa|zqb|zqc|zqd)", 1..30)) {
            let own = map(&[("zqa zqb", "zz"), ("zqc", "yy yy"), ("zqd zqa zqc", "xx")]);
            let before = heard(&words.join(" "));
            let after = correct(&before, &Maps { own: &own, ..Maps::default() });
            // Putting what was heard back in the place of what counts gives the record.
            let mut back = after.text.clone();
            for (counted, heard) in [("zz", "zqa zqb"), ("yy yy", "zqc"), ("xx", "zqd zqa zqc")] {
                back = back.replace(counted, heard);
            }
            prop_assert_eq!(back, before.text);
            prop_assert!(after.words.windows(2).all(|pair| pair[0].end <= pair[1].start));
        }
    }
}
