//! Anki's text form: question and answer, tab between them; the id goes along as GUID, so that a deck is updated
//! and not doubled.

use std::fmt::Write;
use viva_core::bank::Pack;

/// Writes packs, one deck each.
pub(super) fn write(packs: &[&Pack]) -> String {
    let mut out = String::from(
        "#separator:tab\n#html:true\n#guid column:1\n#deck column:2\n#tags column:5\n#columns:GUID\tDeck\tFront\tBack\tTags\n",
    );
    for pack in packs {
        for question in &pack.questions {
            let front = match &question.code {
                Some(code) => format!("{}<pre>{}</pre>", html(&question.ask), html(code)),
                None => html(&question.ask),
            };
            let tag: String =
                question.topic.chars().map(|c| if c.is_whitespace() || c == '"' { '-' } else { c }).collect();
            let _ = writeln!(
                out,
                "{}\t{}\t{}\t{}\t{}",
                question.id,
                html(&pack.title),
                cell(&front),
                cell(&html(&question.model_answer)),
                cell(&html(&tag))
            );
        }
    }
    out
}

/// A field between quotes where it has to be.
fn cell(text: &str) -> String {
    if text.contains(['"', '\t', '\n']) || text.starts_with('#') {
        format!("\"{}\"", text.replace('"', "\"\""))
    } else {
        text.to_owned()
    }
}

/// A text as HTML on one line.
fn html(text: &str) -> String {
    let mut out = String::new();
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '\n' => out.push_str("<br>"),
            '\t' => out.push_str("    "),
            '\r' => {}
            c => out.push(c),
        }
    }
    out
}
