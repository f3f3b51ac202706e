//! The vocabulary as bytes.
//!
//! The packages write each token in GPT-2's printable alphabet, one a line; the model file wants the bytes
//! the token stands for. Special tokens are not part of the list: the decoder derives them from its size.

use std::collections::HashMap;

/// The token after which only special ones follow.
const END_OF_TEXT: &str = "<|endoftext|>";
/// The size of the English-only vocabulary, special tokens included.
pub(super) const ENGLISH_ONLY: u32 = 51_864;

/// Reads `vocabulary.txt` and gives the bytes of every ordinary token, in order.
///
/// English-only files carry the end-of-text token as well, as whisper.cpp's published files do.
pub(super) fn tokens(text: &str, vocabulary_size: u32) -> Result<Vec<Vec<u8>>, String> {
    let alphabet = printable_alphabet();
    let mut tokens = Vec::new();
    for (number, line) in text.split('\n').enumerate() {
        let line = line.strip_suffix('\r').unwrap_or(line);
        if line == END_OF_TEXT {
            if vocabulary_size == ENGLISH_ONLY {
                tokens.push(line.as_bytes().to_vec());
            }
            return Ok(tokens);
        }
        let bytes: Option<Vec<u8>> = line.chars().map(|c| alphabet.get(&c).copied()).collect();
        tokens.push(bytes.ok_or_else(|| {
            format!("line {} of the vocabulary holds a character no token has", number + 1)
        })?);
    }
    Err(format!("the vocabulary never reaches {END_OF_TEXT}"))
}

/// GPT-2's alphabet: printable Latin-1 stands for itself, every other byte for a character from U+0100 on.
fn printable_alphabet() -> HashMap<char, u8> {
    let mut spare = 0x100;
    (0..=u8::MAX)
        .map(|byte| {
            let printable = matches!(byte, b'!'..=b'~' | 0xA1..=0xAC | 0xAE..=0xFF);
            let shown = if printable {
                char::from(byte)
            } else {
                spare += 1;
                char::from_u32(spare - 1).unwrap_or(char::REPLACEMENT_CHARACTER)
            };
            (shown, byte)
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_become_the_bytes_they_stand_for() {
        let read = tokens("!\nĠthe\nÃ©\nĊ\n\n<|endoftext|>\n<|en|>\n", 51_865).expect("readable");
        assert_eq!(read, [b"!".to_vec(), b" the".to_vec(), "é".into(), b"\n".to_vec(), b"".to_vec()]);
    }

    #[test]
    fn an_english_only_list_ends_with_the_end_of_text() {
        let read = tokens("a\n<|endoftext|>\n", ENGLISH_ONLY).expect("readable");
        assert_eq!(read.last().map(Vec::as_slice), Some(&b"<|endoftext|>"[..]));
    }

    #[test]
    fn every_byte_has_its_own_character() {
        assert_eq!(printable_alphabet().len(), 256);
    }

    #[test]
    fn a_list_without_an_end_is_refused() {
        assert!(tokens("a\nb\n", 51_865).is_err());
        assert!(tokens("\u{4e00}\n<|endoftext|>", 51_865).is_err());
    }
}
