//! Keys in the order in which they came, with their packed answers.

use std::collections::VecDeque;

use super::packed::{pack, unpack};
use crate::numbers::Account;
use crate::state::tables::Fifo;
use crate::state::tables::digest::{Part, term};
use crate::state::{Answer, Key, KeyHash, Told};

/// Answers are packed one after another into chunks of this size; a longer one gets a chunk of its own.
const CHUNK_BYTES: usize = 64 * 1024;
const _: () = assert!(CHUNK_BYTES - 1 <= u16::MAX as usize);

#[derive(Clone, Copy, Debug)]
pub(super) struct Entry {
    pub(super) hash: KeyHash,
    pub(super) fingerprint: [u8; 8],
    pub(super) account: Account,
    /// Chunk of the answer, counted from the first ever.
    chunk: u32,
    /// An answer begins in the first [`CHUNK_BYTES`] of its chunk.
    offset: u16,
    tick: u16,
    second: u32,
}

/// When a key came, as it is kept.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(in crate::state) struct Came {
    /// Whole seconds since the event was created.
    pub(in crate::state) second: u32,
    /// Milliseconds within the second, plus one; 0 if the answer does not tell when it was decided.
    pub(in crate::state) tick: u16,
}

/// A remembered key with its answer, as it goes into a snapshot and comes out again.
#[derive(Clone, PartialEq, Eq, Debug, bincode::Encode, bincode::Decode)]
pub(in crate::state) struct Remembered {
    pub(in crate::state) key: Key,
    /// See [`Came`], whose other half stands in a column beside.
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

    pub(super) fn push(&mut self, key: &Key, came: Came, answer: Told<'_>) -> u64 {
        if self.answers.back().is_none_or(|chunk| chunk.len() >= CHUNK_BYTES) {
            self.answers.push_back(Vec::with_capacity(CHUNK_BYTES + 512));
        }
        let chunk = self.gone.wrapping_add(self.answers.len() as u32 - 1);
        let bytes = self.answers.back_mut().expect("a chunk with room was just made");
        let offset = bytes.len() as u16;
        pack(answer, bytes);
        let Key { hash, fingerprint, account } = *key;
        let Came { second, tick } = came;
        self.entries.push(Entry { hash, fingerprint, account, chunk, offset, tick, second })
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
    pub(super) const fn came(&self) -> Came {
        Came { second: self.second, tick: self.tick }
    }

    /// Its part of the digest.
    pub(super) fn digest_term(&self) -> u64 {
        let Self { hash, fingerprint, account, .. } = *self;
        digest_term(&Key { hash, fingerprint, account }, self.came())
    }
}

/// A key's part of the digest. Its answer follows from the change that it stands beside, so it need not be in it.
pub(super) fn digest_term(key: &Key, came: Came) -> u64 {
    let half =
        |at: usize| u64::from_le_bytes(key.hash[at..at + 8].try_into().expect("eight bytes of sixteen"));
    let fingerprint = u64::from_le_bytes(key.fingerprint);
    let whose_and_when = u64::from(key.account.0) << 32 | u64::from(came.second);
    // Adds nothing where the answer is not dated, as none was in the first format.
    let tick = u64::from(came.tick).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    term(Part::Key, half(0), half(8) ^ fingerprint, whose_and_when ^ tick)
}
