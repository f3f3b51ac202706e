//! A document as a row of pieces, whatever format it came in.
//!
//! Every format with lines is brought into this form; what the format says by itself (a heading's level, a code
//! block, a table row) is kept, the rest is read from the words. A piece is a line, or a part of one where a
//! document has glued a question to the text before or behind it.

pub(crate) mod builder;
pub(crate) mod candidates;
pub(crate) mod code;
pub(crate) mod gather;
pub(crate) mod guide;
pub(crate) mod html;
pub(crate) mod list;
pub(crate) mod markdown;
pub(crate) mod outline;
pub(crate) mod plain;
pub(crate) mod wording;

/// What a piece of a document is, before anyone asks whether it is a question.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Role {
    /// Nothing but space.
    Blank,
    /// A drawn line.
    Rule,
    /// Program text, settings, a shell session, or a drawing made of characters.
    Code,
    /// A row of a table.
    Row,
    /// The line between a table's head and its body.
    RowRule,
    /// Words.
    Text,
}

/// How a piece begins, before its own words.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Marker {
    /// With its own words.
    None,
    /// With a bullet, arrow or dash.
    Bullet,
    /// With a number, such as `3.` or `(3)`.
    Number(u32),
    /// With a letter, such as `b)`.
    Letter,
}

/// A word in front that says what the piece is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Label {
    /// `Q:`, `Question 3.` and the like.
    Question,
    /// `A:`, `Answer:` and the like.
    Answer,
    /// `Follow-up:`.
    Followup,
}

/// A line, or a part of one.
#[derive(Debug, Clone)]
pub(crate) struct Piece {
    /// 1-based line of the document.
    pub line: u32,
    /// Its text, trimmed, without the markup of its format.
    pub text: String,
    /// Where in `text` its own words begin, behind marker and label.
    pub body_at: usize,
    /// How it begins.
    pub marker: Marker,
    /// What it calls itself.
    pub label: Option<Label>,
    /// What it is.
    pub role: Role,
    /// Level of a heading, where the format says that it is one; 1 is the outermost.
    pub heading: Option<u8>,
    /// Whether the format sets the whole line apart, as bold or as a summary.
    pub stressed: bool,
    /// Whether there is an empty line or a rule before it.
    pub space_before: bool,
    /// Columns of space in front.
    pub indent: usize,
    /// Whether it starts in the middle of its line.
    pub mid_line: bool,
    /// Whether it is nothing but a link to another place of the document.
    pub anchor: bool,
    /// Whether its line holds markup and no words.
    pub markup: bool,
}

impl Piece {
    /// A piece of plain words.
    pub fn text(line: u32, raw: &str) -> Self {
        let indent =
            raw.chars().take_while(|c| c.is_whitespace()).map(|c| if c == '\t' { 4 } else { 1 }).sum();
        let text = raw.trim().to_owned();
        let mut piece = Self {
            line,
            text,
            body_at: 0,
            marker: Marker::None,
            label: None,
            role: Role::Text,
            heading: None,
            stressed: false,
            space_before: false,
            indent,
            mid_line: false,
            anchor: false,
            markup: false,
        };
        piece.read_front();
        piece
    }

    /// Its own words, without marker and label.
    pub fn body(&self) -> &str {
        &self.text[self.body_at..]
    }

    /// Reads marker and label from the front of the text.
    pub fn read_front(&mut self) {
        let front = wording::front(&self.text);
        self.body_at = front.body_at;
        self.marker = front.marker;
        self.label = front.label;
        if self.text.is_empty() {
            self.role = Role::Blank;
        }
    }

    /// Whether it holds words a person would read.
    pub fn is_text(&self) -> bool {
        self.role == Role::Text
    }

    /// Whether it counts as part of an answer at all.
    pub fn is_content(&self) -> bool {
        !matches!(self.role, Role::Blank | Role::Rule)
    }
}
