//! Plain text into pieces: lines, tables, drawn rules, fences, and questions glued to their neighbours.

use super::{Marker, Piece, Role, code};

regex!(RULE, r"^(?:[-=_*~#.•–—─═+]\s?){3,}$");
regex!(ROW_RULE, r"^\|?\s*:?-{2,}:?\s*(?:\|\s*:?-{2,}:?\s*)+\|?$|^\+[-=+]{3,}\+$");
regex!(FENCE, r"^(?:```|~~~)");
regex!(GLUED_AFTER_MARK, r#"\?["”)]?(?:=>|[A-Z@“•→]|-\s)"#);
regex!(
    GLUED_BEFORE,
    r"[a-z0-9.)!\]}”](?:What|How|Why|When|Where|Which|Who|Explain|Describe|Differentiate|Compare|Walk|Tell|Define|Is|Are|Does|Do|Can|Should)\s"
);
regex!(LABEL_INSIDE, r"\s(?:Q\s?\d{0,3}\s?[:.)]|Question\s?\d{0,3}\s?:|A\s?:|Ans(?:wer)?\s?:)\s+\S");

/// The lines of a text. Only LF and CRLF end a line.
pub(crate) fn lines(text: &str) -> impl Iterator<Item = &str> {
    text.split('\n').map(|line| line.strip_suffix('\r').unwrap_or(line))
}

/// Reads plain text.
pub(crate) fn read(text: &str) -> Vec<Piece> {
    // A fence nobody closed would swallow the rest: then none of them means anything.
    read_with(text, true).or_else(|| read_with(text, false)).unwrap_or_default()
}

/// Reads plain text with or without a meaning for fences; `None` where one stays open.
fn read_with(text: &str, fences: bool) -> Option<Vec<Piece>> {
    let mut pieces = Vec::new();
    let mut fence: Option<&str> = None;
    for (number, raw) in (1u32..).zip(lines(text)) {
        let trimmed = raw.trim();
        if let Some(mark) = fence {
            if trimmed.starts_with(mark) && trimmed.trim_start_matches(['`', '~']).is_empty() {
                fence = None;
                push_as(&mut pieces, number, raw, Role::Rule);
            } else {
                push_as(&mut pieces, number, raw, Role::Code);
            }
            continue;
        }
        if FENCE.is_match(trimmed) {
            fence = fences.then(|| if trimmed.starts_with('`') { "```" } else { "~~~" });
            push_as(&mut pieces, number, raw, Role::Rule);
        } else if trimmed.is_empty() {
            push_as(&mut pieces, number, raw, Role::Blank);
        } else if ROW_RULE.is_match(trimmed) {
            push_as(&mut pieces, number, raw, Role::RowRule);
        } else if RULE.is_match(trimmed) && !trimmed.chars().all(|c| c == '.') {
            push_as(&mut pieces, number, raw, Role::Rule);
        } else {
            split_glue(&mut pieces, number, raw);
        }
    }
    if fence.is_some() {
        return None;
    }
    mark_tables(&mut pieces);
    code::mark(&mut pieces);
    mark_space(&mut pieces);
    Some(pieces)
}

/// Notes for every piece whether space or a rule stands before it.
pub(crate) fn mark_space(pieces: &mut [Piece]) {
    let mut space = true;
    for piece in pieces {
        piece.space_before = space;
        space = matches!(piece.role, Role::Blank | Role::Rule);
    }
}

fn push_as(pieces: &mut Vec<Piece>, number: u32, raw: &str, role: Role) {
    let mut piece = Piece::text(number, raw);
    piece.role = role;
    if role == Role::Code {
        piece.text = raw.trim_end().to_owned();
        piece.body_at = 0;
        piece.marker = Marker::None;
        piece.label = None;
    }
    pieces.push(piece);
}

/// Pushes a line, cut where a question is glued to what stands before or behind it.
pub(crate) fn split_glue(pieces: &mut Vec<Piece>, number: u32, raw: &str) {
    let text = raw.trim_end();
    let mut cuts = Vec::new();
    if text.len() < 4000 && !code::looks_like_code(text) {
        for found in GLUED_AFTER_MARK.find_iter(text) {
            let mark = found.as_str();
            let keep = mark.char_indices().nth(1).map_or(1, |(at, c)| {
                if matches!(c, '"' | '”' | ')') && mark.chars().count() > 2 {
                    at + c.len_utf8()
                } else {
                    at
                }
            });
            let cut = found.start() + keep;
            // "Why?Because" is glue, "?a=b" of an address is not; a quote that closes is no glue either.
            if text[..cut].contains(' ') && text[cut..].len() > 2 {
                cuts.push(cut);
            }
        }
        for found in GLUED_BEFORE.find_iter(text) {
            let cut = found.start() + text[found.start()..].chars().next().map_or(1, char::len_utf8);
            let rest = &text[cut..];
            if rest.contains('?') && super::wording::asked(rest).is_some() && text[..cut].trim().len() > 3 {
                cuts.push(cut);
            }
        }
        for found in LABEL_INSIDE.find_iter(text) {
            let before = text[..found.start()].trim_end();
            if before.ends_with(['?', '.', '!', ':']) || before.len() > 20 {
                let space = found.as_str().chars().next().map_or(1, char::len_utf8);
                cuts.push(found.start() + space);
            }
        }
        cuts.sort_unstable();
        cuts.dedup();
    }
    let mut start = 0;
    for cut in cuts.into_iter().chain([text.len()]) {
        if cut <= start || text[start..cut].trim().is_empty() {
            continue;
        }
        let mut piece = Piece::text(number, &text[start..cut]);
        piece.mid_line = start > 0;
        pieces.push(piece);
        start = cut;
    }
}

/// Finds tables: rows drawn with bars, their separators, and body rows that lost their outer bars.
fn mark_tables(pieces: &mut [Piece]) {
    for piece in pieces.iter_mut() {
        if piece.role == Role::Text && piece.text.starts_with('|') && piece.text.matches('|').count() >= 2 {
            piece.role = Role::Row;
        }
    }
    for i in 0..pieces.len() {
        if pieces[i].role != Role::Text {
            continue;
        }
        let bars = pieces[i].text.matches(" | ").count() + usize::from(pieces[i].text.ends_with('|'));
        if bars == 0 {
            continue;
        }
        let beside = |j: Option<usize>| {
            j.and_then(|j| pieces.get(j)).is_some_and(|p| {
                matches!(p.role, Role::Row | Role::RowRule) || p.text.matches(" | ").count() == bars
            })
        };
        if beside(i.checked_sub(1)) || beside(Some(i + 1)) {
            pieces[i].role = Role::Row;
        }
    }
}
