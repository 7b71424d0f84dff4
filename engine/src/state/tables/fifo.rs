//! A queue in chunks, addressed by sequence number.
//!
//! A plain ring doubles by copying: at a million entries that is a pause of tens of milliseconds in the middle of a
//! sale. Here growing costs one chunk, and the front goes back to the allocator a chunk at a time.

use std::collections::VecDeque;

/// Values of one chunk. The sequence number of the first is a multiple of it.
pub(in crate::state) const CHUNK: usize = 4_096;

/// Values with consecutive sequence numbers; the oldest leave first.
#[derive(Debug)]
pub(in crate::state) struct Fifo<T> {
    chunks: VecDeque<Vec<T>>,
    /// Sequence number of the first value that is still there.
    first: u64,
    /// Sequence number of the first place of the first chunk.
    base: u64,
    next: u64,
}

impl<T> Fifo<T> {
    pub(in crate::state) const fn new() -> Self {
        Self { chunks: VecDeque::new(), first: 0, base: 0, next: 0 }
    }

    pub(in crate::state) const fn len(&self) -> u64 {
        self.next - self.first
    }

    /// The sequence number of the oldest value.
    pub(in crate::state) const fn first(&self) -> u64 {
        self.first
    }

    /// The sequence number of the next value.
    pub(in crate::state) const fn next(&self) -> u64 {
        self.next
    }

    /// Appends a value; returns its sequence number.
    pub(in crate::state) fn push(&mut self, value: T) -> u64 {
        if self.chunks.back().is_none_or(|chunk| chunk.len() == CHUNK) {
            // The first one grows as it is needed: most events are small.
            let room = if self.chunks.is_empty() { 0 } else { CHUNK };
            self.chunks.push_back(Vec::with_capacity(room));
        }
        let chunk = self.chunks.back_mut().expect("a chunk with room was just made");
        chunk.push(value);
        self.next += 1;
        self.next - 1
    }

    pub(in crate::state) fn get(&self, sequence: u64) -> Option<&T> {
        if sequence < self.first {
            return None;
        }
        let at = (sequence - self.base) as usize;
        self.chunks.get(at / CHUNK)?.get(at % CHUNK)
    }

    /// Lets go of the oldest value.
    pub(in crate::state) fn drop_first(&mut self) {
        assert!(self.first < self.next, "the queue is not empty");
        self.first += 1;
        if self.first - self.base == CHUNK as u64 {
            self.chunks.pop_front();
            self.base = self.first;
        }
    }

    /// All values, oldest first.
    pub(in crate::state) fn iter(&self) -> impl Iterator<Item = &T> {
        self.chunks.iter().flatten().skip((self.first - self.base) as usize)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn behaves_like_a_queue_over_many_chunks() {
        let mut fifo = Fifo::new();
        for value in 0..3 * CHUNK as u64 {
            assert_eq!(fifo.push(value), value);
        }
        for gone in 0..2 * CHUNK as u64 + 7 {
            assert_eq!(fifo.first(), gone);
            fifo.drop_first();
            assert_eq!(fifo.get(gone), None);
            assert_eq!(fifo.get(gone + 1), Some(&(gone + 1)));
        }
        assert_eq!(fifo.len(), CHUNK as u64 - 7);
        assert_eq!(fifo.iter().copied().next(), Some(2 * CHUNK as u64 + 7));
        assert_eq!(fifo.iter().count() as u64, fifo.len());
        assert_eq!(fifo.push(1), 3 * CHUNK as u64);
        assert_eq!(fifo.get(3 * CHUNK as u64 + 1), None);
    }
}
