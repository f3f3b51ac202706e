//! What a second decode is told it has just heard: somebody thinking aloud, with the question's words and others.
//!
//! In spoken style, because Whisper goes on in the style it is given and a bare list makes it skip whole spans. The others
//! are words the answer does not need, so that what the prompt alone puts into a decode shows.

use super::terms::Terms;

/// The most of the question's terms in one prompt; longer prompts make Whisper skip what was said.
pub const MOST_TERMS: usize = 14;
/// Words the answer does not need, for every so many that it may.
const ONE_OTHER_FOR: usize = 3;

/// What a decode is told that listens for sounds of hesitation and for no words.
pub const HESITATING: &str = "Um, so, uh, I, I mean, you know, let me think, um, yeah.";

/// What joins the terms, as people think aloud.
const BETWEEN: [&str; 7] =
    [", um, and ", ", so, uh, ", ", I mean, ", ", and, you know, ", ", like, ", ", uh, then ", ", and "];

/// Words of the trade that are mixed in.
const OTHERS: &str = include_str!("others.txt");

/// A prompt for the second decode, and the terms it may settle.
#[derive(Debug, Clone, PartialEq)]
pub struct Prompt {
    /// What the recogniser is told.
    pub text: String,
    /// What it is listened to for.
    pub terms: Terms,
}

impl Prompt {
    /// The same terms and seed, such as the question's id, give the same prompt.
    ///
    /// Where there are too many terms the rarest are in it. None without terms.
    pub fn of(terms: Terms, seed: &str) -> Option<Self> {
        if terms.is_empty() {
            return None;
        }
        let mut asked: Vec<_> = terms.terms.iter().collect();
        asked.sort_by(|a, b| a.zipf.total_cmp(&b.zipf));
        asked.truncate(MOST_TERMS);
        let mut said: Vec<&str> = asked.iter().map(|term| term.written.as_str()).collect();
        let mut others: Vec<&str> = OTHERS.lines().filter(|line| !line.is_empty()).collect();
        let known = |other: &&str| terms.terms.iter().all(|term| !term.written.eq_ignore_ascii_case(other));
        others.retain(known);
        others.sort_by_key(|other| chance(seed, other));
        said.extend(others.into_iter().take(asked.len().div_ceil(ONE_OTHER_FOR)));
        said.sort_by_key(|term| chance(seed, term));
        let mut text = String::from("Um, so, uh, I, I mean, you know, let me think, um, ");
        for (at, term) in said.iter().enumerate() {
            if at > 0 {
                text.push_str(BETWEEN[at % BETWEEN.len()]);
            }
            text.push_str(term);
        }
        text.push_str(", um, yeah.");
        Some(Self { text, terms })
    }
}

/// An order that only the seed and the word decide: FNV-1a, which is the same everywhere.
fn chance(seed: &str, word: &str) -> u64 {
    let bytes = seed.bytes().chain([0]).chain(word.bytes());
    let hash = bytes.fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    });
    // The last bytes alone would leave the high bits of short words alike.
    hash ^ (hash >> 29)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn prompt(seed: &str, terms: &[&str]) -> Prompt {
        Prompt::of(Terms::of(terms.iter().copied()), seed).unwrap()
    }

    #[test]
    fn the_same_seed_gives_the_same_prompt_and_another_another_order() {
        let terms = ["Hystrix", "bulkhead", "circuit breaker", "jitter", "fallback"];
        assert_eq!(prompt("a.b", &terms), prompt("a.b", &terms));
        assert_ne!(prompt("a.b", &terms).text, prompt("a.c", &terms).text);
        assert!(terms.iter().all(|term| prompt("a.b", &terms).text.contains(term)));
        assert_eq!(Prompt::of(Terms::default(), "a.b"), None);
    }

    #[test]
    fn words_the_answer_does_not_need_are_mixed_in_and_no_prompt_is_long() {
        let names = [
            "Hystrix",
            "Resilience4j",
            "Micrometer",
            "PgBouncer",
            "HikariCP",
            "Liquibase",
            "Flyway",
            "AspectJ",
            "Grafana",
            "Caffeine",
            "Redis",
            "Loom",
            "Postgres",
            "Temporal",
            "Consul",
            "Zipkin",
            "Jaeger",
            "Quarkus",
        ];
        let terms = names;
        let prompt = prompt("a.b", &terms);
        let asked = terms.iter().filter(|term| prompt.text.contains(*term)).count();
        let others = OTHERS.lines().filter(|other| prompt.text.contains(other)).count();
        assert!(others >= MOST_TERMS / ONE_OTHER_FOR, "{}", prompt.text);
        assert!(asked >= MOST_TERMS && prompt.text.split_whitespace().count() < 90, "{}", prompt.text);
    }
}
