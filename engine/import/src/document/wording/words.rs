//! Kinds of single words, and their stems.

use super::asking::{is_asking_word, is_helper_verb};
use rust_stemmers::{Algorithm, Stemmer};

thread_local! {
    static STEMMER: Stemmer = Stemmer::create(Algorithm::English);
}

/// Whether a word is one of those that titles leave small: articles, prepositions, question words and signs.
pub(super) fn is_small_word(word: &str) -> bool {
    if word.len() > 8 {
        return false;
    }
    matches!(
        word.to_lowercase().as_str(),
        "a" | "an"
            | "the"
            | "of"
            | "to"
            | "in"
            | "on"
            | "at"
            | "by"
            | "for"
            | "with"
            | "and"
            | "or"
            | "but"
            | "nor"
            | "vs"
            | "vs."
            | "versus"
            | "via"
            | "as"
            | "from"
            | "into"
            | "over"
            | "per"
            | "than"
            | "is"
            | "are"
            | "be"
            | "it"
            | "its"
            | "you"
            | "your"
            | "we"
            | "our"
            | "i"
            | "my"
            | "me"
            | "do"
            | "does"
            | "did"
            | "can"
            | "if"
            | "not"
            | "no"
            | "so"
            | "up"
            | "out"
            | "off"
            | "there"
            | "what"
            | "why"
            | "how"
            | "when"
            | "where"
            | "which"
            | "who"
            | "between"
            | "under"
            | "using"
            | "about"
            | "through"
            | "without"
            | "within"
            | "after"
            | "before"
            | "during"
            | "—"
            | "–"
            | "-"
            | "&"
            | "/"
            | "+"
            | "|"
            | ":"
            | "="
    )
}

/// Share of the words that carry meaning and are capitalised, names and abbreviations aside.
///
/// `None` where no word is left to judge by.
pub(crate) fn title_case(text: &str) -> Option<f64> {
    let mut depth = 0i32;
    let mut first = true;
    let (mut upper, mut all) = (0usize, 0usize);
    for word in text.split_whitespace() {
        let inside = depth > 0;
        depth += word.matches('(').count() as i32 - word.matches(')').count() as i32;
        if inside || word.starts_with('(') {
            continue;
        }
        let plain = word.trim_matches(|c: char| !c.is_alphanumeric() && c != '@');
        let was_first = std::mem::take(&mut first);
        if plain.is_empty() || is_small_word(plain) || is_name_like(plain) {
            continue;
        }
        if was_first {
            continue;
        }
        all += 1;
        if plain.chars().next().is_some_and(char::is_uppercase) {
            upper += 1;
        }
    }
    (all > 0).then(|| upper as f64 / all as f64)
}

/// An identifier, an abbreviation or a number: words whose capitals say nothing about a title.
pub(crate) fn is_name_like(word: &str) -> bool {
    let mut chars = word.chars();
    let first = chars.next();
    let inner_upper = word.chars().skip(1).any(char::is_uppercase);
    first == Some('@')
        || inner_upper
        || word.contains(['_', '(', ')', '.', ':', '=', '/', '<', '>', '#', '$', '{', '}'])
        || word.chars().any(|c| c.is_ascii_digit())
}

/// A word so common in titles that its capital says nothing.
pub(crate) fn is_plain_word(lower: &str) -> bool {
    is_small_word(lower)
        || is_asking_word(lower)
        || is_helper_verb(lower)
        || matches!(
            lower,
            "this"
                | "that"
                | "these"
                | "they"
                | "use"
                | "new"
                | "every"
                | "time"
                | "changes"
                | "practice"
                | "problem"
                | "always"
                | "never"
                | "really"
                | "internally"
                | "matters"
                | "important"
                | "avoid"
                | "choose"
        )
}

/// Words of everyday speech that tell nothing about what a point is about.
pub(crate) fn is_padding(lower: &str) -> bool {
    matches!(
        lower,
        "very"
            | "also"
            | "only"
            | "just"
            | "even"
            | "still"
            | "such"
            | "like"
            | "make"
            | "makes"
            | "made"
            | "get"
            | "gets"
            | "getting"
            | "give"
            | "gives"
            | "good"
            | "better"
            | "best"
            | "many"
            | "much"
            | "more"
            | "most"
            | "less"
            | "few"
            | "some"
            | "any"
            | "all"
            | "each"
            | "both"
            | "other"
            | "another"
            | "same"
            | "way"
            | "ways"
            | "thing"
            | "things"
            | "case"
            | "cases"
            | "example"
            | "e.g"
            | "i.e"
            | "etc"
            | "high"
            | "low"
            | "allows"
            | "allow"
            | "provides"
            | "provide"
            | "called"
            | "based"
            | "usually"
            | "often"
            | "typically"
            | "directly"
            | "simply"
            | "easily"
            | "needs"
            | "want"
            | "used"
            | "uses"
            | "first"
            | "second"
            | "two"
            | "one"
            | "however"
            | "therefore"
            | "because"
            | "since"
            | "while"
            | "yes"
            | "note"
            | "multiple"
            | "different"
            | "common"
            | "real"
            | "when"
            | "then"
            | "which"
            | "within"
            | "must"
            | "take"
            | "takes"
            | "look"
            | "looks"
    )
}

/// The stems of the words that carry meaning, in order. Identifiers are kept whole and cut into their words.
pub(crate) fn stems(text: &str) -> Vec<String> {
    let mut found = Vec::new();
    for word in text.split(|c: char| !(c.is_alphanumeric() || c == '_')) {
        if word.is_empty() {
            continue;
        }
        if is_small_word(word) || is_asking_word(word) || is_helper_verb(word) {
            continue;
        }
        found.push(stem(word));
    }
    found
}

/// The stem of one word, in lower case.
pub(crate) fn stem(word: &str) -> String {
    let lower = word.to_lowercase();
    STEMMER.with(|s| s.stem(&lower).into_owned())
}
