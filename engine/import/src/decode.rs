//! Bytes into text: UTF-8 first, then UTF-16 by its mark, then Windows-1252.

use crate::error::ImportError;
use encoding_rs::{Encoding, WINDOWS_1252};

/// A text and what was assumed to read it.
pub(crate) struct Decoded {
    pub text: String,
    pub warning: Option<String>,
}

/// Reads bytes as text, or says that they are none.
pub(crate) fn text(bytes: &[u8]) -> Result<Decoded, ImportError> {
    if let Some((encoding, mark)) = Encoding::for_bom(bytes) {
        let (text, _) = encoding.decode_without_bom_handling(&bytes[mark..]);
        return readable(text.into_owned(), None);
    }
    match std::str::from_utf8(bytes) {
        Ok(text) => readable(text.to_owned(), None),
        Err(_) if looks_binary(bytes) => Err(ImportError::Binary),
        Err(_) => {
            let (text, _, _) = WINDOWS_1252.decode(bytes);
            readable(
                text.into_owned(),
                Some(
                    "The text is not UTF-8; it was read as Windows-1252. Look at accents and quotes.".into(),
                ),
            )
        }
    }
}

fn readable(text: String, warning: Option<String>) -> Result<Decoded, ImportError> {
    let strange = text
        .chars()
        .take(20_000)
        .filter(|c| {
            c.is_control() && !matches!(c, '\n' | '\r' | '\t' | '\u{c}' | '\u{b}' | '\u{1b}' | '\u{1f}')
        })
        .count();
    let looked_at = text.chars().take(20_000).count();
    if strange * 50 > looked_at {
        return Err(ImportError::Binary);
    }
    Ok(Decoded { text, warning })
}

fn looks_binary(bytes: &[u8]) -> bool {
    let head = &bytes[..bytes.len().min(8_000)];
    let strange = head.iter().filter(|b| **b < 9 || (14..32).contains(*b) && **b != 27 || **b == 127).count();
    let high = head.iter().filter(|b| **b >= 128).count();
    strange * 100 > head.len() || head.contains(&0) || high * 100 > head.len() * 45
}
