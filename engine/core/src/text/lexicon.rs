//! Which phrases stand for each other: abbreviations, other names and forms speech recognition writes.
//!
//! The field's own entries are in `rubrics/lexicon/*.toml`, one `[[entry]]` a thing, and compiled in.

use super::{Frequency, Stemmer, tokenise};
use crate::assessment::How;
use serde::Deserialize;
use std::collections::HashMap;

macro_rules! compiled_in {
    ($($name:literal),+ $(,)?) => {
        &[$(($name, include_str!(concat!("../../../../rubrics/lexicon/", $name)))),+]
    };
}

static FILES: &[(&str, &str)] = compiled_in![
    "concurrency.toml",
    "data-structures.toml",
    "databases.toml",
    "distributed.toml",
    "plain-words.toml",
    "programming.toml",
    "systems.toml",
];

/// The file of words that are no terms.
const EVERYDAY: &str = "plain-words.toml";

/// A lexicon file that cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum LexiconError {
    /// The file is no valid TOML or has unknown keys.
    #[error("{file}: {cause}; an entry has `term`, and may have `short`, `also`, `near` and `heard`")]
    Unreadable {
        /// Its name.
        file: String,
        /// What the reader said.
        cause: toml::de::Error,
    },
}

/// A lexicon file.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(default)]
    entry: Vec<Entry>,
}

/// One thing and the ways to say it.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    /// Its full name.
    term: String,
    /// Abbreviations.
    #[serde(default)]
    short: Vec<String>,
    /// Other names for the same thing.
    #[serde(default)]
    also: Vec<String>,
    /// What people say when they mean it, without being its name.
    #[serde(default)]
    near: Vec<String>,
    /// What speech recognition makes of it.
    #[serde(default)]
    heard: Vec<String>,
}

/// One way to say an entry.
#[derive(Debug, Clone)]
struct Form {
    stems: Vec<String>,
    norms: Vec<String>,
    role: Role,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Role {
    Name,
    Short,
    Also,
    Near,
    Heard,
}

/// What names of one thing are worth to each other.
const SAME: f64 = 0.9;
/// What a name and something near it are worth to each other.
const NEAR: f64 = 0.55;

/// Words that may be said for others in an explanation.
#[derive(Debug, Clone, PartialEq)]
pub struct Meeting<'a> {
    /// Their stems.
    pub stems: &'a [String],
    /// What they are worth, 0 to 1.
    pub worth: f64,
    /// How they stand for the words asked for.
    pub how: How,
}

/// Another way to say a phrase.
#[derive(Debug, Clone, PartialEq)]
pub struct Variant {
    /// Its words in lower case.
    pub norms: Vec<String>,
    /// Their stems.
    pub stems: Vec<String>,
    /// How it stands for the phrase asked for.
    pub how: How,
}

/// Entries, found by the words of any of their forms.
#[derive(Debug, Default)]
pub struct Lexicon {
    entries: Vec<Vec<Form>>,
    by_stems: HashMap<String, Vec<usize>>,
    /// Entries by the words of their forms, those of near meaning too, which are marked.
    touching: HashMap<String, Vec<(usize, bool)>>,
    /// Words of the longest form that begins with a stem.
    longest_from: HashMap<String, usize>,
}

impl Lexicon {
    /// The lexicon that is compiled in.
    pub fn embedded(stemmer: &Stemmer, known: &Frequency) -> Result<Self, LexiconError> {
        let mut lexicon = Self::default();
        for (name, text) in FILES {
            lexicon.read(name, text, stemmer, known)?;
        }
        Ok(lexicon)
    }

    /// Adds the entries of one file.
    pub fn read(
        &mut self,
        name: &str,
        text: &str,
        stemmer: &Stemmer,
        known: &Frequency,
    ) -> Result<(), LexiconError> {
        let file: File = toml::from_str(text)
            .map_err(|cause| LexiconError::Unreadable { file: name.to_owned(), cause })?;
        // Everyday words explain, they do not name: they meet in derived rubrics and vary no phrase.
        let names = name != EVERYDAY;
        for entry in file.entry {
            let form = |text: &String, role| {
                let tokens = tokenise(text, stemmer, known);
                Form {
                    stems: tokens.iter().map(|t| t.stem.clone()).collect(),
                    norms: tokens.into_iter().map(|t| t.norm).collect(),
                    role,
                }
            };
            let mut forms = vec![form(&entry.term, Role::Name)];
            forms.extend(entry.short.iter().map(|t| form(t, Role::Short)));
            forms.extend(entry.also.iter().map(|t| form(t, Role::Also)));
            forms.extend(entry.near.iter().map(|t| form(t, Role::Near)));
            forms.extend(entry.heard.iter().map(|t| form(t, Role::Heard)));
            forms.retain(|f| !f.stems.is_empty());
            let id = self.entries.len();
            for form in &forms {
                let longest = self.longest_from.entry(form.stems[0].clone()).or_default();
                *longest = (*longest).max(form.stems.len());
                if form.role != Role::Heard {
                    let near = form.role == Role::Near;
                    self.touching.entry(form.stems.join(" ")).or_default().push((id, near));
                }
                if names && !matches!(form.role, Role::Heard | Role::Near) {
                    let ids = self.by_stems.entry(form.stems.join(" ")).or_default();
                    if !ids.contains(&id) {
                        ids.push(id);
                    }
                }
            }
            self.entries.push(forms);
        }
        Ok(())
    }

    /// What else is said where these words are said, in any form of the same entries.
    ///
    /// The worth of the meeting is given with each: 0.9 between names of one thing, 0.55 between a name
    /// and what is only near it. Two near forms of one entry do not meet.
    pub fn meetings(&self, stems: &[&str]) -> Vec<Meeting<'_>> {
        let Some(touched) = self.touching.get(&stems.join(" ")) else { return Vec::new() };
        let mut found = Vec::new();
        for &(id, asked_near) in touched {
            for form in &self.entries[id] {
                let worth = match (asked_near, form.role) {
                    (false, Role::Near) | (true, Role::Name | Role::Short | Role::Also) => NEAR,
                    (true, Role::Near) | (true, Role::Heard) => continue,
                    (false, _) => SAME,
                };
                let how = match form.role {
                    Role::Heard => How::Sound,
                    Role::Short => How::Abbreviation,
                    _ => How::Synonym,
                };
                if !form.stems.iter().map(String::as_str).eq(stems.iter().copied()) {
                    found.push(Meeting { stems: &form.stems, worth, how });
                }
            }
        }
        found
    }

    /// How many entries there are.
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// Words of the longest form that begins with a stem; 0 where none does.
    pub fn longest_from(&self, stem: &str) -> usize {
        self.longest_from.get(stem).copied().unwrap_or(0)
    }

    /// Whether these stems are a form of some entry.
    pub fn contains(&self, stems: &[&str]) -> bool {
        self.by_stems.contains_key(&stems.join(" "))
    }

    /// The other ways to say exactly these words; empty where the lexicon has none.
    pub fn variants(&self, stems: &[&str]) -> Vec<Variant> {
        let Some(ids) = self.by_stems.get(&stems.join(" ")) else { return Vec::new() };
        let mut found: Vec<Variant> = Vec::new();
        for &id in ids {
            let forms = &self.entries[id];
            let asked = forms.iter().find(|f| f.stems.iter().map(String::as_str).eq(stems.iter().copied()));
            let asked_role = asked.map_or(Role::Name, |f| f.role);
            for form in forms {
                let same = form.stems.iter().map(String::as_str).eq(stems.iter().copied());
                if same || form.role == Role::Near || found.iter().any(|v| v.stems == form.stems) {
                    continue;
                }
                let how = match (asked_role, form.role) {
                    (_, Role::Heard) => How::Sound,
                    (Role::Short, _) | (_, Role::Short) => How::Abbreviation,
                    _ => How::Synonym,
                };
                found.push(Variant { norms: form.norms.clone(), stems: form.stems.clone(), how });
            }
        }
        found
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lexicon() -> (Lexicon, Stemmer) {
        let (stemmer, known) = (Stemmer::english(), Frequency::embedded());
        let lexicon = Lexicon::embedded(&stemmer, &known).expect("every compiled-in file can be read");
        (lexicon, stemmer)
    }

    #[test]
    fn the_field_has_at_least_four_hundred_entries() {
        assert!(lexicon().0.len() >= 400);
    }

    #[test]
    fn abbreviations_and_expansions_stand_for_each_other() {
        let (lexicon, _) = lexicon();
        let of_short = lexicon.variants(&["cas"]);
        assert!(of_short.iter().any(|v| v.norms == ["compare", "and", "swap"] && v.how == How::Abbreviation));
        let of_name = lexicon.variants(&["compar", "and", "swap"]);
        assert!(of_name.iter().any(|v| v.norms == ["cas"]));
    }

    #[test]
    fn what_is_only_near_meets_its_name_but_is_no_variant_of_it() {
        let (lexicon, stemmer) = lexicon();
        let grow = stemmer.stem("grow");
        assert!(lexicon.variants(&[&grow]).iter().all(|v| v.norms != ["double"]));
        assert!(lexicon.meetings(&[&grow]).iter().any(|m| m.stems == ["doubl"] && m.worth < 0.6));
    }
}
