//! What a page needs to know of a draft: how sure each question is, and what might be done about it.

use super::{Draft, Item};
use crate::document::wording::{self, Form};
use crate::outcome::Part;

/// How sure a reading is, in words.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Sure {
    /// Look at it.
    Unsure,
    /// Probably right.
    Likely,
    /// Right, or seen by a person.
    Sure,
}

/// A second question that seems to stand in an answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Split {
    /// Where it begins, from 1.
    pub line: u32,
    /// What it asks.
    pub ask: String,
}

impl Item {
    /// How sure it is.
    pub fn sure(&self) -> Sure {
        match self.found.confidence {
            _ if self.seen => Sure::Sure,
            c if c >= 0.85 && self.found.kind != Part::Unanswered => Sure::Sure,
            c if c >= 0.7 => Sure::Likely,
            _ => Sure::Unsure,
        }
    }
}

impl Draft {
    /// The questions, the ones to look at first in front.
    pub fn least_sure_first(&self) -> Vec<&Item> {
        let mut items: Vec<&Item> = self.items().iter().collect();
        items.sort_by(|a, b| {
            (a.seen, a.sure())
                .cmp(&(b.seen, b.sure()))
                .then(a.found.confidence.total_cmp(&b.found.confidence))
                .then(a.found.line.cmp(&b.found.line))
                .then(a.number.cmp(&b.number))
        });
        items
    }

    /// How many questions a person should look at.
    pub fn to_look_at(&self) -> usize {
        self.items().iter().filter(|item| !item.dropped && item.sure() == Sure::Unsure).count()
    }

    /// The first line inside a question's answer that asks for something by itself.
    pub fn suggested_split(&self, item: &Item) -> Option<Split> {
        let (from, to) = (item.found.line + 1, item.found.end_line.min(item.found.line + 400));
        (from..=to).find_map(|line| {
            let text = self.lines().get(line as usize - 1)?.trim();
            let words = text.split_whitespace().count();
            if !(4..=40).contains(&words) || !text.ends_with('?') {
                return None;
            }
            let asked = wording::asked(text)?;
            (!matches!(asked.form, Form::Request)).then(|| Split { line, ask: text.to_owned() })
        })
    }
}
