//! From a hash to the slot of what has it, in one cache line.
//!
//! At a sale of a million the tables are larger than the processor's caches, and a look-up costs what its cache
//! misses cost. So a place holds a part of the hash beside the slot: searching looks at nothing else until the hash
//! agrees, an insertion writes into the line that the search before it has just read, and a table that grows touches
//! neither names nor keys. Open addressing with linear probing (Knuth, The Art of Computer Programming 3, 6.4,
//! algorithms L and R), as the next place is in the same line most of the time.
//!
//! There are sixteen tables, by the hash, and each grows by itself: growing to a million pauses a sale for a
//! millisecond at a time.

use super::prefetch::prefetch;

/// How many tables an index is divided into.
const SHARDS: usize = 16;
/// Places of the smallest table.
const PLACES_MIN: usize = 8;
/// No slot: the place is free.
const FREE: u32 = u32::MAX;

#[derive(Clone, Copy, Debug)]
struct Place {
    hash: u32,
    slot: u32,
}

const EMPTY: Place = Place { hash: 0, slot: FREE };

/// Slots by hash. The hashes must be uniform and not to be foreseen by those who choose what is hashed; the slots are
/// below `u32::MAX`.
#[derive(Debug)]
pub(in crate::state) struct HashIndex {
    tables: [Table; SHARDS],
}

impl HashIndex {
    pub(in crate::state) const fn new() -> Self {
        Self { tables: [const { Table::new() }; SHARDS] }
    }

    /// The slot for which `is_it` says yes, among those with this hash.
    pub(in crate::state) fn find(&self, hash: u32, is_it: impl FnMut(u32) -> bool) -> Option<u32> {
        let table = self.table(hash);
        Some(table.places[table.search(hash, is_it)?].slot)
    }

    /// Asks for the place where a search for the hash will begin.
    #[inline]
    pub(in crate::state) fn prefetch(&self, hash: u32) {
        let table = self.table(hash);
        if !table.places.is_empty() {
            prefetch(&table.places[table.home(hash)]);
        }
    }

    /// The slot for which `is_it` says yes, among those with this hash; if there is none, `slot` is added.
    pub(in crate::state) fn find_or_insert(
        &mut self,
        hash: u32,
        slot: u32,
        is_it: impl FnMut(u32) -> bool,
    ) -> Option<u32> {
        let table = self.table_mut(hash);
        table.make_room();
        match table.seek(hash, is_it) {
            Sought::Found(at) => Some(table.places[at].slot),
            Sought::Free(at) => {
                table.places[at] = Place { hash, slot };
                table.taken += 1;
                None
            }
        }
    }

    /// Adds a slot that is not there yet.
    pub(in crate::state) fn insert(&mut self, hash: u32, slot: u32) {
        self.table_mut(hash).insert(Place { hash, slot });
    }

    /// Takes a slot out.
    ///
    /// # Panics
    /// If it is not there under that hash: a defect.
    pub(in crate::state) fn remove(&mut self, hash: u32, slot: u32) {
        let table = self.table_mut(hash);
        let at = table.search(hash, |known| known == slot).expect("what is removed is in the index");
        table.remove(at);
    }

    const fn table(&self, hash: u32) -> &Table {
        &self.tables[hash as usize % SHARDS]
    }

    const fn table_mut(&mut self, hash: u32) -> &mut Table {
        &mut self.tables[hash as usize % SHARDS]
    }
}

/// A power of two of places, or none; at most five eighths of them are taken.
#[derive(Debug)]
struct Table {
    places: Vec<Place>,
    taken: usize,
}

/// A place of a table.
enum Sought {
    Found(usize),
    Free(usize),
}

impl Table {
    const fn new() -> Self {
        Self { places: Vec::new(), taken: 0 }
    }

    /// Where a hash stands if its place is free. The lower bits have chosen the table.
    const fn home(&self, hash: u32) -> usize {
        (hash as usize / SHARDS) & (self.places.len() - 1)
    }

    const fn after(&self, at: usize) -> usize {
        (at + 1) & (self.places.len() - 1)
    }

    fn search(&self, hash: u32, is_it: impl FnMut(u32) -> bool) -> Option<usize> {
        if self.places.is_empty() {
            return None;
        }
        match self.seek(hash, is_it) {
            Sought::Found(at) => Some(at),
            Sought::Free(_) => None,
        }
    }

    /// Where it is, or where it would stand. There is at least one free place.
    fn seek(&self, hash: u32, mut is_it: impl FnMut(u32) -> bool) -> Sought {
        let mut at = self.home(hash);
        loop {
            let place = self.places[at];
            if place.slot == FREE {
                return Sought::Free(at);
            }
            if place.hash == hash && is_it(place.slot) {
                return Sought::Found(at);
            }
            at = self.after(at);
        }
    }

    fn insert(&mut self, place: Place) {
        self.make_room();
        self.taken += 1;
        self.settle(place);
    }

    /// Room for one more.
    fn make_room(&mut self) {
        if (self.taken + 1) * 8 > self.places.len() * 5 {
            self.grow();
        }
    }

    fn settle(&mut self, place: Place) {
        let mut at = self.home(place.hash);
        while self.places[at].slot != FREE {
            at = self.after(at);
        }
        self.places[at] = place;
    }

    fn grow(&mut self) {
        let places = (self.places.len() * 2).max(PLACES_MIN);
        let before = std::mem::replace(&mut self.places, vec![EMPTY; places]);
        for place in before {
            if place.slot != FREE {
                self.settle(place);
            }
        }
    }

    /// Frees a place and closes the gap: an entry behind it that a search would not find across the gap moves up.
    fn remove(&mut self, mut gap: usize) {
        let mut at = gap;
        loop {
            self.places[gap] = EMPTY;
            let moves = loop {
                at = self.after(at);
                let place = self.places[at];
                if place.slot == FREE {
                    break None;
                }
                // How far from its home it stands, and how far the gap is: both counted backwards from here.
                let mask = self.places.len() - 1;
                let strayed = at.wrapping_sub(self.home(place.hash)) & mask;
                if strayed >= at.wrapping_sub(gap) & mask {
                    break Some(place);
                }
            };
            let Some(place) = moves else { break };
            self.places[gap] = place;
            gap = at;
        }
        self.taken -= 1;
    }
}

#[cfg(test)]
mod tests {
    use quickcheck::quickcheck;

    use super::*;

    quickcheck! {
        /// Few different hashes, so that places collide, wrap around and stand in each other's gaps.
        fn behaves_like_a_list(steps: Vec<(u8, u8, bool)>) -> bool {
            let mut index = HashIndex::new();
            let mut list: Vec<(u32, u32)> = Vec::new();
            for (step, (hash, spread, adds)) in steps.into_iter().enumerate() {
                let hash = u32::from(hash % 8) * 16 + u32::from(spread % 2) * (0x8000_0000 - 16);
                if adds || list.is_empty() {
                    if spread % 4 < 2 {
                        index.insert(hash, step as u32);
                    } else {
                        assert_eq!(index.find_or_insert(hash, step as u32, |_| false), None);
                    }
                    list.push((hash, step as u32));
                } else {
                    let (hash, slot) = list.swap_remove(usize::from(spread) % list.len());
                    index.remove(hash, slot);
                    assert_eq!(index.find(hash, |known| known == slot), None);
                }
                assert!(list.iter().all(|&(hash, slot)| index.find(hash, |known| known == slot) == Some(slot)));
                for &(hash, slot) in list.iter().take(1) {
                    assert_eq!(index.find_or_insert(hash, u32::MAX - 1, |known| known == slot), Some(slot));
                }
                let taken: usize = index.tables.iter().map(|table| table.taken).sum();
                assert_eq!(taken, list.len());
            }
            true
        }
    }

    #[test]
    fn many_are_found_and_strangers_are_not() {
        let mut index = HashIndex::new();
        let hash = |number: u32| number.wrapping_mul(0x9E37_79B1);
        (0..100_000).for_each(|number| index.insert(hash(number), number));
        assert!((0..100_000).all(|number| index.find(hash(number), |slot| slot == number) == Some(number)));
        assert!((100_000..200_000).all(|number| index.find(hash(number), |slot| slot == number).is_none()));
        (0..100_000).rev().for_each(|number| index.remove(hash(number), number));
        assert!(index.tables.iter().all(|table| table.places.iter().all(|place| place.slot == FREE)));
    }
}
