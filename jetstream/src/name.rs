//! What a shard's stream and its subjects are called.

use std::fmt;

use thiserror::Error;

/// The longest name of a cluster, bytes.
const NAME_BYTES_MAX: usize = 32;

/// The log of one shard of a cluster, by name.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct LogName {
    cluster: Box<str>,
    shard: u32,
}

/// Why a word names no cluster.
#[derive(Clone, PartialEq, Eq, Debug, Error)]
#[error("{0:?} names no cluster: 1 to {NAME_BYTES_MAX} letters, digits, - and _")]
pub struct BadName(String);

impl LogName {
    /// The log of this shard of the cluster with this name.
    ///
    /// # Errors
    /// If the name has other letters than those of a stream and of a subject, or is empty or too long.
    pub fn new(cluster: &str, shard: u32) -> Result<Self, BadName> {
        let is_good = |letter: char| letter.is_ascii_alphanumeric() || letter == '-' || letter == '_';
        if !(1..=NAME_BYTES_MAX).contains(&cluster.len()) || !cluster.chars().all(is_good) {
            return Err(BadName(cluster.to_owned()));
        }
        Ok(Self { cluster: cluster.into(), shard })
    }

    /// The name of the cluster.
    #[must_use]
    pub fn cluster(&self) -> &str {
        &self.cluster
    }

    /// The number of the shard.
    #[must_use]
    pub const fn shard(&self) -> u32 {
        self.shard
    }

    /// The name of the stream.
    #[must_use]
    pub fn stream(&self) -> String {
        format!("HF_{}_{}", self.cluster, self.shard)
    }

    /// The subject that messages are written to. There is one: what a stream promises is the order of all of it.
    #[must_use]
    pub fn subject(&self) -> String {
        format!("hf.{}.{}.log", self.cluster, self.shard)
    }

    /// The subject on which the stream tells of each message that came to stand in it.
    #[must_use]
    pub fn tail(&self) -> String {
        format!("hft.{}.{}.log", self.cluster, self.shard)
    }
}

impl fmt::Display for LogName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.cluster, self.shard)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_those_of_streams_and_subjects() {
        let name = LogName::new("seoul-1", 7).unwrap();
        assert_eq!(name.stream(), "HF_seoul-1_7");
        assert_eq!(name.subject(), "hf.seoul-1.7.log");
        assert_eq!(name.tail(), "hft.seoul-1.7.log");
        for bad in ["", "a.b", "a b", "*", ">", "서울", "a".repeat(33).as_str()] {
            assert!(LogName::new(bad, 0).is_err(), "{bad:?}");
        }
    }
}
