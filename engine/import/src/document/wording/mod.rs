//! How questions, requests, titles and labels are worded in English.
//!
//! Nothing here knows where in a document the words stand; that is the outline's business.

mod asking;
mod words;

pub(crate) use asking::{
    Asked, Form, asked, compares, ends_asking, is_inverted, pairs_names, points_back, starts_as_followup,
    starts_asking,
};
pub(crate) use words::{is_name_like, is_padding, is_plain_word, stem, stems, title_case};

use super::{Label, Marker};

/// What stands before a piece's own words.
pub(crate) struct Front {
    pub body_at: usize,
    pub marker: Marker,
    pub label: Option<Label>,
}

regex!(BULLET, r"^(?:=>|->|→|➜|➤|►|▶|»|[-*•●○◦‣▪■□✓✔✅–—·+])\s+|^(?:=>|→|➜|•|●|▪|‣)");
regex!(NUMBER, r"^(?:#\s?)?\(?(\d{1,4})(?:[.)\]:]|\s[-–—])(?:\s+|$)|^(\d{1,4})\.(?:[A-Z])");

regex!(LETTER, r"^\(?([a-zA-Z]|[ivx]{1,4})[.)]\s+");
regex!(
    QUESTION_LABEL,
    r"(?i)^[\[(*_]*(?:q(?:uestion|ues|ue|n)?\s*[-#.]?\s*(?:no\.?\s*)?(\d{1,4})?\s*[\])]?\s*[.:)\]–—-]+[\])*_]*\s*|question\s+(\d{1,4})\s+|q\s?\.?\s?(\d{1,4})\s+|interviewer\s*:\s*)"
);

regex!(
    ANSWER_LABEL,
    r"(?i)^[\[(*_]*(?:a(?:nswer|ns)?\s*[-#.]?\s*\d{0,4}\s*[\])]?\s*[:\]–—]+[\])*_]*\s*|ans(?:wer)?\s*\d{0,4}\s*[.)-]+\s*|(?:sample|model|suggested|good|ideal|example|possible|expected)\s+(?:answer|response)\s*[:.–—-]+\s*|candidate\s*:\s*|solution\s*:\s*$)"
);

regex!(FOLLOWUP_LABEL, r"(?i)^(?:possible\s+)?follow[- ]?ups?(?:\s+question)?s?\s*\d*\s*[:.–—-]+\s*");

/// Reads marker and label from the front of a text.
pub(crate) fn front(text: &str) -> Front {
    let mut at = 0;
    let mut marker = Marker::None;
    let mut label = None;
    for _ in 0..4 {
        let rest = &text[at..];
        if label.is_none()
            && let Some(found) = QUESTION_LABEL.find(rest)
            && rest.len() > found.end()
            && labels_a_question(rest, found.as_str())
        {
            label = Some(Label::Question);
            if let Some(caps) = QUESTION_LABEL.captures(rest)
                && let Some(number) = caps.get(1).or_else(|| caps.get(2)).or_else(|| caps.get(3))
                && let Ok(number) = number.as_str().parse()
            {
                marker = Marker::Number(number);
            }
            at += found.end();
            continue;
        }
        if label.is_none()
            && let Some(found) = ANSWER_LABEL.find(rest)
        {
            label = Some(Label::Answer);
            at += found.end();
            continue;
        }
        if let Some(found) = FOLLOWUP_LABEL.find(rest)
            && label.is_none()
            && rest.len() > found.end()
        {
            label = Some(Label::Followup);
            at += found.end();
            continue;
        }
        if label.is_some() {
            break;
        }
        if let Some(found) = BULLET.find(rest)
            && !(rest.starts_with('*') && rest.trim_end().ends_with("**"))
        {
            if marker == Marker::None {
                marker = Marker::Bullet;
            }
            at += found.end();
            continue;
        }
        if !matches!(marker, Marker::Number(_))
            && let Some(caps) = NUMBER.captures(rest)
            && let Some(number) = caps.get(1).or_else(|| caps.get(2)).and_then(|m| m.as_str().parse().ok())
        {
            marker = Marker::Number(number);
            at += match caps.get(2) {
                Some(digits) => digits.end() + 1,
                None => caps.get(0).map_or(0, |m| m.end()),
            };
            continue;
        }
        if marker == Marker::None
            && let Some(found) = LETTER.find(rest)
            && rest.len() > found.end()
        {
            marker = Marker::Letter;
            at += found.end();
            continue;
        }
        break;
    }
    if at >= text.len() && label.is_none() {
        // Nothing but a marker: its own words, then.
        return Front { body_at: 0, marker: Marker::None, label: None };
    }
    Front { body_at: at.min(text.len()), marker, label }
}

/// Tells "Q: ..." and "Q3) ..." from words that merely begin with the letter.
fn labels_a_question(rest: &str, front: &str) -> bool {
    let letters = front.chars().filter(|c| c.is_alphabetic()).count();
    let plain_dash = front.trim_end().ends_with(['-', '–', '—']);
    let digits = front.chars().any(|c| c.is_ascii_digit());
    // "Q-learning" is a word, "Q - what" and "Q1-what" are labels.
    let joined = letters == 1 && plain_dash && !digits && !front.ends_with(' ');
    !joined && !rest[front.len()..].trim().is_empty()
}

/// Splits a text into sentences, as byte ranges. Abbreviations, decimals and dotted names do not end one.
pub(crate) fn sentences(text: &str) -> Vec<(usize, usize)> {
    let mut found = Vec::new();
    let mut start = 0;
    let chars: Vec<(usize, char)> = text.char_indices().collect();
    for (i, &(at, c)) in chars.iter().enumerate() {
        if !matches!(c, '.' | '?' | '!') || at < start {
            continue;
        }
        let mut end = at + c.len_utf8();
        let mut j = i + 1;
        while let Some(&(next_at, next)) = chars.get(j) {
            if matches!(next, '.' | '?' | '!' | '"' | '”' | '\'' | '’' | ')' | ']' | '*') {
                end = next_at + next.len_utf8();
                j += 1;
            } else {
                break;
            }
        }
        let Some(&(_, after)) = chars.get(j) else { break };
        if !after.is_whitespace() {
            continue;
        }
        if c == '.' && abbreviates(&text[start..at]) {
            continue;
        }
        let follows = chars[j..].iter().find(|(_, c)| !c.is_whitespace()).map(|&(_, c)| c);
        if c == '.' && follows.is_some_and(char::is_lowercase) && !text[start..at].ends_with(')') {
            continue;
        }
        if !text[start..end].trim().is_empty() {
            found.push((start, end));
        }
        start = end;
    }
    if !text[start..].trim().is_empty() {
        found.push((start, text.len()));
    }
    for range in &mut found {
        let skipped = text[range.0..range.1].len() - text[range.0..range.1].trim_start().len();
        range.0 += skipped;
    }
    found
}

fn abbreviates(before: &str) -> bool {
    let last =
        before.rsplit(|c: char| c.is_whitespace() || c == '(').next().unwrap_or_default().to_lowercase();
    matches!(
        last.as_str(),
        "vs" | "e.g"
            | "i.e"
            | "etc"
            | "eg"
            | "ie"
            | "dr"
            | "mr"
            | "ms"
            | "mrs"
            | "no"
            | "fig"
            | "approx"
            | "incl"
            | "cf"
            | "al"
    ) || (last.len() == 1 && last.chars().all(char::is_alphabetic))
        || (last.len() <= 2 && last.chars().all(|c| c.is_ascii_digit()) && before.trim().len() == last.len())
}

/// The words of a text without quotes around the whole.
pub(crate) fn unquote(text: &str) -> &str {
    let t = text.trim();
    for (open, close) in [('"', '"'), ('“', '”'), ('\'', '\''), ('‘', '’'), ('«', '»')] {
        if t.len() > 2
            && let Some(inner) = t.strip_prefix(open).and_then(|t| t.strip_suffix(close))
            && !inner.contains(open)
        {
            return inner.trim();
        }
    }
    t
}
