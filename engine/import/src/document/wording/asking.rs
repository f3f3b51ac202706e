//! Whether words ask, and in which form.

use super::sentences;
use super::words::{is_name_like, is_small_word};

/// How a piece asks for something.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Form {
    /// A question with its mark at the end.
    Marked,
    /// A question in the order of a question ("How do you ..."), without the mark.
    Unmarked,
    /// A request that only an examiner makes: explain, describe, compare.
    Request,
    /// A task: implement, design, write. An answer may hold such words too.
    Task,
    /// A question with its mark, but worded as a statement.
    Statement,
}

/// A request or question found at the front of some words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Asked {
    pub form: Form,
    /// Where the question ends in the text that was looked at; the rest is answer.
    pub end: usize,
    /// Length of a topic in front, such as `Caching: ` of `Caching: why ...?`; 0 without.
    pub topic_end: usize,
    /// How many sentences of it ask.
    pub sentences: usize,
}

regex!(
    ASKING_START,
    r"(?i)^(?:so,?\s+|and\s+|but\s+|also,?\s+|then,?\s+)?(?:what(?:'s|’s|s)?|why|when|where|which|who(?:m|se|'s|’s)?|how(?:'s|’s)?|is|are|was|were|do|does|did|can|could|should|would|will|have|has|had|may|must|am|isn't|aren't|don't|doesn't|can't|won't)\b"
);

regex!(
    INVERTED,
    r"(?i)^(?:(?:so|and|but|also|then),?\s+)?(?:(?:what|why|when|where|which|who|whom|how)(?:\s+(?:exactly|else|often|long|many|much|far|well|[a-z]+ly))?\s*(?:'s|’s|\s(?:is|are|was|were|do|does|did|can|could|should|would|will|has|have|had|might|must|may)\b)|whats\b|(?:how many|how much|which|what|whose)\s+(?:\S+\s+){1,5}?(?:is|are|was|were|do|does|did|can|could|should|would|will|has|have)\b|(?:is|are|was|were|do|does|did|can|could|should|would|will|have|has|had)\s+(?:you|we|i|it|they|there|the|a|an|your|this|that)\b)"
);

regex!(
    REQUEST,
    r"(?i)^(?:please\s+|briefly\s+|now\s+|also\s+|next,?\s+)?(?:explain|describe|differentiate|distinguish|compare|contrast|discuss|define|elaborate|summari[sz]e|outline|illustrate|justify|name|state|(?:walk|talk|take|guide|lead|run)\s+(?:me|us|through|the interviewer)\b|tell\s+(?:me|us)|give\s+(?:me\s+|us\s+)?(?:an?|some|two|three|one)\s+(?:\w+\s+)?(?:example|instance|overview|reason|difference|situation|time)|list\s+(?:the|some|all|out|a few|two|three|four|five|\d)|talk\s+about|share\s+(?:an?|your|some)|can you|could you|would you|how would you|what would you|convince\s+me|help\s+me\s+understand|mention)\b"
);

regex!(
    TASK,
    r"(?i)^(?:please\s+)?(?:implement|design|write|create|build|develop|code|refactor|optimi[sz]e|solve|calculate|model|propose|sketch|draw|find|reverse|prove|derive|show|demonstrate|identify|evaluate|estimate|debug|review|predict|trace|analy[sz]e|suggest|recommend|architect)\s+\S+"
);

regex!(TOPIC, r"^([^\s:?][^:?]{0,70}?)\s?:\s+(\S)");
regex!(
    NO_TOPIC,
    r"(?i)^(?:the\s+)?(?:e\.?g|example|note|tip|hint|scenario|solution|output|result|answer|ans|key point|remember|summary|warning|caution|pro tip|interview tip|case|step|phase|fix|problem|reason|cause|benefit|the question|ask|trap|rule|usage|use case|goal|pros|cons|input|todo|source|see|url|http|https|time|date)s?(?:\s+\d+)?$"
);

regex!(DEICTIC, r"(?i)\b(?:it|it's|it’s|its|they|them|their|one|ones)\b");
regex!(POINTING, r"(?i)\b(?:this|these|those|here|above|below|such)\b");

regex!(
    FOLLOW_START,
    r"(?i)^(?:what if|what about|how about|and\b|but\b|so\b|then\b|or\b|also\b|follow|if so|if not|if yes|if no|why not|why is that|why so|falling|anything else|any other|what else|who else|how so|in that case|is that|is it|is this|does it|does that|can it|could it|would it|will it|are they|do they|what happens then|what happens next|what would happen if|how do you know|why do you think)"
);

/// Whether a sentence ends with a question mark, quotes and brackets aside.
pub(crate) fn ends_asking(text: &str) -> bool {
    text.trim_end_matches(|c: char| {
        c.is_whitespace() || matches!(c, '"' | '”' | '\'' | '’' | '*' | '_' | ')' | '!')
    })
    .ends_with(['?', '？'])
}

/// Reads a question or request from the front of a text.
pub(crate) fn asked(text: &str) -> Option<Asked> {
    let trimmed = text.trim_start_matches(['"', '“', '\'', '‘', '*', '_', '¿', ' ']);
    let offset = text.len() - trimmed.len();
    let mut topic_end = 0;
    let mut rest = trimmed;
    if let Some(caps) = TOPIC.captures(trimmed)
        && let (Some(topic), Some(first)) = (caps.get(1), caps.get(2))
        && topic.as_str().split_whitespace().count() <= 8
        && !NO_TOPIC.is_match(topic.as_str().trim())
        && !REQUEST.is_match(topic.as_str())
        && let after = &trimmed[first.start()..]
        && asks_itself(after.split_inclusive('?').next().unwrap_or(after)).is_some()
        && asked_plain(after).is_some_and(|(form, ..)| form != Form::Statement)
    {
        topic_end = first.start();
        rest = &trimmed[topic_end..];
    }
    let (form, end, sentences) = asked_plain(rest)?;
    if rest.len() == trimmed.len()
        && let Some(colon) = trimmed[..end].find(": ")
        && form == Form::Marked
        && !starts_asking(trimmed)
        && !REQUEST.is_match(trimmed)
        && trimmed[..colon].split_whitespace().count() <= 4
        && !trimmed[colon + 2..end].trim_start().starts_with(|c: char| c.is_uppercase())
    {
        // "The trouble: it got slow. But which one?" is a remark that ends in a question.
        return None;
    }
    if form == Form::Task && topic_end > 0 && !ends_asking(rest) && rest.split_whitespace().count() < 6 {
        return None;
    }
    Some(Asked {
        form,
        end: offset + topic_end + end,
        topic_end: if topic_end > 0 { offset + topic_end } else { 0 },
        sentences,
    })
}

/// How one sentence asks, if it does.
pub(super) fn asks_itself(sentence: &str) -> Option<Form> {
    let s = sentence.trim_start_matches(['"', '“', '\'', '‘', '(', '*', '_', ' ']).trim();
    let words = s.split_whitespace().count();
    if ends_asking(s) {
        if REQUEST.is_match(s) || INVERTED.is_match(s) || ASKING_START.is_match(s) {
            return (words >= 2).then_some(Form::Marked);
        }
        return (words >= 3).then_some(Form::Statement);
    }
    if s.ends_with(':') || s.ends_with(',') {
        return None;
    }
    let first = s.split_whitespace().next().unwrap_or_default();
    let shouted =
        first.len() > 2 && first.chars().all(char::is_uppercase) && s.chars().any(char::is_lowercase);
    if shouted || s.split_whitespace().nth(1).is_some_and(|w| matches!(w, "—" | "–" | "-" | ":" | "=")) {
        return None;
    }
    if REQUEST.is_match(s) && words >= 2 {
        return Some(Form::Request);
    }
    if INVERTED.is_match(s) && words >= 3 && !s.ends_with(['!', ';']) {
        return Some(Form::Unmarked);
    }
    if TASK.is_match(s) && words >= 3 {
        return Some(Form::Task);
    }
    None
}

/// The form, the end, and how many sentences ask.
pub(super) fn asked_plain(text: &str) -> Option<(Form, usize, usize)> {
    let parts = sentences(text);
    let first = parts.first()?;
    let first_form = asks_itself(&text[first.0..first.1]);
    let mut form = None;
    let mut end = 0;
    let mut asking = 0;
    for (i, part) in parts.iter().enumerate() {
        let sentence = &text[part.0..part.1];
        match asks_itself(sentence) {
            Some(Form::Unmarked) if i > 0 => break,
            Some(found) => {
                asking += 1;
                end = part.1;
                form = Some(match (form, found) {
                    (None | Some(Form::Task | Form::Statement), found) => found,
                    (Some(before), _) => before,
                });
            }
            // A scene may be set before the question itself: one or two short sentences.
            None if asking == 0
                && i < 3
                && part.1 < 320
                && parts.get(i + 1).is_some_and(|next| !text[next.0..].starts_with(['"', '“'])) => {}
            // A bracket that belongs to the question: "Which one? (Name two.)"
            None if asking > 0
                && sentence.trim_start().starts_with('(')
                && sentence.trim_end().ends_with([')', '.'])
                && sentence.len() < 90 =>
            {
                end = part.1;
            }
            None => break,
        }
    }
    let form = form?;
    if first_form.is_none() {
        // The scene came first, so only a real question mark at the very end makes it one.
        let whole = text[end..].trim().is_empty();
        if !whole || form != Form::Marked || text.split_whitespace().count() > 70 {
            return None;
        }
    }
    Some((form, end, asking))
}

/// Whether a question points back at something it does not name ("why is this so?").
pub(crate) fn points_back(question: &str) -> bool {
    if let Some(found) = POINTING.find(question) {
        let after = question[found.end()..].trim_start();
        // "this" before a name of its own ("this annotation") still points, but a long question says what it means.
        return question.split_whitespace().count() <= 8 || after.starts_with(['?', ',']) || after.is_empty();
    }
    let Some(found) = DEICTIC.find(question) else { return false };
    // A name earlier in the same question is what the pronoun stands for.
    !question[..found.start()].split_whitespace().any(|word| {
        let plain = word.trim_matches(|c: char| !c.is_alphanumeric());
        plain.len() > 3 && !is_small_word(plain) && !is_asking_word(plain) && !is_helper_verb(plain)
    })
}

/// Whether a question begins the way people dig deeper into what was just said.
pub(crate) fn starts_as_followup(question: &str) -> bool {
    FOLLOW_START.is_match(question.trim_start_matches(['"', '“', ' ']))
}

pub(super) fn is_asking_word(word: &str) -> bool {
    matches!(
        word.to_lowercase().as_str(),
        "what"
            | "why"
            | "when"
            | "where"
            | "which"
            | "who"
            | "how"
            | "explain"
            | "describe"
            | "tell"
            | "give"
            | "walk"
            | "through"
            | "compare"
            | "define"
            | "exactly"
    )
}

pub(super) fn is_helper_verb(word: &str) -> bool {
    matches!(
        word.to_lowercase().as_str(),
        "does"
            | "will"
            | "would"
            | "could"
            | "should"
            | "have"
            | "must"
            | "were"
            | "choose"
            | "happens"
            | "happen"
            | "instead"
            | "works"
            | "work"
            | "means"
            | "mean"
            | "use"
            | "using"
            | "need"
    )
}

/// Whether the sentence is in the order of a question ("how does it"), not of a title ("how it does").
pub(crate) fn is_inverted(text: &str) -> bool {
    INVERTED.is_match(text.trim_start_matches(['"', '“', ' ']))
}

/// Whether a text begins with a word questions begin with.
pub(crate) fn starts_asking(text: &str) -> bool {
    ASKING_START.is_match(text.trim_start_matches(['"', '“', ' ']))
}

/// "X vs Y" and "difference between X and Y" with both sides named briefly: a comparison asked for without a verb.
pub(crate) fn compares(text: &str) -> bool {
    let t = text.trim();
    let lower = t.to_lowercase();
    if t.ends_with(['.', ',', ';', ':', '!']) || t.contains(['→', '|', ';', ':', '—', '–', '=']) {
        return false;
    }
    if lower.starts_with("difference between ") || lower.starts_with("differences between ") {
        return lower.split_whitespace().count() <= 14 && lower.contains(" and ");
    }
    for separator in [" vs. ", " vs ", " versus ", " v/s "] {
        if let Some(at) = lower.find(separator) {
            let (left, right) = (lower[..at].trim(), lower[at + separator.len()..].trim());
            let fits = |side: &str| (1..=4).contains(&side.split_whitespace().count());
            return fits(left) && right.split(separator).all(|side| fits(side.trim()));
        }
    }
    false
}

/// "Alpha and BetaGamma" with a name of code on both sides: two things set side by side.
pub(crate) fn pairs_names(text: &str) -> bool {
    let words: Vec<&str> = text.split_whitespace().collect();
    matches!(words.as_slice(), [left, "and" | "&" | "or", right] if is_name_like(left) && is_name_like(right) && !right.ends_with([':', '.', ',']))
}
