//! Two ears: a second decode that knew the question's words may say which of two likenesses was meant.
//!
//! A term counts in the place of heard words only where all of this holds: the record has words that sound like it, and
//! those are none of the question's words themselves; the prompted decode has the term at the same time; and the record
//! does not have it there already. So a prompted decode alone brings nothing into an answer, whatever it makes up.

use super::alike::{Floor, Spoken, letters};
use super::place::{Place, put};
use super::terms::{English, Term, Terms};
use crate::scoring::opposed;
use crate::transcript::{Helped, HelpedBy, Word};
use crate::units::Millis;
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
/// A term may be written apart into so many words.
const MOST_WORDS_SAID: usize = 7;
/// What is left of a term without the words heard right has at least so many letters.
const FEWEST_LEFT: usize = 3;

/// Words of the record that sound like a term.
#[derive(Debug, Clone, PartialEq)]
struct Likeness<'t> {
    words: Range<usize>,
    term: &'t Term,
    alike: f64,
}

impl Likeness<'_> {
    /// For words that the language does not have: most mis-hearings are none.
    const UNKNOWN: Floor = Floor { codes: 0.5, letters: 0.35, mean: 0.58 };
    /// For words that it has.
    const KNOWN: Floor = Floor { codes: 0.85, letters: 0.45, mean: 0.7 };
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
        b.alike
            .total_cmp(&a.alike)
            .then(a.words.len().cmp(&b.words.len()))
            .then(a.words.start.cmp(&b.words.start))
    });
    let mut places: Vec<Place> = Vec::new();
    for one in found {
        let free = |place: &Place| place.words.end <= one.words.start || one.words.end <= place.words.start;
        let (from, to) = (record[one.words.start].start, record[one.words.end - 1].end);
        let here = said.iter().position(|other| other.term == one.term && other.is_at(from, to));
        if let (true, Some(here)) = (places.iter().all(free), here) {
            said.remove(here);
            places.push(Place { words: one.words, counted: one.term.written.clone(), by: HelpedBy::Ears });
        }
    }
    places.sort_by_key(|place| place.words.start);
    put(record, &places)
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
            for term in &terms.terms {
                if length.abs_diff(term.spoken.letters.len()) > LETTERS_APART
                    || end + 1 - start > term.words.len() + MOST_WORDS_MORE
                {
                    continue;
                }
                if let Some(alike) = alike(&said[start..=end].concat(), &term.words) {
                    found.push(Likeness { words: start..end + 1, term, alike });
                }
            }
        }
    }
    found
}

/// How alike heard words and a term sound, where they do. Words that stand in both say nothing for the others: what is left
/// of both has to sound alike. Words of the language are bent only where hardly more than their spelling differs.
fn alike(said: &[String], term: &[String]) -> Option<f64> {
    let english = English::shared();
    // "Asaga" is no word and turns nothing round; "mounts" does.
    let turns =
        |heard: &String| english.frequency.knows(heard) && term.iter().any(|word| opposed(heard, word));
    if said.iter().any(turns) {
        return None;
    }
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
    let known = |run: &str| English::shared().frequency.knows(run);
    let mut found = Vec::new();
    for start in 0..decode.len() {
        let mut run = String::new();
        for end in start..decode.len().min(start + MOST_WORDS_SAID) {
            run.push_str(&said[end]);
            for term in &terms.terms {
                let letters = &term.spoken.letters;
                let same = is_form_of(&run, letters)
                    || slips == Slips::Some
                        && letters.len() >= SLIPS_FROM
                        && run.len().abs_diff(letters.len()) <= letters.len() / LETTERS_A_SLIP
                        && !known(&run)
                        && !opposed(&run, letters)
                        && strsim::damerau_levenshtein(&run, letters) <= letters.len() / LETTERS_A_SLIP;
                if same {
                    let (from, to) = (decode[start].start, decode[end].end);
                    found.push(Occurrence { term, words: start..end + 1, from, to });
                }
            }
        }
    }
    found
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
