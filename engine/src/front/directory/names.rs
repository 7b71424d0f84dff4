//! The names of all events, each with its place in the order of their creation. No name ever goes.
//!
//! They stand one after the other in one piece of memory, and so does everything else that is kept of an event at rest: a
//! few bytes by themselves, among what the event has freed, would keep a page each from going back to the system.

use std::hash::BuildHasher;

use foldhash::fast::FixedState;
use hashbrown::HashTable;

use crate::limits;
use crate::state::{NAME_BYTES_MAX, Name, NameRef, TableSeed};

/// Names by place, and places by name.
pub(super) struct Names {
    texts: Texts,
    places: HashTable<u32>,
    /// Seeded with the directory's secret, as clients choose the names.
    hasher: FixedState,
}

/// Names by place.
#[derive(Default)]
struct Texts {
    bytes: Vec<u8>,
    /// Where each name ends.
    ends: Vec<u32>,
}

impl Texts {
    fn of(&self, place: usize) -> &[u8] {
        let start = place.checked_sub(1).map_or(0, |before| self.ends[before]);
        &self.bytes[start as usize..self.ends[place] as usize]
    }
}

const _: () = assert!(limits::EVENTS_MAX * NAME_BYTES_MAX <= u32::MAX as usize, "every end is a u32");

impl Names {
    pub(super) fn new(seed: TableSeed) -> Self {
        let hasher = FixedState::with_seed(seed.0);
        Self { texts: Texts::default(), places: HashTable::new(), hasher }
    }

    /// The place of a name.
    pub(super) fn place(&self, name: NameRef<'_>) -> Option<usize> {
        let is_it = |place: &u32| self.bytes(*place as usize) == name.bytes();
        let found = self.places.find(self.hasher.hash_one(name.bytes()), is_it);
        found.map(|place| *place as usize)
    }

    /// The bytes of the name at a place.
    pub(super) fn bytes(&self, place: usize) -> &[u8] {
        self.texts.of(place)
    }

    /// The name at a place.
    pub(super) fn name(&self, place: usize) -> Name {
        Name::new(self.bytes(place)).expect("a name was put there")
    }

    /// The same names, and one more that is not there yet, at a place among them.
    pub(super) fn with(&self, place: usize, name: NameRef<'_>) -> Self {
        let mut names =
            Self { texts: Texts::default(), places: HashTable::new(), hasher: self.hasher.clone() };
        for at in 0..=self.texts.ends.len() {
            if at == place {
                names.add(name);
            }
            if at < self.texts.ends.len() {
                names.add(self.name(at).borrowed());
            }
        }
        names
    }

    /// Adds a name that is not there yet, at the next place.
    pub(super) fn add(&mut self, name: NameRef<'_>) {
        assert!(self.place(name).is_none(), "one name, one event");
        let Self { texts, places, hasher } = self;
        let place = texts.ends.len() as u32;
        texts.bytes.extend_from_slice(name.bytes());
        texts.ends.push(texts.bytes.len() as u32);
        let hash_of = |place: &u32| hasher.hash_one(texts.of(*place as usize));
        places.insert_unique(hash_of(&place), place, hash_of);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_name_has_its_place() {
        let mut names = Names::new(TableSeed(5));
        let texts: Vec<String> =
            (0..1_000).map(|number| format!("{number:x}{}", "~".repeat(number % 60))).collect();
        let name = |text: &'static str| NameRef::new(text.as_bytes()).expect("a name");
        for (place, text) in texts.iter().enumerate() {
            let name = NameRef::new(text.as_bytes()).expect("a name");
            assert_eq!(names.place(name), None);
            names.add(name);
            assert_eq!(names.place(name), Some(place));
        }
        for (place, text) in texts.iter().enumerate() {
            assert_eq!((names.bytes(place), names.name(place).bytes()), (text.as_bytes(), text.as_bytes()));
            assert_eq!(names.place(NameRef::new(text.as_bytes()).expect("a name")), Some(place));
        }
        assert_eq!(names.place(name("gala")), None);
    }
}
