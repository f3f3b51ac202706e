//! Finds every piece that asks for something, and in which style it does.

use super::wording::{self, Asked, Form};
use super::{Label, Marker, Piece, Role};

/// How a document sets its questions apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Style {
    /// `Q:`, `Question 3.`
    Labelled,
    /// A heading, by the format's own word.
    Heading(u8),
    /// A bold line or a summary that opens.
    Stressed,
    /// `12.`
    Numbered,
    /// A list item.
    Bulleted,
    /// Quoted as a whole.
    Quoted,
    /// Nothing but its words.
    Bare,
}

/// A piece that asks.
#[derive(Debug, Clone)]
pub(crate) struct Candidate {
    /// Its piece.
    pub at: usize,
    /// The piece after the question's last, where a question runs over several lines.
    pub end: usize,
    pub style: Style,
    pub form: Form,
    /// The whole question, marks and labels removed.
    pub ask: String,
    /// The topic in front, if any.
    pub topic: Option<String>,
    /// What stands behind the question in its last line.
    pub rest: String,
    pub sentences: usize,
    pub followup_label: bool,
}

impl Candidate {
    /// Number of words of the question.
    pub fn words(&self) -> usize {
        self.ask.split_whitespace().count()
    }
}

/// Finds all candidates, in order.
pub(crate) fn find(pieces: &[Piece]) -> Vec<Candidate> {
    let mut found = Vec::new();
    let mut i = 0;
    while i < pieces.len() {
        if let Some(candidate) = at(pieces, i) {
            i = candidate.end.max(i + 1);
            found.push(candidate);
        } else {
            i += 1;
        }
    }
    found
}

fn style_of(piece: &Piece) -> Style {
    if matches!(piece.label, Some(Label::Question | Label::Followup)) {
        return Style::Labelled;
    }
    if let Some(level) = piece.heading {
        return Style::Heading(level);
    }
    if piece.stressed {
        return Style::Stressed;
    }
    match piece.marker {
        Marker::Number(_) => Style::Numbered,
        Marker::Bullet | Marker::Letter => Style::Bulleted,
        Marker::None if wording::unquote(&piece.text).len() < piece.text.len() => Style::Quoted,
        Marker::None => Style::Bare,
    }
}

fn at(pieces: &[Piece], i: usize) -> Option<Candidate> {
    let piece = &pieces[i];
    if piece.role != Role::Text
        || piece.label == Some(Label::Answer)
        || piece.body().is_empty()
        || piece.text.len() > 1500
    {
        return None;
    }
    let labelled = matches!(piece.label, Some(Label::Question | Label::Followup));
    let (text, end) = joined(pieces, i);
    let asked = wording::asked(&text).or_else(|| labelled_anyway(labelled, &text))?;
    // A question that ends in its first line needs no more of them.
    let own = piece.body().len();
    let end = if asked.end <= own { i + 1 } else { end };
    let text = if asked.end <= own { piece.body().to_owned() } else { text };
    let ask_text = text[..asked.end.min(text.len())].trim();
    let mut rest =
        text[asked.end.min(text.len())..].trim().trim_start_matches(['"', '”', '*', '_']).trim().to_owned();
    let mut ask_text = ask_text.to_owned();
    if rest.starts_with('(') && rest.ends_with(')') && rest.len() < 100 {
        ask_text = format!("{ask_text} {rest}");
        rest.clear();
    }
    let ask = tidy(&ask_text);
    // Labels one behind the other hold nothing that is asked.
    if ask.is_empty() {
        return None;
    }
    let style = style_of(piece);
    let topic =
        (asked.topic_end > 0).then(|| tidy(text[..asked.topic_end].trim().trim_end_matches(':').trim()));
    Some(Candidate {
        at: i,
        end,
        style,
        form: asked.form,
        ask,
        topic,
        rest,
        sentences: asked.sentences,
        followup_label: piece.label == Some(Label::Followup),
    })
}

/// Whatever stands behind `Q:` is a question, however it is worded.
fn labelled_anyway(labelled: bool, text: &str) -> Option<Asked> {
    (labelled && text.len() < 600).then_some(Asked {
        form: Form::Unmarked,
        end: text.len(),
        topic_end: 0,
        sentences: 1,
    })
}

/// The piece's words, with the lines it runs on into where it clearly does.
fn joined(pieces: &[Piece], i: usize) -> (String, usize) {
    let first = pieces[i].body();
    let mut text = first.to_owned();
    let mut end = i + 1;
    let opens = wording::asked(first).is_some()
        || wording::starts_asking(first)
        || matches!(pieces[i].label, Some(Label::Question));
    let long = first.chars().count() >= 40;
    if !opens || !long || first.ends_with(['?', '.', ':', '!', ';']) || wording::ends_asking(first) {
        return (text, end);
    }
    for piece in pieces.iter().skip(i + 1).take(3) {
        let runs_on = piece.role == Role::Text
            && piece.marker == Marker::None
            && piece.label.is_none()
            && piece.heading.is_none()
            && !piece.space_before
            && (piece.text.starts_with(|c: char| c.is_lowercase() || c == '(')
                || text.ends_with([',', '-', '/'])
                || ends_open(&text));
        if !runs_on {
            break;
        }
        text.push(' ');
        text.push_str(&piece.text);
        end += 1;
        if wording::ends_asking(&text) || text.ends_with(['.', '!']) {
            return (text, end);
        }
    }
    // It never came to an end: then it did not run on.
    if matches!(pieces[i].label, Some(Label::Question)) && end > i + 1 {
        (text, end)
    } else {
        (first.to_owned(), i + 1)
    }
}

fn ends_open(text: &str) -> bool {
    let last = text.rsplit(' ').next().unwrap_or_default().to_lowercase();
    matches!(
        last.as_str(),
        "a" | "an"
            | "the"
            | "of"
            | "to"
            | "in"
            | "on"
            | "for"
            | "with"
            | "and"
            | "or"
            | "between"
            | "is"
            | "are"
            | "by"
            | "from"
            | "as"
            | "that"
            | "your"
            | "you"
            | "vs"
    )
}

/// A question as it is shown: no surrounding quotes or stars, single spaces, no blank before its mark.
pub(crate) fn tidy(text: &str) -> String {
    let text = wording::unquote(text.trim().trim_matches(|c| matches!(c, '*' | '_' | '`')).trim());
    let mut out = String::with_capacity(text.len());
    for word in text.split_whitespace() {
        let mark = word.starts_with(['?', '!', ',']) && word.chars().count() <= 2;
        if !out.is_empty() && !mark {
            out.push(' ');
        }
        out.push_str(word);
    }
    out.trim_matches(|c| matches!(c, '“' | '”')).to_owned()
}
