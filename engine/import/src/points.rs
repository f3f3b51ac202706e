//! Cuts a model answer into the points it makes, and words each as a criterion.
//!
//! The cut keeps the lines a point came from, so that a person finds it again. Which points become criteria is
//! decided by how much they say that the question and the points already chosen do not: rare words, names of code and
//! numbers count, anecdotes and examples count less, and what the document itself calls the key point counts more.

use crate::document::wording;
use crate::document::{Marker, Piece, Role};
use crate::outcome::FoundCriterion;
use std::collections::{HashMap, HashSet};
use std::sync::LazyLock;
use viva_core::text::Frequency;
use viva_core::text::function_words::is_function_word;

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
regex!(WORD, r"\$?\p{N}+(?:[.,]\p{N}+)+%?|[@.]?[\p{L}\p{N}_][\p{L}\p{N}_+#'’/:.@<>()-]*|[=!<>+*/-]{2,3}");

static FREQUENCY: LazyLock<Frequency> = LazyLock::new(Frequency::embedded);

/// In how many answers of the document each stem occurs.
#[derive(Debug, Default)]
pub(crate) struct DocumentWords {
    answers: usize,
    with: HashMap<String, usize>,
}

impl DocumentWords {
    /// Adds an answer.
    pub fn add(&mut self, pieces: &[Piece], same_line: &str) {
        self.answers += 1;
        let mut seen = HashSet::new();
        for text in pieces.iter().filter(|p| p.is_content()).map(|p| p.text.as_str()).chain([same_line]) {
            for word in WORD.find_iter(text) {
                let stem = wording::stem(bare(word.as_str()));
                if seen.len() < 5000 && seen.insert(stem.clone()) {
                    *self.with.entry(stem).or_default() += 1;
                }
            }
        }
    }

    /// How much a word tells one answer of this document from another, 0.2 to 1.
    fn tells(&self, stem: &str) -> f64 {
        if self.answers < 4 {
            return 1.0;
        }
        let share = self.with.get(stem).copied().unwrap_or(1) as f64 / self.answers as f64;
        (1.0 - share).clamp(0.2, 1.0)
    }
}

/// A stretch of the answer that says one thing.
#[derive(Debug, Clone)]
struct Point {
    text: String,
    lines: (u32, u32),
    /// The label or heading it stands under.
    under: Option<String>,
    /// It is the first under its label.
    opens: bool,
    /// How much it counts beside its words.
    factor: f64,
    terms: Vec<Term>,
}

/// A word or name that carries the point's meaning.
#[derive(Debug, Clone)]
struct Term {
    said: String,
    stem: String,
    bits: f64,
    /// Its position among the point's words.
    at: usize,
}

/// Derives the criteria of an answer.
pub(crate) fn criteria(
    ask: &str,
    topic: Option<&str>,
    line: u32,
    same_line: &str,
    answer: &[Piece],
    document: &DocumentWords,
) -> Vec<FoundCriterion> {
    let mut points = cut(line, same_line, answer);
    let asked: HashSet<String> =
        words(ask).chain(topic.into_iter().flat_map(words)).map(|w| wording::stem(bare(w))).collect();
    for point in &mut points {
        point.terms = terms(&worded(point), &asked, document);
    }
    points.retain(|p| !p.terms.is_empty());
    if points.is_empty() {
        points.extend(whole(line, same_line, answer, document));
    }
    let said: usize = points.iter().map(|p| p.text.split_whitespace().count()).sum();
    let most = how_many(said, points.len());
    let chosen = choose(&points, most);
    let strongest: f64 = chosen.iter().map(|(_, gain)| *gain).fold(0.0, f64::max);
    let mut required = 0;
    let mut out: Vec<(usize, FoundCriterion)> = Vec::new();
    for (index, gain) in chosen {
        let point = &points[index];
        let weight = if gain >= strongest * 0.6 {
            3.0
        } else if gain >= strongest * 0.35 {
            2.0
        } else {
            1.0
        };
        let needed = weight == 3.0 && required < 2;
        required += usize::from(needed);
        let says = worded(point);
        out.push((
            index,
            FoundCriterion {
                listen: listen(point),
                says,
                weight,
                required: needed,
                from_lines: point.lines,
                ..FoundCriterion::default()
            },
        ));
    }
    out.sort_by_key(|(index, _)| *index);
    out.into_iter().map(|(_, criterion)| criterion).collect()
}

/// An answer of a word or two is its own only point.
fn whole(line: u32, same_line: &str, answer: &[Piece], document: &DocumentWords) -> Option<Point> {
    let said: Vec<&str> = [same_line]
        .into_iter()
        .chain(answer.iter().filter(|p| p.is_content()).map(Piece::body))
        .map(str::trim)
        .filter(|t| !t.is_empty())
        .collect();
    let text = said.join("; ");
    if text.is_empty() || text.len() > 300 {
        return None;
    }
    let mut terms = terms(&text, &HashSet::new(), document);
    if terms.is_empty() {
        terms.push(Term { said: text.clone(), stem: text.to_lowercase(), bits: 2.0, at: 0 });
    }
    let last = answer.iter().rev().find(|p| p.is_content()).map_or(line, |p| p.line);
    let first = answer.iter().find(|p| p.is_content() && same_line.is_empty()).map_or(line, |p| p.line);
    Some(Point { text, lines: (first, last.max(first)), under: None, opens: false, factor: 1.0, terms })
}

/// How many criteria an answer of so many words and points bears.
fn how_many(words: usize, points: usize) -> usize {
    let by_length = 4.3 + words as f64 / 46.0;
    (by_length.round() as usize).clamp(1, 11).min(points)
}

/// Picks the points that say most beyond what is said already, with what each adds.
fn choose(points: &[Point], most: usize) -> Vec<(usize, f64)> {
    let mut covered: HashSet<&str> = HashSet::new();
    let mut left: Vec<usize> = (0..points.len()).collect();
    let mut chosen = Vec::new();
    while chosen.len() < most && !left.is_empty() {
        let gain = |index: usize| {
            let point = &points[index];
            let fresh: f64 = point
                .terms
                .iter()
                .map(|t| if covered.contains(t.stem.as_str()) { t.bits * 0.15 } else { t.bits })
                .sum();
            fresh / (point.terms.len() as f64).powf(0.55) * point.factor
        };
        let Some((place, best)) = left
            .iter()
            .enumerate()
            .map(|(place, index)| (place, gain(*index)))
            .max_by(|a, b| a.1.total_cmp(&b.1).then(b.0.cmp(&a.0)))
        else {
            break;
        };
        if best <= 0.5 {
            break;
        }
        let index = left.remove(place);
        covered.extend(points[index].terms.iter().map(|t| t.stem.as_str()));
        chosen.push((index, best));
    }
    chosen
}

/// Cuts an answer into points.
fn cut(line: u32, same_line: &str, answer: &[Piece]) -> Vec<Point> {
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
struct Cutter {
    points: Vec<Point>,
    comments: Vec<Point>,
    under: Option<String>,
    under_factor: f64,
    /// Nothing has been said under the label yet.
    fresh_label: bool,
    /// Short items of one list, collected into one point.
    small: Vec<(String, u32)>,
}

impl Cutter {
    fn push(&mut self, text: &str, first: u32, last: u32, factor: f64) {
        let text = text.trim().trim_matches(|c| matches!(c, '*' | '_')).trim();
        if text.split_whitespace().count() < 2 && text.chars().count() < 8 {
            return;
        }
        let mut factor = factor * if self.under_factor > 0.0 { self.under_factor } else { 1.0 };
        if KEY.is_match(text.split([':', '.']).next().unwrap_or(text)) {
            factor *= 1.25;
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
            terms: Vec::new(),
        });
    }

    fn set_under(&mut self, label: &str) {
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

    fn flush_small(&mut self) {
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
    fn text(&mut self, pieces: &[Piece]) -> usize {
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
        self.prose(&text, first, last);
        used
    }

    /// Sentences and glued items of a paragraph.
    fn prose(&mut self, text: &str, first: u32, last: u32) {
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
    fn table(&mut self, pieces: &[Piece]) -> usize {
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
    fn code(&mut self, pieces: &[Piece]) -> usize {
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

    fn close_comment(&mut self, comment: Option<(String, u32, u32)>, before: Option<&str>) {
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
            let numbered = said.starts_with(|c: char| c.is_ascii_digit());
            self.comments.push(Point {
                text: said,
                lines: (first, last),
                under: under.clone(),
                opens: false,
                factor: if numbered { 1.0 } else { 0.6 },
                terms: Vec::new(),
            });
        }
    }

    fn finish(mut self) -> Vec<Point> {
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

/// Splits "causes: - one - two" and "first. => second" into their items.
fn glued_items(text: &str) -> Vec<&str> {
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

fn words(text: &str) -> impl Iterator<Item = &str> {
    WORD.find_iter(text).map(|m| m.as_str())
}

/// A word without the signs around it.
fn bare(word: &str) -> &str {
    let trimmed = word.trim_matches(|c: char| {
        matches!(c, '(' | ')' | '<' | '>' | '.' | ',' | ':' | '\'' | '’' | '-' | '/' | '"' | ';' | '!' | '?')
    });
    if trimmed.is_empty() { word } else { trimmed }
}

/// The words of a point that carry its meaning.
fn terms(text: &str, asked: &HashSet<String>, document: &DocumentWords) -> Vec<Term> {
    let mut found: Vec<Term> = Vec::new();
    let mut seen = HashSet::new();
    let mut fallback = Vec::new();
    for (at, raw) in words(text).enumerate() {
        let said = bare(raw);
        let lower = said.to_lowercase();
        if said.chars().count() < 2 && !said.chars().all(|c| c.is_ascii_digit())
            || is_function_word(&lower)
            || wording::is_plain_word(&lower)
            || wording::is_padding(&lower)
            || lower.contains(['\'', '’']) && !wording::is_name_like(said)
        {
            continue;
        }
        let stem = wording::stem(said);
        if !seen.insert(stem.clone()) {
            continue;
        }
        let named = wording::is_name_like(said)
            || said.chars().filter(|c| c.is_alphabetic()).count() >= 2
                && said.chars().all(|c| c.is_uppercase() || c.is_ascii_digit());
        let rarity = if said.chars().any(|c| c.is_ascii_digit()) && !said.chars().any(char::is_alphabetic) {
            4.0
        } else if named {
            5.5
        } else {
            (7.5 - FREQUENCY.zipf(&lower)).clamp(0.5, 6.0)
        };
        let bits = rarity * document.tells(&stem);
        let term = Term { said: said.to_owned(), stem: stem.clone(), bits, at };
        if asked.contains(&stem) {
            fallback.push(Term { bits: bits * 0.3, ..term });
        } else {
            found.push(term);
        }
    }
    if found.is_empty() { fallback } else { found }
}

/// What to listen for: the strongest words, neighbours kept together.
fn listen(point: &Point) -> Vec<Vec<String>> {
    let mut strongest: Vec<&Term> = point.terms.iter().collect();
    strongest.sort_by(|a, b| b.bits.total_cmp(&a.bits).then(a.at.cmp(&b.at)));
    strongest.truncate(4);
    let weakest = strongest.first().map_or(0.0, |t| t.bits) * 0.45;
    strongest.retain(|t| t.bits >= weakest);
    strongest.sort_by_key(|t| t.at);
    strongest.into_iter().map(|t| vec![t.said.clone()]).collect()
}

/// A label without its number and its aside in brackets.
fn strip_aside(label: &str) -> String {
    let label = &label[wording::front(label).body_at..];
    match label.find(" (") {
        Some(at) if label.ends_with(')') && at > 3 => label[..at].to_owned(),
        _ => label.to_owned(),
    }
}

/// A point as one sentence, with the label it stands under where it says too little alone.
fn worded(point: &Point) -> String {
    let text = point.text.trim().trim_end_matches([';', ',']).trim();
    let short = text.split_whitespace().count() <= 12;
    match &point.under {
        Some(under)
            if (short || point.opens && under.split_whitespace().count() <= 5)
                && !under.is_empty()
                && under.split_whitespace().count() <= 10
                && !text.starts_with(under.as_str()) =>
        {
            format!("{under}: {text}")
        }
        _ => text.to_owned(),
    }
}
