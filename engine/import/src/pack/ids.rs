//! Ids of imported questions: from the source's own name for them, else from what they ask.

use crate::document::outline::key;
use crate::outcome::FoundQuestion;
use sha2::{Digest, Sha256};
use std::collections::HashSet;
use viva_core::ids::{PackId, QuestionId};

/// Words of a question that go into its id.
const ID_WORDS: usize = 6;
/// Characters of an id beside the pack's.
const LONGEST: usize = 48;

/// An id nobody has yet, the same each time for the same question.
pub(super) fn fresh(pack: &PackId, found: &FoundQuestion, taken: &mut HashSet<QuestionId>) -> QuestionId {
    let base = match found.source_id.as_deref().map(str::trim).filter(|own| !own.is_empty()) {
        Some(own) => of_source(pack, own),
        None => of_words(&found.ask),
    };
    let hash = hex(key(&format!("{} {}", found.ask, found.model_answer)).as_bytes());
    let tries = [String::new(), format!("-{}", &hash[..4]), format!("-{}", &hash[..12])];
    let counted = (2..).map(|n| format!("-{}-{n}", &hash[..4]));
    for tail in tries.into_iter().chain(counted) {
        let room = 100_usize.saturating_sub(pack.as_str().len() + 1 + tail.len()).min(LONGEST);
        let name = format!("{}{tail}", cut(&base, room));
        if let Ok(id) = QuestionId::try_from(whole(pack, &name))
            && taken.insert(id.clone())
        {
            return id;
        }
    }
    unreachable!("numbers do not end")
}

/// The id a source's own name for a question becomes, where nobody else has it.
pub(super) fn by_source(pack: &PackId, own: &str) -> Option<QuestionId> {
    QuestionId::try_from(whole(pack, cut(&of_source(pack, own), LONGEST))).ok()
}

fn whole(pack: &PackId, name: &str) -> String {
    // A pack whose id fills all the room there is lends its questions the front of it only.
    format!("{}.{name}", cut(pack.as_str(), 99 - name.len().min(60)))
}

/// A source's own name; its hash is added where the name holds more than an id may.
fn of_source(pack: &PackId, own: &str) -> String {
    let own = own.strip_prefix(&format!("{pack}.")).unwrap_or(own);
    let slug = slug(own);
    if slug == own {
        return slug;
    }
    let front = if slug.is_empty() { "note" } else { cut(&slug, 39) };
    format!("{front}-{}", &hex(own.as_bytes())[..8])
}

fn of_words(ask: &str) -> String {
    let words: Vec<&str> = ask.split_whitespace().filter(|w| w.len() > 2).take(ID_WORDS).collect();
    let slug = slug(&words.join(" "));
    // What is asked in another script has no letters an id may have.
    if slug.len() < 3 { format!("question-{}", &hex(key(ask).as_bytes())[..8]) } else { slug }
}

/// Lower-case letters, digits and dashes of a text.
fn slug(text: &str) -> String {
    let mut out = String::new();
    for c in text.to_lowercase().chars() {
        if c.is_ascii_alphanumeric() || matches!(c, '.' | '_') {
            out.push(c);
        } else if !out.ends_with('-') && !out.is_empty() {
            out.push('-');
        }
        if out.len() >= LONGEST {
            break;
        }
    }
    out.trim_matches(['-', '.']).to_owned()
}

fn cut(text: &str, most: usize) -> &str {
    &text[..text.len().min(most)]
}

/// SHA-256, hex.
pub(super) fn hex(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}
