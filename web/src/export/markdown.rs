//! Markdown to read and to keep beside other notes.

use super::gather::{Answer, Asked, Session};
use crate::feedback::{helped, level_word, whole};
use std::fmt::Write;
use viva_core::assessment::Verdict;

/// One session.
pub fn session(session: &Session) -> String {
    let mut out = String::new();
    let mode = if session.mode == "practice" { "Practice" } else { "Run-through" };
    let _ = writeln!(out, "# {mode} of {}\n", &session.started_at.get(..10).unwrap_or(&session.started_at));
    for asked in &session.questions {
        let question = &asked.question;
        let _ = writeln!(out, "## {}. {}\n", asked.number, line(&question.ask));
        let _ = writeln!(
            out,
            "{}, {}, {}. Picked because: {}.\n",
            line(question.pack.as_str()),
            line(&question.topic),
            level_word(question.level),
            line(asked.reason.trim_end_matches('.'))
        );
        if let Some(code) = &question.code {
            let fence = fence_for(code);
            let _ = writeln!(out, "{fence}\n{}\n{fence}\n", code.trim_end());
        }
        if asked.attempts.is_empty() {
            out.push_str("Not asked.\n\n");
        }
        for answer in &asked.attempts {
            let _ = writeln!(out, "### Attempt {}: {}\n", answer.number, result(answer));
            body(&mut out, answer);
            for follow_up in &answer.follow_ups {
                follow_up_of(&mut out, follow_up);
            }
        }
    }
    out
}

fn follow_up_of(out: &mut String, asked: &Asked) {
    for answer in &asked.attempts {
        let _ = writeln!(out, "#### Follow-up: {} ({})\n", line(&asked.question.ask), result(answer));
        body(out, answer);
    }
}

fn result(answer: &Answer) -> String {
    match (answer.state, answer.score()) {
        ("assessed", Some(score)) if whole(score.low) != whole(score.high) => format!(
            "{} of 100, level {} of 5, range {} to {}",
            whole(score.score),
            score.level,
            whole(score.low),
            whole(score.high)
        ),
        ("assessed", Some(score)) => format!("{} of 100, level {} of 5", whole(score.score), score.level),
        (state, _) => state.replace('_', " "),
    }
}

fn body(out: &mut String, answer: &Answer) {
    if let Some(words) = answer.words().filter(|words| !words.text.trim().is_empty()) {
        for paragraph in words.text.lines() {
            let _ = writeln!(out, "> {}", line(paragraph));
        }
        out.push('\n');
        for one in &words.helped {
            let _ = writeln!(out, "- {} ({})", line(&helped::says(one)), one.by.says());
        }
        if !words.helped.is_empty() {
            out.push('\n');
        }
    }
    let Some(score) = answer.score().filter(|_| answer.state == "assessed") else { return };
    for criterion in &score.criteria {
        let verdict = match criterion.verdict {
            Verdict::Met => "● met",
            Verdict::Partly => "◐ partly",
            Verdict::Missed => "○ missed",
        };
        let _ = write!(out, "- **{verdict}** {}", line(&criterion.says));
        let heard: Vec<String> =
            criterion.evidence.iter().map(|evidence| format!("“{}”", line(&evidence.text))).collect();
        if !heard.is_empty() {
            let _ = write!(out, " Heard: {}.", heard.join(", "));
        }
        out.push('\n');
    }
    for mistake in &score.mistakes {
        let _ = writeln!(out, "- **◆ mistake** {}", line(&mistake.says));
    }
    for guard in &score.guards {
        let _ = writeln!(out, "- {}", line(&guard.says));
    }
    out.push('\n');
}

/// Text on one line that Markdown shows as it is.
fn line(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 8);
    for (index, letter) in text.split_whitespace().collect::<Vec<_>>().join(" ").char_indices() {
        let marks = "\\`*_[]<>|~&$".contains(letter) || (index == 0 && "#+-=>.".contains(letter));
        if marks {
            out.push('\\');
        }
        out.push(letter);
    }
    // "1. " at the start would become a list.
    match out.find(['.', ')']) {
        Some(at) if at > 0 && out[..at].bytes().all(|byte| byte.is_ascii_digit()) => {
            format!("{}\\{}", &out[..at], &out[at..])
        }
        _ => out,
    }
}

/// A fence longer than any in the code.
fn fence_for(code: &str) -> String {
    let longest = code.split(|c| c != '`').map(str::len).max().unwrap_or(0);
    "`".repeat(longest.max(2) + 1)
}

#[cfg(test)]
mod tests {
    use super::{fence_for, line};

    #[test]
    fn what_somebody_said_is_shown_and_never_read_as_markup() {
        assert_eq!(line("<b>*x*</b>\n\n# y"), "\\<b\\>\\*x\\*\\</b\\> # y");
        assert_eq!(line("# heading"), "\\# heading");
        assert_eq!(line("1. first"), "1\\. first");
        assert_eq!(line("In 1.5 seconds."), "In 1.5 seconds.");
        assert_eq!(fence_for("a ``` b"), "````");
    }
}
