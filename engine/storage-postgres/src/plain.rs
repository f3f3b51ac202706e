//! What a column of PostgreSQL cannot keep.

use std::borrow::Cow;

/// A text as a column can keep it: PostgreSQL has no place for the character NUL, which says nothing to anybody.
pub(crate) fn plain(text: &str) -> Cow<'_, str> {
    if text.contains('\0') { Cow::Owned(text.replace('\0', "\u{fffd}")) } else { Cow::Borrowed(text) }
}
