//! A change to the text of a rubric file: one more alternative for a listening item, or one less.
//!
//! Pure. Only the bytes of the alternative itself are touched; all else, comments and layout too, stays as its author
//! wrote it.

use super::write::quoted;
use crate::ids::{CriterionId, QuestionId};
use std::ops::Range;
use toml::Spanned;
use toml::de::{DeArray, DeTable, DeValue};

/// A listening item of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ItemPlace {
    /// The question.
    pub question: QuestionId,
    /// Its criterion.
    pub criterion: CriterionId,
    /// The item of `listen`, from 0.
    pub item: usize,
}

/// Why a file cannot be changed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum EditError {
    /// It is no TOML.
    #[error("the file is no TOML; `viva rubric lint FILE` says where")]
    Unreadable,
    /// The file has no such question or criterion.
    #[error("the file has no criterion \"{criterion}\" of a question \"{question}\"; name one that is there")]
    CriterionUnknown {
        /// The question that was named.
        question: QuestionId,
        /// The criterion that was named.
        criterion: CriterionId,
    },
    /// The criterion listens for fewer items.
    #[error("criterion \"{criterion}\" has {items} listening items, so there is no item {item}")]
    ItemUnknown {
        /// The criterion.
        criterion: CriterionId,
        /// The item that was named, from 1.
        item: usize,
        /// How many there are.
        items: usize,
    },
    /// The alternative is not there to be taken out.
    #[error("criterion \"{criterion}\" does not list {words:?} any more, so there is nothing to take back")]
    NotThere {
        /// The criterion.
        criterion: CriterionId,
        /// The alternative.
        words: String,
    },
}

/// The text with `words` as the last alternative of an item.
///
/// # Errors
/// Where the file has no such item.
pub fn add_alternative(text: &str, place: &ItemPlace, words: &str) -> Result<String, EditError> {
    let file = read(text)?;
    let ways = item(listen(&file, place)?, place)?;
    let spans: Vec<Range<usize>> = ways.iter().map(Spanned::span).collect();
    // A loaded file has no empty item.
    let last = spans.last().ok_or(EditError::Unreadable)?;
    let between = spans
        .len()
        .checked_sub(2)
        .map(|before| &text[spans[before].end..last.start])
        .filter(|between| !between.contains('#'))
        .unwrap_or(", ");
    Ok(format!("{}{between}{}{}", &text[..last.end], quoted(words), &text[last.end..]))
}

/// The text without `words` among the alternatives of an item; where the item does not list them, of any item of its
/// criterion, since items may have moved.
///
/// # Errors
/// Where they are not there, or are the last alternative of their item.
pub fn remove_alternative(text: &str, place: &ItemPlace, words: &str) -> Result<String, EditError> {
    let file = read(text)?;
    let items = listen(&file, place)?;
    let gone = || EditError::NotThere { criterion: place.criterion.clone(), words: words.to_owned() };
    let named = items.get(place.item);
    for ways in named.into_iter().chain(items.iter()).filter_map(|item| item.get_ref().as_array()) {
        let spans: Vec<Range<usize>> = ways.iter().map(Spanned::span).collect();
        let Some(at) = ways.iter().rposition(|way| way.get_ref().as_str().map(str::trim) == Some(words))
        else {
            continue;
        };
        let cut = match (at.checked_sub(1), spans.get(at + 1)) {
            (Some(before), _) => spans[before].end..spans[at].end,
            (None, Some(after)) => spans[at].start..after.start,
            (None, None) => return Err(gone()),
        };
        return Ok(format!("{}{}", &text[..cut.start], &text[cut.end..]));
    }
    Err(gone())
}

fn read(text: &str) -> Result<Spanned<DeTable<'_>>, EditError> {
    DeTable::parse(text).map_err(|_| EditError::Unreadable)
}

/// The items of a criterion.
fn listen<'a, 'i>(file: &'a Spanned<DeTable<'i>>, place: &ItemPlace) -> Result<&'a DeArray<'i>, EditError> {
    let tables = |value: Option<&'a Spanned<DeValue<'i>>>| {
        let list = value.and_then(|value| value.get_ref().as_array());
        list.into_iter().flat_map(|list| list.iter()).filter_map(|value| value.get_ref().as_table())
    };
    let has_id = |table: &&DeTable<'i>, id: &str| {
        table.get("id").and_then(|value| value.get_ref().as_str()).map(str::trim) == Some(id)
    };
    tables(file.get_ref().get("question"))
        .find(|table| has_id(table, place.question.as_str()))
        .and_then(|question| {
            tables(question.get("criterion")).find(|table| has_id(table, place.criterion.as_str()))
        })
        .and_then(|criterion| criterion.get("listen")?.get_ref().as_array())
        .ok_or_else(|| EditError::CriterionUnknown {
            question: place.question.clone(),
            criterion: place.criterion.clone(),
        })
}

fn item<'a, 'i>(items: &'a DeArray<'i>, place: &ItemPlace) -> Result<&'a DeArray<'i>, EditError> {
    items.get(place.item).and_then(|item| item.get_ref().as_array()).ok_or_else(|| EditError::ItemUnknown {
        criterion: place.criterion.clone(),
        item: place.item + 1,
        items: items.len(),
    })
}
