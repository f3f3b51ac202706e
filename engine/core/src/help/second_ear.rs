//! Two ears: a second decode that knew the question's words may say which of two likenesses was meant.
//!
//! A term counts in the place of heard words only where all of this holds: the record has words that sound like it, and
//! those are none of the question's words themselves; the prompted decode has the term at the same time; and the record
//! does not have it there already. Where the words sound only somewhat like it, the recogniser must have been in doubt about
//! them, and both decodes must be at one about what was said before and after. So a prompted decode alone brings nothing into
//! an answer, whatever it makes up.

use super::alike::{Floor, Spoken, letters};
use super::place::{Place, put};
use super::terms::{English, Term, Terms};
use crate::scoring::opposed;
use crate::transcript::{Helped, HelpedBy, Word};
use crate::units::Millis;
use std::cell::LazyCell;
use std::ops::Range;

/// A term of one word may have been heard as so many.
const MOST_WORDS_MORE: usize = 3;
/// Word times of two decodes of the same sound lie apart by so much at most.
const SLACK: Millis = Millis(400);
/// Words that are longer than this in one decode and not in the other are no likeness.
const LETTERS_APART: usize = 6;
/// The prompted decode may slip once in so many letters of a term.
const LETTERS_A_SLIP: usize = 6;
/// Terms shorter than this have to be written to the letter.
const SLIPS_FROM: usize = 9;
/// How near a single word that is none has to sound to a term that it stands for, such as "stalewarivalidate".
const ONE_WORD: Floor = Floor { codes: 0.85, letters: 0.7, mean: 0.8 };
/// A term may be written apart into so many words.
const MOST_WORDS_SAID: usize = 7;
/// What is left of a term without the words heard right has at least so many letters.
const FEWEST_LEFT: usize = 3;
/// The recogniser was in doubt about words whose mean probability is smaller than this: nearly all of what it heard wrong is,
/// and every sixth word of what it heard right.
const DOUBTED: f32 = 0.75;
/// How many words on each side of a place are looked at for one that both decodes have.
const WORDS_AROUND: usize = 3;
/// Two decodes of the same sound have at least this share of the record's words in common, in order; of 52 pieces of real
/// decodes none had less than 0.78.
const LEAST_COMMON: f64 = 0.75;
/// What a prompted decode has besides words.
const HESITATIONS: [&str; 7] = ["um", "uh", "oh", "ah", "huh", "er", "erm"];

/// Words of the record that sound like a term.
#[derive(Debug, Clone, PartialEq)]
struct Likeness<'t> {
    words: Range<usize>,
    term: &'t Term,
    alike: Alike,
}

/// How alike words and a term sound.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Alike {
    /// So much that a second ear need only say the same.
    Much(f64),
    /// A little: the recogniser has to have been in doubt, and the words around have to be the same in both decodes.
    Somewhat(f64),
}

impl Alike {
    /// Larger for what sounds more alike.
    fn rank(self) -> f64 {
        match self {
            Self::Much(alike) => 1.0 + alike,
            Self::Somewhat(alike) => alike,
        }
    }
}

impl Likeness<'_> {
    /// For words that the language does not have: most mis-hearings are none.
    const UNKNOWN: Floor = Floor { codes: 0.5, letters: 0.35, mean: 0.58 };
    /// For words that it has.
    const KNOWN: Floor = Floor { codes: 0.85, letters: 0.45, mean: 0.7 };
    /// For words the recogniser was in doubt about.
    const SOMEWHAT: Floor = Floor { codes: 0.3, letters: 0.3, mean: 0.35 };
}

/// A term that stands in a decode, and when.
#[derive(Debug, Clone)]
struct Occurrence<'t> {
    term: &'t Term,
    words: Range<usize>,
    from: Millis,
    to: Millis,
}

impl Occurrence<'_> {
    /// Whether it is said at this time: half of the shorter of both lies in the other.
    fn is_at(&self, from: Millis, to: Millis) -> bool {
        let common = (self.to + SLACK).min(to).saturating_sub(self.from.saturating_sub(SLACK).max(from));
        let shorter = self.to.saturating_sub(self.from).min(to.saturating_sub(from));
        common.0 * 2 >= shorter.0 && common > Millis(0)
    }
}

/// Whether a second decode could change anything: only where the record has words that sound like a term and are not it.
pub fn is_needed(record: &[Word], terms: &Terms) -> bool {
    let own = occurrences(record, terms, Slips::None);
    !likenesses(record, terms, &own).is_empty()
}

/// The words that count, and where they are others than the record's.
pub fn merge(record: &[Word], prompted: &[Word], terms: &Terms) -> (Vec<Word>, Vec<Helped>) {
    let own = occurrences(record, terms, Slips::None);
    let mut said = occurrences(prompted, terms, Slips::Some);
    // What the record has itself needs no help, and helps nowhere else.
    said.retain(|one| !own.iter().any(|had| had.term == one.term && had.is_at(one.from, one.to)));
    let mut found = likenesses(record, terms, &own);
    // The likest first, then the shortest, then the first.
    found.sort_by(|a, b| {
        let alike = |one: &Likeness<'_>| one.alike.rank();
        alike(b)
            .total_cmp(&alike(a))
            .then(a.words.len().cmp(&b.words.len()))
            .then(a.words.start.cmp(&b.words.start))
    });
    let trusted = LazyCell::new(|| common_share(record, prompted) >= LEAST_COMMON);
    let mut places: Vec<Place> = Vec::new();
    for one in found {
        let free = |place: &Place| place.words.end <= one.words.start || one.words.end <= place.words.start;
        let (from, to) = (record[one.words.start].start, record[one.words.end - 1].end);
        let here = said.iter().position(|other| {
            other.term == one.term
                && other.is_at(from, to)
                && match one.alike {
                    Alike::Much(_) => true,
                    Alike::Somewhat(_) => {
                        *trusted && are_at_one((record, &one.words), (prompted, &other.words))
                    }
                }
        });
        if let (true, Some(here)) = (places.iter().all(free), here) {
            said.remove(here);
            places.push(Place { words: one.words, counted: one.term.written.clone(), by: HelpedBy::Ears });
        }
    }
    places.sort_by_key(|place| place.words.start);
    put(record, &places)
}

/// The share of the record's words that the other decode has as well, in the same order.
fn common_share(record: &[Word], other: &[Word]) -> f64 {
    let words = |decode: &[Word]| -> Vec<String> {
        decode.iter().map(|word| letters(&word.text)).filter(|word| !word.is_empty()).collect()
    };
    let (record, other) = (words(record), words(other));
    // The longest common subsequence, one row of its table at a time.
    let mut row = vec![0_usize; other.len() + 1];
    for word in &record {
        let mut diagonal = 0;
        for (at, also) in other.iter().enumerate() {
            let above = row[at + 1];
            row[at + 1] = if word == also { diagonal + 1 } else { above.max(row[at]) };
            diagonal = above;
        }
    }
    row[other.len()] as f64 / record.len().max(1) as f64
}

/// Whether two decodes have a word in common before a place of theirs, and one after it. The edge of both decodes is common.
fn are_at_one(one: (&[Word], &Range<usize>), other: (&[Word], &Range<usize>)) -> bool {
    fn near<'w>(words: impl Iterator<Item = &'w Word>) -> Vec<String> {
        let spoken = words.map(|word| letters(&word.text));
        let spoken = spoken.filter(|word| !word.is_empty() && !HESITATIONS.contains(&word.as_str()));
        spoken.take(WORDS_AROUND).collect()
    }
    let common = |one: Vec<String>, other: Vec<String>| {
        (one.is_empty() && other.is_empty())
            || one.iter().any(|word| other.iter().any(|also| word == also || is_form_of(word, also)))
    };
    let before = |(words, place): (&[Word], &Range<usize>)| near(words[..place.start].iter().rev());
    let after = |(words, place): (&[Word], &Range<usize>)| near(words[place.end..].iter());
    common(before(one), before(other)) && common(after(one), after(other))
}

fn likenesses<'t>(record: &[Word], terms: &'t Terms, own: &[Occurrence<'_>]) -> Vec<Likeness<'t>> {
    let longest = terms.terms.iter().map(|term| term.spoken.letters.len()).max().unwrap_or(0);
    let parts = |word: &Word| -> Vec<String> {
        word.text.split(['-', '_', '/']).map(letters).filter(|part| !part.is_empty()).collect()
    };
    let said: Vec<Vec<String>> = record.iter().map(parts).collect();
    let is_own = |at: usize| own.iter().any(|one| one.words.contains(&at));
    let mut found = Vec::new();
    for start in 0..record.len() {
        let mut length = 0;
        for end in start..record.len() {
            length += said[end].iter().map(String::len).sum::<usize>();
            // Nothing is heard across the end of a sentence.
            let over = end > start && record[end - 1].text.ends_with(['.', '?', '!', ';', ':']);
            if said[end].is_empty() || is_own(end) || over || length > longest + LETTERS_APART {
                break;
            }
            let (words, said) = (&record[start..=end], said[start..=end].concat());
            let spoken = LazyCell::new(|| Spoken::of(&said.concat(), &English::shared().sound));
            for term in &terms.terms {
                if length.abs_diff(term.spoken.letters.len()) > LETTERS_APART
                    || end + 1 - start > term.words.len() + MOST_WORDS_MORE
                    || turns_round(&said, &term.words)
                {
                    continue;
                }
                let somewhat = || {
                    let doubted = is_doubted(words, &term.words);
                    doubted.then(|| spoken.alike(&term.spoken, Likeness::SOMEWHAT)).flatten()
                };
                let much = much_alike(&said, &term.words).map(Alike::Much);
                let alike = much.or_else(|| somewhat().map(Alike::Somewhat));
                found.extend(alike.map(|alike| Likeness { words: start..end + 1, term, alike }));
            }
        }
    }
    found
}

/// Whether heard words say the opposite of a term. "Asaga" is no word and turns nothing round; "mounts" does.
fn turns_round(said: &[String], term: &[String]) -> bool {
    let english = English::shared();
    let turns =
        |heard: &String| english.frequency.knows(heard) && term.iter().any(|word| opposed(heard, word));
    said.iter().any(turns)
}

/// Whether the recogniser was in doubt about those of its words that the term does not have.
fn is_doubted(said: &[Word], term: &[String]) -> bool {
    let is_in_term = |word: &&Word| term.iter().any(|also| is_kin(&letters(&word.text), also));
    let other: Vec<f32> = said.iter().filter(|word| !is_in_term(word)).map(|word| word.confidence).collect();
    !other.is_empty() && other.iter().sum::<f32>() / (other.len() as f32) < DOUBTED
}

/// How alike heard words and a term sound, where they do. Words that stand in both say nothing for the others: what is left
/// of both has to sound alike. Words of the language are bent only where hardly more than their spelling differs.
fn much_alike(said: &[String], term: &[String]) -> Option<f64> {
    let english = English::shared();
    let left = |of: &[String], other: &[String]| -> Vec<String> {
        of.iter().filter(|word| !other.iter().any(|shared| is_kin(word, shared))).cloned().collect()
    };
    let (heard, meant) = (left(said, term), left(term, said));
    let all_known = heard.iter().all(|word| english.frequency.knows(word));
    let (heard, meant) =
        (Spoken::of(&heard.concat(), &english.sound), Spoken::of(&meant.concat(), &english.sound));
    if heard.letters.len() < FEWEST_LEFT || meant.letters.len() < FEWEST_LEFT {
        return None;
    }
    let least = if all_known { Likeness::KNOWN } else { Likeness::UNKNOWN };
    heard.alike(&meant, least)
}

/// Whether both are forms of one word: most of both is the same beginning.
fn is_kin(a: &str, b: &str) -> bool {
    let same = a.bytes().zip(b.bytes()).take_while(|(a, b)| a == b).count();
    a == b || same >= 4 && same * 10 >= a.len().max(b.len()) * 7
}

/// Whether a decode may have a letter of a long term wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Slips {
    None,
    Some,
}

/// Where the terms stand in a decode, in one word or in several.
fn occurrences<'t>(decode: &[Word], terms: &'t Terms, slips: Slips) -> Vec<Occurrence<'t>> {
    let said: Vec<String> = decode.iter().map(|word| letters(&word.text)).collect();
    let mut found = Vec::new();
    for start in 0..decode.len() {
        let mut run = String::new();
        for end in start..decode.len().min(start + MOST_WORDS_SAID) {
            run.push_str(&said[end]);
            for term in &terms.terms {
                let letters = &term.spoken.letters;
                let same =
                    is_form_of(&run, letters) || slips == Slips::Some && is_slip(&run, start == end, term);
                if same {
                    let (from, to) = (decode[start].start, decode[end].end);
                    found.push(Occurrence { term, words: start..end + 1, from, to });
                }
            }
        }
    }
    found
}

/// Whether words run together are a long term with a few letters wrong, or one word that is none and sounds like the whole term.
fn is_slip(run: &str, is_one_word: bool, term: &Term) -> bool {
    let (letters, english) = (&term.spoken.letters, English::shared());
    if letters.len() < SLIPS_FROM
        || run.len().abs_diff(letters.len()) > LETTERS_APART
        || english.frequency.knows(run)
        || opposed(run, letters)
    {
        return false;
    }
    strsim::damerau_levenshtein(run, letters) <= letters.len() / LETTERS_A_SLIP
        || (is_one_word && Spoken::of(run, &english.sound).alike(&term.spoken, ONE_WORD).is_some())
}

/// Whether both are forms of one word: "bucket", "buckets".
fn is_form_of(a: &str, b: &str) -> bool {
    let (short, long) = if a.len() < b.len() { (a, b) } else { (b, a) };
    long.strip_prefix(short).is_some_and(|rest| matches!(rest, "" | "s" | "es" | "d" | "ed" | "ing"))
        && short.len() > 2
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Words of 400 ms each, from a moment on.
    fn decode(text: &str, from: u64) -> Vec<Word> {
        (0..)
            .zip(text.split_whitespace())
            .map(|(n, text)| Word {
                text: text.into(),
                start: Millis(from + n * 400),
                end: Millis(from + n * 400 + 380),
                confidence: 0.6,
            })
            .collect()
    }

    /// A word in braces is one the recogniser was in doubt about.
    fn doubted(text: &str) -> Vec<Word> {
        let mut words = decode(text, 0);
        for word in &mut words {
            word.confidence = if word.text.starts_with('{') { 0.4 } else { 0.95 };
            word.text.retain(|c| !"{}".contains(c));
        }
        words
    }

    #[track_caller]
    fn check_doubted(term: &str, record: &str, prompted: &str, expected: &str) {
        let record = doubted(record);
        let (words, _) = merge(&record, &decode(prompted, 0), &Terms::of([term]));
        let text: Vec<&str> = words.iter().map(|word| word.text.as_str()).collect();
        assert_eq!(text.join(" "), expected);
    }

    #[test]
    fn a_doubted_word_that_sounds_somewhat_like_a_term_needs_the_same_words_around_it() {
        let said = "I took a thread {dunk} and they all were waiting";
        let dump = "I took a thread dump and they all were waiting";
        check_doubted("thread dump", said, dump, dump);
        let plain = said.replace(['{', '}'], "");
        // The recogniser was sure of it.
        check_doubted("thread dump", &plain, dump, &plain);
        // Another word after it, and other words all over.
        let after = "I took a thread dump so then she likes those";
        check_doubted("thread dump", said, after, &plain);
        let echo = "thread dump thread dump thread dump thread dump thread dump";
        check_doubted("thread dump", said, echo, &plain);
        // Nothing of the sound in common.
        check_doubted("quorum", said, "I took a thread quorum and they all were waiting", &plain);
    }

    #[test]
    fn the_second_ear_may_write_a_long_term_as_it_sounds_in_one_word() {
        let said = "with it {still} {while} {we} {validate} so that you serve";
        let meant = "with it stale while revalidate so that you serve";
        check_doubted("stale while revalidate", said, "with it stalewarivalidate so that you serve", meant);
        // Another phrase is no slip, however many letters it shares.
        let against = "we {worked} against it for a while";
        let plain = against.replace(['{', '}'], "");
        check_doubted("argued against it", against, &plain, &plain);
    }

    #[track_caller]
    fn check(terms: &[&str], record: &str, prompted: &[Word], expected: &str) {
        let (words, helped) = merge(&decode(record, 0), prompted, &Terms::of(terms.iter().copied()));
        let text: Vec<&str> = words.iter().map(|word| word.text.as_str()).collect();
        assert_eq!(text.join(" "), expected);
        assert_eq!(helped.is_empty(), record == expected);
    }

    #[test]
    fn a_word_that_sounds_like_a_term_counts_as_it_where_the_second_ear_has_it() {
        let (terms, record) = (["Hystrix", "Redis"], "so hestrix, did the same");
        check(&terms, record, &decode("so Hystrix did the same", 0), "so Hystrix, did the same");
        check(&terms, record, &decode("so hestrix did the same", 0), record);
        check(&terms, record, &decode("Redis Redis Redis Redis Redis", 0), record);
    }

    #[test]
    fn the_same_word_at_another_time_says_nothing() {
        check(&["Hystrix"], "so hestrix did the same", &decode("Hystrix", 4_000), "so hestrix did the same");
    }

    #[test]
    fn several_words_count_as_one_and_what_was_heard_is_told_with_its_time() {
        let mut prompted = decode("we use Resilience4j here", 0);
        (prompted[2].end, prompted[3].start, prompted[3].end) = (Millis(1_980), Millis(2_000), Millis(2_380));
        let record = decode("we use resilience for Jay here", 0);
        let (words, helped) = merge(&record, &prompted, &Terms::of(["Resilience4j"]));
        assert_eq!(words[2].text, "Resilience4j");
        assert_eq!((words[2].start, words[2].end), (Millis(800), Millis(1_980)));
        let told = Helped {
            start: Millis(800),
            heard: "resilience for Jay".into(),
            counted: "Resilience4j".into(),
            by: HelpedBy::Ears,
        };
        assert_eq!(helped, [told]);
    }

    #[test]
    fn the_opposite_is_no_likeness() {
        for (term, said) in [
            ("unmounts", "mounts"),
            ("uncommitted read", "committed read"),
            ("asynchronous", "synchronous"),
            ("pessimistic", "optimistic"),
        ] {
            let record = format!("the {said} one");
            check(&[term], &record, &decode(&format!("the {term} one"), 0), &record);
        }
    }

    #[test]
    fn what_is_a_word_of_the_question_was_heard_right() {
        check(&["latency", "lately"], "the latency fell", &decode("the lately fell", 0), "the latency fell");
        assert!(!is_needed(&decode("the thread pool was full", 0), &Terms::of(["thread pool"])));
        assert!(is_needed(&decode("the cash stampede was full", 0), &Terms::of(["cache stampede"])));
    }

    #[test]
    fn a_decode_that_only_echoes_its_prompt_changes_nothing() {
        let terms = ["idempotent", "saga", "two-phase commit", "orchestrator", "HikariCP", "Postgres"];
        let record = "well I would ask my manager and then look at the weather for tomorrow";
        check(&terms, record, &decode(&terms.join(" "), 0), record);
        check(&terms, record, &[], record);
    }

    proptest! {
        #[test]
        fn words_without_a_likeness_stay_whatever_the_second_ear_hears(
            record in prop::collection::vec("[aeiou]{1,6}", 0..20),
            prompted in prop::collection::vec("(Hystrix|Kafka|quorum|[a-z]{1,6})", 0..20),
            from in 0_u64..3_000,
        ) {
            let record = decode(&record.join(" "), 0);
            let (words, helped) = merge(&record, &decode(&prompted.join(" "), from), &Terms::of(["Hystrix", "Kafka", "quorum"]));
            prop_assert_eq!(words, record);
            prop_assert!(helped.is_empty());
        }

        #[test]
        fn every_place_has_its_counterpart_and_the_record_can_be_had_back(
            record in prop::collection::vec("(hestrix|cough|car|core|um|kafker|the|quarrel)", 0..20),
            prompted in prop::collection::vec("(Hystrix|Kafka|quorum|the)", 0..20),
        ) {
            let (record, prompted) = (decode(&record.join(" "), 0), decode(&prompted.join(" "), 0));
            let terms = Terms::of(["Hystrix", "Kafka", "quorum"]);
            let (words, helped) = merge(&record, &prompted, &terms);
            prop_assert_eq!(merge(&record, &prompted, &terms), (words.clone(), helped.clone()));
            prop_assert!(helped.len() <= prompted.len());
            prop_assert!(words.windows(2).all(|pair| pair[0].end <= pair[1].start));
            let mut helped = helped.iter().peekable();
            let mut back = Vec::new();
            for word in &words {
                match helped.next_if(|one| one.start == word.start) {
                    Some(one) => {
                        prop_assert_eq!(&one.counted, &word.text);
                        back.extend(one.heard.split(' ').map(str::to_owned));
                    }
                    None => back.push(word.text.clone()),
                }
            }
            prop_assert_eq!(back, record.iter().map(|word| word.text.clone()).collect::<Vec<_>>());
        }
    }
}
