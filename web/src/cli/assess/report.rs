//! An assessment as plain text for the terminal.

use std::fmt::Write;
use viva_core::assessment::{Assessment, CriterionResult, How, Verdict};
use viva_core::bank::Question;

/// The score, then every criterion with the words it rests on.
pub fn of(question: &Question, assessment: &Assessment) -> String {
    let mut out = String::new();
    // Writing to a string cannot fail.
    let _ = report(&mut out, question, assessment);
    out
}

fn report(out: &mut String, question: &Question, assessment: &Assessment) -> std::fmt::Result {
    writeln!(out, "{}", question.ask)?;
    writeln!(out)?;
    write!(out, "Score {:.0} of 100, level {} of 5", assessment.score, assessment.level)?;
    if assessment.high > assessment.low {
        write!(
            out,
            " (between {:.0} and {:.0}, as some words were unsure)",
            assessment.low, assessment.high
        )?;
    }
    writeln!(out)?;
    for guard in &assessment.guards {
        writeln!(out, "{}", guard.says)?;
    }
    writeln!(out)?;
    for criterion in &assessment.criteria {
        criterion_lines(out, criterion)?;
    }
    if !assessment.mistakes.is_empty() {
        writeln!(out)?;
    }
    for mistake in &assessment.mistakes {
        writeln!(out, "◆ Mistake {} ({:.0} points)", mistake.says, mistake.cost)?;
        for words in &mistake.evidence {
            writeln!(out, "          you said \"{}\"", words.text)?;
        }
    }
    Ok(())
}

fn criterion_lines(out: &mut String, criterion: &CriterionResult) -> std::fmt::Result {
    let verdict = match criterion.verdict {
        Verdict::Met => "● Met",
        Verdict::Partly => "◐ Partly",
        Verdict::Missed => "○ Missed",
    };
    let required = if criterion.required { " (required)" } else { "" };
    writeln!(out, "{verdict:<8}  {}{required}", criterion.says)?;
    for words in &criterion.evidence {
        let same = words.text.eq_ignore_ascii_case(&words.expected);
        if same {
            writeln!(out, "          you said \"{}\"", words.text)?;
        } else {
            writeln!(
                out,
                "          you said \"{}\" for \"{}\" ({})",
                words.text,
                words.expected,
                reason(words.how)
            )?;
        }
    }
    if !criterion.not_heard.is_empty() {
        writeln!(out, "          not heard: {}", criterion.not_heard.join(", "))?;
    }
    for near in &criterion.near {
        writeln!(out, "          \"{}\" did not count: {}", near.text, near.why)?;
    }
    Ok(())
}

fn reason(how: How) -> &'static str {
    match how {
        How::Exact => "the same words",
        How::Inflected => "another form",
        How::Abbreviation => "abbreviation",
        How::Synonym => "another word for it",
        How::Sound => "sounds alike",
        How::Spelling => "spelt nearly alike",
        How::Number => "the same number",
        How::Identifier => "the same identifier",
    }
}
