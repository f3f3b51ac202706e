//! GIFT, Moodle's text form of questions.

use super::Record;
use crate::document::candidates;
use crate::outcome::Import;

/// Reads GIFT.
pub(crate) fn read(text: &str) -> Import {
    let mut records = Vec::new();
    let mut topic: Option<String> = None;
    let mut block: Option<(u32, u32, String)> = None;
    let mut depth_open = false;
    for (number, line) in (1u32..).zip(crate::document::plain::lines(text)) {
        let trimmed = line.trim();
        if !depth_open && trimmed.starts_with("//") {
            continue;
        }
        if !depth_open && let Some(path) = trimmed.strip_prefix("$CATEGORY:") {
            flush(block.take(), topic.as_deref(), &mut records);
            let path = path.trim();
            topic = Some(
                path.rsplit('/')
                    .find(|p| !p.is_empty())
                    .unwrap_or(path)
                    .replace("$course$", "")
                    .trim()
                    .to_owned(),
            )
            .filter(|t| !t.is_empty());
            continue;
        }
        if trimmed.is_empty() && !depth_open {
            flush(block.take(), topic.as_deref(), &mut records);
            continue;
        }
        match &mut block {
            Some((_, end, body)) => {
                body.push('\n');
                body.push_str(line);
                if !trimmed.is_empty() {
                    *end = number;
                }
            }
            None => block = Some((number, number, line.to_owned())),
        }
        for (at, c) in line.char_indices() {
            let escaped = is_escaped(line, at);
            match c {
                '{' if !escaped => depth_open = true,
                '}' if !escaped => depth_open = false,
                _ => {}
            }
        }
        // A block nobody closed ends where the next question begins.
        if depth_open && block.as_ref().is_some_and(|(start, ..)| number - start > 200) {
            depth_open = false;
        }
    }
    flush(block.take(), topic.as_deref(), &mut records);
    let mut import = super::import(records, "gift", None, Vec::new(), Vec::new());
    super::account(&mut import, text, "category, comment or text without an answer block");
    import
}

fn flush(block: Option<(u32, u32, String)>, topic: Option<&str>, records: &mut Vec<Record>) {
    let Some((line, end_line, body)) = block else { return };
    let mut rest = body.trim_start();
    let mut title = None;
    if let Some(after) = rest.strip_prefix("::")
        && let Some(close) = find_unescaped(after, "::")
    {
        title = Some(unescape(after[..close].trim()));
        rest = after[close + 2..].trim_start();
    }
    let mut html = false;
    for format in ["[html]", "[moodle]", "[plain]", "[markdown]"] {
        if let Some(after) = rest.strip_prefix(format) {
            html = format == "[html]";
            rest = after.trim_start();
        }
    }
    let (ask, answers) = match find_unescaped(rest, "{") {
        Some(open) => {
            let close = find_unescaped(&rest[open..], "}").map_or(rest.len(), |c| open + c);
            let tail = rest.get(close + 1..).unwrap_or("").trim();
            let before = rest[..open].trim();
            let ask = if tail.is_empty() { before.to_owned() } else { format!("{before} ____ {tail}") };
            (ask, &rest[(open + 1).min(close)..close])
        }
        // Without a block it is a description.
        None => return,
    };
    let ask = unescape(&ask);
    let ask = if html { super::html_to_text(&ask) } else { ask };
    let ask = if ask.trim().is_empty() { title.clone().unwrap_or_default() } else { ask };
    if !ask.chars().any(char::is_alphanumeric) {
        return;
    }
    let (right, feedback) = right_answers(answers);
    let mut answer: Vec<String> =
        right.into_iter().map(|a| if html { super::html_to_text(&a) } else { a }).collect();
    answer.extend(feedback);
    records.push(Record {
        line,
        end_line,
        ask: candidates::tidy(&ask),
        answer: answer.join("\n"),
        topic: topic.map(str::to_owned),
        source_id: title,
        confidence: 0.95,
        why: "A question with its answer block.".into(),
        ..Record::default()
    });
}

/// The right answers of a block, and the feedback to the whole.
fn right_answers(block: &str) -> (Vec<String>, Option<String>) {
    let (block, general) = match find_unescaped(block, "####") {
        Some(at) => (&block[..at], Some(unescape(block[at + 4..].trim()))),
        None => (block, None),
    };
    let general = general.filter(|g| !g.is_empty());
    let plain = block.trim();
    let upper = plain.split('#').next().unwrap_or_default().trim().to_uppercase();
    if matches!(upper.as_str(), "T" | "TRUE") {
        return (vec!["True".into()], general);
    }
    if matches!(upper.as_str(), "F" | "FALSE") {
        return (vec!["False".into()], general);
    }
    if let Some(number) = plain.strip_prefix('#') {
        let value = number.trim().trim_start_matches('=');
        let value = value.split(['#', '\n']).next().unwrap_or_default().trim();
        return (if value.is_empty() { Vec::new() } else { vec![unescape(value)] }, general);
    }
    let mut right = Vec::new();
    let mut partial = Vec::new();
    let mut start: Option<(char, usize)> = None;
    let bytes: Vec<(usize, char)> = plain.char_indices().chain([(plain.len(), '=')]).collect();
    for &(at, c) in &bytes {
        let escaped = is_escaped(plain, at);
        // "=a -> b": the arrow's sign is no new answer.
        if !matches!(c, '=' | '~') || escaped {
            continue;
        }
        if let Some((kind, from)) = start.take() {
            let mut text = plain[from..at].trim();
            let mut share = None;
            if let Some(after) = text.strip_prefix('%')
                && let Some((percent, rest)) = after.split_once('%')
            {
                share = percent.parse::<f64>().ok();
                text = rest.trim();
            }
            let text = match find_unescaped(text, "#") {
                Some(hash) => text[..hash].trim(),
                None => text,
            };
            let text = unescape(text).replace(" -> ", ": ");
            if !text.is_empty() {
                match (kind, share) {
                    ('=', None) => right.push(text),
                    ('=' | '~', Some(share)) if share >= 100.0 => right.push(text),
                    (_, Some(share)) if share > 0.0 => partial.push(text),
                    _ => {}
                }
            }
        }
        start = Some((c, at + 1));
    }
    if right.is_empty() || !partial.is_empty() {
        right.extend(partial);
    }
    (right, general)
}

/// Whether an odd number of backslashes stands before a place.
fn is_escaped(text: &str, at: usize) -> bool {
    text.as_bytes()[..at].iter().rev().take_while(|b| **b == b'\\').count() % 2 == 1
}

fn find_unescaped(text: &str, wanted: &str) -> Option<usize> {
    text.match_indices(wanted).map(|(at, _)| at).find(|at| !is_escaped(text, *at))
}

fn unescape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        if c == '\\' {
            match chars.next() {
                Some('n') => out.push('\n'),
                Some(next) if "~=#{}:\\".contains(next) => out.push(next),
                Some(next) => {
                    out.push('\\');
                    out.push(next);
                }
                None => out.push('\\'),
            }
        } else {
            out.push(c);
        }
    }
    out
}
