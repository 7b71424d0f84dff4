//! Tokens, of which only the hash is ever kept.
//!
//! A secret is 256 bits from the system's source of randomness, not a word that somebody thought of. Guessing it is
//! hopeless at any speed, so one round of SHA-256 keeps it as safe as a slow password hash (argon2, scrypt) would. A
//! slow hash would only allow clients with wrong tokens to keep the server's processors busy.

use std::fmt;
use std::str::FromStr;
use std::time::SystemTime;

use ring::digest;
use subtle::ConstantTimeEq;
use thiserror::Error;

use super::grant::{Events, Rights};
use super::{Budget, Role};

/// What every secret that is made here starts with, so that a person, or a tool that looks for secrets in repositories,
/// knows one.
pub const SECRET_PREFIX: &str = "hft_";

/// Whether a secret stands in it: then it is shown to nobody.
pub(crate) fn holds_a_secret(word: &[u8]) -> bool {
    word.windows(SECRET_PREFIX.len()).any(|part| part == SECRET_PREFIX.as_bytes())
}

/// SHA-256 of the secret of a token; written as 64 hexadecimal digits.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct TokenHash([u8; Self::BYTES]);

impl TokenHash {
    const BYTES: usize = digest::SHA256_OUTPUT_LEN;

    /// The hash of a secret as it is sent with `AUTH`.
    #[must_use]
    pub fn of(secret: &[u8]) -> Self {
        let mut hash = [0; Self::BYTES];
        hash.copy_from_slice(digest::digest(&digest::SHA256, secret).as_ref());
        Self(hash)
    }
}

impl fmt::Display for TokenHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for TokenHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// Text that is not the hash of a token.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Error)]
#[error("the hash of a token is 64 hexadecimal digits")]
pub struct HashError;

impl FromStr for TokenHash {
    type Err = HashError;

    fn from_str(text: &str) -> Result<Self, HashError> {
        let mut hash = [0; Self::BYTES];
        if text.len() != 2 * Self::BYTES || !text.bytes().all(|digit| digit.is_ascii_hexdigit()) {
            return Err(HashError);
        }
        for (byte, digits) in hash.iter_mut().zip(text.as_bytes().chunks(2)) {
            let digits = std::str::from_utf8(digits).map_err(|_| HashError)?;
            *byte = u8::from_str_radix(digits, 16).map_err(|_| HashError)?;
        }
        Ok(Self(hash))
    }
}

/// What is kept of a token.
#[derive(Clone, Debug)]
pub struct Token {
    /// Who has it. No other token has this name.
    pub name: String,
    /// What it allows.
    pub role: Role,
    /// What of that, if not all.
    pub rights: Rights,
    /// The events that it is for.
    pub events: Events,
    /// Of its secret.
    pub hash: TokenHash,
    /// From when on it allows nothing, by the wall clock; `None`: it does not end.
    pub expires: Option<SystemTime>,
    /// What it may use.
    pub budget: Budget,
}

impl Token {
    /// One that has all of its role, for every event and without an end.
    #[must_use]
    pub const fn new(name: String, role: Role, hash: TokenHash) -> Self {
        Self {
            name,
            role,
            rights: role.rights(),
            events: Events::ALL,
            hash,
            expires: None,
            budget: Budget::NONE,
        }
    }
}

/// The tokens of a server. No two have the same name or the same hash: the code that reads the file of tokens checks
/// that.
#[derive(Clone, Default, Debug)]
pub struct Tokens(Vec<Token>);

impl Tokens {
    /// These tokens.
    #[must_use]
    pub const fn new(tokens: Vec<Token>) -> Self {
        Self(tokens)
    }

    pub(super) fn budgets(&self) -> Vec<(String, Budget)> {
        let with_one = self.0.iter().filter(|token| token.budget.is_any());
        with_one.map(|token| (token.name.clone(), token.budget)).collect()
    }

    /// The names of those that end after `now` and not after `by`.
    pub(super) fn ending(&self, now: SystemTime, by: SystemTime) -> Vec<String> {
        let ends = |token: &&Token| token.expires.is_some_and(|end| now < end && end <= by);
        self.0.iter().filter(ends).map(|token| token.name.clone()).collect()
    }

    pub(super) const fn len(&self) -> usize {
        self.0.len()
    }

    /// The name, if a token has it.
    pub(super) fn name(&self, name: &[u8]) -> Option<String> {
        self.0.iter().find(|token| token.name.as_bytes() == name).map(|token| token.name.clone())
    }

    /// Every token is compared, each in the same time, so that how long it takes says nothing of how much was right.
    pub(super) fn find(&self, hash: &TokenHash) -> Option<&Token> {
        let mut found = None;
        for token in &self.0 {
            if bool::from(token.hash.0.ct_eq(&hash.0)) {
                found = Some(token);
            }
        }
        found
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hash_is_sha_256_and_survives_being_written() {
        let hash = TokenHash::of(b"abc");
        let text = hash.to_string();
        assert_eq!(text, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
        assert_eq!(text.parse(), Ok(hash));
        assert_eq!(text.to_uppercase().parse(), Ok(hash));
        for bad in [
            "",
            "ba78",
            &text[1..],
            &format!("{text}0"),
            &format!("+{}", &text[1..]),
            &text.replace('b', "é"),
        ] {
            assert_eq!(bad.parse::<TokenHash>(), Err(HashError), "{bad}");
        }
    }
}
