//! Questions out of stretches of a document, as a person marks them.

use super::step::{blank, part_of};
use crate::document::outline::key;
use crate::document::{candidates, gather, plain};
use crate::outcome::{FoundCriterion, FoundQuestion};
use crate::{pack, points};
use viva_core::scoring::Scorer;

/// Draws the criteria from the answer as it is now.
pub(super) fn draw(found: &mut FoundQuestion) {
    let pieces = plain::read(&found.model_answer);
    let words = points::DocumentWords::default();
    found.criteria = points::criteria(&found.ask, found.topic.as_deref(), found.line, "", &pieces, &words);
    for criterion in &mut found.criteria {
        criterion.from_lines = (found.line, found.end_line);
    }
    pack::settle(Scorer::shared(), found);
}

/// Two questions of one: the second begins at a line of the document.
pub(super) fn at_line(whole: &FoundQuestion, line: u32, lines: &[String]) -> (FoundQuestion, FoundQuestion) {
    let text = lines.get(line as usize - 1).map_or("", String::as_str);
    let name = key(&candidates::tidy(&stripped(text)));
    let answer: Vec<&str> = whole.model_answer.lines().collect();
    // The answer's text was tidied; the line is looked for in it, so that what is left keeps its form.
    let cut = answer.iter().position(|l| !name.is_empty() && key(&candidates::tidy(&stripped(l))) == name);
    let mut second = from_lines(line, whole.end_line, lines);
    let mut first = whole.clone();
    first.end_line = line - 1;
    match cut {
        Some(at) => {
            first.model_answer = tidy(&answer[..at]);
            second.model_answer = tidy(&answer[at + 1..]);
        }
        None => {
            let from = (whole.line as usize).min(lines.len());
            let to = (line as usize - 1).max(from).min(lines.len());
            first.model_answer = gather::text_of(&plain::read(&lines[from..to].join("\n")));
        }
    }
    first.kind = if whole.kind == crate::Part::Followup { whole.kind } else { part_of(&first.model_answer) };
    second.kind = part_of(&second.model_answer);
    second.topic.clone_from(&whole.topic);
    let (above, below): (Vec<FoundCriterion>, Vec<FoundCriterion>) =
        whole.criteria.iter().cloned().partition(|criterion| criterion.from_lines.0 < line);
    first.criteria = above;
    second.criteria = below;
    (first, second)
}

/// A question whose first line asks and whose other lines answer.
pub(super) fn from_lines(line: u32, end_line: u32, lines: &[String]) -> FoundQuestion {
    let from = (line as usize).saturating_sub(1).min(lines.len());
    let to = (end_line as usize).clamp(from, lines.len());
    let mut found = blank(line, end_line);
    let own = &lines[from..to];
    let at = own.iter().position(|l| l.chars().any(char::is_alphanumeric)).unwrap_or(0);
    found.ask = own.get(at).map_or_else(String::new, |l| candidates::tidy(&stripped(l)));
    let rest = own.get(at + 1..).unwrap_or_default();
    found.model_answer = gather::text_of(&plain::read(&rest.join("\n")));
    found.kind = part_of(&found.model_answer);
    draw(&mut found);
    found
}

/// A line without the marks its format puts around it.
fn stripped(line: &str) -> String {
    let line = line.trim().trim_start_matches(['#', '>', ' ']).trim_matches(['*', '_', ' ']);
    line.trim_start_matches("- ").trim_start_matches("* ").replace("**", "")
}

fn tidy(lines: &[&str]) -> String {
    lines.join("\n").trim().to_owned()
}
