//! Passwords: which ones are taken, and argon2id off the async threads.
//!
//! Parameters are OWASP's (19 MiB, two passes, one lane). Lengths are those of NIST SP 800-63B-4 for a password that
//! stands alone: at least 15 characters, no rules about which. A few hashes run at once, so that many who sign in
//! cannot take the machine's memory.

use anyhow::Context;
use argon2::password_hash::phc::PasswordHash;
use argon2::{Algorithm, Argon2, Params, PasswordHasher, PasswordVerifier, Version};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use tokio::sync::Semaphore;
use tokio::task::spawn_blocking;
use viva_core::people::PersonName;

/// Characters at least.
pub const SHORTEST: usize = 15;
/// Bytes at most; longer ones are no better and only cost time.
pub const LONGEST: usize = 1_024;

/// Hashes that may run at once.
const AT_ONCE: usize = 2;

/// Nobody's password, to be measured against where nobody has the name. Nothing is known that fits it.
const NOBODYS: &str = "$argon2id$v=19$m=19456,t=2,p=1$dml2YS1ub2JvZHktMDAwMA$\
                       n5q0Hq5p1mYtV9M2uEw6J0bXo3yZk7Q8cR4aTgLdSfU";

/// Why a password is not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BadPassword {
    /// Fewer than [`SHORTEST`].
    #[error(
        "A password has at least {SHORTEST} characters. Four or five words in a row are easy to remember."
    )]
    TooShort,
    /// More than [`LONGEST`].
    #[error("A password has at most {LONGEST} bytes.")]
    TooLong,
    /// One that is tried first.
    #[error("This password is one of the first that would be tried. Take one that nobody would guess.")]
    TooPlain,
    /// NUL, line breaks and their like.
    #[error("A password cannot hold control characters.")]
    Unprintable,
}

/// Whether a new password is taken for somebody of this name.
pub fn check(password: &str, name: &PersonName) -> Result<(), BadPassword> {
    if password.len() > LONGEST {
        return Err(BadPassword::TooLong);
    }
    if password.chars().any(char::is_control) {
        return Err(BadPassword::Unprintable);
    }
    if password.chars().count() < SHORTEST {
        return Err(BadPassword::TooShort);
    }
    if is_plain(&password.to_lowercase(), &name.key()) { Err(BadPassword::TooPlain) } else { Ok(()) }
}

/// A short piece again and again, a walk along the keyboard or the alphabet, or a word everybody tries, drawn out.
fn is_plain(password: &str, name: &str) -> bool {
    const WALKS: [&str; 6] = [
        "01234567890123456789012345678901234567890",
        "98765432109876543210987654321098765432109876543210",
        "abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyz",
        "zyxwvutsrqponmlkjihgfedcbazyxwvutsrqponmlkjihgfedcba",
        "qwertyuiopasdfghjklzxcvbnmqwertyuiopasdfghjklzxcvbnm",
        "qwertzuiopasdfghjklyxcvbnmqwertzuiopasdfghjklyxcvbnm",
    ];
    const WORDS: [&str; 10] = [
        "password",
        "passwort",
        "viva",
        "interview",
        "admin",
        "letmein",
        "welcome",
        "qwerty",
        "iloveyou",
        "secret",
    ];
    if WALKS.iter().any(|walk| walk.contains(password)) {
        return true;
    }
    let letters: Vec<char> = password.chars().collect();
    if (1..=4).any(|piece| letters.iter().zip(letters.iter().skip(piece)).all(|(a, b)| a == b)) {
        return true;
    }
    // What is left once such words and the name are taken away is all that has to be guessed.
    let mut left = password.to_owned();
    for word in WORDS.iter().copied().chain(Some(name).filter(|name| !name.is_empty())) {
        left = left.replace(word, "");
    }
    let mut kinds: Vec<char> = left.chars().collect();
    kinds.sort_unstable();
    kinds.dedup();
    left.chars().count() < 6 || kinds.len() < 3
}

/// Hashes passwords and holds them against hashes.
#[derive(Debug, Clone)]
pub struct Passwords {
    gate: Arc<Semaphore>,
    measured: Arc<AtomicU64>,
}

impl Passwords {
    /// Ready at once.
    pub fn new() -> Self {
        Self { gate: Arc::new(Semaphore::new(AT_ONCE)), measured: Arc::default() }
    }

    /// A password as a PHC string with a salt of its own.
    pub async fn hash(&self, password: String) -> anyhow::Result<String> {
        let _turn = self.gate.acquire().await.context("the server is stopping")?;
        spawn_blocking(move || {
            let hash = argon2().hash_password_with_salt(password.as_bytes(), &super::tokens::random::<16>());
            hash.map(|hash: PasswordHash| hash.to_string()).context("a password could not be hashed")
        })
        .await?
    }

    /// Whether a password is the one of a PHC string; without one it is held against nobody's, with the same work.
    pub async fn fits(&self, password: String, hash: Option<String>) -> anyhow::Result<bool> {
        let _turn = self.gate.acquire().await.context("the server is stopping")?;
        self.measured.fetch_add(1, Ordering::Relaxed);
        spawn_blocking(move || {
            let known = hash.is_some();
            let hash = hash.unwrap_or_else(|| NOBODYS.to_owned());
            let hash = PasswordHash::new(&hash).context("a stored password cannot be read")?;
            Ok(argon2().verify_password(password.as_bytes(), &hash).is_ok() && known)
        })
        .await?
    }

    /// How often a password was held against a hash.
    #[cfg(test)]
    pub fn measured(&self) -> u64 {
        self.measured.load(Ordering::Relaxed)
    }
}

fn argon2() -> Argon2<'static> {
    let params = Params::new(19_456, 2, 1, None).unwrap_or(Params::DEFAULT);
    Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_password_fits_its_own_hash_and_nobodys_fits_none() {
        let passwords = Passwords::new();
        let hash = passwords.hash("correct horse battery".into()).await.unwrap();
        assert!(hash.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{hash}");
        assert_ne!(hash, passwords.hash("correct horse battery".into()).await.unwrap(), "a salt of its own");
        assert!(passwords.fits("correct horse battery".into(), Some(hash.clone())).await.unwrap());
        assert!(!passwords.fits("correct horse batterz".into(), Some(hash)).await.unwrap());
        assert!(!passwords.fits("correct horse battery".into(), None).await.unwrap());
        // Nobody's hash costs what any other does.
        let nobodys = PasswordHash::new(NOBODYS).unwrap();
        assert_eq!(Params::try_from(&nobodys).unwrap().m_cost(), 19_456);
    }

    #[test]
    fn length_counts_and_kinds_of_letters_do_not() {
        let ana: PersonName = "Ana Lovelace".parse().unwrap();
        let long = "x1y".repeat(400);
        for (password, answer) in [
            ("four plain words here", Ok(())),
            ("nurkleinbuchstabenhier", Ok(())),
            ("名前はまだない吾輩は猫である。", Ok(())),
            ("", Err(BadPassword::TooShort)),
            ("Tr0ub4dor&3", Err(BadPassword::TooShort)),
            (long.as_str(), Err(BadPassword::TooLong)),
            ("four plain\0words here", Err(BadPassword::Unprintable)),
            ("aaaaaaaaaaaaaaaaaaaa", Err(BadPassword::TooPlain)),
            ("1234567890123456", Err(BadPassword::TooPlain)),
            ("abcabcabcabcabcabc", Err(BadPassword::TooPlain)),
            ("qwertyuiopasdfgh", Err(BadPassword::TooPlain)),
            ("PasswordPassword1", Err(BadPassword::TooPlain)),
            ("ana lovelace 2026", Err(BadPassword::TooPlain)),
        ] {
            assert_eq!(check(password, &ana), answer, "{:.40}", password);
        }
    }
}
