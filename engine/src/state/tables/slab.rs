//! Slots with numbers that stay: chunks with a list of free places.
//!
//! In chunks, as a vector that doubles copies all that it holds: a pause of tens of milliseconds at a million.

use super::prefetch::prefetch;
use super::slot::{NONE, Slot};

const CHUNK: usize = 4_096;

/// Values in numbered slots. A slot's number is reused only after its value was removed.
#[derive(Debug)]
pub(in crate::state) struct Slab<T> {
    chunks: Vec<Vec<Option<T>>>,
    free: Vec<Slot<T>>,
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
                slab.free.push(Slot::new(slot));
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
    pub(in crate::state) fn next(&self) -> Slot<T> {
        self.free.last().copied().unwrap_or_else(|| Slot::new(self.capacity() as u32))
    }

    pub(in crate::state) fn insert(&mut self, value: T) -> Slot<T> {
        if let Some(slot) = self.free.pop() {
            *self.slot_mut(slot) = Some(value);
            return slot;
        }
        let slot = self.next();
        assert!(slot.number() < NONE, "fewer than 2^32 slots");
        self.push(Some(value));
        slot
    }

    pub(in crate::state) fn remove(&mut self, slot: Slot<T>) -> T {
        let value = self.slot_mut(slot).take().expect("whoever has a slot's number has its value");
        self.free.push(slot);
        value
    }

    pub(in crate::state) fn get(&self, slot: Slot<T>) -> Option<&T> {
        self.chunks.get(slot.index() / CHUNK)?.get(slot.index() % CHUNK)?.as_ref()
    }

    /// Asks for the value of a slot.
    pub(in crate::state) fn prefetch(&self, slot: Slot<T>) {
        if let Some(value) =
            self.chunks.get(slot.index() / CHUNK).and_then(|chunk| chunk.get(slot.index() % CHUNK))
        {
            prefetch(value);
        }
    }

    pub(in crate::state) fn at(&self, slot: Slot<T>) -> &T {
        self.get(slot).expect("whoever has a slot's number has its value")
    }

    pub(in crate::state) fn at_mut(&mut self, slot: Slot<T>) -> &mut T {
        self.slot_mut(slot).as_mut().expect("whoever has a slot's number has its value")
    }

    fn slot_mut(&mut self, slot: Slot<T>) -> &mut Option<T> {
        &mut self.chunks[slot.index() / CHUNK][slot.index() % CHUNK]
    }

    pub(in crate::state) fn iter(&self) -> impl Iterator<Item = (Slot<T>, &T)> {
        let all = (0..).zip(self.chunks.iter().flatten());
        all.filter_map(|(slot, value)| Some((Slot::new(slot), value.as_ref()?)))
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
            assert_eq!((slab.next(), slab.insert(value)), (Slot::new(value), Slot::new(value)));
        }
        assert_eq!((slab.len(), slab.capacity()), (count as usize, count as usize));
        assert_eq!(slab.remove(Slot::new(CHUNK as u32)), CHUNK as u32);
        assert_eq!(slab.remove(Slot::new(3)), 3);
        assert_eq!((slab.get(Slot::new(3)), slab.len()), (None, count as usize - 2));
        let slots: Vec<_> = slab.slots().collect();
        let mut again = Slab::from_slots(slots);
        assert!(again.iter().eq(slab.iter()));
        assert_eq!(again.next(), Slot::new(3));
        assert_eq!([7, 8, 9].map(|value| again.insert(value).number()), [3, CHUNK as u32, count]);
    }
}
