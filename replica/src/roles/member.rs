//! Who a node is, and what it is given to write.

use bytes::Bytes;
use holdfast_wal::Lsn;

use crate::message::Place;

/// Who a node is.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct Member {
    /// Its name, at most 255 bytes, and no other node's.
    pub name: Box<str>,
    /// Where clients reach it, at most 255 bytes.
    pub address: Box<str>,
    /// The names of those who may own the log, in the order in which they try. A node that is not among them never tries.
    pub candidates: Vec<Box<str>>,
}

impl Member {
    /// Its place among the candidates: the first is 0.
    pub(super) fn rank(&self) -> Option<u64> {
        self.candidates.iter().position(|name| *name == self.name).map(|rank| rank as u64)
    }
}

/// Records for the log.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Group {
    /// The place that [`Node::place`](crate::Node::place) gave for it. Its first record has that place, for the node's own log.
    pub place: Place,
    /// The LSN of its first record.
    pub first: Lsn,
    /// How many there are, at least one.
    pub records: u32,
    /// The records, framed as [`holdfast_wal::Batch::framed`] gives them.
    pub framed: Bytes,
}
