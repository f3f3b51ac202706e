//! Tables and lists of terms, each of which is a question.

use super::super::{Piece, Role};
use super::{DEFINED, content_words, trim};

regex!(
    GLOSSARY_TITLE,
    r"(?i)\b(?:glossary|vocabulary|terminology|terms|definitions|key concepts|quick reference|cheat ?sheet|acronyms|abbreviations|jargon|dictionary|lexicon)\b"
);

regex!(
    TERM_HEAD,
    r"(?i)^(?:term|concept|word|acronym|abbreviation|phrase|keyword|name|topic|pattern|expression|vocabulary|item|key term)s?$"
);

regex!(
    MEANING_HEAD,
    r"(?i)\b(?:definition|meaning|description|explanation|stands for|what it (?:is|means)|in one (?:line|sentence)|one[- ]lin(?:e|er)|summary|means|expansion|answer)\b"
);

/// The terms of a glossary under a heading: piece, end, term, meaning.
pub(super) fn glossary(
    pieces: &[Piece],
    taken: &[Option<&'static str>],
    at: usize,
    end: usize,
    name: &str,
) -> Vec<(usize, usize, String, String)> {
    let mut rows = Vec::new();
    let titled = GLOSSARY_TITLE.is_match(name);
    let table: Vec<usize> =
        (at + 1..end).filter(|i| pieces[*i].role == Role::Row && taken[*i].is_none()).collect();
    if table.len() >= 3 {
        let head = cells(&pieces[table[0]].text);
        let headed =
            head.len() >= 2 && (TERM_HEAD.is_match(&head[0]) && (titled || MEANING_HEAD.is_match(&head[1])));
        let body = content_words(pieces, taken, at + 1, end);
        let in_table: usize = table.iter().map(|i| pieces[*i].text.split_whitespace().count()).sum();
        if (headed || titled && head.len() == 2) && in_table * 3 >= body * 2 {
            let has_rule = (table[0]..end).any(|i| pieces[i].role == Role::RowRule);
            for i in table.into_iter().skip(usize::from(headed || has_rule)) {
                let cells = cells(&pieces[i].text);
                if cells.len() >= 2 && !cells[0].is_empty() && !cells[1].is_empty() {
                    rows.push((i, i + 1, strip_marks(&cells[0]), strip_marks(&cells[1..].join(". "))));
                }
            }
            return rows;
        }
    }
    if titled {
        let lines: Vec<usize> =
            (at + 1..end).filter(|i| pieces[*i].is_text() && taken[*i].is_none()).collect();
        let mut found = Vec::new();
        for i in &lines {
            if let Some(caps) = DEFINED.captures(pieces[*i].body())
                && caps[1].split_whitespace().count() <= 6
            {
                found.push((*i, *i + 1, strip_marks(&caps[1]), strip_marks(&caps[2])));
            }
        }
        if found.len() >= 3 && found.len() * 3 >= lines.len() * 2 {
            // Lines in between run on from the term before them.
            let at: Vec<usize> = found.iter().map(|f| f.0).collect();
            for (n, row) in found.iter_mut().enumerate() {
                row.1 = trim(pieces, taken, row.0 + 1, at.get(n + 1).copied().unwrap_or(end)).0;
            }
            return found;
        }
    }
    rows
}

/// The cells of a table's row.
pub(crate) fn cells(row: &str) -> Vec<String> {
    let inner = row.trim().trim_start_matches('|').trim_end_matches('|');
    inner
        .replace("\\|", "\u{1}")
        .split('|')
        .map(|cell| cell.replace('\u{1}', "|").trim().to_owned())
        .collect()
}

pub(super) fn strip_marks(text: &str) -> String {
    text.trim().trim_matches(['*', '`', '_']).trim().to_owned()
}

pub(super) fn article_for(term: &str) -> String {
    term.trim_end_matches(['.', ':']).to_owned()
}
