//! Importing from the outside: bytes in, questions or answers out.

#![allow(clippy::expect_used, clippy::unwrap_used, reason = "tests")]

mod accounting;
mod documents;
mod drafts;
mod exports;
mod formats;
mod hostile;
mod mutation;
mod renewal;
mod transcripts;

use viva_import::{Import, Source};

/// Reads a text as the file of that name.
pub fn read(name: &str, text: &str) -> Import {
    viva_import::read(Source { bytes: text.as_bytes(), name: Some(name), format: None })
        .expect("the document can be read")
}

/// What was found, one line a question: `line-end kind: ask`.
pub fn outline(import: &Import) -> Vec<String> {
    import
        .questions
        .iter()
        .map(|q| {
            let kind = match q.kind {
                viva_import::Part::Main => "",
                viva_import::Part::Followup => " follow-up",
                viva_import::Part::Unanswered => " unanswered",
            };
            format!("{}-{}{kind}: {}", q.line, q.end_line, q.ask)
        })
        .collect()
}

/// Checks what is found in a document, and that every line of it is accounted for.
#[track_caller]
pub fn check(name: &str, text: &str, expected: &[&str]) -> Import {
    let import = read(name, text);
    assert_eq!(outline(&import), expected, "left out: {:?}", import.left_out);
    accounting::every_line_is_accounted_for(text, &import);
    import
}
