//! From a pack to the text of a rubric file: what `load` reads back as the same pack.

use super::{Criterion, Kind, Level, Mistake, Pack, Question};
use std::fmt::Write;

/// Longest line a list is put on.
const LINE: usize = 100;

/// Writes a pack as the TOML of `rubrics/SCHEMA.md`.
///
/// Loading it again gives an equal pack, as long as its texts neither begin nor end in white space, as
/// those of a loaded pack never do.
pub fn to_toml(pack: &Pack) -> String {
    let mut out = String::from("[pack]\n");
    text(&mut out, "id", pack.id.as_str());
    text(&mut out, "title", &pack.title);
    some_text(&mut out, "about", Some(&pack.about));
    text(&mut out, "licence", &pack.licence);
    plain(&mut out, "version", &pack.version.to_string());
    let sources: Vec<&str> = pack.sources.iter().map(String::as_str).collect();
    some_list(&mut out, "sources", &sources);
    for one in &pack.corrections {
        out.push_str("\n[[correction]]\n");
        text(&mut out, "heard", &one.heard);
        text(&mut out, "meant", &one.meant);
    }
    for one in &pack.questions {
        question(&mut out, one);
    }
    out
}

fn question(out: &mut String, question: &Question) {
    out.push_str("\n[[question]]\n");
    text(out, "id", question.id.as_str());
    text(out, "ask", &question.ask);
    text(out, "topic", &question.topic);
    text(out, "level", level(question.level));
    text(out, "kind", kind(question.kind));
    plain(out, "seconds", &question.seconds.to_string());
    some_text(out, "hint", question.hint.as_deref());
    some_text(out, "code", question.code.as_deref());
    text(out, "model_answer", &question.model_answer);
    let related: Vec<&str> = question.related.iter().map(|id| id.as_str()).collect();
    some_list(out, "related", &related);
    let sources: Vec<&str> = question.sources.iter().map(String::as_str).collect();
    some_list(out, "sources", &sources);
    for one in &question.rubric.criteria {
        criterion(out, one);
    }
    for one in &question.rubric.mistakes {
        mistake(out, one);
    }
    if !question.rubric.anchors.is_empty() {
        out.push_str("\n[question.anchors]\n");
        for (level, anchor) in &question.rubric.anchors {
            text(out, &level.to_string(), anchor);
        }
    }
}

fn criterion(out: &mut String, criterion: &Criterion) {
    out.push_str("\n[[question.criterion]]\n");
    text(out, "id", criterion.id.as_str());
    text(out, "says", &criterion.says);
    plain(out, "weight", &criterion.weight.to_string());
    if criterion.required {
        plain(out, "required", "true");
    }
    listen(out, &criterion.listen, criterion.order, criterion.within);
    some_text(out, "probe", criterion.probe.as_deref());
}

fn mistake(out: &mut String, mistake: &Mistake) {
    out.push_str("\n[[question.mistake]]\n");
    text(out, "says", &mistake.says);
    listen(out, &mistake.listen, mistake.order, mistake.within);
    plain(out, "cost", &mistake.cost.to_string());
    some_text(out, "instead", Some(&mistake.instead));
}

fn listen(out: &mut String, items: &[Vec<String>], order: bool, within: Option<u32>) {
    let items: Vec<String> = items
        .iter()
        .map(|ways| format!("[{}]", ways.iter().map(|way| quoted(way)).collect::<Vec<_>>().join(", ")))
        .collect();
    let line = format!("listen = [{}]", items.join(", "));
    if line.chars().count() <= LINE {
        out.push_str(&line);
    } else {
        out.push_str("listen = [\n");
        for item in &items {
            let _ = writeln!(out, "  {item},");
        }
        out.push(']');
    }
    out.push('\n');
    if order {
        plain(out, "order", "true");
    }
    if let Some(words) = within {
        plain(out, "within", &words.to_string());
    }
}

fn level(level: Level) -> &'static str {
    match level {
        Level::Junior => "junior",
        Level::Mid => "mid",
        Level::Senior => "senior",
    }
}

fn kind(kind: Kind) -> &'static str {
    match kind {
        Kind::Technical => "technical",
        Kind::Behavioural => "behavioural",
        Kind::Code => "code",
        Kind::Design => "design",
    }
}

fn plain(out: &mut String, key: &str, value: &str) {
    let _ = writeln!(out, "{key} = {value}");
}

fn text(out: &mut String, key: &str, value: &str) {
    plain(out, key, &quoted(value));
}

fn some_text(out: &mut String, key: &str, value: Option<&str>) {
    if let Some(value) = value.filter(|value| !value.is_empty()) {
        text(out, key, value);
    }
}

fn some_list(out: &mut String, key: &str, values: &[&str]) {
    if !values.is_empty() {
        let values: Vec<String> = values.iter().map(|value| quoted(value)).collect();
        plain(out, key, &format!("[{}]", values.join(", ")));
    }
}

/// A TOML string: in one line where the text is, else between triple quotes.
pub(super) fn quoted(value: &str) -> String {
    let long = value.contains('\n');
    let mut out = String::from(if long { "\"\"\"\n" } else { "\"" });
    for c in value.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push('\n'),
            '\t' => out.push_str("\\t"),
            c if c.is_control() => {
                let _ = write!(out, "\\u{:04X}", u32::from(c));
            }
            c => out.push(c),
        }
    }
    out.push_str(if long { "\n\"\"\"" } else { "\"" });
    out
}
