//! What was found in the files.

use std::fmt;

use crate::hash::{Hash, Head};
use crate::limits;

/// A head that was noted elsewhere: the line of this number had this hash.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Anchor {
    /// The line, and its hash.
    pub head: Head,
    /// Where it was noted, in words: `record 17 of the log`.
    pub source: String,
}

/// Something that is not as it was written.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Fault {
    /// The file, relative to the data directory.
    pub path: String,
    /// Which line of the file, from 1; 0 if it is not about one.
    pub line: u64,
    /// What is wrong.
    pub what: String,
}

/// What a crash has left of the lines that were being written: nobody was told that they are there.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Torn {
    /// The file.
    pub path: String,
    /// Where the first of them begins.
    pub offset: u64,
    /// Bytes from there on.
    pub bytes: u64,
}

/// The newest line.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Last {
    /// Its number and its hash.
    pub head: Head,
    /// The record of the log that it is told by.
    pub lsn: u64,
    /// When it happened, Unix milliseconds.
    pub at: u64,
}

/// The newest file that has a whole line, up to that.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Open {
    pub(crate) month: String,
    /// The newest batch, where it begins, and where it ends.
    pub(crate) batch: u64,
    pub(crate) batch_at: u64,
    pub(crate) end: u64,
}

/// The newest file with all that is in it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Newest {
    pub(crate) month: String,
    /// Bytes.
    pub(crate) end: u64,
    /// Whether its last line has an end.
    pub(crate) is_ended: bool,
}

/// What was found in the files.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Verdict {
    /// Files.
    pub files: u64,
    /// Lines that are whole, the first ones of files not counted.
    pub lines: u64,
    /// The newest line that is whole; `None` if there is none.
    pub last: Option<Last>,
    /// The newest anchor that fits: all lines up to it are what they were when it was noted.
    pub anchored: Option<Anchor>,
    /// What is not as it was written, the first [`limits::FAULTS_KEPT`].
    pub faults: Vec<Fault>,
    /// How many more faults there are.
    pub faults_left_out: u64,
    /// What a crash has left behind the newest line; no fault.
    pub torn: Option<Torn>,
    pub(crate) open: Option<Open>,
    pub(crate) newest: Option<Newest>,
    /// The hash of the newest line that is whole, which may be the first one of a file.
    pub(crate) newest_hash: Hash,
}

impl Verdict {
    /// Whether anything is not as it was written.
    #[must_use]
    pub const fn is_damaged(&self) -> bool {
        !self.faults.is_empty()
    }

    /// The newest line; its number is 0 if there is none.
    #[must_use]
    pub fn head(&self) -> Head {
        self.last.as_ref().map_or(Head::default(), |last| last.head)
    }

    /// One more fault.
    pub fn fault(&mut self, path: &str, line: u64, what: impl Into<String>) {
        if self.faults.len() < limits::FAULTS_KEPT {
            self.faults.push(Fault { path: path.to_owned(), line, what: what.into() });
        } else {
            self.faults_left_out += 1;
        }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.line {
            0 => write!(f, "{}: {}", self.path, self.what),
            line => write!(f, "{} line {line}: {}", self.path, self.what),
        }
    }
}
