//! Cuts an answer into the stretches that each say one thing.

use super::strip_aside;
use super::terms::Term;
use crate::document::wording;
use crate::document::{Marker, Piece, Role};

regex!(
    KEY,
    r"(?i)\b(?:key (?:point|advantage|idea|difference|takeaway|feature|insight|method|concept)s?|interview tip|closing line|summary|in short|in summary|rule of thumb|important|remember|bottom line|tl;?dr|conclusion|the fix|root cause|limitation|gotcha|risk|best practice|correct technical reality)\b"
);

regex!(
    ANECDOTE,
    r"(?i)\b(?:in (?:my|one of (?:my|our)) (?:\S+ ){0,8}(?:project|system|team|company|role|experience|case)|in our (?:\w+ ){0,3}(?:project|system|team)|at (?:my|our) (?:company|job)|i (?:used|worked|implemented|resolved|faced|observed|reduced|created|had to|once|built|led|was)|we (?:used|had|faced|solved|reduced|built|observed)|my (?:project|recommendation|team))\b"
);

regex!(
    EXAMPLE,
    r"(?i)^(?:(?:real|simple|concrete|practical|another|quick)[\w -]* )?(?:example|scenario|suppose|imagine|for example|for instance|e\.g\.|let's say|let us say|usage|output)\b"
);

regex!(
    FILLING,
    r"(?i)^(?:here (?:is|are)|here'?s|let me|let's|the following|these are|there are (?:two|three|four|several|many)|as follows|i (?:always|usually|would|prefer)|this is (?:a|an|the) (?:classic|very|common|important))\b"
);

regex!(COMMENT, r"^(?://+|#+|--|/\*+|\*)\s?(.*?)(?:\*/)?$");

/// A stretch of the answer that says one thing.
#[derive(Debug, Clone)]
pub(super) struct Point {
    pub(super) text: String,
    pub(super) lines: (u32, u32),
    /// The label or heading it stands under.
    pub(super) under: Option<String>,
    /// It is the first under its label.
    pub(super) opens: bool,
    /// How much it counts beside its words.
    pub(super) factor: f64,
    /// It is one item of an enumeration: a list's, a numbered comment's, or named as "Name: what it is" are.
    pub(super) peer: bool,
    /// It has a number of its own, so its peers may stand apart, with code or remarks between them.
    pub(super) numbered: bool,
    pub(super) terms: Vec<Term>,
}

/// Cuts an answer into points.
pub(super) fn cut(line: u32, same_line: &str, answer: &[Piece]) -> Vec<Point> {
    let mut cutter = Cutter::default();
    if !same_line.is_empty() {
        cutter.prose(same_line, line, line);
    }
    let mut i = 0;
    while i < answer.len().min(600) {
        let piece = &answer[i];
        match piece.role {
            Role::Blank | Role::Rule | Role::RowRule => cutter.flush_small(),
            Role::Row => i += cutter.table(&answer[i..]) - 1,
            Role::Code => i += cutter.code(&answer[i..]) - 1,
            Role::Text => i += cutter.text(&answer[i..]) - 1,
        }
        i += 1;
    }
    cutter.finish()
}

#[derive(Default)]
pub(super) struct Cutter {
    pub(super) points: Vec<Point>,
    pub(super) comments: Vec<Point>,
    pub(super) under: Option<String>,
    pub(super) under_factor: f64,
    /// Nothing has been said under the label yet.
    pub(super) fresh_label: bool,
    /// Short items of one list, collected into one point.
    pub(super) small: Vec<(String, u32)>,
    /// What is pushed comes from an item of a list.
    pub(super) listed: bool,
}

impl Cutter {
    pub(super) fn push(&mut self, text: &str, first: u32, last: u32, factor: f64) {
        let text = text.trim().trim_matches(|c| matches!(c, '*' | '_')).trim();
        // The number of an item is no word to listen for.
        let front = wording::front(text);
        let numbered = matches!(front.marker, Marker::Number(_));
        let text = if numbered { text[front.body_at..].trim() } else { text };
        if text.split_whitespace().count() < 2 && text.chars().count() < 8 {
            return;
        }
        let mut factor = factor * if self.under_factor > 0.0 { self.under_factor } else { 1.0 };
        if KEY.is_match(text.split([':', '.']).next().unwrap_or(text)) {
            factor *= 1.25;
        }
        if numbered {
            // Whoever counts the points of an answer means each of them.
            factor *= 1.35;
        }
        if ANECDOTE.is_match(text) {
            factor *= 0.5;
        }
        if EXAMPLE.is_match(text) {
            factor *= 0.6;
        }
        if FILLING.is_match(text) {
            factor *= 0.5;
        }
        if text.ends_with(':') || text.ends_with('?') {
            factor *= 0.4;
        }
        let opens = std::mem::take(&mut self.fresh_label);
        self.points.push(Point {
            text: text.to_owned(),
            lines: (first, last),
            under: self.under.clone(),
            opens,
            factor,
            peer: self.listed || numbered || is_named(text),
            numbered,
            terms: Vec::new(),
        });
    }

    pub(super) fn set_under(&mut self, label: &str) {
        self.flush_small();
        let label = label.trim().trim_end_matches(':').trim();
        self.under_factor = if EXAMPLE.is_match(label)
            || label.to_lowercase().contains("example")
            || ANECDOTE.is_match(label)
        {
            0.5
        } else if KEY.is_match(label) {
            1.2
        } else {
            1.0
        };
        self.under =
            (!FILLING.is_match(label) && label.split_whitespace().count() <= 10).then(|| strip_aside(label));
        self.fresh_label = true;
    }

    pub(super) fn flush_small(&mut self) {
        let small = std::mem::take(&mut self.small);
        if let (Some(first), Some(last)) = (small.first(), small.last()) {
            let (from, to) = (first.1, last.1);
            let joined = small
                .iter()
                .map(|(text, _)| text.trim_end_matches(['.', ',', ';']))
                .collect::<Vec<_>>()
                .join("; ");
            self.push(&joined, from, to, if small.len() > 1 { 1.0 } else { 0.8 });
        }
    }

    /// A line of words, with those it runs on into. Returns how many pieces were used.
    pub(super) fn text(&mut self, pieces: &[Piece]) -> usize {
        let piece = &pieces[0];
        let mut text = piece.body().to_owned();
        let mut used = 1;
        while let Some(next) = pieces.get(used) {
            let runs_on = next.role == Role::Text
                && next.marker == Marker::None
                && next.label.is_none()
                && next.heading.is_none()
                && !next.space_before
                && !text.ends_with(['.', '!', '?', ':', ';'])
                && next.text.starts_with(|c: char| c.is_lowercase() || c == '(')
                && text.chars().count() > 30;
            if !runs_on || used > 12 {
                break;
            }
            text.push(' ');
            text.push_str(&next.text);
            used += 1;
        }
        let (first, last) = (piece.line, pieces[used - 1].line);
        let count = text.split_whitespace().count();
        let next_is_content = pieces.get(used).is_some_and(|p| p.is_content());
        if text.ends_with(':') && count <= 14 && next_is_content {
            self.set_under(&text);
            return used;
        }
        let listed = matches!(piece.marker, Marker::Bullet | Marker::Letter);
        let title = !listed
            && count <= 10
            && !text.ends_with(['.', '!', '?', ';'])
            && next_is_content
            && !text.contains(": ");
        if title || piece.heading.is_some() {
            // A heading inside the answer; numbered ones often say the point themselves.
            if matches!(piece.marker, Marker::Number(_))
                && !pieces.get(used).is_some_and(|p| p.is_text() && p.marker == Marker::Bullet)
                && count >= 3
            {
                self.set_under(&text);
                let under = self.under.take();
                self.push(&text, first, last, 0.8);
                self.under = under;
            } else {
                self.set_under(&text);
            }
            return used;
        }
        if listed && count <= 5 {
            self.small.push((text, first));
            if self.small.len() >= 6 {
                self.flush_small();
            }
            return used;
        }
        self.flush_small();
        self.listed = listed;
        self.prose(&text, first, last);
        self.listed = false;
        used
    }

    /// Sentences and glued items of a paragraph.
    pub(super) fn prose(&mut self, text: &str, first: u32, last: u32) {
        let parts: Vec<&str> = glued_items(text);
        for part in parts {
            let sentences = wording::sentences(part);
            let mut held: Option<(usize, usize)> = None;
            for (start, end) in sentences {
                let range = match held.take() {
                    Some((held_start, _)) => (held_start, end),
                    None => (start, end),
                };
                // A very short sentence says its point together with the next.
                if part[range.0..range.1].split_whitespace().count() < 5 {
                    held = Some(range);
                    continue;
                }
                self.push(&part[range.0..range.1], first, last, 1.0);
            }
            if let Some((start, end)) = held {
                self.push(&part[start..end], first, last, 0.8);
            }
        }
    }

    /// The rows of a table. Returns how many pieces were used.
    pub(super) fn table(&mut self, pieces: &[Piece]) -> usize {
        self.flush_small();
        let used = pieces.iter().take_while(|p| matches!(p.role, Role::Row | Role::RowRule)).count();
        let has_head = pieces[..used].iter().any(|p| p.role == Role::RowRule) || used > 2;
        let mut head: Vec<String> = Vec::new();
        let mut headed = !has_head;
        for piece in &pieces[..used] {
            if piece.role == Role::RowRule {
                continue;
            }
            let cells = crate::document::guide::cells(&piece.text);
            if !headed {
                head = cells;
                headed = true;
                continue;
            }
            let Some((name, rest)) = cells.split_first() else { continue };
            let said: Vec<String> = rest
                .iter()
                .enumerate()
                .filter(|(_, cell)| cell.chars().any(char::is_alphanumeric))
                .map(|(n, cell)| match head.get(n + 1) {
                    Some(title) if rest.len() > 1 && !title.is_empty() => format!("{title}: {cell}"),
                    _ => cell.clone(),
                })
                .collect();
            if !said.is_empty() {
                self.push(&format!("{name}: {}", said.join("; ")), piece.line, piece.line, 0.75);
            }
        }
        used.max(1)
    }

    /// A stretch of code: its comments may make the points. Returns how many pieces were used.
    pub(super) fn code(&mut self, pieces: &[Piece]) -> usize {
        self.flush_small();
        let used = pieces.iter().take_while(|p| p.role == Role::Code).count().max(1);
        let mut open: Option<(String, u32, u32)> = None;
        let mut before: Option<String> = None;
        for piece in &pieces[..used] {
            let text = piece.text.trim();
            let words = COMMENT
                .captures(text)
                .and_then(|c| c.get(1))
                .map(|m| m.as_str().trim())
                .filter(|t| t.chars().any(char::is_alphabetic));
            if let Some(words) = words {
                match &mut open {
                    Some((joined, _, last)) => {
                        joined.push(' ');
                        joined.push_str(words);
                        *last = piece.line;
                    }
                    None => open = Some((words.to_owned(), piece.line, piece.line)),
                }
                continue;
            }
            self.close_comment(open.take(), before.as_deref());
            before = Some(text.to_owned());
            if let Some((_, tail)) = text.split_once("// ")
                && tail.split_whitespace().count() >= 4
            {
                self.close_comment(Some((tail.to_owned(), piece.line, piece.line)), None);
            }
        }
        self.close_comment(open.take(), before.as_deref());
        used
    }

    pub(super) fn close_comment(&mut self, comment: Option<(String, u32, u32)>, before: Option<&str>) {
        let Some((text, first, last)) = comment else { return };
        if text.split_whitespace().count() < 3 {
            return;
        }
        let under = self.under.clone();
        // An annotation or a call above a comment is what the comment is about.
        let name = before.filter(|b| b.starts_with('@')).map(|b| b.trim_start_matches('@').to_owned());
        let parts = wording::sentences(&text);
        let whole = if parts.len() <= 3 {
            vec![(0, text.len())]
        } else {
            vec![(0, parts[1].1), (parts[2].0, text.len())]
        };
        for (start, end) in whole {
            let said = match &name {
                Some(name) => format!("{name}: {}", text[start..end].trim()),
                None => text[start..end].trim().to_owned(),
            };
            let front = wording::front(&said);
            let numbered = matches!(front.marker, Marker::Number(_));
            let said = if numbered { said[front.body_at..].trim().to_owned() } else { said };
            self.comments.push(Point {
                text: said,
                lines: (first, last),
                under: under.clone(),
                opens: false,
                factor: if numbered { 1.35 } else { 0.6 },
                peer: numbered,
                numbered,
                terms: Vec::new(),
            });
        }
    }

    pub(super) fn finish(mut self) -> Vec<Point> {
        self.flush_small();
        let bare = self.points.len();
        let many = self.comments.len();
        for mut comment in self.comments {
            // Where nearly everything is said in comments they are the answer.
            if bare < 4 && many > bare {
                comment.factor = 1.0;
            }
            self.points.push(comment);
        }
        self.points.sort_by_key(|p| p.lines.0);
        self.points.dedup_by(|a, b| a.text == b.text);
        self.points
    }
}

/// Whether a text names a thing and says what it is: "Cold start — the time until ...".
fn is_named(text: &str) -> bool {
    [" — ", " – ", " - "]
        .iter()
        .filter_map(|dash| text.find(dash))
        .min()
        .is_some_and(|at| text[..at].split_whitespace().count() <= 4)
}

/// Splits "causes: - one - two" and "first. => second" into their items.
pub(super) fn glued_items(text: &str) -> Vec<&str> {
    let mut cuts = vec![0];
    for (at, _) in text.match_indices(" => ") {
        cuts.push(at);
    }
    let dashes: Vec<usize> = text
        .match_indices(" - ")
        .map(|(at, _)| at)
        .filter(|at| {
            text[at + 3..]
                .starts_with(|c: char| c.is_uppercase() || c == '@' || c == '`' || c.is_ascii_digit())
        })
        .collect();
    if dashes.len() >= 2 || dashes.len() == 1 && text[..dashes[0]].trim_end().ends_with(['.', ':', ')']) {
        cuts.extend(dashes);
    }
    let numbered: Vec<usize> = (1..=12u32).map_while(|n| text.find(&format!(" {n}. "))).collect();
    if numbered.len() >= 3 && numbered.is_sorted() {
        cuts.extend(numbered);
    }
    cuts.sort_unstable();
    cuts.dedup();
    cuts.push(text.len());
    cuts.windows(2)
        .map(|w| text[w[0]..w[1]].trim().trim_start_matches("=>").trim_start_matches("- ").trim())
        .filter(|t| !t.is_empty())
        .collect()
}
