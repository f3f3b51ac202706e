//! Transcripts as plain text: Otter's form, names with colons, times in front, or nothing but paragraphs.

use super::{Cue, Heard, Skipped, cues};
use crate::document::plain::lines;

// "Ada Lovelace  0:05", the whole line.
regex!(
    OTTER,
    r"^(\p{L}[\p{L}\d .'’()-]{0,58}?)(?:\s{2,}|\t|\s+[-–—|]\s+|\s+\(|\s+\[)((?:\d{1,2}:)?\d{1,2}:\d{2})[\])]?\s*:?\s*$"
);
// "[00:01:02] words" or "0:05 words" or "(0:05) words".
regex!(TIMED, r"^[\[(]?((?:\d{1,2}:)?\d{1,2}:\d{2}(?:[.,]\d{1,3})?)[\])]?\s*[-–—]?\s+(\S.*)$");
regex!(ONLY_TIME, r"^[\[(]?((?:\d{1,2}:)?\d{1,2}:\d{2}(?:[.,]\d{1,3})?)[\])]?$");

/// Reads rows with a start, an end and words, as Whisper's TSV has them.
pub(super) fn read_columns(text: &str) -> Option<Heard> {
    let mut rows = (1u32..).zip(lines(text)).filter(|(_, l)| !l.trim().is_empty());
    let (head_line, head) = rows.next()?;
    let names: Vec<String> = head.split('\t').map(|n| n.trim().to_lowercase()).collect();
    let at = |wanted: &[&str]| names.iter().position(|n| wanted.contains(&n.as_str()));
    let (start, words) = (at(&["start", "start_ms", "begin"])?, at(&["text", "transcript", "words"])?);
    let (end, speaker) = (at(&["end", "end_ms", "stop"]), at(&["speaker", "name"]));
    let mut heard = Heard { format: "tsv", ..Heard::default() };
    heard.skipped.push(Skipped { line: head_line, end_line: head_line, why: "names of the columns".into() });
    for (line, row) in rows {
        let cells: Vec<&str> = row.split('\t').map(str::trim).collect();
        let time = |n: usize| {
            cells.get(n).and_then(|c| if c.contains(':') { cues::millis(c) } else { c.parse().ok() })
        };
        match cells.get(words).filter(|c| !c.is_empty()) {
            Some(said) => heard.cues.push(Cue {
                line,
                end_line: line,
                start_ms: time(start),
                end_ms: end.and_then(time),
                speaker: speaker
                    .and_then(|n| cells.get(n))
                    .filter(|s| !s.is_empty())
                    .map(|s| (*s).to_owned()),
                text: (*said).to_owned(),
                from: Vec::new(),
            }),
            None => heard.skipped.push(Skipped { line, end_line: line, why: "a row without words".into() }),
        }
    }
    Some(heard)
}

/// Reads plain text.
pub(super) fn read(text: &str) -> Heard {
    let all: Vec<&str> = lines(text).collect();
    let otter = all.iter().filter(|l| OTTER.is_match(l.trim_start_matches('\u{feff}'))).count() >= 2;
    let timed_lines = all.iter().filter(|l| TIMED.captures(l.trim()).is_some()).count();
    let only_times = all.iter().filter(|l| ONLY_TIME.is_match(l.trim())).count();
    let filled = all.iter().filter(|l| !l.trim().is_empty()).count();
    // One line that begins with a time is a remark ("10:30 Meeting: ..."), a habit is a format.
    let timed = timed_lines >= 2 && timed_lines * 3 >= filled || only_times >= 2 && only_times * 4 >= filled;
    let mut heard = Heard { format: if otter { "otter" } else { "text" }, ..Heard::default() };
    let mut voice: (Option<String>, Option<u64>) = (None, None);
    let mut open: Option<Cue> = None;
    for (number, raw) in (1u32..).zip(&all) {
        let line = raw.trim_matches(|c: char| c.is_whitespace() || c == '\u{feff}');
        if line.is_empty() {
            heard.cues.extend(open.take());
            continue;
        }
        if otter && let Some(found) = OTTER.captures(line) {
            heard.cues.extend(open.take());
            voice = (Some(found[1].trim().to_owned()), cues::millis(&found[2]));
            heard.skipped.push(Skipped {
                line: number,
                end_line: number,
                why: "name and time of a turn".into(),
            });
            continue;
        }
        if timed && ONLY_TIME.is_match(line) {
            heard.cues.extend(open.take());
            voice.1 = ONLY_TIME.captures(line).and_then(|c| cues::millis(&c[1]));
            heard.skipped.push(Skipped { line: number, end_line: number, why: "time of a turn".into() });
            continue;
        }
        let (start, words) = match TIMED.captures(line).filter(|_| timed) {
            Some(found) => (cues::millis(&found[1]), found[2].to_owned()),
            None => (None, line.to_owned()),
        };
        let runs_on = open.as_ref().is_some_and(|cue| {
            start.is_none()
                && (otter
                    || !cue.text.ends_with(['.', '?', '!', ':', '"', '”', '…'])
                        && words.starts_with(|c: char| c.is_lowercase()))
        });
        match &mut open {
            Some(cue) if runs_on => {
                cue.text.push(' ');
                cue.text.push_str(&words);
                cue.end_line = number;
            }
            _ => {
                heard.cues.extend(open.take());
                open = Some(Cue {
                    line: number,
                    end_line: number,
                    start_ms: start.or(voice.1.take()),
                    end_ms: None,
                    speaker: voice.0.clone(),
                    text: words,
                    from: Vec::new(),
                });
            }
        }
    }
    heard.cues.extend(open.take());
    if !otter {
        cues::settle_names(&mut heard.cues);
        carry_names(&mut heard.cues, &all);
    }
    heard
}

/// Where turns are named, a paragraph without a name goes on with the voice before it.
fn carry_names(cues: &mut [Cue], _lines: &[&str]) {
    let named = cues.iter().filter(|c| c.speaker.is_some()).count();
    if named < 2 {
        return;
    }
    let mut voice: Option<String> = None;
    for cue in cues {
        match &cue.speaker {
            Some(name) => voice = Some(name.clone()),
            None => cue.speaker.clone_from(&voice),
        }
    }
}
