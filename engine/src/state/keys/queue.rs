//! Keys in the order in which they came, with their packed answers.

use std::collections::VecDeque;

use super::packed::{pack, unpack};
use crate::numbers::Account;
use crate::state::tables::Fifo;
use crate::state::tables::digest::{Part, term};
use crate::state::{Answer, Key, KeyHash, Told};

/// Answers are packed one after another into chunks of this size; a longer one gets a chunk of its own.
const CHUNK_BYTES: usize = 64 * 1024;

#[derive(Clone, Copy, Debug)]
pub(super) struct Entry {
    pub(super) hash: KeyHash,
    pub(super) fingerprint: [u8; 8],
    pub(super) account: Account,
    /// Chunk of the answer, counted from the first ever.
    chunk: u32,
    offset: u32,
    /// Whole seconds since the event was created.
    pub(super) second: u32,
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
pub(super) struct Queue {
    pub(super) entries: Fifo<Entry>,
    answers: VecDeque<Vec<u8>>,
    /// Chunks that have gone before the first of `answers`.
    gone: u32,
}

impl Queue {
    pub(super) const fn new() -> Self {
        Self { entries: Fifo::new(), answers: VecDeque::new(), gone: 0 }
    }

    pub(super) fn push(&mut self, key: &Key, second: u32, answer: Told<'_>) -> u64 {
        if self.answers.back().is_none_or(|chunk| chunk.len() >= CHUNK_BYTES) {
            self.answers.push_back(Vec::with_capacity(CHUNK_BYTES + 512));
        }
        let chunk = self.gone.wrapping_add(self.answers.len() as u32 - 1);
        let bytes = self.answers.back_mut().expect("a chunk with room was just made");
        let offset = bytes.len() as u32;
        pack(answer, bytes);
        let Key { hash, fingerprint, account } = *key;
        self.entries.push(Entry { hash, fingerprint, account, chunk, offset, second })
    }

    fn packed(&self, entry: &Entry) -> &[u8] {
        let chunk = &self.answers[entry.chunk.wrapping_sub(self.gone) as usize];
        &chunk[entry.offset as usize..]
    }

    pub(super) fn answer(&self, entry: &Entry) -> Answer {
        unpack(self.packed(entry)).expect("an answer that was packed here")
    }

    /// The oldest key.
    pub(super) fn first(&self) -> Option<&Entry> {
        self.entries.get(self.entries.first())
    }

    pub(super) fn drop_first(&mut self) {
        self.entries.drop_first();
        let still_used = self.first().map_or(u32::MAX, |entry| entry.chunk);
        while self.answers.len() > 1 && self.gone != still_used {
            self.answers.pop_front();
            self.gone = self.gone.wrapping_add(1);
        }
    }

    /// How many of the oldest are from before this second, `most` at most.
    pub(super) fn before(&self, second: u32, most: u32) -> u32 {
        self.entries.iter().take(most as usize).take_while(|entry| entry.second < second).count() as u32
    }

    pub(super) fn remembered(&self) -> impl Iterator<Item = Remembered> + '_ {
        self.entries.iter().map(|entry| {
            let Entry { hash, fingerprint, account, second, .. } = *entry;
            Remembered { key: Key { hash, fingerprint, account }, second, answer: self.answer(entry) }
        })
    }
}

impl Entry {
    /// Its part of the digest.
    pub(super) fn digest_term(&self) -> u64 {
        let Self { hash, fingerprint, account, second, .. } = *self;
        digest_term(&Key { hash, fingerprint, account }, second)
    }
}

/// A key's part of the digest. Its answer follows from the change that it stands beside, so it need not be in it.
pub(super) fn digest_term(key: &Key, second: u32) -> u64 {
    let half =
        |at: usize| u64::from_le_bytes(key.hash[at..at + 8].try_into().expect("eight bytes of sixteen"));
    let fingerprint = u64::from_le_bytes(key.fingerprint);
    let whose_and_when = u64::from(key.account.0) << 32 | u64::from(second);
    term(Part::Key, half(0), half(8) ^ fingerprint, whose_and_when)
}
