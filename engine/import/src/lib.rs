//! Documents in, questions with criteria out; transcripts in, answers out.
#![allow(dead_code)]
pub mod outcome;
mod document;
mod points;

/// x
pub fn read_text(text: &str) -> outcome::Import { document::gather::import(&document::plain::read(text), "text") }
/// x
pub fn dump(text: &str) -> Vec<String> { document::plain::read(text).iter().map(|p| format!("{} {:?} {:?} {}", p.line, p.role, p.marker, p.text.chars().take(80).collect::<String>())).collect() }
