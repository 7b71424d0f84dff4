//! Slots with numbers that stay: a vector with a list of free places.

use super::seats::NONE;

/// Values in numbered slots. A slot's number is reused only after its value was removed.
#[derive(Debug)]
pub(super) struct Slab<T> {
    slots: Vec<Option<T>>,
    free: Vec<u32>,
}

impl<T> Slab<T> {
    pub(super) const fn new() -> Self {
        Self { slots: Vec::new(), free: Vec::new() }
    }

    /// From the slots of a snapshot.
    pub(super) fn from_slots(slots: Vec<Option<T>>) -> Self {
        let free = (0..slots.len() as u32).rev().filter(|&slot| slots[slot as usize].is_none()).collect();
        Self { slots, free }
    }

    pub(super) fn len(&self) -> usize {
        self.slots.len() - self.free.len()
    }

    pub(super) fn slots(&self) -> &[Option<T>] {
        &self.slots
    }

    pub(super) fn insert(&mut self, value: T) -> u32 {
        if let Some(slot) = self.free.pop() {
            self.slots[slot as usize] = Some(value);
            return slot;
        }
        let slot = self.slots.len() as u32;
        assert!(slot < NONE, "fewer than 2^32 slots");
        self.slots.push(Some(value));
        slot
    }

    pub(super) fn remove(&mut self, slot: u32) -> T {
        let value = self.slots[slot as usize].take().expect("whoever has a slot's number has its value");
        self.free.push(slot);
        value
    }

    pub(super) fn get(&self, slot: u32) -> Option<&T> {
        self.slots.get(slot as usize)?.as_ref()
    }

    pub(super) fn at(&self, slot: u32) -> &T {
        self.get(slot).expect("whoever has a slot's number has its value")
    }

    pub(super) fn at_mut(&mut self, slot: u32) -> &mut T {
        self.slots[slot as usize].as_mut().expect("whoever has a slot's number has its value")
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = (u32, &T)> {
        (0..).zip(&self.slots).filter_map(|(slot, value)| Some((slot, value.as_ref()?)))
    }
}
