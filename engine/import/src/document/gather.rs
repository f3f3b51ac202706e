//! Turns a reading into questions: answers as text, snippets, duplicates merged, every line accounted for.

use super::outline::{self, Reading, Unit, key};
use super::{Label, Marker, Piece, Role, wording};
use crate::export::POINTS;
use crate::outcome::{FoundQuestion, Import, LeftOut, Part};
use crate::points;
use std::collections::HashMap;

/// Reads pieces into an import of the named format.
pub(crate) fn import(pieces: &[Piece], format: &str) -> Import {
    let Reading { units, left, warnings } = outline::read(pieces);
    let mut import = Import {
        file: None,
        format: format.to_owned(),
        unit: None,
        questions: Vec::new(),
        left_out: Vec::new(),
        warnings,
        packs: Vec::new(),
    };
    let lines: Vec<u32> = units.iter().map(|u| pieces[u.at].line).collect();
    let mut words = points::DocumentWords::default();
    for unit in &units {
        words.add(&pieces[unit.answer_at.min(unit.end)..unit.end], &unit.same_line_answer);
    }
    for unit in &units {
        import.questions.push(question(pieces, unit, &lines, &words));
    }
    for (start, end, why) in left {
        import.left_out.push(LeftOut { line: pieces[start].line, end_line: pieces[end - 1].line, why });
    }
    merge_duplicates(&mut import);
    account(pieces, &mut import);
    if import.questions.is_empty() {
        import.warnings.push("No question was found. A document of questions with answers, of headings with text, or of terms with meanings is needed.".into());
    }
    import
}

fn question(pieces: &[Piece], unit: &Unit, lines: &[u32], words: &points::DocumentWords) -> FoundQuestion {
    let line = pieces[unit.at].line;
    let answer = &pieces[unit.answer_at.min(unit.end)..unit.end];
    let (answer, notes) = without_notes(answer);
    let (answer, listed) = without_points(&answer);
    let asks_about_code = about_code(&unit.ask);
    let topic = notes.topic.or_else(|| unit.topic.clone());
    let (snippet, rest) = if asks_about_code { leading_code(answer) } else { (None, answer) };
    let model_answer = answer_text(&unit.same_line_answer, rest);
    let end_line = pieces[unit.answer_at.max(unit.end).max(unit.at + 1) - 1].line;
    let criteria = match listed {
        [] => points::criteria(&unit.ask, topic.as_deref(), line, &unit.same_line_answer, rest, words),
        listed => points::criteria(&unit.ask, topic.as_deref(), line, "", listed, words),
    };
    FoundQuestion {
        line,
        end_line: end_line.max(line),
        also_lines: Vec::new(),
        ask: unit.ask.clone(),
        kind: unit.kind,
        follows: unit.follows.and_then(|i| lines.get(i).copied()),
        topic,
        model_answer,
        code: snippet,
        criteria,
        confidence: (unit.confidence * 100.0).round() / 100.0,
        why: unit.why.clone(),
        source_id: None,
        tags: notes.tags,
        stated: None,
    }
}

regex!(NOTE, r"(?i)^(topic|category|keywords?|tags?|difficulty|level|compan(?:y|ies))\s*:\s*(.{1,120})$");
regex!(
    ANSWER_FOLLOWS,
    r"(?i)^(?:(?:show|see|view|click (?:here )?(?:to|for)(?: see| view| show)?(?: the)?) )?(?:answer|solution)s?\s*:?$"
);

/// What lines beside an answer say about its question.
#[derive(Default)]
struct Notes {
    topic: Option<String>,
    tags: Vec<String>,
}

/// Takes lines such as "Topic: ..." and a bare "Answer" out of an answer.
fn without_notes(answer: &[Piece]) -> (Vec<Piece>, Notes) {
    let mut notes = Notes::default();
    let mut kept = Vec::with_capacity(answer.len());
    for (n, piece) in answer.iter().enumerate() {
        if piece.is_text() && n < 12 {
            if ANSWER_FOLLOWS.is_match(piece.body()) {
                continue;
            }
            if let Some(found) = NOTE.captures(piece.body()).filter(|_| piece.marker == Marker::None) {
                let value = found[2].trim().to_owned();
                match found[1].to_lowercase().as_str() {
                    "topic" | "category" => notes.topic = Some(value),
                    "difficulty" | "level" => {}
                    _ => notes.tags.extend(
                        value.split([',', ';']).map(|t| t.trim().to_owned()).filter(|t| !t.is_empty()),
                    ),
                }
                continue;
            }
        }
        kept.push(piece.clone());
    }
    (kept, notes)
}

/// Cuts off the points a document of ours lists below an answer.
fn without_points(answer: &[Piece]) -> (&[Piece], &[Piece]) {
    match answer.iter().rposition(|piece| piece.is_text() && piece.body() == POINTS) {
        Some(at) if answer[at + 1..].iter().any(|p| p.marker == Marker::Bullet) => {
            (&answer[..at], &answer[at + 1..])
        }
        _ => (answer, &[]),
    }
}

/// Whether a question is about a snippet that stands beside it.
pub(crate) fn about_code(ask: &str) -> bool {
    let lower = ask.to_lowercase();
    [
        "this code",
        "following code",
        "the code below",
        "code snippet",
        "following snippet",
        "this snippet",
        "this program",
        "following program",
        "following query",
        "this query",
        "the output",
        "be the output",
        "does this print",
        "this function",
        "following function",
        "this method",
        "this class",
        "following class",
        "wrong with",
    ]
    .iter()
    .any(|sign| lower.contains(sign))
}

/// The code right behind a question, and what follows it.
fn leading_code(answer: &[Piece]) -> (Option<String>, &[Piece]) {
    let start =
        answer.iter().position(|p| !matches!(p.role, Role::Blank | Role::Rule)).unwrap_or(answer.len());
    let length = answer[start..].iter().take_while(|p| matches!(p.role, Role::Code | Role::Blank)).count();
    let code: Vec<&str> = answer[start..start + length].iter().map(|p| p.text.as_str()).collect();
    if code.iter().all(|line| line.trim().is_empty()) {
        return (None, answer);
    }
    (Some(code.join("\n").trim_matches('\n').to_owned()), &answer[start + length..])
}

/// Pieces as the text of an answer.
pub(crate) fn text_of(pieces: &[Piece]) -> String {
    answer_text("", pieces)
}

/// The answer as text: list marks made the same, code fenced, paragraphs kept.
fn answer_text(same_line: &str, pieces: &[Piece]) -> String {
    let mut out = String::new();
    let mut push = |line: &str| {
        if !out.is_empty() {
            out.push('\n');
        }
        out.push_str(line);
    };
    if !same_line.is_empty() {
        push(strip_answer_label(same_line));
    }
    let mut in_code = false;
    for piece in pieces {
        let code = piece.role == Role::Code;
        if code != in_code && piece.role != Role::Blank {
            push("```");
            in_code = code;
        }
        match piece.role {
            Role::Rule | Role::RowRule => {}
            Role::Blank => {
                if in_code {
                    push("");
                }
            }
            Role::Code | Role::Row => push(&piece.text),
            Role::Text => match piece.marker {
                Marker::Bullet => push(&format!("- {}", piece.body())),
                _ if piece.label == Some(Label::Answer) => push(piece.body()),
                _ => push(&piece.text),
            },
        }
    }
    if in_code {
        push("```");
    }
    out.trim().to_owned()
}

fn strip_answer_label(text: &str) -> &str {
    let front = wording::front(text);
    if front.label == Some(Label::Answer) || front.marker == Marker::Bullet {
        &text[front.body_at..]
    } else {
        text
    }
}

/// Merges a question with its repetitions, unless each has an answer of its own.
pub(crate) fn merge_duplicates(import: &mut Import) {
    let mut first: HashMap<String, usize> = HashMap::new();
    let mut gone: Vec<bool> = vec![false; import.questions.len()];
    for i in 0..import.questions.len() {
        let name = key(&import.questions[i].ask);
        let Some(&kept) = first.get(&name) else {
            first.insert(name, i);
            continue;
        };
        let (own, before) =
            (import.questions[i].model_answer.clone(), import.questions[kept].model_answer.clone());
        let line = import.questions[i].line;
        if own.is_empty() || key(&own) == key(&before) {
            import.questions[kept].also_lines.push(line);
            import.left_out.push(LeftOut {
                line,
                end_line: import.questions[i].end_line,
                why: format!("the question of line {} again", import.questions[kept].line),
            });
            gone[i] = true;
        } else if before.is_empty() {
            let earlier = import.questions[kept].line;
            import.left_out.push(LeftOut {
                line: earlier,
                end_line: import.questions[kept].end_line,
                why: format!("the question of line {line}, without its answer"),
            });
            let mut also = std::mem::take(&mut import.questions[kept].also_lines);
            // The first line stays the question's line only where the answer follows it.
            also.push(earlier);
            import.questions[i].also_lines = also;
            gone[kept] = true;
            first.insert(name, i);
        } else {
            import.warnings.push(format!(
                "The question of line {} stands again in line {line} with another answer. Both are kept.",
                import.questions[kept].line
            ));
        }
    }
    let mut i = 0;
    import.questions.retain(|_| {
        i += 1;
        !gone[i - 1]
    });
    let kept: std::collections::BTreeSet<u32> = import.questions.iter().map(|q| q.line).collect();
    for question in &mut import.questions {
        if question.follows.is_some_and(|line| !kept.contains(&line)) {
            question.follows = kept.range(..question.line).next_back().copied();
            if question.follows.is_none() && question.kind == Part::Followup {
                question.kind = Part::Main;
            }
        }
    }
}

/// Makes sure that each non-blank line is in a question's range or left out, and tidies what is left out.
fn account(pieces: &[Piece], import: &mut Import) {
    let mut nonblank: Vec<u32> = pieces.iter().filter(|p| p.role != Role::Blank).map(|p| p.line).collect();
    nonblank.dedup();
    account_lines(import, &nonblank, "belongs to no question");
}

/// The same for any format, given its non-blank lines in order and the reason for those nobody has named.
pub(crate) fn account_lines(import: &mut Import, nonblank: &[u32], why: &str) {
    let last = nonblank
        .last()
        .copied()
        .unwrap_or(0)
        .max(import.questions.iter().map(|q| q.end_line).max().unwrap_or(0));
    let mut held = vec![false; last as usize + 2];
    for q in &import.questions {
        held[q.line as usize..=q.end_line as usize].fill(true);
    }
    let mut reasons: Vec<Option<usize>> = vec![None; last as usize + 2];
    let given = std::mem::take(&mut import.left_out);
    for (n, out) in given.iter().enumerate() {
        for line in out.line..=out.end_line.min(last) {
            reasons[line as usize].get_or_insert(n);
        }
    }
    let reason = |line: u32| reasons[line as usize].map_or(why, |n| given[n].why.as_str());
    let mut left: Vec<LeftOut> = Vec::new();
    let mut before = 0;
    for &line in nonblank.iter().filter(|line| !held[**line as usize]) {
        // Lines run on over blank ones, but not over a question.
        let joins =
            left.last().is_some_and(|l| l.why == reason(line) && (before..line).all(|l| !held[l as usize]));
        match left.last_mut() {
            Some(open) if joins => open.end_line = line,
            _ => left.push(LeftOut { line, end_line: line, why: reason(line).to_owned() }),
        }
        before = line;
    }
    import.left_out = left;
}
