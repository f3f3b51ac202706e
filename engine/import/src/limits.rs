//! How much is read before a file is refused: generous for documents, too little for bombs.

use crate::error::ImportError;

/// Bytes of a file.
pub const MOST_BYTES: usize = 64_000_000;
/// Bytes of one line.
pub const MOST_LINE_BYTES: usize = 1_000_000;
/// Lines of a text.
pub const MOST_LINES: usize = 2_000_000;
/// Bytes an archive may unpack to.
pub const MOST_UNPACKED: usize = 200_000_000;
/// Notes, rows or objects of one file.
pub const MOST_RECORDS: usize = 100_000;

/// Refuses what is no document before any work is done on it.
pub(crate) fn check_bytes(bytes: &[u8]) -> Result<(), ImportError> {
    if bytes.iter().all(u8::is_ascii_whitespace) {
        return Err(ImportError::Empty);
    }
    if bytes.len() > MOST_BYTES {
        return Err(ImportError::TooLarge(bytes.len() / 1_000_000));
    }
    Ok(())
}

/// Refuses texts with endless lines or endlessly many.
pub(crate) fn check_lines(text: &str) -> Result<(), ImportError> {
    let mut lines = 0u32;
    for line in text.split('\n') {
        lines += 1;
        if line.len() > MOST_LINE_BYTES {
            return Err(ImportError::EndlessLine { line: lines, megabytes: line.len() / 1_000_000 });
        }
    }
    if lines as usize > MOST_LINES { Err(ImportError::TooManyLines) } else { Ok(()) }
}
