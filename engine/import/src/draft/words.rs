//! What a person typed, made into what a pack can hold, or refused.

use super::step::Refused;

/// Characters of an answer or a snippet.
const LONGEST_ANSWER: usize = 40_000;
/// Characters of a question, a topic, a criterion or a way to say it.
const LONGEST_LINE: usize = 2_000;

/// A text on one line, not too long.
pub(super) fn line_of(text: &str) -> Result<String, Refused> {
    let line = readable(text).split_whitespace().collect::<Vec<_>>().join(" ");
    if line.chars().count() > LONGEST_LINE { Err(Refused::TooLong(LONGEST_LINE)) } else { Ok(line) }
}

/// A text with its lines, not too long.
pub(super) fn text_of(text: &str) -> Result<String, Refused> {
    let text = readable(text);
    let text = text.trim();
    if text.chars().count() > LONGEST_ANSWER {
        Err(Refused::TooLong(LONGEST_ANSWER))
    } else {
        Ok(text.to_owned())
    }
}

/// Browsers end lines with CRLF; other control characters are no words.
fn readable(text: &str) -> String {
    text.chars().filter(|c| !c.is_control() || matches!(c, '\n' | '\t')).collect()
}

pub(super) fn heard(listen: &[Vec<String>]) -> Result<Vec<Vec<String>>, Refused> {
    let mut items = Vec::new();
    for item in listen {
        let mut ways = Vec::new();
        for way in item {
            let way = line_of(way)?;
            if way.chars().any(char::is_alphanumeric) && !ways.contains(&way) {
                ways.push(way);
            }
        }
        if !ways.is_empty() {
            items.push(ways);
        }
    }
    if items.is_empty() { Err(Refused::NothingToHear) } else { Ok(items) }
}
