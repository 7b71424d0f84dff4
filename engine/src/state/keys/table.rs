//! The remembered keys: one key, one answer.
//!
//! A key takes about 40 bytes and its packed answer 20 to 50. Keys of accepted and of refused commands stand in two
//! queues, oldest first, as they are forgotten by different rules. Forgetting is a logged change, so that a replay
//! forgets at the same place.

use std::collections::VecDeque;

use super::packed::{pack, unpack};
use crate::state::tables::digest::Part;
use crate::state::tables::{Fifo, HashIndex, digest};
use crate::state::{Answer, Key, KeyHash, Told};

/// Which queue a key stands in, and behind it the low bits of its sequence number: its place in the index. At most a
/// billion keys of a kind are remembered at a time, far more than memory takes.
const REFUSED: u32 = 1 << 30;
const SEQUENCE: u32 = REFUSED - 1;

/// Answers are packed one after another into chunks of this size; a longer one gets a chunk of its own.
const CHUNK_BYTES: usize = 64 * 1024;

#[derive(Clone, Copy, Debug)]
struct Entry {
    hash: KeyHash,
    fingerprint: [u8; 8],
    /// Chunk of the answer, counted from the first ever.
    chunk: u32,
    offset: u32,
    /// Whole seconds since the event was created.
    second: u32,
}

/// A remembered key with its answer, as it goes into a snapshot and comes out again.
#[derive(Clone, PartialEq, Eq, Debug, bincode::Encode, bincode::Decode)]
pub(in crate::state) struct Remembered {
    pub(in crate::state) key: Key,
    pub(in crate::state) second: u32,
    pub(in crate::state) answer: Answer,
}

/// One queue of keys with the packed answers.
#[derive(Debug)]
struct Queue {
    entries: Fifo<Entry>,
    answers: VecDeque<Vec<u8>>,
    /// Chunks that have gone before the first of `answers`.
    gone: u32,
}

/// All remembered keys of an event.
#[derive(Debug)]
pub(in crate::state) struct Keys {
    index: HashIndex,
    accepted: Queue,
    refused: Queue,
}

impl Queue {
    const fn new() -> Self {
        Self { entries: Fifo::new(), answers: VecDeque::new(), gone: 0 }
    }

    fn push(&mut self, key: &Key, second: u32, answer: Told<'_>) -> u64 {
        if self.answers.back().is_none_or(|chunk| chunk.len() >= CHUNK_BYTES) {
            self.answers.push_back(Vec::with_capacity(CHUNK_BYTES + 512));
        }
        let chunk = self.gone.wrapping_add(self.answers.len() as u32 - 1);
        let bytes = self.answers.back_mut().expect("a chunk with room was just made");
        let offset = bytes.len() as u32;
        pack(answer, bytes);
        let entry = Entry { hash: key.hash, fingerprint: key.fingerprint, chunk, offset, second };
        self.entries.push(entry)
    }

    fn packed(&self, entry: &Entry) -> &[u8] {
        let chunk = &self.answers[entry.chunk.wrapping_sub(self.gone) as usize];
        &chunk[entry.offset as usize..]
    }

    fn answer(&self, entry: &Entry) -> Answer {
        unpack(self.packed(entry)).expect("an answer that was packed here")
    }

    /// The entry of a sequence number of which only the low bits are known.
    fn entry(&self, low: u32) -> Option<&Entry> {
        let first = self.entries.first();
        let ahead = low.wrapping_sub(first as u32) & SEQUENCE;
        self.entries.get(first + u64::from(ahead))
    }

    fn drop_first(&mut self) {
        self.entries.drop_first();
        let still_used = self.entries.get(self.entries.first()).map_or(u32::MAX, |entry| entry.chunk);
        while self.answers.len() > 1 && self.gone != still_used {
            self.answers.pop_front();
            self.gone = self.gone.wrapping_add(1);
        }
    }

    fn remembered(&self) -> impl Iterator<Item = Remembered> + '_ {
        self.entries.iter().map(|entry| Remembered {
            key: Key { hash: entry.hash, fingerprint: entry.fingerprint },
            second: entry.second,
            answer: self.answer(entry),
        })
    }
}

impl Keys {
    pub(in crate::state) fn new() -> Self {
        Self { index: HashIndex::new(), accepted: Queue::new(), refused: Queue::new() }
    }

    pub(in crate::state) const fn len(&self) -> u64 {
        self.accepted.entries.len() + self.refused.entries.len()
    }

    /// The fingerprint and the answer of a key.
    pub(in crate::state) fn find(&self, hash: &KeyHash) -> Option<([u8; 8], Answer)> {
        let (queue, entry) = self.entry(hash)?;
        Some((entry.fingerprint, queue.answer(entry)))
    }

    /// Is the key known?
    pub(in crate::state) fn contains(&self, hash: &KeyHash) -> bool {
        self.entry(hash).is_some()
    }

    /// Asks for the place where a search for the key will begin.
    pub(in crate::state) fn prefetch(&self, hash: &KeyHash) {
        self.index.prefetch(short(hash));
    }

    fn entry(&self, hash: &KeyHash) -> Option<(&Queue, &Entry)> {
        let index = self.index.find(short(hash), |index| self.hash_at(index) == Some(hash))?;
        let queue = self.queue(index);
        Some((queue, queue.entry(index)?))
    }

    fn hash_at(&self, index: u32) -> Option<&KeyHash> {
        self.queue(index).entry(index).map(|entry| &entry.hash)
    }

    const fn queue(&self, index: u32) -> &Queue {
        if index & REFUSED == 0 { &self.accepted } else { &self.refused }
    }

    /// Remembers a new key; returns its part of the digest.
    pub(in crate::state) fn remember(&mut self, key: &Key, second: u32, answer: Told<'_>) -> u64 {
        let refused = answer.is_refusal();
        let (queue, mark) = if refused { (&mut self.refused, REFUSED) } else { (&mut self.accepted, 0) };
        let index = (queue.push(key, second, answer) as u32 & SEQUENCE) | mark;
        self.index.insert(short(&key.hash), index);
        self.queue(index).entry(index).map_or(0, digest_term)
    }

    /// Forgets the oldest keys of each kind; returns their part of the digest.
    pub(in crate::state) fn forget(&mut self, accepted: u32, refused: u32) -> u64 {
        let mut sum = 0_u64;
        for (mark, count) in [(0, accepted), (REFUSED, refused)] {
            for _ in 0..count {
                let queue = self.queue(mark);
                let first = queue.entries.first();
                let entry = *queue.entries.get(first).expect("only keys that are there are forgotten");
                sum = sum.wrapping_add(digest_term(&entry));
                let index = (first as u32 & SEQUENCE) | mark;
                self.index.remove(short(&entry.hash), index);
                if mark == 0 { &mut self.accepted } else { &mut self.refused }.drop_first();
            }
        }
        sum
    }

    /// How many of the oldest keys, at most `most` of each kind, may be forgotten: accepted ones from before
    /// `second`, refused ones from before it or beyond the newest `refusals_max`.
    pub(in crate::state) fn forgettable(&self, second: u32, refusals_max: u64, most: u32) -> (u32, u32) {
        let before = |queue: &Queue| {
            queue.entries.iter().take(most as usize).take_while(|entry| entry.second < second).count() as u32
        };
        let surplus = self.refused.entries.len().saturating_sub(refusals_max).min(u64::from(most)) as u32;
        (before(&self.accepted), before(&self.refused).max(surplus))
    }

    /// All keys of accepted commands, then all of refused ones, oldest first.
    pub(in crate::state) fn remembered(&self) -> impl Iterator<Item = Remembered> + '_ {
        self.accepted.remembered().chain(self.refused.remembered())
    }

    /// The sum of the keys' parts of the digest, counted anew.
    pub(in crate::state) fn digest_term(&self) -> u64 {
        [&self.accepted, &self.refused].into_iter().fold(0, |sum, queue| {
            queue.entries.iter().fold(sum, |sum, entry| sum.wrapping_add(digest_term(entry)))
        })
    }
}

/// A key's part of the digest. Its answer follows from the change that it stands beside, so it need not be in it.
fn digest_term(entry: &Entry) -> u64 {
    let half =
        |at: usize| u64::from_le_bytes(entry.hash[at..at + 8].try_into().expect("eight bytes of sixteen"));
    let fingerprint = u64::from_le_bytes(entry.fingerprint);
    digest::term(Part::Key, half(0), half(8) ^ fingerprint, u64::from(entry.second))
}

/// The hash is uniform and keyed already: a part of it serves the index as it is.
fn short(hash: &KeyHash) -> u32 {
    u32::from_le_bytes(hash[..4].try_into().expect("four bytes of sixteen"))
}
