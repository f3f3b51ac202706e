//! JSON and YAML: questions wherever an object has something that asks.

use super::Record;
use super::table::{Column, column_of};
use crate::document::{candidates, wording};
use crate::error::ImportError;
use crate::limits::MOST_RECORDS;
use crate::outcome::{FoundCriterion, Import};
use saphyr::{LoadableYamlNode, MarkedYaml, YamlData};

/// A value with the line it stands at.
#[derive(Debug)]
struct Node {
    line: u32,
    end_line: u32,
    data: Data,
}

#[derive(Debug)]
enum Data {
    Text(String),
    List(Vec<Node>),
    Map(Vec<(String, Node)>),
    Other,
}

/// How deep a document may nest before it is refused.
const DEEPEST: usize = 100;

/// Reads JSON, one value or one a line.
pub(crate) fn read_json(text: &str) -> Result<Import, ImportError> {
    let lines = braces(text);
    let mut values = Vec::new();
    for value in serde_json::Deserializer::from_str(text).into_iter::<serde_json::Value>() {
        values.push(value.map_err(|e| ImportError::damaged("JSON", e))?);
    }
    let mut open = lines.into_iter();
    let last = u32::try_from(text.split('\n').count()).unwrap_or(u32::MAX);
    let mut nodes: Vec<Node> = values.into_iter().map(|v| of_json(v, &mut open, (1, last))).collect();
    let root = match nodes.len() {
        1 => nodes.remove(0),
        _ => Node { line: 1, end_line: last, data: Data::List(nodes) },
    };
    finish(&root, text, "json")
}

/// Reads YAML.
pub(crate) fn read_yaml(text: &str) -> Result<Import, ImportError> {
    if nests(text) > DEEPEST {
        return Err(ImportError::damaged("YAML", "it nests too deep"));
    }
    let documents = MarkedYaml::load_from_str(text).map_err(|e| ImportError::damaged("YAML", e))?;
    let last = u32::try_from(text.split('\n').count()).unwrap_or(u32::MAX);
    let mut nodes = Vec::new();
    for document in &documents {
        nodes.push(of_yaml(document, 0).ok_or_else(|| ImportError::damaged("YAML", "it nests too deep"))?);
    }
    let root = Node { line: 1, end_line: last, data: Data::List(nodes) };
    finish(&root, text, "yaml")
}

/// How deep a YAML text nests at most, by its dashes, brackets and indents: the parser's own stack is not unlimited.
fn nests(text: &str) -> usize {
    let (mut deepest, mut brackets) = (0, 0usize);
    let mut indents: Vec<usize> = Vec::new();
    for line in text.split('\n') {
        let trimmed = line.trim_start();
        if trimmed.is_empty() {
            continue;
        }
        let indent = line.len() - trimmed.len();
        while indents.last().is_some_and(|last| *last >= indent) {
            indents.pop();
        }
        indents.push(indent);
        let dashes = trimmed.split(' ').take_while(|word| matches!(*word, "-" | "?" | "" | ":")).count();
        let mut open = brackets;
        for byte in trimmed.bytes() {
            match byte {
                b'[' | b'{' => open += 1,
                b']' | b'}' => open = open.saturating_sub(1),
                _ => {}
            }
            deepest = deepest.max(indents.len() + dashes + open);
        }
        brackets = open;
    }
    deepest
}

fn finish(root: &Node, text: &str, format: &str) -> Result<Import, ImportError> {
    let mut records = Vec::new();
    collect(root, None, &mut records);
    if records.len() > MOST_RECORDS {
        return Err(ImportError::damaged("questions", format!("it holds more than {MOST_RECORDS} of them")));
    }
    let mut import = super::import(records, format, None, Vec::new(), Vec::new());
    super::account(&mut import, text, "around the questions");
    Ok(import)
}

/// The first and last line of every object and list, in the order they open.
fn braces(text: &str) -> Vec<(u32, u32)> {
    let mut found: Vec<(u32, u32)> = Vec::new();
    let mut open: Vec<usize> = Vec::new();
    let (mut line, mut quoted, mut escaped) = (1u32, false, false);
    for byte in text.bytes() {
        match byte {
            b'\n' => line += 1,
            _ if escaped => escaped = false,
            b'\\' if quoted => escaped = true,
            b'"' => quoted = !quoted,
            b'{' | b'[' if !quoted => {
                open.push(found.len());
                found.push((line, line));
            }
            b'}' | b']' if !quoted => {
                if let Some(at) = open.pop() {
                    found[at].1 = line;
                }
            }
            _ => {}
        }
    }
    found
}

fn of_json(
    value: serde_json::Value,
    open: &mut impl Iterator<Item = (u32, u32)>,
    around: (u32, u32),
) -> Node {
    use serde_json::Value;
    match value {
        Value::Object(map) => {
            let span = open.next().unwrap_or(around);
            let entries = map.into_iter().map(|(key, value)| (key, of_json(value, open, span))).collect();
            Node { line: span.0, end_line: span.1, data: Data::Map(entries) }
        }
        Value::Array(list) => {
            let span = open.next().unwrap_or(around);
            let entries = list.into_iter().map(|value| of_json(value, open, span)).collect();
            Node { line: span.0, end_line: span.1, data: Data::List(entries) }
        }
        Value::String(text) => Node { line: around.0, end_line: around.1, data: Data::Text(text) },
        Value::Number(n) => Node { line: around.0, end_line: around.1, data: Data::Text(n.to_string()) },
        Value::Bool(_) | Value::Null => Node { line: around.0, end_line: around.1, data: Data::Other },
    }
}

fn of_yaml(node: &MarkedYaml<'_>, depth: usize) -> Option<Node> {
    if depth > DEEPEST {
        return None;
    }
    let line = u32::try_from(node.span.start.line()).unwrap_or(1).max(1);
    let mut end_line = u32::try_from(node.span.end.line()).unwrap_or(line).max(line);
    let data = match &node.data {
        YamlData::Sequence(list) => {
            Data::List(list.iter().map(|n| of_yaml(n, depth + 1)).collect::<Option<_>>()?)
        }
        YamlData::Mapping(map) => Data::Map(
            map.iter()
                .map(|(key, value)| {
                    let name = match of_yaml(key, depth + 1)?.data {
                        Data::Text(text) => text,
                        _ => String::new(),
                    };
                    Some((name, of_yaml(value, depth + 1)?))
                })
                .collect::<Option<_>>()?,
        ),
        YamlData::Representation(text, ..) => Data::Text(text.to_string()),
        YamlData::Value(scalar) => match scalar {
            saphyr::Scalar::String(text) => Data::Text(text.to_string()),
            saphyr::Scalar::Integer(n) => Data::Text(n.to_string()),
            saphyr::Scalar::FloatingPoint(n) => Data::Text(n.to_string()),
            _ => Data::Other,
        },
        YamlData::Tagged(_, inner) => return of_yaml(inner, depth + 1),
        _ => Data::Other,
    };
    // A node's end is where the next one begins; its own last line is that of what it holds.
    end_line = match &data {
        Data::Text(text) => end_line
            .min(line + text.trim_end().matches('\n').count() as u32 + 1)
            .min(if end_line > line { end_line - 1 } else { line })
            .max(line),
        Data::List(list) => list.iter().map(|n| n.end_line).max().unwrap_or(line),
        Data::Map(map) => map.iter().map(|(_, n)| n.end_line).max().unwrap_or(line),
        Data::Other => line,
    };
    Some(Node { line, end_line, data })
}

impl Node {
    fn text(&self) -> Option<String> {
        match &self.data {
            Data::Text(text) => Some(text.trim().to_owned()),
            Data::List(list) => {
                let lines: Vec<String> = list.iter().filter_map(Node::text).collect();
                (!lines.is_empty())
                    .then(|| lines.iter().map(|l| format!("- {l}")).collect::<Vec<_>>().join("\n"))
            }
            Data::Map(entries) => {
                let lines: Vec<String> =
                    entries.iter().filter_map(|(k, v)| v.text().map(|t| format!("{k}: {t}"))).collect();
                (!lines.is_empty()).then(|| lines.join("\n"))
            }
            Data::Other => None,
        }
    }

    fn texts(&self) -> Vec<String> {
        match &self.data {
            Data::List(list) => list.iter().filter_map(Node::text).collect(),
            _ => self.text().into_iter().collect(),
        }
    }
}

/// Walks the tree; `topic` is the key the node stands under.
fn collect(node: &Node, topic: Option<&str>, out: &mut Vec<Record>) {
    match &node.data {
        Data::List(list) => {
            for item in list {
                match &item.data {
                    Data::Text(text) if wording::asked(text).is_some() && text.len() < 600 => {
                        out.push(Record {
                            line: item.line,
                            end_line: item.end_line.min(item.line.max(node.line)),
                            ask: candidates::tidy(text),
                            topic: topic.map(str::to_owned),
                            confidence: 0.8,
                            why: "A question in a list.".into(),
                            ..Record::default()
                        })
                    }
                    _ => collect(item, topic, out),
                }
            }
        }
        Data::Map(entries) => {
            if let Some(record) = record_of(node, entries, topic) {
                let line = record.line;
                out.push(record);
                for (key, value) in entries {
                    let name: String = key.to_lowercase().chars().filter(char::is_ascii_alphabetic).collect();
                    if name.starts_with("followup") || name == "subquestions" || name == "probes" {
                        let start = out.len();
                        collect(value, topic, out);
                        for record in &mut out[start..] {
                            record.followup = true;
                            record.line = record.line.max(line);
                        }
                    }
                }
                return;
            }
            let own = entries
                .iter()
                .find(|(k, v)| matches!(column_of(k), Column::Topic) && v.text().is_some())
                .and_then(|(_, v)| v.text());
            let named = entries
                .iter()
                .find(|(k, _)| {
                    matches!(k.to_lowercase().as_str(), "title" | "name" | "topic" | "category" | "section")
                })
                .and_then(|(_, v)| v.text());
            for (key, value) in entries {
                if let (Data::Text(answer), true) = (&value.data, wording::asked(key).is_some()) {
                    out.push(Record {
                        line: value.line,
                        end_line: value.end_line,
                        ask: candidates::tidy(key),
                        answer: answer.trim().to_owned(),
                        topic: topic.map(str::to_owned),
                        confidence: 0.85,
                        why: "A question as a key, with its answer.".into(),
                        ..Record::default()
                    });
                } else {
                    let known = matches!(
                        key.to_lowercase().as_str(),
                        "questions"
                            | "items"
                            | "data"
                            | "cards"
                            | "notes"
                            | "entries"
                            | "list"
                            | "pack"
                            | "sections"
                            | "topics"
                            | "categories"
                            | "results"
                            | "faq"
                            | "faqs"
                    );
                    let under = own.as_deref().or(named.as_deref()).or(if known {
                        topic
                    } else {
                        Some(key.as_str())
                    });
                    collect(value, under, out);
                }
            }
        }
        Data::Text(_) | Data::Other => {}
    }
}

fn record_of(node: &Node, entries: &[(String, Node)], topic: Option<&str>) -> Option<Record> {
    let find = |wanted: Column| entries.iter().filter(move |(k, _)| column_of(k) == wanted).map(|(_, v)| v);
    let question =
        find(Column::Question).find_map(|v| if matches!(v.data, Data::Text(_)) { v.text() } else { None });
    let term = find(Column::Term).find_map(Node::text);
    let title = entries
        .iter()
        .find(|(k, _)| matches!(k.to_lowercase().as_str(), "title" | "name" | "summary"))
        .and_then(|(_, v)| v.text());
    let answered = find(Column::Answer).next().is_some();
    let ask = match (question, term, title) {
        (Some(question), ..) => candidates::tidy(&question),
        (None, Some(term), _) if answered => format!("What is {term}?"),
        (None, None, Some(title)) if answered && wording::asked(&title).is_some() => candidates::tidy(&title),
        _ => return None,
    };
    if !ask.chars().any(char::is_alphanumeric) {
        return None;
    }
    Some(Record {
        line: node.line,
        end_line: node.end_line,
        ask,
        answer: find(Column::Answer)
            .filter_map(Node::text)
            .filter(|t| !t.is_empty())
            .collect::<Vec<_>>()
            .join("\n\n"),
        topic: find(Column::Topic).find_map(Node::text).or_else(|| topic.map(str::to_owned)),
        tags: find(Column::Tags).flat_map(Node::texts).collect(),
        source_id: find(Column::Id).find_map(Node::text),
        code: find(Column::Code).find_map(Node::text),
        followup: entries.iter().any(|(k, v)| {
            column_of(k) == Column::Kind && v.text().is_some_and(|t| t.to_lowercase().starts_with("follow"))
        }),
        points: find(Column::Points)
            .filter(|v| full_criteria(v, (0, 0)).is_empty())
            .flat_map(Node::texts)
            .collect(),
        criteria: find(Column::Points).flat_map(|v| full_criteria(v, (node.line, node.end_line))).collect(),
        confidence: 0.95,
        why: "An object with a question.".into(),
        stated: None,
    })
}

/// Criteria given as objects with what they say and what to listen for.
fn full_criteria(node: &Node, lines: (u32, u32)) -> Vec<FoundCriterion> {
    let Data::List(list) = &node.data else { return Vec::new() };
    list.iter()
        .filter_map(|item| {
            let Data::Map(entries) = &item.data else { return None };
            let get = |name: &str| entries.iter().find(|(k, _)| k == name).map(|(_, v)| v);
            let says = get("says")?.text()?;
            let listen = match &get("listen")?.data {
                Data::List(items) => items.iter().map(Node::texts).filter(|i| !i.is_empty()).collect(),
                _ => return None,
            };
            Some(FoundCriterion {
                says,
                weight: get("weight").and_then(Node::text).and_then(|t| t.parse().ok()).unwrap_or(1.0),
                required: false,
                listen,
                from_lines: lines,
                ..FoundCriterion::default()
            })
        })
        .collect()
}
