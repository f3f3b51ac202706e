//! Between columns and the domain's types, the same in every database. A column that cannot be read back is reported as
//! damaged.

pub mod answers;
pub mod decisions;
pub mod rounds;

use crate::StorageError;
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::fmt::Display;
use std::str::FromStr;

/// An unsigned number as a column keeps it.
///
/// Lengths, counts and sizes are far below 2^63; one beyond is kept as the largest.
pub fn signed(value: u64) -> i64 {
    i64::try_from(value).unwrap_or(i64::MAX)
}

/// A number from a column, where only some range is possible.
pub fn number<T: TryFrom<i64>>(what: &'static str, value: i64) -> Result<T, StorageError> {
    T::try_from(value).map_err(|_| StorageError::damaged(what, format!("{value} is out of range")))
}

/// A text from a column that only some texts can be.
pub fn parsed<T: FromStr<Err: Display>>(what: &'static str, text: &str) -> Result<T, StorageError> {
    text.parse().map_err(|error: T::Err| StorageError::damaged(what, error))
}

/// A value whose stored name may be unknown.
pub fn named<T>(what: &'static str, name: &str, value: Option<T>) -> Result<T, StorageError> {
    value.ok_or_else(|| StorageError::damaged(what, format!("{name:?} is unknown here")))
}

/// A value from its JSON.
pub fn document<T: DeserializeOwned>(what: &'static str, json: &str) -> Result<T, StorageError> {
    serde_json::from_str(json).map_err(|error| StorageError::damaged(what, error))
}

/// A value as JSON.
pub fn json<T: Serialize>(what: &'static str, value: &T) -> Result<String, StorageError> {
    serde_json::to_string(value).map_err(|error| StorageError::damaged(what, error))
}

/// A word of the domain that serialises as one string, such as a level.
pub fn word<T: Serialize>(what: &'static str, value: &T) -> Result<String, StorageError> {
    match serde_json::to_value(value) {
        Ok(serde_json::Value::String(word)) => Ok(word),
        _ => Err(StorageError::damaged(what, "it is not one word")),
    }
}

/// A word of the domain from its string.
pub fn from_word<T: DeserializeOwned>(what: &'static str, word: String) -> Result<T, StorageError> {
    serde_json::from_value(word.into()).map_err(|error| StorageError::damaged(what, error))
}
