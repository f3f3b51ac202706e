//! Secrets that the machine makes: login and invitation tokens, recovery codes. Only their hashes are kept.

use sha2::{Digest, Sha256};
use std::fmt;
use viva_storage::TokenHash;

/// 256 random bits, as 64 hexadecimal digits in cookies and links. Its `Debug` says nothing.
#[derive(Clone, PartialEq, Eq)]
pub struct Token([u8; 32]);

impl Token {
    /// A new one.
    pub fn new() -> Self {
        Self(random())
    }

    /// What stands in a cookie or link.
    pub fn text(&self) -> String {
        self.0.iter().map(|byte| format!("{byte:02x}")).collect()
    }

    /// Reads what a browser sent. Anything that is no token of ours is none.
    pub fn read(text: &str) -> Option<Self> {
        let digits = text.as_bytes();
        if digits.len() != 64 {
            return None;
        }
        let mut bytes = [0; 32];
        for (byte, pair) in bytes.iter_mut().zip(digits.chunks_exact(2)) {
            *byte = hex(pair[0])? << 4 | hex(pair[1])?;
        }
        Some(Self(bytes))
    }

    /// What is kept of it.
    pub fn hash(&self) -> TokenHash {
        TokenHash(Sha256::digest(self.0).into())
    }
}

fn hex(digit: u8) -> Option<u8> {
    match digit {
        b'0'..=b'9' => Some(digit - b'0'),
        b'a'..=b'f' => Some(digit - b'a' + 10),
        _ => None,
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Token(..)")
    }
}

/// Random bytes from the operating system.
///
/// # Panics
/// Where the system has no randomness: nobody can be let in safely then.
pub fn random<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).expect("the operating system gives random bytes");
    bytes
}

/// The hash of a subject of failed sign-ins: `what` keeps names and addresses apart.
pub fn subject(what: &str, text: &str) -> TokenHash {
    TokenHash(Sha256::new().chain_update(what).chain_update([0]).chain_update(text).finalize().into())
}

/// A code to sign in with when the telephone is lost: 80 random bits as `abcd-efgh-ijkm-npqr`.
pub fn recovery_code() -> String {
    // No 0, 1, l, o: they are taken for each other on paper.
    const LETTERS: &[u8; 32] = b"23456789abcdefghijkmnpqrstuvwxyz";
    let letters = random::<16>().map(|byte| char::from(LETTERS[usize::from(byte) % LETTERS.len()]));
    letters.chunks(4).map(|four| four.iter().collect::<String>()).collect::<Vec<_>>().join("-")
}

/// What is kept of a recovery code, however it was typed; none where it cannot be one.
pub fn recovery_hash(typed: &str) -> Option<TokenHash> {
    if typed.len() > 64 {
        return None;
    }
    let letters: String =
        typed.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_lowercase()).collect();
    (letters.len() == 16).then(|| TokenHash(Sha256::digest(letters).into()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_comes_back_from_its_text_and_nothing_else_does() {
        let token = Token::new();
        assert_eq!(Token::read(&token.text()), Some(token.clone()));
        assert_ne!(Token::new().text(), token.text());
        assert_eq!(format!("{token:?} {:?}", token.hash()), "Token(..) TokenHash(..)");
        let upper = token.text().to_uppercase();
        for text in ["", "x", &"g".repeat(64), &"0".repeat(63), &"0".repeat(65), &"é".repeat(32), "\0"] {
            assert_eq!(Token::read(text), None, "{text:?}");
        }
        assert!(Token::read(&upper).is_none() || upper == token.text());
    }

    #[test]
    fn a_recovery_code_is_known_however_it_is_typed() {
        let code = recovery_code();
        let hash = recovery_hash(&code).unwrap();
        assert_eq!(recovery_hash(&code.to_uppercase().replace('-', " ")), Some(hash));
        assert_ne!(recovery_hash(&recovery_code()), Some(hash));
        for text in ["", "abcd", "123456", &"a".repeat(1 << 20)] {
            assert_eq!(recovery_hash(text), None);
        }
    }
}
