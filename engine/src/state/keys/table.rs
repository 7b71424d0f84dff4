//! The remembered keys: one key, one answer.
//!
//! A key takes about 44 bytes and its packed answer 20 to 50. Keys of accepted and of refused commands stand apart, as
//! they are forgotten by different rules. Forgetting is a logged change, so that a replay forgets at the same place.

use super::queue::{Came, Entry, Queue, Remembered, digest_term};
use super::refusals::{Next, Refusals};
use crate::numbers::Account;
use crate::state::tables::HashIndex;
use crate::state::{Answer, Key, KeyHash, Told};

/// Marks the place of a refused key in the index. Behind it stands its place among them, or the low bits of its sequence
/// number among the accepted. At most a billion keys of a kind are remembered at a time, far more than memory takes.
const REFUSED: u32 = 1 << 30;
const SEQUENCE: u32 = REFUSED - 1;

/// All remembered keys of an event.
#[derive(Debug)]
pub(in crate::state) struct Keys {
    index: HashIndex,
    accepted: Queue,
    refused: Refusals,
}

impl Keys {
    pub(in crate::state) fn new() -> Self {
        Self { index: HashIndex::new(), accepted: Queue::new(), refused: Refusals::new() }
    }

    pub(in crate::state) const fn len(&self) -> u64 {
        self.accepted.entries.len() + self.refused.len()
    }

    /// The fingerprint of a key, when it came, and a way to its answer.
    #[inline]
    pub(in crate::state) fn find(
        &self,
        hash: &KeyHash,
    ) -> Option<([u8; 8], Came, impl FnOnce() -> Answer + use<'_>)> {
        let (queue, entry) = self.entry(hash)?;
        Some((entry.fingerprint, entry.came(), || queue.answer(entry)))
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
        let mut found = None;
        self.index.find(short(hash), |index| {
            found = self.at(index).filter(|(_, entry)| entry.hash == *hash);
            found.is_some()
        });
        found
    }

    /// The entry of a place in the index.
    #[inline]
    fn at(&self, index: u32) -> Option<(&Queue, &Entry)> {
        if index & REFUSED != 0 {
            return self.refused.get(index & SEQUENCE);
        }
        let first = self.accepted.entries.first();
        let ahead = index.wrapping_sub(first as u32) & SEQUENCE;
        Some((&self.accepted, self.accepted.entries.get(first + u64::from(ahead))?))
    }

    /// Remembers a new key; returns its part of the digest.
    pub(in crate::state) fn remember(&mut self, key: &Key, came: Came, answer: Told<'_>) -> u64 {
        let index = if answer.is_refusal() {
            self.refused.push(key, came, answer) | REFUSED
        } else {
            self.accepted.push(key, came, answer) as u32 & SEQUENCE
        };
        self.index.insert(short(&key.hash), index);
        digest_term(key, came)
    }

    /// Forgets the oldest keys of accepted commands and those of refused ones that go first. Tells whose each was;
    /// returns their part of the digest.
    pub(in crate::state) fn forget(
        &mut self,
        accepted: u32,
        (refused, next): (u32, Next),
        mut gone: impl FnMut(Account),
    ) -> u64 {
        const THERE: &str = "only keys that are there are forgotten";
        let mut sum = 0_u64;
        let mut forget = |index: &mut HashIndex, entry: Entry, place| {
            index.remove(short(&entry.hash), place);
            gone(entry.account);
            sum = sum.wrapping_add(entry.digest_term());
        };
        for _ in 0..accepted {
            let place = self.accepted.entries.first() as u32 & SEQUENCE;
            let entry = *self.accepted.first().expect(THERE);
            self.accepted.drop_first();
            forget(&mut self.index, entry, place);
        }
        for _ in 0..refused {
            let (entry, place) = self.refused.take(next).expect(THERE);
            forget(&mut self.index, entry, place | REFUSED);
        }
        sum
    }

    /// How many of the oldest keys, at most `most` of each kind, are from before `second`.
    pub(in crate::state) fn before(&self, second: u32, most: u32) -> (u32, u32) {
        let refused = self.refused.queues().map(|queue| queue.before(second, most)).sum::<u32>();
        (self.accepted.before(second, most), refused.min(most))
    }

    /// How many refused keys there are.
    pub(in crate::state) const fn refused(&self) -> u64 {
        self.refused.len()
    }

    fn queues(&self) -> impl Iterator<Item = &Queue> {
        std::iter::once(&self.accepted).chain(self.refused.queues())
    }

    /// All keys of accepted commands, then all of refused ones by account, oldest first.
    pub(in crate::state) fn remembered(&self) -> impl Iterator<Item = Remembered> + '_ {
        self.queues().flat_map(Queue::remembered)
    }

    /// Whose they are and at which [`Came::tick`] they came, in the same order.
    pub(in crate::state) fn beside(&self) -> impl Iterator<Item = (Account, u16)> + '_ {
        self.queues().flat_map(|queue| queue.entries.iter()).map(|entry| (entry.account, entry.came().tick))
    }

    /// The sum of the keys' parts of the digest, counted anew.
    pub(in crate::state) fn digest_term(&self) -> u64 {
        let entries = self.queues().flat_map(|queue| queue.entries.iter());
        entries.fold(0, |sum, entry| sum.wrapping_add(entry.digest_term()))
    }
}

/// The hash is uniform and keyed already: a part of it serves the index as it is.
fn short(hash: &KeyHash) -> u32 {
    u32::from_le_bytes(hash[..4].try_into().expect("four bytes of sixteen"))
}
