//! Transcripts as JSON: whisper.cpp, OpenAI's Whisper and its relatives, and our own.

use super::{Cue, Heard, cues};
use crate::error::ImportError;
use serde_json::Value;

/// Reads any of the forms.
pub(super) fn read(text: &str) -> Result<Heard, ImportError> {
    let value: Value = serde_json::from_str(text.trim_start_matches('\u{feff}'))
        .map_err(|e| ImportError::damaged("JSON", e))?;
    let last = u32::try_from(text.trim_end().split('\n').count()).unwrap_or(u32::MAX);
    let mut heard = Heard { format: "json", ..Heard::default() };
    let list = ["transcription", "segments", "results", "utterances", "monologues", "transcript", "words"]
        .iter()
        .find_map(|key| {
            value
                .get(key)
                .and_then(Value::as_array)
                .filter(|l| !l.is_empty() && l.iter().any(|i| words(i).is_some()))
        })
        .or_else(|| value.as_array());
    let places = places(text);
    match list {
        // A list of single words is no list of turns: the text says it in one.
        Some(items)
            if value.get("text").and_then(Value::as_str).is_none()
                || value.get("segments").is_some()
                || value.get("transcription").is_some()
                || value.get("utterances").is_some() =>
        {
            for (n, item) in items.iter().enumerate() {
                let Some(said) = words(item) else { continue };
                let said = said.split_whitespace().collect::<Vec<_>>().join(" ");
                if said.is_empty() {
                    continue;
                }
                let (line, end_line) =
                    places.get(n).copied().filter(|_| places.len() == items.len()).unwrap_or((1, last));
                let (start_ms, end_ms) = times(item);
                heard.cues.push(Cue {
                    line,
                    end_line,
                    start_ms,
                    end_ms,
                    speaker: speaker(item),
                    text: said,
                    from: Vec::new(),
                });
            }
        }
        _ => {
            let Some(said) = value.get("text").and_then(Value::as_str) else {
                return Err(ImportError::NoWords);
            };
            let spoken = value.get("words").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
            let timed = sentences(spoken, last);
            // Words with times count only where they are all of the words.
            if timed.iter().flat_map(|cue| cue.text.split_whitespace()).eq(said.split_whitespace()) {
                heard.cues = timed;
                return Ok(heard);
            }
            let start =
                value.get("words").and_then(Value::as_array).and_then(|w| w.first()).and_then(|w| times(w).0);
            heard.cues.push(Cue {
                line: 1,
                end_line: last,
                start_ms: start,
                end_ms: value.get("audio_ms").and_then(Value::as_u64),
                speaker: None,
                text: said.split_whitespace().collect::<Vec<_>>().join(" "),
                from: Vec::new(),
            });
        }
    }
    cues::settle_names(&mut heard.cues);
    Ok(heard)
}

/// The words of a segment, marks of the recogniser dropped.
fn words(item: &Value) -> Option<String> {
    let text = match item {
        Value::String(text) => text.clone(),
        Value::Object(_) => match ["text", "transcript", "sentence", "content", "utterance"]
            .iter()
            .find_map(|k| item.get(k).and_then(Value::as_str))
        {
            Some(text) => text.to_owned(),
            None => {
                // Tokens join by their own leading spaces.
                let tokens = item.get("tokens").or_else(|| item.get("words")).and_then(Value::as_array)?;
                tokens
                    .iter()
                    .filter_map(|t| t.get("text").or_else(|| t.get("word")).and_then(Value::as_str))
                    .collect()
            }
        },
        _ => return None,
    };
    Some(without_marks(&text))
}

fn without_marks(text: &str) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some(open) = rest
        .find("<|")
        .map(|a| (a, "|>"))
        .into_iter()
        .chain(rest.find("[_").map(|a| (a, "_]")))
        .min_by_key(|o| o.0)
    {
        out.push_str(&rest[..open.0]);
        match rest[open.0..].find(open.1) {
            Some(close) => rest = &rest[open.0 + close + open.1.len()..],
            None => {
                rest = &rest[open.0 + 2..];
            }
        }
    }
    out.push_str(rest);
    out
}

fn times(item: &Value) -> (Option<u64>, Option<u64>) {
    if let Some(offsets) = item.get("offsets") {
        return (offsets.get("from").and_then(Value::as_u64), offsets.get("to").and_then(Value::as_u64));
    }
    let of = |keys: [&str; 3]| {
        if let Some(ms) = item.get(keys[0]).and_then(Value::as_u64) {
            return Some(ms);
        }
        keys[1..].iter().find_map(|key| match item.get(key)? {
            Value::Number(n) => {
                n.as_f64().filter(|s| s.is_finite() && *s >= 0.0).map(|s| (s * 1000.0).round() as u64)
            }
            Value::String(text) if text.contains(':') => cues::millis(text),
            Value::String(text) => text
                .parse::<f64>()
                .ok()
                .filter(|s| s.is_finite() && *s >= 0.0)
                .map(|s| (s * 1000.0).round() as u64),
            _ => None,
        })
    };
    (of(["start_ms", "start", "begin"]), of(["end_ms", "end", "stop"]))
}

fn speaker(item: &Value) -> Option<String> {
    match ["speaker", "speaker_name", "name", "speaker_label"].iter().find_map(|k| item.get(k))? {
        Value::String(name) if !name.trim().is_empty() => Some(name.trim().to_owned()),
        Value::Number(n) => Some(format!("Speaker {n}")),
        _ => None,
    }
}

/// First and last line of the objects one level below the outermost list, where the file is laid out so.
fn places(text: &str) -> Vec<(u32, u32)> {
    let mut found = Vec::new();
    let (mut line, mut quoted, mut escaped) = (1u32, false, false);
    let mut open: Vec<(u8, u32)> = Vec::new();
    let mut list_depth = None;
    for byte in text.bytes() {
        match byte {
            b'\n' => line += 1,
            _ if escaped => escaped = false,
            b'\\' if quoted => escaped = true,
            b'"' => quoted = !quoted,
            b'{' | b'[' if !quoted => {
                open.push((byte, line));
                if byte == b'{' && open.len() >= 2 && open[open.len() - 2].0 == b'[' && list_depth.is_none() {
                    list_depth = Some(open.len());
                }
            }
            b'}' | b']' if !quoted => {
                if let Some((kind, start)) = open.pop()
                    && kind == b'{'
                    && list_depth == Some(open.len() + 1)
                {
                    found.push((start, line));
                }
            }
            _ => {}
        }
    }
    found
}

/// Silence after which a new stretch begins although no sentence has ended, in milliseconds.
const PAUSE_MS: u64 = 1_500;

/// Sentences out of single words with times; none where a word lacks its own.
fn sentences(spoken: &[Value], last: u32) -> Vec<Cue> {
    let mut cues: Vec<Cue> = Vec::new();
    let mut open = false;
    for item in spoken {
        let said = item.get("text").or_else(|| item.get("word")).and_then(Value::as_str);
        let (Some(said), (Some(start), Some(end))) = (said.map(str::trim), times(item)) else {
            return Vec::new();
        };
        match cues.last_mut() {
            Some(cue) if open && cue.end_ms.is_some_and(|before| start.saturating_sub(before) < PAUSE_MS) => {
                cue.text.push(' ');
                cue.text.push_str(said);
                cue.end_ms = Some(end);
            }
            _ => cues.push(Cue {
                line: 1,
                end_line: last,
                start_ms: Some(start),
                end_ms: Some(end),
                speaker: None,
                text: said.to_owned(),
                from: Vec::new(),
            }),
        }
        open = !said.ends_with(['.', '?', '!']);
    }
    cues
}
