//! How an answer was spoken: pace, pauses, fillers, hedges. Shown beside the score, never inside it.
//!
//! Times come from the speech spans, which are measured from the waveform; the recogniser's word times
//! swallow silence and are not used. Fillers of the words alone are lower bounds, because recognisers leave them
//! out, and must be shown as "at least"; where a second decode listened for hesitation, its sounds are counted
//! with them. Nothing here judges: it says what was observed.

use crate::transcript::{Hesitation, Span, Transcript, Word};
use crate::units::Millis;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::sync::LazyLock;

/// What was observed of one answer. A pure function of its transcript.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Delivery {
    /// Words said or typed, fillers included.
    pub words: u32,
    /// What can only be known of a spoken answer; none for a typed one and for silence.
    pub spoken: Option<Spoken>,
    /// Fillers found in the words, a lower bound; none where the language has no word list.
    pub fillers: Option<Vec<Mention>>,
    /// Every sound of hesitation, heard twice; none where nobody listened for them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hesitations: Option<Vec<Hesitation>>,
    /// Hedges found in the words; none where the language has no word list.
    pub hedges: Option<Vec<Mention>>,
}

/// The times of a spoken answer.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Spoken {
    /// Length of the recording.
    #[serde(rename = "length_ms")]
    pub length: Millis,
    /// From the first speech to the last.
    #[serde(rename = "talk_ms")]
    pub talk: Millis,
    /// Speech without the pauses.
    #[serde(rename = "voiced_ms")]
    pub voiced: Millis,
    /// From the start of the recording to the first speech.
    #[serde(rename = "first_word_ms")]
    pub first_word: Millis,
    /// Words a minute from the first speech to the last, pauses included; none for under [`ENOUGH_WORDS`].
    pub pace: Option<f64>,
    /// Words a minute while speaking; none for under [`ENOUGH_WORDS`].
    pub voiced_pace: Option<f64>,
    /// The silences between first and last speech.
    pub pauses: Pauses,
}

/// The silences inside an answer. A pause of six seconds counts in all three classes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pauses {
    /// Half a second or longer.
    pub half_second: u32,
    /// Two seconds or longer.
    pub two_seconds: u32,
    /// Five seconds or longer.
    pub five_seconds: u32,
    /// All of half a second or longer together.
    #[serde(rename = "total_ms")]
    pub total: Millis,
    /// The longest of half a second or longer, and where it is.
    pub longest: Option<Span>,
}

/// A place in the text that is on a word list.
///
/// `start` and `end` count Unicode scalar values of the transcript's text, `end` exclusive.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mention {
    /// First character.
    pub start: usize,
    /// The character after the last.
    pub end: usize,
    /// The entry of the word list, in lower case.
    pub listed: String,
}

/// Below so many words a pace says nothing.
pub const ENOUGH_WORDS: u32 = 10;

/// Shorter silences are breath and consonants.
const PAUSE: Millis = Millis(500);

/// Observes the delivery of an answer.
pub fn observe(transcript: &Transcript) -> Delivery {
    let tokens = tokens(&transcript.text);
    let words = u32::try_from(tokens.len()).unwrap_or(u32::MAX);
    let lists = WordLists::of_language(&transcript.language);
    Delivery {
        words,
        spoken: spoken(transcript, words),
        fillers: lists.map(|lists| lists.find(&tokens, Listed::is_filler)),
        hesitations: transcript.hesitations.clone(),
        hedges: lists.map(|lists| lists.find(&tokens, |listed| matches!(listed, Listed::Hedge))),
    }
}

/// The sounds of hesitation of one stretch of speech, from two decodes of it: the record, and one that was prompted to keep
/// them. A sound that both have counts once. None in a language without a list.
pub fn hesitations(record: &[Word], prompted: &[Word], language: &str) -> Vec<Hesitation> {
    let Some(lists) = WordLists::of_language(language) else { return Vec::new() };
    let sounds = |words: &[Word]| -> Vec<Hesitation> {
        let sound = |word: &Word| {
            let said = lists.sound(&word.text)?;
            Some(Hesitation { said: said.to_owned(), start: word.start })
        };
        words.iter().filter_map(sound).collect()
    };
    let mut all = sounds(prompted);
    let mut heard = all.clone();
    for kept in sounds(record) {
        match heard.iter().position(|other| other.start.0.abs_diff(kept.start.0) <= SAME_SOUND.0) {
            Some(same) => drop(heard.remove(same)),
            None => all.push(kept),
        }
    }
    all.sort_by_key(|one| one.start);
    all
}

/// Sounds of two decodes that begin within this are one.
const SAME_SOUND: Millis = Millis(1_000);

impl Delivery {
    /// How often each filler was said, the most frequent first; none where the language has no word list.
    pub fn fillers_by_word(&self) -> Option<Vec<(&str, usize)>> {
        let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
        let written = self.fillers.as_ref()?.iter().map(|mention| mention.listed.as_str());
        let (sounds, heard_twice): (&[Hesitation], bool) =
            self.hesitations.as_deref().map_or((&[], false), |all| (all, true));
        let is_sound = |listed: &str| WORD_LISTS.iter().any(|lists| lists.sound(listed).is_some());
        let words = written.filter(|listed| !heard_twice || !is_sound(listed));
        for filler in words.chain(sounds.iter().map(|sound| sound.said.as_str())) {
            *counts.entry(filler).or_default() += 1;
        }
        let mut counts: Vec<_> = counts.into_iter().collect();
        counts.sort_by_key(|&(word, count)| (std::cmp::Reverse(count), word));
        Some(counts)
    }

    /// Fillers a minute of talk; none for typed answers and where it would say nothing. A lower bound where nobody
    /// listened for hesitation.
    pub fn fillers_per_minute(&self) -> Option<f64> {
        let spoken = self.spoken.as_ref().filter(|spoken| spoken.pace.is_some())?;
        let count: usize = self.fillers_by_word()?.iter().map(|(_, count)| count).sum();
        Some(per_minute(count as f64, spoken.talk))
    }

    /// Hedges in a hundred words; none where it would say nothing.
    pub fn hedges_per_hundred_words(&self) -> Option<f64> {
        let hedges = self.hedges.as_ref().filter(|_| self.words >= ENOUGH_WORDS)?;
        Some(rounded(hedges.len() as f64 * 100.0 / f64::from(self.words)))
    }
}

fn spoken(transcript: &Transcript, words: u32) -> Option<Spoken> {
    let (first, last) = (transcript.speech.first()?, transcript.speech.last()?);
    let talk = last.end.saturating_sub(first.start);
    let voiced = transcript.speech.iter().fold(Millis(0), |sum, span| sum + span.length());
    let pace = |time: Millis| {
        (words >= ENOUGH_WORDS && time > Millis(0)).then(|| per_minute(f64::from(words), time))
    };
    Some(Spoken {
        length: transcript.audio,
        talk,
        voiced,
        first_word: first.start,
        pace: pace(talk),
        voiced_pace: pace(voiced),
        pauses: pauses(&transcript.speech),
    })
}

fn pauses(speech: &[Span]) -> Pauses {
    let silences = speech.windows(2).map(|pair| Span { start: pair[0].end, end: pair[1].start });
    let pauses: Vec<Span> = silences.filter(|silence| silence.length() >= PAUSE).collect();
    let of = |least: u64| {
        u32::try_from(pauses.iter().filter(|pause| pause.length() >= Millis(least)).count())
            .unwrap_or(u32::MAX)
    };
    // Of equally long pauses the first one is named.
    let longest = pauses.iter().copied().reduce(|a, b| if b.length() > a.length() { b } else { a });
    Pauses {
        half_second: of(500),
        two_seconds: of(2_000),
        five_seconds: of(5_000),
        total: pauses.iter().fold(Millis(0), |sum, pause| sum + pause.length()),
        longest,
    }
}

fn per_minute(count: f64, time: Millis) -> f64 {
    rounded(count * 60_000.0 / time.0.max(1) as f64)
}

/// One decimal is more than any of this can bear.
fn rounded(value: f64) -> f64 {
    (value * 10.0).round() / 10.0
}

/// The word lists of one language, from `data/delivery`.
struct WordLists {
    language: &'static str,
    /// Longest entries first, each as its words.
    entries: Vec<(Vec<String>, Listed)>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Listed {
    /// A sound such as "uh".
    FillerSound,
    Filler,
    /// A filler only between commas.
    FillerSetOff,
    Hedge,
}

impl Listed {
    fn is_filler(self) -> bool {
        matches!(self, Self::FillerSound | Self::Filler | Self::FillerSetOff)
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WordListFile {
    filler_sounds: Vec<String>,
    filler_phrases: Vec<String>,
    filler_set_off: Vec<String>,
    hedges: Vec<String>,
}

static WORD_LISTS: LazyLock<Vec<WordLists>> = LazyLock::new(|| {
    [("en", include_str!("data/delivery/en.toml")), ("de", include_str!("data/delivery/de.toml"))]
        .map(|(language, file)| WordLists::parse(language, file))
        .into()
});

impl WordLists {
    fn of_language(language: &str) -> Option<&'static Self> {
        WORD_LISTS.iter().find(|lists| lists.language == language)
    }

    fn parse(language: &'static str, file: &str) -> Self {
        let file: WordListFile = toml::from_str(file).expect("the lists are compiled in and read by a test");
        let listed = |entries: Vec<String>, listed| entries.into_iter().map(move |entry| (entry, listed));
        let all = listed(file.filler_sounds, Listed::FillerSound)
            .chain(listed(file.filler_phrases, Listed::Filler))
            .chain(listed(file.filler_set_off, Listed::FillerSetOff))
            .chain(listed(file.hedges, Listed::Hedge));
        let mut entries: Vec<(Vec<String>, Listed)> =
            all.map(|(entry, listed)| (entry.split(' ').map(str::to_owned).collect(), listed)).collect();
        entries.sort_by_key(|(words, _)| std::cmp::Reverse(words.len()));
        Self { language, entries }
    }

    /// The entry that a word is, if it is a sound of hesitation.
    fn sound(&self, word: &str) -> Option<&str> {
        let plain: String =
            word.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect();
        let mut sounds = self.entries.iter().filter(|(_, listed)| matches!(listed, Listed::FillerSound));
        sounds.find(|(words, _)| words[0] == plain).map(|(words, _)| words[0].as_str())
    }

    /// All mentions of one sort, in order. Where entries overlap, of any sort, the longest takes the words.
    fn find(&self, tokens: &[Token], wanted: impl Fn(Listed) -> bool) -> Vec<Mention> {
        let mut mentions = Vec::new();
        let mut at = 0;
        while at < tokens.len() {
            let found = self.entries.iter().find(|(words, listed)| {
                tokens.len() - at >= words.len()
                    && words.iter().zip(&tokens[at..]).all(|(word, token)| *word == token.text)
                    && (*listed != Listed::FillerSetOff || set_off(&tokens[at..at + words.len()]))
            });
            let Some((words, listed)) = found else {
                at += 1;
                continue;
            };
            let last = at + words.len() - 1;
            if wanted(*listed) {
                mentions.push(Mention {
                    start: tokens[at].start,
                    end: tokens[last].end,
                    listed: words.join(" "),
                });
            }
            at = last + 1;
        }
        mentions
    }
}

/// A word of the text, with where it stands and what stands around it.
struct Token {
    /// In lower case, with straight apostrophes.
    text: String,
    start: usize,
    end: usize,
    /// The text or a sentence begins here, or a comma goes before.
    after_break: bool,
    /// A comma follows.
    before_comma: bool,
}

/// Whether words stand between commas, or between the start of a sentence and a comma.
fn set_off(tokens: &[Token]) -> bool {
    tokens.first().is_some_and(|token| token.after_break)
        && tokens.last().is_some_and(|token| token.before_comma)
}

fn tokens(text: &str) -> Vec<Token> {
    let mut tokens: Vec<Token> = Vec::new();
    let mut after_break = true;
    let mut open = false;
    for (at, c) in text.chars().enumerate() {
        let inside = c.is_alphanumeric() || (open && matches!(c, '\'' | '’'));
        if inside {
            if !open {
                tokens.push(Token {
                    text: String::new(),
                    start: at,
                    end: at,
                    after_break,
                    before_comma: false,
                });
                after_break = false;
            }
            if let Some(token) = tokens.last_mut() {
                match c {
                    '’' => token.text.push('\''),
                    c => token.text.extend(c.to_lowercase()),
                }
                token.end = at + 1;
            }
        } else if matches!(c, ',' | ';' | ':' | '.' | '!' | '?' | '…') {
            after_break = true;
            if let (',', true, Some(token)) = (c, open, tokens.last_mut()) {
                token.before_comma = true;
            }
        }
        open = inside;
    }
    tokens
}

#[cfg(test)]
mod tests {
    use super::*;

    fn transcript(text: &str, speech: &[(u64, u64)]) -> Transcript {
        Transcript {
            text: text.into(),
            model: "base".into(),
            language: "en".into(),
            audio: Millis(speech.last().map_or(0, |span| span.1 + 400)),
            speech: speech.iter().copied().map(Span::from).collect(),
            words: Vec::new(),
            helped: Vec::new(),
            hesitations: None,
        }
    }

    /// Marks fillers as `[..]` and hedges as `{..}` in the text.
    fn check(language: &str, text: &str, expected: &str) {
        let delivery = observe(&Transcript { language: language.into(), ..transcript(text, &[]) });
        let mut marks: Vec<(usize, char)> = Vec::new();
        for (mentions, open, close) in [(delivery.fillers, '[', ']'), (delivery.hedges, '{', '}')] {
            marks.extend(mentions.into_iter().flatten().flat_map(|m| [(m.start, open), (m.end, close)]));
        }
        let mut marked: Vec<char> = text.chars().collect();
        marks.sort_by_key(|(at, _)| std::cmp::Reverse(*at));
        for (at, mark) in marks {
            marked.insert(at, mark);
        }
        assert_eq!(marked.into_iter().collect::<String>(), expected);
    }

    #[test]
    fn fillers_and_hedges_are_found_where_they_stand() {
        check("en", "Um, so a hash map is, uh, a table.", "[Um], so a hash map is, [uh], a table.");
        check("en", "It is, like, a list like this.", "It is, [like], a list like this.");
        check("en", "Well, you know, it’s fine.", "[Well], [you know], it’s fine.");
        check(
            "en",
            "I think it's kind of slow, or something like that.",
            "{I think} it's {kind of} slow, {or something like that}.",
        );
        check("en", "I’m not sure, maybe eight.", "{I’m not sure}, {maybe} eight.");
        check("en", "The umbrella sort works well.", "The umbrella sort works well.");
        check("en", "", "");
    }

    #[test]
    fn a_sound_that_both_decodes_keep_counts_once() {
        let words = |said: &[(&str, u64)]| -> Vec<Word> {
            let word = |&(text, at): &(&str, u64)| Word {
                text: text.into(),
                start: Millis(at),
                end: Millis(at + 200),
                confidence: 0.9,
            };
            said.iter().map(word).collect()
        };
        let record = words(&[("Um,", 300), ("a", 900), ("tree", 1_000), ("uh", 9_000)]);
        let prompted = words(&[("Um,", 500), ("a", 900), ("tree", 1_000), ("Uh,", 2_500), ("like", 3_000)]);
        let all = hesitations(&record, &prompted, "en");
        let said: Vec<_> = all.iter().map(|one| (one.said.as_str(), one.start.0)).collect();
        assert_eq!(said, [("um", 500), ("uh", 2_500), ("uh", 9_000)]);
        assert_eq!(hesitations(&record, &prompted, "fi"), []);
    }

    #[test]
    fn what_was_listened_for_takes_the_place_of_the_sounds_in_the_words() {
        let text = "Um, a tree, you know, that is balanced at eight nodes, um, and no sooner";
        let mut heard = transcript(text, &[(0, 30_000)]);
        let alone = observe(&heard);
        assert_eq!(alone.fillers_by_word().unwrap(), [("um", 2), ("you know", 1)]);
        assert_eq!(alone.fillers_per_minute(), Some(6.0));
        let said = |said: &str, start| Hesitation { said: said.into(), start: Millis(start) };
        heard.hesitations =
            Some(vec![said("um", 0), said("uh", 5_000), said("um", 9_000), said("uh", 12_000)]);
        let twice = observe(&heard);
        assert_eq!(twice.fillers_by_word().unwrap(), [("uh", 2), ("um", 2), ("you know", 1)]);
        assert_eq!(twice.fillers_per_minute(), Some(10.0));
    }

    #[test]
    fn each_language_has_its_own_fillers() {
        check("de", "Es geht um, ähm, Sperren, ich glaube.", "Es geht um, [ähm], Sperren, {ich glaube}.");
        check("en", "Äh is nothing here.", "Äh is nothing here.");
    }

    #[test]
    fn a_language_without_lists_counts_nothing_rather_than_zero() {
        let delivery = observe(&Transcript { language: "fi".into(), ..transcript("um maybe", &[(0, 500)]) });
        assert_eq!((delivery.fillers, delivery.hedges), (None, None));
    }

    #[test]
    fn pauses_are_silences_between_speech_of_half_a_second_or_longer() {
        let spans = [
            (1_200, 3_000),
            (3_499, 4_000),
            (4_500, 6_000),
            (8_000, 9_000),
            (15_000, 20_000),
            (22_000, 22_500),
        ];
        let spoken = observe(&transcript("word", &spans)).spoken.unwrap();
        assert_eq!(spoken.first_word, Millis(1_200));
        assert_eq!(spoken.talk, Millis(21_300));
        assert_eq!(spoken.voiced, Millis(1_800 + 501 + 1_500 + 1_000 + 5_000 + 500));
        let expected = Pauses {
            half_second: 4,
            two_seconds: 3,
            five_seconds: 1,
            total: Millis(500 + 2_000 + 6_000 + 2_000),
            longest: Some(Span::from((9_000, 15_000))),
        };
        assert_eq!(spoken.pauses, expected);
    }

    #[test]
    fn pace_counts_words_over_talk_and_over_voice() {
        let text = "one two three four five six seven eight nine ten eleven twelve";
        let spoken = observe(&transcript(text, &[(5_000, 7_000), (9_000, 11_000)])).spoken.unwrap();
        assert_eq!((spoken.pace, spoken.voiced_pace), (Some(120.0), Some(180.0)));
        let short = observe(&transcript("one two three", &[(0, 1_000)])).spoken.unwrap();
        assert_eq!((short.pace, short.voiced_pace), (None, None));
    }

    #[test]
    fn typed_and_silent_answers_have_no_times() {
        let typed = observe(&Transcript::typed("I think so, maybe, because it is what it is"));
        assert_eq!(typed.spoken, None);
        assert_eq!(typed.words, 10);
        assert_eq!(typed.hedges_per_hundred_words(), Some(20.0));
        assert_eq!(typed.fillers_per_minute(), None);
        assert_eq!(observe(&transcript("", &[])).spoken, None);
    }
}
