//! Words a heading as the question its section answers.

use super::super::wording::{self};

/// The topic a heading over questions names, without the words every list has in its title.
pub(crate) fn topic_of(heading: &str) -> Option<String> {
    let name = heading.trim().trim_end_matches(':').trim();
    let listed = name.to_lowercase().contains("question");
    let kept: Vec<&str> = name
        .split_whitespace()
        .filter(|word| {
            let plain = word.trim_matches(|c: char| !c.is_alphanumeric()).to_lowercase();
            let number = listed && !plain.is_empty() && plain.chars().all(|c| c.is_ascii_digit());
            let common = matches!(
                plain.as_str(),
                "interview" | "interviews" | "question" | "questions" | "answer" | "answers" | "faq" | "faqs"
            );
            let counted = listed
                && matches!(
                    plain.as_str(),
                    "top"
                        | "common"
                        | "essential"
                        | "popular"
                        | "frequently"
                        | "asked"
                        | "most"
                        | "important"
                        | "ten"
                );
            !(number || common || counted)
        })
        .collect();
    let joined = kept.join(" ");
    let joined = joined
        .trim_matches(|c: char| !c.is_alphanumeric() && !matches!(c, ')' | '(' | '#' | '+' | '@' | '.'))
        .trim_end_matches(" and")
        .trim_end_matches(" &")
        .to_owned();
    (joined.chars().any(char::is_alphabetic) && joined.to_lowercase() != "and").then_some(joined)
}

/// Words a heading as the question its section answers.
pub(crate) fn ask_of(heading: &str, context: Option<&str>) -> String {
    let name = heading.trim().trim_end_matches([':', '.']).trim();
    if wording::ends_asking(name) {
        return capitalised(name);
    }
    let within = |question: String| match context {
        Some(context) if !context.is_empty() => {
            format!("{}: {}", topic_of(context).unwrap_or_else(|| context.to_owned()), question)
        }
        _ => capitalised(&question),
    };
    if wording::compares(name) {
        let lower = name.to_lowercase();
        if lower.starts_with("difference") {
            return format!("What is the {}?", decapitalised(name));
        }
        for separator in [" vs. ", " vs ", " versus ", " v/s "] {
            if let Some(at) = lower.find(separator)
                && name.is_char_boundary(at)
            {
                return format!(
                    "What is the difference between {} and {}?",
                    &name[..at],
                    &name[at + separator.len()..]
                );
            }
        }
    }
    if let Some(question) = turned(name) {
        return within(question);
    }
    if let Some(dash) = name.find(" — ").or_else(|| name.find(" – ")) {
        let (head, tail) = (name[..dash].trim(), name[dash..].trim_start_matches([' ', '—', '–']).trim());
        return within(format!("explain {}: {}.", decapitalised(head), decapitalised(tail)));
    }
    if wording::asked(name).is_some() {
        return within(decapitalised(name));
    }
    within(format!("explain {}.", decapitalised(name)))
}

/// Turns a heading in the order of a statement into a question: "How X Works" into "how does X work?".
pub(super) fn turned(name: &str) -> Option<String> {
    let words: Vec<&str> = name.split_whitespace().collect();
    let lower: Vec<String> = words.iter().map(|w| w.to_lowercase()).collect();
    let first = lower.first()?.as_str();
    let rest = |from: usize| words[from..].iter().map(|w| calm(w)).collect::<Vec<_>>().join(" ");
    let join =
        |range: std::ops::Range<usize>| words[range].iter().map(|w| calm(w)).collect::<Vec<_>>().join(" ");
    if first == "the"
        && lower.get(1).is_some_and(|w| w == "problem")
        && lower.len() >= 4
        && lower.last().is_some_and(|w| w.starts_with("solve"))
    {
        let does = if lower[lower.len() - 1] == "solves" { "does" } else { "do" };
        return Some(format!("which problem {does} {} solve?", join(2..words.len() - 1)));
    }
    if !matches!(first, "what" | "why" | "how" | "when" | "where" | "which") || words.len() < 2 {
        return None;
    }
    match (first, lower[1].as_str()) {
        ("when", "to") => return Some(format!("when should you {}?", rest(2))),
        ("how", "to") => return Some(format!("how do you {}?", rest(2))),
        ("why", "not") => return Some(format!("why not {}?", rest(2))),
        _ if wording::is_inverted(name) => return Some(format!("{}?", rest(0))),
        _ => {}
    }
    // The verb of a statement: the last word that looks like one, before any "in practice", "internally".
    let verbs = [
        "works", "work", "does", "exists", "exist", "matters", "matter", "are", "is", "happens", "means",
        "fails", "differs", "helps", "solves", "do",
    ];
    if let Some(at) = (2..words.len()).rev().find(|i| verbs.contains(&lower[*i].as_str())) {
        let verb = lower[at].as_str();
        let mut subject_end = at;
        let mut adverb = "";
        if subject_end > 2 && matches!(lower[subject_end - 1].as_str(), "actually" | "really" | "even") {
            subject_end -= 1;
            adverb = "actually ";
        }
        let subject = join(1..subject_end);
        let tail = if at + 1 < words.len() { format!(" {}", rest(at + 1)) } else { String::new() };
        return Some(match verb {
            "are" | "is" => format!("{first} {verb} {subject}{tail}?"),
            "does" => format!("{first} does {subject} {adverb}do{tail}?"),
            "do" => format!("{first} do {subject} {adverb}do{tail}?"),
            _ => {
                let singular = verb.ends_with('s');
                let base = verb
                    .strip_suffix("es")
                    .filter(|b| b.ends_with("ch"))
                    .or_else(|| verb.strip_suffix('s'))
                    .unwrap_or(verb);
                let base = if verb == "means" { "mean" } else { base };
                let helper = if singular { "does" } else { "do" };
                format!("{first} {helper} {subject} {adverb}{base}{tail}?")
            }
        });
    }
    Some(format!("{}?", rest(0)))
}

/// A word of a title as it stands in running text.
pub(super) fn calm(word: &str) -> String {
    if wording::is_name_like(word)
        || word.chars().filter(|c| c.is_alphabetic()).all(char::is_uppercase) && word.chars().count() > 1
    {
        return word.to_owned();
    }
    let lower = word.to_lowercase();
    if wording::is_plain_word(&lower) { lower } else { word.to_owned() }
}

pub(super) fn capitalised(text: &str) -> String {
    let text = text.trim();
    let first_word = text.split_whitespace().next().unwrap_or_default();
    if wording::is_name_like(first_word) {
        return text.to_owned();
    }
    let mut chars = text.chars();
    chars.next().map(|c| c.to_uppercase().chain(chars).collect()).unwrap_or_default()
}

/// A heading inside a sentence: only words that are no name lose their capital.
pub(super) fn decapitalised(text: &str) -> String {
    let mut words = text.splitn(2, ' ');
    let first = calm(words.next().unwrap_or_default());
    match words.next() {
        Some(rest) => format!("{first} {rest}"),
        None => first,
    }
}
