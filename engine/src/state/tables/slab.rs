//! Slots with numbers that stay: chunks with a list of free places.
//!
//! In chunks, as a vector that doubles copies all that it holds: a pause of tens of milliseconds at a million.

use super::prefetch::prefetch;

/// No slot, no seat: the end of a chain.
pub(in crate::state) const NONE: u32 = u32::MAX;

const CHUNK: usize = 4_096;

/// Values in numbered slots. A slot's number is reused only after its value was removed.
#[derive(Debug)]
pub(in crate::state) struct Slab<T> {
    chunks: Vec<Vec<Option<T>>>,
    free: Vec<u32>,
}

impl<T> Slab<T> {
    pub(in crate::state) const fn new() -> Self {
        Self { chunks: Vec::new(), free: Vec::new() }
    }

    /// From the slots of a snapshot.
    pub(in crate::state) fn from_slots(slots: Vec<Option<T>>) -> Self {
        let mut slab = Self::new();
        for (slot, value) in (0..).zip(slots) {
            if value.is_none() {
                slab.free.push(slot);
            }
            slab.push(value);
        }
        // The lowest free place first.
        slab.free.reverse();
        slab
    }

    pub(in crate::state) fn len(&self) -> usize {
        self.capacity() - self.free.len()
    }

    /// How many slots there are, free ones included.
    pub(in crate::state) fn capacity(&self) -> usize {
        self.chunks.last().map_or(0, |last| (self.chunks.len() - 1) * CHUNK + last.len())
    }

    /// All slots in order.
    pub(in crate::state) fn slots(&self) -> impl Iterator<Item = Option<T>>
    where
        T: Clone,
    {
        self.chunks.iter().flatten().cloned()
    }

    fn push(&mut self, value: Option<T>) {
        if self.chunks.last().is_none_or(|last| last.len() == CHUNK) {
            // The first one grows as it is needed: most events are small.
            let room = if self.chunks.is_empty() { 0 } else { CHUNK };
            self.chunks.push(Vec::with_capacity(room));
        }
        self.chunks.last_mut().expect("a chunk with room was just made").push(value);
    }

    /// The slot that the next value will get.
    pub(in crate::state) fn next(&self) -> u32 {
        self.free.last().copied().unwrap_or_else(|| self.capacity() as u32)
    }

    pub(in crate::state) fn insert(&mut self, value: T) -> u32 {
        if let Some(slot) = self.free.pop() {
            *self.slot_mut(slot) = Some(value);
            return slot;
        }
        let slot = self.capacity() as u32;
        assert!(slot < NONE, "fewer than 2^32 slots");
        self.push(Some(value));
        slot
    }

    pub(in crate::state) fn remove(&mut self, slot: u32) -> T {
        let value = self.slot_mut(slot).take().expect("whoever has a slot's number has its value");
        self.free.push(slot);
        value
    }

    pub(in crate::state) fn get(&self, slot: u32) -> Option<&T> {
        self.chunks.get(slot as usize / CHUNK)?.get(slot as usize % CHUNK)?.as_ref()
    }

    /// Asks for the value of a slot.
    pub(in crate::state) fn prefetch(&self, slot: u32) {
        if let Some(value) =
            self.chunks.get(slot as usize / CHUNK).and_then(|chunk| chunk.get(slot as usize % CHUNK))
        {
            prefetch(value);
        }
    }

    pub(in crate::state) fn at(&self, slot: u32) -> &T {
        self.get(slot).expect("whoever has a slot's number has its value")
    }

    pub(in crate::state) fn at_mut(&mut self, slot: u32) -> &mut T {
        self.slot_mut(slot).as_mut().expect("whoever has a slot's number has its value")
    }

    fn slot_mut(&mut self, slot: u32) -> &mut Option<T> {
        &mut self.chunks[slot as usize / CHUNK][slot as usize % CHUNK]
    }

    pub(in crate::state) fn iter(&self) -> impl Iterator<Item = (u32, &T)> {
        (0..).zip(self.chunks.iter().flatten()).filter_map(|(slot, value)| Some((slot, value.as_ref()?)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_stay_and_are_reused_over_many_chunks() {
        let mut slab = Slab::new();
        let count = 2 * CHUNK as u32 + 5;
        for value in 0..count {
            assert_eq!((slab.next(), slab.insert(value)), (value, value));
        }
        assert_eq!((slab.len(), slab.capacity()), (count as usize, count as usize));
        assert_eq!(slab.remove(CHUNK as u32), CHUNK as u32);
        assert_eq!(slab.remove(3), 3);
        assert_eq!((slab.get(3), slab.len()), (None, count as usize - 2));
        let slots: Vec<_> = slab.slots().collect();
        let mut again = Slab::from_slots(slots);
        assert!(again.iter().eq(slab.iter()));
        assert_eq!(again.next(), 3);
        assert_eq!((again.insert(7), again.insert(8), again.insert(9)), (3, CHUNK as u32, count));
    }
}
