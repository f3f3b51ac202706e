//! Between columns and the domain's types. A column that cannot be read back is reported as damaged.

use crate::error::Failure;
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::borrow::Cow;
use std::fmt::Display;
use std::str::FromStr;
use viva_storage::StorageError;

/// An unsigned number as a column keeps it.
///
/// Lengths, counts and sizes are far below 2^63; one beyond is kept as the largest.
pub(crate) fn signed(value: u64) -> i64 {
    i64::try_from(value).unwrap_or(i64::MAX)
}

/// A number from a column, where only some range is possible.
pub(crate) fn number<T: TryFrom<i64>>(what: &'static str, value: i64) -> Result<T, Failure> {
    T::try_from(value).map_err(|_| StorageError::damaged(what, format!("{value} is out of range")).into())
}

/// A text from a column that only some texts can be.
pub(crate) fn parsed<T: FromStr<Err: Display>>(what: &'static str, text: &str) -> Result<T, Failure> {
    text.parse().map_err(|error: T::Err| StorageError::damaged(what, error).into())
}

/// A value whose stored name may be unknown.
pub(crate) fn named<T>(what: &'static str, name: &str, value: Option<T>) -> Result<T, Failure> {
    value.ok_or_else(|| StorageError::damaged(what, format!("{name:?} is unknown here")).into())
}

/// A value from its JSON.
pub(crate) fn document<T: DeserializeOwned>(what: &'static str, json: &str) -> Result<T, Failure> {
    serde_json::from_str(json).map_err(|error| StorageError::damaged(what, error).into())
}

/// A value as JSON.
pub(crate) fn json<T: Serialize>(what: &'static str, value: &T) -> Result<String, Failure> {
    serde_json::to_string(value).map_err(|error| StorageError::damaged(what, error).into())
}

/// A word of the domain that serialises as one string, such as a level.
pub(crate) fn word<T: Serialize>(what: &'static str, value: &T) -> Result<String, Failure> {
    match serde_json::to_value(value) {
        Ok(serde_json::Value::String(word)) => Ok(word),
        _ => Err(StorageError::damaged(what, "it is not one word").into()),
    }
}

/// A word of the domain from its string.
pub(crate) fn from_word<T: DeserializeOwned>(what: &'static str, word: String) -> Result<T, Failure> {
    serde_json::from_value(word.into()).map_err(|error| StorageError::damaged(what, error).into())
}

/// A text as a column can keep it: PostgreSQL has no place for the character NUL, which says nothing to anybody.
pub(crate) fn plain(text: &str) -> Cow<'_, str> {
    if text.contains('\0') { Cow::Owned(text.replace('\0', "\u{fffd}")) } else { Cow::Borrowed(text) }
}
