//! The hash of a line, and what stands for all lines.

use std::fmt;
use std::str::FromStr;

use ring::digest::{Context, SHA256};
use serde::{Serialize, Serializer};

/// A SHA-256. As text it is 64 small hexadecimal digits, and no other text is one.
#[derive(Clone, Copy, PartialEq, Eq, Default)]
pub struct Hash(pub [u8; 32]);

/// The newest line of a chain: it stands for all lines up to it. As text: `seq:hash`.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Head {
    /// Its number, from 1; 0 before the first line.
    pub seq: u64,
    /// Its hash.
    pub hash: Hash,
}

/// A text is no head.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct BadHead;

impl Hash {
    /// That of a line with these bytes, behind the line with the hash `prev`.
    #[must_use]
    pub(crate) fn of(prev: Self, bytes: &[u8]) -> Self {
        let mut context = Context::new(&SHA256);
        context.update(&prev.0);
        context.update(bytes);
        let mut hash = [0; 32];
        hash.copy_from_slice(context.finish().as_ref());
        Self(hash)
    }

    /// Its last 48 bits: as much as a number of a metric keeps exactly.
    #[must_use]
    pub fn low48(&self) -> u64 {
        self.0[26..].iter().fold(0, |number, byte| number << 8 | u64::from(*byte))
    }

    pub(crate) fn read(text: &[u8]) -> Option<Self> {
        let digit = |byte: u8| match byte {
            b'0'..=b'9' => Some(byte - b'0'),
            b'a'..=b'f' => Some(byte - b'a' + 10),
            _ => None,
        };
        let text: &[u8; 64] = text.try_into().ok()?;
        let mut hash = [0; 32];
        for (byte, digits) in hash.iter_mut().zip(text.chunks_exact(2)) {
            *byte = digit(digits[0])? << 4 | digit(digits[1])?;
        }
        Some(Self(hash))
    }
}

impl fmt::Display for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl Serialize for Hash {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl fmt::Display for Head {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.seq, self.hash)
    }
}

impl FromStr for Head {
    type Err = BadHead;

    fn from_str(text: &str) -> Result<Self, BadHead> {
        let (seq, hash) = text.split_once(':').ok_or(BadHead)?;
        let seq = seq.parse().map_err(|_| BadHead)?;
        Hash::read(hash.as_bytes()).map(|hash| Self { seq, hash }).ok_or(BadHead)
    }
}

impl fmt::Display for BadHead {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a head is a number, a colon and 64 small hexadecimal digits, as AUDIT HEAD answers it")
    }
}

impl std::error::Error for BadHead {}
