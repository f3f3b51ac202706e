//! Markdown: a heading a question, its answer below, and the points the answer makes.

use std::fmt::Write;
use viva_core::bank::Pack;

/// What stands above the points of an answer. A second import reads them as points and not as part of the answer.
pub(crate) const POINTS: &str = "Points of a good answer";

/// Writes packs, one chapter each.
pub(super) fn write(packs: &[&Pack]) -> String {
    let mut out = String::new();
    for pack in packs {
        if !out.is_empty() {
            out.push('\n');
        }
        let _ = writeln!(out, "# {}\n", line(&pack.title));
        if !pack.about.is_empty() {
            let _ = writeln!(out, "{}\n", line(&pack.about));
        }
        let _ = writeln!(out, "Licence: {}", line(&pack.licence));
        for question in &pack.questions {
            let _ = writeln!(out, "\n## Q: {}\n", plain(&line(&question.ask)));
            let _ = writeln!(out, "Topic: {}\n", line(&question.topic));
            if let Some(code) = &question.code {
                let _ = writeln!(out, "{}\n", fenced(code));
            }
            let _ = writeln!(out, "{}\n", answer(question.model_answer.trim()));
            let _ = writeln!(out, "**{POINTS}**\n");
            for criterion in &question.rubric.criteria {
                let _ = writeln!(out, "- {}", plain(&line(&criterion.says)));
            }
        }
    }
    out
}

/// An answer, its fenced code left as it is.
fn answer(text: &str) -> String {
    let mut in_code = false;
    let lines = text.lines().map(|line| {
        let fence = line.trim_start().starts_with("```");
        in_code ^= fence;
        if fence || in_code { line.to_owned() } else { plain(line) }
    });
    lines.collect::<Vec<_>>().join("\n")
}

/// A line in which nothing passes for a tag, outside of code.
fn plain(line: &str) -> String {
    let parts = line.split('`').enumerate();
    parts
        .map(|(n, part)| if n % 2 == 0 { part.replace('<', "\\<") } else { part.to_owned() })
        .collect::<Vec<_>>()
        .join("`")
}

/// A text on one line.
fn line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Code in a fence longer than any it holds.
fn fenced(code: &str) -> String {
    let longest =
        code.lines().filter_map(|l| l.trim_start().find(|c| c != '`').or(Some(l.trim().len()))).max();
    let fence = "`".repeat(longest.unwrap_or(0).max(2) + 1);
    format!("{fence}\n{code}\n{fence}")
}
