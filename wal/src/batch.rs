//! Framing of records: a length of four bytes, then the bytes, one after the other. Where records are left out, each of
//! the others has its LSN in front of its length.

use crate::format::GROUP_HEADER_BYTES;
use crate::limits::BATCH_BYTES_KEPT;
use crate::lsn::Lsn;

/// Records on their way to the log, framed as they will lie in it. The thread that appends owns the batch and uses it
/// again and again: an emptied batch keeps its memory. A group of the log is a batch as well, made of those that were appended.
#[derive(Clone, Debug, Default)]
pub struct Batch {
    /// Room for the header of a group, and the records; nothing at all before the first one.
    bytes: Vec<u8>,
    records: u32,
}

pub(crate) const LENGTH_BYTES: usize = size_of::<u32>();

impl Batch {
    /// An empty batch, without memory yet.
    #[must_use]
    pub const fn new() -> Self {
        Self { bytes: Vec::new(), records: 0 }
    }

    /// Adds one record: `encode` appends the record's bytes to the vector and must not touch the bytes before them.
    /// Returns what `encode` returns.
    ///
    /// # Panics
    /// If `encode` shortens the vector, or a record is longer than 4 GiB.
    pub fn push<R>(&mut self, encode: impl FnOnce(&mut Vec<u8>) -> R) -> R {
        self.make_room();
        let start = self.bytes.len();
        self.bytes.extend_from_slice(&[0; LENGTH_BYTES]);
        let body = self.bytes.len();
        let result = encode(&mut self.bytes);
        let length = self.bytes.len().checked_sub(body).and_then(|length| u32::try_from(length).ok());
        let length = length.expect("a record only grows the batch, by less than 4 GiB");
        self.bytes[start..body].copy_from_slice(&length.to_le_bytes());
        self.records += 1;
        result
    }

    /// The number of records.
    #[must_use]
    pub const fn len(&self) -> usize {
        self.records as usize
    }

    /// Whether there is no record in it.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.records == 0
    }

    /// The length of the records with their framing, bytes: the room that they take in a group.
    #[must_use]
    pub const fn bytes(&self) -> usize {
        self.bytes.len().saturating_sub(GROUP_HEADER_BYTES)
    }

    /// Removes all records and keeps the memory for the next ones, unless it is far more than they take.
    pub fn clear(&mut self) {
        self.empty();
        self.bytes.shrink_to(BATCH_BYTES_KEPT);
    }

    /// Removes all records and keeps the memory, however much it is.
    pub(crate) fn empty(&mut self) {
        self.bytes.truncate(GROUP_HEADER_BYTES);
        self.records = 0;
    }

    fn make_room(&mut self) {
        if self.bytes.is_empty() {
            self.bytes.resize(GROUP_HEADER_BYTES, 0);
        }
    }

    /// Records that [`Batch::framed`] gave once, perhaps on another machine. `None` if they are not so many.
    #[must_use]
    pub fn from_framed(framed: &[u8], records: u32) -> Option<Self> {
        if !holds_exactly(framed, records) {
            return None;
        }
        let mut batch = Self::new();
        batch.make_room();
        batch.bytes.extend_from_slice(framed);
        batch.records = records;
        Some(batch)
    }

    /// Adds the records of another batch.
    pub fn join(&mut self, other: &Self) {
        self.make_room();
        self.bytes.extend_from_slice(other.framed());
        self.records += other.records;
    }

    /// All of a group, to be written: room for its header, its records, and what they are padded with.
    pub(crate) fn frame(&mut self) -> &mut Vec<u8> {
        self.make_room();
        &mut self.bytes
    }

    /// The records with their framing, as they will lie in a group: [`holds_exactly`] tells whether bytes are that.
    #[must_use]
    pub fn framed(&self) -> &[u8] {
        self.bytes.get(GROUP_HEADER_BYTES..).unwrap_or_default()
    }

    pub(crate) const fn count(&self) -> u32 {
        self.records
    }
}

/// Takes the record at the front of framed records.
pub(crate) fn split_record(framed: &[u8]) -> Option<(&[u8], &[u8])> {
    let (length, rest) = framed.split_first_chunk::<LENGTH_BYTES>()?;
    rest.split_at_checked(u32::from_le_bytes(*length) as usize)
}

/// Whether bytes are exactly `count` framed records, and nothing else: the bytes may come from anywhere.
#[must_use]
pub fn holds_exactly(mut framed: &[u8], count: u32) -> bool {
    for _ in 0..count {
        let Some((_, rest)) = split_record(framed) else { return false };
        framed = rest;
    }
    framed.is_empty()
}

/// Appends a record that says its LSN.
pub(crate) fn push_numbered(lsn: Lsn, record: &[u8], out: &mut Vec<u8>) {
    out.extend_from_slice(&lsn.0.to_le_bytes());
    // A record has come out of a group, whose length is a `u32`.
    out.extend_from_slice(&(record.len() as u32).to_le_bytes());
    out.extend_from_slice(record);
}

/// Takes the record at the front of framed records that say their LSNs.
pub(crate) fn split_numbered(framed: &[u8]) -> Option<(Lsn, &[u8], &[u8])> {
    let (lsn, rest) = framed.split_first_chunk()?;
    let (record, rest) = split_record(rest)?;
    Some((Lsn(u64::from_le_bytes(*lsn)), record, rest))
}

/// Whether framed records are exactly `count` records with rising LSNs from `first` to `last`.
pub(crate) fn holds_numbered(mut framed: &[u8], count: u32, first: Lsn, last: Lsn) -> bool {
    let mut next = first;
    for _ in 0..count {
        let Some((lsn, _, rest)) = split_numbered(framed) else { return false };
        if lsn < next || lsn > last {
            return false;
        }
        (next, framed) = (lsn.next(), rest);
    }
    framed.is_empty()
}

/// The records of a group with their LSNs. `first` is the LSN of the first of them, if they do not say their own.
pub(crate) fn records(
    mut framed: &[u8],
    mut first: Lsn,
    numbered: bool,
) -> impl Iterator<Item = (Lsn, &[u8])> {
    std::iter::from_fn(move || {
        let (lsn, record, rest) = if numbered {
            split_numbered(framed)?
        } else {
            let (record, rest) = split_record(framed)?;
            (first, record, rest)
        };
        (first, framed) = (lsn.next(), rest);
        Some((lsn, record))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn records_come_back_as_pushed() {
        let mut batch = Batch::new();
        let records: [&[u8]; 3] = [b"", b"one", &[0; 300]];
        for record in records {
            batch.push(|bytes| bytes.extend_from_slice(record));
        }
        assert_eq!(batch.len(), 3);
        assert_eq!(batch.bytes(), 3 * LENGTH_BYTES + 303);
        assert!(holds_exactly(batch.framed(), 3));
        assert!(!holds_exactly(batch.framed(), 2));
        assert!(!holds_exactly(batch.framed(), 4));
        let mut rest = batch.framed();
        for record in records {
            let (found, after) = split_record(rest).unwrap();
            assert_eq!(found, record);
            rest = after;
        }
        let again = Batch::from_framed(batch.framed(), 3).unwrap();
        assert_eq!((again.framed(), again.len()), (batch.framed(), 3));
        assert!(Batch::from_framed(batch.framed(), 2).is_none());
        batch.clear();
        assert!(batch.is_empty());
        assert_eq!(batch.bytes(), 0);
    }

    #[test]
    fn numbered_records_say_their_place_and_keep_to_their_range() {
        let mut framed = Vec::new();
        for (lsn, record) in [(5, b"five".as_slice()), (9, b""), (10, b"ten")] {
            push_numbered(Lsn(lsn), record, &mut framed);
        }
        let expected = [(Lsn(5), b"five".as_slice()), (Lsn(9), b""), (Lsn(10), b"ten")];
        assert_eq!(records(&framed, Lsn(3), true).collect::<Vec<_>>(), expected);
        assert!(holds_numbered(&framed, 3, Lsn(5), Lsn(10)) && holds_numbered(&framed, 3, Lsn(3), Lsn(12)));
        assert!(!holds_numbered(&framed, 2, Lsn(5), Lsn(10)) && !holds_numbered(&framed, 4, Lsn(5), Lsn(10)));
        assert!(!holds_numbered(&framed, 3, Lsn(6), Lsn(10)) && !holds_numbered(&framed, 3, Lsn(5), Lsn(9)));
        let twice = [framed.as_slice(), framed.as_slice()].concat();
        assert!(!holds_numbered(&twice, 6, Lsn(5), Lsn(10)), "the LSNs do not rise");
        assert!(!holds_numbered(&framed[..framed.len() - 1], 3, Lsn(5), Lsn(10)));
    }

    #[test]
    fn a_length_beyond_the_end_is_no_record() {
        assert_eq!(split_record(&[5, 0, 0, 0, 1, 2]), None);
        assert_eq!(split_record(&[5, 0, 0]), None);
    }
}
