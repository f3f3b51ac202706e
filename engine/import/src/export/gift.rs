//! GIFT: an essay question each, its model answer as the feedback to every answer.

use std::fmt::Write;
use viva_core::bank::Pack;

/// Writes packs, one category each.
pub(super) fn write(packs: &[&Pack]) -> String {
    let mut out = String::new();
    for pack in packs {
        let category = pack.title.replace(['/', '\n'], " ");
        let _ = writeln!(out, "$CATEGORY: {category}\n");
        for question in &pack.questions {
            let mut ask = escaped(&question.ask);
            if let Some(code) = &question.code {
                ask = format!("{ask}\\n{}", escaped(code));
            }
            let _ = writeln!(
                out,
                "// question: {}\n::{}::{ask}{{####{}}}\n",
                question.id,
                escaped(question.id.as_str()),
                escaped(&question.model_answer)
            );
        }
    }
    out
}

/// A text with the signs GIFT has a meaning for taken back, on one line.
fn escaped(text: &str) -> String {
    let mut out = String::new();
    for c in text.chars() {
        match c {
            '~' | '=' | '#' | '{' | '}' | ':' | '\\' => {
                out.push('\\');
                out.push(c);
            }
            '\n' => out.push_str("\\n"),
            '\r' => {}
            c => out.push(c),
        }
    }
    out
}
