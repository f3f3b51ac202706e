//! Builds pieces from formats that mark their structure: one piece a line of words, with what the format says of it.

use super::{Marker, Piece, Role, plain, wording};

/// Collects inline text and turns it into pieces at every line's end.
#[derive(Debug, Default)]
pub(crate) struct Builder {
    pieces: Vec<Piece>,
    text: String,
    line: u32,
    /// Bytes of the open line's text that stand in bold, and whether it begins bold.
    stressed: usize,
    lead: Option<usize>,
    /// Bytes that are links to places in the same document.
    anchored: usize,
    pub heading: Option<u8>,
    pub summary: bool,
    pub indent: usize,
    /// The marker for the next line, of a list item.
    pub marker: Option<Marker>,
    space: bool,
}

impl Builder {
    /// Adds words at a line of the source.
    pub fn push(&mut self, line: u32, words: &str, bold: bool, anchor: bool) {
        if self.text.is_empty() {
            if words.trim().is_empty() {
                return;
            }
            self.line = line;
        }
        let words = if self.text.is_empty() { words.trim_start() } else { words };
        if bold && self.text.is_empty() {
            self.lead = Some(0);
        }
        self.text.push_str(words);
        if bold {
            self.stressed += words.chars().filter(|c| !c.is_whitespace()).count();
            if let Some(lead) = &mut self.lead
                && *lead == self.text.len() - words.len()
            {
                *lead = self.text.len();
            }
        }
        if anchor {
            self.anchored += words.chars().filter(|c| !c.is_whitespace()).count();
        }
    }

    /// Whether a line is open.
    pub fn is_open(&self) -> bool {
        !self.text.trim().is_empty()
    }

    /// Notes that space stands before what comes.
    pub fn space(&mut self) {
        self.end_line();
        self.space = true;
    }

    /// Ends the open line.
    pub fn end_line(&mut self) {
        let text = std::mem::take(&mut self.text);
        let (stressed, lead, anchored) =
            (std::mem::take(&mut self.stressed), self.lead.take(), std::mem::take(&mut self.anchored));
        let trimmed = text.trim();
        if trimmed.is_empty() {
            return;
        }
        let visible = trimmed.chars().filter(|c| !c.is_whitespace()).count();
        if anchored > 0 && anchored * 10 >= visible * 8 {
            let mut piece = Piece::text(self.line, trimmed);
            piece.anchor = true;
            self.finish(piece);
            return;
        }
        let whole = stressed * 100 >= visible * 95;
        // "**What is X?** It is ...": the bold lead asks, the rest answers.
        if let Some(lead) = lead
            && !whole
            && lead < text.len()
            && text.is_char_boundary(lead)
            && (wording::ends_asking(&text[..lead])
                || wording::front(&text[..lead]).label.is_some() && lead > 6)
        {
            let mut first = Piece::text(self.line, &text[..lead]);
            first.stressed = true;
            self.finish(first);
            let mut rest = Piece::text(self.line, text[lead..].trim_start_matches([':', ' ', '-', '–', '—']));
            rest.mid_line = true;
            self.pieces.push(rest);
            return;
        }
        if self.heading.is_none() && !whole {
            let start = self.pieces.len();
            plain::split_glue(&mut self.pieces, self.line, trimmed);
            let mut made = self.pieces.split_off(start);
            if !made.is_empty() {
                let rest = made.split_off(1);
                if let Some(first) = made.pop() {
                    self.finish(first);
                }
                self.pieces.extend(rest);
            }
            return;
        }
        let mut piece = Piece::text(self.line, trimmed);
        piece.stressed = whole;
        self.finish(piece);
    }

    fn finish(&mut self, mut piece: Piece) {
        piece.heading = self.heading;
        piece.stressed |= self.summary;
        piece.indent = self.indent;
        if let Some(marker) = self.marker.take() {
            if !matches!(piece.marker, Marker::Number(_)) {
                piece.marker = marker;
            }
        } else if self.heading.is_none() && piece.marker == Marker::Bullet {
            piece.marker = Marker::Bullet;
        }
        piece.space_before = std::mem::take(&mut self.space) || self.pieces.is_empty();
        self.pieces.push(piece);
    }

    /// Adds a piece that is no words: code, a table's row, a rule.
    pub fn add(&mut self, line: u32, text: &str, role: Role) {
        self.end_line();
        let mut piece = Piece::text(line, "");
        piece.text = text.trim_end().to_owned();
        piece.role = role;
        piece.space_before = std::mem::take(&mut self.space);
        self.pieces.push(piece);
    }

    /// Marks the last piece as a mere link within the document.
    pub fn last_is_anchor(&mut self) {
        if let Some(last) = self.pieces.last_mut() {
            last.anchor = true;
        }
    }

    /// The pieces, in the order of lines. Lines without a piece of their own that hold something are given one.
    pub fn finish_all(mut self, source: Option<&str>) -> Vec<Piece> {
        self.end_line();
        if let Some(source) = source {
            let mut has: Vec<bool> = Vec::new();
            for piece in &self.pieces {
                let at = piece.line as usize;
                if has.len() <= at {
                    has.resize(at + 1, false);
                }
                has[at] = true;
            }
            for (number, line) in (1u32..).zip(plain::lines(source)) {
                if !line.trim().is_empty() && !has.get(number as usize).copied().unwrap_or(false) {
                    // Markup alone: it counts as a line, but says nothing.
                    let mut piece = Piece::text(number, "");
                    piece.role = Role::Rule;
                    piece.text = String::new();
                    piece.markup = true;
                    self.pieces.push(piece);
                }
            }
            self.pieces.sort_by_key(|p| p.line);
        }
        self.pieces
    }
}
