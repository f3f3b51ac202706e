//! WebVTT and SRT, read by one tolerant parser: what both have in common is a line with an arrow between two times.

use super::{Cue, Heard, Skipped};
use crate::document::plain::lines;

regex!(
    TIMING,
    r"^\s*((?:\d{1,4}:)?\d{1,2}:\d{1,2}(?:[.,]\d{1,3})?)\s*-{1,2}>\s*((?:\d{1,4}:)?\d{1,2}:\d{1,2}(?:[.,]\d{1,3})?)(?:\s+.*)?$"
);
regex!(VOICE, r"<v(?:\.[\w.-]+)*\s+([^>]+)>");
regex!(TAG, r"</?[a-zA-Z][^>]*>|<\d[\d:.]*>|\{\\[^}]*\}");
regex!(
    NAMED,
    r"^(?:>>\s*)?([\p{Lu}][\p{L}'’.-]*(?:\s+(?:[\p{Lu}\d][\p{L}\d'’.-]*|\([^)]{1,20}\))){0,3})\s*:\s+(\S.*)$"
);

/// Whether the text has lines of timing at all.
pub(super) fn has_timing(text: &str) -> bool {
    lines(text).take(200).filter(|l| TIMING.is_match(l)).count() >= 1
}

/// Reads cues.
pub(super) fn read(text: &str) -> Heard {
    let mut heard = Heard {
        format: if text.trim_start_matches('\u{feff}').trim_start().starts_with("WEBVTT") {
            "vtt"
        } else {
            "srt"
        },
        ..Heard::default()
    };
    let all: Vec<&str> = lines(text).collect();
    let mut i = 0;
    while i < all.len() {
        let number = i as u32 + 1;
        let line = all[i].trim_matches(|c: char| c.is_whitespace() || c == '\u{feff}');
        let Some(times) = TIMING.captures(line) else {
            if !line.is_empty() {
                let block = ["NOTE", "STYLE", "REGION"]
                    .iter()
                    .any(|b| line == *b || line.starts_with(&format!("{b} ")));
                let mut end = i;
                if block || line.starts_with("WEBVTT") {
                    while end + 1 < all.len()
                        && !all[end + 1].trim().is_empty()
                        && !TIMING.is_match(all[end + 1])
                    {
                        end += 1;
                    }
                }
                heard.skipped.push(Skipped {
                    line: number,
                    end_line: end as u32 + 1,
                    why: if block { "a note of the file" } else { "number or heading of the file" }.into(),
                });
                i = end;
            }
            i += 1;
            continue;
        };
        let (start, end) = (millis(&times[1]), millis(&times[2]));
        let first = i;
        i += 1;
        let mut words: Vec<&str> = Vec::new();
        let mut last = first;
        while i < all.len() && !all[i].trim().is_empty() && !TIMING.is_match(all[i]) {
            // A bare number right before a timing belongs to the next cue.
            if all[i].trim().bytes().all(|b| b.is_ascii_digit())
                && all.get(i + 1).is_some_and(|l| TIMING.is_match(l))
            {
                break;
            }
            words.push(all[i].trim());
            last = i;
            i += 1;
        }
        for (speaker, said) in voices(&words.join("\n")) {
            if said.is_empty() {
                continue;
            }
            heard.cues.push(Cue {
                line: number,
                end_line: last as u32 + 1,
                start_ms: start,
                end_ms: end.filter(|e| start.is_none_or(|s| *e >= s)),
                speaker,
                text: said,
                from: Vec::new(),
            });
        }
        if words.is_empty() {
            heard.skipped.push(Skipped { line: number, end_line: number, why: "a cue without words".into() });
        }
    }
    settle_names(&mut heard.cues);
    heard
}

/// The stretches of a cue by voice tags; a tag nobody closed lasts to the cue's end.
fn voices(words: &str) -> Vec<(Option<String>, String)> {
    let mut open: Option<String> = None;
    let mut parts: Vec<(Option<String>, String)> = Vec::new();
    let mut at = 0;
    for found in VOICE.captures_iter(words) {
        let Some(tag) = found.get(0) else { continue };
        parts.push((open.take(), plain(&words[at..tag.start()])));
        open = Some(plain(&found[1]));
        at = tag.end();
    }
    parts.push((open, plain(&words[at..])));
    parts.retain(|(_, said)| !said.is_empty());
    if parts.is_empty() { vec![(None, String::new())] } else { parts }
}

/// Words without tags, entities resolved, one line.
fn plain(text: &str) -> String {
    let bare = TAG.replace_all(text, " ");
    let resolved = bare
        .replace("&nbsp;", " ")
        .replace("&lt;", "<")
        .replace("&gt;", ">")
        .replace("&quot;", "\"")
        .replace("&#39;", "'")
        .replace("&lrm;", "")
        .replace("&rlm;", "")
        .replace("&amp;", "&");
    resolved.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Takes "Name: words" apart, where the same name stands often enough to be a speaker.
pub(super) fn settle_names(cues: &mut [Cue]) {
    let mut counts: std::collections::HashMap<String, usize> = std::collections::HashMap::new();
    for cue in cues.iter().filter(|c| c.speaker.is_none()) {
        if let Some(found) = NAMED.captures(&cue.text) {
            *counts.entry(found[1].to_lowercase()).or_default() += 1;
        }
    }
    let speaker = |name: &str| {
        let lower = name.to_lowercase();
        counts.get(&lower).copied().unwrap_or(0) >= 2 && !is_no_name(&lower) || is_role(&lower)
    };
    for cue in cues.iter_mut().filter(|c| c.speaker.is_none()) {
        if let Some(found) = NAMED.captures(&cue.text)
            && speaker(&found[1])
        {
            let (name, words) = (found[1].to_owned(), found[2].to_owned());
            cue.speaker = Some(name);
            cue.text = words;
        }
    }
}

/// Names people give the two sides of an interview.
pub(super) fn is_role(lower: &str) -> bool {
    matches!(
        lower,
        "interviewer"
            | "candidate"
            | "interviewee"
            | "applicant"
            | "moderator"
            | "host"
            | "guest"
            | "recruiter"
            | "me"
            | "q"
            | "a"
    ) || lower
        .strip_prefix("speaker")
        .is_some_and(|rest| rest.trim().chars().all(|c| c.is_alphanumeric()) && rest.trim().len() <= 2)
}

/// Words that stand before a colon without naming anybody.
pub(super) fn is_no_name(lower: &str) -> bool {
    matches!(
        lower,
        "note"
            | "notes"
            | "example"
            | "meeting"
            | "question"
            | "answer"
            | "summary"
            | "topic"
            | "agenda"
            | "date"
            | "time"
            | "title"
            | "so"
            | "first"
            | "second"
            | "third"
            | "then"
            | "also"
            | "and"
            | "but"
            | "well"
            | "step"
            | "action"
            | "actions"
            | "result"
            | "situation"
            | "task"
            | "duration"
            | "recording"
            | "transcript"
            | "http"
            | "https"
    )
}

/// A time as milliseconds; without hours too.
pub(super) fn millis(text: &str) -> Option<u64> {
    let text = text.trim().replace(',', ".");
    let (whole, fraction) = text.split_once('.').unwrap_or((text.as_str(), ""));
    let mut seconds = 0u64;
    for part in whole.split(':') {
        seconds = seconds.checked_mul(60)?.checked_add(part.parse().ok()?)?;
    }
    let digits: String = fraction.chars().chain("000".chars()).take(3).collect();
    Some(seconds.checked_mul(1000)? + digits.parse::<u64>().ok()?)
}
