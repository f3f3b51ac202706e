//! Words, numbers and identifiers as they are written and as they are spoken.
