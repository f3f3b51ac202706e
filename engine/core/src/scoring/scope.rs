//! What is said about a word: denied, contrasted, merely supposed or taken back.
//!
//! Works on tokens alone. Knows nothing of rubrics; the caller decides what a denied word is worth.

use crate::text::Token;
use crate::text::function_words::is_negator;

/// How one token stands in what is claimed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Standing {
    /// The token index of the word that denies it.
    pub denied_by: Option<usize>,
    /// Why it is not the speaker's claim at all.
    pub set_aside: Option<SetAside>,
}

/// Why words are not the speaker's claim.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SetAside {
    /// Named only as the other case: "unlike X", "instead of X", "rather than X".
    Contrast,
    /// Named only as what others wrongly think, or what is not the case: "you might think X, but".
    Supposed,
    /// Taken back: "X, sorry, I mean Y".
    TakenBack,
}

impl SetAside {
    /// The reason in plain words.
    pub fn says(self) -> &'static str {
        match self {
            Self::Contrast => "named only as the other case",
            Self::Supposed => "named only as what one might think",
            Self::TakenBack => "taken back by what follows",
        }
    }
}

/// How far a denial reaches within its clause, in tokens.
const REACH: usize = 9;

/// Words at which a denial ends although the clause goes on.
const ENDS_DENIAL: &[&str] = &[
    "but",
    "however",
    "because",
    "since",
    "when",
    "while",
    "whereas",
    "if",
    "so",
    "although",
    "though",
    "instead",
    "unless",
    "until",
    "rather",
    "only",
    "except",
    "which",
    "therefore",
    "just",
];

/// Verbs that, denied after "is" or "are", deny what stands before them: "locks are not taken".
const DENIED_BACKWARDS: &[&str] = &[
    "use",
    "need",
    "requir",
    "take",
    "hold",
    "held",
    "allow",
    "permit",
    "necessari",
    "possibl",
    "involv",
    "acquir",
    "creat",
    "call",
    "support",
    "exist",
    "block",
    "guarante",
    "thread",
    "safe",
    "synchron",
    "order",
    "sort",
    "store",
    "copi",
    "chang",
    "true",
];

/// Finds how every token stands.
pub fn standings(tokens: &[Token]) -> Vec<Standing> {
    let mut standings = vec![Standing::default(); tokens.len()];
    deny(tokens, &mut standings);
    contrast(tokens, &mut standings);
    suppose(tokens, &mut standings);
    take_back(tokens, &mut standings);
    standings
}

fn norm(tokens: &[Token], at: usize) -> &str {
    tokens.get(at).map_or("", |t| t.norm.as_str())
}

fn deny(tokens: &[Token], standings: &mut [Standing]) {
    let mut at = 0;
    while at < tokens.len() {
        if !is_negator(&tokens[at].norm) || !really_denies(tokens, at) {
            at += 1;
            continue;
        }
        let reach = match tokens[at].norm.as_str() {
            "non" => 1,
            "no" | "without" | "none" | "neither" | "nor" => 5,
            _ => REACH,
        };
        let mut end = at + 1;
        while end < tokens.len() && end - at <= reach && tokens[end].clause == tokens[at].clause {
            let word = tokens[end].norm.as_str();
            if ENDS_DENIAL.contains(&word) || (is_negator(word) && word != "no") {
                break;
            }
            end += 1;
        }
        // "does not grow until X" claims that it grows at X.
        let lifted = tokens[at].norm == "not"
            && matches!(norm(tokens, end), "until" | "unless")
            && tokens[end].sentence == tokens[at].sentence;
        let doubled = norm(tokens, end) == "without";
        if !lifted && !doubled {
            for standing in &mut standings[at + 1..end] {
                standing.denied_by = Some(at);
            }
            if denies_backwards(tokens, at) {
                let mut from = at;
                while from > 0
                    && tokens[from - 1].clause == tokens[at].clause
                    && at - from < 6
                    && !ENDS_DENIAL.contains(&norm(tokens, from - 1))
                {
                    from -= 1;
                    if standings[from].denied_by.is_none() {
                        standings[from].denied_by = Some(at);
                    }
                }
            }
            at = end.max(at + 1);
        } else {
            // A double denial lifts both.
            at = end + 1;
        }
    }
}

/// "not only", "no matter" and an answering "no" deny nothing.
fn really_denies(tokens: &[Token], at: usize) -> bool {
    let next = norm(tokens, at + 1);
    let same_clause = tokens.get(at + 1).is_some_and(|t| t.clause == tokens[at].clause);
    match tokens[at].norm.as_str() {
        "not" => !matches!(next, "only" | "just" | "merely" | "simply"),
        "no" => {
            let opens = at == 0 || tokens[at - 1].clause != tokens[at].clause;
            let answering = opens
                && matches!(next, "it" | "they" | "the" | "this" | "that" | "you" | "we" | "i" | "because");
            same_clause && !answering && !matches!(next, "matter" | "doubt" | "wait" | "sorry" | "actually")
        }
        _ => true,
    }
}

fn denies_backwards(tokens: &[Token], at: usize) -> bool {
    let be = at > 0 && matches!(tokens[at - 1].norm.as_str(), "is" | "are" | "was" | "were" | "be" | "been");
    let verb = (1..=2)
        .filter_map(|n| tokens.get(at + n))
        .any(|t| t.clause == tokens[at].clause && DENIED_BACKWARDS.contains(&t.stem.as_str()));
    be && verb
}

fn contrast(tokens: &[Token], standings: &mut [Standing]) {
    for at in 0..tokens.len() {
        let length = match (norm(tokens, at), norm(tokens, at + 1)) {
            ("unlike", _) => 1,
            ("instead" | "opposed" | "contrast" | "contrary", "of" | "to" | "with") => 2,
            ("rather", "than") => 2,
            _ => continue,
        };
        for next in at + length..tokens.len().min(at + length + REACH) {
            if tokens[next].clause != tokens[at].clause
                || matches!(norm(tokens, next), "but" | "it" | "they" | "does" | "do")
            {
                break;
            }
            standings[next].set_aside.get_or_insert(SetAside::Contrast);
        }
    }
}

/// Openings of what is supposed and not claimed.
const SUPPOSED: &[&[&str]] = &[
    &["might", "think"],
    &["may", "think"],
    &["could", "think"],
    &["would", "think"],
    &["people", "think"],
    &["people", "believe"],
    &["people", "say"],
    &["people", "assume"],
    &["many", "think"],
    &["many", "believe"],
    &["many", "assume"],
    &["beginners", "think"],
    &["beginners", "believe"],
    &["if", "you", "think", "that"],
    &["if", "you", "thought"],
    &["if", "you", "assume"],
    &["if", "you", "believe"],
    &["contrary", "to"],
    &["is", "a", "myth", "that"],
    &["common", "misconception"],
    &["mistake", "is"],
    &["trap", "is"],
    &["tempting", "to"],
    &["would", "be", "wrong", "to", "say"],
    &["is", "wrong", "to", "say"],
    &["if", "it", "were"],
    &["if", "they", "were"],
    &["imagine", "it", "were"],
];

/// Words that may stand inside an opening: "people often think".
const BETWEEN: &[&str] =
    &["often", "still", "usually", "sometimes", "commonly", "mostly", "wrongly", "easily"];

/// The end of an opening that begins here.
fn opens(tokens: &[Token], at: usize, opening: &[&str]) -> Option<usize> {
    let mut next = at;
    for (n, word) in opening.iter().enumerate() {
        if n > 0 && norm(tokens, next) != *word && BETWEEN.contains(&norm(tokens, next)) {
            next += 1;
        }
        if norm(tokens, next) != *word {
            return None;
        }
        next += 1;
    }
    Some(next)
}

fn suppose(tokens: &[Token], standings: &mut [Standing]) {
    for at in 0..tokens.len() {
        let Some(from) = SUPPOSED.iter().find_map(|opening| opens(tokens, at, opening)) else { continue };
        for next in from..tokens.len().min(from + 16) {
            if tokens[next].sentence != tokens[at].sentence
                || matches!(norm(tokens, next), "but" | "however" | "actually")
            {
                break;
            }
            standings[next].set_aside.get_or_insert(SetAside::Supposed);
        }
    }
}

/// Words by which a speaker takes back what came just before.
const TAKES_BACK: &[&[&str]] = &[
    &["sorry", "i", "mean"],
    &["sorry", "i", "meant"],
    &["no", "i", "mean"],
    &["no", "i", "meant"],
    &["i", "meant"],
    &["no", "wait"],
    &["wait", "no"],
    &["no", "sorry"],
    &["sorry", "no"],
    &["no", "actually"],
    &["actually", "no"],
    &["or", "rather"],
    &["correction"],
    &["scratch", "that"],
    &["let", "me", "correct", "that"],
    &["let", "me", "correct", "myself"],
    &["that", "is", "wrong"],
    &["that", "was", "wrong"],
    &["sorry"],
];

fn take_back(tokens: &[Token], standings: &mut [Standing]) {
    let mut at = 1;
    while at < tokens.len() {
        let Some(marker) =
            TAKES_BACK.iter().find(|m| m.iter().enumerate().all(|(n, w)| norm(tokens, at + n) == *w))
        else {
            at += 1;
            continue;
        };
        let after = at + marker.len();
        let wholly = matches!(marker[0], "scratch" | "correction" | "let" | "that");
        let from = if wholly { sentence_start(tokens, at) } else { repair_start(tokens, at, after) };
        for standing in &mut standings[from..at] {
            standing.set_aside = Some(SetAside::TakenBack);
        }
        at = after;
    }
}

/// The start of the sentence that ends before `at`.
fn sentence_start(tokens: &[Token], at: usize) -> usize {
    let sentence = tokens[at - 1].sentence;
    (0..at).rev().take_while(|n| tokens[*n].sentence == sentence).last().unwrap_or(at)
}

/// Where the part begins that the words after the marker replace.
///
/// A number replaces the last number; a repeated word shows where the repair sets in; failing both,
/// the last word is replaced.
fn repair_start(tokens: &[Token], at: usize, after: usize) -> usize {
    let Some(first) = tokens.get(after) else { return at };
    let window = at.saturating_sub(8)..at;
    let number_comes = tokens[after..].iter().take(3).any(|t| t.is_number);
    if number_comes && let Some(n) = window.clone().rev().find(|n| tokens[*n].is_number) {
        return n;
    }
    if let Some(n) = window.clone().rev().find(|n| tokens[*n].norm == first.norm) {
        return n;
    }
    at - 1
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::{Frequency, Stemmer, tokenise};

    fn check(text: &str, denied: &[&str], aside: &[&str]) {
        let tokens = tokenise(text, &Stemmer::english(), &Frequency::embedded());
        let found = standings(&tokens);
        let content = |n: &usize| !crate::text::function_words::is_function_word(&tokens[*n].norm);
        let is_denied: Vec<&str> = (0..tokens.len())
            .filter(|n| found[*n].denied_by.is_some())
            .filter(content)
            .map(|n| tokens[n].norm.as_str())
            .collect();
        let is_aside: Vec<&str> = (0..tokens.len())
            .filter(|n| found[*n].set_aside.is_some())
            .filter(content)
            .map(|n| tokens[n].norm.as_str())
            .collect();
        assert_eq!((is_denied.as_slice(), is_aside.as_slice()), (denied, aside), "{text}");
    }

    #[test]
    fn a_denial_reaches_to_the_end_of_its_clause() {
        check("Reads do not block writers, writers wait", &["block", "writers"], &[]);
        check("It never blocks because it copies", &["blocks"], &[]);
        check("A non-blocking read", &["blocking"], &[]);
    }

    #[test]
    fn not_only_and_not_until_deny_nothing() {
        check("It not only sorts but also merges", &[], &[]);
        check("A bucket does not become a tree until eight entries", &[], &[]);
    }

    #[test]
    fn the_other_case_is_no_claim() {
        check("Unlike a mutex, a spinlock burns cycles", &[], &["mutex"]);
        check("It uses a copy instead of a lock.", &[], &["lock"]);
    }

    #[test]
    fn what_is_taken_back_no_longer_stands() {
        check("The limit is six, sorry, I mean eight entries", &[], &["6"]);
        check("a stack, no wait, a queue", &[], &["stack"]);
        check("You might think it locks, but it copies", &[], &["locks"]);
        check("People often think it locks, but it copies", &[], &["locks"]);
        check("The usual mistake is to lock the map, but it copies", &[], &["lock", "map"]);
        check("Many wrongly assume it locks, but it copies", &[], &["locks"]);
        check("If you assume it locks, however, it fails", &[], &["locks"]);
        check("If you think about it, it locks", &[], &[]);
    }
}
