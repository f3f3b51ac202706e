//! Words that were nearly written or heard right: near spellings, and sound-alikes across word borders.
//!
//! Bending a word into a term needs a reason. Only long terms are matched this way, ordinary words (by
//! the background list) are left as they are, and both the code of the sound and the letters must agree.

use super::Language;
use super::hear::Heard;
use super::listen::Term;
use crate::assessment::How;
use crate::text::Token;
use std::collections::HashSet;

/// Shortest term matched by spelling.
const SPELLING_LETTERS: usize = 5;
/// Shortest term matched by sound across word borders.
const SOUND_LETTERS: usize = 6;
/// Shortest run-together phrase that is met by likeness at all.
const JOINED_LETTERS: usize = 11;
/// From this zipf value on a word is ordinary and keeps its own meaning.
const ORDINARY: f64 = 3.4;

/// Terms that may be met by likeness, with what is compared.
#[derive(Debug, Clone, Default)]
pub(super) struct Likeness {
    targets: Vec<Target>,
    /// How the targets begin, by their first two consonants, so that most words need no code at all.
    openings: HashSet<[u8; 2]>,
}

#[derive(Debug, Clone)]
struct Target {
    term: usize,
    norm: String,
    letters: usize,
    code: String,
    zipf: f64,
}

impl Likeness {
    /// Picks the terms that are long and rare enough.
    pub fn of(terms: &[Term], language: &Language) -> Self {
        let mut targets = Vec::new();
        for (id, term) in terms.iter().enumerate() {
            let letters = term.norm.chars().count();
            let plain = term.norm.bytes().all(|b| b.is_ascii_lowercase());
            if plain && letters >= SPELLING_LETTERS && (!term.is_joined || letters >= JOINED_LETTERS) {
                targets.push(Target {
                    term: id,
                    norm: term.norm.clone(),
                    letters,
                    code: language.sound.code(&term.norm),
                    zipf: language.frequency.zipf(&term.norm),
                });
            }
        }
        let openings = targets.iter().map(|t| opening(&t.norm)).collect();
        Self { targets, openings }
    }

    /// Adds what the token at `at`, alone or with those after it, may have been meant to be.
    pub fn hear(
        &self,
        tokens: &[Token],
        at: usize,
        generous: bool,
        language: &Language,
        heard: &mut [Vec<Heard>],
    ) {
        let word = &tokens[at].norm;
        if tokens[at].is_number || !word.bytes().all(|b| b.is_ascii_lowercase()) {
            return;
        }
        let zipf = language.frequency.zipf(word);
        if word.len() + 2 >= SPELLING_LETTERS && (generous || zipf < ORDINARY) {
            self.spelling(word, at, zipf, generous, heard);
        }
        self.sound(tokens, at, generous, language, heard);
    }

    fn spelling(&self, word: &str, at: usize, zipf: f64, generous: bool, heard: &mut [Vec<Heard>]) {
        let letters = word.len();
        // A word the list knows is somebody's word; only unlisted ones are taken for slips of the pen.
        let listed = zipf > 2.0;
        for target in &self.targets {
            let allowed = match target.letters {
                ..5 => 0,
                5..=7 => 1,
                8..=11 => 2,
                _ => 3,
            };
            let allowed = if listed && !generous { allowed.min(1) } else { allowed };
            if letters.abs_diff(target.letters) > allowed
                || word.as_bytes()[0] != target.norm.as_bytes()[0] && allowed < 2
            {
                continue;
            }
            if listed && !generous && target.letters < 7 {
                continue;
            }
            if opposed(word, &target.norm) {
                continue;
            }
            let distance = strsim::damerau_levenshtein(word, &target.norm);
            if distance <= allowed {
                heard[target.term].push(Heard { at, length: 1, how: How::Spelling });
            }
        }
    }

    fn sound(
        &self,
        tokens: &[Token],
        at: usize,
        generous: bool,
        language: &Language,
        heard: &mut [Vec<Heard>],
    ) {
        let mut run = String::new();
        for length in 1..=4 {
            let Some(next) = tokens.get(at + length - 1) else { break };
            if next.sentence != tokens[at].sentence {
                break;
            }
            if next.is_number {
                break;
            }
            run.push_str(&next.norm);
            if run.len() > 22 {
                break;
            }
            if length == 1 && !generous && language.frequency.zipf(&run) >= ORDINARY {
                continue;
            }
            if !self.openings.contains(&opening(&run)) {
                continue;
            }
            let mut code = None;
            for target in &self.targets {
                if target.letters < SOUND_LETTERS
                    || run.len().abs_diff(target.letters) > 3
                    || (target.zipf >= ORDINARY && !generous)
                {
                    continue;
                }
                let code = code.get_or_insert_with(|| language.sound.code(&run));
                if *code != target.code || code.len() < 3 {
                    continue;
                }
                let alike = strsim::normalized_damerau_levenshtein(&run, &target.norm);
                if alike >= 0.55 {
                    heard[target.term].push(Heard { at, length, how: How::Sound });
                }
            }
        }
    }
}

/// Whether one word is the other turned round by a first syllable: "committed" and "uncommitted".
pub(crate) fn opposed(a: &str, b: &str) -> bool {
    let (short, long) = if a.len() < b.len() { (a, b) } else { (b, a) };
    let prefix = &long[..long.len() - short.len().min(long.len())];
    matches!(prefix, "un" | "in" | "im" | "ir" | "il" | "non" | "dis" | "a" | "de") && long.ends_with(short)
}

/// The first two consonants of a word, each as the group of letters that may stand for its sound.
fn opening(word: &str) -> [u8; 2] {
    let group = |b: u8| match b {
        b'b' | b'p' => Some(b'p'),
        b'c' | b'g' | b'j' | b'k' | b'q' | b's' | b'x' | b'z' => Some(b'k'),
        b'd' | b't' => Some(b't'),
        b'f' | b'v' => Some(b'f'),
        b'm' | b'n' => Some(b'm'),
        b'l' | b'r' => Some(b),
        _ => None,
    };
    let mut found = [0; 2];
    let mut at = 0;
    for b in word.bytes() {
        if let Some(sound) = group(b)
            && (at == 0 || found[at - 1] != sound)
        {
            found[at] = sound;
            at += 1;
            if at == 2 {
                break;
            }
        }
    }
    found
}
